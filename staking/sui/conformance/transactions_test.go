package conformance_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func sharedRef(text string, mutable bool) ptb.SharedRef {
	return ptb.SharedRef{ID: address(text), InitialVersion: version(text), Mutable: mutable}
}

func tag(t *testing.T, text string) ptb.TypeTag {
	t.Helper()
	tag, err := ptb.ParseTypeTag(text)
	if err != nil {
		t.Fatal(err)
	}
	return tag
}

// programs are the transactions of scripts/transactions.mjs, made with our builder.
func programs(t *testing.T) map[string]func(*ptb.Builder, *ptb.TransactionData) {
	framework, pkg := ptb.ShortAddress(2), address("package")
	sender := signer().Address()
	return map[string]func(*ptb.Builder, *ptb.TransactionData){
		"nothing": func(*ptb.Builder, *ptb.TransactionData) {},
		"split and transfer": func(b *ptb.Builder, _ *ptb.TransactionData) {
			coins := b.Split(ptb.GasCoin(), 1, math.MaxUint64)
			b.Transfer(address("recipient"), b.Part(coins, 0), b.Part(coins, 1))
		},
		"merge": func(b *ptb.Builder, _ *ptb.TransactionData) {
			b.Merge(b.Owned(reference("coin 1")), b.Owned(reference("coin 2")), b.Owned(reference("coin 3")))
		},
		"pure inputs": func(b *ptb.Builder, _ *ptb.TransactionData) {
			large := [2]uint64{6, 1 << 63}
			b.Call(pkg, "pure", "values", nil, b.Pure(true), b.Pure(uint8(2)), b.Pure(uint16(3)), b.Pure(uint32(4)), b.U64(5), b.Pure(large),
				b.Pure("text: é世"), b.Pure(address("value")), b.Pure([]byte{1, 2, 3}), b.Pure([]uint64{7, 8}), b.Pure([]ptb.Address{address("element")}),
				ptb.Option(b, number(uint64(9))), ptb.Option[uint32](b, nil))
		},
		"objects": func(b *ptb.Builder, _ *ptb.TransactionData) {
			b.Call(pkg, "objects", "all", nil, b.Owned(reference("owned")), b.Shared(sharedRef("read", false)),
				b.Shared(sharedRef("changed", true)), b.Receiving(reference("received")), b.Owned(reference("owned")))
		},
		"type arguments": func(b *ptb.Builder, _ *ptb.TransactionData) {
			var tags []ptb.TypeTag
			for _, text := range []string{"bool", "u8", "u16", "u32", "u64", "u128", "u256", "address", "signer", "vector<vector<u8>>", "0x2::sui::SUI",
				"0x2::coin::Coin<" + address("wal").String() + "::wal::WAL>",
				pkg.String() + "::m_1::Two<u64, vector<0x2::table::Table<address, 0x1::option::Option<bool>>>>"} {
				tags = append(tags, tag(t, text))
			}
			b.Call(framework, "types", "all", tags)
		},
		"results of results": func(b *ptb.Builder, _ *ptb.TransactionData) {
			made := b.Call(framework, "m", "make", nil)
			b.Call(framework, "m", "use", nil, made, b.Part(made, 1), ptb.GasCoin())
		},
		"vectors": func(b *ptb.Builder, _ *ptb.TransactionData) {
			typed := b.Vector(tag(t, "0x2::m::T"))
			untyped := b.Add(ptb.Command{MakeMoveVec: &ptb.MakeMoveVec{Elements: []ptb.Argument{b.Owned(reference("element"))}}})
			b.Call(framework, "m", "vectors", nil, typed, untyped)
		},
		"publish": func(b *ptb.Builder, _ *ptb.TransactionData) {
			upgradeCap := b.Publish([][]byte{noise("module 1", 200), noise("module 2", 3)}, []ptb.Address{ptb.ShortAddress(1), framework})
			b.Transfer(sender, upgradeCap)
		},
		"upgrade": func(b *ptb.Builder, _ *ptb.TransactionData) {
			upgradeCap := b.Owned(reference("cap"))
			ticket := b.Call(framework, "package", "authorize_upgrade", nil, upgradeCap, b.Pure(uint8(0)), b.Pure(noise("digest", 32)))
			receipt := b.Upgrade(pkg, ticket, [][]byte{noise("module 3", 100)}, []ptb.Address{ptb.ShortAddress(1), framework, address("dependency")})
			b.Call(framework, "package", "commit_upgrade", nil, upgradeCap, receipt)
		},
		"another pays": func(_ *ptb.Builder, d *ptb.TransactionData) {
			for _, a := range read[accountGolden](t, "signers.json") {
				if a.Scheme == byte(account.Secp256k1) {
					d.Gas.Owner = parse(t, a.Address)
				}
			}
			d.Expiration = ptb.AfterEpoch(987654321)
		},
		"during a while": func(_ *ptb.Builder, d *ptb.TransactionData) {
			d.Gas.Payment = nil
			d.Expiration = ptb.Expiration{ValidDuring: &ptb.ValidDuring{MinEpoch: number(uint64(11)), MaxEpoch: number(uint64(12)),
				MaxTimestamp: number(uint64(13)), Chain: digest("chain"), Nonce: 4000000014}}
		},
		"from a balance": func(b *ptb.Builder, d *ptb.TransactionData) {
			sui := tag(t, "0x2::sui::SUI")
			b.Call(framework, "coin", "redeem_funds", []ptb.TypeTag{sui}, ptb.Input(0))
			d.Kind.Programmable.Inputs = []ptb.CallArg{{FundsWithdrawal: &ptb.FundsWithdrawal{Reservation: ptb.Reservation{MaxAmount: number(uint64(15))},
				Type: ptb.WithdrawalType{Balance: &sui}, From: ptb.WithdrawFrom{Sender: &struct{}{}}}}}
		},
	}
}

