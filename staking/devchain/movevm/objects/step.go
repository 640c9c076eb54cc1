package objects

import (
	"iter"

	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// HandedOn is an object with the owner that it was given to.
type HandedOn struct {
	ID    ID
	Owner Owner
	Value values.Value
	New   bool // the transaction made it
}

// Step is one of several transactions that share a State.
type Step struct {
	Handed  []HandedOn // in the order of their transfers
	Deleted []ID
	Events  int
}

// EndStep ends a transaction and begins another on the same State, for unit tests, in which values live on from one
// transaction to the next. Dynamic fields stay open.
func (s *State) EndStep() Step {
	step := Step{Deleted: s.deleted.ordered(), Events: len(s.events)}
	for _, id := range s.order {
		t := s.handed[id]
		step.Handed = append(step.Handed, HandedOn{ID: id, Owner: t.owner, Value: t.value, New: s.newIDs.has(id)})
	}
	s.reset()
	return step
}

// SetOwner says whose an object was when the transaction began, for objects that are no Input.
func (s *State) SetOwner(id ID, owner Owner) {
	s.inputs[id] = &Input{Object: &Object{ID: id, Owner: owner}}
}

// Received says whether the transaction received an object.
func (s *State) Received(id ID) bool { return s.received[id] != nil }

// Children goes through the dynamic fields that are open and not removed. The values stay where they are.
func (s *State) Children() iter.Seq2[ID, values.Value] {
	return func(yield func(ID, values.Value) bool) {
		for id, c := range s.children {
			if c.present() && !yield(id, c.cell.Peek()) {
				return
			}
		}
	}
}
