package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	curve "github.com/consensys/gnark-crypto/ecc/bls12-381"

	"github.com/floe-network/floe/staking/sui/bcs"
)

// Errors of Certify and Verify.
var (
	// ErrEpoch says that a checkpoint is not of the committee's epoch.
	ErrEpoch = errors.New("checkpoint of another epoch")
	// ErrQuorum says that the signers have too little stake.
	ErrQuorum = errors.New("signers of the checkpoint are below the quorum")
	// ErrCommittee says that a list of members is no committee.
	ErrCommittee = errors.New("invalid committee")
)

// Member of a committee.
type Member struct {
	Key   PublicKey
	Stake uint64 // Sui's add up to 10,000
}

// Committee vouches for the checkpoints of an epoch.
type Committee struct {
	epoch   uint64
	members []Member // by ascending key
	points  []curve.G2Affine
	total   uint64
}

// NewCommittee checks the members of an epoch's committee, in any order, up to 2048. It fails with ErrCommittee and ErrKey.
func NewCommittee(epoch uint64, members []Member) (*Committee, error) {
	if len(members) == 0 || len(members) > maxMembers {
		return nil, fmt.Errorf("%w: %d members, want 1 to %d", ErrCommittee, len(members), maxMembers)
	}
	c := &Committee{epoch: epoch, members: slices.Clone(members)}
	slices.SortFunc(c.members, func(a, b Member) int { return bytes.Compare(a.Key[:], b.Key[:]) })
	for i, m := range c.members {
		if i > 0 && m.Key == c.members[i-1].Key {
			return nil, fmt.Errorf("%w: the key %x is there twice", ErrCommittee, m.Key)
		}
		if m.Stake == 0 || c.total+m.Stake < c.total {
			return nil, fmt.Errorf("%w: a stake of %d beside %d", ErrCommittee, m.Stake, c.total)
		}
		c.total += m.Stake
		p, err := m.Key.point()
		if err != nil {
			return nil, fmt.Errorf("member %x: %w", m.Key, err)
		}
		c.points = append(c.points, p)
	}
	return c, nil
}

// Epoch is the epoch of which the committee signs checkpoints.
func (c *Committee) Epoch() uint64 { return c.epoch }

// Members are the members by ascending key. The caller must not change them.
func (c *Committee) Members() []Member { return c.members }

// Quorum is the least stake that certifies: more than two thirds, in Sui's rounding.
func (c *Committee) Quorum() uint64 { return (c.total-1)/3*2 + 1 }

// Certificate is Sui's AuthorityQuorumSignInfo.
type Certificate struct {
	Epoch     uint64
	Signature [SignatureSize]byte // aggregated
	Signers   []byte              // Roaring bitmap of places among the members
}

// Certified is a Summary with its Certificate: Sui's CertifiedCheckpointSummary.
type Certified struct {
	Summary     Summary
	Certificate Certificate
}

// Encode gives the BCS.
func (c *Certified) Encode() ([]byte, error) { return bcs.Marshal(c) }

// DecodeCertified reads a Certified. It fails with bcs.ErrMalformed.
func DecodeCertified(b []byte) (*Certified, error) {
	c := new(Certified)
	if err := bcs.Unmarshal(b, maxSummary+maxCertificate, c); err != nil {
		return nil, fmt.Errorf("certified checkpoint: %w", err)
	}
	return c, nil
}

// message is what members sign: the intent of a checkpoint summary, the summary's BCS, the epoch.
func message(encoded []byte, epoch uint64) []byte {
	const scope, version, app = 2, 0, 0 // CheckpointSummary, V0, Sui
	b := append([]byte{scope, version, app}, encoded...)
	return binary.LittleEndian.AppendUint64(b, epoch)
}

// Certify has the owners of keys sign the BCS of a summary of the committee's epoch. It fails with ErrKey for a key of no
// member and with ErrQuorum.
func (c *Committee) Certify(encoded []byte, keys []*SecretKey) (*Certificate, error) {
	m := message(encoded, c.epoch)
	var sum curve.G1Jac
	signers := make([]uint16, 0, len(keys))
	for _, k := range keys {
		i, found := slices.BinarySearchFunc(c.members, k.pub, func(m Member, k PublicKey) int { return bytes.Compare(m.Key[:], k[:]) })
		if !found {
			return nil, fmt.Errorf("%w: %x is no member's", ErrKey, k.pub)
		}
		at, again := slices.BinarySearch(signers, uint16(i))
		if again {
			continue
		}
		p, err := k.sign(m)
		if err != nil {
			return nil, err
		}
		sum.AddMixed(&p)
		signers = slices.Insert(signers, at, uint16(i))
	}
	if err := c.checkStake(signers); err != nil {
		return nil, err
	}
	var a curve.G1Affine
	a.FromJacobian(&sum)
	return &Certificate{Epoch: c.epoch, Signature: a.Bytes(), Signers: encodeSigners(signers)}, nil
}

func (c *Committee) checkStake(signers []uint16) error {
	stake := uint64(0)
	for _, i := range signers {
		stake += c.members[i].Stake
	}
	if stake < c.Quorum() {
		return fmt.Errorf("%w: stake %d of %d, want %d", ErrQuorum, stake, c.total, c.Quorum())
	}
	return nil
}

// Verify checks that a quorum of the committee signed a summary of its epoch. It fails with ErrEpoch, ErrQuorum, ErrSigners,
// or ErrSignature.
func (c *Committee) Verify(certified *Certified) error {
	s, cert := &certified.Summary, &certified.Certificate
	if s.Epoch != c.epoch || cert.Epoch != c.epoch {
		return fmt.Errorf("%w: a summary of epoch %d signed in %d, want %d", ErrEpoch, s.Epoch, cert.Epoch, c.epoch)
	}
	signers, err := decodeSigners(cert.Signers, len(c.members))
	if err != nil {
		return err
	}
	if err := c.checkStake(signers); err != nil {
		return err
	}
	signature, err := signaturePoint(cert.Signature[:])
	if err != nil {
		return err
	}
	var sum curve.G2Jac
	for _, i := range signers {
		sum.AddMixed(&c.points[i])
	}
	var key curve.G2Affine
	key.FromJacobian(&sum)
	encoded, err := s.Encode()
	if err != nil {
		return err
	}
	return verify(&key, message(encoded, c.epoch), &signature)
}

// Next is the committee that a verified last checkpoint of this committee's epoch names; nil for other checkpoints. It
// fails with ErrCommittee and ErrKey.
func (c *Committee) Next(s *Summary) (*Committee, error) {
	if s.EndOfEpoch == nil {
		return nil, nil
	}
	return NewCommittee(s.Epoch+1, s.EndOfEpoch.Committee)
}
