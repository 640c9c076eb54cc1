/// How a network begins: publishing gives its publisher the right to start it, once.
module floe::genesis;

use floe::epochs;
use floe::ledger;
use floe::node_info;
use floe::params::{Economics, Penalties, Timing};
use floe::staking;
use floe::system;
use floe::upgrade::{Self, EmergencyUpgradeCap};
use std::type_name;
use sui::event;
use sui::package::UpgradeCap;

/// The capability is for another package.
const EOtherPackage: u64 = 0;

/// The right to start the network.
public struct GenesisCap has key, store {
    id: UID,
}

/// A network exists.
public struct NetworkStarted has copy, drop {
    system: ID,
    ledger: ID,
    staking: ID,
    n_shards: u16,
    first_start_ms: u64,
}

fun init(ctx: &mut TxContext) {
    transfer::transfer(GenesisCap { id: object::new(ctx) }, ctx.sender())
}

/// Starts the network: shares `System`, `Ledger`, `Staking` and `UpgradeManager`. Its first epoch begins at `first_start_ms` (ms) or
/// when there are enough nodes with stake. Prices in FROST per MiB (storage: and epoch), the size of a shard in bytes, as in
/// `staking::set_votes`; the horizon in epochs; the write factor in bp. Aborts with `EOtherPackage`, in `node_info` when prices or
/// size are out of bounds, and in `system` when another parameter is.
public fun start(
    cap: GenesisCap,
    upgrade_cap: UpgradeCap,
    n_shards: u16,
    first_start_ms: u64,
    timing: Timing,
    economics: Economics,
    penalties: Penalties,
    storage_price: u64,
    write_price: u64,
    shard_size: u64,
    horizon: u32,
    write_factor_bp: u64,
    ctx: &mut TxContext,
): EmergencyUpgradeCap {
    let package = type_name::with_original_ids<GenesisCap>().address_string().into_bytes();
    assert!(upgrade_cap.upgrade_package().to_address().to_string().into_bytes() == package, EOtherPackage);
    let GenesisCap { id } = cap;
    id.delete();
    node_info::votes_for(storage_price, write_price, shard_size);
    let capacity = shard_size * (n_shards as u64);
    let system = system::create(
        n_shards,
        horizon,
        write_factor_bp,
        storage_price,
        write_price,
        capacity,
        ctx,
    );
    let ledger = ledger::create(ctx);
    let epochs = epochs::new(
        n_shards,
        timing,
        economics,
        penalties,
        shard_size,
        first_start_ms,
        ctx,
    );
    let staking = staking::create(system, epochs, ctx);
    event::emit(NetworkStarted { system, ledger, staking, n_shards, first_start_ms });
    upgrade::create(upgrade_cap, ctx)
}

#[test_only]
/// What publishing does.
public fun init_for_testing(ctx: &mut TxContext) { init(ctx) }
