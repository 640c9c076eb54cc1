package request

import (
	"fmt"
	"runtime"
	"time"

	"github.com/floe-network/floe/codec"
)

// Sizes, bytes.
const (
	// requestLimit bounds a Request: the largest has 16 symbol ids of at most 8 bytes beside 40 bytes of blob id.
	requestLimit = 1 << 10
	// headerLimit bounds a Header: maxMessage of text and five numbers of at most 11 bytes.
	headerLimit = 512
	// maxMessage bounds the text of a refusal: a sentence with a blob id in it.
	maxMessage = 256
	// statusLimit bounds the body of a status: a bitmap of 4096 shards (512) and texts.
	statusLimit = 2 << 10
	// bodyStep is what must arrive of a larger body before memory for all of it is taken; most slivers fit it.
	bodyStep = 256 << 10
	// sendChunk is the buffer that a sliver is copied through: four checksum blocks of the store, one write of a muxer.
	sendChunk = 256 << 10
	// relayedSymbols is the largest body of symbols over a relayed connection: libp2p relays give a connection 128 KiB each
	// way, of which one answer may take an eighth.
	relayedSymbols = 16 << 10
)

// Numbers of things.
const (
	// MaxSymbols is how many symbols anyone may ask for at once.
	MaxSymbols = 16
	// maxSources bounds the table of sources with a budget of their own: 8192 entries are about 2 MiB.
	maxSources = 8192
)

// Times.
const (
	// minRate is the slowest rate at which a body may travel, bytes per second: 1 Mbit/s, the uplink of a poor home line.
	minRate = 128 << 10
	// connectTimeout is for dialling, negotiating and, on a limited connection, waiting for a direct one.
	connectTimeout = 15 * time.Second
	// requestTimeout is how long a Server waits for the Request; it is one packet.
	requestTimeout = 5 * time.Second
	// baseTimeout is added to what the minimum rate gives a body, and to what a request may take before its header comes:
	// round trips, retransmissions and a busy line.
	baseTimeout = 10 * time.Second
	// lookupTimeout is for requests that read the disk, verifyTimeout for those that expand slivers or hash, where the
	// largest sliver of 4096 shards takes seconds and others are in the queue.
	lookupTimeout = 10 * time.Second
	verifyTimeout = 60 * time.Second
	// closeTimeout is how long a Client waits for the end of a stream whose answer is complete. Peers close at once.
	closeTimeout = 2 * time.Second
	// memoryWait is how long an admitted request waits for memory before it is refused as busy: about one large put.
	memoryWait = 2 * time.Second
	// busyRetry is the advice of a busy Server: a queue of small requests is gone by then.
	busyRetry = time.Second
	// maxRetryAfter bounds the advice, in both directions.
	maxRetryAfter = 10 * time.Minute
)

// Costs of work, as charged to the CPU budgets. One core of a 2025 server needs half of it or less, a small machine at home
// about as much.
const (
	// requestCost covers a stream, its negotiation, a look-up and the answer.
	requestCost = 100 * time.Microsecond
	// requestBytes covers the frames of a request without a body.
	requestBytes = 512
	// symbolCost is one leaf and one inner node of a Merkle tree and the share of its Reed-Solomon symbol.
	symbolCost = 400 * time.Nanosecond
	// byteCost is Reed-Solomon and hashing of one byte of an expanded sliver.
	byteCost = time.Nanosecond
	// signCost is one BLS signature and the check that slivers are held.
	signCost = 2 * time.Millisecond
)

// Limits are the budgets of a Server. A zero field is its default. A source is an IPv4 address, an IPv6 /64, or, over a
// relayed connection or on loopback, where many share an address, a peer id.
type Limits struct {
	// Memory that bodies may take at once, bytes. Default 256 MiB: six of the largest slivers of 1000 shards; small ones
	// never reach it. SourceMemory is how much of it one source may have; default a quarter, so that one that sends slowly
	// does not keep others out. Both are raised to what the largest request needs.
	Memory, SourceMemory int64
	// SourceBytes and SourceBytesBurst: body bytes per second, either way, from one source, and how many it may be ahead.
	// Default 64 MiB/s (half of a gigabit line) and 1 GiB (one large put to a node with many shards).
	SourceBytes, SourceBytesBurst int64
	// SourceCPU and SourceCPUBurst: CPU seconds per second for one source, and how many it may be ahead. Default half a core
	// and 30 seconds.
	SourceCPU      float64
	SourceCPUBurst time.Duration
	// TotalBytes, TotalBytesBurst, TotalCPU, TotalCPUBurst: the same for all sources together. Default 512 MiB/s, 4 GiB, all
	// cores but a quarter, and 60 seconds: what is left is for recovery, audits and the machine's owner.
	TotalBytes, TotalBytesBurst int64
	TotalCPU                    float64
	TotalCPUBurst               time.Duration
	// LimitLoopback gives sources on loopback budgets of bytes and CPU, too. By default they have none: nobody is kept from
	// his own node. Behind a proxy on the same machine everybody comes from loopback, and this must be set.
	LimitLoopback bool
}

// resolve fills in the zero fields and refuses negative ones.
func (l Limits) resolve(p codec.Params) (Limits, error) {
	if min(l.Memory, l.SourceMemory, l.SourceBytes, l.SourceBytesBurst, l.TotalBytes, l.TotalBytesBurst) < 0 ||
		min(l.SourceCPU, l.TotalCPU) < 0 || min(l.SourceCPUBurst, l.TotalCPUBurst) < 0 {
		return l, fmt.Errorf("%w: negative limit in %+v", codec.ErrInvalid, l)
	}
	setDefault(&l.Memory, 256<<20)
	setDefault(&l.SourceMemory, l.Memory/4)
	setDefault(&l.SourceBytes, 64<<20)
	setDefault(&l.SourceBytesBurst, 1<<30)
	setDefault(&l.SourceCPU, 0.5)
	setDefault(&l.SourceCPUBurst, 30*time.Second)
	setDefault(&l.TotalBytes, 512<<20)
	setDefault(&l.TotalBytesBurst, 4<<30)
	setDefault(&l.TotalCPU, 0.75*float64(runtime.GOMAXPROCS(0)))
	setDefault(&l.TotalCPUBurst, time.Minute)
	// A request for which there could never be memory would be busy for ever.
	for _, spec := range registry {
		l.SourceMemory = max(l.SourceMemory, 2*spec.requestBody(p), 2*spec.answerBody(p))
	}
	l.Memory = max(l.Memory, l.SourceMemory)
	return l, nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
