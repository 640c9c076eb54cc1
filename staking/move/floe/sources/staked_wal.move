/// Stake in the hands of its owner.
module floe::staked_wal;

use sui::balance::Balance;
use wal::wal::WAL;

/// One side would hold less than `MIN_STAKE`.
const ETooLittle: u64 = 0;
/// The two are not of the same pool, activation epoch, leave epoch and own-capital flag.
const EDifferent: u64 = 1;

/// Least principal of a stake, FROST (1 WAL): no rounding of a FROST is worth the gas of its transaction.
const MIN_STAKE: u64 = 1_000_000_000;

/// WAL staked with a node. It holds the principal, which never changes between staking and redeeming (what the stake lost or
/// gained is the pool's business), so that it is also the initial principal that the floor is a part of.
public struct StakedWal has key, store {
    id: UID,
    /// The node whose pool it is in.
    node_id: ID,
    principal: Balance<WAL>,
    /// First epoch in which it counts.
    activation_epoch: u32,
    /// The epoch at whose start it leaves, once its owner asked.
    leave_epoch: Option<u32>,
    /// Whether it is the node's own capital, which leaves one epoch later than others.
    own: bool,
}

/// Aborts with `ETooLittle` for less than 1 WAL.
public(package) fun new(
    node_id: ID,
    principal: Balance<WAL>,
    activation_epoch: u32,
    own: bool,
    ctx: &mut TxContext,
): StakedWal {
    assert!(principal.value() >= MIN_STAKE, ETooLittle);
    StakedWal { id: object::new(ctx), node_id, principal, activation_epoch, leave_epoch: option::none(), own }
}

/// Takes `amount` FROST of the principal into a stake of its own. Aborts with `ETooLittle` unless both keep at least 1 WAL.
public fun split(self: &mut StakedWal, amount: u64, ctx: &mut TxContext): StakedWal {
    let principal = self.principal.value();
    assert!(amount <= principal && principal - amount >= MIN_STAKE, ETooLittle);
    let mut part = new(self.node_id, self.principal.split(amount), self.activation_epoch, self.own, ctx);
    part.leave_epoch = self.leave_epoch;
    part
}

/// Adds `other` to `self`. Aborts with `EDifferent` unless they agree in all but the principal.
public fun join(self: &mut StakedWal, other: StakedWal) {
    let StakedWal { id, node_id, principal, activation_epoch, leave_epoch, own } = other;
    assert!(
        node_id == self.node_id && activation_epoch == self.activation_epoch && leave_epoch == self.leave_epoch
            && own == self.own,
        EDifferent,
    );
    self.principal.join(principal);
    id.delete();
}

public(package) fun set_leave_epoch(self: &mut StakedWal, epoch: u32) {
    self.leave_epoch = option::some(epoch);
}

public(package) fun into_principal(self: StakedWal): Balance<WAL> {
    let StakedWal { id, node_id: _, principal, activation_epoch: _, leave_epoch: _, own: _ } = self;
    id.delete();
    principal
}

public fun node_id(self: &StakedWal): ID { self.node_id }

/// FROST staked.
public fun principal(self: &StakedWal): u64 { self.principal.value() }

public fun activation_epoch(self: &StakedWal): u32 { self.activation_epoch }

/// The epoch at whose start it leaves the pool (or later, while the node cannot do without), if its owner asked.
public fun leave_epoch(self: &StakedWal): Option<u32> { self.leave_epoch }

public fun own(self: &StakedWal): bool { self.own }
