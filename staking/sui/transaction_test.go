package sui_test

import (
	"errors"
	"strings"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/internal/fakenode"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// executed is a transaction that succeeded.
func executed(digest ptb.Digest) *v2.ExecutedTransaction {
	made, changed, ended := ptb.Address{1}, ptb.Address{2}, ptb.Address{3}
	mine := &v2.Owner{Kind: v2.Owner_ADDRESS.Enum(), Address: proto.String(owner.String())}
	exists := v2.ChangedObject_INPUT_OBJECT_STATE_EXISTS.Enum()
	return &v2.ExecutedTransaction{Digest: proto.String(digest.String()), Checkpoint: proto.Uint64(8), Effects: &v2.TransactionEffects{
		Status: &v2.ExecutionStatus{Success: proto.Bool(true)}, Epoch: proto.Uint64(3), LamportVersion: proto.Uint64(20),
		GasUsed: &v2.GasCostSummary{ComputationCost: proto.Uint64(100), StorageCost: proto.Uint64(30), StorageRebate: proto.Uint64(50),
			NonRefundableStorageFee: proto.Uint64(1)},
		ChangedObjects: []*v2.ChangedObject{
			{ObjectId: proto.String(made.String()), IdOperation: v2.ChangedObject_CREATED.Enum(),
				OutputState:  v2.ChangedObject_OUTPUT_OBJECT_STATE_OBJECT_WRITE.Enum(),
				OutputDigest: proto.String(ptb.Digest{4}.String()), OutputOwner: mine, ObjectType: proto.String(coinType.String())},
			{ObjectId: proto.String(changed.String()), InputState: exists, InputVersion: proto.Uint64(10), InputDigest: proto.String(ptb.Digest{5}.String()),
				OutputState: v2.ChangedObject_OUTPUT_OBJECT_STATE_OBJECT_WRITE.Enum(), OutputVersion: proto.Uint64(20),
				OutputDigest: proto.String(ptb.Digest{6}.String()), OutputOwner: &v2.Owner{Kind: v2.Owner_SHARED.Enum(), Version: proto.Uint64(7)}},
			{ObjectId: proto.String(ended.String()), InputState: exists, InputVersion: proto.Uint64(11), InputDigest: proto.String(ptb.Digest{7}.String()),
				OutputState: v2.ChangedObject_OUTPUT_OBJECT_STATE_DOES_NOT_EXIST.Enum(), IdOperation: v2.ChangedObject_DELETED.Enum()},
		}},
		Events: &v2.TransactionEvents{Events: []*v2.Event{{PackageId: proto.String("0x2"), Module: proto.String("m"), Sender: proto.String(owner.String()),
			EventType: proto.String("0x2::m::Happened"), Contents: &v2.Bcs{Value: []byte{1}}}}}}
}

func failed(digest ptb.Digest, why *v2.ExecutionError) *v2.ExecutedTransaction {
	e := executed(digest)
	e.Effects.Status = &v2.ExecutionStatus{Success: proto.Bool(false), Error: why}
	return e
}

func executing(answer func() (*v2.ExecutedTransaction, error)) *fakenode.Node {
	return &fakenode.Node{Execute: func(*v2.ExecuteTransactionRequest) (*v2.ExecuteTransactionResponse, error) {
		e, err := answer()
		return &v2.ExecuteTransactionResponse{Transaction: e}, err
	}}
}

func TestExecute(t *testing.T) {
	tx, signature := []byte("transaction"), []byte("signature")
	digest := ptb.TransactionDigest(tx)
	node := &fakenode.Node{Execute: func(r *v2.ExecuteTransactionRequest) (*v2.ExecuteTransactionResponse, error) {
		if string(r.GetTransaction().GetBcs().GetValue()) != string(tx) || string(r.GetSignatures()[0].GetBcs().GetValue()) != string(signature) {
			return nil, status.Error(codes.InvalidArgument, "something else")
		}
		return &v2.ExecuteTransactionResponse{Transaction: executed(digest)}, nil
	}}
	done, err := client(t, node).Execute(t.Context(), tx, signature)
	if err != nil || done.Err() != nil {
		t.Fatal(err, done)
	}
	if done.Digest != digest || done.Epoch != 3 || *done.Checkpoint != 8 || done.Gas != (sui.Gas{Computation: 100, Storage: 30, Rebate: 50, NonRefundable: 1}) ||
		done.Gas.Net() != 80 {
		t.Errorf("got %+v", done)
	}
	made, changed, ended := done.Changes[0], done.Changes[1], done.Changes[2]
	if !made.Created || made.Before != nil || made.After.Version != 20 || made.After.Digest != (ptb.Digest{4}) || *made.Owner.Address != owner || made.Type != coinType.String() {
		t.Errorf("made %+v", made)
	}
	if changed.Created || changed.Before.Version != 10 || changed.After.Version != 20 || *changed.Owner.Shared != 7 {
		t.Errorf("changed %+v", changed)
	}
	if ended.Before.Version != 11 || ended.After != nil {
		t.Errorf("ended %+v", ended)
	}
	if e := done.Events[0]; e.Package != ptb.ShortAddress(2) || e.Sender != owner || e.Type.Name != "Happened" || string(e.Contents) != "\x01" {
		t.Errorf("event %+v", e)
	}
}

func TestFailures(t *testing.T) {
	tx := []byte("transaction")
	run := func(why *v2.ExecutionError) error {
		t.Helper()
		done, err := client(t, executing(func() (*v2.ExecutedTransaction, error) {
			return failed(ptb.TransactionDigest(tx), why), nil
		})).Execute(t.Context(), tx)
		if err != nil {
			t.Fatal(err)
		}
		return done.Err()
	}
	err := run(&v2.ExecutionError{Kind: v2.ExecutionError_MOVE_ABORT.Enum(), Command: proto.Uint64(2), ErrorDetails: &v2.ExecutionError_Abort{
		Abort: &v2.MoveAbort{AbortCode: proto.Uint64(77), Location: &v2.MoveLocation{Package: proto.String("0x5"), Module: proto.String("blob"),
			FunctionName: proto.String("certify")}}}})
	var abort *sui.Abort
	if !errors.As(err, &abort) || *abort != (sui.Abort{Package: ptb.ShortAddress(5), Module: "blob", Function: "certify", Code: 77}) {
		t.Errorf("got %v", err)
	}
	for _, part := range []string{"command 2", "blob::certify", "77"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not have %q", err, part)
		}
	}
	for kind, want := range map[v2.ExecutionError_ExecutionErrorKind]error{
		v2.ExecutionError_INSUFFICIENT_GAS: sui.ErrInsufficientGas, v2.ExecutionError_INSUFFICIENT_COIN_BALANCE: sui.ErrInsufficientBalance,
	} {
		err := run(&v2.ExecutionError{Kind: kind.Enum(), Description: proto.String(strings.Repeat("x", 10_000))})
		if !errors.Is(err, want) || errors.As(err, &abort) || len(err.Error()) > 1000 {
			t.Errorf("%s: %.100v", kind, err)
		}
	}
	if err := run(nil); err == nil || errors.Is(err, sui.ErrInsufficientGas) {
		t.Errorf("a failure without a reason: %v", err)
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		status         error
		refused, stale bool
	}{
		"invalid": {status.Error(codes.InvalidArgument, "bad signature"), true, false},
		"stale":   {status.Error(codes.InvalidArgument, "object 0x1 version 5 is unavailable for consumption, current version: 6"), true, true},
		"rebuild": {status.Error(codes.InvalidArgument, "Transaction processing aborted (retriable with another submission). Non-retriable errors: "+
			"[Transaction needs to be rebuilt because object 0x1 version 0x5 is unavailable for consumption with 6942 stake]"), true, true},
		"not yet":     {status.Error(codes.NotFound, "Could not find the referenced object 0x1 at version 5"), true, true},
		"try again":   {status.Error(codes.Aborted, "Transaction processing aborted (retriable with another submission)"), false, false},
		"never":       {status.Error(codes.InvalidArgument, "rejected as invalid by more than 1/3 of validators by stake (non-retriable)"), true, false},
		"locked":      {status.Error(codes.FailedPrecondition, "locked"), true, false},
		"unavailable": {status.Error(codes.Unavailable, "down"), false, false},
		"slow":        {status.Error(codes.DeadlineExceeded, "slow"), false, false},
		"broken":      {status.Error(codes.Internal, "object is unavailable for consumption"), false, false},
	} {
		_, err := client(t, executing(func() (*v2.ExecutedTransaction, error) { return nil, c.status })).Execute(t.Context(), []byte("t"))
		if err == nil || errors.Is(err, sui.ErrRefused) != c.refused || errors.Is(err, sui.ErrStale) != c.stale || status.Code(err) != status.Code(c.status) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGarbageTransactions(t *testing.T) {
	tx := []byte("transaction")
	digest := ptb.TransactionDigest(tx)
	for name, change := range map[string]func(*v2.ExecutedTransaction){
		"another":           func(e *v2.ExecutedTransaction) { e.Digest = proto.String(ptb.Digest{1}.String()) },
		"no digest":         func(e *v2.ExecutedTransaction) { e.Digest = nil },
		"no effects":        func(e *v2.ExecutedTransaction) { e.Effects = nil },
		"no status":         func(e *v2.ExecutedTransaction) { e.Effects.Status = nil },
		"object of no id":   func(e *v2.ExecutedTransaction) { e.Effects.ChangedObjects[0].ObjectId = nil },
		"object, no digest": func(e *v2.ExecutedTransaction) { e.Effects.ChangedObjects[0].OutputDigest = nil },
		"object, no owner":  func(e *v2.ExecutedTransaction) { e.Effects.ChangedObjects[0].OutputOwner = nil },
		"input, no digest":  func(e *v2.ExecutedTransaction) { e.Effects.ChangedObjects[1].InputDigest = nil },
		"event of no type":  func(e *v2.ExecutedTransaction) { e.Events.Events[0].EventType = nil },
		"event of nobody":   func(e *v2.ExecutedTransaction) { e.Events.Events[0].Sender = proto.String("me") },
	} {
		bad := executed(digest)
		change(bad)
		liar := executing(func() (*v2.ExecutedTransaction, error) { return bad, nil })
		if _, err := client(t, liar).Execute(t.Context(), tx); !errors.Is(err, endpoint.ErrGarbage) || errors.Is(err, sui.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
		honest := executing(func() (*v2.ExecutedTransaction, error) { return executed(digest), nil })
		if done, err := client(t, liar, honest).Execute(t.Context(), tx); err != nil || done.Digest != digest {
			t.Errorf("%s, with an honest endpoint: %v", name, err)
		}
	}
}

func TestAwait(t *testing.T) {
	digest, asked := ptb.Digest{9}, 0
	node := &fakenode.Node{Lookup: func(r *v2.GetTransactionRequest) (*v2.GetTransactionResponse, error) {
		asked++
		e := executed(digest)
		switch asked {
		case 1:
			return nil, status.Error(codes.NotFound, "not yet")
		case 2:
			e.Checkpoint = nil
		}
		return &v2.GetTransactionResponse{Transaction: e}, nil
	}}
	done, err := client(t, node).Await(t.Context(), digest)
	if err != nil || asked != 3 || *done.Checkpoint != 8 {
		t.Errorf("%+v, %v after %d", done, err, asked)
	}
	broken := &fakenode.Node{Lookup: func(*v2.GetTransactionRequest) (*v2.GetTransactionResponse, error) {
		return nil, status.Error(codes.Internal, "broken")
	}}
	if _, err := client(t, broken).Await(t.Context(), digest); !errors.Is(err, endpoint.ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}

func TestView(t *testing.T) {
	node := &fakenode.Node{
		Epoch: func(*v2.GetEpochRequest) (*v2.GetEpochResponse, error) {
			return &v2.GetEpochResponse{Epoch: &v2.Epoch{ReferenceGasPrice: proto.Uint64(750)}}, nil
		},
		Simulate: func(r *v2.SimulateTransactionRequest) (*v2.SimulateTransactionResponse, error) {
			data, err := ptb.DecodeTransaction(r.GetTransaction().GetBcs().GetValue())
			if err != nil {
				return nil, status.Error(codes.InvalidArgument, err.Error())
			}
			e := executed(ptb.Digest{1})
			if len(data.Kind.Programmable.Commands) == 0 {
				e = failed(ptb.Digest{1}, &v2.ExecutionError{})
			}
			if data.Gas.Price != 750 || r.GetChecks() != v2.SimulateTransactionRequest_DISABLED || r.GetDoGasSelection() {
				return nil, status.Error(codes.InvalidArgument, "not as a view is")
			}
			return &v2.SimulateTransactionResponse{Transaction: e, CommandOutputs: []*v2.CommandResult{
				{ReturnValues: []*v2.CommandOutput{{Value: &v2.Bcs{Value: []byte{1}}}, {Value: &v2.Bcs{Value: []byte{2}}}}}, {}}}, nil
		},
	}
	b := ptb.NewBuilder()
	b.Call(ptb.ShortAddress(2), "m", "f", nil)
	p, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, node)
	s, err := c.View(t.Context(), p)
	if err != nil || len(s.Results) != 2 || len(s.Results[0]) != 2 || s.Results[0][1][0] != 2 || len(s.Results[1]) != 0 {
		t.Errorf("got %+v, %v", s, err)
	}
	var failure *sui.Failure
	if _, err := c.View(t.Context(), ptb.Program{}); !errors.As(err, &failure) {
		t.Errorf("a view that fails: %v", err)
	}
}
