package p2p

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
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
	ports := map[string]map[string]bool{"tcp": {}, "udp": {}}
	for _, a := range server.Addrs() {
		for proto, set := range ports {
			if v, err := a.ValueForProtocol(ma.ProtocolWithName(proto).Code); err == nil {
				set[v] = true
			}
		}
	}
	if len(ports["tcp"]) != 1 || len(ports["udp"]) != 1 {
		t.Errorf("ports %v: want one for TCP and one for UDP", ports)
	}
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
