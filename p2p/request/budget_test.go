package request

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
)

func testBudget(t *testing.T, l Limits) *budget {
	t.Helper()
	p, err := codec.NewParams(10)
	if err != nil {
		t.Fatal(err)
	}
	if l, err = l.resolve(p); err != nil {
		t.Fatal(err)
	}
	return newBudget(l)
}

func TestSources(t *testing.T) {
	for _, tc := range []struct {
		a, b     string
		same     bool // for two peers
		loopback bool
	}{
		{"/ip4/1.2.3.4/tcp/1", "/ip4/1.2.3.4/udp/2/quic-v1", true, false},
		{"/ip4/1.2.3.4/tcp/1", "/ip4/1.2.3.5/tcp/1", false, false},
		{"/ip6/2001:db8::1/tcp/1", "/ip6/2001:db8::ffff:1/tcp/1", true, false},
		{"/ip6/2001:db8::1/tcp/1", "/ip6/2001:db8:0:1::1/tcp/1", false, false},
		{"/ip6/::ffff:1.2.3.4/tcp/1", "/ip4/1.2.3.4/tcp/1", true, false},
		{"/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/2", true, false},
		{"/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1", false, true},
		{"/ip6/::1/tcp/1", "/ip6/::1/tcp/1", false, true},
		{"/dns4/example.org/tcp/1", "/dns4/example.org/tcp/1", false, false},
	} {
		a, b := sourceOf(connFrom(t, "a", tc.a)), sourceOf(connFrom(t, "b", tc.b))
		if (a == b) != tc.same || a.loopback != tc.loopback || b.loopback != tc.loopback {
			t.Errorf("%s and %s: %+v, %+v", tc.a, tc.b, a, b)
		}
	}
	through := connFrom(t, "a", "/ip4/127.0.0.1/tcp/1/p2p-circuit")
	through.limited = true
	if key := sourceOf(through); key != (sourceKey{peer: "a"}) {
		t.Errorf("relayed over loopback: %+v", key)
	}
	if s := testBudget(t, Limits{LimitLoopback: true}).source(connFrom(t, "a", "/ip4/127.0.0.1/tcp/1")); s.buckets.bytes == nil {
		t.Error("loopback is not limited though it should be")
	}
}

func TestSourcesAreBounded(t *testing.T) {
	b := testBudget(t, Limits{})
	at := func(i int) *memoryConn {
		return connFrom(t, peer.ID(fmt.Sprint(i)), fmt.Sprintf("/ip4/1.%d.%d.%d/tcp/1", i>>16, i>>8&255, i&255))
	}
	busy := b.source(at(0))
	if !b.open(busy, &sliverGet) {
		t.Fatal("no stream")
	}
	idle := b.source(at(1))
	for i := 2; i < 2*maxSources; i++ {
		b.source(at(i))
	}
	if len(b.sources) != maxSources || b.recent.Len() != maxSources {
		t.Errorf("%d sources, %d in the list, want %d", len(b.sources), b.recent.Len(), maxSources)
	}
	if b.source(at(0)) != busy {
		t.Error("a source with a stream was forgotten")
	}
	if b.source(at(1)) == idle {
		t.Error("an idle source was kept")
	}
	b.close(busy, &sliverGet)
}

func TestCharges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := testBudget(t, Limits{SourceBytes: 100, SourceBytesBurst: 1000, TotalBytes: 1000, TotalBytesBurst: 1500, SourceCPU: 0.5, SourceCPUBurst: time.Second})
		first, second := b.source(connFrom(t, "a", "/ip4/1.1.1.1/tcp/1")), b.source(connFrom(t, "b", "/ip4/2.2.2.2/tcp/1"))
		local := b.source(connFrom(t, "c", "/ip4/127.0.0.1/tcp/1"))
		again := func(base, rate float64) time.Duration { return time.Duration(base / rate * float64(time.Second)) }
		for i, step := range []struct {
			source *source
			bytes  int64
			cpu    time.Duration
			want   time.Duration
		}{
			{first, 1000, 0, 0},
			{first, 100, 0, time.Second + again(requestBytes, 100)},
			{first, 0, time.Second, 0},
			{first, 0, 100 * time.Millisecond, 200*time.Millisecond + again(requestCost.Seconds(), 0.5)},
			{second, 500, 0, 0},
			// The total is used up, though not the second's own share.
			{second, 500, 0, 500*time.Millisecond + again(requestBytes, 1000)},
			{local, 500, 0, 500*time.Millisecond + again(requestBytes, 1000)},
			{second, 0, 0, 0},
		} {
			if got := b.charge(step.source, step.bytes, step.cpu); got.Round(time.Millisecond) != step.want.Round(time.Millisecond) {
				t.Errorf("step %d: wait %s, want %s", i, got, step.want)
			}
		}
		time.Sleep(time.Second)
		if got := b.charge(first, 100, 0); got != 0 {
			t.Errorf("after a second: wait %s", got)
		}
		// More than the total can hold takes all of it.
		if got := b.charge(local, 0, time.Hour); got != 0 {
			t.Errorf("an hour of work: wait %s", got)
		}
		if got := b.charge(second, 0, time.Millisecond); got == 0 {
			t.Error("after an hour of work there is some left")
		}
	})
}

func TestMemoryWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := testBudget(t, Limits{})
		first, second := b.source(connFrom(t, "a", "/ip4/1.1.1.1/tcp/1")), b.source(connFrom(t, "b", "/ip4/2.2.2.2/tcp/1"))
		release, err := b.reserve(t.Context(), first, b.limits.SourceMemory)
		if err != nil {
			t.Fatal(err)
		}
		other, err := b.reserve(t.Context(), second, 1)
		if err != nil {
			t.Fatalf("one source takes the memory of another: %v", err)
		}
		other()
		ctx, cancel := context.WithTimeout(t.Context(), memoryWait)
		defer cancel()
		if _, err := b.reserve(ctx, first, 1); err == nil {
			t.Error("more than the source's share")
		}
		time.AfterFunc(time.Second, release)
		release, err = b.reserve(t.Context(), first, b.limits.SourceMemory)
		if err != nil {
			t.Fatalf("after it was given back: %v", err)
		}
		release()
		if !b.memory.TryAcquire(b.limits.Memory) {
			t.Error("memory is still reserved")
		}
	})
}

func TestCostsGrowWithTheWork(t *testing.T) {
	small, err := codec.NewParams(10)
	if err != nil {
		t.Fatal(err)
	}
	large, err := codec.NewParams(1000)
	if err != nil {
		t.Fatal(err)
	}
	one := estimate{slivers: 1, symbolSize: 100}
	for _, c := range []Cost{CostLookup, CostHash, CostExpand, CostSign} {
		if c.cpu(small, one) < requestCost || c.cpu(large, one) < c.cpu(small, one) {
			t.Errorf("%s costs %s and %s", c, c.cpu(small, one), c.cpu(large, one))
		}
	}
	if many := (estimate{slivers: 16, symbolSize: 1000}); CostExpand.cpu(large, many) < 16*CostExpand.cpu(large, one) {
		t.Error("sixteen larger slivers cost less than sixteen")
	}
}
