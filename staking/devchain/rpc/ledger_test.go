package rpc_test

import (
	"strings"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/checkpoint"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/rpc"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestServiceInfo(t *testing.T) {
	n := serve(t, nil)
	n.seal()
	var headers metadata.MD
	info, err := n.ledger.GetServiceInfo(t.Context(), &v2.GetServiceInfoRequest{}, grpc.Header(&headers))
	if err != nil {
		t.Fatal(err)
	}
	if info.GetChainId() != n.chain.Chain().String() || info.GetCheckpointHeight() != n.chain.Latest() || info.GetServer() != "test" || info.Timestamp == nil {
		t.Errorf("got %v", info)
	}
	for name, want := range map[string]string{"x-sui-chain-id": n.chain.Chain().String(), "x-sui-epoch": "0", "x-sui-checkpoint-height": "1"} {
		if got := headers.Get(name); len(got) != 1 || got[0] != want {
			t.Errorf("header %s is %q, want %s", name, got, want)
		}
	}
}

func TestGetObject(t *testing.T) {
	n := serve(t, nil)
	coin := n.owned(1)[0]
	id := proto.String(coin.ID.String())
	get := func(r *v2.GetObjectRequest) *v2.Object {
		t.Helper()
		answer, err := n.ledger.GetObject(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return answer.Object
	}
	if got, want := get(&v2.GetObjectRequest{ObjectId: id}), (&v2.Object{ObjectId: id, Version: &coin.Version, Digest: proto.String(coin.Digest.String())}); !proto.Equal(got, want) {
		t.Errorf("by default %v, want %v", got, want)
	}
	if got := get(&v2.GetObjectRequest{ObjectId: id, ReadMask: paths("balance", "owner.kind")}); !proto.Equal(got, &v2.Object{Balance: proto.Uint64(coinMist), Owner: &v2.Owner{Kind: v2.Owner_ADDRESS.Enum()}}) {
		t.Errorf("some fields: %v", got)
	}
	full := get(&v2.GetObjectRequest{ObjectId: id, Version: &coin.Version, ReadMask: paths("*", "display")})
	if ptb.Hash("Object::", full.Bcs.Value) != coin.Digest || len(full.Contents.Value) != 40 || full.Json.GetStructValue().Fields["balance"].GetStringValue() != "1000000000000" ||
		!full.GetHasPublicTransfer() || full.PreviousTransaction == nil || full.StorageRebate == nil {
		t.Errorf("all fields: %v", full)
	}
	framework := get(&v2.GetObjectRequest{ObjectId: proto.String("0x2"), ReadMask: paths("*")})
	if framework.GetObjectType() != "package" || len(framework.Package.Modules) == 0 || framework.Contents != nil || framework.Owner.GetKind() != v2.Owner_IMMUTABLE ||
		ptb.Hash("Object::", framework.Bcs.Value).String() != framework.GetDigest() {
		t.Errorf("a package: %v", framework.GetObjectType())
	}
}

// violation is the field that an InvalidArgument names.
func violation(err error) string {
	for _, d := range status.Convert(err).Details() {
		if bad, ok := d.(*errdetails.BadRequest); ok {
			return bad.FieldViolations[0].Field
		}
	}
	return ""
}

func TestBadReads(t *testing.T) {
	n := serve(t, func(l *rpc.Limits) { l.Batch = 3 })
	object := func(r *v2.GetObjectRequest) error { _, err := n.ledger.GetObject(t.Context(), r); return err }
	here := proto.String(n.owned(1)[0].ID.String())
	many := make([]*v2.GetObjectRequest, 4)
	for i := range many {
		many[i] = &v2.GetObjectRequest{ObjectId: here}
	}
	tooMany := func() error {
		_, err := n.ledger.BatchGetObjects(t.Context(), &v2.BatchGetObjectsRequest{Requests: many})
		return err
	}
	transaction := func(digest *string) error {
		_, err := n.ledger.GetTransaction(t.Context(), &v2.GetTransactionRequest{Digest: digest})
		return err
	}
	checkpointAt := func(r *v2.GetCheckpointRequest) error { _, err := n.ledger.GetCheckpoint(t.Context(), r); return err }
	epoch := func(e uint64) error {
		_, err := n.ledger.GetEpoch(t.Context(), &v2.GetEpochRequest{Epoch: &e})
		return err
	}
	owned := func(r *v2.ListOwnedObjectsRequest) error {
		_, err := n.state.ListOwnedObjects(t.Context(), r)
		return err
	}
	balance := func(r *v2.GetBalanceRequest) error { _, err := n.state.GetBalance(t.Context(), r); return err }
	function := func(pkg, module, name string) error {
		_, err := n.packages.GetFunction(t.Context(), &v2.GetFunctionRequest{PackageId: &pkg, ModuleName: &module, Name: &name})
		return err
	}
	for _, c := range []struct {
		name  string
		err   error
		want  codes.Code
		field string // that the details name
	}{
		{"no id", object(&v2.GetObjectRequest{}), codes.InvalidArgument, "object_id"},
		{"no address", object(&v2.GetObjectRequest{ObjectId: proto.String("x")}), codes.InvalidArgument, "object_id"},
		{"mask", object(&v2.GetObjectRequest{ObjectId: here, ReadMask: paths("object_id", "nothing")}), codes.InvalidArgument, "read_mask"},
		{"long mask", object(&v2.GetObjectRequest{ObjectId: here, ReadMask: paths(strings.Repeat("x", 1000))}), codes.InvalidArgument, "read_mask"},
		{"no object", object(&v2.GetObjectRequest{ObjectId: proto.String("0xdead")}), codes.NotFound, ""},
		{"no version", object(&v2.GetObjectRequest{ObjectId: here, Version: proto.Uint64(99)}), codes.NotFound, ""},
		{"version 0", object(&v2.GetObjectRequest{ObjectId: here, Version: proto.Uint64(0)}), codes.NotFound, ""},
		{"batch", tooMany(), codes.InvalidArgument, "requests"},
		{"no digest", transaction(nil), codes.InvalidArgument, "digest"},
		{"bad digest", transaction(proto.String("0x12")), codes.InvalidArgument, "digest"},
		{"no transaction", transaction(proto.String(ptb.Digest{1}.String())), codes.NotFound, ""},
		{"no checkpoint", checkpointAt(&v2.GetCheckpointRequest{CheckpointId: &v2.GetCheckpointRequest_SequenceNumber{SequenceNumber: 9}}), codes.NotFound, ""},
		{"bad checkpoint", checkpointAt(&v2.GetCheckpointRequest{CheckpointId: &v2.GetCheckpointRequest_Digest{Digest: "x"}}), codes.InvalidArgument, "digest"},
		{"unknown checkpoint", checkpointAt(&v2.GetCheckpointRequest{CheckpointId: &v2.GetCheckpointRequest_Digest{Digest: ptb.Digest{2}.String()}}), codes.NotFound, ""},
		{"no epoch", epoch(7), codes.NotFound, ""},
		{"no owner", owned(&v2.ListOwnedObjectsRequest{}), codes.InvalidArgument, "owner"},
		{"type", owned(&v2.ListOwnedObjectsRequest{Owner: here, ObjectType: proto.String("coin")}), codes.InvalidArgument, "object_type"},
		{"no coin type", balance(&v2.GetBalanceRequest{Owner: here}), codes.InvalidArgument, "coin_type"},
		{"coin type", balance(&v2.GetBalanceRequest{Owner: here, CoinType: proto.String("u64")}), codes.InvalidArgument, "coin_type"},
		{"no package", function("0xdead", "coin", "split"), codes.NotFound, ""},
		{"no package but an object", function("0x6", "coin", "split"), codes.InvalidArgument, "package_id"},
		{"no module", function("0x2", "nothing", "split"), codes.NotFound, ""},
		{"no function", function("0x2", "coin", "nothing"), codes.NotFound, ""},
	} {
		if status.Code(c.err) != c.want || violation(c.err) != c.field {
			t.Errorf("%s: %v about %q, want %s about %q", c.name, c.err, violation(c.err), c.want, c.field)
		}
	}
}

func TestBatches(t *testing.T) {
	n := serve(t, func(l *rpc.Limits) { l.ResponseBytes = 4 << 10 })
	here, gone := proto.String(n.owned(1)[0].ID.String()), proto.String("0xdead")
	answer, err := n.ledger.BatchGetObjects(t.Context(), &v2.BatchGetObjectsRequest{Requests: []*v2.GetObjectRequest{{ObjectId: here}, {ObjectId: gone}, {ObjectId: proto.String("?")}, {ObjectId: here}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Objects) != 4 || answer.Objects[0].GetObject().GetObjectId() != *here || answer.Objects[3].GetObject() == nil ||
		answer.Objects[1].GetError().GetCode() != int32(codes.NotFound) || answer.Objects[2].GetError().GetCode() != int32(codes.InvalidArgument) {
		t.Errorf("got %v", answer)
	}
	if _, err := n.ledger.BatchGetObjects(t.Context(), &v2.BatchGetObjectsRequest{Requests: []*v2.GetObjectRequest{{ObjectId: proto.String("0x2")}}, ReadMask: paths("*")}); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a batch with too many bytes: %v", err)
	}
	digest := n.execute(func(b *ptb.Builder) { b.Transfer(n.me, b.Part(b.Split(ptb.GasCoin(), 1), 0)) }).GetDigest()
	transactions, err := n.ledger.BatchGetTransactions(t.Context(), &v2.BatchGetTransactionsRequest{Digests: []string{digest, ptb.Digest{3}.String()}})
	if err != nil || transactions.Transactions[0].GetTransaction().GetDigest() != digest || transactions.Transactions[1].GetError().GetCode() != int32(codes.NotFound) {
		t.Errorf("got %v, %v", transactions, err)
	}
}

// TestCheckpointCanBeVerified: from the committee of the epoch down to an event, by what the API says alone.
func TestCheckpointCanBeVerified(t *testing.T) {
	n := serve(t, nil)
	digest := n.execute(func(b *ptb.Builder) { b.Transfer(n.me, b.Part(b.Split(ptb.GasCoin(), 1), 0)) }).GetDigest()
	sequence := n.seal()
	answer, err := n.ledger.GetCheckpoint(t.Context(), &v2.GetCheckpointRequest{ReadMask: paths("*")})
	if err != nil {
		t.Fatal(err)
	}
	c := answer.Checkpoint
	if c.GetSequenceNumber() != sequence || c.GetSummary().GetSequenceNumber() != sequence {
		t.Fatalf("the last checkpoint is %d, want %d", c.GetSequenceNumber(), sequence)
	}
	epoch, err := n.ledger.GetEpoch(t.Context(), &v2.GetEpochRequest{ReadMask: paths("epoch", "committee")})
	if err != nil {
		t.Fatal(err)
	}
	var members []checkpoint.Member
	for _, m := range epoch.Epoch.Committee.Members {
		members = append(members, checkpoint.Member{Key: checkpoint.PublicKey(m.PublicKey), Stake: m.GetWeight()})
	}
	committee, err := checkpoint.NewCommittee(epoch.Epoch.GetEpoch(), members)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := checkpoint.Decode(c.Summary.Bcs.Value)
	if err != nil {
		t.Fatal(err)
	}
	certified := &checkpoint.Certified{Summary: *summary, Certificate: checkpoint.Certificate{
		Epoch: c.Signature.GetEpoch(), Signature: [checkpoint.SignatureSize]byte(c.Signature.Signature), Signers: c.Signature.Bitmap,
	}}
	if err := committee.Verify(certified); err != nil {
		t.Fatal(err)
	}
	if checkpoint.Digest(c.Summary.Bcs.Value).String() != c.GetDigest() || checkpoint.ContentsDigest(c.Contents.Bcs.Value) != summary.Contents {
		t.Error("the digests are others")
	}
	contents, err := checkpoint.DecodeContents(c.Contents.Bcs.Value)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for i, x := range c.Transactions {
		listed := contents.Transactions[i]
		if ptb.TransactionDigest(x.Transaction.Bcs.Value) != listed.Transaction || ptb.Hash("TransactionEffects::", x.Effects.Bcs.Value) != listed.Effects {
			t.Errorf("transaction %d is another", i)
		}
		if x.Objects != nil {
			t.Error("objects stand with a transaction of a checkpoint")
		}
		found = found || x.GetDigest() == digest && x.GetCheckpoint() == sequence && len(c.Contents.Transactions[i].Signatures) == 1
	}
	if !found {
		t.Error("the transaction is not in the checkpoint")
	}
	if len(c.Objects.Objects) == 0 {
		t.Error("the checkpoint has no objects")
	}
	for i, o := range c.Objects.Objects[1:] {
		if before := c.Objects.Objects[i]; before.GetObjectId() > o.GetObjectId() || before.GetObjectId() == o.GetObjectId() && before.GetVersion() >= o.GetVersion() {
			t.Errorf("objects %d and %d are in disorder", i, i+1)
		}
	}
	for _, id := range []*v2.GetCheckpointRequest{
		{CheckpointId: &v2.GetCheckpointRequest_SequenceNumber{SequenceNumber: sequence}},
		{CheckpointId: &v2.GetCheckpointRequest_Digest{Digest: c.GetDigest()}},
	} {
		if same, err := n.ledger.GetCheckpoint(t.Context(), id); err != nil || !proto.Equal(same.Checkpoint, &v2.Checkpoint{SequenceNumber: &sequence, Digest: c.Digest}) {
			t.Errorf("got %v, %v", same, err)
		}
	}
}

func TestGetEpoch(t *testing.T) {
	n := serve(t, nil)
	if _, err := n.chain.Advance(t.Context(), ledger.DefaultEpoch); err != nil {
		t.Fatal(err)
	}
	n.seal()
	present, err := n.ledger.GetEpoch(t.Context(), &v2.GetEpochRequest{ReadMask: paths("*")})
	if err != nil {
		t.Fatal(err)
	}
	e := present.Epoch
	if e.GetEpoch() != 1 || e.GetReferenceGasPrice() != gasPrice || e.LastCheckpoint != nil || e.End != nil || e.SystemState.GetEpoch() != 1 ||
		e.ProtocolConfig.Attributes["max_tx_size_bytes"] != "131072" || len(e.Committee.Members) == 0 {
		t.Errorf("got %v", e)
	}
	past, err := n.ledger.GetEpoch(t.Context(), &v2.GetEpochRequest{Epoch: proto.Uint64(0), ReadMask: paths("epoch", "last_checkpoint", "end", "first_checkpoint")})
	if err != nil || past.Epoch.End == nil || past.Epoch.GetLastCheckpoint()+1 != e.GetFirstCheckpoint() || past.Epoch.GetFirstCheckpoint() != 0 {
		t.Errorf("got %v, %v", past, err)
	}
	last, err := n.ledger.GetCheckpoint(t.Context(), &v2.GetCheckpointRequest{
		CheckpointId: &v2.GetCheckpointRequest_SequenceNumber{SequenceNumber: past.Epoch.GetLastCheckpoint()}, ReadMask: paths("summary.end_of_epoch_data", "transactions.transaction.kind"),
	})
	if err != nil || !proto.Equal(&v2.ValidatorCommittee{Epoch: proto.Uint64(1), Members: last.Checkpoint.Summary.EndOfEpochData.NextEpochCommittee}, e.Committee) {
		t.Errorf("got %v, %v", last, err)
	}
}
