package node

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipfs/go-datastore"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/time/rate"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/follower"
	"github.com/floe-network/floe/node/ledger"
	"github.com/floe-network/floe/node/registry"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/node/work"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// SliverStore keeps slivers; see store.Files for what the methods promise.
type SliverStore interface {
	Put(ctx context.Context, key store.Key, symbolSize int, body []byte) error
	Open(ctx context.Context, key store.Key) (*store.Reader, error)
	Has(ctx context.Context, key store.Key) (bool, error)
	Delete(ctx context.Context, key store.Key) error
	List(ctx context.Context, shard int, after *store.Key, limit int) ([]store.Info, error)
}

// MetadataStore keeps metadata as BCS BlobMetadata.
type MetadataStore interface {
	PutMetadata(ctx context.Context, id codec.BlobID, bcs []byte) error
	Metadata(ctx context.Context, id codec.BlobID) ([]byte, error)
	DeleteMetadata(ctx context.Context, id codec.BlobID) error
	ListMetadata(ctx context.Context, after *codec.BlobID, limit int) ([]codec.BlobID, error)
}

// Store is what a node keeps its data in: *store.Files or *store.Memory.
type Store interface {
	SliverStore
	MetadataStore
	// Datastore is for bookkeeping; after Sync it is durable.
	Datastore() datastore.Batching
	Usage() store.Usage
}

// custody is what a node holds and answers for, without the network: it implements the backends of the request server.
type custody struct {
	anchor
	self     peer.ID
	key      *bls.SecretKey
	epochs   func() *staking.Epochs
	registry *registry.Registry
	follower *follower.Follower
	codec    *codec.Codec
	store    Store
	log      *slog.Logger
	metrics  *metrics
	version  string
	started  time.Time
	peers    func() int

	announcer  *announcer
	ledger     *ledger.Ledger
	pool       *work.Pool
	locks      [stripes]sync.RWMutex
	occupied   []atomic.Bool // by shard: there may be slivers of it
	metadata   *work.Cache[codec.BlobID, *codec.Metadata]
	signatures *work.Cache[staking.Confirmation, bls.Signature]
	signing    *work.Flight[staking.Confirmation, bls.Signature]
	expansions *work.Cache[store.Key, *codec.Expanded]
	expanding  *work.Flight[store.Key, *codec.Expanded]
	keeping    *work.Flight[store.Key, struct{}]

	sweeping chan struct{} // something may have ended
	removals *rate.Limiter // of slivers
	idle     time.Duration // how long a blob may be pending without progress

	closing atomic.Bool
	refused atomic.Pointer[refusal] // the latest put for which the file system had no room
}

// refusal is a put that the store had no room for.
type refusal struct {
	at     time.Time
	reason string
}

