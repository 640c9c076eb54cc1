package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/sync/errgroup"

	"github.com/floe-network/floe/node/config"
	"github.com/floe-network/floe/node/keyfile"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/contract/genesis"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/devchain"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Names in the directory of a local network.
const (
	networkFileName = "network.json"
	nodeConfigName  = "node.toml"
	chainDirName    = "chain"
	userKeyName     = "user.key"
)

// What a local network begins with.
const (
	localGas   = 1_000 * frostPerWAL  // MIST of every account
	localStake = 1_000 * frostPerWAL  // FROST that each node stakes
	localMoney = 10_000 * frostPerWAL // FROST of the user
	// localInterval is how often the chain makes checkpoints: half of what Sui takes, as people wait for a local network.
	localInterval = 100 * time.Millisecond
	// localEpoch is how long epochs of a network last that nobody said it of: long enough to leave it alone for a while.
	localEpoch = time.Hour
)

// maxLocalNodes bounds a network in one process: each node keeps its own sockets, files and connections to the others.
const maxLocalNodes = 64

// localnet is a network on loopback, in one directory: an embedded chain, and storage nodes with accounts on it.
//
//	network.json        chain, contracts and the first peer, for clients and nodes
//	chain/              the chain
//	keys/user.key       an account with SUI and WAL, for whoever tries the network
//	node-00/node.toml   configuration of the first node, for "floe node --config"
//	node-00/keys        its keys
//	node-00/data        what it stores
type localnet struct {
	dir     string
	network *chain.Network
	chain   *devchain.Chain
	// configs has the nodes' configuration files, in the order in which they were made. The first node is the bootstrap peer.
	configs []string
}

// localSpec is what a new local network is to be.
type localSpec struct {
	name          string
	nodes, shards int
	epoch         time.Duration
	level         slog.Level // of the nodes' logs
	announce      bool       // nodes say on the chain where they are; otherwise the DHT has to find them
}

// localNode is a node while its network is made.
type localNode struct {
	*nodeKeys
	addrs []string // that the chain is told
}

func (s *localSpec) check() error {
	if s.nodes < 1 || s.nodes > maxLocalNodes || s.nodes > s.shards {
		return usagef("%d nodes: want 1 to %d, and no more than there are shards (%d)", s.nodes, maxLocalNodes, s.shards)
	}
	c := s.genesis(time.Now())
	if err := c.Check(); err != nil {
		return usagef("%w", err)
	}
	return nil
}

// genesis is what the network starts with: the contracts' defaults in epochs of another length, which begin at once.
func (s *localSpec) genesis(start time.Time) genesis.Config {
	c := genesis.Default()
	c.Name, c.Shards, c.Start = s.name, uint16(s.shards), start.Truncate(time.Millisecond) //nolint:gosec // checked before
	c.Economics.MinNodes = uint64(min(s.nodes, int(c.Economics.MinNodes)))                 //nolint:gosec // both small
	scale := float64(s.epoch) / float64(c.Timing.Duration)
	for _, t := range [...]*genesis.Span{&c.Timing.Cutoff, &c.Timing.ChallengePoint, &c.Timing.AnswerWindow, &c.Timing.ReportWindow,
		&c.Timing.SyncDeadline, &c.Timing.RecoveryDeadline} {
		*t = genesis.Span(time.Duration(float64(*t) * scale).Truncate(time.Millisecond))
	}
	c.Timing.Duration = genesis.Span(s.epoch)
	return c
}

