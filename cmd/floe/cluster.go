package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/errgroup"

	"github.com/floe-network/floe/node/config"
	"github.com/floe-network/floe/p2p/request"
)

// cluster is the running nodes of a local network.
type cluster struct {
	first peer.AddrInfo
	mu    sync.Mutex
	nodes map[peer.ID]*runningNode
}

// decorator wraps a node's backend; it may return it as it is.
type decorator func(peer.ID, request.Backend) request.Backend

// startCluster starts all nodes of a network, the bootstrap peer first, and waits until they have found each other.
func startCluster(ctx context.Context, l *localnet, decorate decorator) (_ *cluster, err error) {
	c := &cluster{nodes: make(map[peer.ID]*runningNode)}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if err := c.start(ctx, l.configs[0], decorate); err != nil {
		return nil, err
	}
	for _, n := range c.nodes {
		c.first = n.host.AddrInfo()
	}
	work, startCtx := errgroup.WithContext(ctx)
	for _, file := range l.configs[1:] {
		work.Go(func() error { return c.start(startCtx, file, decorate) })
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	return c, c.meet(ctx)
}

func (c *cluster) start(ctx context.Context, file string, decorate decorator) error {
	cfg, err := config.Load(file, nil, nil)
	if err != nil {
		return err
	}
	log, err := nodeLogger(&console{err: os.Stderr}, cfg)
	if err != nil {
		return err
	}
	keys, err := readKeys(cfg.Keys.Peer, cfg.Keys.BLS, cfg.Keys.Account, passphraseOf(cfg))
	if err != nil {
		return err
	}
	var wrap func(request.Backend) request.Backend
	if decorate != nil {
		wrap = func(b request.Backend) request.Backend { return decorate(keys.id, b) }
	}
	n, err := startNode(ctx, cfg, log.With("node", short(keys.id)), wrap)
	if err != nil {
		return fmt.Errorf("node of %s: %w", file, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes[keys.id] = n
	return nil
}

// Nodes of one machine meet within a second or two. What takes longer is shown by the deadline, not by waiting on.
const (
	meetDeadline = 30 * time.Second
	meetInterval = 50 * time.Millisecond // how often it is looked at
)

// meet waits until every node is connected to every other.
func (c *cluster) meet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, meetDeadline)
	defer cancel()
	look := time.NewTicker(meetInterval)
	defer look.Stop()
	for {
		alone := c.apart()
		if alone == 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return fmt.Errorf("%d connections between nodes are missing after %v: %w", alone, meetDeadline, ctx.Err())
		}
	}
}

// apart counts the pairs of nodes that are not connected.
func (c *cluster) apart() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	missing := 0
	for id, n := range c.nodes {
		for other := range c.nodes {
			if id != other && n.host.Network().Connectedness(other) != network.Connected {
				missing++
			}
		}
	}
	return missing / 2
}

// bootstrap returns the peer that everybody starts from.
func (c *cluster) bootstrap() peer.AddrInfo { return c.first }

// stop ends one node.
func (c *cluster) stop(id peer.ID) error {
	c.mu.Lock()
	n := c.nodes[id]
	delete(c.nodes, id)
	c.mu.Unlock()
	if n == nil {
		return fmt.Errorf("node %s does not run", id)
	}
	return n.Close()
}

// Close ends all nodes, at once so that none waits for the others' time-outs.
func (c *cluster) Close() error {
	c.mu.Lock()
	nodes := c.nodes
	c.nodes = nil
	c.mu.Unlock()
	var work errgroup.Group
	for _, n := range nodes {
		work.Go(n.Close)
	}
	return work.Wait()
}
