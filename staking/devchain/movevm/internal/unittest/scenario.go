package unittest

import (
	"bytes"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Abort codes of the natives of sui::test_scenario.
const (
	abortSharedMisused  = 1 // a shared or immutable object was not returned as it was
	abortNotFound       = 4
	abortTicketTwice    = 6
	abortTicketNotThere = 7
)

// scenario has the objects between the transactions of a test. It is also the objects.Store of what can be received.
type scenario struct {
	state   *objects.State
	objects map[objects.ID]values.Value  // as of the last transaction; taking one copies it
	owned   map[owning][]objects.ID      // in the order in which they came
	place   map[objects.ID]owning        // where in owned an object is
	taken   map[objects.ID]objects.Owner // by the present transaction, and by earlier ones that did not return them
	frozen  map[objects.ID]values.Value  // immutable objects that were taken
	tickets map[objects.ID]ticket
}

// owning is whose objects of which type are in an inventory.
type owning struct {
	owner objects.Owner
	typ   *types.Type
}

// ticket is an object that can be received in the present transaction.
type ticket struct {
	value  values.Value
	stored *objects.Object
}

func newScenario(limits objects.Limits) *scenario {
	s := &scenario{
		objects: make(map[objects.ID]values.Value),
		owned:   make(map[owning][]objects.ID),
		place:   make(map[objects.ID]owning),
		taken:   make(map[objects.ID]objects.Owner),
		frozen:  make(map[objects.ID]values.Value),
		tickets: make(map[objects.ID]ticket),
	}
	s.state = objects.New(s, limits)
	return s
}

// Child finds nothing: dynamic fields stay open in the State from transaction to transaction.
func (s *scenario) Child(objects.ID, objects.ID) (*objects.Object, error) { return nil, nil }

// Receivable finds the object of a ticket.
func (s *scenario) Receivable(parent, id objects.ID, version uint64) (*objects.Object, error) {
	t, ok := s.tickets[id]
	if !ok || t.stored.Owner.Address != parent || t.stored.Version != version {
		return nil, nil
	}
	return t.stored, nil
}

var (
	shared    = objects.Owner{Kind: objects.Shared}
	immutable = objects.Owner{Kind: objects.Immutable}
)

func account(a types.Address) objects.Owner {
	return objects.Owner{Kind: objects.ByAddress, Address: a}
}

func (s *scenario) natives() movevm.Natives {
	table := movevm.Natives{}
	for name, n := range map[string]movevm.Native{
		"take_from_address_by_id":                s.takeFromAddress,
		"most_recent_id_for_address":             s.latestOfAddress,
		"ids_for_address":                        s.allOfAddress,
		"was_taken_from_address":                 s.wasTakenFromAddress,
		"take_immutable_by_id":                   s.takeImmutable,
		"most_recent_immutable_id":               s.latestOf(immutable),
		"was_taken_immutable":                    s.wasTaken(immutable),
		"take_shared_by_id":                      s.takeShared,
		"most_recent_id_shared":                  s.latestOf(shared),
		"was_taken_shared":                       s.wasTaken(shared),
		"allocate_receiving_ticket_for_object":   s.allocateTicket,
		"deallocate_receiving_ticket_for_object": s.deallocateTicket,
		"end_transaction":                        s.endTransaction,
	} {
		table[movevm.NativeID{Address: ptb.ShortAddress(2), Module: "test_scenario", Function: name}] = n
	}
	return table
}

// idOf reads an object::ID.
func idOf(v values.Value) (objects.ID, error) {
	a, err := v.At(0)
	if err != nil {
		return objects.ID{}, err
	}
	return a.AsAddress()
}

// take copies an object out of the inventory of an owner.
func (s *scenario) take(owner objects.Owner, t *types.Type, id objects.ID) (values.Value, error) {
	_, taken := s.taken[id]
	v, ok := s.objects[id]
	if taken || !ok || s.place[id] != (owning{owner, t}) {
		return values.Value{}, status.Abort(abortNotFound)
	}
	s.taken[id] = owner
	s.state.SetOwner(id, owner)
	return values.Copy(v), nil
}

// latest makes an Option<ID> of the id that came last and is not taken.
func (s *scenario) latest(ctx *movevm.Context, owner objects.Owner, t *types.Type) ([]values.Value, error) {
	for _, id := range slices.Backward(s.owned[owning{owner, t}]) {
		if _, taken := s.taken[id]; !taken {
			return result(ctx, appendIDs(nil, id))
		}
	}
	return result(ctx, appendIDs(nil))
}

// appendIDs appends the BCS of a vector<ID>, which that of an Option<ID> is, too.
func appendIDs(b []byte, ids ...objects.ID) []byte {
	b = binary.AppendUvarint(b, uint64(len(ids)))
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

// result makes the one result of the native that runs from BCS.
func result(ctx *movevm.Context, b []byte) ([]values.Value, error) {
	v, err := ctx.Unmarshal(b, ctx.Callee().Results[0])
	return []values.Value{v}, err
}

func (s *scenario) takeFromAddress(_ *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	a, err := args[1].AsAddress()
	if err != nil {
		return nil, err
	}
	id, err := idOf(args[2])
	if err != nil {
		return nil, err
	}
	v, err := s.take(account(a), typeArgs[0], id)
	return []values.Value{v}, err
}

func (s *scenario) latestOfAddress(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	a, err := args[0].AsAddress()
	if err != nil {
		return nil, err
	}
	return s.latest(ctx, account(a), typeArgs[0])
}

func (s *scenario) allOfAddress(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	a, err := args[0].AsAddress()
	if err != nil {
		return nil, err
	}
	return result(ctx, appendIDs(nil, s.owned[owning{account(a), typeArgs[0]}]...))
}

func (s *scenario) wasTakenFromAddress(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	a, err := args[0].AsAddress()
	if err != nil {
		return nil, err
	}
	id, err := idOf(args[1])
	if err != nil {
		return nil, err
	}
	owner, taken := s.taken[id]
	return []values.Value{values.Bool(taken && owner == account(a))}, nil
}

func (s *scenario) takeImmutable(_ *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	id, err := idOf(args[1])
	if err != nil {
		return nil, err
	}
	v, err := s.take(immutable, typeArgs[0], id)
	if err != nil {
		return nil, err
	}
	s.frozen[id] = values.Copy(v)
	return []values.Value{v}, nil
}

func (s *scenario) takeShared(_ *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	id, err := idOf(args[1])
	if err != nil {
		return nil, err
	}
	v, err := s.take(shared, typeArgs[0], id)
	return []values.Value{v}, err
}

func (s *scenario) latestOf(owner objects.Owner) movevm.Native {
	return func(ctx *movevm.Context, typeArgs []*types.Type, _ []values.Value) ([]values.Value, error) {
		return s.latest(ctx, owner, typeArgs[0])
	}
}

func (s *scenario) wasTaken(owner objects.Owner) movevm.Native {
	return func(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
		id, err := idOf(args[0])
		if err != nil {
			return nil, err
		}
		o, taken := s.taken[id]
		return []values.Value{values.Bool(taken && o == owner)}, nil
	}
}

func (s *scenario) allocateTicket(ctx *movevm.Context, typeArgs []*types.Type, args []values.Value) ([]values.Value, error) {
	id, err := idOf(args[0])
	if err != nil {
		return nil, err
	}
	if _, ok := s.tickets[id]; ok {
		return nil, status.Abort(abortTicketTwice)
	}
	v, ok := s.objects[id]
	if !ok {
		return nil, status.New(status.InvariantViolated, "a ticket for %s, which is no object of the scenario", id)
	}
	contents, err := ctx.Marshal(v)
	if err != nil {
		return nil, err
	}
	at, ok := s.place[id]
	if !ok || at.owner.Kind != objects.ByAddress {
		return nil, status.Abort(abortNotFound)
	}
	delete(s.objects, id)
	s.tickets[id] = ticket{v, &objects.Object{ID: id, Owner: at.owner, Type: typeArgs[0].String(), Contents: contents}}
	return []values.Value{values.U64(0)}, nil
}

func (s *scenario) deallocateTicket(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	id, err := idOf(args[0])
	if err != nil {
		return nil, err
	}
	t, ok := s.tickets[id]
	if !ok {
		return nil, status.Abort(abortTicketNotThere)
	}
	delete(s.tickets, id)
	s.objects[id] = t.value
	return nil, nil
}

// endTransaction moves objects to their new owners and tells what the transaction did.
func (s *scenario) endTransaction(ctx *movevm.Context, _ []*types.Type, _ []values.Value) ([]values.Value, error) {
	s.endTickets()
	step := s.state.EndStep()
	misused := s.misuse(step)
	s.clear(step)
	wrapped, err := s.settle(step, misused)
	if err != nil {
		return nil, err
	}
	for id, owner := range s.taken {
		s.state.SetOwner(id, owner)
	}
	return effects(ctx, step, wrapped)
}

// endTickets gives objects back that were not received.
func (s *scenario) endTickets() {
	for id, t := range s.tickets {
		if !s.state.Received(id) {
			s.objects[id] = t.value
		}
	}
	clear(s.tickets)
}

// misuse says whether a shared or immutable object that was taken has another owner now or has ended, which only a shared
// one may. What else can become of them is seen later.
func (s *scenario) misuse(step objects.Step) bool {
	for _, h := range step.Handed {
		if owner, taken := s.taken[h.ID]; taken && owner.Kind >= objects.Shared && owner != h.Owner {
			return true
		}
	}
	for _, id := range step.Deleted {
		if owner, taken := s.taken[id]; taken && owner.Kind == objects.Immutable {
			return true
		}
	}
	return false
}

// clear takes everything that has changed out of the inventories.
func (s *scenario) clear(step objects.Step) {
	gone := slices.Clone(step.Deleted)
	for _, h := range step.Handed {
		gone = append(gone, h.ID)
	}
	for id := range s.state.Children() {
		gone = append(gone, id)
	}
	for _, id := range gone {
		at, ok := s.place[id]
		if !ok {
			continue
		}
		delete(s.place, id)
		i := slices.Index(s.owned[at], id)
		s.owned[at] = slices.Delete(s.owned[at], i, i+1)
	}
}

// settle puts objects where they belong now. It returns the objects that are inside others, in ascending order.
func (s *scenario) settle(step objects.Step, misused bool) ([]objects.ID, error) {
	ids := make(map[objects.ID]struct{})
	for _, h := range step.Handed {
		if err := objects.WrappedIDs(h.Value, ids); err != nil {
			return nil, err
		}
	}
	fields := make(map[objects.ID]struct{})
	for id, v := range s.state.Children() {
		fields[id] = struct{}{}
		if err := objects.WrappedIDs(v, ids); err != nil {
			return nil, err
		}
	}
	for id, owner := range s.taken {
		_, inside := ids[id]
		_, field := fields[id]
		misused = misused || owner.Kind >= objects.Shared && (inside || field)
	}
	for _, h := range step.Handed {
		if was, ok := s.frozen[h.ID]; ok {
			same, err := values.Equal(was, h.Value)
			if err != nil {
				return nil, err
			}
			misused = misused || !same
		}
	}
	if misused {
		return nil, status.Abort(abortSharedMisused)
	}
	wrapped := slices.SortedFunc(maps.Keys(ids), func(a, b objects.ID) int { return bytes.Compare(a[:], b[:]) })
	for _, h := range step.Handed {
		s.objects[h.ID] = h.Value
		delete(s.taken, h.ID)
		at := owning{h.Owner, values.TypeOf(h.Value)}
		s.owned[at] = append(s.owned[at], h.ID)
		s.place[h.ID] = at
	}
	for _, id := range slices.Concat(step.Deleted, wrapped) {
		delete(s.objects, id)
	}
	for _, id := range step.Deleted {
		delete(s.taken, id)
	}
	for id := range fields {
		delete(s.objects, id)
		delete(s.taken, id)
	}
	return wrapped, nil
}

// effects makes the TransactionEffects: vectors of ids created, written, deleted; maps of ids to accounts and to objects;
// vectors of ids shared, frozen; a count of events.
func effects(ctx *movevm.Context, step objects.Step, wrapped []objects.ID) ([]values.Value, error) {
	var created, written, sharedIDs, frozen []objects.ID
	var accounts []byte
	n := 0
	for _, h := range step.Handed {
		if h.New {
			created = append(created, h.ID)
		} else {
			written = append(written, h.ID)
		}
		switch h.Owner.Kind {
		case objects.ByAddress:
			accounts = append(append(accounts, h.ID[:]...), h.Owner.Address[:]...)
			n++
		case objects.Shared:
			sharedIDs = append(sharedIDs, h.ID)
		case objects.Immutable:
			frozen = append(frozen, h.ID)
		}
	}
	b := appendIDs(nil, created...)
	b = appendIDs(b, written...)
	b = appendIDs(b, slices.Concat(step.Deleted, wrapped)...)
	b = append(binary.AppendUvarint(b, uint64(n)), accounts...)
	b = binary.AppendUvarint(b, 0) // no transfer makes an object a dynamic field
	b = appendIDs(b, sharedIDs...)
	b = appendIDs(b, frozen...)
	return result(ctx, binary.LittleEndian.AppendUint64(b, uint64(step.Events)))
}
