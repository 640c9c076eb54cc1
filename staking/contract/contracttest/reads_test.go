package contracttest_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// halfWindow is half of a bounty's dispute window in milliseconds.
const halfWindow = uint64(12 * time.Hour / time.Millisecond)

func TestLightNodes(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	d, by := n.Deployment, contracttest.Key(9)
	id := n.Stored(false, 2)
	blob := contracttest.Get[object.Blob](n.Chain, id).BlobID
	secret := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	key, payout := secret.Public().(ed25519.PublicKey), ptb.ShortAddress(77)
	rules := contracttest.Look(n.Chain, view.LightNodeRules)
	if rules != (view.LightNodeParameters{Bond: 10 * contracttest.Frost, Blames: 16, LeaveMS: uint64(time.Hour / time.Millisecond)}) {
		t.Errorf("%+v", rules)
	}
	register := func(bond uint64) func(*ptb.Builder) {
		return func(b *ptb.Builder) {
			d.RegisterLightNode(b, key, ed25519.Sign(secret, d.PeerMessage(by.Address(), payout)), payout, d.MintWAL(b, bond))
		}
	}
	n.Refused(by, "light_node", "EBond", register(rules.Bond-1))
	n.Refused(n.User, "peer", "EPeerProof", register(rules.Bond))
	registered := contracttest.Event[event.LightNodeRegistered](n.Send(by, register(rules.Bond)))
	active := func(d *contract.Deployment, b *ptb.Builder) view.View[bool] { return view.LightNodeActive(d, b, key) }
	nonce := func() uint64 {
		return contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[uint64] { return view.LightNodeNonce(d, b, key) })
	}
	if !contracttest.Look(n.Chain, active) || nonce() != registered.Nonce || registered.Payout != payout {
		t.Errorf("%+v", registered)
	}

	blame := contract.Blame{Node: n.Nodes[1].ID, Blob: blob, Row: 3, Column: 4}
	send := func(nonce uint64, l contract.Blame) func(*ptb.Builder) {
		return func(b *ptb.Builder) { d.SendBlame(b, key, ed25519.Sign(secret, d.BlameMessage(nonce, l)), l) }
	}
	n.Refused(by, "light_node", "ESignature", send(nonce()+1, blame))
	elsewhere := blame
	elsewhere.Blob = codec.BlobID{1}
	n.Refused(by, "light_node", "ENotStored", send(nonce(), elsewhere))
	if e := contracttest.Event[event.StorageNodeBlamed](n.Send(by, send(nonce(), blame))); e.NodeID != blame.Node || e.BlobID != blob || e.Row != 3 || e.Column != 4 {
		t.Errorf("%+v", e)
	}
	other := ptb.ShortAddress(78)
	n.Send(by, func(b *ptb.Builder) {
		d.SetLightNodePayout(b, key, ed25519.Sign(secret, d.SetPayoutMessage(nonce(), other)), other)
	})
	paid := func(d *contract.Deployment, b *ptb.Builder) view.View[ptb.Address] {
		return view.LightNodePayout(d, b, key)
	}
	if got := contracttest.Look(n.Chain, paid); got != other {
		t.Errorf("paid at %s", got)
	}
	left := contracttest.Event[event.LightNodeLeaving](n.Send(by, func(b *ptb.Builder) { d.LeaveLightNode(b, key, ed25519.Sign(secret, d.LeaveMessage(nonce()))) }))
	back := func(b *ptb.Builder) { d.ReturnBond(b, key) }
	n.Refused(by, "light_node", "ENotDue", back)
	n.SetClock(left.DueMS)
	n.Send(by, back)
	if got := n.Balance(other); got != rules.Bond || contracttest.Look(n.Chain, active) {
		t.Errorf("%d came back", got)
	}
	if l := contracttest.Get[object.LightNodes](n.Chain, d.Objects.LightNodes.ID); l.Registrations != 1 || l.Nodes.Size != 0 || l.System != d.Objects.System.ID {
		t.Errorf("%+v", l)
	}
}

