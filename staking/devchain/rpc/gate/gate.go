// Package gate keeps web pages away from a server that listens on loopback for programs of the same machine. Any page can
// send requests there: across origins, which the Origin header tells, or by a name of its own that it lets resolve to the
// server's address, which the Host header tells. The gate passes on requests with a host and an origin (if they have one) that
// are of this machine or were configured, and answers the questions that browsers ask before such requests (CORS).
package gate

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// preflightAge is how long, in seconds, a browser may remember what it was told about an origin: two hours, as long as
// Chromium does at most.
const preflightAge = "7200"

// Gate says who may come in. It is not changed once it is made.
type Gate struct {
	hosts   map[string]bool
	origins map[string]bool
}

// New makes a Gate for names and addresses of this machine, and for hosts (names or addresses without port) and origins
// ("https://app.example", with the port if it is not the scheme's) besides. It fails for what is no host or origin.
func New(hosts, origins []string) (*Gate, error) {
	g := &Gate{hosts: make(map[string]bool), origins: make(map[string]bool)}
	for _, h := range hosts {
		name := hostname(h)
		if name == "" || strings.ContainsAny(h, "/@?#*, ") {
			return nil, fmt.Errorf("host %q: a name or an address without port is needed, as chain.example", h)
		}
		g.hosts[name] = true
	}
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Host, "*") {
			return nil, fmt.Errorf("origin %q: a scheme and a host are needed, as https://app.example", o)
		}
		g.origins[spell(u)] = true
	}
	return g, nil
}

func spell(u *url.URL) string { return strings.ToLower(u.Scheme + "://" + u.Host) }

// Handler passes on what may come in. Others get 403 and a reason.
func (g *Gate) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostname(r.Host); !g.host(host) {
			http.Error(w, fmt.Sprintf("host %q is not served here: use a loopback name, or configure it", host), http.StatusForbidden)
			return
		}
		origins := r.Header.Values("Origin")
		if len(origins) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		if len(origins) > 1 || !g.origin(origins[0]) {
			http.Error(w, fmt.Sprintf("pages of origin %q may not call this server: configure the origin", origins[0]), http.StatusForbidden)
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", origins[0])
		h.Add("Vary", "Origin")
		if r.Method == http.MethodOptions {
			preflight(w, r)
			return
		}
		h.Set("Access-Control-Expose-Headers", "*")
		next.ServeHTTP(w, r)
	})
}

// preflight answers the question whether a page may send a request.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", http.MethodPost)
	h.Set("Access-Control-Allow-Headers", "*") // it is the origin that counts, and no header has a power of its own
	h.Set("Access-Control-Max-Age", preflightAge)
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" { // a page from elsewhere, on a server on loopback
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	w.WriteHeader(http.StatusNoContent)
}

func (g *Gate) host(name string) bool { return g.hosts[name] || loopback(name) }

// origin allows pages that this machine serves itself, on any port, and configured ones.
func (g *Gate) origin(o string) bool {
	u, err := url.Parse(o)
	if err != nil || u.Host == "" {
		return false // "null" among them, which sandboxed pages of any site have
	}
	return g.origins[spell(u)] || (u.Scheme == "http" || u.Scheme == "https") && loopback(hostname(u.Host))
}

// hostname is the lower-case name in a Host header, without port, brackets and the dot of the root.
func hostname(hostport string) string {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.TrimSuffix(strings.ToLower(host), ".")
}

// loopback says whether a name can only mean this machine: addresses, and the names that RFC 6761 sets aside.
func loopback(name string) bool {
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Unmap().IsLoopback()
}
