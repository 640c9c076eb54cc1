package sui_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/sui"
	"github.com/floe-network/floe/staking/sui/endpoint"
	"github.com/floe-network/floe/staking/sui/internal/fakenode"
	"github.com/floe-network/floe/staking/sui/ptb"
)

const batchGet = "/sui.rpc.v2.LedgerService/BatchGetObjects"

func TestObjects(t *testing.T) {
	var all []*v2.Object
	var ids []ptb.Address
	for i := range byte(120) {
		ids = append(ids, ptb.Address{1, i})
		if i%7 != 0 {
			all = append(all, coin(ids[i], uint64(i)+1, uint64(i)))
		}
	}
	node := &fakenode.Node{Objects: batch(all...)}
	c := client(t, node)
	list, err := c.Objects(t.Context(), ids...)
	if err != nil || len(list) != len(ids) {
		t.Fatalf("%d objects, %v", len(list), err)
	}
	for i, o := range list {
		switch {
		case i%7 == 0 && o != nil:
			t.Errorf("object %d is there", i)
		case i%7 != 0 && (o == nil || o.ID != ids[i] || o.Version != uint64(i)+1 || o.Digest != ptb.Digest{byte(i) + 1} ||
			*o.Owner.Address != owner || !reflect.DeepEqual(&o.Type, coinType) || o.Contents[32] != byte(i)):
			t.Errorf("object %d: %+v", i, o)
		}
	}
	if n := node.Calls(batchGet); n != 3 {
		t.Errorf("%d calls for 120 objects", n)
	}
	if _, err := c.Object(t.Context(), ids[0]); !errors.Is(err, sui.ErrNotFound) || !strings.Contains(err.Error(), ids[0].String()) {
		t.Errorf("a missing object: %v", err)
	}
	if list, err := c.Objects(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("no objects: %v, %v", list, err)
	}
}

// Pages whose answer would be too long are asked for in parts.
func TestLargeObjects(t *testing.T) {
	var all []*v2.Object
	var ids []ptb.Address
	for i := range byte(50) {
		ids = append(ids, ptb.Address{1, i})
		all = append(all, object(ids[i], 1, coinType.String(), make([]byte, 200<<10)))
	}
	node := &fakenode.Node{Objects: batch(all...)}
	list, err := client(t, node).Objects(t.Context(), ids...)
	if err != nil || len(list) != 50 {
		t.Fatalf("%d objects, %v", len(list), err)
	}
	for i, o := range list {
		if o.ID != ids[i] {
			t.Errorf("object %d is %s", i, o.ID)
		}
	}
	if n := node.Calls(batchGet); n < 3 {
		t.Errorf("%d calls", n)
	}
}

