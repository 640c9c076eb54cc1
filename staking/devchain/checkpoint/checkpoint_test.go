package checkpoint_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"reflect"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/staking/devchain/checkpoint"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func decode64(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// Certified summaries that Sui made: one within an epoch, the last one of an epoch with the next committee.
const (
	within = "CgAAAAAAAAAUAAAAAAAAABUAAAAAAAAAIJ6CIMG/6Un4MKNM8h+R9r8bQ6dNTk0WZxBMUQH1XFQBASCWUVucdQkje+4YbXVpvQZcg74nndL1NK7ccj1dDR04agAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACwAAAAAAAAAAAAAKAAAAAAAAAKOonlp6Vf8dJEjQYa/VyigZruaZwSwu3u/ZZVCsdrS1iaGPIAERZcNnfM75tOh10hI6MAAAAQAAAAAAAAAQAAAAAAA="
	last   = "AgAAAAAAAAAFAAAAAAAAAAYAAAAAAAAAIINaPEm+WRQV2vGcPR9fe6fYhxl48GpqB+DqDYQqRHkuASBe+6BDLHSRCMiWqBkvVMqWXPWUsZnpc2gbOVdre3vnowAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwAAAAAAAAAAAQFgqGJldzxWMt2CZow1QiLmDf0RdLE6udu0bVdc1xaExX37NByF27rDH5C1DF+mkpLdA6YZnXMvuUw+zoWo71qe2DTdIDU4AcNaSUE3OoEHceuT+fBa6dMib3yDkkhmOZLyECcAAAAAAAAkAAAAAAAAAAAAAgAAAAAAAACvljn+1LWFSpu3PGx4BlIlVZq7blFK+fV7SOPEU0z9nz7lgkv8a12EA9R0tGm8hEYSOjAAAAEAAAAAAAAAEAAAAAAA"
	// Contents of one transaction with one signature.
	contents = "AAEgp6oAB8Qadn8+FqtdqeDIp8ViQNOZpMKs44MN0N5y7zIgqn5dKR1+8poL0pLNwRo/2knMnodwMTEDhqYL03kdewQBAWEAgpORkfH6ewjfFQYZJhmjkYq0/B3Set4mLJX/G0wUPb/V4H41gJipYu4I6ToyixnEuPQWxHKLckhNn+0UmI+pAJ9GegzEh0q2HWABmFMpFoPw0229dCfzWNOhHW5bes4H"
)

func TestSuiBytes(t *testing.T) {
	for _, c := range []struct {
		text                string
		epoch, sequence, tx uint64
		end                 bool
	}{{within, 10, 20, 21, false}, {last, 2, 5, 6, true}} {
		b := decode64(t, c.text)
		got, err := checkpoint.DecodeCertified(b)
		if err != nil {
			t.Fatal(err)
		}
		s := got.Summary
		if s.Epoch != c.epoch || s.Sequence != c.sequence || s.Transactions != c.tx || s.Previous == nil || (s.EndOfEpoch != nil) != c.end {
			t.Errorf("read %+v", s)
		}
		if c.end && (len(s.EndOfEpoch.Committee) != 1 || s.EndOfEpoch.Committee[0].Stake != 10_000 || s.EndOfEpoch.ProtocolVersion != 36) {
			t.Errorf("read %+v", s.EndOfEpoch)
		}
		if again, err := got.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("written %x (%v), want %x", again, err, b)
		}
	}
}

// The last checkpoint of that epoch names the committee that signed it, of one member, as the next.
func TestSuiCertificate(t *testing.T) {
	got, err := checkpoint.DecodeCertified(decode64(t, last))
	if err != nil {
		t.Fatal(err)
	}
	c, err := checkpoint.NewCommittee(got.Summary.Epoch, got.Summary.EndOfEpoch.Committee)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Verify(got); err != nil {
		t.Errorf("what Sui signed: %v", err)
	}
	got.Summary.Transactions++
	if err := c.Verify(got); !errors.Is(err, checkpoint.ErrSignature) {
		t.Errorf("what Sui did not sign: %v", err)
	}
}

