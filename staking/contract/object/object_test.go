package object_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/floe-network/floe/staking/contract/internal/abi"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// layouts are the Move structs of the types that are decoded by themselves or from what contains them.
var layouts = map[string]reflect.Type{
	"floe::storage_resource::Storage":       reflect.TypeFor[object.Storage](),
	"floe::blob::Blob":                      reflect.TypeFor[object.Blob](),
	"floe::shared_blob::SharedBlob":         reflect.TypeFor[object.SharedBlob](),
	"floe::staked_wal::StakedWal":           reflect.TypeFor[object.StakedWal](),
	"floe::due_wal::DueWal":                 reflect.TypeFor[object.DueWal](),
	"floe::node_cap::NodeCap":               reflect.TypeFor[object.NodeCap](),
	"floe::genesis::GenesisCap":             reflect.TypeFor[object.GenesisCap](),
	"floe::upgrade::EmergencyUpgradeCap":    reflect.TypeFor[object.EmergencyUpgradeCap](),
	"floe::upgrade::UpgradeManager":         reflect.TypeFor[object.UpgradeManager](),
	"floe::system::System":                  reflect.TypeFor[object.System](),
	"floe::ledger::Ledger":                  reflect.TypeFor[object.Ledger](),
	"floe::staking::Staking":                reflect.TypeFor[object.Staking](),
	"floe::params::Timing":                  reflect.TypeFor[object.Timing](),
	"floe::params::Economics":               reflect.TypeFor[object.Economics](),
	"floe::params::Penalties":               reflect.TypeFor[object.Penalties](),
	"floe::node_info::NodeInfo":             reflect.TypeFor[object.NodeInfo](),
	"floe::roster::Roster":                  reflect.TypeFor[object.Roster](),
	"floe::committee::Committee":            reflect.TypeFor[object.Committee](),
	"floe::registry::Line":                  reflect.TypeFor[object.Line](),
	"floe::transfers::Transfers":            reflect.TypeFor[object.Transfers](),
	"floe::challenge::Challenge":            reflect.TypeFor[object.Challenge](),
	"floe::governance::Governance":          reflect.TypeFor[object.Governance](),
	"floe::pool::Pool":                      reflect.TypeFor[object.Pool](),
	"floe_reads::light_node::LightNodesCap": reflect.TypeFor[object.LightNodesCap](),
	"floe_reads::light_node::LightNodes":    reflect.TypeFor[object.LightNodes](),
	"floe_reads::light_node::LightNode":     reflect.TypeFor[object.LightNode](),
	"floe_reads::bounty::Bounty":            reflect.TypeFor[object.Bounty](),
	"floe_reads::bounty::Commitment":        reflect.TypeFor[object.Commitment](),
	"sui-framework::package::UpgradeCap":    reflect.TypeFor[object.UpgradeCap](),
	"sui-framework::coin::Coin":             reflect.TypeFor[object.Coin](),
	"sui-framework::dynamic_field::Field":   reflect.TypeFor[object.Attributes](),
}

// attributes are the type arguments of the dynamic field of attributes.
func attributes() []abi.Type {
	text := abi.Type{Kind: types.Struct, Package: "move-stdlib", Module: "string", Name: "String"}
	return []abi.Type{
		{Kind: types.Vector, Args: []abi.Type{{Kind: types.U8}}},
		{Kind: types.Struct, Package: "sui-framework", Module: "vec_map", Name: "VecMap", Args: []abi.Type{text, text}},
	}
}

func TestLayoutsAreThoseOfTheContracts(t *testing.T) {
	contracts, err := abi.Load()
	if err != nil {
		t.Fatal(err)
	}
	for name, g := range layouts {
		m, err := abi.StructType(name)
		if err != nil {
			t.Fatal(err)
		}
		switch g {
		case reflect.TypeFor[object.Attributes]():
			m.Args = attributes()
		case reflect.TypeFor[object.Coin]():
			m.Args = []abi.Type{{Kind: types.Bool}} // whichever: it is a phantom
		}
		if err := contracts.CheckLayout(g, m); err != nil {
			t.Error(err)
		}
	}
	m, _ := abi.StructType("floe::params::Timing")
	if contracts.CheckLayout(reflect.TypeFor[object.Economics](), m) == nil {
		t.Error("a wrong layout is not noticed")
	}
	for name, declared := range contracts.Structs {
		own := name[:4] == "floe"
		if own && declared.Abilities.Has(types.Key) && layouts[name] == nil && name != "floe::registry::Node" {
			t.Errorf("there is no type for the objects of %s", name)
		}
	}
}

