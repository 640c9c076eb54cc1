/// A value whose type changes with a version.
module sui::versioned;

use sui::dynamic_field;

/// The receipt is of another object, or the version does not rise.
const EInvalidUpgrade: u64 = 0;

/// Keeps the value in the field named by its version.
public struct Versioned has key, store {
    id: UID,
    version: u64,
}

/// Receipt of a value that was taken out, which must be replaced in the same transaction.
public struct VersionChangeCap {
    versioned_id: ID,
    old_version: u64,
}

/// A value with its version.
public fun create<T: store>(init_version: u64, init_value: T, ctx: &mut TxContext): Versioned {
    let mut id = object::new(ctx);
    dynamic_field::add(&mut id, init_version, init_value);
    Versioned { id, version: init_version }
}

/// The version.
public fun version(self: &Versioned): u64 {
    self.version
}

/// The value. Aborts in `sui::dynamic_field` when it is of another type.
public fun load_value<T: store>(self: &Versioned): &T {
    dynamic_field::borrow(&self.id, self.version)
}

/// The value, for writing. Aborts in `sui::dynamic_field` when it is of another type.
public fun load_value_mut<T: store>(self: &mut Versioned): &mut T {
    dynamic_field::borrow_mut(&mut self.id, self.version)
}

/// Takes the value out, to replace it. Aborts in `sui::dynamic_field` when it is of another type.
public fun remove_value_for_upgrade<T: store>(self: &mut Versioned): (T, VersionChangeCap) {
    let cap = VersionChangeCap { versioned_id: object::id(self), old_version: self.version };
    (dynamic_field::remove(&mut self.id, self.version), cap)
}

/// Puts in the value of a later version. Aborts with `EInvalidUpgrade`.
public fun upgrade<T: store>(
    self: &mut Versioned,
    new_version: u64,
    new_value: T,
    cap: VersionChangeCap,
) {
    let VersionChangeCap { versioned_id, old_version } = cap;
    assert!(versioned_id == object::id(self) && old_version < new_version, EInvalidUpgrade);
    dynamic_field::add(&mut self.id, new_version, new_value);
    self.version = new_version
}

/// Ends the object and gives its value. Aborts in `sui::dynamic_field` when it is of another type.
public fun destroy<T: store>(self: Versioned): T {
    let Versioned { mut id, version } = self;
    let value = dynamic_field::remove(&mut id, version);
    id.delete();
    value
}
