package contracttest

import (
	"crypto/ed25519"
	"fmt"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/genesis"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Frost is how many are a WAL.
const Frost = 1_000_000_000

// Config is that of tests: epochs of an hour, and prices with which a MiB costs little.
func Config(shards uint16) genesis.Config {
	c := genesis.Default()
	c.Name, c.Start, c.Shards = "test", Genesis.Add(time.Minute), shards
	minutes := func(n int) genesis.Span { return genesis.Span(time.Duration(n) * time.Minute) }
	c.Timing = genesis.Timing{Duration: minutes(60), Cutoff: minutes(30), ChallengePoint: minutes(36), AnswerWindow: minutes(6),
		ReportWindow: minutes(6), SyncDeadline: minutes(12), RecoveryDeadline: minutes(24)}
	c.Prices = genesis.Prices{Storage: 1000, Write: 1000, ShardSize: 1 << 30, WriteFactorBP: 20_000}
	return c
}

// Network is a network on a Chain.
type Network struct {
	*Chain
	User   *account.Key // who published it, stakes and stores
	Config genesis.Config
	Params codec.Params
	Nodes  []*Node
	// Publication says how it started.
	Publication *genesis.Publication
	blobs       int
}

// Node is a storage node.
type Node struct {
	*account.Key
	BLS     *bls.SecretKey
	Peer    ed25519.PrivateKey
	ID, Cap ptb.Address
	Stake   ptb.Address // the StakedWal that the user has of it
}

// New starts a network of nodes with equal stake, in its first epoch.
func New(tb testing.TB, nodes int, config genesis.Config) *Network {
	tb.Helper()
	n := Start(tb, config)
	for i := range nodes {
		n.Register(i, 1_000*Frost)
	}
	n.AdvanceTo(uint64(config.Start.UnixMilli()))
	if got := n.Epoch(); got != 1 {
		tb.Fatalf("epoch %d after the start", got)
	}
	return n
}

// Start starts a network without nodes.
func Start(tb testing.TB, config genesis.Config) *Network {
	tb.Helper()
	params, err := codec.NewParams(int(config.Shards))
	if err != nil {
		tb.Fatal(err)
	}
	n := &Network{Chain: NewChain(tb), User: Key(0), Config: config, Params: params}
	n.Publication = n.Publish(n.User, config)
	return n
}

// Candidate makes node number i, which is not registered, with its registration.
func (n *Network) Candidate(i int) (*Node, contract.NodeRegistration) {
	n.TB.Helper()
	seed := blake2b.Sum256(fmt.Appendf(nil, "node %d", i))
	scalar := seed
	scalar[0] = 0 // below the group's order
	secret, err := bls.ParseSecretKey(scalar[:])
	if err != nil {
		n.TB.Fatal(err)
	}
	node := &Node{Key: Key(i + 1), BLS: secret, Peer: ed25519.NewKeyFromSeed(seed[:])}
	possession := staking.Possession{Epoch: n.Epoch(), Address: node.Address(), Key: secret.Public()}
	return node, contract.NodeRegistration{
		Name: fmt.Sprintf("node %d", i), PeerKey: node.Peer.Public().(ed25519.PublicKey),
		PeerProof: ed25519.Sign(node.Peer, n.Deployment.PeerMessage(node.Address(), node.Address())),
		Key:       secret.Public(), KeyProof: n.Sign(secret, possession.Bytes()), Payout: node.Address(), CommissionBP: 1_000,
		Votes: n.Config.Parameters().Prices, // so that they stay as they are
	}
}

// Sign signs with a BLS key.
func (n *Network) Sign(key *bls.SecretKey, message []byte) bls.Signature {
	n.TB.Helper()
	s, err := key.Sign(message)
	if err != nil {
		n.TB.Fatal(err)
	}
	return s
}

// Register registers node number i and stakes with it.
func (n *Network) Register(i int, stake uint64) *Node {
	n.TB.Helper()
	node, r := n.Candidate(i)
	result := n.Send(node.Key, func(b *ptb.Builder) { b.Transfer(node.Address(), n.Deployment.RegisterNode(b, r)) })
	node.Cap = Made[object.NodeCap](result)
	node.ID = Get[object.NodeCap](n.Chain, node.Cap).NodeID
	result = n.Send(n.User, func(b *ptb.Builder) {
		b.Transfer(n.User.Address(), n.Deployment.Stake(b, n.Deployment.MintWAL(b, stake), node.ID))
	})
	node.Stake = Made[object.StakedWal](result)
	n.Nodes = append(n.Nodes, node)
	return node
}

// Epoch is the present epoch.
func (n *Network) Epoch() uint32 {
	n.TB.Helper()
	return Look(n.Chain, view.Epoch)
}

// AdvanceTo sets the clock and does all that is due then.
func (n *Network) AdvanceTo(ms uint64) {
	n.TB.Helper()
	n.SetClock(ms)
	for {
		if due := Look(n.Chain, view.NextAction); due.Action == view.Nothing || due.AtMS > n.Now() {
			return
		}
		n.Send(n.User, func(b *ptb.Builder) { n.Deployment.Push(b) })
	}
}

// At is a point of the present epoch in milliseconds since 1970.
func (n *Network) At(afterStart genesis.Span) uint64 {
	n.TB.Helper()
	return Look(n.Chain, view.EpochSpan).StartMS + uint64(time.Duration(afterStart).Milliseconds())
}

// NextEpoch goes to the beginning of the next epoch. Shards that move arrive.
func (n *Network) NextEpoch() {
	n.TB.Helper()
	before := n.Epoch()
	n.AttestAll()
	timing := Look(n.Chain, view.Timing)
	start := Look(n.Chain, view.EpochSpan).StartMS
	for _, at := range [...]uint64{timing.SyncDeadline, timing.Cutoff, timing.Duration} {
		n.AdvanceTo(start + at)
	}
	if got := n.Epoch(); got != before+1 {
		n.TB.Fatalf("epoch %d follows %d", got, before)
	}
}

// EndEpoch sets the clock to the end of the epoch and does what is due until the next begins: the last step's result.
func (n *Network) EndEpoch() *Result {
	n.TB.Helper()
	n.SetClock(Look(n.Chain, view.EpochSpan).EndMS)
	for {
		due := Look(n.Chain, view.NextAction)
		if due.Action == view.Nothing || due.AtMS > n.Now() {
			n.TB.Fatalf("the epoch does not end: %s is due", due.Action)
		}
		r := n.Send(n.User, func(b *ptb.Builder) { n.Deployment.Push(b) })
		if due.Action == view.BeginEpoch {
			return r
		}
	}
}

// AttestAll has all receivers attest what is open.
func (n *Network) AttestAll() {
	n.TB.Helper()
	roster := Look(n.Chain, view.Roster)
	for i, r := range Look(n.Chain, view.Transfers).Records {
		if r.State <= object.Failed {
			receiver := n.Node(roster.Members[r.Receiver].NodeID)
			n.Send(receiver.Key, func(b *ptb.Builder) { n.Deployment.AttestTransfer(b, n.Owned(b, receiver.Cap), uint64(i)) })
		}
	}
}

// Node is the node of an id.
func (n *Network) Node(id ptb.Address) *Node {
	n.TB.Helper()
	i := slices.IndexFunc(n.Nodes, func(node *Node) bool { return node.ID == id })
	if i < 0 {
		n.TB.Fatalf("there is no node %s", id)
	}
	return n.Nodes[i]
}

// Members are the nodes of the committee, in its order.
func (n *Network) Members() []*Node {
	n.TB.Helper()
	var list []*Node
	for _, m := range Look(n.Chain, view.Committee).Members {
		list = append(list, n.Node(m.NodeID))
	}
	return list
}

// MembersOf are the places in the committee of the first members that hold weight shards together.
func (n *Network) MembersOf(weight int) []int {
	n.TB.Helper()
	var list []int
	for i, m := range Look(n.Chain, view.Committee).Members {
		if weight <= 0 {
			break
		}
		weight -= int(m.Weight)
		list = append(list, i)
	}
	return list
}

// Certify has the first members sign a message, as many as hold weight shards together.
func (n *Network) Certify(message []byte, weight int) contract.Certificate {
	n.TB.Helper()
	return n.CertifyBy(n.MembersOf(weight), message)
}

// CertifyBy has members sign a message, by their places in the committee.
func (n *Network) CertifyBy(members []int, message []byte) contract.Certificate {
	n.TB.Helper()
	committee := n.Members()
	bitmap := make([]byte, (len(committee)+7)/8)
	var signatures []bls.Signature
	for _, i := range members {
		signatures = append(signatures, n.Sign(committee[i].BLS, message))
		bitmap[i/8] |= 1 << (i % 8)
	}
	sum, err := bls.Aggregate(signatures)
	if err != nil {
		n.TB.Fatal(err)
	}
	return contract.Certificate{Signature: sum, Signers: bitmap, Message: message}
}

// Quorum and Validity are the least weights of certificates.
func (n *Network) Quorum() int { return (2*n.Params.Shards() + 3) / 3 }

// Validity is the least weight that has an honest node in it.
func (n *Network) Validity() int { return (n.Params.Shards() + 3) / 3 }

// All is the weight of all.
func (n *Network) All() int { return n.Params.Shards() }

// Encoded is an encoded blob.
type Encoded struct {
	Codec    *codec.Codec
	Pairs    []codec.SliverPair
	Metadata *codec.Metadata
}

// Encode encodes a blob that was not there before.
func (n *Network) Encode(deletable bool) (Encoded, contract.Registration) {
	n.TB.Helper()
	n.blobs++
	c, err := codec.New(n.Params, codec.Options{})
	if err != nil {
		n.TB.Fatal(err)
	}
	pairs, metadata, _, err := c.EncodeBytes(n.TB.Context(), fmt.Appendf(nil, "blob number %d", n.blobs))
	if err != nil {
		n.TB.Fatal(err)
	}
	return Encoded{c, pairs, metadata}, contract.NewRegistration(metadata, deletable)
}

// Store reserves for so many epochs and registers a blob of the user.
func (n *Network) Store(r contract.Registration, epochs uint32) (ptb.Address, *Result) {
	n.TB.Helper()
	result := n.Send(n.User, func(b *ptb.Builder) {
		coin := n.Deployment.MintWAL(b, Frost)
		blob, err := n.Deployment.Store(b, n.Params, epochs, r, coin)
		if err != nil {
			n.TB.Fatal(err)
		}
		b.Transfer(n.User.Address(), blob, coin)
	})
	return Made[object.Blob](result), result
}

// Confirmation is what nodes sign for a blob object in an epoch.
func (n *Network) Confirmation(id ptb.Address, epoch uint32) staking.Confirmation {
	n.TB.Helper()
	blob := Get[object.Blob](n.Chain, id)
	c := staking.Confirmation{Epoch: epoch, Blob: blob.BlobID, Kind: staking.BlobKind{Deletable: blob.Deletable}}
	if blob.Deletable {
		c.Kind.Object = staking.ObjectID(id)
	}
	return c
}

// Confirm certifies a confirmation of a blob object in the present epoch.
func (n *Network) Confirm(id ptb.Address, weight int) contract.Certificate {
	n.TB.Helper()
	return n.Certify(n.Confirmation(id, n.Epoch()).Bytes(), weight)
}

// Stored registers and certifies a new blob.
func (n *Network) Stored(deletable bool, epochs uint32) ptb.Address {
	n.TB.Helper()
	_, r := n.Encode(deletable)
	id, _ := n.Store(r, epochs)
	n.Send(n.User, func(b *ptb.Builder) { n.Deployment.CertifyBlobAndKeep(b, n.Owned(b, id), n.Confirm(id, n.All())) })
	return id
}
