package message_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/floe-network/floe/staking/devchain/movevm/effects"
	"github.com/floe-network/floe/staking/devchain/rpc/message"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// plain makes a name comparable across styles.
func plain(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// TestFailureKinds: kinds are numbered alike in BCS and in the API, but for one; their names tell.
func TestFailureKinds(t *testing.T) {
	other := map[string]string{ // where Sui itself has two names
		"moveobjecttoobig": "objecttoobig", "movepackagetoobig": "packagetoobig", "vmverificationerror": "vmverificationordeserializationerror",
		"sharedobjectoperationnotallowed": "consensusobjectoperationnotallowed",
	}
	for kind := effects.FailureKind(0); kind <= effects.InvalidLinkage; kind++ {
		name := plain(kind.String())
		if strings.Contains(name, "failurekind") { // none that happens here
			continue
		}
		if o, ok := other[name]; ok {
			name = o
		}
		m := message.Status(&effects.Failure{Kind: kind, Command: 3, Cause: errors.New("cause")})
		if got := plain(m.Error.GetKind().String()); got != name || m.GetSuccess() || m.Error.GetCommand() != 3 {
			t.Errorf("kind %s is %s", kind, m.Error.GetKind())
		}
	}
}

func TestArgumentProblems(t *testing.T) {
	for _, p := range []effects.ArgumentProblem{
		effects.TypeMismatch, effects.InvalidBCSBytes, effects.InvalidArgumentToPrivateEntryFunction, effects.IndexOutOfBounds, effects.SecondaryIndexOutOfBounds,
		effects.InvalidResultArity, effects.InvalidGasCoinUsage, effects.InvalidValueUsage, effects.InvalidObjectByValue, effects.InvalidObjectByMutRef,
	} {
		m := message.Status(&effects.Failure{Kind: effects.CommandArgumentError, Index: 2, Argument: p, Position: 4, Secondary: 5}).Error.GetCommandArgumentError()
		if plain(m.GetKind().String()) != plain(p.String()) || m.GetArgument() != 2 {
			t.Errorf("problem %s is %v", p, m)
		}
		indexed := p == effects.IndexOutOfBounds || p == effects.SecondaryIndexOutOfBounds || p == effects.InvalidResultArity
		if (m.IndexError != nil) != indexed || indexed && m.IndexError.GetIndex() != 4 || (m.IndexError.GetSubresult() == 5) != (p == effects.SecondaryIndexOutOfBounds) {
			t.Errorf("problem %s has indexes %v", p, m.IndexError)
		}
	}
}

func TestFailureDetails(t *testing.T) {
	id := ptb.ShortAddress(9)
	for _, c := range []struct {
		name string
		f    effects.Failure
		want *v2.ExecutionError
	}{
		{"abort", effects.Failure{Kind: effects.MoveAbort, Command: 0, Code: math.MaxUint64, Location: &effects.Location{Package: id, Module: "m", Function: 1, Instruction: 2, FunctionName: "f"}},
			&v2.ExecutionError{ErrorDetails: &v2.ExecutionError_Abort{Abort: &v2.MoveAbort{AbortCode: proto.Uint64(math.MaxUint64), Location: &v2.MoveLocation{
				Package: proto.String(id.String()), Module: proto.String("m"), Function: proto.Uint32(1), Instruction: proto.Uint32(2), FunctionName: proto.String("f"),
			}}}}},
		{"arithmetic", effects.Failure{Kind: effects.MovePrimitiveRuntimeError}, &v2.ExecutionError{ErrorDetails: &v2.ExecutionError_Abort{Abort: &v2.MoveAbort{}}}},
		{"size", effects.Failure{Kind: effects.MoveObjectTooBig, Size: 7, Max: 6},
			&v2.ExecutionError{ErrorDetails: &v2.ExecutionError_SizeError{SizeError: &v2.SizeError{Size: proto.Uint64(7), MaxSize: proto.Uint64(6)}}}},
		{"circle", effects.Failure{Kind: effects.CircularObjectOwnership, Object: id}, &v2.ExecutionError{ErrorDetails: &v2.ExecutionError_ObjectId{ObjectId: id.String()}}},
		{"type", effects.Failure{Kind: effects.TypeArgumentError, Index: 1, TypeNotFound: true},
			&v2.ExecutionError{ErrorDetails: &v2.ExecutionError_TypeArgumentError{TypeArgumentError: &v2.TypeArgumentError{TypeArgument: proto.Uint32(1), Kind: v2.TypeArgumentError_TYPE_NOT_FOUND.Enum()}}}},
		{"unused", effects.Failure{Kind: effects.UnusedValueWithoutDrop, Position: 1, Secondary: 2},
			&v2.ExecutionError{ErrorDetails: &v2.ExecutionError_IndexError{IndexError: &v2.IndexError{Index: proto.Uint32(1), Subresult: proto.Uint32(2)}}}},
		{"upgrade", effects.Failure{Kind: effects.PackageUpgradeError, Upgrade: effects.PackageIDDoesNotMatch, Object: id, Other: ptb.ShortAddress(8)},
			&v2.ExecutionError{ErrorDetails: &v2.ExecutionError_PackageUpgradeError{PackageUpgradeError: &v2.PackageUpgradeError{
				Kind: v2.PackageUpgradeError_PACKAGE_ID_DOES_NOT_MATCH.Enum(), PackageId: proto.String(id.String()), TicketId: proto.String(ptb.ShortAddress(8).String()),
			}}}},
	} {
		got := message.Status(&c.f).Error
		if !proto.Equal(&v2.ExecutionError{ErrorDetails: got.ErrorDetails}, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if m := message.Status(&effects.Failure{Kind: effects.InsufficientGas, Command: effects.NoCommand}); m.Error.Command != nil {
		t.Errorf("no command is to blame: %v", m)
	}
	if m := message.Status(nil); !m.GetSuccess() || m.Error != nil {
		t.Errorf("no failure: %v", m)
	}
}

func transactionOf(t *testing.T, kind ptb.TransactionKind, e ptb.Expiration) *v2.Transaction {
	t.Helper()
	data := ptb.SystemTransaction(kind)
	data.Expiration = e
	encoded, err := data.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return message.Transaction(data, encoded)
}

func TestSystemTransactions(t *testing.T) {
	for want, kind := range map[v2.TransactionKind_Kind]ptb.TransactionKind{
		v2.TransactionKind_CHANGE_EPOCH:                 {ChangeEpoch: &ptb.ChangeEpoch{Epoch: 3, SystemPackages: []ptb.SystemPackage{{Version: 1, Modules: [][]byte{{1}}, Dependencies: []ptb.Address{{}}}}}},
		v2.TransactionKind_GENESIS:                      {Genesis: &ptb.Genesis{}},
		v2.TransactionKind_CONSENSUS_COMMIT_PROLOGUE_V1: {ConsensusCommitPrologue: &ptb.ConsensusCommitPrologue{Epoch: 3}},
		v2.TransactionKind_CONSENSUS_COMMIT_PROLOGUE_V2: {PrologueV2: &ptb.PrologueV2{Epoch: 3}},
		v2.TransactionKind_CONSENSUS_COMMIT_PROLOGUE_V3: {PrologueV3: &ptb.PrologueV3{Epoch: 3, Assignments: ptb.VersionAssignments{Cancelled: &[]ptb.CancelledTransaction{{Versions: []ptb.AssignedVersion{{Version: 5}}}}}}},
		v2.TransactionKind_CONSENSUS_COMMIT_PROLOGUE_V4: {PrologueV4: &ptb.PrologueV4{Epoch: 3, Assignments: ptb.NoAssignments()}},
		v2.TransactionKind_END_OF_EPOCH:                 {EndOfEpoch: &[]ptb.EndOfEpochKind{{ChangeEpoch: &ptb.ChangeEpoch{Epoch: 3}}}},
		v2.TransactionKind_RANDOMNESS_STATE_UPDATE:      {RandomnessStateUpdate: &ptb.RandomnessStateUpdate{Epoch: 3, Bytes: []byte{1}}},
	} {
		m := transactionOf(t, kind, ptb.Never())
		if m.Kind.GetKind() != want || m.Kind.Data == nil {
			t.Errorf("got %v, want %s", m.Kind, want)
		}
		if p := m.Kind.GetConsensusCommitPrologue(); p != nil && (p.GetEpoch() != 3 || p.CommitTimestamp == nil) {
			t.Errorf("%s: %v", want, p)
		}
	}
}

func TestExpirations(t *testing.T) {
	programmable := ptb.TransactionKind{Programmable: &ptb.Program{}}
	if e := transactionOf(t, programmable, ptb.AfterEpoch(4)).Expiration; e.GetKind() != v2.TransactionExpiration_EPOCH || e.GetEpoch() != 4 {
		t.Errorf("got %v", e)
	}
	one, five := uint64(1), uint64(5)
	e := transactionOf(t, programmable, ptb.Expiration{ValidDuring: &ptb.ValidDuring{MinEpoch: &one, MaxEpoch: &five, MinTimestamp: &five, Chain: ptb.Digest{1}, Nonce: 9}}).Expiration
	found := map[protowire.Number]bool{}
	for b := []byte(e.ProtoReflect().GetUnknown()); len(b) > 0; {
		number, _, n := protowire.ConsumeField(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		found[number] = true
		b = b[n:]
	}
	if e.GetKind() != 3 || e.GetEpoch() != 5 || len(found) != 4 || !found[3] || !found[4] || !found[6] || !found[7] {
		t.Errorf("got %v with %v", e, found)
	}
}
