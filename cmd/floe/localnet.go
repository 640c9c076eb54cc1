package main

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	ma "github.com/multiformats/go-multiaddr"
	"github.com/pelletier/go-toml/v2"

	"github.com/floe-network/floe/node/config"
	"github.com/floe-network/floe/staking"
)

// Names in the directory of a local network.
const (
	networkFileName = "network.json"
	// rosterFileName is the network file that the nodes themselves use. It has no addresses: they find each other through
	// the DHT, starting from one bootstrap peer, as strangers on the internet would.
	rosterFileName = "roster.json"
	nodeConfigName = "node.toml"
)

// maxLocalNodes bounds a network in one process: each node keeps its own sockets, files and connections to the others.
const maxLocalNodes = 64

// localnet is a network of storage nodes on loopback, in one directory:
//
//	network.json        the committee with addresses, for clients
//	roster.json         the committee without addresses, for the nodes
//	node-00/node.toml   configuration of the first node, for "floe node --config"
//	node-00/keys        its keys
//	node-00/data        what it stores
type localnet struct {
	dir       string
	committee *staking.Committee
	// configs has the nodes' configuration files, in the order in which they were made. The first node is the bootstrap peer.
	configs []string
}

// createLocalnet makes the keys, configurations and network files of a new network in an empty or missing directory.
func createLocalnet(dir, network string, nodes, shards int, logLevel slog.Level) (*localnet, error) {
	if nodes < 1 || nodes > maxLocalNodes || nodes > shards {
		return nil, usagef("%d nodes: want 1 to %d, and no more than there are shards (%d)", nodes, maxLocalNodes, shards)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	l := &localnet{dir: dir}
	members := make([]staking.Member, nodes)
	var bootstrap string
	ports, err := freePorts(nodes)
	if err != nil {
		return nil, err
	}
	for i := range nodes {
		home := filepath.Join(dir, fmt.Sprintf("node-%02d", i))
		if err := os.MkdirAll(home, 0o700); err != nil {
			return nil, err
		}
		keys, err := createKeys(filepath.Join(home, "keys"), nil)
		if err != nil {
			return nil, err
		}
		port := ports[i]
		m := &members[i]
		m.PeerID, m.PublicKey = keys.id, keys.bls.Public()
		if _, err := rand.Read(m.NodeID[:]); err != nil {
			return nil, err
		}
		m.Addrs = []ma.Multiaddr{
			ma.StringCast(fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", port)),
			ma.StringCast(fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", port)),
		}
		for s := i; s < shards; s += nodes {
			m.Shards = append(m.Shards, s)
		}
		file := filepath.Join(home, nodeConfigName)
		if err := writeNodeConfig(file, port, bootstrap, logLevel); err != nil {
			return nil, err
		}
		if bootstrap == "" {
			bootstrap = fmt.Sprintf("%s/p2p/%s", m.Addrs[0], m.PeerID)
		}
		l.configs = append(l.configs, file)
	}
	slices.SortFunc(members, func(a, b staking.Member) int { return bytes.Compare(a.NodeID[:], b.NodeID[:]) })
	roster := slices.Clone(members)
	for i := range roster {
		roster[i].Addrs = nil
	}
	const epoch = 1 // epoch 0 has no committee
	for name, list := range map[string][]staking.Member{rosterFileName: roster, networkFileName: members} {
		com, err := staking.NewCommittee(network, epoch, shards, list)
		if err != nil {
			return nil, err
		}
		l.committee = com
		if err := staking.WriteNetwork(filepath.Join(dir, name), com); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// openLocalnet reads the network that createLocalnet made in dir. os.ErrNotExist: there is none.
func openLocalnet(dir string) (*localnet, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	com, err := staking.ReadNetwork(filepath.Join(dir, networkFileName))
	if err != nil {
		return nil, err
	}
	l := &localnet{dir: dir, committee: com}
	l.configs, err = filepath.Glob(filepath.Join(dir, "node-[0-9][0-9]", nodeConfigName))
	if err != nil {
		return nil, err
	}
	if len(l.configs) != com.Size() {
		return nil, fmt.Errorf("%s names %d nodes, but there are configurations of %d; make a new network in another directory", filepath.Join(dir, networkFileName), com.Size(), len(l.configs))
	}
	return l, nil
}

// writeNodeConfig writes what differs from the defaults: loopback only, the ports that the network file tells, no metrics
// (nodes of one machine would fight for the port).
func writeNodeConfig(file string, port uint16, bootstrap string, logLevel slog.Level) error {
	type section map[string]any
	p2p := section{"listen": []string{"127.0.0.1"}, "tcp_port": port, "udp_port": port}
	if bootstrap != "" {
		p2p["bootstrap"] = []string{bootstrap}
	}
	c := section{"network_file": "../" + rosterFileName, "p2p": p2p, "storage": section{"quota": "0B"}, "metrics": section{"listen": ""}, "log": section{"level": strings.ToLower(logLevel.String())}}
	b, err := toml.Marshal(c)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return err
	}
	if _, err := config.Load(file, nil, nil); err != nil {
		return fmt.Errorf("generated configuration: %w", err)
	}
	return nil
}

// Where ports of a local network come from: below the range from which systems take the ports of outgoing connections (from
// 32768 on Linux), one of which might otherwise sit on the port of a node that is down for a moment.
const (
	firstPort = 10000
	lastPort  = 32000
)

// freePorts finds ports of which both TCP and UDP are free on loopback.
func freePorts(n int) ([]uint16, error) {
	var ports []uint16
	var err error
	const tries = 20 // most ports are free; that many misses for each mean something else
	for range tries * n {
		port := firstPort + mathrand.IntN(lastPort-firstPort) //nolint:gosec // a port is no secret
		if slices.Contains(ports, uint16(port)) {             //nolint:gosec // below 65536
			continue
		}
		if err = tryPort(port); err == nil {
			ports = append(ports, uint16(port)) //nolint:gosec // below 65536
		}
		if len(ports) == n {
			return ports, nil
		}
	}
	return nil, fmt.Errorf("find %d free ports from %d to %d on loopback: %w", n, firstPort, lastPort, err)
}

func tryPort(port int) error {
	loopback := net.IPv4(127, 0, 0, 1)
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: loopback, Port: port})
	if err != nil {
		return err
	}
	tcp, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: loopback, Port: port})
	if err == nil {
		err = tcp.Close()
	}
	return errors.Join(err, udp.Close())
}