func TestSuiContents(t *testing.T) {
	b := decode64(t, contents)
	got, err := checkpoint.DecodeContents(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Transactions) != 1 || len(got.Signatures[0]) != 1 || len(got.Signatures[0][0]) != 97 {
		t.Errorf("read %+v", got)
	}
	if again, err := got.Encode(); err != nil || !bytes.Equal(again, b) {
		t.Errorf("written %x (%v), want %x", again, err, b)
	}
	got.Signatures = nil
	if _, err := got.Encode(); !errors.Is(err, bcs.ErrMalformed) {
		t.Errorf("contents without signatures: %v", err)
	}
}

// keys are the keys of a committee of members with stakes.
func committee(tb testing.TB, epoch uint64, stakes ...uint64) (*checkpoint.Committee, []*checkpoint.SecretKey) {
	tb.Helper()
	var keys []*checkpoint.SecretKey
	var members []checkpoint.Member
	for i, stake := range stakes {
		seed := blake2b.Sum256([]byte{byte(i), byte(epoch)})
		k, err := checkpoint.NewSecretKey(seed[:])
		if err != nil {
			tb.Fatal(err)
		}
		keys = append(keys, k)
		members = append(members, checkpoint.Member{Key: k.Public(), Stake: stake})
	}
	c, err := checkpoint.NewCommittee(epoch, members)
	if err != nil {
		tb.Fatal(err)
	}
	return c, keys
}

func certified(tb testing.TB, c *checkpoint.Committee, s checkpoint.Summary, keys []*checkpoint.SecretKey) *checkpoint.Certified {
	tb.Helper()
	encoded, err := s.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	cert, err := c.Certify(encoded, keys)
	if err != nil {
		tb.Fatal(err)
	}
	return &checkpoint.Certified{Summary: s, Certificate: *cert}
}

func TestCertify(t *testing.T) {
	c, keys := committee(t, 7, 2_500, 2_500, 2_500, 2_500)
	if q := c.Quorum(); q != 6_667 {
		t.Errorf("a quorum of %d", q)
	}
	s := checkpoint.Summary{Epoch: 7, Sequence: 3, Timestamp: 5}
	all := certified(t, c, s, keys)
	three := certified(t, c, s, append(keys[:3:3], keys[0], keys[2])) // a key that signs twice counts once
	for _, cert := range []*checkpoint.Certified{all, three} {
		if err := c.Verify(cert); err != nil {
			t.Fatal(err)
		}
		b, err := cert.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := checkpoint.DecodeCertified(b)
		if err != nil || !reflect.DeepEqual(again.Certificate, cert.Certificate) {
			t.Fatalf("read %+v (%v), want %+v", again, err, cert)
		}
		bitmap := roaring.New()
		if _, err := bitmap.FromBuffer(cert.Certificate.Signers); err != nil {
			t.Fatal(err)
		}
		if n := bitmap.GetCardinality(); cert == all && n != 4 || cert == three && n != 3 {
			t.Errorf("%d signers", n)
		}
		if written, err := bitmap.ToBytes(); err != nil || !bytes.Equal(written, cert.Certificate.Signers) {
			t.Errorf("the bitmap is %x, another implementation writes %x (%v)", cert.Certificate.Signers, written, err)
		}
	}
	encoded, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Certify(encoded, append(keys[:2:2], keys[0])); !errors.Is(err, checkpoint.ErrQuorum) {
		t.Errorf("half of the stake: %v", err)
	}
	_, strangers := committee(t, 8, 1, 1, 1, 1)
	if _, err := c.Certify(encoded, strangers); !errors.Is(err, checkpoint.ErrKey) {
		t.Errorf("strangers: %v", err)
	}
}

