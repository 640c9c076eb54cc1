/// Amounts of a currency, as parts of objects.
module sui::balance;

public use fun sui::coin::from_balance as Balance.into_coin;

/// A balance to be destroyed holds something.
const ENonZero: u64 = 0;
/// The supply would pass its bounds.
const EOverflow: u64 = 1;
/// A balance holds less than what is taken.
const ENotEnough: u64 = 2;

/// How much of a currency there is.
public struct Supply<phantom T> has store {
    value: u64,
}

/// An amount.
public struct Balance<phantom T> has store {
    value: u64,
}

/// The amount.
public fun value<T>(self: &Balance<T>): u64 {
    self.value
}

/// The amount in existence.
public fun supply_value<T>(supply: &Supply<T>): u64 {
    supply.value
}

/// The supply of a new currency.
public fun create_supply<T: drop>(_: T): Supply<T> {
    Supply { value: 0 }
}

/// Makes an amount. Aborts with `EOverflow` when the supply would reach 2^64 - 1.
public fun increase_supply<T>(self: &mut Supply<T>, value: u64): Balance<T> {
    assert!(value < std::u64::max_value!() - self.value, EOverflow);
    self.value = self.value + value;
    Balance { value }
}

/// Destroys an amount. Aborts with `EOverflow` when it is more than the supply.
public fun decrease_supply<T>(self: &mut Supply<T>, balance: Balance<T>): u64 {
    let Balance { value } = balance;
    assert!(value <= self.value, EOverflow);
    self.value = self.value - value;
    value
}

/// Nothing.
public fun zero<T>(): Balance<T> {
    Balance { value: 0 }
}

/// Adds an amount and gives the sum.
public fun join<T>(self: &mut Balance<T>, balance: Balance<T>): u64 {
    let Balance { value } = balance;
    self.value = self.value + value;
    self.value
}

/// Takes an amount. Aborts with `ENotEnough`.
public fun split<T>(self: &mut Balance<T>, value: u64): Balance<T> {
    assert!(value <= self.value, ENotEnough);
    self.value = self.value - value;
    Balance { value }
}

/// Takes everything.
public fun withdraw_all<T>(self: &mut Balance<T>): Balance<T> {
    let all = self.value;
    self.split(all)
}

/// Ends a balance. Aborts with `ENonZero`.
public fun destroy_zero<T>(balance: Balance<T>) {
    let Balance { value } = balance;
    assert!(value == 0, ENonZero)
}

#[test_only]
/// An amount out of nothing.
public fun create_for_testing<T>(value: u64): Balance<T> {
    Balance { value }
}

#[test_only]
/// Ends a balance, whatever it holds.
public fun destroy_for_testing<T>(self: Balance<T>): u64 {
    let Balance { value } = self;
    value
}

#[test_only]
/// A supply without its currency's witness.
public fun create_supply_for_testing<T>(): Supply<T> {
    Supply { value: 0 }
}
