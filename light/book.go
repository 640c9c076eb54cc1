package light

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// book remembers how peers behaved, to ask the best ones first. It only orders: a peer with a bad record is asked last,
// not never. Records exist for peers that were asked, which are committee members; beyond maxRecords the one that was
// updated longest ago makes room.
type book struct {
	mu      sync.Mutex
	records map[peer.ID]*record
}

// record is what one peer did, newest weighing most.
type record struct {
	latency  float64 // seconds until a small answer was there
	rate     float64 // bytes a second of a large one; 0: none seen
	failures int     // in a row
	lied     time.Time
	updated  time.Time
}

func newBook() *book { return &book{records: make(map[peer.ID]*record)} }

// get returns the peer's record, made if need be. The caller holds mu.
func (b *book) get(p peer.ID, now time.Time) *record {
	r := b.records[p]
	if r == nil {
		if len(b.records) >= maxRecords {
			b.evict()
		}
		r = &record{latency: newcomerLatency.Seconds()}
		b.records[p] = r
	}
	r.updated = now
	return r
}

func (b *book) evict() {
	var oldest peer.ID
	var at time.Time
	for p, r := range b.records {
		if at.IsZero() || r.updated.Before(at) {
			oldest, at = p, r.updated
		}
	}
	delete(b.records, oldest)
}

// delivered notes an answer of n body bytes after the given time.
func (b *book) delivered(p peer.ID, n int64, took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.get(p, time.Now())
	r.failures = 0
	sec := max(took.Seconds(), 1e-6)
	if n < largeBody {
		r.latency += recordWeight * (sec - r.latency)
		return
	}
	rate := float64(n) / sec
	if r.rate == 0 {
		r.rate = rate
	} else {
		r.rate += recordWeight * (rate - r.rate)
	}
}

// failed notes that the peer gave no answer, or not in time.
func (b *book) failed(p peer.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.get(p, time.Now()).failures++
}

// lied notes bytes that do not match a commitment.
func (b *book) lied(p peer.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.get(p, now).lied = now
}

// cost estimates what a body of n bytes from the peer takes, in seconds. Failures make it dearer until they are forgotten, a
// lie puts the peer behind all others for a while. A little chance spreads load among equals.
func (b *book) cost(p peer.ID, n int64) float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	spread := 1 + costSpread*rand.Float64() //nolint:gosec // load balancing, nothing to guess
	r := b.records[p]
	if r == nil {
		return newcomerLatency.Seconds() * spread
	}
	now := time.Now()
	if !r.lied.IsZero() && now.Sub(r.lied) < lieMemory {
		return math.MaxFloat64
	}
	c := r.latency
	if r.rate > 0 {
		c += float64(n) / r.rate
	}
	c *= spread
	if now.Sub(r.updated) < failureMemory {
		c += float64(r.failures) * failureCost.Seconds()
	}
	return c
}
