package lanes_test

import (
	"testing"

	"github.com/floe-network/floe/codec/internal/generated"
)

func TestGeneratedFilesAreCurrent(t *testing.T) { generated.Current(t, "lanes") }
