package rpc_test

import (
	"slices"
	"strings"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/rpc"
	"github.com/floe-network/floe/staking/sui/account"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestExecute(t *testing.T) {
	n := serve(t, nil)
	other := ptb.ShortAddress(0x99)
	x := n.execute(func(b *ptb.Builder) { b.Transfer(other, b.Part(b.Split(ptb.GasCoin(), 5), 0)) })
	if x.Checkpoint != nil || x.Timestamp != nil {
		t.Error("the transaction is in a checkpoint already")
	}
	fx := x.Effects
	if len(fx.ChangedObjects) != 2 || fx.GasObject.GetOutputState() != v2.ChangedObject_OUTPUT_OBJECT_STATE_OBJECT_WRITE || fx.GasObject.GetObjectType() == "" ||
		fx.GetTransactionDigest() != x.GetDigest() || fx.GasUsed.GetComputationCost() == 0 {
		t.Errorf("effects %v", fx)
	}
	if len(x.Objects.Objects) != 3 { // the gas coin before and after, the new coin
		t.Errorf("%d objects", len(x.Objects.Objects))
	}
	sum := int64(0)
	for _, c := range x.BalanceChanges {
		if c.GetAddress() == other.String() && c.GetAmount() != "5" {
			t.Errorf("balance change %v", c)
		}
		sum++
	}
	if sum != 2 {
		t.Errorf("%d balance changes", sum)
	}
	if s := x.Signatures[0]; s.GetScheme() != v2.SignatureScheme_ED25519 || len(s.GetSimple().Signature) != 64 || len(s.GetSimple().PublicKey) != 32 {
		t.Errorf("signature %v", s)
	}
	sequence := n.seal()
	later, err := n.ledger.GetTransaction(t.Context(), &v2.GetTransactionRequest{Digest: x.Digest, ReadMask: paths("*")})
	if err != nil {
		t.Fatal(err)
	}
	got := later.Transaction
	if got.GetCheckpoint() != sequence || got.Timestamp == nil {
		t.Errorf("checkpoint %v", got.Checkpoint)
	}
	got.Checkpoint, got.Timestamp = nil, nil
	if !proto.Equal(got, x) {
		t.Errorf("later it is %v, was %v", got, x)
	}
}

// TestFormsOfRequests: BCS and fields, signatures with and without their length and as fields, are one transaction.
func TestFormsOfRequests(t *testing.T) {
	n := serve(t, nil)
	r := n.request(n.build(func(b *ptb.Builder) { b.Transfer(n.me, b.Part(b.Split(ptb.GasCoin(), 5), 0)) }), "digest", "transaction")
	first, err := n.execution.ExecuteTransaction(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	sig := r.Signatures[0].Bcs.Value
	fields := proto.CloneOf(first.Transaction.Transaction)
	fields.Bcs = nil
	for name, change := range map[string]func(*v2.ExecuteTransactionRequest){
		"signature with its length": func(r *v2.ExecuteTransactionRequest) {
			r.Signatures[0].Bcs.Value = append([]byte{byte(len(sig))}, sig...)
		},
		"signature as fields": func(r *v2.ExecuteTransactionRequest) {
			r.Signatures[0] = &v2.UserSignature{Signature: &v2.UserSignature_Simple{Simple: &v2.SimpleSignature{
				Scheme: v2.SignatureScheme_ED25519.Enum(), Signature: sig[1:65], PublicKey: sig[65:],
			}}}
		},
		"transaction as fields": func(r *v2.ExecuteTransactionRequest) { r.Transaction = fields },
	} {
		again := proto.CloneOf(r)
		change(again)
		answer, err := n.execution.ExecuteTransaction(t.Context(), again)
		if err != nil || answer.Transaction.GetDigest() != first.Transaction.GetDigest() {
			t.Errorf("%s: %v, %v", name, answer, err)
		}
	}
}

func TestExecuteRefuses(t *testing.T) {
	n := serve(t, func(l *rpc.Limits) { l.Signatures = 2 })
	data := n.build(func(b *ptb.Builder) { b.Transfer(n.me, b.Part(b.Split(ptb.GasCoin(), 5), 0)) })
	good := n.request(data)
	stranger := account.FromSeed([32]byte{2})
	change := func(f func(*ptb.TransactionData)) *v2.ExecuteTransactionRequest {
		other := *data
		f(&other)
		return n.request(&other)
	}
	with := func(f func(*v2.ExecuteTransactionRequest)) *v2.ExecuteTransactionRequest {
		r := proto.CloneOf(good)
		f(r)
		return r
	}
	for _, c := range []struct {
		name string
		r    *v2.ExecuteTransactionRequest
		says string
	}{
		{"nothing", &v2.ExecuteTransactionRequest{}, "missing transaction"},
		{"no BCS", with(func(r *v2.ExecuteTransactionRequest) { r.Transaction.Bcs.Value = []byte{1, 2, 3} }), "malformed BCS"},
		{"cut off", with(func(r *v2.ExecuteTransactionRequest) { r.Transaction.Bcs.Value = r.Transaction.Bcs.Value[1:] }), "BCS"},
		{"too long", with(func(r *v2.ExecuteTransactionRequest) { r.Transaction.Bcs.Value = make([]byte, 200<<10) }), "BCS"},
		{"no signature", with(func(r *v2.ExecuteTransactionRequest) { r.Signatures = nil }), "Invalid user signature"},
		{"empty signature", with(func(r *v2.ExecuteTransactionRequest) { r.Signatures[0].Bcs.Value = nil }), "missing signatures[0].bcs"},
		{"many signatures", with(func(r *v2.ExecuteTransactionRequest) { r.Signatures = slices.Repeat(r.Signatures, 3) }), "at most 2"},
		{"another's signature", with(func(r *v2.ExecuteTransactionRequest) {
			r.Signatures[0].Bcs.Value = stranger.Sign(r.Transaction.Bcs.Value)
		}), "Invalid user signature"},
		{"no scheme", with(func(r *v2.ExecuteTransactionRequest) { r.Signatures[0].Bcs.Value = []byte{77, 1} }), "Invalid user signature"},
		{"budget", change(func(d *ptb.TransactionData) { d.Gas.Budget = 1 }), "budget"},
		{"price", change(func(d *ptb.TransactionData) { d.Gas.Price = 1 }), "price"},
		{"mask", with(func(r *v2.ExecuteTransactionRequest) { r.ReadMask = paths("nothing") }), "read_mask"},
	} {
		_, err := n.execution.ExecuteTransaction(t.Context(), c.r)
		if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
	}
	if _, err := n.execution.ExecuteTransaction(t.Context(), good); err != nil {
		t.Fatalf("what was refused has had an effect: %v", err)
	}
	stale := change(func(d *ptb.TransactionData) { d.Gas.Budget++ })
	if _, err := n.execution.ExecuteTransaction(t.Context(), stale); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "needs to be rebuilt") {
		t.Errorf("a coin that was used: %v", err)
	}
}

func bareCoin(n *node) *v2.Input {
	return &v2.Input{ObjectId: proto.String(n.owned(2)[1].ID.String())}
}

// simulation is a transaction as fields that splits a coin, named by its id, and leaves all of gas open.
func simulation(n *node) *v2.SimulateTransactionRequest {
	return &v2.SimulateTransactionRequest{Transaction: &v2.Transaction{
		Sender: proto.String(n.me.String()),
		Kind: &v2.TransactionKind{Data: &v2.TransactionKind_ProgrammableTransaction{ProgrammableTransaction: &v2.ProgrammableTransaction{
			Inputs: []*v2.Input{bareCoin(n)},
			Commands: []*v2.Command{{Command: &v2.Command_MoveCall{MoveCall: &v2.MoveCall{
				Package: proto.String("0x2"), Module: proto.String("coin"), Function: proto.String("value"), TypeArguments: []string{"0x2::sui::SUI"},
				Arguments: []*v2.Argument{{Kind: v2.Argument_INPUT.Enum(), Input: proto.Uint32(0)}},
			}}}},
		}}},
	}}
}

func TestSimulate(t *testing.T) {
	n := serve(t, nil)
	r := simulation(n)
	r.DoGasSelection = proto.Bool(true)
	answer, err := n.execution.SimulateTransaction(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	x := answer.Transaction
	gas := x.Transaction.GasPayment
	if !x.Effects.Status.GetSuccess() || len(gas.Objects) != 1 || gas.GetBudget() == 0 || gas.GetPrice() != gasPrice || gas.GetOwner() != n.me.String() {
		t.Errorf("gas %v, status %v", gas, x.Effects.Status)
	}
	if in := x.Transaction.Kind.GetProgrammableTransaction().Inputs[0]; in.GetKind() != v2.Input_IMMUTABLE_OR_OWNED || in.GetVersion() == 0 || in.Digest == nil {
		t.Errorf("input %v", in)
	}
	if x.GetDigest() != x.Effects.GetTransactionDigest() || x.Checkpoint != nil || len(x.Objects.Objects) == 0 {
		t.Errorf("got %v", x)
	}
	if out := answer.CommandOutputs; len(out) != 1 || out[0].ReturnValues[0].Value.GetName() != "u64" {
		t.Errorf("command outputs %v", out)
	}
	if _, err := n.ledger.GetTransaction(t.Context(), &v2.GetTransactionRequest{Digest: x.Digest}); status.Code(err) != codes.NotFound {
		t.Errorf("a simulation was executed: %v", err)
	}
	// What was resolved can be signed and executed.
	if _, err := n.execution.ExecuteTransaction(t.Context(), &v2.ExecuteTransactionRequest{
		Transaction: x.Transaction, Signatures: []*v2.UserSignature{{Bcs: &v2.Bcs{Value: n.key.Sign(x.Transaction.Bcs.Value)}}},
	}); err != nil {
		t.Errorf("the resolved transaction: %v", err)
	}
}

func TestSimulateWithoutChecks(t *testing.T) {
	n := serve(t, nil)
	r := simulation(n)
	r.Checks = v2.SimulateTransactionRequest_DISABLED.Enum()
	r.ReadMask = paths("command_outputs", "transaction.effects.status")
	answer, err := n.execution.SimulateTransaction(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	out := answer.CommandOutputs[0].ReturnValues[0]
	if out.Value.GetName() != "u64" || len(out.Value.Value) != 8 || out.Json.GetStringValue() != "1000000000000" {
		t.Errorf("returned %v", out)
	}
	if _, err := n.execution.SimulateTransaction(t.Context(), anonymous(simulation(n), v2.SimulateTransactionRequest_DISABLED)); err != nil {
		t.Errorf("somebody else's coin, for looking: %v", err)
	}
	if _, err := n.execution.SimulateTransaction(t.Context(), anonymous(simulation(n), v2.SimulateTransactionRequest_ENABLED)); status.Code(err) != codes.InvalidArgument {
		t.Errorf("somebody else's coin: %v", err)
	}
	if answer.Transaction.Digest != nil || !answer.Transaction.Effects.Status.GetSuccess() {
		t.Errorf("got %v", answer.Transaction)
	}
}

// anonymous is a simulation for address zero, as of who does not say who will send a transaction.
func anonymous(r *v2.SimulateTransactionRequest, checks v2.SimulateTransactionRequest_TransactionChecks) *v2.SimulateTransactionRequest {
	r.Transaction.Sender, r.Checks = proto.String("0x0"), &checks
	return r
}

func TestSimulateFails(t *testing.T) {
	n := serve(t, nil)
	call := func(r *v2.SimulateTransactionRequest) *v2.MoveCall {
		return r.Transaction.Kind.GetProgrammableTransaction().Commands[0].GetMoveCall()
	}
	r := simulation(n)
	call(r).Function = proto.String("nothing")
	answer, err := n.execution.SimulateTransaction(t.Context(), r)
	if err != nil || answer.Transaction.Effects.Status.Error.GetKind() != v2.ExecutionError_FUNCTION_NOT_FOUND {
		t.Errorf("a function that there is not: %v, %v", answer, err)
	}
	r = simulation(n)
	call(r).TypeArguments = []string{"u64"}
	answer, err = n.execution.SimulateTransaction(t.Context(), r)
	if err != nil || answer.Transaction.Effects.Status.Error.GetCommandArgumentError().GetKind() != v2.CommandArgumentError_TYPE_MISMATCH {
		t.Errorf("another type: %v, %v", answer, err)
	}
	for name, c := range map[string]struct {
		change func(*v2.SimulateTransactionRequest)
		want   codes.Code
	}{
		"no object": {func(r *v2.SimulateTransactionRequest) {
			r.Transaction.Kind.GetProgrammableTransaction().Inputs[0].ObjectId = proto.String("0xdead")
		}, codes.NotFound},
		"no sender":  {func(r *v2.SimulateTransactionRequest) { r.Transaction.Sender = nil }, codes.InvalidArgument},
		"nothing":    {func(r *v2.SimulateTransactionRequest) { r.Transaction = nil }, codes.InvalidArgument},
		"no BCS":     {func(r *v2.SimulateTransactionRequest) { r.Transaction.Bcs = &v2.Bcs{Value: []byte{9}} }, codes.InvalidArgument},
		"no package": {func(r *v2.SimulateTransactionRequest) { call(r).Package = proto.String("0xdead") }, codes.InvalidArgument},
		"another kind": {func(r *v2.SimulateTransactionRequest) {
			r.Transaction.Kind.GetProgrammableTransaction().Inputs[0].Kind = v2.Input_InputKind(5).Enum()
		}, codes.Unimplemented},
		"who has no coins": {func(r *v2.SimulateTransactionRequest) {
			r.DoGasSelection = proto.Bool(true)
			r.Transaction.GasPayment = &v2.GasPayment{Owner: proto.String("0x77")}
		}, codes.InvalidArgument},
	} {
		r := simulation(n)
		c.change(r)
		if _, err := n.execution.SimulateTransaction(t.Context(), r); status.Code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestSubscription(t *testing.T) {
	n := serve(t, nil)
	stream, err := n.updates.SubscribeCheckpoints(t.Context(), &v2.SubscribeCheckpointsRequest{ReadMask: paths("sequence_number", "transactions.digest")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Header(); err != nil { // it has begun
		t.Fatal(err)
	}
	for range 3 {
		digest := n.execute(func(b *ptb.Builder) { b.Transfer(n.me, b.Part(b.Split(ptb.GasCoin(), 5), 0)) }).GetDigest()
		sequence := n.seal()
		got, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if got.GetCursor() != sequence || got.Checkpoint.GetSequenceNumber() != sequence || got.Checkpoint.Digest != nil ||
			!slices.ContainsFunc(got.Checkpoint.Transactions, func(x *v2.ExecutedTransaction) bool { return x.GetDigest() == digest }) {
			t.Errorf("got %v, want checkpoint %d with %s", got, sequence, digest)
		}
	}
	bad, err := n.updates.SubscribeCheckpoints(t.Context(), &v2.SubscribeCheckpointsRequest{ReadMask: paths("nothing")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bad.Recv(); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a bad mask: %v", err)
	}
	filter := &v2.SubscribeCheckpointsRequest{}
	filter.ProtoReflect().SetUnknown([]byte{2<<3 | 2, 0}) // an empty message as field 2
	filtered, err := n.updates.SubscribeCheckpoints(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filtered.Recv(); status.Code(err) != codes.Unimplemented {
		t.Errorf("a filter: %v", err)
	}
}

// TestSubscriberThatFallsBehind: what it does not take waits in the ledger, and beyond a bound it must catch up by itself.
func TestSubscriberThatFallsBehind(t *testing.T) {
	n := serve(t, func(l *rpc.Limits) { l.SubscriberLag = 2 })
	conn, err := grpc.NewClient(n.addr, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStaticStreamWindowSize(1<<16), grpc.WithStaticConnWindowSize(1<<16))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stream, err := v2.NewSubscriptionServiceClient(conn).SubscribeCheckpoints(t.Context(), &v2.SubscribeCheckpointsRequest{ReadMask: paths("*")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Header(); err != nil {
		t.Fatal(err)
	}
	const sealed = 60 // of 8 KB and more each, several times what the client's window lets through
	for range sealed {
		n.seal()
	}
	for next := uint64(1); ; next++ {
		got, err := stream.Recv()
		if err != nil {
			if status.Code(err) != codes.ResourceExhausted || next > sealed {
				t.Errorf("after %d of %d checkpoints: %v", next-1, sealed, err)
			}
			return
		}
		if got.GetCursor() != next {
			t.Fatalf("checkpoint %d, want %d", got.GetCursor(), next)
		}
	}
}
