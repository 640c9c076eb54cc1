package crypto

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"

	circl "github.com/cloudflare/circl/ecc/bls12381"
	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
)

// gtGenerator is the pairing of the generators as Sui's framework has it, in Sui's encoding.
const gtGenerator = "" +
	"1250ebd871fc0a92a7b2d83168d0d727272d441befa15c503dd8e90ce98db3e7b6d194f60839c508a84305aaca1789b6" +
	"089a1c5b46e5110b86750ec6a532348868a84045483c92b7af5af689452eafabf1a8943e50439f1d59882a98eaa0170f" +
	"19f26337d205fb469cd6bd15c3d5a04dc88784fbb3d0b2dbdea54d43b2b73f2cbb12d58386a8703e0f948226e47ee89d" +
	"06fba23eb7c5af0d9f80940ca771b6ffd5857baaf222eb95a7d2809d61bfe02e1bfd1b68ff02f0b8102ae1c2d5d5ab1a" +
	"1368bb445c7c2d209703f239689ce34c0378a68e72a6b3b216da0e22a5031b54ddff57309396b38c881c4c849ec23e87" +
	"193502b86edb8857c273fa075a50512937e0794e1e65a7617c90d8bd66065b1fffe51d7a579973b1315021ec3c19934f" +
	"11b8b424cd48bf38fcef68083b0b0ec5c81a93b330ee1a677d0d15ff7b984e8978ef48881e32fac91b93b47333e2ba57" +
	"03350f55a7aefcd3c31b4fcb6ce5771cc6a0e9786ab5973320c806ad360829107ba810c5a09ffdd9be2291a0c25a99a2" +
	"01b2f522473d171391125ba84dc4007cfbf2f8da752f7c74185203fcca589ac719c34dffbbaad8431dad1c1fb597aaa5" +
	"018107154f25a764bd3c79937a45b84546da634b8f6be14a8061e55cceba478b23f7dacaa35c8ca78beae9624045b4b6" +
	"04c581234d086a9902249b64728ffd21a189e87935a954051c7cdba7b3872629a4fafc05066245cb9108f0242d0fe3ef" +
	"0f41e58663bf08cf068672cbd01a7ec73baca4d72ca93544deff686bfd6df543d48eaa24afe47e1efde449383b676631"

func randomScalar(t testing.TB) []byte {
	t.Helper()
	var s fr.Element
	if _, err := s.SetRandom(); err != nil {
		t.Fatal(err)
	}
	b := s.Bytes()
	return b[:]
}

func generators(t testing.TB) map[Group][]byte {
	t.Helper()
	_, _, p, q := curve.Generators()
	one := fr.One()
	s, p48, q96 := one.Bytes(), p.Bytes(), q.Bytes()
	return map[Group][]byte{Scalar: s[:], G1: p48[:], G2: q96[:], GT: unhex(t, gtGenerator)}
}

func must(t testing.TB) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

func TestGroupLaws(t *testing.T) {
	ok := must(t)
	for g, e := range generators(t) {
		a, b := randomScalar(t), randomScalar(t)
		ea, eb := ok(Mul(g, a, e)), ok(Mul(g, b, e))
		sum := ok(Add(g, ea, eb))
		if want := ok(Mul(g, ok(Add(Scalar, a, b)), e)); !bytes.Equal(sum, want) {
			t.Errorf("group %d: ae + be is not (a+b)e", g)
		}
		if got := ok(Sub(g, sum, eb)); !bytes.Equal(got, ea) {
			t.Errorf("group %d: (x+y)-y is not x", g)
		}
		if got := ok(Div(g, a, ea)); !bytes.Equal(got, e) {
			t.Errorf("group %d: ae/a is not e", g)
		}
		zero := make([]byte, fr.Bytes)
		none := ok(Mul(g, zero, e))
		if got := ok(Sub(g, ea, ea)); !bytes.Equal(got, none) {
			t.Errorf("group %d: x-x is not 0e", g)
		}
		if got := ok(Add(g, none, ea)); !bytes.Equal(got, ea) {
			t.Errorf("group %d: 0+x is not x", g)
		}
		if got, want := ok(Add(g, ea, ea)), ok(Mul(g, ok(Add(Scalar, generators(t)[Scalar], generators(t)[Scalar])), ea)); !bytes.Equal(got, want) {
			t.Errorf("group %d: x+x is not 2x", g)
		}
		if _, err := Div(g, zero, e); !errors.Is(err, ErrInvalidInput) {
			t.Errorf("group %d: division by zero gives %v", g, err)
		}
	}
}

