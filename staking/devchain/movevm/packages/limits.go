package packages

import "errors"

// Limits of packages, inclusive.
type Limits struct {
	Bytes        int // of a package: modules, names, tables
	Dependencies int // packages that a package links to, directly or not
}

// DefaultLimits are those of Sui's protocol (the parameter that sets each is named).
func DefaultLimits() Limits {
	return Limits{
		Bytes:        100 << 10, // max_move_package_size
		Dependencies: 31,        // max_package_dependencies, which is exclusive
	}
}

// Bounds that are not Sui's.
const (
	// maxTypes of a family of linkers, after which a Loader begins another: half of what a family can hold, so that a
	// transaction finds room.
	maxTypes = 100_000
	// maxLinkers that a Loader keeps. One takes a few MB with the framework linked.
	maxLinkers = 64
)

// Errors that callers ask for.
var (
	ErrNoPackage         = errors.New("there is no such package")
	ErrNoType            = errors.New("there is no such type")
	ErrTooBig            = errors.New("the package is too big")
	ErrNonZeroAddress    = errors.New("the modules to publish must call themselves 0x0")
	ErrModules           = errors.New("malformed modules")
	ErrMissingDependency = errors.New("a dependency is missing")
	ErrDowngrade         = errors.New("a dependency is older than another dependency wants")
	ErrLinkage           = errors.New("two versions of one dependency")
	ErrRules             = errors.New("the code breaks a rule of Sui's verifier")
	ErrIncompatible      = errors.New("the upgrade is not compatible")
	ErrPolicy            = errors.New("unknown upgrade policy")
)
