package store

import (
	"context"
	"errors"
	"fmt"
	"io"

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
		n, err := s.sweep(s.ctx, nil)
		if err != nil && s.ctx.Err() == nil {
			s.log.Warn("the sweep after a crash did not finish, repair does", "error", err)
		}
		s.log.Info("swept after a crash", "files removed", n)
	}
	skip := make(map[uint32]bool)
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.wake:
		}
		for {
			id, ok := s.sparse(skip)
			if !ok {
				break
			}
			if err := s.compact(s.ctx, id); err != nil {
				if s.ctx.Err() != nil {
					return
				}
				s.log.Warn("a segment could not be compacted", "segment", id, "error", err)
				if !errors.Is(err, ErrFull) {
					skip[id] = true
				}
				break
			}
		}
	}
}

// sparse returns a full segment with too little alive.
func (s *Files) sparse(skip map[uint32]bool) (uint32, bool) {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	active := s.active.Load()
	for id, g := range l.segments {
		if id != active && !skip[id] && float64(g.live) < liveFraction*float64(s.segmentSize) {
			return id, true
		}
	}
	return 0, false
}

// compact moves what is alive in a segment to the newest one and removes the segment. It may be ended at any time.
func (s *Files) compact(ctx context.Context, id uint32) error {
	g, ok := s.ledger.segment(id)
	if ok && g.live > 0 {
		if err := s.evacuate(ctx, id, g.size); err != nil {
			return err
		}
	}
	return s.runAlone(ctx, func() error { return s.dropSegment(id) })
}

// dropSegment removes a segment that has nothing alive.
func (s *Files) dropSegment(id uint32) error {
	g, ok := s.ledger.segment(id)
	if !ok || id == s.active.Load() {
		return nil
	}
	if g.live > 0 {
		return fmt.Errorf("%w: %d bytes of %s are alive and cannot be read", ErrCorrupt, g.live, segment.Name(id))
	}
	b := s.index.db.NewBatch()
	if err := b.Delete(segmentKey(id), nil); err != nil {
		return errors.Join(err, b.Close())
	}
	if err := errors.Join(s.index.commit(b), b.Close()); err != nil {
		return err
	}
	s.ledger.drop(id)
	s.dirtyDirs[s.layout.path(segmentDir)] = true
	return s.layout.remove(s.layout.segment(id))
}

// evacuate moves what is alive in a segment.
func (s *Files) evacuate(ctx context.Context, id uint32, size int64) (err error) {
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
	var bytes int
	wait := func() error {
		var err error
		for _, c := range moving {
			err = errors.Join(err, <-c.done)
		}
		moving, bytes = moving[:0], 0
		return err
	}
	scanErr := segment.Scan(f, size, func(offset int64, b *record.Body) error {
		k := Key{Blob: b.Blob, Shard: b.Shard, Axis: b.Axis}
		p, found, err := s.index.find(k)
		if err != nil || !found || p.segment != id || int64(p.offset) != offset {
			return err
		}
		c, err := s.move(ctx, f, k, p, b)
		if errors.Is(err, record.ErrCorrupt) {
			return nil // it stays for a check to find
		}
		if err != nil {
			return err
		}
		moving = append(moving, c)
		if bytes += len(c.record); bytes >= maxGroupBytes {
			return wait()
		}
		return nil
	})
	return errors.Join(scanErr, wait())
}

// move hands the committer a record to append again.
func (s *Files) move(ctx context.Context, f io.ReaderAt, k Key, p place, b *record.Body) (*change, error) {
	body := make([]byte, b.Length)
	if _, err := b.ReadAt(f, body, 0); err != nil {
		return nil, err
	}
	size := p.recordSize()
	if err := s.ledger.promise(size, true); err != nil {
		return nil, err
	}
	if err := s.pending.Acquire(ctx, size); err != nil {
		s.ledger.release(size)
		return nil, err
	}
	info := p.info(k)
	r := append(record.AppendHeader(make([]byte, 0, size), info.header(), body), body...)
	c := &change{kind: moveRecord, info: info, record: r, from: p, promised: size}
	return c, s.enqueue(ctx, c)
}

// runAlone runs fn in the committer, while nothing else changes.
func (s *Files) runAlone(ctx context.Context, fn func() error) error {
	return s.submit(ctx, &change{kind: runAlone, alone: fn})
}
