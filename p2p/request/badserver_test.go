package request

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// pretend makes h answer every protocol with a handler; it gets the request's bytes when read is set.
func pretend(h host.Host, handler func(s network.Stream)) {
	for _, spec := range registry {
		h.SetStreamHandler(spec.ProtocolID(testNetwork), handler)
	}
}

// afterRequest reads what the caller sends, answers with the bytes and closes.
func afterRequest(answer []byte) func(s network.Stream) {
	return func(s network.Stream) {
		_, _ = io.Copy(io.Discard, s)
		_, _ = s.Write(answer)
		_ = s.Close()
	}
}

// framed is a header and a body.
func framed(t testing.TB, h *pb.Header, body []byte) []byte {
	t.Helper()
	b, err := appendMessage(nil, h)
	if err != nil {
		t.Fatal(err)
	}
	return append(b, body...)
}

func okHeader(total, offset, length int) *pb.Header {
	return &pb.Header{Status: pb.Status_STATUS_OK, Total: uint64(total), Offset: uint64(offset), Length: uint64(length)}
}

func success(t testing.TB, body []byte) []byte {
	t.Helper()
	return framed(t, okHeader(len(body), 0, len(body)), body)
}

// TestMalformedAnswers has every request meet servers that answer nonsense: the client must say so and nothing more.
func TestMalformedAnswers(t *testing.T) {
	b := newBlob(t, 10, 5000)
	h, ch := newHost(t), newHost(t)
	introduce(ch, h)
	c := newClient(t, ch, b.params)
	ref := SliverRef{Blob: b.id, Pair: 3, Axis: codec.Primary}
	sliver := b.sliver(ref).AppendBCS(nil)
	requests := map[string]func(context.Context) error{
		"metadata": func(ctx context.Context) error { _, err := c.GetMetadata(ctx, h.ID(), b.id); return err },
		"put metadata": func(ctx context.Context) error {
			return c.PutMetadata(ctx, h.ID(), b.id, b.metadata)
		},
		"sliver": func(ctx context.Context) error { _, err := c.GetSliver(ctx, h.ID(), ref, b.symbolSize()); return err },
		"range": func(ctx context.Context) error {
			_, err := c.GetSliverRange(ctx, h.ID(), ref, b.symbolSize(), 10, 20)
			return err
		},
		"put sliver": func(ctx context.Context) error { return c.PutSliver(ctx, h.ID(), b.id, b.sliver(ref)) },
		"symbols": func(ctx context.Context) error {
			_, err := c.GetSymbols(ctx, h.ID(), b.id, []codec.SymbolID{{Primary: 1, Secondary: 2}}, codec.Primary, b.symbolSize())
			return err
		},
		"target symbols": func(ctx context.Context) error {
			_, err := c.GetTargetSymbols(ctx, h.ID(), TargetRef{Blob: b.id, Axis: codec.Primary, Index: 1}, 5, b.symbolSize())
			return err
		},
		"confirm": func(ctx context.Context) error {
			_, err := c.Confirm(ctx, h.ID(), staking.Confirmation{Blob: b.id})
			return err
		},
		"node status": func(ctx context.Context) error { _, err := c.NodeStatus(ctx, h.ID()); return err },
		"blob status": func(ctx context.Context) error { _, err := c.BlobStatus(ctx, h.ID(), b.id); return err },
	}
	reset := func(s network.Stream) { _ = s.Reset() }
	for name, answer := range map[string]struct {
		handler func(network.Stream)
		want    error
	}{
		"nothing":               {afterRequest(nil), ErrTransport},
		"a reset":               {reset, ErrTransport},
		"half a header":         {afterRequest(success(t, sliver)[:2]), ErrTransport},
		"garbage":               {afterRequest(bytes.Repeat([]byte{0x2f, 0x80, 0x13}, 100)), ErrBadAnswer},
		"huge length":           {afterRequest([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}), ErrBadAnswer},
		"endless length":        {afterRequest(bytes.Repeat([]byte{0x80}, 100)), ErrBadAnswer},
		"length over the limit": {afterRequest(binary.AppendUvarint(nil, headerLimit+1)), ErrBadAnswer},
		"padded length":         {afterRequest([]byte{0x82, 0x00, 0x08, 0x01}), ErrBadAnswer},
		"empty header":          {afterRequest([]byte{0}), ErrBadAnswer},
		"refusal with a body":   {afterRequest(framed(t, &pb.Header{Status: pb.Status_STATUS_BUSY, Length: 5}, []byte("hello"))), ErrBadAnswer},
		"2^60 bytes":            {afterRequest(framed(t, &pb.Header{Status: pb.Status_STATUS_OK, Total: 1 << 60, Length: 1 << 60}, nil)), ErrBadAnswer},
		"2^64-1 bytes":          {afterRequest(framed(t, &pb.Header{Status: pb.Status_STATUS_OK, Total: 1<<64 - 1, Length: 1<<64 - 1}, nil)), ErrBadAnswer},
		"no offset and length":  {afterRequest(framed(t, &pb.Header{Status: pb.Status_STATUS_OK, Total: 7}, nil)), ErrBadAnswer},
		"unknown status":        {afterRequest(framed(t, &pb.Header{Status: 99}, nil)), Status(99)},
	} {
		pretend(h, answer.handler)
		for what, ask := range requests {
			err := ask(t.Context())
			if !errors.Is(err, answer.want) {
				t.Errorf("%s answered with %s: %v, want %v", what, name, err, answer.want)
			}
			if Punishable(err) {
				t.Errorf("%s answered with %s is punished: %v", what, name, err)
			}
		}
	}
}

