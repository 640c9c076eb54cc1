/// Strings of 7-bit characters.
module std::ascii;

public use fun std::string::from_ascii as String.to_string;

/// A byte above 0x7F.
const EInvalidASCIICharacter: u64 = 0x10000;
/// An index outside the string.
const EInvalidIndex: u64 = 0x10001;

/// The largest 7-bit character.
const MAX_CHARACTER: u8 = 0x7F;

/// Bytes that are all at most 0x7F.
public struct String has copy, drop, store {
    bytes: vector<u8>,
}

/// One 7-bit character.
public struct Char has copy, drop, store {
    byte: u8,
}

/// The character of a byte. Aborts with `EInvalidASCIICharacter`.
public fun char(byte: u8): Char {
    assert!(is_valid_char(byte), EInvalidASCIICharacter);
    Char { byte }
}

/// The byte of a character.
public fun byte(char: Char): u8 {
    char.byte
}

/// The string of the bytes. Aborts with `EInvalidASCIICharacter`.
public fun string(bytes: vector<u8>): String {
    let string = try_string(bytes);
    assert!(string.is_some(), EInvalidASCIICharacter);
    string.destroy_some()
}

/// The string of the bytes, or none when a byte is above 0x7F.
public fun try_string(bytes: vector<u8>): Option<String> {
    if (bytes.all!(|byte| is_valid_char(*byte))) option::some(String { bytes }) else option::none()
}

/// The number of characters.
public fun length(string: &String): u64 {
    string.bytes.length()
}

/// Whether there are no characters.
public fun is_empty(string: &String): bool {
    string.bytes.is_empty()
}

/// Adds `other` at the end.
public fun append(string: &mut String, other: String) {
    string.bytes.append(other.into_bytes())
}

/// The characters from `i` up to and without `j`. Aborts with `EInvalidIndex`.
public fun substring(string: &String, i: u64, j: u64): String {
    assert!(i <= j && j <= string.length(), EInvalidIndex);
    String { bytes: vector::tabulate!(j - i, |k| string.bytes[i + k]) }
}

/// The bytes.
public fun as_bytes(string: &String): &vector<u8> {
    &string.bytes
}

/// The bytes.
public fun into_bytes(string: String): vector<u8> {
    let String { bytes } = string;
    bytes
}

/// Whether a byte is a character.
public fun is_valid_char(byte: u8): bool {
    byte <= MAX_CHARACTER
}
