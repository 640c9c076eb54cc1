// Package leaktest fails a test binary that leaves goroutines behind. It knows the few that libraries of the host leave for
// a bounded time and offer no way to wait for.
package leaktest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main runs a package's tests and then looks for goroutines that are still there.
func Main(m *testing.M) { goleak.VerifyTestMain(m, Options()...) }

// Options excuses what a host that is closed may still have running.
func Options() []goleak.Option {
	return []goleak.Option{
		// A stream over WebRTC keeps a timer goroutine per read deadline. Closing the stream does not end it: it ends when the
		// deadline passes, which is one request's time limit later.
		goleak.IgnoreTopFunction("github.com/pion/sctp.(*Stream).SetReadDeadline.func1"),
	}
}
