package endpoint

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// read reads a message that came in two pieces.
func read(b []byte, m proto.Message) error {
	half := len(b) / 2
	return newCodec().Unmarshal(mem.BufferSlice{mem.SliceBuffer(b[:half]), mem.SliceBuffer(b[half:])}, m)
}

func TestCodec(t *testing.T) {
	want := &v2.Object{ObjectId: proto.String("0x2"), Owner: &v2.Owner{Version: proto.Uint64(3)}, Json: structpb.NewStringValue("text"),
		Contents: &v2.Bcs{Value: []byte{1, 2}}}
	b, err := proto.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	unknown := protowire.AppendTag(b, 1999, protowire.StartGroupType)
	unknown = protowire.AppendTag(unknown, 1, protowire.Fixed32Type)
	unknown = protowire.AppendFixed32(unknown, 7)
	unknown = protowire.AppendTag(unknown, 1999, protowire.EndGroupType)
	for _, b := range [][]byte{b, unknown} {
		got := &v2.Object{}
		if err := read(b, got); err != nil {
			t.Fatal(err)
		}
		got.ProtoReflect().SetUnknown(nil)
		if !proto.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	}
	for n := range b[:len(b)-1] {
		// What ends too early is refused as the library does.
		if got, want := read(b[:n], &v2.Object{}), proto.Unmarshal(b[:n], &v2.Object{}); (got == nil) != (want == nil) {
			t.Errorf("%d bytes: %v, the library: %v", n, got, want)
		}
	}
}

func TestCodecRefuses(t *testing.T) {
	tag := func(n protowire.Number) []byte { return protowire.AppendTag(nil, n, protowire.BytesType) }
	repeat := func(n protowire.Number, count int) []byte { return bytes.Repeat(append(tag(n), 0), count) }
	deep := &structpb.Value{}
	for range maxDepth {
		deep = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{deep}})
	}
	nested, err := proto.Marshal(&v2.Object{Json: deep})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		b []byte
		m proto.Message
	}{
		"empty objects":    {repeat(1, maxParts+1), &v2.BatchGetObjectsResponse{}},
		"one object often": {repeat(1, maxParts+1), &v2.GetObjectResponse{}},
		"empty texts":      {repeat(10, maxParts+1), &v2.TransactionEffects{}},
		"deep values":      {nested, &v2.Object{}},
		"no end":           {append(tag(1), 0xff, 0xff, 0xff, 0xff, 0x7f), &v2.Object{}},
		"no field":         {[]byte{0}, &v2.Object{}},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := read(c.b, c.m)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, ErrGarbage) {
			t.Errorf("%s: %v", name, err)
		}
		const rest = 1 << 20 // of what else the process does
		if used := after.TotalAlloc - before.TotalAlloc; used > 2*uint64(len(c.b))+rest {
			t.Errorf("%s: %d bytes are refused with %d bytes of memory", name, len(c.b), used)
		}
	}
	if err := read(repeat(1, maxParts-1), &v2.BatchGetObjectsResponse{}); err != nil {
		t.Errorf("as many as may be: %v", err)
	}
	if left := math.MaxInt; count(nested, (&v2.Object{}).ProtoReflect().Descriptor(), &left, math.MaxInt) != nil {
		t.Error("deep values are no message")
	}
}
