package disk

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// View reads. It fails with ErrCorrupt and ErrClosed.
type View struct {
	r    pebble.Reader
	gate *gate
}

// Get copies a value, nil when there is none.
func (v View) Get(key []byte) ([]byte, error) {
	if err := v.gate.enter(); err != nil {
		return nil, err
	}
	defer v.gate.leave()
	value, closer, err := v.r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	value = append(make([]byte, 0, len(value)), value...) // not nil, when empty
	return value, closer.Close()
}

// Each calls fn for every key from lower to upper, exclusive, nil for the end, until it returns false or fails. What fn is
// given is valid during the call.
func (v View) Each(lower, upper []byte, fn func(key, value []byte) (more bool, err error)) (err error) {
	if err := v.gate.enter(); err != nil {
		return err
	}
	defer v.gate.leave()
	it, err := v.r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		if more, err := fn(it.Key(), it.Value()); err != nil || !more {
			return err
		}
	}
	if err := it.Error(); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return nil
}

// Snapshot is what is committed at one moment. It must be closed.
type Snapshot struct {
	View
	s *pebble.Snapshot // nil when the directory was closed
}

// Snapshot makes a Snapshot. That of a directory that was closed fails with ErrClosed when it is read.
func (d *Disk) Snapshot() *Snapshot {
	if d.gate.enter() != nil {
		return &Snapshot{View: d.View}
	}
	s := d.db.NewSnapshot()
	return &Snapshot{View{s, d.gate}, s}
}

// Close ends the Snapshot.
func (s *Snapshot) Close() error {
	if s.s == nil {
		return nil
	}
	defer s.gate.leave()
	return s.s.Close()
}
