package request

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
	"github.com/floe-network/floe/staking"
)

// memoryStream is a stream whose other side has sent everything already.
type memoryStream struct {
	network.Stream // nil: other methods are not called
	in             *bytes.Reader
	out            bytes.Buffer
	conn           network.Conn
}

func (s *memoryStream) Read(b []byte) (int, error)  { return s.in.Read(b) }
func (s *memoryStream) Write(b []byte) (int, error) { return s.out.Write(b) }
func (s *memoryStream) Close() error                { return nil }
func (s *memoryStream) CloseWrite() error           { return nil }
func (s *memoryStream) Reset() error                { return nil }
func (s *memoryStream) SetDeadline(time.Time) error { return nil }
func (s *memoryStream) Conn() network.Conn          { return s.conn }
func (s *memoryStream) Scope() network.StreamScope  { return &network.NullScope{} }

// memoryConn is a connection from an address.
type memoryConn struct {
	network.Conn // nil: other methods are not called
	peer         peer.ID
	addr         ma.Multiaddr
	limited      bool
}

func (c *memoryConn) RemotePeer() peer.ID           { return c.peer }
func (c *memoryConn) RemoteMultiaddr() ma.Multiaddr { return c.addr }
func (c *memoryConn) Stat() network.ConnStats {
	return network.ConnStats{Stats: network.Stats{Limited: c.limited}}
}

func connFrom(t testing.TB, p peer.ID, addr string) *memoryConn {
	t.Helper()
	m, err := ma.NewMultiaddr(addr)
	if err != nil {
		t.Fatal(err)
	}
	return &memoryConn{peer: p, addr: m}
}