func bitmapOf(tb testing.TB, list ...uint32) []byte {
	tb.Helper()
	b, err := roaring.BitmapOf(list...).ToBytes()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestVerifyRefuses(t *testing.T) {
	c, keys := committee(t, 7, 2_500, 2_500, 2_500, 2_500)
	other, otherKeys := committee(t, 8, 2_500, 2_500, 2_500, 2_500)
	heavy, heavyKeys := committee(t, 7, 9_000, 500, 500)
	s := checkpoint.Summary{Epoch: 7, Sequence: 3}
	runs := roaring.BitmapOf(0, 1, 2, 3)
	runs.RunOptimize()
	runBytes, err := runs.ToBytes()
	if err != nil {
		t.Fatal(err)
	}
	infinity := [checkpoint.SignatureSize]byte{0xc0}
	for _, v := range []struct {
		name   string
		with   *checkpoint.Committee
		keys   []*checkpoint.SecretKey
		change func(*checkpoint.Certified)
		want   error
	}{
		{"as it is", c, keys, func(*checkpoint.Certified) {}, nil},
		{"another summary", c, keys, func(x *checkpoint.Certified) { x.Summary.Sequence++ }, checkpoint.ErrSignature},
		{"another time", c, keys, func(x *checkpoint.Certified) { x.Summary.Timestamp++ }, checkpoint.ErrSignature},
		{"a summary of another epoch", c, keys, func(x *checkpoint.Certified) { x.Summary.Epoch = 8 }, checkpoint.ErrEpoch},
		{"a certificate of another epoch", c, keys, func(x *checkpoint.Certified) { x.Certificate.Epoch = 6 }, checkpoint.ErrEpoch},
		{"the next committee", other, otherKeys, func(x *checkpoint.Certified) { x.Summary.Epoch, x.Certificate.Epoch = 8, 8 }, checkpoint.ErrSignature},
		{"one signer less", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signers = bitmapOf(t, 0, 1, 2) }, checkpoint.ErrSignature},
		{"other signers", c, keys[:3], func(x *checkpoint.Certified) {
			for _, signers := range [][]uint32{{0, 1, 2}, {1, 2, 3}, {0, 2, 3}, {0, 1, 3}} {
				if b := bitmapOf(t, signers...); !bytes.Equal(b, x.Certificate.Signers) {
					x.Certificate.Signers = b
					return
				}
			}
		}, checkpoint.ErrSignature},
		{"below the quorum", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signers = bitmapOf(t, 0, 1) }, checkpoint.ErrQuorum},
		{"by stake, not by heads", heavy, heavyKeys, func(*checkpoint.Certified) {}, nil},
		{"no signers", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signers = bitmapOf(t) }, checkpoint.ErrSigners},
		{"no bitmap", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signers = nil }, checkpoint.ErrSigners},
		{"a signer beyond", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signers = bitmapOf(t, 1, 2, 3, 4) }, checkpoint.ErrSigners},
		{"too many signers", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signers = bitmapOf(t, 0, 1, 2, 3, 4) }, checkpoint.ErrSigners},
		{"a signer far beyond", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signers = bitmapOf(t, 0, 1, 1<<17) }, checkpoint.ErrSigners},
		{"runs", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signers = runBytes }, checkpoint.ErrSigners},
		{"a bitmap with a rest", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signers = append(x.Certificate.Signers, 0) }, checkpoint.ErrSigners},
		{"signers in disorder", c, keys, func(x *checkpoint.Certified) {
			b := x.Certificate.Signers
			b[16], b[18] = b[18], b[16]
		}, checkpoint.ErrSigners},
		{"a forged signature", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signature[5] ^= 1 }, checkpoint.ErrSignature},
		{"infinity", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signature = infinity }, checkpoint.ErrSignature},
		{"no signature", c, keys, func(x *checkpoint.Certified) { x.Certificate.Signature = [checkpoint.SignatureSize]byte{} }, checkpoint.ErrSignature},
	} {
		t.Run(v.name, func(t *testing.T) {
			signer := c
			if v.with == heavy {
				signer = heavy
			}
			cert := certified(t, signer, s, map[bool][]*checkpoint.SecretKey{true: v.keys, false: keys}[v.with != other])
			v.change(cert)
			if err := v.with.Verify(cert); !errors.Is(err, v.want) {
				t.Errorf("%v, want %v", err, v.want)
			}
		})
	}
	few, fewKeys := committee(t, 7, 9_000, 500, 500)
	encoded, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := few.Certify(encoded, fewKeys[1:]); !errors.Is(err, checkpoint.ErrQuorum) {
		t.Errorf("two of three with a tenth of the stake: %v", err)
	}
}

