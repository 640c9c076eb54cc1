package mask_test

import (
	"errors"
	"strings"
	"testing"

	v2 "github.com/block-vision/sui-go-sdk/pb/sui/rpc/v2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/floe-network/floe/staking/devchain/rpc/mask"
)

var executed = (&v2.ExecutedTransaction{}).ProtoReflect().Descriptor()

func sample() *v2.ExecutedTransaction {
	object := func(id string) *v2.ChangedObject {
		return &v2.ChangedObject{ObjectId: &id, ObjectType: proto.String("T" + id), OutputVersion: proto.Uint64(7), OutputOwner: &v2.Owner{Kind: v2.Owner_SHARED.Enum(), Version: proto.Uint64(3)}}
	}
	return &v2.ExecutedTransaction{
		Digest: proto.String("D"),
		Effects: &v2.TransactionEffects{
			Digest: proto.String("E"), Status: &v2.ExecutionStatus{Success: proto.Bool(true)},
			ChangedObjects: []*v2.ChangedObject{object("1"), object("2")}, Dependencies: []string{"a", "b"},
		},
		Transaction: &v2.Transaction{Kind: &v2.TransactionKind{
			Kind: v2.TransactionKind_PROGRAMMABLE_TRANSACTION.Enum(),
			Data: &v2.TransactionKind_ProgrammableTransaction{ProgrammableTransaction: &v2.ProgrammableTransaction{
				Inputs: []*v2.Input{{Pure: []byte{1}}, {ObjectId: proto.String("o")}},
			}},
		}},
		Checkpoint: proto.Uint64(0),
		Objects:    &v2.ObjectSet{Objects: []*v2.Object{{ObjectId: proto.String("x"), Json: structpb.NewStringValue("j")}}},
	}
}

func TestPrune(t *testing.T) {
	full := sample()
	for _, c := range []struct {
		name  string
		paths []string
		want  *v2.ExecutedTransaction
	}{
		{"nothing", nil, &v2.ExecutedTransaction{}},
		{"everything", []string{"*"}, full},
		{"everything and more", []string{"digest", "*", "effects.digest"}, full},
		{"scalar", []string{"digest"}, &v2.ExecutedTransaction{Digest: full.Digest}},
		{"present zero", []string{"checkpoint"}, &v2.ExecutedTransaction{Checkpoint: proto.Uint64(0)}},
		{"absent", []string{"timestamp"}, &v2.ExecutedTransaction{}},
		{"message", []string{"effects"}, &v2.ExecutedTransaction{Effects: full.Effects}},
		{"nested", []string{"effects.status"}, &v2.ExecutedTransaction{Effects: &v2.TransactionEffects{Status: full.Effects.Status}}},
		{"nested first, then whole", []string{"effects.status", "effects"}, &v2.ExecutedTransaction{Effects: full.Effects}},
		{"whole first, then nested", []string{"effects", "effects.status"}, &v2.ExecutedTransaction{Effects: full.Effects}},
		{"repeated scalars", []string{"effects.dependencies"}, &v2.ExecutedTransaction{Effects: &v2.TransactionEffects{Dependencies: []string{"a", "b"}}}},
		{"inside elements", []string{"effects.changed_objects.object_id", "effects.changed_objects.output_owner.kind"},
			&v2.ExecutedTransaction{Effects: &v2.TransactionEffects{ChangedObjects: []*v2.ChangedObject{
				{ObjectId: proto.String("1"), OutputOwner: &v2.Owner{Kind: v2.Owner_SHARED.Enum()}},
				{ObjectId: proto.String("2"), OutputOwner: &v2.Owner{Kind: v2.Owner_SHARED.Enum()}},
			}}}},
		{"inside a choice", []string{"transaction.kind.programmable_transaction.inputs.pure"},
			&v2.ExecutedTransaction{Transaction: &v2.Transaction{Kind: &v2.TransactionKind{
				Data: &v2.TransactionKind_ProgrammableTransaction{ProgrammableTransaction: &v2.ProgrammableTransaction{
					Inputs: []*v2.Input{{Pure: []byte{1}}, {}},
				}},
			}}}},
		{"message that is selected as a whole", []string{"objects.objects.json"},
			&v2.ExecutedTransaction{Objects: &v2.ObjectSet{Objects: []*v2.Object{{Json: structpb.NewStringValue("j")}}}}},
		{"of a later version", []string{"digest", "transaction_index"}, &v2.ExecutedTransaction{Digest: full.Digest}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := mask.Parse(executed, c.paths, mask.DefaultLimits(), mask.Later{executed.FullName(): {"transaction_index"}})
			if err != nil {
				t.Fatal(err)
			}
			got := sample()
			m.Prune(got)
			if !proto.Equal(got, c.want) {
				t.Errorf("pruned to %v, want %v", got, c.want)
			}
		})
	}
}

