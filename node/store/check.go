package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"

	"github.com/floe-network/floe/node/store/disk"
	"github.com/floe-network/floe/node/store/index"
	"github.com/floe-network/floe/node/store/record"
	"github.com/floe-network/floe/node/store/segment"
)

// errOrphan is what is wrong with a file that nothing refers to.
var errOrphan = errors.New("the index does not refer to this file")

// Check reads everything, verifies every checksum and that index and files agree, and reports what is wrong. It runs
// beside other work. The error says only why the check itself ended early.
func (s *Files) Check(ctx context.Context, report func(Problem)) error {
	if err := s.inspect(ctx, report, false); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	return nil
}

// Repair checks, reports what it finds and sets it right: files that nothing refers to go, slivers whose bytes are wrong
// are dropped, so that they can be fetched and put again, wrong totals are corrected. It touches nothing that is good, nor
// what the system merely fails to read.
func (s *Files) Repair(ctx context.Context, report func(Problem)) error {
	if err := s.inspect(ctx, report, true); err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	return nil
}

func (s *Files) inspect(ctx context.Context, report func(Problem), fix bool) error {
	if err := s.gate.enter(ctx); err != nil {
		return err
	}
	defer s.gate.leave()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(s.ctx, func() { cancel(ErrClosed) })()
	if err := s.inspectSlivers(ctx, report, fix); err != nil {
		return err
	}
	if err := s.inspectTotals(ctx, report, fix); err != nil {
		return err
	}
	if fix {
		_, err := s.sweep(ctx, report)
		return err
	}
	return s.orphans(ctx, func(path string) error {
		report(Problem{Kind: ProblemOrphan, Path: path, Err: errOrphan})
		return nil
	})
}

// inspectSlivers reads every sliver that the index has at the beginning.
func (s *Files) inspectSlivers(ctx context.Context, report func(Problem), fix bool) (err error) {
	snapshot := s.index.Snapshot()
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	return snapshot.Slivers(func(k Key, p index.Place) error {
		for {
			err := s.readAll(ctx, k, p)
			if err == nil || canceled(ctx) != nil {
				return canceled(ctx)
			}
			now, found, findErr := s.index.Find(k)
			if findErr != nil || !found {
				return findErr // it was removed in the meantime
			}
			if now == p {
				return s.bad(ctx, k, p, err, report, fix)
			}
			p = now // it was moved in the meantime
		}
	})
}

// readAll reads a whole sliver.
func (s *Files) readAll(ctx context.Context, k Key, p index.Place) error {
	body, err := s.readHeader(k, p)
	if err != nil {
		return missing(err)
	}
	buf := make([]byte, record.BlockSize)
	return missing(s.withFile(k, p, func(r io.ReaderAt) error {
		for off := int64(0); off < body.Size; off += record.BlockSize {
			if _, err := body.ReadAt(r, buf, off); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			if err := canceled(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
}

// bad reports a sliver that cannot be read, and drops it if its bytes are wrong.
func (s *Files) bad(ctx context.Context, k Key, p index.Place, cause error, report func(Problem), fix bool) error {
	kind := ProblemUnreadable
	if errors.Is(cause, ErrCorrupt) {
		kind = ProblemCorrupt
	}
	report(Problem{Kind: kind, Key: k, Path: s.layout.relative(s.layout.record(k, p)), Err: cause})
	if !fix || kind != ProblemCorrupt {
		return nil
	}
	return s.submit(ctx, &change{kind: removeSliver, info: Info{Key: k}})
}

// inspectTotals compares what the ledger holds with the entries that it is the sum of.
func (s *Files) inspectTotals(ctx context.Context, report func(Problem), fix bool) error {
	var snapshot index.Snapshot
	var have index.Totals
	var haveLive map[uint32]int64
	err := s.runAlone(ctx, func() error {
		snapshot = s.index.Snapshot()
		totals, segments := s.ledger.held()
		have, haveLive = totals, make(map[uint32]int64)
		for id, g := range segments {
			if g.Live != 0 {
				haveLive[id] = g.Live
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	want, live, err := count(ctx, snapshot)
	if err != nil || have == want && maps.Equal(haveLive, live) {
		return err
	}
	report(Problem{Kind: ProblemCount, Path: indexDir, Err: fmt.Errorf("the totals are %+v and live bytes %v, the sums %+v and %v", have, haveLive, want, live)})
	if !fix {
		return nil
	}
	return s.runAlone(ctx, func() error { return s.setTotals(ctx) })
}

// count sums up the sliver table, and closes the snapshot.
func count(ctx context.Context, snapshot index.Snapshot) (t index.Totals, live map[uint32]int64, err error) {
	live = make(map[uint32]int64)
	err = snapshot.Slivers(func(_ Key, p index.Place) error {
		t.Slivers++
		t.Bodies += int64(p.Size)
		if p.Segment == 0 {
			t.Files += fileCost(int64(p.Size))
		} else {
			live[p.Segment] += p.RecordSize()
		}
		return canceled(ctx)
	})
	return t, live, errors.Join(err, snapshot.Close())
}

// setTotals counts anew, in the committer.
func (s *Files) setTotals(ctx context.Context) error {
	totals, live, err := count(ctx, s.index.Snapshot())
	if err != nil {
		return err
	}
	_, held := s.ledger.held()
	segments := make(map[uint32]*index.Segment)
	for id, g := range held {
		segments[id] = &index.Segment{Size: g.Size, Live: live[id]}
	}
	b := s.index.Batch()
	for id, bytes := range live {
		if segments[id] == nil {
			segments[id] = &index.Segment{Live: bytes}
		}
	}
	for id, g := range segments {
		b.SetSegment(id, *g)
	}
	b.SetTotals(totals)
	s.ledger.load(totals, segments)
	return b.Commit()
}

// sweep removes files that nothing refers to, reports each of them, and returns how many there were.
func (s *Files) sweep(ctx context.Context, report func(Problem)) (removed int, err error) {
	err = s.orphans(ctx, func(path string) error {
		report(Problem{Kind: ProblemOrphan, Path: path, Err: errOrphan})
		removed++
		return disk.Remove(s.layout.fs, s.layout.path(path))
	})
	return removed, err
}

// orphans walks the sliver and segment directories and calls fn, in the committer, with the path of each file that nothing
// refers to. What the walk takes for one is looked at again there: it may be of a put under way, or just removed.
func (s *Files) orphans(ctx context.Context, fn func(path string) error) error {
	found := func(path string, orphan func() (bool, error)) error {
		if is, err := orphan(); err != nil || !is {
			return err
		}
		return s.runAlone(ctx, func() error {
			if is, err := orphan(); err != nil || !is {
				return err
			}
			if _, err := s.layout.fs.Stat(s.layout.path(path)); errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return fn(path)
		})
	}
	err := s.layout.walk(ctx, segmentDir, 0, func(elem []string) error {
		return found(s.layout.fs.PathJoin(segmentDir, elem[0]), func() (bool, error) {
			id, ok := segment.ParseName(elem[0])
			_, known := s.ledger.segment(id)
			return !ok || !known && id != s.active.Load(), nil
		})
	})
	if err != nil {
		return err
	}
	return s.layout.walk(ctx, sliverDir, sliverDepth, func(elem []string) error {
		return found(s.layout.fs.PathJoin(append([]string{sliverDir}, elem...)...), func() (bool, error) {
			k, ok := parseSliver(elem[0], elem[1], elem[2])
			if !ok {
				return true, nil
			}
			p, known, err := s.index.Find(k)
			return !known || p.Segment != 0, err
		})
	})
}
