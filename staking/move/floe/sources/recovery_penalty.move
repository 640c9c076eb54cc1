/// What a recovery costs those who caused it, and what the others get who help.
///
/// The penalties of a shard bring the helpers at most three times `recovery_receiver`, and a helper gets its part by its
/// shards of all n, also of those that sender and receiver hold; what is left over is burned. So a group of nodes with at most
/// a third of the shards gets back no more than the least that one of them had to pay, and cannot gain by causing
/// recoveries.
module floe::recovery_penalty;

use floe::roster::Roster;

/// Of a sender's penalty, at most this many times `recovery_receiver` goes to the helpers. The receiver's adds one.
const SENDER_SHARE: u64 = 2;
/// Of the penalty for a lost shard, at most this many times `recovery_receiver` goes to the helpers.
const LOSS_SHARE: u64 = 3;

/// Those who share in the penalties for a recovery, for which nodes `a` and `b` (the same, when there is only one) are
/// responsible: all members in order, their weights in shards (zero for a and b), and the sum of the weights.
public(package) fun helpers(roster: &Roster, a: ID, b: ID): (vector<ID>, vector<u16>, u16) {
    let (mut nodes, mut weights, mut sum, mut i) = (vector[], vector[], 0, 0);
    while (i < roster.length()) {
        let node = roster.node_id(i);
        let weight = if (node == a || node == b) 0 else roster.weight(i);
        nodes.push_back(node);
        weights.push_back(weight);
        sum = sum + weight;
        i = i + 1;
    };
    (nodes, weights, sum)
}

/// What the sender owes for shards that it did not hand over: FROST to burn, and FROST to share among the helpers, whose
/// weights sum to `helping` of `n_shards`. `recovery_sender` and `recovery_receiver` are FROST a shard.
public(package) fun of_sender(
    shards: u64,
    recovery_sender: u64,
    recovery_receiver: u64,
    helping: u16,
    n_shards: u16,
): (u64, u64) {
    split(shards, recovery_sender, SENDER_SHARE * recovery_receiver, helping, n_shards)
}

/// What the receiver owes for the same shards.
public(package) fun of_receiver(shards: u64, recovery_receiver: u64, helping: u16, n_shards: u16): (u64, u64) {
    split(shards, recovery_receiver, recovery_receiver, helping, n_shards)
}

/// What a node owes for shards that it lost.
public(package) fun of_loss(
    shards: u64,
    recovery_sender: u64,
    recovery_receiver: u64,
    helping: u16,
    n_shards: u16,
): (u64, u64) {
    split(shards, recovery_sender, LOSS_SHARE * recovery_receiver, helping, n_shards)
}

fun split(shards: u64, rate: u64, limit: u64, helping: u16, n_shards: u16): (u64, u64) {
    let owed = shards * rate;
    let most = (shards as u128) * (rate.min(limit) as u128);
    let shared = (most * (helping as u128) / (n_shards as u128)) as u64;
    (owed - shared, shared)
}
