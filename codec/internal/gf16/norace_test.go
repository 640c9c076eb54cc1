//go:build !race

package gf16

const raceEnabled = false
