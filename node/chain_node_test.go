package node_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/stakingtest"
)

// Real nodes take in what is registered, cross an epoch without a restart, and drop what was deleted.
func TestNodesFollowTheChain(t *testing.T) {
	c := newCluster(t, nil)
	ctx := within(t)
	e := encode(t, c.com, 1, 50_000)
	kind := staking.BlobKind{Deletable: true, Object: staking.ObjectID{9}}
	if _, err := c.put(ctx, 0, e); !errors.Is(err, request.NotRegistered) {
		t.Fatalf("confirmed without a registration: %v", err)
	}
	if _, err := c.get(ctx, e, 0); !errors.Is(err, request.NotRegistered) {
		t.Errorf("served without a registration: %v", err)
	}
	c.emit(staking.BlobRegistered{Registration: staking.Registration{Blob: e.id, Size: e.meta.Length, Kind: kind, Object: kind.Object, Epoch: epoch, End: epoch + 5}})
	for i := range members {
		if _, err := c.put(ctx, i, e); !errors.Is(err, request.NotRegistered) { // as a permanent one
			t.Errorf("node %d: %v", i, err)
		}
		if _, err := c.client.Confirm(ctx, c.peer(i), staking.Confirmation{Epoch: epoch, Blob: e.id, Kind: kind}); err != nil {
			t.Errorf("node %d: %v", i, err)
		}
	}
	c.emit(staking.BlobCertified{Epoch: epoch, Blob: e.id, Kind: kind, Object: kind.Object, End: epoch + 5})

	list := make([]staking.Member, members)
	for i := range list {
		list[i] = *c.com.Member(i)
	}
	list[0].Shards, list[1].Shards = list[1].Shards, list[0].Shards
	next, err := staking.NewCommittee(stakingtest.Network, epoch+1, shards, list)
	if err != nil {
		t.Fatal(err)
	}
	for _, chain := range c.told {
		chain.SetEpochs(&staking.Epochs{Current: next, Previous: c.com, Changing: true, Start: time.Now(), End: time.Now().Add(time.Hour)})
	}
	c.emit(staking.EpochStarted{Epoch: epoch + 1})
	for i := range members {
		s, err := c.client.NodeStatus(ctx, c.peer(i))
		if err != nil || s.Epoch != epoch+1 || !s.AcceptsPuts || s.ChainCursor == 0 || len(s.ShardsHeld) != len(next.Member(i).Shards) {
			t.Errorf("node %d: %+v, %v", i, s, err)
		}
	}
	if data, err := c.get(ctx, e, 0, 1, 2, 3); err != nil || !bytes.Equal(data, e.data) {
		t.Errorf("from those who held it before: %d bytes, %v", len(data), err)
	}
	c.emit(staking.BlobDeleted{Epoch: epoch + 1, Blob: e.id, Object: kind.Object, End: epoch + 5, Certified: true})
	if _, err := c.get(ctx, e, 0); !errors.Is(err, request.NotFound) {
		t.Errorf("a deleted blob is served: %v", err)
	}
	c.restart(2)
	if s, err := c.client.BlobStatus(ctx, c.peer(2), e.id); err != nil || s.Registered {
		t.Errorf("after a restart: %+v, %v", s, err)
	}
}
