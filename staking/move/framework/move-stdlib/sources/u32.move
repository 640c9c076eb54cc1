#[defines_primitive(u32)]
/// Arithmetic helpers of `u32`.
module std::u32;

use std::string::String;

/// All bits inverted.
public fun bitwise_not(x: u32): u32 {
    x ^ max_value!()
}

/// The larger of two values.
public fun max(x: u32, y: u32): u32 {
    std::macros::num_max!(x, y)
}

/// The smaller of two values.
public fun min(x: u32, y: u32): u32 {
    std::macros::num_min!(x, y)
}

/// The distance of two values.
public fun diff(x: u32, y: u32): u32 {
    std::macros::num_diff!(x, y)
}

/// `x / y` rounded up. A zero `y` aborts in the VM.
public fun divide_and_round_up(x: u32, y: u32): u32 {
    std::macros::num_divide_and_round_up!(x, y)
}

/// `base` to the power `exponent`. Overflow aborts in the VM.
public fun pow(base: u32, exponent: u8): u32 {
    std::macros::num_pow!<u32>(base, exponent)
}

/// The square root, rounded down.
public fun sqrt(x: u32): u32 {
    std::macros::num_sqrt!<u32>(x)
}

/// The value as `u8`, or none when it does not fit.
public fun try_as_u8(x: u32): Option<u8> {
    if (x > std::u8::max_value!() as u32) option::none() else option::some(x as u8)
}

/// The value as `u16`, or none when it does not fit.
public fun try_as_u16(x: u32): Option<u16> {
    if (x > std::u16::max_value!() as u32) option::none() else option::some(x as u16)
}

/// The decimal digits.
public fun to_string(x: u32): String {
    std::macros::num_to_string!<u32>(x)
}

/// The largest value.
public macro fun max_value(): u32 {
    0xFFFF_FFFF
}

/// Calls `$f` with every value from `$start` up to and without `$stop`.
public macro fun range_do<$R: drop>($start: u32, $stop: u32, $f: |u32| -> $R) {
    std::macros::range_do!($start, $stop, $f)
}

/// Calls `$f` with every value from `$start` to `$stop`, both included.
public macro fun range_do_eq<$R: drop>($start: u32, $stop: u32, $f: |u32| -> $R) {
    std::macros::range_do_eq!($start, $stop, $f)
}

/// Calls `$f` with every value from zero up to and without `$stop`.
public macro fun do<$R: drop>($stop: u32, $f: |u32| -> $R) {
    std::macros::range_do!(0, $stop, $f)
}

/// Calls `$f` with every value from zero to `$stop`, both included.
public macro fun do_eq<$R: drop>($stop: u32, $f: |u32| -> $R) {
    std::macros::range_do_eq!(0, $stop, $f)
}
