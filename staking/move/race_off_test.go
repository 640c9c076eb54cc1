//go:build !race

package move_test

// raceEnabled says that the tests were built with the race detector.
const raceEnabled = false
