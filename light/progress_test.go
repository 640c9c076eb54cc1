package light

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light/internal/simnet"
)

// Events tell every phase with counters that only grow, and every member; nobody has to read them.
func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simnet.New(t, simnet.Even(10, 10)...)
		s.Set(simnet.Fault{Full: true}, 9)
		s.Set(simnet.Fault{Lying: true}, 8)
		c := newClient(t, s, Limits{})
		blob := sample(30_000, 1)
		ctx := context.Background()

		ev := make(chan Event, 10_000)
		res, err := store(ctx, c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{Events: ev})
		if err != nil {
			t.Fatal(err)
		}
		phases, members := collect(t, ev, PhaseEncode, PhaseContact, PhaseStore, PhaseConfirm)
		if got := phases[PhaseEncode]; got.Bytes != 30_000 || got.BytesTotal != 30_000 {
			t.Errorf("encode: %+v", got)
		}
		if got := phases[PhaseStore]; got.Done != 180 || got.Total != 200 || got.Bytes != res.Sent || got.BytesTotal != res.Sent || got.Blob != res.Blob {
			t.Errorf("store: %+v", got)
		}
		if got := phases[PhaseConfirm]; got.Done != 90 || got.Total != 100 {
			t.Errorf("confirm: %+v", got)
		}
		if len(members) != 10 || members[9].Cause != CauseFull || members[9].Done || !members[0].Done {
			t.Errorf("members: %+v", members)
		}

		got, err := c.Get(ctx, res.Blob, codec.NewBuffer(), GetOptions{Events: ev, Axes: []codec.Axis{codec.Secondary}})
		if err != nil {
			t.Fatal(err)
		}
		phases, members = collect(t, ev, PhaseState, PhaseMetadata, PhaseFetch, PhaseDecode)
		if e := phases[PhaseFetch]; e.Done != 67 || e.Total != 67 || e.Bytes > got.Bytes || e.BytesTotal != e.Bytes {
			t.Errorf("fetch: %+v, result %d bytes", e, got.Bytes)
		}
		if m, ok := members[8]; ok && m.Cause != CauseLied {
			t.Errorf("the liar: %+v", m)
		}

		full := make(chan Event)
		if _, err := c.Get(ctx, res.Blob, codec.NewBuffer(), GetOptions{Events: full}); err != nil {
			t.Error(err)
		}
		if _, err := store(ctx, c, bytes.NewReader(blob), int64(len(blob)), UploadOptions{Events: full}); err != nil {
			t.Error(err)
		}
	})
}

// collect takes what is in the channel: the last event of each phase, in this order, and the last report of each member.
func collect(t *testing.T, ev chan Event, order ...Phase) (map[Phase]Event, map[int]MemberReport) {
	t.Helper()
	phases, members := make(map[Phase]Event), make(map[int]MemberReport)
	at := 0
	for len(ev) > 0 {
		e := <-ev
		for at < len(order) && order[at] != e.Phase {
			at++
		}
		if at == len(order) {
			t.Fatalf("phase %s is out of order", e.Phase)
		}
		if e.Member != nil {
			members[e.Member.Member] = *e.Member
			if e.Phase == PhaseFetch {
				continue // it is about the member only
			}
		}
		if last, ok := phases[e.Phase]; ok && e.Phase != PhaseContact && (e.Done < last.Done || e.Bytes < last.Bytes) {
			t.Errorf("%s went back from %+v to %+v", e.Phase, last, e)
		}
		phases[e.Phase] = e
	}
	for _, p := range order {
		if _, ok := phases[p]; !ok {
			t.Errorf("no event of phase %s", p)
		}
	}
	return phases, members
}
