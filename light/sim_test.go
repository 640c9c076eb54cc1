package light

import (
	"context"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/floe-network/floe/light/internal/simnet"
)

// newClient makes a client of a simulated network.
func newClient(tb testing.TB, s *simnet.Net, limits Limits) *Client {
	tb.Helper()
	c, err := NewClient(Config{Chain: s, Network: s, Connector: s, Codec: s.Codec, Limits: limits})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close() })
	return c
}

// store puts a blob.
func store(ctx context.Context, c *Client, src io.ReaderAt, size int64, opts UploadOptions) (*UploadResult, error) {
	p, err := c.Prepare(ctx, src, size, opts.Events)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	return c.Upload(ctx, p, opts)
}

// sample returns size bytes that differ everywhere.
func sample(size int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// causes returns the causes in reports, by member.
func causes(reports []MemberReport) map[int]Cause {
	m := make(map[int]Cause)
	for _, r := range reports {
		m[r.Member] = r.Cause
	}
	return m
}

// last returns the indexes of the last count of n nodes.
func last(n, count int) []int {
	var list []int
	for i := n - count; i < n; i++ {
		list = append(list, i)
	}
	return list
}
