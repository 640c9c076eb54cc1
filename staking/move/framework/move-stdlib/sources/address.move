/// Facts about addresses.
module std::address;

/// Bytes of an address.
const LENGTH: u64 = 32;

/// Bytes of an address.
public fun length(): u64 {
    LENGTH
}
