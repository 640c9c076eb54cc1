// Package unittest runs the unit tests of Move packages in this interpreter, as the Move compiler's own runner does in the
// real Move VM. That both come to the same verdicts is the proof that the interpreter is faithful.
package unittest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/framework"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/stdlib"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// description is the file that lists the tests.
const description = "tests.json"

// Limits of a suite and of its tests.
const (
	maxDescription = 4 << 20       // bytes of tests.json; a test takes about 150
	maxUnits       = 2_000_000_000 // gas of a test: about a minute. The real runner has a limit of time
)

// Test is a unit test.
type Test struct {
	Package  string       `json:"package"`
	Module   string       `json:"module"`
	Name     string       `json:"name"`
	Expected *Expectation `json:"expected"` // nil when the test must succeed
	Passed   bool         `json:"passed"`   // in the real Move VM
}

func (t Test) String() string { return t.Package + "::" + t.Module + "::" + t.Name }

// Expectation is the failure that a test must end with.
type Expectation struct {
	// Code is a decimal abort code, or "arithmetic_error" or "vector_error".
	Code string `json:"code"`
	// Location is the module that must fail, as "package::module".
	Location string `json:"location"`
}

// Suite has the tests of a build of Move packages in test mode. It is safe for concurrent use.
type Suite struct {
	Tests  []Test
	linker *linker.Linker
	// addresses of the packages, under the names that modules are written with.
	addresses map[string]types.Address
}

// modules serve the linker.
type modules map[types.ModuleID][]byte

func (m modules) Module(id types.ModuleID) ([]byte, error) {
	code, ok := m[id]
	if !ok {
		return nil, linker.ErrNoModule
	}
	return code, nil
}

// Load reads what `node scripts/build.mjs --test` wrote: packages as move.Read has them, with their tests as ordinary
// functions, and tests.json.
func Load(dir fs.FS) (*Suite, error) {
	set, err := move.Read(dir)
	if err != nil {
		return nil, err
	}
	source := modules{}
	s := &Suite{addresses: map[string]types.Address{"std": ptb.ShortAddress(1), "sui": ptb.ShortAddress(2)}}
	for _, p := range set.Packages {
		s.addresses[p.Name] = types.Address(p.Placeholder)
		for _, m := range p.Modules {
			source[types.ModuleID{Address: types.Address(p.Placeholder), Name: m.Name}] = m.Bytecode
		}
	}
	s.linker = linker.New(source, types.DefaultLimits(), linker.Options{})
	info, err := fs.Stat(dir, description)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxDescription {
		return nil, fmt.Errorf("%s has %d bytes, at most %d", description, info.Size(), maxDescription)
	}
	text, err := fs.ReadFile(dir, description)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &s.Tests); err != nil {
		return nil, fmt.Errorf("%s: %w", description, err)
	}
	return s, nil
}

// Run runs a test. The error says how it ended otherwise than it must.
func (s *Suite) Run(ctx context.Context, t Test) error {
	return s.judge(t.Expected, s.call(ctx, t))
}

// call runs the function of a test. The error says how it failed.
func (s *Suite) call(ctx context.Context, t Test) error {
	address, ok := s.addresses[t.Package]
	if !ok {
		return fmt.Errorf("there is no package %s", t.Package)
	}
	f, err := s.linker.Function(types.ModuleID{Address: address, Name: t.Module}, t.Name)
	if err != nil {
		return err
	}
	state, tx := newScenario(objects.SystemLimits()), &framework.Transaction{}
	vm := movevm.New(s.linker, movevm.Merge(
		stdlib.Natives(io.Discard),
		framework.Natives(state.state, tx, objects.OriginalIDs{}),
		state.natives(),
		helpers(state.state, tx),
		stubs(),
	), movevm.DefaultLimits())
	_, err = vm.Call(ctx, movevm.NewMeter(maxUnits), f, nil, nil)
	return err
}

// judge compares how a test ended with how it must.
func (s *Suite) judge(want *Expectation, got error) error {
	switch {
	case want == nil:
		return got
	case got == nil:
		return fmt.Errorf("it succeeded and should fail with %s in %s", want.Code, want.Location)
	}
	var e *status.Error
	if !errors.As(got, &e) || e.At == nil || !want.code(e) || s.module(want.Location) != (types.ModuleID{Address: e.At.Address, Name: e.At.Module}) {
		return fmt.Errorf("it should fail with %s in %s: %w", want.Code, want.Location, got)
	}
	return nil
}

func (x *Expectation) code(e *status.Error) bool {
	switch x.Code {
	case "arithmetic_error":
		return e.Code == status.ArithmeticError
	case "vector_error":
		return e.Code == status.VectorOperationError
	default:
		return e.Code == status.Aborted && strconv.FormatUint(e.Sub, 10) == x.Code
	}
}

// module reads the name of a module.
func (s *Suite) module(name string) types.ModuleID {
	pkg, module, _ := strings.Cut(name, "::")
	return types.ModuleID{Address: s.addresses[pkg], Name: module}
}
