// Package framework has the native functions of the Sui framework (package 0x2): objects, dynamic fields, transfers, events,
// facts about the transaction, hashes, signatures, groups. They work on the objects.State of one transaction.
package framework

import (
	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Natives is the table for one transaction. Names tell which package first had a datatype, which ids of dynamic fields
// depend on.
func Natives(state *objects.State, tx *Transaction, names objects.Namer) movevm.Natives {
	n := &natives{state: state, tx: tx, names: names}
	return movevm.Merge(
		module("object", map[string]movevm.Native{
			"borrow_uid":     borrowUID,
			"delete_impl":    n.deleteID,
			"record_new_uid": n.recordNewID,
		}),
		module("dynamic_field", map[string]movevm.Native{
			"hash_type_and_key":        n.fieldID,
			"add_child_object":         n.addChild,
			"borrow_child_object":      n.borrowChild(false),
			"borrow_child_object_mut":  n.borrowChild(true),
			"remove_child_object":      n.removeChild,
			"has_child_object":         n.hasChild,
			"has_child_object_with_ty": n.hasChildOfType,
		}),
		module("transfer", map[string]movevm.Native{
			"transfer_impl":      n.transfer,
			"freeze_object_impl": n.freeze,
			"share_object_impl":  n.share,
			"receive_impl":       n.receive,
		}),
		module("event", map[string]movevm.Native{"emit": n.emit}),
		module("tx_context", map[string]movevm.Native{
			"native_sender":             constant(func() values.Value { return values.Address(tx.Sender) }),
			"native_epoch":              constant(func() values.Value { return values.U64(tx.Epoch) }),
			"native_epoch_timestamp_ms": constant(func() values.Value { return values.U64(tx.EpochStartMs) }),
			"native_rgp":                constant(func() values.Value { return values.U64(tx.ReferenceGasPrice) }),
			"native_gas_price":          constant(func() values.Value { return values.U64(tx.GasPrice) }),
			"native_gas_budget":         constant(func() values.Value { return values.U64(tx.GasBudget) }),
			"native_ids_created":        constant(func() values.Value { return values.U64(tx.IDsCreated) }),
			"native_sponsor":            n.sponsor,
			"fresh_id":                  n.freshID,
		}),
		module("types", map[string]movevm.Native{"is_one_time_witness": isOneTimeWitness}),
		module("address", map[string]movevm.Native{
			"to_u256":    addressToNumber,
			"from_u256":  numberToAddress,
			"from_bytes": bytesToAddress,
		}),
		hashes(),
		signatures(),
		groups(),
	)
}

// natives are bound to a transaction.
type natives struct {
	state *objects.State
	tx    *Transaction
	names objects.Namer
}

// module names natives of a module of the framework.
func module(name string, functions map[string]movevm.Native) movevm.Natives {
	table := make(movevm.Natives, len(functions))
	for function, n := range functions {
		table[movevm.NativeID{Address: ptb.ShortAddress(2), Module: name, Function: function}] = n
	}
	return table
}

// constant makes a native without arguments.
func constant(get func() values.Value) movevm.Native {
	return func(*movevm.Context, []*types.Type, []values.Value) ([]values.Value, error) {
		return []values.Value{get()}, nil
	}
}

// peekBytes are the bytes that a &vector<u8> points to. They are only to be read.
func peekBytes(ref values.Value) ([]byte, error) {
	v, err := ref.Peek()
	if err != nil {
		return nil, err
	}
	return v.AsBytes()
}

// one is the result of a native with one result.
func one(v values.Value, err error) ([]values.Value, error) {
	if err != nil {
		return nil, err
	}
	return []values.Value{v}, nil
}