func TestPruneMaps(t *testing.T) {
	config := &v2.ProtocolConfig{ProtocolVersion: proto.Uint64(1), FeatureFlags: map[string]bool{"f": true}}
	parse := func(path string) (*mask.Mask, error) {
		return mask.Parse(config.ProtoReflect().Descriptor(), []string{path}, mask.DefaultLimits(), nil)
	}
	m, err := parse("feature_flags")
	if err != nil {
		t.Fatal(err)
	}
	m.Prune(config)
	if want := (&v2.ProtocolConfig{FeatureFlags: map[string]bool{"f": true}}); !proto.Equal(config, want) {
		t.Errorf("pruned to %v", config)
	}
	if _, err := parse("feature_flags.f"); err == nil {
		t.Error("a path into a map was accepted")
	}
}

func TestBadPaths(t *testing.T) {
	limits := mask.DefaultLimits()
	many := make([]string, limits.Paths+1)
	for i := range many {
		many[i] = "digest"
	}
	for name, paths := range map[string][]string{
		"empty":               {""},
		"unknown":             {"digest", "no_such_field"},
		"unknown inside":      {"effects.no_such_field"},
		"name in JSON":        {"balanceChanges"},
		"into a scalar":       {"digest.x"},
		"into a well-known":   {"timestamp.seconds"},
		"trailing dot":        {"effects."},
		"leading dot":         {".effects"},
		"wildcard inside":     {"effects.*"},
		"name of a choice":    {"transaction.kind.data"},
		"too long":            {"effects." + strings.Repeat("x", limits.PathBytes)},
		"too many":            many,
		"no text":             {"\x00\xff"},
		"after everything":    {"*", "nothing"},
		"below what is whole": {"effects", "effects.nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mask.Parse(executed, paths, limits, nil)
			var bad *mask.PathError
			if !errors.As(err, &bad) {
				t.Fatalf("got %v", err)
			}
			if len(bad.Path) > limits.PathBytes {
				t.Errorf("the error repeats %d bytes", len(bad.Path))
			}
		})
	}
}

func TestHas(t *testing.T) {
	m, err := mask.Parse(executed, []string{"effects.changed_objects.object_type", "events"}, mask.DefaultLimits(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !m.Has("effects") || !m.Has("effects", "changed_objects", "object_type") || !m.Has("events", "events", "json") {
		t.Error("something selected is missing")
	}
	if m.Has("effects", "status") || m.Has("digest") || m.Has("digest", "x") {
		t.Error("something is selected that was not asked for")
	}
	if !mask.All().Has("anything", "at", "all") {
		t.Error("everything is not everything")
	}
}

// FuzzParse checks that any mask is refused with a PathError or selects, and that selecting twice selects no less.
func FuzzParse(f *testing.F) {
	f.Add("*")
	f.Add("digest,effects.status,effects.changed_objects.object_id")
	f.Add("transaction.kind.programmable_transaction.commands.move_call.arguments.kind,effects.")
	f.Fuzz(func(t *testing.T, paths string) {
		m, err := mask.Parse(executed, strings.Split(paths, ","), mask.DefaultLimits(), nil)
		if err != nil {
			var bad *mask.PathError
			if !errors.As(err, &bad) {
				t.Fatalf("got %T: %v", err, err)
			}
			return
		}
		once := sample()
		m.Prune(once)
		twice := proto.CloneOf(once)
		m.Prune(twice)
		if !proto.Equal(once, twice) {
			t.Errorf("pruned to %v, then to %v", once, twice)
		}
	})
}
