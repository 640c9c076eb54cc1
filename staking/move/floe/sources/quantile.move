/// What the committee's votes come to. Each vote weighs as much as the stake behind it.
module floe::quantile;

use floe::tournament;

/// There are no votes with stake, or not one stake for each vote.
const EVotes: u64 = 0;

/// Above every vote: a vote has 64 bits.
const VOTE_LIMIT: u128 = 1 << 64;
/// A price is at most this many times the former, and at least this part of it; capacity is at least this part of it.
const CHANGE: u128 = 2;

/// The smallest vote v such that 3 x stake(votes <= v) >= 2 x total stake + 1: two thirds ask for v or less. Both vectors are
/// by voter. Aborts with `EVotes` unless the vectors are of one length and some stake is above zero.
public(package) fun price(votes: &vector<u64>, stakes: &vector<u64>): u64 {
    two_thirds(votes, stakes, true)
}

/// The greatest vote v such that 3 x stake(votes >= v) >= 2 x total stake + 1: two thirds offer v or more. Aborts as `price`.
public(package) fun capacity(votes: &vector<u64>, stakes: &vector<u64>): u64 {
    two_thirds(votes, stakes, false)
}

fun two_thirds(votes: &vector<u64>, stakes: &vector<u64>, ascending: bool): u64 {
    assert!(votes.length() == stakes.length(), EVotes);
    let (mut words, mut total, mut i) = (vector[], 0u128, 0);
    while (i < votes.length()) {
        let vote = votes[i] as u128;
        words.push_back(tournament::word(if (ascending) VOTE_LIMIT - vote else vote, i));
        total = total + (stakes[i] as u128);
        i = i + 1;
    };
    assert!(total > 0, EVotes);
    let mut order = tournament::new(words);
    let mut sum = 0u128;
    loop {
        let i = tournament::index(order.top());
        sum = sum + (stakes[i] as u128);
        if (3 * sum > 2 * total) return votes[i];
        order.set(i, tournament::out());
    }
}

/// The next price when `old` was the last and `voted` is asked for: at most twice and at least half of the old (rounded up).
/// A price of zero can rise to one.
public(package) fun next_price(old: u64, voted: u64): u64 {
    let most = (CHANGE * (old as u128)).max(1);
    next_capacity(old, (voted as u128).min(most) as u64)
}

/// The next capacity or shard size when `old` was the last and `voted` is offered: at least half of the old (rounded up).
public(package) fun next_capacity(old: u64, voted: u64): u64 {
    voted.max(old / 2 + old % 2)
}
