// Package network runs the contracts of a storage network on a chain in memory, for tests: nodes with real keys register,
// stake, are elected and sign; users reserve, register and certify. Everything goes through transactions.
package network

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/testchain"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// The network's parameters. Times are in ms, prices in FROST for a MiB (and epoch), sizes in bytes.
const (
	Start        = 1_000
	Duration     = 1_000 // of an epoch
	cutoff       = 500
	challengeAt  = 600
	window       = 100 // for answers; the same for reports
	syncDeadline = 200
	recovery     = 400
	horizon      = 53 // epochs
	writeFactor  = 20_000
	wal          = 1_000_000_000 // FROST
	price        = 1_000
	shardSize    = 1 << 30
	stakeOfNode  = 1_000 * wal
	encoding     = 1 // Red Stuff over Reed-Solomon codes
	blobSize     = 1_000
)

// Network is the contracts with their objects.
type Network struct {
	*testchain.Chain
	tb                      testing.TB
	User                    *testchain.Account
	Wal, Floe               types.Address // packages
	Treasury                types.Address
	System, Ledger, Staking types.Address
	UpgradeManager          types.Address
	contracts               move.Package // floe as it was published
	Nodes                   []*Node
	shards                  uint16
	blobs                   uint64
	// Committee is the present one, by ascending node id.
	Committee []*Node
}

// Node is a storage node with its account.
type Node struct {
	*testchain.Account
	ID, Cap types.Address
	BLS     *bls.SecretKey
	peer    ed25519.PrivateKey
	Weight  uint16 // shards, 0 when it is no member
}

// New publishes the contracts and starts a network with nodes of equal stake, in its first epoch.
func New(tb testing.TB, nodes int, shards uint16) *Network {
	tb.Helper()
	set := testchain.Embedded(tb)
	n := &Network{Chain: testchain.New(tb, set, transaction.DefaultLimits()), tb: tb, shards: shards}
	n.User = n.Account("user")
	n.publish(set)
	for i := range nodes {
		n.Register(i)
	}
	n.AdvanceTo(Start)
	if n.Epoch() != 1 {
		tb.Fatalf("epoch %d after the start", n.Epoch())
	}
	return n
}

func (n *Network) publish(set *move.Set) {
	n.tb.Helper()
	walPackage, err := set.Link("wal", nil)
	if err != nil {
		n.tb.Fatal(err)
	}
	var out *effects.Outcome
	n.Wal, out = n.PublishPackage(n.User, testchain.Codes(walPackage))
	n.Treasury = testchain.Created(n.tb, out, "::wal::ProtectedTreasury")
	floe, err := set.Link("floe", map[string]move.Address{"wal": move.Address(n.Wal)})
	if err != nil {
		n.tb.Fatal(err)
	}
	n.contracts = floe
	n.Floe, out = n.PublishPackage(n.User, testchain.Codes(floe), n.Wal)
	upgradeCap := testchain.Created(n.tb, out, "::package::UpgradeCap")
	genesis := testchain.Created(n.tb, out, "::genesis::GenesisCap")
	n.genesis(genesis, upgradeCap)
}

// genesis starts the network.
func (n *Network) genesis(genesisCap, upgradeCap types.Address) {
	n.tb.Helper()
	b := n.By(n.User)
	numbers := func(list ...uint64) (args []ptb.Argument) {
		for _, x := range list {
			args = append(args, b.U64(x))
		}
		return args
	}
	timing := n.call(b, "params", "new_timing", numbers(Duration, cutoff, challengeAt, window, window, syncDeadline, recovery)...)
	economics := n.call(b, "params", "new_economics", numbers(500, 100, 500, 1_000, 4, 150)...)
	penalties := n.call(b, "params", "new_penalties", numbers(4*wal, wal, 3*wal, wal)...)
	emergency := n.call(b, "genesis", "start", b.Owned(genesisCap), b.Owned(upgradeCap), b.U16(n.shards), b.U64(Start), timing, economics,
		penalties, b.U64(price), b.U64(price), b.U64(shardSize), b.U32(horizon), b.U64(writeFactor))
	b.Transfer(n.User.Address, emergency)
	out := b.MustRun()
	n.System = testchain.Created(n.tb, out, "::system::System")
	n.Ledger = testchain.Created(n.tb, out, "::ledger::Ledger")
	n.Staking = testchain.Created(n.tb, out, "::staking::Staking")
	n.UpgradeManager = testchain.Created(n.tb, out, "::upgrade::UpgradeManager")
}

// call adds a call of the contracts.
func (n *Network) call(b *testchain.Builder, module, function string, args ...ptb.Argument) ptb.Argument {
	return b.Call(n.Floe, module, function, nil, args...)
}

// Mint adds the making of WAL.
func (n *Network) Mint(b *testchain.Builder, amount uint64) ptb.Argument {
	return b.Call(n.Wal, "faucet", "mint", nil, b.Shared(n.Treasury, true), b.U64(amount))
}

