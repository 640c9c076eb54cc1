/// Which candidate gets which shards.
///
/// Shards go by stake. A first assignment gives shard after shard to the candidate with the greatest stake / (shards + 1)
/// (the method of D'Hondt). A later one starts from what everybody holds:
///
/// 1. The shards of nodes that are no candidates any more, and the highest-numbered ones of candidates above the cap, become
///    free.
/// 2. Free shards, lowest number first, go to the candidate below the cap with the greatest stake / (shards + 1).
/// 3. While the candidate i below the cap with the greatest stake / (shards + 1) exceeds, by more than the tolerance, the
///    stake / shards of the candidate j for which that is least, the highest-numbered shard of j moves to i.
///
/// Ties go to the candidate that comes first; the caller orders candidates by node id. A candidate that gets a shard loses
/// none, and one that loses a shard gets none: in 2 and 3 the greatest stake / (shards + 1) never rises and the least
/// stake / shards never falls. So as few shards move as can, and what a candidate kept is always the lower part of what it
/// held.
///
/// The work can be divided into steps of any size, and the outcome is the same.
module floe::apportionment;

use floe::tournament::{Self, Tournament};

/// There are no candidates with stake, or not one list of shards for each.
const ECandidates: u64 = 0;

/// Basis points of one.
const ONE_BP: u64 = 10_000;
/// A candidate may hold this many times an equal share of the shards.
const CAP_FACTOR: u64 = 2;
/// Candidates above this number lower the cap no further, so that it is never below a tenth of the shards.
const CAP_NODES: u64 = 20;
/// The cap may not raise what the others hold above this many times their share of the stake.
const GAIN_FACTOR: u128 = 2;
/// Quotients of a stake by a number of shards are compared after this many bits were added to the stake. Two different ones
/// with divisors up to 2^13 lie at least 2^-26 apart, so rounding down neither joins nor swaps them.
const QUOTIENT_BITS: u8 = 32;
/// Above every quotient: a stake has 64 bits.
const QUOTIENT_LIMIT: u128 = 1 << 96;
/// The owner of a shard that has none.
const NOBODY: u16 = 0xFFFF;

/// Vectors beside each other, all by candidate but `owners` and `free`.
public struct Apportionment has drop, store {
    /// FROST.
    stakes: vector<u64>,
    /// How many shards the candidate has now.
    counts: vector<u64>,
    /// What is left of the shards that the candidate began with, ascending.
    kept: vector<vector<u16>>,
    /// The candidate that has each shard.
    owners: vector<u16>,
    /// Shards that nobody has, descending.
    free: vector<u16>,
    /// The most shards that a candidate may have.
    cap: u64,
    /// One plus the tolerance, in basis points.
    tolerance_bp: u64,
    complete: bool,
}

/// The assignment of `n_shards` shards to candidates with these stakes (FROST) and shards (ascending; no shard twice). The
/// tolerance is in basis points. Aborts with `ECandidates` when no candidate has stake or the vectors differ in length.
public(package) fun new(
    stakes: vector<u64>,
    mut kept: vector<vector<u16>>,
    n_shards: u16,
    tolerance_bp: u64,
): Apportionment {
    let candidates = stakes.length();
    assert!(kept.length() == candidates, ECandidates);
    let cap = cap(&stakes, n_shards);
    let mut owners = vector[];
    while (owners.length() < (n_shards as u64)) owners.push_back(NOBODY);
    let mut counts = vector[];
    let mut i = 0;
    while (i < candidates) {
        let shards = &mut kept[i];
        while (shards.length() > cap) { shards.pop_back(); };
        let count = shards.length();
        let mut j = 0;
        while (j < count) {
            *&mut owners[shards[j] as u64] = i as u16;
            j = j + 1;
        };
        counts.push_back(count);
        i = i + 1;
    };
    let mut free = vector[];
    let mut shard = n_shards;
    while (shard > 0) {
        shard = shard - 1;
        if (owners[shard as u64] == NOBODY) free.push_back(shard);
    };
    Apportionment {
        stakes,
        counts,
        kept,
        owners,
        free,
        cap,
        tolerance_bp: ONE_BP + tolerance_bp,
        complete: false,
    }
}