// FuzzServer sends any bytes to every protocol: the answer is one well-formed header with the body that it announces, or
// none, and nothing stays reserved.
func FuzzServer(f *testing.F) {
	b := newBlob(f, 4, 50)
	n := newNode(f, b, true)
	h := newHost(f)
	conn := connFrom(f, "someone", "/ip4/1.2.3.4/tcp/1")
	n.friend = conn.peer
	s, err := NewServer(h, testNetwork, b.params, n.backend(), ServerOptions{Log: quiet, Limits: Limits{SourceCPU: 1e9, TotalCPU: 1e9, SourceBytes: 1 << 40, TotalBytes: 1 << 40}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	id := b.id[:]
	sliver := b.pairs[1].Secondary.AppendBCS(nil)
	metadata := b.metadata.AppendBCS(nil)
	for _, seed := range []struct {
		m    *pb.Request
		body []byte
	}{
		{&pb.Request{Kind: &pb.Request_MetadataGet{MetadataGet: &pb.MetadataGet{BlobId: id}}}, nil},
		{&pb.Request{Kind: &pb.Request_MetadataPut{MetadataPut: &pb.MetadataPut{BlobId: id, Length: uint64(len(metadata))}}}, metadata},
		{sliverRequest(SliverRef{Blob: b.id, Pair: 2}, 1, 2), nil},
		{&pb.Request{Kind: &pb.Request_SliverPut{SliverPut: &pb.SliverPut{BlobId: id, Pair: 1, Axis: 2, Length: uint64(len(sliver))}}}, sliver},
		{&pb.Request{Kind: &pb.Request_SymbolGet{SymbolGet: &pb.SymbolGet{BlobId: id, Target: 1, Ids: []*pb.SymbolId{{Primary: 1, Secondary: 3}}}}}, nil},
		{&pb.Request{Kind: &pb.Request_SymbolTarget{SymbolTarget: &pb.SymbolTarget{BlobId: id, Axis: 1, Index: 2, Limit: 3}}}, nil},
		{&pb.Request{Kind: &pb.Request_ConfirmGet{ConfirmGet: &pb.ConfirmGet{BlobId: id, Epoch: 3, DeletableObject: id}}}, nil},
		{&pb.Request{Kind: &pb.Request_StatusNode{StatusNode: &pb.StatusNode{}}}, nil},
		{&pb.Request{Kind: &pb.Request_StatusBlob{StatusBlob: &pb.StatusBlob{BlobId: id}}}, nil},
	} {
		f.Add(append(encode(f, seed.m), seed.body...))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		for _, name := range []string{"metadata", "sliver", "symbol", "confirm", "status"} {
			st := &memoryStream{in: bytes.NewReader(sent), conn: conn}
			s.handle(st, name)
			if st.out.Len() == 0 {
				continue
			}
			in := bufio.NewReader(&st.out)
			var head pb.Header
			if err := readMessage(in, &head, headerLimit); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			body, err := io.ReadAll(in)
			if err != nil || uint64(len(body)) != head.GetLength() || !Status(head.GetStatus()).known() {
				t.Fatalf("%s: %s with %d bytes of %d: %v", name, Status(head.GetStatus()), len(body), head.GetLength(), err)
			}
		}
		if n.opened != 0 || !s.budget.memory.TryAcquire(s.budget.limits.Memory) {
			t.Fatalf("%d slivers are open, or memory is reserved", n.opened)
		}
		s.budget.memory.Release(s.budget.limits.Memory)
	})
}

// FuzzClient answers every request with any bytes: what is accepted is what was asked for.
func FuzzClient(f *testing.F) {
	b := newBlob(f, 4, 50)
	h := &memoryHost{}
	c := newClient(f, h, b.params)
	ref := SliverRef{Blob: b.id, Pair: 1, Axis: codec.Secondary}
	n := newNode(f, b, true)
	symbols, err := n.Symbols(context.Background(), "", SymbolQuery{IDs: []codec.SymbolID{{Primary: 1, Secondary: 3}}})
	if err != nil {
		f.Fatal(err)
	}
	sig, err := n.key.Sign(staking.Confirmation{Blob: b.id}.Bytes())
	if err != nil {
		f.Fatal(err)
	}
	rawSig := sig.Bytes()
	node, err := proto.Marshal(&pb.NodeStatus{Version: "v", Shards: 4, ShardsHeld: []byte{5}, UptimeSeconds: 9})
	if err != nil {
		f.Fatal(err)
	}
	for _, body := range [][]byte{
		nil, b.sliver(ref).AppendBCS(nil), b.metadata.AppendBCSWithID(nil), rawSig[:], node, codec.AppendGeneralRecoverySymbols(nil, symbols),
	} {
		f.Add(success(f, body))
	}
	f.Add(framed(f, refusal(Errorf(Busy, "no")), nil))
	ids := []codec.SymbolID{{Primary: 1, Secondary: 3}}
	target := TargetRef{Blob: b.id, Axis: codec.Primary, Index: 1}
	f.Fuzz(func(t *testing.T, answer []byte) {
		h.answer = answer
		ctx := t.Context()
		check := func(what string, err error, good bool) {
			t.Helper()
			var e *Error
			switch {
			case err == nil && !good:
				t.Fatalf("%s: accepted what was not asked for", what)
			case err != nil && !errors.Is(err, ErrBadAnswer) && !errors.Is(err, ErrTransport) && !errors.As(err, &e):
				t.Fatalf("%s: an error of no kind: %v", what, err)
			case e != nil && e.Status == OK:
				t.Fatalf("%s: refused with OK", what)
			}
		}
		m, err := c.GetMetadata(ctx, "", b.id)
		check("metadata", err, m != nil && m.BlobID() == b.id)
		v, err := c.GetSliver(ctx, "", ref, b.symbolSize())
		check("sliver", err, v != nil && v.Index == 2 && len(v.Data) == len(b.sliver(ref).Data))
		part, err := c.GetSliverRange(ctx, "", ref, b.symbolSize(), 1, 4)
		check("range", err, len(part) == 4)
		list, err := c.GetSymbols(ctx, "", b.id, ids, codec.Primary, b.symbolSize())
		check("symbols", err, len(list) == 1 && list[0].ID() == ids[0])
		list, err = c.GetTargetSymbols(ctx, "", target, 2, b.symbolSize())
		check("target symbols", err, len(list) <= 2)
		_, err = c.Confirm(ctx, "", staking.Confirmation{Blob: b.id})
		check("confirmation", err, true)
		status, err := c.NodeStatus(ctx, "")
		check("node status", err, len(status.ShardsHeld) <= codec.MaxShards && status.Uptime >= 0)
		_, err = c.BlobStatus(ctx, "", b.id)
		check("blob status", err, true)
		check("put sliver", c.PutSliver(ctx, "", b.id, b.sliver(ref)), true)
		check("put metadata", c.PutMetadata(ctx, "", b.id, b.metadata), true)
	})
}

// memoryHost answers every stream with the same bytes.
type memoryHost struct {
	host.Host // nil: other methods are not called
	answer    []byte
}

func (h *memoryHost) NewStream(context.Context, peer.ID, ...protocol.ID) (network.Stream, error) {
	return &memoryStream{in: bytes.NewReader(h.answer)}, nil
}

// FuzzMessage reads headers: what is read comes back the same when it is written again.
func FuzzMessage(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte{0x80, 0x01})
	f.Add(framed(f, okHeader(7, 1, 2), nil))
	f.Add(framed(f, refusal(&Error{Status: Busy, Message: "later", RetryAfter: time.Second}), nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h, again pb.Header
		if err := readMessage(bufio.NewReader(bytes.NewReader(b)), &h, headerLimit); err != nil {
			return
		}
		if err := readMessage(bufio.NewReader(bytes.NewReader(framed(t, &h, nil))), &again, headerLimit); err != nil || !proto.Equal(&h, &again) {
			t.Fatalf("%v came back as %v: %v", &h, &again, err)
		}
		if e := remoteError(&h); len(e.Message) > maxMessage || e.RetryAfter < 0 || e.RetryAfter > maxRetryAfter || printable(e.Message) != e.Message {
			t.Fatalf("%+v", e)
		}
	})
}
