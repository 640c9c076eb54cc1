package ledger

import (
	"testing"

	"github.com/floe-network/floe/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
