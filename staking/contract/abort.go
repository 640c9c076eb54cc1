package contract

import (
	"fmt"

	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Abort is the error of a transaction that the contracts, or the framework below them, ended.
//
// errors.Is compares it with another Abort in those fields of the other that are not empty (its Code counts when it has no
// Name), so that callers ask for &Abort{Module: "blob", Name: "EExpired"}.
type Abort struct {
	Package string // as in the build, or an address where it is another's
	Module  string
	Code    uint64
	Name    string // as EExpired, empty where it is not known
	Meaning string // a sentence
}

func (a *Abort) Error() string {
	switch {
	case a.Name == "":
		return fmt.Sprintf("%s::%s aborted with code %d", a.Package, a.Module, a.Code)
	case a.Meaning == "":
		return fmt.Sprintf("%s::%s aborted with %s", a.Package, a.Module, a.Name)
	default:
		return fmt.Sprintf("%s::%s aborted with %s: %s", a.Package, a.Module, a.Name, a.Meaning)
	}
}

// Is compares the Abort with another where that says something.
func (a *Abort) Is(target error) bool {
	t, ok := target.(*Abort)
	if !ok || t.Module != a.Module || t.Package != "" && t.Package != a.Package {
		return false
	}
	if t.Name != "" {
		return t.Name == a.Name
	}
	return t.Code == a.Code
}

// Aborts knows what abort codes mean.
type Aborts struct {
	deployment *Deployment
	packages   map[string]*move.Package
}

// NewAborts makes the Aborts of a network from the build of its contracts.
func NewAborts(d *Deployment, set *move.Set) *Aborts {
	a := &Aborts{deployment: d, packages: make(map[string]*move.Package)}
	for i := range set.Packages {
		a.packages[set.Packages[i].Name] = &set.Packages[i]
	}
	return a
}

// Of makes the error of an abort in a module of the package at an address. Codes that came with a later version of a package
// than the build has have no name.
func (a *Aborts) Of(at ptb.Address, module string, code uint64) *Abort {
	abort := &Abort{Package: at.String(), Module: module, Code: code}
	name, ok := a.deployment.PackageName(at)
	if !ok {
		return abort
	}
	abort.Package = name
	if p, ok := a.packages[name]; ok {
		if known, ok := p.Abort(module, code); ok {
			abort.Name, abort.Meaning = known.Name, known.Meaning
		}
	}
	return abort
}
