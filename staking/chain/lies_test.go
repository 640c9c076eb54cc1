package chain_test

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/chain/chaintest"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/stakingtest"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// returned replaces what the contracts' functions of a name return, the first result of each call.
func returned(function string, change func([]byte) []byte) chaintest.Lie {
	return func(_ context.Context, a *chaintest.Answer) error {
		answer, ok := a.Message.(*v2.SimulateTransactionResponse)
		if !ok {
			return nil
		}
		data, err := ptb.DecodeTransaction(a.Request.(*v2.SimulateTransactionRequest).GetTransaction().GetBcs().GetValue())
		if err != nil {
			return err
		}
		for i, c := range data.Kind.Programmable.Commands {
			if c.MoveCall != nil && c.MoveCall.Function == function && i < len(answer.GetCommandOutputs()) {
				value := answer.CommandOutputs[i].ReturnValues[0].Value
				value.Value = change(value.Value)
			}
		}
		return nil
	}
}

// as changes a value in its BCS.
func as[T any](t *testing.T, change func(*T)) func([]byte) []byte {
	return func(b []byte) []byte {
		v, err := object.Decode[T](b)
		if err != nil {
			t.Error(err)
			return b
		}
		change(&v)
		if b, err = bcs.Marshal(v); err != nil {
			t.Error(err)
		}
		return b
	}
}

// rosters changes the members of every committee.
func rosters(t *testing.T, change func(*object.Roster)) chaintest.Lie {
	inner := as(t, change)
	return returned("roster_of", func(b []byte) []byte {
		if len(b) < 3 { // none, or one without members
			return b
		}
		return append(b[:1:1], inner(b[1:])...)
	})
}

