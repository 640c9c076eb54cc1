/// The pools of largest stake, among which committees are selected.
///
/// There is a place for a limited number of pools. A pool that is not in the set enters when there is a place left or when
/// its stake exceeds the least in the set, which then leaves; so of equal stakes the earlier entrant stays. The set hears of
/// a pool only when it is offered: anyone may offer a pool that was refused, after others fell.
module floe::active_set;

use floe::roster;
use sui::bls12381::UncompressedG1;
use sui::group_ops::Element;

/// A set without places.
const ENoPlaces: u64 = 0;

/// What a node wants of the next epochs.
public struct Votes has copy, drop, store {
    /// FROST for a unit of storage and an epoch.
    storage_price: u64,
    /// FROST for a unit of storage written.
    write_price: u64,
    /// Bytes.
    shard_size: u64,
}

public struct Entry has copy, drop, store {
    node_id: ID,
    /// FROST that count in the next epoch. Above zero.
    stake: u64,
    /// The earlier a pool entered, the lower.
    sequence: u64,
    /// The epoch that the pool was settled to when it was last offered.
    settled: u32,
    /// The key that signs for the node from the next epoch on.
    key: Element<UncompressedG1>,
    votes: Votes,
}

/// Entries ascend by node id.
public struct ActiveSet has store {
    entries: vector<Entry>,
    places: u64,
    next_sequence: u64,
}

/// Votes for prices in FROST and a shard size in bytes.
public(package) fun votes(storage_price: u64, write_price: u64, shard_size: u64): Votes {
    Votes { storage_price, write_price, shard_size }
}

/// FROST for a unit of storage and an epoch.
public fun storage_price(self: &Votes): u64 { self.storage_price }

/// FROST for a unit written.
public fun write_price(self: &Votes): u64 { self.write_price }

/// Bytes.
public fun shard_size(self: &Votes): u64 { self.shard_size }

/// An empty set. Aborts with `ENoPlaces` when there is not one place.
public(package) fun new(places: u64): ActiveSet {
    assert!(places > 0, ENoPlaces);
    ActiveSet { entries: vector[], places, next_sequence: 0 }
}

/// Tells the set what a pool is now: stake in FROST that counts in the next epoch, the epoch that it is settled to, its next
/// key and its votes. A pool in the set stays, whatever its stake, unless that is zero. Returns whether the pool is in the
/// set afterwards.
public(package) fun offer(
    self: &mut ActiveSet,
    node_id: ID,
    stake: u64,
    settled: u32,
    key: Element<UncompressedG1>,
    votes: Votes,
): bool {
    if (stake == 0) {
        self.remove(node_id);
        return false
    };
    let (found, mut i) = self.find(node_id);
    if (found) {
        let sequence = self.entries[i].sequence;
        *&mut self.entries[i] = Entry { node_id, stake, sequence, settled, key, votes };
        return true
    };
    if (self.entries.length() == self.places) {
        let weakest = self.weakest();
        if (self.entries[weakest].stake >= stake) return false;
        self.entries.remove(weakest);
        if (weakest < i) i = i - 1;
    };
    let sequence = self.next_sequence;
    self.next_sequence = sequence + 1;
    self.entries.insert(Entry { node_id, stake, sequence, settled, key, votes }, i);
    true
}

/// Takes a pool out, if it is in.
public(package) fun remove(self: &mut ActiveSet, node_id: ID) {
    let (found, i) = self.find(node_id);
    if (found) { self.entries.remove(i); };
}

/// Whether a pool is in the set.
public fun contains(self: &ActiveSet, node_id: ID): bool {
    let (found, _) = self.find(node_id);
    found
}

/// How many pools are in the set.
public fun length(self: &ActiveSet): u64 { self.entries.length() }

/// Up to `max` pools that are not settled to the epoch.
public fun unsettled(self: &ActiveSet, epoch: u32, max: u64): vector<ID> {
    let (mut ids, mut i) = (vector[], 0);
    while (i < self.entries.length() && ids.length() < max) {
        let entry = &self.entries[i];
        if (entry.settled != epoch) ids.push_back(entry.node_id);
        i = i + 1;
    };
    ids
}

/// A copy of the entries, ascending by node id.
public(package) fun entries(self: &ActiveSet): vector<Entry> { self.entries }

public(package) fun node_id(self: &Entry): ID { self.node_id }

public(package) fun stake(self: &Entry): u64 { self.stake }

public(package) fun key(self: &Entry): &Element<UncompressedG1> { &self.key }

public(package) fun entry_votes(self: &Entry): &Votes { &self.votes }

/// Whether the pool is in the set, and its place or the place where it would be inserted.
fun find(self: &ActiveSet, node_id: ID): (bool, u64) {
    let target = roster::number(node_id);
    let (mut low, mut high) = (0, self.entries.length());
    while (low < high) {
        let middle = (low + high) / 2;
        let number = roster::number(self.entries[middle].node_id);
        if (number == target) return (true, middle);
        if (number < target) low = middle + 1 else high = middle;
    };
    (false, low)
}

/// The entry of least stake, and of those the latest entrant.
fun weakest(self: &ActiveSet): u64 {
    let (mut weakest, mut i) = (0, 1);
    while (i < self.entries.length()) {
        let (a, b) = (&self.entries[i], &self.entries[weakest]);
        if (a.stake < b.stake || a.stake == b.stake && a.sequence > b.sequence) weakest = i;
        i = i + 1;
    };
    weakest
}
