/// Payouts to be made later, in the order in which they were asked for, one dynamic field each.
module floe_reads::payout_queue;

use sui::table::{Self, Table};

/// Symbols for which a helper asks to be paid.
public struct Payout has drop, store {
    payout: address,
    symbols: vector<u32>,
}

/// Payouts number `first` to `end - 1`.
public struct PayoutQueue has store {
    payouts: Table<u64, Payout>,
    first: u64,
    end: u64,
}

/// A queue without payouts.
public(package) fun new(ctx: &mut TxContext): PayoutQueue {
    PayoutQueue { payouts: table::new(ctx), first: 0, end: 0 }
}

/// Adds a payout as the last one.
public(package) fun push(self: &mut PayoutQueue, payout: address, symbols: vector<u32>) {
    self.payouts.add(self.end, Payout { payout, symbols });
    self.end = self.end + 1;
}

/// Takes the first payout: to whom, and for which symbols. The queue must not be empty.
public(package) fun pop(self: &mut PayoutQueue): (address, vector<u32>) {
    let Payout { payout, symbols } = self.payouts.remove(self.first);
    self.first = self.first + 1;
    (payout, symbols)
}

/// Whether no payout is left.
public(package) fun is_empty(self: &PayoutQueue): bool {
    self.first == self.end
}

/// Ends a queue with whatever is in it.
public(package) fun drop(self: PayoutQueue) {
    let PayoutQueue { payouts, first: _, end: _ } = self;
    payouts.drop();
}
