// Package fence is for the tests of assembly: it gives memory in which straying by one byte faults.
package fence
