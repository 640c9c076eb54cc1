/// The VM that runs these tests accepts every signature and its group arithmetic is fake: what is tested is who is counted,
/// which bitmaps are refused and which messages are read, not cryptography.
#[test_only]
module floe::committee_tests;

use floe::committee::{Self, Committee};
use std::unit_test::assert_eq;
use sui::bls12381;

/// The members of `weights`, with node ids 1, 2, ...
public fun committee(epoch: u32, weights: vector<u16>): Committee {
    let key = bls12381::g1_to_uncompressed_g1(&bls12381::g1_generator());
    let mut members = vector[];
    let mut shards = 0;
    weights.length().do!(|i| {
        shards = shards + weights[i];
        members.push_back(committee::member(node(i + 1), key, weights[i]));
    });
    committee::new(epoch, shards, members)
}

public fun node(i: u64): ID {
    sui::address::from_u256(i as u256).to_id()
}

/// Message of intent 1 of the epoch, with an empty body.
fun message(epoch: u8): vector<u8> {
    vector[1, 0, 3, epoch, 0, 0, 0]
}

fun weight(committee: &Committee, bitmap: vector<u8>): u16 {
    committee.verify_validity(x"", bitmap, message(7)).weight()
}

#[test]
fun signers_are_counted_in_shards() {
    let c = committee(7, vector[10, 20, 30, 40, 1, 2, 3, 4, 5]);
    assert_eq!(c.n_shards(), 115);
    assert_eq!(weight(&c, x"ff01"), 115);
    assert_eq!(weight(&c, x"ff"), 110);
    assert_eq!(weight(&c, x"08"), 40);
    assert_eq!(weight(&c, x"0801"), 45);
    assert_eq!(weight(&c, x"0c00"), 70);
}
