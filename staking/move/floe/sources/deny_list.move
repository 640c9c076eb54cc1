/// What each storage node refuses to keep: the root and size of a sum tree over (blob id, encoded size).
///
/// A node earns nothing for bytes that it refuses, and is excused from audits only for blobs proven in the list it had
/// registered before the seed was drawn. The list that cost least can not be shown at the end of an epoch: the largest size of
/// the epoch counts.
module floe::deny_list;

use floe::events;
use sui::table::{Self, Table};

/// A confirmed list is not the one that the node has registered.
const ENotRegistered: u64 = 0;

/// A node's list.
public struct DenyList has copy, drop, store {
    root: u256,
    /// Grows by one with each update; the first is 1.
    sequence_number: u64,
    /// Encoded bytes in the list, as declared.
    size: u64,
    /// Epoch of the last update.
    epoch: u32,
    /// The largest size in effect during `epoch`.
    largest: u64,
}

/// The lists of all nodes.
public struct DenyLists has store {
    lists: Table<ID, DenyList>,
}

/// No lists.
public(package) fun new(ctx: &mut TxContext): DenyLists {
    DenyLists { lists: table::new(ctx) }
}

/// Replaces a node's list.
public(package) fun register(self: &mut DenyLists, epoch: u32, node: ID, root: u256, size: u64) {
    if (!self.lists.contains(node)) {
        self.lists.add(node, DenyList { root: 0, sequence_number: 0, size: 0, epoch, largest: 0 })
    };
    let list = &mut self.lists[node];
    let before = if (list.epoch == epoch) list.largest else list.size;
    list.largest = before.max(size);
    list.epoch = epoch;
    list.root = root;
    list.size = size;
    list.sequence_number = list.sequence_number + 1;
    events::register_deny_list_update(epoch, root, list.sequence_number, node)
}

/// Announces that a quorum has seen the list that the node has registered. Aborts with `ENotRegistered`.
public(package) fun confirm(
    self: &DenyLists,
    epoch: u32,
    node: ID,
    sequence_number: u64,
    size: u64,
    root: u256,
) {
    assert!(self.lists.contains(node), ENotRegistered);
    let list = &self.lists[node];
    assert!(list.sequence_number == sequence_number && list.size == size && list.root == root, ENotRegistered);
    events::deny_list_update(epoch, root, sequence_number, node)
}

/// The largest size of a node's list in effect during the epoch, which must not be before that of the last update.
public(package) fun size(self: &DenyLists, epoch: u32, node: ID): u64 {
    if (!self.lists.contains(node)) return 0;
    let list = &self.lists[node];
    if (list.epoch == epoch) list.largest else list.size
}
