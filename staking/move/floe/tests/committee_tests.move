/// The VM that runs these tests accepts every signature and its group arithmetic is fake: what is tested is who is counted,
/// which bitmaps, keys and messages are refused and when, not cryptography.
#[test_only]
module floe::committee_tests;

use floe::committee::{Self, Committee};
use std::unit_test::assert_eq;
use sui::bls12381::{Self, UncompressedG1};
use sui::group_ops::Element;

/// The members of `weights`, with node ids 1, 2, ...
public fun committee(epoch: u32, weights: vector<u16>): Committee {
    let mut members = vector[];
    let mut shards = 0;
    weights.length().do!(|i| {
        shards = shards + weights[i];
        members.push_back(committee::member(node(i + 1), key(), weights[i]));
    });
    committee::new(epoch, shards, members)
}

/// A node id.
public fun node(i: u64): ID {
    sui::address::from_u256(i as u256).to_id()
}

fun key(): Element<UncompressedG1> {
    bls12381::g1_to_uncompressed_g1(&bls12381::g1_generator())
}

/// Shards that the bitmap names, of a certificate of epoch 7 that needs a validity weight.
fun weight(committee: &Committee, bitmap: vector<u8>): u16 {
    committee.verify_validity(x"", bitmap, x"01000307000000").weight()
}

#[test]
fun signers_are_counted_in_shards() {
    // 118 shards: 40 are a validity weight.
    let c = committee(7, vector[10, 20, 30, 43, 1, 2, 3, 4, 5]);
    assert_eq!(c.epoch(), 7);
    assert_eq!(c.n_shards(), 118);
    assert_eq!(c.size(), 9);
    assert_eq!(weight(&c, x"ff01"), 118);
    assert_eq!(weight(&c, x"ff"), 113);
    assert_eq!(weight(&c, x"ff00"), 113);
    assert_eq!(weight(&c, x"08"), 43);
    assert_eq!(weight(&c, x"0801"), 48);
    assert_eq!(weight(&c, x"0c00"), 73);
    assert_eq!(weight(&c, x"fe"), 103);
}

#[test]
fun members_by_index_and_id() {
    let c = committee(7, vector[10, 20]);
    let (id, weight) = c.member_at(1);
    assert_eq!(id, node(2));
    assert_eq!(weight, 20);
    assert_eq!(c.index_of(node(2)), option::some(1));
    assert_eq!(c.index_of(node(3)), option::none());
}

#[test]
fun eight_members_take_one_byte() {
    let c = committee(7, vector[1, 1, 1, 1, 1, 1, 1, 1]);
    assert_eq!(weight(&c, x"ff"), 8);
    assert_eq!(weight(&c, x"e0"), 3);
}

#[test]
fun a_thousand_shards_and_150_members() {
    let mut weights = vector::tabulate!(149, |_| 6);
    weights.push_back(106);
    let c = committee(7, weights);
    let mut bitmap = vector::tabulate!(18, |_| 0xff);
    assert_eq!(weight(&c, bitmap), 864);
    bitmap.push_back(0x3f);
    assert_eq!(weight(&c, bitmap), 1000);
    assert_eq!(c.verify_quorum(x"", bitmap, x"01000307000000").weight(), 1000);
}

#[test]
fun quorum_and_validity_at_the_edge() {
    // Of 10 shards 7 are a quorum and 4 a validity weight.
    let c = committee(7, vector[4, 3, 3]);
    assert_eq!(c.verify_quorum(x"", x"03", x"01000307000000").weight(), 7);
    assert_eq!(c.verify_validity(x"", x"01", x"01000307000000").weight(), 4);
}

#[test, expected_failure(abort_code = committee::ENotEnough, location = committee)]
fun below_quorum() {
    committee(7, vector[4, 3, 3]).verify_quorum(x"", x"06", x"01000307000000");
}

#[test, expected_failure(abort_code = committee::ENotEnough, location = committee)]
fun below_validity() {
    committee(7, vector[4, 3, 3]).verify_validity(x"", x"02", x"01000307000000");
}

#[test, expected_failure(abort_code = committee::EBadBitmap, location = committee)]
fun bitmap_too_long() {
    weight(&committee(7, vector[1, 1, 1, 1, 1, 1, 1, 1]), x"ff00");
}

#[test, expected_failure(abort_code = committee::EBadBitmap, location = committee)]
fun stray_bit() {
    weight(&committee(7, vector[4, 3, 3]), x"0f");
}

#[test, expected_failure(abort_code = committee::EBadBitmap, location = committee)]
fun stray_highest_bit() {
    weight(&committee(7, vector[1, 1, 1, 1, 1, 1, 1, 1, 1]), x"ff80");
}

#[test, expected_failure(abort_code = committee::ENoSigners, location = committee)]
fun empty_bitmap() {
    weight(&committee(7, vector[4, 3, 3]), x"");
}

#[test, expected_failure(abort_code = committee::ENoSigners, location = committee)]
fun bitmap_without_bits() {
    weight(&committee(7, vector[4, 3, 3]), x"00");
}

#[test, expected_failure(abort_code = committee::ENoSigners, location = committee)]
fun nobody_certifies_in_epoch_0() {
    weight(&committee::none(4), x"");
}

#[test, expected_failure(abort_code = committee::EBadBitmap, location = committee)]
fun nobody_certifies_in_epoch_0_with_bits() {
    weight(&committee::none(4), x"01");
}

#[test, expected_failure(abort_code = floe::message::EWrongEpoch, location = floe::message)]
fun message_of_another_epoch() {
    weight(&committee(8, vector[4, 3, 3]), x"07");
}

#[test, expected_failure(abort_code = committee::EUnsorted, location = committee)]
fun member_twice() {
    committee::new(
        1,
        4,
        vector[committee::member(node(1), key(), 2), committee::member(node(1), key(), 2)],
    );
}

#[test, expected_failure(abort_code = committee::EUnsorted, location = committee)]
fun members_out_of_order() {
    committee::new(
        1,
        4,
        vector[committee::member(node(256), key(), 2), committee::member(node(255), key(), 2)],
    );
}

#[test, expected_failure(abort_code = committee::EWrongWeight, location = committee)]
fun member_without_shards() {
    committee(1, vector[4, 0]);
}

#[test, expected_failure(abort_code = committee::EWrongWeight, location = committee)]
fun shards_missing() {
    committee::new(1, 5, vector[committee::member(node(1), key(), 4)]);
}

#[test, expected_failure(abort_code = committee::EWrongWeight, location = committee)]
fun too_many_shards() {
    committee::new(1, 4, vector[committee::member(node(1), key(), 5)]);
}

#[test, expected_failure(abort_code = committee::EWrongWeight, location = committee)]
fun no_members() {
    committee::new(1, 4, vector[]);
}

#[test]
fun key_with_proof() {
    committee::proven_key(3, @0xa, *bls12381::g1_generator().bytes(), x"");
}

#[test, expected_failure(abort_code = committee::EBadKey, location = committee)]
fun identity_is_no_key() {
    committee::proven_key(3, @0xa, *bls12381::g1_identity().bytes(), x"");
}

#[test, expected_failure(abort_code = committee::EBadKey, location = committee)]
fun short_key() {
    committee::proven_key(3, @0xa, x"97", x"");
}
