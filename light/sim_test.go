package light

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/stakingtest"
)

// fault is how a simulated node misbehaves. The zero value is a good node.
type fault struct {
	dead      bool          // cannot be connected
	blackhole bool          // connecting never ends by itself
	silent    bool          // connects, but requests get no answer
	endless   bool          // sliver bodies never end; everything else works
	lying     bool          // metadata and slivers are made up
	full      bool          // has no room
	busy      int           // so many requests are put off
	flaky     int           // so many requests break off
	forgetful bool          // forgets slivers, keeps metadata
	epoch     bool          // is in another epoch
	forger    bool          // signs confirmations with a key of its own
	noPrimary bool          // does not give primary slivers
	rate      float64       // bytes a second; 0: simRate
	rtt       time.Duration // 0: simRTT
}

// Properties of a good simulated node, and the request timeouts of the real client.
const (
	simRate         = 10 << 20
	simRTT          = 20 * time.Millisecond
	simLookup       = 10 * time.Second
	simVerify       = 60 * time.Second
	simDial         = 15 * time.Second
	simMinimum      = 128 << 10
	simConnectDelay = 30 * time.Millisecond
)

// simNode is one storage node in memory.
type simNode struct {
	mu       sync.Mutex
	fault    fault
	secret   *bls.SecretKey
	shards   []int
	metadata map[codec.BlobID]*codec.Metadata
	slivers  map[request.SliverRef]*codec.Sliver
	requests int
	received int64 // sliver bytes
	served   int
}

// simNet is a network of simulated nodes: it is the client's Network and Connector.
type simNet struct {
	tb     testing.TB
	com    *staking.Committee
	codec  *codec.Codec
	nodes  []*simNode
	byPeer map[peer.ID]*simNode

	mu       sync.Mutex
	inFlight int64 // sliver bytes under way
	peak     int64
}

// newSim makes a network of nodes with the given shards each.
func newSim(tb testing.TB, weights ...int) *simNet {
	tb.Helper()
	secrets := stakingtest.Nodes(tb, len(weights))
	n := 0
	for _, w := range weights {
		n += w
	}
	members := stakingtest.Members(tb, secrets, len(weights))
	order := rand.New(rand.NewPCG(1, uint64(n))).Perm(n)
	s := &simNet{tb: tb, byPeer: make(map[peer.ID]*simNode)}
	for i, w := range weights {
		members[i].Shards = slices.Sorted(slices.Values(order[:w]))
		order = order[w:]
		node := &simNode{
			secret: secrets[i].BLS, shards: members[i].Shards,
			metadata: make(map[codec.BlobID]*codec.Metadata), slivers: make(map[request.SliverRef]*codec.Sliver),
		}
		s.nodes = append(s.nodes, node)
		s.byPeer[members[i].PeerID] = node
	}
	var err error
	if s.com, err = staking.NewCommittee(stakingtest.Network, 7, n, members); err != nil {
		tb.Fatal(err)
	}
	if s.codec, err = codec.New(s.com.Params(), codec.Options{MemoryBudget: 8 << 20}); err != nil {
		tb.Fatal(err)
	}
	return s
}

// even returns count weights of each.
func even(count, each int) []int { return slices.Repeat([]int{each}, count) }

