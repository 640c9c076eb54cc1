package store

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2"

	"github.com/floe-network/floe/node/store/record"
	"github.com/floe-network/floe/node/store/segment"
)

// Check reads everything, verifies every checksum and that index and files agree, and reports what is wrong. It runs
// beside other work. The error says only why the check itself ended early.
func (s *Files) Check(ctx context.Context, report func(Problem)) error {
	if err := s.inspect(ctx, report, false); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	return nil
}

// Repair checks, reports what it finds and sets it right: files that nothing refers to go, slivers whose bytes are wrong
// are dropped, so that they can be fetched and put again, wrong counts are corrected. It touches nothing that is good, nor
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
	if err := s.inspectCounts(ctx, report, fix); err != nil {
		return err
	}
	found := func(path string) {
		report(Problem{Kind: ProblemOrphan, Path: path, Err: errors.New("the index does not refer to this file")})
	}
	if fix {
		_, err := s.sweep(ctx, found)
		return err
	}
	return s.orphans(ctx, func(path string, isOrphan func() (bool, error)) error {
		return s.runAlone(ctx, func() error {
			orphan, err := isOrphan()
			if orphan {
				found(path)
			}
			return err
		})
	})
}

// inspectSlivers reads every sliver that the index has at the beginning.
func (s *Files) inspectSlivers(ctx context.Context, report func(Problem), fix bool) (err error) {
	snapshot := s.index.db.NewSnapshot()
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	buf := make([]byte, record.BlockSize)
	return slivers(snapshot, []byte{tableSliver}, []byte{tableSliver + 1}, func(k Key, p place) (bool, error) {
		if err := canceled(ctx); err != nil {
			return false, err
		}
		err := s.readAll(ctx, k, p, buf)
		if err == nil {
			return true, nil
		}
		return true, s.bad(ctx, k, p, err, report, fix)
	})
}

// readAll reads a whole sliver.
func (s *Files) readAll(ctx context.Context, k Key, p place, buf []byte) error {
	body, err := s.readHeader(k, p)
	if err != nil {
		return missing(err)
	}
	return missing(s.withFile(ctx, k, p, func(r io.ReaderAt) error {
		for off := int64(0); off < body.Length; off += int64(len(buf)) {
			if _, err := body.ReadAt(r, buf, off); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
		}
		return canceled(ctx)
	}))
}

// bad reports a sliver that could not be read at p, and drops it, unless it was moved or removed in the meantime.
func (s *Files) bad(ctx context.Context, k Key, p place, cause error, report func(Problem), fix bool) error {
	if err := canceled(ctx); err != nil {
		return err
	}
	now, found, err := s.index.find(k)
	if err != nil || !found {
		return err
	}
	if now != p {
		cause = s.readAll(ctx, k, now, make([]byte, record.BlockSize))
		if cause == nil {
			return nil
		}
	}
	kind := ProblemUnreadable
	if errors.Is(cause, ErrCorrupt) {
		kind = ProblemCorrupt
	}
	report(Problem{Kind: kind, Key: k, Path: s.layout.relative(s.layout.record(k, now)), Err: cause})
	if fix && kind == ProblemCorrupt {
		return s.submit(ctx, &change{kind: removeSliver, info: Info{Key: k}})
	}
	return nil
}

// inspectCounts compares the counts with the entries they count.
func (s *Files) inspectCounts(ctx context.Context, report func(Problem), fix bool) error {
	var want counts
	var wantLive map[uint32]int64
	count := func(r pebble.Reader) error {
		want, wantLive = counts{}, make(map[uint32]int64)
		return slivers(r, []byte{tableSliver}, []byte{tableSliver + 1}, func(_ Key, p place) (bool, error) {
			want.slivers++
			want.bodies += int64(p.length)
			if p.segment == 0 {
				want.files += p.fileCost()
			} else {
				wantLive[p.segment] += p.recordSize()
			}
			return true, canceled(ctx)
		})
	}
	var snapshot *pebble.Snapshot
	var have counts
	var haveLive map[uint32]int64
	err := s.runAlone(ctx, func() error {
		snapshot = s.index.db.NewSnapshot()
		have, haveLive = s.ledger.copyCounts()
		return nil
	})
	if err != nil {
		return err
	}
	if err := errors.Join(count(snapshot), snapshot.Close()); err != nil {
		return err
	}
	wrong := describe(have, want, haveLive, wantLive)
	for _, err := range wrong {
		report(Problem{Kind: ProblemCount, Path: indexDir, Err: err})
	}
	if !fix || len(wrong) == 0 {
		return nil
	}
	return s.runAlone(ctx, func() error {
		if err := count(s.index.db); err != nil {
			return err
		}
		b := s.index.db.NewBatch()
		if err := s.ledger.setCounts(b, want, wantLive); err != nil {
			return errors.Join(err, b.Close())
		}
		return errors.Join(s.index.commit(b), b.Close())
	})
}

// describe lists the differences between what is counted and what is there.
func describe(have, want counts, haveLive, wantLive map[uint32]int64) (wrong []error) {
	if have != want {
		wrong = append(wrong, fmt.Errorf("%d slivers of %d bytes, %d in files, are counted; %d of %d, %d in files, are listed",
			have.slivers, have.bodies, have.files, want.slivers, want.bodies, want.files))
	}
	for id, live := range haveLive {
		if live != wantLive[id] {
			wrong = append(wrong, fmt.Errorf("segment %d: %d live bytes are counted, %d are listed", id, live, wantLive[id]))
		}
	}
	for id := range wantLive {
		if _, ok := haveLive[id]; !ok {
			wrong = append(wrong, fmt.Errorf("segment %d is used and not listed", id))
		}
	}
	return wrong
}

// sweep removes files that nothing refers to, calls found with each of them, and returns how many there were.
func (s *Files) sweep(ctx context.Context, found func(path string)) (removed int, err error) {
	err = s.orphans(ctx, func(path string, isOrphan func() (bool, error)) error {
		return s.runAlone(ctx, func() error {
			orphan, err := isOrphan()
			if err != nil || !orphan {
				return err
			}
			if found != nil {
				found(path)
			}
			removed++
			return s.layout.remove(s.layout.path(path))
		})
	})
	return removed, err
}

// orphans walks the sliver and segment directories and calls fn with each file that nothing seems to refer to. Whether
// that is so only isOrphan knows, called by the committer.
func (s *Files) orphans(ctx context.Context, fn func(path string, isOrphan func() (bool, error)) error) error {
	err := s.layout.walk(ctx, segmentDir, 0, func(elem []string) error {
		id, ok := segment.ParseName(elem[0])
		isOrphan := func() (bool, error) {
			_, known := s.ledger.segment(id)
			return !ok || !known && id != s.active.Load(), nil
		}
		if orphan, err := isOrphan(); err != nil || !orphan {
			return err
		}
		return fn(s.layout.fs.PathJoin(segmentDir, elem[0]), isOrphan)
	})
	if err != nil {
		return err
	}
	return s.layout.walk(ctx, sliverDir, sliverDepth, func(elem []string) error {
		k, ok := parseSliver(elem[0], elem[1], elem[2])
		isOrphan := func() (bool, error) {
			if !ok {
				return true, nil
			}
			p, found, err := s.index.find(k)
			return !found || p.segment != 0, err
		}
		if orphan, err := isOrphan(); err != nil || !orphan {
			return err
		}
		return fn(s.layout.fs.PathJoin(append([]string{sliverDir}, elem...)...), isOrphan)
	})
}
