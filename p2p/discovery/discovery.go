package discovery

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	dht "github.com/libp2p/go-libp2p-kad-dht"
	dhtrecords "github.com/libp2p/go-libp2p-kad-dht/records"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/sync/errgroup"
)

// protectTag marks connections to committee members for the connection manager.
const protectTag = "floe-committee"

// Errors of a Discovery that is not running.
var (
	ErrNotStarted = errors.New("discovery has not started")
	ErrClosed     = errors.New("discovery is closed")
)

// Discovery finds peers and connects to them. It is safe for concurrent use.
type Discovery struct {
	host  host.Host
	cfg   Config
	book  *hintBook
	cache *cache
	slots chan struct{} // one for each peer being dialled

	// bootstrapped is closed when the first attempt to find peers of the DHT is over; answered says that one was found in it.
	bootstrapped chan struct{}
	answered     atomic.Bool

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu         sync.Mutex
	dht        *dht.IpfsDHT // nil before Start
	closed     bool
	attempts   map[peer.ID]*attempt
	backoffs   map[peer.ID]backoff
	advertised map[record]time.Time // when it was provided last; zero: never
	protected  map[peer.ID]bool
}

type record struct {
	kind  Kind
	index uint32
}

// New makes a Discovery for a host, which it does not close. It reads the address cache; nothing runs before Start.
func New(h host.Host, cfg Config) (*Discovery, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	c, err := newCache(ctx, cfg.Datastore, cfg.Logger)
	if err != nil {
		cancel()
		return nil, err
	}
	return &Discovery{
		host: h, cfg: cfg, book: newHintBook(h.Peerstore(), cfg.Committee), cache: c, slots: make(chan struct{}, dials),
		bootstrapped: make(chan struct{}), ctx: ctx, cancel: cancel,
		attempts: make(map[peer.ID]*attempt), backoffs: make(map[peer.ID]backoff),
		advertised: make(map[record]time.Time), protected: make(map[peer.ID]bool),
	}, nil
}

// Start joins the DHT and starts the loops that keep this node in it. Close ends them.
func (d *Discovery) Start(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return ErrClosed
	}
	if d.dht != nil {
		return nil
	}
	store, err := newRecords(d.cfg.Network, d.book.isMember)
	if err != nil {
		return err
	}
	mode := dht.ModeClient
	if d.cfg.Server {
		mode = dht.ModeServer // not automatic: that mode never becomes a server on loopback or behind a port forwarding
	}
	d.dht, err = dht.New(&dhtHost{Host: d.host, book: d.book, reach: d.dialAll},
		dht.ProtocolPrefix(protocol.ID("/floe/"+d.cfg.Network)),
		dht.Mode(mode),
		dht.DisableValues(),
		dht.Datastore(store),
		dht.ProviderManagerOpts(
			dhtrecords.Cache(noCache{}), dhtrecords.ProvideValidity(recordLife),
			dhtrecords.ProviderAddrTTL(recordLife), dhtrecords.CleanupInterval(recordSweep)),
		dht.AddressFilter(d.filterAddrs),
		dht.LookupCheckConcurrency(lookupChecks),
	)
	if err != nil {
		return fmt.Errorf("discovery: %w", err)
	}
	d.wg.Go(d.bootstrapLoop)
	d.wg.Go(d.upkeepLoop)
	d.wg.Go(d.advertiseLoop)
	return nil
}

// Close leaves the DHT, ends attempts under way and waits for everything it started.
func (d *Discovery) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	table := d.dht
	d.mu.Unlock()
	d.rememberMembers(d.ctx)
	d.cancel()
	d.wg.Wait()
	if table == nil {
		return nil
	}
	if err := table.Close(); err != nil {
		return fmt.Errorf("discovery: %w", err)
	}
	return nil
}

// running returns the DHT, or why there is none.
func (d *Discovery) running() (*dht.IpfsDHT, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return nil, ErrClosed
	case d.dht == nil:
		return nil, ErrNotStarted
	}
	return d.dht, nil
}

// Advertise makes this node provide a record from now on, until Close. A storage node in the committee advertises its Storage record
// by itself. At most 64 records.
func (d *Discovery) Advertise(kind Kind, index uint32) error {
	if _, err := Key(d.cfg.Network, kind, index); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r := record{kind, index}
	if _, ok := d.advertised[r]; ok {
		return nil
	}
	if len(d.advertised) >= maxAdvertised {
		return fmt.Errorf("advertise %s/%d: a node advertises at most %d records", kind, index, maxAdvertised)
	}
	d.advertised[r] = time.Time{}
	return nil
}

