#[test_only]
module framework_tests::data_tests;

use std::unit_test::assert_eq;
use sui::address;
use sui::bcs;
use sui::group_ops;
use sui::bls12381;
use sui::hash;
use sui::hex;
use sui::vec_map;
use sui::vec_set;

public struct Sample has copy, drop {
    a: u8,
    b: vector<u16>,
    c: Option<u256>,
    d: address,
    e: vector<vector<u8>>,
    f: bool,
    g: u128,
}

#[test]
fun hexadecimal() {
    assert_eq!(hex::encode(x"00ff1aA0"), b"00ff1aa0");
    assert_eq!(hex::decode(b"00fF1aA0"), x"00ff1aa0");
    assert_eq!(@0xFF.to_string().length(), 64);
}

#[test, expected_failure(abort_code = 0, location = sui::hex)]
fun hexadecimal_has_pairs() {
    hex::decode(b"0");
}

#[test, expected_failure(abort_code = 1, location = sui::hex)]
fun hexadecimal_has_no_g() {
    hex::decode(b"0g");
}

#[test, expected_failure(abort_code = 1, location = sui::hex)]
fun control_characters_are_no_digits() {
    // With bit 5 set, 0x10 would be the digit 0.
    hex::decode(b"\x10\x10");
}

#[test]
fun addresses() {
    assert_eq!(address::from_u256(258), @0x102);
    assert_eq!(@0x102.to_u256(), 258);
    assert_eq!(address::from_bytes(@0x102.to_bytes()), @0x102);
    assert_eq!(@0x102.to_id().to_address(), @0x102);
}

#[test]
fun serialisation_is_read_back() {
    let sample = Sample {
        a: 1,
        b: vector[2, 0x0304],
        c: option::some(1 << 200),
        d: @0x5,
        e: vector[x"06", x""],
        f: true,
        g: 7,
    };
    let mut reader = bcs::new(bcs::to_bytes(&sample));
    assert_eq!(reader.peel_u8(), 1);
    assert_eq!(reader.peel_vec_u16(), vector[2, 0x0304]);
    assert!(reader.peel_bool());
    assert_eq!(reader.peel_u256(), 1 << 200);
    assert_eq!(reader.peel_address(), @0x5);
    assert_eq!(reader.peel_vec_vec_u8(), vector[x"06", x""]);
    assert!(reader.peel_bool());
    assert_eq!(reader.peel_u128(), 7);
    assert_eq!(reader.into_remainder_bytes(), x"");
}

#[test]
fun lengths_have_seven_bits_a_byte() {
    let mut reader = bcs::new(x"80018080808008" );
    assert_eq!(reader.peel_vec_length(), 128);
    assert_eq!(reader.peel_vec_length(), 1 << 31);
}

#[test, expected_failure(abort_code = 2, location = sui::bcs)]
fun lengths_end() {
    bcs::new(x"808080808001").peel_vec_length();
}

#[test, expected_failure(abort_code = 0, location = sui::bcs)]
fun serialisation_ends() {
    bcs::new(x"01020304050607").peel_u64();
}

#[test, expected_failure(abort_code = 1, location = sui::bcs)]
fun booleans_are_zero_or_one() {
    bcs::new(x"02").peel_bool();
}

#[test]
fun maps() {
    let mut map = vec_map::from_keys_values(vector[3u8, 1, 2], vector[30u64, 10, 20]);
    assert_eq!(map.keys(), vector[3, 1, 2]);
    assert_eq!(map[&1], 10);
    *&mut map[&1] = 11;
    assert_eq!(map.try_get(&1), option::some(11));
    assert_eq!(map.try_get(&9), option::none());
    let (k, v) = map.remove(&3);
    assert!(k == 3 && v == 30);
    assert_eq!(map.get_idx(&2), 1);
    let (k, v) = map.get_entry_by_idx(0);
    assert!(*k == 1 && *v == 11);
    let (k, v) = map.pop();
    assert!(k == 2 && v == 20);
    map.insert(4, 40);
    let (keys, values) = map.into_keys_values();
    assert_eq!(keys, vector[1, 4]);
    assert_eq!(values, vector[11, 40]);
}

#[test, expected_failure(abort_code = 0, location = sui::vec_map)]
fun map_keys_are_unique() {
    vec_map::from_keys_values(vector[1u8, 1], vector[1u8, 2]);
}

#[test, expected_failure(abort_code = 1, location = sui::vec_map)]
fun map_without_key() {
    vec_map::empty<u8, u8>().get(&1);
}

#[test]
fun sets() {
    let mut set = vec_set::from_keys(vector[3u8, 1, 2]);
    set.remove(&1);
    set.insert(7);
    assert!(set.contains(&7) && !set.contains(&1));
    assert_eq!(*set.keys(), vector[3, 2, 7]);
    assert_eq!(set.into_keys(), vector[3, 2, 7]);
}

#[test, expected_failure(abort_code = 0, location = sui::vec_set)]
fun set_keys_are_unique() {
    vec_set::singleton(1u8).insert(1);
}

#[test, expected_failure(abort_code = 1, location = sui::vec_set)]
fun set_without_key() {
    vec_set::empty<u8>().remove(&1);
}

#[test]
fun hashes() {
    assert_eq!(
        hash::blake2b256(&b""),
        x"0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
    );
    assert_eq!(
        std::hash::sha2_256(b"abc"),
        x"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    assert_eq!(
        hash::keccak256(&b""),
        x"c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    );
}

// The VM of the unit tests does not compute in groups; what is checked is which bytes reach it.
#[test]
fun group_elements_keep_their_bytes() {
    assert_eq!(group_ops::bytes(&bls12381::g1_generator()).length(), 48);
    assert_eq!(group_ops::bytes(&bls12381::g2_generator()).length(), 96);
    assert_eq!(
        *group_ops::bytes(&bls12381::scalar_from_u64(258)),
        x"0000000000000000000000000000000000000000000000000000000000000102",
    );
    assert!(group_ops::equal(&bls12381::scalar_zero(), &bls12381::scalar_from_u64(0)));
    assert!(!group_ops::equal(&bls12381::scalar_zero(), &bls12381::scalar_one()));
}
