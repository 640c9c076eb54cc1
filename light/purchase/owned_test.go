package purchase_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/light/internal/simnet"
	"github.com/floe-network/floe/light/purchase"
	"github.com/floe-network/floe/staking"
)

// now is the epoch in which the tests put, some epochs after the first one.
const now = simnet.FirstEpoch + 4

// object is an object that the account owns: of kind, registered and certified so many epochs ago (certified none: not), with
// so many epochs left.
type object struct {
	deletable             bool
	registered, certified int
	left                  int
}

// none says that an object is not certified.
const none = -1

// own gives the account objects of a blob in epoch now, and returns their ids.
func (w *world) own(blob []byte, objects ...object) (codec.BlobID, []staking.ObjectID) {
	w.t.Helper()
	_, _, id, err := w.net.Codec.EncodeBytes(context.Background(), blob)
	if err != nil {
		w.t.Fatal(err)
	}
	encoded, err := w.net.Committee().Params().EncodedSize(uint64(len(blob)))
	if err != nil {
		w.t.Fatal(err)
	}
	for w.chain.com.Epoch() < now {
		w.advance(1)
	}
	var ids []staking.ObjectID
	for _, o := range objects {
		h := &staking.Holding{Registration: staking.Registration{
			Blob: id, Size: uint64(len(blob)), Object: w.chain.id(), Epoch: uint32(now - o.registered), End: uint32(now + o.left),
		}, Space: encoded}
		if o.deletable {
			h.Kind = staking.BlobKind{Deletable: true, Object: h.Object}
		}
		if o.certified != none {
			h.Certified = uint32(now - o.certified)
		} else {
			w.chain.deposit[h.Object] = 1000
		}
		w.chain.blobs = append(w.chain.blobs, h)
		ids = append(ids, h.Object)
	}
	return id, ids
}

