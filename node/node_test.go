package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p"
	"github.com/floe-network/floe/p2p/gossip"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/stakingtest"
)

const (
	shards  = 10
	members = 4
	epoch   = 3
)

var quiet = slog.New(slog.DiscardHandler)

// within bounds a test's waiting.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// cluster is a committee of real nodes over loopback, and a client.
type cluster struct {
	t       *testing.T
	dir     string
	secrets []stakingtest.Node
	com     *staking.Committee
	told    []*stakingtest.Chain // what the nodes follow, one each, unless they share a real chain
	chains  []node.Chain         // by node
	nodes   []*member
	client  *request.Client
	host    host.Host
}

type member struct {
	node  *node.Node
	host  *p2p.Host
	store *store.Files
}

// newCluster starts all nodes. change, if not nil, may change a node's configuration.
func newCluster(t *testing.T, change func(i int, c *node.Config)) *cluster {
	t.Helper()
	c := &cluster{t: t, dir: t.TempDir(), secrets: stakingtest.Nodes(t, members), nodes: make([]*member, members)}
	list := stakingtest.Members(t, c.secrets, shards)
	for i := range members {
		c.nodes[i] = c.open(i, 0)
		list[i].Addrs = c.nodes[i].host.Addrs()
	}
	var err error
	if c.com, err = staking.NewCommittee(stakingtest.Network, epoch, shards, list); err != nil {
		t.Fatal(err)
	}
	for i := range members {
		chain := stakingtest.NewChain(&staking.Epochs{Current: c.com, Start: time.Now(), End: time.Now().Add(time.Hour)})
		c.told, c.chains = append(c.told, chain), append(c.chains, chain)
		c.run(i, change)
	}
	t.Cleanup(func() {
		for i := range c.nodes {
			c.stop(i)
		}
	})
	h, err := p2p.NewHost(within(t), p2p.Config{Network: stakingtest.Network, Role: p2p.Client, Key: stakingtest.Nodes(t, members+1)[members].Peer, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	c.host = h
	for i := range members {
		c.connect(i)
	}
	if c.client, err = request.NewClient(h, stakingtest.Network, c.com.Params(), request.ClientOptions{}); err != nil {
		t.Fatal(err)
	}
	c.emit(staking.EpochStarted{Epoch: epoch})
	return c
}

// emit tells all nodes something and waits until they have heard it.
func (c *cluster) emit(events ...staking.Event) {
	c.t.Helper()
	for _, chain := range c.told {
		if err := chain.Handled(within(c.t), chain.Emit(events...)); err != nil {
			c.t.Fatal(err)
		}
	}
}

// register tells all nodes that blobs are registered, as permanent ones.
func (c *cluster) register(blobs ...*encoded) {
	c.t.Helper()
	for _, e := range blobs {
		c.emit(stakingtest.Registered(e.id, e.meta.Length, epoch, epoch+9))
	}
}

// open opens store and host of a node.
func (c *cluster) open(i int, port uint16) *member {
	c.t.Helper()
	st, err := store.Open(filepath.Join(c.dir, fmt.Sprint(i)), store.Options{Reserve: -1})
	if err != nil {
		c.t.Fatal(err)
	}
	h, err := p2p.NewHost(within(c.t), p2p.Config{
		Network: stakingtest.Network, Role: p2p.Storage, Key: c.secrets[i].Peer, Listen: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		TCPPort: port, UDPPort: port, Datastore: st.Datastore(), Logger: quiet,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return &member{host: h, store: st}
}

// run makes and starts the node on an open store and host.
func (c *cluster) run(i int, change func(i int, c *node.Config)) {
	c.t.Helper()
	m := c.nodes[i]
	cfg := node.Config{
		Chain: c.chains[i], Host: m.host, Store: m.store, Key: c.secrets[i].BLS,
		Registerer: prometheus.NewRegistry(), Logger: quiet,
	}
	if change != nil {
		change(i, &cfg)
	}
	var err error
	if m.node, err = node.New(within(c.t), cfg); err != nil {
		c.t.Fatal(err)
	}
	if err := m.node.Start(within(c.t)); err != nil {
		c.t.Fatal(err)
	}
}

// stop closes a node and what it stands on.
func (c *cluster) stop(i int) {
	c.t.Helper()
	m := c.nodes[i]
	if m == nil {
		return
	}
	c.nodes[i] = nil
	if err := errors.Join(m.node.Close(), m.host.Close(), m.store.Close()); err != nil {
		c.t.Error(err)
	}
}

// restart stops a node and starts it again on new ports.
func (c *cluster) restart(i int) {
	c.t.Helper()
	c.stop(i)
	c.nodes[i] = c.open(i, 0)
	c.run(i, nil)
	c.connect(i)
}

func (c *cluster) connect(i int) {
	c.t.Helper()
	if err := c.host.Connect(within(c.t), c.nodes[i].host.AddrInfo()); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cluster) peer(i int) peer.ID { return c.com.Member(i).PeerID }

// encoded is a blob with all that is put.
type encoded struct {
	id    codec.BlobID
	meta  *codec.Metadata
	pairs []codec.SliverPair
	data  []byte
}

func encode(t *testing.T, com *staking.Committee, seed byte, size int) *encoded {
	t.Helper()
	cod, err := codec.New(com.Params(), codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e := &encoded{data: bytes.Repeat([]byte{seed, 1, 2, 3, 5, 8, 13}, size/7+1)[:size]}
	if e.pairs, e.meta, e.id, err = cod.EncodeBytes(within(t), e.data); err != nil {
		t.Fatal(err)
	}
	return e
}

// put puts all of a blob that belongs to a node and returns its confirmation.
func (c *cluster) put(ctx context.Context, i int, e *encoded) (bls.Signature, error) {
	if err := c.client.PutMetadata(ctx, c.peer(i), e.id, e.meta); err != nil {
		return bls.Signature{}, err
	}
	for _, s := range c.com.Member(i).Shards {
		pair := &e.pairs[c.com.Params().ShardPair(e.id, s)]
		for _, sliver := range []*codec.Sliver{&pair.Primary, &pair.Secondary} {
			if err := c.client.PutSliver(ctx, c.peer(i), e.id, sliver); err != nil {
				return bls.Signature{}, err
			}
		}
	}
	return c.client.Confirm(ctx, c.peer(i), staking.Confirmation{Epoch: epoch, Blob: e.id})
}

// certify puts a blob to all nodes and makes the certificate.
func (c *cluster) certify(ctx context.Context, e *encoded) *staking.Certificate {
	c.t.Helper()
	conf := staking.Confirmation{Epoch: epoch, Blob: e.id}
	sigs := make(map[int]bls.Signature)
	for i := range members {
		sig, err := c.put(ctx, i, e)
		if err != nil {
			c.t.Fatalf("node %d: %v", i, err)
		}
		if err := bls.Verify(c.com.Member(i).PublicKey, conf.Bytes(), sig); err != nil {
			c.t.Fatalf("node %d: %v", i, err)
		}
		sigs[i] = sig
	}
	cert, err := staking.NewCertificate(conf, sigs)
	if err != nil {
		c.t.Fatal(err)
	}
	return cert
}

// get reads a blob from the given nodes' primary slivers.
func (c *cluster) get(ctx context.Context, e *encoded, from ...int) ([]byte, error) {
	m, err := c.client.GetMetadata(ctx, c.peer(from[0]), e.id)
	if err != nil {
		return nil, err
	}
	var slivers []codec.Sliver
	for _, i := range from {
		for _, s := range c.com.Member(i).Shards {
			ref := request.SliverRef{Blob: e.id, Pair: c.com.Params().ShardPair(e.id, s), Axis: codec.Primary}
			sliver, err := c.client.GetSliver(ctx, c.peer(i), ref, e.pairs[0].Primary.SymbolSize)
			if err != nil {
				return nil, err
			}
			slivers = append(slivers, *sliver)
		}
	}
	cod, err := codec.New(c.com.Params(), codec.Options{})
	if err != nil {
		return nil, err
	}
	return cod.DecodeBytes(ctx, m, slivers, codec.Strict)
}

func TestBlobThroughRealNodes(t *testing.T) {
	c := newCluster(t, nil)
	ctx := within(t)

	// A member's gossip reaches whoever listens.
	heard := make(chan *gossip.Availability, 64)
	listener, err := gossip.New(ctx, c.host, gossip.Config{
		Network: stakingtest.Network, Committee: func() *staking.Committee { return c.com }, Key: c.host.Peerstore().PrivKey(c.host.ID()),
		Datastore: store.NewMemory(store.Options{}).Datastore(), Logger: quiet,
		OnAvailability: func(_ context.Context, a *gossip.Availability) { heard <- a },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // the test is over

	e := encode(t, c.com, 1, 200_000)
	c.register(e)
	cert := c.certify(ctx, e)
	if err := c.com.VerifyCertificate(cert); err != nil {
		t.Fatal(err)
	}
	for _, from := range [][]int{{0, 1}, {2, 3}, {3, 1, 0}} {
		data, err := c.get(ctx, e, from...)
		if err != nil || !bytes.Equal(data, e.data) {
			t.Errorf("from nodes %v: %d bytes, %v", from, len(data), err)
		}
	}

	// Node 1 restores a sliver of its own from the symbols that the others give it, and nobody else is given them.
	p := c.com.Params()
	target := request.TargetRef{Blob: e.id, Axis: codec.Primary, Index: p.SliverIndex(p.ShardPair(e.id, 1), codec.Primary)}
	size := e.pairs[0].Primary.SymbolSize
	own, err := request.NewClient(c.nodes[1].host, stakingtest.Network, p, request.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var symbols []codec.RecoverySymbol
	for _, i := range []int{0, 2, 3} {
		if _, err := c.client.GetTargetSymbols(ctx, c.peer(i), target, shards, size); !errors.Is(err, request.Forbidden) {
			t.Errorf("target symbols for a stranger: %v", err)
		}
		if err := c.nodes[1].node.Discovery().Connect(ctx, c.peer(i)); err != nil {
			t.Fatal(err)
		}
		list, err := own.GetTargetSymbols(ctx, c.peer(i), target, shards, size)
		if err != nil {
			t.Fatal(err)
		}
		for j := range list {
			symbols = append(symbols, list[j].RecoverySymbol)
		}
	}
	cod, err := codec.New(p, codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	restored, err := cod.RecoverSliver(e.meta, codec.Primary, target.Index, symbols)
	if err != nil || !bytes.Equal(restored.Data, e.pairs[p.ShardPair(e.id, 1)].Primary.Data) {
		t.Errorf("restored sliver: %v", err)
	}

	s, err := c.client.NodeStatus(ctx, c.peer(2))
	if err != nil || !s.AcceptsPuts || s.Epoch != epoch || s.Shards != shards || len(s.ShardsHeld) != 2 || s.UsedBytes == 0 {
		t.Errorf("status %+v, %v", s, err)
	}
	announced := make(map[peer.ID]bool)
	for len(announced) < members {
		select {
		case a := <-heard:
			if len(a.Blobs) == 1 && a.Blobs[0] == e.id {
				announced[a.Peer] = true
			}
		case <-ctx.Done():
			t.Fatalf("announced by %d nodes of %d", len(announced), members)
		}
	}
}

// What was confirmed is there after a restart, with its confirmation, and slivers of blobs that are not registered are as well.
func TestRestart(t *testing.T) {
	c := newCluster(t, nil)
	ctx := within(t)
	e, half := encode(t, c.com, 1, 50_000), encode(t, c.com, 2, 50_000)
	c.register(e)
	c.certify(ctx, e)
	if err := c.client.PutMetadata(ctx, c.peer(0), half.id, half.meta); err != nil {
		t.Fatal(err)
	}
	first := &half.pairs[c.com.Params().ShardPair(half.id, c.com.Member(0).Shards[0])].Primary
	if err := c.client.PutSliver(ctx, c.peer(0), half.id, first); err != nil {
		t.Fatal(err)
	}
	for i := range members {
		c.restart(i)
	}
	if data, err := c.get(ctx, e, 0, 1, 2, 3); err != nil || !bytes.Equal(data, e.data) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	for i := range members {
		s, err := c.client.BlobStatus(ctx, c.peer(i), e.id)
		if err != nil || !s.Confirmed || s.Pending {
			t.Errorf("node %d: %+v, %v", i, s, err)
		}
		if _, err := c.client.Confirm(ctx, c.peer(i), staking.Confirmation{Epoch: epoch, Blob: e.id}); err != nil {
			t.Errorf("node %d does not confirm again: %v", i, err)
		}
	}
	if s, err := c.client.BlobStatus(ctx, c.peer(0), half.id); err != nil || !s.Pending || s.PrimaryHeld != 1 {
		t.Errorf("the blob that is not registered: %+v, %v", s, err)
	}
	c.register(half)
	if _, err := c.put(ctx, 0, half); err != nil {
		t.Errorf("the rest of the blob: %v", err)
	}
}

// A node that closes amid puts loses nothing that it acknowledged, and the put goes on after its restart.
func TestCloseAmidPuts(t *testing.T) {
	c := newCluster(t, nil)
	ctx := within(t)
	blobs := make([]*encoded, 30)
	for i := range blobs {
		blobs[i] = encode(t, c.com, byte(i+1), 2000)
	}
	c.register(blobs...)
	confirmed := make(chan int, len(blobs))
	var wg sync.WaitGroup
	for i, e := range blobs {
		wg.Go(func() {
			if _, err := c.put(ctx, 0, e); err == nil {
				confirmed <- i
			}
		})
	}
	done := []int{<-confirmed} // at least one is through, others are under way
	c.stop(0)
	wg.Wait()
	close(confirmed)
	for i := range confirmed {
		done = append(done, i)
	}
	t.Logf("%d of %d blobs were confirmed before the node closed", len(done), len(blobs))
	c.nodes[0] = c.open(0, 0)
	c.run(0, nil)
	c.connect(0)
	for _, i := range done {
		s, err := c.client.BlobStatus(ctx, c.peer(0), blobs[i].id)
		if err != nil || !s.Confirmed || s.PrimaryHeld != 3 || s.SecondaryHeld != 3 {
			t.Errorf("confirmed blob %d: %+v, %v", i, s, err)
		}
	}
	for i, e := range blobs {
		if _, err := c.put(ctx, 0, e); err != nil {
			t.Errorf("blob %d: %v", i, err)
		}
	}
}

// Slivers that do not match are refused over the network as well; nothing of them is stored.
func TestBadPutsOverTheNetwork(t *testing.T) {
	c := newCluster(t, nil)
	ctx := within(t)
	e, other := encode(t, c.com, 1, 50_000), encode(t, c.com, 2, 50_000)
	c.register(e)
	pair := c.com.Params().ShardPair(e.id, c.com.Member(0).Shards[0])
	good := &e.pairs[pair].Primary
	if err := c.client.PutSliver(ctx, c.peer(0), e.id, good); !errors.Is(err, request.NotFound) {
		t.Errorf("before the metadata: %v", err)
	}
	if err := c.client.PutMetadata(ctx, c.peer(0), e.id, other.meta); err == nil {
		t.Error("metadata of another blob were taken")
	}
	if err := c.client.PutMetadata(ctx, c.peer(0), e.id, e.meta); err != nil {
		t.Fatal(err)
	}
	bad := *good
	bad.Data = bytes.Clone(good.Data)
	bad.Data[100] ^= 1
	if err := c.client.PutSliver(ctx, c.peer(0), e.id, &bad); !errors.Is(err, request.VerificationFailed) {
		t.Errorf("flipped bit: %v", err)
	}
	if err := c.client.PutSliver(ctx, c.peer(1), e.id, good); !errors.Is(err, request.WrongShard) {
		t.Errorf("to another node: %v", err)
	}
	if s, err := c.client.BlobStatus(ctx, c.peer(0), e.id); err != nil || s.PrimaryHeld != 0 {
		t.Errorf("status %+v, %v", s, err)
	}
	if err := c.client.PutSliver(ctx, c.peer(0), e.id, good); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

// A backend can be decorated, here by one that damages what it serves; the reader notices.
func TestDecorate(t *testing.T) {
	c := newCluster(t, func(i int, cfg *node.Config) {
		if i == 0 {
			cfg.Decorate = func(b request.Backend) request.Backend {
				b.Sliver = flipper{b.Sliver}
				return b
			}
		}
	})
	ctx := within(t)
	e := encode(t, c.com, 1, 50_000)
	c.register(e)
	c.certify(ctx, e)
	if _, err := c.get(ctx, e, 0, 1, 2, 3); !errors.Is(err, codec.ErrVerify) {
		t.Errorf("with the damaging node: %v", err)
	}
	if data, err := c.get(ctx, e, 1, 2, 3); err != nil || !bytes.Equal(data, e.data) {
		t.Errorf("without: %d bytes, %v", len(data), err)
	}
}

type flipper struct{ request.SliverBackend }

func (f flipper) OpenSliver(ctx context.Context, from peer.ID, ref request.SliverRef) (request.SliverReader, error) {
	r, err := f.SliverBackend.OpenSliver(ctx, from, ref)
	return flippingReader{r}, err
}

type flippingReader struct{ request.SliverReader }

func (f flippingReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.SliverReader.ReadAt(p, off)
	if i := 100 - off; i >= 0 && i < int64(n) {
		p[i] ^= 1
	}
	return n, err
}

func TestLifecycle(t *testing.T) {
	c := newCluster(t, nil)
	n := c.nodes[0].node
	if err := n.Start(within(t)); err == nil {
		t.Error("started twice")
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if err := n.Start(within(t)); err == nil {
		t.Error("started after Close")
	}
	if _, err := c.client.NodeStatus(within(t), c.peer(0)); err == nil {
		t.Error("a closed node answers")
	}
	// The same host, store and registry serve another node, which need not start.
	reg := prometheus.NewRegistry()
	for range 2 {
		n, err := node.New(within(t), node.Config{
			Chain: c.chains[0], Host: c.nodes[0].host, Store: c.nodes[0].store, Key: c.secrets[0].BLS,
			Registerer: reg, Logger: quiet,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	c := newCluster(t, nil)
	good := node.Config{
		Chain: c.chains[0], Host: c.nodes[0].host, Store: store.NewMemory(store.Options{}), Key: c.secrets[0].BLS, Logger: quiet,
	}
	for name, change := range map[string]func(*node.Config){
		"no chain":                   func(c *node.Config) { c.Chain = nil },
		"a chain that knows nothing": func(c *node.Config) { c.Chain = stakingtest.NewChain(nil) },
		"no host":                    func(c *node.Config) { c.Host = nil },
		"no store":                   func(c *node.Config) { c.Store = nil },
		"no key":                     func(c *node.Config) { c.Key = nil },
		"negative bytes":             func(c *node.Config) { c.PendingBytes = -1 },
		"negative time":              func(c *node.Config) { c.PendingIdle = -1 },
		"negative workers":           func(c *node.Config) { c.Workers = -1 },
	} {
		cfg := good
		change(&cfg)
		if _, err := node.New(within(t), cfg); !errors.Is(err, node.ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
