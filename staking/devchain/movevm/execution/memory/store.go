// Package memory keeps the state of a chain in memory, for tests and simulations.
package memory

import (
	"bytes"
	"maps"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// Store is an execution.Store. It may be read concurrently, and not while it is written.
type Store struct {
	objects  map[types.Address]*effects.Object
	packages map[types.Address]*effects.PublishedPackage
}

// New makes an empty Store.
func New() *Store {
	return &Store{make(map[types.Address]*effects.Object), make(map[types.Address]*effects.PublishedPackage)}
}

// Object is the present version of an object, nil when there is none.
func (s *Store) Object(id types.Address) (*effects.Object, error) { return s.objects[id], nil }

// Package is a package, nil when there is none.
func (s *Store) Package(id types.Address) (*effects.PublishedPackage, error) {
	return s.packages[id], nil
}

// Put stores an object.
func (s *Store) Put(o *effects.Object) { s.objects[o.ID] = o }

// Apply stores what a transaction did.
func (s *Store) Apply(out *effects.Outcome) {
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
func (s *Store) Objects() []*effects.Object {
	return slices.SortedFunc(maps.Values(s.objects), func(a, b *effects.Object) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

// Packages counts the packages.
func (s *Store) Packages() int { return len(s.packages) }
