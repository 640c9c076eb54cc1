package node

import (
	"runtime"
	"time"
)

// Defaults of Config.
const (
	// DefaultPendingBytes bounds what pending blobs may have stored, bytes. A registration is heard within seconds: 32 GiB are
	// five minutes of a gigabit line, and four of the largest shares (below).
	DefaultPendingBytes = 32 << 30
	// DefaultPeerPendingBytes bounds what the pending blobs of one peer may take when they are complete, bytes. The
	// largest blob of 1,000 shards takes 6.5 GB on a node that holds a tenth of them.
	DefaultPeerPendingBytes = 8 << 30
	// DefaultPendingBlobs bounds their number: an entry takes about 250 bytes of memory, 16 MiB in all.
	DefaultPendingBlobs = 64 << 10
	// DefaultPeerPendingBlobs is the same for one peer: a writer of small blobs has a few hundred under way.
	DefaultPeerPendingBlobs = 8 << 10
	// DefaultPendingIdle is how long a pending blob may be without progress before it is removed: its writer registers it
	// before the upload, or at the same time, and an event takes seconds.
	DefaultPendingIdle = 10 * time.Minute
	// DefaultExpansionBytes bounds the cache of expanded slivers that symbols are served from: a few slivers of a large
	// blob (14.6 MB each for 1 GiB at 1,000 shards), thousands of small ones.
	DefaultExpansionBytes = 64 << 20
	// DefaultCloseTimeout is how long Close lets requests finish: the largest sliver at the slowest rate that the request
	// server accepts takes minutes, which is too long for a restart; most requests end within seconds.
	DefaultCloseTimeout = 20 * time.Second
)

// DefaultWorkers is how many slivers are verified or expanded at once: one a core, as the work is pure computation.
func DefaultWorkers() int { return runtime.GOMAXPROCS(0) }

const (
	// registrationRetry is the advice to who asks for a blob whose registration was not heard of: checkpoints come several
	// times a second and reach a node within a few seconds.
	registrationRetry = 2 * time.Second
	// removalRate is how many slivers a second are removed of blobs that ended, and removalBurst how many at once, which is
	// what a member with a tenth of 1,000 shards has of a blob: an epoch's end leaves most of the disk's work to requests, and
	// a day removes 43 million.
	removalRate  = 500
	removalBurst = 200
	// sweepPause is the least time between two searches for what ended, sweepEvery how often there is one without a reason, and
	// sweepRetry how long after one that failed: what fails is the disk.
	sweepPause = time.Second
	sweepEvery = 10 * time.Minute
	sweepRetry = time.Minute
	// peerQueue is how many verifications of one peer may wait for a slot. Each holds its sliver in memory, which the request
	// server accounts for; a client puts a few dozen at once.
	peerQueue = 64
	// metadataCache bounds decoded metadata kept in memory, bytes: 64 kB each at 1,000 shards, so 256 blobs under way.
	metadataCache = 16 << 20
	// signatureCache is how many signed confirmations are kept in memory, about 200 bytes each. Signing again gives the
	// same bytes, so forgetting one costs two milliseconds.
	signatureCache = 16 << 10
	// stripes is the number of locks that blobs share; collisions cost waiting for another blob's write to reach the disk.
	stripes = 256
	// fullMemory is how long the status goes on saying that the file system refused a write. Then the next put tries again.
	fullMemory = time.Minute
	// sweepsPerIdle is how often idle blobs are looked for within Config.PendingIdle: they go at most a tenth too late.
	sweepsPerIdle = 10
	// announceQueue is how many confirmed blobs may wait to be announced; gossip takes 256 a second for long.
	announceQueue = 16 << 10
	// announceBatch is how many go into one call: one message of the topic.
	announceBatch = 256
	// announceDelay is how long the first of a batch waits for others. Readers learn of a blob from its writer, not from
	// gossip, so seconds do not matter.
	announceDelay = 2 * time.Second
)
