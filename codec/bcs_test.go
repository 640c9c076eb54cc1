package codec

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/big"
	"reflect"
	"testing"
)

// sample returns values of every wire form, for a committee of 10.
func sample(t testing.TB) (Params, map[string][]byte) {
	t.Helper()
	e := encode(t, 10, randomBlob(7, 500), Options{})
	row, col := e.sliver(Primary, 4), e.sliver(Secondary, 9)
	sym := e.symbols(t, Secondary, 9, []int{0, 4, 7})
	general := GeneralRecoverySymbol{Target: Secondary, TargetIndex: 9, RecoverySymbol: sym[1]}
	decoding := DecodingSymbol{Index: sym[0].Index, Data: sym[0].Data}
	either := EitherDecodingSymbol{Target: Secondary, DecodingSymbol: decoding}
	proof := InconsistencyProof{TargetIndex: 9, Symbols: sym}
	id := general.ID()
	return e.c.p, map[string][]byte{
		"metadata":      e.m.AppendBCS(nil),
		"metadata+id":   e.m.AppendBCSWithID(nil),
		"primary":       row.AppendBCS(nil),
		"secondary":     col.AppendBCS(nil),
		"sliver":        col.AppendTaggedBCS(nil),
		"symbol id":     id.AppendBCS(nil),
		"proof":         sym[0].Proof.AppendBCS(nil),
		"decoding":      decoding.AppendBCS(nil),
		"either":        either.AppendBCS(nil),
		"recovery":      sym[0].AppendBCS(nil),
		"general":       general.AppendBCS(nil),
		"general list":  AppendGeneralRecoverySymbols(nil, []GeneralRecoverySymbol{general, general}),
		"inconsistency": proof.AppendBCS(nil),
	}
}

// parsers read a form and write it again.
func parsers(p Params) map[string]func(b []byte) ([]byte, error) {
	return map[string]func(b []byte) ([]byte, error){
		"metadata": func(b []byte) ([]byte, error) {
			m, err := UnmarshalMetadata(p, b)
			if err != nil {
				return nil, err
			}
			return m.AppendBCS(nil), nil
		},
		"metadata+id": func(b []byte) ([]byte, error) {
			_, m, err := UnmarshalMetadataWithID(p, b)
			if err != nil {
				return nil, err
			}
			return m.AppendBCSWithID(nil), nil
		},
		"primary": func(b []byte) ([]byte, error) {
			s, err := UnmarshalSliver(p, Primary, b)
			if err != nil {
				return nil, err
			}
			return s.AppendBCS(nil), nil
		},
		"secondary": func(b []byte) ([]byte, error) {
			s, err := UnmarshalSliver(p, Secondary, b)
			if err != nil {
				return nil, err
			}
			return s.AppendBCS(nil), nil
		},
		"sliver": func(b []byte) ([]byte, error) {
			s, err := UnmarshalTaggedSliver(p, b)
			if err != nil {
				return nil, err
			}
			return s.AppendTaggedBCS(nil), nil
		},
		"symbol id": func(b []byte) ([]byte, error) {
			id, err := UnmarshalSymbolID(p, b)
			if err != nil {
				return nil, err
			}
			return id.AppendBCS(nil), nil
		},
		"proof": func(b []byte) ([]byte, error) {
			proof, err := UnmarshalProof(p, b)
			if err != nil {
				return nil, err
			}
			return proof.AppendBCS(nil), nil
		},
		"decoding": func(b []byte) ([]byte, error) {
			s, err := UnmarshalDecodingSymbol(p, b)
			if err != nil {
				return nil, err
			}
			return s.AppendBCS(nil), nil
		},
		"either": func(b []byte) ([]byte, error) {
			s, err := UnmarshalEitherDecodingSymbol(p, b)
			if err != nil {
				return nil, err
			}
			return s.AppendBCS(nil), nil
		},
		"recovery": func(b []byte) ([]byte, error) {
			s, err := UnmarshalRecoverySymbol(p, b)
			if err != nil {
				return nil, err
			}
			return s.AppendBCS(nil), nil
		},
		"general": func(b []byte) ([]byte, error) {
			s, err := UnmarshalGeneralRecoverySymbol(p, b)
			if err != nil {
				return nil, err
			}
			return s.AppendBCS(nil), nil
		},
		"general list": func(b []byte) ([]byte, error) {
			list, err := UnmarshalGeneralRecoverySymbols(p, b, 16)
			if err != nil {
				return nil, err
			}
			return AppendGeneralRecoverySymbols(nil, list), nil
		},
		"inconsistency": func(b []byte) ([]byte, error) {
			proof, err := UnmarshalInconsistencyProof(p, b)
			if err != nil {
				return nil, err
			}
			return proof.AppendBCS(nil), nil
		},
	}
}

