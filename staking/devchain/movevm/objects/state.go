package objects

import (
	"cmp"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// Handed says what a transfer did.
type Handed uint8

// What a transfer can do.
const (
	OfNew     Handed = iota // to an object that the transaction made
	Unchanged               // nothing: the owner is the one from before the transaction
	Changed                 // another owner than before, or an object that was inside another
)

// State is what a transaction has done to objects so far. When the transaction fails, it is thrown away, and nothing has
// happened. It is not safe for concurrent use.
type State struct {
	store      Store
	limits     Limits
	inputs     map[ID]*Input
	newIDs     idSet
	deleted    idSet
	handed     map[ID]*transfer
	order      []ID // of handed
	children   map[ID]*child
	cached     map[ID]*Object // what the store said about children; nil for absent ones
	received   map[ID]*Object
	events     []Event
	eventBytes int
	latest     uint64 // version that everything written must be later than
	heldBytes  uint64 // memory of inputs and of what was handed on
	fieldBytes uint64 // memory of dynamic fields
}

type transfer struct {
	owner Owner
	value values.Value
}

// Event is a value that a transaction told to the world.
type Event struct {
	Type     *types.Type
	Contents []byte // BCS
}

// New makes the State of a transaction that has done nothing. A State without store (nil) finds no objects.
func New(store Store, limits Limits) *State {
	s := &State{store: store, limits: limits, children: make(map[ID]*child), cached: make(map[ID]*Object)}
	s.reset()
	return s
}

// reset forgets everything but the children.
func (s *State) reset() {
	s.inputs = make(map[ID]*Input)
	s.newIDs, s.deleted = idSet{}, idSet{}
	s.handed, s.order = make(map[ID]*transfer), nil
	s.received = make(map[ID]*Object)
	s.events, s.eventBytes, s.heldBytes = nil, 0, 0
}

// systemObjects have ids of their own, which no transaction makes: the system state, the clock, the authenticator state,
// the randomness, the deny list.
var systemObjects = [...]ID{{31: 0x05}, {31: 0x06}, {31: 0x07}, {31: 0x08}, {30: 0x04, 31: 0x03}}

// NewID records an identity that the transaction made. One that it ended before is as if it had never ended: dynamic
// fields that are removed and added again have the same id.
func (s *State) NewID(id ID) error {
	if s.newIDs.len() >= s.limits.NewIDs {
		return status.New(status.MemoryLimitExceeded, "more than %d new ids in a transaction", s.limits.NewIDs)
	}
	if !s.deleted.remove(id) {
		s.newIDs.add(id)
	}
	return nil
}

// DeleteID records an identity that the transaction ended.
func (s *State) DeleteID(id ID) error {
	if s.deleted.len() >= s.limits.DeletedIDs {
		return status.New(status.MemoryLimitExceeded, "more than %d deleted ids in a transaction", s.limits.DeletedIDs)
	}
	if !s.newIDs.remove(id) {
		s.deleted.add(id)
	}
	return nil
}

// Transfer gives an object to an owner, who has it once the transaction has succeeded. Of two transfers of one object the
// later counts: only unit tests, which can make an id twice, get that far.
func (s *State) Transfer(object values.Value, owner Owner) (Handed, error) {
	id, err := IDOf(object)
	if err != nil {
		return 0, err
	}
	system := slices.Contains(systemObjects[:], id)
	if !system && len(s.handed) >= s.limits.Transfers {
		return 0, status.New(status.MemoryLimitExceeded, "more than %d objects transferred in a transaction", s.limits.Transfers)
	}
	result := Changed
	switch in := s.inputs[id]; {
	case s.newIDs.has(id):
		result = OfNew
	case in != nil && in.Object.Owner == owner:
		result = Unchanged
	case in == nil && system:
		s.newIDs.add(id)
		result = OfNew
	}
	if err := s.hold(object, &s.heldBytes); err != nil {
		return 0, err
	}
	if s.handed[id] == nil {
		s.order = append(s.order, id)
	}
	s.handed[id] = &transfer{owner, object}
	return result, nil
}

// hold accounts for the memory of a value that the State is about to hold, in one of its counters.
func (s *State) hold(v values.Value, counter *uint64) error {
	*counter += values.Size(v)
	if s.heldBytes+s.fieldBytes > s.limits.HeldBytes {
		return status.New(status.MemoryLimitExceeded, "objects of more than %d bytes of memory in a transaction", s.limits.HeldBytes)
	}
	return nil
}

// Emit records an event, in BCS.
func (s *State) Emit(t *types.Type, contents []byte) error {
	if len(s.events) >= s.limits.Events {
		return status.New(status.MemoryLimitExceeded, "more than %d events in a transaction", s.limits.Events)
	}
	tag, err := AppendTypeTag(nil, t, OriginalIDs{})
	if err != nil {
		return err
	}
	size := len(tag) + len(contents)
	if size > s.limits.EventBytes {
		return status.New(status.MemoryLimitExceeded, "an event of %d bytes with its type, at most %d", size, s.limits.EventBytes)
	}
	if s.eventBytes += size; s.eventBytes > s.limits.EventsBytes {
		return status.New(status.MemoryLimitExceeded, "more than %d bytes of events in a transaction", s.limits.EventsBytes)
	}
	s.events = append(s.events, Event{t, contents})
	return nil
}

// Events are those emitted so far. The caller must not change them.
func (s *State) Events() []Event { return s.events }

// idSet is a set that remembers the order of insertion.
type idSet struct {
	members map[ID]int // when each was inserted
	next    int
}

func (s *idSet) add(id ID) {
	if s.members == nil {
		s.members = make(map[ID]int)
	}
	if _, ok := s.members[id]; !ok {
		s.members[id] = s.next
		s.next++
	}
}

func (s *idSet) has(id ID) bool {
	_, ok := s.members[id]
	return ok
}

func (s *idSet) remove(id ID) bool {
	ok := s.has(id)
	delete(s.members, id)
	return ok
}

func (s *idSet) len() int { return len(s.members) }

// ordered has the members, the oldest first.
func (s *idSet) ordered() []ID {
	ids := make([]ID, 0, len(s.members))
	for id := range s.members {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b ID) int { return cmp.Compare(s.members[a], s.members[b]) })
	return ids
}
