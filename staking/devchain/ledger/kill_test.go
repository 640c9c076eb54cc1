package ledger_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// childDir is set for a process that is there to be killed: it executes transactions in that directory and writes a line for
// each when it is answered.
const childDir = "FLOE_TEST_LEDGER_CHILD"

const killAccounts = 4

func child(dir string) {
	l, err := ledger.Open(context.Background(), dir, nil, ledger.Options{Interval: 10 * time.Millisecond, Retain: 1 << 40})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var out sync.Mutex
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for i := range byte(killAccounts) {
		go func() {
			k := key(i)
			for {
				t, err := send(l, k)
				if err != nil {
					fail(err)
				}
				out.Lock()
				_, err = fmt.Printf("%s %s\n", t.digest, t.effects)
				out.Unlock()
				if err != nil {
					fail(err)
				}
			}
		}()
	}
	// Nobody kills a process whose parent is gone.
	time.AfterFunc(time.Minute, func() { os.Exit(1) })
	select {}
}

type answer struct{ digest, effects ptb.Digest }

// send pays somebody with the best coin of an account.
func send(l *ledger.Ledger, k *account.Key) (answer, error) {
	b := ptb.NewBuilder()
	b.Transfer(key(99).Address(), b.Split(ptb.GasCoin(), 1))
	p, err := b.Program()
	if err != nil {
		return answer{}, err
	}
	data := &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &p}, Sender: k.Address(), Expiration: ptb.Never()}
	s, err := l.Simulate(context.Background(), data, ledger.Simulation{SelectGas: true})
	if err != nil {
		return answer{}, err
	}
	encoded, err := s.Data.Encode()
	if err != nil {
		return answer{}, err
	}
	t, err := l.Execute(context.Background(), encoded, [][]byte{k.Sign(encoded)})
	if err != nil {
		return answer{}, err
	}
	if f := t.Effects.Failure; f != nil {
		return answer{}, f
	}
	return answer{t.Digest, t.EffectsDigest}, nil
}

// TestKill kills a process that executes transactions, several times, each at a random moment: everything that it answered
// must be there, and the chain must go on.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir, parameters(killAccounts), ledger.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var answered []answer
	for round := range 5 {
		lines := 1 + rand.IntN(150)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		scanner := bufio.NewScanner(out)
		for n := 0; scanner.Scan(); n++ { // what was written before the end counts too
			var digest, effects string
			if _, err := fmt.Sscan(scanner.Text(), &digest, &effects); err != nil {
				break // a line that was cut
			}
			d, err := ptb.ParseDigest(digest)
			if err != nil {
				t.Fatal(err)
			}
			e, err := ptb.ParseDigest(effects)
			if err != nil {
				break
			}
			answered = append(answered, answer{d, e})
			if n == lines {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // it was killed
		cancel()
		if t.Failed() || len(answered) == 0 {
			t.Fatalf("round %d: the child answered nothing", round)
		}
		c := open(t, dir, nil, ledger.Options{Retain: 1 << 40})
		for _, want := range answered {
			got, err := c.Transaction(want.digest)
			if err != nil {
				t.Fatalf("round %d: transaction %s was answered: %v", round, want.digest, err)
			}
			if got.EffectsDigest != want.effects {
				t.Fatalf("round %d: transaction %s has other effects", round, want.digest)
			}
		}
		if err := c.Check(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		c.pay(key(0), key(1).Address(), 5)
		c.seal()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d answers", len(answered))
}
