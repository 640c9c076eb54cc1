package light

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
)

// Errors that callers ask for, beside codec.ErrInconsistent, codec.ErrTooLarge and codec.ErrSourceChanged.
var (
	// ErrNotFound: nodes with a validity quorum of shards say that they do not know the blob, and nobody knows it.
	ErrNotFound = errors.New("blob not found")
	// ErrUnavailable: too few shards did what they were asked. Every such error is an *UnavailableError.
	ErrUnavailable = errors.New("not enough storage nodes")
	// ErrNoCommittee: no committee is known, or none of the epoch in question.
	ErrNoCommittee = errors.New("no committee is known")
	// ErrNotCertified: the chain has never seen a certificate for the blob.
	ErrNotCertified = errors.New("blob was never certified")
	// ErrEnded: the time for which the blob was paid is over.
	ErrEnded = errors.New("blob is not paid for any more")
	// ErrBarred: the network bars the blob; writers get the same.
	ErrBarred = staking.ErrBarred
	// ErrChain: the chain gave no answer, or one that cannot be true. GetOptions.WithoutChain reads without asking it, as long
	// as committees are known.
	ErrChain = errors.New("no usable answer from the chain")
	// ErrRange: a byte range that is not inside the blob.
	ErrRange = errors.New("range is outside the blob")
	// ErrClosed: the client was closed.
	ErrClosed = errors.New("client is closed")
)

// Causes of cancellation inside an operation, and a failure to connect.
var (
	errBehind  = errors.New("not waited for any longer: the others were enough")
	errConnect = errors.New("cannot connect")
	errLied    = fmt.Errorf("%w, earlier in this operation", codec.ErrVerify)
)

// Cause says in one word why a node did not deliver.
type Cause uint8

// The causes. Only CauseLied says something about a node's honesty.
const (
	CauseNone         Cause = iota
	CauseUnreachable        // no connection, or it broke
	CauseSilent             // connected, but no complete answer in time
	CauseBehind             // much slower than the others, who were enough
	CauseMissing            // does not hold what was asked for
	CauseBusy               // asked to come later, more than once
	CauseFull               // has no room
	CauseEpoch              // serves another epoch
	CauseUnregistered       // does not know of a registration
	CauseRefused            // refused for a reason of its own
	CauseGarbled            // sent what is no answer to the request
	CauseLied               // sent bytes that do not match the commitment
)

var causeNames = [...]string{
	"none", "unreachable", "silent", "behind", "missing", "busy", "full", "epoch", "unregistered", "refused", "garbled", "lied",
}

var causeTexts = [...]string{
	"delivered", "could not be reached", "did not answer in time", "fell far behind the others", "did not have it",
	"were busy", "have no room", "serve another epoch", "do not know that it is registered", "refused", "sent no valid answer", "sent bytes that do not verify",
}

// String returns the cause's name.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return fmt.Sprintf("cause(%d)", uint8(c))
}

// MarshalText implements encoding.TextMarshaler.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// causeOf finds the cause of a failed request.
func causeOf(err error) Cause {
	var re *request.Error
	switch {
	case err == nil:
		return CauseNone
	case errors.Is(err, errConnect):
		return CauseUnreachable
	case errors.Is(err, errBehind):
		return CauseBehind
	case errors.As(err, &re):
		return causeOfStatus(re.Status)
	case request.Punishable(err):
		return CauseLied
	case errors.Is(err, request.ErrBadAnswer):
		return CauseGarbled
	case errors.Is(err, request.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return CauseSilent
	default:
		return CauseUnreachable
	}
}

func causeOfStatus(s request.Status) Cause {
	switch s {
	case request.NotFound, request.MissingSlivers:
		return CauseMissing
	case request.Busy, request.RateLimited:
		return CauseBusy
	case request.Full:
		return CauseFull
	case request.WrongEpoch, request.WrongShard: // whose shard it is changes with the epoch
		return CauseEpoch
	case request.NotRegistered:
		return CauseUnregistered
	case request.DirectConnectionNeeded:
		return CauseUnreachable
	default:
		return CauseRefused
	}
}

// advice says whether the same request to the same node is worth another try, and how long to wait at least.
func advice(err error) (again bool, wait time.Duration) {
	var re *request.Error
	if errors.As(err, &re) {
		return re.Advice() == request.Wait, min(re.RetryAfter, retryPauseMax)
	}
	switch causeOf(err) {
	case CauseUnreachable, CauseSilent:
		return true, 0
	default:
		return false, 0
	}
}

// Reason counts the shards that one cause kept from delivering.
type Reason struct {
	Cause   Cause `json:"cause"`
	Shards  int   `json:"shards"`
	Members int   `json:"members"`
	// Example is what one of the members said or what happened with it.
	Example string `json:"example,omitempty"`
}

// UnavailableError says which quorum was missed, how many shards were there, and why the others were not.
type UnavailableError struct {
	// Op is "put", "get" or "get range".
	Op   string
	Blob codec.BlobID
	// What was to come from the shards: "confirmations", "metadata", "primary slivers" or "secondary slivers".
	What string
	// Need is how many shards it takes, Have how many did it or, as far as is known, still could, of Total.
	Need, Have, Total int
	// Reasons for the missing shards, most shards first.
	Reasons []Reason
	// Members is what came of each member that was asked.
	Members []MemberReport
	// Hint is what to do next.
	Hint string

	reachable int // shards on members that may still be asked for something else
}

// Error implements error.
func (e *UnavailableError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of blob %s: %s: %s of %d of %d shards are needed, at most %d can be had", e.Op, e.Blob, ErrUnavailable, e.What, e.Need, e.Total, e.Have)
	for i, r := range e.Reasons {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s on %s %s", sep, plural(r.Shards, "shard"), plural(r.Members, "node"), causeTexts[r.Cause])
		if r.Example != "" {
			fmt.Fprintf(&b, " [%s]", r.Example)
		}
	}
	if e.Hint != "" {
		b.WriteString(". " + e.Hint)
	}
	return b.String()
}

// Is makes errors.Is(err, ErrUnavailable) true.
func (e *UnavailableError) Is(target error) bool { return target == ErrUnavailable }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// tally counts reasons.
type tally map[Cause]*Reason

// add counts shards that one member did not deliver.
func (t tally) add(c Cause, shards int, err error) {
	if shards == 0 {
		return
	}
	r := t[c]
	if r == nil {
		r = &Reason{Cause: c}
		t[c] = r
	}
	r.Shards += shards
	r.Members++
	if r.Example == "" && err != nil {
		r.Example = clip(err.Error())
	}
}

// clip bounds a text that may come from a node, and puts it on one line.
func clip(s string) string {
	const limit = 160
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "\n", "; ")), " ")
	if len(s) > limit {
		s = s[:limit] + "..."
	}
	return strings.ToValidUTF8(s, "?")
}

// reasons returns the counts, most shards first.
func (t tally) reasons() []Reason {
	var list []Reason
	for _, r := range t {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b Reason) int {
		if a.Shards != b.Shards {
			return b.Shards - a.Shards
		}
		return int(a.Cause) - int(b.Cause)
	})
	return list
}
