package sui

import (
	"errors"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// FuzzAnswers reads what endpoints may say.
func FuzzAnswers(f *testing.F) {
	id, digest := proto.String(ptb.Address{1}.String()), proto.String(ptb.Digest{1}.String())
	owner := &v2.Owner{Kind: v2.Owner_ADDRESS.Enum(), Address: id}
	for _, m := range []proto.Message{
		&v2.Object{ObjectId: id, Version: proto.Uint64(1), Digest: digest, Owner: owner, ObjectType: proto.String("0x2::coin::Coin<0x2::sui::SUI>"),
			Contents: &v2.Bcs{Value: make([]byte, 40)}},
		&v2.ExecutedTransaction{Digest: digest, Effects: &v2.TransactionEffects{Status: &v2.ExecutionStatus{Success: proto.Bool(true)},
			ChangedObjects: []*v2.ChangedObject{{ObjectId: id, OutputState: v2.ChangedObject_OUTPUT_OBJECT_STATE_OBJECT_WRITE.Enum(),
				OutputDigest: digest, OutputOwner: owner}}},
			Events: &v2.TransactionEvents{Events: []*v2.Event{{PackageId: id, Sender: id, EventType: proto.String("0x2::m::E")}}}},
		&v2.ExecutedTransaction{Digest: digest, Effects: &v2.TransactionEffects{Status: &v2.ExecutionStatus{Error: &v2.ExecutionError{
			ErrorDetails: &v2.ExecutionError_Abort{Abort: &v2.MoveAbort{Location: &v2.MoveLocation{Package: id}}}}}}},
	} {
		b, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		garbage := func(err error) {
			if err != nil && !errors.Is(err, endpoint.ErrGarbage) {
				t.Errorf("another error: %v", err)
			}
		}
		var o v2.Object
		if proto.Unmarshal(b, &o) == nil {
			if object, err := readObject(&o); err == nil {
				_, err = readField(object, Name{BCS: []byte{0}})
				garbage(err)
			} else {
				garbage(err)
			}
		}
		var e v2.ExecutedTransaction
		if proto.Unmarshal(b, &e) == nil {
			done, err := readExecuted(&e)
			garbage(err)
			if err == nil && done.Err() != nil && done.Err().Error() == "" {
				t.Error("a failure without words")
			}
		}
		var s v2.SimulateTransactionResponse
		if proto.Unmarshal(b, &s) == nil {
			_, err := readSimulated(&s)
			garbage(err)
		}
	})
}
