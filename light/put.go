package light

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// PutOptions say how a blob is stored. The zero value stores it as permanent.
type PutOptions struct {
	// Kind is what the members confirm.
	Kind staking.BlobKind
	// Events gets the progress; a full channel loses events. Put does not close it.
	Events chan<- Event
}

// PutResult says what a put did.
type PutResult struct {
	Blob codec.BlobID `json:"blob"`
	// Size of the blob and EncodedSize of all its slivers and metadata copies, in bytes.
	Size        uint64 `json:"size"`
	EncodedSize uint64 `json:"encoded_size"`
	// Certificate of a quorum, verified. Weight is how many shards signed it.
	Certificate *staking.Certificate `json:"-"`
	Weight      int                  `json:"weight"`
	// Sent counts the bytes of slivers that members were given now. A member that has a part of its slivers is offered all of
	// them and declines those before their bytes travel; they count all the same.
	Sent int64 `json:"sent"`
	// Members has every member, by index.
	Members []MemberReport `json:"members"`
}

// Put stores the blob of size bytes in src and returns the certificate of its availability. src is read twice, from
// several goroutines; a source that changes between gives codec.ErrSourceChanged. What nodes already have is not sent.
//
// A quorum of shards must confirm. Members that could be spared and are much slower than the others, or do not answer, are
// left behind and reported. Errors: codec.ErrTooLarge, codec.ErrSourceChanged, an *UnavailableError, those of src and of the
// context. After an error, what nodes have stored stays there, and another put goes on from it.
func (c *Client) Put(ctx context.Context, src io.ReaderAt, size int64, opts PutOptions) (*PutResult, error) {
	ctx, com, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	ev := events(opts.Events)
	meter := &meteredReader{src: src, size: size, events: ev}
	enc, err := c.codec.Prepare(ctx, meter, size)
	meter.silence()
	if err != nil {
		if cause := ended(ctx); cause != nil {
			err = cause
		}
		return nil, fmt.Errorf("put: %w", err)
	}
	defer enc.Close()
	w := newWriter(c, com, enc, opts.Kind, ev)
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	return w.result()
}

// meteredReader reports how much of the source has been read for the first pass.
type meteredReader struct {
	src    io.ReaderAt
	size   int64
	events events

	mu     sync.Mutex // events in the order of what they count
	read   int64
	silent bool
}

func (r *meteredReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.src.ReadAt(p, off)
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.silent {
		r.read = min(r.read+int64(n), r.size)
		r.events.send(Event{Phase: PhaseEncode, Bytes: r.read, BytesTotal: r.size})
	}
	return n, err
}

// silence ends the events: the second pass reads the source again.
func (r *meteredReader) silence() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = true
}

// run goes through the members until a quorum has confirmed.
func (w *writer) run(ctx context.Context) error {
	pause := roundPause
	for round := 1; ; round++ {
		err := w.round(ctx)
		if err == nil {
			return nil
		}
		if cause := ended(ctx); cause != nil {
			err = cause
		}
		if !errors.Is(err, errShort) {
			return fmt.Errorf("put of blob %s: %w", w.id, err)
		}
		if round == putRounds || !w.promising() {
			return w.unavailable()
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("put of blob %s: %w", w.id, ended(ctx))
		}
		pause *= 2
	}
}

// round makes one try with every member that has not confirmed and did not refuse for good. errShort: no quorum.
func (w *writer) round(ctx context.Context) error {
	w.revive()
	n := int64(w.com.Params().MetadataBCSSize())
	w.stage(ctx, PhaseContact, w.unconfirmed(), func(*target) int64 { return n }, w.contact)
	if !w.com.Quorum(w.alive()) {
		return errShort
	}
	if w.plan() {
		if err := w.enc.Slivers(ctx, w.wanted, w.batch); err != nil {
			return err
		}
	}
	w.stage(ctx, PhaseConfirm, w.unconfirmed(), func(*target) int64 { return 0 }, w.confirm)
	if !w.com.Quorum(w.confirmed()) {
		return errShort
	}
	return nil
}

// batch sends a batch of slivers to their holders and returns when nobody uses it any more.
func (w *writer) batch(ctx context.Context, slivers []codec.Sliver) error {
	parts := make(map[*target][]*codec.Sliver)
	var order []*target
	for i := range slivers {
		t := w.holder(slivers[i].Axis, slivers[i].Index)
		if t.err != nil {
			continue
		}
		if parts[t] == nil {
			order = append(order, t)
		}
		parts[t] = append(parts[t], &slivers[i])
	}
	size := func(t *target) (n int64) {
		for _, s := range parts[t] {
			n += w.size(s.Axis)
		}
		return n
	}
	w.stage(ctx, PhaseStore, order, size, func(ctx context.Context, t *target) (*bls.Signature, error) {
		return nil, w.send(ctx, t, parts[t])
	})
	if cause := ended(ctx); cause != nil {
		return cause
	}
	if !w.com.Quorum(w.alive()) {
		return errShort
	}
	return nil
}

// work is what a stage does with one member, in a goroutine of its own. It returns the member's confirmation if it got one.
type work func(ctx context.Context, t *target) (*bls.Signature, error)

// stage lets do run for each of the members in parallel and waits for them. A member with which it fails is out of this
// round. Once those that still work could be spared, because the others are a quorum, they get a time: the grace, or what
// their bytes take at a fraction of the pace of the others, whichever is longer. Then they are left behind.
func (w *writer) stage(ctx context.Context, phase Phase, todo []*target, size func(*target) int64, do work) {
	type done struct {
		t   *target
		sig *bls.Signature
		err error
	}
	start := time.Now()
	results := make(chan done, len(todo))
	waiting := make(map[*target]context.CancelCauseFunc, len(todo))
	for _, t := range todo {
		tctx, cancel := context.WithCancelCause(ctx)
		waiting[t] = cancel
		go func() {
			sig, err := do(tctx, t)
			results <- done{t, sig, err}
		}()
	}
	var spareAt time.Time // when those that still work became dispensable
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for open := len(todo); open > 0; {
		select {
		case d := <-results:
			open--
			waiting[d.t](nil)
			delete(waiting, d.t)
			took := time.Since(start)
			d.t.report.Took += took
			if d.err != nil {
				w.fail(d.t, d.err)
			} else if d.sig != nil {
				w.confirmedBy(d.t, d.sig)
			} else if n := size(d.t); phase == PhaseStore && n >= largeBody {
				w.paces.add(float64(n) / max(took.Seconds(), 1e-6))
			}
			w.report(phase, d.t)
		case <-timer.C:
		}
		if spareAt.IsZero() && w.com.Quorum(w.alive()-weight(waiting)) {
			spareAt = time.Now()
		}
		if spareAt.IsZero() {
			continue
		}
		next := time.Hour
		for t, cancel := range waiting {
			patience := max(time.Until(spareAt.Add(w.c.grace)), time.Until(start.Add(w.c.grace+transferTime(size(t), w.pace()))))
			if patience <= 0 {
				cancel(errBehind)
				continue
			}
			next = min(next, patience)
		}
		timer.Reset(next)
	}
}

// pace is the slowest rate, in bytes a second, that a member is waited for although it could be spared.
func (w *writer) pace() int64 {
	return min(max(int64(w.paces.median()/stragglerFactor), floorRate), stragglerRate)
}
