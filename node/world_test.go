package node

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/stakingtest"
)

const (
	testEpoch  = 7
	testNodes  = 4
	testShards = 10 // node 0 holds shards 0, 4 and 8
)

var quiet = slog.New(slog.DiscardHandler)

// fakeHost has an identity and nobody to talk to.
type fakeHost struct {
	host.Host
	id peer.ID
}

func (h fakeHost) ID() peer.ID              { return h.id }
func (h fakeHost) Network() network.Network { return fakeNetwork{} }

type fakeNetwork struct{ network.Network }

func (fakeNetwork) Peers() []peer.ID { return []peer.ID{"a", "b"} }

// blob is an encoded blob.
type blob struct {
	codec    *codec.Codec
	id       codec.BlobID
	metadata *codec.Metadata
	pairs    []codec.SliverPair
}

// newBlob encodes size bytes that begin with seed.
func newBlob(tb testing.TB, seed byte, size int) *blob {
	tb.Helper()
	p, err := codec.NewParams(testShards)
	if err != nil {
		tb.Fatal(err)
	}
	c, err := codec.New(p, codec.Options{}) // one of its own: it keeps timers, which must not leave a test's bubble
	if err != nil {
		tb.Fatal(err)
	}
	data := make([]byte, size)
	for i := range data {
		data[i] = seed + byte(7*i)
	}
	pairs, m, id, err := c.EncodeBytes(context.Background(), data)
	if err != nil {
		tb.Fatal(err)
	}
	return &blob{codec: c, id: id, metadata: m, pairs: pairs}
}

func (b *blob) sliver(ref request.SliverRef) *codec.Sliver {
	if ref.Axis == codec.Primary {
		return &b.pairs[ref.Pair].Primary
	}
	return &b.pairs[ref.Pair].Secondary
}

func (b *blob) body(ref request.SliverRef) []byte { return b.sliver(ref).AppendBCS(nil) }

// refs names both slivers of the blob for each of the shards.
func (b *blob) refs(shards ...int) []request.SliverRef {
	var list []request.SliverRef
	for _, s := range shards {
		for _, a := range []codec.Axis{codec.Primary, codec.Secondary} {
			list = append(list, request.SliverRef{Blob: b.id, Pair: b.codec.Params().ShardPair(b.id, s), Axis: a})
		}
	}
	return list
}

// world is a custody of node 0 in a committee of four, on a chain in the middle of testEpoch.
type world struct {
	*custody
	nodes []stakingtest.Node
	com   *staking.Committee
	chain *stakingtest.Chain
	cfg   Config
}

// registeredUntil is the first epoch in which the blobs of tests are not stored any more.
const registeredUntil = testEpoch + 9

// newWorld makes a world of which nothing runs: the node hears of the chain what hear tells it, and has missed nothing.
func newWorld(tb testing.TB, change func(*Config)) *world {
	tb.Helper()
	w := newDeafWorld(tb, change)
	if err := w.registry.Mend(context.Background(), w.registry.Gaps()); err != nil {
		tb.Fatal(err)
	}
	w.hear(tb, staking.EpochStarted{Epoch: testEpoch}, staking.EpochReady{Epoch: testEpoch})
	return w
}

// newDeafWorld makes a world whose node has heard nothing of the chain yet.
func newDeafWorld(tb testing.TB, change func(*Config)) *world {
	tb.Helper()
	w := &world{nodes: stakingtest.Nodes(tb, testNodes), chain: stakingtest.NewChain(nil)}
	w.appoint(stakingtest.Committee(tb, w.nodes, testEpoch, testShards))
	w.cfg = Config{
		Chain: w.chain, Host: fakeHost{id: w.nodes[0].ID(tb)},
		Store: store.NewMemory(store.Options{}), Key: w.nodes[0].BLS, Version: "1.2.3", Logger: quiet,
	}
	if change != nil {
		change(&w.cfg)
	}
	w.restart(tb)
	return w
}

// restart makes the custody anew over the same store.
func (w *world) restart(tb testing.TB) {
	tb.Helper()
	w.cfg.Registerer = prometheus.NewRegistry()
	if err := w.cfg.check(); err != nil {
		tb.Fatal(err)
	}
	c, err := newCustody(context.Background(), &w.cfg)
	if err != nil {
		tb.Fatal(err)
	}
	w.custody = c
}

// appoint makes a committee the current one.
func (w *world) appoint(com *staking.Committee) {
	w.com = com
	w.chain.SetEpochs(&staking.Epochs{Current: com, Start: time.Now().Add(-time.Hour), End: time.Now().Add(time.Hour)})
}

// hear lets the chain tell something, and the node take it in, when no follower does that.
func (w *world) hear(tb testing.TB, events ...staking.Event) {
	tb.Helper()
	next := w.chain.Emit(events...)
	out, err := w.registry.Apply(context.Background(), staking.Batch{Next: next, Time: time.Now(), Events: events}, w.com.Epoch())
	if err != nil || len(out.Contradictions) > 0 {
		tb.Fatal(err, out.Contradictions)
	}
	for _, id := range out.Kept {
		if err := w.Release(context.Background(), id); err != nil {
			tb.Fatal(err)
		}
	}
}

// register lets the node hear that blobs are registered in testEpoch, as permanent ones.
func (w *world) register(tb testing.TB, blobs ...*blob) {
	tb.Helper()
	for _, b := range blobs {
		w.hear(tb, stakingtest.Registered(b.id, b.metadata.Length, testEpoch, registeredUntil))
	}
}

// registerLongAgo is register with an epoch so long ago that nothing but a confirmation keeps the blobs.
func (w *world) registerLongAgo(tb testing.TB, blobs ...*blob) {
	tb.Helper()
	for _, b := range blobs {
		w.hear(tb, stakingtest.Registered(b.id, b.metadata.Length, testEpoch-4, registeredUntil))
	}
}

// own returns the shards of node 0.
func (w *world) own() []int { return w.com.Member(0).Shards }

const writer = peer.ID("writer")

// putMetadata does what the request server does for a put of metadata.
func (w *world) putMetadata(from peer.ID, b *blob) error {
	if err := w.AdmitMetadata(context.Background(), from, b.id); err != nil {
		return err
	}
	return w.PutMetadata(context.Background(), from, b.id, b.metadata)
}

// putSliver does what the request server does for a put of a sliver.
func (w *world) putSliver(from peer.ID, ref request.SliverRef, body []byte) error {
	if err := w.AdmitSliver(context.Background(), from, ref, int64(len(body))); err != nil {
		return err
	}
	return w.PutSliver(context.Background(), from, ref, body)
}

// put puts all of a blob that belongs to node 0.
func (w *world) put(tb testing.TB, from peer.ID, b *blob) {
	tb.Helper()
	if err := w.putMetadata(from, b); err != nil {
		tb.Fatal(err)
	}
	for _, ref := range b.refs(w.own()...) {
		if err := w.putSliver(from, ref, b.body(ref)); err != nil {
			tb.Fatal(err)
		}
	}
}

// count returns a counter's value.
func count(tb testing.TB, c prometheus.Counter) float64 {
	tb.Helper()
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		tb.Fatal(err)
	}
	return m.GetCounter().GetValue()
}