func TestBCS(t *testing.T) {
	p, forms := sample(t)
	for name, parse := range parsers(p) {
		b := forms[name]
		if got, err := parse(b); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s: %x becomes %x, %v", name, b, got, err)
		}
		for i := range b {
			if _, err := parse(b[:i]); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s cut to %d bytes: %v", name, i, err)
			}
		}
		if _, err := parse(append(bytes.Clone(b), 0)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s with a byte more: %v", name, err)
		}
	}
}

// TestBCSLayout pins layouts that the official vectors have no sample of.
func TestBCSLayout(t *testing.T) {
	p, err := NewParams(4)
	if err != nil {
		t.Fatal(err)
	}
	sym := RecoverySymbol{Index: 2, Data: []byte{7, 8}, Proof: Proof{{1: 9}, {}}}
	digest := "0100090000000000000000000000000000000000000000000000000000000000" + "00"
	for _, v := range []struct {
		name string
		got  []byte
		want string
	}{
		{"DecodingSymbol", (&DecodingSymbol{Index: 258, Data: []byte{7, 8}}).AppendBCS(nil), "0201" + "020708"},
		{"EitherDecodingSymbol", (&EitherDecodingSymbol{Target: Secondary, DecodingSymbol: DecodingSymbol{Index: 2, Data: []byte{7, 8}}}).AppendBCS(nil), "01" + "0200" + "020708"},
		{"MerkleProof", sym.Proof.AppendBCS(nil), "02" + digest + "00"},
		{"RecoverySymbol", sym.AppendBCS(nil), "0200" + "020708" + "02" + digest + "00"},
		{"GeneralRecoverySymbol", (&GeneralRecoverySymbol{Target: Primary, TargetIndex: 3, RecoverySymbol: sym}).AppendBCS(nil), "00" + "0200" + "020708" + "0300" + "02" + digest + "00"},
		{"InconsistencyProof", (&InconsistencyProof{TargetIndex: 1, Symbols: []RecoverySymbol{sym}}).AppendBCS(nil), "0100" + "01" + "0200" + "020708" + "02" + digest + "00"},
		{"SymbolId", SymbolID{Primary: 73, Secondary: 241}.AppendBCS(nil), "4900" + "f100"},
	} {
		if hex.EncodeToString(v.got) != v.want {
			t.Errorf("%s: %x, want %s", v.name, v.got, v.want)
		}
	}
	got, err := UnmarshalRecoverySymbol(p, sym.AppendBCS(nil))
	if err != nil || !reflect.DeepEqual(*got, sym) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBCSRefuses(t *testing.T) {
	p, err := NewParams(4)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct{ name, form, hex string }{
		{"length that is not canonical", "decoding", "0200" + "8200" + "0708"},
		{"length with too many bytes", "decoding", "0200" + "808080808001" + "0708"},
		{"length beyond the symbol limit", "decoding", "0200" + "ffff0f"},
		{"empty symbol", "decoding", "0200" + "00"},
		{"odd symbol", "decoding", "0200" + "0107"},
		{"source index beyond n", "decoding", "0400" + "020708"},
		{"unknown axis", "either", "02" + "0200" + "020708"},
		{"proof too short", "proof", "0100"},
		{"proof too long", "proof", "03000000"},
		{"unknown node tag", "proof", "020200"},
		{"zero digest", "proof", "0201" + "0000000000000000000000000000000000000000000000000000000000000000" + "00"},
		{"more symbols than sources", "inconsistency", "0100" + "05"},
		{"target beyond n", "inconsistency", "0400" + "00"},
		{"column beyond n", "symbol id", "03000400"},
		{"row beyond n", "symbol id", "04000300"},
		{"unknown sliver axis", "sliver", "02" + "06000000000000" + "0200" + "0000"},
		{"sliver of nothing", "primary", "00" + "0000" + "0000"},
		{"unknown metadata version", "metadata", "01"},
		{"unknown encoding", "metadata", "0000"},
		{"metadata of 1,000 pairs", "metadata", "0001" + "0000000000000000" + "e807"},
		{"metadata with a length over the limit", "metadata", "0001" + "0000000001000000" + "04"},
	} {
		b, err := hex.DecodeString(v.hex)
		if err != nil {
			t.Fatal(v.name, err)
		}
		if _, err := parsers(p)[v.form](b); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", v.name, err)
		}
	}
}

