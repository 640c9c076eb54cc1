package request

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"time"
	"unicode"

	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/p2p/request/pb"
)

// errMalformed: a message that cannot be read. I/O errors do not wrap it.
var errMalformed = errors.New("malformed message")

// readMessage reads a message after its varint length, which must be minimal and at most limit.
func readMessage(r *bufio.Reader, m proto.Message, limit int) error {
	n, err := readLength(r, limit)
	if err != nil {
		return err
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return noEOF(err)
	}
	// Unknown fields are an addition of a newer version; keeping them would only cost memory.
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(b, m); err != nil {
		return fmt.Errorf("%w: %w", errMalformed, err)
	}
	return nil
}

// readLength reads a minimal varint of at most limit. io.EOF means that the stream ended before the first byte.
func readLength(r io.ByteReader, limit int) (int, error) {
	v, shift := 0, 0
	for {
		b, err := r.ReadByte()
		if err != nil {
			if shift > 0 {
				err = noEOF(err)
			}
			return 0, err
		}
		v |= int(b&0x7f) << shift
		switch {
		case v > limit:
			return 0, fmt.Errorf("%w: length over %d", errMalformed, limit)
		case b == 0 && shift > 0:
			return 0, fmt.Errorf("%w: length is not minimal", errMalformed)
		case b < 0x80:
			return v, nil
		}
		shift += 7
		// Padding with empty groups must not go on for ever, nor shift beyond an int.
		if shift > bits.Len(uint(limit)) {
			return 0, fmt.Errorf("%w: length over %d", errMalformed, limit)
		}
	}
}

// noEOF makes an end in the middle of something tellable from one before it.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// appendMessage appends a message after its varint length.
func appendMessage(b []byte, m proto.Message) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(proto.Size(m)))
	return proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(b, m)
}

// readBody reads exactly n bytes. Only when the first bodyStep of them are there is the whole buffer made, so that a peer that
// promises much and sends nothing costs nothing.
func readBody(r io.Reader, n int64) ([]byte, error) {
	first := make([]byte, min(n, bodyStep))
	if _, err := io.ReadFull(r, first); err != nil {
		return nil, noEOF(err)
	}
	if n <= bodyStep {
		return first, nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b[copy(b, first):]); err != nil {
		return nil, noEOF(err)
	}
	return b, nil
}

// refusal is the header of an answer that is not OK.
func refusal(e *Error) *pb.Header {
	return &pb.Header{
		Status:       pb.Status(e.Status),
		Message:      printable(e.Message),
		RetryAfterMs: uint32((min(max(e.RetryAfter, 0), maxRetryAfter) + time.Millisecond - 1).Milliseconds()),
	}
}

// remoteError is the error that a header other than OK stands for. Nothing in it is trusted: text is cleaned, waiting
// bounded.
func remoteError(h *pb.Header) *Error {
	return &Error{
		Status:     Status(h.GetStatus()),
		Message:    printable(h.GetMessage()),
		RetryAfter: min(time.Duration(h.GetRetryAfterMs())*time.Millisecond, maxRetryAfter),
	}
}

// printable cuts s to maxMessage bytes and replaces what could disturb a terminal or a log.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s[:min(len(s), maxMessage)], ""))
}
