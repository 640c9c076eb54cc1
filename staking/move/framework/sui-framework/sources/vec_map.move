/// A map in a vector, searched from the first entry: for few entries.
module sui::vec_map;

/// There is an entry of that key.
const EKeyAlreadyExists: u64 = 0;
/// There is no entry of that key.
const EKeyDoesNotExist: u64 = 1;
/// A map to be destroyed has entries.
const EMapNotEmpty: u64 = 2;
/// An index is not below the size.
const EIndexOutOfBounds: u64 = 3;
/// There is no entry to take.
const EMapEmpty: u64 = 4;
/// There are not as many keys as values.
const EUnequalLengths: u64 = 5;

/// Entries in the order in which they were added.
public struct VecMap<K: copy, V> has copy, drop, store {
    contents: vector<Entry<K, V>>,
}

/// A key and its value.
public struct Entry<K: copy, V> has copy, drop, store {
    key: K,
    value: V,
}

/// A map without entries.
public fun empty<K: copy, V>(): VecMap<K, V> {
    VecMap { contents: vector[] }
}

/// Adds an entry. Aborts with `EKeyAlreadyExists`.
public fun insert<K: copy, V>(self: &mut VecMap<K, V>, key: K, value: V) {
    assert!(!self.contains(&key), EKeyAlreadyExists);
    self.contents.push_back(Entry { key, value })
}

/// Takes an entry away. Aborts with `EKeyDoesNotExist`.
public fun remove<K: copy, V>(self: &mut VecMap<K, V>, key: &K): (K, V) {
    let idx = self.get_idx(key);
    self.remove_entry_by_idx(idx)
}

/// Takes the last entry. Aborts with `EMapEmpty`.
public fun pop<K: copy, V>(self: &mut VecMap<K, V>): (K, V) {
    assert!(!self.is_empty(), EMapEmpty);
    let Entry { key, value } = self.contents.pop_back();
    (key, value)
}

/// The value. Aborts with `EKeyDoesNotExist`.
#[syntax(index)]
public fun get<K: copy, V>(self: &VecMap<K, V>, key: &K): &V {
    &self.contents[self.get_idx(key)].value
}

/// The value, for writing. Aborts with `EKeyDoesNotExist`.
#[syntax(index)]
public fun get_mut<K: copy, V>(self: &mut VecMap<K, V>, key: &K): &mut V {
    let idx = self.get_idx(key);
    &mut self.contents[idx].value
}

/// A copy of the value, if there is one.
public fun try_get<K: copy, V: copy>(self: &VecMap<K, V>, key: &K): Option<V> {
    let idx = self.get_idx_opt(key);
    if (idx.is_some()) option::some(self.contents[idx.destroy_some()].value) else option::none()
}

/// Whether there is an entry.
public fun contains<K: copy, V>(self: &VecMap<K, V>, key: &K): bool {
    self.get_idx_opt(key).is_some()
}

/// The number of entries.
public fun size<K: copy, V>(self: &VecMap<K, V>): u64 {
    self.contents.length()
}

/// Whether there are no entries.
public fun is_empty<K: copy, V>(self: &VecMap<K, V>): bool {
    self.contents.is_empty()
}

/// Ends a map. Aborts with `EMapNotEmpty`.
public fun destroy_empty<K: copy, V>(self: VecMap<K, V>) {
    let VecMap { contents } = self;
    assert!(contents.is_empty(), EMapNotEmpty);
    contents.destroy_empty()
}

/// All keys and all values, in order.
public fun into_keys_values<K: copy, V>(self: VecMap<K, V>): (vector<K>, vector<V>) {
    let VecMap { contents } = self;
    let mut keys = vector[];
    let mut values = vector[];
    contents.do!(|entry| {
        let Entry { key, value } = entry;
        keys.push_back(key);
        values.push_back(value)
    });
    (keys, values)
}

/// The map of keys to values, in order. Aborts with `EUnequalLengths`, `EKeyAlreadyExists`.
public fun from_keys_values<K: copy, V>(keys: vector<K>, mut values: vector<V>): VecMap<K, V> {
    assert!(keys.length() == values.length(), EUnequalLengths);
    let mut map = empty();
    values.reverse();
    keys.do!(|key| map.insert(key, values.pop_back()));
    values.destroy_empty();
    map
}

/// All keys, in order.
public fun keys<K: copy, V>(self: &VecMap<K, V>): vector<K> {
    self.contents.map_ref!(|entry| entry.key)
}

/// The index of a key, if it is there.
public fun get_idx_opt<K: copy, V>(self: &VecMap<K, V>, key: &K): Option<u64> {
    let size = self.size();
    let mut idx = 0;
    while (idx < size) {
        if (&self.contents[idx].key == key) return option::some(idx);
        idx = idx + 1;
    };
    option::none()
}

/// The index of a key. Aborts with `EKeyDoesNotExist`.
public fun get_idx<K: copy, V>(self: &VecMap<K, V>, key: &K): u64 {
    let idx = self.get_idx_opt(key);
    assert!(idx.is_some(), EKeyDoesNotExist);
    idx.destroy_some()
}

/// The entry at an index. Aborts with `EIndexOutOfBounds`.
public fun get_entry_by_idx<K: copy, V>(self: &VecMap<K, V>, idx: u64): (&K, &V) {
    assert!(idx < self.size(), EIndexOutOfBounds);
    let entry = &self.contents[idx];
    (&entry.key, &entry.value)
}

/// The entry at an index, its value for writing. Aborts with `EIndexOutOfBounds`.
public fun get_entry_by_idx_mut<K: copy, V>(self: &mut VecMap<K, V>, idx: u64): (&K, &mut V) {
    assert!(idx < self.size(), EIndexOutOfBounds);
    let entry = &mut self.contents[idx];
    (&entry.key, &mut entry.value)
}

/// Takes the entry at an index away. Aborts with `EIndexOutOfBounds`.
public fun remove_entry_by_idx<K: copy, V>(self: &mut VecMap<K, V>, idx: u64): (K, V) {
    assert!(idx < self.size(), EIndexOutOfBounds);
    let Entry { key, value } = self.contents.remove(idx);
    (key, value)
}