func TestBounty(t *testing.T) {
	n := contracttest.New(t, 4, contracttest.Config(shards))
	d, helper := n.Deployment, contracttest.Key(9)
	encoded, r := n.Encode(false)
	secret := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	const price = 100
	offer := contract.Offer{Blob: r.Blob, Rows: []uint16{2}, Columns: []uint16{5, 7}, Price: price, MaxSymbols: 10,
		ReceiptKey: secret.Public().(ed25519.PublicKey), DeadlineMS: n.Now() + 1_000_000}
	post := func(amount uint64) func(*ptb.Builder) {
		return func(b *ptb.Builder) { d.PostBounty(b, offer, d.MintWAL(b, amount)) }
	}
	n.Refused(n.User, "bounty", "EPayment", post(10*price+1))
	posted := contracttest.Event[event.BountyPosted](n.Send(n.User, post(10*price)))
	bounty := n.Shared(posted.BountyID)
	count := func(v func(*contract.Deployment, *ptb.Builder, contract.SharedObject) view.View[uint64]) uint64 {
		return contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[uint64] { return v(d, b, bounty) })
	}
	if posted.BlobID != r.Blob || posted.Poster != n.User.Address() || count(view.BountyRemaining) != 10 || count(view.BountyDeposit) != price/10 {
		t.Errorf("%+v", posted)
	}

	// A receipt is paid at once, and once.
	symbols := []contract.Symbol{contract.SymbolAt(2, 0), contract.SymbolAt(3, 5), contract.SymbolAt(2, 5)}
	claim := func(payout ptb.Address, signed []contract.Symbol) func(*ptb.Builder) {
		signature := ed25519.Sign(secret, contract.ReceiptMessage(bounty.ID, payout, signed))
		return func(b *ptb.Builder) { d.ClaimBounty(b, bounty, payout, symbols, signature) }
	}
	n.Refused(helper, "bounty", "EReceipt", claim(helper.Address(), symbols[:2]))
	n.Send(helper, claim(helper.Address(), symbols))
	n.Refused(helper, "bounty", "ENothingToPay", claim(helper.Address(), symbols))
	isPaid := func(s contract.Symbol) bool {
		return contracttest.Look(n.Chain, func(d *contract.Deployment, b *ptb.Builder) view.View[bool] { return view.BountyPaid(d, b, bounty, s) })
	}
	if got := n.Balance(helper.Address()); got != 3*price || !isPaid(symbols[1]) || isPaid(contract.SymbolAt(2, 1)) {
		t.Errorf("%d were paid", got)
	}

	// The poster lists a helper and closes it. Another helper commits to two symbols and reveals them, by either axis.
	listed := ptb.ShortAddress(80)
	n.Send(n.User, func(b *ptb.Builder) {
		d.ListHelper(b, bounty, listed, []contract.Symbol{contract.SymbolAt(2, 9)})
		d.CloseBounty(b, bounty)
	})
	row, column := contract.SymbolAt(2, 1), contract.SymbolAt(6, 7)
	payout, nonces := ptb.ShortAddress(81), [2][32]byte{{1}, {2}}
	byRow, err := encoded.Codec.Expand(&encoded.Pairs[2].Primary)
	if err != nil {
		t.Fatal(err)
	}
	byColumn, err := encoded.Codec.Expand(&encoded.Pairs[n.Params.PairIndex(7, codec.Secondary)].Secondary)
	if err != nil {
		t.Fatal(err)
	}
	reveals := [2]contract.Reveal{
		{Item: 0, Payout: payout, Nonce: nonces[0], Symbol: byRow.Symbol(1), Proof: contract.NewSymbolProof(encoded.Metadata, codec.Primary, 2, byRow.Proof(1))},
		{Item: 1, Payout: payout, Nonce: nonces[1], Symbol: byColumn.Symbol(6), Proof: contract.NewSymbolProof(encoded.Metadata, codec.Secondary, 7, byColumn.Proof(6))},
	}
	commit := func(b *ptb.Builder) {
		d.CommitSymbols(b, bounty, []contract.Symbol{row, column}, [][32]byte{contract.Commitment(reveals[0].Symbol, payout, nonces[0]),
			contract.Commitment(reveals[1].Symbol, payout, nonces[1])}, d.MintWAL(b, 2*price/10))
	}
	committed := contracttest.Event[event.SymbolsCommitted](n.Send(helper, commit))
	if committed.Commitment != 0 || len(committed.Symbols) != 2 || count(view.BountyReserved) != 2 {
		t.Errorf("%+v", committed)
	}
	reveal := func(r contract.Reveal) func(*ptb.Builder) {
		return func(b *ptb.Builder) { d.RevealSymbol(b, bounty, r) }
	}
	n.Refused(helper, "bounty", "EPhase", reveal(reveals[0]))
	n.SetClock(n.Now() + halfWindow)
	wrong := reveals[0]
	wrong.Proof.Axis = codec.Secondary
	n.Refused(helper, "symbol_proof", "EWrongBlob", reveal(wrong))
	wrong = reveals[0]
	wrong.Nonce[0]++
	n.Refused(helper, "bounty", "ECommitment", reveal(wrong))
	for i, r := range reveals {
		e := contracttest.Event[event.SymbolRevealed](n.Send(helper, reveal(r)))
		if e.Symbol != committed.Symbols[i] || e.Payout != payout {
			t.Errorf("%+v", e)
		}
	}
	if got := n.Balance(payout); got != 2*price {
		t.Errorf("%d were paid for what was revealed", got)
	}
	before := n.Balance(n.User.Address())
	n.SetClock(n.Now() + halfWindow)
	finished := contracttest.Event[event.BountyFinished](n.Send(n.User, func(b *ptb.Builder) {
		d.SettleBounty(b, bounty, 10)
		d.FinishBounty(b, bounty)
	}))
	if got := n.Balance(n.User.Address()) - before; got != 4*price || finished.Refund != got || finished.Burned != 0 || n.Balance(listed) != price {
		t.Errorf("%+v, %d came back", finished, got)
	}
}

// The contracts compute the messages themselves: what they make of them is what the keys sign here.
func TestMessagesAreTheContracts(t *testing.T) {
	n := contracttest.Start(t, contracttest.Config(shards))
	d, sender, payout := n.Deployment, ptb.ShortAddress(70), ptb.ShortAddress(71)
	symbols := []contract.Symbol{1, contract.SymbolAt(2, 3)}
	message := func(call func(b *ptb.Builder) ptb.Argument) string {
		return string(n.Bytes(call))
	}
	if got := message(func(b *ptb.Builder) ptb.Argument {
		return d.Floe(b, "peer", "message", b.Pure(d.Objects.System.ID), b.Pure(sender), b.Pure(payout))
	}); got != string(d.PeerMessage(sender, payout)) {
		t.Errorf("%x", got)
	}
	if got := message(func(b *ptb.Builder) ptb.Argument {
		return d.Reads(b, "bounty", "receipt_message", b.Pure(sender), b.Pure(payout), b.Pure(symbols))
	}); got != string(contract.ReceiptMessage(sender, payout, symbols)) {
		t.Errorf("%x", got)
	}
	if got := message(func(b *ptb.Builder) ptb.Argument {
		return d.Reads(b, "light_node", "call_message", b.Pure(d.Objects.LightNodes.ID), b.Pure(uint8(2)), b.U64(9), b.Pure([]byte{}))
	}); got != string(d.LeaveMessage(9)) {
		t.Errorf("%x", got)
	}
}