// What the account owns decides what a put does.
func TestOwned(t *testing.T) {
	const bought = -1
	type want struct {
		object  int // index, or bought
		outcome purchase.Outcome
		short   uint32
		late    bool
		extends uint32
		err     error
	}
	fresh := want{object: bought, outcome: purchase.Stored}
	for _, tc := range []struct {
		name                 string
		owned                []object
		use, extend, another want
	}{
		{"nothing", nil, fresh, fresh, fresh},
		{"certified", []object{{certified: 0, left: 5}},
			want{outcome: purchase.Present}, want{outcome: purchase.Present}, fresh},
		{"certified for longer", []object{{registered: 3, certified: 3, left: 6}},
			want{outcome: purchase.Present}, want{outcome: purchase.Present}, fresh},
		{"certified in the epoch before", []object{{registered: 1, certified: 1, left: 4}},
			want{outcome: purchase.Present, short: 1}, want{outcome: purchase.Present, extends: 1}, fresh},
		{"certified long ago", []object{{registered: 2, certified: 2, left: 3}},
			want{err: purchase.ErrShort}, want{outcome: purchase.Present, extends: 2}, fresh},
		{"certified for less", []object{{certified: 0, left: 4}},
			want{err: purchase.ErrShort}, want{outcome: purchase.Present, extends: 1}, fresh},
		{"ended", []object{{registered: 3, certified: 3, left: 0}}, fresh, fresh, fresh},
		{"of the other kind", []object{{deletable: true, left: 5}, {deletable: true, certified: none, left: 5}}, fresh, fresh, fresh},
		{"registered", []object{{certified: none, left: 5}},
			want{outcome: purchase.Resumed}, want{outcome: purchase.Resumed}, want{outcome: purchase.Resumed}},
		{"registered in the epoch before", []object{{registered: 1, certified: none, left: 4}},
			want{outcome: purchase.Resumed, short: 1}, want{outcome: purchase.Resumed, extends: 1}, want{outcome: purchase.Resumed, short: 1}},
		{"registered long ago", []object{{registered: 2, certified: none, left: 3}},
			want{err: purchase.ErrShort}, want{outcome: purchase.Resumed, late: true, extends: 2}, fresh},
		{"registered long ago for long", []object{{registered: 2, certified: none, left: 7}},
			want{outcome: purchase.Resumed, late: true}, want{outcome: purchase.Resumed, late: true}, want{outcome: purchase.Resumed, late: true}},
		{"registered for less", []object{{certified: none, left: 4}},
			want{err: purchase.ErrShort}, want{outcome: purchase.Resumed, extends: 1}, fresh},
		{"a refund to be had beside a certified one", []object{{left: 9}, {certified: none, left: 5}},
			want{object: 1, outcome: purchase.Resumed}, want{object: 1, outcome: purchase.Resumed}, want{object: 1, outcome: purchase.Resumed}},
		{"a certified one beside one without refund", []object{{registered: 3, certified: none, left: 9}, {registered: 3, certified: 3, left: 6}},
			want{object: 1, outcome: purchase.Present}, want{object: 1, outcome: purchase.Present}, want{object: 0, outcome: purchase.Resumed, late: true}},
		{"two certified", []object{{registered: 3, certified: 3, left: 6}, {registered: 3, certified: 3, left: 8}},
			want{object: 1, outcome: purchase.Present}, want{object: 1, outcome: purchase.Present}, fresh},
		{"a short one first", []object{{certified: none, left: 2}, {left: 8}},
			want{object: 1, outcome: purchase.Present}, want{object: 0, outcome: purchase.Resumed, extends: 3}, fresh},
	} {
		for owned, want := range []want{tc.use, tc.extend, tc.another} {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				blob := sample(3000, 1)
				_, ids := w.own(blob, tc.owned...)
				opts := purchase.Options{Epochs: 5, Owned: purchase.Owned(owned)}
				res, err := w.try(context.Background(), blob, opts)
				if !errors.Is(err, want.err) {
					t.Fatalf("%s, %d: %v, want %v", tc.name, owned, err, want.err)
				}
				if want.err != nil {
					var short *purchase.ShortError
					if !errors.As(err, &short) || short.Holding.Object != ids[0] || short.Want != now+5 || w.chain.charged != 0 {
						t.Errorf("%s, %d: %v", tc.name, owned, err)
					}
					t.Log(err)
					return
				}
				if res.Outcome != want.outcome || res.Short != want.short || res.Late != want.late {
					t.Errorf("%s, %d: %+v", tc.name, owned, res)
				}
				price := w.chain.price(&staking.Order{EncodedSize: res.EncodedSize, Epochs: 5})
				others := len(ids)
				if want.object == bought {
					if len(w.chain.blobs) != len(ids)+1 || w.chain.charged != price.Total() || res.Paid != price {
						t.Errorf("%s, %d: %d objects, charged %d", tc.name, owned, len(w.chain.blobs), w.chain.charged)
					}
				} else {
					others--
					if res.Object != ids[want.object] || w.chain.charged != price.Storage/5*uint64(want.extends) || res.Extension != w.chain.charged {
						t.Errorf("%s, %d: charged %d, %+v", tc.name, owned, w.chain.charged, res)
					}
				}
				if len(res.Others) != others {
					t.Errorf("%s, %d: %d others", tc.name, owned, len(res.Others))
				}
				h := w.chain.find(res.Object)
				if h.Certified == 0 || h.Certified != res.Certified || h.End != res.End || h.Epoch != res.Registered || uint64(h.End)+uint64(res.Short) < now+5 {
					t.Errorf("%s, %d: %+v, %+v", tc.name, owned, h, res)
				}
				if late := want.late; late && res.Refund != 0 || !late && want.outcome == purchase.Resumed && res.Refund == 0 {
					t.Errorf("%s, %d: refund %d", tc.name, owned, res.Refund)
				}
			})
		}
	}
}

// A *ShortError says what is there and what can be done.
func TestShortErrorSays(t *testing.T) {
	for state, h := range map[string]staking.Holding{
		"is certified": {Registration: staking.Registration{Epoch: 3, End: 9}, Certified: 3},
		"no refund":    {Registration: staking.Registration{Epoch: 3, End: 9}},
		"registered":   {Registration: staking.Registration{Epoch: 6, End: 9}},
	} {
		text := (&purchase.ShortError{Holding: h, Epoch: 7, Want: 12}).Error()
		for _, s := range []string{state, "ends at epoch 9, not 12", "at most 2 epochs"} {
			if !strings.Contains(text, s) {
				t.Errorf("%q does not say %q", text, s)
			}
		}
	}
}