// TestWrongBodies answers with well-formed bodies that are not what was asked for.
func TestWrongBodies(t *testing.T) {
	b := newBlob(t, 10, 5000)
	other := newBlob(t, 10, 50)
	h, ch := newHost(t), newHost(t)
	introduce(ch, h)
	c := newClient(t, ch, b.params)
	ctx := t.Context()
	size := b.symbolSize()
	ref := SliverRef{Blob: b.id, Pair: 3, Axis: codec.Primary}
	good := b.sliver(ref).AppendBCS(nil)
	flipped := bytes.Clone(good)
	flipped[0] ^= 1

	getSliver := func() error { _, err := c.GetSliver(ctx, h.ID(), ref, size); return err }
	getRange := func() error { _, err := c.GetSliverRange(ctx, h.ID(), ref, size, 10, 20); return err }
	getMetadata := func() error { _, err := c.GetMetadata(ctx, h.ID(), b.id); return err }
	ids := []codec.SymbolID{{Primary: 1, Secondary: 2}, {Primary: 3, Secondary: 4}}
	getSymbols := func() error { _, err := c.GetSymbols(ctx, h.ID(), b.id, ids, codec.Primary, size); return err }
	target := TargetRef{Blob: b.id, Axis: codec.Primary, Index: 1}
	getTarget := func() error { _, err := c.GetTargetSymbols(ctx, h.ID(), target, 2, size); return err }
	confirm := func() error { _, err := c.Confirm(ctx, h.ID(), staking.Confirmation{Blob: b.id}); return err }
	nodeStatus := func() error { _, err := c.NodeStatus(ctx, h.ID()); return err }
	blobStatus := func() error { _, err := c.BlobStatus(ctx, h.ID(), b.id); return err }

	symbols := func(from *blob, a codec.Axis, at ...codec.SymbolID) []byte {
		list, err := newNode(t, from, true).Symbols(ctx, "", SymbolQuery{IDs: at, Target: a})
		if err != nil {
			t.Fatal(err)
		}
		return success(t, codec.AppendGeneralRecoverySymbols(nil, list))
	}
	encoded := func(m proto.Message) []byte {
		body, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return success(t, body)
	}
	infinity := make([]byte, bls.SignatureSize)
	infinity[0] = 0xc0

	for name, tc := range map[string]struct {
		ask        func() error
		answer     []byte
		want       error
		punishable bool
	}{
		"the sliver":                       {getSliver, success(t, good), nil, false},
		"sliver of another size":           {getSliver, success(t, other.sliver(ref).AppendBCS(nil)), ErrBadAnswer, false},
		"another sliver":                   {getSliver, success(t, b.pairs[4].Primary.AppendBCS(nil)), ErrBadAnswer, true},
		"sliver that is no BCS":            {getSliver, success(t, flipped), ErrBadAnswer, true},
		"sliver cut short":                 {getSliver, success(t, good)[:len(good)/2], ErrTransport, false},
		"sliver without end":               {getSliver, append(success(t, good), 0), ErrBadAnswer, false},
		"endless sliver":                   {getSliver, append(success(t, good), make([]byte, 1<<20)...), ErrBadAnswer, false},
		"a smaller total":                  {getRange, framed(t, okHeader(len(good)-1, 10, 20), make([]byte, 20)), ErrBadAnswer, false},
		"another offset":                   {getRange, framed(t, okHeader(len(good), 11, 20), make([]byte, 20)), ErrBadAnswer, false},
		"a longer range":                   {getRange, framed(t, okHeader(len(good), 10, 21), make([]byte, 21)), ErrBadAnswer, false},
		"a shorter range":                  {getRange, framed(t, okHeader(len(good), 10, 19), make([]byte, 19)), ErrBadAnswer, false},
		"the range":                        {getRange, framed(t, okHeader(len(good), 10, 20), make([]byte, 20)), nil, false},
		"the metadata":                     {getMetadata, success(t, b.metadata.AppendBCSWithID(nil)), nil, false},
		"metadata of another blob":         {getMetadata, success(t, other.metadata.AppendBCSWithID(nil)), ErrBadAnswer, true},
		"other metadata under the id":      {getMetadata, success(t, other.metadata.AppendBCS(b.id[:])), ErrBadAnswer, true},
		"metadata that is none":            {getMetadata, success(t, make([]byte, len(b.id)+b.params.MetadataBCSSize())), ErrBadAnswer, true},
		"the symbols":                      {getSymbols, symbols(b, codec.Primary, ids...), nil, false},
		"symbols in another order":         {getSymbols, symbols(b, codec.Primary, ids[1], ids[0]), ErrBadAnswer, false},
		"one symbol of two":                {getSymbols, symbols(b, codec.Primary, ids[0]), ErrBadAnswer, false},
		"symbols for the other axis":       {getSymbols, symbols(b, codec.Secondary, ids...), ErrBadAnswer, true},
		"symbols of another size":          {getSymbols, symbols(other, codec.Primary, ids...), ErrBadAnswer, true},
		"symbols that are none":            {getSymbols, success(t, []byte{2, 9, 9}), ErrBadAnswer, true},
		"the target's symbols":             {getTarget, symbols(b, codec.Primary, codec.SymbolID{Primary: 1, Secondary: 2}, codec.SymbolID{Primary: 1, Secondary: 5}), nil, false},
		"the target's symbol twice":        {getTarget, symbols(b, codec.Primary, codec.SymbolID{Primary: 1, Secondary: 2}, codec.SymbolID{Primary: 1, Secondary: 2}), ErrBadAnswer, false},
		"another target's symbol":          {getTarget, symbols(b, codec.Primary, codec.SymbolID{Primary: 2, Secondary: 2}), ErrBadAnswer, false},
		"signature at infinity":            {confirm, success(t, infinity), ErrBadAnswer, false},
		"signature that is no point":       {confirm, success(t, make([]byte, bls.SignatureSize)), ErrBadAnswer, false},
		"signature of another length":      {confirm, success(t, make([]byte, bls.SignatureSize-1)), ErrBadAnswer, false},
		"node status that is none":         {nodeStatus, success(t, []byte{0xff}), ErrBadAnswer, false},
		"node status of many shards":       {nodeStatus, encoded(&pb.NodeStatus{Shards: codec.MaxShards + 1}), ErrBadAnswer, false},
		"node status with a strange shard": {nodeStatus, encoded(&pb.NodeStatus{Shards: 10, ShardsHeld: []byte{0, 8}}), ErrBadAnswer, false},
		"node status for ever":             {nodeStatus, encoded(&pb.NodeStatus{UptimeSeconds: 1<<64 - 1}), nil, false},
		"blob status that is none":         {blobStatus, success(t, []byte{0xff}), ErrBadAnswer, false},
		"blob status of many shards":       {blobStatus, encoded(&pb.BlobStatus{PrimaryHeld: codec.MaxShards + 1}), ErrBadAnswer, false},
	} {
		pretend(h, afterRequest(tc.answer))
		err := tc.ask()
		if !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
		if Punishable(err) != tc.punishable {
			t.Errorf("%s: punishable %t: %v", name, !tc.punishable, err)
		}
	}
}