// newCustody opens the books of the store.
func newCustody(ctx context.Context, cfg *Config) (*custody, error) {
	books := cfg.Store.Datastore()
	at, err := openAnchor(ctx, cfg.Chain.Epochs(), books)
	if err != nil {
		return nil, err
	}
	// The pool runs several verifications at once; one alone needs no further goroutines.
	cod, err := codec.New(at.params, codec.Options{Workers: 1})
	if err != nil {
		return nil, err
	}
	led, err := ledger.Open(ctx, books, ledger.Limits{
		Peer:  ledger.Share{Blobs: cfg.PeerPendingBlobs, Bytes: cfg.PeerPendingBytes},
		Total: ledger.Share{Blobs: cfg.PendingBlobs, Bytes: cfg.PendingBytes},
		Idle:  cfg.PendingIdle,
	})
	if err != nil {
		return nil, err
	}
	reg, err := registry.Open(ctx, books)
	if err != nil {
		return nil, err
	}
	c := &custody{
		anchor: at, self: cfg.Host.ID(), key: cfg.Key, epochs: cfg.Chain.Epochs, registry: reg, codec: cod, store: cfg.Store,
		log: cfg.Logger, version: cfg.Version, started: time.Now(),
		peers:    func() int { return len(cfg.Host.Network().Peers()) },
		occupied: make([]atomic.Bool, at.params.Shards()), ledger: led, pool: work.NewPool(cfg.Workers, peerQueue),
		metadata:   work.NewCache[codec.BlobID, *codec.Metadata](metadataCache),
		signatures: work.NewCache[staking.Confirmation, bls.Signature](signatureCache),
		signing:    work.NewFlight[staking.Confirmation, bls.Signature](),
		expansions: work.NewCache[store.Key, *codec.Expanded](cfg.ExpansionBytes),
		expanding:  work.NewFlight[store.Key, *codec.Expanded](),
		keeping:    work.NewFlight[store.Key, struct{}](),
		sweeping:   make(chan struct{}, 1), removals: rate.NewLimiter(removalRate, removalBurst), idle: cfg.PendingIdle,
	}
	c.metrics = newMetrics(cfg.Store.Usage, led.Use, c.lag)
	c.announcer = newAnnouncer(c.metrics, cfg.Logger)
	c.follower = follower.New(follower.Config{
		Chain: cfg.Chain, Registry: reg, Holdings: c, Changed: c.wake, Contradictions: c.metrics.contradictions, Logger: cfg.Logger,
	})
	if err := errors.Join(c.findShards(ctx), c.recount(ctx)); err != nil {
		return nil, err
	}
	// Last, since whoever gathers the metrics asks the follower.
	if err := c.metrics.register(cfg.Registerer); err != nil {
		return nil, err
	}
	return c, nil
}

// recount finds out what each pending blob has stored: a microsecond for each of its slivers. Blobs whose registration was
// heard right before the node stopped are pending no longer.
func (c *custody) recount(ctx context.Context) error {
	for _, id := range c.ledger.All() {
		if err := c.Release(ctx, id); err != nil {
			return fmt.Errorf("unconfirmed blob %s: %w", id, err)
		}
		if !c.ledger.Pending(id) {
			continue
		}
		m, err := c.blobMetadata(ctx, id)
		if errors.Is(err, request.NotFound) {
			continue // the node stopped between the entry and the metadata
		}
		if err != nil {
			return fmt.Errorf("unconfirmed blob %s: %w", id, err)
		}
		stored, err := c.stored(ctx, id, m)
		if err != nil {
			return fmt.Errorf("unconfirmed blob %s: %w", id, err)
		}
		c.ledger.Recount(id, stored)
	}
	return nil
}

// stored returns the bytes of a blob that are here, its metadata included.
func (c *custody) stored(ctx context.Context, id codec.BlobID, m *codec.Metadata) (int64, error) {
	s, err := c.params.SymbolSize(m.Length)
	if err != nil {
		return 0, err
	}
	stored := int64(c.params.MetadataBCSSize())
	for key := range slivers(id, c.everyShard()) {
		held, err := c.store.Has(ctx, key)
		if err != nil {
			return 0, err
		}
		if held {
			stored += int64(c.params.SliverBCSSize(key.Axis, s))
		}
	}
	return stored, nil
}

// backend returns what answers the requests.
func (c *custody) backend() request.Backend {
	return request.Backend{Metadata: c, Sliver: c, Symbol: c, Confirm: c, Status: c}
}

// lock returns the lock of a blob: shared for whoever adds to it or confirms it, exclusive for whoever begins or removes it.
func (c *custody) lock(id codec.BlobID) *sync.RWMutex {
	return &c.locks[id[len(id)-1]]
}

// committee returns the current committee, nil while it is unknown.
func (c *custody) committee() *staking.Committee {
	if e := c.epochs(); e != nil {
		return e.Current
	}
	return nil
}

// membership returns the committee and this node's member in it, nil when it has none.
func (c *custody) membership() (*staking.Committee, *staking.Member) {
	com := c.committee()
	if com == nil {
		return nil, nil
	}
	return com, c.member(com)
}