// signer is the account that sends them.
func signer() *account.Key { return account.FromSeed([32]byte(noise("signer 0", 32))) }

type transactionGolden struct {
	Name, Bytes, Digest string
	Signatures          []string
}

func TestTransactions(t *testing.T) {
	list, made := read[transactionGolden](t, "transactions.json"), programs(t)
	if len(list) != len(made) {
		t.Errorf("%d transactions there, %d here", len(list), len(made))
	}
	for _, want := range list {
		t.Run(want.Name, func(t *testing.T) {
			program := made[want.Name]
			if program == nil {
				t.Fatal("it is not made here")
			}
			checkTransaction(t, want, program)
		})
	}
}

func checkTransaction(t *testing.T, want transactionGolden, program func(*ptb.Builder, *ptb.TransactionData)) {
	b, key := ptb.NewBuilder(), signer()
	data := &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &ptb.Program{}}, Sender: key.Address(), Expiration: ptb.Never(),
		Gas: ptb.GasData{Payment: []ptb.ObjectRef{reference("gas 1"), reference("gas 2")}, Owner: key.Address(), Price: 1234, Budget: 5_000_000_007}}
	program(b, data)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	data.Kind.Programmable.Inputs = append(data.Kind.Programmable.Inputs, p.Inputs...)
	data.Kind.Programmable.Commands = p.Commands
	encoded, err := data.Encode()
	if err != nil {
		t.Fatal(err)
	}
	wire := unbase64(t, want.Bytes)
	if !bytes.Equal(encoded, wire) {
		t.Fatalf("got\n%x, want\n%x", encoded, wire)
	}
	if got := ptb.TransactionDigest(encoded).String(); got != want.Digest {
		t.Errorf("digest %s, want %s", got, want.Digest)
	}
	if !bytes.Equal(key.Sign(encoded), unbase64(t, want.Signatures[0])) {
		t.Error("another signature")
	}
	for i, s := range read[accountGolden](t, "signers.json") {
		if got, err := account.Verify(encoded, unbase64(t, want.Signatures[i])); err != nil || got != parse(t, s.Address) {
			t.Errorf("signature of %s: %s, %v", s.Address, got, err)
		}
	}
	checkBothWays(t, wire)
}

func checkBothWays(t *testing.T, wire []byte) {
	t.Helper()
	data, err := ptb.DecodeTransaction(wire)
	if err != nil {
		t.Fatal(err)
	}
	again, err := data.Encode()
	if err != nil || !bytes.Equal(again, wire) {
		t.Errorf("%x becomes %x, %v", wire, again, err)
	}
}

func TestRandomTransactions(t *testing.T) {
	for _, want := range read[transactionGolden](t, "random.json") {
		wire := unbase64(t, want.Bytes)
		checkBothWays(t, wire)
		if got := ptb.TransactionDigest(wire).String(); got != want.Digest {
			t.Errorf("digest %s, want %s", got, want.Digest)
		}
	}
}

func parse(t *testing.T, text string) ptb.Address {
	t.Helper()
	a, err := ptb.ParseAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
