package sui

import (
	"context"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// Simulated is what a transaction would do.
type Simulated struct {
	Executed
	// Results has the values that each command would give, in BCS.
	Results [][][]byte
}

// Simulate asks what a transaction would do if it were executed now, without signatures. With inspect it may call any
// function, pass any bytes and pay nothing, as for reading. It fails with ErrRefused where it would be refused.
func (c *Client) Simulate(ctx context.Context, data *ptb.TransactionData, inspect bool) (*Simulated, error) {
	encoded, err := data.Encode()
	if err != nil {
		return nil, err
	}
	checks := v2.SimulateTransactionRequest_ENABLED
	if inspect {
		checks = v2.SimulateTransactionRequest_DISABLED
	}
	fields := []string{"command_outputs.return_values.value"}
	for _, f := range executedFields {
		fields = append(fields, "transaction."+f)
	}
	request := &v2.SimulateTransactionRequest{Transaction: &v2.Transaction{Bcs: &v2.Bcs{Value: encoded}}, ReadMask: mask(fields...),
		Checks: &checks, DoGasSelection: proto.Bool(false)}
	var s *Simulated
	err = c.set.Do(ctx, endpoint.CallLimit, func(ctx context.Context, conn grpc.ClientConnInterface) error {
		answer, err := v2.NewTransactionExecutionServiceClient(conn).SimulateTransaction(ctx, request)
		if err != nil {
			return err
		}
		s, err = readSimulated(answer)
		return err
	})
	return s, refused(err)
}

func readSimulated(from *v2.SimulateTransactionResponse) (*Simulated, error) {
	done, err := readExecuted(from.GetTransaction())
	if err != nil {
		return nil, err
	}
	s := &Simulated{Executed: *done}
	for _, c := range from.GetCommandOutputs() {
		var values [][]byte
		for _, v := range c.GetReturnValues() {
			values = append(values, v.GetValue().GetValue())
		}
		s.Results = append(s.Results, values)
	}
	return s, nil
}

// View asks what a program of calls would result in, for somebody who has nothing and pays nothing. A transaction that
// would fail is its *Failure.
func (c *Client) View(ctx context.Context, program ptb.Program) (*Simulated, error) {
	return c.ViewAs(ctx, ptb.Address{}, program)
}

// ViewAs is View for programs about objects that an address owns.
func (c *Client) ViewAs(ctx context.Context, owner ptb.Address, program ptb.Program) (*Simulated, error) {
	epoch, err := c.Epoch(ctx)
	if err != nil {
		return nil, err
	}
	s, err := c.Simulate(ctx, &ptb.TransactionData{Kind: ptb.TransactionKind{Programmable: &program}, Sender: owner, Expiration: ptb.Never(),
		Gas: ptb.GasData{Owner: owner, Price: epoch.GasPrice, Budget: viewBudget}}, true)
	if err != nil {
		return nil, err
	}
	return s, s.Err()
}
