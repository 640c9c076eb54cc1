/// Parts of amounts, without overflow on the way.
module floe::fraction;

/// `value * part / whole`, rounded down. The result must fit u128, and `whole` must be above zero.
public(package) fun of(value: u128, part: u128, whole: u128): u128 {
    ((value as u256) * (part as u256) / (whole as u256)) as u128
}