func TestPairingAgreesWithSui(t *testing.T) {
	gens := generators(t)
	got := must(t)(Pairing(G1, gens[G1], gens[G2]))
	if !bytes.Equal(got, gens[GT]) {
		t.Fatalf("the pairing of the generators is %x", got)
	}
	a, b := randomScalar(t), randomScalar(t)
	ok := must(t)
	left := ok(Pairing(G1, ok(Mul(G1, a, gens[G1])), ok(Mul(G2, b, gens[G2]))))
	right := ok(Mul(GT, ok(Mul(Scalar, a, b)), gens[GT]))
	if !bytes.Equal(left, right) {
		t.Error("e(aP, bQ) is not ab e(P, Q)")
	}
	one := make([]byte, curve.SizeOfGT)
	one[47] = 1
	if got := ok(Pairing(G1, infinity(48), gens[G2])); !bytes.Equal(got, one) {
		t.Errorf("the pairing of infinity is %x", got)
	}
}

// Values that Sui's validators compute: 54321 times the generators. That of GT stands as its SHA-256.
func TestMultiplesAgreeWithSui(t *testing.T) {
	k := make([]byte, fr.Bytes)
	binary.BigEndian.PutUint64(k[24:], 54321)
	for g, want := range map[Group]string{
		G1: "821285b97f9c0420a2d37951edbda3d7c3ebac40c6f194faa0256f6e569eba49829cd69c27f1dd9df2dd83bac1f5aa49",
		G2: "827f4d489fcad0bf484adcc739dfe0dfbe5c0a999fd8aa022e1b66d199f328a5a2ff6ee1e568f09dc39df4c44f9527bc" +
			"011cb2a633188bd08146f6a730de30f8e5cdcaa48d69e27dd945315f5a3950bc311be5a5ea9f3d4a4cdd4315ae65040a",
		GT: "6ff372e78c96847890d80206f83e4826b503044a17b889ca5055e57a93dd666c",
	} {
		got := must(t)(Mul(g, k, generators(t)[g]))
		if g == GT {
			sum := sha256.Sum256(got)
			got = sum[:]
		}
		if hex.EncodeToString(got) != want {
			t.Errorf("group %d: %x", g, got)
		}
	}
	if got := must(t)(Sub(Scalar, make([]byte, fr.Bytes), k)); hex.EncodeToString(got) != "73eda753299d7d483339d80809a1d80553bda402fffe5bfefffffffeffff2bd0" {
		t.Errorf("minus 54321 is %x", got)
	}
}

func TestHashAndEncodingAgreeWithCircl(t *testing.T) {
	ok := must(t)
	for _, msg := range []string{"a", "walrus", string(make([]byte, 300))} {
		var p circl.G1
		p.Hash([]byte(msg), []byte(suiteG1))
		h1 := ok(HashTo(G1, []byte(msg)))
		if !bytes.Equal(h1, p.BytesCompressed()) {
			t.Errorf("hash of %d bytes to G1: %x", len(msg), h1)
		}
		var q circl.G2
		q.Hash([]byte(msg), []byte(suiteG2))
		if h2 := ok(HashTo(G2, []byte(msg))); !bytes.Equal(h2, q.BytesCompressed()) {
			t.Errorf("hash of %d bytes to G2: %x", len(msg), h2)
		}
		if u := ok(Convert(G1, UncompressedG1, h1)); !bytes.Equal(u, p.Bytes()) {
			t.Errorf("uncompressed hash of %d bytes: %x", len(msg), u)
		}
		var s circl.Scalar
		if err := s.Random(rand.Reader); err != nil {
			t.Fatal(err)
		}
		k, err := s.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		p.ScalarMult(&s, &p)
		if m := ok(Mul(G1, k, h1)); !bytes.Equal(m, p.BytesCompressed()) {
			t.Errorf("multiple of the hash of %d bytes: %x", len(msg), m)
		}
	}
}

