package ptb_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func ref(n byte) ptb.ObjectRef {
	return ptb.ObjectRef{ID: ptb.Address{n}, Version: uint64(n), Digest: ptb.Digest{n, 1}}
}

func number[T any](n T) *T { return &n }

// everything is a transaction with each command, input and argument.
func everything() *ptb.TransactionData {
	b := ptb.NewBuilder()
	coins := b.Split(ptb.GasCoin(), 1, 2, 1)
	b.Transfer(ptb.Address{7}, b.Part(coins, 0), b.Part(coins, 1))
	b.Merge(b.Owned(ref(1)), b.Receiving(ref(2)))
	shared := ptb.SharedRef{ID: ptb.Address{3}, InitialVersion: 3}
	b.Shared(shared)
	shared.Mutable = true
	tag := ptb.FrameworkTag("coin", "Coin", ptb.FrameworkTag("sui", "SUI"))
	b.Call(ptb.ShortAddress(2), "m", "f", []ptb.TypeTag{tag, ptb.VectorOf(ptb.TypeTag{Kind: ptb.U256})}, b.Shared(shared),
		ptb.Option(b, number(uint16(7))), ptb.Option[uint64](b, nil), b.Pure("text"), b.Pure([]ptb.Address{{1}}))
	b.Vector(tag)
	b.Add(ptb.Command{MakeMoveVec: &ptb.MakeMoveVec{Elements: []ptb.Argument{b.Owned(ref(1))}}})
	b.Publish([][]byte{{1, 2}, {}}, []ptb.Address{{1}, {2}})
	b.Upgrade(ptb.Address{9}, b.Owned(ref(4)), [][]byte{{1}}, nil)
	p, err := b.Program()
	if err != nil {
		panic(err)
	}
	p.Inputs = append(p.Inputs, ptb.CallArg{FundsWithdrawal: &ptb.FundsWithdrawal{Reservation: ptb.Reservation{MaxAmount: number(uint64(5))},
		Type: ptb.WithdrawalType{Balance: &tag}, From: ptb.WithdrawFrom{Sender: &struct{}{}}}})
	return &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &p}, Sender: ptb.Address{5},
		Gas:        ptb.GasData{Payment: []ptb.ObjectRef{ref(8)}, Owner: ptb.Address{5}, Price: 1000, Budget: 1e9},
		Expiration: ptb.Expiration{ValidDuring: &ptb.ValidDuring{MinEpoch: number(uint64(1)), Chain: ptb.Digest{1}, Nonce: 4}}}
}

