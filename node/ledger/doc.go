// Package ledger keeps account of blobs that nobody answers for yet: a node has not heard of their registration, or it is so
// old that only a confirmation would keep them. A blob is entered when its metadata comes, under the name of the peer that
// brought it. It leaves with the registration or the confirmation, or when it is removed because nothing came for too long.
//
// Two things are bounded. What one peer may promise: the bytes that all slivers of its blobs would take here, so that a blob
// that is begun can be finished. And what all of them together have stored: promises cost nothing, so strangers with many
// names could use up a bound on their sum.
package ledger
