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

/// The candidate that has each shard. Aborts when a shard is in two lists.
fun owners(lists: &vector<vector<u16>>, n: u16): vector<Option<u64>> {
    let mut owners = vector::tabulate!(n as u64, |_| option::none());
    lists.length().do!(|i| lists[i].do_ref!(|shard| owners[*shard as u64].fill(i)));
    owners
}

/// The shards that move from `before` to `after`, lists by the same candidates; shards of nobody in `before` count too.
public fun moved(before: &vector<vector<u16>>, after: &vector<vector<u16>>, n: u16): u64 {
    let (from, to) = (owners(before, n), owners(after, n));
    let mut moved = 0;
    from.length().do!(|shard| if (from[shard] != to[shard]) moved = moved + 1);
    moved
}

/// Whether a / (b + extra) > c / (d + extra).
fun exceeds(a: u64, b: u64, c: u64, d: u64, extra: u64): bool {
    (a as u256) * ((d + extra) as u256) > (c as u256) * ((b + extra) as u256)
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
    // Every shard has one owner.
    assert!(owners(after, n).all!(|owner| owner.is_some()));
    let mut gained = 0;
    candidates.do!(|i| {
        let (old, new) = (before[i].length(), after[i].length());
        assert!(new <= cap);
        assert!(stakes[i] > 0 || new == 0);
        if (new > old) gained = gained + new - old;
        // Who has fewer than before kept the lowest.
        if (new < old) new.do!(|k| assert!(after[i][k] == before[i][k]));
    });
    // No more shards moved than candidates have more than before: who gained kept all, and who lost got none.
    assert!(moved(before, after, n) == gained);
    // The best bid for a shard is not so good that one must move.
    let (mut best, mut worst) = (option::none<u64>(), option::none<u64>());
    candidates.do!(|i| {
        let count = after[i].length();
        if (count < cap && stakes[i] > 0) {
            let b = best.get_with_default(i);
            if (b == i || exceeds(stakes[i], count, stakes[b], after[b].length(), 1)) best = option::some(i);
        };
        if (count > 0) {
            let w = worst.get_with_default(i);
            if (w == i || exceeds(stakes[w], after[w].length(), stakes[i], count, 0)) worst = option::some(i);
        };
    });
    if (best.is_none()) return;
    let (i, j) = (best.destroy_some(), worst.destroy_some());
    assert!(
        (stakes[i] as u256) * (after[j].length() as u256) * 10_000
            <= (stakes[j] as u256) * ((after[i].length() + 1) as u256) * ((10_000 + tolerance_bp) as u256),
    );
}
