package main

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/light"
)

func newPut(out *console) *cobra.Command {
	var network string
	cmd := &cobra.Command{
		Use:   "put --network NET FILE",
		Short: "Store a file and print its blob id",
		Long: `Encode FILE ("-" reads standard input) and store its slivers on the network's nodes, until nodes with a quorum of the
shards have signed that they hold theirs. Prints the blob id. Storing the same file again costs little and is no error; after
an interruption it goes on where it was.`,
		Example: "  floe put --network net/network.json photo.jpg",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return withSession(ctx, network, func(s *session) error {
				src, err := openSource(out, args[0], int64(s.committee.Params().MaxBlobSize()))
				if err != nil {
					return err
				}
				defer src.Close()
				start := time.Now()
				events, stop := follow(out)
				res, err := s.Put(ctx, src, src.size, light.UploadOptions{Events: events})
				stop()
				if err != nil {
					return err
				}
				took := time.Since(start)
				out.note("stored", fmt.Sprintf("%s stored as %s on %d of %d nodes (%d of %d shards) in %s", formatBytes(int64(res.Size)),
					formatBytes(int64(res.EncodedSize)), len(res.Certificate.Signers), s.committee.Size(), res.Weight, s.committee.Params().Shards(), formatDuration(took)), nil)
				return out.result(newPutJSON(res, s, took), res.Blob.String()+"\n")
			})
		},
	}
	networkFlag(cmd, &network)
	return cmd
}

// putJSON is what put prints under --json.
type putJSON struct {
	*light.UploadResult
	Network     string          `json:"network"`
	Shards      int             `json:"shards"`
	TookMS      int64           `json:"took_ms"`
	Certificate certificateJSON `json:"certificate"`
}

// certificateJSON has a certificate as the chain takes it.
type certificateJSON struct {
	Signers   []int  `json:"signers"`
	Bitmap    string `json:"signers_bitmap"`
	Message   string `json:"message"`
	Signature string `json:"signature"`
}

func newPutJSON(res *light.UploadResult, s *session, took time.Duration) putJSON {
	cert := res.Certificate
	sig := cert.Signature.Bytes()
	return putJSON{
		UploadResult: res, Network: s.committee.Network(), Shards: s.committee.Params().Shards(), TookMS: took.Milliseconds(),
		Certificate: certificateJSON{
			Signers: cert.Signers, Bitmap: hex.EncodeToString(cert.Bitmap()),
			Message: hex.EncodeToString(cert.Confirmation.Bytes()), Signature: hex.EncodeToString(sig[:]),
		},
	}
}