func refresh(t *testing.T, c *chain.Chain) *staking.Epochs {
	t.Helper()
	e, err := c.Refresh(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Endpoints that contradict each other have nobody adopt a committee.
func TestContradictedCommittees(t *testing.T) {
	w := chaintest.Start(t, 4, chaintest.Config(13))
	idle := w.Register(w.Account(w.Chain(), 20), stakingtest.Nodes(t, 5)[4], chaintest.Config(13).Prices)
	other, err := w.Chain().Node(t.Context(), idle)
	if err != nil {
		t.Fatal(err)
	}
	liar := w.Proxy()
	truth := refresh(t, w.Chain())
	for name, test := range map[string]struct {
		lie  chaintest.Lie
		want error
	}{
		"keys": {rosters(t, func(r *object.Roster) {
			r.Members[0].Key, r.Members[1].Key = r.Members[1].Key, r.Members[0].Key
		}), chain.ErrDisagree},
		"shards": {rosters(t, func(r *object.Roster) {
			r.Members[0].Shards, r.Members[1].Shards = r.Members[1].Shards, r.Members[0].Shards
		}), chain.ErrDisagree},
		"one more": {rosters(t, func(r *object.Roster) {
			last := &r.Members[0]
			more := object.RosterMember{NodeID: ptb.Address(idle), Stake: 1, Key: other.Info.Key, Shards: last.Shards[1:]}
			last.Shards = last.Shards[:1]
			at := 0
			for at < len(r.Members) && bytes.Compare(r.Members[at].NodeID[:], idle[:]) < 0 {
				at++
			}
			r.Members = append(r.Members[:at:at], append([]object.RosterMember{more}, r.Members[at:]...)...)
		}), chain.ErrDisagree},
		"one less": {rosters(t, func(r *object.Roster) {
			r.Members[1].Shards = append(r.Members[1].Shards, r.Members[0].Shards...)
			slices.Sort(r.Members[1].Shards)
			r.Members = r.Members[1:]
		}), chain.ErrDisagree},
		"peer ids":          {returned("node_info", as(t, func(i *object.NodeInfo) { i.PeerKey[0] ^= 1 })), chain.ErrDisagree},
		"times":             {returned("epoch_span", func(b []byte) []byte { b[2]++; return b }), chain.ErrDisagree},
		"an epoch to come":  {returned("epoch", func(b []byte) []byte { b[0]++; return b }), chain.ErrNonsense},
		"no epoch":          {returned("epoch", func([]byte) []byte { return make([]byte, 4) }), sui.ErrBehind},
		"a shard twice":     {rosters(t, func(r *object.Roster) { r.Members[0].Shards[0] = r.Members[1].Shards[0] }), chain.ErrNonsense},
		"a key that is not": {rosters(t, func(r *object.Roster) { r.Members[0].Key[7] ^= 1 }), chain.ErrNonsense},
		"too many members": {rosters(t, func(r *object.Roster) {
			r.Members = append(r.Members, make([]object.RosterMember, staking.MaxMembers)...)
		}), chain.ErrNonsense},
		"other contracts": {otherContracts(w), nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, endpoints := range [][]string{{liar.Endpoint(), w.Endpoint}, {w.Endpoint, liar.Endpoint()}} {
				liar.Say(test.lie)
				c := w.Open(endpoints...)
				chain.Impatient(c, 0)
				e, err := c.Refresh(t.Context())
				if err == nil || test.want != nil && !errors.Is(err, test.want) || e != nil || c.Epochs() != nil {
					t.Errorf("%+v, %v", e, err)
				}
				if *c.Contracts() != w.Network.Contracts {
					t.Error("other contracts were adopted")
				}
				// What is known stays.
				liar.Say(nil)
				refresh(t, c)
				liar.Say(test.lie)
				if e, err := c.Refresh(t.Context()); err == nil && e.Current.Member(0).PeerID != truth.Current.Member(0).PeerID {
					t.Errorf("adopted %+v", e)
				}
				if known := c.Epochs().Current; known.Epoch() != 1 || known.Size() != 4 || known.Member(0).PeerID != truth.Current.Member(0).PeerID {
					t.Errorf("known is %+v", known)
				}
			}
		})
	}
}

// otherContracts says that the contracts are somebody else's package.
func otherContracts(w *chaintest.World) chaintest.Lie {
	return func(_ context.Context, a *chaintest.Answer) error {
		if answer, ok := a.Message.(*v2.BatchGetObjectsResponse); ok {
			for _, o := range answer.Objects {
				contents := o.GetObject().GetContents()
				contents.Value = bytes.ReplaceAll(contents.Value, w.Network.Contracts.Packages.FloeLatest[:], w.Network.Contracts.Packages.FloeReads[:])
			}
		}
		return nil
	}
}

// An endpoint that is behind is waited for.
func TestEndpointBehind(t *testing.T) {
	w := chaintest.Start(t, 4, chaintest.Config(13))
	late := w.Proxy()
	refresh(t, w.Open(late.Endpoint()))
	knowing := w.Open(late.Endpoint(), w.Endpoint, w.Serve())
	refresh(t, knowing)
	late.Freeze(true)
	w.EndEpoch(t.Context(), w.Chain())

	c := w.Open(late.Endpoint(), w.Endpoint)
	chain.Impatient(c, 0)
	if e, err := c.Refresh(t.Context()); !errors.Is(err, sui.ErrBehind) || e != nil || c.Epochs() != nil {
		t.Errorf("for good: %+v, %v", e, err)
	}
	if e, err := w.Open(late.Endpoint(), w.Endpoint, w.Serve()).Refresh(t.Context()); err != nil || e.Current.Epoch() != 2 {
		t.Errorf("beside two that agree: %+v, %v", e, err)
	}
	chain.Impatient(c, time.Minute)
	seen := late.Answered("SimulateTransaction")
	late.Say(func(context.Context, *chaintest.Answer) error {
		if late.Answered("SimulateTransaction") > seen+3 { // it was asked, and is asked again
			late.Freeze(false)
		}
		return nil
	})
	if e := refresh(t, c); e.Current.Epoch() != 2 {
		t.Errorf("epoch %d", e.Current.Epoch())
	}
	late.Say(nil)

	// Nobody goes back.
	only := w.Open(late.Endpoint())
	if e := refresh(t, only); e.Current.Epoch() != 2 {
		t.Fatalf("epoch %d", e.Current.Epoch())
	}
	late.Say(returned("epoch", func(b []byte) []byte { b[0] = 1; return b }))
	chain.Impatient(only, 0)
	if _, err := only.Refresh(t.Context()); !errors.Is(err, sui.ErrBehind) || only.Epochs().Current.Epoch() != 2 {
		t.Errorf("an endpoint goes back: %v, epoch %d", err, only.Epochs().Current.Epoch())
	}
}

// What is known stays in use while one of two endpoints is away, and nothing is added to it.
func TestEndpointAway(t *testing.T) {
	w := chaintest.Start(t, 4, chaintest.Config(13))
	p := w.Proxy()
	c := w.Open(p.Endpoint(), w.Endpoint)
	refresh(t, c)
	p.Stop()
	if e := refresh(t, c); e.Current.Epoch() != 1 {
		t.Errorf("epoch %d", e.Current.Epoch())
	}
	w.EndEpoch(t.Context(), w.Chain())
	if e, err := c.Refresh(t.Context()); !errors.Is(err, endpoint.ErrUnreachable) || e != nil || c.Epochs().Current.Epoch() != 1 {
		t.Errorf("news from one: %v", err)
	}
	if _, err := c.BlobState(t.Context(), codec.BlobID{1}); err != nil {
		t.Errorf("state of a blob: %v", err)
	}
	p.Run()
	p.Say(func(_ context.Context, a *chaintest.Answer) error {
		if info, ok := a.Message.(*v2.GetServiceInfoResponse); ok {
			info.ChainId = proto.String(ptb.Digest{9}.String())
		}
		return nil
	})
	fresh := w.Open(p.Endpoint(), w.Endpoint)
	if e, err := fresh.Refresh(t.Context()); !errors.Is(err, endpoint.ErrWrongChain) || e != nil {
		t.Errorf("one is of another chain: %v", err)
	}
	p.Say(nil)
	if e := refresh(t, w.Open(p.Endpoint(), w.Endpoint)); e.Current.Epoch() != 2 {
		t.Errorf("it is back: epoch %d", e.Current.Epoch())
	}
	// One that hangs costs time, and no more.
	hanging := w.Open(p.Endpoint(), w.Endpoint, w.Serve())
	p.Say(func(ctx context.Context, _ *chaintest.Answer) error { <-ctx.Done(); return ctx.Err() })
	if e := refresh(t, hanging); e.Current.Epoch() != 2 {
		t.Errorf("one hangs: epoch %d", e.Current.Epoch())
	}
	asked := p.Answered("GetServiceInfo")
	if _, err := hanging.BlobState(t.Context(), codec.BlobID{1}); err != nil || p.Answered("GetServiceInfo") != asked {
		t.Errorf("it is asked again at once: %v", err)
	}
}

// An endpoint that answers with garbage gets errors out of everything, and no more.
func TestGarbage(t *testing.T) {
	w := chaintest.Start(t, 4, chaintest.Config(13))
	p := w.Proxy()
	values := func(change func([]byte) []byte) chaintest.Lie {
		return func(_ context.Context, a *chaintest.Answer) error {
			switch m := a.Message.(type) {
			case *v2.SimulateTransactionResponse:
				for _, c := range m.CommandOutputs {
					for _, v := range c.ReturnValues {
						v.Value.Value = change(v.Value.Value)
					}
				}
			case *v2.BatchGetObjectsResponse:
				for _, o := range m.Objects {
					if c := o.GetObject().GetContents(); c != nil {
						c.Value = append(c.Value[:32:32], change(c.Value[32:])...) // the id is looked at earlier
					}
				}
			}
			return nil
		}
	}
	lies := map[string]chaintest.Lie{
		"values of no byte":   values(func([]byte) []byte { return nil }),
		"values cut short":    values(func(b []byte) []byte { return b[:len(b)/2] }),
		"values too long":     values(func(b []byte) []byte { return append(b, 0) }),
		"lists without end":   values(func(b []byte) []byte { return bytes.Repeat([]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, 2+len(b)) }),
		"long values":         values(func([]byte) []byte { return bytes.Repeat([]byte{1}, 100_000) }),
		"values past a bound": values(func([]byte) []byte { return make([]byte, 6<<20) }),
		"nothing": func(_ context.Context, a *chaintest.Answer) error {
			if a.Method != "GetServiceInfo" {
				a.Message = a.Message.ProtoReflect().New().Interface()
			}
			return nil
		},
		"errors": func(context.Context, *chaintest.Answer) error {
			return status.Error(codes.Internal, strings.Repeat("x", 10_000))
		},
	}
	for name, lie := range lies {
		t.Run(name, func(t *testing.T) {
			p.Say(lie)
			ctx := t.Context()
			c := w.Open(p.Endpoint())
			a := w.Account(c, 1)
			order := &staking.Order{Blob: codec.BlobID{1}, Size: 10, EncodedSize: 1 << 20, Epochs: 1, Limit: chaintest.Frost}
			before := allocated()
			for what, ask := range map[string]func() error{
				"committees": func() error { _, err := c.Refresh(ctx); return err },
				"a blob":     func() error { _, err := c.BlobState(ctx, order.Blob); return err },
				"prices":     func() error { _, err := c.Price(ctx, order); return err },
				"supply":     func() error { _, err := c.Supply(ctx); return err },
				"a node":     func() error { _, err := c.Node(ctx, w.Nodes[0]); return err },
				"next step":  func() error { _, err := c.NextStep(ctx); return err },
				"votes":      func() error { _, err := c.Votes(ctx); return err },
				"own":        func() error { _, err := a.Own(ctx, order.Blob); return err },
				"register":   func() error { _, err := a.Register(ctx, order); return err },
				"a stake":    func() error { _, err := a.Unstake(ctx, staking.ObjectID{1}); return err },
			} {
				if err := ask(); err == nil {
					t.Errorf("%s: no error", what)
				} else if len(err.Error()) > 5_000 && name != "errors" {
					t.Errorf("%s: an error of %d bytes", what, len(err.Error()))
				}
			}
			// The answers themselves, several times over in the proxy, are most of it.
			if used := allocated() - before; used > 1<<30 {
				t.Errorf("%d MiB were allocated", used>>20)
			}
			if c.Epochs() != nil {
				t.Error("committees were adopted")
			}
		})
	}
	p.Say(nil)
	refresh(t, w.Open(p.Endpoint()))
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
