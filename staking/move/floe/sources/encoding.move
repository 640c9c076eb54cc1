/// Sizes and names of encoded blobs: what Red Stuff with Reed-Solomon codes (RS2, as on Walrus) makes of a blob.
///
/// With `n` shards and `f = floor((n - 1) / 3)` a blob is a matrix of `P = n - 2f` rows and `S = n - f` columns of symbols.
/// Every shard keeps one expanded row (S symbols), one expanded column (P symbols) and the metadata (64 bytes for every
/// shard, and a digest).
module floe::encoding;

use floe::bft;
use std::bcs;
use sui::hash;

/// The encoding this package knows: Red Stuff over Reed-Solomon codes.
const RS2: u8 = 1;
/// Bytes; sizes of symbols are multiples of this, for the code works on 16-bit words.
const SYMBOL_ALIGNMENT: u64 = 2;
/// Bytes; the size of a symbol is a 16-bit number.
const MAX_SYMBOL_SIZE: u64 = 65_534;
/// Bytes of a digest. The metadata holds two for each shard.
const DIGEST: u64 = 32;
/// Bytes of encoded data that are one unit of the prices: 1 MiB.
const UNIT: u64 = 1_048_576;

/// The encoding type is not the one this package knows.
const EUnknownEncoding: u64 = 0;
/// The blob is larger than the code takes with so many shards: P * S * 65,534 bytes.
const ETooLarge: u64 = 1;

/// Rows and columns of the matrix, of `n` shards.
public fun dimensions(n: u16): (u64, u64) {
    let f = bft::max_faulty(n);
    ((n - 2 * f) as u64, (n - f) as u64)
}

/// Bytes of a symbol of a blob of `size` bytes, even. Aborts with `EUnknownEncoding` and with `ETooLarge` above 65,534.
public fun symbol_size(size: u64, n: u16, encoding_type: u8): u64 {
    assert!(encoding_type == RS2, EUnknownEncoding);
    let (rows, columns) = dimensions(n);
    let stride = rows * columns * SYMBOL_ALIGNMENT;
    let symbol = (size.max(1).divide_and_round_up(stride)) * SYMBOL_ALIGNMENT;
    assert!(symbol <= MAX_SYMBOL_SIZE, ETooLarge);
    symbol
}

/// Bytes that all shards together keep of a blob of `size` bytes, metadata included: the size that storage is reserved and
/// paid for. Aborts as `symbol_size`.
public fun encoded_size(size: u64, n: u16, encoding_type: u8): u64 {
    let symbol = symbol_size(size, n, encoding_type);
    let (rows, columns) = dimensions(n);
    let n = n as u64;
    n * ((rows + columns) * symbol + 2 * DIGEST * n + DIGEST)
}

/// Units of the prices that encoded bytes take: mebibytes, rounded up.
public fun units(encoded: u64): u64 {
    encoded.divide_and_round_up(UNIT)
}

/// The id of a blob: BLAKE2b-256 of type, size (little-endian) and the 32 bytes of the root. Digests are numbers whose
/// little-endian bytes are the digest.
public fun derive_blob_id(root: u256, encoding_type: u8, size: u64): u256 {
    let mut preimage = vector[encoding_type];
    preimage.append(bcs::to_bytes(&size));
    preimage.append(bcs::to_bytes(&root));
    sui::bcs::new(hash::blake2b256(&preimage)).peel_u256()
}
