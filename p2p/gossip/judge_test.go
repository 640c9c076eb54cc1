package gossip

import (
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/record"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/p2p/gossip/pb"
	"github.com/floe-network/floe/staking"
)

// raw is a record with any content, to sign what seal would not.
type raw struct {
	domain, codec string
	payload       []byte
}

func (r raw) Domain() string                 { return r.domain }
func (r raw) Codec() []byte                  { return []byte(r.codec) }
func (r raw) MarshalRecord() ([]byte, error) { return r.payload, nil }
func (r raw) UnmarshalRecord([]byte) error   { return nil }

func (r raw) seal(t testing.TB, key crypto.PrivKey) []byte {
	t.Helper()
	env, err := record.Seal(r, key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := env.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustSeal(t testing.TB, key crypto.PrivKey, epoch uint32, sequence uint64, shards []int, ids []codec.BlobID) []byte {
	t.Helper()
	b, err := seal(key, testNetwork, epoch, sequence, shards, ids)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestVerdicts has a case for every line of the table in the package's documentation.
func TestVerdicts(t *testing.T) {
	const epoch = 7
	member, other, stranger := newIdentity(t), newIdentity(t), newIdentity(t)
	committee := committeeOf(t, epoch, member, other)
	own := []int{0, 1, 2, 3}
	rsa, _, err := crypto.GenerateRSAKeyPair(2048, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := func() *pb.Availability {
		a := &pb.Availability{Network: testNetwork, Epoch: epoch, Sequence: 1, Shards: []byte{0x0f}}
		for _, id := range blobs(3) {
			a.Blobs = append(a.Blobs, id[:])
		}
		return a
	}
	payload := func(change func(a *pb.Availability)) []byte {
		a := good()
		change(a)
		b, err := proto.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	signed := func(change func(a *pb.Availability)) []byte {
		return raw{Topic(testNetwork), payloadType, payload(change)}.seal(t, member.key)
	}
	nothing := func(*pb.Availability) {}
	valid := mustSeal(t, member.key, epoch, 1, own, blobs(MaxBlobs))
	flipped := slices.Clone(valid)
	flipped[len(flipped)-1] ^= 1 // the signature is the last field

	for _, c := range []struct {
		name   string
		data   []byte
		want   pubsub.ValidationResult
		reason string
	}{
		{"valid", valid, pubsub.ValidationAccept, reasonAccepted},
		{"some of its shards", mustSeal(t, member.key, epoch, 1, own[1:3], blobs(1)), pubsub.ValidationAccept, reasonAccepted},

		{"empty", nil, pubsub.ValidationReject, reasonMalformed},
		{"garbage", []byte("no envelope"), pubsub.ValidationReject, reasonMalformed},
		{"oversized", append(slices.Clone(valid), make([]byte, maxMessage)...), pubsub.ValidationReject, reasonMalformed},
		{"truncated", valid[:len(valid)/2], pubsub.ValidationReject, reasonMalformed},
		{"envelope encoded in another way", append(slices.Clone(valid), 0x78, 1), pubsub.ValidationReject, reasonMalformed},
		{"RSA key", raw{Topic(testNetwork), payloadType, payload(nothing)}.seal(t, rsa), pubsub.ValidationReject, reasonMalformed},
		{"other payload type", raw{Topic(testNetwork), "/floe/other/1", payload(nothing)}.seal(t, member.key), pubsub.ValidationReject, reasonMalformed},
		{"payload no protobuf", raw{Topic(testNetwork), payloadType, []byte{0xff}}.seal(t, member.key), pubsub.ValidationReject, reasonMalformed},
		{"payload encoded in another way", raw{Topic(testNetwork), payloadType, append(payload(nothing), 0x78, 1)}.seal(t, member.key), pubsub.ValidationReject, reasonMalformed},
		{"other network inside", signed(func(a *pb.Availability) { a.Network = "other" }), pubsub.ValidationReject, reasonMalformed},
		{"no blob", signed(func(a *pb.Availability) { a.Blobs = nil }), pubsub.ValidationReject, reasonMalformed},
		{"too many blobs", mustSeal(t, member.key, epoch, 1, own, blobs(MaxBlobs+1)), pubsub.ValidationReject, reasonMalformed},
		{"blobs not ascending", signed(func(a *pb.Availability) { slices.Reverse(a.Blobs) }), pubsub.ValidationReject, reasonMalformed},
		{"blob twice", signed(func(a *pb.Availability) { a.Blobs[1] = a.Blobs[0] }), pubsub.ValidationReject, reasonMalformed},
		{"short blob id", signed(func(a *pb.Availability) { a.Blobs[0] = a.Blobs[0][1:] }), pubsub.ValidationReject, reasonMalformed},
		{"no shard", signed(func(a *pb.Availability) { a.Shards = nil }), pubsub.ValidationReject, reasonMalformed},
		{"zero at the bitmap's end", signed(func(a *pb.Availability) { a.Shards = []byte{1, 0} }), pubsub.ValidationReject, reasonMalformed},
		{"long bitmap", signed(func(a *pb.Availability) { a.Shards = slices.Repeat([]byte{1}, maxBitmap+1) }), pubsub.ValidationReject, reasonMalformed},

		{"forged signature", flipped, pubsub.ValidationReject, reasonSignature},
		{"signed for another network", raw{Topic("other"), payloadType, payload(nothing)}.seal(t, member.key), pubsub.ValidationReject, reasonSignature},
		{"not in the committee", mustSeal(t, stranger.key, epoch, 1, own, blobs(1)), pubsub.ValidationReject, reasonNotMember},
		{"another's shards", mustSeal(t, member.key, epoch, 1, []int{4}, blobs(1)), pubsub.ValidationReject, reasonShards},
		{"own and another's shards", mustSeal(t, member.key, epoch, 1, []int{3, 4}, blobs(1)), pubsub.ValidationReject, reasonShards},
		{"shard that does not exist", mustSeal(t, member.key, epoch, 1, []int{4095}, blobs(1)), pubsub.ValidationReject, reasonShards},

		{"later epoch", mustSeal(t, member.key, epoch+1, 1, own, blobs(1)), pubsub.ValidationIgnore, reasonEpoch},
		{"later epoch, member to be", mustSeal(t, stranger.key, epoch+1, 1, own, blobs(1)), pubsub.ValidationIgnore, reasonEpoch},
		{"earlier epoch", mustSeal(t, member.key, epoch-1, 1, own, blobs(1)), pubsub.ValidationIgnore, reasonEpoch},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJudge(testNetwork, func() *staking.Committee { return committee })
			a, got, reason := j.verdict(c.data)
			if got != c.want || reason != c.reason {
				t.Fatalf("verdict %d (%s), want %d (%s)", got, reason, c.want, c.reason)
			}
			if (a != nil) != (got == pubsub.ValidationAccept) {
				t.Errorf("availability %v with verdict %d", a, got)
			}
		})
	}

	t.Run("no committee", func(t *testing.T) {
		j := newJudge(testNetwork, func() *staking.Committee { return nil })
		if _, got, reason := j.verdict(valid); got != pubsub.ValidationIgnore || reason != reasonNoCommittee {
			t.Errorf("verdict %d (%s)", got, reason)
		}
	})
	t.Run("content", func(t *testing.T) {
		j := newJudge(testNetwork, func() *staking.Committee { return committee })
		a, _, _ := j.verdict(mustSeal(t, other.key, epoch, 99, []int{5, 7}, blobs(5)))
		want := Availability{Peer: other.id, Member: 1, Epoch: epoch, Sequence: 99, Shards: []int{5, 7}, Blobs: blobs(5)}
		if fmt.Sprint(a) != fmt.Sprint(&want) {
			t.Errorf("%+v, want %+v", a, want)
		}
	})
}

// TestLargestMessage: the most a member of the largest committee can say is within the bound, but not by far.
func TestLargestMessage(t *testing.T) {
	all := make([]int, codec.MaxShards)
	for i := range all {
		all[i] = i
	}
	b, err := seal(newIdentity(t).key, "a-name-with-thirty-two-characters"[:32], 1<<32-1, 1<<64-1, all, blobs(MaxBlobs))
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > maxMessage || len(b) < maxMessage*9/10 {
		t.Errorf("%d bytes, the bound is %d", len(b), maxMessage)
	}
}

func TestSequences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		member := newIdentity(t)
		committee := committeeOf(t, 1, member)
		j := newJudge(testNetwork, func() *staking.Committee { return committee })
		check := func(n uint64, want string) {
			t.Helper()
			time.Sleep(time.Second) // within the rate
			if _, _, reason := j.verdict(mustSeal(t, member.key, 1, n, []int{0}, blobs(1))); reason != want {
				t.Errorf("sequence %d: %s, want %s", n, reason, want)
			}
		}
		check(1000, reasonAccepted)
		check(1000, reasonStale)
		check(999, reasonAccepted) // reordered
		check(999, reasonStale)
		check(1000-sequenceWindow, reasonStale) // just behind the window
		check(1000-sequenceWindow+1, reasonAccepted)
		check(0, reasonStale)
		check(1001, reasonAccepted)
		check(1001-sequenceWindow+1, reasonAccepted)
		check(998, reasonAccepted)
		check(5000, reasonAccepted) // a restart skips some
		check(1002, reasonStale)
		check(4999, reasonAccepted)
		check(1<<64-1, reasonAccepted)
		check(1<<64-1, reasonStale)
		check(5001, reasonStale)

		// A refused message leaves no mark: the number is free for the true one.
		if _, _, reason := j.verdict(mustSeal(t, member.key, 1, 1<<64-2, []int{1, 4}, blobs(1))); reason != reasonShards {
			t.Errorf("another's shards: %s", reason)
		}
		check(1<<64-2, reasonAccepted)
	})
}

func TestAuthorRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		member, quiet := newIdentity(t), newIdentity(t)
		committee := committeeOf(t, 1, member, quiet)
		j := newJudge(testNetwork, func() *staking.Committee { return committee })
		accepted := func(n int, from uint64) (count int) {
			for i := range n {
				_, got, reason := j.verdict(mustSeal(t, member.key, 1, from+uint64(i), []int{0}, blobs(1)))
				switch {
				case got == pubsub.ValidationAccept:
					count++
				case reason != reasonRate:
					t.Fatalf("message %d: %s", i, reason)
				}
			}
			return count
		}
		if n := accepted(2*authorBurst, 0); n != authorBurst {
			t.Errorf("%d of a burst accepted, want %d", n, authorBurst)
		}
		if _, got, _ := j.verdict(mustSeal(t, quiet.key, 1, 0, []int{4}, blobs(1))); got != pubsub.ValidationAccept {
			t.Error("one sender's flood silences another")
		}
		time.Sleep(10 * time.Second)
		if n := accepted(20, 1000); n != 10*authorRate {
			t.Errorf("%d accepted after 10 s, want %v", n, 10*authorRate)
		}
	})
}

// TestAuthorsAreBounded: former members are forgotten.
func TestAuthorsAreBounded(t *testing.T) {
	var committee *staking.Committee
	j := newJudge(testNetwork, func() *staking.Committee { return committee })
	stays := newIdentity(t)
	for epoch := uint32(1); epoch < 20; epoch++ {
		leaves := newIdentity(t)
		committee = committeeOf(t, epoch, stays, leaves)
		for i, id := range []identity{stays, leaves} {
			if _, _, reason := j.verdict(mustSeal(t, id.key, epoch, uint64(epoch), []int{4 * i}, blobs(1))); reason != reasonAccepted {
				t.Fatalf("epoch %d: %s", epoch, reason)
			}
		}
	}
	if len(j.authors) != 2 {
		t.Errorf("%d senders remembered, want 2", len(j.authors))
	}
	if _, _, reason := j.verdict(mustSeal(t, stays.key, 19, 19, []int{0}, blobs(1))); reason != reasonStale {
		t.Errorf("a sender's sequence is forgotten with the epoch: %s", reason)
	}
}

