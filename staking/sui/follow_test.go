package sui_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/internal/fakenode"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// history is a chain of checkpoints, each with an event of its number.
type history struct {
	mu    sync.Mutex
	first uint64
	count uint64 // up to which checkpoints there are
	asked []uint64
}

func checkpoint(n uint64) *v2.Checkpoint {
	return &v2.Checkpoint{SequenceNumber: &n, Summary: &v2.CheckpointSummary{Timestamp: timestamppb.New(time.UnixMilli(int64(n)))},
		Transactions: []*v2.ExecutedTransaction{{Digest: proto.String(ptb.Digest{9}.String())}, {
			Digest: proto.String(ptb.Digest{byte(n)}.String()),
			Events: &v2.TransactionEvents{Events: []*v2.Event{{PackageId: proto.String("0x5"), Module: proto.String("m"), Sender: proto.String("0x6"),
				EventType: proto.String("0x5::m::E"), Contents: &v2.Bcs{Value: []byte{byte(n)}}}}},
		}}}
}

// node is a full node of the history. It sends what the test says to subscribers.
func (h *history) node(subscribe func(send func(uint64) error) error) *fakenode.Node {
	return &fakenode.Node{
		Info: func(context.Context) (*v2.GetServiceInfoResponse, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			return &v2.GetServiceInfoResponse{ChainId: proto.String(chain.String()), LowestAvailableCheckpoint: &h.first}, nil
		},
		Checkpoint: func(r *v2.GetCheckpointRequest) (*v2.GetCheckpointResponse, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			n := r.GetSequenceNumber()
			h.asked = append(h.asked, n)
			if n < h.first || n >= h.count {
				return nil, status.Error(codes.NotFound, "no such checkpoint")
			}
			return &v2.GetCheckpointResponse{Checkpoint: checkpoint(n)}, nil
		},
		Subscribe: func(_ *v2.SubscribeCheckpointsRequest, send func(*v2.SubscribeCheckpointsResponse) error) error {
			return subscribe(func(n uint64) error {
				h.mu.Lock()
				h.count = max(h.count, n+1)
				h.mu.Unlock()
				return send(&v2.SubscribeCheckpointsResponse{Cursor: &n, Checkpoint: checkpoint(n)})
			})
		},
	}
}

var errEnough = errors.New("enough")

// follow reads checkpoints until there are so many.
func follow(t *testing.T, c *sui.Client, from uint64, count int) ([]uint64, error) {
	t.Helper()
	var got []uint64
	err := c.Follow(t.Context(), from, func(_ context.Context, p *sui.Checkpoint) error {
		if len(p.Events) != 1 || p.Events[0].Transaction != (ptb.Digest{byte(p.Sequence)}) || p.Events[0].Index != 0 ||
			p.Events[0].Contents[0] != byte(p.Sequence) || p.Time != time.UnixMilli(int64(p.Sequence)).UTC() {
			t.Errorf("checkpoint %d: %+v", p.Sequence, p)
		}
		got = append(got, p.Sequence)
		if len(got) == count {
			return errEnough
		}
		return nil
	})
	return got, err
}

func numbers(from, count uint64) (list []uint64) {
	for i := range count {
		list = append(list, from+i)
	}
	return list
}

func TestFollowFillsGaps(t *testing.T) {
	h := &history{count: 7}
	c := client(t, h.node(func(send func(uint64) error) error {
		// It begins in the middle, repeats itself and leaves some out.
		for _, n := range []uint64{7, 7, 8, 3, 12, 13} {
			if err := send(n); err != nil {
				return err
			}
		}
		return status.Error(codes.Unavailable, "enough of you")
	}))
	got, err := follow(t, c, 2, 12)
	if !errors.Is(err, errEnough) || !slices.Equal(got, numbers(2, 12)) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, n := range []uint64{8, 13} {
		if slices.Contains(h.asked, n) {
			t.Errorf("checkpoint %d was asked for although it came", n)
		}
	}
}

func TestFollowGoesOnElsewhere(t *testing.T) {
	h := &history{}
	var mu sync.Mutex
	calls := [2]int{}
	node := func(i int, upTo uint64) *fakenode.Node {
		return h.node(func(send func(uint64) error) error {
			mu.Lock()
			calls[i]++
			mu.Unlock()
			for n := range upTo {
				if err := send(n); err != nil {
					return err
				}
			}
			return status.Error(codes.Unavailable, "restarting")
		})
	}
	c := client(t, node(0, 3), node(1, 9))
	got, err := follow(t, c, 0, 9)
	if !errors.Is(err, errEnough) || !slices.Equal(got, numbers(0, 9)) {
		t.Errorf("got %v, %v", got, err)
	}
	if calls != [2]int{1, 1} {
		t.Errorf("subscriptions: %v", calls)
	}
}

func TestFollowEnds(t *testing.T) {
	t.Run("unreachable", func(t *testing.T) {
		h := &history{}
		c := client(t, h.node(func(func(uint64) error) error { return status.Error(codes.Unavailable, "no") }))
		if got, err := follow(t, c, 0, 1); !errors.Is(err, endpoint.ErrUnreachable) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("pruned", func(t *testing.T) {
		h := &history{first: 5, count: 9}
		c := client(t, h.node(func(send func(uint64) error) error { return send(9) }))
		var pruned *sui.PrunedError
		if got, err := follow(t, c, 2, 1); !errors.As(err, &pruned) || *pruned != (sui.PrunedError{From: 2, First: 5}) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("a checkpoint that is not there", func(t *testing.T) {
		node := (&history{}).node(func(send func(uint64) error) error { return send(1 << 60) })
		node.Checkpoint = func(*v2.GetCheckpointRequest) (*v2.GetCheckpointResponse, error) {
			return nil, status.Error(codes.NotFound, "no such checkpoint")
		}
		if got, err := follow(t, client(t, node), 1, 1); !errors.Is(err, endpoint.ErrGarbage) || !errors.Is(err, endpoint.ErrUnreachable) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("another checkpoint than it says", func(t *testing.T) {
		h := &history{count: 9}
		node := h.node(func(send func(uint64) error) error { return send(9) })
		node.Checkpoint = func(*v2.GetCheckpointRequest) (*v2.GetCheckpointResponse, error) {
			return &v2.GetCheckpointResponse{Checkpoint: checkpoint(4)}, nil
		}
		if got, err := follow(t, client(t, node), 1, 1); !errors.Is(err, endpoint.ErrGarbage) {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("context", func(t *testing.T) {
		h := &history{}
		waiting := make(chan struct{})
		var once sync.Once
		c := client(t, h.node(func(send func(uint64) error) error {
			if err := send(0); err != nil {
				return err
			}
			once.Do(func() { close(waiting) })
			<-t.Context().Done()
			return nil
		}))
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-waiting
			cancel()
		}()
		if err := c.Follow(ctx, 0, func(context.Context, *sui.Checkpoint) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
