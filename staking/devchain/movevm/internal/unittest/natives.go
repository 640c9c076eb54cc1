package unittest

import (
	"encoding/binary"

	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/crypto"
	"github.com/floe-network/floe/staking/devchain/movevm/framework"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Abort codes of natives for tests.
const (
	abortNoIDs     = 1 // tx_context
	abortNoStruct  = 0 // test_utils
	abortNoWitness = 1
)

// helpers are the natives for tests that have nothing to do with scenarios.
func helpers(state *objects.State, tx *framework.Transaction) movevm.Natives {
	std, sui := ptb.ShortAddress(1), ptb.ShortAddress(2)
	h := &helper{state, tx}
	return movevm.Natives{
		{Address: std, Module: "unit_test", Function: "poison"}:                   nothing,
		{Address: std, Module: "unit_test", Function: "destroy"}:                  nothing,
		{Address: sui, Module: "test_utils", Function: "create_one_time_witness"}: witness,
		{Address: sui, Module: "event", Function: "num_events"}:                   h.countEvents,
		{Address: sui, Module: "event", Function: "events_by_type"}:               h.eventsOfType,
		{Address: sui, Module: "tx_context", Function: "last_created_id"}:         h.lastID,
		{Address: sui, Module: "tx_context", Function: "replace"}:                 h.replace,
	}
}

type helper struct {
	state *objects.State
	tx    *framework.Transaction
}

// nothing ends its arguments.
func nothing(*movevm.Context, []*types.Type, []values.Value) ([]values.Value, error) { return nil, nil }

func witness(ctx *movevm.Context, typeArgs []*types.Type, _ []values.Value) ([]values.Value, error) {
	t := typeArgs[0]
	if t.Kind() != types.Struct {
		return nil, status.Abort(abortNoStruct)
	}
	if !framework.IsWitness(t) {
		return nil, status.Abort(abortNoWitness)
	}
	v, err := ctx.Unmarshal([]byte{1}, t) // its one field is true
	return []values.Value{v}, err
}

func (h *helper) countEvents(*movevm.Context, []*types.Type, []values.Value) ([]values.Value, error) {
	return []values.Value{values.U32(uint32(len(h.state.Events())))}, nil
}

func (h *helper) eventsOfType(ctx *movevm.Context, typeArgs []*types.Type, _ []values.Value) ([]values.Value, error) {
	t, err := ctx.Universe().VectorOf(typeArgs[0])
	if err != nil {
		return nil, err
	}
	var all []byte
	n := 0
	for _, e := range h.state.Events() {
		if e.Type == typeArgs[0] {
			all = append(all, e.Contents...)
			n++
		}
	}
	v, err := ctx.Unmarshal(append(binary.AppendUvarint(nil, uint64(n)), all...), t)
	return []values.Value{v}, err
}

func (h *helper) lastID(*movevm.Context, []*types.Type, []values.Value) ([]values.Value, error) {
	if h.tx.IDsCreated == 0 {
		return nil, status.Abort(abortNoIDs)
	}
	id := objects.FreshID(h.tx.Digest, h.tx.IDsCreated-1)
	return []values.Value{values.Address(id)}, h.state.NewID(id)
}

// replace takes all facts of the transaction, in the order of tx_context.
func (h *helper) replace(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	sender, err := args[0].AsAddress()
	if err != nil {
		return nil, err
	}
	digest, err := args[1].AsBytes()
	if err != nil {
		return nil, err
	}
	if len(digest) != len(h.tx.Digest) {
		return nil, status.New(status.NativeFailed, "a digest of %d bytes", len(digest))
	}
	numbers := make([]uint64, 6)
	for i := range numbers {
		if numbers[i], err = args[2+i].AsUint64(); err != nil {
			return nil, err
		}
	}
	*h.tx = framework.Transaction{
		Sender: sender, Digest: [32]byte(digest), Epoch: numbers[0], EpochStartMs: numbers[1], IDsCreated: numbers[2],
		ReferenceGasPrice: numbers[3], GasPrice: numbers[4], GasBudget: numbers[5],
	}
	if sponsors := args[8]; sponsors.Len() > 0 {
		last, err := sponsors.At(sponsors.Len() - 1)
		if err != nil {
			return nil, err
		}
		sponsor, err := last.AsAddress()
		if err != nil {
			return nil, err
		}
		h.tx.Sponsor = &sponsor
	}
	return nil, nil
}

// elementSizes are the bytes of an element of each group.
var elementSizes = [...]int{crypto.Scalar: 32, crypto.G1: 48, crypto.G2: 96, crypto.GT: 576, crypto.UncompressedG1: 96}

// Abort codes of sui::group_ops.
const (
	abortInvalidInput = 1
	abortTooLong      = 2
)

// stubs stand in for BLS12-381 as in the Move VM that gives the verdicts to compare with, which is compiled without that
// curve: every signature is good, bytes are an element when there are as many as in one, and the result of every
// operation is zeros. Tests of contracts are written for that. Only this package has them, and only its runner puts them
// in the place of the real ones.
func stubs() movevm.Natives {
	sui := ptb.ShortAddress(2)
	yes := func(*movevm.Context, []*types.Type, []values.Value) ([]values.Value, error) {
		return []values.Value{values.Bool(true)}, nil
	}
	table := movevm.Natives{
		{Address: sui, Module: "bls12381", Function: "bls12381_min_pk_verify"}:  yes,
		{Address: sui, Module: "bls12381", Function: "bls12381_min_sig_verify"}: yes,
		{Address: sui, Module: "group_ops", Function: "internal_validate"}:      stubValidate,
		{Address: sui, Module: "group_ops", Function: "internal_sum"}:           stubSum,
	}
	for name, group := range map[string]int{"internal_add": 0, "internal_sub": 0, "internal_mul": 0, "internal_convert": 1} {
		table[movevm.NativeID{Address: sui, Module: "group_ops", Function: name}] = stubOperation(group)
	}
	return table
}

// size is that of the elements of the group that an argument names; 0 when it names none.
func size(group values.Value) (int, error) {
	g, err := group.AsUint64()
	if err != nil || g >= uint64(len(elementSizes)) {
		return 0, err
	}
	return elementSizes[g], nil
}

func stubValidate(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	n, err := size(args[0])
	if err != nil {
		return nil, err
	}
	b, err := args[1].Peek()
	return []values.Value{values.Bool(b.Len() == n)}, err
}

// stubOperation makes a native that returns zeros of the group that an argument names.
func stubOperation(group int) movevm.Native {
	return func(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
		n, err := size(args[group])
		if err == nil && n == 0 {
			err = status.Abort(abortInvalidInput)
		}
		return []values.Value{values.Bytes(make([]byte, n))}, err
	}
}

func stubSum(_ *movevm.Context, _ []*types.Type, args []values.Value) ([]values.Value, error) {
	terms, err := args[1].Peek()
	if err != nil {
		return nil, err
	}
	if terms.Len() > crypto.MaxSumTerms {
		return nil, status.Abort(abortTooLong)
	}
	n, err := size(args[0])
	return []values.Value{values.Bytes(make([]byte, n))}, err
}
