//go:build !race

package light

// raceEnabled tells tests that everything takes ten times as long.
const raceEnabled = false
