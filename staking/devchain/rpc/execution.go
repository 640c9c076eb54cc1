package rpc

import (
	"context"
	"encoding/binary"
	"fmt"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"

	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/rpc/draft"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// executionService executes and simulates transactions.
type executionService struct {
	v2.UnimplementedTransactionExecutionServiceServer
	*api
}

// ExecuteTransaction executes a signed transaction, in BCS or as fields that leave nothing open.
func (s *executionService) ExecuteTransaction(ctx context.Context, r *v2.ExecuteTransactionRequest) (*v2.ExecuteTransactionResponse, error) {
	want, err := s.mask(maskedTransaction, r.ReadMask, defaultExecution)
	if err != nil {
		return nil, err
	}
	encoded := r.GetTransaction().GetBcs().GetValue()
	if r.GetTransaction().GetBcs() == nil {
		data, err := s.fields(r.Transaction)
		if err != nil {
			return nil, err
		}
		if encoded, err = data.Encode(); err != nil {
			return nil, message.Invalid("transaction", err)
		}
	}
	signatures, err := s.signatures(r.Signatures)
	if err != nil {
		return nil, err
	}
	t, err := s.chain.Execute(ctx, encoded, signatures)
	if err != nil {
		return nil, err
	}
	m, err := s.executed(t, nil, s.objectAt, want)
	if err != nil {
		return nil, err
	}
	return &v2.ExecuteTransactionResponse{Transaction: m}, nil
}

// fields makes a transaction of its fields.
func (s *executionService) fields(m *v2.Transaction) (*ptb.TransactionData, error) {
	if m == nil {
		return nil, message.Missing("transaction")
	}
	d, err := draft.Read(m, s.accepted)
	if err != nil {
		return nil, err
	}
	p, err := d.Resolve(s.api)
	if err != nil {
		return nil, err
	}
	data := &ptb.TransactionData{
		Kind: ptb.TransactionKind{Programmable: &p}, Sender: d.Sender, Expiration: d.Expiration,
		Gas: ptb.GasData{Payment: d.Gas.Payment, Owner: d.Sender, Price: s.chain.GasPrice()},
	}
	if d.Gas.Owner != nil {
		data.Gas.Owner = *d.Gas.Owner
	}
	if d.Gas.Price != nil {
		data.Gas.Price = *d.Gas.Price
	}
	if d.Gas.Budget != nil {
		data.Gas.Budget = *d.Gas.Budget
	}
	return data, nil
}

// signatures reads signatures in their form as bytes, with or without their length before them, or as fields.
func (s *executionService) signatures(list []*v2.UserSignature) ([][]byte, error) {
	if len(list) > s.limits.Signatures {
		return nil, message.Invalid("signatures", fmt.Errorf("%d signatures, at most %d", len(list), s.limits.Signatures))
	}
	var out [][]byte
	for i, m := range list {
		b := m.GetBcs().GetValue()
		if simple := m.GetSimple(); m.GetBcs() == nil && simple != nil {
			b = append([]byte{byte(simple.GetScheme())}, simple.Signature...)
			b = append(b, simple.PublicKey...)
		}
		if len(b) == 0 {
			return nil, message.Missing(fmt.Sprintf("signatures[%d].bcs", i))
		}
		if length, n := binary.Uvarint(b); n > 0 && length == uint64(len(b)-n) {
			b = b[n:]
		}
		out = append(out, b)
	}
	return out, nil
}

// SimulateTransaction says what a transaction would do, in BCS or as fields that may leave things open, and fills those in.
func (s *executionService) SimulateTransaction(ctx context.Context, r *v2.SimulateTransactionRequest) (*v2.SimulateTransactionResponse, error) {
	want, err := s.mask(maskedSimulation, r.ReadMask, defaultSimulation)
	if err != nil {
		return nil, err
	}
	var data *ptb.TransactionData
	if b := r.GetTransaction().GetBcs(); b != nil {
		if data, err = ptb.DecodeTransaction(b.Value); err != nil {
			return nil, message.Invalid("transaction.bcs", err)
		}
	} else if data, err = s.fields(r.Transaction); err != nil {
		return nil, err
	}
	unchecked := r.GetChecks() == v2.SimulateTransactionRequest_DISABLED
	would, err := s.chain.Simulate(ctx, data, ledger.Simulation{Unchecked: unchecked, SelectGas: r.GetDoGasSelection() && !unchecked})
	if err != nil {
		return nil, err
	}
	m := &v2.SimulateTransactionResponse{}
	if want.Has("transaction") {
		if m.Transaction, err = s.executed(would.Transaction, would.Data, simulatedObjects(would, s.objectAt), want.Sub("transaction")); err != nil {
			return nil, err
		}
	}
	if want.Has("command_outputs") {
		for _, results := range would.Returned {
			m.CommandOutputs = append(m.CommandOutputs, s.outputs(results, want.Has("command_outputs", "return_values", "json")))
		}
	}
	want.Prune(m)
	return m, nil
}

// simulatedObjects finds objects among those of a simulation first, and then among those of the chain.
func simulatedObjects(would *ledger.Simulated, chain finder) finder {
	objects := make(map[objectRef]*store.Object)
	for _, list := range [][]*store.Object{would.Before, would.After} {
		for _, o := range list {
			objects[objectRef{o.ID(), o.Version()}] = o
		}
	}
	return func(r objectRef) (*store.Object, error) {
		if o := objects[r]; o != nil {
			return o, nil
		}
		return chain(r)
	}
}

func (s *executionService) outputs(results []effects.Value, json bool) *v2.CommandResult {
	m := &v2.CommandResult{}
	for i := range results {
		spelling := results[i].Type.String()
		out := &v2.CommandOutput{Value: message.Bcs(spelling, results[i].Contents)}
		if json {
			out.Json = s.json(spelling, results[i].Contents)
		}
		m.ReturnValues = append(m.ReturnValues, out)
	}
	return m
}
