package discovery

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/namespace"
	"github.com/ipfs/go-datastore/query"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// cachePrefix is where addresses that worked are kept; the rest of a key is the peer id.
const cachePrefix = "/p2p/addresses"

// cache remembers addresses that worked, over restarts. It is bounded: the peers seen longest ago make room.
type cache struct {
	log   *slog.Logger
	store datastore.Batching // nil: memory only

	mu    sync.Mutex
	peers map[peer.ID]cached
}

type cached struct {
	addrs []ma.Multiaddr
	seen  time.Time
}

// cachedFile is the stored form.
type cachedFile struct {
	Addrs []string  `json:"addrs"`
	Seen  time.Time `json:"seen"`
}

// newCache reads what was kept. Entries that cannot be read are removed.
func newCache(ctx context.Context, store datastore.Batching, log *slog.Logger) (*cache, error) {
	c := &cache{log: log, peers: make(map[peer.ID]cached)}
	if store == nil {
		return c, nil
	}
	c.store = namespace.Wrap(store, datastore.NewKey(cachePrefix))
	results, err := c.store.Query(ctx, query.Query{})
	if err != nil {
		return nil, fmt.Errorf("address cache: %w", err)
	}
	entries, err := results.Rest()
	if err != nil {
		return nil, fmt.Errorf("address cache: %w", err)
	}
	for _, e := range entries {
		p, entry, err := parseCached(e)
		if err == nil {
			c.peers[p] = entry
			continue
		}
		log.Warn("address cache: removing an entry that cannot be read", "key", e.Key, "err", err)
		if err := c.store.Delete(ctx, datastore.NewKey(e.Key)); err != nil {
			return nil, fmt.Errorf("address cache: %w", err)
		}
	}
	return c, nil
}

func parseCached(e query.Entry) (peer.ID, cached, error) {
	p, err := peer.Decode(datastore.NewKey(e.Key).Name())
	if err != nil {
		return "", cached{}, err
	}
	var f cachedFile
	if err := json.Unmarshal(e.Value, &f); err != nil {
		return "", cached{}, err
	}
	entry := cached{seen: f.Seen}
	for _, s := range f.Addrs[:min(len(f.Addrs), maxCachedAddrs)] {
		a, err := ma.NewMultiaddr(s)
		if err != nil {
			return "", cached{}, err
		}
		entry.addrs = append(entry.addrs, a)
	}
	return p, entry, nil
}

// get returns the addresses of a peer, the best first.
func (c *cache) get(p peer.ID) []ma.Multiaddr {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.peers[p].addrs
}

// all returns every peer with its addresses, the one seen last first.
func (c *cache) all() []peer.AddrInfo {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]peer.AddrInfo, 0, len(c.peers))
	for p, e := range c.peers {
		list = append(list, peer.AddrInfo{ID: p, Addrs: e.addrs})
	}
	slices.SortFunc(list, func(a, b peer.AddrInfo) int { return c.peers[b.ID].seen.Compare(c.peers[a.ID].seen) })
	return list
}

// put remembers addresses of a peer that was reached now. It writes only what has changed or grown old.
func (c *cache) put(ctx context.Context, p peer.ID, addrs []ma.Multiaddr) {
	addrs = addrs[:min(len(addrs), maxCachedAddrs)]
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	old, ok := c.peers[p]
	if len(addrs) == 0 || ok && now.Sub(old.seen) < cacheRefresh && slices.EqualFunc(old.addrs, addrs, ma.Multiaddr.Equal) {
		return
	}
	if !ok && len(c.peers) >= maxCached {
		c.evict(ctx)
	}
	c.peers[p] = cached{addrs: slices.Clone(addrs), seen: now}
	if c.store == nil {
		return
	}
	f := cachedFile{Seen: now}
	for _, a := range addrs {
		f.Addrs = append(f.Addrs, a.String())
	}
	v, err := json.Marshal(f)
	if err == nil {
		err = c.store.Put(ctx, datastore.NewKey(p.String()), v)
	}
	if err != nil && ctx.Err() == nil {
		c.log.Warn("address cache: entry not kept over a restart", "peer", p, "err", err)
	}
}

// evict removes the peer seen longest ago.
func (c *cache) evict(ctx context.Context) {
	var oldest peer.ID
	for p, e := range c.peers {
		if oldest == "" || cmp.Compare(e.seen.UnixNano(), c.peers[oldest].seen.UnixNano()) < 0 {
			oldest = p
		}
	}
	delete(c.peers, oldest)
	if c.store == nil {
		return
	}
	if err := c.store.Delete(ctx, datastore.NewKey(oldest.String())); err != nil && ctx.Err() == nil {
		c.log.Warn("address cache: entry not removed", "peer", oldest, "err", err)
	}
}
