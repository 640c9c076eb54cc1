package purchase_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/light/internal/simnet"
	"github.com/floe-network/floe/light/purchase"
	"github.com/floe-network/floe/staking"
)

var five = purchase.Options{Epochs: 5}

func TestPut(t *testing.T) {
	for _, deletable := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.net.Set(simnet.Fault{Dead: true}, 9) // so that the refund is a part
			blob := sample(30_000, 1)
			ev := make(chan light.Event, 10_000)
			res := w.put(blob, purchase.Options{Epochs: 5, Deletable: deletable, Events: ev})
			encoded, err := w.net.Committee().Params().EncodedSize(30_000)
			if err != nil {
				t.Fatal(err)
			}
			units := (encoded + 1023) / 1024
			price := staking.Price{Storage: 5 * 5 * units, Write: 100 * units, Deposit: 100 * units}
			refund := price.Deposit * (90 - 67) / (100 - 67)
			const now = simnet.FirstEpoch
			if res.Outcome != purchase.Stored || res.Paid != price || res.Refund != refund || res.Late || res.Short != 0 || res.Extension != 0 {
				t.Errorf("%+v", res)
			}
			if res.Registered != now || res.Certified != now || res.End != now+5 || res.EncodedSize != encoded || res.Size != 30_000 || res.Deletable != deletable {
				t.Errorf("%+v", res)
			}
			if res.Upload.Weight != 90 || len(res.Transactions) != 2 || !strings.HasPrefix(res.Transactions[0].ID, "register ") || res.Transactions[1].Phase != light.PhaseCertify {
				t.Errorf("%+v", res)
			}
			w.balanced(1)
			if w.chain.charged != price.Total() || w.chain.refunded != refund {
				t.Errorf("charged %d, refunded %d", w.chain.charged, w.chain.refunded)
			}
			text, err := json.Marshal(res)
			if err != nil || !bytes.Contains(text, []byte(`"outcome":"stored"`)) || !bytes.Contains(text, []byte(`"object":"0x0000`)) || !bytes.Contains(text, []byte(`"phase":"register"`)) {
				t.Errorf("%s, %v", text, err)
			}

			// What the events say, in order.
			var phases []light.Phase
			done := make(map[light.Phase]light.Event)
			for len(ev) > 0 {
				e := <-ev
				if len(phases) == 0 || phases[len(phases)-1] != e.Phase {
					phases = append(phases, e.Phase)
				}
				done[e.Phase] = e
			}
			want := []light.Phase{light.PhaseEncode, light.PhaseQuote, light.PhaseRegister, light.PhaseContact, light.PhaseStore, light.PhaseConfirm, light.PhaseCertify}
			if len(phases) != len(want) {
				t.Fatalf("phases %v", phases)
			}
			for i := range want {
				if phases[i] != want[i] {
					t.Errorf("phases %v", phases)
				}
			}
			if e := done[light.PhaseQuote]; e.Frost != price.Total() || e.Done != 1 || e.Blob != res.Blob {
				t.Errorf("quote: %+v", e)
			}
			if e := done[light.PhaseRegister]; e.Frost != price.Total() || e.Done != 1 || e.Object != res.Object {
				t.Errorf("register: %+v", e)
			}
			if e := done[light.PhaseCertify]; e.Frost != refund || e.Done != 1 || e.Object != res.Object {
				t.Errorf("certify: %+v", e)
			}

			// The same again costs nothing and asks no node.
			w.net.Trace = func(k simnet.Kind) { t.Errorf("%s", k) }
			again := w.put(blob, purchase.Options{Epochs: 5, Deletable: deletable})
			if again.Outcome != purchase.Present || again.Object != res.Object || again.Paid.Total() != 0 || again.Upload != nil || len(again.Transactions) != 0 {
				t.Errorf("%+v", again)
			}
			w.balanced(1)
		})
	}
}

