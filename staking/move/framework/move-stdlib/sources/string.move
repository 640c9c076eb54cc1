/// Strings of UTF-8 text. Lengths and indices count bytes.
module std::string;

use std::ascii;

/// The bytes are not UTF-8.
const EInvalidUTF8: u64 = 1;
/// An index is outside the string or inside a character.
const EInvalidIndex: u64 = 2;

/// Bytes that are UTF-8.
public struct String has copy, drop, store {
    bytes: vector<u8>,
}

/// The string of the bytes. Aborts with `EInvalidUTF8`.
public fun utf8(bytes: vector<u8>): String {
    assert!(internal_check_utf8(&bytes), EInvalidUTF8);
    String { bytes }
}

/// The string of the bytes, or none when they are not UTF-8.
public fun try_utf8(bytes: vector<u8>): Option<String> {
    if (internal_check_utf8(&bytes)) option::some(String { bytes }) else option::none()
}

/// The same characters.
public fun from_ascii(s: ascii::String): String {
    String { bytes: s.into_bytes() }
}

/// The same characters. Aborts in `std::ascii` when one is above 0x7F.
public fun to_ascii(s: String): ascii::String {
    s.into_bytes().to_ascii_string()
}

/// The bytes.
public fun as_bytes(s: &String): &vector<u8> {
    &s.bytes
}

/// The bytes.
public fun into_bytes(s: String): vector<u8> {
    let String { bytes } = s;
    bytes
}

/// The number of bytes.
public fun length(s: &String): u64 {
    s.bytes.length()
}

/// Whether there are no bytes.
public fun is_empty(s: &String): bool {
    s.bytes.is_empty()
}

/// Adds `r` at the end.
public fun append(s: &mut String, r: String) {
    s.bytes.append(r.into_bytes())
}

/// Adds the bytes at the end. Aborts with `EInvalidUTF8`.
public fun append_utf8(s: &mut String, bytes: vector<u8>) {
    s.append(utf8(bytes))
}

/// The bytes from `i` up to and without `j`. Aborts with `EInvalidIndex`.
public fun substring(s: &String, i: u64, j: u64): String {
    let bytes = &s.bytes;
    assert!(i <= j && j <= bytes.length(), EInvalidIndex);
    assert!(internal_is_char_boundary(bytes, i) && internal_is_char_boundary(bytes, j), EInvalidIndex);
    String { bytes: internal_sub_string(bytes, i, j) }
}

/// Where `r` first occurs, or the length when it does not.
public fun index_of(s: &String, r: &String): u64 {
    internal_index_of(&s.bytes, &r.bytes)
}

native fun internal_check_utf8(v: &vector<u8>): bool;
native fun internal_is_char_boundary(v: &vector<u8>, i: u64): bool;
native fun internal_sub_string(v: &vector<u8>, i: u64, j: u64): vector<u8>;
native fun internal_index_of(v: &vector<u8>, r: &vector<u8>): u64;
