package movevm_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/fixture"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/stdlib"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// tight bounds what a mutated module may use: a run ends within milliseconds.
func tight() (movevm.Limits, uint64) {
	return movevm.Limits{CallDepth: 50, Stack: 200, MemoryBytes: 1 << 20, BCSBytes: 1 << 14, LayoutNodes: 512}, 20_000
}

// runAll links a module in place of the handwritten one and runs what takes no arguments. Whatever goes wrong must be an
// error with a status, and never one that says the interpreter contradicts itself.
func runAll(t *testing.T, all fixture.Modules, module []byte) {
	t.Helper()
	with := make(fixture.Modules, len(all))
	for id, b := range all {
		with[id] = b
	}
	with[fixture.Handwritten] = module
	l := linker.New(with, types.DefaultLimits(), linker.Options{TestOnly: true})
	check := func(err error) {
		var e *status.Error
		if err != nil && (!errors.As(err, &e) || e.Code == status.InvariantViolated || e.Code == status.NativeFailed) {
			t.Errorf("%v", err)
		}
	}
	m, err := l.Module(fixture.Handwritten)
	if err != nil {
		check(err)
		return
	}
	limits, gas := tight()
	vm := movevm.New(l, stdlib.Natives(io.Discard), limits)
	for _, f := range m.Functions {
		if len(f.Params) > 0 || len(f.TypeParams) > 0 {
			continue
		}
		_, err := vm.Call(context.Background(), movevm.NewMeter(gas), f, nil, nil)
		check(err)
	}
}

// FuzzBytes mutates the bytes of a module.
func FuzzBytes(f *testing.F) {
	all := load(f)
	for _, b := range all {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, module []byte) { runAll(t, all, module) })
}

// FuzzCode mutates instructions of a well-formed module, so that what the structural checks accept is run. Four bytes of
// script are a mutation: function, instruction, what to do, operand.
func FuzzCode(f *testing.F) {
	all := load(f)
	f.Add([]byte{0, 0, 0, 0})
	f.Add([]byte{20, 3, 11, 1, 20, 4, 14, 2, 40, 1, 0x42, 0})
	for i := range byte(64) {
		f.Add([]byte{i, i / 2, i + 1, i, 2 * i, i / 3, 2*i + 5, 3, i, 2, 0x80 | i, 1})
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		const most = 64 // mutations
		m, err := bytecode.Read(all[fixture.Handwritten])
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+4 <= len(script) && i < 4*most; i += 4 {
			mutate(m, script[i], script[i+1], script[i+2], script[i+3])
		}
		runAll(t, all, m.Bytes())
	})
}

var (
	mutations = flag.Int("mutations", 200, "modules that TestMutatedCode runs")
	firstSeed = flag.Uint64("seed", 1, "first seed of TestMutatedCode")
)

// TestMutatedCode is FuzzCode with seeds: without the fuzzer's instruments it runs many more.
func TestMutatedCode(t *testing.T) {
	all := load(t)
	for i := range uint64(*mutations) {
		seed := *firstSeed + i
		rng := rand.New(rand.NewPCG(seed, 0))
		m, err := bytecode.Read(all[fixture.Handwritten])
		if err != nil {
			t.Fatal(err)
		}
		for range 1 + rng.IntN(8) {
			x := rng.Uint32()
			mutate(m, byte(x), byte(x>>8), byte(x>>16), byte(x>>24))
		}
		runAll(t, all, m.Bytes())
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// mutate changes one instruction of m.
func mutate(m *bytecode.Module, function, place, what, operand byte) {
	d := &m.FunctionDefs[int(function)%len(m.FunctionDefs)]
	if len(d.Code) < 2 {
		return
	}
	// The last instruction stays, so that the code still ends.
	i := int(place) % (len(d.Code) - 1)
	in := &d.Code[i]
	switch {
	case what < 0x57:
		// Another instruction; the operand is taken from a sibling with that opcode where there is one.
		in.Op, in.Index, in.Int, in.Wide = bytecode.Opcode(what), uint16(operand), uint64(operand), new([32]byte)
	case what < 0x80:
		in.Index = uint16(operand)
	case what < 0xa0:
		in.Int = uint64(operand)
	case what < 0xc0:
		d.Code = slices.Delete(d.Code, i, i+1)
	case what < 0xe0:
		d.Code = slices.Insert(d.Code, i, d.Code[int(operand)%len(d.Code)])
	default:
		j := int(operand) % (len(d.Code) - 1)
		d.Code[i], d.Code[j] = d.Code[j], d.Code[i]
	}
}
