// Package measure times the codec and the memory it takes, for comparisons with other encoders on the same machine.
package measure
