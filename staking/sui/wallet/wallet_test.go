package wallet_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/journal"
	"github.com/floe-network/floe/staking/sui/ptb"
	"github.com/floe-network/floe/staking/sui/wallet"
)

var key = account.FromSeed([32]byte{7})

// shortly is how long something is waited for that does not come.
const shortly = 300 * time.Millisecond

func newWallet(t *testing.T, c *fakeChain, dir string) *wallet.Wallet {
	t.Helper()
	return wallet.New(c.client(t), key, dir, 0)
}

// calls makes a program that differs with n.
func calls(n uint64) wallet.Program {
	return func(context.Context) (ptb.Program, error) {
		b := ptb.NewBuilder()
		b.Call(ptb.ShortAddress(2), "m", "f", nil, b.U64(n))
		return b.Program()
	}
}

func TestSend(t *testing.T) {
	c := newChain(1_000_000, 90_000_000, 500_000_000, 0)
	w := newWallet(t, c, t.TempDir())
	done, err := w.Send(t.Context(), calls(1))
	if err != nil || done.Checkpoint == nil || len(c.order) != 1 || done.Digest != c.order[0] {
		t.Fatalf("got %+v, %v", done, err)
	}
	g := c.last(t).Gas
	if g.Owner != key.Address() || g.Price != price || len(g.Payment) != 1 || g.Payment[0].ID != (ptb.Address{0xc0, 2}) {
		t.Errorf("gas %+v", g)
	}
	if e := c.last(t).Expiration.Epoch; e == nil || *e != 4 {
		t.Errorf("it expires after epoch %v, the present is 3", e)
	}
	if g.Budget < c.cost || g.Budget > 2*c.cost {
		t.Errorf("a budget of %d for a cost of %d", g.Budget, c.cost)
	}
	if done, err := w.Resume(t.Context()); done != nil || err != nil {
		t.Errorf("afterwards there is %+v, %v", done, err)
	}
}

func TestGas(t *testing.T) {
	for name, ca := range map[string]struct {
		balances []uint64
		cost     uint64
		limit    uint64
		want     error
	}{
		"a dear one":          {[]uint64{9_000_000_000}, 800_000_000, 0, nil},
		"dearer than allowed": {[]uint64{90_000_000_000}, 5_100_000_000, 0, wallet.ErrTooExpensive},
		"a lower limit":       {[]uint64{9_000_000_000}, 20_000_000, 10_000_000, wallet.ErrTooExpensive},
		"several coins":       {[]uint64{40_000_000, 50_000_000, 60_000_000}, 120_000_000, 0, nil},
		"all that there is":   {[]uint64{6_100_000}, 6_000_000, 0, nil},
		"too little":          {[]uint64{5_000_000}, 6_000_000, 0, wallet.ErrNoGas},
		"less than anything":  {[]uint64{5}, 6_000_000, 0, wallet.ErrNoGas},
		"nothing":             {nil, 6_000_000, 0, wallet.ErrNoGas},
		"empty coins":         {[]uint64{0, 0}, 6_000_000, 0, wallet.ErrNoGas},
	} {
		c := newChain(ca.balances...)
		c.cost = ca.cost
		_, err := wallet.New(c.client(t), key, t.TempDir(), ca.limit).Send(t.Context(), calls(1))
		if !errors.Is(err, ca.want) || ca.want != nil && len(c.received) != 0 {
			t.Errorf("%s: %v, %d sent", name, err, len(c.received))
		}
	}
}

// An endpoint cannot have an account pay any price.
func TestPrice(t *testing.T) {
	c := newChain(1e12)
	c.price = 100_001
	if _, err := newWallet(t, c, t.TempDir()).Send(t.Context(), calls(1)); !errors.Is(err, wallet.ErrTooExpensive) || len(c.received) != 0 {
		t.Errorf("got %v", err)
	}
}

