// Package simnet is a network of storage nodes in memory for tests of clients: nodes that take time, misbehave on demand, and
// go from epoch to epoch. Run it in a synctest bubble, where the time costs nothing.
package simnet

import (
	"context"
	"errors"
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

// FirstEpoch is the epoch of a new network.
const FirstEpoch = 7

// Fault is how a node misbehaves. The zero value is a good node.
type Fault struct {
	Dead      bool          // cannot be connected
	Blackhole bool          // connecting never ends by itself
	Silent    bool          // connects, but requests get no answer
	Endless   bool          // sliver bodies never end; everything else works
	Lying     bool          // metadata and slivers are made up
	Full      bool          // has no room
	Busy      int           // so many requests are put off
	Flaky     int           // so many requests break off
	Forgetful bool          // forgets slivers, keeps metadata
	Epoch     bool          // is in another epoch
	Forger    bool          // signs confirmations with a key of its own
	NoPrimary bool          // does not give primary slivers
	Rate      float64       // bytes a second; 0: Rate
	RTT       time.Duration // 0: 20 ms
}

// Properties of a good node, and the request timeouts of the real client.
const (
	// Rate in bytes a second.
	Rate         = 10 << 20
	rtt          = 20 * time.Millisecond
	lookup       = 10 * time.Second
	verify       = 60 * time.Second
	dial         = 15 * time.Second
	minimum      = 128 << 10
	connectDelay = 30 * time.Millisecond
)

// Kind of a request.
type Kind string

// The kinds that Net.Trace hears of.
const (
	BlobStatus  Kind = "blob status"
	GetMetadata Kind = "get metadata"
	PutMetadata Kind = "put metadata"
	GetSliver   Kind = "get sliver"
	PutSliver   Kind = "put sliver"
	Confirm     Kind = "confirm"
	NodeStatus  Kind = "node status"
)

// Net is a network: it is a client's Network, Connector and Chain. All fields may be set only while no request is under way.
type Net struct {
	Codec *codec.Codec
	// Nodes by member index of the first committee.
	Nodes []*Node
	// Registered says whether nodes know of a registration; nil: they know of all.
	Registered func(staking.Confirmation) bool
	// States is what the chain says about blobs. One that is not there counts as certified since FirstEpoch.
	States map[codec.BlobID]staking.BlobState
	// Lazy networks tell clients of committees only when they ask (Refresh).
	Lazy bool
	// Trace is called before a request goes out, by whoever sends it.
	Trace func(Kind)

	tb     testing.TB
	byPeer map[peer.ID]*Node

	mu       sync.Mutex
	epochs   *staking.Epochs // what the chain says
	seen     *staking.Epochs // what clients know
	inFlight int64           // sliver bytes under way
	peak     int64
}

// New makes a network of nodes with the given shards each, in FirstEpoch.
func New(tb testing.TB, weights ...int) *Net {
	tb.Helper()
	secrets := stakingtest.Nodes(tb, len(weights))
	s := &Net{tb: tb, byPeer: make(map[peer.ID]*Node)}
	for _, secret := range secrets {
		node := &Node{
			id: secret.ID(tb), secret: secret.BLS, metadata: make(map[codec.BlobID]*codec.Metadata), slivers: make(map[request.SliverRef]*codec.Sliver),
		}
		s.Nodes = append(s.Nodes, node)
		s.byPeer[node.id] = node
	}
	com := s.committee(FirstEpoch, 1, weights)
	var err error
	if s.Codec, err = codec.New(com.Params(), codec.Options{MemoryBudget: 8 << 20}); err != nil {
		tb.Fatal(err)
	}
	s.Tell(&staking.Epochs{Current: com})
	s.Move(com)
	return s
}

// committee gives nodes the shards of an epoch by weight, in an order that the seed decides. Nodes of weight 0 are no members.
func (s *Net) committee(epoch uint32, seed uint64, weights []int) *staking.Committee {
	s.tb.Helper()
	n := 0
	for _, w := range weights {
		n += w
	}
	order := rand.New(rand.NewPCG(seed, uint64(n))).Perm(n) //nolint:gosec // reproducible
	all := stakingtest.Members(s.tb, stakingtest.Nodes(s.tb, len(weights)), len(weights))
	var members []staking.Member
	for i, w := range weights {
		if w == 0 {
			continue
		}
		all[i].Shards = slices.Sorted(slices.Values(order[:w]))
		order = order[w:]
		members = append(members, all[i])
	}
	com, err := staking.NewCommittee(stakingtest.Network, epoch, n, members)
	if err != nil {
		s.tb.Fatal(err)
	}
	return com
}

// Even returns count weights of each.
func Even(count, each int) []int { return slices.Repeat([]int{each}, count) }

// Elect makes the committee of the epoch after the current one. The same weights with the seed 1 keep every shard where it
// was in a new network.
func (s *Net) Elect(seed uint64, weights ...int) *staking.Committee {
	s.tb.Helper()
	return s.committee(s.Committee().Epoch()+1, seed, weights)
}

// Move makes all nodes work for a committee, without telling clients.
func (s *Net) Move(com *staking.Committee) {
	for _, n := range s.Nodes {
		n.mu.Lock()
		n.epoch, n.shards = com.Epoch(), nil
		if i, ok := com.MemberOfPeer(n.id); ok {
			n.shards = com.Member(i).Shards
		}
		n.mu.Unlock()
	}
}

// Tell lets the chain say something else about committees, which clients know at once unless the network is lazy.
func (s *Net) Tell(e *staking.Epochs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epochs = e
	if !s.Lazy {
		s.seen = e
	}
}

// Advance begins the epoch of a committee for nodes and clients. Shards that move are still with their holders of before.
func (s *Net) Advance(com *staking.Committee) {
	previous := s.Committee()
	s.Move(com)
	s.Tell(&staking.Epochs{Current: com, Previous: previous, Changing: true})
}

// Epochs returns what clients know.
func (s *Net) Epochs() *staking.Epochs {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// Refresh lets clients know what the chain says.
func (s *Net) Refresh(context.Context) (*staking.Epochs, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = s.epochs
	return s.seen, nil
}

// Committee returns the current one, as the chain says.
func (s *Net) Committee() *staking.Committee {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.epochs.Current
}

// Set gives nodes a fault.
func (s *Net) Set(f Fault, nodes ...int) {
	for _, i := range nodes {
		s.Nodes[i].mu.Lock()
		s.Nodes[i].fault = f
		s.Nodes[i].mu.Unlock()
	}
}

// Load stores a blob in all nodes, as a complete put would.
func (s *Net) Load(blob []byte) codec.BlobID {
	s.tb.Helper()
	pairs, m, id, err := s.Codec.EncodeBytes(context.Background(), blob)
	if err != nil {
		s.tb.Fatal(err)
	}
	s.Place(id, m, pairs)
	return id
}

// Place stores the slivers and metadata of a blob with the current committee.
func (s *Net) Place(id codec.BlobID, m *codec.Metadata, pairs []codec.SliverPair) {
	com := s.Committee()
	p := com.Params()
	for k := range pairs {
		for _, sl := range []*codec.Sliver{&pairs[k].Primary, &pairs[k].Secondary} {
			ref := request.SliverRef{Blob: id, Pair: p.PairIndex(sl.Index, sl.Axis), Axis: sl.Axis}
			s.byPeer[com.Member(com.MemberOfShard(ref.Shard(p))).PeerID].slivers[ref] = sl
		}
	}
	for i := range com.Size() {
		s.byPeer[com.Member(i).PeerID].metadata[id] = m
	}
}

// Peak returns the most bytes of slivers that were under way at once.
func (s *Net) Peak() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peak
}

// Connect finds and connects a peer.
func (s *Net) Connect(ctx context.Context, p peer.ID) error {
	f := s.byPeer[p].state()
	if f.Blackhole {
		if err := wait(ctx, dial); err != nil {
			return err
		}
		return errors.New("no way to the peer in time")
	}
	if f.Dead {
		return errors.New("connection refused")
	}
	return wait(ctx, connectDelay)
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

// track counts bytes in flight until the function that it returns is called.
func (s *Net) track(size int64) func() {
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

// Node is one storage node.
type Node struct {
	id     peer.ID
	secret *bls.SecretKey

	mu       sync.Mutex
	fault    Fault
	epoch    uint32
	shards   []int
	metadata map[codec.BlobID]*codec.Metadata
	slivers  map[request.SliverRef]*codec.Sliver
	requests int
	received int64
	served   int
}

// BlobState is what the chain says about a blob; see States.
func (s *Net) BlobState(_ context.Context, id codec.BlobID) (staking.BlobState, error) {
	if st, ok := s.States[id]; ok {
		return st, nil
	}
	st := staking.BlobState{Certified: FirstEpoch, End: FirstEpoch + 100}
	for _, n := range s.Nodes {
		n.mu.Lock()
		if m := n.metadata[id]; m != nil {
			st.Size = m.Length
		}
		n.mu.Unlock()
	}
	return st, nil
}

// Requests returns how many the node got.
func (n *Node) Requests() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.requests
}

// Received returns the bytes of slivers that the node took.
func (n *Node) Received() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.received
}

// Served returns how many slivers the node gave.
func (n *Node) Served() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.served
}

// Each calls f with every sliver that the node has and the metadata of its blob.
func (n *Node) Each(f func(*codec.Metadata, *codec.Sliver)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ref, sl := range n.slivers {
		f(n.metadata[ref.Blob], sl)
	}
}

// ForgetMetadata makes the node forget the metadata of a blob.
func (n *Node) ForgetMetadata(id codec.BlobID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.metadata, id)
}

// Forget makes the node lose all its slivers. Unlike Fault.Forgetful, it keeps those that it gets afterwards.
func (n *Node) Forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.slivers)
}

func (n *Node) state() Fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.fault
}

// held counts, by axis, the slivers of a blob that a node has of its shards.
func (n *Node) held(p codec.Params, id codec.BlobID) (count [2]int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fault.Forgetful {
		return count
	}
	for ref := range n.slivers {
		if ref.Blob == id && slices.Contains(n.shards, ref.Shard(p)) {
			count[ref.Axis]++
		}
	}
	return count
}
