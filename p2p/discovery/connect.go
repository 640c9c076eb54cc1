package discovery

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	dht "github.com/libp2p/go-libp2p-kad-dht"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// Errors of Connect.
var (
	// ErrUnreachable: no source led to the peer.
	ErrUnreachable = errors.New("peer not reached")
	// ErrBackoff: an attempt failed a short time ago; the next comes later.
	ErrBackoff = errors.New("peer was not reached a moment ago")
	// ErrRelayed: there is a connection over a relay only, which carries no bulk data.
	ErrRelayed = errors.New("only a relayed connection, a direct one is needed")

	errNoAddress = errors.New("no address known")
)

// attempt is one try to reach a peer, shared by all who ask for it meanwhile.
type attempt struct {
	done chan struct{}
	err  error // valid after done
}

type backoff struct {
	until time.Time
	wait  time.Duration
}

// Connect makes sure that there is a direct connection to a peer. It tries the addresses of the committee, configured ones,
// and those that worked before; when these are not quick, or there are none, it asks the DHT as well. The first that leads to
// the peer wins; a relayed connection counts when hole punching has made a direct one of it. Callers that ask for the same peer share one attempt; after a failure the peer is left alone for 1 s,
// doubling up to 30 s. Errors: ErrUnreachable, ErrBackoff, ErrNotStarted, ErrClosed, ctx's.
func (d *Discovery) Connect(ctx context.Context, p peer.ID) error {
	if d.connected(p) {
		return nil
	}
	if err := p.Validate(); err != nil || p == d.host.ID() {
		return fmt.Errorf("%w: %q is not another peer", ErrUnreachable, p)
	}
	a, err := d.join(p)
	if err != nil {
		return err
	}
	select {
	case <-a.done:
		return a.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// join returns the attempt under way for a peer, or starts one.
func (d *Discovery) join(p peer.ID) (*attempt, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return nil, ErrClosed
	case d.dht == nil:
		return nil, ErrNotStarted
	}
	if a, ok := d.attempts[p]; ok {
		return a, nil
	}
	if b, ok := d.backoffs[p]; ok {
		if left := time.Until(b.until); left > 0 {
			return nil, fmt.Errorf("%w: %s is tried again in %s", ErrBackoff, p, left.Round(time.Millisecond))
		}
	}
	a := &attempt{done: make(chan struct{})}
	d.attempts[p] = a
	table := d.dht
	d.wg.Go(func() {
		a.err = d.run(table, p)
		d.mu.Lock()
		delete(d.attempts, p)
		d.settle(p, a.err)
		d.mu.Unlock()
		close(a.done)
	})
	return a, nil
}

// settle keeps the back-off of a peer. d.mu is held.
func (d *Discovery) settle(p peer.ID, err error) {
	if err == nil {
		delete(d.backoffs, p)
		return
	}
	now := time.Now()
	if len(d.backoffs) >= maxBackoffs {
		for q, b := range d.backoffs {
			if b.until.Before(now) || len(d.backoffs) >= maxBackoffs {
				delete(d.backoffs, q)
			}
		}
	}
	b := d.backoffs[p]
	b.wait = min(max(2*b.wait, backoffMin), backoffMax)
	// Spread by a fifth, so that peers lost together are not tried together for ever.
	b.until = now.Add(b.wait - time.Duration(rand.Int64N(int64(b.wait)/5))) //nolint:gosec // spreading, not secrecy
	d.backoffs[p] = b
}

// run waits for a free slot and tries to reach the peer.
func (d *Discovery) run(table *dht.IpfsDHT, p peer.ID) error {
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-d.ctx.Done():
		return ErrClosed
	}
	ctx, cancel := context.WithTimeout(d.ctx, connectTimeout)
	defer cancel()
	err := race(ctx,
		func(ctx context.Context) error { return d.dialAll(ctx, p) },
		func(ctx context.Context) error { return d.search(ctx, table, p) })
	if err == nil || d.connected(p) {
		d.remember(d.ctx, p)
		return nil
	}
	if d.ctx.Err() != nil {
		return ErrClosed
	}
	return fmt.Errorf("%w: %s: %w", ErrUnreachable, p, err)
}

// race runs ways to reach a peer: the next starts when all before it have failed, or after a head start. The first to succeed
// wins; the others are cancelled and waited for. When all fail, so does race, with all their errors.
func race(ctx context.Context, ways ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	results := make(chan error, len(ways))
	var errs error
	running := 0
	timer := time.NewTimer(0) // the first starts at once
	defer timer.Stop()
	for len(ways) > 0 || running > 0 {
		select {
		case <-timer.C:
		case err := <-results:
			if err == nil {
				return nil
			}
			errs = errors.Join(errs, err)
			running--
			if running > 0 {
				continue
			}
		}
		if len(ways) > 0 {
			way := ways[0]
			ways = ways[1:]
			running++
			wg.Go(func() { results <- way(ctx) })
			timer.Reset(headStart)
		}
	}
	return errs
}

