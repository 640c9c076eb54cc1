//go:build race

package request

// raceEnabled leaves out cases that are too slow under the race detector.
const raceEnabled = true
