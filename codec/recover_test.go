package codec

import (
	"bytes"
	"context"
	"errors"
	"testing"
)

// symbols returns the recovery symbols of a target from the given sources.
func (e encoded) symbols(t testing.TB, a Axis, target int, sources []int) []RecoverySymbol {
	t.Helper()
	var list []RecoverySymbol
	for _, i := range sources {
		s := e.sliver(a.Orthogonal(), i)
		x, err := e.c.Expand(&s)
		if err != nil {
			t.Fatal(err)
		}
		sym := x.RecoverySymbol(target)
		if sym.Target != a || sym.TargetIndex != target || sym.Index != i {
			t.Fatalf("symbol for %s %d of source %d says %s %d of %d", a, target, i, sym.Target, sym.TargetIndex, sym.Index)
		}
		list = append(list, sym.RecoverySymbol)
	}
	return list
}

func TestRecoverSliver(t *testing.T) {
	for _, n := range []int{4, 7, 10, 13, 31, 64, 100} {
		e := encode(t, n, randomBlob(byte(n), 70*n*n), Options{})
		rng := newRand(uint64(n))
		for _, a := range []Axis{Primary, Secondary} {
			for _, index := range []int{0, n / 2, n - 1} {
				need := e.c.p.SliverSymbols(a)
				syms := e.symbols(t, a, index, rng.Perm(n)[:min(need+1, n)])
				got, err := e.c.RecoverSliver(e.m, a, index, syms)
				if err != nil {
					t.Fatal(err)
				}
				want := e.sliver(a, index)
				if got.Axis != a || got.Index != index || got.SymbolSize != want.SymbolSize || !bytes.Equal(got.Data, want.Data) {
					t.Fatalf("n=%d: recovered %s sliver %d differs", n, a, index)
				}
				few := append(syms[:need-1:need-1], syms[:3]...) // duplicates do not count
				if _, err := e.c.RecoverSliver(e.m, a, index, few[:need]); !errors.Is(err, ErrNotEnough) {
					t.Fatalf("n=%d: %s sliver %d from too few: %v", n, a, index, err)
				}
				if err := e.c.VerifyInconsistency(e.m, a, &InconsistencyProof{TargetIndex: index, Symbols: syms}); !errors.Is(err, ErrVerify) {
					t.Fatalf("n=%d: consistent %s sliver %d called inconsistent: %v", n, a, index, err)
				}
			}
		}
	}
}