// interrupted runs a put that something cuts off, then the same put again by another process, and checks that the blob was
// paid for once.
func interrupted(t *testing.T, name string, cut func(w *world, cancel context.CancelFunc)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		blob := sample(30_000, 1)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		cut(w, cancel)
		first, err := w.try(ctx, blob, five)
		if err == nil {
			t.Fatalf("%s: it was not cut off: %+v", name, first)
		}
		var incomplete *purchase.IncompleteError
		bought := len(w.chain.blobs) > 0
		reported := errors.As(err, &incomplete)
		if reported != (bought && w.chain.lost == 0) || !errors.Is(err, errCut) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: bought %v, lost %d, %v", name, bought, w.chain.lost, err)
		}
		if reported && (incomplete.Done.Paid.Total() != w.chain.charged || !strings.Contains(err.Error(), incomplete.Done.Object.String())) {
			t.Errorf("%s: charged %d, reported %+v: %v", name, w.chain.charged, incomplete.Done, err)
		}
		w.chain.before, w.chain.after, w.net.Trace = never, never, nil
		res := w.put(blob, five)
		w.balanced(1)
		if once := w.chain.price(&staking.Order{EncodedSize: res.EncodedSize, Epochs: 5}).Total(); w.chain.charged != once {
			t.Errorf("%s: charged %d, a put costs %d", name, w.chain.charged, once)
		}
		if w.chain.refunded == 0 || (res.Outcome == purchase.Stored) == bought || res.Object != w.chain.blobs[0].Object {
			t.Errorf("%s: refunded %d, %+v", name, w.chain.refunded, res)
		}
	})
}

// A put that is interrupted anywhere goes on where it was.
func TestResume(t *testing.T) {
	for _, call := range []string{"own", "price", "register", "certify"} {
		fail := func(name string) error {
			if name == call {
				return errCut
			}
			return nil
		}
		interrupted(t, "before "+call, func(w *world, _ context.CancelFunc) { w.chain.before = fail })
		interrupted(t, "after "+call, func(w *world, _ context.CancelFunc) { w.chain.after = fail })
		interrupted(t, "killed before "+call, func(w *world, cancel context.CancelFunc) {
			w.chain.before = func(name string) error {
				if name == call {
					cancel()
					return context.Canceled
				}
				return nil
			}
		})
	}
	for _, request := range []simnet.Kind{simnet.BlobStatus, simnet.PutMetadata, simnet.PutSliver, simnet.Confirm} {
		for _, nth := range []int64{1, 5, 10} {
			interrupted(t, string(request), func(w *world, cancel context.CancelFunc) {
				var count atomic.Int64
				w.net.Trace = func(k simnet.Kind) {
					if k == request && count.Add(1) == nth {
						cancel()
					}
				}
			})
		}
	}
}

// An epoch that changes between the confirmations and the chain costs confirmations.
func TestCertifyInAnotherEpoch(t *testing.T) {
	for _, seed := range []uint64{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			changes := 2
			w.chain.before = func(call string) error {
				if call == "certify" && changes > 0 {
					changes--
					w.advance(seed)
				}
				return nil
			}
			res := w.put(sample(30_000, 1), five)
			if res.Certified != simnet.FirstEpoch+2 || res.Registered != simnet.FirstEpoch || !res.Late || res.Refund != 0 || res.Short != 0 || len(res.Transactions) != 2 {
				t.Errorf("%+v", res)
			}
			w.balanced(1)
		})
		// The client hears of the epoch later than the chain that refuses the certificate.
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			next := w.net.Elect(seed, simnet.Even(10, 10)...)
			w.chain.before = func(call string) error {
				if call == "certify" && w.chain.com != next {
					e := &staking.Epochs{Current: next, Previous: w.chain.com, Changing: true}
					w.chain.com = next
					w.net.Move(next)
					time.AfterFunc(10*time.Second, func() { w.net.Tell(e) })
				}
				return nil
			}
			if res := w.put(sample(30_000, 1), five); res.Certified != next.Epoch() || res.Late || res.Refund == 0 {
				t.Errorf("%+v", res)
			}
			w.balanced(1)
		})
	}
	// An endpoint that is behind refuses a certificate of the newest epoch for a while, or for ever.
	for _, refusals := range []int{2, 1 << 30} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			left := refusals
			w.chain.before = func(call string) error {
				if call == "certify" && left > 0 {
					left--
					return staking.ErrEpoch
				}
				return nil
			}
			res, err := w.try(context.Background(), sample(30_000, 1), five)
			var incomplete *purchase.IncompleteError
			if refusals == 2 && err != nil || refusals > 2 && (!errors.As(err, &incomplete) || !errors.Is(err, staking.ErrEpoch) || incomplete.Phase != light.PhaseCertify) {
				t.Errorf("%+v, %v", res, err)
			}
		})
	}
}

