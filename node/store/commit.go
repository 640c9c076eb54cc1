package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"golang.org/x/sync/errgroup"
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
	// writeKeys writes keys of the go-datastore part.
	writeKeys
	// runAlone runs a function while nothing else changes.
	runAlone
)

// change is a request to the committer.
type change struct {
	kind   changeKind
	info   Info   // the sliver; of removeSliver the key alone
	temp   string // putFile: path of the file
	record []byte // putRecord, moveRecord: header and body
	from   place  // moveRecord: where the record was
	keys   []keyValue
	alone  func() error

	promised int64      // bytes promised by the ledger
	done     chan error // buffered: the committer never waits

	// Set by the committer.
	was     place // removeSliver, moveRecord: what the index says
	now     place // putFile, putRecord, moveRecord: what it will say
	settled bool
	err     error
}

// keyValue is a write of one key; value nil removes it.
type keyValue struct {
	key   []byte
	value []byte
}

func (c *change) ofSliver() bool { return c.kind >= putFile && c.kind <= removeSliver }

func (c *change) appends() bool { return c.kind == putRecord || c.kind == moveRecord }

// settle ends a change early.
func (c *change) settle(err error) { c.settled, c.err = true, err }

// size is what the change adds to a group, in bytes.
func (c *change) size() int {
	n := len(c.record)
	for _, kv := range c.keys {
		n += len(kv.key) + len(kv.value)
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
	if c.promised > 0 {
		s.ledger.release(c.promised)
	}
	if c.record != nil {
		s.pending.Release(int64(len(c.record)))
	}
	if c.temp != "" {
		return s.layout.remove(c.temp)
	}
	return nil
}

// finish answers a change.
func (s *Files) finish(c *change) {
	if c.kind == putFile && !c.settled {
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
// it: none twice of one sliver, none that wants to be alone. next is the first that cannot.
func (s *Files) collect(held *change) (group []*change, next *change) {
	c := held
	if c == nil {
		if c = <-s.changes; c == nil {
			return nil, nil
		}
	}
	seen := make(map[Key]bool)
	for size := 0; ; {
		if c.ofSliver() {
			if seen[c.info.Key] {
				return group, c
			}
			seen[c.info.Key] = true
		}
		if c.kind == runAlone {
			if len(group) > 0 {
				return group, c
			}
			return []*change{c}, nil
		}
		group = append(group, c)
		size += c.size()
		if len(group) == maxGroup || size >= maxGroupBytes {
			return group, nil
		}
		select {
		case c = <-s.changes:
			if c == nil {
				return group, nil
			}
		default:
			return group, nil
		}
	}
}

// commit goes through the steps for one group.
func (s *Files) commit(group []*change) {
	s.lookUp(group)
	grown := s.appendRecords(group)
	s.placeFiles(group)
	if err := s.writeIndex(group, grown); err != nil {
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
		p, found, err := s.index.find(c.info.Key)
		c.was = p
		switch {
		case err != nil:
			c.settle(err)
		case c.kind == putFile || c.kind == putRecord:
			if found {
				c.settle(nil)
			}
		case !found, c.kind == moveRecord && p != c.from:
			c.settle(nil)
		}
	}
}

// appendRecords writes the records of the group to the segment and returns the segments' new sizes.
func (s *Files) appendRecords(group []*change) map[uint32]int64 {
	var records [][]byte
	var writers []*change
	for _, c := range group {
		if c.appends() && !c.settled {
			records = append(records, c.record)
			writers = append(writers, c)
		}
	}
	if len(records) == 0 {
		return nil
	}
	offsets, err := s.appendSegment(records)
	if err != nil {
		for i, c := range writers {
			c.settle(full(fmt.Errorf("segment: %w", err), int64(len(records[i]))))
		}
		return nil
	}
	id, size, _ := s.writer.ID()
	for i, c := range writers {
		c.now = c.info.place(id, offsets[i])
	}
	return map[uint32]int64{id: size}
}

// appendSegment appends to the open segment, or to a new one when there is none or it is full.
func (s *Files) appendSegment(records [][]byte) ([]int64, error) {
	id, size, open := s.writer.ID()
	if !open || size >= s.segmentSize {
		id = s.nextSegment
		s.nextSegment++
		if err := s.writer.Create(id); err != nil {
			return nil, err
		}
		s.wakeMaintenance() // the segment before is full now
	}
	s.active.Store(id)
	offsets, err := s.writer.Append(records)
	if err == nil {
		return offsets, nil
	}
	s.active.Store(0)
	if _, known := s.ledger.segment(id); !known {
		err = errors.Join(err, s.layout.remove(s.layout.segment(id)))
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
			c.settle(full(err, c.info.Size))
			continue
		}
		placed = append(placed, c)
	}
	if err := s.syncDirs(dirs); err != nil {
		for _, c := range placed {
			err := errors.Join(err, s.layout.remove(s.layout.sliver(c.info.Key)))
			c.settle(full(err, c.info.Size))
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
		if err := s.layout.fs.MkdirAll(dir, dirMode); err != nil {
			return err
		}
		shard := filepath.Dir(dir)
		dirs[shard] = true
		if !s.knownDirs[shard] {
			dirs[filepath.Dir(shard)] = true
		}
	}
	dirs[dir] = true
	c.now = c.info.place(0, 0)
	return s.layout.fs.Rename(c.temp, s.layout.sliver(c.info.Key))
}

func (s *Files) syncDirs(dirs map[string]bool) error {
	var g errgroup.Group
	g.SetLimit(dirSyncs)
	for dir := range dirs {
		g.Go(func() error { return s.layout.syncDir(dir) })
	}
	return g.Wait()
}

// writeIndex commits what the group changes.
func (s *Files) writeIndex(group []*change, grown map[uint32]int64) (err error) {
	b := s.index.db.NewBatch()
	defer func() { err = errors.Join(err, b.Close()) }()
	var entries []entry
	for _, c := range group {
		if c.settled {
			continue
		}
		switch c.kind {
		case putFile, putRecord:
			entries = append(entries, entry{c.now, 1})
		case moveRecord:
			entries = append(entries, entry{c.was, -1}, entry{c.now, 1})
		case removeSliver:
			entries = append(entries, entry{c.was, -1})
		}
		if err := c.stage(b); err != nil {
			return err
		}
	}
	if len(entries) > 0 || len(grown) > 0 {
		if err := s.ledger.apply(b, entries, grown); err != nil {
			return err
		}
	}
	if b.Empty() {
		return nil
	}
	return s.index.commit(b)
}

// stage adds the keys of the change to the batch.
func (c *change) stage(b *pebble.Batch) error {
	switch c.kind {
	case putFile, putRecord, moveRecord:
		return b.Set(sliverKey(c.info.Key), c.now.encode(), nil)
	case removeSliver:
		return b.Delete(sliverKey(c.info.Key), nil)
	}
	for _, kv := range c.keys {
		if kv.value == nil {
			if err := b.Delete(kv.key, nil); err != nil {
				return err
			}
		} else if err := b.Set(kv.key, kv.value, nil); err != nil {
			return err
		}
	}
	return nil
}

// removeFiles removes what the index no longer points to.
func (s *Files) removeFiles(group []*change) {
	for _, c := range group {
		if c.settled {
			continue
		}
		switch {
		case c.kind == removeSliver && c.was.segment == 0:
			if err := s.layout.remove(s.layout.sliver(c.info.Key)); err != nil {
				s.log.Warn("a removed sliver's file is still there, repair removes it", "sliver", c.info.Key, "error", err)
			}
			s.dirtyDirs[s.layout.sliverDir(c.info.Key)] = true
		case c.kind == removeSliver || c.kind == moveRecord:
			s.wakeMaintenance()
		}
	}
	if len(s.dirtyDirs) >= unsyncedDirs {
		s.syncRemovals()
	}
}

// syncRemovals makes removals durable. They are acknowledged without: a file that comes back is an orphan and nothing worse.
func (s *Files) syncRemovals() {
	if err := s.syncDirs(s.dirtyDirs); err != nil {
		s.log.Warn("removals of files could not be synced, repair removes those that come back", "error", err)
	}
	clear(s.dirtyDirs)
}
