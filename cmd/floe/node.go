package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"github.com/floe-network/floe/node"
	"github.com/floe-network/floe/node/config"
	"github.com/floe-network/floe/node/keeper"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking/chain"
)

func newNode(out *console) *cobra.Command {
	var file string
	var set map[string]string
	cmd := &cobra.Command{
		Use:   "node --config FILE",
		Short: "Run one storage node, and act for it on the chain",
		Long: `Run the storage node that FILE configures, until Ctrl-C or SIGTERM. A value can also be set in the environment or with
--set, which win over the file. "floe node config" prints a configuration with every key, its meaning and its default.

The node takes its place in the network from the chain: register it, and have stake with it at an epoch's cutoff.`,
		Example: `  floe key new --dir keys
  floe node config > node.toml
  floe node register --config node.toml --name "Floe by the sea"
  floe node stake --config node.toml 1000
  floe node --config node.toml --set storage.quota=500GiB`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(file, os.LookupEnv, set)
			if err != nil {
				return usagef("%w", err)
			}
			log, err := nodeLogger(out, cfg)
			if err != nil {
				return err
			}
			return runNode(cmd.Context(), out, cfg, log)
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "configuration file (TOML)")
	_ = cmd.MarkFlagRequired("config") // fails only for a flag that does not exist
	cmd.Flags().StringToStringVar(&set, "set", nil, "set a key, as in p2p.tcp_port=4171; may be repeated")
	cmd.AddCommand(&cobra.Command{
		Use:   "config",
		Short: "Print a configuration with every key and its default",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if !out.json {
				return out.result(nil, config.Example())
			}
			return out.result(config.Table(), "")
		},
	}, newNodeCheck(out))
	cmd.AddCommand(operatorCommands(out)...)
	return cmd
}

func nodeLogger(out *console, cfg *config.Config) (*slog.Logger, error) {
	level, err := cfg.Log.Threshold()
	if err != nil {
		return nil, err
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(out.err, opts)), nil
	}
	return slog.New(slog.NewTextHandler(out.err, opts)), nil
}

func runNode(ctx context.Context, out *console, cfg *config.Config, log *slog.Logger) error {
	n, err := startNode(ctx, cfg, log, nil)
	if err != nil {
		return err
	}
	status, err := n.Status(ctx)
	if err == nil {
		log.Info("storage node is up", "peer", n.host.ID(), "network", status.Network, "epoch", status.Epoch, "shards", len(status.ShardsHeld), "addrs", n.host.Addrs())
		err = out.result(map[string]any{"peer_id": n.host.ID(), "addrs": n.host.Addrs(), "status": status}, "")
	}
	if err == nil {
		<-ctx.Done()
		log.Info("stopping")
	}
	return errors.Join(err, n.Close())
}

// runningNode is a storage node with all that it stands on.
type runningNode struct {
	*node.Node
	host  *p2p.Host
	close []func() error
}

