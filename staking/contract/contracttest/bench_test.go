package contracttest_test

import (
	"context"
	"testing"

	"github.com/floe-network/floe/staking/contract/contracttest"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// large is a network with a committee as large as on Walrus.
func large(b *testing.B) *contracttest.Network {
	b.Helper()
	return contracttest.New(b, 100, contracttest.Config(1000))
}

// execute measures one transaction of the user, again and again on the same state and without disks.
func execute(b *testing.B, n *contracttest.Network, build func(*ptb.Builder)) {
	b.Helper()
	p := ptb.NewBuilder()
	build(p)
	program, err := p.Program()
	if err != nil {
		b.Fatal(err)
	}
	data := &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &program}, Sender: n.User.Address(), Expiration: ptb.Never()}
	var units uint64
	b.ResetTimer()
	for b.Loop() {
		s, err := n.Simulate(context.Background(), data, ledger.Simulation{})
		if err != nil || s.Transaction.Effects.Failure != nil {
			b.Fatal(err, s)
		}
		units = s.Transaction.Effects.Gas.Computation / n.GasPrice()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
	b.ReportMetric(float64(units), "units")
}

// BenchmarkRegister reserves storage and registers a blob.
func BenchmarkRegister(b *testing.B) {
	n := large(b)
	_, r := n.Encode(false)
	execute(b, n, func(p *ptb.Builder) {
		coin := n.Deployment.MintWAL(p, contracttest.Frost)
		blob, err := n.Deployment.Store(p, n.Params, 2, r, coin)
		if err != nil {
			b.Fatal(err)
		}
		p.Transfer(n.User.Address(), blob, coin)
	})
}

// BenchmarkCertify certifies a blob with signatures of a quorum.
func BenchmarkCertify(b *testing.B) {
	n := large(b)
	_, r := n.Encode(false)
	id, _ := n.Store(r, 2)
	c := n.Confirm(id, n.Quorum())
	execute(b, n, func(p *ptb.Builder) { n.Deployment.CertifyBlobAndKeep(p, n.Owned(p, id), c) })
}

// BenchmarkTransfer moves a coin, for comparison: what a transaction costs besides its code.
func BenchmarkTransfer(b *testing.B) {
	n := contracttest.Start(b, contracttest.Config(shards))
	execute(b, n, func(p *ptb.Builder) { p.Transfer(n.User.Address(), p.Split(ptb.GasCoin(), 5)) })
}

// BenchmarkEpoch goes through an epoch: selection of the next committee, its beginning.
func BenchmarkEpoch(b *testing.B) {
	n := large(b)
	b.ResetTimer()
	for b.Loop() {
		n.NextEpoch()
	}
}
