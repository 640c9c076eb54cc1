package sui

import (
	"context"
	"errors"
	"fmt"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Checkpoint is what happened in a checkpoint, as far as it was told in events.
type Checkpoint struct {
	Sequence uint64
	Time     time.Time
	Events   []Told
}

// Told is an event of a transaction. Transaction and Index name it for good.
type Told struct {
	Transaction ptb.Digest
	Index       int
	Event
}

// PrunedError says that endpoints no longer have the checkpoints that were asked for.
type PrunedError struct {
	// From was asked for; First is the oldest that can be had.
	From, First uint64
}

func (e *PrunedError) Error() string {
	return fmt.Sprintf("checkpoint %d is no longer to be had, the first that is left is %d", e.From, e.First)
}

// checkpointFields are what is asked for of a checkpoint.
var checkpointFields = []string{"sequence_number", "summary.timestamp", "transactions.digest", "transactions.events.events"}

// Follow gives checkpoints to handle, each once, in order and without gaps, from a number on: first those that there are, then
// the others as they come. It goes on with another endpoint where one fails, and ends when ctx does, when handle fails, with a
// *PrunedError, or when no endpoint gives more; whoever calls it again goes on behind the last that was handled.
func (c *Client) Follow(ctx context.Context, from uint64, handle func(context.Context, *Checkpoint) error) error {
	f := &follower{next: from, handle: func(p *Checkpoint) error { return handle(ctx, p) }}
	for {
		before := f.next
		err := found(c.set.Do(ctx, followLimit, f.run))
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case f.failed != nil:
			return f.failed
		case err != nil && f.next == before:
			return err
		}
	}
}

// follower is where a Follow is.
type follower struct {
	next   uint64
	handle func(*Checkpoint) error
	failed error // of handle, or a PrunedError: what another endpoint does not change
}

// run reads from one endpoint until it fails.
func (f *follower) run(ctx context.Context, conn grpc.ClientConnInterface) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silence := time.AfterFunc(silenceLimit, func() { cancel(errSilent) })
	defer silence.Stop()
	stream, err := v2.NewSubscriptionServiceClient(conn).SubscribeCheckpoints(ctx,
		&v2.SubscribeCheckpointsRequest{ReadMask: mask(checkpointFields...)}, grpc.MaxCallRecvMsgSize(maxCheckpoint))
	if err != nil {
		return err
	}
	for {
		silence.Reset(silenceLimit)
		m, err := stream.Recv()
		switch cause := context.Cause(ctx); {
		case errors.Is(cause, errSilent):
			return errSilent
		case errors.Is(cause, context.DeadlineExceeded):
			return nil
		case err != nil:
			return err
		}
		silence.Stop() // handling takes its own time
		if err := f.backfill(ctx, conn, m.GetCursor()); err != nil {
			return err
		}
		if m.GetCursor() == f.next {
			if err := f.pass(m.GetCheckpoint()); err != nil {
				return err
			}
		}
	}
}

// errSilent is the error of an endpoint from which nothing came. It is one of those after which another is asked.
var errSilent = fmt.Errorf("%w: no checkpoint for %v", endpoint.ErrGarbage, silenceLimit)

// errStop ends a run for a reason that is in failed.
var errStop = errors.New("stopped")

// backfill reads the checkpoints before one, some at once.
func (f *follower) backfill(ctx context.Context, conn grpc.ClientConnInterface, until uint64) error {
	for f.next < until {
		some := make([]*v2.Checkpoint, min(until-f.next, backfillAtOnce))
		work, each := errgroup.WithContext(ctx)
		for i := range some {
			work.Go(func() (err error) {
				some[i], err = getCheckpoint(each, conn, f.next+uint64(i))
				return err
			})
		}
		if err := work.Wait(); err != nil {
			return f.missing(ctx, conn, err)
		}
		for _, from := range some {
			if err := f.pass(from); err != nil {
				return err
			}
		}
	}
	return nil
}

func getCheckpoint(ctx context.Context, conn grpc.ClientConnInterface, number uint64) (*v2.Checkpoint, error) {
	ctx, cancel := context.WithTimeout(ctx, endpoint.CallLimit)
	defer cancel()
	answer, err := v2.NewLedgerServiceClient(conn).GetCheckpoint(ctx, &v2.GetCheckpointRequest{
		CheckpointId: &v2.GetCheckpointRequest_SequenceNumber{SequenceNumber: number}, ReadMask: mask(checkpointFields...)},
		grpc.MaxCallRecvMsgSize(maxCheckpoint))
	return answer.GetCheckpoint(), err
}

// missing finds out whether an endpoint does not have a checkpoint because it is too old.
func (f *follower) missing(ctx context.Context, conn grpc.ClientConnInterface, cause error) error {
	if status.Code(cause) != codes.NotFound {
		return cause
	}
	info, err := v2.NewLedgerServiceClient(conn).GetServiceInfo(ctx, &v2.GetServiceInfoRequest{})
	if err != nil {
		return err
	}
	if first := info.GetLowestAvailableCheckpoint(); first > f.next {
		f.failed = &PrunedError{From: f.next, First: first}
		return errStop
	}
	return fmt.Errorf("%w: it tells of checkpoints that it does not have: %w", endpoint.ErrGarbage, cause)
}

// pass gives the next checkpoint to handle.
func (f *follower) pass(from *v2.Checkpoint) error {
	point, err := readCheckpoint(from, f.next)
	if err != nil {
		return err
	}
	if f.failed = f.handle(point); f.failed != nil {
		return errStop
	}
	f.next++
	return nil
}

func readCheckpoint(from *v2.Checkpoint, number uint64) (*Checkpoint, error) {
	if from.GetSequenceNumber() != number {
		return nil, fmt.Errorf("%w: checkpoint %d in place of %d", endpoint.ErrGarbage, from.GetSequenceNumber(), number)
	}
	point := &Checkpoint{Sequence: number, Time: from.GetSummary().GetTimestamp().AsTime()}
	for _, t := range from.GetTransactions() {
		events := t.GetEvents().GetEvents()
		if len(events) == 0 {
			continue
		}
		digest, err := ptb.ParseDigest(t.GetDigest())
		if err != nil {
			return nil, fmt.Errorf("%w: checkpoint %d: %w", endpoint.ErrGarbage, number, err)
		}
		for i, e := range events {
			event, err := readEvent(e)
			if err != nil {
				return nil, fmt.Errorf("checkpoint %d, transaction %s: %w", number, digest, err)
			}
			point.Events = append(point.Events, Told{digest, i, event})
		}
	}
	return point, nil
}
