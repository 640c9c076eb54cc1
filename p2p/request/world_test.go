package request

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

const testNetwork = "test"

// blob is an encoded blob with everything that a node may be asked about it.
type blob struct {
	codec    *codec.Codec
	params   codec.Params
	id       codec.BlobID
	metadata *codec.Metadata
	pairs    []codec.SliverPair
}

func newBlob(t testing.TB, shards, size int) *blob {
	t.Helper()
	p, err := codec.NewParams(shards)
	if err != nil {
		t.Fatal(err)
	}
	c, err := codec.New(p, codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(7*i + i>>8)
	}
	pairs, m, id, err := c.EncodeBytes(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	return &blob{codec: c, params: p, id: id, metadata: m, pairs: pairs}
}

func (b *blob) symbolSize() int { return b.pairs[0].Primary.SymbolSize }

func (b *blob) sliver(ref SliverRef) *codec.Sliver {
	if ref.Axis == codec.Primary {
		return &b.pairs[ref.Pair].Primary
	}
	return &b.pairs[ref.Pair].Secondary
}

// node is a backend that holds one blob, or takes it in.
type node struct {
	*blob
	key    *bls.SecretKey
	friend peer.ID // may ask for target symbols

	mu       sync.Mutex
	metadata []byte
	slivers  map[SliverRef][]byte
	opened   int
	fail     error                 // of every admission and look-up
	slow     func(context.Context) // called by every put before it keeps anything
}

func newNode(t testing.TB, b *blob, full bool) *node {
	t.Helper()
	key, err := bls.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	n := &node{blob: b, key: key, slivers: make(map[SliverRef][]byte)}
	if full {
		n.metadata = b.metadata.AppendBCS(nil)
		for k := range b.pairs {
			for _, a := range []codec.Axis{codec.Primary, codec.Secondary} {
				ref := SliverRef{Blob: b.id, Pair: k, Axis: a}
				n.slivers[ref] = b.sliver(ref).AppendBCS(nil)
			}
		}
	}
	return n
}

func (n *node) backend() Backend {
	return Backend{Metadata: n, Sliver: n, Symbol: n, Confirm: n, Status: n}
}

func (n *node) failing() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.fail
}

func (n *node) Metadata(_ context.Context, _ peer.ID, id codec.BlobID) ([]byte, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return nil, n.fail
	}
	if n.metadata == nil || id != n.id {
		return nil, NotFound
	}
	return n.metadata, nil
}

func (n *node) AdmitMetadata(_ context.Context, _ peer.ID, id codec.BlobID) error {
	if id != n.id {
		return Errorf(NotRegistered, "blob %s", id)
	}
	return n.failing()
}

func (n *node) PutMetadata(ctx context.Context, _ peer.ID, _ codec.BlobID, m *codec.Metadata) error {
	if n.slow != nil {
		n.slow(ctx)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.metadata = m.AppendBCS(nil)
	return nil
}

type memorySliver struct {
	*bytes.Reader
	closed func()
}

func (s memorySliver) Close() error {
	s.closed()
	return nil
}

func (n *node) OpenSliver(_ context.Context, _ peer.ID, ref SliverRef) (SliverReader, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail != nil {
		return nil, n.fail
	}
	b, ok := n.slivers[ref]
	if !ok {
		return nil, fmt.Errorf("sliver %s: %w", ref, NotFound)
	}
	n.opened++
	return memorySliver{bytes.NewReader(b), func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.opened--
	}}, nil
}

func (n *node) AdmitSliver(_ context.Context, _ peer.ID, ref SliverRef, length int64) error {
	if want := int64(n.params.SliverBCSSize(ref.Axis, n.symbolSize())); length != want {
		return Errorf(TooLarge, "%d bytes, the metadata says %d", length, want)
	}
	return n.failing()
}

func (n *node) PutSliver(ctx context.Context, _ peer.ID, ref SliverRef, body []byte) error {
	if n.slow != nil {
		n.slow(ctx)
	}
	s, err := codec.UnmarshalSliver(n.params, ref.Axis, body)
	if err != nil {
		return err
	}
	if err := n.codec.VerifySliver(n.blob.metadata, s); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.slivers[ref] = body
	return nil
}

func (n *node) SymbolSize(_ context.Context, _ peer.ID, id codec.BlobID) (int, error) {
	if id != n.id {
		return 0, NotFound
	}
	return n.symbolSize(), n.failing()
}

func (n *node) Symbols(_ context.Context, _ peer.ID, q SymbolQuery) ([]codec.GeneralRecoverySymbol, error) {
	var list []codec.GeneralRecoverySymbol
	for _, id := range q.IDs {
		source, target := int(id.Secondary), int(id.Primary)
		if q.Target == codec.Secondary {
			source, target = target, source
		}
		s, err := n.symbol(q.Target.Orthogonal(), source, target)
		if err != nil {
			return nil, err
		}
		list = append(list, *s)
	}
	return list, nil
}

