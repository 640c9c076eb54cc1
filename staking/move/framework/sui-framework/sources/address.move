#[defines_primitive(address)]
/// Conversions of addresses.
module sui::address;

use std::bcs;
use std::string::String;
use sui::hex;

public use fun sui::object::id_from_address as address.to_id;

/// Bytes of an address.
const LENGTH: u64 = 32;

/// The address as a big-endian number.
public native fun to_u256(a: address): u256;

/// The address whose big-endian number is `n`.
public native fun from_u256(n: u256): address;

/// The address of 32 bytes. Aborts in the VM on any other length.
public native fun from_bytes(bytes: vector<u8>): address;

/// The 32 bytes.
public fun to_bytes(a: address): vector<u8> {
    bcs::to_bytes(&a)
}

/// 64 hexadecimal digits, without 0x.
public fun to_string(a: address): String {
    hex::encode(to_bytes(a)).to_string()
}

/// Bytes of an address.
public fun length(): u64 {
    LENGTH
}
