/// Thresholds of Byzantine agreement, counted in shards.
///
/// Of `n` shards at most `f = floor((n - 1) / 3)` may be held by nodes that lie. A quorum is more than two thirds of all
/// shards, so that two quorums share an honest one; a validity weight is more than one third, so that an honest node is in it.
module floe::bft;

/// The shards that may be held by faulty nodes. `n` must be above zero.
public fun max_faulty(n: u16): u16 {
    (n - 1) / 3
}

/// The smallest weight that is a quorum: floor(2n/3) + 1.
public fun quorum(n: u16): u16 {
    ((n as u32) * 2 / 3 + 1) as u16
}

/// Whether the weight is a quorum: 3w >= 2n + 1.
public fun is_quorum(weight: u16, n: u16): bool {
    3 * (weight as u32) >= 2 * (n as u32) + 1
}

/// Whether an honest node must be behind the weight: 3w >= n + 1.
public fun is_validity(weight: u16, n: u16): bool {
    3 * (weight as u32) >= (n as u32) + 1
}
