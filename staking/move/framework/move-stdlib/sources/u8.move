#[defines_primitive(u8)]
/// Arithmetic helpers of `u8`.
module std::u8;

use std::string::String;

/// All bits inverted.
public fun bitwise_not(x: u8): u8 {
    x ^ max_value!()
}

/// The larger of two values.
public fun max(x: u8, y: u8): u8 {
    std::macros::num_max!(x, y)
}

/// The smaller of two values.
public fun min(x: u8, y: u8): u8 {
    std::macros::num_min!(x, y)
}

/// The distance of two values.
public fun diff(x: u8, y: u8): u8 {
    std::macros::num_diff!(x, y)
}

/// `x / y` rounded up. A zero `y` aborts in the VM.
public fun divide_and_round_up(x: u8, y: u8): u8 {
    std::macros::num_divide_and_round_up!(x, y)
}

/// `base` to the power `exponent`. Overflow aborts in the VM.
public fun pow(base: u8, exponent: u8): u8 {
    std::macros::num_pow!<u8>(base, exponent)
}

/// The square root, rounded down.
public fun sqrt(x: u8): u8 {
    std::macros::num_sqrt!<u8>(x)
}

/// The decimal digits.
public fun to_string(x: u8): String {
    std::macros::num_to_string!<u8>(x)
}

/// The largest value.
public macro fun max_value(): u8 {
    0xFF
}

/// Calls `$f` with every value from `$start` up to and without `$stop`.
public macro fun range_do<$R: drop>($start: u8, $stop: u8, $f: |u8| -> $R) {
    std::macros::range_do!($start, $stop, $f)
}

/// Calls `$f` with every value from `$start` to `$stop`, both included.
public macro fun range_do_eq<$R: drop>($start: u8, $stop: u8, $f: |u8| -> $R) {
    std::macros::range_do_eq!($start, $stop, $f)
}

/// Calls `$f` with every value from zero up to and without `$stop`.
public macro fun do<$R: drop>($stop: u8, $f: |u8| -> $R) {
    std::macros::range_do!(0, $stop, $f)
}

/// Calls `$f` with every value from zero to `$stop`, both included.
public macro fun do_eq<$R: drop>($stop: u8, $f: |u8| -> $R) {
    std::macros::range_do_eq!(0, $stop, $f)
}
