// Package codec is Red Stuff as Walrus encodes it (encoding type RS2): a blob becomes a matrix of symbols, expanded by a
// Reed-Solomon code over GF(2^16) in both dimensions; rows are primary slivers, columns secondary slivers, Merkle trees
// over them commit to all, and the hash of those names the blob.
//
// With n shards and f = floor((n-1)/3), n-2f primary or n-f secondary slivers decode the blob; a primary sliver is
// restored from n-f symbols, a secondary sliver from n-2f. Layouts and constants are those of walrus-core; see the Walrus
// whitepaper sections 3 and 4.
//
// # Encoding
//
//	         Cols() = n-f      f
//	       +---------------+--------+
//	Rows() | blob, row by  | row    |   Row r expanded is primary sliver r and its f recovery symbols, column c
//	= n-2f | row, padded   | code   |   expanded is secondary sliver c and its 2f recovery symbols. Both agree in the
//	       +---------------+--------+   lower right. A sliver is the part of a row or column that expands to the rest:
//	    2f | column code   | both   |   the first Cols() or Rows() symbols.
//	       +---------------+--------+
//
// Every one of the n^2 symbols is hashed, because a sliver's hash is the root of a tree over all n of its symbols, and the
// metadata is made of those; a sliver's place depends on the blob id, hence on all hashes. So there are two passes.
// Codec.Prepare makes the first: it goes over groups of columns, hashes their symbols, finishes the columns' trees and reduces
// the rows' trees to one node a group. Encoding.Slivers makes the second: it computes slivers again, without hashing, in
// batches. Neither holds more than Options.MemoryBudget; what fits it is kept from the first pass to the second.
//
// # Decoding
//
// A Decoder verifies slivers, spools them into the output file, and decodes there, block by block. Codec.Expand,
// VerifySymbol and RecoverSliver work with single symbols: samples, recovery, and proofs that a writer has encoded
// inconsistently.
//
// # Inside
//
// The codec's speed comes from internal/gf16, which codes symbols where they lie, and internal/lanes, which hashes many
// messages at once in the lanes of vector registers. internal/merkle builds trees with it, internal/source
// notices a source that changes between reads, internal/arena lends memory. Package measure times all of it.
package codec