// FuzzOpen: no input makes the decoder panic, and what it accepts is within all bounds and has one encoding.
func FuzzOpen(f *testing.F) {
	id := newIdentity(f)
	f.Add([]byte{})
	f.Add([]byte{0x0a, 0})
	f.Add(mustSeal(f, id.key, 1, 1, []int{0, 9}, blobs(3)))
	f.Add(mustSeal(f, id.key, 1<<32-1, 1<<64-1, []int{4095}, blobs(MaxBlobs)))
	f.Add(raw{Topic(testNetwork), payloadType, []byte{0x0a, 1, 'x'}}.seal(f, id.key))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := open(testNetwork, data)
		if err != nil {
			return
		}
		if len(data) > maxMessage || len(a.Blobs) == 0 || len(a.Blobs) > MaxBlobs || len(a.Shards) == 0 || a.Shards[len(a.Shards)-1] >= 8*maxBitmap {
			t.Errorf("accepted out of bounds: %+v", a)
		}
	})
}

// FuzzStatement does the same for the content of envelopes, which fuzzing cannot reach through a signature.
func FuzzStatement(f *testing.F) {
	for _, s := range []*pb.Availability{
		{},
		{Network: testNetwork, Epoch: 1, Sequence: 2, Shards: []byte{1}, Blobs: [][]byte{make([]byte, 32)}},
		{Network: testNetwork, Epoch: 1 << 31, Sequence: 1 << 63, Shards: []byte{0, 0, 0x80}, Blobs: [][]byte{make([]byte, 32), append(make([]byte, 31), 1)}},
	} {
		b, err := proto.Marshal(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &statement{network: testNetwork}
		if s.UnmarshalRecord(data) != nil {
			return
		}
		again, err := s.MarshalRecord()
		if err != nil || string(again) != string(data) {
			t.Errorf("accepted %x, encoded again %x (%v)", data, again, err)
		}
		shards := shardsOf(s.Shards)
		if string(bitmap(shards)) != string(s.Shards) {
			t.Errorf("bitmap %x gives %v", s.Shards, shards)
		}
		if len(s.Blobs) == 0 || len(s.Blobs) > MaxBlobs || len(s.Shards) > maxBitmap {
			t.Errorf("accepted out of bounds: %v", s)
		}
	})
}
