package chain_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/chain/chaintest"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/ptb"
	"github.com/floe-network/floe/staking/sui/wallet"
)

// rich is account number 20 with WAL, on a network of four nodes.
func rich(t *testing.T, wal uint64) (*chaintest.World, *chain.Account) {
	t.Helper()
	w := chaintest.Start(t, 4, chaintest.Config(13))
	a := w.Account(w.Chain(), 20)
	if err := a.MintWAL(t.Context(), wal*chaintest.Frost); err != nil {
		t.Fatal(err)
	}
	return w, a
}

func frost(t *testing.T, a *chain.Account) uint64 {
	t.Helper()
	_, n, err := a.Balances(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// aborted checks that the contracts refused, and that the error says why.
func aborted(t *testing.T, err error, module, name string) {
	t.Helper()
	var abort *contract.Abort
	if !errors.As(err, &abort) || abort.Module != module || abort.Name != name || abort.Meaning == "" {
		t.Errorf("got %v, want %s of %s", err, name, module)
	}
}

func TestStakes(t *testing.T) {
	const stake = 100 * chaintest.Frost
	w, a := rich(t, 300)
	ctx, c := t.Context(), a.Chain
	if _, err := a.Stake(ctx, w.Nodes[0], 301*chaintest.Frost, false); !errors.Is(err, staking.ErrFunds) {
		t.Errorf("more than there is: %v", err)
	}
	if _, err := a.Stake(ctx, w.Nodes[0], stake, true); !errors.Is(err, staking.ErrInvalid) {
		t.Errorf("own capital of somebody else's node: %v", err)
	}
	// What does not count yet comes back at once.
	id, err := a.Stake(ctx, w.Nodes[0], stake, false)
	if err != nil || frost(t, a) != 2*stake {
		t.Fatalf("%v, left with %d", err, frost(t, a))
	}
	if leaves, err := a.Unstake(ctx, id); err != nil || leaves != 0 || frost(t, a) != 3*stake {
		t.Errorf("leaves in epoch %d, %v; %d FROST", leaves, err, frost(t, a))
	}
	if _, err := a.Unstake(ctx, id); !errors.Is(err, sui.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	// What counts leaves at the end of an epoch.
	if id, err = a.Stake(ctx, w.Nodes[0], stake, false); err != nil {
		t.Fatal(err)
	}
	_, err = a.Redeem(ctx, id)
	var abort *contract.Abort
	if !errors.As(err, &abort) || abort.Name == "" || abort.Meaning == "" {
		t.Errorf("redeemed before it leaves: %v", err)
	}
	w.EndEpoch(ctx, c)
	leaves, err := a.Unstake(ctx, id)
	if err != nil || leaves < 3 {
		t.Fatalf("leaves in epoch %d, %v", leaves, err)
	}
	_, err = a.Redeem(ctx, id)
	aborted(t, err, "pool", "ENotReleased")
	for e := refresh(t, c); e.Current.Epoch() < leaves; e = refresh(t, c) {
		w.EndEpoch(ctx, c)
	}
	stakes, err := a.Stakes(ctx)
	if err != nil || len(stakes) != 1 {
		t.Fatalf("%+v, %v", stakes, err)
	}
	worth, err := a.Redeemable(ctx, stakes[0])
	if err != nil {
		t.Fatal(err)
	}
	if r, err := a.Redeem(ctx, id); err != nil || r.Paid != worth || r.Due != 0 || frost(t, a) != 2*stake+worth {
		t.Errorf("%+v of %d, %v", r, worth, err)
	}
	if stakes, err = a.Stakes(ctx); err != nil || len(stakes) != 0 {
		t.Errorf("left are %+v, %v", stakes, err)
	}
}

func TestStorage(t *testing.T) {
	w, a := rich(t, 10)
	ctx := t.Context()
	bought := buy(t, a, blob(t, 13, []byte("to be deleted")), 13)
	if err := a.DeleteBlob(ctx, bought.Object); err != nil {
		t.Fatal(err)
	}
	have := func(want int) []chain.Owned[object.Storage] {
		t.Helper()
		list, err := a.Storage(ctx)
		if err != nil || len(list) != want {
			t.Fatalf("%+v, %v: want %d", list, err, want)
		}
		return list
	}
	whole := have(1)[0].Value
	if err := a.SplitStorage(ctx, staking.ObjectID(whole.ID), 1, 0); err != nil {
		t.Fatal(err)
	}
	sizes := have(2)
	if sizes[0].Value.StorageSize+sizes[1].Value.StorageSize != whole.StorageSize {
		t.Errorf("%+v", sizes)
	}
	if err := a.SplitStorage(ctx, staking.ObjectID(whole.ID), 0, whole.EndEpoch+1); err == nil {
		t.Error("split after its end")
	}
	other := sizes[0].Value.ID
	if other == whole.ID {
		other = sizes[1].Value.ID
	}
	if err := a.JoinStorage(ctx, staking.ObjectID(whole.ID), staking.ObjectID(other)); err != nil {
		t.Fatal(err)
	}
	if got := have(1)[0].Value; got != whole {
		t.Errorf("joined %+v, was %+v", got, whole)
	}
	if err := a.SplitStorage(ctx, staking.ObjectID(whole.ID), 0, whole.StartEpoch+1); err != nil {
		t.Fatal(err)
	}
	for _, part := range have(2) {
		if part.Value.ID != whole.ID {
			other = part.Value.ID
		}
	}
	thief := w.Account(a.Chain, 21)
	if err := thief.JoinStorage(ctx, staking.ObjectID(whole.ID), staking.ObjectID(other)); !errors.Is(err, staking.ErrStale) {
		t.Errorf("somebody else's: %v", err)
	}
	if err := a.JoinStorage(ctx, staking.ObjectID(whole.ID), staking.ObjectID(other)); err != nil {
		t.Fatal(err)
	}
	if got := have(1)[0].Value; got != whole {
		t.Errorf("joined %+v, was %+v", got, whole)
	}
}

func TestBlobObjects(t *testing.T) {
	w, a := rich(t, 10)
	ctx := t.Context()
	com := refresh(t, a.Chain).Current
	certified := func(text string, deletable bool) (staking.ObjectID, codec.BlobID) {
		t.Helper()
		m := blob(t, 13, []byte(text))
		o := order(t, m, 13)
		o.Deletable = deletable
		bought, err := a.Register(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Certify(ctx, bought.Object, certify(t, w, com, staking.Confirmation{Epoch: 1, Blob: m.BlobID(), Kind: bought.Kind})); err != nil {
			t.Fatal(err)
		}
		return bought.Object, m.BlobID()
	}
	id, name := certified("one", false)
	for _, value := range []string{"text/plain", "text/html", ""} {
		if err := a.SetAttribute(ctx, id, "content-type", value); err != nil {
			t.Errorf("attribute %q: %v", value, err)
		}
	}
	if err := a.SetAttribute(ctx, id, "content-type", ""); err == nil {
		t.Error("an attribute that is not there was removed")
	}
	aborted(t, a.DeleteBlob(ctx, id), "blob", "ENotDeletable")
	if err := a.BurnBlob(ctx, id); err != nil {
		t.Error(err)
	}
	if s, err := a.BlobState(ctx, name); err != nil || !s.Stored() {
		t.Errorf("a blob whose object was given up: %+v, %v", s, err)
	}
	if own, err := a.Own(ctx, name); err != nil || len(own.Blobs) != 0 {
		t.Errorf("own %+v, %v", own, err)
	}
	for _, funds := range []uint64{0, chaintest.Frost} {
		id, name := certified("shared with "+string('0'+rune(funds%7)), false)
		before := frost(t, a)
		shared, err := a.ShareBlob(ctx, id, funds)
		if err != nil || shared == (staking.ObjectID{}) || before-frost(t, a) != funds {
			t.Errorf("shared with %d FROST: %v", funds, err)
		}
		if s, err := a.BlobState(ctx, name); err != nil || !s.Stored() {
			t.Errorf("%+v, %v", s, err)
		}
	}
}

func TestOperators(t *testing.T) {
	w, a := rich(t, 10)
	ctx, node := t.Context(), w.Nodes[0]
	operator := w.Account(a.Chain, 1)
	state := func() *chain.NodeState {
		t.Helper()
		s, err := a.Node(ctx, node)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	votes := object.Votes{StoragePrice: 7, WritePrice: 8, ShardSize: 9 << 20}
	for what, err := range map[string]error{
		"votes":      operator.SetVotes(ctx, node, votes),
		"commission": operator.SetCommission(ctx, node, 500),
		"halt":       operator.SetHalted(ctx, node, true),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if s := state(); s.Info.Votes != votes || !s.Info.Halted {
		t.Errorf("%+v", s.Info)
	}
	if _, err := a.Stake(ctx, node, 2*chaintest.Frost, false); err == nil {
		t.Error("staked with a node that takes none")
	} else if abort := new(contract.Abort); !errors.As(err, &abort) || abort.Name == "" {
		t.Errorf("without a reason: %v", err)
	}
	if err := operator.SetHalted(ctx, node, false); err != nil {
		t.Error(err)
	}
	if err := a.SetVotes(ctx, node, votes); !errors.Is(err, staking.ErrInvalid) {
		t.Errorf("somebody else's node: %v", err)
	}
	if err := operator.SetCommission(ctx, node, 10_001); err == nil {
		t.Error("a commission of more than all")
	}
	if err := operator.Withdraw(ctx, node); err != nil || !state().Info.Withdrawn {
		t.Errorf("%v, %+v", err, state().Info)
	}
	if err := operator.Reapply(ctx, node); err != nil || state().Info.Withdrawn {
		t.Errorf("%v, %+v", err, state().Info)
	}
}

// Accounts that cannot pay say what is missing, and have paid nothing.
func TestPoorAccounts(t *testing.T) {
	w, a := rich(t, 1)
	ctx := t.Context()
	o := order(t, blob(t, 13, []byte("a blob")), 13)
	if _, err := w.Account(a.Chain, 21).Register(ctx, o); !errors.Is(err, staking.ErrFunds) {
		t.Errorf("without WAL: %v", err)
	}
	poor := w.Account(a.Chain, 200)
	if err := poor.MintWAL(ctx, chaintest.Frost); !errors.Is(err, wallet.ErrNoGas) {
		t.Errorf("without SUI: %v", err)
	}
	if err := poor.Push(ctx); !errors.Is(err, wallet.ErrNoGas) {
		t.Errorf("without SUI: %v", err)
	}
	err := a.Push(ctx)
	if !errors.Is(err, staking.ErrNothingDue) {
		t.Errorf("nothing is due: %v", err)
	}
	aborted(t, err, "epochs", "ENothingDue")
}

// Two Accounts of one key act at once: what one makes stale for the other is made again, and all of it.
func TestTwoAccountsOfOneKey(t *testing.T) {
	w, a := rich(t, 10)
	ctx := t.Context()
	other := w.Account(w.Chain(), 20) // with a journal of its own, as on another machine
	before := frost(t, a)
	var group sync.WaitGroup
	var mu sync.Mutex
	done := uint64(0)
	for i, one := range []*chain.Account{a, other, a, other} {
		group.Go(func() {
			amount := uint64(1) << i * chaintest.Frost // equal transactions would be one
			err := one.MintWAL(ctx, amount)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done += amount
			case !errors.Is(err, sui.ErrRefused): // by name, and nothing happened
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := frost(t, a) - before; done == 0 || got != done {
		t.Errorf("%d FROST were taken, there are %d more", done, got)
	}
	// What one has used up is stale for the other.
	id, err := a.Stake(ctx, w.Nodes[0], 2*chaintest.Frost, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Unstake(ctx, id); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Unstake(ctx, id); !errors.Is(err, sui.ErrNotFound) {
		t.Errorf("used up: %v", err)
	}
	if _, err := a.Unstake(ctx, staking.ObjectID(ptb.ShortAddress(6))); err == nil {
		t.Error("the clock was unstaked")
	}
}

// A process that dies with a transaction signed, before it is sent or before its answer comes, leaves it to Own of the next.
func TestCrashBetweenSigningAndSending(t *testing.T) {
	w, rich := rich(t, 1)
	ctx := t.Context()
	p := w.Proxy()
	for _, arrives := range []bool{false, true} {
		dir := t.TempDir()
		account := func() *chain.Account {
			c := w.Open(p.Endpoint())
			a, err := chain.NewAccount(c, wallet.New(c.Client(), chaintest.Key(20), dir, 0))
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		dying, die := context.WithCancel(ctx)
		p.Hold(func(method string) error {
			if method != "ExecuteTransaction" || arrives {
				return nil
			}
			die()
			return status.Error(codes.Unavailable, "nobody hears")
		})
		p.Say(func(_ context.Context, a *chaintest.Answer) error {
			if a.Method != "ExecuteTransaction" {
				return nil
			}
			die()
			return status.Error(codes.Unavailable, "nobody hears")
		})
		before := frost(t, rich)
		if err := account().MintWAL(dying, chaintest.Frost); err == nil {
			t.Fatal("the transaction was not interrupted")
		}
		p.Say(nil)
		p.Hold(nil)
		if got := frost(t, rich) - before; (got != 0) != arrives {
			t.Errorf("%d FROST more after the crash, arrives %v", got, arrives)
		}
		for range 2 { // the second finds nothing
			if _, err := account().Own(ctx, codec.BlobID{}); err != nil {
				t.Fatal(err)
			}
			if got := frost(t, rich) - before; got != chaintest.Frost {
				t.Errorf("%d FROST more after Own, arrives %v", got, arrives)
			}
		}
	}
}
