package endpoint

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	encodingproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// codec is gRPC's for Protocol Buffers with a bound on what a message becomes in memory: an empty message inside another
// takes two bytes on the wire, and hundreds when it is read; an empty text in a list takes two, and sixteen.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(encodingproto.Name)} }

// Unmarshal reads a message of at most maxParts.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	b := data.Materialize()
	left := maxParts
	if err := count(b, m.ProtoReflect().Descriptor(), &left, maxDepth); err != nil {
		return fmt.Errorf("%w: %w", ErrGarbage, err)
	}
	return proto.Unmarshal(b, m)
}

// count takes the parts of a message from left, without reading them.
func count(b []byte, d protoreflect.MessageDescriptor, left *int, depth int) error {
	if depth == 0 {
		return fmt.Errorf("messages inside each other more than %d deep", maxDepth)
	}
	fields := d.Fields()
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return protowire.ParseError(n)
		}
		b = b[n:]
		size := protowire.ConsumeFieldValue(number, kind, b)
		if size < 0 {
			return protowire.ParseError(size)
		}
		inner, value := fields.ByNumber(number), b[:size]
		b = b[size:]
		if inner == nil || kind != protowire.BytesType || inner.Message() == nil && !inner.IsList() {
			continue
		}
		if *left--; *left < 0 {
			return fmt.Errorf("a message of more than %d parts", maxParts)
		}
		if inner.Message() == nil {
			continue
		}
		value, n = protowire.ConsumeBytes(value)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if err := count(value, inner.Message(), left, depth-1); err != nil {
			return err
		}
	}
	return nil
}
