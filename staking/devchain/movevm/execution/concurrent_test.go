package execution_test

import (
	"context"
	"sync"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/execution"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// An Executor executes transactions side by side, those that publish too, with the effects that they have alone.
func TestConcurrent(t *testing.T) {
	w := newWorld(t)
	w.Executor = execution.New(w.Store, transaction.DefaultLimits()) // with nothing linked
	var list []*transaction.Transaction
	for i := range 8 {
		s := scene{w, w.By(w.alice)}
		if i%4 == 3 {
			s.keep(s.Publish([][]byte{code(t, "up1")}, systemPackages))
		} else {
			s.call("add_field", s.Owned(w.thing), s.U64(uint64(i)), s.U64(1))
			s.keep(s.call("new", s.U64(uint64(i))))
		}
		list = append(list, &s.Transaction)
	}
	digests := make([]ptb.Digest, len(list))
	var wg sync.WaitGroup
	for i, tx := range list {
		wg.Go(func() {
			out, err := w.Executor.Execute(context.Background(), w.Epoch, tx)
			if err != nil || out.Effects.Failure != nil {
				t.Error(err, out)
				return
			}
			digests[i] = out.Effects.Digest()
		})
	}
	wg.Wait()
	for i, tx := range list {
		alone := execution.New(w.Store, transaction.DefaultLimits())
		out, err := alone.Execute(context.Background(), w.Epoch, tx)
		if err != nil || out.Effects.Digest() != digests[i] {
			t.Errorf("transaction %d has other effects alone (%v)", i, err)
		}
	}
}
