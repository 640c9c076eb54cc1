package rpc_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// senders is how many coins are spent side by side.
const senders = 16

// BenchmarkTransfers executes transfers over gRPC, each sender one after the other, and says how many come out in a second,
// how long an answer takes, and how long it takes from the answer until a subscriber has the checkpoint with the
// transaction. Checkpoints come at the default interval.
func BenchmarkTransfers(b *testing.B) {
	n := serveWith(b, nil, ledger.Options{Interval: ledger.DefaultInterval})
	stream, err := n.updates.SubscribeCheckpoints(b.Context(), &v2.SubscribeCheckpointsRequest{ReadMask: paths("transactions.digest", "transactions.signatures.scheme")})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := stream.Header(); err != nil {
		b.Fatal(err)
	}
	var answered sync.Map // times by digest
	sealed := make(chan []time.Duration)
	go func() {
		var waits []time.Duration
		for len(waits) < b.N {
			m, err := stream.Recv()
			if err != nil {
				b.Error(err)
				break
			}
			for _, x := range m.Checkpoint.Transactions {
				if len(x.Signatures) == 0 { // of the chain itself
					continue
				}
				wait := time.Duration(0) // faster than its answer
				if at, ok := answered.Load(x.GetDigest()); ok {
					wait = time.Since(at.(time.Time))
				}
				waits = append(waits, wait)
			}
		}
		sealed <- waits
	}()
	gas := n.owned(senders)
	var started atomic.Int64
	var mu sync.Mutex
	var latencies []time.Duration
	var all sync.WaitGroup
	b.ResetTimer()
	for i := range senders {
		all.Go(func() {
			coin := gas[i]
			for started.Add(1) <= int64(b.N) {
				data := n.transfer(coin)
				began := time.Now()
				answer, err := n.execution.ExecuteTransaction(b.Context(), n.request(data, "digest", "effects"))
				if err != nil {
					b.Error(err)
					return
				}
				now := time.Now()
				answered.Store(answer.Transaction.GetDigest(), now)
				mu.Lock()
				latencies = append(latencies, now.Sub(began))
				mu.Unlock()
				g := answer.Transaction.Effects.GasObject
				coin = n.ref(&v2.Object{ObjectId: g.ObjectId, Version: g.OutputVersion, Digest: g.OutputDigest})
			}
		})
	}
	all.Wait()
	b.StopTimer()
	waits := <-sealed
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
	report(b, latencies, "answer")
	report(b, waits, "checkpoint")
}

// transfer pays one MIST with a coin.
func (n *node) transfer(coin ptb.ObjectRef) *ptb.TransactionData {
	b := ptb.NewBuilder()
	b.Transfer(n.me, b.Part(b.Split(ptb.GasCoin(), 1), 0))
	p, err := b.Program()
	if err != nil {
		n.t.Fatal(err)
	}
	return &ptb.TransactionData{
		Kind: ptb.TransactionKind{Programmable: &p}, Sender: n.me, Expiration: ptb.Never(),
		Gas: ptb.GasData{Payment: []ptb.ObjectRef{coin}, Owner: n.me, Price: gasPrice, Budget: 100_000_000},
	}
}

// report says what half of the times, and 99 of 100, do not exceed.
func report(b *testing.B, times []time.Duration, what string) {
	if len(times) == 0 {
		return
	}
	slices.Sort(times)
	ms := func(of int) float64 { return float64(times[(len(times)-1)*of/100].Microseconds()) / 1000 }
	b.ReportMetric(ms(50), "p50-"+what+"-ms")
	b.ReportMetric(ms(99), "p99-"+what+"-ms")
}
