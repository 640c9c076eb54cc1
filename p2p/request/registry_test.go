package request

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
)

func TestRegistryMatchesMessages(t *testing.T) {
	oneof := (&pb.Request{}).ProtoReflect().Descriptor().Oneofs().ByName("kind")
	if oneof == nil || oneof.Fields().Len() != len(registry) {
		t.Fatalf("pb.Request has another number of cases than the registry, which has %d", len(registry))
	}
	p, err := codec.NewParams(4096)
	if err != nil {
		t.Fatal(err)
	}
	versions := make(map[string]int)
	for _, s := range registry {
		if oneof.Fields().ByName(s.field()) == nil || find(s.field()) != s {
			t.Errorf("%s: pb.Request has no case %s, or the registry has it twice", s.Name, s.field())
		}
		if s.Summary == "" || s.Timeout <= 0 || s.SourceStreams <= 0 || s.TotalStreams < 4*s.SourceStreams {
			t.Errorf("%s: a source may fill the server, or a bound is missing: %+v", s.Name, s)
		}
		if s.requestBody(p) == 0 && s.answerBody(p) == 0 {
			t.Errorf("%s: no body in either direction", s.Name)
		}
		if v, ok := versions[s.Protocol()]; ok && v != s.Version {
			t.Errorf("%s: version %d, another request of the protocol has %d", s.Name, s.Version, v)
		}
		versions[s.Protocol()] = s.Version
		if s.served(&Backend{}) {
			t.Errorf("%s is served without a backend", s.Name)
		}
	}
	if got := sliverGet.ProtocolID("main"); got != "/floe/main/sliver/1" {
		t.Errorf("protocol id %q", got)
	}
}

func TestStatusesMatchMessages(t *testing.T) {
	values := (pb.Status)(0).Descriptor().Values()
	if values.Len() != len(statuses) {
		t.Fatalf("%d statuses, pb.Status has %d", len(statuses), values.Len())
	}
	for i := range values.Len() {
		s := Status(values.Get(i).Number())
		name := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(string(values.Get(i).Name()), "STATUS_"), "_", " "))
		switch {
		case s == 0:
			if s.known() {
				t.Error("the unspecified status has a name")
			}
		case s == Internal && s.String() == "internal error":
		case s.String() != name:
			t.Errorf("status %d is %q here and %q in pb.Status", s, s, name)
		}
	}
	if s := Status(99); s.known() || s.Advice() != TryOther || s.String() != "status(99)" {
		t.Errorf("unknown status: %s, %s", s, s.Advice())
	}
}

// TestMessageBounds builds the largest of every message and compares it with the bound for reading it.
func TestMessageBounds(t *testing.T) {
	id := bytes.Repeat([]byte{0xff}, 32)
	const u32, u64 = 1<<32 - 1, 1<<64 - 1
	ids := make([]*pb.SymbolId, MaxSymbols)
	for i := range ids {
		ids[i] = &pb.SymbolId{Primary: codec.MaxShards - 1, Secondary: codec.MaxShards - 1}
	}
	for _, r := range []*pb.Request{
		{Kind: &pb.Request_SymbolGet{SymbolGet: &pb.SymbolGet{BlobId: id, Ids: ids, Target: pb.Axis_AXIS_SECONDARY}}},
		{Kind: &pb.Request_SliverGet{SliverGet: &pb.SliverGet{BlobId: id, Pair: u32, Axis: pb.Axis_AXIS_SECONDARY, Offset: u64, Length: u64}}},
		{Kind: &pb.Request_ConfirmGet{ConfirmGet: &pb.ConfirmGet{BlobId: id, Epoch: u32, DeletableObject: id}}},
	} {
		if n := proto.Size(r); n > requestLimit {
			t.Errorf("request of %d bytes, limit %d", n, requestLimit)
		}
	}
	h := refusal(&Error{Status: Internal, Message: strings.Repeat("ü", maxMessage), RetryAfter: 1 << 62})
	h.Total, h.Offset, h.Length = u64, u64, u64
	if n := proto.Size(h); n > headerLimit {
		t.Errorf("header of %d bytes, limit %d", n, headerLimit)
	}
	shards := make([]int, codec.MaxShards)
	for i := range shards {
		shards[i] = i
	}
	long := strings.Repeat("x", 10*maxMessage)
	a, err := message(&pb.NodeStatus{
		Version: printable(long), Network: printable(long), Epoch: u32, Shards: u32, ShardsHeld: bitmap(shards), UptimeSeconds: u64,
		UsedBytes: u64, QuotaBytes: u64, AcceptsPuts: true, PutsRefused: printable(long), Peers: u32,
		ChainCursor: u64, ChainLagSeconds: u64, ChainProblem: printable(long),
	})
	if err != nil || a.length > statusLimit {
		t.Errorf("node status of %d bytes, limit %d: %v", a.length, statusLimit, err)
	}
	if _, err := message(&pb.NodeStatus{PutsRefused: strings.Repeat("x", statusLimit)}); err == nil {
		t.Error("a status over the limit is sent")
	}
}

