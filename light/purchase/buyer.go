package purchase

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/staking"
)

// Buyer stores blobs on one account. It is safe for concurrent use; puts of the same blob take turns.
type Buyer struct {
	chain  Chain
	client *light.Client
	turns  turns
}

// New returns a buyer. It owns neither the chain nor the client.
func New(chain Chain, client *light.Client) (*Buyer, error) {
	if chain == nil || client == nil {
		return nil, fmt.Errorf("%w: a buyer needs a chain and a client", codec.ErrInvalid)
	}
	return &Buyer{chain: chain, client: client, turns: turns{blobs: make(map[codec.BlobID]*turn)}}, nil
}

// Put stores the blob of size bytes in src, or goes on with what was begun; see the package's documentation. src is read
// twice, from several goroutines, and must not change.
//
// Errors: those of light.Client.Prepare, a *ShortError, and those of Chain, all of which mean that the account has no object of
// this put; from the moment when it has one, an *IncompleteError around those of Chain and of light.Client.Upload. The error of
// Chain.Register may leave it open whether it has: the next put finds out.
func (b *Buyer) Put(ctx context.Context, src io.ReaderAt, size int64, opts Options) (*Result, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	p, err := b.client.Prepare(ctx, src, size, opts.Events)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	done, err := b.turns.take(ctx, p.Blob())
	if err != nil {
		return nil, fmt.Errorf("put of blob %s: %w", p.Blob(), err)
	}
	defer done()
	t := &put{chain: b.chain, client: b.client, blob: p, opts: &opts}
	if phase, err := t.run(ctx); err != nil {
		if phase != light.PhaseContact { // an upload says itself what it was
			err = fmt.Errorf("put of blob %s: %s: %w", p.Blob(), phase, err)
		}
		if t.res == nil {
			return nil, uncertain(phase, err)
		}
		return nil, &IncompleteError{Phase: phase, Done: t.res, Err: err}
	}
	return t.res, nil
}

// uncertain adds what to do after an error that leaves it open whether something was bought.
func uncertain(phase light.Phase, err error) error {
	if phase != light.PhaseRegister {
		return err
	}
	for _, sure := range []error{staking.ErrFunds, staking.ErrPrice, staking.ErrStale, staking.ErrBarred} {
		if errors.Is(err, sure) {
			return err
		}
	}
	return fmt.Errorf("%w. If it came to be registered all the same, putting it again goes on with that", err)
}

// put is one put of a blob whose turn it is.
type put struct {
	chain  Chain
	client *light.Client
	blob   *light.Prepared
	opts   *Options

	epoch uint32          // the newest that the chain has told
	want  uint64          // the end epoch that was asked for
	own   staking.Holding // the object
	spent uint64          // FROST
	res   *Result         // nil while there is no object
}

// run returns the phase that failed.
func (t *put) run(ctx context.Context) (light.Phase, error) {
	if phase, err := t.acquire(ctx); err != nil {
		return phase, err
	}
	if t.res.Certified == 0 {
		if phase, err := t.store(ctx); err != nil {
			return phase, err
		}
	}
	if t.opts.Owned == Extend && uint64(t.res.End) < t.want {
		if err := t.extend(ctx); err != nil {
			return light.PhaseExtend, err
		}
	}
	if end := uint64(t.res.End); end < t.want {
		t.res.Short = uint32(t.want - end) //nolint:gosec // less than the epochs asked for
	}
	return 0, nil
}

// acquire finds an object or buys one.
func (t *put) acquire(ctx context.Context) (light.Phase, error) {
	for try := 1; ; try++ {
		t.send(light.Event{Phase: light.PhaseQuote})
		owned, err := t.chain.Own(ctx, t.blob.Blob())
		if err != nil {
			return light.PhaseQuote, err
		}
		c := choice{opts: t.opts, owned: owned}
		t.epoch, t.want = owned.Epoch, c.want()
		h, err := c.holding()
		if err != nil {
			return light.PhaseQuote, err
		}
		if h != nil {
			t.send(light.Event{Phase: light.PhaseQuote, Done: 1, Total: 1, Object: h.Object})
			t.begin(h, owned.Blobs, Resumed)
			if h.Certified != 0 {
				t.res.Outcome = Present
			}
			return 0, nil
		}
		phase, err := t.buy(ctx, c)
		if again := errors.Is(err, staking.ErrStale) || errors.Is(err, errMoved); !again || try == buyTries {
			return phase, err
		}
	}
}

// errMoved: an order costs more than the price that it was made for. Another look at the prices helps.
var errMoved = errors.New("prices change while this put goes on")

// buy makes an order and registers the blob with it.
func (t *put) buy(ctx context.Context, c choice) (light.Phase, error) {
	order := &staking.Order{
		Blob: t.blob.Blob(), Root: t.blob.Root(), Size: t.blob.Size(), EncodedSize: t.blob.EncodedSize(),
		Epochs: t.opts.Epochs, Deletable: t.opts.Deletable, Storage: c.storage(t.blob.EncodedSize()), Known: c.objects(),
	}
	price, err := t.chain.Price(ctx, order)
	if err != nil {
		return light.PhaseQuote, err
	}
	if order.Limit, err = t.afford(price.Total()); err != nil {
		return light.PhaseQuote, err
	}
	t.send(light.Event{Phase: light.PhaseQuote, Done: 1, Total: 1, Frost: order.Limit})
	t.send(light.Event{Phase: light.PhaseRegister, Frost: order.Limit})
	bought, err := t.chain.Register(ctx, order)
	if err != nil {
		return light.PhaseRegister, moved(err)
	}
	t.begin(&staking.Holding{Registration: bought.Registration, Space: t.blob.EncodedSize()}, c.owned.Blobs, Stored)
	t.epoch = max(t.epoch, bought.Epoch)
	t.res.Paid = bought.Price
	t.spent = bought.Price.Total()
	t.sent(light.PhaseRegister, bought.Transaction, t.spent)
	return 0, nil
}

