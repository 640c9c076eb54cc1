package network

import (
	"context"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/internal/testchain"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// A committee as large as on Walrus.
const (
	manyMembers = 100
	manyShards  = 1000
)

// execute measures one transaction, again and again on the same state.
func (n *Network) execute(b *testing.B, tx *testchain.Builder) {
	b.Helper()
	var units uint64
	b.ResetTimer()
	for b.Loop() {
		out, err := n.Executor.Execute(context.Background(), n.Chain.Epoch, &tx.Transaction)
		if err != nil || out.Effects.Failure != nil {
			b.Fatal(err, out)
		}
		units = out.Effects.Gas.Computation / testchain.GasPrice
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
	b.ReportMetric(float64(units), "units")
}

// BenchmarkRegister reserves storage and registers a blob.
func BenchmarkRegister(b *testing.B) {
	n := New(b, manyMembers, manyShards)
	tx := n.By(n.User)
	n.RegisterBlob(tx, n.User, false)
	n.execute(b, tx)
}

// BenchmarkCertify certifies a blob with signatures of a quorum, of which one must be subtracted, and of a third.
func BenchmarkCertify(b *testing.B) {
	n := New(b, manyMembers, manyShards)
	blob := n.NewBlob(false)
	n.execute(b, n.CertifyBlob(blob, n.Certify(n.Members(n.Quorum()), n.Message(blob, n.Epoch()))))
}

// BenchmarkTransfer moves a coin, for comparison: what a transaction costs besides its code.
func BenchmarkTransfer(b *testing.B) {
	n := New(b, 4, 20)
	tx := n.By(n.User)
	tx.Transfer(n.Nodes[0].Address, tx.Split(ptb.GasCoin(), 5))
	n.execute(b, tx)
}

// BenchmarkEpoch goes through an epoch: selection of the next committee, its beginning.
func BenchmarkEpoch(b *testing.B) {
	n := New(b, manyMembers, manyShards)
	b.ResetTimer()
	for b.Loop() {
		n.NextEpoch()
	}
}
