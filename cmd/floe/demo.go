package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/spf13/cobra"

	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/staking"
)

// errMismatch: a blob came back with other bytes than went in.
var errMismatch = errors.New("the bytes that came back are not those that went in")

// sampleSize is the demo's own blob, where it fits: large enough to see it work, small enough not to wait for.
const sampleSize = 16 << 20

func newDemo(out *console) *cobra.Command {
	var nodes, shards int
	cmd := &cobra.Command{
		Use:   "demo [FILE]",
		Short: "Watch a network store a blob, lose nodes, meet a liar, and give it back",
		Long: `Start storage nodes on loopback in temporary directories, let them find each other through a DHT, store FILE (or a sample)
on them, stop some and make one serve corrupt slivers, together at most f shards, read the blob back through a new client,
and compare. Exit code 0 only if the bytes are equal. Nothing is left behind.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) == 1 {
				file = args[0]
			}
			return runDemo(cmd.Context(), out, file, nodes, shards)
		},
	}
	localnetFlags(cmd, &nodes, &shards)
	return cmd
}

// demo is one run.
type demo struct {
	out     *console
	dir     string
	net     *localnet
	cluster *cluster
	start   time.Time
	res     demoResult
}

// demoResult is what the demo prints under --json.
type demoResult struct {
	Nodes       int      `json:"nodes"`
	Shards      int      `json:"shards"`
	Tolerated   int      `json:"tolerated_shards"`
	Blob        string   `json:"blob_id"`
	Size        int64    `json:"size"`
	EncodedSize uint64   `json:"encoded_size"`
	PutMS       int64    `json:"put_ms"`
	Weight      int      `json:"certified_shards"`
	Signers     []string `json:"signers"`
	Stopped     []string `json:"stopped"`
	Liar        string   `json:"liar"`
	LiesServed  int64    `json:"corrupt_slivers_served"`
	LiarCaught  bool     `json:"liar_caught"`
	GetMS       int64    `json:"get_ms"`
	Slivers     int      `json:"slivers_read"`
	Equal       bool     `json:"equal"`
}

func runDemo(ctx context.Context, out *console, file string, nodes, shards int) (err error) {
	if nodes == 0 {
		nodes = defaultNodes
	}
	if shards == 0 {
		shards = defaultShards
	}
	dir, err := os.MkdirTemp("", "floe-demo-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d := &demo{out: out, dir: dir, start: time.Now()}
	if d.net, err = createLocalnet(filepath.Join(dir, "net"), "demo", nodes, shards, slog.LevelError); err != nil {
		return err
	}
	p := d.net.committee.Params()
	src, err := d.source(file, int64(p.MaxBlobSize()))
	if err != nil {
		return err
	}
	defer src.Close()
	if uint64(src.size) > p.MaxBlobSize() {
		return usagef("%s has %d bytes; %d shards hold at most %d in one blob: use more shards", file, src.size, shards, p.MaxBlobSize())
	}
	d.res = demoResult{Nodes: nodes, Shards: shards, Tolerated: p.Faulty(), Size: src.size}

	lies := &liar{}
	if d.cluster, err = startCluster(ctx, d.net, lies.wrap); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.cluster.Close()) }()
	d.step("nodes", "%d storage nodes with %d shards found each other through the DHT: each knew the others' peer ids and one address", nodes, shards)

	put, err := d.put(ctx, src)
	if err != nil {
		return err
	}
	if err := d.breakThings(put, lies); err != nil {
		return err
	}
	if err := d.get(ctx, put, src, lies); err != nil {
		return err
	}
	return out.result(d.res, fmt.Sprintf("\nok: %s came back equal, %d of %d shards stopped or lying (f = %d)\n",
		formatBytes(d.res.Size), d.faulty(), shards, p.Faulty()))
}

// step prints what happened, and when.
func (d *demo) step(event, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	since := time.Since(d.start)
	if !d.out.json {
		text = fmt.Sprintf("%6.2fs  %s", since.Seconds(), text)
	}
	d.out.note(event, text, map[string]any{"ms": since.Milliseconds()})
}

// source opens the file, or makes a sample of random bytes.
func (d *demo) source(file string, limit int64) (*source, error) {
	if file != "" {
		return openSource(d.out, file, limit)
	}
	return spool(io.LimitReader(rand.Reader, min(sampleSize, limit/2)), limit)
}

// client makes a new client, which like the nodes knows one address only.
func (d *demo) client(ctx context.Context) (*session, error) {
	roster, err := staking.ReadNetwork(filepath.Join(d.net.dir, rosterFileName))
	if err != nil {
		return nil, err
	}
	return dial(ctx, roster, []peer.AddrInfo{d.cluster.bootstrap()}, quietLogger())
}

func (d *demo) put(ctx context.Context, src *source) (_ *light.UploadResult, err error) {
	client, err := d.client(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	events, stop := follow(d.out)
	start := time.Now()
	put, err := client.Put(ctx, src, src.size, light.UploadOptions{Events: events})
	took := time.Since(start)
	stop()
	if err != nil {
		return nil, err
	}
	cert := put.Certificate
	if err := client.committee.VerifyCertificate(cert); err != nil {
		return nil, err
	}
	var signers []*staking.Member
	for _, i := range cert.Signers {
		signers = append(signers, client.committee.Member(i))
		d.res.Signers = append(d.res.Signers, client.committee.Member(i).PeerID.String())
	}
	d.res.Blob, d.res.EncodedSize, d.res.PutMS, d.res.Weight = put.Blob.String(), put.EncodedSize, took.Milliseconds(), put.Weight
	d.step("put", "put %s as blob %s: %s of slivers and metadata on the nodes, %s (%s/s)",
		formatBytes(src.size), put.Blob, formatBytes(int64(put.EncodedSize)), formatDuration(took), formatBytes(rate(src.size, took)))
	d.step("certificate", "certificate: %d of %d shards confirmed (a quorum is %d), signed by %s",
		put.Weight, d.res.Shards, client.committee.QuorumWeight(), names(signers))
	return put, nil
}

// breakThings makes one node lie and stops others, as many as f shards allow. The liar holds the blob's first sliver, so
// that a get is sure to ask it.
func (d *demo) breakThings(put *light.UploadResult, lies *liar) error {
	com := d.net.committee
	p := com.Params()
	liarIndex := com.MemberOfShard(p.PairShard(put.Blob, 0))
	left := p.Faulty()
	if m := com.Member(liarIndex); len(m.Shards) <= left {
		left -= len(m.Shards)
		lies.start(m.PeerID)
		d.res.Liar = m.PeerID.String()
		d.step("liar", "node %s (%d shards) now serves corrupt slivers", short(m.PeerID), len(m.Shards))
	} else {
		liarIndex = -1
	}
	for i := range com.Size() {
		m := com.Member(i)
		if i == liarIndex || m.PeerID == d.cluster.bootstrap().ID || len(m.Shards) > left {
			continue
		}
		left -= len(m.Shards)
		if err := d.cluster.stop(m.PeerID); err != nil {
			return err
		}
		d.res.Stopped = append(d.res.Stopped, m.PeerID.String())
		d.step("stop", "node %s (%d shards) is stopped", short(m.PeerID), len(m.Shards))
	}
	return nil
}

// faulty returns the shards of stopped and lying nodes.
func (d *demo) faulty() int {
	n := 0
	for i := range d.net.committee.Size() {
		m := d.net.committee.Member(i)
		if id := m.PeerID.String(); id == d.res.Liar || slices.Contains(d.res.Stopped, id) {
			n += len(m.Shards)
		}
	}
	return n
}

func (d *demo) get(ctx context.Context, put *light.UploadResult, src *source, lies *liar) (err error) {
	client, err := d.client(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	dst, err := os.CreateTemp(d.dir, "get-*")
	if err != nil {
		return err
	}
	defer dst.Close()
	events, stop := follow(d.out)
	start := time.Now()
	got, err := client.Get(ctx, put.Blob, dst, light.GetOptions{WithoutChain: true, Events: events})
	took := time.Since(start)
	stop()
	if err != nil {
		return err
	}
	d.res.GetMS, d.res.Slivers = took.Milliseconds(), got.Slivers
	d.caught(got.Members)
	d.step("get", "get from %d %s slivers, each verified: %s (%s/s)", got.Slivers, got.Axis, formatDuration(took), formatBytes(rate(src.size, took)))
	if d.res.Liar != "" && !d.res.LiarCaught {
		// The others were faster. Only the liar holds the first systematic sliver, so a read of it meets the liar for sure.
		d.step("overtaken", "the lying node was overtaken by the others; reading the first byte from the node that holds it")
		part, err := client.GetRange(ctx, put.Blob, 0, 1, io.Discard, light.RangeOptions{WithoutChain: true, Dir: d.dir})
		if err != nil {
			return err
		}
		d.caught(part.Members)
	}
	d.res.LiesServed = lies.served.Load()
	want, err := digest(src)
	if err != nil {
		return err
	}
	have, err := digest(dst)
	if err != nil {
		return err
	}
	if d.res.Equal = bytes.Equal(want, have); !d.res.Equal {
		return errMismatch
	}
	d.step("compare", "SHA-256 of both files is %x", have)
	return nil
}

// caught tells of nodes whose bytes did not verify.
func (d *demo) caught(members []light.MemberReport) {
	for _, m := range members {
		if m.Cause == light.CauseLied {
			d.res.LiarCaught = true
			d.step("caught", "node %s sent bytes that do not match the blob's metadata; what it held came from others", short(m.Peer))
		}
	}
}

func digest(r io.ReadSeeker) ([]byte, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	h := sha256.New()
	_, err := io.Copy(h, r)
	return h.Sum(nil), err
}

// rate is bytes a second.
func rate(n int64, d time.Duration) int64 { return int64(float64(n) / max(d.Seconds(), 1e-9)) }