func TestNames(t *testing.T) {
	check := func(n object.Name, g reflect.Type) {
		t.Helper()
		if layouts[n.String()] != g {
			t.Errorf("%s is %s", g, n)
		}
	}
	check(object.NameOf[object.Storage](), reflect.TypeFor[object.Storage]())
	check(object.NameOf[object.Blob](), reflect.TypeFor[object.Blob]())
	check(object.NameOf[object.SharedBlob](), reflect.TypeFor[object.SharedBlob]())
	check(object.NameOf[object.StakedWal](), reflect.TypeFor[object.StakedWal]())
	check(object.NameOf[object.DueWal](), reflect.TypeFor[object.DueWal]())
	check(object.NameOf[object.NodeCap](), reflect.TypeFor[object.NodeCap]())
	check(object.NameOf[object.GenesisCap](), reflect.TypeFor[object.GenesisCap]())
	check(object.NameOf[object.EmergencyUpgradeCap](), reflect.TypeFor[object.EmergencyUpgradeCap]())
	check(object.NameOf[object.UpgradeManager](), reflect.TypeFor[object.UpgradeManager]())
	check(object.NameOf[object.System](), reflect.TypeFor[object.System]())
	check(object.NameOf[object.Ledger](), reflect.TypeFor[object.Ledger]())
	check(object.NameOf[object.Staking](), reflect.TypeFor[object.Staking]())
	check(object.NameOf[object.LightNodesCap](), reflect.TypeFor[object.LightNodesCap]())
	check(object.NameOf[object.LightNodes](), reflect.TypeFor[object.LightNodes]())
	check(object.NameOf[object.Bounty](), reflect.TypeFor[object.Bounty]())
	check(object.NameOf[object.UpgradeCap](), reflect.TypeFor[object.UpgradeCap]())
}

// random fills a value with random contents.
func random(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 1)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> (64 - v.Type().Bits()))
	case reflect.String:
		v.SetString("añ\x00z"[:r.IntN(2)])
	case reflect.Slice:
		// The decoder makes empty lists of everything but of bytes.
		if n := r.IntN(4); n > 0 || v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range v.Len() {
			random(r, v.Index(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			random(r, v.Index(i))
		}
	case reflect.Pointer:
		if r.IntN(2) == 1 {
			v.Set(reflect.New(v.Type().Elem()))
			random(r, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			random(r, v.Field(i))
		}
	default:
		panic(v.Kind())
	}
}

func TestWhatIsDecodedIsWhatWasEncoded(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for name, g := range layouts {
		for range 50 {
			v := reflect.New(g)
			random(r, v.Elem())
			encoded, err := bcs.Marshal(v.Interface())
			if err != nil {
				t.Fatal(name, err)
			}
			again := reflect.New(g)
			if err := bcs.Unmarshal(encoded, object.MaxSize, again.Interface()); err != nil {
				t.Fatal(name, err)
			}
			if !reflect.DeepEqual(v.Interface(), again.Interface()) {
				t.Fatalf("%s: %+v became %+v", name, v.Elem(), again.Elem())
			}
			if err := bcs.Unmarshal(append(encoded, 0), object.MaxSize, again.Interface()); !errors.Is(err, bcs.ErrMalformed) {
				t.Fatalf("%s with a byte more: %v", name, err)
			}
		}
	}
}

func TestDecode(t *testing.T) {
	blob := object.Blob{ID: ptb.ShortAddress(1), BlobID: [32]byte{2}, Size: 3, Storage: object.Storage{EndEpoch: 4}}
	encoded, err := bcs.Marshal(&blob)
	if err != nil {
		t.Fatal(err)
	}
	got, err := object.Decode[object.Blob](encoded)
	if err != nil || got != blob {
		t.Errorf("%+v, %v", got, err)
	}
	if len(encoded) != 32+4+32+8+1+1+(32+4+4+8)+1 {
		t.Errorf("a blob of %d bytes", len(encoded))
	}
	encoded[len(encoded)-1] = 2 // no boolean
	if got, err = object.Decode[object.Blob](encoded); !errors.Is(err, bcs.ErrMalformed) || got != (object.Blob{}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err = object.Decode[object.Blob](make([]byte, object.MaxSize+1)); !errors.Is(err, bcs.ErrMalformed) {
		t.Error(err)
	}
}

func TestPoolValues(t *testing.T) {
	p := object.Pool{Principal: 400, Cash: 36, LeftPrincipal: 10, LeftWorth: 5, Due: 1, OwnPrincipal: 7,
		Pending: []object.Pending{{Principal: 9, Own: 2}, {Principal: 1, Own: 1}},
		Debts:   object.Debts{Principal: object.Uint128{Low: 140}, Interest: object.Uint128{Low: 1}}}
	if owed := p.Debts.Owed(); owed.Int64() != 141 {
		t.Errorf("%s owed", owed)
	}
	if p.Equity() != 400+36+10-5-1-141 || p.Own() != 10 || p.Waiting() != 10 {
		t.Errorf("equity %d, own %d, waiting %d", p.Equity(), p.Own(), p.Waiting())
	}
	p.Debts.Principal.High = 1
	if p.Equity() != 0 || p.Debts.Principal.String() != "18446744073709551756" {
		t.Errorf("equity %d with a debt of %s", p.Equity(), p.Debts.Principal)
	}
	if text, err := p.Debts.Interest.MarshalText(); err != nil || string(text) != "1" {
		t.Errorf("%s, %v", text, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, g := range layouts {
		v := reflect.New(g)
		random(rand.New(rand.NewPCG(3, 4)), v.Elem())
		encoded, err := bcs.Marshal(v.Interface())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded)
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		for name, g := range layouts {
			v := reflect.New(g)
			if bcs.Unmarshal(encoded, object.MaxSize, v.Interface()) != nil {
				continue
			}
			if again, err := bcs.Marshal(v.Interface()); err != nil || !bytes.Equal(again, encoded) {
				t.Errorf("%s: %x became %x, %v", name, encoded, again, err)
			}
		}
	})
}
