// Package checkpoint has Sui's checkpoints: their summaries and contents with BCS and digests, and the certificates by which
// a committee vouches for them.
//
// A summary names its contents by digest, the contents name the transactions and their effects, so that whoever trusts a
// committee can verify all that happened. The last checkpoint of an epoch names the next committee.
package checkpoint

import (
	"fmt"

	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Salts of digests.
const (
	summarySalt  = "CheckpointSummary::"
	contentsSalt = "CheckpointContents::"
)

// Summary is Sui's CheckpointSummary.
type Summary struct {
	Epoch    uint64
	Sequence uint64 // 0 is the genesis
	// Transactions counts those of the chain, from the genesis to this checkpoint.
	Transactions uint64
	Contents     ptb.Digest
	Previous     *ptb.Digest `bcs:"optional"` // nil for the genesis
	Gas          Gas         // of the epoch so far
	Timestamp    uint64      // milliseconds since 1970
	Commitments  []Commitment
	EndOfEpoch   *EndOfEpoch `bcs:"optional"` // of the last checkpoint of an epoch
	Extra        []byte      // BCS of Extra, empty for none
}

// Gas is Sui's GasCostSummary, in MIST.
type Gas struct {
	Computation   uint64
	Storage       uint64 // for everything written
	Rebate        uint64 // for everything that is no longer stored
	NonRefundable uint64 // what of the rebate was kept back
}

// Commitment is a digest of some of the chain's state.
type Commitment struct {
	LiveObjects *ptb.Digest
	Artifacts   *ptb.Digest
}

// IsBcsEnum marks an enum.
func (Commitment) IsBcsEnum() {}

// EndOfEpoch is what the last checkpoint of an epoch says of the next.
type EndOfEpoch struct {
	Committee       []Member // by ascending key
	ProtocolVersion uint64
	Commitments     []Commitment
}

// Extra is what a Summary has beyond its fixed fields: Sui's CheckpointVersionSpecificData.
type Extra struct {
	V1 *ExtraV1
}

// IsBcsEnum marks an enum.
func (Extra) IsBcsEnum() {}

// ExtraV1 is version 1.
type ExtraV1 struct {
	RandomnessRounds []uint64 // of the randomness that came with the checkpoint
}

// Encode gives the BCS. It fails for a Commitment that is not one thing.
func (s *Summary) Encode() ([]byte, error) { return bcs.Marshal(s) }

// Decode reads a Summary, at most 256 KiB. It fails with bcs.ErrMalformed.
func Decode(b []byte) (*Summary, error) {
	s := new(Summary)
	if err := bcs.Unmarshal(b, maxSummary, s); err != nil {
		return nil, fmt.Errorf("checkpoint summary: %w", err)
	}
	return s, nil
}

// Digest names a checkpoint: the digest of its Summary's BCS.
func Digest(encoded []byte) ptb.Digest { return ptb.Hash(summarySalt, encoded) }

// Contents lists the transactions of a checkpoint in the order of their execution, with the signatures of each.
type Contents struct {
	Transactions []Execution
	// Signatures has those of each transaction, flag || signature || key; none for transactions of the chain itself.
	Signatures [][][]byte
}

// Execution names a transaction and what it did.
type Execution struct {
	Transaction ptb.Digest
	Effects     ptb.Digest
}

// versioned is the CheckpointContents of BCS.
type versioned struct {
	V1 *Contents
}

// IsBcsEnum marks an enum.
func (versioned) IsBcsEnum() {}

// Encode gives the BCS. It fails when the lists differ in length.
func (c *Contents) Encode() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return bcs.Marshal(versioned{c})
}

// DecodeContents reads Contents, at most 64 MiB. It fails with bcs.ErrMalformed.
func DecodeContents(b []byte) (*Contents, error) {
	var v versioned
	if err := bcs.Unmarshal(b, maxContents, &v); err != nil {
		return nil, fmt.Errorf("checkpoint contents: %w", err)
	}
	return v.V1, v.V1.check()
}

func (c *Contents) check() error {
	if len(c.Transactions) != len(c.Signatures) {
		return fmt.Errorf("%w: checkpoint contents of %d transactions and signatures of %d", bcs.ErrMalformed,
			len(c.Transactions), len(c.Signatures))
	}
	return nil
}

// ContentsDigest is the digest of the BCS of Contents, as a Summary has it.
func ContentsDigest(encoded []byte) ptb.Digest { return ptb.Hash(contentsSalt, encoded) }
