package p2p

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	relayclient "github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/client"
	"github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/relay"
	"github.com/libp2p/go-libp2p/p2p/protocol/identify"
	ma "github.com/multiformats/go-multiaddr"
	"github.com/prometheus/client_golang/prometheus"
)

// loopback is where test hosts listen.
var loopback = []netip.Addr{netip.MustParseAddr("127.0.0.1")}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func newKey(t *testing.T) crypto.PrivKey {
	t.Helper()
	k, _, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// newHost starts a storage host on loopback, changed by the given functions.
func newHost(t *testing.T, change ...func(*Config)) *Host {
	t.Helper()
	cfg := Config{Network: "test", Role: Storage, Key: newKey(t), Listen: loopback, Logger: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&cfg)
	}
	h, err := NewHost(testContext(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func client(cfg *Config) { cfg.Role, cfg.Listen = Client, nil }

// certificate returns a self-signed certificate for 127.0.0.1 and a pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool
}

const echoProtocol = "/test/echo/1"

// echo sends bytes over a new stream and checks that they come back.
func echo(ctx context.Context, t *testing.T, from *Host, to peer.ID) {
	t.Helper()
	s, err := from.NewStream(ctx, to, echoProtocol)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := strings.Repeat("floe", 10_000)
	go func() {
		_, _ = io.WriteString(s, want) // the comparison below tells
		_ = s.CloseWrite()
	}()
	got, err := io.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Fatalf("echoed %d bytes, not the %d that were sent", len(got), len(want))
	}
}

// TestTransports dials one host over each of its transports.
func TestTransports(t *testing.T) {
	cert, pool := certificate(t)
	server := newHost(t, func(c *Config) {
		c.Certificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }
	})
	server.SetStreamHandler(echoProtocol, func(s network.Stream) {
		_, _ = io.Copy(s, s)
		_ = s.Close()
	})
	ports(t, server)
	for name, match := range map[string]string{
		"tcp": "", "quic": "/quic-v1", "webtransport": "/quic-v1/webtransport", "webrtc": "/webrtc-direct", "ws": "/ws", "wss": "/tls/ws",
	} {
		t.Run(name, func(t *testing.T) {
			ctx := testContext(t)
			addrs := ma.FilterAddrs(server.Addrs(), func(a ma.Multiaddr) bool { return suffix(a) == match })
			if len(addrs) != 1 {
				t.Fatalf("%d addresses of %v end in %q, want 1", len(addrs), server.Addrs(), match)
			}
			c := newHost(t, client, func(c *Config) { c.RootCAs = pool })
			if err := c.Connect(ctx, peer.AddrInfo{ID: server.ID(), Addrs: addrs}); err != nil {
				t.Fatal(err)
			}
			if got := suffix(c.Network().ConnsToPeer(server.ID())[0].RemoteMultiaddr()); got != match {
				t.Errorf("connected over %q, dialled %q", got, match)
			}
			echo(ctx, t, c, server.ID())
		})
	}
}

// suffix returns what follows the port in an address, without certificate hashes.
func suffix(a ma.Multiaddr) string {
	s := ""
	for _, c := range a {
		switch c.Protocol().Code {
		case ma.P_IP4, ma.P_IP6, ma.P_TCP, ma.P_UDP, ma.P_CERTHASH:
		case ma.P_WSS: // the short form of /tls/ws
			s += "/tls/ws"
		default:
			s += "/" + c.Protocol().Name
		}
	}
	return s
}

