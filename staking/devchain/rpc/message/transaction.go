package message

import (
	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui/ptb"
)

// Transaction makes the message of a transaction. encoded is its BCS.
func Transaction(t *ptb.TransactionData, encoded []byte) *v2.Transaction {
	return &v2.Transaction{
		Bcs:        Bcs("TransactionData", encoded),
		Digest:     text(ptb.TransactionDigest(encoded)),
		Version:    pointer(int32(1)),
		Kind:       kind(&t.Kind),
		Sender:     text(t.Sender),
		GasPayment: GasPayment(&t.Gas),
		Expiration: expiration(&t.Expiration),
	}
}

// GasPayment makes the message of who pays how much.
func GasPayment(g *ptb.GasData) *v2.GasPayment {
	return &v2.GasPayment{Objects: each(g.Payment, Reference), Owner: text(g.Owner), Price: &g.Price, Budget: &g.Budget}
}

// What newer versions of the API have and the messages of this program have not: a kind of expiration, and the numbers of
// its fields.
const (
	validDuring v2.TransactionExpiration_TransactionExpirationKind = 3

	fieldMinEpoch     protowire.Number = 3
	fieldMinTimestamp protowire.Number = 4
	fieldMaxTimestamp protowire.Number = 5
	fieldChain        protowire.Number = 6
	fieldNonce        protowire.Number = 7
)

func expiration(e *ptb.Expiration) *v2.TransactionExpiration {
	switch {
	case e.Epoch != nil:
		return &v2.TransactionExpiration{Kind: v2.TransactionExpiration_EPOCH.Enum(), Epoch: e.Epoch}
	case e.ValidDuring != nil:
		return during(e.ValidDuring)
	default:
		return &v2.TransactionExpiration{Kind: v2.TransactionExpiration_NONE.Enum()}
	}
}

func during(d *ptb.ValidDuring) *v2.TransactionExpiration {
	m := &v2.TransactionExpiration{Kind: validDuring.Enum(), Epoch: d.MaxEpoch}
	var more []byte
	if d.MinEpoch != nil {
		more = protowire.AppendVarint(protowire.AppendTag(more, fieldMinEpoch, protowire.VarintType), *d.MinEpoch)
	}
	for field, ms := range map[protowire.Number]*uint64{fieldMinTimestamp: d.MinTimestamp, fieldMaxTimestamp: d.MaxTimestamp} {
		if ms == nil {
			continue
		}
		if b, err := proto.Marshal(Timestamp(*ms)); err == nil { // it does not fail for a message of two numbers
			more = protowire.AppendBytes(protowire.AppendTag(more, field, protowire.BytesType), b)
		}
	}
	more = protowire.AppendString(protowire.AppendTag(more, fieldChain, protowire.BytesType), d.Chain.String())
	more = protowire.AppendVarint(protowire.AppendTag(more, fieldNonce, protowire.VarintType), uint64(d.Nonce))
	m.ProtoReflect().SetUnknown(more)
	return m
}

func kind(k *ptb.TransactionKind) *v2.TransactionKind {
	switch {
	case k.Programmable != nil:
		return &v2.TransactionKind{Kind: v2.TransactionKind_PROGRAMMABLE_TRANSACTION.Enum(), Data: &v2.TransactionKind_ProgrammableTransaction{ProgrammableTransaction: program(k.Programmable)}}
	case k.ChangeEpoch != nil:
		return &v2.TransactionKind{Kind: v2.TransactionKind_CHANGE_EPOCH.Enum(), Data: &v2.TransactionKind_ChangeEpoch{ChangeEpoch: changeEpoch(k.ChangeEpoch)}}
	case k.Genesis != nil: // its objects are those that the effects name
		return &v2.TransactionKind{Kind: v2.TransactionKind_GENESIS.Enum(), Data: &v2.TransactionKind_Genesis{Genesis: &v2.GenesisTransaction{}}}
	case k.EndOfEpoch != nil:
		return &v2.TransactionKind{Kind: v2.TransactionKind_END_OF_EPOCH.Enum(), Data: &v2.TransactionKind_EndOfEpoch{
			EndOfEpoch: &v2.EndOfEpochTransaction{Transactions: each(*k.EndOfEpoch, endOfEpoch)},
		}}
	case k.RandomnessStateUpdate != nil:
		u := k.RandomnessStateUpdate
		return &v2.TransactionKind{Kind: v2.TransactionKind_RANDOMNESS_STATE_UPDATE.Enum(), Data: &v2.TransactionKind_RandomnessStateUpdate{
			RandomnessStateUpdate: &v2.RandomnessStateUpdate{
				Epoch: &u.Epoch, RandomnessRound: &u.Round, RandomBytes: u.Bytes, RandomnessObjectInitialSharedVersion: &u.InitialVersion,
			},
		}}
	default:
		return prologue(k)
	}
}

