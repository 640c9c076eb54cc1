package segment_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/node/store/record"
	"github.com/floe-network/floe/node/store/segment"
)

func encoded(n, size int) []byte {
	i := record.Info{Key: record.Key{Blob: codec.BlobID{byte(n)}, Shard: n}, SymbolSize: 2, Size: int64(size)}
	return record.Encode(i, bytes.Repeat([]byte{byte(n)}, size))
}

func read(t *testing.T, fs vfs.FS, path string) []byte {
	t.Helper()
	f, err := fs.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

// scan returns offset and shard of every record.
func scan(t *testing.T, b []byte) (found []string) {
	t.Helper()
	err := segment.Scan(bytes.NewReader(b), int64(len(b)), func(off int64, r *record.Body) error {
		found = append(found, fmt.Sprintf("%d:%d", off, r.Shard))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestNames(t *testing.T) {
	for _, id := range []uint32{1, 10, 0xffffffff} {
		if got, ok := segment.ParseName(segment.Name(id)); !ok || got != id {
			t.Errorf("%s: %d, %v", segment.Name(id), got, ok)
		}
	}
	for _, name := range []string{"", ".seg", "1.seg", "0000000A.seg", "000000001.seg", "00000001.sg", "+0000001.seg", "0000_001.seg"} {
		if id, ok := segment.ParseName(name); ok {
			t.Errorf("%q is %d", name, id)
		}
	}
}

func TestAppendAndScan(t *testing.T) {
	fs := vfs.NewMem()
	w := segment.NewWriter(fs, "")
	if err := w.Create(7); err != nil {
		t.Fatal(err)
	}
	var want []string
	at := int64(segment.HeaderSize)
	for group := range 3 {
		var records [][]byte
		for i := range 4 {
			n := group*4 + i
			records = append(records, encoded(n, 10+n*100))
			want = append(want, fmt.Sprintf("%d:%d", at, n))
			at += int64(len(records[i]))
		}
		offsets, err := w.Append(records)
		if err != nil {
			t.Fatal(err)
		}
		for i, off := range offsets {
			if n := group*4 + i; want[n] != fmt.Sprintf("%d:%d", off, n) {
				t.Errorf("record %d is at %d, want %s", n, off, want[n])
			}
		}
		if w.Size() != at {
			t.Errorf("size %d, want %d", w.Size(), at)
		}
		// Closed and gone on with: what is there stays.
		if err := w.Continue(7, w.Size()); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b := read(t, fs, segment.Name(7))
	if got := scan(t, b); !slices.Equal(got, want) {
		t.Errorf("scan: %v, want %v", got, want)
	}
	if id, err := segment.ReadHeader(bytes.NewReader(b)); err != nil || id != 7 {
		t.Errorf("header: %d, %v", id, err)
	}
	for n := range int64(len(b)) { // cut off anywhere, the records before are found
		if n < segment.HeaderSize {
			if _, err := segment.ReadHeader(bytes.NewReader(b[:n])); !errors.Is(err, record.ErrCorrupt) {
				t.Fatalf("header of %d bytes: %v", n, err)
			}
		} else if got := scan(t, b[:n]); !slices.Equal(got, want[:len(got)]) {
			t.Fatalf("scan of %d bytes: %v", n, got)
		}
	}
}

func TestCreateReplaces(t *testing.T) {
	fs := vfs.NewMem()
	f, err := fs.Create(segment.Name(1), vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(bytes.Repeat([]byte{1}, 10_000))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	w := segment.NewWriter(fs, "")
	if err := w.Create(1); err != nil {
		t.Fatal(err)
	}
	r := encoded(1, 100)
	if _, err := w.Append([][]byte{r}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if b := read(t, fs, segment.Name(1)); len(b) != segment.HeaderSize+len(r) {
		t.Errorf("%d bytes", len(b))
	}
}

// TestFailedAppend: nothing is appended to a segment after a write or a sync of it has failed.
func TestFailedAppend(t *testing.T) {
	for _, kind := range []errorfs.OpKind{errorfs.OpFileWriteAt, errorfs.OpFileSyncData, errorfs.OpFileSync} {
		fails := false
		fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
			if fails && op.Kind == kind {
				return syscall.EIO
			}
			return nil
		}))
		w := segment.NewWriter(fs, "")
		if err := w.Create(1); err != nil {
			t.Fatal(err)
		}
		fails = true
		if _, err := w.Append([][]byte{encoded(1, 10)}); !errors.Is(err, syscall.EIO) {
			t.Errorf("append with failing %d: %v", kind, err)
		}
		fails = false
		if _, err := w.Append([][]byte{encoded(1, 10)}); err == nil {
			t.Errorf("append after failed %d", kind)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

// FuzzScan scans anything: never a panic, and only records that lie in order.
func FuzzScan(f *testing.F) {
	fs := vfs.NewMem()
	w := segment.NewWriter(fs, "")
	if err := w.Create(1); err != nil {
		f.Fatal(err)
	}
	if _, err := w.Append([][]byte{encoded(1, 10), encoded(2, 300), encoded(3, 1)}); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	file, err := fs.Open(segment.Name(1))
	if err != nil {
		f.Fatal(err)
	}
	b, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:100])
	f.Add([]byte("FLSG"))
	f.Fuzz(func(t *testing.T, b []byte) {
		next := int64(segment.HeaderSize)
		err := segment.Scan(bytes.NewReader(b), int64(len(b)), func(off int64, r *record.Body) error {
			if off != next {
				t.Fatalf("a record at %d, want %d", off, next)
			}
			next += record.Size(r.Size)
			return nil
		})
		if err != nil && !errors.Is(err, record.ErrCorrupt) {
			t.Fatalf("error of another kind: %v", err)
		}
	})
}
