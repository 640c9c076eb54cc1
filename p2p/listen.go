package p2p

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// listening is what opening addresses needs of a host's network; *swarm.Swarm has it.
type listening interface {
	Listen(addrs ...ma.Multiaddr) error
	ListenClose(addrs ...ma.Multiaddr)
	ListenAddresses() []ma.Multiaddr
}

// listener opens the listening addresses of a host one by one, so that none is missing unnoticed.
type listener struct {
	net    listening
	secure bool // also /tls/ws
}

// open listens on all transports of all addresses. With port 0 the first address picks a free port and the others
// take the same; when that port is not free there, another is tried.
func (l *listener) open(ips []netip.Addr, tcpPort, udpPort uint16) error {
	// QUIC comes before the transports that share its socket.
	udp := []string{"/quic-v1", "/quic-v1/webtransport", "/webrtc-direct"}
	tcp := []string{"", "/ws"}
	if l.secure {
		tcp = append(tcp, "/tls/ws")
	}
	return errors.Join(l.openGroup(ips, "udp", udpPort, udp), l.openGroup(ips, "tcp", tcpPort, tcp))
}

// openGroup opens one port on all addresses, for all transports that share it.
func (l *listener) openGroup(ips []netip.Addr, proto string, port uint16, suffixes []string) error {
	tries := 1
	if port == 0 && len(ips) > 1 {
		tries = portTries
	}
	var err error
	for range tries {
		var opened []ma.Multiaddr
		if opened, err = l.tryGroup(ips, proto, port, suffixes); err == nil {
			return nil
		}
		l.net.ListenClose(opened...)
	}
	return err
}

func (l *listener) tryGroup(ips []netip.Addr, proto string, port uint16, suffixes []string) (opened []ma.Multiaddr, err error) {
	for _, ip := range ips {
		version := "ip6"
		if ip.Is4() {
			version = "ip4"
		}
		for _, suffix := range suffixes {
			a, err := ma.NewMultiaddr(fmt.Sprintf("/%s/%s/%s/%d%s", version, ip, proto, port, suffix))
			if err != nil {
				return opened, fmt.Errorf("%w: listen address: %w", ErrConfig, err)
			}
			before := l.net.ListenAddresses()
			if err := l.net.Listen(a); err != nil {
				if ip == netip.IPv6Unspecified() && len(ips) > 1 && !hasIPv6() {
					break // a machine without IPv6: the other addresses serve
				}
				return opened, fmt.Errorf("listen on %s: %w", a, err)
			}
			for _, got := range l.net.ListenAddresses() {
				if !ma.Contains(before, got) {
					opened = append(opened, got)
				}
			}
			if port == 0 {
				if port, err = portOf(opened, proto); err != nil {
					return opened, err
				}
			}
		}
	}
	return opened, nil
}

// portOf returns the port of the newest address.
func portOf(addrs []ma.Multiaddr, proto string) (uint16, error) {
	if len(addrs) == 0 {
		return 0, errors.New("listen: the listener has no address")
	}
	a := addrs[len(addrs)-1]
	v, err := a.ValueForProtocol(ma.ProtocolWithName(proto).Code)
	if err != nil {
		return 0, fmt.Errorf("listen: port of %s: %w", a, err)
	}
	p, err := strconv.ParseUint(v, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("listen: port of %s: %w", a, err)
	}
	return uint16(p), nil
}

// hasIPv6 reports whether any interface has an IPv6 address.
func hasIPv6() bool {
	addrs, err := manet.InterfaceMultiaddrs()
	if err != nil {
		return false
	}
	for _, a := range addrs {
		if ip, err := manet.ToIP(a); err == nil && ip.To4() == nil {
			return true
		}
	}
	return false
}
