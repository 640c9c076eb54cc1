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
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/devchain/movevm/bytecode"
	"github.com/floe-network/floe/staking/devchain/movevm/packages"
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
	n := newTally()
	if err := n.judge(t.Context(), answer, string(source)); err != nil {
		t.Fatal(err)
	}
	t.Log(n.outcomes)
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

// TestDepths compares where values become too deep and types too large.
func TestDepths(t *testing.T) {
	var b strings.Builder
	b.WriteString("#[allow(all)]\nmodule gen::deep;\nuse std::bcs;\n")
	b.WriteString("public struct S0 has copy, drop { x: u8 }\nfun m0(): S0 { S0 { x: 7 } }\nfun id<T: drop>(_x: T) {}\n")
	const deepest = 128
	for i := 1; i <= deepest; i++ {
		fmt.Fprintf(&b, "public struct S%d has copy, drop { x: S%d }\nfun m%d(): S%d { S%d { x: m%d() } }\n", i, i-1, i, i, i, i-1)
	}
	for i := deepest - 4; i <= deepest; i++ {
		fmt.Fprintf(&b, "#[test] fun plain%d() { m%d(); abort 1 }\n", i, i)
		fmt.Fprintf(&b, "#[test] fun listed%d() { let _x = vector[m%d()]; abort 2 }\n", i, i)
		fmt.Fprintf(&b, "#[test] fun listed_twice%d() { let _x = vector[vector[m%d()]]; abort 3 }\n", i, i)
		fmt.Fprintf(&b, "#[test] fun written%d() { abort bcs::to_bytes(&m%d()).length() }\n", i, i)
		fmt.Fprintf(&b, "#[test] fun list_written%d() { abort bcs::to_bytes(&vector[m%d()]).length() }\n", i, i)
	}
	b.WriteString("public struct Box<T> has copy, drop { x: T }\npublic struct Pair<A, B> has copy, drop { a: A, b: B }\n")
	b.WriteString("fun pair<A: drop, B: drop>(a: A, b: B) { let _p = Pair { a, b }; }\n")
	b.WriteString("fun boxed<T: drop>(x: T) { let _b = Box { x: Box { x } }; }\n")
	b.WriteString("fun list<T: drop>(x: T) { let _v = vector[x]; }\nfun list_of_list<T: drop>(x: T) { let _v = vector[vector[x]]; }\n")
	b.WriteString("fun pass<T: drop>(x: T) { id(vector[x]) }\n")
	nested := func(n int) string { return strings.Repeat("vector<", n) + "u8" + strings.Repeat(">", n) }
	// Each on both sides of a bound.
	for _, c := range []struct {
		function string
		depth    int
	}{{"id", 126}, {"boxed", 124}, {"boxed", 125}, {"list", 126}, {"list_of_list", 125}, {"list_of_list", 126}, {"pass", 62}, {"pass", 63}} {
		fmt.Fprintf(&b, "#[test] fun %s%d() { let v: %s = vector[]; %s(v); abort 4 }\n", c.function, c.depth, nested(c.depth), c.function)
	}
	for _, n := range []int{63, 64} {
		fmt.Fprintf(&b, "#[test] fun pair%d() { let v: %s = vector[]; let w: %s = vector[]; pair(v, w); abort 5 }\n", n, nested(60), nested(n))
	}
	n := newTally()
	if err := n.program(t.Context(), Program{Head: b.String()}); err != nil {
		t.Fatal(err)
	}
	t.Log(n.outcomes)
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
	n := newTally()
	for seed := first; seed <= last && (deadline.IsZero() || time.Now().Before(deadline)); seed++ {
		if err := n.program(t.Context(), Generate(seed, functionsPerBatch)); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if !deadline.IsZero() {
			t.Logf("seed %d done: %v", seed, n.outcomes)
		}
	}
	t.Logf("tests by outcome: %v", n.outcomes)
	all := 0
	for _, n := range n.outcomes {
		all += n
	}
	// Programs that nearly all fail, or never do, show little.
	if n.outcomes[computed]*3 < all || n.outcomes[status.ArithmeticError.String()] == 0 || n.outcomes[uncompiled]*20 > all {
		t.Errorf("the mix of outcomes is poor: %v", n.outcomes)
	}
	handwritten, err := os.ReadFile(filepath.Join(fixtures, "handwritten.mv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.note(handwritten); err != nil {
		t.Fatal(err)
	}
	n.checkOpcodes(t)
}

// neverEmitted are opcodes that the compiler does not use: it makes branches of the logical operators.
var neverEmitted = []bytecode.Opcode{bytecode.BrTrue, bytecode.Or, bytecode.And, bytecode.Nop}

// checkOpcodes makes sure that no instruction escaped the comparison.
func (n *tally) checkOpcodes(t *testing.T) {
	for op := bytecode.Pop; op <= bytecode.VariantSwitch; op++ {
		known := !strings.HasPrefix(op.String(), "opcode")
		if known && !n.opcodes[op] && !slices.Contains(neverEmitted, op) {
			t.Errorf("no program has %s", op)
		}
	}
}

// tally counts what was compared.
type tally struct {
	outcomes map[string]int
	opcodes  map[bytecode.Opcode]bool
}

func newTally() *tally {
	return &tally{outcomes: make(map[string]int), opcodes: make(map[bytecode.Opcode]bool)}
}

// Outcomes besides those of the VMs.
const (
	computed   = "computed"   // the test ended with the digest
	uncompiled = "uncompiled" // the compiler broke down on the function, or refused it
)

// program compares a program, and where that cannot be compiled or is too large, its halves.
func (n *tally) program(ctx context.Context, p Program) error {
	oracle, err := NewOracle(project)
	if err != nil {
		return err
	}
	answer, err := oracle.Run(ctx, p.Source())
	if err == nil {
		err = checkSizes(answer.Modules)
	}
	if err == nil {
		return n.judge(ctx, answer, p.Source())
	}
	if !errors.Is(err, ErrCompilerFails) && !errors.Is(err, ErrRefused) && !errors.Is(err, ErrTooLarge) {
		return err
	}
	count := len(p.Functions)
	if count == 1 {
		n.outcomes[uncompiled]++
		return nil
	}
	return errors.Join(
		n.program(ctx, Program{Head: p.Head, Functions: p.Functions[:count/2]}),
		n.program(ctx, Program{Head: p.Head, Functions: p.Functions[count/2:]}))
}

// checkSizes fails with ErrTooLarge.
func checkSizes(modules [][]byte) error {
	for _, b := range modules {
		if len(b) > packages.DefaultLimits().Bytes {
			return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(b))
		}
	}
	return nil
}

// note records the opcodes of a module.
func (n *tally) note(module []byte) error {
	m, err := bytecode.Read(module)
	if err != nil {
		return err
	}
	for _, d := range m.FunctionDefs {
		for _, in := range d.Code {
			n.opcodes[in.Op] = true
		}
	}
	return nil
}

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

// judge runs here what the real VM ran.
func (n *tally) judge(ctx context.Context, answer *Answer, source string) error {
	ours, err := NewMachine(answer.Modules)
	if err != nil {
		return err
	}
	for _, b := range answer.Modules {
		if err := n.note(b); err != nil {
			return err
		}
	}
	at := functions(source)
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
			n.outcomes[computed]++
		} else {
			n.outcomes[got.Kind]++
		}
	}
	if len(differences) > 0 {
		return fmt.Errorf("%d differences:\n%s", len(differences), strings.Join(differences, "\n"))
	}
	if want := strings.Count(source, "#[test]"); len(answer.Outcomes) != want {
		return fmt.Errorf("%d outcomes of %d tests", len(answer.Outcomes), want)
	}
	return nil
}
