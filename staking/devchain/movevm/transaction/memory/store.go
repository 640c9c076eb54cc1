// Package memory keeps the state of a chain in memory, for tests and simulations.
package memory

import (
	"bytes"
	"maps"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Store is a transaction.Store. It may be read concurrently, and not while it is written.
type Store struct {
	objects  map[types.Address]*transaction.Object
	packages map[types.Address]*transaction.PublishedPackage
}

// New makes an empty Store.
func New() *Store {
	return &Store{make(map[types.Address]*transaction.Object), make(map[types.Address]*transaction.PublishedPackage)}
}

// Object is the present version of an object, nil when there is none.
func (s *Store) Object(id types.Address) (*transaction.Object, error) { return s.objects[id], nil }

// Package is a package, nil when there is none.
func (s *Store) Package(id types.Address) (*transaction.PublishedPackage, error) {
	return s.packages[id], nil
}

// Put stores an object.
func (s *Store) Put(o *transaction.Object) { s.objects[o.ID] = o }

// Apply stores what a transaction did.
func (s *Store) Apply(out *transaction.Outcome) {
	for _, o := range out.Objects {
		s.objects[o.ID] = o
	}
	for _, id := range out.Removed {
		delete(s.objects, id)
	}
	for _, p := range out.Packages {
		s.packages[p.ID] = p
	}
}

// Objects are all objects, by ascending id.
func (s *Store) Objects() []*transaction.Object {
	return slices.SortedFunc(maps.Values(s.objects), func(a, b *transaction.Object) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

// Packages counts the packages.
func (s *Store) Packages() int { return len(s.packages) }
