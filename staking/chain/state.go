package chain

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// state is what one endpoint says about committees at one moment.
type state struct {
	epoch   uint32
	span    view.Span
	done    bool                     // the change of epoch
	rosters map[uint32]object.Roster // by epoch: the one before, now, the next
	nodes   map[ptb.Address]object.NodeInfo
}

// maxTries bounds how often a state is read again because an epoch ended between its two parts.
const maxTries = 3

// readState asks one endpoint.
func readState(ctx context.Context, client *sui.Client, d *contract.Deployment) (*state, error) {
	for range maxTries {
		s, whole, err := readStateOnce(ctx, client, d)
		if err != nil || whole {
			return s, err
		}
	}
	return nil, fmt.Errorf("%w: every answer is of another epoch", ErrNonsense)
}

// readStateOnce reads the rosters and then the nodes in them. whole is false when the epoch ended in between.
func readStateOnce(ctx context.Context, client *sui.Client, d *contract.Deployment) (_ *state, whole bool, err error) {
	b := ptb.NewBuilder()
	epoch, span, transfers := view.StakingEpoch(d, b), view.EpochSpan(d, b), view.Transfers(d, b)
	returned, err := simulate(ctx, client, b)
	if err != nil {
		return nil, false, err
	}
	s := &state{rosters: make(map[uint32]object.Roster), nodes: make(map[ptb.Address]object.NodeInfo)}
	if s.epoch, err = epoch.Read(returned); err != nil {
		return nil, false, err
	}
	if s.span, err = span.Read(returned); err != nil {
		return nil, false, err
	}
	change, err := transfers.Read(returned)
	if err != nil {
		return nil, false, err
	}
	s.done = change.Done
	if s.epoch == 0 {
		return s, true, nil
	}
	if err := s.readRosters(ctx, client, d); err != nil {
		return nil, false, err
	}
	now, err := s.readNodes(ctx, client, d)
	return s, now == s.epoch, err
}

// readRosters reads the committees of the epochs before, now and next.
func (s *state) readRosters(ctx context.Context, client *sui.Client, d *contract.Deployment) error {
	b := ptb.NewBuilder()
	views := map[uint32]view.View[*object.Roster]{}
	for _, e := range [...]uint32{s.epoch - 1, s.epoch, s.epoch + 1} {
		views[e] = view.RosterOf(d, b, e)
	}
	returned, err := simulate(ctx, client, b)
	if err != nil {
		return err
	}
	for e, v := range views {
		r, err := v.Read(returned)
		if err != nil {
			return err
		}
		if r != nil && len(r.Members) > 0 { // epoch 0 had none
			s.rosters[e] = *r
		}
	}
	return nil
}

// readNodes reads what the members say of themselves, and the epoch when they did.
func (s *state) readNodes(ctx context.Context, client *sui.Client, d *contract.Deployment) (uint32, error) {
	b := ptb.NewBuilder()
	epoch := view.StakingEpoch(d, b)
	views := map[ptb.Address]view.View[object.NodeInfo]{}
	for _, r := range s.rosters {
		if len(r.Members) > staking.MaxMembers {
			return 0, fmt.Errorf("%w: a committee of %d members", ErrNonsense, len(r.Members))
		}
		for _, m := range r.Members {
			if _, there := views[m.NodeID]; !there {
				views[m.NodeID] = view.NodeInfo(d, b, m.NodeID)
			}
		}
	}
	returned, err := simulate(ctx, client, b)
	if err != nil {
		return 0, err
	}
	for id, v := range views {
		if s.nodes[id], err = v.Read(returned); err != nil {
			return 0, err
		}
	}
	return epoch.Read(returned)
}

// simulate runs a program that only looks.
func simulate(ctx context.Context, client *sui.Client, b *ptb.Builder) (view.Returned, error) {
	program, err := b.Program()
	if err != nil {
		return nil, err
	}
	out, err := client.View(ctx, program)
	if err != nil {
		return nil, err
	}
	return out.Results, nil
}

// epochs makes committees of a state, nil when there is none yet.
func (s *state) epochs(network string) (*staking.Epochs, error) {
	if s.epoch == 0 {
		return nil, nil
	}
	e := &staking.Epochs{Changing: !s.done, Start: time.UnixMilli(int64(s.span.StartMS)), End: time.UnixMilli(int64(s.span.EndMS))}
	for epoch, r := range s.rosters {
		c, err := s.committee(network, epoch, r)
		if err != nil {
			return nil, fmt.Errorf("%w: committee of epoch %d: %w", ErrNonsense, epoch, err)
		}
		switch epoch {
		case s.epoch:
			e.Current = c
		case s.epoch + 1:
			e.Next = c
		default:
			e.Previous = c
		}
	}
	if e.Current == nil {
		return nil, fmt.Errorf("%w: epoch %d has no committee", ErrNonsense, s.epoch)
	}
	return e, nil
}

func (s *state) committee(network string, epoch uint32, r object.Roster) (*staking.Committee, error) {
	members, shards := make([]staking.Member, len(r.Members)), 0
	for i, m := range r.Members {
		id, addrs, err := identity(s.nodes[m.NodeID])
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", m.NodeID, err)
		}
		key, err := bls.ParseUncompressedPublicKey(m.Key)
		if err != nil {
			return nil, fmt.Errorf("node %s: %w", m.NodeID, err)
		}
		members[i] = staking.Member{NodeID: staking.NodeID(m.NodeID), PeerID: id, PublicKey: key, Addrs: addrs}
		for _, shard := range m.Shards {
			members[i].Shards = append(members[i].Shards, int(shard))
		}
		shards += len(m.Shards)
	}
	return staking.NewCommittee(network, epoch, shards, members)
}

// identity is who a node is on the network, and where. Addresses that are none are left out: they are hints, and one node
// must not keep everybody from knowing the committee.
func identity(info object.NodeInfo) (peer.ID, []ma.Multiaddr, error) {
	if len(info.PeerKey) != ed25519.PublicKeySize {
		return "", nil, fmt.Errorf("a peer key of %d bytes", len(info.PeerKey))
	}
	key, err := crypto.UnmarshalEd25519PublicKey(info.PeerKey)
	if err != nil {
		return "", nil, err
	}
	id, err := peer.IDFromPublicKey(key)
	if err != nil {
		return "", nil, err
	}
	var addrs []ma.Multiaddr
	for _, text := range info.Addresses[:min(len(info.Addresses), staking.MaxMemberAddrs)] {
		a, err := ma.NewMultiaddr(text)
		if err != nil {
			continue
		}
		if transport, p := peer.SplitAddr(a); len(transport) > 0 && (p == "" || p == id) {
			addrs = append(addrs, transport)
		}
	}
	return id, addrs, nil
}

// nonsense makes ErrNonsense of what views find in answers.
func nonsense(err error) error {
	if errors.Is(err, view.ErrResult) || errors.Is(err, bcs.ErrMalformed) {
		return fmt.Errorf("%w: %w", ErrNonsense, err)
	}
	return err
}
