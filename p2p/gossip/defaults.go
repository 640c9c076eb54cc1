package gossip

import (
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
)

// Bounds of a message.
const (
	// MaxBlobs bounds the blob ids of one message: 8 KiB, what fits well in a few packets.
	MaxBlobs = 256
	// maxBitmap bounds the shard bitmap, bytes: 4,096 shards.
	maxBitmap = 512
	// maxMessage bounds a message, bytes: 256 ids with two bytes each around them (8,704), the bitmap, and 384 for network, epoch,
	// sequence, key, signature and framing.
	maxMessage = MaxBlobs*34 + maxBitmap + 384
	// maxRPC bounds what a peer may send at once, bytes: three messages and the gossip about others.
	maxRPC = 32 << 10
)

// Rates and windows.
const (
	// authorRate and authorBurst bound the messages of one sender that are accepted: 256 blobs a second and 16,384 at
	// once are more than a node verifies. Publish keeps to half of the burst.
	authorRate  = 1.0 // messages a second
	authorBurst = 64
	// sequenceWindow is how far behind the newest of its sender a message may be: gossip reorders what is sent in a burst.
	sequenceWindow = 64
	// sequenceBlock is how many sequence numbers are reserved on disk at once: one write in 256 messages, and a crash
	// skips at most as many.
	sequenceBlock = 256
	// peerRate and peerBurst bound the messages taken from one peer, whoever wrote them: a committee of 150 that speaks
	// at its limit.
	peerRate  = 150.0 // messages a second
	peerBurst = 1024
	// ignoredRate and ignoredBurst bound the ignored messages that a peer may pass on without loss: at a change of
	// epoch, a node that is late ignores what everybody says for some seconds.
	ignoredRate  = 8.0 // messages a second
	ignoredBurst = 1024
	// maxPeers bounds the peers whose rates are kept; a host has at most some 600 connections.
	maxPeers = 2048
)

// Queues. Each drops when it is full, which for hints is right.
const (
	// receiveQueue holds accepted messages for OnAvailability: 64 of at most 10 KiB.
	receiveQueue = 64
	// validateQueue holds messages before validation, which takes about 0.1 ms on each core: when every member of a committee
	// speaks at once, the queue holds it all (2.5 MiB at most).
	validateQueue = 256
	// outboundQueue holds messages for one slow peer.
	outboundQueue = 64
	// seenFor is how long message ids are remembered; longer than gossip takes to reach everybody by far.
	seenFor = 2 * time.Minute
	// maxSubscriptions bounds the topics in one subscription message; the network has three.
	maxSubscriptions = 16
)

// Scores. A peer starts at 0.
const (
	// memberScore prefers committee members in the mesh: they cost an attacker a stake.
	memberScore = 10
	// excessPenalty is taken for each message beyond a peer's rates, up to excessMax; it halves every excessHalf.
	excessPenalty = 1
	excessMax     = 10_000
	excessHalf    = time.Minute
	// rejectWeight is taken times the square of the rejected messages: three are below gossipBelow, eight below grayBelow. An honest
	// peer has none.
	rejectWeight = -20
	// gossipBelow: no gossip with the peer; publishBelow: nothing is sent to it; grayBelow: nothing it sends is read.
	gossipBelow, publishBelow, grayBelow = -100, -500, -1000
	// forgetAfter is how long counters take to fade away, and how long they survive a disconnect.
	forgetAfter = time.Hour
	// sameAddress is how many peers behind one IP address cost nothing: a dozen nodes behind one router, and some.
	// Above, sameAddressWeight is taken times the square of the excess.
	sameAddress       = 16
	sameAddressWeight = -5
)

// scoreParams returns the score of the topic's peers.
func topicScore() *pubsub.TopicScoreParams {
	return &pubsub.TopicScoreParams{
		TopicWeight: 1,
		// Being in the mesh for an hour is worth as much as being a member.
		TimeInMeshWeight: 10.0 / 3600, TimeInMeshQuantum: time.Second, TimeInMeshCap: 3600,
		// Being the first with a message counts, up to 20 in ten minutes.
		FirstMessageDeliveriesWeight: 0.5, FirstMessageDeliveriesDecay: pubsub.ScoreParameterDecay(10 * time.Minute), FirstMessageDeliveriesCap: 20,
		// No penalty for delivering little: the topic may be silent for long.
		InvalidMessageDeliveriesWeight: rejectWeight, InvalidMessageDeliveriesDecay: pubsub.ScoreParameterDecay(forgetAfter),
		MeshMessageDeliveriesDecay: 0.5, MeshFailurePenaltyDecay: 0.5, // weights 0: unused, but checked
	}
}

func thresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold: gossipBelow, PublishThreshold: publishBelow, GraylistThreshold: grayBelow,
		OpportunisticGraftThreshold: 1, // when half of the mesh is worth nothing, look for better
	}
}
