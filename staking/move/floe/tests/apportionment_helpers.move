/// An independent, naive computation of assignments, numbers that repeat from run to run, and what any assignment must obey.
#[test_only]
module floe::apportionment_helpers;

use floe::apportionment::{Self, Apportionment};

use fun run as Apportionment.run;
use fun lists as Apportionment.lists;

/// A generator of pseudo-random numbers (xorshift64*).
public struct Numbers has drop { state: u64 }

public fun numbers(seed: u64): Numbers { Numbers { state: seed * 2 + 1 } }

/// A number below `limit`.
public fun below(self: &mut Numbers, limit: u64): u64 {
    let mut x = self.state;
    x = x ^ (x >> 12);
    x = x ^ (x << 25);
    x = x ^ (x >> 27);
    self.state = x;
    (((x as u128) * 2685821657736338717 % (1 << 64) >> 16) as u64) % limit
}

/// `count` lists without shards.
public fun nothing(count: u64): vector<vector<u16>> {
    vector::tabulate!(count, |_| vector[])
}

/// Shards from one to before the other.
public fun range(from: u64, to: u64): vector<u16> {
    vector::tabulate!(to - from, |i| (from + i) as u16)
}

/// Runs to the end in steps of `size`.
public fun run(self: &mut Apportionment, size: u64) {
    while (!self.is_complete()) assert!(self.step(size) <= size);
}

/// What each of `count` candidates has in the end, ascending.
public fun lists(self: &Apportionment, count: u64): vector<vector<u16>> {
    let mut lists = nothing(count);
    self.owners().length().do!(|shard| lists[self.owners()[shard] as u64].push_back(shard as u16));
    lists
}

public fun assign(stakes: vector<u64>, held: vector<vector<u16>>, n: u16, tolerance_bp: u64): vector<vector<u16>> {
    let count = stakes.length();
    let mut work = apportionment::new(stakes, held, n, tolerance_bp);
    work.run(10_000);
    work.lists(count)
}

public fun lengths(lists: &vector<vector<u16>>): vector<u64> {
    lists.map_ref!(|list| list.length())
}

/// First assignment by the definition, one shard after the other, with fractions compared crosswise.
public fun naive_first(stakes: &vector<u64>, n: u16, cap: u64): vector<u64> {
    let mut counts = stakes.map_ref!(|_| 0u64);
    (n as u64).do!(|_| {
        let mut best = option::none<u64>();
        stakes.length().do!(|i| {
            if (stakes[i] > 0 && counts[i] < cap) {
                if (best.is_none()) best.fill(i) else {
                    let b = *best.borrow();
                    if (
                        (stakes[i] as u256) * ((counts[b] + 1) as u256) > (stakes[b] as u256) * ((counts[i] + 1) as u256)
                    ) *best.borrow_mut() = i;
                }
            }
        });
        let b = best.destroy_some();
        *&mut counts[b] = counts[b] + 1;
    });
    counts
}

/// The shards that move from `before` to `after`, lists by the same candidates; shards of nobody in `before` count too.
public fun moved(before: &vector<vector<u16>>, after: &vector<vector<u16>>): u64 {
    let mut moved = 0;
    after.length().do!(|i| after[i].do_ref!(|shard| if (!before[i].contains(shard)) moved = moved + 1));
    moved
}

/// Aborts unless `after` is a correct successor of `before` for the stakes.
public fun check(
    stakes: &vector<u64>,
    before: &vector<vector<u16>>,
    after: &vector<vector<u16>>,
    n: u16,
    tolerance_bp: u64,
) {
    let candidates = stakes.length();
    let cap = apportionment::cap(stakes, n);
    let mut owned = vector::tabulate!(n as u64, |_| false);
    let mut gained = 0;
    candidates.do!(|i| {
        assert!(after[i].length() <= cap);
        after[i].do_ref!(|shard| {
            assert!(!owned[*shard as u64]);
            *&mut owned[*shard as u64] = true;
        });
        let (old, new) = (before[i].length(), after[i].length());
        // Who has not fewer shards than before keeps all; who has fewer keeps the lowest.
        let kept = old.min(new);
        kept.do!(|k| if (new <= old) assert!(after[i][k] == before[i][k]) else assert!(after[i].contains(&before[i][k])));
        if (new > old) gained = gained + new - old;
        if (stakes[i] == 0) assert!(new == 0);
    });
    assert!(owned.all!(|is_owned| *is_owned));
    assert!(moved(before, after) == gained);
    candidates.do!(|i| {
        if (after[i].length() < cap && stakes[i] > 0) {
            candidates.do!(|j| {
                if (i != j && after[j].length() > 0) {
                    assert!(
                        (stakes[i] as u256) * (after[j].length() as u256) * 10_000
                            <= (stakes[j] as u256) * ((after[i].length() + 1) as u256) * ((10_000 + tolerance_bp) as u256),
                    )
                }
            })
        }
    });
}
