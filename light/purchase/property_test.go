package purchase_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/floe-network/floe/light/purchase"
	"github.com/floe-network/floe/staking"
)

// TestPaidOnce: however often a put is interrupted, at any call of the chain, with or without effect, at any time of the
// upload, and whenever epochs change, the chain has charged for one object, and all that was charged was reported but what the
// chain could not tell.
func TestPaidOnce(t *testing.T) {
	rounds := 80
	if raceEnabled || testing.Short() {
		rounds = 8
	}
	interruptions := 0
	for seed := range uint64(rounds) { //nolint:gosec // positive
		synctest.Test(t, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 6))
			w := newWorld(t)
			blob := sample(1+r.IntN(40_000), seed)
			opts := purchase.Options{Epochs: 1 + uint32(r.IntN(6)), Deletable: r.IntN(2) == 0, Owned: purchase.Owned(r.IntN(2))}
			// An object that is used as it is stands for the order until the epoch after its registration. One that is extended has
			// to be there still.
			changes := min(1, int(opts.Epochs)-1)
			if opts.Owned == purchase.Extend {
				changes = int(opts.Epochs) - 1
			}
			var mu sync.Mutex
			odds := 0.3
			maybe := func(string) error {
				mu.Lock()
				defer mu.Unlock()
				if r.Float64() < odds {
					return errCut
				}
				return nil
			}
			w.chain.before, w.chain.after = maybe, maybe
			var reported uint64
			note := func(res *purchase.Result) {
				if res != nil {
					reported += res.Paid.Total() + res.Extension
				}
			}
			for range 8 {
				ctx, cancel := context.WithCancel(context.Background())
				mu.Lock()
				timers := []*time.Timer{time.AfterFunc(time.Duration(r.Int64N(int64(2*time.Second))), cancel)}
				if changes > 0 && r.IntN(3) == 0 {
					changes--
					shuffle := 1 + r.Uint64N(2)
					timers = append(timers, time.AfterFunc(time.Duration(r.Int64N(int64(2*time.Second))), func() { w.advance(shuffle) }))
				}
				mu.Unlock()
				res, err := w.try(ctx, blob, opts)
				cancel()
				for _, timer := range timers {
					timer.Stop()
				}
				var incomplete *purchase.IncompleteError
				switch {
				case err == nil:
					note(res)
				case errors.As(err, &incomplete):
					note(incomplete.Done)
					fallthrough
				default:
					interruptions++
					if !errors.Is(err, errCut) && !errors.Is(err, context.Canceled) {
						t.Errorf("seed %d: %v", seed, err)
					}
				}
			}
			mu.Lock()
			odds = 0
			mu.Unlock()
			res := w.put(blob, opts)
			note(res)
			w.balanced(1)
			h := w.chain.blobs[0]
			f := w.chain
			// Extensions are counted by what they added.
			once := f.price(&staking.Order{EncodedSize: res.EncodedSize, Epochs: opts.Epochs})
			extended := f.price(&staking.Order{EncodedSize: res.EncodedSize, Epochs: h.End - h.Epoch - opts.Epochs}).Storage
			if f.charged != once.Total()+extended {
				t.Errorf("seed %d: charged %d, a put costs %d, its extensions %d", seed, f.charged, once.Total(), extended)
			}
			if reported != f.charged-f.lost {
				t.Errorf("seed %d: reported %d of %d, %d were charged unheard of", seed, reported, f.charged, f.lost)
			}
			if late := !h.Refundable(h.Certified); late != (f.refunded == 0) {
				t.Errorf("seed %d: registered in epoch %d, certified in %d, refunded %d", seed, h.Epoch, h.Certified, f.refunded)
			}
		})
	}
	if interruptions < rounds {
		t.Errorf("%d interruptions in %d rounds", interruptions, rounds)
	}
}
