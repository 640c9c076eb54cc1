/// The members of a committee with their stake, key and shards.
module floe::roster;

use sui::bls12381::UncompressedG1;
use sui::group_ops::Element;

/// A member: a node that has at least one shard.
public struct Member has copy, drop, store {
    node_id: ID,
    /// FROST, as frozen when the committee was selected.
    stake: u64,
    /// The key that signs for this node in this committee.
    key: Element<UncompressedG1>,
    /// Shard numbers, ascending.
    shards: vector<u16>,
}

/// Members ascend by node id (as a number, big-endian), which is the order of bitmaps and of member numbers. The roster of
/// epoch 0 is empty.
public struct Roster has copy, drop, store {
    members: vector<Member>,
}

/// The roster without members.
public(package) fun empty(): Roster {
    Roster { members: vector[] }
}

/// Adds a member after all others. The caller keeps the order.
public(package) fun push(
    self: &mut Roster,
    node_id: ID,
    stake: u64,
    key: Element<UncompressedG1>,
    shards: vector<u16>,
) {
    self.members.push_back(Member { node_id, stake, key, shards })
}

/// How many members there are.
public fun length(self: &Roster): u64 { self.members.length() }

/// The member number of a node, if it is one.
public fun find(self: &Roster, node_id: ID): Option<u64> {
    let target = number(node_id);
    let (mut low, mut high) = (0, self.members.length());
    while (low < high) {
        let middle = (low + high) / 2;
        let found = number(self.members[middle].node_id);
        if (found == target) return option::some(middle);
        if (found < target) low = middle + 1 else high = middle;
    };
    option::none()
}

/// The node id of member i.
public fun node_id(self: &Roster, i: u64): ID { self.members[i].node_id }

/// The stake of member i in FROST.
public fun stake(self: &Roster, i: u64): u64 { self.members[i].stake }

/// The key of member i.
public fun key(self: &Roster, i: u64): &Element<UncompressedG1> { &self.members[i].key }

/// The shards of member i, ascending.
public fun shards(self: &Roster, i: u64): &vector<u16> { &self.members[i].shards }

/// How many shards member i has.
public fun weight(self: &Roster, i: u64): u16 { self.members[i].shards.length() as u16 }

/// Node ids in the order of members.
public(package) fun number(node_id: ID): u256 { node_id.to_address().to_u256() }
