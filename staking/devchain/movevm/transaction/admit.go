package transaction

import (
	"fmt"

	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Ids of objects with rules of their own.
var (
	clockID  = ptb.ShortAddress(6)
	randomID = ptb.ShortAddress(8)
)

// Check says whether a transaction is well-formed and within the limits that need no look at the chain. It fails with
// ErrRefused.
func (l Limits) Check(tx *Transaction) error {
	if tx.Size > l.TransactionBytes {
		return Refuse("transaction of %d bytes, at most %d", tx.Size, l.TransactionBytes)
	}
	if err := l.checkGas(tx); err != nil {
		return err
	}
	if len(tx.Commands) > l.Commands {
		return Refuse("%d commands, at most %d", len(tx.Commands), l.Commands)
	}
	if err := l.checkInputs(tx); err != nil {
		return err
	}
	publications := 0
	for i, c := range tx.Commands {
		if err := l.checkCommand(&c); err != nil {
			return Refuse("command %d: %w", i, err)
		}
		if c.Publish != nil || c.Upgrade != nil {
			publications++
		}
	}
	if publications > l.Publications {
		return Refuse("%d packages published, at most %d", publications, l.Publications)
	}
	return checkRandom(tx)
}

func (l Limits) checkGas(tx *Transaction) error {
	g := tx.Gas
	switch {
	case tx.Mode == System && g != nil:
		return Refuse("a system transaction with gas")
	case tx.Mode == Signed && (g == nil || len(g.Payment) == 0):
		return RefuseFor(Gas, "no gas payment")
	case g == nil:
		return nil
	case len(g.Payment) > l.GasCoins:
		return RefuseFor(Gas, "%d gas coins, at most %d", len(g.Payment), l.GasCoins)
	case g.Price == 0 || g.Price >= l.GasPrice:
		return RefuseFor(Gas, "gas price %d, want 1 to %d MIST", g.Price, l.GasPrice-1)
	case g.Budget > l.Budget:
		return RefuseFor(Gas, "gas budget %d, at most %d MIST", g.Budget, l.Budget)
	case g.Budget < BaseUnits*g.Price:
		return RefuseFor(Gas, "gas budget %d, at least %d MIST", g.Budget, BaseUnits*g.Price)
	}
	return nil
}

func (l Limits) checkInputs(tx *Transaction) error {
	// Of all objects and packages that the transaction names, each may be named once; packages may be named again.
	ids := make(map[types.Address]bool)
	count := 0
	object := func(id types.Address) error {
		if ids[id] {
			return Refuse("object %s is an input twice", id)
		}
		ids[id] = true
		count++
		return nil
	}
	if tx.Gas != nil {
		for _, r := range tx.Gas.Payment {
			if err := object(r.ID); err != nil {
				return err
			}
		}
	}
	for i, in := range tx.Inputs {
		switch a := in.Object; {
		case in.FundsWithdrawal != nil:
			return Refuse("input %d withdraws from a balance, which is not possible here: use coins", i)
		case in.Pure != nil && a == nil:
			if n := len(*in.Pure); n > l.PureBytes {
				return Refuse("input %d has %d bytes, at most %d", i, n, l.PureBytes)
			}
		case in.Pure == nil && a != nil && one(a.ImmOrOwned != nil, a.Shared != nil, a.Receiving != nil):
			if err := object(a.ID()); err != nil {
				return err
			}
			if s := a.Shared; s != nil && s.Mutable && tx.Mode == Signed && (s.ID == clockID || s.ID == randomID) {
				return Refuse("object %s is only to be read", s.ID)
			}
		default:
			return Refuse("input %d is not one thing", i)
		}
	}
	named := make(map[types.Address]bool)
	for i := range tx.Commands {
		tx.Commands[i].Packages(func(id types.Address) { named[id] = true })
	}
	if count += len(named); count > l.InputObjects {
		return Refuse("%d objects and packages, at most %d", count, l.InputObjects)
	}
	return nil
}

// one says whether exactly one condition holds.
func one(conditions ...bool) bool {
	n := 0
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n == 1
}

func (l Limits) checkCommand(c *ptb.Command) error {
	if !one(c.MoveCall != nil, c.TransferObjects != nil, c.SplitCoins != nil, c.MergeCoins != nil, c.Publish != nil,
		c.MakeMoveVec != nil, c.Upgrade != nil) {
		return fmt.Errorf("it is not one thing")
	}
	args, single := c.Arguments()
	for _, a := range append(single, args...) {
		if !one(a.GasCoin != nil, a.Input != nil, a.Result != nil, a.NestedResult != nil) {
			return fmt.Errorf("an argument is not one thing")
		}
	}
	if len(args) > l.Arguments {
		return fmt.Errorf("%d arguments, at most %d", len(args), l.Arguments)
	}
	if len(args) == 0 && (c.TransferObjects != nil || c.SplitCoins != nil || c.MergeCoins != nil ||
		c.MakeMoveVec != nil && c.MakeMoveVec.Type == nil) {
		return fmt.Errorf("no arguments")
	}
	var tags []ptb.TypeTag
	switch {
	case c.MoveCall != nil:
		if !ptb.IsIdentifier(c.MoveCall.Module) || !ptb.IsIdentifier(c.MoveCall.Function) {
			return fmt.Errorf("%q::%q is no name of a function", c.MoveCall.Module, c.MoveCall.Function)
		}
		tags = c.MoveCall.TypeArguments
	case c.MakeMoveVec != nil && c.MakeMoveVec.Type != nil:
		tags = []ptb.TypeTag{*c.MakeMoveVec.Type}
	case c.Publish != nil:
		return l.checkPublication(c.Publish.Modules, c.Publish.Dependencies)
	case c.Upgrade != nil:
		return l.checkPublication(c.Upgrade.Modules, c.Upgrade.Dependencies)
	}
	return l.checkTags(tags)
}

func (l Limits) checkTags(tags []ptb.TypeTag) error {
	all := 0
	for _, t := range tags {
		nodes, depth, err := t.Nodes()
		if err != nil {
			return fmt.Errorf("a type argument: %w", err)
		}
		if all += nodes; all > l.TypeNodes {
			return fmt.Errorf("type arguments of more than %d types", l.TypeNodes)
		}
		if depth > l.TypeDepth {
			return fmt.Errorf("a type argument of more than %d types inside each other", l.TypeDepth)
		}
	}
	return nil
}

func (l Limits) checkPublication(modules [][]byte, dependencies []types.Address) error {
	switch {
	case len(modules) == 0:
		return fmt.Errorf("no modules")
	case len(modules) > l.Modules:
		return fmt.Errorf("%d modules, at most %d", len(modules), l.Modules)
	case len(dependencies) > l.PackageIDs:
		return fmt.Errorf("%d dependencies, at most %d", len(dependencies), l.PackageIDs)
	}
	return nil
}

// checkRandom makes sure that nobody looks at what randomness brought and then lets the transaction fail: after a command
// with the randomness only transfers and merges follow.
func checkRandom(tx *Transaction) error {
	used := false
	for i, c := range tx.Commands {
		if used && c.TransferObjects == nil && c.MergeCoins == nil {
			return Refuse("command %d follows one with randomness and is no TransferObjects or MergeCoins", i)
		}
		list, single := c.Arguments()
		for _, a := range append(single, list...) {
			if a.Input != nil && int(*a.Input) < len(tx.Inputs) {
				o := tx.Inputs[*a.Input].Object
				used = used || o != nil && o.Shared != nil && o.Shared.ID == randomID
			}
		}
	}
	return nil
}
