package conformance_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// rawObjects are the objects of scripts/objects.mjs.
func rawObjects(t *testing.T) map[string]ptb.RawObject {
	owner, parent, gas := address("owner"), address("parent"), ptb.ObjectType{GasCoin: &struct{}{}}
	list := map[string]ptb.RawObject{}
	for name, o := range map[string]ptb.Owner{
		"address":   {Address: &owner},
		"object":    {Object: &parent},
		"shared":    {Shared: number(uint64(77))},
		"immutable": {Immutable: &struct{}{}},
		"consensus": {Consensus: &ptb.ConsensusOwner{StartVersion: 78, Owner: owner}},
	} {
		list["owner "+name] = ptb.RawObject{Data: ptb.ObjectData{Move: &ptb.MoveObject{Type: gas, PublicTransfer: true, Version: 80,
			Contents: noise("contents", 40)}}, Owner: o}
	}
	wal := tag(t, address("wal").String()+"::wal::WAL")
	for name, typ := range map[string]ptb.ObjectType{
		"gas":    gas,
		"staked": {StakedSui: &struct{}{}},
		"coin":   {Coin: &wal},
		"other":  {Other: tag(t, address("floe").String()+"::system::System<vector<u256>>").Struct},
	} {
		list["type "+name] = ptb.RawObject{Data: ptb.ObjectData{Move: &ptb.MoveObject{Type: typ, Version: 81, Contents: noise("contents", 9)}},
			Owner: ptb.Owner{Address: &owner}}
	}
	list["package"] = ptb.RawObject{Owner: ptb.Owner{Immutable: &struct{}{}}, Data: ptb.ObjectData{Package: &ptb.MovePackage{
		ID: address("package"), Version: 82,
		Modules: []ptb.NamedModule{{Name: "a", Code: noise("a", 5)}, {Name: "zz", Code: nil}, {Name: "longer", Code: noise("longer", 300)}},
		Origins: []ptb.TypeOrigin{{Module: "a", Datatype: "T", Package: address("origin")}},
		Linkage: []ptb.Link{{Original: address("dependency"), Package: address("upgraded"), Version: 83}}}}}
	return list
}

// An object is what a genesis has of it, the transaction before and the rebate.
func TestObjects(t *testing.T) {
	goldens, made := read[struct{ Name, Object string }](t, "objects.json"), rawObjects(t)
	if len(goldens) != len(made) {
		t.Errorf("%d objects there, %d here", len(goldens), len(made))
	}
	for _, want := range goldens {
		got, err := bcs.Marshal(made[want.Name])
		if err != nil {
			t.Errorf("%s: %v", want.Name, err)
			continue
		}
		previous := digest("previous")
		got = append(append(got, byte(len(previous))), previous[:]...)
		got = binary.LittleEndian.AppendUint64(got, 79)
		if !bytes.Equal(got, unhex(t, want.Object)) {
			t.Errorf("%s: got\n%x, want\n%s", want.Name, got, want.Object)
		}
	}
}