func TestSymbolSizeFromLength(t *testing.T) {
	for _, n := range []int{4, 5, 7, 10, 100, 1000, 4096} {
		p, err := codec.NewParams(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []codec.Axis{codec.Primary, codec.Secondary} {
			for _, s := range []int{2, 4, 6, 8, 64, 126, 128, 8192, 30000, codec.MaxSymbolSize} {
				size := int64(p.SliverBCSSize(a, s))
				if got := symbolSizeOf(p, a, size); got != s {
					t.Errorf("n=%d %s: %d bytes give symbols of %d, want %d", n, a, size, got, s)
				}
				for _, other := range []int64{size - 1, size + 1} {
					if got := symbolSizeOf(p, a, other); got != 0 {
						t.Errorf("n=%d %s: %d bytes give symbols of %d, no sliver has them", n, a, other, got)
					}
				}
			}
			for _, size := range []int64{0, 1, 8, 1 << 40} {
				if got := symbolSizeOf(p, a, size); got != 0 {
					t.Errorf("n=%d %s: %d bytes give symbols of %d", n, a, size, got)
				}
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err        error
		status     Status
		punishable bool
		outcome    string
	}{
		{nil, OK, false, "ok"},
		{NotFound, NotFound, false, "not_found"},
		{fmt.Errorf("sliver: %w", Errorf(Full, "disk")), Full, false, "full"},
		{Errorf(VerificationFailed, "the peer says so"), VerificationFailed, false, "verification_failed"},
		{Errorf(Status(77), "new"), Status(77), false, "unknown"},
		{errors.New("disk on fire"), Internal, false, "internal_error"},
		{badAnswer(errors.New("garbage")), Internal, false, "bad_answer"},
		{mismatch(errors.New("other bytes")), Internal, true, "bad_answer"},
		{mismatch(codec.ErrVerify), Internal, true, "bad_answer"},
		{fmt.Errorf("%w: reset", ErrTransport), Internal, false, "transport"},
		{fmt.Errorf("recovered: %w", codec.ErrInconsistent), Internal, false, "internal_error"},
		{t.Context().Err(), OK, false, "ok"},
	} {
		if got := StatusOf(c.err); got != c.status {
			t.Errorf("%v: status %s, want %s", c.err, got, c.status)
		}
		if got := Punishable(c.err); got != c.punishable {
			t.Errorf("%v: punishable %t", c.err, got)
		}
		if got := outcome(c.err); got != c.outcome {
			t.Errorf("%v: outcome %q, want %q", c.err, got, c.outcome)
		}
	}
	e := &Error{Status: Busy}
	if !errors.Is(e, Busy) || errors.Is(e, Full) || e.Error() != "busy" || e.Advice() != Wait {
		t.Errorf("%v: %s", e, e.Advice())
	}
}
