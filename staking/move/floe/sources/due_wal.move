/// What a pool still has to pay to somebody who left it.
module floe::due_wal;

/// The pool still owes something on it.
const ENotPaid: u64 = 0;

/// A pool whose cash went into its debts pays a leaver's gains later, when cash arrives, before any debt. It bears no interest.
public struct DueWal has key, store {
    id: UID,
    /// The node whose pool pays.
    node_id: ID,
    /// FROST still to come.
    amount: u64,
}

public(package) fun new(node_id: ID, amount: u64, ctx: &mut TxContext): DueWal {
    DueWal { id: object::new(ctx), node_id, amount }
}

/// Part of it was paid.
public(package) fun reduce(self: &mut DueWal, paid: u64) {
    self.amount = self.amount - paid;
}

/// Removes one that is paid in full. Aborts with `ENotPaid` otherwise.
public fun destroy_paid(self: DueWal) {
    let DueWal { id, node_id: _, amount } = self;
    assert!(amount == 0, ENotPaid);
    id.delete();
}

public fun node_id(self: &DueWal): ID { self.node_id }

/// FROST still to come.
public fun amount(self: &DueWal): u64 { self.amount }
