package framework

import (
	"github.com/floe-network/floe/staking/devchain/movevm"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/devchain/movevm/values"
)

// Transaction has the facts that code can ask for. Amounts of gas are in MIST.
type Transaction struct {
	Sender            types.Address
	Digest            [32]byte
	Epoch             uint64 // Sui's
	EpochStartMs      uint64 // since 1970
	ReferenceGasPrice uint64
	GasPrice          uint64
	GasBudget         uint64
	Sponsor           *types.Address // who pays the gas, nil when it is the sender
	IDsCreated        uint64         // ids made so far
}

// FreshID makes an id. Ids of objects must be recorded in the State as well; ids of packages must not.
func (t *Transaction) FreshID() objects.ID {
	id := objects.FreshID(t.Digest, t.IDsCreated)
	t.IDsCreated++
	return id
}

// Context makes the value of the TxContext that functions are passed, given that type. Code asks natives for all facts but
// the digest.
func (t *Transaction) Context(typ *types.Type) (values.Value, error) {
	return values.StructOf(typ, []values.Value{
		values.Address(t.Sender), values.Bytes(append([]byte(nil), t.Digest[:]...)), values.U64(t.Epoch),
		values.U64(t.EpochStartMs), values.U64(t.IDsCreated),
	})
}

func (n *natives) freshID(*movevm.Context, []*types.Type, []values.Value) ([]values.Value, error) {
	id := n.tx.FreshID()
	return one(values.Address(id), n.state.NewID(id))
}

func (n *natives) sponsor(ctx *movevm.Context, _ []*types.Type, _ []values.Value) ([]values.Value, error) {
	var list []values.Value
	if n.tx.Sponsor != nil {
		list = append(list, values.Address(*n.tx.Sponsor))
	}
	t, err := ctx.Universe().VectorOf(types.AddressType)
	if err != nil {
		return nil, err
	}
	if _, err := ctx.Universe().Layout(t); err != nil {
		return nil, err
	}
	return one(values.Vector(t, list))
}
