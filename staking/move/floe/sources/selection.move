/// The selection of the next committee: what was frozen at the cutoff, and the work on it.
module floe::selection;

use floe::active_set::{Self, ActiveSet, Entry, Votes};
use floe::apportionment::{Self, Apportionment};
use floe::quantile;
use floe::roster::{Self, Roster};

/// There are too few candidates, and no committee to carry over.
const ETooFewCandidates: u64 = 0;
/// A pool in the active set is not settled to the current epoch.
const EUnsettled: u64 = 1;
/// Shards have yet to be given or moved.
const EIncomplete: u64 = 2;

/// Moves that one call should do at most: up to 310,000 instructions among 150 candidates.
const MAX_MOVES: u64 = 250;

/// A selection under way.
public struct Selection has drop, store {
    /// Ascending by node id.
    candidates: vector<Entry>,
    /// None when the committee carries over.
    shards: Option<Apportionment>,
}

/// Moves that one call should do at most.
public(package) fun max_moves(): u64 { MAX_MOVES }

/// Freezes stake, keys and votes of the active set in epoch `epoch`, in which all its pools must be settled.
///
/// `current` is the committee of the epoch, empty before the first. With fewer than `min_nodes` pools it carries over with
/// its shards, and prices and capacity stay. `tolerance_bp`: see `apportionment`. Aborts with `EUnsettled`, or with
/// `ETooFewCandidates` when there is no committee to carry over.
public(package) fun begin(
    active: &ActiveSet,
    current: &Roster,
    epoch: u32,
    n_shards: u16,
    min_nodes: u64,
    tolerance_bp: u64,
): Selection {
    assert!(active.unsettled(epoch, 1).is_empty(), EUnsettled);
    let candidates = active.entries();
    if (candidates.length() < min_nodes.max(1)) {
        assert!(current.length() > 0, ETooFewCandidates);
        return Selection { candidates, shards: option::none() }
    };
    let (mut stakes, mut held, mut i) = (vector[], vector[], 0);
    while (i < candidates.length()) {
        let candidate = &candidates[i];
        stakes.push_back(candidate.stake());
        let member = current.find(candidate.node_id());
        held.push_back(if (member.is_some()) *current.shards(*member.borrow()) else vector[]);
        i = i + 1;
    };
    let shards = option::some(apportionment::new(stakes, held, n_shards, tolerance_bp));
    Selection { candidates, shards }
}

/// Gives or moves up to `max_moves` shards, and returns how many. Any sizes of steps come to the same committee.
public(package) fun step(self: &mut Selection, max_moves: u64): u64 {
    if (self.shards.is_none()) return 0;
    self.shards.borrow_mut().step(max_moves)
}

/// Whether `finish` may be called.
public fun is_complete(self: &Selection): bool {
    self.shards.is_none() || self.shards.borrow().is_complete()
}

/// The next committee, and what it voted for; no votes when `current` carried over. Candidates without a shard are no
/// members, and their votes do not count. A committee that carried over has the stake that was frozen (zero for those that
/// are no candidates) and the keys of those that are candidates. Aborts with `EIncomplete`.
public(package) fun finish(self: Selection, current: &Roster): (Roster, Option<Votes>) {
    assert!(self.is_complete(), EIncomplete);
    let Selection { candidates, mut shards } = self;
    if (shards.is_none()) return (carry_over(&candidates, current), option::none());
    let lists = by_candidate(shards.extract().owners(), candidates.length());
    let (mut next, mut stakes) = (roster::empty(), vector[]);
    let (mut storage_prices, mut write_prices, mut shard_sizes) = (vector[], vector[], vector[]);
    let mut i = 0;
    while (i < candidates.length()) {
        let candidate = &candidates[i];
        if (!lists[i].is_empty()) {
            next.push(candidate.node_id(), candidate.stake(), *candidate.key(), lists[i]);
            stakes.push_back(candidate.stake());
            let votes = candidate.entry_votes();
            storage_prices.push_back(votes.storage_price());
            write_prices.push_back(votes.write_price());
            shard_sizes.push_back(votes.shard_size());
        };
        i = i + 1;
    };
    let votes = active_set::votes(
        quantile::price(&storage_prices, &stakes),
        quantile::price(&write_prices, &stakes),
        quantile::capacity(&shard_sizes, &stakes),
    );
    (next, option::some(votes))
}

/// The shards of each candidate, ascending.
fun by_candidate(owners: &vector<u16>, candidates: u64): vector<vector<u16>> {
    let mut lists = vector[];
    while (lists.length() < candidates) lists.push_back(vector[]);
    let mut shard = 0;
    while (shard < owners.length()) {
        lists[owners[shard] as u64].push_back(shard as u16);
        shard = shard + 1;
    };
    lists
}

fun carry_over(candidates: &vector<Entry>, current: &Roster): Roster {
    let (mut next, mut i, mut j) = (roster::empty(), 0, 0);
    while (i < current.length()) {
        let node_id = current.node_id(i);
        let number = roster::number(node_id);
        while (j < candidates.length() && roster::number(candidates[j].node_id()) < number) j = j + 1;
        let (stake, key) = if (j < candidates.length() && candidates[j].node_id() == node_id) {
            (candidates[j].stake(), *candidates[j].key())
        } else {
            (0, *current.key(i))
        };
        next.push(node_id, stake, key, *current.shards(i));
        i = i + 1;
    };
    next
}
