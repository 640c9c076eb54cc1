package request

import (
	"strconv"
	"strings"
	"time"

	"github.com/libp2p/go-libp2p/core/protocol"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request/pb"
)

// registry lists every request. Each is described in the file that implements it.
var registry = []*Spec{
	&metadataGet,
	&metadataPut,
	&sliverGet,
	&sliverPut,
	&symbolGet,
	&symbolTarget,
	&confirmGet,
	&statusNode,
	&statusBlob,
}

// Spec describes one request. Server, Client, metrics and documentation follow it.
type Spec struct {
	// Name is protocol and operation, "sliver.get". It is the metric label, and with '_' for '.' the case of pb.Request.
	Name string
	// Version of the protocol; it changes with the bytes.
	Version int
	// Summary in a few words, for the documentation.
	Summary string
	// RequestBody and AnswerBody return the largest raw bodies, in bytes, for a number of shards. Nil: no body.
	RequestBody, AnswerBody func(codec.Params) int64
	// Timeout is what the server may take, not counting the travel of bodies.
	Timeout time.Duration
	// Relayed is the largest body over a relayed connection, bytes. 0: the request needs a direct connection, whatever its
	// size.
	Relayed int64
	// SourceStreams and TotalStreams are how many a server serves at once, for one source and for all.
	SourceStreams, TotalStreams int
	// Cost says how the work is charged to the CPU budgets.
	Cost Cost

	// served reports whether the backend has the part that answers.
	served func(*Backend) bool
	// parse validates the request against everything that is known without looking anything up. It is called only for the
	// case of pb.Request that Name says and only when served.
	parse func(codec.Params, *Backend, *pb.Request) (incoming, error)
}

// Registry returns the description of every request, in the order of the documentation.
func Registry() []Spec {
	list := make([]Spec, len(registry))
	for i, s := range registry {
		list[i] = *s
	}
	return list
}

// Protocol returns the protocol's name, "sliver" for "sliver.get".
func (s *Spec) Protocol() string {
	name, _, _ := strings.Cut(s.Name, ".")
	return name
}

// ProtocolID returns the id of the stream protocol in a network: /floe/<network>/<protocol>/<version>.
func (s *Spec) ProtocolID(network string) protocol.ID {
	return protocol.ID("/floe/" + network + "/" + s.Protocol() + "/" + strconv.Itoa(s.Version))
}

// field returns the name of the request's case in pb.Request.
func (s *Spec) field() protoreflect.Name {
	return protoreflect.Name(strings.ReplaceAll(s.Name, ".", "_"))
}

// requestBody returns the bound of the request's body.
func (s *Spec) requestBody(p codec.Params) int64 { return bound(s.RequestBody, p) }

// answerBody returns the bound of the answer's body.
func (s *Spec) answerBody(p codec.Params) int64 { return bound(s.AnswerBody, p) }

func bound(f func(codec.Params) int64, p codec.Params) int64 {
	if f == nil {
		return 0
	}
	return f(p)
}

// constant is a bound that does not depend on the number of shards.
func constant(n int64) func(codec.Params) int64 {
	return func(codec.Params) int64 { return n }
}

// Cost is the class of work that a request is, above requestCost that all pay.
type Cost int

// The classes.
const (
	// CostLookup: nothing beyond the look-up.
	CostLookup Cost = iota
	// CostHash: one tree over the sliver hashes of all pairs.
	CostHash
	// CostExpand: expanding slivers to all their symbols and hashing those.
	CostExpand
	// CostSign: one signature.
	CostSign
)

// String names the class as the documentation does.
func (c Cost) String() string {
	return [...]string{"look-up", "hash", "expand", "sign"}[c]
}

// cpu estimates the time on one core for an estimate e.
func (c Cost) cpu(p codec.Params, e estimate) time.Duration {
	n := time.Duration(p.Shards())
	switch c {
	case CostHash:
		return requestCost + n*symbolCost
	case CostExpand:
		return requestCost + time.Duration(e.slivers)*n*(symbolCost+time.Duration(e.symbolSize)*byteCost)
	case CostSign:
		return requestCost + signCost
	default:
		return requestCost
	}
}

// find returns the registered request with this case of pb.Request, or nil.
func find(field protoreflect.Name) *Spec {
	for _, s := range registry {
		if s.field() == field {
			return s
		}
	}
	return nil
}

// kindOf returns the case that is set in a request, "" when none is.
func kindOf(m *pb.Request) protoreflect.Name {
	r := m.ProtoReflect()
	f := r.WhichOneof(r.Descriptor().Oneofs().ByName("kind"))
	if f == nil {
		return ""
	}
	return f.Name()
}
