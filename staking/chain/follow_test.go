package chain_test

import (
	"context"
	"errors"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/chain/chaintest"
	"github.com/floe-network/floe/staking/sui"
)

// checkpoints changes every checkpoint that is told of.
func checkpoints(change func(*v2.Checkpoint)) chaintest.Lie {
	return func(_ context.Context, a *chaintest.Answer) error {
		switch m := a.Message.(type) {
		case *v2.GetCheckpointResponse:
			change(m.Checkpoint)
		case *v2.SubscribeCheckpointsResponse:
			change(m.Checkpoint)
		}
		return nil
	}
}

// happened changes every event of every checkpoint.
func happened(change func(*v2.Event)) chaintest.Lie {
	return checkpoints(func(p *v2.Checkpoint) {
		for _, transaction := range p.GetTransactions() {
			for _, e := range transaction.GetEvents().GetEvents() {
				change(e)
			}
		}
	})
}

// errEnough ends a Follow.
var errEnough = errors.New("heard enough")

// until follows from a cursor until an event comes, and returns where to go on.
func until(t *testing.T, c *chain.Chain, from staking.Cursor, want staking.Event) staking.Cursor {
	t.Helper()
	err := c.Follow(t.Context(), from, func(_ context.Context, b staking.Batch) error {
		from = b.Next
		for _, e := range b.Events {
			if e == want {
				return errEnough
			}
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	return from
}

// Events that one of two endpoints contradicts are told to nobody, and have nobody look for committees that are not.
func TestContradictedEvents(t *testing.T) {
	w := chaintest.Start(t, 4, chaintest.Config(13))
	liar := w.Proxy()
	for name, lie := range map[string]chaintest.Lie{
		"none":   checkpoints(func(p *v2.Checkpoint) { p.Transactions = nil }),
		"others": happened(func(e *v2.Event) { e.Contents.Value = append([]byte{9}, e.Contents.Value[1:]...) }),
	} {
		liar.Say(lie)
		for _, endpoints := range [][]string{{liar.Endpoint(), w.Endpoint}, {w.Endpoint, liar.Endpoint()}} {
			if name == "none" && endpoints[0] == liar.Endpoint() {
				continue // nothing is told, so that nothing is to be confirmed
			}
			err := w.Open(endpoints...).Follow(t.Context(), 0, func(_ context.Context, b staking.Batch) error {
				if len(b.Events) > 0 {
					t.Errorf("%s: told of %v", name, b.Events)
				}
				return nil
			})
			if !errors.Is(err, sui.ErrDisagree) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// Events that came with an upgrade of the contracts are passed over; those that are none are an error.
func TestUnknownEvents(t *testing.T) {
	w := chaintest.Start(t, 4, chaintest.Config(13))
	p := w.Proxy()
	p.Say(happened(func(e *v2.Event) {
		if e.GetEventType() == w.Network.Contracts.Packages.Floe.String()+"::events::EpochChangeStart" {
			e.EventType = proto.String(w.Network.Contracts.Packages.Floe.String() + "::events::Novelty")
			e.Contents.Value = []byte{1}
		}
	}))
	c := w.Open(p.Endpoint())
	err := c.Follow(t.Context(), 0, func(_ context.Context, b staking.Batch) error {
		if len(b.Events) == 0 {
			return nil
		}
		if b.Events[0] != (staking.EpochReady{Epoch: 1}) {
			t.Errorf("told of %+v", b.Events)
		}
		return errEnough
	})
	if !errors.Is(err, errEnough) {
		t.Error(err)
	}
	p.Say(happened(func(e *v2.Event) { e.Contents.Value = []byte{1} }))
	if err := c.Follow(t.Context(), 0, func(context.Context, staking.Batch) error { return nil }); !errors.Is(err, chain.ErrNonsense) {
		t.Errorf("malformed events: %v", err)
	}
}

// A history that begins later says so.
func TestPrunedHistory(t *testing.T) {
	w := chaintest.Start(t, 4, chaintest.Config(13))
	p := w.Proxy()
	const first = 5
	p.Say(func(_ context.Context, a *chaintest.Answer) error {
		switch m := a.Message.(type) {
		case *v2.GetServiceInfoResponse:
			m.LowestAvailableCheckpoint = proto.Uint64(first)
		case *v2.GetCheckpointResponse:
			if m.GetCheckpoint().GetSequenceNumber() < first {
				return status.Error(codes.NotFound, "pruned")
			}
		}
		return nil
	})
	c := w.Open(p.Endpoint())
	var pruned *staking.PrunedError
	err := c.Follow(t.Context(), 2, func(context.Context, staking.Batch) error { return nil })
	if !errors.As(err, &pruned) || *pruned != (staking.PrunedError{From: 2, First: first}) {
		t.Fatalf("got %v", err)
	}
	until(t, c, pruned.First, staking.EpochReady{Epoch: 1})
}

// Following goes on over endpoints that go and come back, and answers about what was told are never older than that.
func TestFollowOverEndpoints(t *testing.T) {
	w := chaintest.Start(t, 4, chaintest.Config(13))
	ctx := t.Context()
	p := w.Proxy()
	c := w.Open(p.Endpoint(), w.Endpoint, w.Serve())
	next := until(t, c, 0, staking.EpochReady{Epoch: 1})
	// It stops while it is followed: two others go on.
	stopped := false
	ready := false
	err := c.Follow(ctx, next, func(_ context.Context, b staking.Batch) error {
		if !stopped { // the first is a heartbeat
			stopped = true
			p.Stop()
			w.EndEpoch(ctx, w.Chain())
		}
		if b.Next < next {
			t.Errorf("back to %d from %d", b.Next, next)
		}
		next = b.Next
		for _, e := range b.Events {
			if e, ok := e.(staking.EpochReady); ok {
				ready = e.Epoch == 2 && c.Epochs().Current.Epoch() == 2 && !c.Epochs().Changing
				return errEnough
			}
		}
		return nil
	})
	if !errors.Is(err, errEnough) || !ready {
		t.Fatalf("%v, with committees of epoch %d", err, c.Epochs().Current.Epoch())
	}

	// One that is there again, and stays where it was, is not believed about what happened since.
	p.Run()
	again := w.Open(p.Endpoint(), w.Endpoint)
	until(t, again, next-1, staking.EpochReady{Epoch: 2})
	user := w.Account(w.Chain(), 20)
	if err := user.MintWAL(ctx, chaintest.Frost); err != nil {
		t.Fatal(err)
	}
	m := blob(t, 13, []byte("a blob"))
	if s, err := again.BlobState(ctx, m.BlobID()); err != nil || s != (staking.BlobState{}) {
		t.Errorf("%+v, %v", s, err)
	}
	p.Freeze(true)
	bought := buy(t, user, m, 13)
	com := again.Epochs().Current
	if _, err := user.Certify(ctx, bought.Object, certify(t, w, com, staking.Confirmation{Epoch: 2, Blob: m.BlobID(), Kind: bought.Kind})); err != nil {
		t.Fatal(err)
	}
	err = again.Follow(ctx, next, func(ctx context.Context, b staking.Batch) error {
		for _, e := range b.Events {
			if _, ok := e.(staking.BlobCertified); ok {
				if s, err := again.BlobState(ctx, m.BlobID()); err != nil || s.Certified != 2 {
					t.Errorf("the state is older than the event: %+v, %v", s, err)
				}
				return errEnough
			}
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Error(err)
	}
}

// buy registers a blob for two epochs, deletable.
func buy(t *testing.T, a *chain.Account, m *codec.Metadata, shards int) *staking.Bought {
	t.Helper()
	bought, err := a.Register(t.Context(), order(t, m, shards))
	if err != nil {
		t.Fatal(err)
	}
	return bought
}

// order is for a blob, for two epochs and deletable.
func order(t *testing.T, m *codec.Metadata, shards int) *staking.Order {
	t.Helper()
	p, err := codec.NewParams(shards)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := p.EncodedSize(m.Length)
	if err != nil {
		t.Fatal(err)
	}
	return &staking.Order{Blob: m.BlobID(), Root: m.Root(), Size: m.Length, EncodedSize: encoded, Epochs: 2, Deletable: true, Limit: 100 * chaintest.Frost}
}
