// Package codec is Red Stuff as Walrus encodes it (encoding type RS2): a blob becomes a matrix of symbols, expanded by a
// Reed-Solomon code over GF(2^16) in both dimensions; rows are primary slivers, columns secondary slivers, Merkle trees
// over them commit to all, and the hash of those names the blob.
//
// With n shards and f = floor((n-1)/3), n-2f primary or n-f secondary slivers decode the blob; a primary sliver is
// restored from n-f symbols, a secondary sliver from n-2f. Layouts and constants are those of walrus-core; see the Walrus
// whitepaper sections 3 and 4.
package codec
