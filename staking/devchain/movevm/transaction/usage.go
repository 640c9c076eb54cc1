package transaction

import (
	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// checkUsage checks how the commands use values, once their types are known: what inputs may be used for, that nothing is
// used after it was moved or while a command changes it, what entry functions may take, that nothing is left over.
func (t *typing) checkUsage() error {
	for _, check := range []func(*step) error{t.checkInputs, t.checkPlaces(), t.checkEntry()} {
		for i := range t.steps {
			if err := check(&t.steps[i]); err != nil {
				return at(i, err)
			}
		}
	}
	return t.checkLeft()
}

// moveLast makes the last use of a value a move when it is one by value, so that what can be copied and not dropped can be
// used up. It must run before checkUsage.
func (t *typing) moveLast() {
	used := make(map[place]bool)
	for i := len(t.steps) - 1; i >= 0; i-- {
		s := &t.steps[i]
		now := make(map[place]bool)
		for j := len(s.args) - 1; j >= 0; j-- {
			a := &s.args[j]
			if a.use == copied && !used[a.at] && !now[a.at] && !s.borrows(a.at) {
				a.use = moved
			}
			now[a.at] = true
		}
		for p := range now {
			used[p] = true
		}
	}
}

// borrows says whether a command takes a reference to a place.
func (s *step) borrows(p place) bool {
	for _, a := range s.args {
		if a.at == p && (a.use == borrowed || a.use == changed) {
			return true
		}
	}
	return false
}

// isBytes says whether a value is read from an input anew each time it is used.
func (t *typing) isBytes(p place) bool {
	return p.kind == atInput && t.inputs[p.i].pure != nil
}

func (t *typing) checkInputs(s *step) error {
	for i, a := range s.args {
		switch {
		case a.at.kind == atGas && a.use == moved && s.TransferObjects == nil:
			return badArgument(i, InvalidGasCoinUsage, "the gas coin can be moved by TransferObjects only")
		case a.at.kind == atInput && t.inputs[a.at.i].readable && a.use == changed:
			return badArgument(i, InvalidObjectByMutRef, "the object is only to be read")
		case a.at.kind == atInput && t.inputs[a.at.i].readable && a.use == moved:
			return badArgument(i, InvalidObjectByValue, "the object is only to be read")
		}
	}
	return nil
}

// checkPlaces looks for uses after a move, and for uses beside a mutable reference.
func (t *typing) checkPlaces() func(*step) error {
	gone := make(map[place]bool)
	return func(s *step) error {
		references := make(map[place]use)
		for i, a := range s.args {
			if gone[a.at] {
				return badArgument(i, InvalidValueUsage, "the value was moved before")
			}
			reference, held := references[a.at]
			switch {
			case held && (reference == changed || a.use == changed):
				return badArgument(i, InvalidValueUsage, "the command changes the value and uses it otherwise")
			case held && a.use == moved:
				return badArgument(i, InvalidValueUsage, "the value is moved while the command refers to it")
			case a.use == moved && !t.isBytes(a.at):
				gone[a.at] = true
			case a.use == borrowed || a.use == changed:
				references[a.at] = a.use
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
func (t *typing) checkEntry() func(*step) error {
	cliques := make(map[place]*clique)
	return func(s *step) error {
		of := make([]*clique, len(s.args))
		shared := false
		for i, a := range s.args {
			c := cliques[a.at]
			if c == nil {
				c = &clique{}
				cliques[a.at] = c
			}
			of[i] = c
			if a.use == moved && a.at.kind == atResult && isHot(a.typ) {
				c.root().hot--
			}
			shared = shared || a.use == moved && a.at.kind == atInput && t.inputs[a.at.i].shared
		}
		if s.MoveCall != nil && s.function.Entry && s.function.Visibility != bytecode.Public && t.mode == Signed {
			for i, c := range of {
				if r := c.root(); r.hot > 0 || r.always {
					return badArgument(i, InvalidArgumentToPrivateEntryFunction, "the value is entangled with one that must be used up")
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
		for j, r := range s.results {
			cliques[place{atResult, s.number, j}] = all
			if isHot(r) {
				all.hot++
			}
		}
		return nil
	}
}

// checkLeft makes sure that results that are never moved may be dropped.
func (t *typing) checkLeft() error {
	if t.mode == Inspection {
		return nil
	}
	gone := make(map[place]bool)
	for _, s := range t.steps {
		for _, a := range s.args {
			if a.use == moved {
				gone[a.at] = true
			}
		}
	}
	for i, s := range t.steps {
		for j, r := range s.results {
			if !r.Abilities().Has(types.Drop) && !gone[place{atResult, i, j}] {
				f := fail(UnusedValueWithoutDrop, "result %d of command %d, a %s", j, i, r)
				f.Position, f.Secondary = uint16(i), uint16(j)
				return f
			}
		}
	}
	return nil
}
