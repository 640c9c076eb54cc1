// Package difffuzz compares this interpreter with the real Move VM on generated programs.
//
// A program is a Move module of many functions, each with a unit test that aborts with a digest of what the function
// computed. The real VM, compiled to WebAssembly, says for each test how it ended; so does this interpreter, of the very
// same bytecode. Any difference is a defect of one of the two.
package difffuzz

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/floe-network/floe/staking/devchain/movevm/status"
)

//go:embed oracle.mjs
var script string

// oracleTime is how long one run of the real VM may take: about ten times what a large batch needs on two slow cores.
const oracleTime = 4 * time.Minute

// Oracle runs the real VM.
type Oracle struct {
	dir string // of the npm project with the compiler
	std map[string]string
}

// NewOracle finds node, the compiler and the standard library in the npm project of the Move packages.
func NewOracle(project string) (*Oracle, error) {
	if _, err := exec.LookPath("node"); err != nil {
		return nil, fmt.Errorf("node is needed to run the real Move VM: %w", err)
	}
	if _, err := os.Stat(filepath.Join(project, "node_modules", "@zktx.io", "sui-move-builder")); err != nil {
		return nil, fmt.Errorf("the Move compiler is missing; run `npm ci --ignore-scripts` in %s: %w", project, err)
	}
	sources, err := filepath.Glob(filepath.Join(project, "framework", "move-stdlib", "sources", "*.move"))
	if err != nil || len(sources) == 0 {
		return nil, fmt.Errorf("no standard library in %s: %w", project, errors.Join(err, os.ErrNotExist))
	}
	o := &Oracle{dir: project, std: make(map[string]string)}
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		o.std["sources/std/"+filepath.Base(path)] = string(text)
	}
	return o, nil
}

// ErrCompilerFails is for programs on which the compiler itself breaks down, as it does on a few.
var ErrCompilerFails = errors.New("the compiler breaks down")

// ErrRefused is for programs that the compiler refuses, as it does a few whose borrows are too entangled for it.
var ErrRefused = errors.New("the program does not compile")

// ErrTooLarge is for programs whose module no network takes, and so neither does our reader.
var ErrTooLarge = errors.New("the module is larger than a package may be")

// trap is all that the compiler says when it breaks down.
const trap = "unreachable"

// manifest of the one package that holds everything.
const manifest = `[package]
name = "generated"
edition = "2024"
implicit-dependencies = false
[addresses]
std = "0x1"
gen = "0x67656e"
`

// Run compiles a module's source and runs its tests in the real VM.
func (o *Oracle) Run(ctx context.Context, source string) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, oracleTime)
	defer cancel()
	files := map[string]string{"Move.toml": manifest, "sources/gen.move": source}
	for path, text := range o.std {
		files[path] = text
	}
	input, err := json.Marshal(map[string]any{"files": files})
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "node", "--input-type=module", "--eval", script) //nolint:gosec // our own script
	cmd.Dir = o.dir                                                                  // where the script's imports are found
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("real VM: %w\n%s", err, stderr.String())
	}
	var reply struct {
		Modules [][]byte
		Output  string
		Error   string
	}
	if err := json.Unmarshal(out, &reply); err != nil {
		return nil, fmt.Errorf("answer of the real VM: %w\n%.2000s", err, out)
	}
	if reply.Error == trap {
		return nil, ErrCompilerFails
	}
	if reply.Error != "" {
		return nil, fmt.Errorf("%w:\n%s", ErrRefused, reply.Error)
	}
	outcomes, err := parse(reply.Output)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, reply.Output)
	}
	return &Answer{Modules: reply.Modules, Outcomes: outcomes}, nil
}

// Answer is the bytecode of all modules in test mode, and how each test ended.
type Answer struct {
	Modules  [][]byte
	Outcomes map[string]Outcome // by "module::test"
}

// Outcome is how a test ended.
type Outcome struct {
	Kind   string // "passed", a status as the VMs spell it, or else what the real VM said
	Sub    uint64 // abort code or sub-status
	Module string // where it ended, without address
	Line   int    `json:"-"` // of the source, 0 when unknown
}

func (o Outcome) String() string {
	return fmt.Sprintf("%s %d in %s", o.Kind, o.Sub, o.Module)
}

var (
	verdict  = regexp.MustCompile(`(?m)^\[ (PASS|FAIL|TIMEOUT)\s*\] [^:\s]+::(\S+)`)
	failures = regexp.MustCompile(`(?m)^Failures in (?:[^:\s]+)::([^:\s]+):$`)
	failure  = regexp.MustCompile(`(?ms)^┌── (\w+) ──.*?^└──`)
	place    = regexp.MustCompile(`┌─ \S+?:(\d+):\d+`)
	message  = regexp.MustCompile(`Test was not expected to error, but it (.*?)(?: rooted here)?\s*$`)
	aborted  = regexp.MustCompile(`^aborted with code (\d+) originating in the module [^:]+::(\w+)`)
	arith    = regexp.MustCompile(`^gave an arithmetic error originating in the module [^:]+::(\w+)`)
	other    = regexp.MustCompile(`^gave an? ([A-Z_]+) \(code \d+\) error originating in the module [^:]+::(\w+)`)
	vector   = regexp.MustCompile(`^gave a vector operation error with sub-status (\d+) originating in the module [^:]+::(\w+)`)
)

// parse reads the report of the real VM's test runner.
func parse(output string) (map[string]Outcome, error) {
	if !strings.Contains(output, "Test result:") {
		return nil, errors.New("the real VM's report has no end")
	}
	outcomes := make(map[string]Outcome)
	for _, m := range verdict.FindAllStringSubmatch(output, -1) {
		if m[1] == "PASS" {
			outcomes[m[2]] = Outcome{Kind: "passed"}
		}
	}
	heads := failures.FindAllStringSubmatchIndex(output, -1)
	for i, h := range heads {
		module, end := output[h[2]:h[3]], len(output)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		for _, m := range failure.FindAllStringSubmatch(output[h[1]:end], -1) {
			outcomes[module+"::"+m[1]] = parseFailure(m[0])
		}
	}
	return outcomes, nil
}

func parseFailure(text string) Outcome {
	var o Outcome
	if m := place.FindStringSubmatch(text); m != nil {
		o.Line, _ = strconv.Atoi(m[1])
	}
	said := ""
	for line := range strings.Lines(text) {
		if m := message.FindStringSubmatch(line); m != nil {
			said = m[1]
			break
		}
	}
	number := func(s string) uint64 {
		n, _ := strconv.ParseUint(s, 10, 64)
		return n
	}
	if m := aborted.FindStringSubmatch(said); m != nil {
		o.Kind, o.Sub, o.Module = status.Aborted.String(), number(m[1]), m[2]
	} else if m := arith.FindStringSubmatch(said); m != nil {
		o.Kind, o.Module = status.ArithmeticError.String(), m[1]
	} else if m := vector.FindStringSubmatch(said); m != nil {
		o.Kind, o.Sub, o.Module = status.VectorOperationError.String(), number(m[1]), m[2]
	} else if m := other.FindStringSubmatch(said); m != nil {
		o.Kind, o.Module = m[1], m[2]
	} else {
		o.Kind = said
		if o.Kind == "" {
			o.Kind = text
		}
	}
	return o
}
