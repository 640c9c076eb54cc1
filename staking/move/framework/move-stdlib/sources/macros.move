/// Bodies shared by the integer modules, and the loops behind their `do!` macros.
module std::macros;

use std::string::String;

/// ASCII code of the digit 0.
const ZERO_DIGIT: u8 = 48;

/// The larger of two values.
public macro fun num_max<$T>($x: $T, $y: $T): $T {
    let x = $x;
    let y = $y;
    if (x < y) y else x
}

/// The smaller of two values.
public macro fun num_min<$T>($x: $T, $y: $T): $T {
    let x = $x;
    let y = $y;
    if (y < x) y else x
}

/// The distance of two values.
public macro fun num_diff<$T>($x: $T, $y: $T): $T {
    let x = $x;
    let y = $y;
    if (x < y) y - x else x - y
}

/// The quotient, rounded up. Aborts in the VM when `$y` is zero.
public macro fun num_divide_and_round_up<$T>($x: $T, $y: $T): $T {
    let x = $x;
    let y = $y;
    let quotient = x / y;
    if (quotient * y < x) quotient + 1 else quotient
}

/// `$base` to the power `$exponent`. Overflow aborts in the VM; no square is taken that the result does not need.
public macro fun num_pow<$T>($base: $T, $exponent: u8): $T {
    let mut base = $base;
    let mut exponent = $exponent;
    let mut result: $T = 1;
    while (exponent > 1) {
        if (exponent & 1 == 1) result = result * base;
        base = base * base;
        exponent = exponent >> 1;
    };
    if (exponent == 1) result * base else result
}

/// The integer square root, rounded down, by Newton's iteration from above.
public macro fun num_sqrt<$T>($x: $T): $T {
    let x = $x as u256;
    let mut root = x;
    let mut next = (x + 1) / 2;
    while (next < root) {
        root = next;
        next = (root + x / root) / 2;
    };
    root as $T
}

/// The decimal digits.
public macro fun num_to_string<$T>($x: $T): String {
    let mut x = $x;
    let mut digits = vector[];
    loop {
        digits.push_back(decimal_digit((x % 10) as u8));
        x = x / 10;
        if (x == 0) break
    };
    digits.reverse();
    digits.to_string()
}

/// The ASCII code of a digit below ten.
public(package) fun decimal_digit(digit: u8): u8 {
    ZERO_DIGIT + digit
}

/// Calls `$f` with every value from `$start` up to and without `$stop`.
public macro fun range_do<$T, $R: drop>($start: $T, $stop: $T, $f: |$T| -> $R) {
    let mut next = $start;
    let stop = $stop;
    while (next < stop) {
        $f(next);
        next = next + 1;
    }
}

/// Calls `$f` with every value from `$start` to `$stop`, both included.
public macro fun range_do_eq<$T, $R: drop>($start: $T, $stop: $T, $f: |$T| -> $R) {
    let mut next = $start;
    let stop = $stop;
    // The last call is apart, so that stop may be the type's maximum.
    while (next < stop) {
        $f(next);
        next = next + 1;
    };
    if (next == stop) { $f(next); }
}