// TestPorts: two addresses share the ports that were free, and asking for those again fails.
func TestPorts(t *testing.T) {
	two := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}
	h := newHost(t, func(c *Config) { c.Listen = two })
	tcpPort, udpPort := ports(t, h)
	if n := len(h.Network().ListenAddresses()); n < 10 {
		t.Errorf("%d listening addresses %v, want 5 on each address", n, h.Network().ListenAddresses())
	}
	cfg := Config{Network: "test", Role: Storage, Key: newKey(t), Listen: loopback, TCPPort: tcpPort, UDPPort: udpPort}
	if second, err := NewHost(testContext(t), cfg); err == nil {
		t.Error("a second host gets the same ports")
		_ = second.Close()
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := NewHost(testContext(t), cfg)
	if err != nil {
		t.Fatalf("ports are not free after Close: %v", err)
	}
	if gotTCP, gotUDP := ports(t, again); gotTCP != tcpPort || gotUDP != udpPort {
		t.Errorf("ports %d and %d, configured %d and %d", gotTCP, gotUDP, tcpPort, udpPort)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

// ports returns the only TCP port and the only UDP port of a host.
func ports(t *testing.T, h *Host) (tcpPort, udpPort uint16) {
	t.Helper()
	set := map[int]map[uint16]bool{ma.P_TCP: {}, ma.P_UDP: {}}
	for _, a := range h.Network().ListenAddresses() {
		for proto := range set {
			if v, err := a.ValueForProtocol(proto); err == nil {
				n, err := strconv.ParseUint(v, 10, 16)
				if err != nil {
					t.Fatal(err)
				}
				set[proto][uint16(n)] = true
			}
		}
	}
	if len(set[ma.P_TCP]) != 1 || len(set[ma.P_UDP]) != 1 {
		t.Fatalf("ports %v: want one for TCP and one for UDP", set)
	}
	for n := range set[ma.P_TCP] {
		tcpPort = n
	}
	for n := range set[ma.P_UDP] {
		udpPort = n
	}
	return tcpPort, udpPort
}

func TestAnnounce(t *testing.T) {
	addrs := []ma.Multiaddr{
		ma.StringCast("/ip4/203.0.113.7/udp/4001/quic-v1/webtransport"), ma.StringCast("/dns4/node.example/tcp/443/tls/ws"),
	}
	h := newHost(t, func(c *Config) { c.Announce = addrs })
	got := h.Addrs()
	if len(got) != 2 || got[1].String() != "/dns4/node.example/tcp/443/wss" && got[1].String() != addrs[1].String() {
		t.Fatalf("announced %v", got)
	}
	if _, err := got[0].ValueForProtocol(ma.P_CERTHASH); err != nil {
		t.Errorf("%s has no certificate hash", got[0])
	}
}

func TestConfigErrors(t *testing.T) {
	good := Config{Network: "test", Role: Storage, Key: newKey(t), Listen: loopback}
	rsa, _, err := crypto.GenerateRSAKeyPair(2048, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"network":      func(c *Config) { c.Network = "no/slash" },
		"role":         func(c *Config) { c.Role = 0 },
		"no key":       func(c *Config) { c.Key = nil },
		"RSA key":      func(c *Config) { c.Key = rsa },
		"nowhere":      func(c *Config) { c.Listen = nil },
		"zone":         func(c *Config) { c.Listen = []netip.Addr{netip.MustParseAddr("fe80::1%eth0")} },
		"zero address": func(c *Config) { c.Listen = []netip.Addr{{}} },
		"announce p2p": func(c *Config) {
			c.Announce = []ma.Multiaddr{ma.StringCast("/ip4/1.2.3.4/tcp/1/p2p/" + newPeer(t).String())}
		},
		"announce empty": func(c *Config) { c.Announce = []ma.Multiaddr{nil} },
		"announce many":  func(c *Config) { c.Announce = make([]ma.Multiaddr, maxAnnounce+1) },
		"exempt":         func(c *Config) { c.Exempt = []netip.Prefix{{}} },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := good
			change(&cfg)
			h, err := NewHost(t.Context(), cfg)
			if err == nil {
				_ = h.Close()
			}
			if !errors.Is(err, ErrConfig) {
				t.Errorf("error %v, want ErrConfig", err)
			}
		})
	}
}

// noExemption makes loopback subject to the limits by address, as any other address is.
func noExemption(c *Config) { c.Exempt = []netip.Prefix{} }

// TestTwelveNodesBehindOneAddress: a dozen nodes with one IP address connect to each other.
func TestTwelveNodesBehindOneAddress(t *testing.T) {
	ctx := testContext(t)
	var hosts []*Host
	for range 12 {
		hosts = append(hosts, newHost(t, noExemption))
	}
	for i, h := range hosts {
		for _, other := range hosts[:i] {
			if err := h.Connect(ctx, other.AddrInfo()); err != nil {
				t.Fatalf("node %d: %v", i, err)
			}
		}
	}
	for i, h := range hosts {
		if n := len(h.Network().Peers()); n != len(hosts)-1 {
			t.Errorf("node %d has %d peers, want %d", i, n, len(hosts)-1)
		}
	}
}