// What makes no sense is not the answer: another endpoint is asked.
func TestGarbageObjects(t *testing.T) {
	id := ptb.Address{1}
	for name, change := range map[string]func(*v2.Object){
		"no id":              func(o *v2.Object) { o.ObjectId = nil },
		"another id":         func(o *v2.Object) { o.ObjectId = proto.String(ptb.Address{2}.String()) },
		"no digest":          func(o *v2.Object) { o.Digest = nil },
		"no owner":           func(o *v2.Object) { o.Owner = nil },
		"an unknown owner":   func(o *v2.Object) { o.Owner.Kind = v2.Owner_OwnerKind(99).Enum() },
		"an owner of noise":  func(o *v2.Object) { o.Owner.Address = proto.String("me") },
		"no type":            func(o *v2.Object) { o.ObjectType = nil },
		"a type of noise":    func(o *v2.Object) { o.ObjectType = proto.String(strings.Repeat("vector<", 1000)) },
		"a type of a number": func(o *v2.Object) { o.ObjectType = proto.String("u64") },
		"no contents":        func(o *v2.Object) { o.Contents = nil },
		"other contents":     func(o *v2.Object) { o.Contents.Value[0] ^= 1 },
	} {
		bad := coin(id, 1, 5)
		change(bad)
		liar := &fakenode.Node{Objects: func(*v2.BatchGetObjectsRequest) (*v2.BatchGetObjectsResponse, error) {
			return &v2.BatchGetObjectsResponse{Objects: []*v2.GetObjectResult{{Result: &v2.GetObjectResult_Object{Object: bad}}}}, nil
		}}
		c := client(t, liar, &fakenode.Node{Objects: batch(coin(id, 1, 5))})
		if o, err := c.Object(t.Context(), id); err != nil || o.ID != id {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := client(t, liar).Object(t.Context(), id); !errors.Is(err, endpoint.ErrGarbage) {
			t.Errorf("%s alone: %v", name, err)
		}
	}
	for name, results := range map[string][]*v2.GetObjectResult{
		"none":    nil,
		"two":     {missing(), missing()},
		"nothing": {{}},
		"null":    {{Result: &v2.GetObjectResult_Object{}}},
	} {
		liar := &fakenode.Node{Objects: func(*v2.BatchGetObjectsRequest) (*v2.BatchGetObjectsResponse, error) {
			return &v2.BatchGetObjectsResponse{Objects: results}, nil
		}}
		if _, err := client(t, liar).Object(t.Context(), id); !errors.Is(err, endpoint.ErrGarbage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refusing := &fakenode.Node{Objects: func(*v2.BatchGetObjectsRequest) (*v2.BatchGetObjectsResponse, error) {
		return &v2.BatchGetObjectsResponse{Objects: []*v2.GetObjectResult{{Result: &v2.GetObjectResult_Error{
			Error: &spb.Status{Code: int32(codes.InvalidArgument)}}}}}, nil
	}}
	if _, err := client(t, refusing).Object(t.Context(), id); status.Code(err) != codes.InvalidArgument {
		t.Errorf("got %v", err)
	}
}

// owned answers in pages of what is asked for.
func owned(all ...*v2.Object) func(*v2.ListOwnedObjectsRequest) (*v2.ListOwnedObjectsResponse, error) {
	return func(r *v2.ListOwnedObjectsRequest) (*v2.ListOwnedObjectsResponse, error) {
		if r.GetOwner() != owner.String() || r.ObjectType != nil && r.GetObjectType() != coinType.String() {
			return &v2.ListOwnedObjectsResponse{}, nil
		}
		begin := 0
		if len(r.GetPageToken()) > 0 {
			begin = int(binary.LittleEndian.Uint32(r.GetPageToken()))
		}
		end := min(begin+int(r.GetPageSize()), len(all))
		answer := &v2.ListOwnedObjectsResponse{Objects: all[begin:end]}
		if end < len(all) {
			answer.NextPageToken = binary.LittleEndian.AppendUint32(nil, uint32(end))
		}
		return answer, nil
	}
}

func TestOwned(t *testing.T) {
	var all []*v2.Object
	for i := range byte(130) {
		all = append(all, coin(ptb.Address{1, i}, 1, uint64(i)))
	}
	c := client(t, &fakenode.Node{Owned: owned(all...)})
	for _, limit := range []int{1, 50, 51, 130, 1000} {
		list, err := c.Owned(t.Context(), owner, nil, limit)
		if err != nil || len(list) != min(limit, 130) || list[len(list)-1].ID[1] != byte(len(list)-1) {
			t.Errorf("limit %d: %d objects, %v", limit, len(list), err)
		}
	}
	coins, err := c.Coins(t.Context(), owner, sui.SUI(), 3)
	if err != nil || len(coins) != 3 || coins[2].Balance != 2 || coins[2].ID != (ptb.Address{1, 2}) {
		t.Errorf("coins %v, %v", coins, err)
	}
	if coins, err := c.Coins(t.Context(), ptb.Address{1}, sui.SUI(), 3); err != nil || len(coins) != 0 {
		t.Errorf("coins of nobody %v, %v", coins, err)
	}
	short := object(ptb.Address{1}, 1, coinType.String(), []byte{1})
	if _, err := client(t, &fakenode.Node{Owned: owned(short)}).Coins(t.Context(), owner, sui.SUI(), 3); !errors.Is(err, endpoint.ErrGarbage) {
		t.Errorf("a coin of a byte: %v", err)
	}
}

// A list that never ends does.
func TestEndlessList(t *testing.T) {
	liar := &fakenode.Node{Owned: func(*v2.ListOwnedObjectsRequest) (*v2.ListOwnedObjectsResponse, error) {
		return &v2.ListOwnedObjectsResponse{NextPageToken: []byte{1}}, nil
	}}
	if _, err := client(t, liar).Owned(t.Context(), owner, nil, 10); !errors.Is(err, endpoint.ErrGarbage) {
		t.Errorf("got %v", err)
	}
}

func TestFields(t *testing.T) {
	table := ptb.Address{5}
	name := func(n uint64) sui.Name {
		return sui.Name{Type: ptb.TypeTag{Kind: ptb.U64}, BCS: binary.LittleEndian.AppendUint64(nil, n)}
	}
	field := func(n uint64, typ string) *v2.Object {
		key := name(n)
		id := ptb.FieldID(table, key.Type.AppendBCS(nil), key.BCS)
		return object(id, 3, typ, append(append([]byte(nil), key.BCS...), 0xfe, byte(n)))
	}
	const good = "0x2::dynamic_field::Field<u64,vector<u8>>"
	c := client(t, &fakenode.Node{Objects: batch(field(1, good), field(3, good), field(4, "0x3::dynamic_field::Field<u64,u8>"))})
	list, err := c.Fields(t.Context(), table, name(1), name(2), name(3))
	if err != nil || len(list) != 3 || list[1] != nil {
		t.Fatalf("got %v, %v", list, err)
	}
	if f := list[2]; string(f.Value) != "\xfe\x03" || f.Type.String() != "vector<u8>" || f.Version != 3 {
		t.Errorf("got %+v", f)
	}
	if _, err := c.Fields(t.Context(), table, name(4)); !errors.Is(err, endpoint.ErrGarbage) {
		t.Errorf("another type: %v", err)
	}
}

func TestEpochHeadBalance(t *testing.T) {
	node := &fakenode.Node{
		Epoch: func(*v2.GetEpochRequest) (*v2.GetEpochResponse, error) {
			return &v2.GetEpochResponse{Epoch: &v2.Epoch{Epoch: proto.Uint64(7), ReferenceGasPrice: proto.Uint64(750)}}, nil
		},
		Balance: func(r *v2.GetBalanceRequest) (*v2.GetBalanceResponse, error) {
			if r.GetOwner() != owner.String() || r.GetCoinType() != sui.SUI().String() {
				return nil, fmt.Errorf("balance of %s of %s", r.GetCoinType(), r.GetOwner())
			}
			return &v2.GetBalanceResponse{Balance: &v2.Balance{Balance: proto.Uint64(12)}}, nil
		},
	}
	c := client(t, node)
	if e, err := c.Epoch(t.Context()); err != nil || e.Number != 7 || e.GasPrice != 750 {
		t.Errorf("epoch %+v, %v", e, err)
	}
	if n, err := c.Balance(t.Context(), owner, sui.SUI()); err != nil || n != 12 {
		t.Errorf("balance %d, %v", n, err)
	}
	if id, err := c.Chain(t.Context()); err != nil || id != chain {
		t.Errorf("chain %s, %v", id, err)
	}
	if _, err := c.Head(t.Context()); err != nil {
		t.Error(err)
	}
	free := &fakenode.Node{Epoch: func(*v2.GetEpochRequest) (*v2.GetEpochResponse, error) { return &v2.GetEpochResponse{}, nil }}
	if _, err := client(t, free).Epoch(t.Context()); !errors.Is(err, endpoint.ErrGarbage) {
		t.Errorf("an epoch without a price: %v", err)
	}
}
