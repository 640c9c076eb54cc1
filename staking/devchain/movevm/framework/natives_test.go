package framework_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"

	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"

	"github.com/floe-network/floe/staking/devchain/movevm/crypto"
	"github.com/floe-network/floe/staking/devchain/movevm/framework"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

const sui = "sui-framework"

func (m *machine) check(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// context makes a place with the transaction's context.
func (m *machine) context() values.Cell {
	m.t.Helper()
	v, err := m.tx.Context(m.typeOf(sui, "tx_context", "TxContext"))
	m.check(err)
	return values.NewCell(v)
}

// bytesAt makes a reference to a byte vector.
func bytesAt(b []byte) values.Value { return values.NewCell(values.Bytes(b)).Borrow(false) }

func asBytes(t *testing.T, v values.Value) []byte {
	t.Helper()
	b, err := v.AsBytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHashesHaveTheirKnownValues(t *testing.T) {
	m := newMachine(t, nil)
	for name, want := range map[string]string{
		"blake2b256": "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
		"keccak256":  "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
	} {
		if got := hex.EncodeToString(asBytes(t, m.call(sui, "hash", name, bytesAt(nil)))); got != want {
			t.Errorf("%s of nothing is %s", name, got)
		}
	}
	// The first sample of NIST for HMAC with SHA3-256.
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(i)
	}
	got := m.call(sui, "hmac", "hmac_sha3_256", bytesAt(key), bytesAt([]byte("Sample message for keylen<blocklen")))
	if s := hex.EncodeToString(asBytes(t, got)); s != "4fe8e202c4f058e8dddc23d8c34e467343e23555e24fc2f025d598f558f67205" {
		t.Errorf("hmac_sha3_256 is %s", s)
	}
}

// The groups are real: what the stubs of the unit tests say is not what a chain says.
func TestGroupsAreReal(t *testing.T) {
	m := newMachine(t, nil)
	one := values.NewCell(m.call(sui, "bls12381", "g1_generator"))
	two := m.call(sui, "bls12381", "g1_add", one.Borrow(false), one.Borrow(false))
	inner, err := two.At(0)
	m.check(err)
	_, _, g, _ := curve.Generators()
	g.Double(&g)
	if want := g.Bytes(); !bytes.Equal(asBytes(t, inner), want[:]) {
		t.Errorf("twice the generator is %x", asBytes(t, inner))
	}
	u := m.call(sui, "bls12381", "g1_to_uncompressed_g1", one.Borrow(false))
	list, err := m.linker.Universe().VectorOf(values.TypeOf(u))
	m.check(err)
	_, err = m.linker.Universe().Layout(list)
	m.check(err)
	terms, err := values.Vector(list, []values.Value{values.Copy(u), u})
	m.check(err)
	sum := values.NewCell(m.call(sui, "bls12381", "uncompressed_g1_sum", values.NewCell(terms).Borrow(false)))
	same, err := values.Equal(m.call(sui, "bls12381", "uncompressed_g1_to_g1", sum.Borrow(false)), two)
	if err != nil || !same {
		t.Errorf("the sum of two generators is not their sum: %v", err)
	}
	for name, c := range map[string]struct {
		function string
		bytes    []byte
	}{
		"scalar above the order": {"scalar_from_bytes", bytes.Repeat([]byte{255}, 32)},
		"zeros as G1":            {"g1_from_bytes", make([]byte, 48)},
		"G1 off the subgroup":    {"g1_from_bytes", offSubgroupG1()},
		"G2 off the subgroup":    {"g2_from_bytes", offSubgroupG2()},
		"nothing as G2":          {"g2_from_bytes", nil},
	} {
		_, err := m.try(sui, "bls12381", c.function, nil, bytesAt(c.bytes))
		if err == nil {
			t.Errorf("%s is an element", name)
			continue
		}
		aborts(t, err, 1, "group_ops")
	}
	many := make([]values.Value, crypto.MaxSumTerms+1)
	for i := range many {
		many[i] = m.call(sui, "bls12381", "g1_to_uncompressed_g1", one.Borrow(false))
	}
	terms, err = values.Vector(list, many)
	m.check(err)
	_, err = m.try(sui, "bls12381", "uncompressed_g1_sum", nil, values.NewCell(terms).Borrow(false))
	aborts(t, err, 2, "group_ops")
}

func TestContractsAskAboutTheTransaction(t *testing.T) {
	m := newMachine(t, nil)
	ctx := m.context()
	for name, want := range map[string]values.Value{
		"sender": values.Address(m.tx.Sender), "epoch": values.U64(3), "epoch_timestamp_ms": values.U64(4),
	} {
		same, err := values.Equal(m.call(sui, "tx_context", name, ctx.Borrow(false)), want)
		if err != nil || !same {
			t.Errorf("%s is not %s: %v", name, want, err)
		}
	}
	if v, err := m.call(sui, "tx_context", "sponsor", ctx.Borrow(false)).At(0); err != nil || v.Len() != 0 {
		t.Errorf("sponsor %s, %v", v, err)
	}
	other := ptb.ShortAddress(0xb)
	m.tx.Sponsor = &other
	sponsor := m.call(sui, "tx_context", "sponsor", ctx.Borrow(false))
	inner, err := sponsor.At(0)
	m.check(err)
	first, err := inner.At(0)
	m.check(err)
	if a, err := first.AsAddress(); err != nil || a != other {
		t.Errorf("sponsor %s, %v", a, err)
	}
	fresh := m.call(sui, "tx_context", "fresh_object_address", ctx.Borrow(true))
	if a, err := fresh.AsAddress(); err != nil || a != objects.FreshID(m.tx.Digest, 0) || m.tx.IDsCreated != 1 {
		t.Errorf("fresh id %s, %v", a, err)
	}
}

// chain is a Store of what transactions have written.
type chain map[objects.ID]*objects.Object

func (c chain) Child(parent, id objects.ID) (*objects.Object, error) {
	if o := c[id]; o != nil && o.Owner == (objects.Owner{Kind: objects.ByObject, Address: parent}) {
		return o, nil
	}
	return nil, nil
}

func (c chain) Receivable(parent, id objects.ID, version uint64) (*objects.Object, error) {
	if o := c[id]; o != nil && o.Owner == (objects.Owner{Kind: objects.ByAddress, Address: parent}) && o.Version == version {
		return o, nil
	}
	return nil, nil
}

func (c chain) apply(r *objects.Results) {
	for _, w := range r.Written {
		o := w.Object
		c[w.ID] = &o
	}
	for _, x := range r.Removed {
		delete(c, x.ID)
	}
}

// commit ends the transaction and begins the next.
func (m *machine) commit(c chain) *objects.Results {
	m.t.Helper()
	r, err := m.state.Finish()
	m.check(err)
	c.apply(r)
	digest := m.tx.Digest
	m.begin(c, objects.DefaultLimits())
	m.tx.Digest = digest
	m.tx.Digest[0]++
	return r
}

// input takes an object from the chain.
func (m *machine) input(c chain, id objects.ID, t *types.Type, mutable bool) *objects.Input {
	m.t.Helper()
	in, err := m.state.Input(c[id], t, mutable, values.Unmarshal)
	m.check(err)
	return in
}

// A table of the framework lives through transactions: its entries are objects of their own, which are looked for when
// they are asked for.
func TestTablesThroughTransactions(t *testing.T) {
	c := chain{}
	m := newMachine(t, c)
	kv := []*types.Type{types.U64Type, types.BoolType}
	out, err := m.try(sui, "table", "new", kv, m.context().Borrow(true))
	m.check(err)
	table := values.NewCell(out[0])
	typ := values.TypeOf(out[0])
	id, err := objects.IDOf(out[0])
	m.check(err)
	for k := range uint64(3) {
		_, err = m.try(sui, "table", "add", kv, table.Borrow(true), values.U64(k), values.Bool(k == 1))
		m.check(err)
	}
	v, err := table.Take()
	m.check(err)
	_, err = m.try(sui, "transfer", "public_transfer", []*types.Type{typ}, v, values.Address(m.tx.Sender))
	m.check(err)
	if r := m.commit(c); len(r.Written) != 4 || len(c) != 4 {
		t.Fatalf("results %+v", r)
	}

	in := m.input(c, id, typ, true)
	out, err = m.try(sui, "table", "remove", kv, in.Cell.Borrow(true), values.U64(1))
	m.check(err)
	if b, err := out[0].AsBool(); err != nil || !b {
		t.Errorf("entry 1 is %s, %v", out[0], err)
	}
	_, err = m.try(sui, "table", "remove", kv, in.Cell.Borrow(true), values.U64(1))
	aborts(t, err, 1, "dynamic_field")
	_, err = m.try(sui, "table", "add", kv, in.Cell.Borrow(true), values.U64(2), values.Bool(true))
	aborts(t, err, 0, "dynamic_field")
	out, err = m.try(sui, "table", "contains", kv, in.Cell.Borrow(false), values.U64(2))
	m.check(err)
	if b, err := out[0].AsBool(); err != nil || !b {
		t.Errorf("entry 2 is there: %s, %v", out[0], err)
	}
	r := m.commit(c)
	if len(r.Written) != 1 || len(r.Removed) != 1 || r.Removed[0].Removal != objects.Deleted || r.Version != 2 {
		t.Fatalf("results %+v", r)
	}

	in = m.input(c, id, typ, true)
	v, err = in.Cell.Take()
	m.check(err)
	_, err = m.try(sui, "table", "destroy_empty", kv, v)
	aborts(t, err, 0, "table")
	abandoned := m.state.Abandon()
	if len(abandoned.Written) != 1 || len(abandoned.Removed) != 0 || abandoned.Version != 3 {
		t.Errorf("a failed transaction: %+v", abandoned)
	}
}

func TestTheClockAndRandomness(t *testing.T) {
	c := chain{}
	m := newMachine(t, c)
	m.tx.Sender, m.tx.Epoch = types.Address{}, 0
	_, err := m.try(sui, "clock", "create", nil, m.context().Borrow(false))
	m.check(err)
	_, err = m.try(sui, "random", "create", nil, m.context().Borrow(true))
	m.check(err)
	m.commit(c)
	clock, random := ptb.ShortAddress(6), ptb.ShortAddress(8)
	if o := c[clock]; o == nil || o.Owner.Kind != objects.Shared || o.SharedAt != 1 {
		t.Fatalf("clock %+v", o)
	}
	m.tx.Sender = types.Address{}
	in := m.input(c, clock, m.typeOf(sui, "clock", "Clock"), true)
	_, err = m.try(sui, "clock", "consensus_commit_prologue", nil, in.Cell.Borrow(true), values.U64(77), m.context().Borrow(false))
	m.check(err)
	in = m.input(c, random, m.typeOf(sui, "random", "Random"), true)
	_, err = m.try(sui, "random", "update_randomness_state", nil, in.Cell.Borrow(true), values.U64(0), values.Bytes([]byte("seed")), m.context().Borrow(false))
	m.check(err)
	m.commit(c)
	in = m.input(c, clock, m.typeOf(sui, "clock", "Clock"), false)
	if ms, err := m.call(sui, "clock", "timestamp_ms", in.Cell.Borrow(false)).AsUint64(); err != nil || ms != 77 {
		t.Errorf("the time is %d, %v", ms, err)
	}
	in = m.input(c, random, m.typeOf(sui, "random", "Random"), false)
	generator := values.NewCell(m.call(sui, "random", "new_generator", in.Cell.Borrow(false), m.context().Borrow(true)))
	a := m.call(sui, "random", "generate_u64", generator.Borrow(true))
	b := m.call(sui, "random", "generate_u64", generator.Borrow(true))
	if same, err := values.Equal(a, b); err != nil || same {
		t.Errorf("random numbers %s, %s", a, b)
	}
	if r := m.commit(c); len(r.Written) != 0 {
		t.Errorf("reading writes %+v", r)
	}
}

func TestEventsAreRecorded(t *testing.T) {
	m := newMachine(t, nil)
	id := m.typeOf(sui, "object", "ID")
	b := ptb.ShortAddress(5)
	_, err := m.try(sui, "event", "emit", []*types.Type{id}, m.read(id, b[:]))
	m.check(err)
	if e := m.state.Events(); len(e) != 1 || e[0].Type != id || !bytes.Equal(e[0].Contents, b[:]) {
		t.Errorf("events %+v", e)
	}
}

func TestSharingAndReceiving(t *testing.T) {
	c := chain{}
	m := newMachine(t, c)
	kv := []*types.Type{types.U64Type, types.BoolType}
	made := func() (objects.ID, values.Value) {
		out, err := m.try(sui, "table", "new", kv, m.context().Borrow(true))
		m.check(err)
		id, err := objects.IDOf(out[0])
		m.check(err)
		return id, out[0]
	}
	id, v := made()
	typ := values.TypeOf(v)
	give := func(function string, args ...values.Value) error {
		_, err := m.try(sui, "transfer", function, []*types.Type{typ}, args...)
		return err
	}
	parent, holder := made()
	m.check(give("public_transfer", v, values.Address(parent)))
	m.check(give("public_share_object", holder))
	frozenID, frozen := made()
	m.check(give("public_freeze_object", frozen))
	m.commit(c)
	if c[parent].Owner.Kind != objects.Shared || c[frozenID].Owner.Kind != objects.Immutable {
		t.Fatalf("owners %s, %s", c[parent].Owner, c[frozenID].Owner)
	}

	in := m.input(c, parent, typ, true)
	receive := func(version uint64) ([]values.Value, error) {
		b, err := in.Cell.Borrow(true).Field(nil, 0, true)
		m.check(err)
		return m.try(sui, "transfer", "receive_impl", []*types.Type{typ}, addressOf(t, b), m.read(m.typeOf(sui, "object", "ID"), id[:]), values.U64(version))
	}
	_, err := receive(c[id].Version + 1)
	aborts(t, err, 3, "transfer")
	got, err := receive(c[id].Version)
	m.check(err)
	// It was another's before: it cannot be shared any more.
	aborts(t, give("public_share_object", got[0]), 0, "transfer")

	m.begin(c, objects.DefaultLimits())
	in = m.input(c, parent, typ, true)
	c[id].Type = "0x2::coin::Coin"
	_, err = receive(c[id].Version)
	aborts(t, err, 2, "transfer")
}

func addressOf(t *testing.T, uid values.Value) values.Value {
	t.Helper()
	v, err := uid.Peek()
	if err != nil {
		t.Fatal(err)
	}
	id, err := objects.UID(v)
	if err != nil {
		t.Fatal(err)
	}
	return values.Address(id)
}

func TestWitnesses(t *testing.T) {
	m := newMachine(t, nil)
	for name, want := range map[string]bool{"wal::wal::WAL": true, "sui-framework::object::ID": false, "sui-framework::clock::Clock": false} {
		var part [3]string
		for i, s := range bytes.Split([]byte(name), []byte("::")) {
			part[i] = string(s)
		}
		if got := framework.IsWitness(m.typeOf(part[0], part[1], part[2])); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if framework.IsWitness(types.U64Type) {
		t.Error("u64 is a witness")
	}
}

// Sui's limits hold for contracts.
func TestLimitsOfFieldsThroughContracts(t *testing.T) {
	m := newMachine(t, nil)
	kv := []*types.Type{types.U64Type, types.BoolType}
	out, err := m.try(sui, "table", "new", kv, m.context().Borrow(true))
	m.check(err)
	table := values.NewCell(out[0])
	for k := range uint64(1000) {
		_, err = m.try(sui, "table", "add", kv, table.Borrow(true), values.U64(k), values.Bool(true))
		m.check(err)
	}
	_, err = m.try(sui, "table", "add", kv, table.Borrow(true), values.U64(1000), values.Bool(true))
	if !errors.Is(err, status.MemoryLimitExceeded) {
		t.Errorf("one more than 1000 fields: %v", err)
	}
}

// Every native that the framework and the contracts declare is there.
func TestNoNativeIsMissing(t *testing.T) {
	m := newMachine(t, nil)
	set, err := move.Embedded()
	m.check(err)
	count := 0
	for _, p := range set.Packages {
		for _, mod := range p.Modules {
			linked, err := m.linker.Module(types.ModuleID{Address: types.Address(p.Placeholder), Name: mod.Name})
			m.check(err)
			for _, f := range linked.Functions {
				if !f.Native {
					continue
				}
				count++
				if _, ok := m.vm.Native(f); !ok {
					t.Errorf("%s is missing", f)
				}
			}
		}
	}
	if count == 0 {
		t.Error("no module declares natives")
	}
}
