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

	"github.com/spf13/cobra"

	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/light/purchase"
	"github.com/floe-network/floe/node/keyfile"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/chain"
	"github.com/floe-network/floe/staking/contract/audit"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// errMismatch: a blob came back with other bytes than went in.
var errMismatch = errors.New("the bytes that came back are not those that went in")

// sampleSize is the demo's own blob, where it fits: large enough to see it work, small enough not to wait for.
const sampleSize = 16 << 20

func newDemo(out *console) *cobra.Command {
	var spec localSpec
	cmd := &cobra.Command{
		Use:   "demo [FILE]",
		Short: "Watch a network come to be, store a blob, lose nodes, meet a liar, give it back, and pay its nodes",
		Long: `Start a chain and storage nodes on loopback in temporary directories: publish the contracts, register and stake the nodes, have
the first committee elected. Then store FILE (or a sample): buy storage, register, upload, certify. Stop some nodes and make one
serve corrupt slivers, together at most f shards, read the blob back through a new client, and compare. Then the epoch ends,
the nodes are paid, and all WAL there is is counted. Exit code 0 only if the bytes are equal. Nothing is left behind.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := ""
			if len(args) == 1 {
				file = args[0]
			}
			spec.setDefaults()
			return runDemo(cmd.Context(), out, file, spec)
		},
	}
	localnetFlags(cmd, &spec)
	spec.name, spec.level = "demo", slog.LevelError
	return cmd
}

// demo is one run.
type demo struct {
	out     *console
	dir     string
	net     *localnet
	chain   *chain.Chain
	user    *chain.Account
	com     *staking.Committee // of the first epoch
	cluster *cluster
	start   time.Time
	res     demoResult
}

// demoResult is what the demo prints under --json.
type demoResult struct {
	Nodes       int               `json:"nodes"`
	Shards      int               `json:"shards"`
	Tolerated   int               `json:"tolerated_shards"`
	Blob        string            `json:"blob_id"`
	Object      string            `json:"object"`
	Size        int64             `json:"size"`
	EncodedSize uint64            `json:"encoded_size"`
	PutMS       int64             `json:"put_ms"`
	Paid        uint64            `json:"paid_frost"`
	Refund      uint64            `json:"refund_frost"`
	Weight      int               `json:"certified_shards"`
	Signers     []string          `json:"signers"`
	Stopped     []string          `json:"stopped"`
	Liar        string            `json:"liar"`
	LiesServed  int64             `json:"corrupt_slivers_served"`
	LiarCaught  bool              `json:"liar_caught"`
	GetMS       int64             `json:"get_ms"`
	Slivers     int               `json:"slivers_read"`
	Equal       bool              `json:"equal"`
	Epoch       uint32            `json:"epoch"`
	Earned      map[string]uint64 `json:"earned_frost"` // by node id
	Supply      uint64            `json:"wal_supply_frost"`
	Held        uint64            `json:"wal_held_frost"`
}

func runDemo(ctx context.Context, out *console, file string, spec localSpec) (err error) {
	dir, err := os.MkdirTemp("", "floe-demo-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d := &demo{out: out, dir: dir, start: time.Now()}
	if d.net, err = createLocalnet(ctx, filepath.Join(dir, "net"), spec, func(s string) { d.step("network", "%s", s) }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.net.Close()) }()
	if err := d.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.chain.Close()) }()
	p := d.com.Params()
	src, err := d.source(file, int64(p.MaxBlobSize()))
	if err != nil {
		return err
	}
	defer src.Close()
	if uint64(src.size) > p.MaxBlobSize() {
		return usagef("%s has %d bytes; %d shards hold at most %d in one blob: use more shards", file, src.size, spec.shards, p.MaxBlobSize())
	}
	d.res = demoResult{Nodes: spec.nodes, Shards: spec.shards, Tolerated: p.Faulty(), Size: src.size}

	lies := &liar{}
	if d.cluster, err = startCluster(ctx, d.net, lies.wrap); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.cluster.Close()) }()
	d.step("nodes", "%d storage nodes with %d shards found each other through the DHT: each knew the others' peer ids and one address", spec.nodes, spec.shards)

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
	if err := d.endEpoch(ctx); err != nil {
		return err
	}
	return out.result(d.res, fmt.Sprintf("\nok: %s came back equal, %d of %d shards stopped or lying (f = %d); the nodes are paid, no FROST is lost\n",
		formatBytes(d.res.Size), d.faulty(), spec.shards, p.Faulty()))
}

// open looks at the network through its chain, with the user's account.
func (d *demo) open(ctx context.Context) (err error) {
	if d.chain, err = chain.Open(d.net.network); err != nil {
		return err
	}
	key, err := keyfile.ReadAccount(d.net.userKey(), nil, ptb.Address{})
	if err == nil {
		d.user, err = chain.NewAccount(d.chain, newWallet(d.chain.Client(), key, d.net.userKey(), 0))
	}
	if err == nil {
		d.com, err = d.net.committee(ctx)
	}
	if err != nil {
		return errors.Join(err, d.chain.Close())
	}
	return nil
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
	return dial(ctx, d.chain, quietLogger())
}

func (d *demo) put(ctx context.Context, src *source) (_ *purchase.Result, err error) {
	client, err := d.client(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	buyer, err := purchase.New(d.user, client.Client)
	if err != nil {
		return nil, err
	}
	events, stop := follow(d.out)
	start := time.Now()
	put, err := buyer.Put(ctx, src, src.size, purchase.Options{Epochs: 2, Events: events})
	took := time.Since(start)
	stop()
	if err != nil {
		return nil, err
	}
	up := put.Upload
	var signers []*staking.Member
	for _, i := range up.Certificate.Signers {
		signers = append(signers, d.com.Member(i))
		d.res.Signers = append(d.res.Signers, d.com.Member(i).PeerID.String())
	}
	d.res.Blob, d.res.Object, d.res.EncodedSize, d.res.PutMS, d.res.Weight = put.Blob.String(), put.Object.String(), put.EncodedSize, took.Milliseconds(), up.Weight
	d.res.Paid, d.res.Refund = put.Paid.Total(), put.Refund
	d.step("register", "bought storage for %d epochs (%s) and registered blob %s as object %s; write %s, deposit %s", put.End-put.Registered,
		formatWAL(put.Paid.Storage), put.Blob, shortID(put.Object), formatWAL(put.Paid.Write), formatWAL(put.Paid.Deposit))
	d.step("put", "uploaded %s as %s of slivers and metadata, %s (%s/s) from start to certificate", formatBytes(src.size), formatBytes(int64(put.EncodedSize)),
		formatDuration(took), formatBytes(rate(src.size, took)))
	d.step("certificate", "%d of %d shards signed (a quorum is %d): %s", up.Weight, d.res.Shards, d.com.QuorumWeight(), names(signers))
	d.step("certified", "the chain has checked the certificate: %s of the deposit came back, %s were burned", formatWAL(put.Refund), formatWAL(put.Paid.Deposit-put.Refund))
	return put, nil
}

// breakThings makes one node lie and stops others, as many as f shards allow. The liar holds the blob's first sliver, so
// that a get is sure to ask it.
func (d *demo) breakThings(put *purchase.Result, lies *liar) error {
	com := d.com
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
	for i := range d.com.Size() {
		m := d.com.Member(i)
		if id := m.PeerID.String(); id == d.res.Liar || slices.Contains(d.res.Stopped, id) {
			n += len(m.Shards)
		}
	}
	return n
}

func (d *demo) get(ctx context.Context, put *purchase.Result, src *source, lies *liar) (err error) {
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
	got, err := client.Get(ctx, put.Blob, dst, light.GetOptions{Events: events})
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
		part, err := client.GetRange(ctx, put.Blob, 0, 1, io.Discard, light.RangeOptions{Dir: d.dir})
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

// endEpoch sets the chain's clock to the end of the epoch and lets the network go on to the next, with its nodes stopped and
// lying as they are. Then it says what everybody has.
func (d *demo) endEpoch(ctx context.Context) error {
	epochs, err := d.chain.Refresh(ctx)
	if err != nil {
		return err
	}
	head, err := d.chain.Client().Head(ctx)
	if err != nil {
		return err
	}
	if _, err := d.net.chain.Ledger().Advance(ctx, epochs.End.Sub(head.Time)+time.Second); err != nil {
		return err
	}
	next := epochs.Current.Epoch() + 1
	if err := pushUntil(ctx, d.user, func(e *staking.Epochs) bool { return e.Current.Epoch() >= next && !e.Changing }); err != nil {
		return err
	}
	d.res.Epoch = next
	d.step("epoch", "the clock is set ahead to the end of the epoch; the same committee goes on in epoch %d", next)
	d.res.Earned = make(map[string]uint64)
	for i := range d.com.Size() {
		m := d.com.Member(i)
		s, err := d.chain.Node(ctx, m.NodeID)
		if err != nil {
			return err
		}
		earned := s.Pool.Cash + s.Pool.Commission
		d.res.Earned[m.NodeID.String()] = earned
		d.step("reward", "%s (%d shards) has earned %s, %s of it commission", s.Info.Name, len(m.Shards), formatWAL(earned), formatWAL(s.Pool.Commission))
	}
	mist, frost, err := d.user.Balances(ctx)
	if err != nil {
		return err
	}
	d.step("balance", "the user has %s and %s left", formatCoin(mist, "SUI"), formatWAL(frost))
	if d.res.Supply, d.res.Held, err = d.count(ctx); err != nil {
		return err
	}
	if d.res.Supply != d.res.Held {
		return fmt.Errorf("there are %s, all objects together hold %s", formatWAL(d.res.Supply), formatWAL(d.res.Held))
	}
	d.step("conserved", "all objects of the chain together hold %s: all there is, to the FROST", formatWAL(d.res.Held))
	return nil
}

// count counts the WAL that there is, and what all objects of the chain together hold.
func (d *demo) count(ctx context.Context) (supply, held uint64, err error) {
	if supply, err = d.chain.Supply(ctx); err != nil {
		return 0, 0, err
	}
	count, err := audit.New(d.chain.Contracts())
	if err != nil {
		return 0, 0, err
	}
	snapshot := d.net.chain.Ledger().Snapshot()
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	err = snapshot.EachObject(func(o *store.Object) error {
		if o.Move == nil {
			return nil
		}
		return count.Add(o.Move.Type, o.Move.Contents)
	})
	return supply, count.Held(), err
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
