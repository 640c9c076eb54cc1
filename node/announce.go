package node

import (
	"context"
	"log/slog"
	"time"

	"github.com/floe-network/floe/codec"
)

// publisher tells the network what this node holds; *gossip.Gossip is one.
type publisher interface {
	Publish(ctx context.Context, blobs []codec.BlobID) error
}

// announcer collects newly confirmed blobs and publishes them in batches. What it loses is only a hint.
type announcer struct {
	queue   chan codec.BlobID
	metrics *metrics
	log     *slog.Logger
}

func newAnnouncer(m *metrics, log *slog.Logger) *announcer {
	return &announcer{queue: make(chan codec.BlobID, announceQueue), metrics: m, log: log}
}

// add takes a blob. It never blocks.
func (a *announcer) add(id codec.BlobID) {
	select {
	case a.queue <- id:
	default:
		a.metrics.announceDropped.Inc()
	}
}

// run publishes until ctx ends.
func (a *announcer) run(ctx context.Context, p publisher) {
	for {
		batch := a.collect(ctx)
		if ctx.Err() != nil {
			return
		}
		if err := p.Publish(ctx, batch); err != nil {
			if ctx.Err() == nil {
				a.log.Warn("blobs were not announced", "blobs", len(batch), "err", err)
			}
			a.metrics.announceDropped.Add(float64(len(batch)))
			continue
		}
		a.metrics.announced.Add(float64(len(batch)))
	}
}

// collect waits for a blob and then for others that follow it shortly.
func (a *announcer) collect(ctx context.Context) []codec.BlobID {
	var batch []codec.BlobID
	var full <-chan time.Time // nil: for ever
	for len(batch) < announceBatch {
		select {
		case id := <-a.queue:
			batch = append(batch, id)
			if full == nil {
				t := time.NewTimer(announceDelay)
				defer t.Stop()
				full = t.C
			}
		case <-full:
			return batch
		case <-ctx.Done():
			return batch
		}
	}
	return batch
}