func TestMultiScalarMulIsTheSumOfProducts(t *testing.T) {
	ok := must(t)
	for _, g := range []Group{G1, G2} {
		for _, n := range []int{1, 2, 7, MaxMultiScalarTerms} {
			var scalars, elements []byte
			want := ok(Mul(g, make([]byte, fr.Bytes), generators(t)[g]))
			for i := range n {
				k, e := randomScalar(t), ok(Mul(g, randomScalar(t), generators(t)[g]))
				if i == 1 {
					k = make([]byte, fr.Bytes)
				}
				scalars, elements = append(scalars, k...), append(elements, e...)
				want = ok(Add(g, want, ok(Mul(g, k, e))))
			}
			if got := ok(MultiScalarMul(g, scalars, elements)); !bytes.Equal(got, want) {
				t.Errorf("group %d, %d terms: %x, want %x", g, n, got, want)
			}
		}
	}
	many := bytes.Repeat(generators(t)[G1], MaxMultiScalarTerms+1)
	if _, err := MultiScalarMul(G1, make([]byte, 32*(MaxMultiScalarTerms+1)), many); !errors.Is(err, ErrTooLong) {
		t.Errorf("too many terms give %v", err)
	}
	for name, c := range map[string]struct{ scalars, elements []byte }{
		"none":           {nil, nil},
		"more scalars":   {make([]byte, 64), many[:48]},
		"more elements":  {make([]byte, 32), many[:96]},
		"broken element": {make([]byte, 32), many[:47]},
		"bad element":    {make([]byte, 32), make([]byte, 48)},
		"bad scalar":     {bytes.Repeat([]byte{255}, 32), many[:48]},
	} {
		if _, err := MultiScalarMul(G1, c.scalars, c.elements); !errors.Is(err, ErrInvalidInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUncompressedSum(t *testing.T) {
	ok := must(t)
	var terms [][]byte
	want := infinity(48)
	for range 20 {
		e := ok(Mul(G1, randomScalar(t), generators(t)[G1]))
		want = ok(Add(G1, want, e))
		terms = append(terms, ok(Convert(G1, UncompressedG1, e)))
	}
	terms = append(terms, ok(Convert(G1, UncompressedG1, infinity(48))), terms[0])
	want = ok(Add(G1, want, ok(Convert(UncompressedG1, G1, terms[0]))))
	sum := ok(Sum(UncompressedG1, terms))
	if got := ok(Convert(UncompressedG1, G1, sum)); !bytes.Equal(got, want) {
		t.Errorf("sum %x, want %x", got, want)
	}
	none := make([]byte, 96)
	none[0] = flagInfinity
	if got := ok(Sum(UncompressedG1, nil)); !bytes.Equal(got, none) {
		t.Errorf("the sum of nothing is %x", got)
	}
	most := make([][]byte, MaxSumTerms)
	for i := range most {
		most[i] = none
	}
	if got := ok(Sum(UncompressedG1, most)); !bytes.Equal(got, none) {
		t.Errorf("the sum of as many as are allowed is %x", got)
	}
	if _, err := Sum(UncompressedG1, append(most, none)); !errors.Is(err, ErrTooLong) {
		t.Errorf("too many terms give %v", err)
	}
}

func TestInvalidElementsAreRefused(t *testing.T) {
	off1, off2 := offSubgroupG1(t), offSubgroupG2(t)
	o1, o2, u1 := off1.Bytes(), off2.Bytes(), off1.RawBytes()
	order := fr.Modulus().Bytes()
	gens := generators(t)
	for g, bad := range map[Group]map[string][]byte{
		Scalar: {"the order": order, "short": gens[Scalar][1:], "long": append([]byte{0}, gens[Scalar]...), "nothing": nil},
		G1: {"off the subgroup": o1[:], "off the curve": append(gens[G1][:47:47], gens[G1][47]^1), "uncompressed": gens[G1][:0],
			"short": gens[G1][:47], "without flags": append([]byte{gens[G1][0] & 0x1f}, gens[G1][1:]...),
			"above the modulus": append([]byte{0x9f}, bytes.Repeat([]byte{255}, 47)...), "infinity with a sign": append([]byte{0xe0}, make([]byte, 47)...)},
		G2: {"off the subgroup": o2[:], "short": gens[G2][:95], "nothing": nil},
		GT: {"anything": gens[GT]}, UncompressedG1: {"anything": u1[:]}, 9: {"anything": gens[G1]},
	} {
		for name, b := range bad {
			if Validate(g, b) {
				t.Errorf("group %d, %s: valid", g, name)
			}
		}
	}
	for g := Scalar; g <= G2; g++ {
		if !Validate(g, gens[g]) {
			t.Errorf("group %d: the generator is not valid", g)
		}
	}
	if _, err := Convert(UncompressedG1, G1, u1[:]); !errors.Is(err, ErrInvalidInput) {
		t.Errorf("a point off the subgroup is compressed: %v", err)
	}
	good := must(t)(Convert(G1, UncompressedG1, gens[G1]))
	for name, b := range map[string][]byte{
		"off the curve":             append(good[:95:95], good[95]^1),
		"zeros":                     make([]byte, 96),
		"short":                     good[:95],
		"compressed":                append(bytes.Clone(gens[G1]), make([]byte, 48)...),
		"infinity with coordinates": append([]byte{good[0] | flagInfinity}, good[1:]...),
		"with a sign":               append([]byte{good[0] | flagLargest}, good[1:]...),
		"above the modulus":         append([]byte{0x1f}, bytes.Repeat([]byte{255}, 95)...),
	} {
		if _, err := Sum(UncompressedG1, [][]byte{b}); !errors.Is(err, ErrInvalidInput) {
			t.Errorf("%s: summed: %v", name, err)
		}
		if _, err := Convert(UncompressedG1, G1, b); !errors.Is(err, ErrInvalidInput) {
			t.Errorf("%s: compressed: %v", name, err)
		}
	}
	tooLarge := bytes.Repeat([]byte{255}, curve.SizeOfGT)
	if _, err := Add(GT, tooLarge, tooLarge); !errors.Is(err, ErrInvalidInput) {
		t.Errorf("coordinates above the modulus: %v", err)
	}
}

func TestOperationsThatAGroupLacks(t *testing.T) {
	gens := generators(t)
	for name, err := range map[string]error{
		"add uncompressed":     second(Add(UncompressedG1, nil, nil)),
		"sub uncompressed":     second(Sub(UncompressedG1, nil, nil)),
		"mul of no group":      second(Mul(77, gens[Scalar], gens[G1])),
		"div uncompressed":     second(Div(UncompressedG1, gens[Scalar], gens[G1])),
		"hash to a scalar":     second(HashTo(Scalar, []byte("m"))),
		"hash of nothing":      second(HashTo(G1, nil)),
		"products of scalars":  second(MultiScalarMul(Scalar, gens[Scalar], gens[Scalar])),
		"pairing of G2":        second(Pairing(G2, gens[G2], gens[G1])),
		"conversion of G2":     second(Convert(G2, UncompressedG1, gens[G2])),
		"sum of compressed":    second(Sum(G1, [][]byte{gens[G1]})),
		"mul with a bad scale": second(Mul(G1, gens[G1], gens[G1])),
		"div with a bad scale": second(Div(G1, gens[G1], gens[G1])),
	} {
		if !errors.Is(err, ErrInvalidInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second(_ []byte, err error) error { return err }

// What is accepted has one encoding, so that elements are equal exactly when their bytes are.
func FuzzElementsAreCanonical(f *testing.F) {
	for g, e := range generators(f) {
		f.Add(uint8(g), e)
	}
	f.Add(uint8(UncompressedG1), make([]byte, 96))
	f.Add(uint8(G1), infinity(48))
	f.Fuzz(func(t *testing.T, g uint8, e []byte) {
		group := Group(g)
		switch {
		case group <= GT:
			zero, err := Sub(group, e, e)
			if err != nil {
				return
			}
			back, err := Add(group, zero, e)
			if err != nil || !bytes.Equal(back, e) && group != GT {
				t.Errorf("group %d: %x comes back as %x, %v", g, e, back, err)
			}
		case group == UncompressedG1:
			if sum, err := Sum(group, [][]byte{e}); err == nil && !bytes.Equal(sum, e) {
				t.Errorf("%x comes back as %x", e, sum)
			}
		}
	})
}

func BenchmarkVerifyMinPk(b *testing.B) {
	key, sig := generators(b)[G1], generators(b)[G2]
	for b.Loop() {
		VerifyMinPk(sig, key, []byte("message"))
	}
}

func BenchmarkSumOfAThousand(b *testing.B) {
	e := must(b)(Convert(G1, UncompressedG1, generators(b)[G1]))
	terms := make([][]byte, 1000)
	for i := range terms {
		terms[i] = e
	}
	for b.Loop() {
		if _, err := Sum(UncompressedG1, terms); err != nil {
			b.Fatal(err)
		}
	}
}