// TestConnectionsPerAddress: one address gets no more connections than its limit, and an exempt one does.
func TestConnectionsPerAddress(t *testing.T) {
	for name, exempt := range map[string]bool{"limited": false, "exempt": true} {
		t.Run(name, func(t *testing.T) {
			m, err := newResourceManager("test", roleLimits[Storage], map[bool][]netip.Prefix{true: LoopbackRanges()}[exempt], false)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			var refused int
			for i := range connsPerIP4 + 10 {
				addr := ma.StringCast(fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", 10_000+i))
				scope, err := m.OpenConnection(network.DirInbound, false, addr)
				if err != nil {
					refused++
					continue
				}
				defer scope.Done()
			}
			if want := map[bool]int{false: 10, true: 0}[exempt]; refused != want {
				t.Errorf("%d of %d connections refused, want %d", refused, connsPerIP4+10, want)
			}
		})
	}
}

// TestIdentifyStorm: when the network comes back, everybody identifies itself at once.
func TestIdentifyStorm(t *testing.T) {
	m, err := newResourceManager("test", roleLimits[Storage], LoopbackRanges(), false)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for i := range 200 {
		s, err := m.OpenStream(peer.ID(fmt.Sprint("peer ", i)), network.DirInbound)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Done()
		if err := s.SetProtocol(identify.ID); err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
		if err := s.SetService(identify.ServiceName); err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
	}
}

// TestRelay: over a relay a peer is reached for control only; a stream has to ask for it.
func TestRelay(t *testing.T) {
	ctx := testContext(t)
	relayHost := newHost(t)
	service, err := relay.New(relayHost)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	hidden, visitor := newHost(t, client), newHost(t, client)
	hidden.SetStreamHandler(echoProtocol, func(s network.Stream) {
		_, _ = io.Copy(s, s)
		_ = s.Close()
	})
	if err := hidden.Connect(ctx, relayHost.AddrInfo()); err != nil {
		t.Fatal(err)
	}
	if _, err := relayclient.Reserve(ctx, hidden, relayHost.AddrInfo()); err != nil {
		t.Fatal(err)
	}
	var over []ma.Multiaddr
	for _, a := range relayHost.Addrs() {
		over = append(over, a.Encapsulate(ma.StringCast("/p2p/"+relayHost.ID().String()+"/p2p-circuit")))
	}
	if err := visitor.Connect(ctx, peer.AddrInfo{ID: hidden.ID(), Addrs: over}); err != nil {
		t.Fatal(err)
	}
	if c := visitor.Network().Connectedness(hidden.ID()); c != network.Limited {
		t.Fatalf("connection over a relay is %s, want limited", c)
	}
	// Without leave to use the relay, a stream waits for a direct connection; none can come, since nobody listens.
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if s, err := visitor.NewStream(short, hidden.ID(), echoProtocol); err == nil {
		_ = s.Reset()
		t.Error("a stream over a relay without asking for it")
	}
	s, err := visitor.NewStream(network.WithAllowLimitedConn(ctx, "test"), hidden.ID(), echoProtocol)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("hello")); err != nil {
		t.Error(err)
	}
	_ = s.CloseWrite()
	if b, err := io.ReadAll(s); err != nil || string(b) != "hello" {
		t.Errorf("control over a relay: %q, %v", b, err)
	}
}

// TestNoRelayService: a host does not carry the traffic of others.
func TestNoRelayService(t *testing.T) {
	ctx := testContext(t)
	a, b := newHost(t), newHost(t, client)
	if err := b.Connect(ctx, a.AddrInfo()); err != nil {
		t.Fatal(err)
	}
	if _, err := relayclient.Reserve(ctx, b, a.AddrInfo()); err == nil {
		t.Error("a host gives relay reservations")
	}
}

// TestMetrics: two hosts in a process, each with its own registry.
func TestMetrics(t *testing.T) {
	for range 2 {
		reg := prometheus.NewRegistry()
		newHost(t, func(c *Config) { c.Registerer = reg })
		if families, err := reg.Gather(); err != nil || len(families) == 0 {
			t.Errorf("%d metrics, error %v", len(families), err)
		}
	}
}

// TestAutoNATAndHolePunching: the protocols that a node behind a router needs are there.
func TestAutoNATAndHolePunching(t *testing.T) {
	protocols := newHost(t).Mux().Protocols()
	for _, want := range []protocol.ID{"/libp2p/autonat/2/dial-request", "/libp2p/autonat/2/dial-back", "/libp2p/circuit/relay/0.2.0/stop"} {
		if !slices.Contains(protocols, want) {
			t.Errorf("no %s among %v", want, protocols)
		}
	}
	if slices.Contains(protocols, "/libp2p/circuit/relay/0.2.0/hop") {
		t.Error("the host offers to relay")
	}
}
