package request

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/floe-network/floe/codec"
)

// Bodies over loopback, sealed and opened by TLS or QUIC in this process: what a node and a client spend together.
func BenchmarkSlivers(b *testing.B) {
	p, err := codec.NewParams(1000)
	if err != nil {
		b.Fatal(err)
	}
	for _, symbol := range []int{2, 1600, 16000} {
		s := &codec.Sliver{Axis: codec.Primary, SymbolSize: symbol, Data: make([]byte, p.Cols()*symbol)}
		for _, addr := range []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"} {
			c, id := serveOn(b, newHostOn(b, addr), &blob{params: p}, Backend{Sliver: &warehouse{body: s.AppendBCS(nil)}},
				ServerOptions{Limits: Limits{TotalBytes: 1 << 50, TotalBytesBurst: 1 << 50, TotalCPU: 1 << 20}})
			transport := "tcp"
			if bytes.Contains([]byte(addr), []byte("quic")) {
				transport = "quic"
			}
			b.Run(fmt.Sprintf("get/%s/%dKiB", transport, len(s.Data)>>10), func(b *testing.B) {
				b.SetBytes(int64(len(s.Data)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := c.GetSliver(b.Context(), id, SliverRef{}, symbol); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("put/%s/%dKiB", transport, len(s.Data)>>10), func(b *testing.B) {
				b.SetBytes(int64(len(s.Data)))
				b.ReportAllocs()
				for b.Loop() {
					if err := c.PutSliver(b.Context(), id, codec.BlobID{}, s); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