func TestRefusalsArriveAsSent(t *testing.T) {
	b := newBlob(t, 10, 50)
	h, ch := newHost(t), newHost(t)
	introduce(ch, h)
	c := newClient(t, ch, b.params)
	pretend(h, afterRequest(framed(t, &pb.Header{Status: pb.Status_STATUS_FULL, Message: "disk\x1b[31m full\n", RetryAfterMs: 1<<32 - 1}, nil)))
	_, err := c.GetMetadata(t.Context(), h.ID(), b.id)
	var e *Error
	if !errors.As(err, &e) || e.Status != Full || e.Message != "disk?[31m full?" || e.RetryAfter != maxRetryAfter || e.Advice() != TryOther {
		t.Errorf("%v: %+v", err, e)
	}
	// Codes of resets are refusals, too.
	for code, want := range map[network.StreamErrorCode]error{
		network.StreamResourceLimitExceeded: Busy, network.StreamRateLimited: RateLimited, network.StreamShutdown: ErrTransport,
	} {
		pretend(h, func(s network.Stream) { _ = s.ResetWithError(code) })
		if _, err := c.GetMetadata(t.Context(), h.ID(), b.id); !errors.Is(err, want) {
			t.Errorf("reset with code %#x: %v, want %v", code, err, want)
		}
	}
	for _, spec := range registry {
		h.RemoveStreamHandler(spec.ProtocolID(testNetwork))
	}
	if _, err := c.GetMetadata(t.Context(), h.ID(), b.id); !errors.Is(err, Unsupported) {
		t.Errorf("protocol not spoken: %v", err)
	}
	_ = h.Close()
	if _, err := c.GetMetadata(t.Context(), h.ID(), b.id); !errors.Is(err, ErrTransport) {
		t.Errorf("host gone: %v", err)
	}
}

