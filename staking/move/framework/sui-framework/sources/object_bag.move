/// A map of any size whose keys may be of different types and whose values are objects, one dynamic object field an entry.
module sui::object_bag;

use sui::dynamic_object_field as field;

/// A bag to be destroyed has entries.
const EBagNotEmpty: u64 = 0;

/// Counts its entries, which are fields of it.
public struct ObjectBag has key, store {
    id: UID,
    size: u64,
}

/// A bag without entries.
public fun new(ctx: &mut TxContext): ObjectBag {
    ObjectBag { id: object::new(ctx), size: 0 }
}

/// Adds an entry. Aborts in `sui::dynamic_field` when there is one of that key.
public fun add<K: copy + drop + store, V: key + store>(bag: &mut ObjectBag, k: K, v: V) {
    field::add(&mut bag.id, k, v);
    bag.size = bag.size + 1
}

/// The value. Aborts in `sui::dynamic_field` when there is none, or one of another type.
#[syntax(index)]
public fun borrow<K: copy + drop + store, V: key + store>(bag: &ObjectBag, k: K): &V {
    field::borrow(&bag.id, k)
}

/// The value, for writing. Aborts in `sui::dynamic_field` when there is none, or one of another type.
#[syntax(index)]
public fun borrow_mut<K: copy + drop + store, V: key + store>(bag: &mut ObjectBag, k: K): &mut V {
    field::borrow_mut(&mut bag.id, k)
}

/// Takes an entry away. Aborts in `sui::dynamic_field` when there is none, or one of another type.
public fun remove<K: copy + drop + store, V: key + store>(bag: &mut ObjectBag, k: K): V {
    let v = field::remove(&mut bag.id, k);
    bag.size = bag.size - 1;
    v
}

/// Whether there is an entry.
public fun contains<K: copy + drop + store>(bag: &ObjectBag, k: K): bool {
    field::exists_(&bag.id, k)
}

/// Whether there is an entry with a value of that type.
public fun contains_with_type<K: copy + drop + store, V: key + store>(bag: &ObjectBag, k: K): bool {
    field::exists_with_type<K, V>(&bag.id, k)
}

/// The number of entries.
public fun length(bag: &ObjectBag): u64 {
    bag.size
}

/// Whether there are no entries.
public fun is_empty(bag: &ObjectBag): bool {
    bag.size == 0
}

/// Ends a bag. Aborts with `EBagNotEmpty`.
public fun destroy_empty(bag: ObjectBag) {
    let ObjectBag { id, size } = bag;
    assert!(size == 0, EBagNotEmpty);
    id.delete()
}

/// The id of the value, if there is one.
public fun value_id<K: copy + drop + store>(bag: &ObjectBag, k: K): Option<ID> {
    field::id(&bag.id, k)
}
