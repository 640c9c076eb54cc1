/// Proofs that a symbol is part of a blob, checked against nothing but the blob's id.
///
/// The code expands a blob to n rows (primary slivers) and n columns (secondary slivers) of symbols. A sliver's root is the
/// Merkle root over its n symbols. The blob's root is the Merkle root over n pairs of slivers: pair k is row k and column
/// n - 1 - k, and its leaf is the two roots one after the other. The blob's id is derived from that root and the blob's size.
///
/// Trees: a leaf is BLAKE2b-256 of 0x00 and the data, an inner node BLAKE2b-256 of 0x01 and its two children. A level with
/// an odd number of nodes is padded with 32 zero bytes, which stand for themselves. So all leaves are equally deep, and a
/// path has a digest for every level, from the bottom up.
module floe_reads::symbol_proof;

use floe::encoding;
use sui::bcs;
use sui::hash::blake2b256;

/// The proof follows the row's tree: the symbol is leaf `column` of primary sliver `row`.
const BY_ROW: u8 = 0;
/// The proof follows the column's tree: the symbol is leaf `row` of secondary sliver `column`.
const BY_COLUMN: u8 = 1;

/// What the hash of a leaf starts with.
const LEAF: u8 = 0;
/// What the hash of an inner node starts with.
const INNER: u8 = 1;
/// Bytes of a digest.
const DIGEST_LENGTH: u64 = 32;
/// The encoding type of the blobs: Red Stuff over Reed-Solomon codes.
const ENCODING: u8 = 1;

/// The axis is neither 0 nor 1.
const EAxis: u64 = 0;
/// The row or the column is not below the number of shards.
const EOutOfRange: u64 = 1;
/// The symbol has not the size of the blob's symbols.
const ESymbolSize: u64 = 2;
/// A path has not one digest for every level of its tree.
const EPathLength: u64 = 3;
/// A digest is not 32 bytes long.
const EDigestLength: u64 = 4;
/// The proof leads to another blob id.
const EWrongBlob: u64 = 5;

/// What leads from a symbol to the id of its blob.
public struct SymbolProof has copy, drop {
    axis: u8,
    symbol_path: vector<vector<u8>>,
    twin: vector<u8>,
    pair_path: vector<vector<u8>>,
    blob_size: u64,
}

/// A proof, not checked yet. `axis` is 0 when `symbol_path` is from the tree of the symbol's row and 1 when from that of its
/// column. `twin` is the root of the other sliver of that sliver's pair, `pair_path` leads from the pair to the blob's root,
/// `blob_size` is the size of the blob before encoding, in bytes. With n shards the paths have ceil(log2 n) digests of 32
/// bytes. Aborts with `EAxis`.
public fun new(
    axis: u8,
    symbol_path: vector<vector<u8>>,
    twin: vector<u8>,
    pair_path: vector<vector<u8>>,
    blob_size: u64,
): SymbolProof {
    assert!(axis == BY_ROW || axis == BY_COLUMN, EAxis);
    SymbolProof { axis, symbol_path, twin, pair_path, blob_size }
}

/// Aborts unless the proof shows that `symbol` is the one at `row` and `column` of the blob encoded for `n` shards: with
/// `EOutOfRange`, `ESymbolSize`, `EPathLength`, `EDigestLength`, with `EWrongBlob` when the hashes lead elsewhere, and in
/// `floe::encoding` when no blob is of such a size.
public fun check(self: &SymbolProof, blob_id: u256, n: u16, row: u16, column: u16, symbol: &vector<u8>) {
    assert!(row < n && column < n, EOutOfRange);
    assert!(symbol.length() == encoding::symbol_size(self.blob_size, n, ENCODING), ESymbolSize);
    let depth = depth(n);
    let by_row = self.axis == BY_ROW;
    let sliver_root = ancestor(symbol, if (by_row) column else row, &self.symbol_path, depth);
    let (mut leaf, second, pair) = if (by_row) {
        (sliver_root, self.twin, row)
    } else {
        (self.twin, sliver_root, n - 1 - column)
    };
    assert!(self.twin.length() == DIGEST_LENGTH, EDigestLength);
    leaf.append(second);
    let root = bcs::new(ancestor(&leaf, pair, &self.pair_path, depth)).peel_u256();
    assert!(encoding::derive_blob_id(root, ENCODING, self.blob_size) == blob_id, EWrongBlob);
}

/// Levels above the leaves of a tree over `n` leaves: the smallest d with 2^d >= n.
fun depth(n: u16): u64 {
    let mut depth = 0;
    let mut rest = n - 1;
    while (rest > 0) {
        rest = rest >> 1;
        depth = depth + 1;
    };
    depth
}

/// The root of the tree in which `data` is leaf `index` and `path` are the siblings on the way up.
fun ancestor(data: &vector<u8>, index: u16, path: &vector<vector<u8>>, depth: u64): vector<u8> {
    assert!(path.length() == depth, EPathLength);
    let mut preimage = vector[LEAF];
    preimage.append(*data);
    let mut node = blake2b256(&preimage);
    let mut place = index;
    let mut level = 0;
    while (level < depth) {
        let sibling = path[level];
        assert!(sibling.length() == DIGEST_LENGTH, EDigestLength);
        let (left, right) = if (place & 1 == 0) (node, sibling) else (sibling, node);
        preimage = vector[INNER];
        preimage.append(left);
        preimage.append(right);
        node = blake2b256(&preimage);
        place = place >> 1;
        level = level + 1;
    };
    node
}