// Coins that a program uses do not pay, and all pay where it takes from what pays.
func TestCoinsOfTheProgram(t *testing.T) {
	c := newChain(300_000_000, 200_000_000, 400_000_000)
	w := newWallet(t, c, t.TempDir())
	_, err := w.Send(t.Context(), func(context.Context) (ptb.Program, error) {
		b := ptb.NewBuilder()
		part := b.Split(ptb.GasCoin(), 1)
		b.Merge(b.Owned(*c.coins[ptb.Address{0xc0, 2}]), b.Part(part, 0))
		return b.Program()
	})
	if err != nil {
		t.Fatal(err)
	}
	if p := c.last(t).Gas.Payment; len(p) != 2 || p[0].ID != (ptb.Address{0xc0, 0}) || p[1].ID != (ptb.Address{0xc0, 1}) {
		t.Errorf("paid with %v", p)
	}
}

func TestFailuresAreNotSent(t *testing.T) {
	c := newChain(1e9)
	c.failure = &v2.ExecutionError{Kind: v2.ExecutionError_MOVE_ABORT.Enum(), ErrorDetails: &v2.ExecutionError_Abort{Abort: &v2.MoveAbort{}}}
	w := newWallet(t, c, t.TempDir())
	var abort *sui.Abort
	if done, err := w.Send(t.Context(), calls(1)); !errors.As(err, &abort) || done != nil || len(c.received) != 0 {
		t.Errorf("%+v, %v, %d sent", done, err, len(c.received))
	}
	mine := errors.New("the caller's")
	if _, err := w.Send(t.Context(), func(context.Context) (ptb.Program, error) { return ptb.Program{}, mine }); !errors.Is(err, mine) {
		t.Errorf("got %v", err)
	}
	c.failure, c.unseen = nil, c.failure
	if done, err := w.Send(t.Context(), calls(1)); !errors.As(err, &abort) || done == nil || len(c.order) != 1 {
		t.Errorf("one that fails when executed: %+v, %v", done, err)
	}
	if done, err := w.Resume(t.Context()); done != nil || err != nil {
		t.Errorf("afterwards there is %+v, %v", done, err)
	}
}

