package node_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/floe-network/floe/p2p"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/chain/chaintest"
	"github.com/floe-network/floe/staking/stakingtest"
)

// onChain starts a network on an embedded chain, with real nodes that follow it. Node i is member i of the first committee.
func onChain(t *testing.T) (*chaintest.World, *cluster) {
	t.Helper()
	w := chaintest.Start(t, members, chaintest.Config(shards))
	view := w.Chain()
	e, err := view.Refresh(within(t))
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, dir: t.TempDir(), com: e.Current, nodes: make([]*member, members)}
	for i := range members {
		for _, s := range w.Secrets {
			if s.BLS.Public() == e.Current.Member(i).PublicKey {
				c.secrets = append(c.secrets, s)
			}
		}
	}
	for i := range members {
		c.chains = append(c.chains, view)
		c.nodes[i] = c.open(i, 0)
		c.run(i, nil)
	}
	t.Cleanup(func() {
		for i := range c.nodes {
			c.stop(i)
		}
	})
	h, err := p2p.NewHost(within(t), p2p.Config{Network: e.Current.Network(), Role: p2p.Client, Key: stakingtest.Nodes(t, 99)[98].Peer, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	c.host = h
	for i := range members {
		c.connect(i)
	}
	if c.client, err = request.NewClient(h, e.Current.Network(), e.Current.Params(), request.ClientOptions{}); err != nil {
		t.Fatal(err)
	}
	return w, c
}

// until asks node after node for something until it is so.
func (c *cluster) until(ctx context.Context, what string, is func(i int) (bool, error)) {
	c.t.Helper()
	for i := range members {
		for {
			ok, err := is(i)
			if ok {
				break
			}
			if ctx.Err() != nil {
				c.t.Fatalf("node %d: %s: %v", i, what, err)
			}
		}
	}
}

// A blob's whole life with the real contracts: put ahead of its registration, registered, confirmed, certified, read,
// through an epoch, deleted, and gone from the nodes.
func TestBlobOnChain(t *testing.T) {
	w, c := onChain(t)
	ctx := within(t)
	view := w.Chain()
	if _, err := view.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	user := w.Account(view, 20)
	if err := user.MintWAL(ctx, 10*chaintest.Frost); err != nil {
		t.Fatal(err)
	}
	e := encode(t, c.com, 1, 50_000)
	for i := range members {
		if _, err := c.put(ctx, i, e); err == nil {
			t.Fatalf("node %d confirms what is not registered", i)
		}
	}
	size, err := c.com.Params().EncodedSize(e.meta.Length)
	if err != nil {
		t.Fatal(err)
	}
	bought, err := user.Register(ctx, &staking.Order{
		Blob: e.id, Root: e.meta.Root(), Size: e.meta.Length, EncodedSize: size, Epochs: 3, Deletable: true, Limit: 10 * chaintest.Frost,
	})
	if err != nil {
		t.Fatal(err)
	}
	conf := staking.Confirmation{Epoch: c.com.Epoch(), Blob: e.id, Kind: bought.Kind}
	sigs := make(map[int]bls.Signature)
	c.until(ctx, "confirm", func(i int) (bool, error) {
		sig, err := c.client.Confirm(ctx, c.peer(i), conf)
		sigs[i] = sig
		if err != nil && !errors.Is(err, request.NotRegistered) {
			t.Fatalf("node %d: %v", i, err)
		}
		return err == nil, err
	})
	cert, err := staking.NewCertificate(conf, sigs)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := user.Certify(ctx, bought.Object, cert); err != nil {
		t.Fatal(err)
	}
	w.EndEpoch(ctx, view)
	c.until(ctx, "next epoch", func(i int) (bool, error) {
		s, err := c.client.NodeStatus(ctx, c.peer(i))
		return s.Epoch == c.com.Epoch()+1 && s.AcceptsPuts, err
	})
	if data, err := c.get(ctx, e, 0, 1, 2, 3); err != nil || !bytes.Equal(data, e.data) {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	// A node that starts knows its network from its store, and the rest when it has heard the chain.
	c.chains[0] = w.Chain()
	c.restart(0)
	c.until(ctx, "epoch after a restart", func(i int) (bool, error) {
		s, err := c.client.NodeStatus(ctx, c.peer(i))
		return s.Epoch == c.com.Epoch()+1, err
	})
	if err := user.DeleteBlob(ctx, bought.Object); err != nil {
		t.Fatal(err)
	}
	c.until(ctx, "deleted", func(i int) (bool, error) {
		s, err := c.client.BlobStatus(ctx, c.peer(i), e.id)
		return err == nil && !s.Registered && !s.Metadata && s.PrimaryHeld == 0 && s.SecondaryHeld == 0, err
	})
}
