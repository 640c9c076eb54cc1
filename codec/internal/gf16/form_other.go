//go:build !amd64 || purego

package gf16

// forms returns the forms that this processor can run, the fastest first.
func forms() []*form { return []*form{&generic} }
