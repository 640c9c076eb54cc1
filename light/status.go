package light

import (
	"context"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
)

// StatusOptions say what is asked.
type StatusOptions struct {
	// Kind is that of the confirmations that are asked for; nil asks for none.
	Kind *staking.BlobKind
}

// MemberStatus is what one member says about itself and about a blob. What it says about slivers is its word; a
// confirmation is proof that it has given it.
type MemberStatus struct {
	Member int            `json:"member"`
	NodeID staking.NodeID `json:"node_id"`
	Peer   peer.ID        `json:"peer_id"`
	// Shards is how many the committee gives the member.
	Shards int `json:"shards"`
	// Reachable: it answered. Took is how long that took, connecting included. Otherwise Cause and Problem say why not.
	Reachable bool          `json:"reachable"`
	Took      time.Duration `json:"took_ns"`
	Cause     Cause         `json:"cause"`
	Problem   string        `json:"problem,omitempty"`
	// Node and Blob are its answers.
	Node request.NodeStatus `json:"node"`
	Blob request.BlobStatus `json:"blob"`
	// Confirmed: its confirmation of the blob in the committee's epoch verifies.
	Confirmed bool `json:"confirmed"`
}

// Status is what the committee says about a blob.
type Status struct {
	Blob codec.BlobID `json:"blob"`
	// Epoch of the committee.
	Epoch uint32 `json:"epoch"`
	// Total is n; all further counts are shards of members that answered.
	Total     int `json:"total"`
	Reachable int `json:"reachable"`
	Metadata  int `json:"metadata"`
	Primary   int `json:"primary"`
	Secondary int `json:"secondary"`
	// Confirmed are the shards of members whose confirmation verifies.
	Confirmed int `json:"confirmed"`
	// Readable: by what the members say, enough slivers of one axis are there, and metadata.
	Readable bool `json:"readable"`
	// Certifiable: the confirmations make a certificate (3w >= 2n+1).
	Certifiable bool `json:"certifiable"`
	// Known is false when members with a validity quorum of shards say that they know nothing of the blob, and no member does.
	Known   bool           `json:"known"`
	Members []MemberStatus `json:"members"`
}

// Status asks every member about a blob.
func (c *Client) Status(ctx context.Context, id codec.BlobID, opts StatusOptions) (*Status, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	com, err := c.current()
	if err != nil {
		return nil, err
	}
	conf := staking.Confirmation{Epoch: com.Epoch(), Blob: id}
	if opts.Kind != nil {
		conf.Kind = *opts.Kind
	}
	s := &Status{Blob: id, Epoch: com.Epoch(), Total: com.Params().Shards()}
	s.Members = c.ask(ctx, com, func(ctx context.Context, m *MemberStatus) (err error) {
		if m.Node, err = c.net.NodeStatus(ctx, m.Peer); err != nil {
			return err
		}
		if m.Blob, err = c.net.BlobStatus(ctx, m.Peer, id); err != nil || m.Blob.PrimaryHeld < m.Shards || m.Blob.SecondaryHeld < m.Shards || opts.Kind == nil {
			return err
		}
		sig, err := c.net.Confirm(ctx, m.Peer, conf)
		if err != nil {
			// It may be of another kind or not registered: the node is well, the blob is not confirmed as asked.
			m.Problem = clip(err.Error())
			return nil
		}
		if err := bls.Verify(com.Member(m.Member).PublicKey, conf.Bytes(), sig); err != nil {
			c.book.lied(m.Peer)
			m.Cause, m.Problem = CauseLied, clip(err.Error())
			return nil
		}
		m.Confirmed = true
		return nil
	})
	if err := ended(ctx); err != nil {
		return nil, err
	}
	s.summarize(com)
	return s, nil
}

// Nodes asks every member how it is.
func (c *Client) Nodes(ctx context.Context) ([]MemberStatus, error) {
	ctx, end, err := c.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	com, err := c.current()
	if err != nil {
		return nil, err
	}
	list := c.ask(ctx, com, func(ctx context.Context, m *MemberStatus) (err error) {
		m.Node, err = c.net.NodeStatus(ctx, m.Peer)
		return err
	})
	return list, ended(ctx)
}

// ask lets f ask every member, in parallel, once.
func (c *Client) ask(ctx context.Context, com *staking.Committee, f func(context.Context, *MemberStatus) error) []MemberStatus {
	list := make([]MemberStatus, com.Size())
	var wg sync.WaitGroup
	for i := range list {
		m, member := &list[i], com.Member(i)
		m.Member, m.NodeID, m.Peer, m.Shards = i, member.NodeID, member.PeerID, len(member.Shards)
		wg.Go(func() {
			start := time.Now()
			err := c.once(ctx, m.Peer, 0, func(ctx context.Context) error { return f(ctx, m) })
			m.Took, m.Reachable = time.Since(start), err == nil
			if err != nil {
				m.Cause, m.Problem = causeOf(err), clip(err.Error())
			}
		})
	}
	wg.Wait()
	return list
}

func (s *Status) summarize(com *staking.Committee) {
	unknown, known := 0, false
	for i := range s.Members {
		m := &s.Members[i]
		if !m.Reachable {
			continue
		}
		s.Reachable += m.Shards
		// A node cannot hold more than its shards, whatever it says.
		primary, secondary := min(max(m.Blob.PrimaryHeld, 0), m.Shards), min(max(m.Blob.SecondaryHeld, 0), m.Shards)
		s.Primary += primary
		s.Secondary += secondary
		if m.Blob.Metadata {
			s.Metadata += m.Shards
		}
		if m.Confirmed {
			s.Confirmed += m.Shards
		}
		if m.Blob.Metadata || m.Blob.Registered || primary+secondary > 0 {
			known = true
		} else {
			unknown += m.Shards
		}
	}
	p := com.Params()
	s.Readable = s.Metadata > 0 && (s.Primary >= p.SourceSlivers(codec.Primary) || s.Secondary >= p.SourceSlivers(codec.Secondary))
	s.Certifiable = com.Quorum(s.Confirmed)
	s.Known = known || !com.Validity(unknown)
}
