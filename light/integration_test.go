package light_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/light"
	"github.com/floe-network/floe/node"
	"github.com/floe-network/floe/node/store"
	"github.com/floe-network/floe/p2p"
	"github.com/floe-network/floe/p2p/request"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/stakingtest"
)

// cluster is real storage nodes over loopback.
type cluster struct {
	com   *staking.Committee
	chain *stakingtest.Chain // what the nodes follow
	hosts []*p2p.Host
	nodes []*node.Node
}

// newCluster starts count nodes for shards. Only the first has its addresses in the committee; the others are found through
// the DHT. decorate changes the backend of a node.
func newCluster(t *testing.T, count, shards int, decorate func(i int, b request.Backend) request.Backend) *cluster {
	t.Helper()
	ctx := context.Background()
	quiet := slog.New(slog.DiscardHandler)
	secrets := stakingtest.Nodes(t, count)
	members := stakingtest.Members(t, secrets, shards)
	c := &cluster{}
	for i, secret := range secrets {
		h, err := p2p.NewHost(ctx, p2p.Config{
			Network: stakingtest.Network, Role: p2p.Storage, Key: secret.Peer, Listen: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, Logger: quiet,
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = h.Close() })
		if i == 0 {
			members[i].Addrs = tcpOnly(h.Addrs())
		}
		c.hosts = append(c.hosts, h)
	}
	var err error
	if c.com, err = staking.NewCommittee(stakingtest.Network, 1, shards, members); err != nil {
		t.Fatal(err)
	}
	c.chain = stakingtest.NewChain(&staking.Epochs{Current: c.com, End: time.Now().Add(time.Hour)})
	for i, secret := range secrets {
		n, err := node.New(ctx, node.Config{
			Chain: c.chain, Host: c.hosts[i], Key: secret.BLS,
			Store: store.NewMemory(store.Options{}), Logger: quiet, AllowPrivate: true, CloseTimeout: 100 * time.Millisecond,
			Decorate: func(b request.Backend) request.Backend { return decorate(i, b) },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = n.Close() })
		if err := n.Start(ctx); err != nil {
			t.Fatal(err)
		}
		c.nodes = append(c.nodes, n)
	}
	return c
}

// tcpOnly keeps the plain TCP addresses: one dial each is enough on loopback.
func tcpOnly(addrs []ma.Multiaddr) []ma.Multiaddr {
	return slices.DeleteFunc(slices.Clone(addrs), func(a ma.Multiaddr) bool {
		_, err := a.ValueForProtocol(ma.P_TCP)
		_, ws := a.ValueForProtocol(ma.P_WS)
		return err != nil || ws == nil
	})
}

// BlobState implements light.Chain: every blob is certified, as far as the chain knows.
func (c *cluster) BlobState(context.Context, codec.BlobID) (staking.BlobState, error) {
	return staking.BlobState{Size: clusterBlob, Certified: 1, End: 10}, nil
}

// Epochs implements light.Chain.
func (c *cluster) Epochs() *staking.Epochs { return c.chain.Epochs() }

// Refresh implements light.Chain.
func (c *cluster) Refresh(context.Context) (*staking.Epochs, error) { return c.Epochs(), nil }

// clusterBlob is the size of the blob that goes into a cluster, in bytes.
const clusterBlob = 1_000_000

// stop ends a node and its host.
func (c *cluster) stop(t *testing.T, i int) {
	t.Helper()
	if err := errors.Join(c.nodes[i].Close(), c.hosts[i].Close()); err != nil {
		t.Error(err)
	}
}

// damaged is a backend that serves other bytes than it keeps.
type damaged struct{ request.SliverBackend }

func (d damaged) OpenSliver(ctx context.Context, from peer.ID, ref request.SliverRef) (request.SliverReader, error) {
	r, err := d.SliverBackend.OpenSliver(ctx, from, ref)
	if err != nil {
		return nil, err
	}
	return flipped{r}, nil
}

type flipped struct{ request.SliverReader }

func (f flipped) ReadAt(p []byte, off int64) (int, error) {
	n, err := f.SliverReader.ReadAt(p, off)
	if at := f.Size()/2 - off; at >= 0 && at < int64(n) {
		p[at] ^= 1
	}
	return n, err
}

