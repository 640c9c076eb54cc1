package light

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/ipfs/go-datastore"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p"
	"github.com/floe-network/floe/p2p/discovery"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
)

// OpenConfig is what a client with a host of its own is made of. Only Chain is required.
type OpenConfig struct {
	// Chain is as in Config. It is asked for the committees if it does not know any.
	Chain Chain
	// Key is the identity, ed25519. Nil: a new one for each client, so that gets by one user are not linked by it.
	Key crypto.PrivKey
	// Bootstrap has addresses of peers beside those of the committee.
	Bootstrap []peer.AddrInfo
	// Datastore keeps addresses that worked and blocked peers; nil: they are forgotten. The client does not close it.
	Datastore datastore.Batching
	// Codec tunes the codec; its memory budget bounds what a put or a get keeps of a blob.
	Codec  codec.Options
	Limits Limits
	// Logger; nil: slog.Default().
	Logger *slog.Logger
}

// Open returns a client with a host that only dials, on all transports, and takes part in the DHT as a client. Closing the
// client closes them.
func Open(ctx context.Context, cfg OpenConfig) (_ *Client, err error) {
	if cfg.Chain == nil {
		return nil, fmt.Errorf("%w: a client needs a chain", codec.ErrInvalid)
	}
	known := cfg.Chain.Epochs()
	if known == nil {
		if known, err = cfg.Chain.Refresh(ctx); err != nil {
			return nil, fmt.Errorf("client: %w: %w", ErrChain, err)
		}
	}
	if known == nil {
		return nil, fmt.Errorf("client: %w", ErrNoCommittee)
	}
	com := known.Current
	current := func() *staking.Committee {
		if e := cfg.Chain.Epochs(); e != nil {
			return e.Current
		}
		return nil
	}
	var closers []func() error
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("client: %w", err), closeAll(closers))
		}
	}()
	cdc, err := codec.New(com.Params(), cfg.Codec)
	if err != nil {
		return nil, err
	}
	key := cfg.Key
	if key == nil {
		if key, _, err = crypto.GenerateEd25519Key(rand.Reader); err != nil {
			return nil, err
		}
	}
	h, err := p2p.NewHost(ctx, p2p.Config{Network: com.Network(), Role: p2p.Client, Key: key, Datastore: cfg.Datastore, Logger: cfg.Logger})
	if err != nil {
		return nil, err
	}
	closers = append(closers, h.Close)
	d, err := discovery.New(h, discovery.Config{
		Network: com.Network(), Committee: current,
		Bootstrap: slices.Concat(cfg.Bootstrap, neighbours(known)), Datastore: cfg.Datastore, Logger: cfg.Logger,
	})
	if err != nil {
		return nil, err
	}
	closers = append(closers, d.Close)
	if err := d.Start(ctx); err != nil {
		return nil, err
	}
	net, err := request.NewClient(h, com.Network(), com.Params(), request.ClientOptions{})
	if err != nil {
		return nil, err
	}
	c, err := NewClient(Config{Chain: cfg.Chain, Network: net, Connector: d, Codec: cdc, Limits: cfg.Limits})
	if err != nil {
		return nil, err
	}
	c.closers = closers
	return c, nil
}

// neighbours returns where the members of the epochs before and after the current one are said to be: reads go to the
// former while shards move, and a client may live into the latter.
func neighbours(e *staking.Epochs) []peer.AddrInfo {
	var list []peer.AddrInfo
	for _, com := range []*staking.Committee{e.Previous, e.Next} {
		if com == nil {
			continue
		}
		for i := range com.Size() {
			m := com.Member(i)
			if _, known := e.Current.MemberOfPeer(m.PeerID); !known && len(m.Addrs) > 0 {
				list = append(list, peer.AddrInfo{ID: m.PeerID, Addrs: m.Addrs})
			}
		}
	}
	return list
}

// closeAll closes in reverse order.
func closeAll(closers []func() error) error {
	var errs error
	for i := len(closers) - 1; i >= 0; i-- {
		errs = errors.Join(errs, closers[i]())
	}
	return errs
}
