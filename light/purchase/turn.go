package purchase

import (
	"context"
	"sync"

	"github.com/floe-network/floe/codec"
)

// turns lets one put at a time work on a blob id: the second finds what the first has bought.
type turns struct {
	mu    sync.Mutex
	blobs map[codec.BlobID]*turn // of those that somebody holds or waits for
}

type turn struct {
	taken chan struct{}
	users int
}

// take waits for the blob's turn. The caller must call done once.
func (t *turns) take(ctx context.Context, id codec.BlobID) (done func(), err error) {
	t.mu.Lock()
	b := t.blobs[id]
	if b == nil {
		b = &turn{taken: make(chan struct{}, 1)}
		t.blobs[id] = b
	}
	b.users++
	t.mu.Unlock()
	leave := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if b.users--; b.users == 0 {
			delete(t.blobs, id)
		}
	}
	select {
	case b.taken <- struct{}{}:
		return func() {
			<-b.taken
			leave()
		}, nil
	case <-ctx.Done():
		leave()
		return nil, context.Cause(ctx)
	}
}
