package endpoint

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
)

// address is where an endpoint listens.
type address struct {
	text   string // as it was given
	target string // for gRPC
	plain  bool   // without TLS
}

// parse reads https://host, http://host:port, or host:port of the own machine, which is without TLS as http is. The port
// of https is 443 where none is given.
func parse(text string) (address, error) {
	if host, _, err := net.SplitHostPort(text); err == nil && loopback(host) {
		return address{text, "passthrough:///" + text, true}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return address{}, fmt.Errorf("%w: %q: want https://host or http://host:port", ErrAddress, text)
	}
	if u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return address{}, fmt.Errorf("%w: %q has more than a host and a port", ErrAddress, u.Redacted())
	}
	host, plain := u.Host, u.Scheme == "http"
	switch {
	case u.Port() == "" && plain:
		return address{}, fmt.Errorf("%w: %q has no port", ErrAddress, text)
	case u.Port() == "":
		host = net.JoinHostPort(u.Hostname(), "443")
	}
	scheme := "dns:///"
	if loopback(u.Hostname()) {
		scheme = "passthrough:///" // no proxy, no names
	}
	return address{text, scheme + host, plain}, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
