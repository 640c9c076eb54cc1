package sui_test

import (
	"encoding/binary"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/internal/fakenode"
	"github.com/floe-network/floe/staking/sui/ptb"
)

var (
	chain = ptb.Digest{1}
	owner = ptb.Address{0xaa}
)

// client makes a Client of nodes.
func client(t *testing.T, nodes ...*fakenode.Node) *sui.Client {
	t.Helper()
	var addresses []string
	for _, n := range nodes {
		n.Chain = chain
		addresses = append(addresses, n.Start(t))
	}
	set, err := endpoint.Open(addresses, chain)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := set.Close(); err != nil {
			t.Error(err)
		}
	})
	return sui.New(set)
}

// coinType is the type of a coin of SUI.
var coinType = ptb.FrameworkTag("coin", "Coin", ptb.FrameworkTag("sui", "SUI")).Struct

// coin is a coin as a node describes it.
func coin(id ptb.Address, version, balance uint64) *v2.Object {
	return object(id, version, coinType.String(), binary.LittleEndian.AppendUint64(nil, balance))
}

func object(id ptb.Address, version uint64, typ string, rest []byte) *v2.Object {
	return &v2.Object{ObjectId: proto.String(id.String()), Version: &version, Digest: proto.String(ptb.Digest{byte(version)}.String()),
		Owner:      &v2.Owner{Kind: v2.Owner_ADDRESS.Enum(), Address: proto.String(owner.String())},
		ObjectType: &typ, Contents: &v2.Bcs{Value: append(append([]byte(nil), id[:]...), rest...)}}
}

// batch answers with objects by their ids.
func batch(objects ...*v2.Object) func(*v2.BatchGetObjectsRequest) (*v2.BatchGetObjectsResponse, error) {
	return func(r *v2.BatchGetObjectsRequest) (*v2.BatchGetObjectsResponse, error) {
		answer := &v2.BatchGetObjectsResponse{}
		for _, q := range r.GetRequests() {
			result := missing()
			for _, o := range objects {
				if o.GetObjectId() == q.GetObjectId() {
					result = &v2.GetObjectResult{Result: &v2.GetObjectResult_Object{Object: o}}
				}
			}
			answer.Objects = append(answer.Objects, result)
		}
		return answer, nil
	}
}

func missing() *v2.GetObjectResult {
	return &v2.GetObjectResult{Result: &v2.GetObjectResult_Error{Error: &spb.Status{Code: int32(codes.NotFound), Message: "no such object"}}}
}