func FuzzBCS(f *testing.F) {
	p, forms := sample(f)
	for _, b := range forms {
		f.Add(b)
	}
	all := parsers(p)
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, parse := range all {
			got, err := parse(b)
			switch {
			case err == nil && !bytes.Equal(got, b):
				t.Errorf("%s: %x becomes %x", name, b, got)
			case err != nil && !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrVerify):
				t.Errorf("%s: an error of no kind: %v", name, err)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add("73-241")
	f.Add("w_wlA7gVbVUqa-cq5TEhfYtd63KLQkNWGx3KIdI583o")
	f.Add("primary")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := ParseSymbolID(s); err == nil && id.String() != s {
			t.Errorf("symbol id %q becomes %q", s, id)
		}
		if id, err := ParseBlobID(s); err == nil && id.String() != s {
			t.Errorf("blob id %q becomes %q", s, id)
		}
		if a, err := ParseAxis(s); err == nil && a.String() != s {
			t.Errorf("axis %q becomes %q", s, a)
		}
		if c, err := ParseCheck(s); err == nil && c.String() != s {
			t.Errorf("check %q becomes %q", s, c)
		}
	})
}

// FuzzDecoder gives a decoder whatever slivers a peer may send, then correct ones: the blob must come out.
func FuzzDecoder(f *testing.F) {
	e := encode(f, 4, randomBlob(7, 50), Options{})
	for _, a := range []Axis{Primary, Secondary} {
		s := e.sliver(a, 1)
		f.Add(byte(a), s.AppendBCS(nil))
	}
	f.Fuzz(func(t *testing.T, axis byte, b []byte) {
		a := Axis(axis)
		s, err := UnmarshalSliver(e.c.p, a, b)
		if err != nil {
			return
		}
		out := NewBuffer()
		d, err := e.c.NewDecoder(e.m, a, out)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Add(t.Context(), s)
		if genuine := bytes.Equal(b, sliverBCS(e, a, s.Index)); genuine != (err == nil) {
			t.Errorf("%s sliver %d, genuine %v: %v", a, s.Index, genuine, err)
		}
		for i := range e.c.p.n {
			s := e.sliver(a, i)
			if err := d.Add(t.Context(), &s); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Finish(t.Context(), Strict); err != nil || !bytes.Equal(out.Bytes(), e.blob) {
			t.Errorf("decode: %v", err)
		}
	})
}

func sliverBCS(e encoded, a Axis, index int) []byte {
	s := e.sliver(a, index)
	return s.AppendBCS(nil)
}

// FuzzRecover gives verified code whatever symbols a peer may send.
func FuzzRecover(f *testing.F) {
	e := encode(f, 4, randomBlob(7, 50), Options{})
	for _, a := range []Axis{Primary, Secondary} {
		proof := InconsistencyProof{TargetIndex: 1, Symbols: e.symbols(f, a, 1, []int{0, 2, 3})}
		f.Add(byte(a), proof.AppendBCS(nil))
	}
	f.Fuzz(func(t *testing.T, axis byte, b []byte) {
		proof, err := UnmarshalInconsistencyProof(e.c.p, b)
		if err != nil {
			return
		}
		a := Axis(axis)
		if err := e.c.VerifyInconsistency(e.m, a, proof); err == nil {
			t.Error("a consistent blob is called inconsistent")
		}
		s, err := e.c.RecoverSliver(e.m, a, proof.TargetIndex, proof.Symbols)
		if err == nil {
			if want := e.sliver(a, proof.TargetIndex); !bytes.Equal(s.Data, want.Data) {
				t.Error("recovered another sliver")
			}
		}
	})
}

func TestText(t *testing.T) {
	id := SymbolID{Primary: 73, Secondary: 241}
	b, err := id.MarshalText()
	if err != nil || string(b) != "73-241" {
		t.Errorf("%s, %v", b, err)
	}
	var got SymbolID
	if err := got.UnmarshalText(b); err != nil || got != id {
		t.Errorf("%v, %v", got, err)
	}
	for _, s := range []string{"", "-", "1", "1-", "-1", "1-2-3", "01-2", "+1-2", "1-65536", " 1-2", "1-2 "} {
		if err := got.UnmarshalText([]byte(s)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
	var blob BlobID
	for _, s := range []string{"", "w_wlA7gVbVUqa-cq5TEhfYtd63KLQkNWGx3KIdI583", "w_wlA7gVbVUqa-cq5TEhfYtd63KLQkNWGx3KIdI583p", "w+wlA7gVbVUqa-cq5TEhfYtd63KLQkNWGx3KIdI583o"} {
		if err := blob.UnmarshalText([]byte(s)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"Primary", "", "axis(2)"} {
		if _, err := ParseAxis(s); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestParams compares with figures of the Walrus documentation and contract tests.
func TestParams(t *testing.T) {
	for _, v := range []struct {
		n, f, rows, cols int
		limit, encoded   uint64 // largest blob, least encoded size
	}{
		{4, 1, 2, 3, 393_204, 1_192},
		{7, 2, 3, 5, 983_010, 3_472},
		{10, 3, 4, 7, 1_834_952, 6_940},
		{31, 10, 11, 21, 15_138_354, 64_480},
		{100, 33, 34, 67, 149_286_452, 663_400},
		{301, 100, 101, 201, 1_330_405_734, 5_989_900},
		{1000, 333, 334, 667, 14_599_533_452, 66_034_000},
	} {
		p, err := NewParams(v.n)
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := p.EncodedSize(0)
		if err != nil || p.Faulty() != v.f || p.Rows() != v.rows || p.Cols() != v.cols || p.MaxBlobSize() != v.limit || encoded != v.encoded {
			t.Errorf("n=%d: f=%d, %dx%d, limit %d, encoded %d, %v", v.n, p.Faulty(), p.Rows(), p.Cols(), p.MaxBlobSize(), encoded, err)
		}
		if s, err := p.SymbolSize(v.limit); err != nil || s != MaxSymbolSize {
			t.Errorf("n=%d: symbol size at the limit %d, %v", v.n, s, err)
		}
		if _, err := p.EncodedSize(v.limit + 1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("n=%d: beyond the limit: %v", v.n, err)
		}
		m := &Metadata{Hashes: make([]PairHashes, v.n)}
		for i := range m.Hashes {
			m.Hashes[i] = PairHashes{Digest{1}, Digest{2}}
		}
		if got := len(m.AppendBCS(nil)); got != p.MetadataBCSSize() {
			t.Errorf("n=%d: metadata of %d bytes, MetadataBCSSize is %d", v.n, got, p.MetadataBCSSize())
		}
	}
	for _, n := range []int{-1, 0, 3, 4097} {
		if _, err := NewParams(n); !errors.Is(err, ErrInvalid) {
			t.Errorf("n=%d: %v", n, err)
		}
	}
}

// TestShards compares the rotation with big integers.
func TestShards(t *testing.T) {
	rng := newRand(3)
	for range 200 {
		p, err := NewParams(MinShards + rng.IntN(MaxShards-MinShards+1))
		if err != nil {
			t.Fatal(err)
		}
		id := BlobID(randomBlob(byte(rng.Uint32()), 32))
		pair := rng.IntN(p.n)
		want := new(big.Int).SetBytes(id[:])
		want.Add(want, big.NewInt(int64(pair))).Mod(want, big.NewInt(int64(p.n)))
		shard := p.PairShard(id, pair)
		if int64(shard) != want.Int64() || p.ShardPair(id, shard) != pair {
			t.Fatalf("n=%d: pair %d is in shard %d, want %d, and back %d", p.n, pair, shard, want, p.ShardPair(id, shard))
		}
	}
}
