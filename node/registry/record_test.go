package registry

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ipfs/go-datastore"
	dssync "github.com/ipfs/go-datastore/sync"

	"github.com/floe-network/floe/staking"
)

// Whatever stands in the books is read, and written again as it was, or refused.
func FuzzRecords(f *testing.F) {
	f.Add(Position{Cursor: 7, Epoch: 3, Gap: true, swept: 2}.marshal())
	f.Add(Object{Deletable: true, Certified: true, Registered: 1, End: 9}.marshal())
	f.Add(Blob{Size: 5, Sized: true, Barred: staking.Denied, Permanent: 4, told: 8, ends: []end{{3, 1, 0}, {9, 0, 2}}}.marshal())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		parsers := map[string]func([]byte) ([]byte, error){
			"position": func(b []byte) ([]byte, error) { v, err := parsePosition(b); return v.marshal(), err },
			"object":   func(b []byte) ([]byte, error) { v, err := parseObject(b); return v.marshal(), err },
			"blob":     func(b []byte) ([]byte, error) { v, err := parseBlob(b); return v.marshal(), err },
		}
		for name, parse := range parsers {
			switch again, err := parse(b); {
			case err == nil && !bytes.Equal(again, b):
				t.Errorf("%s: %x became %x", name, b, again)
			case err != nil && !errors.Is(err, errRecord):
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestForeignRecordsAreRefused(t *testing.T) {
	long := Blob{}
	for i := range maxEnds + 1 {
		long.ends = append(long.ends, end{uint32(i), 1, 1})
	}
	blobRecord := func(change func([]byte)) []byte {
		b := Blob{ends: []end{{3, 1, 0}, {9, 0, 2}}}.marshal()
		change(b)
		return b
	}
	for name, b := range map[string][]byte{
		"too many ends": long.marshal(),
		"out of order":  blobRecord(func(b []byte) { b[blobHead] = 9 }),
		"empty end":     blobRecord(func(b []byte) { b[blobHead+4] = 0 }),
		"other version": blobRecord(func(b []byte) { b[0]++ }),
		"unknown flag":  blobRecord(func(b []byte) { b[1] |= 0x80 }),
		"cut short":     blobRecord(func([]byte) {})[:blobHead+endSize+1],
	} {
		if _, err := parseBlob(b); !errors.Is(err, errRecord) {
			t.Errorf("%s: %v", name, err)
		}
	}
	books := dssync.MutexWrap(datastore.NewMapDatastore())
	if err := books.Put(t.Context(), datastore.RawKey(positionKey), []byte{2}); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), books); !errors.Is(err, errRecord) {
		t.Errorf("open: %v", err)
	}
}
