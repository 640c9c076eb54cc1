/// Hexadecimal text.
module sui::hex;

/// The text has an odd number of digits.
const EInvalidHexLength: u64 = 0;
/// A character is not a hexadecimal digit.
const ENotValidHexCharacter: u64 = 1;

/// Digits as encoded.
const DIGITS: vector<u8> = b"0123456789abcdef";

/// Two lower-case digits for each byte.
public fun encode(bytes: vector<u8>): vector<u8> {
    let digits = DIGITS;
    let mut text = vector[];
    bytes.do_ref!(|byte| {
        text.push_back(digits[(*byte >> 4) as u64]);
        text.push_back(digits[(*byte & 15) as u64]);
    });
    text
}

/// The bytes of the digits, of either case. Aborts with `EInvalidHexLength`, `ENotValidHexCharacter`.
public fun decode(hex: vector<u8>): vector<u8> {
    assert!(hex.length() % 2 == 0, EInvalidHexLength);
    vector::tabulate!(hex.length() / 2, |i| value(hex[2 * i]) << 4 | value(hex[2 * i + 1]))
}

fun value(digit: u8): u8 {
    // Setting bit 5 makes letters lower case and leaves digits alone; below 0x30 it could only add what is no digit.
    let digits = DIGITS;
    let (found, value) = digits.index_of(&(digit | 32));
    assert!(found && digit >= 48, ENotValidHexCharacter);
    value as u8
}
