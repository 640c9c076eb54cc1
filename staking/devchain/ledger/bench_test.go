package ledger_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// crowd are accounts that send transactions side by side, each with a coin of its own.
func crowd(b *testing.B, n int) (*genesis.Parameters, []*account.Key) {
	b.Helper()
	p := &genesis.Parameters{}
	var keys []*account.Key
	for i := range n {
		k := account.FromSeed([32]byte{byte(i), byte(i >> 8), 0xcc})
		keys = append(keys, k)
		p.Accounts = append(p.Accounts, genesis.Account{Address: k.Address(), Coins: []uint64{1 << 50}})
	}
	return p, keys
}

// BenchmarkTransfer sends SUI from many accounts to as many others, and says how many transactions are done in a second,
// each of them on disk when it is answered.
func BenchmarkTransfer(b *testing.B) {
	const accounts = 128
	p, keys := crowd(b, accounts)
	c := open(b, b.TempDir(), p, ledger.Options{Interval: ledger.DefaultInterval, Clock: nil})
	var left atomic.Int64
	left.Store(int64(b.N))
	var all sync.WaitGroup
	b.ResetTimer()
	for _, k := range keys {
		all.Go(func() {
			gas := c.coins(k.Address())[0].Ref()
			for left.Add(-1) >= 0 {
				program := ptb.NewBuilder()
				program.Transfer(ptb.ShortAddress(byte(gas.Version)), program.Split(ptb.GasCoin(), 1))
				t, err := c.send(k, c.data(k, gas, program))
				if err != nil || t.Effects.Failure != nil {
					b.Errorf("%v, %v", err, t.Effects.Failure)
					return
				}
				after := t.Effects.Changed[t.Effects.GasObject].After
				gas.Version, gas.Digest = after.Version, after.Digest
			}
		})
	}
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
	b.ReportMetric(float64(c.Size())/float64(b.N), "disk-B/tx")
}

// BenchmarkSeal is how long a checkpoint takes that has nothing but what the chain itself does.
func BenchmarkSeal(b *testing.B) {
	c := open(b, b.TempDir(), nil, ledger.Options{})
	for b.Loop() {
		if _, err := c.Seal(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.Size())/float64(b.N), "disk-B/op")
}