// awaitTable waits until the DHT has somebody to ask, for as long as that may still come: a lookup with an empty table fails at
// once, which right after the start says nothing. The DHT takes up a peer only after a few exchanges with it.
func (d *Discovery) awaitTable(ctx context.Context, table *dht.IpfsDHT) {
	if table.RoutingTable().Size() > 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tablePatience)
	defer cancel()
	select {
	case <-d.bootstrapped:
	case <-ctx.Done():
		return
	}
	look := time.NewTicker(tableInterval)
	defer look.Stop()
	for d.answered.Load() && table.RoutingTable().Size() == 0 {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
	}
}

// search asks the DHT for a peer, in two ways, and dials what it says.
func (d *Discovery) search(ctx context.Context, table *dht.IpfsDHT, p peer.ID) error {
	d.awaitTable(ctx, table)
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	results := make(chan error, 2)
	ways := 1
	wg.Go(func() {
		// The lookup dials the peer itself when it hears of it (see dhtHost), so an answer may come with a connection.
		info, err := table.FindPeer(ctx, p)
		if err == nil {
			err = d.dialFound(ctx, info)
		}
		results <- err
	})
	if c := d.cfg.Committee(); c != nil {
		if i, ok := c.MemberOfPeer(p); ok {
			ways++
			key, err := Key(d.cfg.Network, Storage, StorageIndex(c.Member(i)))
			if err != nil {
				return err
			}
			wg.Go(func() {
				err := errNoAddress
				for info := range table.FindProvidersAsync(ctx, key, 0) {
					if info.ID == p && err != nil {
						err = d.dialFound(ctx, info)
					}
				}
				results <- err
			})
		}
	}
	var errs error
	for range ways {
		err := <-results
		if err == nil {
			return nil
		}
		errs = errors.Join(errs, err)
	}
	return fmt.Errorf("DHT: %w", errs)
}

// dialFound dials a peer that the DHT has told of.
func (d *Discovery) dialFound(ctx context.Context, info peer.AddrInfo) error {
	if d.book.isMember(info.ID) {
		return d.dialAll(ctx, info.ID) // its addresses are hints by now
	}
	return d.dial(ctx, peer.AddrInfo{ID: info.ID, Addrs: d.filterAddrs(info.Addrs)})
}

// dialAll dials the trusted addresses of a peer and then the hints. Trusted ones come first for one more reason than trust: the
// swarm has 8 places for the addresses of one peer, and these take them before hints queue.
func (d *Discovery) dialAll(ctx context.Context, p peer.ID) error {
	if d.connected(p) {
		return nil
	}
	known := d.known(p)
	hints := ma.FilterAddrs(d.book.take(p), func(a ma.Multiaddr) bool { return !ma.Contains(known, a) })
	var ways []func(context.Context) error
	if len(known) > 0 || len(d.host.Peerstore().Addrs(p)) > 0 {
		ways = append(ways, func(ctx context.Context) error { return d.dial(ctx, peer.AddrInfo{ID: p, Addrs: known}) })
	}
	if len(hints) > 0 {
		ways = append(ways, func(ctx context.Context) error {
			err := d.dial(ctx, peer.AddrInfo{ID: p, Addrs: hints})
			if err != nil {
				d.book.drop(p, hints, ctx.Err() == nil)
			}
			return err
		})
	}
	if len(ways) == 0 {
		return errNoAddress
	}
	return race(ctx, ways...)
}

// dial connects over the given addresses and those in the peerstore.
func (d *Discovery) dial(ctx context.Context, info peer.AddrInfo) error {
	if err := d.host.Connect(ctx, info); err != nil {
		return err
	}
	switch d.host.Network().Connectedness(info.ID) {
	case network.Connected:
		return nil
	case network.Limited:
		return d.awaitDirect(ctx, info.ID)
	default:
		return errors.New("the connection was closed at once")
	}
}

// awaitDirect waits for hole punching, which the other side starts, to turn a relayed connection into a direct one.
func (d *Discovery) awaitDirect(ctx context.Context, p peer.ID) error {
	sub, err := d.host.EventBus().Subscribe(new(event.EvtPeerConnectednessChanged))
	if err != nil {
		return err
	}
	defer func() { _ = sub.Close() }() // only its own queue ends
	for !d.connected(p) {
		select {
		case <-sub.Out():
		case <-ctx.Done():
			return ErrRelayed
		}
	}
	return nil
}

// known returns the trusted addresses of a peer: the committee's, configured ones, and those that worked before.
func (d *Discovery) known(p peer.ID) []ma.Multiaddr {
	var addrs []ma.Multiaddr
	if c := d.cfg.Committee(); c != nil {
		if i, ok := c.MemberOfPeer(p); ok {
			addrs = append(addrs, c.Member(i).Addrs...)
		}
	}
	for _, b := range d.cfg.Bootstrap {
		if b.ID == p {
			addrs = append(addrs, b.Addrs...)
		}
	}
	addrs = ma.Unique(append(addrs, d.cache.get(p)...))
	return addrs[:min(len(addrs), maxKnown)]
}
