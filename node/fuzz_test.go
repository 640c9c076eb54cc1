package node

import (
	"bytes"
	"context"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/request"
)

// Whatever is put as a sliver, only the blob's own slivers are stored, in their places.
func FuzzPutSliver(f *testing.F) {
	b := newBlob(f, 1, 300)
	w := newWorld(f, nil)
	w.register(f, b)
	if err := w.putMetadata(writer, b); err != nil {
		f.Fatal(err)
	}
	for _, ref := range b.refs(w.own()[0], 1) {
		f.Add(byte(ref.Pair), byte(ref.Axis), b.body(ref))
	}
	f.Fuzz(func(t *testing.T, pair, axis byte, body []byte) {
		ref := request.SliverRef{Blob: b.id, Pair: int(pair) % testShards, Axis: codec.Axis(axis % 2)}
		_ = w.putSliver(writer, ref, body) // an admission may end it
		_ = w.PutSliver(context.Background(), writer, ref, body)
		got, err := read(context.Background(), w, ref)
		if err == nil && !bytes.Equal(got, b.body(ref)) {
			t.Fatalf("sliver %s is stored wrong", ref)
		}
		if err != nil && bytes.Equal(body, b.body(ref)) && w.holds(ref.Shard(b.codec.Params())) {
			t.Errorf("sliver %s is not stored: %v", ref, err)
		}
	})
}
