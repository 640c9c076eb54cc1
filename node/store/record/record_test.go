package record_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store/record"
)

func info(size int) record.Info {
	return record.Info{
		Key:        record.Key{Blob: codec.BlobID(bytes.Repeat([]byte{0xab}, 32)), Shard: 0x123, Axis: codec.Secondary},
		SymbolSize: 0x4567,
		Size:       int64(size),
	}
}

func body(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never fails
	return b
}

// TestLayout pins the bytes on disk.
func TestLayout(t *testing.T) {
	got := hex.EncodeToString(record.Encode(info(3), []byte("abc")))
	want := "464c5356" + "0100" + "01" + "00" + strings.Repeat("ab", 32) + "2301" + "6745" + "03000000" +
		"b73f4b36" + // CRC32C of "abc"
		got[104:112] + "616263"
	if got != want {
		t.Errorf("record is\n%s, want\n%s", got, want)
	}
	if crc := record.Checksum([]byte("123456789")); crc != 0xe3069283 {
		t.Errorf("checksum %#x is not CRC32C", crc)
	}
}

func TestRoundTrip(t *testing.T) {
	const block = record.BlockSize
	r := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // tests want the same every time
	for _, size := range []int{1, 100, block - 1, block, block + 1, 3*block + 7, 70 * block} {
		want := body(size)
		enc := append([]byte("before"), record.Encode(info(size), want)...)
		if int64(len(enc)-6) != record.Size(int64(size)) {
			t.Errorf("size %d: record of %d bytes, want %d", size, len(enc)-6, record.Size(int64(size)))
		}
		enc = append(enc, "behind"...)
		b, err := record.Read(bytes.NewReader(enc), 6)
		if err != nil {
			t.Fatal(err)
		}
		if b.Info != info(size) {
			t.Errorf("size %d: %+v", size, b.Info)
		}
		for range 30 {
			off, n := r.Int64N(int64(size)+3), r.IntN(min(size, 4*block)+3)
			wantP, p := make([]byte, n), make([]byte, n)
			wantN, wantErr := bytes.NewReader(want).ReadAt(wantP, off)
			gotN, err := b.ReadAt(bytes.NewReader(enc), p, off)
			if n > 0 && (gotN != wantN || err != wantErr || !bytes.Equal(p[:gotN], wantP[:wantN])) { //nolint:errorlint // io.EOF is returned as it is
				t.Fatalf("size %d: %d bytes at %d: %d, %v, want %d, %v", size, n, off, gotN, err, wantN, wantErr)
			}
		}
	}
}

// TestFlippedBits flips every bit of a small record: a header never passes, a body's byte is never returned wrong.
func TestFlippedBits(t *testing.T) {
	want := body(200)
	enc := record.Encode(info(200), want)
	for i := range enc {
		for bit := range 8 {
			bad := bytes.Clone(enc)
			bad[i] ^= 1 << bit
			b, err := record.Read(bytes.NewReader(bad), 0)
			if int64(i) < record.HeaderSize(200) {
				if !errors.Is(err, record.ErrCorrupt) {
					t.Fatalf("bit %d of header byte %d: %v", bit, i, err)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.ReadAt(bytes.NewReader(bad), make([]byte, 1), 7); !errors.Is(err, record.ErrCorrupt) {
				t.Fatalf("bit %d of body byte %d: %v", bit, i, err)
			}
		}
	}
}

// TestBlocksApart: damage in one block leaves the others readable.
func TestBlocksApart(t *testing.T) {
	const size = 5*record.BlockSize + 10
	want := body(size)
	enc := record.Encode(info(size), want)
	enc[record.HeaderSize(size)+2*record.BlockSize+5] ^= 1
	b, err := record.Read(bytes.NewReader(enc), 0)
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, size)
	n, err := b.ReadAt(bytes.NewReader(enc), p, 0)
	if n != 2*record.BlockSize || !errors.Is(err, record.ErrCorrupt) || !bytes.Equal(p[:n], want[:n]) {
		t.Errorf("whole: %d, %v", n, err)
	}
	n, err = b.ReadAt(bytes.NewReader(enc), p, 3*record.BlockSize)
	if n != 2*record.BlockSize+10 || !errors.Is(err, io.EOF) || !bytes.Equal(p[:n], want[3*record.BlockSize:]) {
		t.Errorf("behind: %d, %v", n, err)
	}
}

func TestCutOff(t *testing.T) {
	const size = 2*record.BlockSize + 10
	enc := record.Encode(info(size), body(size))
	for _, n := range []int64{0, 3, 47, 48, 59, record.HeaderSize(size) - 1, record.HeaderSize(size), record.HeaderSize(size) + 1, record.Size(size) - 1} {
		r := bytes.NewReader(enc[:n])
		b, err := record.Read(r, 0)
		if err == nil {
			_, err = b.ReadAt(r, make([]byte, size), 0)
		}
		if !errors.Is(err, record.ErrCorrupt) {
			t.Errorf("%d of %d bytes: %v", n, len(enc), err)
		}
	}
}

// TestReadError: what the system says is not taken for damage.
func TestReadError(t *testing.T) {
	enc := record.Encode(info(10), body(10))
	failing := readerAt{iotest.ErrReader(io.ErrUnexpectedEOF)}
	if _, err := record.Read(failing, 0); !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, record.ErrCorrupt) {
		t.Errorf("header: %v", err)
	}
	b, err := record.Read(bytes.NewReader(enc), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.ReadAt(failing, make([]byte, 1), 0); !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, record.ErrCorrupt) {
		t.Errorf("body: %v", err)
	}
}

type readerAt struct{ io.Reader }

func (r readerAt) ReadAt(p []byte, _ int64) (int, error) { return r.Read(p) }

// FuzzRead reads anything: never a panic, nothing large allocated, and what passes is what Encode writes.
func FuzzRead(f *testing.F) {
	f.Add(record.Encode(info(3), []byte("abc")), int64(0))
	f.Add(append([]byte("x"), record.Encode(info(200), body(200))...), int64(1))
	f.Add(record.AppendHeader(nil, info(3*record.BlockSize), body(3*record.BlockSize)), int64(0))
	f.Add([]byte("FLSV"), int64(0))
	f.Fuzz(func(t *testing.T, b []byte, off int64) {
		r := bytes.NewReader(b)
		if off < 0 || off > int64(len(b)) {
			off = 0
		}
		got, err := record.Read(r, off)
		if err != nil {
			if !errors.Is(err, record.ErrCorrupt) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if got.Size > int64(len(b)) {
			return
		}
		p := make([]byte, got.Size)
		if _, err := got.ReadAt(r, p, 0); err != nil {
			return
		}
		if want := b[off : off+record.Size(got.Size)]; !bytes.Equal(record.Encode(got.Info, p), want) {
			t.Fatal("what was read is not what would be written")
		}
	})
}
