package rpc

import (
	"strings"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/floe-network/floe/staking/devchain/rpc/mask"
)

// What is read when a client does not say: as the API has it.
const (
	defaultObject       = "object_id,version,digest"
	defaultOwned        = "object_id,version,object_type"
	defaultTransaction  = "digest"
	defaultCheckpoint   = "sequence_number,digest"
	defaultEpoch        = "epoch"
	defaultDynamicField = "parent,field_id"
	defaultExecution    = "effects.status,checkpoint"
	defaultSimulation   = "*"
)

// later has the fields that newer clients may ask for. They get nothing, as from a node that has nothing there.
var later = mask.Later{
	"sui.rpc.v2.Object":                      {"display"},
	"sui.rpc.v2.Event":                       {"checkpoint", "transaction_digest", "transaction_index", "event_index"},
	"sui.rpc.v2.ExecutedTransaction":         {"transaction_index"},
	"sui.rpc.v2.ChangedObject":               {"accumulator_write"},
	"sui.rpc.v2.CheckpointedTransactionInfo": {"address_aliases_versions"},
	"sui.rpc.v2.ProtocolConfig":              {"configs"},
	"sui.rpc.v2.SimulateTransactionResponse": {"suggested_gas_price"},
	"sui.rpc.v2.TransactionExpiration":       {"min_epoch", "min_timestamp", "max_timestamp", "chain", "nonce", "allowed_proposers"},
	"sui.rpc.v2.Input":                       {"funds_withdrawal", "mutability"},
}

// mask reads what a client wants to have of a message.
func (a *api) mask(of proto.Message, wanted *fieldmaskpb.FieldMask, otherwise string) (*mask.Mask, error) {
	paths := strings.Split(otherwise, ",")
	if wanted != nil {
		paths = wanted.Paths
	}
	return mask.Parse(of.ProtoReflect().Descriptor(), paths, a.limits.Mask, later)
}

var (
	maskedObject       = (*v2.Object)(nil)
	maskedTransaction  = (*v2.ExecutedTransaction)(nil)
	maskedCheckpoint   = (*v2.Checkpoint)(nil)
	maskedEpoch        = (*v2.Epoch)(nil)
	maskedDynamicField = (*v2.DynamicField)(nil)
	maskedSimulation   = (*v2.SimulateTransactionResponse)(nil)
)
