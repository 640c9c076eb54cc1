/// Free coins for development networks. The real WAL has no such module: nothing that is published on a network with value
/// may depend on it, and packages of this repository call it in tests only.
module wal::faucet;

use sui::coin::Coin;
use wal::wal::{ProtectedTreasury, WAL};

/// The most FROST a call gives: a million WAL.
const MAX_AMOUNT: u64 = 1_000_000_000_000_000;

/// More than a call gives was asked for.
const ETooMuch: u64 = 0;

/// A new coin of `value` FROST. Aborts with `ETooMuch` above a million WAL, and in `sui::balance` (code 1) when the total
/// supply would reach 2^64 - 1.
public fun mint(treasury: &mut ProtectedTreasury, value: u64, ctx: &mut TxContext): Coin<WAL> {
    assert!(value <= MAX_AMOUNT, ETooMuch);
    treasury.mint(value, ctx)
}
