package ptb_test

import (
	"testing"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// manyArguments is about the largest transaction, of the smallest parts.
func manyArguments() *ptb.TransactionData {
	d := everything()
	args := make([]ptb.Argument, 120<<10)
	for i := range args {
		args[i] = ptb.GasCoin()
	}
	d.Kind.Programmable.Commands[3].MoveCall.Arguments = args
	return d
}

func BenchmarkDecodeTransaction(b *testing.B) {
	for name, data := range map[string]*ptb.TransactionData{"usual": everything(), "many arguments": manyArguments()} {
		encoded := encode(b, data)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(encoded)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ptb.DecodeTransaction(encoded); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