// Registration is what a node registers with.
type Registration struct {
	PeerKey, PeerProof, Key, KeyProof []byte
}

// Candidate makes a node that is not registered, and what it would register with.
func (n *Network) Candidate(i int) (*Node, Registration) {
	n.tb.Helper()
	seed := blake2b.Sum256(fmt.Appendf(nil, "node %d", i))
	scalar := seed
	scalar[0] = 0 // below the group's order
	key, err := bls.ParseSecretKey(scalar[:])
	if err != nil {
		n.tb.Fatal(err)
	}
	node := &Node{Account: n.Account(fmt.Sprintf("node %d", i)), BLS: key, peer: ed25519.NewKeyFromSeed(seed[:])}
	message := append([]byte("floe-peer-v1"), n.System[:]...)
	message = append(append(message, node.Address[:]...), node.Address[:]...)
	public := key.Public().Bytes()
	proof := n.Sign(node, staking.Possession{Epoch: n.Epoch(), Address: node.Address, Key: key.Public()}.Bytes()).Bytes()
	return node, Registration{PeerKey: node.peer.Public().(ed25519.PublicKey), PeerProof: ed25519.Sign(node.peer, message),
		Key: public[:], KeyProof: proof[:]}
}

// TryRegister registers a node.
func (n *Network) TryRegister(node *Node, r Registration) (*effects.Outcome, error) {
	n.tb.Helper()
	b := n.By(node.Account)
	nodeCap := n.call(b, "staking", "register_node", b.Shared(n.Staking, true), b.Bytes([]byte("node")), b.Bytes(r.PeerKey), b.Bytes(r.PeerProof),
		b.Bytes(r.Key), b.Bytes(r.KeyProof), b.Address(node.Address), b.U64(500), b.U64(price), b.U64(price), b.U64(shardSize))
	b.Transfer(node.Address, nodeCap)
	return b.Run()
}

// Register registers node number i and gives it stake.
func (n *Network) Register(i int) *Node {
	n.tb.Helper()
	node, r := n.Candidate(i)
	out, err := n.TryRegister(node, r)
	if err == nil && out.Effects.Failure != nil {
		err = out.Effects.Failure
	}
	if err != nil {
		n.tb.Fatal(err)
	}
	node.Cap = testchain.Created(n.tb, out, "::node_cap::NodeCap")
	node.ID = types.Address(n.Object(node.Cap).Contents[32:])
	n.Nodes = append(n.Nodes, node)
	b := n.By(n.User)
	staked := n.call(b, "staking", "stake", b.Shared(n.Staking, true), n.Mint(b, stakeOfNode), b.Address(node.ID), b.Shared(testchain.Clock, false))
	b.Transfer(n.User.Address, staked)
	b.MustRun()
	return node
}

// AdvanceTo sets the clock and does all that is due then. Transfers of shards that nobody attests fail at their deadline.
func (n *Network) AdvanceTo(ms uint64) {
	n.tb.Helper()
	n.SetClock(ms)
	for {
		next := n.Inspect("staking", "next_action", n.Staking)
		if next[0].Contents[0] == 0 || binary.LittleEndian.Uint64(next[1].Contents) > ms {
			break
		}
		b := n.By(n.User)
		n.call(b, "staking", "push", b.Shared(n.Staking, true), b.Shared(n.System, true), b.Shared(testchain.Clock, false))
		b.MustRun()
	}
	n.committee()
}

// NextEpoch goes to the beginning of the next epoch.
func (n *Network) NextEpoch() {
	n.tb.Helper()
	before := n.Epoch()
	start := n.startOfEpoch()
	n.AdvanceTo(start + syncDeadline)
	n.AdvanceTo(start + cutoff)
	n.AdvanceTo(start + Duration)
	if n.Epoch() != before+1 {
		n.tb.Fatalf("epoch %d follows %d", n.Epoch(), before)
	}
}

func (n *Network) startOfEpoch() uint64 {
	return binary.LittleEndian.Uint64(n.Inspect("staking", "epoch_span", n.Staking)[0].Contents)
}

// Epoch is the present epoch.
func (n *Network) Epoch() uint32 {
	return binary.LittleEndian.Uint32(n.Inspect("staking", "epoch", n.Staking)[0].Contents)
}

// Inspect looks at a shared object through a function of the contracts.
func (n *Network) Inspect(module, function string, object types.Address) []effects.Value {
	n.tb.Helper()
	b := n.By(n.User)
	b.Mode, b.Gas = transaction.Inspection, nil
	n.call(b, module, function, b.Shared(object, false))
	out, err := b.Try()
	if err == nil && out.Effects.Failure != nil {
		err = out.Effects.Failure
	}
	if err != nil {
		n.tb.Fatal(err)
	}
	return out.Returned[0]
}

