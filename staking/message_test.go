package staking_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/stakingtest"
)

// The official encoder's messages, byte for byte.
func TestConfirmationVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/confirmations.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Confirmations []struct {
			BlobID    codec.BlobID `json:"blobId"`
			Permanent string       `json:"confirmPermanentEpoch7"`
			Deletable string       `json:"confirmDeletableEpoch7"`
		} `json:"confirmations"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Confirmations) != 9 {
		t.Fatalf("%d vectors", len(file.Confirmations))
	}
	var object staking.ObjectID
	for i := range object {
		object[i] = 0x11
	}
	if text, err := object.MarshalText(); err != nil || string(text) != "0x"+strings.Repeat("11", 32) {
		t.Errorf("%s, %v", text, err)
	}
	for _, v := range file.Confirmations {
		c := staking.Confirmation{Epoch: 7, Blob: v.BlobID}
		if got := hex.EncodeToString(c.Bytes()); got != v.Permanent {
			t.Errorf("%s permanent: %s, want %s", v.BlobID, got, v.Permanent)
		}
		c.Kind = staking.BlobKind{Deletable: true, Object: object}
		if got := hex.EncodeToString(c.Bytes()); got != v.Deletable {
			t.Errorf("%s deletable: %s, want %s", v.BlobID, got, v.Deletable)
		}
	}
}

func TestPossessionBytes(t *testing.T) {
	key := stakingtest.Nodes(t, 1)[0].BLS.Public()
	p := staking.Possession{Epoch: 0x01020304, Address: [32]byte{0xaa, 31: 0xbb}, Key: key}
	b := p.Bytes()
	raw := key.Bytes()
	if len(b) != 87 || !bytes.Equal(b[:7], []byte{0, 0, 3, 4, 3, 2, 1}) || !bytes.Equal(b[7:39], p.Address[:]) || !bytes.Equal(b[39:], raw[:]) {
		t.Errorf("%x", b)
	}
}

// confirm signs a confirmation by the given members.
func confirm(tb testing.TB, nodes []stakingtest.Node, conf staking.Confirmation, members ...int) map[int]bls.Signature {
	tb.Helper()
	sigs := make(map[int]bls.Signature)
	for _, i := range members {
		s, err := nodes[i].BLS.Sign(conf.Bytes())
		if err != nil {
			tb.Fatal(err)
		}
		sigs[i] = s
	}
	return sigs
}

func TestCertificate(t *testing.T) {
	nodes := stakingtest.Nodes(t, 10)
	c := stakingtest.Committee(t, nodes, 7, 10)
	conf := staking.Confirmation{Epoch: 7, Blob: codec.BlobID{1, 2, 3}}
	good, err := staking.NewCertificate(conf, confirm(t, nodes, conf, 9, 0, 1, 2, 3, 8, 5))
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 1, 2, 3, 5, 8, 9}; !slices.Equal(good.Signers, want) {
		t.Errorf("signers %v, want %v", good.Signers, want)
	}
	if err := c.VerifyCertificate(good); err != nil {
		t.Fatalf("a quorum of 7: %v", err)
	}
	if want := []byte{0b00101111, 0b00000011}; !bytes.Equal(good.Bitmap(), want) {
		t.Errorf("bitmap %b, want %b", good.Bitmap(), want)
	}
	if got, err := c.SignersOf(good.Bitmap()); err != nil || !slices.Equal(got, good.Signers) {
		t.Errorf("signers of the bitmap: %v, %v", got, err)
	}

	deletable := conf
	deletable.Kind.Deletable = true
	for name, change := range map[string]func(staking.Certificate) staking.Certificate{
		"another blob":     func(c staking.Certificate) staking.Certificate { c.Confirmation.Blob[0]++; return c },
		"another epoch":    func(c staking.Certificate) staking.Certificate { c.Confirmation.Epoch++; return c },
		"another kind":     func(c staking.Certificate) staking.Certificate { c.Confirmation = deletable; return c },
		"one for another":  func(c staking.Certificate) staking.Certificate { c.Signers = []int{0, 1, 2, 3, 5, 7, 9}; return c },
		"one too many":     func(c staking.Certificate) staking.Certificate { c.Signers = []int{0, 1, 2, 3, 4, 5, 8, 9}; return c },
		"one too few":      func(c staking.Certificate) staking.Certificate { c.Signers = c.Signers[1:]; return c },
		"one twice":        func(c staking.Certificate) staking.Certificate { c.Signers = []int{0, 0, 1, 2, 3, 5, 8, 9}; return c },
		"not ascending":    func(c staking.Certificate) staking.Certificate { c.Signers = []int{9, 0, 1, 2, 3, 5, 8}; return c },
		"no such member":   func(c staking.Certificate) staking.Certificate { c.Signers = []int{0, 1, 2, 3, 5, 8, 10}; return c },
		"negative member":  func(c staking.Certificate) staking.Certificate { c.Signers = []int{-1, 1, 2, 3, 5, 8, 9}; return c },
		"nobody":           func(c staking.Certificate) staking.Certificate { c.Signers = nil; return c },
		"no signature":     func(c staking.Certificate) staking.Certificate { c.Signature = bls.Signature{}; return c },
		"single signature": func(c staking.Certificate) staking.Certificate { c.Signature = confirm(t, nodes, conf, 0)[0]; return c },
	} {
		bad := change(*good)
		if err := c.VerifyCertificate(&bad); !errors.Is(err, staking.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Weight counts shards, not members.
func TestCertificateWeight(t *testing.T) {
	nodes := stakingtest.Nodes(t, 4)
	members := stakingtest.Members(t, nodes, 10)
	for i, shards := range [][]int{{0, 1, 2, 3, 4, 5, 6}, {7}, {8}, {9}} {
		members[i].Shards = shards
	}
	c, err := staking.NewCommittee("test", 3, 10, members)
	if err != nil {
		t.Fatal(err)
	}
	conf := staking.Confirmation{Epoch: 3}
	for _, tc := range []struct {
		signers []int
		ok      bool
	}{{[]int{0}, true}, {[]int{1, 2, 3}, false}} {
		cert, err := staking.NewCertificate(conf, confirm(t, nodes, conf, tc.signers...))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.VerifyCertificate(cert); (err == nil) != tc.ok {
			t.Errorf("signers %v: %v", tc.signers, err)
		}
	}
}

func TestNewCertificateOfNothing(t *testing.T) {
	if _, err := staking.NewCertificate(staking.Confirmation{}, nil); !errors.Is(err, staking.ErrInvalid) {
		t.Error(err)
	}
}

func TestSignersOf(t *testing.T) {
	c := stakingtest.Committee(t, stakingtest.Nodes(t, 10), 0, 10)
	for _, tc := range []struct {
		bitmap []byte
		want   []int
		ok     bool
	}{
		{nil, nil, true},
		{[]byte{0}, nil, true},
		{[]byte{0x81}, []int{0, 7}, true},
		{[]byte{0, 2}, []int{9}, true},
		{[]byte{0, 4}, nil, false},
		{[]byte{0, 0x80}, nil, false},
		{[]byte{1, 0, 0}, nil, false},
	} {
		got, err := c.SignersOf(tc.bitmap)
		if (err == nil) != tc.ok || !slices.Equal(got, tc.want) {
			t.Errorf("%x: %v, %v", tc.bitmap, got, err)
		}
		if err != nil && !errors.Is(err, staking.ErrInvalid) {
			t.Errorf("%x: %v", tc.bitmap, err)
		}
	}
}

func FuzzSignersOf(f *testing.F) {
	c := stakingtest.Committee(f, stakingtest.Nodes(f, 10), 0, 10)
	f.Add([]byte{0x2f, 3})
	f.Add([]byte{0, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		signers, err := c.SignersOf(b)
		if err != nil {
			return
		}
		back := (&staking.Certificate{Signers: signers}).Bitmap()
		if !bytes.Equal(back, bytes.TrimRight(b, "\x00")) {
			t.Errorf("%x gives %v gives %x", b, signers, back)
		}
	})
}