func TestVerifySymbol(t *testing.T) {
	const n = 10
	e := encode(t, n, randomBlob(9, 1000), Options{})
	for _, a := range []Axis{Primary, Secondary} {
		for target := range n {
			for source := range n {
				sym := e.symbols(t, a, target, []int{source})[0]
				if err := e.c.VerifySymbol(e.m, a, target, &sym); err != nil {
					t.Fatalf("%s %d from %d: %v", a, target, source, err)
				}
			}
		}
		const target, source = 3, 8
		sym := e.symbols(t, a, target, []int{source})[0]
		flip := func(b []byte, bit int) { b[bit/8] ^= 1 << (bit % 8) }
		for bit := range 8 * len(sym.Data) {
			bad := sym
			bad.Data = bytes.Clone(sym.Data)
			flip(bad.Data, bit)
			if err := e.c.VerifySymbol(e.m, a, target, &bad); !errors.Is(err, ErrVerify) {
				t.Fatalf("data bit %d: %v", bit, err)
			}
		}
		for i := range sym.Proof {
			for bit := range 8 * len(sym.Proof[i]) {
				bad := sym
				bad.Proof = append(Proof(nil), sym.Proof...)
				flip(bad.Proof[i][:], bit)
				if err := e.c.VerifySymbol(e.m, a, target, &bad); !errors.Is(err, ErrVerify) {
					t.Fatalf("proof node %d bit %d: %v", i, bit, err)
				}
			}
		}
		for _, v := range []struct {
			name   string
			axis   Axis
			target int
			change func(s *RecoverySymbol)
			want   error
		}{
			{"other target", a, target + 1, func(*RecoverySymbol) {}, ErrVerify},
			{"other axis", a.Orthogonal(), target, func(*RecoverySymbol) {}, ErrVerify},
			{"other source", a, target, func(s *RecoverySymbol) { s.Index++ }, ErrVerify},
			{"unknown axis", 2, target, func(*RecoverySymbol) {}, ErrInvalid},
			{"negative target", a, -1, func(*RecoverySymbol) {}, ErrInvalid},
			{"target beyond n", a, n, func(*RecoverySymbol) {}, ErrInvalid},
			{"negative source", a, target, func(s *RecoverySymbol) { s.Index = -1 }, ErrInvalid},
			{"source beyond n", a, target, func(s *RecoverySymbol) { s.Index = n }, ErrInvalid},
			{"short data", a, target, func(s *RecoverySymbol) { s.Data = s.Data[2:] }, ErrInvalid},
			{"no data", a, target, func(s *RecoverySymbol) { s.Data = nil }, ErrInvalid},
			{"short proof", a, target, func(s *RecoverySymbol) { s.Proof = s.Proof[1:] }, ErrInvalid},
			{"long proof", a, target, func(s *RecoverySymbol) { s.Proof = append(s.Proof[:len(s.Proof):len(s.Proof)], Digest{}) }, ErrInvalid},
			{"no proof", a, target, func(s *RecoverySymbol) { s.Proof = nil }, ErrInvalid},
		} {
			bad := sym
			v.change(&bad)
			if err := e.c.VerifySymbol(e.m, v.axis, v.target, &bad); !errors.Is(err, v.want) {
				t.Errorf("%s: %v, want %v", v.name, err, v.want)
			}
			if _, err := e.c.RecoverSliver(e.m, v.axis, v.target, []RecoverySymbol{bad}); !errors.Is(err, v.want) {
				t.Errorf("recover, %s: %v, want %v", v.name, err, v.want)
			}
		}
	}
}

// inconsistent is what a writer commits to who encodes correctly except for one sliver.
func inconsistent(t testing.TB, e encoded, a Axis, index int) encoded {
	t.Helper()
	pair := e.c.p.PairIndex(index, a)
	pairs := append([]SliverPair(nil), e.pairs...)
	m := &Metadata{Length: e.m.Length, Hashes: append([]PairHashes(nil), e.m.Hashes...)}
	s := e.sliver(a, index)
	s.Data = bytes.Clone(s.Data)
	s.Data[1] ^= 0x40
	root, err := e.c.SliverRoot(&s)
	if err != nil {
		t.Fatal(err)
	}
	if a == Primary {
		pairs[pair].Primary, m.Hashes[pair].Primary = s, root
	} else {
		pairs[pair].Secondary, m.Hashes[pair].Secondary = s, root
	}
	return encoded{e.c, e.blob, m, pairs}
}

func TestInconsistent(t *testing.T) {
	for _, n := range []int{4, 7, 10, 31} {
		good := encode(t, n, randomBlob(byte(n), 40*n*n), Options{})
		p := good.c.p
		for _, a := range []Axis{Primary, Secondary} {
			k := p.SourceSlivers(a)
			for _, index := range []int{0, k - 1, k, n - 1} {
				e := inconsistent(t, good, a, index)
				s := e.sliver(a, index)
				if err := e.c.VerifySliver(e.m, &s); err != nil {
					t.Fatal(err)
				}
				// The wrong sliver cannot be recovered from correct ones, and that is a proof.
				sources := newRand(1).Perm(n)[:p.SliverSymbols(a)]
				_, err := e.c.RecoverSliver(e.m, a, index, e.symbols(t, a, index, sources))
				checkInconsistency(t, e, good, a, index, err)

				// A sliver that is correct cannot be recovered through the wrong one.
				for _, target := range []int{0, n - 1} {
					sources := []int{index}
					for i := range n {
						if len(sources) < p.SliverSymbols(a.Orthogonal()) && i != index {
							sources = append(sources, i)
						}
					}
					syms := e.symbols(t, a.Orthogonal(), target, sources)
					if x := good.symbols(t, a.Orthogonal(), target, []int{index}); bytes.Equal(x[0].Data, syms[0].Data) {
						continue // the change does not reach this symbol
					}
					_, err := e.c.RecoverSliver(e.m, a.Orthogonal(), target, syms)
					checkInconsistency(t, e, good, a.Orthogonal(), target, err)
				}
			}
		}
	}
}

