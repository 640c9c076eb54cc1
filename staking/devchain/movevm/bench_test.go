package movevm_test

import (
	"context"
	"io"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/internal/fixture"
	"github.com/floe-network/floe/staking/devchain/movevm/linker"
	"github.com/floe-network/floe/staking/devchain/movevm/stdlib"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
)

// BenchmarkCall runs functions of the handwritten module, and says how much gas a second they use: an instruction is
// one unit.
func BenchmarkCall(b *testing.B) {
	l := link(load(b))
	vm := movevm.New(l, stdlib.Natives(io.Discard), movevm.DefaultLimits())
	for _, name := range []string{"hot_potato", "enum_by_value", "recursion_within_bounds", "grow_while_in_vector",
		"vectors_of_hot_potatoes", "u256_product"} {
		b.Run(name, func(b *testing.B) {
			f, err := l.Function(fixture.Handwritten, name)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			var used uint64
			for b.Loop() {
				meter := movevm.NewMeter(plenty)
				_, _ = vm.Call(context.Background(), meter, f, nil, nil) // it aborts with a digest
				used += plenty - meter.Left()
			}
			b.ReportMetric(float64(used)/b.Elapsed().Seconds(), "gas/s")
		})
	}
}

// BenchmarkLink links the module and the standard library anew.
func BenchmarkLink(b *testing.B) {
	all := load(b)
	for b.Loop() {
		l := linker.New(all, types.DefaultLimits(), linker.Options{TestOnly: true})
		if _, err := l.Module(fixture.Handwritten); err != nil {
			b.Fatal(err)
		}
	}
}
