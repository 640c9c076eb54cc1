/// The symbols of the fixture's blobs and their proofs.
#[test_only]
module floe_reads::samples;

use floe_reads::fixture;
use floe_reads::symbol_proof::{Self, SymbolProof};
use std::bcs;
use sui::hash::blake2b256;

/// Bytes of a digest.
const DIGEST: u64 = 32;

/// The number of a symbol.
public fun at(row: u16, column: u16): u32 {
    (row as u32) | ((column as u32) << 16)
}

/// The symbols of a row from one column up to and without another.
public fun row(row: u16, from: u16, to: u16): vector<u32> {
    vector::tabulate!((to - from) as u64, |i| at(row, from + (i as u16)))
}

/// A symbol of the blob of seven shards.
public fun seven(row: u16, column: u16): vector<u8> {
    slice(&fixture::seven_symbols(), ((row * 7 + column) as u64) * 8, 8)
}

/// Its proof.
public fun seven_proof(axis: u8, row: u16, column: u16): SymbolProof {
    let (_, size, _) = fixture::seven();
    let proofs = if (axis == 0) fixture::seven_by_row() else fixture::seven_by_column();
    proof(&proofs, (row * 7 + column) as u64, 3, axis, size)
}

/// Proof number `index` of a blob whose trees have `depth` levels.
public fun proof(proofs: &vector<u8>, index: u64, depth: u64, axis: u8, size: u64): SymbolProof {
    let (path, twin, pair_path) = parts(proofs, index, depth);
    symbol_proof::new(axis, path, twin, pair_path, size)
}

/// What proof number `index` is made of.
public fun parts(proofs: &vector<u8>, index: u64, depth: u64): (vector<vector<u8>>, vector<u8>, vector<vector<u8>>) {
    let first = index * (2 * depth + 1);
    (
        vector::tabulate!(depth, |i| slice(proofs, (first + i) * DIGEST, DIGEST)),
        slice(proofs, (first + depth) * DIGEST, DIGEST),
        vector::tabulate!(depth, |i| slice(proofs, (first + depth + 1 + i) * DIGEST, DIGEST)),
    )
}

/// So many zero bytes.
public fun zeros(count: u64): vector<u8> {
    vector::tabulate!(count, |_| 0)
}

/// The commitment to a symbol.
public fun commitment(symbol: vector<u8>, payout: address, nonce: vector<u8>): vector<u8> {
    let mut preimage = symbol;
    preimage.append(bcs::to_bytes(&payout));
    preimage.append(nonce);
    blake2b256(&preimage)
}

fun slice(bytes: &vector<u8>, start: u64, length: u64): vector<u8> {
    vector::tabulate!(length, |i| bytes[start + i])
}
