package store

import (
	"errors"
	"fmt"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// ledger knows what the store holds and decides whether more fits. Only the committer changes what it holds; anyone may
// promise space or read.
type ledger struct {
	quota    int64 // 0: none
	reserve  int64
	headroom int64 // of the quota, left to compaction
	disk     func() (free int64, known bool)
	index    func() int64 // current size of the index
	ballast  *ballast

	mu       sync.Mutex
	counts   counts
	segments map[uint32]*segmentState
	size     int64 // sum of the segments' sizes
	live     int64 // and of their live bytes
	indexed  int64 // size of the index when last asked
	promised int64 // to puts under way
}

func newLedger(o Options, index func() int64, disk func() (int64, bool), b *ballast, c counts, segments map[uint32]*segmentState) *ledger {
	l := &ledger{
		quota:    o.Quota,
		reserve:  o.Reserve,
		headroom: o.segmentSize,
		disk:     disk,
		index:    index,
		ballast:  b,
		counts:   c,
		segments: segments,
		indexed:  index(),
	}
	for _, s := range segments {
		l.size += s.size
		l.live += s.live
	}
	return l
}

// promise sets need bytes aside for a put, to be returned with release. Compaction may use the headroom.
func (l *ledger) promise(need int64, compaction bool) error {
	if !l.ballast.restore(l.disk) {
		return &FullError{Limit: LimitDisk, Need: need, Err: syscall.ENOSPC}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.quota > 0 {
		limit := l.quota - l.headroom
		if compaction {
			limit = l.quota
		}
		if l.used()+l.promised+need > limit {
			l.indexed = l.index()
		}
		if used := l.used() + l.promised; used+need > limit {
			return &FullError{Limit: LimitQuota, Need: need, Used: used, Max: limit}
		}
	}
	if l.reserve > 0 {
		if free, known := l.disk(); known && free-l.promised-need < l.reserve {
			return &FullError{Limit: LimitReserve, Need: need, Used: max(0, free-l.promised), Max: l.reserve}
		}
	}
	l.promised += need
	return nil
}

func (l *ledger) release(need int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promised -= need
}

// used is what counts against the quota. The caller holds mu.
func (l *ledger) used() int64 { return l.counts.files + l.size + l.indexed + l.ballast.size }

func (l *ledger) usage() Usage {
	free, known := l.disk()
	if !known {
		free = -1
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return Usage{
		Slivers:     l.counts.slivers,
		SliverBytes: l.counts.bodies,
		Used:        l.used(),
		Dead:        l.size - l.live,
		Index:       l.indexed,
		Quota:       l.quota,
		Free:        free,
		Reserve:     l.reserve,
	}
}

// entry is one sliver that comes or goes.
type entry struct {
	place place
	sign  int64 // 1: comes, -1: goes
}

// apply changes what is held and appends that to the batch. grown are the sizes of segments that were written to.
func (l *ledger) apply(b *pebble.Batch, entries []entry, grown map[uint32]int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	touched := make(map[uint32]bool)
	for id, size := range grown {
		s := l.segments[id]
		if s == nil {
			s = new(segmentState)
			l.segments[id] = s
		}
		l.size += size - s.size
		s.size = size
		touched[id] = true
	}
	for _, e := range entries {
		l.counts.slivers += e.sign
		l.counts.bodies += e.sign * int64(e.place.length)
		if e.place.segment == 0 {
			l.counts.files += e.sign * e.place.fileCost()
			continue
		}
		s := l.segments[e.place.segment]
		if s == nil {
			return fmt.Errorf("%w: the index points into segment %d, which it does not list", ErrCorrupt, e.place.segment)
		}
		s.live += e.sign * e.place.recordSize()
		l.live += e.sign * e.place.recordSize()
		touched[e.place.segment] = true
	}
	for id := range touched {
		s := l.segments[id]
		if err := b.Set(segmentKey(id), encodeNumbers(s.size, s.live), nil); err != nil {
			return err
		}
	}
	return b.Set([]byte{tableCounts}, encodeNumbers(l.counts.slivers, l.counts.bodies, l.counts.files), nil)
}

// committed notes the size of the index.
func (l *ledger) committed() {
	size := l.index()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.indexed = size
}

// drop forgets a segment.
func (l *ledger) drop(id uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.segments[id]; s != nil {
		l.size -= s.size
		l.live -= s.live
		delete(l.segments, id)
	}
}

// copyCounts returns what is counted: in all, and live bytes by segment.
func (l *ledger) copyCounts() (counts, map[uint32]int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	live := make(map[uint32]int64, len(l.segments))
	for id, s := range l.segments {
		live[id] = s.live
	}
	return l.counts, live
}

// setCounts replaces what is counted and appends that to the batch.
func (l *ledger) setCounts(b *pebble.Batch, c counts, live map[uint32]int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range live {
		if l.segments[id] == nil {
			l.segments[id] = new(segmentState)
		}
	}
	l.counts, l.live = c, 0
	for id, s := range l.segments {
		s.live = live[id]
		l.live += s.live
		if err := b.Set(segmentKey(id), encodeNumbers(s.size, s.live), nil); err != nil {
			return err
		}
	}
	return b.Set([]byte{tableCounts}, encodeNumbers(c.slivers, c.bodies, c.files), nil)
}

// newest returns the highest segment, 0 when there is none.
func (l *ledger) newest() uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var id uint32
	for n := range l.segments {
		id = max(id, n)
	}
	return id
}

// grow counts the whole of a segment's file; the index learns of it with the segment's next change.
func (l *ledger) grow(id uint32, size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.segments[id]; s != nil {
		l.size += size - s.size
		s.size = size
	}
}

// segment returns a copy of what is known of a segment.
func (l *ledger) segment(id uint32) (segmentState, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.segments[id]; s != nil {
		return *s, true
	}
	return segmentState{}, false
}

// noSpace reports whether the file system refused a write for lack of room.
func noSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// full makes a FullError of an error that noSpace recognises, and leaves others alone.
func full(err error, need int64) error {
	if err != nil && noSpace(err) {
		return &FullError{Limit: LimitDisk, Need: need, Err: err}
	}
	return err
}

// ballast is a file that takes space only to give it up: Pebble cannot survive a full disk, so the first write of the
// index that meets one is tried again after the ballast is gone. Until there is room for it again, nothing is stored;
// removals work.
type ballast struct {
	fs   vfs.FS
	path string
	size int64

	mu   sync.Mutex
	gone bool
}

// drop is called with writes of the index held back.
func (b *ballast) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = true
	// Nothing can be done here about an error: the write that follows fails as well, and says so.
	_ = b.fs.Remove(b.path)
}

// restore makes the file if it is not there and reports whether it is.
func (b *ballast) restore(disk func() (int64, bool)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.gone {
		return true
	}
	if free, known := disk(); known && free < 2*b.size {
		return false
	}
	b.gone = b.write() != nil
	return !b.gone
}

// write allocates the file.
func (b *ballast) write() error {
	f, err := b.fs.Create(b.path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if err = f.Preallocate(0, b.size); err != nil && !noSpace(err) {
		// A file system without allocation in advance. Ones, as zeros may be stored as nothing.
		chunk := make([]byte, blockSize)
		for i := range chunk {
			chunk[i] = 0xff
		}
		err = nil
		for n := int64(0); n < b.size && err == nil; n += blockSize {
			_, err = f.Write(chunk)
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, b.fs.Remove(b.path))
	}
	return nil
}

// open makes the ballast at the start, unless it is there.
func (b *ballast) open() {
	if _, err := b.fs.Stat(b.path); err == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = b.write() != nil
}
