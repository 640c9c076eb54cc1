package execution

import (
	"bytes"
	"errors"
	"slices"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// firstPolicy and firstVersion are those of a new package.
const (
	firstPolicy  = uint8(packages.Compatible)
	firstVersion = 1
)

// publish makes a package, runs its init functions, and results in the UpgradeCap; packages of a System transaction are
// at the address that they say, and have none.
func (r *run) publish(c *ptb.Publish) ([]values.Value, error) {
	dependencies, err := r.prepare(c.Modules, c.Dependencies)
	if err != nil {
		return nil, err
	}
	var p *packages.Package
	if r.tx.Mode == transaction.System {
		m, err := bytecode.Read(c.Modules[0])
		if err != nil {
			return nil, err
		}
		if p, err = packages.System(m.SelfID().Address, c.Modules, dependencies); err != nil {
			return nil, publishFailure(err)
		}
	} else if p, err = packages.Publish(r.facts.FreshID(), c.Modules, dependencies, r.limits.Packages); err != nil {
		return nil, publishFailure(err)
	}
	if err := r.add(p); err != nil {
		return nil, err
	}
	if err := r.initialize(p, c.Modules); err != nil {
		return nil, err
	}
	if r.tx.Mode == transaction.System {
		return nil, nil
	}
	t, err := r.view.Type(ptb.FrameworkTag("package", "UpgradeCap"))
	if err != nil {
		return nil, err
	}
	upgradeCap, err := r.newObject(t, func(fields []*types.Type) ([]values.Value, error) {
		id, err := values.StructOf(fields[0], []values.Value{values.Address(p.ID)})
		return []values.Value{id, values.U64(firstVersion), values.U8(firstPolicy)}, err
	})
	return []values.Value{upgradeCap}, err
}

// prepare charges for modules and finds the packages that they depend on, each once, by ascending id.
func (r *run) prepare(modules [][]byte, ids []types.Address) ([]*packages.Package, error) {
	size := 0
	for _, m := range modules {
		size += len(m)
	}
	if err := r.meter.Charge(uint64(size) * publishInstructions); err != nil {
		return nil, err
	}
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b types.Address) int { return bytes.Compare(a[:], b[:]) })
	var out []*packages.Package
	for _, id := range slices.Compact(ids) {
		p, err := r.view.Package(id)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// add checks and links a package and makes it part of what the transaction sees.
func (r *run) add(p *packages.Package) error {
	if r.tx.Mode != transaction.System {
		if err := packages.CheckRules(p); err != nil {
			return publishFailure(err)
		}
	}
	r.view.Add(p)
	l, err := r.view.Linker(p.ID)
	if err != nil {
		return err
	}
	for _, m := range p.Modules {
		if _, err := l.Module(types.ModuleID{Address: p.Original, Name: m.Name}); err != nil {
			return effects.Fail(effects.VMVerificationError, "%w", err)
		}
	}
	r.published = append(r.published, &effects.PublishedPackage{Package: p, PreviousTransaction: r.tx.Digest})
	return nil
}

// initialize runs the init functions of a package, in the order of the modules in the transaction.
func (r *run) initialize(p *packages.Package, modules [][]byte) error {
	l, err := r.view.Linker(p.ID)
	if err != nil {
		return err
	}
	for _, b := range modules {
		code, err := bytecode.Read(b)
		if err != nil {
			return err
		}
		m, err := l.Module(types.ModuleID{Address: p.Original, Name: code.SelfID().Name})
		if err != nil {
			return err
		}
		f := m.Functions["init"]
		if f == nil {
			continue
		}
		var args []values.Value
		if len(f.Params) == 2 { // the one-time witness comes first
			if _, err := r.view.Universe().Layout(f.Params[0]); err != nil {
				return err
			}
			witness, err := values.StructOf(f.Params[0], []values.Value{values.Bool(true)})
			if err != nil {
				return err
			}
			args = append(args, witness)
		}
		if _, err := r.call(l, p, f, nil, args, f.Params[len(f.Params)-1]); err != nil {
			return err
		}
	}
	return nil
}

// ticket is what an UpgradeTicket holds.
type ticket struct {
	upgradeCap, pkg types.Address
	policy          uint8
	digest          []byte
}

func readTicket(v values.Value) (t ticket, err error) {
	fields, err := v.Unpack()
	if err != nil {
		return t, err
	}
	if t.upgradeCap, err = readID(fields[0]); err != nil {
		return t, err
	}
	if t.pkg, err = readID(fields[1]); err != nil {
		return t, err
	}
	policy, err := fields[2].AsUint64()
	if err != nil {
		return t, err
	}
	t.policy = uint8(policy)
	t.digest, err = fields[3].AsBytes()
	return t, err
}

func readID(v values.Value) (types.Address, error) {
	inner, err := v.At(0)
	if err != nil {
		return types.Address{}, err
	}
	return inner.AsAddress()
}

// upgrade makes the next version of a package and results in the UpgradeReceipt.
func (r *run) upgrade(c *ptb.Upgrade, receipt *types.Type, v values.Value) ([]values.Value, error) {
	t, err := readTicket(v)
	if err != nil {
		return nil, err
	}
	if c.Package != t.pkg {
		f := badUpgrade(effects.PackageIDDoesNotMatch, "the ticket is for %s", t.pkg)
		f.Object, f.Other = c.Package, t.pkg
		return nil, f
	}
	dependencies, err := r.prepare(c.Modules, c.Dependencies)
	if err != nil {
		return nil, err
	}
	if digest := packages.Digest(c.Modules, c.Dependencies); !bytes.Equal(digest[:], t.digest) {
		f := badUpgrade(effects.DigestDoesNotMatch, "the ticket is for %x, the package has %x", t.digest, digest)
		f.Digest = digest
		return nil, f
	}
	old, err := r.view.Package(c.Package)
	if errors.Is(err, packages.ErrNoPackage) {
		f := badUpgrade(effects.UnableToFetchPackage, "%w", err)
		f.Object = c.Package
		return nil, f
	}
	if err != nil {
		return nil, err
	}
	p, err := packages.Upgrade(r.facts.FreshID(), old, c.Modules, dependencies, r.limits.Packages)
	if err != nil {
		return nil, publishFailure(err)
	}
	if err := packages.CheckUpgrade(old, p, packages.Policy(t.policy)); err != nil {
		f := publishFailure(err)
		f.Policy = t.policy
		return nil, f
	}
	if err := r.add(p); err != nil {
		return nil, err
	}
	fields := receipt.Layout().Variants[0]
	var ids [2]values.Value
	for i, id := range [...]types.Address{t.upgradeCap, p.ID} {
		if ids[i], err = values.StructOf(fields[i], []values.Value{values.Address(id)}); err != nil {
			return nil, err
		}
	}
	out, err := values.StructOf(receipt, ids[:])
	return []values.Value{out}, err
}

func badUpgrade(p effects.UpgradeProblem, format string, args ...any) *effects.Failure {
	f := effects.Fail(effects.PackageUpgradeError, format, args...)
	f.Upgrade = p
	return f
}

// publishFailure says what kind of failure an error of package packages is.
func publishFailure(err error) *effects.Failure {
	for _, k := range [...]struct {
		err  error
		kind effects.FailureKind
	}{
		{packages.ErrNonZeroAddress, effects.PublishErrorNonZeroAddress},
		{packages.ErrTooBig, effects.MovePackageTooBig},
		{packages.ErrMissingDependency, effects.PublishUpgradeMissingDependency},
		{packages.ErrDowngrade, effects.PublishUpgradeDependencyDowngrade},
		{packages.ErrLinkage, effects.InvalidLinkage},
		{packages.ErrRules, effects.SuiMoveVerificationError},
	} {
		if errors.Is(err, k.err) {
			return effects.Fail(k.kind, "%w", err)
		}
	}
	switch {
	case errors.Is(err, packages.ErrIncompatible):
		return badUpgrade(effects.IncompatibleUpgrade, "%w", err)
	case errors.Is(err, packages.ErrPolicy):
		return badUpgrade(effects.UnknownUpgradePolicy, "%w", err)
	default:
		return effects.Fail(effects.VMVerificationError, "%w", err)
	}
}
