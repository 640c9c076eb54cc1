// Package reads_test keeps the constants of the Move tests of floe_reads true: it makes Merkle proofs with the codec and
// signatures with real keys, and compares them with what the tests have.
package reads_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/floe-network/floe/codec"
)

var update = flag.Bool("update", false, "write the constants of the Move tests")

const (
	vectorsFile = "../../../codec/testdata/walrus-codec.json"
	fixtureFile = "tests/fixture.move"
)

// What the scenarios of the Move tests are built on. Objects made in a scenario have ids that follow from the number of the
// transaction and of the object in it.
const (
	bountyTx, bountyObject = 1, 1
	lightTx, lightObject   = 1, 0

	systemAddress = 0x5151
	relay         = 0x4e1a
	alice         = 0xa11ce
	bob           = 0xb0b
	node          = 0xd0de
)

// blob is one whose proofs the tests check. The official encoder's ids are in the vectors.
type blob struct {
	name    string
	n, size int
	zeros   bool
	// samples are the symbols to be proved; nil: all.
	samples []codec.SymbolID
}

var blobs = []blob{
	{name: "seven", n: 7, size: 100},
	{name: "four", n: 4, size: 100},
	{name: "large", n: 4, size: 6 * codec.MaxSymbolSize, zeros: true},
	{name: "wide", n: 1000, size: 0, zeros: true, samples: []codec.SymbolID{{Primary: 0, Secondary: 999}, {Primary: 999, Secondary: 0}, {Primary: 500, Secondary: 667}}},
}

func TestFixture(t *testing.T) {
	var f fixture
	f.header()
	var ids []codec.BlobID
	for _, b := range blobs {
		ids = append(ids, f.blob(t, b))
	}
	f.signatures(ids[0])
	if *update {
		if err := os.WriteFile(fixtureFile, f.Bytes(), 0o644); err != nil { //nolint:gosec // a source file
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile(fixtureFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, f.Bytes()) {
		t.Errorf("%s is not what this test makes: run go test . -update in this directory", fixtureFile)
	}
}

// officialIDs reads the blob ids of the official encoder by shards and size.
func officialIDs(t *testing.T) map[[2]int]string {
	t.Helper()
	raw, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	type vector struct {
		N, Len int
		BlobID string `json:"blobId"`
	}
	var v struct{ Full, IDOnly []vector }
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	ids := make(map[[2]int]string)
	for _, e := range slices.Concat(v.Full, v.IDOnly) {
		ids[[2]int{e.N, e.Len}] = e.BlobID
	}
	return ids
}

// fixture is the text of the Move module.
type fixture struct{ bytes.Buffer }

func (f *fixture) line(format string, args ...any) { fmt.Fprintf(f, format+"\n", args...) }

func (f *fixture) header() {
	f.line(`/// Blobs with their proofs, and signatures. Made by fixture_test.go beside this directory; change nothing here.
#[test_only]
module floe_reads::fixture;
`)
}

// function writes a function that returns bytes.
func (f *fixture) function(name string, value []byte) {
	f.line("public fun %s(): vector<u8> {\n    x\"%s\"\n}\n", name, hex.EncodeToString(value))
}

// blob writes a blob and the proofs of its symbols, and returns its id.
func (f *fixture) blob(t *testing.T, b blob) codec.BlobID {
	t.Helper()
	p, err := codec.NewParams(b.n)
	if err != nil {
		t.Fatal(err)
	}
	c, err := codec.New(p, codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, b.size)
	for i := range data {
		if !b.zeros {
			data[i] = byte(7*i + 13)
		}
	}
	pairs, m, id, err := c.EncodeBytes(context.Background(), data)
	if err != nil {
		t.Fatal(err)
	}
	if want, ok := officialIDs(t)[[2]int{b.n, b.size}]; ok && id.String() != want {
		t.Fatalf("%s: blob id %s, the official encoder says %s", b.name, id, want)
	}
	slices.Reverse(id[:]) // a u256 has the digest as its little-endian bytes
	f.line("public fun %s(): (u256, u64, u16) {\n    (0x%s, %d, %d)\n}\n", b.name, hex.EncodeToString(id[:]), b.size, b.n)
	root := m.Root()
	slices.Reverse(root[:])
	f.line("public fun %s_root(): u256 {\n    0x%s\n}\n", b.name, hex.EncodeToString(root[:]))
	samples := b.samples
	if samples == nil {
		for row := range b.n {
			for column := range b.n {
				samples = append(samples, codec.SymbolID{Primary: uint16(row), Secondary: uint16(column)})
			}
		}
	}
	var symbols, byRow, byColumn []byte
	for _, s := range samples {
		row, column := int(s.Primary), int(s.Secondary)
		symbol, rowPath := prove(t, c, &pairs[row].Primary, column)
		_, columnPath := prove(t, c, &pairs[b.n-1-column].Secondary, row)
		symbols = append(symbols, symbol...)
		byRow = appendProof(byRow, rowPath, m.Hashes[row].Secondary, pairPath(m, row))
		byColumn = appendProof(byColumn, columnPath, m.Hashes[b.n-1-column].Primary, pairPath(m, b.n-1-column))
	}
	if !b.zeros {
		f.function(b.name+"_symbols", symbols)
	} else if len(bytes.Trim(symbols, "\x00")) > 0 {
		t.Fatalf("%s: zeros were encoded to something else", b.name)
	}
	f.function(b.name+"_by_row", byRow)
	f.function(b.name+"_by_column", byColumn)
	return m.BlobID()
}

func prove(t *testing.T, c *codec.Codec, s *codec.Sliver, i int) ([]byte, codec.Proof) {
	t.Helper()
	e, err := c.Expand(s)
	if err != nil {
		t.Fatal(err)
	}
	return e.Symbol(i), e.Proof(i)
}

// appendProof appends path, twin and path of the pair.
func appendProof(b []byte, path codec.Proof, twin codec.Digest, pairPath []codec.Digest) []byte {
	for _, d := range slices.Concat(path, codec.Proof{twin}, pairPath) {
		b = append(b, d[:]...)
	}
	return b
}

// pairPath returns the siblings of a pair's leaf on the way to the blob's root, from the definition of the tree.
func pairPath(m *codec.Metadata, pair int) []codec.Digest {
	level := make([]codec.Digest, len(m.Hashes))
	for i, h := range m.Hashes {
		level[i] = blake2b.Sum256(slices.Concat([]byte{0}, h.Primary[:], h.Secondary[:]))
	}
	var path []codec.Digest
	for ; len(level) > 1; pair /= 2 {
		if len(level)%2 == 1 {
			level = append(level, codec.Digest{})
		}
		path = append(path, level[pair^1])
		for i := range len(level) / 2 {
			level[i] = blake2b.Sum256(slices.Concat([]byte{1}, level[2*i][:], level[2*i+1][:]))
		}
		level = level[:len(level)/2]
	}
	return path
}

// key returns a key pair for tests.
func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func public(k ed25519.PrivateKey) []byte { return k.Public().(ed25519.PublicKey) }

// address returns the 32 bytes of a Move address.
func address(v uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 24), v)
}

