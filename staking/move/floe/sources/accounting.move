/// What is reserved and paid for the current epoch and those after it: a ring of one slot an epoch.
module floe::accounting;

use sui::balance::{Self, Balance};
use wal::wal::WAL;

/// Epochs in the ring, the current one included: the most that can be paid ahead.
const SLOTS: u32 = 128;

/// An epoch is before the current one, or so far ahead that it has no slot yet.
const EOutsideRing: u64 = 0;
/// The space is not free in one of the epochs.
const EFull: u64 = 1;

/// One epoch.
public struct Slot has store {
    /// Encoded bytes reserved.
    used: u64,
    /// What the storage nodes share for the epoch.
    payments: Balance<WAL>,
}

/// The slot of epoch `e` is number `e % SLOTS`.
public struct Accounting has store {
    /// The current epoch.
    epoch: u32,
    slots: vector<Slot>,
}

/// Nothing reserved, in epoch 0.
public(package) fun new(): Accounting {
    let mut slots = vector[];
    while (slots.length() < SLOTS as u64) {
        slots.push_back(Slot { used: 0, payments: balance::zero() });
    };
    Accounting { epoch: 0, slots }
}

/// Epochs in the ring.
public(package) fun slots(): u32 {
    SLOTS
}

/// Encoded bytes reserved in an epoch. Aborts with `EOutsideRing`.
public(package) fun used(self: &Accounting, epoch: u32): u64 {
    self.slots[self.index(epoch)].used
}

/// Books `size` bytes in the epochs from `start` up to and without `end`, each for `price` FROST out of `payment`. Aborts with
/// `EOutsideRing`, with `EFull` when more than `capacity` bytes would be used, and in `sui::balance` when the payment does
/// not suffice.
public(package) fun reserve(
    self: &mut Accounting,
    start: u32,
    end: u32,
    size: u64,
    capacity: u64,
    price: u64,
    payment: &mut Balance<WAL>,
) {
    let mut epoch = start;
    while (epoch < end) {
        let i = self.index(epoch);
        let slot = &mut self.slots[i];
        // Capacity may have fallen below what is reserved already.
        assert!(slot.used <= capacity && size <= capacity - slot.used, EFull);
        slot.used = slot.used + size;
        slot.payments.join(payment.split(price));
        epoch = epoch + 1;
    }
}

/// Adds to what the nodes share for the current epoch.
public(package) fun pay(self: &mut Accounting, payment: Balance<WAL>) {
    let i = self.index(self.epoch);
    self.slots[i].payments.join(payment);
}

/// Ends the current epoch. Gives what was paid for it and how many bytes were reserved in it; its slot then stands for the
/// epoch that comes into reach.
public(package) fun close(self: &mut Accounting): (Balance<WAL>, u64) {
    let i = self.index(self.epoch);
    let slot = &mut self.slots[i];
    let used = slot.used;
    slot.used = 0;
    self.epoch = self.epoch + 1;
    (slot.payments.withdraw_all(), used)
}

fun index(self: &Accounting, epoch: u32): u64 {
    assert!(self.epoch <= epoch && epoch - self.epoch < SLOTS, EOutsideRing);
    (epoch % SLOTS) as u64
}

#[test_only]
/// FROST in all slots.
public fun total(self: &Accounting): u64 {
    let mut total = 0;
    self.slots.do_ref!(|slot| total = total + slot.payments.value());
    total
}
