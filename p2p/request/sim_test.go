package request

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/x/simlibp2p"
	"github.com/marcopolo/simnet"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
	"github.com/floe-network/floe/staking"
)

// simulate runs a test in a bubble of its own time with two hosts that have public addresses and a link of 100 Mbit/s and
// 20 ms between them.
func simulate(t *testing.T, test func(t *testing.T, server, client host.Host)) {
	synctest.Test(t, func(t *testing.T) {
		net := &simnet.Simnet{LatencyFunc: simnet.StaticLatency(10 * time.Millisecond)}
		link := simnet.LinkSettings{BitsPerSecond: 100 * simlibp2p.OneMbps}
		settings := simnet.NodeBiDiLinkSettings{Downlink: link, Uplink: link}
		hosts := make([]host.Host, 2)
		for i, addr := range []string{"/ip4/1.0.0.1/udp/8000/quic-v1", "/ip4/1.0.0.2/udp/8000/quic-v1"} {
			h, err := libp2p.New(
				libp2p.ListenAddrStrings(addr),
				libp2p.DisableIdentifyAddressDiscovery(),
				libp2p.ResourceManager(&network.NullResourceManager{}),
				simlibp2p.QUICSimnet(net, settings),
			)
			if err != nil {
				t.Fatal(err)
			}
			hosts[i] = h
		}
		net.Start()
		defer net.Close()
		for _, h := range hosts {
			defer func() { _ = h.Close() }()
		}
		introduce(hosts[1], hosts[0])
		// The connection stands before the test measures anything.
		if err := hosts[1].Connect(t.Context(), hosts[0].Peerstore().PeerInfo(hosts[0].ID())); err != nil {
			t.Fatal(err)
		}
		test(t, hosts[0], hosts[1])
	})
}

// elapsed checks how long something took.
func elapsed(t *testing.T, what string, begin time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(begin); got < want-time.Second || got > want+time.Second {
		t.Errorf("%s took %s, want %s", what, got, want)
	}
}

func TestClientDoesNotWaitForever(t *testing.T) {
	b := newBlob(t, 10, 1_800_000)
	ref := SliverRef{Blob: b.id, Pair: 3, Axis: codec.Primary}
	body := b.sliver(ref).AppendBCS(nil)
	simulate(t, func(t *testing.T, server, client host.Host) {
		c := newClient(t, client, b.params)
		hang := make(chan struct{})
		defer close(hang)

		pretend(server, func(s network.Stream) { <-hang; _ = s.Reset() })
		begin := time.Now()
		_, err := c.GetSliver(t.Context(), server.ID(), ref, b.symbolSize())
		if !errors.Is(err, ErrTransport) || !errors.Is(err, ErrTimeout) || Punishable(err) {
			t.Errorf("silent: %v", err)
		}
		elapsed(t, "a silent server", begin, sliverGet.Timeout+travel(0))

		begin = time.Now()
		if err := c.PutSliver(t.Context(), server.ID(), b.id, b.sliver(ref)); !errors.Is(err, ErrTransport) {
			t.Errorf("put to a silent server: %v", err)
		}
		elapsed(t, "a put to a silent server", begin, sliverPut.Timeout+travel(int64(len(body))))

		// One byte a second: the header would come, the body never.
		pretend(server, func(s network.Stream) {
			defer func() { _ = s.Reset() }()
			for _, c := range success(t, body) {
				if _, err := s.Write([]byte{c}); err != nil {
					return
				}
				select {
				case <-hang:
					return
				case <-time.After(time.Second):
				}
			}
		})
		head := len(success(t, body)) - len(body)
		begin = time.Now()
		if _, err := c.GetSliver(t.Context(), server.ID(), ref, b.symbolSize()); !errors.Is(err, ErrTransport) {
			t.Errorf("slow: %v", err)
		}
		elapsed(t, "a slow server", begin, time.Duration(head)*time.Second+travel(int64(len(body))))

		// All that was asked for, but the stream stays open.
		pretend(server, func(s network.Stream) {
			_, _ = s.Write(success(t, body))
			<-hang
			_ = s.Reset()
		})
		begin = time.Now()
		if _, err := c.GetSliver(t.Context(), server.ID(), ref, b.symbolSize()); err != nil {
			t.Errorf("a stream left open: %v", err)
		}
		elapsed(t, "a stream left open", begin, closeTimeout)
	})
}