// What was paid for a single epoch is lost with it, and that is said.
func TestEpochsEnd(t *testing.T) {
	for _, late := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			blob := sample(30_000, 1)
			var once sync.Once
			w.chain.before = func(call string) error {
				if late && call == "certify" {
					once.Do(func() { w.advance(1) })
				}
				return nil
			}
			w.net.Trace = func(k simnet.Kind) {
				if !late && k == simnet.PutSliver {
					once.Do(func() { w.advance(1) })
				}
			}
			_, err := w.try(context.Background(), blob, purchase.Options{Epochs: 1})
			var incomplete *purchase.IncompleteError
			if !errors.Is(err, purchase.ErrOver) || !errors.As(err, &incomplete) || strings.Contains(err.Error(), "nothing is paid twice") {
				t.Error(err)
			}
			t.Log(err)
			res := w.put(blob, purchase.Options{Epochs: 1})
			if res.Outcome != purchase.Stored || len(res.Others) != 1 || w.chain.charged != 2*res.Paid.Total() {
				t.Errorf("charged %d, %+v", w.chain.charged, res)
			}
		})
	}
}

// The epoch changes while the slivers are under way.
func TestUploadInAnotherEpoch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var count atomic.Int64
		w.net.Trace = func(k simnet.Kind) {
			if k == simnet.PutSliver && count.Add(1) == 70 {
				w.advance(2)
			}
		}
		res := w.put(sample(30_000, 1), purchase.Options{Epochs: 5, Deletable: true})
		if res.Certified != simnet.FirstEpoch+1 || res.Registered != simnet.FirstEpoch || res.Late || res.Refund != res.Paid.Deposit {
			t.Errorf("%+v", res)
		}
		w.balanced(1)
	})
}

func TestNothingIsBought(t *testing.T) {
	blob := sample(30_000, 1)
	for _, tc := range []struct {
		name string
		prep func(*world, *purchase.Options, codec.BlobID)
		want error
	}{
		{"barred", func(w *world, _ *purchase.Options, id codec.BlobID) { w.chain.barred[id] = true }, light.ErrBarred},
		{"no funds", func(w *world, _ *purchase.Options, _ codec.BlobID) { w.chain.balance = 1000 }, staking.ErrFunds},
		{"limit", func(_ *world, o *purchase.Options, _ codec.BlobID) { o.Limit = 1000 }, staking.ErrPrice},
		{"no epochs", func(_ *world, o *purchase.Options, _ codec.BlobID) { o.Epochs = 0 }, codec.ErrInvalid},
		{"no such way", func(_ *world, o *purchase.Options, _ codec.BlobID) { o.Owned = 9 }, codec.ErrInvalid},
		{"prices that rise all the time", func(w *world, _ *purchase.Options, _ codec.BlobID) {
			w.chain.before = func(call string) error {
				if call == "register" {
					w.chain.prices++
				}
				return nil
			}
		}, staking.ErrPrice},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			_, _, id, err := w.net.Codec.EncodeBytes(context.Background(), blob)
			if err != nil {
				t.Fatal(err)
			}
			opts := five
			tc.prep(w, &opts, id)
			w.net.Trace = func(k simnet.Kind) { t.Errorf("%s: %s", tc.name, k) }
			_, err = w.try(context.Background(), blob, opts)
			var incomplete *purchase.IncompleteError
			if !errors.Is(err, tc.want) || errors.As(err, &incomplete) || len(w.chain.blobs) != 0 || w.chain.charged != 0 {
				t.Errorf("%s: %v", tc.name, err)
			}
			t.Log(err)
		})
	}
	client := &light.Client{}
	if _, err := purchase.New(nil, client); !errors.Is(err, codec.ErrInvalid) {
		t.Errorf("no chain: %v", err)
	}
	if _, err := purchase.New(&fakeChain{}, nil); !errors.Is(err, codec.ErrInvalid) {
		t.Errorf("no client: %v", err)
	}
}

