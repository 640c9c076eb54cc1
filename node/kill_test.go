package node_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/stakingtest"
)

// killSize is the size of the blobs, bytes.
const killSize = 4000

// processDir names the data directory to a process that is to run a node for TestKill.
const processDir = "FLOE_TEST_NODE_DIR"

// TestNodeProcess is node 0 as a process of its own, until its standard input ends.
func TestNodeProcess(t *testing.T) {
	dir := os.Getenv(processDir)
	if dir == "" {
		t.Skip("only for the processes that TestKill starts")
	}
	ctx := context.Background()
	secrets := stakingtest.Nodes(t, members)
	com := stakingtest.Committee(t, secrets, epoch, shards)
	st, err := store.Open(dir, store.Options{Reserve: -1})
	if err != nil {
		t.Fatal(err)
	}
	h, err := p2p.NewHost(ctx, p2p.Config{
		Network: stakingtest.Network, Role: p2p.Storage, Key: secrets[0].Peer, Listen: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		Datastore: st.Datastore(), Logger: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	// A chain that has registered every blob that comes, one in a batch: uploads outrun the node, which is killed amid them.
	chain := stakingtest.NewChain(&staking.Epochs{Current: com, End: time.Now().Add(time.Hour)})
	for seed := range 256 {
		e := encode(t, com, byte(seed), killSize)
		chain.Emit(stakingtest.Registered(e.id, killSize, epoch, epoch+9))
	}
	n, err := node.New(ctx, node.Config{Chain: chain, Host: h, Store: st, Key: secrets[0].BLS, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(ctx); err != nil {
		t.Fatal(err)
	}
	info := h.AddrInfo()
	addrs, err := peer.AddrInfoToP2pAddrs(&info)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("node", addrs[0])
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent at the latest
	if err := errors.Join(n.Close(), h.Close(), st.Close()); err != nil {
		t.Fatal(err)
	}
}

// process starts the node and returns its address and what kills it.
func process(t *testing.T, dir string) (*peer.AddrInfo, func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestNodeProcess$", "-test.timeout=2m") //nolint:gosec // this very program
	cmd.Env = append(os.Environ(), processDir+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	kill := func() {
		once.Do(func() {
			_ = cmd.Process.Kill()
			_ = in.Close()
			_ = cmd.Wait() // "signal: killed"
		})
	}
	t.Cleanup(kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if addr, ok := strings.CutPrefix(lines.Text(), "node "); ok {
			info, err := peer.AddrInfoFromString(addr)
			if err != nil {
				t.Fatal(err)
			}
			return info, kill
		}
		t.Log(lines.Text())
	}
	t.Fatal("the node did not start")
	return nil, nil
}

// acknowledged is what a killed node had promised.
type acknowledged struct {
	mu        sync.Mutex
	slivers   map[request.SliverRef][]byte
	confirmed []codec.BlobID
	enough    chan struct{} // closed when count reaches limit
	limit     int
}

func (a *acknowledged) add(fn func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fn()
	if a.limit--; a.limit == 0 {
		close(a.enough)
	}
}

// A node that is killed in the middle of puts has, when it starts again, every sliver that it acknowledged and every
// confirmation that it gave.
func TestKill(t *testing.T) {
	ctx := within(t)
	dir := t.TempDir()
	com := stakingtest.Committee(t, stakingtest.Nodes(t, members), epoch, shards)
	h, err := p2p.NewHost(ctx, p2p.Config{Network: stakingtest.Network, Role: p2p.Client, Key: stakingtest.Nodes(t, members+1)[members].Peer, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close() //nolint:errcheck // the test is over
	client, err := request.NewClient(h, stakingtest.Network, com.Params(), request.ClientOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, com: com, client: client, host: h}
	var seed byte
	all := &acknowledged{slivers: make(map[request.SliverRef][]byte)}
	for _, limit := range []int{1, 25, 60} {
		info, kill := process(t, dir)
		if err := h.Connect(ctx, *info); err != nil {
			t.Fatal(err)
		}
		check(ctx, t, c, all)
		all.limit, all.enough = limit, make(chan struct{})
		var wg sync.WaitGroup
		for range 4 {
			var blobs []*encoded
			for range 40 {
				seed++
				blobs = append(blobs, encode(t, com, seed, killSize))
			}
			wg.Go(func() {
				for _, e := range blobs {
					if !write(ctx, c, all, e) {
						return // killed
					}
				}
			})
		}
		select {
		case <-all.enough:
		case <-ctx.Done():
			t.Fatal("the node acknowledged too little")
		}
		kill()
		wg.Wait()
	}
	info, _ := process(t, dir)
	if err := h.Connect(ctx, *info); err != nil {
		t.Fatal(err)
	}
	check(ctx, t, c, all)
	t.Logf("%d slivers and %d confirmations were acknowledged", len(all.slivers), len(all.confirmed))
}

// write puts one blob to node 0 and notes each acknowledgement; false when one does not come.
func write(ctx context.Context, c *cluster, a *acknowledged, e *encoded) bool {
	p := c.com.Params()
	if err := c.client.PutMetadata(ctx, c.peer(0), e.id, e.meta); err != nil {
		return false
	}
	for _, s := range c.com.Member(0).Shards {
		pair := p.ShardPair(e.id, s)
		for _, sliver := range []*codec.Sliver{&e.pairs[pair].Primary, &e.pairs[pair].Secondary} {
			if err := c.client.PutSliver(ctx, c.peer(0), e.id, sliver); err != nil {
				return false
			}
			a.add(func() { a.slivers[request.SliverRef{Blob: e.id, Pair: pair, Axis: sliver.Axis}] = sliver.Data })
		}
	}
	err := patiently(func() error {
		_, err := c.client.Confirm(ctx, c.peer(0), staking.Confirmation{Epoch: epoch, Blob: e.id})
		return err
	})
	if err != nil {
		return false
	}
	a.add(func() { a.confirmed = append(a.confirmed, e.id) })
	return true
}

// patiently asks again as long as the node has not heard of the registration.
func patiently(ask func() error) error {
	for {
		if err := ask(); !errors.Is(err, request.NotRegistered) {
			return err
		}
	}
}

func check(ctx context.Context, t *testing.T, c *cluster, a *acknowledged) {
	t.Helper()
	for ref, want := range a.slivers {
		size := len(want) / c.com.Params().SliverSymbols(ref.Axis)
		var s *codec.Sliver
		err := patiently(func() (err error) {
			s, err = c.client.GetSliver(ctx, c.peer(0), ref, size)
			return err
		})
		if err != nil || !bytes.Equal(s.Data, want) {
			t.Errorf("acknowledged sliver %s: %v", ref, err)
		}
	}
	for _, id := range a.confirmed {
		if s, err := c.client.BlobStatus(ctx, c.peer(0), id); err != nil || !s.Confirmed || s.Pending {
			t.Errorf("confirmed blob %s: %+v, %v", id, s, err)
		}
	}
}