// createLocalnet makes a new network in an empty or missing directory: chain, contracts, accounts, nodes with stake, and the
// first committee. Its chain runs; Close ends it.
func createLocalnet(ctx context.Context, dir string, spec localSpec, step func(string)) (_ *localnet, err error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(spec.nodes + 1)
	if err != nil {
		return nil, err
	}
	l := &localnet{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}()
	if err := l.openChain(ctx, fmt.Sprintf("127.0.0.1:%d", ports[spec.nodes])); err != nil {
		return nil, err
	}
	step("a chain runs at http://" + l.chain.Addr())
	user, err := keyfile.CreateAccount(l.userKey(), nil)
	if err != nil {
		return nil, err
	}
	nodes := make([]localNode, spec.nodes)
	for i := range nodes {
		home := l.home(i)
		if err := os.MkdirAll(home, 0o700); err != nil {
			return nil, err
		}
		if nodes[i].nodeKeys, err = createKeys(filepath.Join(home, "keys"), nil); err != nil {
			return nil, err
		}
		l.configs = append(l.configs, filepath.Join(home, nodeConfigName))
		if err := writeNodeConfig(l.configs[i], ports[i], spec.level); err != nil {
			return nil, err
		}
	}
	if err := l.fund(ctx, user, nodes); err != nil {
		return nil, err
	}
	if err := l.publish(ctx, spec, user); err != nil {
		return nil, err
	}
	l.network.Bootstrap = []string{fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1/p2p/%s", ports[0], nodes[0].id)}
	step("the contracts are published; network file: " + l.file())
	if spec.announce {
		for i := range nodes {
			nodes[i].addrs = []string{fmt.Sprintf("/ip4/127.0.0.1/udp/%d/quic-v1", ports[i]), fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", ports[i])}
		}
	}
	if err := l.elect(ctx, user, nodes); err != nil {
		return nil, err
	}
	step(fmt.Sprintf("%d nodes are registered and staked, the contracts have elected the first committee", spec.nodes))
	return l, chain.WriteNetwork(l.file(), l.network)
}

func (l *localnet) file() string      { return filepath.Join(l.dir, networkFileName) }
func (l *localnet) userKey() string   { return filepath.Join(l.dir, "keys", userKeyName) }
func (l *localnet) home(i int) string { return filepath.Join(l.dir, fmt.Sprintf("node-%02d", i)) }

// openChain runs the network's chain.
func (l *localnet) openChain(ctx context.Context, listen string) (err error) {
	l.chain, err = devchain.Open(ctx, filepath.Join(l.dir, chainDirName), devchain.Options{
		Listen: listen, Version: "floe/" + version(), Ledger: ledger.Options{Interval: localInterval}, Log: quietLogger(),
	})
	return err
}

// Close ends the chain.
func (l *localnet) Close() error {
	if l.chain == nil {
		return nil
	}
	return l.chain.Close()
}

// fund gives the accounts what they begin with.
func (l *localnet) fund(ctx context.Context, user *account.Key, nodes []localNode) error {
	give := func(to ptb.Address, frost uint64) error {
		if _, err := l.chain.Faucet().Sui(ctx, to, localGas); err != nil {
			return err
		}
		_, err := l.chain.Faucet().WAL(ctx, to, frost)
		return err
	}
	if err := give(user.Address(), localMoney); err != nil {
		return err
	}
	for _, n := range nodes {
		if err := give(n.account.Address(), localStake); err != nil {
			return err
		}
	}
	return nil
}

// publish publishes the contracts, with the coin of the chain's faucet.
func (l *localnet) publish(ctx context.Context, spec localSpec, by *account.Key) (err error) {
	at := "http://" + l.chain.Addr()
	set, err := endpoint.Open([]string{at}, l.chain.Ledger().Chain())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, set.Close()) }()
	client := sui.New(set)
	wal := l.chain.Faucet().Wal()
	treasury, err := chain.Shared(ctx, client, wal.Treasury)
	if err != nil {
		return err
	}
	p, err := chain.Begin(ctx, client, spec.genesis(time.Now()), by.Address(), &genesis.Coin{Package: wal.Package, Treasury: treasury})
	if err != nil {
		return err
	}
	l.network, err = chain.Publish(ctx, client, newWallet(client, by, l.userKey(), 0), p, func(*genesis.Publication) error { return nil })
	if err != nil {
		return err
	}
	l.network.Endpoints = []string{at}
	return nil
}

