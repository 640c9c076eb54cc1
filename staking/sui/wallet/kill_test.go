package wallet_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
	"github.com/floe-network/floe/staking/sui/wallet"
)

// Where a process of this test finds out that it is the child, and what to use.
const (
	childChain = "FLOE_TEST_WALLET_CHAIN"
	childDir   = "FLOE_TEST_WALLET_DIR"
)

// childLimit is for a process that starts and sends a transaction, on a machine that does much else.
const childLimit = time.Minute

// child sends a transaction, and is killed meanwhile.
func child(t *testing.T, address string) {
	set, err := endpoint.Open([]string{address}, ptb.Digest{})
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	_, err = wallet.New(sui.New(set), key, os.Getenv(childDir), 0).Send(t.Context(), calls(1))
	t.Fatalf("the child was not killed: %v", err)
}

// A process that is killed while its transaction is on the way, before the chain has executed it or after, leaves it to the
// next, which sends the same.
func TestKilled(t *testing.T) {
	if address := os.Getenv(childChain); address != "" {
		child(t, address)
	}
	for _, executed := range []bool{false, true} {
		c, dir := newChain(1e9), t.TempDir()
		client, address := c.serve(t)
		ctx, cancel := context.WithTimeout(t.Context(), childLimit)
		defer cancel()
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), childChain+"="+address, childDir+"="+dir)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		started := make(chan struct{})
		kill := func() error {
			<-started
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
			return status.Error(codes.Unavailable, "nobody listens any more")
		}
		if executed {
			c.hook(nil, kill)
		} else {
			c.hook(kill, nil)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		close(started)
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() >= 0 || ctx.Err() != nil {
			t.Fatalf("the child was not killed: %v\n%s", err, out.Bytes())
		}
		c.hook(nil, nil)
		if order, _ := c.seen(); (len(order) == 1) != executed {
			t.Errorf("%d executed", len(order))
		}
		w := wallet.New(client, key, dir, 0)
		done, err := w.Resume(t.Context())
		if err != nil || done == nil {
			t.Fatalf("%+v, %v", done, err)
		}
		order, received := c.seen()
		if len(order) != 1 || done.Digest != order[0] || len(received) != 2 || received[0] != received[1] {
			t.Errorf("%d executed, %d came", len(order), len(received))
		}
		if _, err := w.Send(t.Context(), calls(2)); err != nil {
			t.Error(err)
		}
	}
}
