package store

import (
	"fmt"
	"maps"
	"sync"
	"syscall"

	"github.com/floe-network/floe/node/store/disk"
	"github.com/floe-network/floe/node/store/index"
	"github.com/floe-network/floe/node/store/record"
)

// ledger knows what the store holds and decides whether more fits. Only the committer changes what is held; anyone may
// promise space or ask.
type ledger struct {
	quota    int64 // 0: none
	headroom int64 // of the quota, left to compaction and bookkeeping
	reserve  int64 // 0 or less: none
	free     func() (bytes int64, known bool)
	index    interface{ Size() int64 }
	ballast  *disk.Ballast

	mu       sync.Mutex
	totals   index.Totals
	segments map[uint32]*index.Segment
	sum      index.Segment // of all of them
	indexed  int64         // size of the index when last asked
	promised int64         // to puts under way
}

// fileCost is what a sliver in a file of its own counts against the quota.
func fileCost(body int64) int64 {
	return (record.Size(body)+blockSize-1)/blockSize*blockSize + blockSize
}

// promise sets need bytes aside for a write, to be returned with release. What the store and the node need themselves, own,
// may use the headroom and the reserve.
func (l *ledger) promise(need int64, own bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.admit(need, own); err != nil {
		return err
	}
	l.promised += need
	return nil
}

// admit checks that need bytes more fit. The caller holds mu.
func (l *ledger) admit(need int64, own bool) error {
	if !l.ballast.Restore() {
		free, _ := l.free()
		return &FullError{Limit: LimitDisk, Need: need, Used: free, Max: l.ballast.Room(), Err: syscall.ENOSPC}
	}
	if l.quota > 0 {
		limit := l.quota
		if !own {
			limit -= l.headroom
		}
		if l.used()+l.promised+need > limit {
			l.indexed = l.index.Size() // it may have shrunk since it was last asked
		}
		if used := l.used() + l.promised; used+need > limit {
			return &FullError{Limit: LimitQuota, Need: need, Used: used, Max: limit}
		}
	}
	if l.reserve > 0 && !own {
		if free, known := l.free(); known && free-l.promised-need < l.reserve {
			return &FullError{Limit: LimitReserve, Need: need, Used: max(0, free-l.promised), Max: l.reserve}
		}
	}
	return nil
}

func (l *ledger) release(need int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.promised -= need
}

// used is what counts against the quota. The caller holds mu.
func (l *ledger) used() int64 {
	return l.totals.Files + l.sum.Size + l.indexed + l.ballast.Size()
}

func (l *ledger) usage() Usage {
	free, known := l.free()
	if !known {
		free = -1
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return Usage{
		Slivers:     l.totals.Slivers,
		SliverBytes: l.totals.Bodies,
		Used:        l.used(),
		Dead:        l.sum.Size - l.sum.Live,
		Index:       l.indexed,
		Quota:       l.quota,
		Free:        free,
		Reserve:     max(0, l.reserve),
	}
}

// load sets what is held, as the index has it.
func (l *ledger) load(t index.Totals, segments map[uint32]*index.Segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.totals, l.segments, l.sum = t, segments, index.Segment{}
	for _, s := range segments {
		l.sum.Size += s.Size
		l.sum.Live += s.Live
	}
	l.indexed = l.index.Size()
}

// held returns a copy of what is held.
func (l *ledger) held() (index.Totals, map[uint32]index.Segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	segments := make(map[uint32]index.Segment, len(l.segments))
	for id, s := range l.segments {
		segments[id] = *s
	}
	return l.totals, segments
}

// segment returns what a segment holds.
func (l *ledger) segment(id uint32) (s index.Segment, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.segments[id]; s != nil {
		return *s, true
	}
	return index.Segment{}, false
}

// newest returns the highest segment, 0 when there is none.
func (l *ledger) newest() (id uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := range maps.Keys(l.segments) {
		id = max(id, n)
	}
	return id
}

// grow sets the size of a segment. The index learns of it with the next change of the segment.
func (l *ledger) grow(id uint32, size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.segments[id] == nil {
		l.segments[id] = new(index.Segment)
	}
	l.sum.Size += size - l.segments[id].Size
	l.segments[id].Size = size
}

// drop forgets a segment.
func (l *ledger) drop(id uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.segments[id]; s != nil {
		l.sum.Size -= s.Size
		l.sum.Live -= s.Live
		delete(l.segments, id)
	}
}

// entry is a sliver that comes (1) or goes (-1).
type entry struct {
	place index.Place
	sign  int64
}

// apply changes what is held and puts that into the batch.
func (l *ledger) apply(b *index.Batch, entries []entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	touched := make(map[uint32]*index.Segment)
	for _, e := range entries {
		l.totals.Slivers += e.sign
		l.totals.Bodies += e.sign * int64(e.place.Size)
		if e.place.Segment == 0 {
			l.totals.Files += e.sign * fileCost(int64(e.place.Size))
			continue
		}
		s := l.segments[e.place.Segment]
		if s == nil {
			return fmt.Errorf("%w: the index points into segment %d, which it does not list", ErrCorrupt, e.place.Segment)
		}
		s.Live += e.sign * e.place.RecordSize()
		l.sum.Live += e.sign * e.place.RecordSize()
		touched[e.place.Segment] = s
	}
	for id, s := range touched {
		b.SetSegment(id, *s)
	}
	b.SetTotals(l.totals)
	return nil
}

// committed asks how large the index is after a commit.
func (l *ledger) committed() {
	size := l.index.Size()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.indexed = size
}