// prologue makes the message of a ConsensusCommitPrologue of any version.
func prologue(k *ptb.TransactionKind) *v2.TransactionKind {
	var version v2.TransactionKind_Kind
	m := &v2.ConsensusCommitPrologue{}
	switch {
	case k.ConsensusCommitPrologue != nil:
		p := k.ConsensusCommitPrologue
		version = v2.TransactionKind_CONSENSUS_COMMIT_PROLOGUE_V1
		m.Epoch, m.Round, m.CommitTimestamp = &p.Epoch, &p.Round, Timestamp(p.Timestamp)
	case k.PrologueV2 != nil:
		p := k.PrologueV2
		version = v2.TransactionKind_CONSENSUS_COMMIT_PROLOGUE_V2
		m.Epoch, m.Round, m.CommitTimestamp, m.ConsensusCommitDigest = &p.Epoch, &p.Round, Timestamp(p.Timestamp), text(p.Commit)
	case k.PrologueV3 != nil:
		p := k.PrologueV3
		version = v2.TransactionKind_CONSENSUS_COMMIT_PROLOGUE_V3
		m.Epoch, m.Round, m.CommitTimestamp, m.ConsensusCommitDigest = &p.Epoch, &p.Round, Timestamp(p.Timestamp), text(p.Commit)
		m.SubDagIndex, m.ConsensusDeterminedVersionAssignments = p.SubDAGIndex, assignments(&p.Assignments)
	case k.PrologueV4 != nil:
		p := k.PrologueV4
		version = v2.TransactionKind_CONSENSUS_COMMIT_PROLOGUE_V4
		m.Epoch, m.Round, m.CommitTimestamp, m.ConsensusCommitDigest = &p.Epoch, &p.Round, Timestamp(p.Timestamp), text(p.Commit)
		m.SubDagIndex, m.ConsensusDeterminedVersionAssignments = p.SubDAGIndex, assignments(&p.Assignments)
		m.AdditionalStateDigest = text(p.AdditionalState)
	default:
		return &v2.TransactionKind{}
	}
	return &v2.TransactionKind{Kind: &version, Data: &v2.TransactionKind_ConsensusCommitPrologue{ConsensusCommitPrologue: m}}
}

func assignments(a *ptb.VersionAssignments) *v2.ConsensusDeterminedVersionAssignments {
	m := &v2.ConsensusDeterminedVersionAssignments{Version: pointer(int32(1))}
	if a.Cancelled != nil {
		m.CanceledTransactions = each(*a.Cancelled, func(c ptb.CancelledTransaction) *v2.CanceledTransaction {
			return &v2.CanceledTransaction{Digest: text(c.Transaction), VersionAssignments: each(c.Versions, func(v ptb.AssignedVersion) *v2.VersionAssignment {
				return &v2.VersionAssignment{ObjectId: text(v.Object), Version: &v.Version}
			})}
		})
	}
	if a.CancelledV2 != nil {
		m.Version = pointer(int32(2))
		m.CanceledTransactions = each(*a.CancelledV2, func(c ptb.CancelledTransactionV2) *v2.CanceledTransaction {
			return &v2.CanceledTransaction{Digest: text(c.Transaction), VersionAssignments: each(c.Versions, func(v ptb.AssignedVersionV2) *v2.VersionAssignment {
				return &v2.VersionAssignment{ObjectId: text(v.Object), StartVersion: &v.Start, Version: &v.Version}
			})}
		})
	}
	return m
}

func endOfEpoch(k ptb.EndOfEpochKind) *v2.EndOfEpochTransactionKind {
	if k.ChangeEpoch == nil { // no other step can be decoded
		return &v2.EndOfEpochTransactionKind{}
	}
	return &v2.EndOfEpochTransactionKind{
		Kind: v2.EndOfEpochTransactionKind_CHANGE_EPOCH.Enum(),
		Data: &v2.EndOfEpochTransactionKind_ChangeEpoch{ChangeEpoch: changeEpoch(k.ChangeEpoch)},
	}
}

func changeEpoch(c *ptb.ChangeEpoch) *v2.ChangeEpoch {
	return &v2.ChangeEpoch{
		Epoch: &c.Epoch, ProtocolVersion: &c.ProtocolVersion,
		StorageCharge: &c.StorageCharge, ComputationCharge: &c.ComputationCharge,
		StorageRebate: &c.StorageRebate, NonRefundableStorageFee: &c.NonRefundableStorageFee,
		EpochStartTimestamp: Timestamp(c.StartTimestamp),
		SystemPackages: each(c.SystemPackages, func(p ptb.SystemPackage) *v2.SystemPackage {
			return &v2.SystemPackage{Version: &p.Version, Modules: p.Modules, Dependencies: texts(p.Dependencies)}
		}),
	}
}
