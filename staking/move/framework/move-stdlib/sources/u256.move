#[defines_primitive(u256)]
/// Arithmetic helpers of `u256`.
module std::u256;

use std::string::String;

/// All bits inverted.
public fun bitwise_not(x: u256): u256 {
    x ^ max_value!()
}

/// The larger of two values.
public fun max(x: u256, y: u256): u256 {
    std::macros::num_max!(x, y)
}

/// The smaller of two values.
public fun min(x: u256, y: u256): u256 {
    std::macros::num_min!(x, y)
}

/// The distance of two values.
public fun diff(x: u256, y: u256): u256 {
    std::macros::num_diff!(x, y)
}

/// `x / y` rounded up. A zero `y` aborts in the VM.
public fun divide_and_round_up(x: u256, y: u256): u256 {
    std::macros::num_divide_and_round_up!(x, y)
}

/// `base` to the power `exponent`. Overflow aborts in the VM.
public fun pow(base: u256, exponent: u8): u256 {
    std::macros::num_pow!<u256>(base, exponent)
}

/// The value as `u8`, or none when it does not fit.
public fun try_as_u8(x: u256): Option<u8> {
    if (x > std::u8::max_value!() as u256) option::none() else option::some(x as u8)
}

/// The value as `u16`, or none when it does not fit.
public fun try_as_u16(x: u256): Option<u16> {
    if (x > std::u16::max_value!() as u256) option::none() else option::some(x as u16)
}

/// The value as `u32`, or none when it does not fit.
public fun try_as_u32(x: u256): Option<u32> {
    if (x > std::u32::max_value!() as u256) option::none() else option::some(x as u32)
}

/// The value as `u64`, or none when it does not fit.
public fun try_as_u64(x: u256): Option<u64> {
    if (x > std::u64::max_value!() as u256) option::none() else option::some(x as u64)
}

/// The value as `u128`, or none when it does not fit.
public fun try_as_u128(x: u256): Option<u128> {
    if (x > std::u128::max_value!() as u256) option::none() else option::some(x as u128)
}

/// The decimal digits.
public fun to_string(x: u256): String {
    std::macros::num_to_string!<u256>(x)
}

/// The largest value.
public macro fun max_value(): u256 {
    0xFFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF_FFFF
}

/// Calls `$f` with every value from `$start` up to and without `$stop`.
public macro fun range_do<$R: drop>($start: u256, $stop: u256, $f: |u256| -> $R) {
    std::macros::range_do!($start, $stop, $f)
}

/// Calls `$f` with every value from `$start` to `$stop`, both included.
public macro fun range_do_eq<$R: drop>($start: u256, $stop: u256, $f: |u256| -> $R) {
    std::macros::range_do_eq!($start, $stop, $f)
}

/// Calls `$f` with every value from zero up to and without `$stop`.
public macro fun do<$R: drop>($stop: u256, $f: |u256| -> $R) {
    std::macros::range_do!(0, $stop, $f)
}

/// Calls `$f` with every value from zero to `$stop`, both included.
public macro fun do_eq<$R: drop>($stop: u256, $f: |u256| -> $R) {
    std::macros::range_do_eq!(0, $stop, $f)
}
