package gossip

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/ipfs/go-datastore"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pubsubpb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p"
	"github.com/floe-network/floe/staking"
)

// Errors of this package.
var (
	// ErrConfig wraps every complaint about a Config.
	ErrConfig = errors.New("gossip configuration")
	// ErrNotMember: only committee members have something to say.
	ErrNotMember = errors.New("this node is not in the committee")

	errTooMany = errors.New("peer sends too much")
)

// Config says what gossip works with. Network, Committee, Key and Datastore are required.
type Config struct {
	// Network is the network's name, a part of the topic.
	Network string
	// Committee returns the current committee, or nil while none is known. It is called for every message and must not block.
	Committee func() *staking.Committee
	// Key signs messages: the identity key of the host.
	Key crypto.PrivKey
	// Datastore keeps the sequence number. It is not closed.
	Datastore datastore.Datastore
	// OnAvailability is told what others hold, one call at a time; nil: the node passes messages on and no more. While it does
	// not return, 64 messages wait and further ones are dropped.
	OnAvailability func(ctx context.Context, a *Availability)
	// Exempt has address ranges where many peers behind one address are no sign of a Sybil; nil: loopback.
	Exempt []netip.Prefix
	// Registerer takes the metrics; nil: none.
	Registerer prometheus.Registerer
	// Logger; nil: slog.Default().
	Logger *slog.Logger
}

func (c *Config) check() error {
	if err := staking.CheckNetworkName(c.Network); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	if c.Committee == nil || c.Datastore == nil {
		return fmt.Errorf("%w: committee function and datastore are required", ErrConfig)
	}
	if c.Key == nil || c.Key.Type() != crypto.Ed25519 {
		return fmt.Errorf("%w: the key must be ed25519", ErrConfig)
	}
	if c.Exempt == nil {
		c.Exempt = p2p.LoopbackRanges()
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return nil
}

// Gossip takes part in the availability topic. It is safe for concurrent use.
type Gossip struct {
	cfg      Config
	host     host.Host
	judge    *judge
	peers    *peers
	sequence *sequence
	budget   *rate.Limiter // keeps Publish within what others accept
	verdicts *prometheus.CounterVec
	topic    *pubsub.Topic
	sub      *pubsub.Subscription

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup
	once   sync.Once
	closed error // of Close
}

// New joins the topic. Close leaves it; ctx bounds only the start. One host can have one Gossip.
func New(ctx context.Context, h host.Host, cfg Config) (*Gossip, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	seq, err := newSequence(ctx, cfg.Datastore, cfg.Network, cfg.Logger)
	if err != nil {
		return nil, err
	}
	g := &Gossip{
		cfg: cfg, host: h, judge: newJudge(cfg.Network, cfg.Committee), peers: newPeers(), sequence: seq,
		budget: rate.NewLimiter(authorRate, authorBurst/2),
		verdicts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "floe", Subsystem: "gossip", Name: "availability_messages_total",
			Help: "Messages of the availability topic by what became of them.",
		}, []string{"result"}),
	}
	if cfg.Registerer != nil {
		if err := cfg.Registerer.Register(g.verdicts); err != nil {
			return nil, fmt.Errorf("gossip metrics: %w", err)
		}
	}
	g.ctx, g.cancel = context.WithCancel(context.Background())
	if err := g.join(); err != nil {
		g.cancel()
		g.unregister()
		return nil, fmt.Errorf("gossip: %w", err)
	}
	g.wg.Go(g.receive)
	return g, nil
}

// join starts pubsub and subscribes.
func (g *Gossip) join() error {
	name := Topic(g.cfg.Network)
	ps, err := pubsub.NewGossipSub(g.ctx, g.host,
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(messageID(g.cfg.Network)),
		pubsub.WithSubscriptionFilter(pubsub.WrapLimitSubscriptionFilter(pubsub.NewAllowlistSubscriptionFilter(name), maxSubscriptions)),
		pubsub.WithMaxMessageSize(maxRPC),
		pubsub.WithMaxControlMessageSize(maxRPC),
		pubsub.WithValidateQueueSize(validateQueue),
		pubsub.WithPeerOutboundQueueSize(outboundQueue),
		pubsub.WithSeenMessagesTTL(seenFor),
		pubsub.WithGossipSubParams(pubsub.DefaultGossipSubParams()),
		// Own messages go to all neighbours, not to the mesh only: a message from before the mesh has formed would be lost, and
		// a mesh of liars could swallow it. Nodes speak seldom, so this costs little.
		pubsub.WithFloodPublish(true),
		pubsub.WithPeerScore(g.scoreParams(name), thresholds()),
		pubsub.WithAppSpecificRpcInspector(g.inspect),
		pubsub.WithLogger(g.cfg.Logger),
		pubsub.WithRPCLogger(slog.New(slog.DiscardHandler)),
	)
	if err != nil {
		return err
	}
	// Inline: judged by the workers that read the queue. Otherwise the queue would only feed goroutines, and what they cannot
	// take at once would be dropped.
	if err := ps.RegisterTopicValidator(name, g.validate, pubsub.WithValidatorInline(true)); err != nil {
		return err
	}
	if g.topic, err = ps.Join(name); err != nil {
		return err
	}
	g.sub, err = g.topic.Subscribe(pubsub.WithBufferSize(receiveQueue))
	return err
}

