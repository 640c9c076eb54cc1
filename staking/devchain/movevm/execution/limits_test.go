package execution_test

import (
	"bytes"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/execution"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/testchain"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// The limits of what code does, met and passed by a transaction.
func TestRuntimeLimits(t *testing.T) {
	w := newWorld(t)
	const objectOverhead = 32 + 3 // id, and the length of the bytes
	for _, c := range []struct {
		name string
		most uint64
		run  func(s scene, n uint64)
		want effects.FailureKind
	}{
		{"new ids", 2048, func(s scene, n uint64) { s.call("make_and_destroy", s.U64(n)) }, effects.MovePrimitiveRuntimeError},
		{"transfers", 2048, func(s scene, n uint64) { s.call("make_many", s.U64(n)) }, effects.MovePrimitiveRuntimeError},
		{"events", 1024, func(s scene, n uint64) { s.call("emit", s.U64(n)) }, effects.MovePrimitiveRuntimeError},
		{"dynamic fields looked up", 1000, func(s scene, n uint64) { s.call("look", s.Owned(s.thing), s.U64(n)) }, effects.MovePrimitiveRuntimeError},
		{"dynamic fields added", 1000, func(s scene, n uint64) { s.call("add_fields", s.Owned(s.thing), s.U64(n)) }, effects.MovePrimitiveRuntimeError},
		{"bytes of an object", 250<<10 - objectOverhead, func(s scene, n uint64) { s.keep(s.call("blob", s.U64(n))) }, effects.MoveObjectTooBig},
	} {
		t.Run(c.name, func(t *testing.T) {
			for n := c.most; n <= c.most+1; n++ {
				s := scene{w, w.By(w.alice)}
				c.run(s, n)
				out, err := s.Try()
				if err != nil {
					t.Fatal(err)
				}
				f := out.Effects.Failure
				if n == c.most && f != nil || n > c.most && (f == nil || f.Kind != c.want) {
					t.Errorf("%d: %v", n, f)
				}
				if f != nil && f.Kind == effects.MoveObjectTooBig && (f.Size != 250<<10+1 || f.Max != 250<<10) {
					t.Errorf("size %d of %d", f.Size, f.Max)
				}
			}
		})
	}
}

// Objects of a transaction together, effects and packages have bounds that a test meets more easily when they are lower.
func TestLowLimits(t *testing.T) {
	for _, c := range []struct {
		name  string
		lower func(*transaction.Limits)
		run   func(s scene)
		want  effects.FailureKind
	}{
		{"written bytes", func(l *transaction.Limits) { l.Objects.WrittenBytes = 2000 }, func(s scene) {
			s.keep(s.call("blob", s.U64(1000)), s.call("blob", s.U64(1000)))
		}, effects.WrittenObjectsTooLarge},
		{"effects", func(l *transaction.Limits) { l.EffectsBytes = 2000 }, func(s scene) { s.call("make_many", s.U64(50)) },
			effects.EffectsTooLarge},
		{"package", func(l *transaction.Limits) { l.Packages.Bytes = 4000 }, func(s scene) {
			s.keep(s.Publish([][]byte{bytes.Clone(code(s, "rules"))}, systemPackages))
		}, effects.MovePackageTooBig},
		{"dependencies", func(l *transaction.Limits) { l.Packages.Dependencies = 1 }, func(s scene) {
			s.keep(s.Publish([][]byte{code(s, "up1")}, systemPackages))
		}, effects.MovePackageTooBig},
		{"computation units", func(l *transaction.Limits) { l.ComputationUnits = 1000 }, func(s scene) { s.call("spin", s.U64(100_000)) },
			effects.InsufficientGas},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			limits := transaction.DefaultLimits()
			c.lower(&limits)
			w.Executor = execution.New(w.Store, limits)
			s := scene{w, w.By(w.alice)}
			c.run(s)
			out, err := s.Try()
			if err != nil {
				t.Fatal(err)
			}
			if f := out.Effects.Failure; f == nil || f.Kind != c.want {
				t.Errorf("got %v, want %v", f, c.want)
			}
		})
	}
}

