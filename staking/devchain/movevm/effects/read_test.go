package effects_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/movevm/objects"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// samples are effects with every shape of a part, each with another failure.
func samples() []*effects.Effects {
	location := &effects.Location{Package: ptb.ShortAddress(9), Module: "m", Function: 3, Instruction: 4, FunctionName: "f"}
	failures := []*effects.Failure{nil,
		{Kind: effects.InsufficientGas, Command: effects.NoCommand},
		{Kind: effects.MoveObjectTooBig, Size: 5, Max: 4},
		{Kind: effects.CircularObjectOwnership, Object: ptb.ShortAddress(7)},
		{Kind: effects.MovePrimitiveRuntimeError, Command: 1},
		{Kind: effects.MovePrimitiveRuntimeError, Command: 1, Location: location},
		{Kind: effects.MoveAbort, Command: 2, Location: location, Code: 1 << 60},
		{Kind: effects.CommandArgumentError, Index: 3, Argument: effects.TypeMismatch},
		{Kind: effects.CommandArgumentError, Index: 3, Argument: effects.IndexOutOfBounds, Position: 9},
		{Kind: effects.CommandArgumentError, Index: 3, Argument: effects.SecondaryIndexOutOfBounds, Position: 9, Secondary: 8},
		{Kind: effects.TypeArgumentError, Index: 3, TypeNotFound: true},
		{Kind: effects.TypeArgumentError, Index: 3},
		{Kind: effects.UnusedValueWithoutDrop, Position: 1, Secondary: 2},
		{Kind: effects.InvalidPublicFunctionReturnType, Index: 1},
		{Kind: effects.PackageUpgradeError, Upgrade: effects.UnableToFetchPackage, Object: ptb.ShortAddress(1)},
		{Kind: effects.PackageUpgradeError, Upgrade: effects.IncompatibleUpgrade},
		{Kind: effects.PackageUpgradeError, Upgrade: effects.DigestDoesNotMatch, Digest: ptb.Digest{4}},
		{Kind: effects.PackageUpgradeError, Upgrade: effects.UnknownUpgradePolicy, Policy: 77},
		{Kind: effects.PackageUpgradeError, Upgrade: effects.PackageIDDoesNotMatch, Object: ptb.ShortAddress(1), Other: ptb.ShortAddress(2)},
	}
	state := func(o objects.Owner, sharedAt uint64) *effects.ObjectState {
		return &effects.ObjectState{Version: 10, Digest: ptb.Digest{3}, Owner: o, SharedAt: sharedAt}
	}
	account := objects.Owner{Kind: objects.ByAddress, Address: ptb.ShortAddress(0xaa)}
	var list []*effects.Effects
	for _, f := range failures {
		list = append(list, &effects.Effects{Failure: f, Epoch: 1, Gas: effects.GasUsed{Computation: 1, Storage: 2, Rebate: 3, NonRefundable: 4},
			Transaction: ptb.Digest{1}, GasObject: 0, EventsDigest: &ptb.Digest{2}, Dependencies: []ptb.Digest{{1}, {2}}, Version: 10,
			Changed: []effects.ObjectChange{
				{ID: ptb.ShortAddress(1), Before: state(account, 0), After: state(objects.Owner{Kind: objects.ByObject, Address: ptb.ShortAddress(3)}, 0)},
				{ID: ptb.ShortAddress(2), After: state(objects.Owner{Kind: objects.Shared}, 10), Operation: effects.IDCreated},
				{ID: ptb.ShortAddress(3), Before: state(objects.Owner{Kind: objects.Immutable}, 0), Operation: effects.IDDeleted},
				{ID: ptb.ShortAddress(4), Package: true, Operation: effects.IDCreated,
					After: &effects.ObjectState{Version: 1, Digest: ptb.Digest{6}, Owner: objects.Owner{Kind: objects.Immutable}}},
			},
			ReadShared: []ptb.ObjectRef{{ID: ptb.ShortAddress(6), Version: 3, Digest: ptb.Digest{9}}}})
	}
	return append(list, &effects.Effects{GasObject: -1})
}

func TestRead(t *testing.T) {
	for i, want := range samples() {
		b := want.AppendBCS(nil)
		got, err := effects.Read(b)
		if err != nil {
			t.Fatalf("sample %d: %v", i, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("sample %d is %+v, want %+v", i, got, want)
		}
		for n := range b {
			if _, err := effects.Read(b[:n]); !errors.Is(err, effects.ErrMalformed) {
				t.Fatalf("sample %d cut at %d: %v", i, n, err)
			}
		}
		if _, err := effects.Read(append(b, 0)); !errors.Is(err, effects.ErrMalformed) {
			t.Errorf("sample %d with a rest: %v", i, err)
		}
	}
}

func TestReadEvent(t *testing.T) {
	want := &effects.Event{Package: ptb.ShortAddress(1), Module: "m", Sender: ptb.ShortAddress(2), Contents: []byte{1, 2},
		Type: ptb.FrameworkTag("coin", "Coin", ptb.VectorOf(ptb.TypeTag{Kind: ptb.U8}))}
	b := want.AppendBCS(nil)
	if got, err := effects.ReadEvent(b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v (%v), want %+v", got, err, want)
	}
	for n := range b {
		if _, err := effects.ReadEvent(b[:n]); !errors.Is(err, effects.ErrMalformed) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, e := range samples() {
		f.Add(e.AppendBCS(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := effects.Read(b)
		if err != nil {
			return
		}
		if again := e.AppendBCS(nil); !bytes.Equal(again, b) {
			t.Fatalf("%x, read from %x", again, b)
		}
	})
}