// startNode opens a node's store and host and starts it. decorate may wrap its backend; see node.Config.
func startNode(ctx context.Context, cfg *config.Config, log *slog.Logger, decorate func(request.Backend) request.Backend) (_ *runningNode, err error) {
	n := &runningNode{}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	c, err := openChain(cfg.Network)
	if err != nil {
		return nil, err
	}
	n.close = append(n.close, c.Close)
	if _, err := c.Refresh(ctx); err != nil {
		log.Warn("the chain cannot be asked; the node goes by what it knows", "err", err)
	}
	keys, err := readKeys(cfg.Keys.Peer, cfg.Keys.BLS, cfg.Keys.Account, passphraseOf(cfg))
	if err != nil {
		return nil, err
	}
	st, err := store.Open(cfg.Data, store.Options{Quota: int64(cfg.Storage.Quota), Reserve: int64(cfg.Storage.Reserve)})
	if err != nil {
		return nil, err
	}
	n.close = append(n.close, st.Close)
	registry := prometheus.NewRegistry()
	hostConfig, err := hostConfig(cfg)
	if err != nil {
		return nil, err
	}
	hostConfig.Network, hostConfig.Key, hostConfig.Datastore = c.Network().Name, keys.peer, st.Datastore()
	hostConfig.Registerer, hostConfig.Logger = registry, log
	if n.host, err = p2p.NewHost(ctx, hostConfig); err != nil {
		return nil, err
	}
	n.close = append(n.close, n.host.Close)
	bootstrap, err := bootstrapPeers(cfg, c.Network(), keys.id)
	if err != nil {
		return nil, err
	}
	n.Node, err = node.New(ctx, node.Config{
		Chain: c, Host: n.host, Store: st, Key: keys.bls, Version: version(),
		Bootstrap: bootstrap, Exempt: hostConfig.Exempt, Decorate: decorate,
		PendingBytes: int64(cfg.Intake.PendingBytes), PeerPendingBytes: int64(cfg.Intake.PeerPendingBytes),
		PendingBlobs: cfg.Intake.PendingBlobs, PeerPendingBlobs: cfg.Intake.PeerPendingBlobs,
		PendingIdle: cfg.Intake.PendingIdle.Duration, Workers: cfg.Intake.Workers,
		ExpansionBytes: int64(cfg.Serving.Expansions), CloseTimeout: cfg.Serving.CloseTimeout.Duration,
		Registerer: registry, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	n.close = append(n.close, n.Node.Close)
	if cfg.Metrics.Listen != "" {
		m, err := serveMetrics(ctx, cfg.Metrics.Listen, registry, log)
		if err != nil {
			return nil, err
		}
		n.close = append(n.close, m.Close)
	}
	if err := n.Start(ctx); err != nil {
		return nil, err
	}
	if keys.account == nil {
		log.Warn("the node has no account: it does not keep epochs going", "file", cfg.Keys.Account)
		return n, nil
	}
	k, err := keepEpochs(ctx, c, cfg, keys, log)
	if err != nil {
		log.Warn("the node does not keep epochs going", "err", err)
		return n, nil
	}
	n.close = append(n.close, k.Close)
	return n, nil
}

// bootstrapPeers are those of the configuration and of the network, without the node itself.
func bootstrapPeers(cfg *config.Config, network *chain.Network, self peer.ID) ([]peer.AddrInfo, error) {
	own, err := cfg.P2P.BootstrapPeers()
	if err != nil {
		return nil, err
	}
	all, err := network.Peers()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(append(own, all...), func(p peer.AddrInfo) bool { return p.ID == self }), nil
}

// keepEpochs lets the node take part in keeping epochs going.
func keepEpochs(ctx context.Context, c *chain.Chain, cfg *config.Config, keys *nodeKeys, log *slog.Logger) (*keeper.Keeper, error) {
	o, err := newOperator(c, cfg, keys)
	if err != nil {
		return nil, err
	}
	id, err := o.node(ctx)
	if err != nil {
		return nil, err
	}
	return keeper.New(keeper.Config{Chain: &chain.Operator{Account: o.Account, Node: id}, Node: id, Logger: log})
}

// hostConfig translates the configuration of the network.
func hostConfig(cfg *config.Config) (c p2p.Config, err error) {
	c = p2p.Config{Role: p2p.Storage, TCPPort: cfg.P2P.TCPPort, UDPPort: cfg.P2P.UDPPort, PortMap: cfg.P2P.PortMap}
	if c.Listen, err = cfg.P2P.Listeners(); err != nil {
		return c, err
	}
	if c.Announce, err = cfg.P2P.AnnounceAddrs(); err != nil {
		return c, err
	}
	if c.Exempt, err = cfg.P2P.ExemptRanges(); err != nil {
		return c, err
	}
	if cfg.P2P.TLSCert != "" {
		if _, err := tls.LoadX509KeyPair(cfg.P2P.TLSCert, cfg.P2P.TLSKey); err != nil {
			return c, fmt.Errorf("p2p.tls_cert: %w", err)
		}
		// Read for every handshake, so that a renewed certificate needs no restart.
		c.Certificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			cert, err := tls.LoadX509KeyPair(cfg.P2P.TLSCert, cfg.P2P.TLSKey)
			return &cert, err
		}
	}
	return c, nil
}

// Close stops the node and closes what it stood on, the last opened first.
func (n *runningNode) Close() error {
	var errs []error
	for i := len(n.close) - 1; i >= 0; i-- {
		errs = append(errs, n.close[i]())
	}
	n.close = nil
	return errors.Join(errs...)
}
