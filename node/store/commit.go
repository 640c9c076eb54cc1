package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/ipfs/go-datastore"
	"golang.org/x/sync/errgroup"

	"github.com/floe-network/floe/node/store/disk"
	"github.com/floe-network/floe/node/store/index"
)

// One goroutine, the committer, makes every change of the index, of the segments and of the sliver directories. It takes
// whatever changes wait as one group and goes through three steps for all of them together: data durable (records
// appended to the segment, files renamed into place, one fsync each of the segment and of every directory), then index
// durable (one batch, one fsync), then what the index no longer points to removed. A crash between any two leaves
// something unreferenced, never a reference to nothing.

type changeKind uint8

const (
	// putFile moves a temporary file, synced already, into place.
	putFile changeKind = iota + 1
	// putRecord appends a record to the segment.
	putRecord
	// moveRecord does the same for a record that is in an old segment.
	moveRecord
	// removeSliver removes a sliver.
	removeSliver
	// writeKeys writes keys of the go-datastore.
	writeKeys
	// runAlone runs a function while nothing else changes.
	runAlone
)

// change is a request to the committer.
type change struct {
	kind   changeKind
	info   Info        // the sliver; of removeSliver the key alone
	temp   string      // putFile: path of the file
	record []byte      // putRecord, moveRecord: header and body
	from   index.Place // moveRecord: where the record was
	keys   []keyValue
	alone  func() error

	promised int64      // bytes promised by the ledger
	done     chan error // buffered: the committer never waits

	// Set by the committer.
	was     index.Place // what the index says
	now     index.Place // what it will say, if it says anything
	settled bool        // it goes no further
	err     error
}

// keyValue is a write of one key; value nil removes it.
type keyValue struct {
	key   datastore.Key
	value []byte
}

func (c *change) ofSliver() bool { return c.kind >= putFile && c.kind <= removeSliver }

// settle ends a change early.
func (c *change) settle(err error) { c.settled, c.err = true, err }

// size is what the change adds to a group, in bytes.
func (c *change) size() int {
	n := len(c.record)
	for _, kv := range c.keys {
		n += len(kv.value)
	}
	return n
}

// submit hands a change over and waits for it. When ctx ends first the change may still happen.
func (s *Files) submit(ctx context.Context, c *change) error {
	if err := s.enqueue(ctx, c); err != nil {
		return err
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// enqueue hands a change over.
func (s *Files) enqueue(ctx context.Context, c *change) error {
	c.done = make(chan error, 1)
	select {
	case s.changes <- c:
		return nil
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), s.discard(c))
	}
}

// discard gives back what a change holds.
func (s *Files) discard(c *change) error {
	s.ledger.release(c.promised)
	s.pending.Release(int64(len(c.record)))
	if c.temp == "" {
		return nil
	}
	return disk.Remove(s.layout.fs, c.temp)
}

// finish answers a change.
func (s *Files) finish(c *change) {
	if !c.settled {
		c.temp = "" // it is in its place
	}
	if err := s.discard(c); err != nil {
		s.log.Warn("a temporary file could not be removed, the next start removes it", "error", err)
	}
	c.done <- c.err
}

// commitAll is the committer. It ends when changes is closed.
func (s *Files) commitAll() {
	defer close(s.committed)
	var held *change
	for {
		group, next := s.collect(held)
		if len(group) == 0 {
			return
		}
		held = next
		if group[0].kind == runAlone {
			group[0].err = group[0].alone()
		} else {
			s.commit(group)
		}
		for _, c := range group {
			s.finish(c)
		}
	}
}

// collect waits for a change and returns it, or held, with those that wait behind it and can be committed together with
// it: no two of one sliver, none that wants to be alone. next is the first that cannot.
func (s *Files) collect(held *change) (group []*change, next *change) {
	c := held
	if c == nil {
		c = <-s.changes
	}
	seen := make(map[Key]bool)
	for size := 0; c != nil && len(group) < maxGroup && size < maxGroupBytes; {
		if c.kind == runAlone && len(group) == 0 {
			return []*change{c}, nil
		}
		if c.kind == runAlone || c.ofSliver() && seen[c.info.Key] {
			return group, c
		}
		if c.ofSliver() {
			seen[c.info.Key] = true
		}
		group = append(group, c)
		size += c.size()
		select {
		case c = <-s.changes:
		default:
			c = nil
		}
	}
	return group, c
}

// commit goes through the steps for one group.
func (s *Files) commit(group []*change) {
	s.lookUp(group)
	s.appendRecords(group)
	s.placeFiles(group)
	if err := s.writeIndex(group); err != nil {
		for _, c := range group {
			if !c.settled {
				c.settle(err)
			}
		}
		return
	}
	s.ledger.committed()
	s.removeFiles(group)
}

// lookUp finds out what the index says, and settles what is done already.
func (s *Files) lookUp(group []*change) {
	for _, c := range group {
		if !c.ofSliver() {
			continue
		}
		was, found, err := s.index.Find(c.info.Key)
		c.was = was
		isPut := c.kind == putFile || c.kind == putRecord
		if err != nil || found == isPut || c.kind == moveRecord && was != c.from {
			c.settle(err)
		}
	}
}