func systems() []ptb.TransactionKind {
	change := ptb.ChangeEpoch{Epoch: 1, SystemPackages: []ptb.SystemPackage{{Version: 1, Modules: [][]byte{{1}}, Dependencies: []ptb.Address{{1}}}}}
	versions := []ptb.AssignedVersionV2{{Object: ptb.Address{1}, Start: 1, Version: 2}}
	sui := ptb.FrameworkTag("sui", "SUI")
	raw := func(data ptb.ObjectData, owner ptb.Owner) ptb.GenesisObject {
		return ptb.GenesisObject{Raw: &ptb.RawObject{Data: data, Owner: owner}}
	}
	return []ptb.TransactionKind{
		{ChangeEpoch: &change},
		{Genesis: &ptb.Genesis{Objects: []ptb.GenesisObject{
			raw(ptb.ObjectData{Move: &ptb.MoveObject{Type: ptb.ObjectType{GasCoin: &struct{}{}}, PublicTransfer: true, Version: 1, Contents: []byte{1}}},
				ptb.Owner{Address: &ptb.Address{1}}),
			raw(ptb.ObjectData{Move: &ptb.MoveObject{Type: ptb.ObjectType{Other: sui.Struct}}}, ptb.Owner{Shared: number(uint64(1))}),
			raw(ptb.ObjectData{Move: &ptb.MoveObject{Type: ptb.ObjectType{Coin: &sui}}}, ptb.Owner{Object: &ptb.Address{1}}),
			raw(ptb.ObjectData{Package: &ptb.MovePackage{ID: ptb.ShortAddress(1), Version: 1, Modules: []ptb.NamedModule{{"m", []byte{1}}},
				Origins: []ptb.TypeOrigin{{"m", "T", ptb.ShortAddress(1)}}, Linkage: []ptb.Link{{Version: 1}}}}, ptb.Owner{Immutable: &struct{}{}}),
		}}},
		{ConsensusCommitPrologue: &ptb.ConsensusCommitPrologue{Epoch: 1, Round: 2, Timestamp: 3}},
		{EndOfEpoch: &[]ptb.EndOfEpochKind{{AuthenticatorStateExpire: &ptb.AuthenticatorStateExpire{MinEpoch: 1}}, {ChangeEpoch: &change}}},
		{RandomnessStateUpdate: &ptb.RandomnessStateUpdate{Epoch: 1, Round: 2, Bytes: []byte{1, 2}, InitialVersion: 3}},
		{PrologueV2: &ptb.PrologueV2{Commit: ptb.Digest{1}}},
		{PrologueV3: &ptb.PrologueV3{SubDAGIndex: number(uint64(1)), Assignments: ptb.VersionAssignments{Cancelled: &[]ptb.CancelledTransaction{{}}}}},
		{PrologueV4: &ptb.PrologueV4{Assignments: ptb.VersionAssignments{CancelledV2: &[]ptb.CancelledTransactionV2{{Versions: versions}}}}},
		{PrologueV4: &ptb.PrologueV4{Assignments: ptb.NoAssignments()}},
		{ProgrammableSystem: &ptb.Program{}},
	}
}

