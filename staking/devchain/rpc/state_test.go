package rpc_test

import (
	"slices"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/genesis"
	"github.com/floe-network/floe/staking/devchain/rpc"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// list reads all pages of the account's objects, and says how long each was.
func (n *node) list(r *v2.ListOwnedObjectsRequest) (ids []string, pages []int) {
	n.t.Helper()
	r.Owner = proto.String(n.me.String())
	for {
		answer, err := n.state.ListOwnedObjects(n.t.Context(), r)
		if err != nil {
			n.t.Fatal(err)
		}
		for _, o := range answer.Objects {
			ids = append(ids, o.GetObjectId())
		}
		pages = append(pages, len(answer.Objects))
		if answer.NextPageToken == nil {
			return ids, pages
		}
		r.PageToken = answer.NextPageToken
	}
}

func TestOwnedPages(t *testing.T) {
	n := serve(t, func(l *rpc.Limits) { l.PageBytes, l.HeavyStep = 2_000, 4 })
	all, _ := n.list(&v2.ListOwnedObjectsRequest{PageSize: proto.Uint32(5000)})
	if len(all) != coins {
		t.Fatalf("%d objects", len(all))
	}
	for name, c := range map[string]struct {
		request *v2.ListOwnedObjectsRequest
		pages   []int // nil for more than ten
	}{
		"default":             {&v2.ListOwnedObjectsRequest{}, []int{50, 50, 20}},
		"of 60":               {&v2.ListOwnedObjectsRequest{PageSize: proto.Uint32(60)}, []int{60, 60}},
		"more than there are": {&v2.ListOwnedObjectsRequest{PageSize: proto.Uint32(1 << 31)}, []int{coins}},
		"large entries":       {&v2.ListOwnedObjectsRequest{PageSize: proto.Uint32(50), ReadMask: paths("object_id", "bcs", "contents", "json", "owner")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ids, pages := n.list(c.request)
			if len(ids) != coins {
				t.Errorf("%d objects, want %d", len(ids), coins)
			}
			if c.pages == nil && len(pages) <= 10 || c.pages != nil && !slices.Equal(pages, c.pages) {
				t.Errorf("pages of %v, want %v", pages, c.pages)
			}
			slices.Sort(ids)
			if len(slices.Compact(ids)) != coins {
				t.Error("an object came twice")
			}
		})
	}
	for filter, want := range map[string]int{
		"0x2::coin::Coin": coins, "0x2::coin::Coin<0x2::sui::SUI>": coins, "0x2::coin::Coin<0x2::sui::SU>": 0, "0x2::coin::Coi": 0, "0x3::coin::Coin": 0,
	} {
		ids, _ := n.list(&v2.ListOwnedObjectsRequest{ObjectType: &filter, PageSize: proto.Uint32(1000)})
		if len(ids) != want {
			t.Errorf("%s: %d objects, want %d", filter, len(ids), want)
		}
	}
}

func TestBalances(t *testing.T) {
	n := serve(t, nil)
	owner := proto.String(n.me.String())
	balance, err := n.state.GetBalance(t.Context(), &v2.GetBalanceRequest{Owner: owner, CoinType: proto.String("0x2::sui::SUI")})
	if err != nil || balance.Balance.GetBalance() != coins*coinMist || balance.Balance.GetCoinType() != ptb.FrameworkTag("sui", "SUI").String() {
		t.Errorf("got %v, %v", balance, err)
	}
	if other, err := n.state.GetBalance(t.Context(), &v2.GetBalanceRequest{Owner: owner, CoinType: proto.String("0x9::x::X")}); err != nil || other.Balance.GetBalance() != 0 || other.Balance.Balance == nil {
		t.Errorf("a currency that there is not: %v, %v", other, err)
	}
	list, err := n.state.ListBalances(t.Context(), &v2.ListBalancesRequest{Owner: owner})
	if err != nil || len(list.Balances) != 1 || !proto.Equal(list.Balances[0], balance.Balance) || list.NextPageToken != nil {
		t.Errorf("got %v, %v", list, err)
	}
	info, err := n.state.GetCoinInfo(t.Context(), &v2.GetCoinInfoRequest{CoinType: proto.String("0x2::sui::SUI")})
	if err != nil || info.Metadata.GetDecimals() != 9 || info.Treasury.GetTotalSupply() != genesis.Supply {
		t.Errorf("got %v, %v", info, err)
	}
	if _, err := n.state.GetCoinInfo(t.Context(), &v2.GetCoinInfoRequest{CoinType: proto.String("0x9::x::X")}); status.Code(err) != codes.NotFound {
		t.Errorf("a currency that there is not: %v", err)
	}
}

func TestDynamicFields(t *testing.T) {
	n := serve(t, nil)
	u64, coin := ptb.TypeTag{Kind: ptb.U64}, ptb.FrameworkTag("coin", "Coin", ptb.FrameworkTag("sui", "SUI"))
	framework := ptb.ShortAddress(2)
	x := n.execute(func(b *ptb.Builder) {
		bag := b.Call(framework, "object_bag", "new", nil)
		b.Call(framework, "object_bag", "add", []ptb.TypeTag{u64, coin}, bag, b.U64(7), b.Part(b.Split(ptb.GasCoin(), 5), 0))
		b.Transfer(n.me, bag)
		table := b.Call(framework, "table", "new", []ptb.TypeTag{u64, u64})
		for i := range uint64(3) {
			b.Call(framework, "table", "add", []ptb.TypeTag{u64, u64}, table, b.U64(i), b.U64(10+i))
		}
		b.Transfer(n.me, table)
	})
	list := func(parent string, r *v2.ListDynamicFieldsRequest) *v2.ListDynamicFieldsResponse {
		t.Helper()
		r.Parent = &parent
		answer, err := n.state.ListDynamicFields(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	table := n.created(x, "::table::Table<")
	fields := list(table, &v2.ListDynamicFieldsRequest{ReadMask: paths("*")}).DynamicFields
	if len(fields) != 3 {
		t.Fatalf("%d fields", len(fields))
	}
	for _, f := range fields {
		if f.GetKind() != v2.DynamicField_FIELD || f.Name.GetName() != "u64" || f.GetValueType() != "u64" || f.Value.Value[0] != f.Name.Value[0]+10 || f.ChildId != nil ||
			f.FieldObject.GetObjectId() != f.GetFieldId() || f.FieldObject.Owner.GetAddress() != table || f.FieldObject.Json.GetStructValue().Fields["value"] == nil {
			t.Errorf("got %v", f)
		}
	}
	page := list(table, &v2.ListDynamicFieldsRequest{PageSize: proto.Uint32(2)})
	rest := list(table, &v2.ListDynamicFieldsRequest{PageSize: proto.Uint32(2), PageToken: page.NextPageToken})
	if len(page.DynamicFields) != 2 || len(rest.DynamicFields) != 1 || rest.NextPageToken != nil ||
		!proto.Equal(rest.DynamicFields[0], &v2.DynamicField{Parent: &table, FieldId: fields[2].FieldId}) {
		t.Errorf("pages %v and %v", page, rest)
	}

	bag := n.created(x, "::object_bag::ObjectBag")
	objects := list(bag, &v2.ListDynamicFieldsRequest{ReadMask: paths("*")}).DynamicFields
	if len(objects) != 1 {
		t.Fatalf("%d objects", len(objects))
	}
	f := objects[0]
	if f.GetKind() != v2.DynamicField_OBJECT || f.Name.GetName() != "u64" || f.Name.Value[0] != 7 || f.GetValueType() != coin.String() ||
		f.ChildObject.GetObjectId() != f.GetChildId() || f.ChildObject.GetBalance() != 5 || f.ChildObject.Owner.GetAddress() != f.GetFieldId() {
		t.Errorf("got %v", f)
	}
	if none := list("0xdead", &v2.ListDynamicFieldsRequest{}); len(none.DynamicFields) != 0 || none.NextPageToken != nil {
		t.Errorf("an object that there is not has %v", none)
	}
}

func TestPackages(t *testing.T) {
	n := serve(t, nil)
	f, err := n.packages.GetFunction(t.Context(), &v2.GetFunctionRequest{PackageId: proto.String("0x2"), ModuleName: proto.String("coin"), Name: proto.String("split")})
	if err != nil {
		t.Fatal(err)
	}
	coin := f.Function.Parameters[0]
	if coin.GetReference() != v2.OpenSignature_MUTABLE || coin.Body.GetTypeName() != ptb.ShortAddress(2).String()+"::coin::Coin" || coin.Body.TypeParameterInstantiation[0].TypeParameter == nil ||
		f.Function.Parameters[1].Body.GetType() != v2.OpenSignatureBody_U64 || f.Function.GetVisibility() != v2.FunctionDescriptor_PUBLIC || len(f.Function.Returns) != 1 {
		t.Errorf("got %v", f)
	}
	d, err := n.packages.GetDatatype(t.Context(), &v2.GetDatatypeRequest{PackageId: proto.String("0x2"), ModuleName: proto.String("coin"), Name: proto.String("Coin")})
	if err != nil || d.Datatype.GetKind() != v2.DatatypeDescriptor_STRUCT || !slices.Equal(d.Datatype.Abilities, []v2.Ability{v2.Ability_STORE, v2.Ability_KEY}) ||
		!d.Datatype.TypeParameters[0].GetIsPhantom() || d.Datatype.Fields[0].GetName() != "id" {
		t.Errorf("got %v, %v", d, err)
	}
	p, err := n.packages.GetPackage(t.Context(), &v2.GetPackageRequest{PackageId: proto.String("0x2")})
	if err != nil || p.Package.GetVersion() != 1 || len(p.Package.TypeOrigins) == 0 || len(p.Package.Linkage) != 1 {
		t.Errorf("got %v, %v", p.GetPackage().GetVersion(), err)
	}
	for _, m := range p.Package.Modules {
		if len(m.Contents) == 0 || m.Name == nil {
			t.Errorf("module %v", m.Name)
		}
	}
	versions, err := n.packages.ListPackageVersions(t.Context(), &v2.ListPackageVersionsRequest{PackageId: proto.String("0x2")})
	if err != nil || len(versions.Versions) != 1 || versions.Versions[0].GetVersion() != 1 {
		t.Errorf("got %v, %v", versions, err)
	}
}
