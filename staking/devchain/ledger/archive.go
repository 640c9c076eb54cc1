package ledger

import (
	"sync"

	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// archive has the packages of the chain, those as well that are executed and not committed yet, for all executors to link.
// Whether a transaction may name a package is found out elsewhere.
type archive struct {
	db     *store.DB
	mu     sync.Mutex
	staged map[ptb.Address]*store.Object
}

// Package is a package, nil when there is none.
func (a *archive) Package(id ptb.Address) (*effects.PublishedPackage, error) {
	a.mu.Lock()
	o := a.staged[id]
	a.mu.Unlock()
	if o == nil {
		var err error
		if o, err = a.db.Object(id); o == nil || err != nil {
			return nil, err
		}
	}
	return o.Package, nil
}

// Object is nil: nothing is executed on an archive.
func (a *archive) Object(ptb.Address) (*effects.Object, error) { return nil, nil }

// put adds a package that is not committed yet.
func (a *archive) put(o *store.Object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.staged[o.ID()] = o
}

// committed says that all packages are in the store.
func (a *archive) committed() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.staged)
}