func encode(t testing.TB, data *ptb.TransactionData) []byte {
	t.Helper()
	b, err := data.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBothWays(t *testing.T) {
	data := everything()
	again, err := ptb.DecodeTransaction(encode(t, data))
	if err != nil {
		t.Fatal(err)
	}
	// Empty lists are nil once and empty once.
	if !bytes.Equal(encode(t, data), encode(t, again)) || !reflect.DeepEqual(data.Gas, again.Gas) || len(again.Kind.Programmable.Inputs) != len(data.Kind.Programmable.Inputs) {
		t.Errorf("%+v becomes %+v", data, again)
	}
	for _, kind := range systems() {
		b := encode(t, ptb.SystemTransaction(kind))
		again, err := ptb.DecodeAnyTransaction(b)
		if err != nil {
			t.Fatalf("%+v: %v", kind, err)
		}
		if !bytes.Equal(encode(t, again), b) {
			t.Errorf("%+v becomes %+v", kind, again)
		}
		if _, err := ptb.DecodeTransaction(b); !errors.Is(err, bcs.ErrUnsupported) {
			t.Errorf("a transaction of the chain itself as one of a sender: %v", err)
		}
	}
}

// The numbers of variants are on the wire, where a field out of its place would not be noticed by going both ways.
func TestNumbers(t *testing.T) {
	wants := []byte{1, 2, 3, 5, 6, 7, 8, 9, 9, 10}
	for i, kind := range systems() {
		if b := encode(t, ptb.SystemTransaction(kind)); b[0] != 0 || b[1] != wants[i] {
			t.Errorf("kind %d has number %d, want %d", i, b[1], wants[i])
		}
	}
}

func TestRefused(t *testing.T) {
	good := encode(t, everything())
	for name, c := range map[string]struct {
		bytes []byte
		want  error
	}{
		"nothing":              {nil, bcs.ErrMalformed},
		"short":                {good[:len(good)-1], bcs.ErrMalformed},
		"a byte more":          {append(bytes.Clone(good), 0), bcs.ErrMalformed},
		"version 2":            {append([]byte{1}, good[1:]...), bcs.ErrMalformed},
		"too long":             {make([]byte, 128<<10+1), bcs.ErrMalformed},
		"authenticator state":  {[]byte{0, 4}, bcs.ErrUnsupported},
		"kind 11":              {[]byte{0, 11}, bcs.ErrMalformed},
		"endless inputs":       {[]byte{0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f}, bcs.ErrMalformed},
		"endless bytes":        {[]byte{0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f}, bcs.ErrMalformed},
		"long form of zero":    {append([]byte{0, 0, 0x80, 0}, good[3:]...), bcs.ErrMalformed},
		"other expiration":     {append(encode(t, &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &ptb.Program{}}, Expiration: ptb.Never()})[:4+32+1+32+16], 3), bcs.ErrUnsupported},
		"mutability two":       {bytes.Replace(good, []byte{3, 0, 0, 0, 0, 0, 0, 0, 1}, []byte{3, 0, 0, 0, 0, 0, 0, 0, 2}, 1), bcs.ErrMalformed},
		"name that is no text": {bytes.Replace(good, []byte{1, 'm', 1, 'f'}, []byte{1, 0xff, 1, 'f'}, 1), bcs.ErrMalformed},
	} {
		if _, err := ptb.DecodeTransaction(c.bytes); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestNotEncoded(t *testing.T) {
	for name, change := range map[string]func(*ptb.TransactionData){
		"no kind":             func(d *ptb.TransactionData) { d.Kind = ptb.TransactionKind{} },
		"two expirations":     func(d *ptb.TransactionData) { d.Expiration.Epoch = number(uint64(1)) },
		"argument of nothing": func(d *ptb.TransactionData) { d.Kind.Programmable.Commands[0].SplitCoins.Coin = ptb.Argument{} },
		"type of nothing":     func(d *ptb.TransactionData) { d.Kind.Programmable.Commands[3].MoveCall.TypeArguments[0].Struct = nil },
		"type without a name": func(d *ptb.TransactionData) {
			d.Kind.Programmable.Commands[3].MoveCall.TypeArguments[0].Struct.Name = ""
		},
		"name that is no text": func(d *ptb.TransactionData) { d.Kind.Programmable.Commands[3].MoveCall.Module = "\xff" },
	} {
		data := everything()
		change(data)
		if _, err := data.Encode(); !errors.Is(err, bcs.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBuilder(t *testing.T) {
	p := everything().Kind.Programmable
	// 1 and 2 once each, the address, two objects, the shared one, two options, a text, a vector, a ticket; a withdrawal.
	if len(p.Inputs) != 12 {
		t.Errorf("%d inputs", len(p.Inputs))
	}
	for _, in := range p.Inputs {
		if in.Object != nil && in.Object.Shared != nil && !in.Object.Shared.Mutable {
			t.Error("a shared object that is changed is only to be read")
		}
	}
	for name, build := range map[string]func(*ptb.Builder){
		"an object in two versions": func(b *ptb.Builder) { b.Owned(ref(1)); b.Owned(ptb.ObjectRef{ID: ptb.Address{1}}) },
		"owned and received":        func(b *ptb.Builder) { b.Owned(ref(1)); b.Receiving(ref(1)) },
		"no BCS":                    func(b *ptb.Builder) { b.Pure(map[int]int{}) },
		"a number of no size":       func(b *ptb.Builder) { b.Pure(1) },
		"a part of an input":        func(b *ptb.Builder) { b.Part(b.U64(1), 0) },
		"too many inputs": func(b *ptb.Builder) {
			for i := range uint64(1<<16 + 2) {
				b.U64(i)
			}
		},
		"too many commands": func(b *ptb.Builder) {
			for range 1<<16 + 2 {
				b.Add(ptb.Command{})
			}
		},
	} {
		b := ptb.NewBuilder()
		build(b)
		if _, err := b.Program(); !errors.Is(err, ptb.ErrProgram) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAddressesAndDigests(t *testing.T) {
	two := strings.Repeat("0", 63) + "2"
	for text, want := range map[string]string{"0x2": "0x" + two, "0x" + two: "0x" + two, "2": "", "0x": "", "0x" + two + "0": "", "0xg": ""} {
		a, err := ptb.ParseAddress(text)
		if (err != nil) != (want == "") || err == nil && a.String() != want || err != nil && !errors.Is(err, ptb.ErrAddress) {
			t.Errorf("%q: %s, %v", text, a, err)
		}
	}
	var a ptb.Address
	if err := a.UnmarshalText([]byte("0x2")); err != nil || a != ptb.ShortAddress(2) {
		t.Errorf("%s, %v", a, err)
	}
	if text, err := a.MarshalText(); err != nil || string(text) != "0x"+two {
		t.Errorf("%s, %v", text, err)
	}
	d := ptb.Digest(bytes.Repeat([]byte{0xff}, 32))
	if again, err := ptb.ParseDigest(d.String()); err != nil || again != d {
		t.Errorf("%s: %s, %v", d, again, err)
	}
	var again ptb.Digest
	text, err := d.MarshalText()
	if err == nil {
		err = again.UnmarshalText(text)
	}
	if err != nil || again != d {
		t.Errorf("%s is %s, %v", text, again, err)
	}
	for _, text := range []string{"", "1", "0", d.String() + "1", d.String()[:43] + "0", strings.Repeat("1", 33)} {
		if d, err := ptb.ParseDigest(text); !errors.Is(err, ptb.ErrDigest) {
			t.Errorf("%q: %s, %v", text, d, err)
		}
	}
}

// Transactions that Sui's main network executed.
func TestTransactionsOfSui(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want ptb.TransactionKind
	}{
		"prologue": {"AAMAAAAAAAAAAAIAAAAAAAAAtkjHeocBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" +
			"AAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAA==",
			ptb.TransactionKind{ConsensusCommitPrologue: &ptb.ConsensusCommitPrologue{Epoch: 0, Round: 2, Timestamp: 1681392093366}}},
		"end of an epoch": {"AAUCAmkBAAAAAAAAmSrgAQAAAAAAagEAAAAAAAApAAAAAAAAALAQCoNLLwAAnNn0sywGAABsVBEfSC0AAKQnlhd1AAAAzve+vo4BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" +
			"AAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" +
			"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAA=",
			ptb.TransactionKind{EndOfEpoch: &[]ptb.EndOfEpochKind{
				{AuthenticatorStateExpire: &ptb.AuthenticatorStateExpire{MinEpoch: 361, InitialVersion: 31468185}},
				{ChangeEpoch: &ptb.ChangeEpoch{Epoch: 362, ProtocolVersion: 41, StorageCharge: 52001367527600, ComputationCharge: 6789067495836,
					StorageRebate: 49787782124652, NonRefundableStorageFee: 502906890148, StartTimestamp: 1712597170126, SystemPackages: []ptb.SystemPackage{}}}}}},
	} {
		b, err := base64.StdEncoding.DecodeString(c.text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ptb.DecodeAnyTransaction(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := ptb.SystemTransaction(c.want); !reflect.DeepEqual(got, want) {
			gotText, _ := json.Marshal(got)
			wantText, _ := json.Marshal(want)
			t.Errorf("%s: got\n%s, want\n%s", name, gotText, wantText)
		}
	}
}

func TestIntent(t *testing.T) {
	if got := hex.EncodeToString(ptb.IntentMessage([]byte{9})); got != "00000009" {
		t.Errorf("got %s", got)
	}
}

func FuzzDecodeTransaction(f *testing.F) {
	f.Add(encode(f, everything()))
	for _, kind := range systems() {
		f.Add(encode(f, ptb.SystemTransaction(kind)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		data, err := ptb.DecodeAnyTransaction(b)
		if err != nil {
			if !errors.Is(err, bcs.ErrMalformed) && !errors.Is(err, bcs.ErrUnsupported) {
				t.Fatalf("no error of this package: %v", err)
			}
			return
		}
		if again := encode(t, data); !bytes.Equal(again, b) {
			t.Fatalf("%x becomes %x", b, again)
		}
	})
}
