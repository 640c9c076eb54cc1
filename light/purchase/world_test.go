package purchase_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/internal/leaktest"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/light/internal/simnet"
	"github.com/floe-network/floe/light/purchase"
	"github.com/floe-network/floe/staking"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// Prices of the test chain in FROST a KiB, begun ones included; the deposit is as much as the write.
const (
	storagePrice = 5
	writePrice   = 100
	funds        = 1 << 40
)

// fakeChain has the rules of the contracts, as far as buyers meet them.
type fakeChain struct {
	mu      sync.Mutex
	com     *staking.Committee
	prices  uint64 // times what the constants say
	balance uint64
	blobs   []*staking.Holding
	deposit map[staking.ObjectID]uint64
	storage []staking.Reservation
	barred  map[codec.BlobID]bool
	made    uint64 // objects, for their ids

	charged  uint64 // FROST ever taken
	refunded uint64
	lost     uint64 // of the charged, by transactions whose sender did not hear of them

	// before and after a call decide whether it fails, without and with its effect.
	before, after func(call string) error
}

var errCut = errors.New("connection lost")

func never(string) error { return nil }

// call runs a method of the chain. do returns what it has charged.
func (f *fakeChain) call(ctx context.Context, name string, do func() (uint64, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := f.before(name); err != nil {
		return err
	}
	f.mu.Lock()
	charged, err := do()
	if err == nil && charged > f.balance {
		panic("the chain charges more than there is")
	}
	f.balance -= charged
	f.charged += charged
	f.mu.Unlock()
	if err != nil {
		return err
	}
	if err := f.after(name); err != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.lost += charged
		return err
	}
	return nil
}

func (f *fakeChain) id() (id staking.ObjectID) {
	f.made++
	binary.BigEndian.PutUint64(id[:], f.made)
	return id
}

func (f *fakeChain) find(object staking.ObjectID) *staking.Holding {
	i := slices.IndexFunc(f.blobs, func(h *staking.Holding) bool { return h.Object == object })
	if i < 0 {
		return nil
	}
	return f.blobs[i]
}

func (f *fakeChain) Own(ctx context.Context, id codec.BlobID) (owned *staking.Holdings, err error) {
	err = f.call(ctx, "own", func() (uint64, error) {
		owned = &staking.Holdings{Epoch: f.com.Epoch(), Storage: slices.Clone(f.storage)}
		for _, h := range f.blobs {
			if h.Blob == id {
				owned.Blobs = append(owned.Blobs, *h)
			}
		}
		return 0, nil
	})
	return owned, err
}

func (f *fakeChain) price(o *staking.Order) staking.Price {
	units := (o.EncodedSize + 1023) / 1024 * f.prices
	p := staking.Price{Storage: units * storagePrice * uint64(o.Epochs), Write: units * writePrice, Deposit: units * writePrice}
	if o.Storage != (staking.ObjectID{}) {
		p.Storage = 0
	}
	return p
}

func (f *fakeChain) Price(ctx context.Context, o *staking.Order) (p staking.Price, err error) {
	err = f.call(ctx, "price", func() (uint64, error) {
		p = f.price(o)
		return 0, nil
	})
	return p, err
}

func (f *fakeChain) Register(ctx context.Context, o *staking.Order) (b *staking.Bought, err error) {
	err = f.call(ctx, "register", func() (uint64, error) {
		for _, h := range f.blobs {
			if h.Blob == o.Blob && !slices.Contains(o.Known, h.Object) {
				return 0, fmt.Errorf("%w: %s", staking.ErrStale, h.Object)
			}
		}
		p, epoch := f.price(o), f.com.Epoch()
		switch {
		case f.barred[o.Blob]:
			return 0, staking.ErrBarred
		case p.Total() > o.Limit:
			return 0, fmt.Errorf("%w: %d", staking.ErrPrice, p.Total())
		case p.Total() > f.balance:
			return 0, fmt.Errorf("%w: %d FROST are needed", staking.ErrFunds, p.Total())
		}
		if o.Storage != (staking.ObjectID{}) {
			i := slices.IndexFunc(f.storage, func(r staking.Reservation) bool { return r.Object == o.Storage })
			if i < 0 {
				return 0, staking.ErrStale
			}
			if r := f.storage[i]; r.Start > epoch || r.End < epoch+o.Epochs || r.Size < o.EncodedSize {
				return 0, errors.New("reservation does not cover the blob")
			}
			f.storage = slices.Delete(f.storage, i, i+1)
		}
		h := &staking.Holding{
			Registration: staking.Registration{Blob: o.Blob, Size: o.Size, Object: f.id(), Epoch: epoch, End: epoch + o.Epochs}, Space: o.EncodedSize,
		}
		if o.Deletable {
			h.Kind = staking.BlobKind{Deletable: true, Object: h.Object}
		}
		f.blobs = append(f.blobs, h)
		f.deposit[h.Object] = p.Deposit
		b = &staking.Bought{Registration: h.Registration, Price: p, Transaction: fmt.Sprint("register ", h.Object)}
		return p.Total(), nil
	})
	return b, err
}