func TestArgumentsOutOfRange(t *testing.T) {
	b := newBlob(t, 10, 50)
	h := newHost(t)
	c := newClient(t, h, b.params)
	ctx := t.Context()
	good := SliverRef{Blob: b.id, Pair: 1, Axis: codec.Primary}
	size := b.symbolSize()
	total := int64(b.params.SliverBCSSize(codec.Primary, size))
	ids := make([]codec.SymbolID, MaxSymbols+1)
	short := *b.sliver(good)
	short.Data = short.Data[1:]
	strange := *b.sliver(good)
	strange.Index = 10
	for name, err := range map[string]error{
		"pair":               second(c.GetSliver(ctx, h.ID(), SliverRef{Pair: 10}, size)),
		"negative pair":      second(c.GetSliver(ctx, h.ID(), SliverRef{Pair: -1}, size)),
		"axis":               second(c.GetSliver(ctx, h.ID(), SliverRef{Axis: 2}, size)),
		"symbol size":        second(c.GetSliver(ctx, h.ID(), good, 3)),
		"large symbol size":  second(c.GetSliver(ctx, h.ID(), good, codec.MaxSymbolSize+2)),
		"offset":             second(c.GetSliverRange(ctx, h.ID(), good, size, -1, 5)),
		"empty range":        second(c.GetSliverRange(ctx, h.ID(), good, size, 0, 0)),
		"range over the end": second(c.GetSliverRange(ctx, h.ID(), good, size, 1, total)),
		"overflowing range":  second(c.GetSliverRange(ctx, h.ID(), good, size, 1, 1<<63-1)),
		"no symbols":         second(c.GetSymbols(ctx, h.ID(), b.id, nil, codec.Primary, size)),
		"many symbols":       second(c.GetSymbols(ctx, h.ID(), b.id, ids, codec.Primary, size)),
		"symbols' axis":      second(c.GetSymbols(ctx, h.ID(), b.id, ids[:1], 2, size)),
		"symbols' size":      second(c.GetSymbols(ctx, h.ID(), b.id, ids[:1], codec.Primary, 0)),
		"target":             second(c.GetTargetSymbols(ctx, h.ID(), TargetRef{Index: 10}, 1, size)),
		"limit":              second(c.GetTargetSymbols(ctx, h.ID(), TargetRef{}, 0, size)),
		"target's size":      second(c.GetTargetSymbols(ctx, h.ID(), TargetRef{}, 1, 1)),
		"sliver's data":      c.PutSliver(ctx, h.ID(), b.id, &short),
		"sliver's index":     c.PutSliver(ctx, h.ID(), b.id, &strange),
		"metadata":           c.PutMetadata(ctx, h.ID(), b.id, &codec.Metadata{Hashes: make([]codec.PairHashes, 9)}),
	} {
		if !errors.Is(err, codec.ErrInvalid) || Punishable(err) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
	for name, err := range map[string]error{
		"no host":    second(NewClient(nil, testNetwork, b.params, ClientOptions{})),
		"no network": second(NewClient(h, "", b.params, ClientOptions{})),
		"no params":  second(NewClient(h, testNetwork, codec.Params{}, ClientOptions{})),
		"server":     second(NewServer(h, "Bad Name", b.params, Backend{}, ServerOptions{})),
		"limits":     second(NewServer(h, testNetwork, b.params, Backend{}, ServerOptions{Limits: Limits{TotalCPU: -1}})),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