// prepareLocalnet opens the network in dir, or makes one there. nodes and shards of 0 mean the default for a new one, and
// whatever there is for an old one.
func prepareLocalnet(dir, network string, nodes, shards int) (l *localnet, created bool, err error) {
	l, err = openLocalnet(dir)
	if errors.Is(err, os.ErrNotExist) {
		if entries, rerr := os.ReadDir(dir); rerr == nil && len(entries) > 0 {
			return nil, false, usagef("%s has files but no %s; name a new directory", dir, networkFileName)
		}
		if nodes == 0 {
			nodes = defaultNodes
		}
		if shards == 0 {
			shards = defaultShards
		}
		l, err = createLocalnet(dir, network, nodes, shards, slog.LevelWarn)
		return l, true, err
	}
	if err != nil {
		return nil, false, err
	}
	if have := l.committee.Params().Shards(); nodes != 0 && nodes != len(l.configs) || shards != 0 && shards != have {
		return nil, false, usagef("the network in %s has %d nodes and %d shards; leave out --nodes and --shards, or name another directory", dir, len(l.configs), have)
	}
	return l, false, nil
}

// names lists peers by their short names.
func names(members []*staking.Member) string {
	list := make([]string, len(members))
	for i, m := range members {
		list[i] = short(m.PeerID)
	}
	return strings.Join(list, ", ")
}