// appendRecords writes the records of the group to the segment.
func (s *Files) appendRecords(group []*change) {
	var records [][]byte
	var writers []*change
	for _, c := range group {
		if c.record != nil && !c.settled {
			records = append(records, c.record)
			writers = append(writers, c)
		}
	}
	if len(records) == 0 {
		return
	}
	offsets, err := s.appendSegment(records)
	if err != nil {
		for _, c := range writers {
			c.settle(full(fmt.Errorf("segment: %w", err), int64(len(c.record))))
		}
		return
	}
	for i, c := range writers {
		c.now = index.PlaceOf(c.info, s.active.Load(), offsets[i])
	}
}

// appendSegment appends to the open segment, or to a new one when there is none or it is full.
func (s *Files) appendSegment(records [][]byte) ([]int64, error) {
	if s.active.Load() == 0 || s.writer.Size() >= s.segmentSize {
		id := s.nextSegment
		s.nextSegment++
		if err := s.writer.Create(id); err != nil {
			s.active.Store(0)
			return nil, err
		}
		s.active.Store(id)
		s.wakeMaintenance() // the segment before is full now
	}
	id := s.active.Load()
	offsets, err := s.writer.Append(records)
	if err == nil {
		s.ledger.grow(id, s.writer.Size())
		return offsets, nil
	}
	s.active.Store(0)
	if _, known := s.ledger.segment(id); !known {
		return nil, errors.Join(err, disk.Remove(s.layout.fs, s.layout.segment(id)))
	}
	if info, statErr := s.layout.fs.Stat(s.layout.segment(id)); statErr == nil {
		s.ledger.grow(id, info.Size())
	}
	return nil, err
}

// placeFiles renames the files of the group into place and syncs their directories, and above them those that this
// process has not synced yet: a directory may have been made just now, or just before a crash of the process.
func (s *Files) placeFiles(group []*change) {
	dirs := make(map[string]bool)
	var placed []*change
	for _, c := range group {
		if c.kind != putFile || c.settled {
			continue
		}
		if err := s.placeFile(c, dirs); err != nil {
			c.settle(full(err, c.promised))
			continue
		}
		placed = append(placed, c)
	}
	if err := s.syncDirs(dirs); err != nil {
		for _, c := range placed {
			err := errors.Join(err, disk.Remove(s.layout.fs, s.layout.sliver(c.info.Key)))
			c.settle(full(err, c.promised))
		}
		return
	}
	for dir := range dirs {
		s.knownDirs[dir] = true
		delete(s.dirtyDirs, dir)
	}
}

func (s *Files) placeFile(c *change, dirs map[string]bool) error {
	dir := s.layout.sliverDir(c.info.Key)
	if !s.knownDirs[dir] {
		if err := s.layout.fs.MkdirAll(dir, disk.DirMode); err != nil {
			return err
		}
		shard := filepath.Dir(dir)
		dirs[shard] = true
		if !s.knownDirs[shard] {
			dirs[filepath.Dir(shard)] = true
		}
	}
	dirs[dir] = true
	c.now = index.PlaceOf(c.info, 0, 0)
	return s.layout.fs.Rename(c.temp, s.layout.sliver(c.info.Key))
}

func (s *Files) syncDirs(dirs map[string]bool) error {
	var g errgroup.Group
	g.SetLimit(dirSyncs)
	for dir := range dirs {
		g.Go(func() error { return disk.SyncDir(s.layout.fs, dir) })
	}
	return g.Wait()
}

// writeIndex commits what the group changes.
func (s *Files) writeIndex(group []*change) error {
	b := s.index.Batch()
	var entries []entry
	for _, c := range group {
		if c.settled {
			continue
		}
		if c.kind == moveRecord || c.kind == removeSliver {
			entries = append(entries, entry{c.was, -1})
		}
		switch c.kind {
		case putFile, putRecord, moveRecord:
			entries = append(entries, entry{c.now, 1})
			b.Put(c.info.Key, c.now)
		case removeSliver:
			b.Remove(c.info.Key)
		}
		for _, kv := range c.keys {
			if kv.value == nil {
				b.Delete(kv.key)
			} else {
				b.Set(kv.key, kv.value)
			}
		}
	}
	if len(entries) > 0 {
		if err := s.ledger.apply(b, entries); err != nil {
			return err
		}
	}
	return b.Commit()
}

// removeFiles removes what the index no longer points to.
func (s *Files) removeFiles(group []*change) {
	for _, c := range group {
		if c.settled {
			continue
		}
		switch {
		case c.kind == removeSliver && c.was.Segment == 0:
			if err := s.removeFile(c.info.Key); err != nil {
				s.log.Warn("a removed sliver's file is still there, repair removes it", "sliver", c.info.Key, "error", err)
			}
		case c.kind == removeSliver || c.kind == moveRecord:
			s.wakeMaintenance()
		}
	}
	if len(s.dirtyDirs) >= unsyncedDirs {
		s.syncRemovals()
	}
}

// removeFile removes the file of a sliver, and its directory if that is empty now.
func (s *Files) removeFile(k Key) error {
	if err := disk.Remove(s.layout.fs, s.layout.sliver(k)); err != nil {
		return err
	}
	dir := s.layout.sliverDir(k)
	if s.layout.fs.Remove(dir) == nil {
		delete(s.knownDirs, dir)
		delete(s.dirtyDirs, dir)
		dir = filepath.Dir(dir)
	}
	s.dirtyDirs[dir] = true
	return nil
}

// syncRemovals makes removals durable. They are acknowledged without: a file that comes back is an orphan and nothing worse.
func (s *Files) syncRemovals() {
	if err := s.syncDirs(s.dirtyDirs); err != nil {
		s.log.Warn("removals of files could not be synced, repair removes those that come back", "error", err)
	}
	clear(s.dirtyDirs)
}
