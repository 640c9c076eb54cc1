package request

import (
	"errors"
	"fmt"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
)

var (
	// ErrTransport: no answer came: the peer could not be reached, went away, stalled or was too slow. It says nothing about
	// the peer's honesty.
	ErrTransport = errors.New("no answer")
	// ErrTimeout comes with ErrTransport when the peer is connected but too slow or silent.
	ErrTimeout = errors.New("timed out")
	// ErrBadAnswer: the peer answered with bytes that are not a valid answer to the request.
	ErrBadAnswer = errors.New("bad answer")
	// ErrHeld is for SliverBackend.AdmitSliver and MetadataBackend.AdmitMetadata: what is offered is held already and need
	// not be read. The put succeeds.
	ErrHeld = errors.New("held already")
)

// Punishable reports whether an error of a Client shows that the peer made up or damaged data: bytes that fail against the
// blob id, or against the size that verified metadata gives. It holds for errors of verification with codec, too, when the
// metadata matched the blob id. Slow, busy, unreachable and confused peers are not punishable, nor is a peer that serves
// an inconsistent blob faithfully.
func Punishable(err error) bool { return errors.Is(err, codec.ErrVerify) }

// Status says how a request ended. It is an error, so that backends can return or wrap one and callers can ask for it with
// errors.Is. The values are those of pb.Status.
type Status uint32

// The statuses.
const (
	// OK is the status of a success; no error has it.
	OK = Status(pb.Status_STATUS_OK)
	// NotFound: the server does not hold what was asked for.
	NotFound = Status(pb.Status_STATUS_NOT_FOUND)
	// NotRegistered: the chain does not know the blob, or the server has not heard of it yet.
	NotRegistered = Status(pb.Status_STATUS_NOT_REGISTERED)
	// Invalid: the request is malformed or out of range.
	Invalid = Status(pb.Status_STATUS_INVALID)
	// WrongShard: the shard is not assigned to the server.
	WrongShard = Status(pb.Status_STATUS_WRONG_SHARD)
	// WrongEpoch: the request names an epoch that is not the server's.
	WrongEpoch = Status(pb.Status_STATUS_WRONG_EPOCH)
	// TooLarge: the body is larger than the metadata allows.
	TooLarge = Status(pb.Status_STATUS_TOO_LARGE)
	// Full: the server's quota or disk is full.
	Full = Status(pb.Status_STATUS_FULL)
	// Busy: the server has no memory, stream or time for this now.
	Busy = Status(pb.Status_STATUS_BUSY)
	// RateLimited: the caller has used up its share of the server's bytes or CPU.
	RateLimited = Status(pb.Status_STATUS_RATE_LIMITED)
	// VerificationFailed: the bytes of a put do not match their commitment.
	VerificationFailed = Status(pb.Status_STATUS_VERIFICATION_FAILED)
	// MissingSlivers: the server cannot confirm because it lacks slivers of its shards.
	MissingSlivers = Status(pb.Status_STATUS_MISSING_SLIVERS)
	// DirectConnectionNeeded: the body is too large for a relayed connection.
	DirectConnectionNeeded = Status(pb.Status_STATUS_DIRECT_CONNECTION_NEEDED)
	// Forbidden: the caller may not ask for this.
	Forbidden = Status(pb.Status_STATUS_FORBIDDEN)
	// Unsupported: the server does not serve this request.
	Unsupported = Status(pb.Status_STATUS_UNSUPPORTED)
	// Internal: the server failed; its operator finds the reason in its log.
	Internal = Status(pb.Status_STATUS_INTERNAL)
)

// Advice is what a caller had better do after a status.
type Advice int

// The advices.
const (
	// TryOther: this server will not help, another may.
	TryOther Advice = iota
	// Wait: the same request to the same server may succeed later.
	Wait
	// Stop: the request is at fault; no server will grant it.
	Stop
)

// String returns "try another peer", "wait" or "stop".
func (a Advice) String() string {
	switch a {
	case TryOther:
		return "try another peer"
	case Wait:
		return "wait"
	case Stop:
		return "stop"
	default:
		return fmt.Sprintf("advice(%d)", int(a))
	}
}

// statuses is the table of names and advices.
var statuses = [...]struct {
	name   string
	advice Advice
}{
	OK:                     {"ok", Stop},
	NotFound:               {"not found", TryOther},
	NotRegistered:          {"not registered", Wait},
	Invalid:                {"invalid", Stop},
	WrongShard:             {"wrong shard", TryOther},
	WrongEpoch:             {"wrong epoch", Wait},
	TooLarge:               {"too large", Stop},
	Full:                   {"full", TryOther},
	Busy:                   {"busy", Wait},
	RateLimited:            {"rate limited", Wait},
	VerificationFailed:     {"verification failed", Stop},
	MissingSlivers:         {"missing slivers", Wait},
	DirectConnectionNeeded: {"direct connection needed", TryOther},
	Forbidden:              {"forbidden", TryOther},
	Unsupported:            {"unsupported", TryOther},
	Internal:               {"internal error", TryOther},
}

// known reports whether s is one of the statuses above.
func (s Status) known() bool { return int(s) < len(statuses) && statuses[s].name != "" }

// String returns a few lower-case words.
func (s Status) String() string {
	if !s.known() {
		return fmt.Sprintf("status(%d)", uint32(s))
	}
	return statuses[s].name
}

// Error implements error.
func (s Status) Error() string { return s.String() }

// Advice says what a caller had better do. An unknown status is one of a newer server: try another.
func (s Status) Advice() Advice {
	if !s.known() {
		return TryOther
	}
	return statuses[s].advice
}

// Error is an answer other than OK. It matches its Status with errors.Is.
type Error struct {
	Status Status
	// Message is for people. From a server it is at most maxMessage bytes of printable text.
	Message string
	// RetryAfter is how long the server asks to wait; 0 when it does not say.
	RetryAfter time.Duration
}

// Errorf returns an *Error with a message, for backends.
func Errorf(s Status, format string, args ...any) *Error {
	return &Error{Status: s, Message: fmt.Sprintf(format, args...)}
}

// Error implements error.
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Status.String()
	}
	return e.Status.String() + ": " + e.Message
}

// Unwrap returns the status.
func (e *Error) Unwrap() error { return e.Status }

// Advice says what a caller had better do.
func (e *Error) Advice() Advice { return e.Status.Advice() }

// StatusOf returns the status in err: OK for nil, Internal for an error without one.
func StatusOf(err error) Status {
	if err == nil {
		return OK
	}
	var s Status
	if errors.As(err, &s) {
		return s
	}
	return Internal
}
