//go:build race

package store_test

// raceEnabled: the race detector makes tests about ten times slower; those that try many points try fewer.
const raceEnabled = true