func checkInconsistency(t *testing.T, e, good encoded, a Axis, index int, err error) {
	t.Helper()
	var inc *InconsistencyError
	if !errors.Is(err, ErrInconsistent) || !errors.As(err, &inc) || inc.Axis != a || inc.Proof.TargetIndex != index {
		t.Fatalf("recover wrong %s sliver %d: %v", a, index, err)
	}
	proof, err := UnmarshalInconsistencyProof(e.c.p, inc.Proof.AppendBCS(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.c.VerifyInconsistency(e.m, a, proof); err != nil {
		t.Errorf("proof against %s sliver %d: %v", a, index, err)
	}
	if err := e.c.VerifyInconsistency(good.m, a, proof); !errors.Is(err, ErrVerify) {
		t.Errorf("proof against the consistent blob: %v", err)
	}
	proof.Symbols = proof.Symbols[1:]
	if err := e.c.VerifyInconsistency(e.m, a, proof); !errors.Is(err, ErrNotEnough) {
		t.Errorf("proof with a symbol too few: %v", err)
	}
}

// TestChecks decodes inconsistent blobs.
func TestChecks(t *testing.T) {
	const n = 10
	good := encode(t, n, randomBlob(1, 2000), Options{})
	p := good.c.p
	all := func(a Axis) (list []int) {
		for i := range p.SourceSlivers(a) {
			list = append(list, i)
		}
		return list
	}
	decode := func(e encoded, a Axis, set []int, check Check) error {
		_, err := e.c.DecodeBytes(context.Background(), e.m, e.slivers(a, set), check)
		return err
	}
	for _, v := range []struct {
		name          string
		wrong         Axis
		index         int
		from          Axis
		set           []int
		deflt, strict bool // consistent by the check
	}{
		{"wrong systematic row, not used", Primary, 1, Primary, []int{9, 8, 7, 6}, false, false},
		{"wrong systematic row, used alone", Primary, 1, Primary, all(Primary), true, false},
		{"wrong systematic row, used with recovery", Primary, 1, Primary, []int{0, 1, 2, 8}, false, false},
		{"wrong recovery row, not used", Primary, 8, Primary, all(Primary), true, false},
		{"wrong recovery row, used", Primary, 8, Primary, []int{8, 1, 2, 3}, false, false},
		{"wrong systematic column, not used", Secondary, 0, Primary, all(Primary), true, false},
		{"wrong systematic column, used", Secondary, 0, Secondary, all(Secondary), false, false},
		{"wrong recovery column, not used", Secondary, 9, Secondary, all(Secondary), true, false},
		{"wrong recovery column, used", Secondary, 9, Secondary, []int{9, 1, 2, 3, 4, 5, 6}, false, false},
	} {
		e := inconsistent(t, good, v.wrong, v.index)
		for _, c := range []struct {
			check      Check
			consistent bool
		}{{Skip, true}, {Default, v.deflt}, {Strict, v.strict}} {
			err := decode(e, v.from, v.set, c.check)
			if c.consistent && err != nil || !c.consistent && !errors.Is(err, ErrInconsistent) {
				t.Errorf("%s: %s check: %v, consistent should be %v", v.name, c.check, err, c.consistent)
			}
		}
	}

	// A blob whose padding is not zero: all slivers agree, but the blob without padding is another one.
	s, err := p.SymbolSize(2000)
	if err != nil {
		t.Fatal(err)
	}
	e := encode(t, n, randomBlob(1, p.Rows()*p.Cols()*s), Options{})
	e.m.Length = 2000
	for _, a := range []Axis{Primary, Secondary} {
		for _, set := range sets(p, a, 2) {
			for check, want := range map[Check]error{Skip: nil, Default: ErrInconsistent, Strict: ErrInconsistent} {
				if err := decode(e, a, set, check); !errors.Is(err, want) {
					t.Errorf("padding, %s %v, %s check: %v, want %v", a, set, check, err, want)
				}
			}
		}
	}
}
