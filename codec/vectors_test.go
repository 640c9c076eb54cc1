package codec

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

type vectors struct {
	Full []struct {
		N           int
		Len         int
		P, S        int
		SymbolSize  int
		BlobID      string
		RootHash    string
		MetadataBcs string
		Primary     []string
		Secondary   []string
	}
	IDOnly []struct {
		N          int
		Len        int
		SymbolSize int
		BlobID     string
		RootHash   string
	}
	Quilt struct {
		N           int
		SymbolSize  int
		QuiltHex    string
		QuiltBlobID string
	}
}

func loadVectors(t testing.TB) *vectors {
	t.Helper()
	b, err := os.ReadFile("testdata/walrus-codec.json")
	if err != nil {
		t.Fatal(err)
	}
	v := new(vectors)
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
	return v
}

// vectorBlob is the content of the vectors' blobs.
func vectorBlob(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(7*i + 13)
	}
	return b
}

func newCodec(t testing.TB, n int, opts Options) *Codec {
	t.Helper()
	p, err := NewParams(n)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(p, opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestVectorsFull(t *testing.T) {
	for _, v := range loadVectors(t).Full {
		t.Run(fmt.Sprintf("n=%d/len=%d", v.N, v.Len), func(t *testing.T) {
			c := newCodec(t, v.N, Options{})
			p := c.Params()
			if p.Rows() != v.P || p.Cols() != v.S {
				t.Errorf("dimensions %dx%d, want %dx%d", p.Rows(), p.Cols(), v.P, v.S)
			}
			blob := vectorBlob(v.Len)
			pairs, m, id, err := c.EncodeBytes(context.Background(), blob)
			if err != nil {
				t.Fatal(err)
			}
			if id.String() != v.BlobID {
				t.Errorf("blob id %s, want %s", id, v.BlobID)
			}
			if root := m.Root(); hex.EncodeToString(root[:]) != v.RootHash {
				t.Errorf("root %x, want %s", root, v.RootHash)
			}
			if got := m.AppendBCSWithID(nil); !bytes.Equal(got[32:], unhex(t, v.MetadataBcs)) || !bytes.Equal(got[:32], id[:]) {
				t.Errorf("metadata %x, want %s", got, v.MetadataBcs)
			}
			for i, pair := range pairs {
				if pair.Primary.SymbolSize != v.SymbolSize {
					t.Errorf("symbol size %d, want %d", pair.Primary.SymbolSize, v.SymbolSize)
				}
				if got := hex.EncodeToString(pair.Primary.AppendBCS(nil)); got != v.Primary[i] {
					t.Errorf("pair %d primary %s, want %s", i, got, v.Primary[i])
				}
				if got := hex.EncodeToString(pair.Secondary.AppendBCS(nil)); got != v.Secondary[i] {
					t.Errorf("pair %d secondary %s, want %s", i, got, v.Secondary[i])
				}
				for _, s := range []Sliver{pair.Primary, pair.Secondary} {
					if err := c.VerifySliver(m, &s); err != nil {
						t.Error(err)
					}
				}
			}
			for _, check := range []Check{Default, Strict, Skip} {
				var prim, sec []Sliver
				for i := range pairs {
					prim, sec = append(prim, pairs[i].Primary), append(sec, pairs[i].Secondary)
				}
				for _, slivers := range [][]Sliver{prim, sec, prim[1:], sec[1:]} {
					got, err := c.DecodeBytes(context.Background(), m, slivers, check)
					if err != nil || !bytes.Equal(got, blob) {
						t.Errorf("decode %s from %d %s slivers: %v", check, len(slivers), slivers[0].Axis, err)
					}
				}
			}
		})
	}
}

func TestVectorsID(t *testing.T) {
	v := loadVectors(t)
	for _, v := range v.IDOnly {
		t.Run(fmt.Sprintf("n=%d/len=%d", v.N, v.Len), func(t *testing.T) {
			if raceEnabled && v.N >= 1000 {
				t.Skip("n = 1000 takes too long under the race detector")
			}
			c := newCodec(t, v.N, Options{})
			e, err := c.Prepare(context.Background(), bytes.NewReader(vectorBlob(v.Len)), int64(v.Len))
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			if e.BlobID().String() != v.BlobID {
				t.Errorf("blob id %s, want %s", e.BlobID(), v.BlobID)
			}
			if root := e.Metadata().Root(); hex.EncodeToString(root[:]) != v.RootHash {
				t.Errorf("root %x, want %s", root, v.RootHash)
			}
			if e.SymbolSize() != v.SymbolSize {
				t.Errorf("symbol size %d, want %d", e.SymbolSize(), v.SymbolSize)
			}
		})
	}
	t.Run("quilt", func(t *testing.T) {
		blob := unhex(t, v.Quilt.QuiltHex)
		_, _, id, err := newCodec(t, v.Quilt.N, Options{}).EncodeBytes(context.Background(), blob)
		if err != nil {
			t.Fatal(err)
		}
		if id.String() != v.Quilt.QuiltBlobID {
			t.Errorf("blob id %s, want %s", id, v.Quilt.QuiltBlobID)
		}
	})
}
