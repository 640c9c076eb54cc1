package move_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/floe-network/floe/internal/npmtest"
	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/move"
)

// Limits of the whole test run and of one build, several times what they take on two slow cores.
const (
	testLimit  = 8 * time.Minute
	buildLimit = 3 * time.Minute
)

// The Move packages compile without warnings, their unit tests pass, and what is embedded is up to date.
func TestMovePackages(t *testing.T) {
	if raceEnabled {
		t.Skip("the Move tests run without the race detector, which does not see into them")
	}
	npmtest.Move.NPM(t, testLimit, "test")
}

// Relinked modules are those that the compiler makes, and its verifier accepts, when the dependencies really are at
// other addresses. The compiler sorts a module's pool of addresses, relinking leaves them where they are.
func TestLinkIsWhatTheCompilerMakes(t *testing.T) {
	if raceEnabled {
		t.Skip("compiling other programs is not for the race detector")
	}
	for name, c := range map[string]struct {
		wal, floe string
		sorted    bool // the pools still are after relinking
	}{
		"in the order of the placeholders": {"0x1234", "0xfe00000000000000000000000000000000000000000000000000000000000001", true},
		"in another order":                 {"0xfe00000000000000000000000000000000000000000000000000000000000001", "0x1234", false},
	} {
		t.Run(name, func(t *testing.T) {
			at := map[string]move.Address{"wal": address(t, c.wal), "floe": address(t, c.floe)}
			dir := t.TempDir()
			npmtest.Move.Node(t, buildLimit, "scripts/build.mjs", "--out", dir, "--link", "wal="+c.wal, "--link", "floe="+c.floe)
			compiled, err := move.Read(os.DirFS(dir))
			if err != nil {
				t.Fatal(err)
			}
			set, differences := embedded(t), 0
			for _, name := range []string{"wal", "floe", "floe_reads"} {
				linked, err := set.Link(name, at)
				if err != nil {
					t.Fatal(err)
				}
				want, err := compiled.Package(name)
				if err != nil {
					t.Fatal(err)
				}
				for i, m := range linked.Modules {
					if !bytes.Equal(m.Bytecode, want.Modules[i].Bytecode) {
						differences++
					}
					if !bytes.Equal(sortPool(t, m.Bytecode), sortPool(t, want.Modules[i].Bytecode)) {
						t.Errorf("%s::%s differs from what the compiler makes", name, m.Name)
					}
				}
				if c.sorted && linked.Digest != want.Digest {
					t.Errorf("%s: digest %x, compiled at the same addresses it is %x", name, linked.Digest, want.Digest)
				}
			}
			if c.sorted != (differences == 0) {
				t.Errorf("%d modules differ in the order of their pools", differences)
			}
		})
	}
}

// sortPool is a module with its pool of addresses in ascending order.
func sortPool(t *testing.T, code []byte) []byte {
	t.Helper()
	m, err := bytecode.Read(code)
	if err != nil {
		t.Fatal(err)
	}
	old := slices.Clone(m.Addresses)
	slices.SortFunc(m.Addresses, func(a, b types.Address) int { return bytes.Compare(a[:], b[:]) })
	for _, handles := range [][]bytecode.ModuleHandle{m.Modules, m.Friends} {
		for i := range handles {
			handles[i].Address = uint16(slices.Index(m.Addresses, old[handles[i].Address]))
		}
	}
	return m.Bytes()
}

func TestEmbedded(t *testing.T) {
	set := embedded(t)
	var names []string
	for _, p := range set.Packages {
		names = append(names, p.Name)
		if len(p.Modules) == 0 {
			t.Errorf("package %s has no modules", p.Name)
		}
	}
	want := []string{"move-stdlib", "sui-framework", "wal", "floe", "floe_reads"}
	if len(names) != len(want) {
		t.Fatalf("packages %v, want %v", names, want)
	}
	for i := range want {
		if names[i] != want[i] {
			t.Fatalf("packages %v, want %v", names, want)
		}
	}
	floe, err := set.Package("floe")
	if err != nil {
		t.Fatal(err)
	}
	if (floe.Address != move.Address{}) || floe.Placeholder != address(t, "0x666c6f65") {
		t.Errorf("floe is at %s and seen at %s", floe.Address, floe.Placeholder)
	}
	if a, found := floe.Abort("system", 3); !found || a.Name != "EPaused" || a.Meaning == "" {
		t.Errorf("abort 3 of system is %+v", a)
	}
	if a, found := floe.Abort("system", 99); found {
		t.Errorf("abort 99 of system is %+v", a)
	}
	if _, err := set.Package("walrus"); !errors.Is(err, move.ErrNoPackage) {
		t.Errorf("unknown package: %v", err)
	}
}

func TestLinkNeedsAllDependencies(t *testing.T) {
	set := embedded(t)
	if _, err := set.Link("floe_reads", map[string]move.Address{"wal": address(t, "0x5")}); !errors.Is(err, move.ErrNotLinked) {
		t.Errorf("without floe: %v", err)
	}
	if _, err := set.Link("nothing", nil); !errors.Is(err, move.ErrNoPackage) {
		t.Errorf("unknown package: %v", err)
	}
	if _, err := set.Link("wal", nil); err != nil {
		t.Errorf("wal depends on the framework only: %v", err)
	}
}

func TestReadRefusesWhatTheManifestDoesNotSay(t *testing.T) {
	good := map[string]string{
		"manifest.json": `{"packages":[{"name":"p","address":"0x0","placeholder":"0x70","modules":["m"],"dependencies":["0x1"],
			"digest":"35b5f3f3bd4fbb9fae0bdcb0b5f1e2e3d9bb0ec6f8ee6a4f28ac9a5a4cdd9c7e"}]}`,
		"p/m.mv": "code",
	}
	files := func(changes map[string]string) fstest.MapFS {
		m := fstest.MapFS{}
		for name, text := range good {
			m[name] = &fstest.MapFile{Data: []byte(text)}
		}
		for name, text := range changes {
			m[name] = &fstest.MapFile{Data: []byte(text)}
		}
		return m
	}
	if _, err := move.Read(files(nil)); !errors.Is(err, move.ErrDigest) {
		t.Errorf("wrong digest: %v", err)
	}
	for name, changes := range map[string]map[string]string{
		"no JSON":         {"manifest.json": "{"},
		"address":         {"manifest.json": `{"packages":[{"name":"p","address":"5","placeholder":"0x70"}]}`},
		"long address":    {"manifest.json": `{"packages":[{"name":"p","address":"0x0","placeholder":"0x70` + string(make([]byte, 64)) + `"}]}`},
		"missing module":  {"manifest.json": `{"packages":[{"name":"p","address":"0x0","placeholder":"0x70","modules":["n"]}]}`},
		"no hexadecimal":  {"manifest.json": `{"packages":[{"name":"p","address":"0x0","placeholder":"0x70","dependencies":["0xg"]}]}`},
		"escaping module": {"manifest.json": `{"packages":[{"name":"p","address":"0x0","placeholder":"0x70","modules":["../../m"]}]}`},
		"large module":    {"manifest.json": `{"packages":[{"name":"p","address":"0x0","placeholder":"0x70","modules":["m"]}]}`, "p/m.mv": string(make([]byte, 200<<10))},
	} {
		if _, err := move.Read(files(changes)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := move.Read(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
}

func embedded(t *testing.T) *move.Set {
	t.Helper()
	set, err := move.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func address(t *testing.T, text string) move.Address {
	t.Helper()
	a, err := move.ParseAddress(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
