package config

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// ErrConfig wraps every complaint about a configuration.
var ErrConfig = errors.New("configuration")

// maxFile bounds a configuration file, bytes.
const maxFile = 1 << 20

// Config is a storage node's configuration. The tags of its fields are the table of keys: toml is the name, unit and doc
// describe it, path marks paths.
type Config struct {
	Network string `toml:"network_file" path:"1" doc:"Network file: who is in the committee, and where."`
	Data    string `toml:"data_dir" path:"1" doc:"Directory of everything the node keeps. One node at a time."`

	Keys    Keys    `toml:"keys"`
	P2P     P2P     `toml:"p2p"`
	Storage Storage `toml:"storage"`
	Intake  Intake  `toml:"intake"`
	Serving Serving `toml:"serving"`
	Metrics Metrics `toml:"metrics"`
	Log     Log     `toml:"log"`
}

// Keys says where the node's secret keys are.
type Keys struct {
	Peer                 string `toml:"peer" path:"1" doc:"File of the identity key (ed25519)."`
	BLS                  string `toml:"bls" path:"1" doc:"File of the protocol key (BLS12-381), which signs confirmations."`
	Account              string `toml:"account" path:"1" doc:"File of the account (a Sui key), which pays for what the node does on the chain and holds its node cap."`
	PassphraseFile       string `toml:"passphrase_file" path:"1" doc:"File whose first line opens the key files, mode 0600."`
	PassphraseCredential string `toml:"passphrase_credential" doc:"systemd credential that opens the key files; instead of passphrase_file."`
}

// P2P says how the node is reached.
type P2P struct {
	Listen    []string `toml:"listen" unit:"IP addresses" doc:"Addresses to listen on."`
	TCPPort   uint16   `toml:"tcp_port" unit:"port" doc:"For TCP and WebSocket; 0 takes a free one."`
	UDPPort   uint16   `toml:"udp_port" unit:"port" doc:"For QUIC, WebTransport and WebRTC-direct; 0 takes a free one."`
	Announce  []string `toml:"announce" unit:"multiaddrs" doc:"Addresses that others are told, instead of those that are found."`
	Bootstrap []string `toml:"bootstrap" unit:"multiaddrs" doc:"Peers to start from, besides the committee; each ends in /p2p/..."`
	PortMap   bool     `toml:"port_map" doc:"Ask the router for port forwardings (UPnP, NAT-PMP)."`
	TLSCert   string   `toml:"tls_cert" path:"1" doc:"Certificate chain (PEM) for secure WebSocket, which browsers need; with tls_key."`
	TLSKey    string   `toml:"tls_key" path:"1" doc:"Key (PEM) of tls_cert, mode 0600."`
	Exempt    []string `toml:"exempt" unit:"IP prefixes" doc:"Ranges free of limits by address: machines of your own."`
}

// Storage bounds what is kept.
type Storage struct {
	Quota   Size `toml:"quota" unit:"bytes" doc:"Space for slivers, metadata and index; 0B: all but the reserve."`
	Reserve Size `toml:"reserve" unit:"bytes" doc:"Space on the file system that is left free."`
}

// Intake bounds what is taken in ahead of a registration.
type Intake struct {
	PendingBytes     Size     `toml:"pending_bytes" unit:"bytes" doc:"What all blobs that are not registered may have stored."`
	PeerPendingBytes Size     `toml:"peer_pending_bytes" unit:"bytes" doc:"What those of one peer may take when complete."`
	PendingBlobs     int      `toml:"pending_blobs" unit:"blobs" doc:"Number of blobs that are not registered."`
	PeerPendingBlobs int      `toml:"peer_pending_blobs" unit:"blobs" doc:"Number of those of one peer."`
	PendingIdle      Duration `toml:"pending_idle" unit:"duration" doc:"Blobs that are not registered go after this time without progress."`
	Workers          int      `toml:"workers" unit:"goroutines" doc:"Slivers verified or expanded at once; 0: one a core."`
}

// Serving bounds what is kept in memory for answers, and how the node stops.
type Serving struct {
	Expansions   Size     `toml:"expansions" unit:"bytes" doc:"Memory for expanded slivers that symbols are served from."`
	CloseTimeout Duration `toml:"close_timeout" unit:"duration" doc:"How long requests may finish when the node stops."`
}

// Metrics says where Prometheus asks.
type Metrics struct {
	Listen      string `toml:"listen" unit:"IP:port" doc:"Where /metrics is served; empty: nowhere."`
	AllowRemote bool   `toml:"allow_remote" doc:"Allow an address that others can reach; there is no access control."`
}

// Log says what is logged to standard error.
type Log struct {
	Level  string `toml:"level" doc:"debug, info, warn or error."`
	Format string `toml:"format" doc:"text or json."`
}

// Load reads the file (none when path is empty) and then the environment and the overrides, by key, over the defaults, and
// checks the result. lookup is os.LookupEnv, or nil.
func Load(path string, lookup func(string) (string, bool), overrides map[string]string) (*Config, error) {
	c := Default()
	if path != "" {
		b, err := read(path)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrConfig, err)
		}
		if err := c.parse(b); err != nil {
			return nil, fmt.Errorf("%w file %s: %w", ErrConfig, path, err)
		}
	}
	c.resolve(filepath.Dir(path))
	for _, k := range Table() {
		if lookup == nil {
			break
		}
		if v, ok := lookup(k.Env); ok {
			if err := c.Set(k.Name, v); err != nil {
				return nil, fmt.Errorf("environment %s: %w", k.Env, err)
			}
		}
	}
	for k, v := range overrides {
		if err := c.Set(k, v); err != nil {
			return nil, err
		}
	}
	return c, c.Check()
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read from
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("%s has more than %d bytes", path, maxFile)
	}
	return b, err
}

// parse reads TOML over what c has.
func (c *Config) parse(b []byte) error {
	var doc map[string]any
	if err := toml.Unmarshal(b, &doc); err != nil {
		var wrong *toml.DecodeError
		if errors.As(err, &wrong) {
			row, column := wrong.Position()
			return fmt.Errorf("line %d, column %d: %w", row, column, err)
		}
		return err
	}
	fields := make(map[string]field)
	c.walk(func(f field) { fields[f.name] = f })
	return errors.Join(take("", doc, fields)...)
}

// take gives the fields the values of a table of the file. Its errors name the keys.
func take(prefix string, table map[string]any, fields map[string]field) (errs []error) {
	for _, k := range slices.Sorted(maps.Keys(table)) {
		name, value := prefix+k, table[k]
		f, known := fields[name]
		sub, isTable := value.(map[string]any)
		var err error
		switch {
		case known:
			err = f.take(value)
		case isTable && isSection(name, fields):
			errs = append(errs, take(name+".", sub, fields)...)
		case isSection(name, fields):
			err = fmt.Errorf("this is a section: begin it with [%s]", name)
		default:
			err = unknownKey(name)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errs
}

func isSection(name string, fields map[string]field) bool {
	for k := range fields {
		if strings.HasPrefix(k, name+".") {
			return true
		}
	}
	return false
}
