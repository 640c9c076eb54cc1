package rpc

import (
	"context"
	"strconv"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
)

// systemStateVersion is that of Sui's system state, of which this chain has only what epochs are about.
const systemStateVersion = 2

// GetEpoch reads an epoch, or the present one.
func (s *ledgerService) GetEpoch(_ context.Context, r *v2.GetEpochRequest) (*v2.GetEpochResponse, error) {
	want, err := s.mask(maskedEpoch, r.ReadMask, defaultEpoch)
	if err != nil {
		return nil, err
	}
	number := s.chain.Head().Epoch
	if r.Epoch != nil {
		number = r.GetEpoch()
	}
	e, err := s.chain.Epoch(number)
	if err != nil {
		return nil, err
	}
	m := &v2.Epoch{
		Epoch: &e.Number, Committee: message.Committee(e.Number, e.Committee), FirstCheckpoint: &e.First, Start: message.Timestamp(e.Start),
		ReferenceGasPrice: &e.ReferenceGasPrice, SystemState: s.systemState(e), ProtocolConfig: s.protocolConfig(),
	}
	if e.Ended {
		m.LastCheckpoint, m.End = &e.Last, message.Timestamp(e.End)
	}
	want.Prune(m)
	return &v2.GetEpochResponse{Epoch: m}, nil
}

// systemState has zero where Sui has what this chain does not have: validators, stake, subsidies.
func (s *ledgerService) systemState(e *store.Epoch) *v2.SystemState {
	zero := proto.Uint64(0)
	return &v2.SystemState{
		Version: proto.Uint64(systemStateVersion), Epoch: &e.Number, ProtocolVersion: proto.Uint64(ledger.ProtocolVersion),
		ReferenceGasPrice: &e.ReferenceGasPrice, EpochStartTimestampMs: &e.Start, SafeMode: proto.Bool(false),
		SafeModeStorageRewards: zero, SafeModeComputationRewards: zero, SafeModeStorageRebates: zero, SafeModeNonRefundableStorageFee: zero,
		Parameters: &v2.SystemParameters{
			EpochDurationMs: proto.Uint64(uint64(s.chain.EpochLength().Milliseconds())), StakeSubsidyStartEpoch: zero,
			MinValidatorCount: proto.Uint64(uint64(len(e.Committee))), MaxValidatorCount: proto.Uint64(uint64(len(e.Committee))),
			MinValidatorJoiningStake: zero, ValidatorLowStakeThreshold: zero, ValidatorVeryLowStakeThreshold: zero, ValidatorLowStakeGracePeriod: zero,
		},
		StorageFund: &v2.StorageFund{TotalObjectStorageRebates: zero, NonRefundableBalance: zero},
		StakeSubsidy: &v2.StakeSubsidy{
			Balance: zero, DistributionCounter: zero, CurrentDistributionAmount: zero, StakeSubsidyPeriodLength: zero, StakeSubsidyDecreaseRate: proto.Uint32(0),
		},
	}
}

// protocolConfig has the limits that clients may want to know, by Sui's names.
func (s *ledgerService) protocolConfig() *v2.ProtocolConfig {
	l := s.accepted
	attributes := map[string]uint64{
		"max_tx_size_bytes":                    uint64(l.TransactionBytes),
		"max_input_objects":                    uint64(l.InputObjects),
		"max_gas_payment_objects":              uint64(l.GasCoins) + 1, // Sui's are exclusive
		"max_pure_argument_size":               uint64(l.PureBytes) + 1,
		"max_programmable_tx_commands":         uint64(l.Commands) + 1,
		"max_publish_or_upgrade_per_ptb":       uint64(l.Publications),
		"max_arguments":                        uint64(l.Arguments) + 1,
		"max_tx_gas":                           l.Budget,
		"max_gas_price":                        l.GasPrice,
		"max_move_object_size":                 uint64(l.Objects.ObjectBytes),
		"max_serialized_tx_effects_size_bytes": uint64(l.EffectsBytes),
		"base_tx_cost_fixed":                   transaction.BaseUnits,
	}
	m := &v2.ProtocolConfig{ProtocolVersion: proto.Uint64(ledger.ProtocolVersion), FeatureFlags: map[string]bool{}, Attributes: make(map[string]string, len(attributes))}
	for name, n := range attributes {
		m.Attributes[name] = strconv.FormatUint(n, 10)
	}
	return m
}