func TestNewCommitteeRefuses(t *testing.T) {
	c, _ := committee(t, 1, 1, 1)
	good := c.Members()
	infinity := checkpoint.PublicKey{0xc0}
	for _, v := range []struct {
		name    string
		members []checkpoint.Member
		want    error
	}{
		{"nobody", nil, checkpoint.ErrCommittee},
		{"twice", []checkpoint.Member{good[0], good[1], good[0]}, checkpoint.ErrCommittee},
		{"no stake", []checkpoint.Member{good[0], {Key: good[1].Key}}, checkpoint.ErrCommittee},
		{"too much stake", []checkpoint.Member{{Key: good[0].Key, Stake: 1 << 63}, {Key: good[1].Key, Stake: 1 << 63}}, checkpoint.ErrCommittee},
		{"infinity", []checkpoint.Member{{Key: infinity, Stake: 1}}, checkpoint.ErrKey},
		{"no point", []checkpoint.Member{{Stake: 1}}, checkpoint.ErrKey},
		{"too many", make([]checkpoint.Member, 3_000), checkpoint.ErrCommittee},
	} {
		if _, err := checkpoint.NewCommittee(1, v.members); !errors.Is(err, v.want) {
			t.Errorf("%s: %v, want %v", v.name, err, v.want)
		}
	}
	if _, err := checkpoint.NewSecretKey(make([]byte, 31)); !errors.Is(err, checkpoint.ErrKey) {
		t.Errorf("a short seed: %v", err)
	}
}

// Whoever trusts one committee comes to trust the next.
func TestRatchet(t *testing.T) {
	first, keys := committee(t, 0, 2_500, 2_500, 2_500, 2_500)
	second, secondKeys := committee(t, 1, 5_000, 5_000)
	end := certified(t, first, checkpoint.Summary{Epoch: 0, Sequence: 9, EndOfEpoch: &checkpoint.EndOfEpoch{Committee: second.Members()}}, keys)
	if err := first.Verify(end); err != nil {
		t.Fatal(err)
	}
	next, err := first.Next(&end.Summary)
	if err != nil || next == nil || next.Epoch() != 1 {
		t.Fatalf("%+v, %v", next, err)
	}
	after := certified(t, second, checkpoint.Summary{Epoch: 1, Sequence: 10}, secondKeys)
	if err := next.Verify(after); err != nil {
		t.Error(err)
	}
	if err := first.Verify(after); !errors.Is(err, checkpoint.ErrEpoch) {
		t.Errorf("by the committee before: %v", err)
	}
	if again, err := next.Next(&after.Summary); again != nil || err != nil {
		t.Errorf("in the middle of an epoch: %v, %v", again, err)
	}
}

func TestDigests(t *testing.T) {
	if a, b := checkpoint.Digest([]byte("x")), checkpoint.ContentsDigest([]byte("x")); a == b {
		t.Error("both kinds of digests are the same")
	}
	if got, want := checkpoint.Digest([]byte("x")), ptb.Digest(blake2b.Sum256([]byte("CheckpointSummary::x"))); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func FuzzCertified(f *testing.F) {
	f.Add(decode64(f, within))
	f.Add(decode64(f, last))
	c, _ := committee(f, 2, 1)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := checkpoint.DecodeCertified(b)
		if err != nil {
			return
		}
		if again, err := got.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("written %x (%v), want %x", again, err, b)
		}
		if c.Verify(got) == nil {
			t.Fatal("nobody signed this")
		}
	})
}

func BenchmarkCertify(b *testing.B) {
	c, keys := committee(b, 7, 2_500, 2_500, 2_500, 2_500)
	s := checkpoint.Summary{Epoch: 7}
	encoded, err := s.Encode()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.Certify(encoded, keys[:3]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	c, keys := committee(b, 7, 2_500, 2_500, 2_500, 2_500)
	cert := certified(b, c, checkpoint.Summary{Epoch: 7}, keys)
	for b.Loop() {
		if err := c.Verify(cert); err != nil {
			b.Fatal(err)
		}
	}
}
