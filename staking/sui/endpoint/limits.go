package endpoint

import (
	"errors"
	"time"
)

// Limits of calls.
const (
	// CallLimit is how long one endpoint may take for an answer before another is asked. A full node answers reads in
	// tens of milliseconds; the rest is for slow lines.
	CallLimit = 10 * time.Second
	// SubmitLimit is the same for transactions, whose answer comes when validators have agreed, as a rule after a second.
	SubmitLimit = 40 * time.Second
	// penalty is how long an endpoint that failed is asked last.
	penalty = 30 * time.Second

	// maxEndpoints of a set: more make no answer better.
	maxEndpoints = 16
	// maxReceive is the most bytes of a message that is accepted where the caller says nothing else. A page of 50 objects of
	// ours takes some 100 KB, the largest transaction's effects and events a little over 1 MB.
	maxReceive = 4 << 20
	// maxParts are messages inside a message, and texts in its lists: each takes some 200 bytes of memory, so that a hostile
	// one takes 60 MB besides its length. A full checkpoint of 10,000 transactions with 5 events each has 120,000.
	maxParts = 250_000
	// maxDepth of messages inside each other. The API's have less than 20, where they are not values in JSON.
	maxDepth = 100
	// maxSend is the most bytes of a message that is sent: a transaction of 128 KiB and its signatures.
	maxSend = 1 << 20
	// maxHeader is the most bytes of the headers of an answer. An error's details are in them.
	maxHeader = 64 << 10

	// firstRetry and lastRetry bound the pauses between attempts to connect: soon after a restart, without a storm.
	firstRetry = 200 * time.Millisecond
	lastRetry  = 5 * time.Second

	// keepaliveInterval finds connections that died in silence, as behind routers, before a subscription misses much.
	keepaliveInterval = 30 * time.Second
	keepaliveTimeout  = 10 * time.Second
)

// Errors that callers ask for. An error of an endpoint keeps its gRPC status, as google.golang.org/grpc/status finds it.
var (
	// ErrAddress: not an address of an endpoint, or too many.
	ErrAddress = errors.New("unusable endpoint address")
	// ErrUnreachable: no endpoint gave an answer.
	ErrUnreachable = errors.New("no endpoint of the chain answers")
	// ErrGarbage: an endpoint's answer makes no sense.
	ErrGarbage = errors.New("an endpoint's answer makes no sense")
	// ErrWrongChain: an endpoint is of another network.
	ErrWrongChain = errors.New("an endpoint is of another network")
)
