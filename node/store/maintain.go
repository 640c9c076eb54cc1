package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/floe-network/floe/node/store/disk"
	"github.com/floe-network/floe/node/store/index"
	"github.com/floe-network/floe/node/store/record"
	"github.com/floe-network/floe/node/store/segment"
)

func (s *Files) wakeMaintenance() {
	select {
	case s.wake <- struct{}{}:
	default: // it will run already
	}
}

// maintain sweeps up after a crash, then compacts segments whenever there is one to compact.
func (s *Files) maintain(sweep bool) {
	if sweep {
		n, err := s.sweep(s.ctx, func(Problem) {})
		if err != nil && s.ctx.Err() == nil {
			s.log.Warn("the sweep after a crash did not finish, repair does", "error", err)
		}
		s.log.Info("swept after a crash", "files removed", n)
	}
	close(s.swept)
	hopeless := make(map[uint32]bool) // until the next start
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		}
		s.compactSparse(hopeless, s.pressed.Swap(false))
	}
}

// compactSparse compacts segments until none is sparse, the disk is full or the store closes.
func (s *Files) compactSparse(hopeless map[uint32]bool, pressed bool) {
	for id := s.sparsest(hopeless, pressed); id != 0; id = s.sparsest(hopeless, pressed) {
		err := s.compact(s.ctx, id)
		if s.ctx.Err() != nil {
			return
		}
		if err != nil {
			s.log.Warn("a segment could not be compacted", "segment", segment.Name(id), "error", err)
		}
		if errors.Is(err, ErrFull) {
			return
		}
		hopeless[id] = err != nil
	}
}

// sparsest returns the segment to compact first, 0 when there is none. One that is appended to is none. Under pressure,
// when puts are refused, less needs to be dead.
func (s *Files) sparsest(but map[uint32]bool, pressed bool) (id uint32) {
	active := s.active.Load()
	_, segments := s.ledger.held()
	least := int64(math.MaxInt64)
	for n, g := range segments {
		sparse := float64(g.Live) < liveFraction*float64(s.segmentSize) ||
			pressed && float64(g.Live) < pressedFraction*float64(g.Size)
		if sparse && n != active && !but[n] && g.Live < least {
			id, least = n, g.Live
		}
	}
	return id
}

// promise asks the ledger for space. A refusal is a reason to compact.
func (s *Files) promise(need int64, own bool) error {
	err := s.ledger.promise(need, own)
	if err != nil && !own {
		s.pressed.Store(true)
		s.wakeMaintenance()
	}
	return err
}

// compact moves what is alive in a segment to the newest one and removes the segment. It may be ended at any time.
func (s *Files) compact(ctx context.Context, id uint32) error {
	if err := s.evacuate(ctx, id); err != nil {
		return err
	}
	return s.runAlone(ctx, func() error { return s.dropSegment(id) })
}

// dropSegment removes a segment that has nothing alive.
func (s *Files) dropSegment(id uint32) error {
	g, known := s.ledger.segment(id)
	if !known || id == s.active.Load() {
		return nil
	}
	if g.Live > 0 {
		return fmt.Errorf("%w: %d bytes are alive and cannot be read", ErrCorrupt, g.Live)
	}
	b := s.index.Batch()
	b.DropSegment(id)
	if err := b.Commit(); err != nil {
		return err
	}
	s.ledger.drop(id)
	s.dirtyDirs[s.layout.path(segmentDir)] = true
	return disk.Remove(s.layout.fs, s.layout.segment(id))
}

// evacuate moves what is alive in a segment, as far as it can be read.
func (s *Files) evacuate(ctx context.Context, id uint32) (err error) {
	g, known := s.ledger.segment(id)
	if !known || g.Live == 0 {
		return nil
	}
	if err := s.files.Acquire(ctx, 1); err != nil {
		return err
	}
	defer s.files.Release(1)
	f, err := s.layout.fs.Open(s.layout.segment(id))
	if err != nil {
		return missing(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var moving []*change
	size := 0
	wait := func() (err error) {
		for _, c := range moving {
			err = errors.Join(err, <-c.done)
		}
		moving, size = nil, 0
		return err
	}
	err = segment.Scan(f, g.Size, func(offset int64, b *record.Body) error {
		p, found, err := s.index.Find(b.Key)
		if err != nil || !found || p != index.PlaceOf(b.Info, id, offset) {
			return err
		}
		c, err := s.move(ctx, f, b, p)
		if errors.Is(err, ErrCorrupt) {
			return nil // it stays for a check to find
		}
		if err != nil {
			return err
		}
		moving = append(moving, c)
		if size += len(c.record); size < maxGroupBytes {
			return nil
		}
		return wait()
	})
	return errors.Join(err, wait())
}

// move has the committer append a record again.
func (s *Files) move(ctx context.Context, f io.ReaderAt, b *record.Body, p index.Place) (*change, error) {
	body := make([]byte, b.Size)
	if _, err := b.ReadAt(f, body, 0); err != nil {
		return nil, err
	}
	size := p.RecordSize()
	if err := s.promise(size, true); err != nil {
		return nil, err
	}
	if err := s.pending.Acquire(ctx, size); err != nil {
		s.ledger.release(size)
		return nil, err
	}
	c := &change{kind: moveRecord, info: b.Info, record: record.Encode(b.Info, body), from: p, promised: size}
	return c, s.enqueue(ctx, c)
}

// runAlone runs fn in the committer, while nothing else changes, or does not, when ctx ends before it is handed over.
func (s *Files) runAlone(ctx context.Context, fn func() error) error {
	c := &change{kind: runAlone, alone: fn}
	if err := s.enqueue(ctx, c); err != nil {
		return err
	}
	return <-c.done
}