// elect registers the nodes, stakes with them and begins the first epoch.
func (l *localnet) elect(ctx context.Context, user *account.Key, nodes []localNode) (err error) {
	c, err := chain.Open(l.network)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	votes, err := c.Votes(ctx)
	if err != nil {
		return err
	}
	work, each := errgroup.WithContext(ctx)
	for i, n := range nodes {
		work.Go(func() error {
			if err := register(each, c, n, filepath.Join(l.home(i), "keys", accountKeyFile), fmt.Sprintf("node %02d", i), votes); err != nil {
				return fmt.Errorf("node %02d: %w", i, err)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	a, err := chain.NewAccount(c, newWallet(c.Client(), user, l.userKey(), 0))
	if err != nil {
		return err
	}
	return pushUntil(ctx, a, func(e *staking.Epochs) bool { return e != nil })
}

// register registers a node and stakes what its account has with it.
func register(ctx context.Context, c *chain.Chain, n localNode, keyFile, name string, votes object.Votes) error {
	a, err := chain.NewAccount(c, newWallet(c.Client(), n.account, keyFile, 0))
	if err != nil {
		return err
	}
	raw, err := n.peer.Raw()
	if err != nil {
		return err
	}
	id, err := a.RegisterNode(ctx, chain.Registration{Name: name, Peer: raw, Key: n.bls, Payout: a.Address(), CommissionBP: 1_000, Votes: votes,
		Addresses: n.addrs})
	if err != nil {
		return err
	}
	_, err = a.Stake(ctx, id, localStake, true)
	return err
}

// pushUntil does what is due in the course of the epoch until the committees are as wanted.
func pushUntil(ctx context.Context, a *chain.Account, done func(*staking.Epochs) bool) error {
	for {
		epochs, err := a.Refresh(ctx)
		if err != nil {
			return err
		}
		if done(epochs) {
			return nil
		}
		wait, err := a.NextStep(ctx)
		if err != nil {
			return err
		}
		if wait > 0 {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(wait):
			}
			continue
		}
		// Nodes push as well.
		if err := a.Push(ctx); err != nil && !errors.Is(err, staking.ErrNothingDue) {
			return err
		}
	}
}

// openLocalnet reads the network that createLocalnet made in dir. fs.ErrNotExist: there is none.
func openLocalnet(dir string) (*localnet, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	l := &localnet{dir: dir}
	if l.network, err = chain.ReadNetwork(l.file()); err != nil {
		return nil, err
	}
	l.configs, err = filepath.Glob(filepath.Join(dir, "node-[0-9][0-9]", nodeConfigName))
	if err != nil {
		return nil, err
	}
	if len(l.configs) == 0 {
		return nil, fmt.Errorf("there are no nodes beside %s; make a new network in another directory", l.file())
	}
	return l, nil
}

// run runs the chain of a network that was opened.
func (l *localnet) run(ctx context.Context) error {
	at, err := url.Parse(l.network.Endpoints[0])
	if err != nil {
		return err
	}
	if err := l.openChain(ctx, at.Host); err != nil {
		return fmt.Errorf("the network in %s runs already, or something else uses its chain's port: %w", l.dir, err)
	}
	return nil
}

// writeNodeConfig writes what differs from the defaults: loopback only, ports of its own, no metrics (nodes of one machine
// would fight for the port).
func writeNodeConfig(file string, port uint16, logLevel slog.Level) error {
	type section map[string]any
	c := section{"network_file": "../" + networkFileName, "p2p": section{"listen": []string{"127.0.0.1"}, "tcp_port": port, "udp_port": port},
		"storage": section{"quota": "0B"}, "metrics": section{"listen": ""}, "log": section{"level": strings.ToLower(logLevel.String())}}
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

// prepareLocalnet opens the network in dir, or makes one there. Zero fields of spec mean the default for a new one, and
// whatever there is for an old one.
func prepareLocalnet(ctx context.Context, dir string, spec localSpec, step func(string)) (l *localnet, created bool, err error) {
	l, err = openLocalnet(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if entries, rerr := os.ReadDir(dir); rerr == nil && len(entries) > 0 {
			return nil, false, usagef("%s has files but no %s; name a new directory", dir, networkFileName)
		}
		spec.setDefaults()
		l, err = createLocalnet(ctx, dir, spec, step)
		return l, true, err
	}
	if err != nil {
		return nil, false, err
	}
	if spec.nodes != 0 && spec.nodes != len(l.configs) {
		return nil, false, usagef("the network in %s has %d nodes; leave out --nodes, or name another directory", dir, len(l.configs))
	}
	return l, false, l.run(ctx)
}

func (s *localSpec) setDefaults() {
	if s.nodes == 0 {
		s.nodes = defaultNodes
	}
	if s.shards == 0 {
		s.shards = defaultShards
	}
	if s.epoch == 0 {
		s.epoch = localEpoch
	}
}

// names lists peers by their short names.
func names(members []*staking.Member) string {
	list := make([]string, len(members))
	for i, m := range members {
		list[i] = short(m.PeerID)
	}
	return strings.Join(list, ", ")
}
