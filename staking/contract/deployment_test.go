package contract_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/move"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func TestDeploymentAsJSON(t *testing.T) {
	encoded, err := json.Marshal(deployment())
	if err != nil {
		t.Fatal(err)
	}
	got, err := contract.Parse(encoded)
	if err != nil || *got != *deployment() {
		t.Fatalf("%+v, %v", got, err)
	}
	text := string(encoded)
	for name, wrong := range map[string]string{
		"nothing":            "",
		"no object":          "{}",
		"a rest":             text + "{}",
		"an unknown field":   strings.Replace(text, `"packages"`, `"stores":{},"packages"`, 1),
		"no id":              strings.Replace(text, id(5).String(), "", 1),
		"a zero id":          strings.Replace(text, id(5).String(), "0x0", 1),
		"a zero package":     strings.Replace(text, id(4).String(), "0x0", 1),
		"an unshared object": strings.Replace(text, `"initial_version":6}`, `"initial_version":0}`, 1),
		"no number":          strings.Replace(text, `"initial_version":6}`, `"initial_version":-6}`, 1),
		"too much":           text + strings.Repeat(" ", 16<<10),
	} {
		if wrong == text {
			t.Fatalf("%s: nothing was replaced", name)
		}
		if d, err := contract.Parse([]byte(wrong)); !errors.Is(err, contract.ErrDeployment) || d != nil {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

func TestTypes(t *testing.T) {
	d := deployment()
	d.Packages.FloeLatest = id(99)
	if got := contract.TypeOf[object.Blob](d).String(); got != id(2).String()+"::blob::Blob" {
		t.Errorf("a blob is a %s", got)
	}
	if got := d.WAL().String(); got != id(1).String()+"::wal::WAL" {
		t.Errorf("WAL is %s", got)
	}
	for at, want := range map[ptb.Address]string{id(1): "wal", id(2): "floe", id(99): "floe", id(4): "floe_reads",
		ptb.ShortAddress(1): "move-stdlib", ptb.ShortAddress(2): "sui-framework", id(98): "", {}: ""} {
		if got, ok := d.PackageName(at); got != want || ok != (want != "") {
			t.Errorf("%s is %q", at, got)
		}
	}
}

func TestDecode(t *testing.T) {
	d := deployment()
	node := object.NodeCap{ID: id(1), NodeID: id(2)}
	contents := append(node.ID[:], node.NodeID[:]...)
	tag := contract.TypeOf[object.NodeCap](d)
	if got, err := contract.Decode[object.NodeCap](d, tag, contents); err != nil || got != node {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := contract.Decode[object.NodeCap](d, tag, contents[1:]); !errors.Is(err, bcs.ErrMalformed) {
		t.Error(err)
	}
	// Another module's objects, and those of a package that looks like ours.
	if _, err := contract.Decode[object.EmergencyUpgradeCap](d, tag, contents); !errors.Is(err, contract.ErrType) {
		t.Error(err)
	}
	tag.Address = id(66)
	if _, err := contract.Decode[object.NodeCap](d, tag, contents); !errors.Is(err, contract.ErrType) {
		t.Error(err)
	}

	coin := append(node.ID[:], 5, 0, 0, 0, 0, 0, 0, 0)
	wal, sui := *object.CoinType(d.WAL()).Struct, *object.CoinType(ptb.FrameworkTag("sui", "SUI")).Struct
	if got, err := d.DecodeCoin(wal, coin); err != nil || got != (object.Coin{ID: node.ID, Balance: 5}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := d.DecodeCoin(sui, coin); !errors.Is(err, contract.ErrType) {
		t.Error(err)
	}
}

func TestAborts(t *testing.T) {
	set, err := move.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	d := deployment()
	aborts := contract.NewAborts(d, set)
	err = fmt.Errorf("transaction: %w", aborts.Of(d.Packages.FloeLatest, "ledger", 0))
	var abort *contract.Abort
	if !errors.As(err, &abort) || abort.Package != "floe" || abort.Name == "" || abort.Meaning == "" || !strings.Contains(err.Error(), abort.Name) {
		t.Errorf("%+v, %v", abort, err)
	}
	for _, same := range []contract.Abort{{Module: "ledger", Name: abort.Name}, {Package: "floe", Module: "ledger", Name: abort.Name}, {Module: "ledger"}} {
		if !errors.Is(err, &same) {
			t.Errorf("it is no %+v", same)
		}
	}
	for _, other := range []contract.Abort{{Module: "ledgers", Name: abort.Name}, {Package: "wal", Module: "ledger", Name: abort.Name},
		{Module: "ledger", Name: "E"}, {Module: "ledger", Code: 1}} {
		if errors.Is(err, &other) {
			t.Errorf("it is a %+v", other)
		}
	}
	if errors.Is(err, contract.ErrDeployment) {
		t.Error("it is another error")
	}
	balance := aborts.Of(ptb.ShortAddress(2), "balance", 2)
	if !errors.Is(balance, &contract.Abort{Package: "sui-framework", Module: "balance", Name: "ENotEnough"}) {
		t.Error(balance)
	}
	if got := aborts.Of(id(98), "ledger", 0).Error(); got != id(98).String()+"::ledger aborted with code 0" {
		t.Error(got)
	}
	if got := aborts.Of(d.Packages.Floe, "ledger", 999).Error(); got != "floe::ledger aborted with code 999" {
		t.Error(got)
	}
}
