//go:build !race

package unittest

const raceEnabled = false