/// The most shards that one candidate may have: twice an equal share among up to 20 candidates with stake, rounded up.
///
/// It is raised where it would hand the others more than twice their share by stake, to the least at which it does not:
/// otherwise a crowd of candidates with dust would lower the cap of the few that hold the stake, and take what is cut off.
/// Aborts with `ECandidates` when no candidate has stake.
public(package) fun cap(stakes: &vector<u64>, n_shards: u16): u64 {
    let shards = n_shards as u64;
    let (mut total, mut staked, mut i) = (0u128, 0u64, 0u64);
    while (i < stakes.length()) {
        if (stakes[i] > 0) staked = staked + 1;
        total = total + (stakes[i] as u128);
        i = i + 1;
    };
    assert!(staked > 0, ECandidates);
    let nodes = staked.min(CAP_NODES);
    let mut low = shards.min((CAP_FACTOR * shards + nodes - 1) / nodes);
    let mut high = shards;
    while (low < high) {
        let middle = (low + high) / 2;
        if (has_room(stakes, total, shards, middle)) high = middle else low = middle + 1;
    };
    low
}

/// Whether candidates that hold at most `cap` shards, and at most `GAIN_FACTOR` times their share, can hold all shards.
fun has_room(stakes: &vector<u64>, total: u128, shards: u64, cap: u64): bool {
    let limit = (cap as u128) * total;
    let factor = GAIN_FACTOR * (shards as u128);
    let (mut room, mut i) = (0u128, 0u64);
    while (i < stakes.length()) {
        room = room + limit.min(factor * (stakes[i] as u128));
        i = i + 1;
    };
    room >= (shards as u128) * total
}

/// Gives or moves up to `max_moves` shards, and returns how many. The assignment may be complete only after a step that had
/// moves left. Among 150 candidates a shard given costs about 400 instructions, one moved about 1,000, and a step 60,000 more.
public(package) fun step(self: &mut Apportionment, max_moves: u64): u64 {
    let mut moves = 0;
    if (self.complete) return moves;
    let mut gains = self.bids(false);
    while (moves < max_moves && !self.free.is_empty()) {
        let i = tournament::index(gains.top());
        let shard = self.free.pop_back();
        self.give(shard, i);
        gains.set(i, self.gain(i));
        moves = moves + 1;
    };
    if (moves == max_moves) return moves;
    let mut losses = self.bids(true);
    while (moves < max_moves) {
        let top = gains.top();
        let i = tournament::index(top);
        let j = tournament::index(losses.top());
        if (top == tournament::out() || !self.is_due(i, j)) {
            self.complete = true;
            break
        };
        // A candidate never loses what it got, so the highest shard it has is the last of those it began with. And the bids
        // that are not renewed here, of i to lose and of j to get, are of no effect: neither would make a move due.
        let shard = self.kept[j].pop_back();
        *&mut self.counts[j] = self.counts[j] - 1;
        self.give(shard, i);
        gains.set(i, self.gain(i));
        losses.set(j, self.loss(j));
        moves = moves + 1;
    };
    moves
}

/// Whether a shard of j must move to i: stake_i / (shards_i + 1) > (1 + tolerance) x stake_j / shards_j.
fun is_due(self: &Apportionment, i: u64, j: u64): bool {
    (self.stakes[i] as u256) * ((self.counts[j] * ONE_BP) as u256)
        > (self.stakes[j] as u256) * ((self.counts[i] + 1) as u256) * (self.tolerance_bp as u256)
}

fun give(self: &mut Apportionment, shard: u16, i: u64) {
    *&mut self.counts[i] = self.counts[i] + 1;
    *&mut self.owners[shard as u64] = i as u16;
}

/// What all candidates bid to lose a shard, or to get one.
fun bids(self: &Apportionment, to_lose: bool): Tournament {
    let (mut words, mut i) = (vector[], 0);
    while (i < self.stakes.length()) {
        words.push_back(if (to_lose) self.loss(i) else self.gain(i));
        i = i + 1;
    };
    tournament::new(words)
}

/// What candidate i bids for one more shard.
fun gain(self: &Apportionment, i: u64): u128 {
    let (stake, count) = (self.stakes[i] as u128, self.counts[i]);
    if (stake == 0 || count >= self.cap) return tournament::out();
    tournament::word((stake << QUOTIENT_BITS) / ((count + 1) as u128), i)
}

/// What candidate i bids to be the next that loses a shard: the more, the less stake there is behind each.
fun loss(self: &Apportionment, i: u64): u128 {
    let count = self.counts[i];
    if (count == 0) return tournament::out();
    tournament::word(QUOTIENT_LIMIT - ((self.stakes[i] as u128) << QUOTIENT_BITS) / (count as u128), i)
}

/// Whether every shard has the candidate that it stays with.
public(package) fun is_complete(self: &Apportionment): bool { self.complete }

/// The candidate that has each shard, by shard.
public(package) fun owners(self: &Apportionment): &vector<u16> { &self.owners }