func (s *simNet) client(tb testing.TB, limits Limits) *Client {
	tb.Helper()
	c, err := NewClient(Config{
		Committee: func() *staking.Committee { return s.com }, Network: s, Connector: s, Codec: s.codec, Limits: limits,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// set gives nodes a fault.
func (s *simNet) set(f fault, nodes ...int) {
	for _, i := range nodes {
		s.nodes[i].mu.Lock()
		s.nodes[i].fault = f
		s.nodes[i].mu.Unlock()
	}
}

// load stores a blob in all nodes, as a complete put would.
func (s *simNet) load(blob []byte) codec.BlobID {
	s.tb.Helper()
	pairs, m, id, err := s.codec.EncodeBytes(context.Background(), blob)
	if err != nil {
		s.tb.Fatal(err)
	}
	for k := range pairs {
		s.place(id, &pairs[k].Primary)
		s.place(id, &pairs[k].Secondary)
	}
	for _, n := range s.nodes {
		n.metadata[id] = m
	}
	return id
}

func (s *simNet) place(id codec.BlobID, sl *codec.Sliver) {
	p := s.com.Params()
	ref := request.SliverRef{Blob: id, Pair: p.PairIndex(sl.Index, sl.Axis), Axis: sl.Axis}
	s.nodes[s.com.MemberOfShard(ref.Shard(p))].slivers[ref] = sl
}

// Connect implements Connector.
func (s *simNet) Connect(ctx context.Context, p peer.ID) error {
	f := s.byPeer[p].state()
	if f.blackhole {
		if err := wait(ctx, simDial); err != nil {
			return err
		}
		return errors.New("no way to the peer in time")
	}
	if f.dead {
		return errors.New("connection refused")
	}
	return wait(ctx, simConnectDelay)
}

func (n *simNode) state() fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.fault
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin is the way of a request of up and down bytes to a node and back, as far as it is the same for all.
func (s *simNet) begin(ctx context.Context, p peer.ID, bytes int64, timeout time.Duration) (*simNode, fault, error) {
	n := s.byPeer[p]
	n.mu.Lock()
	n.requests++
	f := n.fault
	busy, flaky := n.fault.busy > 0, n.fault.flaky > 0
	if busy {
		n.fault.busy--
	} else if flaky {
		n.fault.flaky--
	}
	n.mu.Unlock()
	rate, rtt := f.rate, f.rtt
	if rate == 0 {
		rate = simRate
	}
	if rtt == 0 {
		rtt = simRTT
	}
	if f.silent {
		if err := wait(ctx, timeout); err != nil {
			return nil, f, err
		}
		return nil, f, fmt.Errorf("%w: %w", request.ErrTransport, request.ErrTimeout)
	}
	took := rtt + time.Duration(float64(bytes)/rate*float64(time.Second))
	if limit := timeout + time.Duration(float64(bytes)/simMinimum*float64(time.Second)); took > limit {
		if err := wait(ctx, limit); err != nil {
			return nil, f, err
		}
		return nil, f, fmt.Errorf("%w: %w", request.ErrTransport, request.ErrTimeout)
	}
	if err := wait(ctx, took); err != nil {
		return nil, f, err
	}
	switch {
	case f.dead || f.blackhole || flaky:
		return nil, f, fmt.Errorf("%w: stream reset", request.ErrTransport)
	case busy:
		return nil, f, &request.Error{Status: request.Busy, Message: "come back later", RetryAfter: 300 * time.Millisecond}
	}
	return n, f, nil
}

// GetMetadata implements Reader.
func (s *simNet) GetMetadata(ctx context.Context, p peer.ID, id codec.BlobID) (*codec.Metadata, error) {
	n, f, err := s.begin(ctx, p, 0, simLookup)
	if err != nil {
		return nil, err
	}
	if f.lying {
		return nil, fmt.Errorf("%w: %w", request.ErrBadAnswer, codec.ErrVerify)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if m := n.metadata[id]; m != nil {
		return m, nil
	}
	return nil, request.Errorf(request.NotFound, "metadata of %s", id)
}

// GetSliver implements Reader.
func (s *simNet) GetSliver(ctx context.Context, p peer.ID, ref request.SliverRef, symbolSize int) (*codec.Sliver, error) {
	par := s.com.Params()
	size := int64(par.SliverBCSSize(ref.Axis, symbolSize))
	defer s.track(size)()
	n := s.byPeer[p]
	if n.state().endless {
		if err := wait(ctx, simLookup+time.Duration(float64(size)/simMinimum*float64(time.Second))); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", request.ErrTransport, request.ErrTimeout)
	}
	n, f, err := s.begin(ctx, p, size, simLookup)
	if err != nil {
		return nil, err
	}
	if f.lying {
		data := make([]byte, par.SliverSymbols(ref.Axis)*symbolSize)
		for i := range data {
			data[i] = byte(i)
		}
		return &codec.Sliver{Axis: ref.Axis, Index: ref.Index(par), SymbolSize: symbolSize, Data: data}, nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	sl := n.slivers[ref]
	if sl == nil || f.forgetful || f.noPrimary && ref.Axis == codec.Primary {
		return nil, request.Errorf(request.NotFound, "sliver %d", ref.Pair)
	}
	n.served++
	return sl, nil
}

// track counts bytes in flight until the function that it returns is called.
func (s *simNet) track(size int64) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight += size
	s.peak = max(s.peak, s.inFlight)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight -= size
	}
}

// PutMetadata implements Writer.
func (s *simNet) PutMetadata(ctx context.Context, p peer.ID, id codec.BlobID, m *codec.Metadata) error {
	n, f, err := s.begin(ctx, p, int64(s.com.Params().MetadataBCSSize()), simLookup)
	if err != nil {
		return err
	}
	if f.full {
		return request.Errorf(request.Full, "quota of 1 MiB is used up")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.metadata[id] = m
	return nil
}

// PutSliver implements Writer. It verifies what it gets.
func (s *simNet) PutSliver(ctx context.Context, p peer.ID, id codec.BlobID, sl *codec.Sliver) error {
	par := s.com.Params()
	ref := request.SliverRef{Blob: id, Pair: par.PairIndex(sl.Index, sl.Axis), Axis: sl.Axis}
	node := s.byPeer[p]
	node.mu.Lock()
	held := node.slivers[ref] != nil
	node.mu.Unlock()
	size := int64(par.SliverBCSSize(sl.Axis, sl.SymbolSize))
	if held {
		size = 0
	}
	defer s.track(size)()
	n, f, err := s.begin(ctx, p, size, simVerify)
	if err != nil {
		return err
	}
	n.mu.Lock()
	m := n.metadata[id]
	n.mu.Unlock()
	switch {
	case f.full:
		return request.Errorf(request.Full, "quota of 1 MiB is used up")
	case m == nil:
		return request.Errorf(request.NotFound, "metadata of %s", id)
	case !slices.Contains(n.shards, ref.Shard(par)):
		return request.Errorf(request.WrongShard, "shard %d", ref.Shard(par))
	case held:
		return nil
	}
	if err := s.codec.VerifySliver(m, sl); err != nil {
		return request.Errorf(request.VerificationFailed, "%v", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.received += size
	kept := *sl
	kept.Data = slices.Clone(sl.Data)
	n.slivers[ref] = &kept
	return nil
}

// held counts the slivers of a blob that a node has, by axis.
func (n *simNode) held(id codec.BlobID) (count [2]int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fault.forgetful {
		return count
	}
	for ref := range n.slivers {
		if ref.Blob == id {
			count[ref.Axis]++
		}
	}
	return count
}

// Confirm implements Writer.
func (s *simNet) Confirm(ctx context.Context, p peer.ID, conf staking.Confirmation) (bls.Signature, error) {
	n, f, err := s.begin(ctx, p, 0, simLookup)
	if err != nil {
		return bls.Signature{}, err
	}
	if f.epoch {
		return bls.Signature{}, request.Errorf(request.WrongEpoch, "epoch %d, this node is in %d", conf.Epoch, conf.Epoch-1)
	}
	if h := n.held(conf.Blob); h[0] < len(n.shards) || h[1] < len(n.shards) {
		return bls.Signature{}, request.Errorf(request.MissingSlivers, "%d of %d slivers", h[0]+h[1], 2*len(n.shards))
	}
	key := n.secret
	if f.forger {
		if key, err = bls.GenerateKey(); err != nil {
			return bls.Signature{}, err
		}
	}
	return key.Sign(conf.Bytes())
}

// NodeStatus implements Prober.
func (s *simNet) NodeStatus(ctx context.Context, p peer.ID) (request.NodeStatus, error) {
	n, f, err := s.begin(ctx, p, 0, simLookup)
	if err != nil {
		return request.NodeStatus{}, err
	}
	return request.NodeStatus{Network: s.com.Network(), Epoch: s.com.Epoch(), ShardsHeld: n.shards, AcceptsPuts: !f.full}, nil
}

// BlobStatus implements Prober.
func (s *simNet) BlobStatus(ctx context.Context, p peer.ID, id codec.BlobID) (request.BlobStatus, error) {
	n, _, err := s.begin(ctx, p, 0, simLookup)
	if err != nil {
		return request.BlobStatus{}, err
	}
	h := n.held(id)
	n.mu.Lock()
	defer n.mu.Unlock()
	return request.BlobStatus{Metadata: n.metadata[id] != nil, Shards: len(n.shards), PrimaryHeld: h[0], SecondaryHeld: h[1]}, nil
}

// sample returns size bytes that differ everywhere.
func sample(size int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// causes returns the causes in reports, by member.
func causes(reports []MemberReport) map[int]Cause {
	m := make(map[int]Cause)
	for _, r := range reports {
		m[r.Member] = r.Cause
	}
	return m
}

// last returns the indexes of the last count of n nodes.
func last(n, count int) []int {
	var list []int
	for i := n - count; i < n; i++ {
		list = append(list, i)
	}
	return list
}