// member returns this node's member in a committee, nil when it has none.
func (c *custody) member(com *staking.Committee) *staking.Member {
	i, ok := com.MemberOfPeer(c.self)
	if !ok {
		return nil
	}
	return com.Member(i)
}

// holds reports whether a shard is assigned to this node: what is put for it is taken.
func (c *custody) holds(shard int) bool {
	_, m := c.membership()
	if m == nil {
		return false
	}
	_, ok := slices.BinarySearch(m.Shards, shard)
	return ok
}

// readers returns the committees that others may read from: the current one and, while shards move, the one before.
func (c *custody) readers() []*staking.Committee {
	e := c.epochs()
	switch {
	case e == nil:
		return nil
	case e.Changing && e.Previous != nil && e.Previous.Params() == e.Current.Params():
		return []*staking.Committee{e.Current, e.Previous}
	default:
		return []*staking.Committee{e.Current}
	}
}

// readable returns the shards that others may read here, ascending.
func (c *custody) readable() (shards []int) {
	for _, com := range c.readers() {
		if m := c.member(com); m != nil {
			shards = append(shards, m.Shards...)
		}
	}
	slices.Sort(shards)
	return slices.Compact(shards)
}

// standing says why the node has no place in a committee, nil when it has.
func (c *custody) standing(com *staking.Committee, m *staking.Member) error {
	switch {
	case com == nil:
		return request.Errorf(request.WrongEpoch, "the node knows of no committee yet")
	case com.Network() != c.network:
		return request.Errorf(request.WrongEpoch, "the committee is one of network %q, the node was started in %q", com.Network(), c.network)
	case com.Params() != c.params:
		return request.Errorf(request.WrongEpoch, "the committee of epoch %d has %d shards, the node was started for %d: restart it", com.Epoch(), com.Params().Shards(), c.params.Shards())
	case m == nil:
		return request.Errorf(request.WrongShard, "the node is not in the committee of epoch %d", com.Epoch())
	case m.PublicKey != c.key.Public():
		return request.Errorf(request.WrongShard, "the node's BLS key is not the one in the committee of epoch %d", com.Epoch())
	}
	return nil
}

// accepting says why no put is accepted at the moment, nil when puts are.
func (c *custody) accepting() error {
	if c.closing.Load() {
		return &request.Error{Status: request.Busy, Message: "the node is shutting down"}
	}
	if err := c.standing(c.membership()); err != nil {
		return err
	}
	if r := c.refused.Load(); r != nil && time.Since(r.at) < fullMemory {
		return request.Errorf(request.Full, "%s", r.reason)
	}
	return c.space(int64(c.params.MetadataBCSSize())) // the least that a blob needs
}

// space says why the given number of bytes cannot be stored, nil when it can.
func (c *custody) space(need int64) error {
	u := c.store.Usage()
	switch {
	case u.Quota > 0 && need > u.Quota-u.Used:
		return request.Errorf(request.Full, "%d bytes are left of the node's quota of %d, %d are needed", max(u.Quota-u.Used, 0), u.Quota, need)
	case u.Free >= 0 && need > u.Free-u.Reserve:
		return request.Errorf(request.Full, "the node's disk has %d bytes free, keeps %d in reserve, and %d are needed", u.Free, u.Reserve, need)
	}
	return nil
}

// full turns a store's refusal into a status and remembers it for the node's status. Other errors pass.
func (c *custody) full(err error) error {
	var f *store.FullError
	if !errors.As(err, &f) {
		return err
	}
	c.metrics.storeFull.Inc()
	// A quota or reserve that the next smaller put fits into is seen in the usage; what the file system says is not.
	if f.Limit == store.LimitDisk {
		c.refused.Store(&refusal{at: time.Now(), reason: f.Error()})
		c.log.Error("the file system refuses writes; puts are refused until there is room", "err", err)
	}
	return request.Errorf(request.Full, "%v", f)
}

