package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/node"
	"github.com/floe-network/floe/node/store"
)

const (
	// defaultPort is for TCP and UDP alike, so that one number opens the firewall. It is not assigned by IANA.
	defaultPort = 4170
	// defaultQuota is a small part of a server's disk, so that a first try does not fill it.
	defaultQuota Size = 100 << 30
	// defaultMetrics is on loopback: there is no access control.
	defaultMetrics = "127.0.0.1:9170"
)

// Default returns the defaults. Paths are relative to the directory of the file.
func Default() *Config {
	return &Config{
		Network: "network.json",
		Data:    "data",
		Keys:    Keys{Peer: "keys/peer.key", BLS: "keys/bls.key", Account: "keys/account.key"},
		P2P: P2P{
			Listen: []string{"0.0.0.0", "::"}, TCPPort: defaultPort, UDPPort: defaultPort,
			Announce: []string{}, Bootstrap: []string{}, Exempt: []string{"127.0.0.0/8", "::1/128"},
		},
		Storage: Storage{Quota: defaultQuota, Reserve: store.DefaultReserve},
		Intake: Intake{
			PendingBytes: node.DefaultPendingBytes, PeerPendingBytes: node.DefaultPeerPendingBytes,
			PendingBlobs: node.DefaultPendingBlobs, PeerPendingBlobs: node.DefaultPeerPendingBlobs,
			PendingIdle: Duration{node.DefaultPendingIdle},
		},
		Serving: Serving{Expansions: node.DefaultExpansionBytes, CloseTimeout: Duration{node.DefaultCloseTimeout}},
		Metrics: Metrics{Listen: defaultMetrics},
		Log:     Log{Level: "info", Format: "text"},
	}
}

// Check refuses values that cannot work, all of them at once.
func (c *Config) Check() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: %s: %s", ErrConfig, key, fmt.Sprintf(format, args...)))
	}
	for key, v := range map[string]string{"network_file": c.Network, "data_dir": c.Data, "keys.peer": c.Keys.Peer, "keys.bls": c.Keys.BLS} {
		if v == "" {
			bad(key, "it must not be empty")
		}
	}
	if c.Keys.PassphraseFile != "" && c.Keys.PassphraseCredential != "" {
		bad("keys.passphrase_credential", "name a passphrase file or a credential, not both")
	}
	if (c.P2P.TLSCert == "") != (c.P2P.TLSKey == "") {
		bad("p2p.tls_key", "tls_cert and tls_key belong together")
	}
	if _, err := c.P2P.Listeners(); err != nil {
		bad("p2p.listen", "%v", err)
	}
	if _, err := c.P2P.ExemptRanges(); err != nil {
		bad("p2p.exempt", "%v", err)
	}
	if _, err := c.P2P.AnnounceAddrs(); err != nil {
		bad("p2p.announce", "%v", err)
	}
	if _, err := c.P2P.BootstrapPeers(); err != nil {
		bad("p2p.bootstrap", "%v", err)
	}
	for key, v := range map[string]Size{
		"storage.quota": c.Storage.Quota, "storage.reserve": c.Storage.Reserve, "intake.pending_bytes": c.Intake.PendingBytes,
		"intake.peer_pending_bytes": c.Intake.PeerPendingBytes, "serving.expansions": c.Serving.Expansions,
	} {
		if v < 0 {
			bad(key, "%d bytes: it must not be negative", int64(v))
		}
	}
	for key, v := range map[string]int{"intake.pending_blobs": c.Intake.PendingBlobs, "intake.peer_pending_blobs": c.Intake.PeerPendingBlobs} {
		if v < 1 {
			bad(key, "%d: want at least 1", v)
		}
	}
	if c.Intake.Workers < 0 {
		bad("intake.workers", "%d: it must not be negative", c.Intake.Workers)
	}
	if c.Intake.PendingIdle.Duration <= 0 {
		bad("intake.pending_idle", "it must be positive")
	}
	if err := c.Metrics.check(); err != nil {
		bad("metrics.listen", "%v", err)
	}
	if _, err := c.Log.Threshold(); err != nil {
		bad("log.level", "%v", err)
	}
	if !slices.Contains([]string{"text", "json"}, c.Log.Format) {
		bad("log.format", "%.40q: want text or json", c.Log.Format)
	}
	return errors.Join(errs...)
}

// Listeners returns the addresses to listen on.
func (p *P2P) Listeners() ([]netip.Addr, error) {
	if len(p.Listen) == 0 {
		return nil, errors.New("a storage node needs an address to listen on")
	}
	return each(p.Listen, netip.ParseAddr)
}

// ExemptRanges returns the ranges free of limits by address; not nil.
func (p *P2P) ExemptRanges() ([]netip.Prefix, error) { return each(p.Exempt, netip.ParsePrefix) }

// AnnounceAddrs returns the addresses that others are told.
func (p *P2P) AnnounceAddrs() ([]ma.Multiaddr, error) { return each(p.Announce, ma.NewMultiaddr) }

// BootstrapPeers returns the peers to start from.
func (p *P2P) BootstrapPeers() ([]peer.AddrInfo, error) {
	return each(p.Bootstrap, func(s string) (peer.AddrInfo, error) {
		info, err := peer.AddrInfoFromString(s)
		if err != nil {
			return peer.AddrInfo{}, fmt.Errorf("%.120q: %w", s, err)
		}
		return *info, nil
	})
}

// check refuses addresses that others can reach, unless that is allowed.
func (m *Metrics) check() error {
	if m.Listen == "" {
		return nil
	}
	addr, err := netip.ParseAddrPort(m.Listen)
	switch {
	case err != nil:
		return fmt.Errorf("%.80q: want IP:port, such as %s", m.Listen, defaultMetrics)
	case !addr.Addr().IsLoopback() && !m.AllowRemote:
		return fmt.Errorf("%s can be reached by others, and there is no access control: use a loopback address, or set metrics.allow_remote", addr)
	default:
		return nil
	}
}

// Threshold returns the least level that is logged.
func (l *Log) Threshold() (level slog.Level, err error) {
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return 0, fmt.Errorf("%.40q: want debug, info, warn or error", l.Level)
	}
	return level, nil
}

func each[T any](texts []string, parse func(string) (T, error)) ([]T, error) {
	list := make([]T, 0, len(texts))
	for _, s := range texts {
		v, err := parse(s)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}
