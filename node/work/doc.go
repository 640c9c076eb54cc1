// Package work shares costly work and its results among the requests of a node: a Pool runs it in turn, a Flight once for
// all who want the same, a Cache keeps what came of it.
package work
