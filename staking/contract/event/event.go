// Package event has the events of the contracts as Go types, read from BCS.
//
// Each type has the name and, in their order, the fields of the Move struct that the contracts emit. Those of module events are
// Walrus's, byte for byte. Amounts are in FROST (10^-9 WAL), times in milliseconds since 1970, sizes in bytes, rates in basis
// points. An option that is none is a nil pointer.
package event

import (
	"errors"
	"fmt"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// ErrUnknown says that a type is none of this package: another package's, or one that came with an upgrade. Whoever follows
// events may pass over these.
var ErrUnknown = errors.New("unknown event")

// Decode reads an event, of at most object.MaxSize. What it gives is a value (no pointer) of one of the types of this package.
// It fails with ErrUnknown, and with bcs.ErrMalformed for what is not the one form of a value.
func Decode(d *contract.Deployment, tag ptb.StructTag, contents []byte) (any, error) {
	name, ok := d.PackageName(tag.Address)
	if !ok || len(tag.Params) > 0 {
		return nil, fmt.Errorf("%w: %.300s", ErrUnknown, tag)
	}
	decode, ok := decoders[name+"::"+tag.Module+"::"+tag.Name]
	if !ok {
		return nil, fmt.Errorf("%w: %.300s", ErrUnknown, tag)
	}
	return decode(contents)
}

func decode[T any](contents []byte) (any, error) {
	v, err := object.Decode[T](contents)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// decoders has all types, by the package's name in the build, module and struct.
var decoders = map[string]func([]byte) (any, error){
	"floe::events::BlobRegistered":                decode[BlobRegistered],
	"floe::events::BlobCertified":                 decode[BlobCertified],
	"floe::events::BlobDeleted":                   decode[BlobDeleted],
	"floe::events::InvalidBlobID":                 decode[InvalidBlobID],
	"floe::events::EpochChangeStart":              decode[EpochChangeStart],
	"floe::events::EpochChangeDone":               decode[EpochChangeDone],
	"floe::events::EpochParametersSelected":       decode[EpochParametersSelected],
	"floe::events::ShardsReceived":                decode[ShardsReceived],
	"floe::events::ShardRecoveryStart":            decode[ShardRecoveryStart],
	"floe::events::ContractUpgraded":              decode[ContractUpgraded],
	"floe::events::ContractUpgradeProposed":       decode[ContractUpgradeProposed],
	"floe::events::ContractUpgradeQuorumReached":  decode[ContractUpgradeQuorumReached],
	"floe::events::ProtocolVersionUpdated":        decode[ProtocolVersionUpdated],
	"floe::events::RegisterDenyListUpdate":        decode[RegisterDenyListUpdate],
	"floe::events::DenyListUpdate":                decode[DenyListUpdate],
	"floe::events::DenyListBlobDeleted":           decode[DenyListBlobDeleted],
	"floe::events::PricesUpdated":                 decode[PricesUpdated],
	"floe::system::StorageReserved":               decode[StorageReserved],
	"floe::system::PauseSet":                      decode[PauseSet],
	"floe::ledger::BlobSequenced":                 decode[BlobSequenced],
	"floe::ledger::DepositSettled":                decode[DepositSettled],
	"floe::ledger::DepositsBurned":                decode[DepositsBurned],
	"floe::blob::BlobBurned":                      decode[BlobBurned],
	"floe::shared_blob::BlobShared":               decode[BlobShared],
	"floe::shared_blob::BlobFunded":               decode[BlobFunded],
	"floe::transfers::TransferAttested":           decode[TransferAttested],
	"floe::transfers::TransferFailed":             decode[TransferFailed],
	"floe::transfers::EpochChangeForced":          decode[EpochChangeForced],
	"floe::epochs::StakeFrozen":                   decode[StakeFrozen],
	"floe::epochs::ChallengeStarted":              decode[ChallengeStarted],
	"floe::epochs::AuditCertified":                decode[AuditCertified],
	"floe::epochs::Reported":                      decode[Reported],
	"floe::epochs::EpochClosed":                   decode[EpochClosed],
	"floe::governance::PenaltiesProposed":         decode[PenaltiesProposed],
	"floe::governance::PenaltiesVoted":            decode[PenaltiesVoted],
	"floe::governance::PenaltiesAdopted":          decode[PenaltiesAdopted],
	"floe::upgrade::PauseVoted":                   decode[PauseVoted],
	"floe::upgrade::EmergencyUpgradeCapBurned":    decode[EmergencyUpgradeCapBurned],
	"floe::genesis::NetworkStarted":               decode[NetworkStarted],
	"floe::staking::CommissionChanged":            decode[CommissionChanged],
	"floe::staking::NodePaid":                     decode[NodePaid],
	"floe::staking::PenaltiesBurned":              decode[PenaltiesBurned],
	"floe::registry::NodeUpdated":                 decode[NodeUpdated],
	"floe::pool::PoolSettled":                     decode[PoolSettled],
	"floe::pool::Staked":                          decode[Staked],
	"floe::pool::StakeCancelled":                  decode[StakeCancelled],
	"floe::pool::LeaveRequested":                  decode[LeaveRequested],
	"floe::pool::Redeemed":                        decode[Redeemed],
	"floe::debt::PenaltyCharged":                  decode[PenaltyCharged],
	"floe::debt::ClaimPaid":                       decode[ClaimPaid],
	"floe::debt::ClaimWrittenOff":                 decode[ClaimWrittenOff],
	"floe::debt::ClaimCollected":                  decode[ClaimCollected],
	"floe_reads::bounty::BountyPosted":            decode[BountyPosted],
	"floe_reads::bounty::BountyClosed":            decode[BountyClosed],
	"floe_reads::bounty::SymbolsCommitted":        decode[SymbolsCommitted],
	"floe_reads::bounty::SymbolRevealed":          decode[SymbolRevealed],
	"floe_reads::bounty::SymbolsPaid":             decode[SymbolsPaid],
	"floe_reads::bounty::BountyFinished":          decode[BountyFinished],
	"floe_reads::light_node::LightNodeRegistered": decode[LightNodeRegistered],
	"floe_reads::light_node::LightNodePayoutSet":  decode[LightNodePayoutSet],
	"floe_reads::light_node::LightNodeLeaving":    decode[LightNodeLeaving],
	"floe_reads::light_node::LightNodeLeft":       decode[LightNodeLeft],
	"floe_reads::light_node::StorageNodeBlamed":   decode[StorageNodeBlamed],
}