// committee reads the committee.
func (n *Network) committee() {
	n.tb.Helper()
	for _, node := range n.Nodes {
		node.Weight = 0
	}
	n.Committee = nil
	b := n.Inspect("system", "committee", n.System)[0].Contents
	b = b[6:] // epoch and number of shards
	count, read := binary.Uvarint(b)
	b = b[read:]
	for range count {
		id := types.Address(b)
		b = b[32:]
		length, read := binary.Uvarint(b)
		b = b[read+int(length):] // the key
		i := slices.IndexFunc(n.Nodes, func(node *Node) bool { return node.ID == id })
		if i < 0 {
			n.tb.Fatalf("member %s is no node", id)
		}
		n.Nodes[i].Weight = binary.LittleEndian.Uint16(b)
		b = b[2:]
		n.Committee = append(n.Committee, n.Nodes[i])
	}
}

// Sign signs a message with a node's BLS key.
func (n *Network) Sign(node *Node, message []byte) bls.Signature {
	n.tb.Helper()
	s, err := node.BLS.Sign(message)
	if err != nil {
		n.tb.Fatal(err)
	}
	return s
}

// Certificate is an aggregated signature with the bitmap of its signers.
type Certificate struct {
	Signature, Bitmap, Message []byte
}

// Certify has members, by their place in the committee, sign a message.
func (n *Network) Certify(members []int, message []byte) Certificate {
	n.tb.Helper()
	var list []bls.Signature
	bitmap := make([]byte, (len(n.Committee)+7)/8)
	for _, m := range members {
		list = append(list, n.Sign(n.Committee[m], message))
		bitmap[m/8] |= 1 << (m % 8)
	}
	sum, err := bls.Aggregate(list)
	if err != nil {
		n.tb.Fatal(err)
	}
	raw := sum.Bytes()
	return Certificate{raw[:], bitmap, message}
}

// Members are the places of the first members that hold at least so many shards together.
func (n *Network) Members(weight uint16) []int {
	var list []int
	sum := uint16(0)
	for i, m := range n.Committee {
		if sum >= weight {
			break
		}
		sum += m.Weight
		list = append(list, i)
	}
	return list
}

// Weight is the shards of members.
func (n *Network) Weight(members []int) uint16 {
	sum := uint16(0)
	for _, m := range members {
		sum += n.Committee[m].Weight
	}
	return sum
}

// Quorum and Validity are the least weights of certificates.
func (n *Network) Quorum() uint16 { return (2*n.shards + 1 + 2) / 3 }

// Validity is the least weight that has an honest node in it.
func (n *Network) Validity() uint16 { return (n.shards + 1 + 2) / 3 }

// Blob is a registered blob.
type Blob struct {
	ID        codec.BlobID
	Object    types.Address
	Deletable bool
}

// BlobID derives the id of a blob from its root, as the contract does.
func BlobID(root [32]byte) codec.BlobID {
	b := binary.LittleEndian.AppendUint64([]byte{encoding}, blobSize)
	return codec.BlobID(blake2b.Sum256(append(b, root[:]...)))
}

// RegisterBlob adds the reservation and registration of a new blob for two epochs, and says which it will be.
func (n *Network) RegisterBlob(b *testchain.Builder, by *testchain.Account, deletable bool) codec.BlobID {
	n.blobs++
	root := blake2b.Sum256(fmt.Appendf(nil, "root %d", n.blobs))
	id := BlobID(root)
	system := b.Shared(n.System, true)
	payment := n.Mint(b, wal)
	flag := []byte{0}
	if deletable {
		flag[0] = 1
	}
	storage := n.call(b, "system", "reserve_space", system, b.U64(64<<20), b.U32(2), payment)
	blob := n.call(b, "system", "register_blob", system, b.Shared(n.Ledger, true), storage, b.Address(types.Address(id)),
		b.Address(root), b.U64(blobSize), b.Pure([]byte{encoding}), b.Pure(flag), payment)
	b.Transfer(by.Address, blob, payment)
	return id
}

// NewBlob registers a blob of the user.
func (n *Network) NewBlob(deletable bool) Blob {
	n.tb.Helper()
	b := n.By(n.User)
	id := n.RegisterBlob(b, n.User, deletable)
	return Blob{ID: id, Object: testchain.Created(n.tb, b.MustRun(), "::blob::Blob"), Deletable: deletable}
}

// Message is what nodes sign for a blob in an epoch.
func (n *Network) Message(blob Blob, epoch uint32) []byte {
	return staking.Confirmation{Epoch: epoch, Blob: blob.ID,
		Kind: staking.BlobKind{Deletable: blob.Deletable, Object: staking.ObjectID(blob.Object)}}.Bytes()
}

// CertifyBlob builds a transaction that certifies a blob.
func (n *Network) CertifyBlob(blob Blob, c Certificate) *testchain.Builder {
	n.tb.Helper()
	b := n.By(n.User)
	refund := n.call(b, "system", "certify_blob", b.Shared(n.System, false), b.Shared(n.Ledger, true), b.Owned(blob.Object), b.Bytes(c.Signature),
		b.Bytes(c.Bitmap), b.Bytes(c.Message))
	b.Transfer(n.User.Address, refund)
	return b
}
