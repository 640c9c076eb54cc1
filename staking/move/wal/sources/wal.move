/// The WAL coin, with the interface of the coin of the Walrus network: the same module, types and public functions, so
/// that packages compiled against this one run on the real one after relinking.
///
/// On a network that has the real coin this package is not published. Differences: nothing is minted here when the package
/// is published, and `wal::faucet` mints for anyone who asks.
module wal::wal;

use sui::coin::{Self, Coin, TreasuryCap};
use sui::dynamic_object_field as dof;

/// Decimal places: amounts are in FROST, and 10^9 FROST are one WAL.
const DECIMALS: u8 = 9;
/// The ticker.
const SYMBOL: vector<u8> = b"WAL";
/// The name that wallets show.
const NAME: vector<u8> = b"WAL Token";
/// Tells the coin apart from the real one in a wallet.
const DESCRIPTION: vector<u8> = b"WAL of a development network, worth nothing.";

/// The one-time witness and type of the coin.
public struct WAL has drop {}

/// Shared object that holds the right to mint, so that anyone can burn and nobody can take the right away.
public struct ProtectedTreasury has key {
    id: UID,
}

/// Names the dynamic object field of the treasury that is the `TreasuryCap<WAL>`.
public struct TreasuryCapKey has copy, drop, store {}

/// Makes the currency, freezes its metadata and shares the treasury.
fun init(otw: WAL, ctx: &mut TxContext) {
    let (cap, metadata) = coin::create_currency(
        otw,
        DECIMALS,
        SYMBOL,
        NAME,
        DESCRIPTION,
        option::none(),
        ctx,
    );
    transfer::public_freeze_object(metadata);
    let mut treasury = ProtectedTreasury { id: object::new(ctx) };
    dof::add(&mut treasury.id, TreasuryCapKey {}, cap);
    transfer::share_object(treasury);
}

/// The FROST in existence.
public fun total_supply(treasury: &ProtectedTreasury): u64 {
    treasury.cap().total_supply()
}

/// Destroys the coin for good; the total supply falls by its value.
public fun burn(treasury: &mut ProtectedTreasury, coin: Coin<WAL>) {
    treasury.cap_mut().burn(coin);
}

/// Makes `value` FROST, for the faucet. Aborts in `sui::balance` (code 1) when the supply would reach 2^64 - 1.
public(package) fun mint(treasury: &mut ProtectedTreasury, value: u64, ctx: &mut TxContext): Coin<WAL> {
    treasury.cap_mut().mint(value, ctx)
}

fun cap(treasury: &ProtectedTreasury): &TreasuryCap<WAL> {
    dof::borrow(&treasury.id, TreasuryCapKey {})
}

fun cap_mut(treasury: &mut ProtectedTreasury): &mut TreasuryCap<WAL> {
    dof::borrow_mut(&mut treasury.id, TreasuryCapKey {})
}

#[test_only]
/// What publishing does. The test's sender then finds the treasury among the shared objects.
public fun init_for_testing(ctx: &mut TxContext) {
    init(sui::test_utils::create_one_time_witness<WAL>(), ctx)
}
