package message

import (
	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/checkpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Summary makes the message of a checkpoint's summary. encoded is its BCS.
func Summary(s *checkpoint.Summary, encoded []byte) *v2.CheckpointSummary {
	m := &v2.CheckpointSummary{
		Bcs:                        Bcs("CheckpointSummary", encoded),
		Digest:                     text(checkpoint.Digest(encoded)),
		Epoch:                      &s.Epoch,
		SequenceNumber:             &s.Sequence,
		TotalNetworkTransactions:   &s.Transactions,
		ContentDigest:              text(s.Contents),
		EpochRollingGasCostSummary: gasUsed(s.Gas.Computation, s.Gas.Storage, s.Gas.Rebate, s.Gas.NonRefundable),
		Timestamp:                  Timestamp(s.Timestamp),
		Commitments:                each(s.Commitments, commitment),
		VersionSpecificData:        s.Extra,
	}
	if s.Previous != nil {
		m.PreviousDigest = text(*s.Previous)
	}
	if e := s.EndOfEpoch; e != nil {
		m.EndOfEpochData = &v2.EndOfEpochData{
			NextEpochCommittee: each(e.Committee, member), NextEpochProtocolVersion: &e.ProtocolVersion, EpochCommitments: each(e.Commitments, commitment),
		}
	}
	return m
}

func commitment(c checkpoint.Commitment) *v2.CheckpointCommitment {
	switch {
	case c.LiveObjects != nil:
		return &v2.CheckpointCommitment{Kind: v2.CheckpointCommitment_ECMH_LIVE_OBJECT_SET.Enum(), Digest: text(*c.LiveObjects)}
	case c.Artifacts != nil:
		return &v2.CheckpointCommitment{Kind: v2.CheckpointCommitment_CHECKPOINT_ARTIFACTS.Enum(), Digest: text(*c.Artifacts)}
	default:
		return &v2.CheckpointCommitment{}
	}
}

func member(m checkpoint.Member) *v2.ValidatorCommitteeMember {
	return &v2.ValidatorCommitteeMember{PublicKey: m.Key[:], Weight: &m.Stake}
}

// Committee makes the message of the committee of an epoch.
func Committee(epoch uint64, members []checkpoint.Member) *v2.ValidatorCommittee {
	return &v2.ValidatorCommittee{Epoch: &epoch, Members: each(members, member)}
}

// Certificate makes the message of the signature under a checkpoint.
func Certificate(c *checkpoint.Certificate) *v2.ValidatorAggregatedSignature {
	return &v2.ValidatorAggregatedSignature{Epoch: &c.Epoch, Signature: c.Signature[:], Bitmap: c.Signers}
}

// Contents makes the message of the list of a checkpoint's transactions. encoded is its BCS.
func Contents(c *checkpoint.Contents, encoded []byte) *v2.CheckpointContents {
	m := &v2.CheckpointContents{
		Bcs: Bcs("CheckpointContents", encoded), Digest: text(checkpoint.ContentsDigest(encoded)), Version: pointer(int32(1)),
		Transactions: make([]*v2.CheckpointedTransactionInfo, len(c.Transactions)),
	}
	for i, t := range c.Transactions {
		info := &v2.CheckpointedTransactionInfo{Transaction: text(t.Transaction), Effects: text(t.Effects)}
		if i < len(c.Signatures) {
			info.Signatures = Signatures(c.Signatures[i])
		}
		m.Transactions[i] = info
	}
	return m
}

// BalanceChange makes the message of what an address has more of a coin, or less where amount is below zero.
func BalanceChange(owner ptb.Address, coin, amount string) *v2.BalanceChange {
	return &v2.BalanceChange{Address: text(owner), CoinType: &coin, Amount: &amount}
}