func (f *fakeChain) Certify(ctx context.Context, object staking.ObjectID, cert *staking.Certificate) (c *staking.Certified, err error) {
	err = f.call(ctx, "certify", func() (uint64, error) {
		h := f.find(object)
		switch conf := cert.Confirmation; {
		case h == nil:
			return 0, errors.New("no such object")
		case h.Certified != 0:
			return 0, staking.ErrCertified
		case f.barred[h.Blob]:
			return 0, staking.ErrBarred
		case conf.Epoch != f.com.Epoch():
			return 0, fmt.Errorf("%w: %d, it is %d", staking.ErrEpoch, conf.Epoch, f.com.Epoch())
		case conf.Blob != h.Blob || conf.Kind != h.Kind:
			return 0, fmt.Errorf("certificate of %+v for %+v", conf, h)
		}
		if err := f.com.VerifyCertificate(cert); err != nil {
			return 0, err
		}
		weight, err := f.com.Weight(cert.Signers)
		if err != nil {
			return 0, err
		}
		h.Certified = f.com.Epoch()
		c = &staking.Certified{Epoch: h.Certified, Transaction: fmt.Sprint("certify ", object)}
		if h.Refundable(h.Certified) {
			quorum := f.com.QuorumWeight()
			c.Refund = f.deposit[object] * uint64(weight-quorum) / uint64(f.com.Params().Shards()-quorum)
		}
		delete(f.deposit, object)
		f.refunded += c.Refund
		f.balance += c.Refund
		return 0, nil
	})
	return c, err
}

func (f *fakeChain) Extend(ctx context.Context, object staking.ObjectID, epochs uint32, limit uint64) (x *staking.Extended, err error) {
	err = f.call(ctx, "extend", func() (uint64, error) {
		h := f.find(object)
		if h == nil || h.Certified == 0 {
			return 0, errors.New("no such certified object")
		}
		cost := f.price(&staking.Order{EncodedSize: h.Space, Epochs: epochs}).Storage
		switch {
		case cost > limit:
			return 0, fmt.Errorf("%w: %d", staking.ErrPrice, cost)
		case cost > f.balance:
			return 0, fmt.Errorf("%w: %d FROST are needed", staking.ErrFunds, cost)
		}
		h.End += epochs
		x = &staking.Extended{End: h.End, Cost: cost, Transaction: fmt.Sprint("extend ", object)}
		return cost, nil
	})
	return x, err
}

// world is an account, the chain, and storage nodes that follow the chain.
type world struct {
	t     *testing.T
	net   *simnet.Net
	chain *fakeChain
}

func newWorld(t *testing.T) *world {
	net := simnet.New(t, simnet.Even(10, 10)...)
	w := &world{t: t, net: net, chain: &fakeChain{
		com: net.Committee(), prices: 1, balance: funds, deposit: make(map[staking.ObjectID]uint64),
		barred: make(map[codec.BlobID]bool), before: never, after: never,
	}}
	net.Registered = func(conf staking.Confirmation) bool {
		w.chain.mu.Lock()
		defer w.chain.mu.Unlock()
		return slices.ContainsFunc(w.chain.blobs, func(h *staking.Holding) bool { return h.Blob == conf.Blob && h.Kind == conf.Kind })
	}
	return w
}

// advance begins the next epoch everywhere; shards move with another seed than 1.
func (w *world) advance(seed uint64) {
	next := w.net.Elect(seed, simnet.Even(10, 10)...)
	w.chain.mu.Lock()
	w.chain.com = next
	w.chain.mu.Unlock()
	w.net.Advance(next)
}

// buyer is one of a new process of the account.
func (w *world) buyer() (*purchase.Buyer, func()) {
	w.t.Helper()
	client, err := light.NewClient(light.Config{Chain: w.net, Network: w.net, Connector: w.net, Codec: w.net.Codec})
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := purchase.New(w.chain, client)
	if err != nil {
		w.t.Fatal(err)
	}
	return b, func() { _ = client.Close() }
}

// try puts a blob in a process of its own.
func (w *world) try(ctx context.Context, blob []byte, opts purchase.Options) (*purchase.Result, error) {
	w.t.Helper()
	b, end := w.buyer()
	defer end()
	return b.Put(ctx, bytes.NewReader(blob), int64(len(blob)), opts)
}

// put is try, which must succeed.
func (w *world) put(blob []byte, opts purchase.Options) *purchase.Result {
	w.t.Helper()
	res, err := w.try(context.Background(), blob, opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

// balanced checks that no FROST is missing and that there are so many objects, all certified.
func (w *world) balanced(objects int) {
	w.t.Helper()
	f := w.chain
	if f.balance != funds-f.charged+f.refunded {
		w.t.Errorf("balance %d: %d charged, %d refunded", f.balance, f.charged, f.refunded)
	}
	if len(f.blobs) != objects {
		w.t.Errorf("%d objects, want %d", len(f.blobs), objects)
	}
	for _, h := range f.blobs {
		if h.Certified == 0 {
			w.t.Errorf("object %s is not certified", h.Object)
		}
	}
}

// sample returns size bytes that differ everywhere.
func sample(size int, seed uint64) []byte {
	b := make([]byte, size)
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	_, _ = io.ReadFull(rand.NewChaCha8(key), b)
	return b
}