// objectID returns the id of the object that a transaction of a scenario makes after so many others.
func objectID(tx, object uint64) []byte {
	preimage := make([]byte, 0, 41)
	preimage = append(preimage, 0xf1)
	preimage = binary.LittleEndian.AppendUint64(preimage, tx)
	preimage = append(preimage, make([]byte, 24)...)
	preimage = binary.LittleEndian.AppendUint64(preimage, object)
	id := blake2b.Sum256(preimage)
	return id[:]
}

func (f *fixture) signatures(seven codec.BlobID) {
	receipts, peer, other := key(1), key(2), key(3)
	bounty, light := objectID(bountyTx, bountyObject), objectID(lightTx, lightObject)
	f.function("bounty_id", bounty)
	f.function("light_nodes_id", light)
	f.function("receipt_key", public(receipts))
	f.function("peer_key", public(peer))
	f.function("other_key", public(other))

	receipt := func(name string, k ed25519.PrivateKey, bounty []byte, payout uint64, symbols []codec.SymbolID) {
		message := slices.Concat([]byte("floe-receipt-v1"), bounty, address(payout))
		message = binary.AppendUvarint(message, uint64(len(symbols)))
		for _, s := range symbols {
			message = s.AppendBCS(message)
		}
		f.function("receipt_"+name, ed25519.Sign(k, message))
	}
	row := func(row, from, to int) (symbols []codec.SymbolID) {
		for column := from; column < to; column++ {
			symbols = append(symbols, codec.SymbolID{Primary: uint16(row), Secondary: uint16(column)})
		}
		return symbols
	}
	receipt("alice_1_3", receipts, bounty, alice, row(1, 0, 3))
	receipt("alice_1_7", receipts, bounty, alice, row(1, 0, 7))
	receipt("alice_3_2", receipts, bounty, alice, row(3, 0, 2))
	receipt("bob_1_5", receipts, bounty, bob, row(1, 0, 5))
	receipt("bob_0_256", receipts, bounty, bob, row(0, 0, 256))
	receipt("unwanted", receipts, bounty, bob, row(0, 0, 1))
	receipt("elsewhere", receipts, objectID(bountyTx+1, bountyObject), alice, row(1, 0, 3))
	receipt("forged", other, bounty, alice, row(1, 0, 3))

	for _, p := range []struct {
		name   string
		key    ed25519.PrivateKey
		system uint64
	}{{"peer", peer, systemAddress}, {"other", other, systemAddress}, {"foreign", peer, systemAddress + 1}} {
		message := slices.Concat([]byte("floe-peer-v1"), address(p.system), address(relay), address(alice))
		f.function("proof_"+p.name, ed25519.Sign(p.key, message))
	}
	call := func(name string, k ed25519.PrivateKey, light []byte, tag byte, nonce uint64, arguments ...[]byte) {
		message := slices.Concat([]byte("floe-light-v1"), light, []byte{tag})
		message = binary.LittleEndian.AppendUint64(message, nonce)
		f.function("call_"+name, ed25519.Sign(k, append(message, slices.Concat(arguments...)...)))
	}
	const setPayout, leave, blame = 1, 2, 3
	symbol := codec.SymbolID{Primary: 3, Secondary: 5}.AppendBCS(nil)
	blob := append([]byte{0xb1}, make([]byte, 31)...)
	second := uint64(1) << 32
	call("payout_0", peer, light, setPayout, 0, address(bob))
	call("payout_1", peer, light, setPayout, 1, address(alice))
	call("payout_other", other, light, setPayout, 0, address(bob))
	call("payout_elsewhere", peer, objectID(lightTx+1, lightObject), setPayout, 0, address(bob))
	call("payout_second", peer, light, setPayout, second, address(bob))
	call("leave_0", peer, light, leave, 0)
	call("leave_1", peer, light, leave, 1)
	for nonce := range uint64(4) {
		call(fmt.Sprintf("blame_%d", nonce), peer, light, blame, nonce, address(node), blob, symbol)
	}
	call("blame_seven", peer, light, blame, 0, address(node), seven[:], symbol)
	call("blame_other", other, light, blame, second, address(node), blob, symbol)
	f.Truncate(len(strings.TrimRight(f.String(), "\n")) + 1)
}
