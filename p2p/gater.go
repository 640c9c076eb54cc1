package p2p

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ipfs/go-datastore"
	"github.com/ipfs/go-datastore/namespace"
	"github.com/ipfs/go-datastore/query"
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// blockPrefix is where the block list is kept; the rest of a key is the peer id.
const blockPrefix = "/p2p/blocks"

// Block says until when a peer is refused, and why.
type Block struct {
	Peer   peer.ID   `json:"-"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// Gater refuses connections with blocked peers, in both directions. The list survives a restart. It is safe for concurrent use.
type Gater struct {
	log   *slog.Logger
	store datastore.Batching // nil: memory only

	mu     sync.RWMutex
	blocks map[peer.ID]Block
}

var _ connmgr.ConnectionGater = (*Gater)(nil)

// NewGater reads the block list from the store, which may be nil. Entries that cannot be read or have ended are removed.
func NewGater(ctx context.Context, store datastore.Batching, log *slog.Logger) (*Gater, error) {
	g := &Gater{log: log, blocks: make(map[peer.ID]Block)}
	if store == nil {
		return g, nil
	}
	g.store = namespace.Wrap(store, datastore.NewKey(blockPrefix))
	results, err := g.store.Query(ctx, query.Query{})
	if err != nil {
		return nil, fmt.Errorf("block list: %w", err)
	}
	entries, err := results.Rest()
	if err != nil {
		return nil, fmt.Errorf("block list: %w", err)
	}
	now := time.Now()
	for _, e := range entries {
		b, err := parseBlock(e)
		if err == nil && b.Until.After(now) && len(g.blocks) < maxBlocks {
			g.blocks[b.Peer] = b
			continue
		}
		if err != nil {
			log.Warn("block list: removing an entry that cannot be read", "key", e.Key, "err", err)
		}
		if err := g.store.Delete(ctx, datastore.NewKey(e.Key)); err != nil {
			return nil, fmt.Errorf("block list: %w", err)
		}
	}
	return g, nil
}

func parseBlock(e query.Entry) (Block, error) {
	var b Block
	id, err := peer.Decode(datastore.NewKey(e.Key).Name())
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal(e.Value, &b); err != nil {
		return b, err
	}
	b.Peer = id
	return b, nil
}

// Block refuses a peer for a duration, at most 30 days. A block that ends later stays as it is: the longest wins. Reasons are cut
// at 256 bytes. Connections that exist are not closed: Host.Block does that.
func (g *Gater) Block(ctx context.Context, p peer.ID, d time.Duration, reason string) error {
	if d <= 0 {
		return fmt.Errorf("block of %s: duration %s: want more than zero", p, d)
	}
	b := Block{Peer: p, Until: time.Now().Add(min(d, maxBlockTime)), Reason: strings.ToValidUTF8(reason[:min(len(reason), maxBlockReason)], "")}
	g.mu.Lock()
	defer g.mu.Unlock()
	if old, ok := g.blocks[p]; ok && !b.Until.After(old.Until) {
		return nil
	}
	var gone []peer.ID
	if _, ok := g.blocks[p]; !ok && len(g.blocks) >= maxBlocks {
		gone = g.makeRoom()
	}
	g.blocks[p] = b
	if g.store == nil {
		return nil
	}
	return g.save(ctx, b, gone)
}

// makeRoom removes ended blocks, or else the one that ends first.
func (g *Gater) makeRoom() []peer.ID {
	var gone []peer.ID
	var first Block
	now := time.Now()
	for p, b := range g.blocks {
		if !b.Until.After(now) {
			gone = append(gone, p)
		}
		if first.Peer == "" || b.Until.Before(first.Until) {
			first = b
		}
	}
	if gone == nil {
		gone = append(gone, first.Peer)
	}
	for _, p := range gone {
		delete(g.blocks, p)
	}
	return gone
}

// save makes one block durable and removes those that made room for it.
func (g *Gater) save(ctx context.Context, b Block, gone []peer.ID) error {
	v, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("block of %s: %w", b.Peer, err)
	}
	batch, err := g.store.Batch(ctx)
	if err == nil {
		for _, p := range gone {
			err = errors.Join(err, batch.Delete(ctx, blockKey(p)))
		}
		err = errors.Join(err, batch.Put(ctx, blockKey(b.Peer), v))
	}
	if err == nil {
		err = batch.Commit(ctx)
	}
	if err == nil {
		err = g.store.Sync(ctx, blockKey(b.Peer))
	}
	if err != nil {
		return fmt.Errorf("block of %s holds until restart only: %w", b.Peer, err)
	}
	return nil
}

// Unblock ends a block; it is no error when there is none.
func (g *Gater) Unblock(ctx context.Context, p peer.ID) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.blocks, p)
	if g.store == nil {
		return nil
	}
	if err := g.store.Delete(ctx, blockKey(p)); err != nil {
		return fmt.Errorf("unblock %s: %w", p, err)
	}
	return g.store.Sync(ctx, blockKey(p))
}

// Blocked returns the block of a peer if it has one now.
func (g *Gater) Blocked(p peer.ID) (Block, bool) {
	g.mu.RLock()
	b, ok := g.blocks[p]
	g.mu.RUnlock()
	return b, ok && b.Until.After(time.Now())
}

// Blocks lists the blocks in force, the one that ends first at the front.
func (g *Gater) Blocks() []Block {
	now := time.Now()
	var list []Block
	g.mu.RLock()
	for _, b := range g.blocks {
		if b.Until.After(now) {
			list = append(list, b)
		}
	}
	g.mu.RUnlock()
	slices.SortFunc(list, func(a, b Block) int { return a.Until.Compare(b.Until) })
	return list
}

func blockKey(p peer.ID) datastore.Key { return datastore.NewKey(p.String()) }

// InterceptPeerDial implements connmgr.ConnectionGater.
func (g *Gater) InterceptPeerDial(p peer.ID) bool {
	_, blocked := g.Blocked(p)
	return !blocked
}

// InterceptAddrDial implements connmgr.ConnectionGater.
func (g *Gater) InterceptAddrDial(peer.ID, ma.Multiaddr) bool { return true }

// InterceptAccept implements connmgr.ConnectionGater.
func (g *Gater) InterceptAccept(network.ConnMultiaddrs) bool { return true }

// InterceptSecured implements connmgr.ConnectionGater: here the peer of an inbound connection is known for the first time.
func (g *Gater) InterceptSecured(_ network.Direction, p peer.ID, _ network.ConnMultiaddrs) bool {
	return g.InterceptPeerDial(p)
}

// InterceptUpgraded implements connmgr.ConnectionGater.
func (g *Gater) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }
