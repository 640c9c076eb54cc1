package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/node/store/storetest"
)

// Environment of the child process of TestKill.
const (
	killDir   = "FLOE_STORE_KILL_DIR"
	killFirst = "FLOE_STORE_KILL_FIRST"
)

func killSize(n int) int { return []int{700, 5000, 70_000, 1300, 20_000}[n%5] }

// TestKillChild is the child process: it puts and deletes until it is killed, and says what is done.
func TestKillChild(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		t.Skip("runs as a child of TestKill")
	}
	var first int
	if _, err := fmt.Sscan(os.Getenv(killFirst), &first); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(dir, store.Options{Reserve: -1}.Tuned(8<<10, 256<<10))
	if err != nil {
		t.Fatal(err)
	}
	const writers, most = 8, 20_000 // ends by itself if nobody kills it
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := first + w; n < first+most; n += writers {
				if err := storetest.Put(t.Context(), s, storetest.Key(n), killSize(n)); err != nil {
					t.Error(err)
					return
				}
				fmt.Printf("put %d\n", n) // one write, after the put is durable
				if n%3 == 0 {
					fmt.Printf("deleting %d\n", n)
					if err := s.Delete(t.Context(), storetest.Key(n)); err != nil {
						t.Error(err)
						return
					}
					fmt.Printf("deleted %d\n", n)
				}
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestKill kills a process that stores slivers, several times over the same directory: whatever it said was done is done.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := newPromises()
	r := rand.New(rand.NewPCG(rand.Uint64(), 0)) //nolint:gosec // a test
	rounds := 6
	if raceEnabled {
		rounds = 2
	}
	for round := range rounds {
		killed(t, dir, round*1_000_000, 20+r.IntN(600), p)
		s, err := store.Open(dir, store.Options{Reserve: -1})
		if err != nil {
			t.Fatal(err)
		}
		var found []error
		report := func(p store.Problem) {
			if p.Kind != store.ProblemOrphan {
				found = append(found, errors.New(p.String()))
			}
		}
		if err := errors.Join(p.hold(t.Context(), s), s.Check(t.Context(), report), s.Close()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := errors.Join(found...); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
	t.Logf("%d puts and %d removals were kept", len(p.slivers), len(p.gone))
}

// killed runs the child until it has said so many lines, kills it, and notes all that it said.
func killed(t *testing.T, dir string, first, lines int, p *promises) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKillChild$") //nolint:gosec // this very program
	cmd.Env = append(os.Environ(), killDir+"="+dir, fmt.Sprintf("%s=%d", killFirst, first))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(out)
	for n := 0; in.Scan(); n++ {
		if n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
		var what string
		var i int
		if _, err := fmt.Sscan(in.Text(), &what, &i); err != nil {
			t.Errorf("the child says %q", in.Text()) // among others that a test failed
			continue
		}
		switch k := storetest.Key(i); what {
		case "put":
			p.slivers[k] = killSize(i)
		case "deleting":
			delete(p.slivers, k)
		case "deleted":
			p.gone[k] = true
		}
	}
	if err := in.Err(); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Errorf("the child was not killed: %v", err)
	}
}
