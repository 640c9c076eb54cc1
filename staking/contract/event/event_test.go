package event_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/floe-network/floe/staking/contract"
	"github.com/floe-network/floe/staking/contract/event"
	"github.com/floe-network/floe/staking/contract/internal/abi"
	"github.com/floe-network/floe/staking/contract/object"
	"github.com/floe-network/floe/staking/sui/bcs"
	"github.com/floe-network/floe/staking/sui/ptb"
)

func deployment() *contract.Deployment {
	return &contract.Deployment{Packages: contract.Packages{Wal: ptb.ShortAddress(11), Floe: ptb.ShortAddress(12),
		FloeLatest: ptb.ShortAddress(13), FloeReads: ptb.ShortAddress(14)}}
}

// sample is the tag and the BCS of an event of a name.
func sample(t testing.TB, contracts *abi.Contracts, d *contract.Deployment, name string) (abi.Type, ptb.StructTag, []byte) {
	t.Helper()
	m, err := abi.StructType(name)
	if err != nil {
		t.Fatal(err)
	}
	contents, err := contracts.Sample(nil, m, 7)
	if err != nil {
		t.Fatal(err)
	}
	return m, d.Type(object.Name{Package: m.Package, Module: m.Module, Struct: m.Name}), contents
}

func TestEveryEventIsDecoded(t *testing.T) {
	contracts, err := abi.Load()
	if err != nil {
		t.Fatal(err)
	}
	d, count := deployment(), 0
	for name := range contracts.Events {
		if strings.HasPrefix(name, "sui-framework::") || strings.Contains(name, "Parameter") {
			continue
		}
		count++
		m, tag, contents := sample(t, contracts, d, name)
		v, err := event.Decode(d, tag, contents)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := contracts.CheckLayout(reflect.TypeOf(v), m); err != nil {
			t.Error(err)
		}
		if got := reflect.TypeOf(v).Name(); got != m.Name {
			t.Errorf("%s is a %s", name, got)
		}
		if again, err := bcs.Marshal(v); err != nil || !bytes.Equal(again, contents) {
			t.Errorf("%s: %x became %x, %v", name, contents, again, err)
		}
		if v, err := event.Decode(d, tag, contents[:len(contents)-1]); !errors.Is(err, bcs.ErrMalformed) || v != nil {
			t.Errorf("%s, cut short: %v, %v", name, v, err)
		}
	}
	if count < 60 {
		t.Errorf("there are %d events", count)
	}
}

func TestUnknownEvents(t *testing.T) {
	d := deployment()
	contents := []byte{1, 0, 0, 0}
	known := ptb.StructTag{Address: d.Packages.Floe, Module: "events", Name: "EpochChangeStart"}
	v, err := event.Decode(d, known, contents)
	if err != nil || v != (event.EpochChangeStart{Epoch: 1}) {
		t.Fatalf("%+v, %v", v, err)
	}
	for name, change := range map[string]func(*ptb.StructTag){
		"another package":   func(s *ptb.StructTag) { s.Address = ptb.ShortAddress(99) },
		"a package of ours": func(s *ptb.StructTag) { s.Address = d.Packages.Wal },
		"another module":    func(s *ptb.StructTag) { s.Module = "event" },
		"another name":      func(s *ptb.StructTag) { s.Name = "EpochChangeStarts" },
		"with parameters":   func(s *ptb.StructTag) { s.Params = []ptb.TypeTag{d.WAL()} },
	} {
		tag := known
		change(&tag)
		if v, err := event.Decode(d, tag, contents); !errors.Is(err, event.ErrUnknown) || v != nil {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	if _, err := event.Decode(&contract.Deployment{}, ptb.StructTag{Module: "events", Name: "EpochChangeStart"}, contents); !errors.Is(err, event.ErrUnknown) {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	contracts, err := abi.Load()
	if err != nil {
		f.Fatal(err)
	}
	d := deployment()
	var tags []ptb.StructTag
	for name := range contracts.Events {
		if strings.HasPrefix(name, "floe") {
			_, tag, contents := sample(f, contracts, d, name)
			tags = append(tags, tag)
			f.Add(contents)
		}
	}
	f.Fuzz(func(t *testing.T, contents []byte) {
		for _, tag := range tags {
			v, err := event.Decode(d, tag, contents)
			if err != nil {
				continue
			}
			if again, err := bcs.Marshal(v); err != nil || !bytes.Equal(again, contents) {
				t.Errorf("%s: %x became %x, %v", tag, contents, again, err)
			}
		}
	})
}