// messageID derives a message's id from its content; the network is a salt.
func messageID(network string) pubsub.MsgIdFunction {
	return func(m *pubsubpb.Message) string {
		h := sha256.New()
		h.Write([]byte(Topic(network)))
		h.Write(m.GetData())
		return string(h.Sum(nil)[:20])
	}
}

func (g *Gossip) scoreParams(topic string) *pubsub.PeerScoreParams {
	var exempt []*net.IPNet
	for _, p := range g.cfg.Exempt {
		exempt = append(exempt, &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())})
	}
	return &pubsub.PeerScoreParams{
		Topics:                      map[string]*pubsub.TopicScoreParams{topic: topicScore()},
		AppSpecificScore:            g.appScore,
		AppSpecificWeight:           1,
		IPColocationFactorWeight:    sameAddressWeight,
		IPColocationFactorThreshold: sameAddress,
		IPColocationFactorWhitelist: exempt,
		// Breaking gossip's own rules (grafting again too soon, promising what is not sent): six are forgiven.
		BehaviourPenaltyWeight: -10, BehaviourPenaltyThreshold: 6, BehaviourPenaltyDecay: pubsub.ScoreParameterDecay(forgetAfter),
		DecayInterval: pubsub.DefaultDecayInterval, DecayToZero: pubsub.DefaultDecayToZero,
		RetainScore: forgetAfter, SeenMsgTTL: seenFor,
	}
}

// appScore is what a peer is worth beside what pubsub counts.
func (g *Gossip) appScore(p peer.ID) float64 {
	score := -g.peers.excess(p)
	if c := g.cfg.Committee(); c != nil {
		if _, ok := c.MemberOfPeer(p); ok {
			score += memberScore
		}
	}
	return score
}

// inspect drops what a peer sends beyond its rate, before it costs more than its decoding.
func (g *Gossip) inspect(from peer.ID, rpc *pubsub.RPC) error {
	if n := len(rpc.GetPublish()); n > 0 && !g.peers.allow(from, n) {
		return errTooMany
	}
	return nil
}

// validate judges one message for pubsub.
func (g *Gossip) validate(_ context.Context, from peer.ID, m *pubsub.Message) pubsub.ValidationResult {
	a, result, reason := g.judge.verdict(m.GetData())
	g.verdicts.WithLabelValues(reason).Inc()
	switch result {
	case pubsub.ValidationAccept:
		m.ValidatorData = a
	case pubsub.ValidationIgnore:
		if from != g.host.ID() {
			g.peers.ignored(from)
		}
	}
	return result
}

// receive hands accepted messages of others to OnAvailability.
func (g *Gossip) receive() {
	for {
		m, err := g.sub.Next(g.ctx)
		if err != nil {
			return // cancelled by Close
		}
		a, ok := m.ValidatorData.(*Availability)
		if !ok || a.Peer == g.host.ID() || g.cfg.OnAvailability == nil {
			continue
		}
		g.cfg.OnAvailability(g.ctx, a)
	}
}

// Publish says that this node holds the slivers of these blobs for all its shards of the current epoch. More than 256 blobs take
// several messages; after 32 of them Publish waits, one second each. Errors: ErrNotMember, the datastore's, and when ctx ends or
// would end in the wait.
func (g *Gossip) Publish(ctx context.Context, blobs []codec.BlobID) error {
	for batch := range slices.Chunk(sorted(blobs), MaxBlobs) {
		if err := g.budget.Wait(ctx); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		c := g.cfg.Committee()
		if c == nil {
			return ErrNotMember
		}
		i, ok := c.MemberOfPeer(g.host.ID())
		if !ok {
			return ErrNotMember
		}
		n, err := g.sequence.take(ctx)
		if err != nil {
			return err
		}
		data, err := seal(g.cfg.Key, g.cfg.Network, c.Epoch(), n, c.Member(i).Shards, batch)
		if err != nil {
			return err
		}
		if err := g.topic.Publish(ctx, data); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	return nil
}

// Peers returns the neighbours in the topic.
func (g *Gossip) Peers() []peer.ID { return g.topic.ListPeers() }

// Close leaves the topic and waits until OnAvailability has returned for the last time. What pubsub still runs for
// open streams ends with the host.
func (g *Gossip) Close() error {
	g.once.Do(func() {
		g.sub.Cancel()
		g.closed = g.topic.Close()
		g.cancel()
		g.wg.Wait()
		for _, id := range pubsub.GossipSubDefaultProtocols {
			g.host.RemoveStreamHandler(id)
		}
		g.unregister()
	})
	return g.closed
}

func (g *Gossip) unregister() {
	if g.cfg.Registerer != nil {
		g.cfg.Registerer.Unregister(g.verdicts)
	}
}