// Whatever happens between signing and the end, the same transaction is executed once, and none other before it.
func TestResume(t *testing.T) {
	down := func() error { return status.Error(codes.Unavailable, "down") }
	for name, fault := range map[string]func(*fakeChain){
		"not sent":        func(c *fakeChain) { c.before = down },
		"the answer lost": func(c *fakeChain) { c.after = down },
	} {
		for _, then := range []string{"resume", "send"} {
			c, dir := newChain(1e9), t.TempDir()
			fault(c)
			if _, err := newWallet(t, c, dir).Send(t.Context(), calls(1)); !errors.Is(err, wallet.ErrPending) || status.Code(err) != codes.Unavailable {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := newWallet(t, c, dir).Resume(t.Context()); !errors.Is(err, wallet.ErrPending) {
				t.Errorf("%s, still down: %v", name, err)
			}
			c.before, c.after = nil, nil
			w := newWallet(t, c, dir)
			want := 1
			if then == "resume" {
				if done, err := w.Resume(t.Context()); err != nil || done == nil || done.Digest != c.order[0] {
					t.Errorf("%s: %+v, %v", name, done, err)
				}
			} else {
				want = 2
				if done, err := w.Send(t.Context(), calls(2)); err != nil || done.Digest != c.order[1] {
					t.Errorf("%s: %+v, %v", name, done, err)
				}
			}
			if len(c.order) != want || c.order[0] != ptb.TransactionDigest([]byte(c.received[0])) {
				t.Errorf("%s, %s: %d executed", name, then, len(c.order))
			}
			if done, err := w.Resume(t.Context()); done != nil || err != nil {
				t.Errorf("%s: afterwards there is %+v, %v", name, done, err)
			}
		}
	}
}

// A transaction that was left behind and that the chain will never execute is forgotten, after a while.
func TestResumeOfTheRefused(t *testing.T) {
	c, dir := newChain(1e9), t.TempDir()
	c.before = func() error { return status.Error(codes.Unavailable, "down") }
	if _, err := newWallet(t, c, dir).Send(t.Context(), calls(1)); !errors.Is(err, wallet.ErrPending) {
		t.Fatal(err)
	}
	c.before = nil
	c.coins[ptb.Address{0xc0, 0}].Version = 50 // another wallet of the account
	w := newWallet(t, c, dir)
	w.Impatient(shortly)
	if done, err := w.Resume(t.Context()); done != nil || err != nil {
		t.Errorf("got %+v, %v", done, err)
	}
	if _, err := w.Send(t.Context(), calls(2)); err != nil || len(c.order) != 1 {
		t.Errorf("the next: %v", err)
	}
}

// Where objects change between reading and executing, the program is made again.
func TestStale(t *testing.T) {
	c := newChain(1e9)
	changes := 2
	c.before = func() error {
		if changes--; changes >= 0 {
			return status.Error(codes.InvalidArgument, "object is unavailable for consumption")
		}
		return nil
	}
	made := 0
	program := func(ctx context.Context) (ptb.Program, error) { made++; return calls(uint64(made))(ctx) }
	if _, err := newWallet(t, c, t.TempDir()).Send(t.Context(), program); err != nil || made != 3 || len(c.order) != 1 {
		t.Errorf("made %d times, %v", made, err)
	}
	changes, made = 1000, 0
	if _, err := newWallet(t, c, t.TempDir()).Send(t.Context(), program); !errors.Is(err, sui.ErrStale) || made > 10 {
		t.Errorf("made %d times, %v", made, err)
	}
}

func TestRefused(t *testing.T) {
	c := newChain(1e9)
	c.before = func() error { return status.Error(codes.InvalidArgument, "not so") }
	w := newWallet(t, c, t.TempDir())
	if _, err := w.Send(t.Context(), calls(1)); !errors.Is(err, sui.ErrRefused) || errors.Is(err, wallet.ErrPending) {
		t.Errorf("got %v", err)
	}
	c.before = nil
	if _, err := w.Send(t.Context(), calls(2)); err != nil || len(c.order) != 1 {
		t.Errorf("the next: %v", err)
	}
}

// Transactions of an account follow each other, also from several wallets: otherwise some would use a coin at a version
// that others have used.
func TestTogether(t *testing.T) {
	const senders = 8
	c, dir := newChain(1e12), t.TempDir()
	c.before = func() error { return nil }
	var group sync.WaitGroup
	for i := range uint64(senders) {
		w := newWallet(t, c, dir)
		group.Go(func() {
			if _, err := w.Send(t.Context(), calls(i)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(c.order) != senders || len(c.received) != senders {
		t.Errorf("%d executed, %d came", len(c.order), len(c.received))
	}
}

// An endpoint that does not show what was executed keeps nobody waiting for ever.
func TestUnseen(t *testing.T) {
	c, dir := newChain(1e9), t.TempDir()
	c.hidden = true
	w := newWallet(t, c, dir)
	w.Impatient(shortly)
	if _, err := w.Send(t.Context(), calls(1)); !errors.Is(err, wallet.ErrPending) || !errors.Is(err, wallet.ErrUnseen) {
		t.Errorf("got %v", err)
	}
	c.mu.Lock()
	c.hidden = false
	c.mu.Unlock()
	if done, err := newWallet(t, c, dir).Resume(t.Context()); err != nil || done == nil || len(c.order) != 1 {
		t.Errorf("%+v, %v, %d executed", done, err, len(c.order))
	}
}

func TestLocked(t *testing.T) {
	c, dir := newChain(1e9), t.TempDir()
	w := newWallet(t, c, dir)
	j, err := journal.Open(t.Context(), dir, ptb.Digest{1}, w.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	ctx, cancel := context.WithTimeout(t.Context(), shortly)
	defer cancel()
	if _, err := w.Send(ctx, calls(1)); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("got %v", err)
	}
}
