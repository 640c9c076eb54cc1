package light

import (
	"context"
	"errors"
	"fmt"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// UploadOptions say how a blob is stored. The zero value stores it as permanent.
type UploadOptions struct {
	// Kind is what the members confirm.
	Kind staking.BlobKind
	// Epoch is the least epoch of the certificate: the chain's, where the caller knows it. If the client has not heard of it
	// yet, it asks the chain, for about half a minute.
	Epoch uint32
	// Events gets the progress; a full channel loses events. It is not closed.
	Events chan<- Event
}

// UploadResult says what an upload did.
type UploadResult struct {
	Blob codec.BlobID `json:"blob"`
	// Size of the blob and EncodedSize of all its slivers and metadata copies, in bytes.
	Size        uint64 `json:"size"`
	EncodedSize uint64 `json:"encoded_size"`
	// Epoch of the committee that confirmed, Certificate of a quorum of it, verified. Weight is how many shards signed it.
	Epoch       uint32               `json:"epoch"`
	Certificate *staking.Certificate `json:"-"`
	Weight      int                  `json:"weight"`
	// Sent counts the bytes of slivers that members were given now. A member that has a part of its slivers is offered all of
	// them and declines those before their bytes travel; they count all the same.
	Sent int64 `json:"sent"`
	// Members has every member of the committee, by index.
	Members []MemberReport `json:"members"`
}

// Upload stores a blob with the current committee and returns the certificate of its availability. What nodes already have
// is not sent. If the epoch changes meanwhile, it goes on with the new committee: slivers that are where they belong stay
// there, confirmations are collected anew. A blob is uploaded once at a time.
//
// A quorum of shards must confirm. Members that could be spared and are much slower than the others, or do not answer, are
// left behind and reported. Errors: codec.ErrSourceChanged, ErrNoCommittee, an *UnavailableError, those of the source and of
// the context. After an error, what nodes have stored stays there, and another upload goes on from it.
func (c *Client) Upload(ctx context.Context, p *Prepared, opts UploadOptions) (*UploadResult, error) {
	if p.enc == nil {
		return nil, fmt.Errorf("put of blob %s: %w: it is closed", p.blob, codec.ErrInvalid)
	}
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	e, err := c.reach(ctx, opts.Epoch)
	if err != nil {
		return nil, fmt.Errorf("put of blob %s: %w", p.blob, err)
	}
	w := newWriter(c, e.Current, p, opts)
	for {
		err := w.run(ctx)
		next := c.newer(w.com)
		switch {
		case next != nil && (err == nil || errors.Is(err, errOutdated) || errors.Is(err, ErrUnavailable)):
			w = w.successor(next)
		case err != nil:
			return nil, err
		default:
			return w.result()
		}
	}
}

// run goes through the members until a quorum has confirmed. errOutdated: another committee has to.
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
		if w.misled() {
			if err := w.c.refresh(ctx); err == nil && w.c.newer(w.com) != nil {
				return errOutdated
			}
		}
		if round >= w.rounds() || !w.promising() {
			return w.unavailable()
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("put of blob %s: %w", w.id, ended(ctx))
		}
		pause = min(2*pause, roundPauseMax)
	}
}

// round makes one try with every member that has not confirmed and did not refuse for good. errShort: no quorum.
func (w *writer) round(ctx context.Context) error {
	if w.c.newer(w.com) != nil {
		return errOutdated
	}
	w.revive()
	n := int64(w.com.Params().MetadataBCSSize())
	w.stage(ctx, PhaseContact, w.unconfirmed(), func(*target) int64 { return n }, w.contact)
	if !w.com.Quorum(w.alive()) {
		return errShort
	}
	if w.plan() {
		if err := w.p.enc.Slivers(ctx, w.wanted, w.batch); err != nil {
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
	switch cause := ended(ctx); {
	case cause != nil:
		return cause
	case w.c.newer(w.com) != nil:
		return errOutdated
	case !w.com.Quorum(w.alive()):
		return errShort
	default:
		return nil
	}
}
