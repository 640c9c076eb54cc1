package sui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"
)

// Confirm fails unless two endpoints, where there are two, have a checkpoint as it is: its time and its events. It waits for
// a while for one that is behind. It fails with ErrDisagree where one has it otherwise, with ErrBehind, with a *PrunedError
// where not two have it any more, and with endpoint.ErrUnreachable where not two answer.
func (c *Client) Confirm(ctx context.Context, p *Checkpoint) error {
	if c.set.Len() == 1 {
		return nil
	}
	deadline := time.Now().Add(agreeLimit)
	ticker := time.NewTicker(agreeInterval)
	defer ticker.Stop()
	for {
		err := c.confirmOnce(ctx, p)
		if !errors.Is(err, ErrBehind) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// confirmOnce asks until two endpoints agree.
func (c *Client) confirmOnce(ctx context.Context, p *Checkpoint) error {
	agreeing := 0
	var failures []error
	for _, one := range c.set.Singles() {
		other, err := (&Client{one}).checkpoint(ctx, p.Sequence)
		switch {
		case err != nil && ctx.Err() != nil:
			return err
		case err != nil:
			failures = append(failures, err)
			continue
		case !p.equal(other):
			return fmt.Errorf("%w: checkpoint %d", ErrDisagree, p.Sequence)
		}
		if agreeing++; agreeing == 2 {
			return nil
		}
	}
	// What comes by waiting goes before what does not.
	for _, err := range failures {
		if errors.Is(err, ErrBehind) {
			return err
		}
	}
	return fmt.Errorf("not two endpoints have checkpoint %d: %w", p.Sequence, errors.Join(failures...))
}

// checkpoint asks for a checkpoint. It fails with ErrBehind where there is none yet, and with a *PrunedError.
func (c *Client) checkpoint(ctx context.Context, number uint64) (*Checkpoint, error) {
	var point *Checkpoint
	err := c.read(ctx, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		from, err := getCheckpoint(ctx, conn, number)
		if err != nil {
			return err
		}
		point, err = readCheckpoint(from, number)
		return err
	})
	if !errors.Is(err, ErrNotFound) {
		return point, err
	}
	head, err := c.Head(ctx)
	switch {
	case err != nil:
		return nil, err
	case head.Lowest > number:
		return nil, &PrunedError{From: number, First: head.Lowest}
	default:
		return nil, fmt.Errorf("%w: checkpoint %d", ErrBehind, number)
	}
}

func (p *Checkpoint) equal(o *Checkpoint) bool {
	return p.Time.Equal(o.Time) && slices.EqualFunc(p.Events, o.Events, func(a, b Told) bool {
		return a.Transaction == b.Transaction && a.Index == b.Index && a.Package == b.Package && a.Module == b.Module &&
			a.Sender == b.Sender && a.Type.String() == b.Type.String() && bytes.Equal(a.Contents, b.Contents)
	})
}
