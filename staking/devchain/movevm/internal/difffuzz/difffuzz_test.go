package difffuzz

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
)

// project is the npm project with the compiler.
const project = "../../../../move"

// How much is generated in an ordinary run of the tests, and in each round of a long one.
const (
	ordinarySeeds     = 1
	functionsPerBatch = 80
)

// Environment of a long run: FLOE_DIFFFUZZ=1h runs seeds from FLOE_DIFFFUZZ_SEED (1 by default) upwards for an hour.
const (
	envDuration = "FLOE_DIFFFUZZ"
	envSeed     = "FLOE_DIFFFUZZ_SEED"
)

var update = flag.Bool("update", false, "write the bytecode and the outcomes of testdata/handwritten.move anew")

// fixtures are the modules and outcomes that tests without the compiler run.
const fixtures = "../../testdata"

func TestHandwritten(t *testing.T) {
	source, err := os.ReadFile("testdata/handwritten.move")
	if err != nil {
		t.Fatal(err)
	}
	oracle, err := NewOracle(project)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := oracle.Run(t.Context(), string(source))
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := judge(t.Context(), answer, string(source))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(kinds)
	outcomes, err := json.MarshalIndent(answer.Outcomes, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"outcomes.json": append(outcomes, '\n')}
	for _, b := range answer.Modules {
		m, err := bytecode.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		files[m.SelfID().Name+".mv"] = b
	}
	for name, want := range files {
		path := filepath.Join(fixtures, name)
		if *update {
			if err := os.WriteFile(path, want, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		// The standard library's bytecode may change as long as its functions do the same.
		compared := name == "handwritten.mv" || name == "outcomes.json"
		if got, err := os.ReadFile(path); compared && (err != nil || !bytes.Equal(got, want)) {
			t.Errorf("%s is stale; run go test ./staking/devchain/movevm/internal/difffuzz -run Handwritten -update", name)
		}
	}
}

func TestGenerated(t *testing.T) {
	first, last := uint64(1), uint64(ordinarySeeds)
	var deadline time.Time
	if text := os.Getenv(envDuration); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("%s=%s: %v", envDuration, text, err)
		}
		deadline, last = time.Now().Add(d), 1<<63
	}
	if text := os.Getenv(envSeed); text != "" {
		var err error
		if first, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s=%s: %v", envSeed, text, err)
		}
		last = max(last, first)
	}
	total := make(map[string]int)
	for seed := first; seed <= last && (deadline.IsZero() || time.Now().Before(deadline)); seed++ {
		kinds, err := compareParts(t.Context(), Generate(seed, functionsPerBatch))
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		for k, n := range kinds {
			total[k] += n
		}
	}
	t.Logf("tests by outcome: %v", total)
	all := 0
	for _, n := range total {
		all += n
	}
	// Programs that nearly all fail, or never do, show little.
	if total[computed]*3 < all || total[status.ArithmeticError.String()] == 0 || total[uncompiled]*20 > all {
		t.Errorf("the mix of outcomes is poor: %v", total)
	}
}

// compareParts compares a program, and where the compiler breaks down on it, its halves.
func compareParts(ctx context.Context, p Program) (map[string]int, error) {
	kinds, err := compare(ctx, p.Source())
	if !errors.Is(err, ErrCompilerFails) {
		return kinds, err
	}
	n := len(p.Functions)
	if n == 1 {
		return map[string]int{uncompiled: 1}, nil
	}
	kinds = make(map[string]int)
	var errs []error
	for _, half := range [][]string{p.Functions[:n/2], p.Functions[n/2:]} {
		some, err := compareParts(ctx, Program{Head: p.Head, Functions: half})
		errs = append(errs, err)
		for k, n := range some {
			kinds[k] += n
		}
	}
	return kinds, errors.Join(errs...)
}

// Outcomes besides those of the VMs.
const (
	computed   = "computed"   // the test ended with the digest
	uncompiled = "uncompiled" // the compiler broke down on the function
)

var function = regexp.MustCompile(`^\s*(?:#\[test\] )?(?:public )?fun (\w+)`)

// functions has the function that each line of a source belongs to.
func functions(source string) []string {
	list := []string{""}
	for line := range strings.Lines(source) {
		name := list[len(list)-1]
		if m := function.FindStringSubmatch(line); m != nil {
			name = m[1]
		}
		list = append(list, name)
	}
	return list
}

// compare runs a program in both VMs, and counts the tests by outcome.
func compare(ctx context.Context, source string) (map[string]int, error) {
	oracle, err := NewOracle(project)
	if err != nil {
		return nil, err
	}
	answer, err := oracle.Run(ctx, source)
	if err != nil {
		return nil, err
	}
	return judge(ctx, answer, source)
}

// judge runs what the real VM ran.
func judge(ctx context.Context, answer *Answer, source string) (map[string]int, error) {
	ours, err := NewMachine(answer.Modules)
	if err != nil {
		return nil, err
	}
	at := functions(source)
	kinds := make(map[string]int)
	var differences []string
	for name, want := range answer.Outcomes {
		module, test, _ := strings.Cut(name, "::")
		got, where, err := ours.Run(ctx, module, test)
		if err != nil {
			differences = append(differences, fmt.Sprintf("%s: %v; the real VM: %v", name, err, want))
			continue
		}
		if got.Kind != want.Kind || got.Sub != want.Sub || got.Module != want.Module {
			differences = append(differences, fmt.Sprintf("%s: %v; the real VM: %v", name, got, want))
		}
		if module == want.Module && where != at[want.Line] {
			differences = append(differences, fmt.Sprintf("%s: in %s; the real VM: in %s", name, where, at[want.Line]))
		}
		if got.Kind == status.Aborted.String() && where == test {
			kinds[computed]++
		} else {
			kinds[got.Kind]++
		}
	}
	if len(differences) > 0 {
		return kinds, fmt.Errorf("%d differences:\n%s", len(differences), strings.Join(differences, "\n"))
	}
	if want := strings.Count(source, "#[test]"); len(answer.Outcomes) != want {
		return kinds, fmt.Errorf("%d outcomes of %d tests", len(answer.Outcomes), want)
	}
	return kinds, nil
}
