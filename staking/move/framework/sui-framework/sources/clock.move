/// Time.
module sui::clock;

/// Only Sui itself may.
const ENotSystemAddress: u64 = 0;

#[test_only]
/// Time does not go back.
const EBackwards: u64 = 1;

/// The one clock of the chain, at 0x6, which transactions only read.
public struct Clock has key {
    id: UID,
    timestamp_ms: u64,
}

/// Milliseconds since 1970, as of the consensus commit.
public fun timestamp_ms(clock: &Clock): u64 {
    clock.timestamp_ms
}

#[allow(unused_function)]
/// Makes the clock, at genesis. Aborts with `ENotSystemAddress`.
fun create(ctx: &TxContext) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    transfer::share_object(Clock { id: object::clock(), timestamp_ms: 0 })
}

#[allow(unused_function)]
/// Sets the clock, before the transactions of a consensus commit. Aborts with `ENotSystemAddress`.
fun consensus_commit_prologue(clock: &mut Clock, timestamp_ms: u64, ctx: &TxContext) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    clock.timestamp_ms = timestamp_ms
}

#[test_only]
/// A clock at zero.
public fun create_for_testing(ctx: &mut TxContext): Clock {
    Clock { id: object::new(ctx), timestamp_ms: 0 }
}

#[test_only]
/// Makes the clock usable by all.
public fun share_for_testing(clock: Clock) {
    transfer::share_object(clock)
}

#[test_only]
/// Moves the clock by milliseconds.
public fun increment_for_testing(clock: &mut Clock, tick: u64) {
    clock.timestamp_ms = clock.timestamp_ms + tick
}

#[test_only]
/// Sets the clock, never back.
public fun set_for_testing(clock: &mut Clock, timestamp_ms: u64) {
    assert!(timestamp_ms >= clock.timestamp_ms, EBackwards);
    clock.timestamp_ms = timestamp_ms
}

#[test_only]
/// Ends the clock.
public fun destroy_for_testing(clock: Clock) {
    let Clock { id, timestamp_ms: _ } = clock;
    id.delete()
}
