package unittest

import (
	"errors"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/floe-network/floe/internal/npmtest"
	"github.com/floe-network/floe/staking/devchain/movevm/status"
	"github.com/floe-network/floe/staking/devchain/movevm/types"
	"github.com/floe-network/floe/staking/sui/ptb"
)

// buildLimit is for compiling everything and for the tests in the real Move VM, several times what both take on two slow
// cores.
const buildLimit = 8 * time.Minute

// Every unit test of the Move packages ends here as it ends in the real Move VM, for better or worse. Both run the same
// tests: the list is that of the real runner.
func TestVerdictsAreThoseOfTheRealVM(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes this take too long; what runs at once here is tested in the packages below")
	}
	dir := t.TempDir()
	npmtest.Move.Node(t, buildLimit, "scripts/build.mjs", "--test", "--out", dir)
	s, err := Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Tests) == 0 {
		t.Fatal("there are no tests")
	}
	t.Run("tests", func(t *testing.T) {
		for _, test := range s.Tests {
			t.Run(test.String(), func(t *testing.T) {
				t.Parallel()
				end := s.call(t.Context(), test)
				err := s.judge(test.Expected, end)
				switch {
				case err != nil && test.Passed:
					t.Errorf("passes in the real VM; here %v", err)
				case err == nil && !test.Passed:
					t.Error("passes here and fails in the real VM")
				}
				// The verdict depends on how the test ended: with another expectation it is another.
				var other *Expectation
				if test.Expected == nil {
					other = &Expectation{Code: "0", Location: test.Package + "::" + test.Module}
				}
				if err == nil && s.judge(other, end) == nil {
					t.Errorf("passes whether %v or %v is expected", test.Expected, other)
				}
			})
		}
	})
	t.Logf("%d tests have equal verdicts", len(s.Tests))
}

func TestJudging(t *testing.T) {
	s := &Suite{addresses: map[string]types.Address{"p": ptb.ShortAddress(7)}}
	in := func(e *status.Error, at byte, module string) error {
		e.At = &status.Location{Address: ptb.ShortAddress(at), Module: module}
		return e
	}
	for name, c := range map[string]struct {
		want *Expectation
		got  error
		pass bool
	}{
		"success":                     {nil, nil, true},
		"failure":                     {nil, in(status.Abort(3), 7, "m"), false},
		"abort as expected":           {&Expectation{"3", "p::m"}, in(status.Abort(3), 7, "m"), true},
		"success against expectation": {&Expectation{"3", "p::m"}, nil, false},
		"another code":                {&Expectation{"3", "p::m"}, in(status.Abort(4), 7, "m"), false},
		"another module":              {&Expectation{"3", "p::m"}, in(status.Abort(3), 7, "n"), false},
		"another package":             {&Expectation{"3", "p::m"}, in(status.Abort(3), 8, "m"), false},
		"an unknown package":          {&Expectation{"3", "q::m"}, in(status.Abort(3), 7, "m"), false},
		"arithmetic":                  {&Expectation{"arithmetic_error", "p::m"}, in(status.New(status.ArithmeticError, ""), 7, "m"), true},
		"arithmetic for an abort":     {&Expectation{"3", "p::m"}, in(status.New(status.ArithmeticError, ""), 7, "m"), false},
		"a vector for arithmetic":     {&Expectation{"arithmetic_error", "p::m"}, in(status.Vector(1, ""), 7, "m"), false},
		"a vector":                    {&Expectation{"vector_error", "p::m"}, in(status.Vector(1, ""), 7, "m"), true},
		"a failure without place":     {&Expectation{"3", "p::m"}, status.Abort(3), false},
		"an error of another kind":    {&Expectation{"3", "p::m"}, errors.New("3"), false},
	} {
		if err := s.judge(c.want, c.got); (err == nil) != c.pass {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoadRefusesWhatIsNoSuite(t *testing.T) {
	manifest := &fstest.MapFile{Data: []byte(`{"packages":[]}`)}
	for name, files := range map[string]fstest.MapFS{
		"nothing":     {},
		"no tests":    {"manifest.json": manifest},
		"no JSON":     {"manifest.json": manifest, description: {Data: []byte("[")}},
		"too large":   {"manifest.json": manifest, description: {Data: make([]byte, maxDescription+1)}},
		"no manifest": {description: {Data: []byte("[]")}},
	} {
		if _, err := Load(files); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	s, err := Load(fstest.MapFS{"manifest.json": manifest, description: {Data: []byte(`[{"package":"p","module":"m","name":"n"}]`)}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context(), s.Tests[0]); err == nil {
		t.Error("a test of no package passes")
	}
}
