package ledger_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// TestRefuse has a transaction that is right and what can be wrong with it: each is refused for its reason, and nothing
// happens.
func TestRefuse(t *testing.T) {
	c := open(t, t.TempDir(), parameters(3), ledger.Options{})
	alice, bob, carol := key(0), key(1), key(2)
	spent := c.coins(alice.Address())[0].Ref()
	c.pay(alice, bob.Address(), 1)
	coins, bobs := c.coins(alice.Address()), c.coins(bob.Address())
	treasury := ptb.ShortAddress(8)
	epoch := c.Head().Epoch
	if _, err := c.Advance(context.Background(), ledger.DefaultEpoch); err != nil { // so that an epoch is over
		t.Fatal(err)
	}
	c.seal()
	program := func(change func(*ptb.Builder)) func(*ptb.TransactionData) {
		return func(d *ptb.TransactionData) {
			b := ptb.NewBuilder()
			change(b)
			p, err := b.Program()
			if err != nil {
				t.Fatal(err)
			}
			d.Kind.Programmable = &p
		}
	}
	with := func(refs ...ptb.ObjectRef) func(*ptb.TransactionData) {
		return func(d *ptb.TransactionData) { d.Gas.Payment = refs }
	}
	changed := func(r ptb.ObjectRef, change func(*ptb.ObjectRef)) ptb.ObjectRef {
		change(&r)
		return r
	}
	during := func(change func(*ptb.ValidDuring)) func(*ptb.TransactionData) {
		return func(d *ptb.TransactionData) {
			v := &ptb.ValidDuring{Chain: c.Chain()}
			change(v)
			d.Expiration = ptb.Expiration{ValidDuring: v}
		}
	}
	past, future := uint64(1), uint64(1)<<62
	signed := func(keys ...*account.Key) func([]byte) [][]byte {
		return func(b []byte) (list [][]byte) {
			for _, k := range keys {
				list = append(list, k.Sign(b))
			}
			return list
		}
	}
	for _, v := range []struct {
		name   string
		change func(*ptb.TransactionData)
		sign   func([]byte) [][]byte
		want   transaction.Reason
		object ptb.Address
		is     error
	}{
		{name: "no signature", sign: signed(), want: transaction.Signatures},
		{name: "somebody else's signature", sign: signed(bob), want: transaction.Signatures},
		{name: "two signatures", sign: signed(alice, alice), want: transaction.Signatures},
		{name: "a signature of other bytes", sign: func(b []byte) [][]byte { return [][]byte{alice.Sign(append(b, 0))} }, want: transaction.Signatures},
		{name: "a signature that is none", sign: func([]byte) [][]byte { return [][]byte{{0, 1, 2}} }, want: transaction.Signatures},
		{name: "an endless signature", sign: func([]byte) [][]byte { return [][]byte{make([]byte, 1<<20)} }, want: transaction.Signatures},
		{name: "a scheme that is not there", sign: func([]byte) [][]byte { return [][]byte{append([]byte{5}, make([]byte, 96)...)} },
			want: transaction.Signatures, is: bcs.ErrUnsupported},
		{name: "only the sender's signature", change: func(d *ptb.TransactionData) { d.Gas.Owner = bob.Address() }, want: transaction.Signatures},
		{name: "the sender's signature twice", change: func(d *ptb.TransactionData) { d.Gas.Owner = bob.Address() },
			sign: signed(alice, alice), want: transaction.Signatures},
		{name: "gas of the sender for a sponsor", change: func(d *ptb.TransactionData) { d.Gas.Owner = bob.Address() },
			sign: signed(alice, bob), want: transaction.Gas, object: coins[0].ID()},
		{name: "expired", change: func(d *ptb.TransactionData) { d.Expiration = ptb.AfterEpoch(epoch) }, want: transaction.Expired},
		{name: "another chain", change: during(func(v *ptb.ValidDuring) { v.Chain = ptb.Digest{} }), want: transaction.Expired},
		{name: "a later epoch", change: during(func(v *ptb.ValidDuring) { v.MinEpoch = &future }), want: transaction.Expired},
		{name: "an earlier epoch", change: during(func(v *ptb.ValidDuring) { past := epoch; v.MaxEpoch = &past }), want: transaction.Expired},
		{name: "a later time", change: during(func(v *ptb.ValidDuring) { v.MinTimestamp = &future }), want: transaction.Expired},
		{name: "an earlier time", change: during(func(v *ptb.ValidDuring) { v.MaxTimestamp = &past }), want: transaction.Expired},
		{name: "no payment", change: with(), want: transaction.Gas},
		{name: "a low price", change: func(d *ptb.TransactionData) { d.Gas.Price-- }, want: transaction.Gas},
		{name: "an endless price", change: func(d *ptb.TransactionData) { d.Gas.Price = 1 << 60 }, want: transaction.Gas},
		{name: "no budget", change: func(d *ptb.TransactionData) { d.Gas.Budget = 0 }, want: transaction.Gas},
		{name: "an endless budget", change: func(d *ptb.TransactionData) { d.Gas.Budget = 1 << 60 }, want: transaction.Gas},
		{name: "more budget than the coin has", change: func(d *ptb.TransactionData) { d.Gas.Budget = 49_999_999_999 }, want: transaction.Gas},
		{name: "somebody else's coin", change: with(bobs[0].Ref()), want: transaction.Gas, object: bobs[0].ID()},
		{name: "a coin that was spent", change: with(spent), want: transaction.ObjectVersion, object: spent.ID},
		{name: "a coin of the future", change: with(changed(coins[0].Ref(), func(r *ptb.ObjectRef) { r.Version++ })),
			want: transaction.ObjectVersion, object: coins[0].ID()},
		{name: "another digest", change: with(changed(coins[0].Ref(), func(r *ptb.ObjectRef) { r.Digest[0]++ })), want: transaction.ObjectDigest,
			object: coins[0].ID()},
		{name: "a coin that is none", change: with(changed(coins[0].Ref(), func(r *ptb.ObjectRef) { r.ID[0]++ })), want: transaction.ObjectMissing,
			object: changed(coins[0].Ref(), func(r *ptb.ObjectRef) { r.ID[0]++ }).ID},
		{name: "the same coin twice", change: with(coins[0].Ref(), coins[0].Ref()), want: transaction.Malformed},
		{name: "somebody else's object", change: program(func(b *ptb.Builder) { b.Transfer(alice.Address(), b.Owned(bobs[0].Ref())) }),
			want: transaction.ObjectOwner, object: bobs[0].ID()},
		{name: "an object that is not shared", change: program(func(b *ptb.Builder) {
			b.Call(ptb.ShortAddress(2), "coin", "value", nil, b.Shared(ptb.SharedRef{ID: coins[1].ID(), InitialVersion: 1}))
		}), want: transaction.ObjectOwner, object: coins[1].ID()},
		{name: "another time of sharing", change: program(func(b *ptb.Builder) {
			b.Call(ptb.ShortAddress(2), "clock", "timestamp_ms", nil, b.Shared(ptb.SharedRef{ID: ptb.ShortAddress(6), InitialVersion: 2}))
		}), want: transaction.ObjectOwner, object: ptb.ShortAddress(6)},
		{name: "a clock to be set", change: program(func(b *ptb.Builder) {
			b.Call(ptb.ShortAddress(2), "clock", "timestamp_ms", nil, b.Shared(ptb.SharedRef{ID: ptb.ShortAddress(6), InitialVersion: 1, Mutable: true}))
		}), want: transaction.Malformed},
		{name: "a package that is none", change: program(func(b *ptb.Builder) { b.Call(ptb.ShortAddress(0x77), "m", "f", nil) }),
			want: transaction.PackageMissing, object: ptb.ShortAddress(0x77)},
		{name: "a command after randomness", change: program(func(b *ptb.Builder) {
			b.Call(ptb.ShortAddress(2), "random", "new_generator", nil, b.Shared(ptb.SharedRef{ID: treasury, InitialVersion: 1}))
			b.Call(ptb.ShortAddress(2), "random", "new_generator", nil)
		}), want: transaction.Malformed},
	} {
		t.Run(v.name, func(t *testing.T) {
			b := ptb.NewBuilder()
			b.Transfer(carol.Address(), b.Split(ptb.GasCoin(), 1))
			data := c.data(alice, coins[0].Ref(), b)
			if v.change != nil {
				v.change(data)
			}
			encoded, err := data.Encode()
			if err != nil {
				t.Fatal(err)
			}
			sign := v.sign
			if sign == nil {
				sign = signed(alice)
			}
			before := c.Head()
			_, err = c.Execute(context.Background(), encoded, sign(encoded))
			var refusal *transaction.Refusal
			if !errors.As(err, &refusal) || !errors.Is(err, transaction.ErrRefused) {
				t.Fatalf("%v, want a refusal", err)
			}
			if refusal.Reason != v.want || refusal.Object != v.object || v.is != nil && !errors.Is(err, v.is) {
				t.Errorf("reason %d, object %s (%v), want %d, %s", refusal.Reason, refusal.Object, err, v.want, v.object)
			}
			if v.want == transaction.ObjectVersion && refusal.Current != coins[0].Version() {
				t.Errorf("the present version is %d, want %d", refusal.Current, coins[0].Version())
			}
			if _, err := c.Transaction(ptb.TransactionDigest(encoded)); !errors.Is(err, ledger.ErrNotFound) {
				t.Errorf("it is there: %v", err)
			}
			if after := c.Head(); after.Next != before.Next {
				t.Errorf("the chain went from %+v to %+v", before, after)
			}
		})
	}
	for name, b := range map[string][]byte{"nothing": nil, "a byte": {0}, "too much": make([]byte, 200<<10), "a rest": append(c.encoded(alice), 0)} {
		if _, err := c.Execute(context.Background(), b, [][]byte{alice.Sign(b)}); !errors.Is(err, transaction.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	system, err := ptb.SystemTransaction(ptb.TransactionKind{RandomnessStateUpdate: &ptb.RandomnessStateUpdate{}}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Execute(context.Background(), system, [][]byte{alice.Sign(system)}); !errors.Is(err, transaction.ErrRefused) {
		t.Errorf("a transaction of the chain itself: %v", err)
	}
}

// encoded is a transaction that is right.
func (c *chain) encoded(by *account.Key) []byte {
	c.tb.Helper()
	b := ptb.NewBuilder()
	b.Transfer(by.Address(), b.Split(ptb.GasCoin(), 1))
	encoded, err := c.data(by, c.coins(by.Address())[0].Ref(), b).Encode()
	if err != nil {
		c.tb.Fatal(err)
	}
	return encoded
}

func TestSponsor(t *testing.T) {
	c := open(t, t.TempDir(), parameters(2), ledger.Options{})
	alice, bob := key(0), key(1)
	before := c.balance(alice.Address())
	b := ptb.NewBuilder()
	b.Transfer(bob.Address(), b.Owned(c.coins(alice.Address())[1].Ref()))
	data := c.data(alice, c.coins(bob.Address())[0].Ref(), b)
	data.Gas.Owner = bob.Address()
	encoded, err := data.Encode()
	if err != nil {
		t.Fatal(err)
	}
	tx, err := c.Execute(context.Background(), encoded, [][]byte{bob.Sign(encoded), alice.Sign(encoded)}) // in any order
	if err != nil || tx.Effects.Failure != nil {
		t.Fatalf("%+v, %v", tx, err)
	}
	if got := c.balance(alice.Address()); got != before-20_000_000_000 {
		t.Errorf("the sender has %d of %d and did not pay gas", got, before)
	}
	if len(tx.Balances) != 2 {
		t.Errorf("balance changes %+v", tx.Balances)
	}
}

// A transaction that comes again has the answer that it had, also when its coins have gone on since.
func TestAgain(t *testing.T) {
	c := open(t, t.TempDir(), parameters(2), ledger.Options{})
	encoded := c.encoded(key(0))
	signatures := [][]byte{key(0).Sign(encoded)}
	first, err := c.Execute(context.Background(), encoded, signatures)
	if err != nil {
		t.Fatal(err)
	}
	c.pay(key(0), key(1).Address(), 5)
	c.seal()
	again, err := c.Execute(context.Background(), encoded, signatures)
	if err != nil || again.Number != first.Number || again.EffectsDigest != first.EffectsDigest || !again.Sealed {
		t.Errorf("%+v (%v), was %+v", again, err, first)
	}
	if _, err := c.Execute(context.Background(), encoded, [][]byte{key(1).Sign(encoded)}); !errors.Is(err, transaction.ErrRefused) {
		t.Errorf("with a wrong signature: %v", err)
	}
}

// A transaction that comes several times at once is executed once, and all have its answer.
func TestAtOnce(t *testing.T) {
	c := open(t, t.TempDir(), parameters(1), ledger.Options{})
	encoded := c.encoded(key(0))
	signatures := [][]byte{key(0).Sign(encoded)}
	numbers := make(chan uint64)
	for range 8 {
		go func() {
			tx, err := c.Execute(context.Background(), encoded, signatures)
			if err != nil {
				t.Error(err)
				numbers <- 0
				return
			}
			numbers <- tx.Number
		}()
	}
	for range 8 {
		if n := <-numbers; n != 3 { // after the genesis, clock and randomness
			t.Errorf("it is number %d", n)
		}
	}
}

// Of two transactions with one coin, one happens.
func TestEquivocation(t *testing.T) {
	c := open(t, t.TempDir(), parameters(2), ledger.Options{})
	gas := c.coins(key(0).Address())[0].Ref()
	answers := make(chan error)
	for i := range byte(8) {
		b := ptb.NewBuilder()
		b.Transfer(key(i).Address(), b.Split(ptb.GasCoin(), uint64(i)+1))
		data := c.data(key(0), gas, b)
		go func() {
			_, err := c.send(key(0), data)
			answers <- err
		}()
	}
	done := 0
	for range 8 {
		var refusal *transaction.Refusal
		if err := <-answers; err == nil {
			done++
		} else if !errors.As(err, &refusal) || refusal.Reason != transaction.ObjectVersion {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("%d were executed", done)
	}
}

// When more transactions wait than may, others are turned away.
func TestBusy(t *testing.T) {
	hold, begun := make(chan struct{}), make(chan struct{}, 1)
	stuck := false
	c := open(t, t.TempDir(), parameters(1), ledger.Options{Clock: func() time.Time {
		if stuck {
			begun <- struct{}{}
			<-hold
			stuck = false
		}
		return epoch0
	}})
	stuck = true
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	seal := func() {
		_, err := c.Seal(ctx)
		ended <- err
	}
	go seal()
	<-begun
	busy := 0
	for range 1100 {
		go seal()
	}
	for range 1100 - 1024 {
		if err := <-ended; errors.Is(err, ledger.ErrBusy) {
			busy++
		}
	}
	if busy != 1100-1024 {
		t.Errorf("%d were turned away", busy)
	}
	cancel()
	close(hold)
	for range 1025 {
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}