// A blob that is barred, or nodes that go, while it is uploaded.
func TestIncomplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		blob := sample(30_000, 1)
		w.net.Trace = func(k simnet.Kind) {
			if k == simnet.PutSliver {
				w.net.Set(simnet.Fault{Dead: true}, 0, 1, 2, 3)
			}
		}
		_, err := w.try(context.Background(), blob, five)
		var incomplete *purchase.IncompleteError
		if !errors.As(err, &incomplete) || incomplete.Phase != light.PhaseContact || !errors.Is(err, light.ErrUnavailable) {
			t.Fatal(err)
		}
		t.Log(err)
		w.net.Trace = nil
		w.net.Set(simnet.Fault{}, 0, 1, 2, 3)
		w.chain.barred[incomplete.Done.Blob] = true
		_, err = w.try(context.Background(), blob, five)
		if !errors.As(err, &incomplete) || incomplete.Phase != light.PhaseCertify || !errors.Is(err, light.ErrBarred) || incomplete.Done.Outcome != purchase.Resumed {
			t.Error(err)
		}
		t.Log(err)
	})
}

// A price that changes between the quote and the order is quoted again, and never paid unseen.
func TestPriceMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		moves := 2
		w.chain.before = func(call string) error {
			if call == "register" && moves > 0 {
				moves--
				w.chain.prices *= 2
			}
			return nil
		}
		ev := make(chan light.Event, 10_000)
		res := w.put(sample(3000, 1), purchase.Options{Epochs: 1, Events: ev})
		var quoted uint64
		for len(ev) > 0 {
			if e := <-ev; e.Phase == light.PhaseQuote && e.Done == 1 {
				quoted = e.Frost
			}
		}
		if res.Paid.Total() != quoted || quoted != w.chain.charged {
			t.Errorf("quoted %d, paid %d, charged %d", quoted, res.Paid.Total(), w.chain.charged)
		}
	})
}

// Two puts of a blob at once, in one process and in two, buy it once.
func TestTwoAtOnce(t *testing.T) {
	for _, processes := range []int{1, 2} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			blob := sample(30_000, 1)
			one, end := w.buyer()
			defer end()
			buyers := []*purchase.Buyer{one, one}
			if processes == 2 {
				two, end := w.buyer()
				defer end()
				buyers[1] = two
				// Both look at the account before either buys.
				var looks atomic.Int64
				both := make(chan struct{})
				w.chain.after = func(call string) error {
					if call == "own" {
						switch looks.Add(1) {
						case 1:
							<-both
						case 2:
							close(both)
						}
					}
					return nil
				}
			}
			var wg sync.WaitGroup
			var results [2]*purchase.Result
			for i, b := range buyers {
				wg.Go(func() {
					var err error
					if results[i], err = b.Put(context.Background(), bytes.NewReader(blob), int64(len(blob)), five); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if t.Failed() {
				return
			}
			w.balanced(1)
			a, b := results[0], results[1]
			if a.Object != b.Object || a.Paid.Total()+b.Paid.Total() != w.chain.charged || a.Refund+b.Refund != w.chain.refunded {
				t.Errorf("charged %d, refunded %d: %+v, %+v", w.chain.charged, w.chain.refunded, a, b)
			}
			if (a.Outcome == purchase.Stored) == (b.Outcome == purchase.Stored) || a.Certified == 0 || b.Certified == 0 {
				t.Errorf("%s, %s", a.Outcome, b.Outcome)
			}
		})
	}
}

// Who waits for a turn can be cancelled.
func TestTurnCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		blob := sample(3000, 1)
		b, end := w.buyer()
		defer end()
		hold := make(chan struct{})
		w.chain.before = func(call string) error {
			if call == "certify" {
				<-hold
			}
			return nil
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := b.Put(context.Background(), bytes.NewReader(blob), int64(len(blob)), five); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := b.Put(ctx, bytes.NewReader(blob), int64(len(blob)), five); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		close(hold)
		wg.Wait()
		w.balanced(1)
	})
}
