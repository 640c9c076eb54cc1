package rpc

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/ledger"
	"github.com/floe-network/floe/staking/devchain/ledger/store"
	"github.com/floe-network/floe/staking/devchain/movevm/transaction"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// maskOf is a mask of one path.
func maskOf(path string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: []string{path}} }

// FuzzCalls has the services answer requests made of any bytes: an answer, or a status that blames the client.
func FuzzCalls(f *testing.F) {
	owner := ptb.ShortAddress(0xaa)
	p := &genesis.Parameters{Accounts: []genesis.Account{{Address: owner, Coins: []uint64{1 << 40, 1 << 40, 1 << 40}}}}
	chain, err := ledger.Open(f.Context(), f.TempDir(), p, ledger.Options{Clock: func() time.Time { return time.UnixMilli(1_700_000_000_000) }})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { chain.Close() })
	limits := DefaultLimits()
	limits.Batch, limits.MaxPageSize = 20, 20
	a := &api{chain: chain, version: "fuzz", limits: limits, accepted: transaction.DefaultLimits(), log: slog.New(slog.DiscardHandler)}
	service := &struct {
		*ledgerService
		*stateService
		*executionService
		*packageService
	}{&ledgerService{api: a}, &stateService{api: a}, &executionService{api: a}, &packageService{api: a}}

	snapshot := chain.Snapshot()
	ids, _, err := snapshot.Owned(owner, "", store.Page{})
	if err != nil {
		f.Fatal(err)
	}
	if err := snapshot.Close(); err != nil {
		f.Fatal(err)
	}
	me, coin, clock := proto.String(owner.String()), proto.String(ids[0].String()), proto.String("0x6")
	argument := func(i uint32) *v2.Argument { return &v2.Argument{Kind: v2.Argument_INPUT.Enum(), Input: &i} }
	seeds := []struct {
		call    uint8
		request proto.Message
	}{
		{0, &v2.GetObjectRequest{ObjectId: coin}},
		{1, &v2.BatchGetObjectsRequest{Requests: []*v2.GetObjectRequest{{ObjectId: coin}, {ObjectId: clock}}}},
		{2, &v2.GetTransactionRequest{Digest: proto.String(chain.Chain().String())}},
		{3, &v2.GetCheckpointRequest{CheckpointId: &v2.GetCheckpointRequest_SequenceNumber{}}},
		{4, &v2.GetEpochRequest{Epoch: proto.Uint64(0)}},
		{5, &v2.ListOwnedObjectsRequest{Owner: me, ObjectType: proto.String("0x2::coin::Coin"), PageSize: proto.Uint32(2), PageToken: []byte{1}}},
		{6, &v2.ListDynamicFieldsRequest{Parent: coin}},
		{7, &v2.GetFunctionRequest{PackageId: proto.String("0x2"), ModuleName: proto.String("coin"), Name: proto.String("split")}},
		{8, &v2.SimulateTransactionRequest{DoGasSelection: proto.Bool(true), Transaction: &v2.Transaction{
			Sender: me, Kind: &v2.TransactionKind{Data: &v2.TransactionKind_ProgrammableTransaction{ProgrammableTransaction: &v2.ProgrammableTransaction{
				Inputs: []*v2.Input{{ObjectId: coin}, {Pure: []byte{1, 0, 0, 0, 0, 0, 0, 0}}, {ObjectId: clock}},
				Commands: []*v2.Command{
					{Command: &v2.Command_SplitCoins{SplitCoins: &v2.SplitCoins{Coin: argument(0), Amounts: []*v2.Argument{argument(1)}}}},
					{Command: &v2.Command_TransferObjects{TransferObjects: &v2.TransferObjects{Objects: []*v2.Argument{{Kind: v2.Argument_RESULT.Enum(), Result: proto.Uint32(0)}}, Address: argument(1)}}},
					{Command: &v2.Command_MoveCall{MoveCall: &v2.MoveCall{Package: proto.String("0x2"), Module: proto.String("clock"), Function: proto.String("timestamp_ms"), Arguments: []*v2.Argument{argument(2)}}}},
				},
			}}}},
		}},
		{9, &v2.ExecuteTransactionRequest{Transaction: &v2.Transaction{Bcs: &v2.Bcs{Value: bytes.Repeat([]byte{0}, 200)}}, Signatures: []*v2.UserSignature{{Bcs: &v2.Bcs{Value: make([]byte, 97)}}}}},
		{10, &v2.GetBalanceRequest{Owner: me, CoinType: proto.String("0x2::sui::SUI")}},
		{11, &v2.GetDatatypeRequest{PackageId: proto.String("0x2"), ModuleName: proto.String("coin"), Name: proto.String("Coin")}},
	}
	for _, s := range seeds {
		b, err := proto.Marshal(s.request)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(s.call, b, "*")
	}
	f.Fuzz(func(t *testing.T, call uint8, b []byte, path string) {
		s := seeds[int(call)%len(seeds)]
		request := s.request.ProtoReflect().New().Interface()
		if proto.Unmarshal(b, request) != nil {
			return
		}
		ctx, err := t.Context(), error(nil)
		switch r := request.(type) {
		case *v2.GetObjectRequest:
			r.ReadMask = maskOf(path)
			_, err = service.GetObject(ctx, r)
		case *v2.BatchGetObjectsRequest:
			r.ReadMask = maskOf(path)
			_, err = service.BatchGetObjects(ctx, r)
		case *v2.GetTransactionRequest:
			r.ReadMask = maskOf(path)
			_, err = service.GetTransaction(ctx, r)
		case *v2.GetCheckpointRequest:
			r.ReadMask = maskOf(path)
			_, err = service.GetCheckpoint(ctx, r)
		case *v2.GetEpochRequest:
			r.ReadMask = maskOf(path)
			_, err = service.GetEpoch(ctx, r)
		case *v2.ListOwnedObjectsRequest:
			r.ReadMask = maskOf(path)
			_, err = service.ListOwnedObjects(ctx, r)
		case *v2.ListDynamicFieldsRequest:
			r.ReadMask = maskOf(path)
			_, err = service.ListDynamicFields(ctx, r)
		case *v2.GetFunctionRequest:
			_, err = service.GetFunction(ctx, r)
		case *v2.SimulateTransactionRequest:
			r.ReadMask = maskOf(path)
			_, err = service.SimulateTransaction(ctx, r)
		case *v2.ExecuteTransactionRequest:
			r.ReadMask = maskOf(path)
			_, err = service.ExecuteTransaction(ctx, r)
		case *v2.GetBalanceRequest:
			_, err = service.GetBalance(ctx, r)
		case *v2.GetDatatypeRequest:
			_, err = service.GetDatatype(ctx, r)
		}
		switch code := status.Code(a.status(err)); code {
		case codes.Internal, codes.Unknown, codes.DataLoss:
			t.Errorf("%s: %v", code, err)
		}
	})
}
