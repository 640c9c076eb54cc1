package typing

import (
	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// checkUsage checks how the commands use values, once their types are known: what inputs may be used for, that nothing is
// used after it was moved or while a command changes it, what entry functions may take, that nothing is left over.
func (t *typing) checkUsage() error {
	for _, check := range []func(*Step) error{t.checkInputs, t.checkPlaces(), t.checkEntry()} {
		for i := range t.steps {
			if err := check(&t.steps[i]); err != nil {
				return effects.At(i, err)
			}
		}
	}
	return t.checkLeft()
}

// moveLast makes the last use of a value a move when it is one by value, so that what can be copied and not dropped can be
// used up. It must run before checkUsage.
func (t *typing) moveLast() {
	used := make(map[Place]bool)
	for i := len(t.steps) - 1; i >= 0; i-- {
		s := &t.steps[i]
		now := make(map[Place]bool)
		for j := len(s.Args) - 1; j >= 0; j-- {
			a := &s.Args[j]
			if a.Use == Copied && !used[a.At] && !now[a.At] && !s.borrows(a.At) {
				a.Use = Moved
			}
			now[a.At] = true
		}
		for p := range now {
			used[p] = true
		}
	}
}

// borrows says whether a command takes a reference to a place.
func (s *Step) borrows(p Place) bool {
	for _, a := range s.Args {
		if a.At == p && (a.Use == Borrowed || a.Use == Changed) {
			return true
		}
	}
	return false
}

// isBytes says whether a value is read from an input anew each time it is used.
func (t *typing) isBytes(p Place) bool {
	return p.Kind == AtInput && t.inputs[p.I].Pure != nil
}

func (t *typing) checkInputs(s *Step) error {
	for i, a := range s.Args {
		switch {
		case a.At.Kind == AtGas && a.Use == Moved && s.TransferObjects == nil:
			return effects.BadArgument(i, effects.InvalidGasCoinUsage, "the gas coin can be moved by TransferObjects only")
		case a.At.Kind == AtInput && t.inputs[a.At.I].ReadOnly && a.Use == Changed:
			return effects.BadArgument(i, effects.InvalidObjectByMutRef, "the object is only to be read")
		case a.At.Kind == AtInput && t.inputs[a.At.I].ReadOnly && a.Use == Moved:
			return effects.BadArgument(i, effects.InvalidObjectByValue, "the object is only to be read")
		}
	}
	return nil
}

// checkPlaces looks for uses after a move, and for uses beside a mutable reference.
func (t *typing) checkPlaces() func(*Step) error {
	gone := make(map[Place]bool)
	return func(s *Step) error {
		references := make(map[Place]Use)
		for i, a := range s.Args {
			if gone[a.At] {
				return effects.BadArgument(i, effects.InvalidValueUsage, "the value was moved before")
			}
			reference, held := references[a.At]
			switch {
			case held && (reference == Changed || a.Use == Changed):
				return effects.BadArgument(i, effects.InvalidValueUsage, "the command changes the value and uses it otherwise")
			case held && a.Use == Moved:
				return effects.BadArgument(i, effects.InvalidValueUsage, "the value is moved while the command refers to it")
			case a.Use == Moved && !t.isBytes(a.At):
				gone[a.At] = true
			case a.Use == Borrowed || a.Use == Changed:
				references[a.At] = a.Use
			}
		}
		return nil
	}
}

// clique is what values have that were used together, directly or not: their number of hot ones. A value is hot when its
// type has neither store nor drop, so that code can dictate what becomes of it.
type clique struct {
	merged *clique // the one it became part of
	hot    int
	always bool // since a shared object was taken, which code can dictate about too
}

func (c *clique) root() *clique {
	for c.merged != nil {
		c = c.merged
	}
	return c
}

func isHot(t *types.Type) bool { return t.Abilities()&(types.Store|types.Drop) == 0 }

// checkEntry makes sure that what entry functions that are not public take is free of obligations towards other code, as
// if the function were called alone.
func (t *typing) checkEntry() func(*Step) error {
	cliques := make(map[Place]*clique)
	return func(s *Step) error {
		of := make([]*clique, len(s.Args))
		shared := false
		for i, a := range s.Args {
			c := cliques[a.At]
			if c == nil {
				c = &clique{}
				cliques[a.At] = c
			}
			of[i] = c
			if a.Use == Moved && a.At.Kind == AtResult && isHot(a.Type) {
				c.root().hot--
			}
			shared = shared || a.Use == Moved && a.At.Kind == AtInput && t.inputs[a.At.I].Shared
		}
		if s.MoveCall != nil && s.Function.Entry && s.Function.Visibility != bytecode.Public && t.mode == transaction.Signed {
			for i, c := range of {
				if r := c.root(); r.hot > 0 || r.always {
					return effects.BadArgument(i, effects.InvalidArgumentToPrivateEntryFunction, "the value is entangled with one that must be used up")
				}
			}
		}
		all := &clique{always: shared}
		for _, c := range of {
			if r := c.root(); r != all {
				all.hot += r.hot
				all.always = all.always || r.always
				r.merged = all
			}
		}
		for j, r := range s.Results {
			cliques[Place{AtResult, s.Number, j}] = all
			if isHot(r) {
				all.hot++
			}
		}
		return nil
	}
}

// checkLeft makes sure that results that are never moved may be dropped.
func (t *typing) checkLeft() error {
	if t.mode == transaction.Inspection {
		return nil
	}
	gone := make(map[Place]bool)
	for _, s := range t.steps {
		for _, a := range s.Args {
			if a.Use == Moved {
				gone[a.At] = true
			}
		}
	}
	for i, s := range t.steps {
		for j, r := range s.Results {
			if !r.Abilities().Has(types.Drop) && !gone[Place{AtResult, i, j}] {
				f := effects.Fail(effects.UnusedValueWithoutDrop, "result %d of command %d, a %s", j, i, r)
				f.Position, f.Secondary = uint16(i), uint16(j)
				return f
			}
		}
	}
	return nil
}
