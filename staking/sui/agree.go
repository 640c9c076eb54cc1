package sui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Agreed is Objects of which a second endpoint says the same, where there are two. It waits for a while for one that is
// behind. It fails with ErrDisagree where the two have different contents for one version, with ErrBehind, and with
// endpoint.ErrUnreachable where only one of several answers.
func (c *Client) Agreed(ctx context.Context, ids ...ptb.Address) ([]*Object, error) {
	if c.set.Len() == 1 {
		return c.Objects(ctx, ids...)
	}
	deadline := time.Now().Add(agreeLimit)
	ticker := time.NewTicker(agreeInterval)
	defer ticker.Stop()
	for {
		objects, err := c.agreeOnce(ctx, ids)
		if !errors.Is(err, ErrBehind) || time.Now().After(deadline) {
			return objects, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// agreeOnce compares what the first two endpoints that answer have now.
func (c *Client) agreeOnce(ctx context.Context, ids []ptb.Address) ([]*Object, error) {
	var first []*Object
	var failures []error
	for i := range c.set.Len() {
		one := &Client{c.set.One(i)}
		if first == nil {
			list, err := one.Objects(ctx, ids...)
			if errors.Is(err, endpoint.ErrUnreachable) {
				failures = append(failures, err)
				continue
			}
			if err != nil {
				return nil, err
			}
			first = list
			continue
		}
		same, err := one.confirm(ctx, ids, first)
		if errors.Is(err, endpoint.ErrUnreachable) {
			failures = append(failures, err)
			continue
		}
		return same, err
	}
	return nil, fmt.Errorf("there are not two endpoints to compare: %w", errors.Join(failures...))
}

// confirm asks for the same versions again.
func (c *Client) confirm(ctx context.Context, ids []ptb.Address, objects []*Object) ([]*Object, error) {
	list := make([]wanted, len(ids))
	for i, id := range ids {
		list[i].id = id
		if objects[i] != nil {
			list[i].version = objects[i].Version
		}
	}
	others, err := c.objects(ctx, list)
	if err != nil {
		return nil, err
	}
	for i, o := range objects {
		switch other := others[i]; {
		case o == nil && other == nil:
		case o == nil || other == nil:
			return nil, fmt.Errorf("%w: object %s", ErrBehind, ids[i])
		case o.Digest != other.Digest || !bytes.Equal(o.Contents, other.Contents) || !reflect.DeepEqual(o.Owner, other.Owner) ||
			!reflect.DeepEqual(o.Type, other.Type):
			return nil, fmt.Errorf("%w: object %s at version %d", ErrDisagree, o.ID, o.Version)
		}
	}
	return objects, nil
}