// moved marks the error of an order whose limit was its price.
func moved(err error) error {
	if errors.Is(err, staking.ErrPrice) {
		return fmt.Errorf("%w: %w", errMoved, err)
	}
	return err
}

// afford returns a price if it can be paid within the limit.
func (t *put) afford(price uint64) (uint64, error) {
	if limit := t.opts.Limit; limit != 0 && (t.spent > limit || price > limit-t.spent) {
		return 0, fmt.Errorf("%w: it costs %d FROST, %d of %d are left", staking.ErrPrice, price, limit-min(limit, t.spent), limit)
	}
	return price, nil
}

// begin starts the result with the object that the put works on, one of all that are owned or a new one.
func (t *put) begin(h *staking.Holding, all []staking.Holding, outcome Outcome) {
	t.own = *h
	t.res = &Result{
		Blob: t.blob.Blob(), Size: t.blob.Size(), EncodedSize: t.blob.EncodedSize(), Outcome: outcome,
		Object: h.Object, Deletable: t.opts.Deletable, Registered: h.Epoch, Certified: h.Certified, End: h.End,
	}
	for i := range all {
		if all[i].Object != h.Object {
			t.res.Others = append(t.res.Others, all[i].Object)
		}
	}
}

// store uploads the blob and has it certified, again when the epoch changes before the chain has the certificate.
func (t *put) store(ctx context.Context) (light.Phase, error) {
	opts := light.UploadOptions{Epoch: t.epoch, Events: t.opts.Events}
	if t.opts.Deletable {
		opts.Kind = staking.BlobKind{Deletable: true, Object: t.own.Object}
	}
	pause := certifyPause
	for try := 1; ; try++ {
		up, err := t.client.Upload(ctx, t.blob, opts)
		if err != nil {
			return light.PhaseContact, err
		}
		t.res.Upload = up
		if up.Epoch >= t.res.End {
			return light.PhaseCertify, ErrOver
		}
		err = t.certify(ctx, up.Certificate)
		if !errors.Is(err, staking.ErrEpoch) || try == certifyTries {
			return light.PhaseCertify, err
		}
		owned, err := t.chain.Own(ctx, t.blob.Blob())
		if err != nil {
			return light.PhaseCertify, err
		}
		if owned.Epoch >= t.res.End {
			return light.PhaseCertify, ErrOver
		}
		if opts.Epoch = owned.Epoch; opts.Epoch <= up.Epoch {
			if err := sleep(ctx, pause); err != nil {
				return light.PhaseCertify, err
			}
			pause *= 2
		}
	}
}

// certify gives the chain the certificate.
func (t *put) certify(ctx context.Context, cert *staking.Certificate) error {
	t.send(light.Event{Phase: light.PhaseCertify, Object: t.own.Object})
	done, err := t.chain.Certify(ctx, t.own.Object, cert)
	switch {
	case errors.Is(err, staking.ErrCertified):
		// By another program of the account, which got the refund.
		t.res.Certified = cert.Confirmation.Epoch
		t.send(light.Event{Phase: light.PhaseCertify, Object: t.own.Object, Done: 1, Total: 1})
		return nil
	case err != nil:
		return err
	}
	t.res.Certified, t.res.Refund, t.res.Late = done.Epoch, done.Refund, !t.own.Refundable(done.Epoch)
	t.sent(light.PhaseCertify, done.Transaction, done.Refund)
	return nil
}

// extend buys the object the epochs that it lacks.
func (t *put) extend(ctx context.Context) error {
	lack := uint32(t.want - uint64(t.res.End)) //nolint:gosec // less than the epochs asked for
	order := &staking.Order{
		Blob: t.blob.Blob(), Root: t.blob.Root(), Size: t.blob.Size(), EncodedSize: t.own.Space, Epochs: lack, Deletable: t.opts.Deletable,
	}
	for try := 1; ; try++ {
		price, err := t.chain.Price(ctx, order)
		if err != nil {
			return err
		}
		limit, err := t.afford(price.Storage)
		if err != nil {
			return err
		}
		t.send(light.Event{Phase: light.PhaseExtend, Object: t.own.Object, Frost: limit})
		extended, err := t.chain.Extend(ctx, t.own.Object, lack, limit)
		if err == nil {
			t.res.End, t.res.Extension = extended.End, extended.Cost
			t.sent(light.PhaseExtend, extended.Transaction, extended.Cost)
			return nil
		}
		if !errors.Is(err, staking.ErrPrice) {
			return err
		}
		if try == buyTries {
			return moved(err)
		}
	}
}

// sent notes a transaction.
func (t *put) sent(phase light.Phase, id string, frost uint64) {
	t.res.Transactions = append(t.res.Transactions, Transaction{Phase: phase, ID: id})
	t.send(light.Event{Phase: phase, Object: t.own.Object, Frost: frost, Done: 1, Total: 1})
}

// send tells of progress, if somebody listens.
func (t *put) send(ev light.Event) {
	ev.Blob = t.blob.Blob()
	select {
	case t.opts.Events <- ev:
	default:
	}
}

// sleep waits and returns the cause if the context ends before.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