func (n *node) symbol(a codec.Axis, source, target int) (*codec.GeneralRecoverySymbol, error) {
	e, err := n.codec.Expand(n.sliver(SliverRef{Pair: n.params.PairIndex(source, a), Axis: a}))
	if err != nil {
		return nil, err
	}
	return e.RecoverySymbol(target), nil
}

func (n *node) AdmitTarget(_ context.Context, from peer.ID, t TargetRef) (int, error) {
	if from != n.friend {
		return 0, Errorf(Forbidden, "shard %d is not yours", t.Shard(n.params))
	}
	return n.params.Shards(), nil
}

func (n *node) TargetSymbols(_ context.Context, _ peer.ID, t TargetRef, limit int) ([]codec.GeneralRecoverySymbol, error) {
	var list []codec.GeneralRecoverySymbol
	for i := range limit {
		s, err := n.symbol(t.Axis.Orthogonal(), i, t.Index)
		if err != nil {
			return nil, err
		}
		list = append(list, *s)
	}
	return list, nil
}

func (n *node) Confirm(_ context.Context, _ peer.ID, c staking.Confirmation) (bls.Signature, error) {
	if c.Blob != n.id {
		return bls.Signature{}, NotRegistered
	}
	n.mu.Lock()
	held := len(n.slivers)
	n.mu.Unlock()
	if want := 2 * n.params.Shards(); held < want {
		return bls.Signature{}, Errorf(MissingSlivers, "%d of %d slivers", held, want)
	}
	return n.key.Sign(c.Bytes())
}

func (n *node) NodeStatus(context.Context, peer.ID) (NodeStatus, error) {
	return NodeStatus{
		Version: "1.2.3", Network: testNetwork, Epoch: 7, Shards: n.params.Shards(), ShardsHeld: []int{0, 3, n.params.Shards() - 1},
		Uptime: 90 * time.Second, UsedBytes: 5, QuotaBytes: 1 << 40, PutsRefused: "disk full", Peers: 3,
		ChainCursor: 1 << 60, ChainLag: 7 * time.Second, ChainProblem: "unreachable",
	}, n.failing()
}

func (n *node) BlobStatus(_ context.Context, _ peer.ID, id codec.BlobID) (BlobStatus, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return BlobStatus{
		Metadata: n.metadata != nil && id == n.id, Registered: id == n.id, Pending: true, Confirmed: true,
		Shards: n.params.Shards(), PrimaryHeld: len(n.slivers) / 2, SecondaryHeld: len(n.slivers) / 2, EndEpoch: 9,
	}, nil
}

var quiet = slog.New(slog.DiscardHandler)

// everyTransport runs a test over each stream multiplexer that nodes have: they differ in what a closed or reset stream
// still delivers.
func everyTransport(t *testing.T, test func(t *testing.T, addr string)) {
	for name, addr := range map[string]string{
		"tcp":          "/ip4/127.0.0.1/tcp/0",
		"quic":         "/ip4/127.0.0.1/udp/0/quic-v1",
		"websocket":    "/ip4/127.0.0.1/tcp/0/ws",
		"webtransport": "/ip4/127.0.0.1/udp/0/quic-v1/webtransport",
		"webrtc":       "/ip4/127.0.0.1/udp/0/webrtc-direct",
	} {
		t.Run(name, func(t *testing.T) { test(t, addr) })
	}
}

// serve starts a server for a backend on a host of its own, and a client that knows its address.
func serve(t testing.TB, b *blob, backend Backend, opts ServerOptions) (*Client, peer.ID) {
	t.Helper()
	return serveOn(t, newHost(t), b, backend, opts)
}

func serveOn(t testing.TB, h host.Host, b *blob, backend Backend, opts ServerOptions) (*Client, peer.ID) {
	t.Helper()
	ch := newHost(t)
	if opts.Log == nil {
		opts.Log = quiet
	}
	s, err := NewServer(h, testNetwork, b.params, backend, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	introduce(ch, h)
	return newClient(t, ch, b.params), h.ID()
}

func newClient(t testing.TB, h host.Host, p codec.Params) *Client {
	t.Helper()
	c, err := NewClient(h, testNetwork, p, ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func introduce(a, b host.Host) { a.Peerstore().AddAddrs(b.ID(), b.Addrs(), peerstore.PermanentAddrTTL) }

// newHost listens on loopback over TCP and QUIC.
func newHost(t testing.TB, opts ...libp2p.Option) host.Host {
	t.Helper()
	listen := libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1")
	return newHostWith(t, &network.NullResourceManager{}, append([]libp2p.Option{listen}, opts...)...)
}

// newHostOn listens on one address.
func newHostOn(t testing.TB, addr string) host.Host {
	t.Helper()
	return newHostWith(t, &network.NullResourceManager{}, libp2p.ListenAddrStrings(addr))
}

func newHostWith(t testing.TB, resources network.ResourceManager, opts ...libp2p.Option) host.Host {
	t.Helper()
	h, err := libp2p.New(append([]libp2p.Option{libp2p.ResourceManager(resources), libp2p.DisableRelay()}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}
