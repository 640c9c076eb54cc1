package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/floe-network/floe/staking/devchain/checkpoint"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
)

// request is what the writer is to do: execute a transaction, or seal a checkpoint.
type request struct {
	ctx        context.Context
	tx         *admitted     // nil to seal a checkpoint
	advance    time.Duration // of the clock, before the checkpoint
	answer     chan struct{} // closed when what follows is there
	result     *store.Transaction
	checkpoint uint64
	err        error
}

func (r *request) fail(err error) {
	r.err = err
	close(r.answer)
}

// submit has the writer do something.
func (l *Ledger) submit(r *request) error {
	r.answer = make(chan struct{})
	select {
	case <-l.done:
		return l.gone()
	default:
	}
	select {
	case l.requests <- r:
	default:
		return ErrBusy
	}
	select {
	case <-r.answer:
		return r.err
	case <-l.done:
		// The answer may have come last.
		select {
		case <-r.answer:
			return r.err
		default:
			return l.gone()
		}
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

// writer is the goroutine that writes. Its head is ahead of the Ledger's while a group is not committed.
type writer struct {
	*Ledger
	head  store.Head
	batch *store.Batch
	// What the open checkpoint has so far.
	contents checkpoint.Contents
	users    int // transactions of users among them
}

// reopen reads the transactions of the open checkpoint.
func (w *writer) reopen() error {
	if !w.head.Open {
		return nil
	}
	for n := w.head.First; n < w.head.Next; n++ {
		t, err := w.db.Transaction(n)
		if err != nil {
			return err
		}
		if t == nil {
			return missing("transaction", n)
		}
		w.list(t)
	}
	return nil
}

// list adds a transaction to the open checkpoint.
func (w *writer) list(t *store.Transaction) {
	signatures := t.Signatures
	if signatures == nil {
		signatures = [][]byte{}
	} else {
		w.users++
	}
	w.contents.Transactions = append(w.contents.Transactions, checkpoint.Execution{Transaction: t.Digest, Effects: t.EffectsDigest})
	w.contents.Signatures = append(w.contents.Signatures, signatures)
}

// run works until the ledger is closed or cannot be written.
func (w *writer) run() {
	var tick <-chan time.Time
	if w.options.Interval > 0 {
		t := time.NewTicker(w.options.Interval)
		defer t.Stop()
		tick = t.C
	}
	for {
		var err error
		select {
		case <-w.quit:
			return
		case <-tick:
			err = w.group(&request{ctx: context.Background(), answer: make(chan struct{})})
		case r := <-w.requests:
			err = w.group(r)
		}
		if err != nil {
			w.mu.Lock()
			w.broken = err
			w.mu.Unlock()
			return
		}
	}
}

// group does what is asked for first and what else waits, commits it, and answers. An error is the end of the writer.
func (w *writer) group(first *request) (err error) {
	if err := w.db.Room(w.options.MinFree); err != nil {
		first.fail(err)
		return nil
	}
	w.batch = w.db.Batch()
	var answers []*request
	before := w.head
	defer func() {
		if err != nil {
			err = errors.Join(err, w.batch.Discard())
		}
	}()
	began := time.Now()
	for r := first; r != nil; {
		answered, err := w.handle(r)
		if err != nil {
			return err
		}
		if !answered {
			answers = append(answers, r)
		}
		if w.head.Sequence != before.Sequence { // a checkpoint ends the group
			break
		}
		r = nil
		if len(answers) < maxGroup && time.Since(began) < maxGroupTime && w.batch.Bytes() < maxGroupBytes {
			select {
			case r = <-w.requests:
			default:
			}
		}
	}
	if err := w.commit(before); err != nil {
		return err
	}
	for _, r := range answers {
		close(r.answer)
	}
	return nil
}

// handle does what is asked for, and says whether it was answered already, because there is nothing to commit.
func (w *writer) handle(r *request) (answered bool, err error) {
	if err := r.ctx.Err(); err != nil {
		r.fail(err)
		return true, nil
	}
	if r.tx == nil {
		w.head.Ahead += uint64(r.advance.Milliseconds())
		r.checkpoint = w.head.Sequence
		return false, w.seal()
	}
	t, refused, err := w.transact(r.ctx, r.tx)
	if refused != nil {
		r.fail(refused)
		return true, nil
	}
	if r.result = t; err == nil && w.users >= maxCheckpoint {
		err = w.seal()
	}
	return false, err
}

// commit puts everything on disk, and shows it.
func (w *writer) commit(before store.Head) error {
	if w.head == before {
		return w.batch.Discard()
	}
	if err := w.batch.SetHead(&w.head); err != nil {
		return err
	}
	if err := w.batch.Commit(); err != nil {
		return err
	}
	w.archive.committed()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Ledger.head = w.head
	if w.head.Sequence != before.Sequence {
		close(w.sealed)
		w.sealed = make(chan struct{})
	}
	return nil
}

// Seal seals a checkpoint now, and says which. It fails with ErrBusy, ErrClosed, store.ErrFull and store.ErrBroken, and when
// the context ends: then the checkpoint may come nevertheless.
func (l *Ledger) Seal(ctx context.Context) (uint64, error) {
	r := &request{ctx: ctx}
	if err := l.submit(r); err != nil {
		return 0, err
	}
	return r.checkpoint, nil
}

// Advance sets the clock ahead, up to ten years, and seals checkpoints, of which the last, which it names, has the new time.
// The distance to the host's clock stays, also when the chain is opened again. It fails with ErrClock, and as Seal does.
func (l *Ledger) Advance(ctx context.Context, by time.Duration) (uint64, error) {
	if by < 0 || by > maxAdvance {
		return 0, fmt.Errorf("%w: by %s, want 0 to %s", ErrClock, by, maxAdvance)
	}
	if l.Head().Open { // its time is set already
		if _, err := l.Seal(ctx); err != nil {
			return 0, err
		}
	}
	r := &request{ctx: ctx, advance: by}
	if err := l.submit(r); err != nil {
		return 0, err
	}
	return r.checkpoint, nil
}
