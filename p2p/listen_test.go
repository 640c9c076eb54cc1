package p2p

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	ma "github.com/multiformats/go-multiaddr"
)

// fakeNet listens on nothing. Port 0 becomes the next of picks; addresses in taken cannot be had.
type fakeNet struct {
	picks []int
	taken []string
	open  []ma.Multiaddr
}

var errTaken = errors.New("address already in use")

func (n *fakeNet) Listen(addrs ...ma.Multiaddr) error {
	s := addrs[0].String()
	if strings.Contains(s, "/0") && len(n.picks) > 0 {
		s = strings.Replace(s, "p/0", fmt.Sprintf("p/%d", n.picks[0]), 1)
		n.picks = n.picks[1:]
	}
	for _, t := range n.taken {
		if strings.HasPrefix(s, t) {
			return errTaken
		}
	}
	n.open = append(n.open, ma.StringCast(s))
	return nil
}

func (n *fakeNet) ListenClose(addrs ...ma.Multiaddr) {
	n.open = slices.DeleteFunc(n.open, func(a ma.Multiaddr) bool { return ma.Contains(addrs, a) })
}

func (n *fakeNet) ListenAddresses() []ma.Multiaddr { return slices.Clone(n.open) }

// TestPortTakenOnSecondAddress: a port that is free on one address only is given back, and another is tried.
func TestPortTakenOnSecondAddress(t *testing.T) {
	ips := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}
	n := &fakeNet{picks: []int{1001, 1002}, taken: []string{"/ip4/10.0.0.2/udp/1001"}}
	l := listener{net: n}
	if err := l.openGroup(ips, "udp", 0, []string{"/quic-v1", "/webrtc-direct"}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range n.open {
		got = append(got, a.String())
	}
	want := []string{
		"/ip4/10.0.0.1/udp/1002/quic-v1", "/ip4/10.0.0.1/udp/1002/webrtc-direct",
		"/ip4/10.0.0.2/udp/1002/quic-v1", "/ip4/10.0.0.2/udp/1002/webrtc-direct",
	}
	if !slices.Equal(got, want) {
		t.Errorf("listening on %v, want %v", got, want)
	}

	// A configured port is not changed, and nothing stays open when it cannot be had.
	n = &fakeNet{taken: []string{"/ip4/10.0.0.2/udp/1001"}}
	l = listener{net: n}
	if err := l.openGroup(ips, "udp", 1001, []string{"/quic-v1"}); !errors.Is(err, errTaken) || len(n.open) != 0 {
		t.Errorf("error %v, still open %v", err, n.open)
	}
}

// TestIPv6: a host listens on both IP versions with the same ports.
func TestIPv6(t *testing.T) {
	if !hasIPv6() {
		t.Skip("this machine has no IPv6")
	}
	h := newHost(t, func(c *Config) { c.Listen = []netip.Addr{loopback[0], netip.IPv6Loopback()} })
	ports(t, h)
	six := ma.FilterAddrs(h.Network().ListenAddresses(), func(a ma.Multiaddr) bool {
		_, err := a.ValueForProtocol(ma.P_IP6)
		return err == nil
	})
	if len(six) != 5 {
		t.Errorf("%d listening addresses with IPv6: %v, want 5", len(six), six)
	}
}
