package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/light/purchase"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
)

// putFlags are what the command line says of a purchase.
type putFlags struct {
	epochs                            uint32
	deletable, extend, again, reserve bool
	max                               wal
}

// defaultEpochs is for how long put stores when nothing is said: with one, a put near the end of the epoch would pay for minutes.
const defaultEpochs = 2

func newPut(out *console) *cobra.Command {
	var f putFlags
	cmd := &cobra.Command{
		Use:   "put --network NET --account KEY FILE",
		Short: "Store a file and print its blob id",
		Long: `Encode FILE ("-" reads standard input), buy storage for it and register it on the chain, store its slivers on the network's nodes
until nodes with a quorum of the shards have signed that they hold theirs, and bring that certificate to the chain. Prints the
blob id. The deposit comes back for the shards beyond the quorum that signed.

After an interruption, whenever it came, the same put goes on where it was. Storing the same file again costs nothing as long
as the account has it stored for as many epochs.`,
		Example: "  floe put --network net/network.json --account net/keys/user.key --epochs 10 photo.jpg",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().Uint32Var(&f.epochs, "epochs", defaultEpochs, "epochs to store it, the current one included")
	cmd.Flags().BoolVar(&f.deletable, "deletable", false, "let the account delete the blob before its end")
	cmd.Flags().Var(&f.max, "max", "most WAL to pay, the deposit included; 0: whatever it costs")
	cmd.Flags().BoolVar(&f.extend, "extend", false, "buy what it lacks when the account has the blob stored for fewer epochs")
	cmd.Flags().BoolVar(&f.again, "again", false, "pay for another object even if the account has the blob stored")
	cmd.Flags().BoolVar(&f.reserve, "reserve", false, "buy storage even if the account has some that fits")
	cmd.MarkFlagsMutuallyExclusive("extend", "again")
	return spender(out, cmd, func(ctx context.Context, a *chain.Account, args []string) error {
		return onSession(ctx, a.Chain, func(s *session) error { return f.put(ctx, out, s, a, args[0]) })
	})
}

func (f *putFlags) options() purchase.Options {
	o := purchase.Options{Epochs: f.epochs, Deletable: f.deletable, Reserve: f.reserve, Limit: uint64(f.max)}
	switch {
	case f.extend:
		o.Owned = purchase.Extend
	case f.again:
		o.Owned = purchase.Another
	}
	return o
}

func (f *putFlags) put(ctx context.Context, out *console, s *session, a *chain.Account, name string) error {
	src, err := openSource(out, name, int64(s.committee.Params().MaxBlobSize()))
	if err != nil {
		return err
	}
	defer src.Close()
	buyer, err := purchase.New(a, s.Client)
	if err != nil {
		return err
	}
	start := time.Now()
	opts := f.options()
	events, stop := follow(out)
	opts.Events = events
	res, err := buyer.Put(ctx, src, src.size, opts)
	stop()
	if errors.Is(err, purchase.ErrShort) {
		return fmt.Errorf("%w (--extend, --epochs or --again)", err)
	}
	if err != nil {
		return err
	}
	took := time.Since(start)
	out.note("stored", described(res, s.committee)+" in "+formatDuration(took), nil)
	return out.result(newPutJSON(res, s.committee.Network(), took), res.Blob.String()+"\n")
}

// described says what a put did and cost.
func described(res *purchase.Result, com *staking.Committee) string {
	var text string
	switch res.Outcome {
	case purchase.Present:
		text = fmt.Sprintf("%s are stored until epoch %d already, as object %s", formatBytes(int64(res.Size)), res.End, res.Object)
	default:
		text = fmt.Sprintf("%s %s until epoch %d, as object %s", formatBytes(int64(res.Size)), res.Outcome, res.End, res.Object)
	}
	if up := res.Upload; up != nil {
		text += fmt.Sprintf("; %s on %d of %d nodes (%d of %d shards)", formatBytes(int64(up.EncodedSize)), len(up.Certificate.Signers), com.Size(), up.Weight, com.Params().Shards())
	}
	if paid := res.Paid.Total() + res.Extension; paid > 0 {
		text += fmt.Sprintf("; paid %s", formatWAL(paid))
	}
	if res.Refund > 0 {
		text += fmt.Sprintf(", of which %s came back", formatWAL(res.Refund))
	}
	if res.Late {
		text += "; the deposit is lost, because the certificate came later than an epoch after the registration"
	}
	if res.Short > 0 {
		text += fmt.Sprintf("; that is %d epochs less than asked, counted from now", res.Short)
	}
	if len(res.Others) > 0 {
		text += fmt.Sprintf("; the account has %d more objects of the blob (floe blob ls)", len(res.Others))
	}
	return text
}

// putJSON is what put prints under --json.
type putJSON struct {
	*purchase.Result
	Network     string           `json:"network"`
	TookMS      int64            `json:"took_ms"`
	Certificate *certificateJSON `json:"certificate,omitempty"`
}

// certificateJSON has a certificate as the chain takes it.
type certificateJSON struct {
	Signers   []int  `json:"signers"`
	Bitmap    string `json:"signers_bitmap"`
	Message   string `json:"message"`
	Signature string `json:"signature"`
}

func newPutJSON(res *purchase.Result, network string, took time.Duration) putJSON {
	v := putJSON{Result: res, Network: network, TookMS: took.Milliseconds()}
	if res.Upload != nil {
		cert := res.Upload.Certificate
		sig := cert.Signature.Bytes()
		v.Certificate = &certificateJSON{Signers: cert.Signers, Bitmap: hex.EncodeToString(cert.Bitmap()),
			Message: hex.EncodeToString(cert.Confirmation.Bytes()), Signature: hex.EncodeToString(sig[:])}
	}
	return v
}
