/// The numbers that rule time, stake and penalties: fixed at genesis but for the penalties, which members govern.
module floe::params;

/// A duration or point in time is zero, out of order, or longer than an epoch may be.
const ETiming: u64 = 0;
/// A rate or a number of nodes is outside its bounds.
const EEconomics: u64 = 1;
/// A penalty is zero or above `MAX_PENALTY`.
const EPenaltyRange: u64 = 2;
/// The sender of a shard or a node that fails to answer would owe less than the receiver of a shard.
const EPenaltyOrder: u64 = 3;
/// A penalty would more than double.
const EPenaltyGrowth: u64 = 4;
/// A penalty would be above its part of the average stake per shard.
const EPenaltyAboveStake: u64 = 5;

/// Basis points in a whole.
const BP: u64 = 10_000;
/// Longest epoch in ms (a year): sums of times stay far from the end of u64.
const MAX_DURATION_MS: u64 = 31_536_000_000;
/// Most interest on debt, bp an epoch.
const MAX_INTEREST_BP: u64 = 1_000;
/// Most nodes a committee may have; the counters of work are asserted at this size.
const MAX_NODES: u64 = 150;
/// Most a penalty may be, FROST per shard (a million WAL): times 4,096 shards it stays inside u64.
const MAX_PENALTY: u64 = 1_000_000_000_000_000;

const HOUR_MS: u64 = 3_600_000;
/// FROST in a WAL.
const WAL: u64 = 1_000_000_000;

/// Points and spans of an epoch in ms. Points count from the scheduled start of the epoch.
public struct Timing has copy, drop, store {
    /// Length of an epoch.
    duration: u64,
    /// From here on stake, votes and proposals miss the next epoch; committee selection may begin.
    cutoff: u64,
    /// From here on challenges may be started.
    challenge_point: u64,
    /// Least time between the seed and the report window.
    answer_window: u64,
    /// The last part of the epoch, in which members report.
    report_window: u64,
    /// Up to here receivers attest shards; what is missing then is recovered, and paid for.
    sync_deadline: u64,
    /// Here the change of epoch counts as done, whatever is missing.
    recovery_deadline: u64,
}

/// Rates (bp), and numbers of nodes.
public struct Economics has copy, drop, store {
    /// Part of the initial principal that redemption always returns; below this part of par a pool closes. 1..=10,000.
    floor_bp: u64,
    /// Simple interest on debt, bp an epoch.
    interest_bp: u64,
    /// How much more stake per shard a node needs before a shard moves to it.
    tolerance_bp: u64,
    /// Part of the average stake per shard that no governed penalty may pass.
    max_penalty_bp: u64,
    /// Nodes with stake that a committee needs.
    min_nodes: u64,
    /// Nodes that can be in the active set.
    max_nodes: u64,
}

/// The governed penalties, FROST per shard.
public struct Penalties has copy, drop, store {
    /// Owed by the sender of a shard that did not arrive, and by a node that lost one.
    recovery_sender: u64,
    /// Owed by the receiver of a shard that did not arrive.
    recovery_receiver: u64,
    /// Owed by a node that failed its challenges.
    fail_answer: u64,
    /// Owed by a node that did not challenge or did not report.
    fail_issue: u64,
}

// === Making ===

/// Times of an epoch in ms, in the order of the fields. All are positive, the epoch is at most a year,
/// `sync_deadline <= recovery_deadline <= duration`, `sync_deadline <= cutoff < duration` and `sync_deadline <= challenge_point`
/// (so that frozen stake bears the penalties of transfers, and challenges know the shards in recovery), and `challenge_point + answer_window + report_window <= duration`.
/// Aborts with `ETiming` otherwise.
public fun new_timing(
    duration: u64,
    cutoff: u64,
    challenge_point: u64,
    answer_window: u64,
    report_window: u64,
    sync_deadline: u64,
    recovery_deadline: u64,
): Timing {
    assert!(duration <= MAX_DURATION_MS, ETiming);
    assert!(0 < sync_deadline && sync_deadline <= recovery_deadline && recovery_deadline <= duration, ETiming);
    assert!(sync_deadline <= cutoff && cutoff < duration, ETiming);
    assert!(sync_deadline <= challenge_point && answer_window > 0 && report_window > 0, ETiming);
    assert!(challenge_point <= duration && answer_window <= duration && report_window <= duration, ETiming);
    assert!(challenge_point + answer_window + report_window <= duration, ETiming);
    Timing {
        duration,
        cutoff,
        challenge_point,
        answer_window,
        report_window,
        sync_deadline,
        recovery_deadline,
    }
}

