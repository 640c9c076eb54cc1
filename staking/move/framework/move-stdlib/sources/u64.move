#[defines_primitive(u64)]
/// Arithmetic helpers of `u64`.
module std::u64;

use std::string::String;

/// All bits inverted.
public fun bitwise_not(x: u64): u64 {
    x ^ max_value!()
}

/// The larger of two values.
public fun max(x: u64, y: u64): u64 {
    std::macros::num_max!(x, y)
}

/// The smaller of two values.
public fun min(x: u64, y: u64): u64 {
    std::macros::num_min!(x, y)
}

/// The distance of two values.
public fun diff(x: u64, y: u64): u64 {
    std::macros::num_diff!(x, y)
}

/// `x / y` rounded up. A zero `y` aborts in the VM.
public fun divide_and_round_up(x: u64, y: u64): u64 {
    std::macros::num_divide_and_round_up!(x, y)
}

/// `base` to the power `exponent`. Overflow aborts in the VM.
public fun pow(base: u64, exponent: u8): u64 {
    std::macros::num_pow!<u64>(base, exponent)
}

/// The square root, rounded down.
public fun sqrt(x: u64): u64 {
    std::macros::num_sqrt!<u64>(x)
}

/// The value as `u8`, or none when it does not fit.
public fun try_as_u8(x: u64): Option<u8> {
    if (x > std::u8::max_value!() as u64) option::none() else option::some(x as u8)
}

/// The value as `u16`, or none when it does not fit.
public fun try_as_u16(x: u64): Option<u16> {
    if (x > std::u16::max_value!() as u64) option::none() else option::some(x as u16)
}

/// The value as `u32`, or none when it does not fit.
public fun try_as_u32(x: u64): Option<u32> {
    if (x > std::u32::max_value!() as u64) option::none() else option::some(x as u32)
}

/// The decimal digits.
public fun to_string(x: u64): String {
    std::macros::num_to_string!<u64>(x)
}

/// The largest value.
public macro fun max_value(): u64 {
    0xFFFF_FFFF_FFFF_FFFF
}

/// Calls `$f` with every value from `$start` up to and without `$stop`.
public macro fun range_do<$R: drop>($start: u64, $stop: u64, $f: |u64| -> $R) {
    std::macros::range_do!($start, $stop, $f)
}

/// Calls `$f` with every value from `$start` to `$stop`, both included.
public macro fun range_do_eq<$R: drop>($start: u64, $stop: u64, $f: |u64| -> $R) {
    std::macros::range_do_eq!($start, $stop, $f)
}

/// Calls `$f` with every value from zero up to and without `$stop`.
public macro fun do<$R: drop>($stop: u64, $f: |u64| -> $R) {
    std::macros::range_do!(0, $stop, $f)
}

/// Calls `$f` with every value from zero to `$stop`, both included.
public macro fun do_eq<$R: drop>($stop: u64, $f: |u64| -> $R) {
    std::macros::range_do_eq!(0, $stop, $f)
}
