package execution_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/testchain"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

func code(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "build", name+".mv"))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// world is a chain with the package of rules.
type world struct {
	testing.TB
	*testchain.Chain
	alice, bob *testchain.Account
	rules      types.Address
	shared     types.Address // the Thing that init shared
	thing      types.Address // one that alice owns
	published  *effects.Outcome
}

func newWorld(tb testing.TB) *world { return newWorldOf(tb, transaction.DefaultLimits()) }

func newWorldOf(tb testing.TB, limits transaction.Limits) *world {
	tb.Helper()
	w := &world{TB: tb, Chain: testchain.New(tb, testchain.Embedded(tb), limits)}
	w.alice, w.bob = w.Account("alice"), w.Account("bob")
	w.rules, w.published = w.PublishPackage(w.alice, [][]byte{code(tb, "rules")})
	w.shared = testchain.Created(tb, w.published, "::rules::Thing")
	w.thing = w.make(w.alice, 5)
	return w
}

// make makes a Thing for an account.
func (w *world) make(a *testchain.Account, value uint64) types.Address {
	w.Helper()
	b := w.By(a)
	b.Transfer(a.Address, b.Call(w.rules, "rules", "new", nil, b.U64(value)))
	return testchain.Created(w, b.MustRun(), "::rules::Thing")
}

func TestPublish(t *testing.T) {
	w := newWorld(t)
	if w.rules == (types.Address{}) {
		t.Fatal("no package")
	}
	if n := len(w.published.Events); n != 1 {
		t.Fatalf("init emitted %d events", n)
	}
}