// An extension is interrupted, dearer than seen, too dear, and goes through once.
func TestExtend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		blob := sample(3000, 1)
		_, ids := w.own(blob, object{registered: 2, certified: 2, left: 3})
		opts := purchase.Options{Epochs: 5, Owned: purchase.Extend, Limit: 1}
		_, err := w.try(context.Background(), blob, opts)
		var incomplete *purchase.IncompleteError
		if !errors.Is(err, staking.ErrPrice) || !errors.As(err, &incomplete) || incomplete.Phase != light.PhaseExtend || w.chain.charged != 0 {
			t.Error(err)
		}
		t.Log(err)

		opts.Limit = 0
		w.chain.before = func(call string) error {
			if call == "extend" {
				w.chain.prices++
			}
			return nil
		}
		if _, err = w.try(context.Background(), blob, opts); !errors.Is(err, staking.ErrPrice) || w.chain.charged != 0 {
			t.Error(err)
		}
		w.chain.before = func(call string) error {
			if call == "extend" && w.chain.prices < 10 {
				w.chain.prices = 10
			}
			return nil
		}
		w.chain.after = func(call string) error {
			if call == "extend" {
				return errCut
			}
			return nil
		}
		if _, err = w.try(context.Background(), blob, opts); !errors.Is(err, errCut) {
			t.Error(err)
		}
		w.chain.after = never
		res := w.put(blob, opts)
		if res.Object != ids[0] || res.End != now+5 || res.Extension != 0 {
			t.Errorf("%+v", res)
		}
		if once := w.chain.price(&staking.Order{EncodedSize: res.EncodedSize, Epochs: 2}).Storage; w.chain.charged != once {
			t.Errorf("charged %d, once is %d", w.chain.charged, once)
		}
	})
}

// Reservations of the account are used when they fit, the one with the least to spare.
func TestReservation(t *testing.T) {
	reserved := func(i, size uint64, start, end uint32) staking.Reservation {
		r := staking.Reservation{Size: size, Start: start, End: end}
		binary.BigEndian.PutUint64(r.Object[:], i)
		return r
	}
	for _, tc := range []struct {
		name    string
		storage func(size uint64) []staking.Reservation
		reserve bool
		want    uint64 // 0: a new one
	}{
		{"none", func(uint64) []staking.Reservation { return nil }, false, 0},
		{"fits", func(n uint64) []staking.Reservation { return []staking.Reservation{reserved(91, n, now, now+5)} }, false, 91},
		{"is not to be used", func(n uint64) []staking.Reservation { return []staking.Reservation{reserved(91, n, now, now+5)} }, true, 0},
		{"too small", func(n uint64) []staking.Reservation { return []staking.Reservation{reserved(91, n-1, now, now+5)} }, false, 0},
		{"too short", func(n uint64) []staking.Reservation { return []staking.Reservation{reserved(91, n, now, now+4)} }, false, 0},
		{"of the future", func(n uint64) []staking.Reservation { return []staking.Reservation{reserved(91, n, now+1, now+9)} }, false, 0},
		{"least to spare", func(n uint64) []staking.Reservation {
			return []staking.Reservation{
				reserved(91, n+5, now, now+5), reserved(92, n+1, now, now+9), reserved(93, n+1, now-2, now+8), reserved(94, n+2, now, now+5),
			}
		}, false, 93},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			blob := sample(3000, 1)
			w.own(blob)
			encoded, err := w.net.Committee().Params().EncodedSize(3000)
			if err != nil {
				t.Fatal(err)
			}
			w.chain.storage = tc.storage(encoded)
			before := len(w.chain.storage)
			res := w.put(blob, purchase.Options{Epochs: 5, Reserve: tc.reserve})
			if used := len(w.chain.storage) < before; used != (tc.want != 0) || used != (res.Paid.Storage == 0) {
				t.Errorf("%s: %d of %d are left, paid %+v", tc.name, len(w.chain.storage), before, res.Paid)
			}
			for _, r := range w.chain.storage {
				if r.Object == reserved(tc.want, 0, 0, 0).Object {
					t.Errorf("%s: %s was not used", tc.name, r.Object)
				}
			}
			w.balanced(1)
		})
	}
	// One that is gone when the order arrives is done without.
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		blob := sample(3000, 1)
		w.own(blob)
		w.chain.storage = []staking.Reservation{reserved(91, 1<<30, now, now+5)}
		w.chain.before = func(call string) error {
			if call == "register" {
				w.chain.storage = nil
			}
			return nil
		}
		if res := w.put(blob, five); res.Paid.Storage == 0 {
			t.Errorf("%+v", res)
		}
	})
}

// A second object of another blob id has nothing to do with the first.
func TestTwoBlobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b, end := w.buyer()
		defer end()
		for i := range uint64(2) {
			blob := sample(3000, i)
			if res, err := b.Put(context.Background(), bytes.NewReader(blob), 3000, five); err != nil || res.Outcome != purchase.Stored || len(res.Others) != 0 {
				t.Errorf("%+v, %v", res, err)
			}
		}
		w.balanced(2)
	})
}
