//go:build !unix

package fence

import "testing"

// Bytes returns memory of n bytes. This system has no inaccessible pages to put beside it.
func Bytes(t *testing.T, n int) []byte {
	t.Helper()
	return make([]byte, n)
}