// Find asks the DHT for peers of a kind and index: at most 256, in no order. Of the kind Storage only members of the current
// committee are returned; addresses are hearsay, use Connect for members.
func (d *Discovery) Find(ctx context.Context, kind Kind, index uint32) ([]peer.AddrInfo, error) {
	table, err := d.running()
	if err != nil {
		return nil, err
	}
	key, err := Key(d.cfg.Network, kind, index)
	if err != nil {
		return nil, err
	}
	lookup, cancel := context.WithCancel(ctx)
	defer cancel()
	var found []peer.AddrInfo
	for p := range table.FindProvidersAsync(lookup, key, 0) { // to its end, also after cancel: then the lookup is over
		if p.ID == d.host.ID() || kind == Storage && !d.book.isMember(p.ID) || len(found) == maxFound {
			continue
		}
		if found = append(found, p); len(found) == maxFound {
			cancel()
		}
	}
	return found, ctx.Err()
}

// Status says how well this node is connected.
type Status struct {
	// Members is the size of the committee without this node, Connected how many of them have a direct connection.
	Members, Connected int
	// Table is the number of peers in the DHT's routing table.
	Table int
	// Advertised is when a record was last provided, zero: never.
	Advertised time.Time
}

// Status returns the state of now.
func (d *Discovery) Status() Status {
	var s Status
	if c := d.cfg.Committee(); c != nil {
		for i := range c.Size() {
			if p := c.Member(i).PeerID; p != d.host.ID() {
				s.Members++
				if d.connected(p) {
					s.Connected++
				}
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dht != nil {
		s.Table = d.dht.RoutingTable().Size()
	}
	for _, t := range d.advertised {
		if t.After(s.Advertised) {
			s.Advertised = t
		}
	}
	return s
}

// connected reports whether there is a direct connection.
func (d *Discovery) connected(p peer.ID) bool {
	return d.host.Network().Connectedness(p) == network.Connected
}

// filterAddrs keeps what may be dialled of the addresses in a DHT message, at most 16.
func (d *Discovery) filterAddrs(addrs []ma.Multiaddr) []ma.Multiaddr {
	if !d.cfg.AllowPrivate {
		addrs = ma.FilterAddrs(addrs, manet.IsPublicAddr)
	}
	return addrs[:min(len(addrs), maxMessageAddrs)]
}

// bootstrapLoop connects to some peers of the DHT whenever the routing table is empty.
func (d *Discovery) bootstrapLoop() {
	wait := retryMin
	first := sync.OnceFunc(func() { close(d.bootstrapped) })
	defer first()
	for {
		if d.dht.RoutingTable().Size() > 0 {
			first()
			wait = retryMin
			if !d.sleep(upkeep) {
				return
			}
			continue
		}
		d.bootstrap()
		first()
		if !d.sleep(wait) {
			return
		}
		if wait < retryMax && 2*wait >= retryMax {
			d.cfg.Logger.Warn("no peer of the DHT answers; the network is found by committee and configured addresses only: " +
				"check that these are right and that outgoing TCP and UDP are open")
		}
		wait = min(2*wait, retryMax)
	}
}

// bootstrap dials a few of the peers whose addresses are known, chosen at random; the DHT learns of those that answer.
func (d *Discovery) bootstrap() {
	var list []peer.ID
	for _, b := range d.cfg.Bootstrap {
		list = append(list, b.ID)
	}
	if c := d.cfg.Committee(); c != nil {
		for i := range c.Size() {
			if m := c.Member(i); len(m.Addrs) > 0 {
				list = append(list, m.PeerID)
			}
		}
	}
	for _, p := range d.cache.all() {
		list = append(list, p.ID)
	}
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	ctx, cancel := context.WithTimeout(d.ctx, connectTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for _, p := range list[:min(len(list), bootstrapPeers)] {
		if p == d.host.ID() {
			continue
		}
		wg.Go(func() {
			err := d.dialAll(ctx, p)
			if err == nil {
				d.answered.Store(true)
			} else if ctx.Err() == nil {
				d.cfg.Logger.Debug("bootstrap", "peer", p, "err", err)
			}
		})
	}
	wg.Wait()
}

// upkeepLoop stays connected to the committee (as a server), and keeps the cache and the protected set current.
func (d *Discovery) upkeepLoop() {
	for {
		d.book.sweep()
		d.protectMembers()
		d.rememberMembers(d.ctx)
		if d.cfg.Server {
			d.connectMembers()
		}
		if !d.sleep(upkeep) {
			return
		}
	}
}

// connectMembers tries members without a connection, in random order, and returns when all attempts have ended.
func (d *Discovery) connectMembers() {
	c := d.cfg.Committee()
	if c == nil {
		return
	}
	var group errgroup.Group
	group.SetLimit(upkeepDials)
	for _, i := range rand.Perm(c.Size()) {
		p := c.Member(i).PeerID
		if p == d.host.ID() || d.connected(p) {
			continue
		}
		group.Go(func() error {
			if err := d.Connect(d.ctx, p); err != nil && d.ctx.Err() == nil {
				d.cfg.Logger.Debug("committee member not reached", "peer", p, "err", err)
			}
			return nil
		})
	}
	_ = group.Wait() // no function of it fails
}

// protectMembers keeps the connection manager from closing connections to members, and lets go of former ones.
func (d *Discovery) protectMembers() {
	now := make(map[peer.ID]bool)
	if c := d.cfg.Committee(); c != nil {
		for i := range c.Size() {
			now[c.Member(i).PeerID] = true
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for p := range d.protected {
		if !now[p] {
			d.host.ConnManager().Unprotect(p, protectTag)
		}
	}
	for p := range now {
		if !d.protected[p] {
			d.host.ConnManager().Protect(p, protectTag)
		}
	}
	d.protected = now
}

// rememberMembers caches the addresses of members that are connected.
func (d *Discovery) rememberMembers(ctx context.Context) {
	c := d.cfg.Committee()
	if c == nil {
		return
	}
	for i := range c.Size() {
		if p := c.Member(i).PeerID; d.connected(p) {
			d.remember(ctx, p)
		}
	}
}

// remember caches the addresses of connections that this node opened, and then what the peer says of itself. In order,
// since the cache writes what has changed.
func (d *Discovery) remember(ctx context.Context, p peer.ID) {
	var addrs []ma.Multiaddr
	for _, c := range d.host.Network().ConnsToPeer(p) {
		if s := c.Stat(); s.Direction == network.DirOutbound && !s.Limited && !ma.Contains(addrs, c.RemoteMultiaddr()) {
			addrs = append(addrs, c.RemoteMultiaddr())
		}
	}
	said := ma.FilterAddrs(d.host.Peerstore().Addrs(p), func(a ma.Multiaddr) bool { return !ma.Contains(addrs, a) })
	slices.SortFunc(addrs, ma.Multiaddr.Compare)
	slices.SortFunc(said, ma.Multiaddr.Compare)
	d.cache.put(ctx, p, append(addrs, said...))
}

// advertiseLoop provides the records of this node, again and again.
func (d *Discovery) advertiseLoop() {
	wait := retryMin
	for {
		if err := d.advertiseDue(); err == nil {
			wait = retryMin
			if !d.sleep(upkeep) {
				return
			}
			continue
		} else if d.ctx.Err() == nil {
			d.cfg.Logger.Debug("advertise", "err", err)
		}
		if !d.sleep(wait) {
			return
		}
		wait = min(2*wait, retryMax)
	}
}

// advertiseDue provides the records whose time has come.
func (d *Discovery) advertiseDue() error {
	own, isMember := d.ownRecord()
	now := time.Now()
	var due []record
	d.mu.Lock()
	if isMember {
		if _, ok := d.advertised[own]; !ok {
			d.advertised[own] = time.Time{}
		}
	}
	for r, last := range d.advertised {
		switch {
		case r.kind == Storage && r != own:
			delete(d.advertised, r) // of an earlier committee; it expires with those who keep it
		case now.Sub(last) >= advertiseEvery:
			due = append(due, r)
		}
	}
	d.mu.Unlock()
	for _, r := range due {
		if err := d.provide(r); err != nil {
			return fmt.Errorf("%s/%d: %w", r.kind, r.index, err)
		}
		d.mu.Lock()
		d.advertised[r] = time.Now()
		d.mu.Unlock()
	}
	return nil
}

// ownRecord returns the Storage record of this node, if it is a server and in the committee.
func (d *Discovery) ownRecord() (record, bool) {
	c := d.cfg.Committee()
	if c == nil || !d.cfg.Server {
		return record{}, false
	}
	i, ok := c.MemberOfPeer(d.host.ID())
	if !ok {
		return record{}, false
	}
	return record{Storage, StorageIndex(c.Member(i))}, true
}

func (d *Discovery) provide(r record) error {
	key, err := Key(d.cfg.Network, r.kind, r.index)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(d.ctx, provideTimeout)
	defer cancel()
	return d.dht.Provide(ctx, key, true)
}

// sleep waits; false: Discovery is being closed.
func (d *Discovery) sleep(t time.Duration) bool {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-d.ctx.Done():
		return false
	}
}
