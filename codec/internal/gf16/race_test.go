//go:build race

package gf16

const raceEnabled = true
