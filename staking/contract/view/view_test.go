package view_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/floe-network/floe/codec"
	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/internal/abi"
	"github.com/floe-network/floe/staking/contract/view"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func shared(n byte) contract.SharedObject {
	return contract.SharedObject{ID: ptb.Address{n}, InitialVersion: 1}
}

func deployment() *contract.Deployment {
	return &contract.Deployment{
		Packages: contract.Packages{Wal: ptb.Address{1}, Floe: ptb.Address{2}, FloeLatest: ptb.Address{3}, FloeReads: ptb.Address{4}},
		Objects:  contract.Objects{System: shared(5), Ledger: shared(6), Staking: shared(7), Treasury: shared(8), LightNodes: shared(9)},
	}
}

// checked is a View that was added to the program of a test.
type checked struct {
	call  ptb.Argument
	value reflect.Type
	read  func(view.Returned) error
}

func check[T any](v view.View[T]) checked {
	return checked{v.Call(), reflect.TypeFor[T](), func(r view.Returned) error {
		_, err := v.Read(r)
		return err
	}}
}

// all adds all views.
func all(d *contract.Deployment, b *ptb.Builder, bounty contract.SharedObject, blob, staked ptb.Argument) []checked {
	id, key := ptb.Address{50}, ed25519.PublicKey(make([]byte, 32))
	return []checked{
		check(view.TotalSupply(d, b)), check(view.Epoch(d, b)), check(view.Committee(d, b)), check(view.Prices(d, b)),
		check(view.Capacity(d, b, 1)), check(view.Horizon(d, b)), check(view.ReserveCost(d, b, 1, 2)), check(view.RegisterCost(d, b, 1)),
		check(view.ProtocolVersion(d, b, 1)), check(view.Paused(d, b)),
		check(view.Sequenced(d, b)), check(view.IndexOf(d, b, codec.BlobID{1})), check(view.BlobAt(d, b, 1, 2)), check(view.DepositOf(d, b, id)),
		check(view.Invalid(d, b, codec.BlobID{1})), check(view.Denied(d, b, codec.BlobID{1})), check(view.AttributeOf(d, b, blob, "name")),
		check(view.SystemID(d, b)), check(view.StakingEpoch(d, b)), check(view.EpochSpan(d, b)), check(view.NextAction(d, b)),
		check(view.Timing(d, b)), check(view.Economics(d, b)), check(view.Penalties(d, b)), check(view.ShardSize(d, b)), check(view.Roster(d, b)), check(view.RosterOf(d, b, 1)),
		check(view.ShardsOf(d, b, id)), check(view.Transfers(d, b)), check(view.Challenge(d, b)), check(view.Governance(d, b)),
		check(view.NodeInfo(d, b, id)), check(view.Pool(d, b, id)), check(view.Redeemable(d, b, staked)), check(view.NextStake(d, b, id)),
		check(view.Closed(d, b, id)), check(view.Claimable(d, b, id, 1, id)),
		check(view.DefaultTiming(d, b)), check(view.DefaultEconomics(d, b)), check(view.DefaultPenalties(d, b)),
		check(view.LightNodeActive(d, b, key)), check(view.LightNodeRules(d, b)), check(view.LightNodePayout(d, b, key)), check(view.LightNodeNonce(d, b, key)),
		check(view.BountyRemaining(d, b, bounty)), check(view.BountyReserved(d, b, bounty)), check(view.BountyDeposit(d, b, bounty)), check(view.BountyPaid(d, b, bounty, 1)),
	}
}

