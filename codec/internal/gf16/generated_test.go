package gf16

import (
	"testing"

	"github.com/floe-network/floe/codec/internal/generated"
)

func TestGeneratedFilesAreCurrent(t *testing.T) { generated.Current(t, "gf16") }
