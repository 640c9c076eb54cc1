package framework_test

import (
	"bytes"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking"
	"github.com/floe-network/floe/staking/bls"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/stakingtest"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Aborts of floe::committee, floe::message and sui::group_ops.
const (
	badKey       = 2
	badProof     = 3
	badBitmap    = 4
	noSigners    = 5
	badSignature = 6
	notEnough    = 7
	wrongEpoch   = 1
	noElement    = 1
)

const (
	epoch  = 7
	shards = 10
)

// electorate is a committee of ten members with one shard each, in Go and as the contract's value.
type electorate struct {
	*machine
	nodes     []stakingtest.Node
	committee *staking.Committee
	contract  values.Cell
}

func elect(t testing.TB) *electorate {
	t.Helper()
	e := &electorate{machine: newMachine(t, nil), nodes: stakingtest.Nodes(t, shards)}
	e.committee = stakingtest.Committee(t, e.nodes, epoch, shards)
	id := e.typeOf("sui-framework", "object", "ID")
	list, err := e.linker.Universe().VectorOf(e.typeOf("floe", "committee", "Member"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.linker.Universe().Layout(list); err != nil {
		t.Fatal(err)
	}
	var members []values.Value
	for i, m := range stakingtest.Members(t, e.nodes, shards) {
		account := types.Address{31: byte(i)}
		key := m.PublicKey.Bytes()
		proof := sign(t, e.nodes[i].BLS, staking.Possession{Epoch: epoch, Address: account, Key: m.PublicKey}.Bytes()).Bytes()
		element := e.call("floe", "committee", "proven_key", values.U32(epoch), values.Address(account), values.Bytes(key[:]), values.Bytes(proof[:]))
		members = append(members, e.call("floe", "committee", "member", e.read(id, m.NodeID[:]), element, values.U16(1)))
	}
	all, err := values.Vector(list, members)
	if err != nil {
		t.Fatal(err)
	}
	e.contract = values.NewCell(e.call("floe", "committee", "new", values.U32(epoch), values.U16(shards), all))
	return e
}

func sign(t testing.TB, key *bls.SecretKey, msg []byte) bls.Signature {
	t.Helper()
	s, err := key.Sign(msg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// certificate is signed by the first members, so many of them.
func (e *electorate) certificate(signers int, conf staking.Confirmation) *staking.Certificate {
	e.t.Helper()
	sigs := map[int]bls.Signature{}
	for i := range signers {
		s, err := e.nodes[i].BLS.Sign(conf.Bytes())
		if err != nil {
			e.t.Fatal(err)
		}
		sigs[i] = s
	}
	c, err := staking.NewCertificate(conf, sigs)
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

func (e *electorate) verify(function string, signature, bitmap, message []byte) error {
	e.t.Helper()
	_, err := e.try("floe", "committee", function, nil, e.contract.Borrow(false), values.Bytes(bytes.Clone(signature)),
		values.Bytes(bytes.Clone(bitmap)), values.Bytes(bytes.Clone(message)))
	return err
}

// The contract checks certificates that nodes make, with the real curve, and comes to the same answer as the nodes.
func TestCertificatesThroughTheContract(t *testing.T) {
	e := elect(t)
	conf := staking.Confirmation{Epoch: epoch, Blob: codec.BlobID{1, 2, 3}}
	const quorum, validity = 7, 4
	for signers := 1; signers <= shards; signers++ {
		cert := e.certificate(signers, conf)
		sig := cert.Signature.Bytes()
		here := e.committee.VerifyCertificate(cert)
		err := e.verify("verify_quorum", sig[:], cert.Bitmap(), conf.Bytes())
		if (err == nil) != (here == nil) || (err == nil) != (signers >= quorum) {
			t.Errorf("%d signers: contract %v, node %v", signers, err, here)
		}
		if err != nil {
			aborts(t, err, notEnough, "committee")
		}
		if err := e.verify("verify_validity", sig[:], cert.Bitmap(), conf.Bytes()); (err == nil) != (signers >= validity) {
			t.Errorf("%d signers: validity %v", signers, err)
		}
	}
}

func TestForgedCertificatesThroughTheContract(t *testing.T) {
	e := elect(t)
	conf := staking.Confirmation{Epoch: epoch, Blob: codec.BlobID{1, 2, 3}}
	cert := e.certificate(8, conf)
	sig, bitmap, msg := cert.Signature.Bytes(), cert.Bitmap(), conf.Bytes()
	seven := e.certificate(7, conf).Signature.Bytes()
	other := conf
	other.Blob[0]++
	old := conf
	old.Epoch--
	oldCert := e.certificate(8, old)
	oldSig := oldCert.Signature.Bytes()
	infinity := make([]byte, 96)
	infinity[0] = 0xc0
	flipped := bytes.Clone(sig[:])
	flipped[0] ^= 0x20 // the sign: the inverse of the signature
	for name, c := range map[string]struct {
		sig, bitmap, msg []byte
		code             uint64
		module           string
	}{
		"signers that did not sign":  {seven[:], bitmap, msg, badSignature, "committee"},
		"signers left out":           {sig[:], []byte{0b0111_1111}, msg, badSignature, "committee"},
		"other signers":              {sig[:], []byte{0b1111_1110, 0b1}, msg, badSignature, "committee"},
		"all are said to have":       {sig[:], []byte{0xff, 0b11}, msg, badSignature, "committee"},
		"stray bit":                  {sig[:], []byte{0xff, 0b100}, msg, badBitmap, "committee"},
		"long bitmap":                {sig[:], []byte{0xff, 0, 0}, msg, badBitmap, "committee"},
		"nobody":                     {sig[:], []byte{0, 0}, msg, noSigners, "committee"},
		"no bitmap":                  {sig[:], nil, msg, noSigners, "committee"},
		"another message":            {sig[:], bitmap, other.Bytes(), badSignature, "committee"},
		"another epoch, signed":      {oldSig[:], bitmap, old.Bytes(), wrongEpoch, "message"},
		"another epoch, not signed":  {sig[:], bitmap, old.Bytes(), badSignature, "committee"},
		"signature at infinity":      {infinity, bitmap, msg, badSignature, "committee"},
		"signature off the subgroup": {offSubgroupG2(), bitmap, msg, badSignature, "committee"},
		"inverse signature":          {flipped, bitmap, msg, badSignature, "committee"},
		"short signature":            {sig[:95], bitmap, msg, badSignature, "committee"},
		"no signature":               {nil, bitmap, msg, badSignature, "committee"},
	} {
		t.Run(name, func(t *testing.T) {
			aborts(t, e.verify("verify_quorum", c.sig, c.bitmap, c.msg), c.code, c.module)
		})
	}
	if err := e.verify("verify_quorum", sig[:], bitmap, msg); err != nil {
		t.Errorf("the certificate itself: %v", err)
	}
}

// compressed is the point with a small x, if there is one.
func compressed(size int, x byte) []byte {
	b := make([]byte, size)
	b[0], b[size-1] = 0x80, x
	return b
}

// Points of the curve outside the subgroups.
func offSubgroupG1() []byte { return compressed(48, 4) }
func offSubgroupG2() []byte { return compressed(96, 2) }

func TestKeysThroughTheContract(t *testing.T) {
	e := elect(t)
	node := e.nodes[0].BLS
	account := ptb.ShortAddress(0xa)
	key := node.Public().Bytes()
	message := staking.Possession{Epoch: epoch, Address: account, Key: node.Public()}.Bytes()
	proof := sign(t, node, message).Bytes()
	stranger := sign(t, e.nodes[1].BLS, message).Bytes()
	infinity := make([]byte, 48)
	infinity[0] = 0xc0
	at := func(epoch uint32, account types.Address, key, proof []byte) error {
		_, err := e.try("floe", "committee", "proven_key", nil, values.U32(epoch), values.Address(account),
			values.Bytes(bytes.Clone(key)), values.Bytes(bytes.Clone(proof)))
		return err
	}
	if err := at(epoch, account, key[:], proof[:]); err != nil {
		t.Errorf("a good proof: %v", err)
	}
	for name, c := range map[string]struct {
		err    error
		code   uint64
		module string
	}{
		"another's proof":           {at(epoch, account, key[:], stranger[:]), badProof, "committee"},
		"proof for another account": {at(epoch, ptb.ShortAddress(0xb), key[:], proof[:]), badProof, "committee"},
		"proof of another epoch":    {at(epoch+1, account, key[:], proof[:]), badProof, "committee"},
		"key at infinity":           {at(epoch, account, infinity, proof[:]), badKey, "committee"},
		"key off the subgroup":      {at(epoch, account, offSubgroupG1(), proof[:]), noElement, "group_ops"},
		"key off the curve":         {at(epoch, account, compressed(48, 1), proof[:]), noElement, "group_ops"},
		"short key":                 {at(epoch, account, key[:47], proof[:]), badKey, "committee"},
	} {
		t.Run(name, func(t *testing.T) { aborts(t, c.err, c.code, c.module) })
	}
}

func BenchmarkCertificate(b *testing.B) {
	e := elect(b)
	conf := staking.Confirmation{Epoch: epoch, Blob: codec.BlobID{1, 2, 3}}
	cert := e.certificate(8, conf)
	sig := cert.Signature.Bytes()
	for b.Loop() {
		if err := e.verify("verify_quorum", sig[:], cert.Bitmap(), conf.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}