/// Rates and numbers of nodes, in the order of the fields. Aborts with `EEconomics` when `floor_bp` is not in 1..=10,000,
/// `interest_bp` above 1,000, `tolerance_bp` or `max_penalty_bp` above 10,000, or not `1 <= min_nodes <= max_nodes <= 150`.
public fun new_economics(
    floor_bp: u64,
    interest_bp: u64,
    tolerance_bp: u64,
    max_penalty_bp: u64,
    min_nodes: u64,
    max_nodes: u64,
): Economics {
    assert!(0 < floor_bp && floor_bp <= BP && interest_bp <= MAX_INTEREST_BP, EEconomics);
    assert!(tolerance_bp <= BP && max_penalty_bp <= BP, EEconomics);
    assert!(0 < min_nodes && min_nodes <= max_nodes && max_nodes <= MAX_NODES, EEconomics);
    Economics { floor_bp, interest_bp, tolerance_bp, max_penalty_bp, min_nodes, max_nodes }
}

/// Penalties in FROST per shard. Aborts with `EPenaltyRange` unless each is in 1..=10^15, and with `EPenaltyOrder` when
/// `recovery_sender` or `fail_answer` is below `recovery_receiver`.
public fun new_penalties(
    recovery_sender: u64,
    recovery_receiver: u64,
    fail_answer: u64,
    fail_issue: u64,
): Penalties {
    let penalties = Penalties { recovery_sender, recovery_receiver, fail_answer, fail_issue };
    let all = penalties.to_vector();
    let mut i = 0;
    while (i < all.length()) {
        assert!(0 < all[i] && all[i] <= MAX_PENALTY, EPenaltyRange);
        i = i + 1;
    };
    assert!(recovery_sender >= recovery_receiver && fail_answer >= recovery_receiver, EPenaltyOrder);
    penalties
}

/// Two weeks an epoch, the cutoff halfway, three days for transfers and two more for recovery, challenges from the
/// middle of the tenth day, a day each to answer and to report.
public fun default_timing(): Timing {
    new_timing(
        336 * HOUR_MS,
        168 * HOUR_MS,
        228 * HOUR_MS,
        24 * HOUR_MS,
        24 * HOUR_MS,
        72 * HOUR_MS,
        120 * HOUR_MS,
    )
}

/// Floor 5 %, interest 1 % an epoch, tolerance 5 %, penalties at most 10 % of the average stake per shard, committees of
/// 4 to 150 nodes.
public fun default_economics(): Economics {
    new_economics(500, 100, 500, 1_000, 4, MAX_NODES)
}

/// A failed transfer costs 5 WAL and 1 WAL, failed challenges 5 WAL, not challenging 1 WAL, each per shard.
public fun default_penalties(): Penalties {
    new_penalties(5 * WAL, WAL, 5 * WAL, WAL)
}

/// Aborts unless `next` may be proposed after `old`: each penalty at most twice its old value (`EPenaltyGrowth`) and at most
/// `max_penalty_bp` of the average stake per shard (`EPenaltyAboveStake`; `stake` in FROST over `n_shards`).
public(package) fun check_proposal(self: &Economics, old: &Penalties, next: &Penalties, stake: u64, n_shards: u16) {
    let bound = (stake as u128) * (self.max_penalty_bp as u128) / ((n_shards as u128) * (BP as u128));
    let old = old.to_vector();
    let next = next.to_vector();
    let mut i = 0;
    while (i < next.length()) {
        assert!(next[i] <= 2 * old[i], EPenaltyGrowth);
        assert!((next[i] as u128) <= bound, EPenaltyAboveStake);
        i = i + 1;
    };
}

// === Reading ===

public fun duration(self: &Timing): u64 { self.duration }

public fun cutoff(self: &Timing): u64 { self.cutoff }

public fun sync_deadline(self: &Timing): u64 { self.sync_deadline }

public fun recovery_deadline(self: &Timing): u64 { self.recovery_deadline }

/// First and last moment (ms after the start of the epoch) at which challenges may be started.
public fun challenge_span(self: &Timing): (u64, u64) {
    (self.challenge_point, self.duration - self.report_window - self.answer_window)
}

/// The moment (ms after the start of the epoch) from which members report, until the epoch ends.
public fun report_point(self: &Timing): u64 { self.duration - self.report_window }

public fun floor_bp(self: &Economics): u64 { self.floor_bp }

public fun interest_bp(self: &Economics): u64 { self.interest_bp }

public fun tolerance_bp(self: &Economics): u64 { self.tolerance_bp }

public fun min_nodes(self: &Economics): u64 { self.min_nodes }

public fun max_nodes(self: &Economics): u64 { self.max_nodes }

public fun recovery_sender(self: &Penalties): u64 { self.recovery_sender }

public fun recovery_receiver(self: &Penalties): u64 { self.recovery_receiver }

public fun fail_answer(self: &Penalties): u64 { self.fail_answer }

public fun fail_issue(self: &Penalties): u64 { self.fail_issue }

fun to_vector(self: &Penalties): vector<u64> {
    vector[self.recovery_sender, self.recovery_receiver, self.fail_answer, self.fail_issue]
}
