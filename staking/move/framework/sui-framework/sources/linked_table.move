/// A map of any size that knows the order in which its entries were added, one dynamic field an entry.
module sui::linked_table;

use sui::dynamic_field as field;

/// A table to be destroyed has entries.
const ETableNotEmpty: u64 = 0;
/// There is no entry to take.
const ETableIsEmpty: u64 = 1;

/// The ends of the list of its entries.
public struct LinkedTable<K: copy + drop + store, phantom V: store> has key, store {
    id: UID,
    size: u64,
    head: Option<K>,
    tail: Option<K>,
}

/// An entry with its neighbours.
public struct Node<K: copy + drop + store, V: store> has store {
    prev: Option<K>,
    next: Option<K>,
    value: V,
}

/// A table without entries.
public fun new<K: copy + drop + store, V: store>(ctx: &mut TxContext): LinkedTable<K, V> {
    LinkedTable { id: object::new(ctx), size: 0, head: option::none(), tail: option::none() }
}

/// The first key.
public fun front<K: copy + drop + store, V: store>(table: &LinkedTable<K, V>): &Option<K> {
    &table.head
}

/// The last key.
public fun back<K: copy + drop + store, V: store>(table: &LinkedTable<K, V>): &Option<K> {
    &table.tail
}

/// Adds an entry before all others. Aborts in `sui::dynamic_field` when there is one of that key.
public fun push_front<K: copy + drop + store, V: store>(
    table: &mut LinkedTable<K, V>,
    k: K,
    value: V,
) {
    let next = table.head;
    field::add(&mut table.id, k, Node { prev: option::none(), next, value });
    if (next.is_some()) table.node_mut(*next.borrow()).prev = option::some(k)
    else table.tail = option::some(k);
    table.head = option::some(k);
    table.size = table.size + 1
}

/// Adds an entry after all others. Aborts in `sui::dynamic_field` when there is one of that key.
public fun push_back<K: copy + drop + store, V: store>(
    table: &mut LinkedTable<K, V>,
    k: K,
    value: V,
) {
    let prev = table.tail;
    field::add(&mut table.id, k, Node { prev, next: option::none(), value });
    if (prev.is_some()) table.node_mut(*prev.borrow()).next = option::some(k)
    else table.head = option::some(k);
    table.tail = option::some(k);
    table.size = table.size + 1
}

/// The value. Aborts in `sui::dynamic_field` when there is none.
#[syntax(index)]
public fun borrow<K: copy + drop + store, V: store>(table: &LinkedTable<K, V>, k: K): &V {
    &table.node(k).value
}

/// The value, for writing. Aborts in `sui::dynamic_field` when there is none.
#[syntax(index)]
public fun borrow_mut<K: copy + drop + store, V: store>(
    table: &mut LinkedTable<K, V>,
    k: K,
): &mut V {
    &mut table.node_mut(k).value
}

/// The key before `k`. Aborts in `sui::dynamic_field` when there is no entry.
public fun prev<K: copy + drop + store, V: store>(table: &LinkedTable<K, V>, k: K): &Option<K> {
    &table.node(k).prev
}

/// The key after `k`. Aborts in `sui::dynamic_field` when there is no entry.
public fun next<K: copy + drop + store, V: store>(table: &LinkedTable<K, V>, k: K): &Option<K> {
    &table.node(k).next
}

/// Takes an entry away. Aborts in `sui::dynamic_field` when there is none.
public fun remove<K: copy + drop + store, V: store>(table: &mut LinkedTable<K, V>, k: K): V {
    let Node<K, V> { prev, next, value } = field::remove(&mut table.id, k);
    if (prev.is_some()) table.node_mut(*prev.borrow()).next = next else table.head = next;
    if (next.is_some()) table.node_mut(*next.borrow()).prev = prev else table.tail = prev;
    table.size = table.size - 1;
    value
}

/// Takes the first entry. Aborts with `ETableIsEmpty`.
public fun pop_front<K: copy + drop + store, V: store>(table: &mut LinkedTable<K, V>): (K, V) {
    assert!(table.head.is_some(), ETableIsEmpty);
    let k = *table.head.borrow();
    (k, table.remove(k))
}

/// Takes the last entry. Aborts with `ETableIsEmpty`.
public fun pop_back<K: copy + drop + store, V: store>(table: &mut LinkedTable<K, V>): (K, V) {
    assert!(table.tail.is_some(), ETableIsEmpty);
    let k = *table.tail.borrow();
    (k, table.remove(k))
}

/// Whether there is an entry.
public fun contains<K: copy + drop + store, V: store>(table: &LinkedTable<K, V>, k: K): bool {
    field::exists_with_type<K, Node<K, V>>(&table.id, k)
}

/// The number of entries.
public fun length<K: copy + drop + store, V: store>(table: &LinkedTable<K, V>): u64 {
    table.size
}

/// Whether there are no entries.
public fun is_empty<K: copy + drop + store, V: store>(table: &LinkedTable<K, V>): bool {
    table.size == 0
}

/// Ends a table. Aborts with `ETableNotEmpty`.
public fun destroy_empty<K: copy + drop + store, V: store>(table: LinkedTable<K, V>) {
    let LinkedTable { id, size, head: _, tail: _ } = table;
    assert!(size == 0, ETableNotEmpty);
    id.delete()
}

/// Ends a table with whatever is in it.
public fun drop<K: copy + drop + store, V: drop + store>(table: LinkedTable<K, V>) {
    let LinkedTable { id, size: _, head: _, tail: _ } = table;
    id.delete()
}

fun node<K: copy + drop + store, V: store>(table: &LinkedTable<K, V>, k: K): &Node<K, V> {
    field::borrow(&table.id, k)
}

fun node_mut<K: copy + drop + store, V: store>(
    table: &mut LinkedTable<K, V>,
    k: K,
): &mut Node<K, V> {
    field::borrow_mut(&mut table.id, k)
}
