package ledger_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// crowd are accounts that send transactions side by side, each with a coin of its own.
func crowd(n int) (*genesis.Parameters, []*account.Key) {
	p := &genesis.Parameters{}
	var keys []*account.Key
	for i := range n {
		k := account.FromSeed([32]byte{byte(i), byte(i >> 8), 0xcc})
		keys = append(keys, k)
		p.Accounts = append(p.Accounts, genesis.Account{Address: k.Address(), Coins: []uint64{1 << 50}})
	}
	return p, keys
}

// answered is when a transaction was sent and answered.
type answered struct {
	number    uint64
	sent, got time.Time
}

// load has accounts send b.N transactions, each as soon as the one before is answered, and says how many are done in a
// second, how long an answer takes, and how long it takes from the answer to the checkpoint.
func load(b *testing.B, c *chain, keys []*account.Key, build func(program *ptb.Builder, n int64)) {
	ctx, stop := context.WithCancel(context.Background())
	sealed := make(chan map[uint64]time.Time)
	go func() { sealed <- watch(ctx, c) }()
	var started atomic.Int64
	var mu sync.Mutex
	var list []answered
	var all sync.WaitGroup
	b.ResetTimer()
	for _, k := range keys {
		all.Go(func() {
			gas := c.coins(k.Address())[0].Ref()
			for n := started.Add(1); n <= int64(b.N); n = started.Add(1) {
				program := ptb.NewBuilder()
				build(program, n)
				data := c.data(k, gas, program)
				began := time.Now()
				t, err := c.send(k, data)
				if err != nil || t.Effects.Failure != nil {
					b.Errorf("%v, %+v", err, t)
					return
				}
				mu.Lock()
				list = append(list, answered{t.Number, began, time.Now()})
				mu.Unlock()
				after := t.Effects.Changed[t.Effects.GasObject].After
				gas.Version, gas.Digest = after.Version, after.Digest
			}
		})
	}
	all.Wait()
	b.StopTimer()
	if err := c.WaitCheckpoint(ctx, c.seal().Summary.Sequence); err != nil {
		b.Fatal(err)
	}
	stop()
	report(b, list, <-sealed)
}

// watch says when each transaction was in a checkpoint, for those that are until the context ends.
func watch(ctx context.Context, c *chain) map[uint64]time.Time {
	times := make(map[uint64]time.Time)
	for n := c.Latest() + 1; c.WaitCheckpoint(ctx, n) == nil; n++ {
		now := time.Now()
		cp, err := c.Checkpoint(n)
		if err != nil {
			c.tb.Error(err)
			break
		}
		for i := range cp.Contents.Transactions {
			times[cp.First+uint64(i)] = now
		}
	}
	return times
}

func report(b *testing.B, list []answered, sealed map[uint64]time.Time) {
	var answers, checkpoints []time.Duration
	for _, a := range list {
		answers = append(answers, a.got.Sub(a.sent))
		if at, ok := sealed[a.number]; ok {
			checkpoints = append(checkpoints, max(at.Sub(a.got), 0))
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
	for name, times := range map[string][]time.Duration{"answer": answers, "checkpoint": checkpoints} {
		if len(times) == 0 {
			continue
		}
		slices.Sort(times)
		b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms-to-"+name)
		b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "ms-to-"+name+"-p99")
	}
}

// BenchmarkTransfer sends SUI out of the coins of some accounts. Each transaction is on disk when it is answered, and there
// is a checkpoint every 200 ms.
func BenchmarkTransfer(b *testing.B) {
	for _, accounts := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("accounts=%d", accounts), func(b *testing.B) {
			p, keys := crowd(accounts)
			c := open(b, b.TempDir(), p, ledger.Options{Interval: ledger.DefaultInterval, Clock: time.Now})
			load(b, c, keys, func(program *ptb.Builder, n int64) {
				program.Transfer(ptb.ShortAddress(byte(n)), program.Split(ptb.GasCoin(), 1))
			})
		})
	}
}

// BenchmarkRegisterBlob mints WAL, reserves space and registers a blob in it: six commands, four shared objects.
func BenchmarkRegisterBlob(b *testing.B) {
	n := contracttest.New(b, 4, contracttest.Config(100))
	var keys []*account.Key
	for i := range 16 {
		keys = append(keys, contracttest.Key(contracttest.Accounts-1-i))
	}
	c := &chain{n.Ledger, b}
	defer sealing(c)()
	load(b, c, keys, func(program *ptb.Builder, i int64) {
		const size = 1_000 // bytes
		r := contract.Registration{Root: blake2b.Sum256(u64(uint64(i))), Size: size}
		r.Blob = codec.BlobID(blake2b.Sum256(append(append([]byte{contract.EncodingRS2}, u64(size)...), r.Root[:]...)))
		coin := n.Deployment.MintWAL(program, contracttest.Frost)
		blob, err := n.Deployment.Store(program, n.Params, 2, r, coin)
		if err != nil {
			b.Error(err)
			return
		}
		program.Transfer(ptb.ShortAddress(1), blob, coin)
	})
}

// sealing makes checkpoints of a chain that has them on demand, at the usual interval, until the function that it returns is
// called.
func sealing(c *chain) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(ledger.DefaultInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if _, err := c.Seal(ctx); err != nil && ctx.Err() == nil {
					c.tb.Error(err)
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

func u64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// BenchmarkSeal makes checkpoints that have nothing but what the chain itself does, and says what each takes on disk.
func BenchmarkSeal(b *testing.B) {
	c := open(b, b.TempDir(), nil, ledger.Options{})
	before := c.Size()
	for b.Loop() {
		if _, err := c.Seal(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.Size()-before)/float64(b.N), "disk-B/op")
}

// BenchmarkSealFull makes a checkpoint of a thousand transfers.
func BenchmarkSealFull(b *testing.B) {
	const accounts, transactions = 100, 1000
	p, keys := crowd(accounts)
	c := open(b, b.TempDir(), p, ledger.Options{})
	for b.Loop() {
		b.StopTimer()
		for i := range transactions {
			c.pay(keys[i%accounts], ptb.ShortAddress(1), 1)
		}
		b.StartTimer()
		c.seal()
	}
}

// BenchmarkSimulate simulates a transfer, gas selected.
func BenchmarkSimulate(b *testing.B) {
	c := open(b, b.TempDir(), parameters(2), ledger.Options{})
	program := ptb.NewBuilder()
	program.Transfer(key(1).Address(), program.Split(ptb.GasCoin(), 1))
	data := c.data(key(0), ptb.ObjectRef{}, program)
	data.Gas = ptb.GasData{}
	for b.Loop() {
		if _, err := c.Simulate(context.Background(), data, ledger.Simulation{SelectGas: true}); err != nil {
			b.Fatal(err)
		}
	}
}