// blobMetadata returns the metadata of a blob, or NotFound. The caller does not hold the blob's lock.
func (c *custody) blobMetadata(ctx context.Context, id codec.BlobID) (*codec.Metadata, error) {
	if m, ok := c.metadata.Get(id); ok {
		return m, nil
	}
	l := c.lock(id)
	l.RLock()
	defer l.RUnlock()
	return c.lockedMetadata(ctx, id)
}

// lockedMetadata is blobMetadata for callers that hold the blob's lock, so that what is cached is not being removed.
func (c *custody) lockedMetadata(ctx context.Context, id codec.BlobID) (*codec.Metadata, error) {
	if m, ok := c.metadata.Get(id); ok {
		return m, nil
	}
	b, err := c.storedMetadata(ctx, id)
	if err != nil {
		return nil, err
	}
	m, err := codec.UnmarshalMetadata(c.params, b)
	if err == nil && m.BlobID() != id {
		err = fmt.Errorf("it is that of blob %s", m.BlobID())
	}
	if err != nil {
		return nil, c.dropMetadata(ctx, id, err)
	}
	c.remember(id, m)
	return m, nil
}

// remember caches metadata. The caller holds the blob's lock.
func (c *custody) remember(id codec.BlobID, m *codec.Metadata) {
	const pairSize, overhead = 64, 128 // bytes
	c.metadata.Add(id, m, int64(len(m.Hashes))*pairSize+overhead)
}

func (c *custody) storedMetadata(ctx context.Context, id codec.BlobID) ([]byte, error) {
	b, err := c.store.Metadata(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, request.Errorf(request.NotFound, "no metadata of blob %s here", id)
	case errors.Is(err, store.ErrCorrupt):
		return nil, c.dropMetadata(ctx, id, err)
	}
	return b, err
}

// dropMetadata reports damaged metadata and deletes them, so that they count as missing and can be put again. It returns
// what to tell the peer.
func (c *custody) dropMetadata(ctx context.Context, id codec.BlobID, damage error) error {
	c.corrupt("metadata", id, damage)
	if err := c.store.DeleteMetadata(ctx, id); err != nil {
		c.log.Error("damaged metadata could not be deleted", "blob", id, "err", err)
	}
	return request.Errorf(request.NotFound, "the metadata of blob %s is damaged here", id)
}

// corrupt reports local data that is not what was stored.
func (c *custody) corrupt(what string, id codec.BlobID, err error) {
	c.metrics.corrupt.WithLabelValues(what).Inc()
	c.log.Error("stored data is damaged and is not served; check the disk", "what", what, "blob", id, "err", err)
}

// slivers yields both slivers of a blob for each of the shards.
func slivers(id codec.BlobID, shards iter.Seq[int]) iter.Seq[store.Key] {
	return func(yield func(store.Key) bool) {
		for shard := range shards {
			for _, axis := range [...]codec.Axis{codec.Primary, codec.Secondary} {
				if !yield(store.Key{Blob: id, Shard: shard, Axis: axis}) {
					return
				}
			}
		}
	}
}

// findShards notes the shards of which the store has slivers.
func (c *custody) findShards(ctx context.Context) error {
	for shard := range c.occupied {
		list, err := c.store.List(ctx, shard, nil, 1)
		if err != nil {
			return fmt.Errorf("slivers of shard %d: %w", shard, err)
		}
		c.occupied[shard].Store(len(list) > 0)
	}
	return nil
}

// everyShard yields all shards of which there may be slivers, not only those assigned now: they may have been others when
// slivers came.
func (c *custody) everyShard() iter.Seq[int] {
	return func(yield func(int) bool) {
		for shard := range c.occupied {
			if c.occupied[shard].Load() && !yield(shard) {
				return
			}
		}
	}
}

// storeKey names a sliver in the store.
func (c *custody) storeKey(ref request.SliverRef) store.Key {
	return store.Key{Blob: ref.Blob, Shard: ref.Shard(c.params), Axis: ref.Axis}
}