func TestCancelUnblocksAtOnce(t *testing.T) {
	b := newBlob(t, 10, 1_800_000)
	ref := SliverRef{Blob: b.id, Pair: 3, Axis: codec.Primary}
	cause := errors.New("changed my mind")
	simulate(t, func(t *testing.T, server, client host.Host) {
		c := newClient(t, client, b.params)
		hang := make(chan struct{})
		defer close(hang)
		pretend(server, func(s network.Stream) { <-hang; _ = s.Reset() })
		for name, ask := range map[string]func(context.Context) error{
			"get": func(ctx context.Context) error {
				_, err := c.GetSliver(ctx, server.ID(), ref, b.symbolSize())
				return err
			},
			// The body does not fit the window of a stream that nobody reads.
			"put": func(ctx context.Context) error { return c.PutSliver(ctx, server.ID(), b.id, b.sliver(ref)) },
		} {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(3*time.Second, func() { cancel(cause) })
			begin := time.Now()
			if err := ask(ctx); !errors.Is(err, cause) || errors.Is(err, ErrTransport) {
				t.Errorf("%s: %v, want %v", name, err, cause)
			}
			elapsed(t, name, begin, 3*time.Second)
			if err := ask(ctx); !errors.Is(err, cause) {
				t.Errorf("%s with a context that has ended: %v", name, err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if _, err := c.NodeStatus(ctx, server.ID()); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTransport) {
			t.Errorf("deadline: %v", err)
		}
	})
}

// start serves a node on a simulated host.
func start(t *testing.T, h host.Host, n *node, opts ServerOptions) *Server {
	t.Helper()
	opts.Log = quiet
	s, err := NewServer(h, testNetwork, n.params, n.backend(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

// idle checks that a server has given back everything.
func idle(t *testing.T, s *Server) {
	t.Helper()
	b := s.budget
	if !b.memory.TryAcquire(b.limits.Memory) {
		t.Error("memory is still reserved")
	} else {
		b.memory.Release(b.limits.Memory)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for spec, n := range b.streams {
		if n != 0 {
			t.Errorf("%d streams of %s are still counted", n, spec.Name)
		}
	}
}

// raw opens a stream of a request's protocol and sends bytes.
func raw(t *testing.T, client, server host.Host, spec *Spec, sent []byte) network.Stream {
	t.Helper()
	s, err := client.NewStream(t.Context(), server.ID(), spec.ProtocolID(testNetwork))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(sent); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestServerDropsSlowClients(t *testing.T) {
	b := newBlob(t, 10, 1_800_000)
	ref := SliverRef{Blob: b.id, Pair: 3, Axis: codec.Primary}
	size := int64(b.params.SliverBCSSize(ref.Axis, b.symbolSize()))
	put, err := appendMessage(nil, &pb.Request{Kind: &pb.Request_SliverPut{SliverPut: &pb.SliverPut{
		BlobId: b.id[:], Pair: 3, Axis: pb.Axis_AXIS_PRIMARY, Length: uint64(size),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	get, err := appendMessage(nil, sliverRequest(ref, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	simulate(t, func(t *testing.T, server, client host.Host) {
		s := start(t, server, newNode(t, b, true), ServerOptions{})
		ended := func(what string, st network.Stream, want time.Duration) {
			t.Helper()
			begin := time.Now()
			if _, err := io.ReadAll(st); !errors.Is(err, network.ErrReset) {
				t.Errorf("%s: %v, want a reset", what, err)
			}
			elapsed(t, what, begin, want)
			_ = st.Reset()
			synctest.Wait()
			idle(t, s)
		}
		ended("half a length", raw(t, client, server, &sliverGet, get[:1]), requestTimeout)
		ended("half a request", raw(t, client, server, &sliverGet, get[:5]), requestTimeout)
		ended("no body", raw(t, client, server, &sliverPut, put), travel(size))
		ended("half a body", raw(t, client, server, &sliverPut, append(put, make([]byte, size/2)...)), travel(size))

		drip := raw(t, client, server, &sliverPut, put)
		go func() {
			for {
				if _, err := drip.Write([]byte{0}); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		ended("a byte a second", drip, travel(size))

		// A client that asks and does not read: its window is not open for a sliver.
		deaf := raw(t, client, server, &sliverGet, get)
		time.Sleep(travel(size) + time.Second)
		synctest.Wait()
		idle(t, s)
		_ = deaf.Reset()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestServerPacesASource(t *testing.T) {
	b := newBlob(t, 10, 1_800_000)
	ref := SliverRef{Blob: b.id, Pair: 3, Axis: codec.Primary}
	size := int64(b.params.SliverBCSSize(ref.Axis, b.symbolSize()))
	for name, tc := range map[string]struct {
		limits Limits
		ask    func(*Client, context.Context, host.Host) error
		wait   time.Duration
	}{
		"bytes out": {
			Limits{SourceBytes: size / 4, SourceBytesBurst: 2 * size},
			func(c *Client, ctx context.Context, h host.Host) error {
				_, err := c.GetSliver(ctx, h.ID(), ref, b.symbolSize())
				return err
			},
			4 * time.Second,
		},
		"bytes in, of all": {
			Limits{TotalBytes: size / 4, TotalBytesBurst: 2 * size},
			func(c *Client, ctx context.Context, h host.Host) error {
				return c.PutSliver(ctx, h.ID(), b.id, b.sliver(ref))
			},
			4 * time.Second,
		},
		"cpu": {
			Limits{SourceCPU: signCost.Seconds() / 8, SourceCPUBurst: 3 * signCost},
			func(c *Client, ctx context.Context, h host.Host) error {
				_, err := c.Confirm(ctx, h.ID(), staking.Confirmation{Blob: b.id})
				return err
			},
			8 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t *testing.T, server, client host.Host) {
				s := start(t, server, newNode(t, b, true), ServerOptions{Limits: tc.limits})
				c := newClient(t, client, b.params)
				var e *Error
				for i := 0; ; i++ {
					err := tc.ask(c, t.Context(), server)
					if errors.As(err, &e) {
						break
					}
					if err != nil || i > 5 {
						t.Fatalf("request %d: %v", i, err)
					}
				}
				if e.Status != RateLimited || e.RetryAfter <= 0 || e.RetryAfter > tc.wait {
					t.Errorf("%+v, want to be told to wait up to %s", e, tc.wait)
				}
				time.Sleep(e.RetryAfter)
				if err := tc.ask(c, t.Context(), server); err != nil {
					t.Errorf("after waiting as told: %v", err)
				}
				idle(t, s)
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestCloseEndsRequests(t *testing.T) {
	b := newBlob(t, 10, 5000)
	simulate(t, func(t *testing.T, server, client host.Host) {
		n := newNode(t, b, true)
		entered := make(chan struct{})
		n.slow = func(ctx context.Context) {
			close(entered)
			<-ctx.Done()
		}
		s := start(t, server, n, ServerOptions{})
		c := newClient(t, client, b.params)
		result := make(chan error)
		go func() { result <- c.PutSliver(t.Context(), server.ID(), b.id, &b.pairs[0].Primary) }()
		<-entered
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-result; !errors.Is(err, ErrTransport) {
			t.Errorf("put during the close: %v", err)
		}
		if _, err := c.NodeStatus(t.Context(), server.ID()); err == nil {
			t.Error("served after the close")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Start(); err == nil {
			t.Error("started after the close")
		}
		idle(t, s)
	})
}

func TestBackendHasLimitedTime(t *testing.T) {
	b := newBlob(t, 10, 5000)
	simulate(t, func(t *testing.T, server, client host.Host) {
		n := newNode(t, b, true)
		n.slow = func(ctx context.Context) {
			<-ctx.Done()
			panic("after all")
		}
		s := start(t, server, n, ServerOptions{})
		c := newClient(t, client, b.params)
		begin := time.Now()
		if err := c.PutMetadata(t.Context(), server.ID(), b.id, b.metadata); !errors.Is(err, Internal) {
			t.Errorf("a backend that panics late: %v", err)
		}
		elapsed(t, "the backend", begin, metadataPut.Timeout)
		idle(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
