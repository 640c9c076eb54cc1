package move_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/floe-network/floe/staking/move"
)

func TestRelinkChangesOnlyThePool(t *testing.T) {
	set := embedded(t)
	floe, err := set.Package("floe")
	if err != nil {
		t.Fatal(err)
	}
	wal, err := set.Package("wal")
	if err != nil {
		t.Fatal(err)
	}
	to := address(t, "0xabcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789")
	changed := 0
	for _, m := range floe.Modules {
		before := slices.Clone(m.Bytecode)
		after, err := move.Relink(m.Bytecode, map[move.Address]move.Address{wal.Placeholder: to})
		if err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if !bytes.Equal(before, m.Bytecode) {
			t.Fatalf("%s: Relink wrote into its argument", m.Name)
		}
		if bytes.Equal(before, after) {
			continue
		}
		changed++
		at := bytes.Index(before, wal.Placeholder[:])
		if want := slices.Concat(before[:at], to[:], before[at+move.AddressSize:]); !bytes.Equal(after, want) {
			t.Errorf("%s: something besides the placeholder at %d changed", m.Name, at)
		}
		back, err := move.Relink(after, map[move.Address]move.Address{to: wal.Placeholder})
		if err != nil || !bytes.Equal(back, before) {
			t.Errorf("%s: relinking back does not undo it (%v)", m.Name, err)
		}
	}
	if changed == 0 {
		t.Error("no module of floe uses wal")
	}
}

// The pool of a module that has the addresses 1 and 2.
func sample(tables ...byte) []byte {
	module := []byte{0xa1, 0x1c, 0xeb, 0x0b, 7, 0, 0, 5}
	module = append(module, tables...)
	for _, last := range []byte{1, 2} {
		module = append(module, make([]byte, move.AddressSize-1)...)
		module = append(module, last)
	}
	return append(module, 0)
}

func TestRelinkRefuses(t *testing.T) {
	one, two, three := address(t, "0x1"), address(t, "0x2"), address(t, "0x3")
	good := sample(1, 8, 0, 64)
	swapped, err := move.Relink(good, map[move.Address]move.Address{one: two, two: one})
	if err != nil || !bytes.Equal(swapped[len(swapped)-1-move.AddressSize:len(swapped)-1], one[:]) {
		t.Fatalf("exchanging two addresses: %x, %v", swapped, err)
	}
	for name, module := range map[string][]byte{
		"nothing":           nil,
		"no magic number":   {1, 2, 3, 4, 7, 0, 0, 5, 0, 0},
		"version 6":         append([]byte{0xa1, 0x1c, 0xeb, 0x0b, 6, 0, 0, 5}, good[8:]...),
		"ends in headers":   good[:10],
		"ends in the pool":  good[:40],
		"two pools":         sample(2, 8, 0, 32, 8, 32, 32),
		"overlap":           sample(2, 7, 0, 32, 8, 16, 48),
		"gap":               sample(1, 8, 1, 32),
		"half an address":   sample(1, 8, 0, 33),
		"too many tables":   sample(19),
		"beyond the end":    sample(1, 8, 0, 0xe0, 0x01),
		"number too long":   sample(1, 8, 0, 0xff, 0xff, 0xff, 0xff, 0x7f),
		"too large a file":  append(slices.Clone(good), make([]byte, 200<<10)...),
		"twice in the pool": slices.Concat(sample(1, 8, 0, 64)[:12], one[:], one[:], []byte{0}),
	} {
		if _, err := move.Relink(module, nil); !errors.Is(err, move.ErrModule) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := move.Relink(good, map[move.Address]move.Address{one: two}); !errors.Is(err, move.ErrModule) {
		t.Errorf("an address that is there already: %v", err)
	}
	if _, err := move.Relink(good, map[move.Address]move.Address{three: two}); err != nil {
		t.Errorf("an address that is not there: %v", err)
	}
}

func FuzzRelink(f *testing.F) {
	f.Add(sample(1, 8, 0, 64), []byte{9})
	set, err := move.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range set.Packages {
		f.Add(p.Modules[0].Bytecode, []byte{1})
	}
	f.Fuzz(func(t *testing.T, module, replacement []byte) {
		same, err := move.Relink(module, nil)
		if err != nil {
			if !errors.Is(err, move.ErrModule) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if !bytes.Equal(same, module) {
			t.Fatal("replacing nothing changed the module")
		}
		var from, to move.Address
		from[move.AddressSize-1] = 1
		copy(to[:], replacement)
		changed, err := move.Relink(module, map[move.Address]move.Address{from: to})
		if err == nil && len(changed) != len(module) {
			t.Fatalf("%d bytes became %d", len(module), len(changed))
		}
	})
}