func TestViewsReadWhatFunctionsReturn(t *testing.T) {
	contracts, err := abi.Load()
	if err != nil {
		t.Fatal(err)
	}
	d, b := deployment(), ptb.NewBuilder()
	bounty, blob, staked := shared(10), ptb.ObjectRef{ID: ptb.Address{11}}, ptb.ObjectRef{ID: ptb.Address{12}}
	views := all(d, b, bounty, b.Owned(blob), b.Owned(staked))
	program, err := b.Program()
	if err != nil {
		t.Fatal(err)
	}
	world := abi.World{Objects: make(map[ptb.Address]abi.Type),
		Packages: map[ptb.Address]string{d.Packages.Wal: "wal", d.Packages.FloeLatest: "floe", d.Packages.FloeReads: "floe_reads"}}
	for id, name := range map[ptb.Address]string{
		d.Objects.System.ID: "floe::system::System", d.Objects.Ledger.ID: "floe::ledger::Ledger", d.Objects.Staking.ID: "floe::staking::Staking",
		d.Objects.Treasury.ID: "wal::wal::ProtectedTreasury", d.Objects.LightNodes.ID: "floe_reads::light_node::LightNodes",
		bounty.ID: "floe_reads::bounty::Bounty", blob.ID: "floe::blob::Blob", staked.ID: "floe::staked_wal::StakedWal",
	} {
		if world.Objects[id], err = abi.StructType(name); err != nil {
			t.Fatal(err)
		}
	}
	called, err := contracts.CheckProgram(program, world)
	if err != nil {
		t.Fatal(err)
	}
	returned := make(view.Returned, len(called))
	for i, name := range called {
		for _, result := range contracts.Functions[name].Results {
			sample, err := contracts.Sample(nil, result.Inner(), 1)
			if err != nil {
				t.Fatal(err)
			}
			returned[i] = append(returned[i], sample)
		}
	}
	for _, v := range views {
		at := *v.call.Result
		if err := checkResults(contracts, v.value, contracts.Functions[called[at]].Results); err != nil {
			t.Errorf("%s: %v", called[at], err)
		}
		if err := v.read(returned); err != nil {
			t.Error(err)
		}
		checkBad(t, v, returned, at)
	}
	var missing []string
	for name, f := range contracts.Functions {
		own := strings.HasPrefix(name, "wal::") || strings.HasPrefix(name, "floe")
		if own && f.Public && f.IsView() && !abi.Excused(name) && !abi.Getter(name) && !slices.Contains(called, name) {
			missing = append(missing, name)
		}
	}
	// Transactions make proofs of symbols, so that package contract has the call.
	if !slices.Equal(missing, []string{"floe_reads::symbol_proof::new"}) {
		t.Errorf("there are no views for %s", missing)
	}
}

// checkResults compares the type of a View with the results of a function.
func checkResults(contracts *abi.Contracts, g reflect.Type, results []abi.Type) error {
	if len(results) == 1 {
		return contracts.CheckLayout(g, results[0].Inner())
	}
	if g.NumField() != len(results) {
		return fmt.Errorf("%s for %d results", g, len(results))
	}
	for i, r := range results {
		if r.Kind == types.Reference {
			r = r.Inner()
		}
		if err := contracts.CheckLayout(g.Field(i).Type, r); err != nil {
			return err
		}
	}
	return nil
}

// checkBad gives a View what its function does not return.
func checkBad(t *testing.T, v checked, good view.Returned, at uint16) {
	t.Helper()
	with := func(results [][]byte) view.Returned {
		r := slices.Clone(good)
		r[at] = results
		return r
	}
	last := len(good[at]) - 1
	short := slices.Clone(good[at])
	short[last] = short[last][:len(short[last])-1]
	long := slices.Clone(good[at])
	long[last] = append(slices.Clone(long[last]), 0)
	for name, c := range map[string]struct {
		r    view.Returned
		want error
	}{
		"no commands":       {nil, view.ErrResult},
		"no results":        {with(nil), view.ErrResult},
		"a result too many": {with(append(slices.Clone(good[at]), []byte{1})), view.ErrResult},
		"a byte less":       {with(short), bcs.ErrMalformed},
		"a byte more":       {with(long), bcs.ErrMalformed},
	} {
		if err := v.read(c.r); !errors.Is(err, c.want) {
			t.Errorf("%s with %s: %v", v.value, name, err)
		}
	}
}

func TestActions(t *testing.T) {
	if view.BeginEpoch != 6 || view.SelectCommittee.String() != "select the next committee" || view.Action(9).String() != "action 9" {
		t.Errorf("%d, %s, %s", view.BeginEpoch, view.SelectCommittee, view.Action(9))
	}
}
