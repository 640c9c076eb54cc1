package unittest

import (
	"os"
	"testing"
	"time"

	"github.com/floe-network/floe/staking/move/movetest"
)

// buildLimit is for compiling everything and for the tests in the real Move VM, several times what both take on two slow
// cores.
const buildLimit = 10 * time.Minute

// Every unit test of the Move packages ends here as it ends in the real Move VM, for better or worse. Both run the same
// tests: the list is that of the real runner.
func TestVerdictsAreThoseOfTheRealVM(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes this take too long; what runs at once here is tested in the packages below")
	}
	dir := t.TempDir()
	movetest.Node(t, buildLimit, "scripts/build.mjs", "--test", "--out", dir)
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
