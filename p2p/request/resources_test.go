package request

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"

	"github.com/floe-network/floe/codec"
)

// warehouse takes and gives slivers without looking at them.
type warehouse struct {
	body []byte
}

func (w *warehouse) AdmitSliver(context.Context, peer.ID, SliverRef, int64) error { return nil }

func (w *warehouse) PutSliver(_ context.Context, _ peer.ID, _ SliverRef, body []byte) error {
	w.body = body
	return nil
}

func (w *warehouse) OpenSliver(context.Context, peer.ID, SliverRef) (SliverReader, error) {
	return memorySliver{bytes.NewReader(w.body), func() {}}, nil
}

// TestLargestSliver moves the largest sliver of 1000 shards with a real resource manager.
func TestLargestSliver(t *testing.T) {
	if raceEnabled {
		t.Skip("encrypts 88 MB")
	}
	p, err := codec.NewParams(1000)
	if err != nil {
		t.Fatal(err)
	}
	s := &codec.Sliver{Axis: codec.Primary, Index: 5, SymbolSize: codec.MaxSymbolSize, Data: make([]byte, p.Cols()*codec.MaxSymbolSize)}
	for i := range s.Data {
		s.Data[i] = byte(i ^ i>>8 ^ i>>16)
	}
	for name, tc := range map[string]struct {
		fit  func(*rcmgr.ScalingLimitConfig)
		want error
	}{
		"the library's limits": {func(*rcmgr.ScalingLimitConfig) {}, Busy},
		"fitted limits":        {func(cfg *rcmgr.ScalingLimitConfig) { AddResourceLimits(cfg, testNetwork) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			manager := func() network.ResourceManager {
				cfg := rcmgr.DefaultLimits
				libp2p.SetDefaultServiceLimits(&cfg)
				tc.fit(&cfg)
				// A machine with 8 GiB.
				m, err := rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(cfg.Scale(1<<30, 1024)), rcmgr.WithMetricsDisabled())
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
			w := &warehouse{}
			h := newHostWith(t, manager(), libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"))
			ch := newHostWith(t, manager(), libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"))
			server, err := NewServer(h, testNetwork, p, Backend{Sliver: w}, ServerOptions{Log: quiet})
			if err != nil {
				t.Fatal(err)
			}
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = server.Close() }()
			introduce(ch, h)
			c := newClient(t, ch, p)
			if err := c.PutSliver(t.Context(), h.ID(), codec.BlobID{}, s); !errors.Is(err, tc.want) {
				t.Fatalf("put: %v, want %v", err, tc.want)
			}
			if tc.want != nil {
				return
			}
			got, err := c.GetSliver(t.Context(), h.ID(), SliverRef{Pair: 5}, s.SymbolSize)
			if err != nil || !bytes.Equal(got.Data, s.Data) {
				t.Errorf("get: %v", err)
			}
			err = h.Network().ResourceManager().ViewService(ServiceName, func(scope network.ServiceScope) error {
				if m := scope.Stat().Memory; m != 0 {
					t.Errorf("%d bytes are still reserved", m)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