// Gas runs out in the middle, at the end, and when storage is to be paid; what is left then is the coin less what was used.
func TestGas(t *testing.T) {
	w := newWorld(t)
	before := balance(t, w, w.alice.Coin)
	run := func(budget uint64, build func(s scene)) *effects.Outcome {
		t.Helper()
		s := scene{w, w.By(w.alice)}
		s.Gas.Budget = budget
		build(s)
		out, err := s.Run()
		if err != nil {
			t.Fatal(err)
		}
		g := out.Effects.Gas
		after := balance(t, w, w.alice.Coin)
		if used := g.Computation + g.Storage - g.Rebate; before-after != used {
			t.Errorf("%d MIST are gone, used are %+v", before-after, g)
		}
		before = after
		return out
	}
	out := run(testchain.Budget, func(s scene) { s.keep(s.call("new", s.U64(1))) })
	// The new Thing has 40 bytes in BCS, and its type 2+32+6+6 ("rules", "Thing", no parameters, a variant), the coin 40 and 1.
	const thing, coin = 40 + (1 + 32 + 6 + 6 + 1) + 9 + 80, 40 + 1 + 9 + 80
	if g := out.Effects.Gas; g.Computation != 1000*testchain.GasPrice || g.Storage != 7600*(thing+coin) || g.Rebate != coin*7600*99/100 ||
		g.NonRefundable != coin*7600/100 {
		t.Errorf("gas %+v", g)
	}
	out = run(1_000*testchain.GasPrice, func(s scene) { s.call("spin", s.U64(1)) })
	if f, g := out.Effects.Failure, out.Effects.Gas; f == nil || f.Kind != effects.InsufficientGas || g.Computation != 1_000*testchain.GasPrice {
		t.Errorf("a budget that is just used up: %v, %+v", f, g)
	}
	out = run(2_000*testchain.GasPrice, func(s scene) { s.call("spin", s.U64(1_000_000)) })
	if f := out.Effects.Failure; f == nil || f.Kind != effects.InsufficientGas || f.Command != 0 || out.Effects.Gas.Computation != 2_000*testchain.GasPrice {
		t.Errorf("a long loop: %v, %+v", f, out.Effects.Gas)
	}
	out = run(3_000_000, func(s scene) { s.keep(s.call("blob", s.U64(2_000))) })
	if f := out.Effects.Failure; f == nil || f.Kind != effects.InsufficientGas || f.Command != effects.NoCommand {
		t.Errorf("storage beyond the budget: %v", f)
	}
	// Failing code pays too.
	out = run(testchain.Budget, func(s scene) { s.call("fail", s.U64(1)) })
	if out.Effects.Gas.Computation == 0 {
		t.Error("a failure is free")
	}
}

func balance(t *testing.T, w *world, coin types.Address) uint64 {
	t.Helper()
	c := w.Object(coin).Contents
	n := uint64(0)
	for i := range 8 {
		n |= uint64(c[32+i]) << (8 * i)
	}
	return n
}

// Several gas coins become one, whether the transaction succeeds or not.
func TestSmash(t *testing.T) {
	for _, fails := range []bool{false, true} {
		w := newWorld(t)
		second, third := w.Coin(w.alice.Address, 7), w.Coin(w.alice.Address, 8)
		s := scene{w, w.By(w.alice)}
		s.Gas.Payment = append(s.Gas.Payment, w.Ref(second), w.Ref(third))
		if fails {
			s.call("fail", s.U64(1))
		}
		before := balance(t, w, w.alice.Coin)
		out, err := s.Run()
		if err != nil {
			t.Fatal(err)
		}
		consistent(t, w, out)
		g := out.Effects.Gas
		if got := balance(t, w, w.alice.Coin); got != before+15-g.Computation-g.Storage+g.Rebate {
			t.Errorf("fails %v: the coin has %d", fails, got)
		}
		if len(out.Removed) != 2 {
			t.Errorf("fails %v: %d coins are gone", fails, len(out.Removed))
		}
	}
}