// stuck is a backend that never answers.
type stuck struct{ request.SliverBackend }

func (stuck) OpenSliver(ctx context.Context, _ peer.ID, _ request.SliverRef) (request.SliverReader, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// upload registers a blob and puts it.
func (c *cluster) upload(ctx context.Context, client *light.Client, src io.ReaderAt, size int64, opts light.UploadOptions) (*light.UploadResult, error) {
	p, err := client.Prepare(ctx, src, size, opts.Events)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	c.chain.Emit(stakingtest.Registered(p.Blob(), uint64(size), 1, 10))
	return client.Upload(ctx, p, opts)
}

// TestRealNodes puts and gets over real nodes, with nodes down, lying and silent.
func TestRealNodes(t *testing.T) {
	const liar, mute = 7, 8
	c := newCluster(t, 10, 100, func(i int, b request.Backend) request.Backend {
		switch i {
		case liar:
			b.Sliver = damaged{b.Sliver}
		case mute:
			b.Sliver = stuck{b.Sliver}
		default:
		}
		return b
	})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	client, err := light.Open(ctx, light.OpenConfig{
		Chain: c, Codec: codec.Options{MemoryBudget: 16 << 20},
		// No node is left behind, however busy the machine is.
		Limits: light.Limits{Grace: time.Minute}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })

	blob := make([]byte, clusterBlob)
	if _, err := io.ReadFull(rand.NewChaCha8([32]byte{1}), blob); err != nil {
		t.Fatal(err)
	}
	res, err := c.upload(ctx, client, bytes.NewReader(blob), int64(len(blob)), light.UploadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.com.VerifyCertificate(res.Certificate); err != nil || res.Weight != 100 {
		t.Errorf("%d shards confirmed, %v: %+v", res.Weight, err, res.Members)
	}
	again, err := c.upload(ctx, client, bytes.NewReader(blob), int64(len(blob)), light.UploadOptions{})
	if err != nil || again.Sent != 0 {
		t.Errorf("a second put sent %d bytes, %v", again.Sent, err)
	}
	st, err := client.Status(ctx, res.Blob, light.StatusOptions{Kind: &staking.BlobKind{}})
	if err != nil || !st.Readable || !st.Certifiable || st.Reachable != 100 {
		t.Errorf("%+v, %v", st, err)
	}

	// A third of the shards: 2, 7 and 8 are at fault, then 2f of them.
	c.stop(t, 2)
	for _, axis := range []codec.Axis{codec.Primary, codec.Secondary} {
		out := codec.NewBuffer()
		got, err := client.Get(ctx, res.Blob, out, light.GetOptions{Axes: []codec.Axis{axis}, Check: codec.Strict})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), blob) {
			t.Fatal("the blob came back changed")
		}
		for _, m := range got.Members {
			if m.Member == liar && m.Cause != light.CauseLied && m.Cause != light.CauseNone {
				t.Errorf("the liar: %+v", m)
			}
		}
	}
	for _, i := range []int{3, 4, 5} {
		c.stop(t, i)
	}
	out := codec.NewBuffer()
	if _, err := client.Get(ctx, res.Blob, out, light.GetOptions{}); err != nil || !bytes.Equal(out.Bytes(), blob) {
		t.Errorf("with 2f shards at fault: %v", err)
	}
	var part bytes.Buffer
	if _, err := client.GetRange(ctx, res.Blob, 200_000, 500_000, &part, light.RangeOptions{Dir: t.TempDir()}); err != nil {
		t.Errorf("range: %v", err)
	} else if !bytes.Equal(part.Bytes(), blob[200_000:700_000]) {
		t.Error("the range came back changed")
	}
	c.stop(t, 6)
	c.stop(t, mute)
	_, err = client.Get(ctx, res.Blob, codec.NewBuffer(), light.GetOptions{})
	var short *light.UnavailableError
	if !errors.As(err, &short) || short.Need != 34 || short.Have > 30 {
		t.Errorf("one below the threshold: %v", err)
	}
	t.Log(err)
	_, err = c.upload(ctx, client, bytes.NewReader(blob[1:]), int64(len(blob)-1), light.UploadOptions{})
	if !errors.Is(err, light.ErrUnavailable) {
		t.Errorf("put: %v", err)
	}
	t.Log(err)
}
