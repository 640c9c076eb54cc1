/// Reading values back from Binary Canonical Serialization.
module sui::bcs;

use std::bcs;
use sui::address;

/// The bytes end too early, or a number is too large for its type.
const EOutOfRange: u64 = 0;
/// A byte is neither 0 nor 1.
const ENotBool: u64 = 1;
/// A length takes more than five bytes.
const ELenOutOfRange: u64 = 2;

/// Bytes still to read, last first, so that reading is taking from the end.
public struct BCS has copy, drop, store {
    bytes: vector<u8>,
}

/// The bytes of a value.
public fun to_bytes<T>(value: &T): vector<u8> {
    bcs::to_bytes(value)
}

/// A reader of the bytes.
public fun new(mut bytes: vector<u8>): BCS {
    bytes.reverse();
    BCS { bytes }
}

/// What is left.
public fun into_remainder_bytes(bcs: BCS): vector<u8> {
    let BCS { mut bytes } = bcs;
    bytes.reverse();
    bytes
}

/// Reads an address. Aborts with `EOutOfRange`.
public fun peel_address(bcs: &mut BCS): address {
    assert!(bcs.bytes.length() >= address::length(), EOutOfRange);
    address::from_bytes(vector::tabulate!(address::length(), |_| bcs.bytes.pop_back()))
}

/// Reads a boolean. Aborts with `EOutOfRange`, `ENotBool`.
public fun peel_bool(bcs: &mut BCS): bool {
    let value = bcs.peel_u8();
    assert!(value <= 1, ENotBool);
    value == 1
}

/// Reads a number. Aborts with `EOutOfRange`.
public fun peel_u8(bcs: &mut BCS): u8 {
    bcs.peel_number(1) as u8
}

/// Reads a number. Aborts with `EOutOfRange`.
public fun peel_u16(bcs: &mut BCS): u16 {
    bcs.peel_number(2) as u16
}

/// Reads a number. Aborts with `EOutOfRange`.
public fun peel_u32(bcs: &mut BCS): u32 {
    bcs.peel_number(4) as u32
}

/// Reads a number. Aborts with `EOutOfRange`.
public fun peel_u64(bcs: &mut BCS): u64 {
    bcs.peel_number(8) as u64
}

/// Reads a number. Aborts with `EOutOfRange`.
public fun peel_u128(bcs: &mut BCS): u128 {
    bcs.peel_number(16) as u128
}

/// Reads a number. Aborts with `EOutOfRange`.
public fun peel_u256(bcs: &mut BCS): u256 {
    bcs.peel_number(32)
}

fun peel_number(bcs: &mut BCS, length: u8): u256 {
    assert!(bcs.bytes.length() >= length as u64, EOutOfRange);
    let mut value = 0u256;
    length.do!(|i| value = value | (bcs.bytes.pop_back() as u256) << (8 * i));
    value
}

/// Reads the length of a vector, at most five bytes of seven bits. Aborts with `ELenOutOfRange`.
public fun peel_vec_length(bcs: &mut BCS): u64 {
    let mut length = 0u64;
    let mut shift = 0;
    loop {
        assert!(shift <= 28, ELenOutOfRange);
        let byte = bcs.bytes.pop_back() as u64;
        length = length | (byte & 0x7F) << shift;
        if (byte & 0x80 == 0) return length;
        shift = shift + 7;
    }
}

/// Reads the number of an enum's variant. Aborts with `EOutOfRange`, `ELenOutOfRange`.
public fun peel_enum_tag(bcs: &mut BCS): u32 {
    let tag = bcs.peel_vec_length();
    assert!(tag <= std::u32::max_value!() as u64, EOutOfRange);
    tag as u32
}

/// Reads a vector whose elements `$peel` reads.
public macro fun peel_vec<$T>($bcs: &mut BCS, $peel: |&mut BCS| -> $T): vector<$T> {
    let bcs = $bcs;
    vector::tabulate!(bcs.peel_vec_length(), |_| $peel(bcs))
}

/// Reads a vector of bytes.
public fun peel_vec_u8(bcs: &mut BCS): vector<u8> {
    bcs.peel_vec!(|bcs| bcs.peel_u8())
}

/// Reads a vector of vectors of bytes.
public fun peel_vec_vec_u8(bcs: &mut BCS): vector<vector<u8>> {
    bcs.peel_vec!(|bcs| bcs.peel_vec_u8())
}

/// Reads a vector of addresses.
public fun peel_vec_address(bcs: &mut BCS): vector<address> {
    bcs.peel_vec!(|bcs| bcs.peel_address())
}

/// Reads a vector of booleans.
public fun peel_vec_bool(bcs: &mut BCS): vector<bool> {
    bcs.peel_vec!(|bcs| bcs.peel_bool())
}

/// Reads a vector of numbers.
public fun peel_vec_u16(bcs: &mut BCS): vector<u16> {
    bcs.peel_vec!(|bcs| bcs.peel_u16())
}

/// Reads a vector of numbers.
public fun peel_vec_u32(bcs: &mut BCS): vector<u32> {
    bcs.peel_vec!(|bcs| bcs.peel_u32())
}

/// Reads a vector of numbers.
public fun peel_vec_u64(bcs: &mut BCS): vector<u64> {
    bcs.peel_vec!(|bcs| bcs.peel_u64())
}

/// Reads a vector of numbers.
public fun peel_vec_u128(bcs: &mut BCS): vector<u128> {
    bcs.peel_vec!(|bcs| bcs.peel_u128())
}
