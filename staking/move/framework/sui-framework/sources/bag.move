/// A map of any size whose keys and values may be of different types, one dynamic field an entry.
module sui::bag;

use sui::dynamic_field as field;

/// A bag to be destroyed has entries.
const EBagNotEmpty: u64 = 0;

/// Counts its entries, which are fields of it.
public struct Bag has key, store {
    id: UID,
    size: u64,
}

/// A bag without entries.
public fun new(ctx: &mut TxContext): Bag {
    Bag { id: object::new(ctx), size: 0 }
}

/// Adds an entry. Aborts in `sui::dynamic_field` when there is one of that key.
public fun add<K: copy + drop + store, V: store>(bag: &mut Bag, k: K, v: V) {
    field::add(&mut bag.id, k, v);
    bag.size = bag.size + 1
}

/// The value. Aborts in `sui::dynamic_field` when there is none, or one of another type.
#[syntax(index)]
public fun borrow<K: copy + drop + store, V: store>(bag: &Bag, k: K): &V {
    field::borrow(&bag.id, k)
}

/// The value, for writing. Aborts in `sui::dynamic_field` when there is none, or one of another type.
#[syntax(index)]
public fun borrow_mut<K: copy + drop + store, V: store>(bag: &mut Bag, k: K): &mut V {
    field::borrow_mut(&mut bag.id, k)
}

/// Takes an entry away. Aborts in `sui::dynamic_field` when there is none, or one of another type.
public fun remove<K: copy + drop + store, V: store>(bag: &mut Bag, k: K): V {
    let v = field::remove(&mut bag.id, k);
    bag.size = bag.size - 1;
    v
}

/// Whether there is an entry.
public fun contains<K: copy + drop + store>(bag: &Bag, k: K): bool {
    field::exists_(&bag.id, k)
}

/// Whether there is an entry with a value of that type.
public fun contains_with_type<K: copy + drop + store, V: store>(bag: &Bag, k: K): bool {
    field::exists_with_type<K, V>(&bag.id, k)
}

/// The number of entries.
public fun length(bag: &Bag): u64 {
    bag.size
}

/// Whether there are no entries.
public fun is_empty(bag: &Bag): bool {
    bag.size == 0
}

/// Ends a bag. Aborts with `EBagNotEmpty`.
public fun destroy_empty(bag: Bag) {
    let Bag { id, size } = bag;
    assert!(size == 0, EBagNotEmpty);
    id.delete()
}
