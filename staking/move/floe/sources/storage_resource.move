/// Reservations of storage, as objects that can be cut, joined and traded.
module floe::storage_resource;

/// A part is empty: a cut must leave both sides something.
const EEmptyPart: u64 = 0;
/// Joined in time, two reservations must have the same size and touch each other; joined in size, the same epochs.
const EIncompatible: u64 = 1;

/// The right to keep `storage_size` encoded bytes from `start_epoch` up to and without `end_epoch`. Fields as in Walrus.
public struct Storage has key, store {
    id: UID,
    start_epoch: u32,
    end_epoch: u32,
    storage_size: u64,
}

/// A reservation that `accounting` has booked.
public(package) fun new(
    start_epoch: u32,
    end_epoch: u32,
    storage_size: u64,
    ctx: &mut TxContext,
): Storage {
    Storage { id: object::new(ctx), start_epoch, end_epoch, storage_size }
}

/// First epoch.
public fun start_epoch(self: &Storage): u32 {
    self.start_epoch
}

/// First epoch after the reservation.
public fun end_epoch(self: &Storage): u32 {
    self.end_epoch
}

/// Encoded bytes.
public fun size(self: &Storage): u64 {
    self.storage_size
}

/// Cuts off and gives the epochs from `split_epoch` on. Aborts with `EEmptyPart`.
public fun split_by_epoch(self: &mut Storage, split_epoch: u32, ctx: &mut TxContext): Storage {
    assert!(self.start_epoch < split_epoch && split_epoch < self.end_epoch, EEmptyPart);
    let end_epoch = self.end_epoch;
    self.end_epoch = split_epoch;
    new(split_epoch, end_epoch, self.storage_size, ctx)
}

/// Keeps `split_size` bytes and gives the rest. Aborts with `EEmptyPart`.
public fun split_by_size(self: &mut Storage, split_size: u64, ctx: &mut TxContext): Storage {
    assert!(0 < split_size && split_size < self.storage_size, EEmptyPart);
    let rest = self.storage_size - split_size;
    self.storage_size = split_size;
    new(self.start_epoch, self.end_epoch, rest, ctx)
}

/// Joins in time. Aborts with `EIncompatible` unless sizes are equal and one begins where the other ends.
public fun fuse_periods(self: &mut Storage, other: Storage) {
    let Storage { id, start_epoch, end_epoch, storage_size } = other;
    id.delete();
    assert!(self.storage_size == storage_size, EIncompatible);
    if (self.end_epoch == start_epoch) {
        self.end_epoch = end_epoch
    } else {
        assert!(self.start_epoch == end_epoch, EIncompatible);
        self.start_epoch = start_epoch
    }
}

/// Joins in size. Aborts with `EIncompatible` unless both have the same epochs.
public fun fuse_amount(self: &mut Storage, other: Storage) {
    let Storage { id, start_epoch, end_epoch, storage_size } = other;
    id.delete();
    assert!(self.start_epoch == start_epoch && self.end_epoch == end_epoch, EIncompatible);
    self.storage_size = self.storage_size + storage_size
}

/// Gives a reservation up. Nothing is paid back, and the space stays booked.
public fun destroy(self: Storage) {
    let Storage { id, .. } = self;
    id.delete()
}
