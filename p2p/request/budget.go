package request

import (
	"container/list"
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// budget keeps what sources and all together may still use: token buckets of bytes and CPU microseconds, memory, and
// streams that are open. It is safe for concurrent use.
type budget struct {
	limits Limits
	total  buckets
	memory *semaphore.Weighted

	mu      sync.Mutex
	sources map[sourceKey]*list.Element // of *source
	recent  *list.List                  // most recently used first
	streams map[*Spec]int
}

// sourceKey is an address prefix, or a peer where the address says nothing about who it is.
type sourceKey struct {
	prefix   netip.Prefix
	peer     peer.ID
	loopback bool
}

// source is what one source has used.
type source struct {
	key     sourceKey
	buckets buckets // empty: not limited
	memory  *semaphore.Weighted
	streams map[*Spec]int
}

// buckets are a pair of token buckets; nil ones are bottomless.
type buckets struct {
	bytes, cpu *rate.Limiter
}

func newBudget(l Limits) *budget {
	return &budget{
		limits:  l,
		total:   newBuckets(l.TotalBytes, l.TotalBytesBurst, l.TotalCPU, l.TotalCPUBurst),
		memory:  semaphore.NewWeighted(l.Memory),
		sources: make(map[sourceKey]*list.Element), recent: list.New(), streams: make(map[*Spec]int),
	}
}

func newBuckets(bytes, bytesBurst int64, cpu float64, cpuBurst time.Duration) buckets {
	return buckets{
		bytes: rate.NewLimiter(rate.Limit(bytes), int(bytesBurst)),
		cpu:   rate.NewLimiter(rate.Limit(cpu*float64(time.Second/time.Microsecond)), int(cpuBurst.Microseconds())),
	}
}

// sourceOf says whom a connection's requests are charged to.
func sourceOf(c network.Conn) sourceKey {
	byPeer := sourceKey{peer: c.RemotePeer()}
	if c.Stat().Limited {
		// The address is the relay's.
		return byPeer
	}
	ip, err := manet.ToIP(c.RemoteMultiaddr())
	if err != nil {
		return byPeer
	}
	addr, ok := netip.AddrFromSlice(ip)
	if !ok {
		return byPeer
	}
	addr = addr.Unmap()
	if addr.IsLoopback() {
		byPeer.loopback = true
		return byPeer
	}
	length := 32
	if addr.Is6() {
		// A household or a server has at least a /64.
		length = 64
	}
	prefix, err := addr.Prefix(length)
	if err != nil {
		return byPeer
	}
	return sourceKey{prefix: prefix}
}

// source returns the entry for a connection. The table is bounded: the entry that was used longest ago and has no stream
// makes room.
func (b *budget) source(c network.Conn) *source {
	key := sourceOf(c)
	b.mu.Lock()
	defer b.mu.Unlock()
	if e, ok := b.sources[key]; ok {
		b.recent.MoveToFront(e)
		return e.Value.(*source)
	}
	s := &source{key: key, memory: semaphore.NewWeighted(b.limits.SourceMemory), streams: make(map[*Spec]int)}
	if l := &b.limits; l.LimitLoopback || !key.loopback {
		s.buckets = newBuckets(l.SourceBytes, l.SourceBytesBurst, l.SourceCPU, l.SourceCPUBurst)
	}
	b.sources[key] = b.recent.PushFront(s)
	for e := b.recent.Back(); e != nil && b.recent.Len() > maxSources; {
		old, prev := e.Value.(*source), e.Prev()
		if len(old.streams) == 0 {
			b.recent.Remove(e)
			delete(b.sources, old.key)
		}
		e = prev
	}
	return s
}

// open takes a stream of a request for the source, or reports that there are too many.
func (b *budget) open(s *source, spec *Spec) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.streams[spec] >= spec.SourceStreams || b.streams[spec] >= spec.TotalStreams {
		return false
	}
	s.streams[spec]++
	b.streams[spec]++
	return true
}

// close gives back what open took.
func (b *budget) close(s *source, spec *Spec) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.streams[spec]--
	if s.streams[spec]--; s.streams[spec] == 0 {
		delete(s.streams, spec)
	}
}

// reserve takes memory from the source's share and the whole, waiting until it is free or the context ends.
func (b *budget) reserve(ctx context.Context, s *source, n int64) (release func(), err error) {
	if err := s.memory.Acquire(ctx, n); err != nil {
		return nil, err
	}
	if err := b.memory.Acquire(ctx, n); err != nil {
		s.memory.Release(n)
		return nil, err
	}
	return func() {
		b.memory.Release(n)
		s.memory.Release(n)
	}, nil
}

// charge takes bytes and CPU time from the source and the total. When one of them has not enough, nothing is taken and wait
// says when it will have. A charge above what a bucket can ever hold takes all of it.
func (b *budget) charge(s *source, bytes int64, cpu time.Duration) (wait time.Duration) {
	now := time.Now()
	var taken []*rate.Reservation
	take := func(l *rate.Limiter, n, base int64) {
		if l == nil || n <= 0 {
			return
		}
		r := l.ReserveN(now, int(min(n, int64(l.Burst()))))
		taken = append(taken, r)
		if d := r.DelayFrom(now); d > 0 {
			// Asking again costs the base again.
			wait = max(wait, d+time.Duration(float64(base)/float64(l.Limit())*float64(time.Second)))
		}
	}
	take(s.buckets.bytes, bytes, requestBytes)
	take(s.buckets.cpu, cpu.Microseconds(), requestCost.Microseconds())
	take(b.total.bytes, bytes, requestBytes)
	take(b.total.cpu, cpu.Microseconds(), requestCost.Microseconds())
	if wait > 0 {
		for _, r := range taken {
			r.CancelAt(now)
		}
	}
	return wait
}
