package request

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
	"github.com/floe-network/floe/staking"
)

// ask sends bytes on a stream of a request's protocol and returns the header and body of the answer.
func ask(t *testing.T, client, server host.Host, spec *Spec, sent []byte) (*pb.Header, []byte, error) {
	t.Helper()
	s := raw(t, client, server, spec, sent)
	defer func() { _ = s.Reset() }()
	// The server may have answered and closed already.
	_ = s.CloseWrite()
	in := bufio.NewReader(s)
	var h pb.Header
	if err := readMessage(in, &h, headerLimit); err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(in)
	return &h, body, err
}

func encode(t testing.TB, m *pb.Request) []byte {
	t.Helper()
	b, err := appendMessage(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMalformedRequests(t *testing.T) {
	b := newBlob(t, 10, 5000)
	n := newNode(t, b, true)
	server, client := newHost(t), newHost(t)
	s := start(t, server, n, ServerOptions{})
	defer func() { _ = s.Close() }()
	introduce(client, server)

	id := b.id[:]
	sliver := b.params.SliverBCSSize(codec.Primary, b.symbolSize())
	get := func(r *pb.SliverGet) []byte { return encode(t, &pb.Request{Kind: &pb.Request_SliverGet{SliverGet: r}}) }
	put := func(r *pb.SliverPut, body []byte) []byte {
		return append(encode(t, &pb.Request{Kind: &pb.Request_SliverPut{SliverPut: r}}), body...)
	}
	symbols := func(r *pb.SymbolGet) []byte { return encode(t, &pb.Request{Kind: &pb.Request_SymbolGet{SymbolGet: r}}) }
	target := func(r *pb.SymbolTarget) []byte {
		return encode(t, &pb.Request{Kind: &pb.Request_SymbolTarget{SymbolTarget: r}})
	}
	metadata := func(length int, body []byte) []byte {
		return append(encode(t, &pb.Request{Kind: &pb.Request_MetadataPut{MetadataPut: &pb.MetadataPut{BlobId: id, Length: uint64(length)}}}), body...)
	}
	const primary, secondary = pb.Axis_AXIS_PRIMARY, pb.Axis_AXIS_SECONDARY
	good := b.pairs[3].Primary.AppendBCS(nil)
	flipped := bytes.Clone(good)
	flipped[100] ^= 1
	noBCS := bytes.Clone(good)
	noBCS[0] ^= 1
	goodMetadata := b.metadata.AppendBCS(nil)
	otherMetadata := bytes.Clone(goodMetadata)
	otherMetadata[20] ^= 1

	for name, tc := range map[string]struct {
		spec *Spec
		sent []byte
		want Status
	}{
		"an empty request":          {&sliverGet, []byte{0}, Unsupported},
		"another protocol's":        {&sliverGet, encode(t, &pb.Request{Kind: &pb.Request_StatusNode{StatusNode: &pb.StatusNode{}}}), Unsupported},
		"garbage":                   {&sliverGet, []byte{3, 0xff, 0xff, 0xff}, Invalid},
		"a huge length":             {&sliverGet, binary.AppendUvarint(nil, 1<<63), Invalid},
		"a length over the limit":   {&sliverGet, binary.AppendUvarint(nil, requestLimit+1), Invalid},
		"an endless length":         {&sliverGet, bytes.Repeat([]byte{0x80}, 64), Invalid},
		"a padded length":           {&sliverGet, []byte{0x80, 0x00}, Invalid},
		"no blob id":                {&sliverGet, get(&pb.SliverGet{Axis: primary}), Invalid},
		"a long blob id":            {&sliverGet, get(&pb.SliverGet{BlobId: make([]byte, 33), Axis: primary}), Invalid},
		"no axis":                   {&sliverGet, get(&pb.SliverGet{BlobId: id}), Invalid},
		"a strange axis":            {&sliverGet, get(&pb.SliverGet{BlobId: id, Axis: 3}), Invalid},
		"a strange pair":            {&sliverGet, get(&pb.SliverGet{BlobId: id, Axis: primary, Pair: 10}), Invalid},
		"a huge pair":               {&sliverGet, get(&pb.SliverGet{BlobId: id, Axis: primary, Pair: 1<<32 - 1}), Invalid},
		"an offset at the end":      {&sliverGet, get(&pb.SliverGet{BlobId: id, Axis: primary, Offset: uint64(sliver)}), Invalid},
		"a range over the end":      {&sliverGet, get(&pb.SliverGet{BlobId: id, Axis: primary, Offset: 1, Length: uint64(sliver)}), Invalid},
		"an overflowing range":      {&sliverGet, get(&pb.SliverGet{BlobId: id, Axis: primary, Offset: 1<<64 - 1, Length: 1<<64 - 1}), Invalid},
		"a huge offset":             {&sliverGet, get(&pb.SliverGet{BlobId: id, Axis: primary, Offset: 1 << 63}), Invalid},
		"a blob not held":           {&sliverGet, get(&pb.SliverGet{BlobId: make([]byte, 32), Axis: primary}), NotFound},
		"a put of nothing":          {&sliverPut, put(&pb.SliverPut{BlobId: id, Axis: primary}, nil), Invalid},
		"a put of 2^63":             {&sliverPut, put(&pb.SliverPut{BlobId: id, Axis: primary, Length: 1 << 63}, nil), TooLarge},
		"a put of no sliver's size": {&sliverPut, put(&pb.SliverPut{BlobId: id, Axis: primary, Length: uint64(sliver) + 1}, nil), Invalid},
		"a put of another size":     {&sliverPut, put(&pb.SliverPut{BlobId: id, Axis: primary, Length: uint64(b.params.SliverBCSSize(codec.Primary, 2))}, nil), TooLarge},
		"a put of no BCS":           {&sliverPut, put(&pb.SliverPut{BlobId: id, Pair: 3, Axis: primary, Length: uint64(sliver)}, noBCS), Invalid},
		"a put of another pair":     {&sliverPut, put(&pb.SliverPut{BlobId: id, Pair: 4, Axis: primary, Length: uint64(sliver)}, good), Invalid},
		"a put of a changed sliver": {&sliverPut, put(&pb.SliverPut{BlobId: id, Pair: 3, Axis: primary, Length: uint64(sliver)}, flipped), VerificationFailed},
		"a put":                     {&sliverPut, put(&pb.SliverPut{BlobId: id, Pair: 3, Axis: primary, Length: uint64(sliver)}, good), OK},
		"metadata of another size":  {&metadataPut, metadata(len(goodMetadata)-1, goodMetadata), Invalid},
		"longer metadata":           {&metadataPut, metadata(len(goodMetadata)+1, goodMetadata), TooLarge},
		"metadata of no BCS":        {&metadataPut, metadata(len(goodMetadata), make([]byte, len(goodMetadata))), Invalid},
		"changed metadata":          {&metadataPut, metadata(len(goodMetadata), otherMetadata), VerificationFailed},
		"metadata":                  {&metadataPut, metadata(len(goodMetadata), goodMetadata), OK},
		"no symbols":                {&symbolGet, symbols(&pb.SymbolGet{BlobId: id, Target: primary}), Invalid},
		"too many symbols":          {&symbolGet, symbols(&pb.SymbolGet{BlobId: id, Target: primary, Ids: make([]*pb.SymbolId, MaxSymbols+1)}), Invalid},
		"a strange row":             {&symbolGet, symbols(&pb.SymbolGet{BlobId: id, Target: primary, Ids: []*pb.SymbolId{{Primary: 10}}}), Invalid},
		"a strange column":          {&symbolGet, symbols(&pb.SymbolGet{BlobId: id, Target: primary, Ids: []*pb.SymbolId{{Secondary: 1 << 31}}}), Invalid},
		"symbols for no axis":       {&symbolGet, symbols(&pb.SymbolGet{BlobId: id, Ids: []*pb.SymbolId{{}}}), Invalid},
		"symbols of another blob":   {&symbolGet, symbols(&pb.SymbolGet{BlobId: make([]byte, 32), Target: primary, Ids: []*pb.SymbolId{{}}}), NotFound},
		"a stranger's target":       {&symbolTarget, target(&pb.SymbolTarget{BlobId: id, Axis: secondary, Limit: 1}), Forbidden},
		"a target without limit":    {&symbolTarget, target(&pb.SymbolTarget{BlobId: id, Axis: secondary}), Invalid},
		"a strange target":          {&symbolTarget, target(&pb.SymbolTarget{BlobId: id, Axis: secondary, Index: 10, Limit: 1}), Invalid},
		"half an object id": {&confirmGet, encode(t, &pb.Request{Kind: &pb.Request_ConfirmGet{ConfirmGet: &pb.ConfirmGet{
			BlobId: id, DeletableObject: make([]byte, 16)}}}), Invalid},
		"a strange blob": {&confirmGet, encode(t, &pb.Request{Kind: &pb.Request_ConfirmGet{ConfirmGet: &pb.ConfirmGet{
			BlobId: make([]byte, 32)}}}), NotRegistered},
		"status of no blob": {&statusBlob, encode(t, &pb.Request{Kind: &pb.Request_StatusBlob{StatusBlob: &pb.StatusBlob{}}}), Invalid},
		"unknown fields":    {&statusNode, []byte{9, 0x42, 0, 0xfa, 0xff, 0x01, 3, 1, 2, 3}, OK},
	} {
		h, body, err := ask(t, client, server, tc.spec, tc.sent)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if Status(h.GetStatus()) != tc.want || uint64(len(body)) != h.GetLength() {
			t.Errorf("%s: %s (%s) with %d bytes, want %s", name, Status(h.GetStatus()), h.GetMessage(), len(body), tc.want)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.opened != 0 || !bytes.Equal(n.slivers[SliverRef{Blob: b.id, Pair: 3, Axis: codec.Primary}], good) || !bytes.Equal(n.metadata, goodMetadata) {
		t.Errorf("%d slivers left open, or what was refused was kept", n.opened)
	}
	idle(t, s)
}

func TestServesOnlyWhatTheBackendHas(t *testing.T) {
	b := newBlob(t, 10, 50)
	n := newNode(t, b, true)
	c, p := serve(t, b, Backend{Status: n}, ServerOptions{})
	if _, err := c.NodeStatus(t.Context(), p); err != nil {
		t.Error(err)
	}
	if _, err := c.GetMetadata(t.Context(), p, b.id); !errors.Is(err, Unsupported) {
		t.Errorf("metadata without a backend: %v", err)
	}
}

func TestBackendErrors(t *testing.T) {
	b := newBlob(t, 10, 50)
	n := newNode(t, b, true)
	c, p := serve(t, b, n.backend(), ServerOptions{})
	for _, tc := range []struct {
		err     error
		want    Status
		message string
	}{
		{WrongEpoch, WrongEpoch, ""},
		{fmt.Errorf("/secret/path: %w", WrongShard), WrongShard, ""},
		{fmt.Errorf("reading: %w", Errorf(Full, "quota of %d bytes", 7)), Full, "quota of 7 bytes"},
		{fmt.Errorf("symbol 3: %w", codec.ErrVerify), VerificationFailed, "symbol 3: does not match its commitment"},
		{codec.ErrTooLarge, TooLarge, "blob too large"},
		{codec.ErrInvalid, Invalid, "invalid"},
		{context.DeadlineExceeded, Busy, "took too long"},
		{errors.New("/secret/path: i/o error"), Internal, ""},
		{OK, Internal, ""},
		{&Error{Status: OK}, Internal, ""},
		{&Error{Status: 77, Message: "of the future"}, Internal, ""},
	} {
		n.mu.Lock()
		n.fail = tc.err
		n.mu.Unlock()
		for name, err := range map[string]error{
			"get metadata": second(c.GetMetadata(t.Context(), p, b.id)),
			"put metadata": c.PutMetadata(t.Context(), p, b.id, b.metadata),
			"get sliver":   second(c.GetSliver(t.Context(), p, SliverRef{Blob: b.id}, b.symbolSize())),
			"put sliver":   c.PutSliver(t.Context(), p, b.id, &b.pairs[0].Primary),
			"symbols":      second(c.GetSymbols(t.Context(), p, b.id, make([]codec.SymbolID, 1), codec.Primary, b.symbolSize())),
			"status":       second(c.NodeStatus(t.Context(), p)),
		} {
			var e *Error
			if !errors.As(err, &e) || e.Status != tc.want || e.Message != tc.message {
				t.Errorf("%s with %v: %v, want %s %q", name, tc.err, err, tc.want, tc.message)
			}
		}
	}
}

// wrong is a backend that gives other things than it was asked for.
type wrong struct{ *node }

func (wrong) Metadata(context.Context, peer.ID, codec.BlobID) ([]byte, error) {
	return []byte("short"), nil
}

func (wrong) Symbols(context.Context, peer.ID, SymbolQuery) ([]codec.GeneralRecoverySymbol, error) {
	return nil, nil
}

func (w wrong) TargetSymbols(ctx context.Context, p peer.ID, r TargetRef, limit int) ([]codec.GeneralRecoverySymbol, error) {
	return w.node.TargetSymbols(ctx, p, r, limit+1)
}

func (wrong) OpenSliver(context.Context, peer.ID, SliverRef) (SliverReader, error) {
	return tooShort{bytes.NewReader(nil)}, nil
}

func (wrong) NodeStatus(context.Context, peer.ID) (NodeStatus, error) { panic("no status") }

// tooShort has fewer bytes than it says.
type tooShort struct{ *bytes.Reader }

func (tooShort) Size() int64  { return 1000 }
func (tooShort) Close() error { return nil }

func TestFaultyBackends(t *testing.T) {
	b := newBlob(t, 10, 50)
	w := wrong{newNode(t, b, true)}
	c, p := serve(t, b, Backend{Metadata: w, Sliver: w, Symbol: w, Confirm: w, Status: w}, ServerOptions{})
	w.friend = c.host.ID()
	for name, err := range map[string]error{
		"metadata": second(c.GetMetadata(t.Context(), p, b.id)),
		"sliver":   second(c.GetSliver(t.Context(), p, SliverRef{Blob: b.id}, b.symbolSize())),
		"symbols":  second(c.GetSymbols(t.Context(), p, b.id, make([]codec.SymbolID, 1), codec.Primary, b.symbolSize())),
		"target":   second(c.GetTargetSymbols(t.Context(), p, TargetRef{Blob: b.id}, 2, b.symbolSize())),
		"panic":    second(c.NodeStatus(t.Context(), p)),
	} {
		if !errors.Is(err, Internal) {
			t.Errorf("%s: %v, want %s", name, err, Internal)
		}
	}
	if _, err := c.BlobStatus(t.Context(), p, b.id); err != nil {
		t.Errorf("after the panic: %v", err)
	}
}

// TestPutsEndEarly has a server answer puts before it has read the body, which the client is sending.
func TestPutsEndEarly(t *testing.T) {
	b := newBlob(t, 10, 1_800_000)
	everyTransport(t, func(t *testing.T, addr string) {
		n := newNode(t, b, true)
		n.fail = ErrHeld
		n.slow = func(context.Context) { t.Error("the body was read") }
		c, p := serveOn(t, newHostOn(t, addr), b, n.backend(), ServerOptions{})
		for range 10 {
			if err := c.PutSliver(t.Context(), p, b.id, &b.pairs[0].Primary); err != nil {
				t.Errorf("held already: %v", err)
			}
		}
		if err := c.PutMetadata(t.Context(), p, b.id, b.metadata); err != nil {
			t.Errorf("held already: %v", err)
		}
		if _, err := c.GetMetadata(t.Context(), p, b.id); !errors.Is(err, Internal) {
			t.Errorf("a get of what is held already: %v", err)
		}
		n.mu.Lock()
		n.fail = Errorf(Full, "no")
		n.mu.Unlock()
		for range 10 {
			if err := c.PutSliver(t.Context(), p, b.id, &b.pairs[0].Primary); !errors.Is(err, Full) {
				t.Errorf("refused before the body: %v", err)
			}
		}
	})
}

func TestStreamsAndMemoryAreLimited(t *testing.T) {
	b := newBlob(t, 10, 1_800_000)
	n := newNode(t, b, true)
	hold, held := make(chan struct{}), make(chan struct{}, 100)
	n.slow = func(context.Context) {
		held <- struct{}{}
		<-hold
	}
	server, client := newHost(t), newHost(t)
	s := start(t, server, n, ServerOptions{})
	defer func() { _ = s.Close() }()
	introduce(client, server)
	c := newClient(t, client, b.params)

	var wg sync.WaitGroup
	for range metadataPut.SourceStreams {
		wg.Go(func() {
			if err := c.PutMetadata(t.Context(), server.ID(), b.id, b.metadata); err != nil {
				t.Error(err)
			}
		})
	}
	for range metadataPut.SourceStreams {
		<-held
	}
	var e *Error
	if err := c.PutMetadata(t.Context(), server.ID(), b.id, b.metadata); !errors.As(err, &e) || e.Status != Busy || e.RetryAfter != busyRetry {
		t.Errorf("one stream more: %v", err)
	}
	if _, err := c.NodeStatus(t.Context(), server.ID()); err != nil {
		t.Errorf("another request: %v", err)
	}
	other := newHost(t)
	introduce(other, server)
	wg.Go(func() {
		if err := newClient(t, other, b.params).PutMetadata(t.Context(), server.ID(), b.id, b.metadata); err != nil {
			t.Errorf("another source: %v", err)
		}
	})
	<-held
	close(hold)
	wg.Wait()

	// All of this client's memory is taken; an admitted request waits for it and is told to come back.
	source := s.budget.source(server.Network().ConnsToPeer(client.ID())[0])
	if err := source.memory.Acquire(t.Context(), s.budget.limits.SourceMemory); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetMetadata(t.Context(), server.ID(), b.id); !errors.Is(err, Busy) {
		t.Errorf("without memory: %v", err)
	}
	source.memory.Release(s.budget.limits.SourceMemory)
	if _, err := c.GetMetadata(t.Context(), server.ID(), b.id); err != nil {
		t.Error(err)
	}
	idle(t, s)
}

func TestManyAtOnce(t *testing.T) {
	b := newBlob(t, 10, 60_000)
	n := newNode(t, b, true)
	reg := prometheus.NewPedanticRegistry()
	c, p := serve(t, b, n.backend(), ServerOptions{Metrics: reg})
	var err error
	if c.metrics, err = newMetrics(reg, "client"); err != nil {
		t.Fatal(err)
	}
	const workers, rounds = 16, 6
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(w)))
			for range rounds {
				ref := SliverRef{Blob: b.id, Pair: random.IntN(10), Axis: codec.Axis(random.IntN(2))}
				if s, err := c.GetSliver(t.Context(), p, ref, b.symbolSize()); err != nil || !bytes.Equal(s.Data, b.sliver(ref).Data) {
					t.Errorf("sliver %s: %v", ref, err)
				}
				if err := c.PutSliver(t.Context(), p, b.id, b.sliver(ref)); err != nil {
					t.Error(err)
				}
				if _, err := c.Confirm(t.Context(), p, staking.Confirmation{Blob: b.id}); err != nil {
					t.Error(err)
				}
				// Some go away in the middle.
				ctx, cancel := context.WithCancel(t.Context())
				go cancel()
				_, _ = c.GetMetadata(ctx, p, b.id)
				cancel()
			}
		})
	}
	wg.Wait()
	for _, spec := range []*Spec{&sliverGet, &sliverPut, &confirmGet} {
		if got := value(t, c.metrics.requests.WithLabelValues(spec.Name, "ok")); got != workers*rounds {
			t.Errorf("%g of %s are counted, want %d", got, spec.Name, workers*rounds)
		}
		if got := value(t, c.metrics.running.WithLabelValues(spec.Name)); got != 0 {
			t.Errorf("%g of %s are running", got, spec.Name)
		}
	}
	in := value(t, c.metrics.bytes.WithLabelValues(sliverGet.Name, "in"))
	out := value(t, c.metrics.bytes.WithLabelValues(sliverPut.Name, "out"))
	if in == 0 || in != out {
		t.Errorf("%g bytes came and %g went, the same slivers", in, out)
	}
	if families, err := reg.Gather(); err != nil || len(families) != 8 {
		t.Errorf("%d families of metrics: %v", len(families), err)
	}
	if m, err := newMetrics(reg, "client"); err != nil || m.requests != c.metrics.requests {
		t.Errorf("a second client does not share the counters: %v", err)
	}
	taken := prometheus.NewRegistry()
	taken.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "floe_request_client_total", Help: "other"}))
	if _, err := newMetrics(taken, "client"); err == nil {
		t.Error("a metric of another kind under the same name is no error")
	}
}

func value(t *testing.T, m prometheus.Metric) float64 {
	t.Helper()
	var d dto.Metric
	if err := m.Write(&d); err != nil {
		t.Fatal(err)
	}
	return d.GetCounter().GetValue() + d.GetGauge().GetValue()
}
