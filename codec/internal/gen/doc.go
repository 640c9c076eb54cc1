// Package gen holds the programs that write the assembly of the codec. It is a module of its own, so that what generates
// code is no dependency of what runs.
package gen
