// Command floe stores blobs on a network of storage nodes and reads them back, runs those nodes, and gives access to the
// codec on its own. Run "floe --help", or "floe demo" to see all of it at work.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes one command line and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, cancel := interruptible(context.Background(), stderr)
	defer cancel()
	out := &console{in: stdin, out: stdout, err: stderr}
	root := newRoot(out)
	started := false
	onStart(root, func() { started = true })
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	switch {
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		err = errInterrupted
	case !started: // cobra's own complaints about commands, flags and arguments have no type
		err = usagef("%w", err)
	}
	return out.fail(err)
}

// onStart calls fn when a command of the tree begins its work, after all that cobra checks.
func onStart(cmd *cobra.Command, fn func()) {
	if work := cmd.RunE; work != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			fn()
			return work(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		onStart(sub, fn)
	}
}

// interruptible returns a context that the first SIGINT or SIGTERM cancels; the second ends the process at once, for
// whoever will not wait for an orderly end.
func interruptible(ctx context.Context, stderr io.Writer) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-done:
			return
		}
		cancel()
		fmt.Fprintln(stderr, "stopping; once more to stop at once")
		select {
		case <-signals:
			os.Exit(exitInterrupted)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}

func newRoot(out *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "floe",
		Short: "A decentralized blob store",
		Long: `Floe stores blobs on a network of storage nodes, which a Sui chain keeps together and pays. A blob is encoded with Red Stuff
into slivers, two for each shard; it survives the loss of a third of the shards, and whatever a node sends is checked against
the blob's id.

  floe demo                            watch a network come to be, store a blob, lose nodes, meet a liar, and pay its nodes
  floe devnet --dir net                such a network, kept running
  export FLOE_NETWORK=net/network.json FLOE_ACCOUNT=net/keys/user.key
  floe put --epochs 10 FILE            store a file, print its id
  floe get ID -o FILE                  read it back, verified
  floe wallet, floe blob ls            what the account has

Exit codes: 0 success, 1 any other failure, 2 wrong usage, 3 not found (or not stored any more), 4 unavailable (not enough nodes,
or no chain), 5 verification failed, 130 interrupted.`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w (see %q)", err, cmd.CommandPath()+" --help")
	})
	root.PersistentFlags().BoolVar(&out.json, "json", false, "print one JSON object on stdout, and progress as JSON lines on stderr")
	root.PersistentFlags().BoolVarP(&out.quiet, "quiet", "q", false, "no progress")
	root.AddCommand(
		newDemo(out), newDevnet(out), newDevchain(out), newNode(out), newKey(out), newChain(out),
		newPut(out), newGet(out), newStatus(out), newBlob(out), newStorage(out), newPrice(out), newWalletCommand(out),
		newStake(out), newUnstake(out), newRedeem(out), newCommittee(out), newEpoch(out), newCodec(out),
	)
	return root
}

// version names the commit the binary was built from, where the build recorded one.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			v = s.Value
		}
	}
	return v
}
