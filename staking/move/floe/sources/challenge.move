/// The challenge of an epoch: seed, certificates, reports, and what members owe after it.
module floe::challenge;

use floe::bft;
use floe::members;
use floe::params::Penalties;

/// The epoch's challenge has begun already.
const EStarted: u64 = 0;
/// The epoch's challenge has not begun.
const ENotStarted: u64 = 1;
/// The member's answers are certified already.
const ECertified: u64 = 2;
/// The member has reported already.
const EReported: u64 = 3;
/// The reporter passes a node that it did not challenge.
const EPassedUnchallenged: u64 = 4;

/// Epochs running of failed challenges after which a node gets no shards.
const STRIKES: u8 = 3;

/// What has happened so far. Vectors go by member.
public struct Challenge has store {
    /// 32 random bytes; empty before the start.
    seed: vector<u8>,
    /// How many blob ids had been certified at the start: audits draw from these.
    blobs: u64,
    /// Shards excused from this challenge.
    excused: vector<u16>,
    certified: vector<bool>,
    reported: vector<bool>,
    /// Shards of those who reported.
    reporters: u16,
    /// Shards of others who say that the member passed.
    passes: vector<u16>,
    /// Shards of others who say that the member challenged them.
    issues: vector<u16>,
    /// Epochs running up to the last one in which the member failed its challenges.
    strikes: vector<u8>,
}

/// What a member owes (FROST), and how often running it has now failed.
public struct Verdict has copy, drop {
    answer: u64,
    issue: u64,
    strikes: u8,
}

public(package) fun new(): Challenge {
    Challenge {
        seed: vector[],
        blobs: 0,
        excused: vector[],
        certified: vector[],
        reported: vector[],
        reporters: 0,
        passes: vector[],
        issues: vector[],
        strikes: vector[],
    }
}

/// Forgets the last epoch, for a committee with these strikes.
public(package) fun restart(self: &mut Challenge, strikes: vector<u8>) {
    let count = strikes.length();
    self.seed = vector[];
    self.blobs = 0;
    self.certified = members::fill(false, count);
    self.reported = self.certified;
    self.reporters = 0;
    self.passes = members::fill(0, count);
    self.issues = self.passes;
    self.strikes = strikes;
}

/// Begins the challenge, from which so many shards of each member are excused. Aborts with `EStarted`.
public(package) fun start(self: &mut Challenge, seed: vector<u8>, blobs: u64, excused: vector<u16>) {
    assert!(!self.is_started(), EStarted);
    self.seed = seed;
    self.blobs = blobs;
    self.excused = excused;
}

/// Notes that a quorum confirmed the answers of a member. Aborts with `ENotStarted`, `ECertified`.
public(package) fun certify(self: &mut Challenge, member: u64) {
    assert!(self.is_started(), ENotStarted);
    assert!(!self.certified[member], ECertified);
    *(&mut self.certified[member]) = true;
}

/// Takes the report of a member with `shards`: who challenged it, whom it challenged, and which of these passed, as bitmaps over
/// the committee (lowest bit first; missing bytes are zeros). What it says of itself counts for nothing.
/// Aborts with `ENotStarted`, `EReported`, `EPassedUnchallenged`, and in `members` when a bitmap does not fit.
public(package) fun report(
    self: &mut Challenge,
    member: u64,
    shards: u16,
    challenged_by: &vector<u8>,
    challenged: &vector<u8>,
    passed: &vector<u8>,
) {
    assert!(self.is_started(), ENotStarted);
    assert!(!self.reported[member], EReported);
    *(&mut self.reported[member]) = true;
    self.reporters = self.reporters + shards;
    let count = self.reported.length();
    members::check(challenged_by, count);
    members::check(challenged, count);
    members::check(passed, count);
    let mut i = 0;
    while (i < count) {
        let pass = members::has(passed, i);
        assert!(!pass || members::has(challenged, i), EPassedUnchallenged);
        if (i != member) {
            if (pass) add(&mut self.passes, i, shards);
            if (members::has(challenged_by, i)) add(&mut self.issues, i, shards);
        };
        i = i + 1;
    }
}

/// What every member owes at the end of the epoch: `shards` by member, `n_shards` in all. A member counts as passed and challenged by itself.
public(package) fun assess(
    self: &Challenge,
    shards: &vector<u16>,
    n_shards: u16,
    penalties: &Penalties,
): vector<Verdict> {
    let heard = bft::is_quorum(self.reporters, n_shards);
    let mut verdicts = vector[];
    let mut i = 0;
    while (i < shards.length()) {
        let mut verdict = Verdict { answer: 0, issue: 0, strikes: 0 };
        let own = shards[i];
        if (self.is_started()) {
            if (heard && !self.certified[i] && 2 * (self.passes[i] + own) < n_shards) {
                verdict.answer = penalties.fail_answer() * ((own - self.excused[i]) as u64);
            };
            if (!self.reported[i] || heard && 2 * (self.issues[i] + own) < n_shards) {
                verdict.issue = penalties.fail_issue() * (own as u64);
            };
        };
        // Failing with every shard excused costs nothing and is no strike.
        if (verdict.answer > 0) verdict.strikes = STRIKES.min(self.strikes[i] + 1);
        verdicts.push_back(verdict);
        i = i + 1;
    };
    verdicts
}

public fun is_started(self: &Challenge): bool { !self.seed.is_empty() }

public fun seed(self: &Challenge): &vector<u8> { &self.seed }

public fun blobs(self: &Challenge): u64 { self.blobs }

public fun has_reported(self: &Challenge, member: u64): bool { self.reported[member] }

public fun is_certified(self: &Challenge, member: u64): bool { self.certified[member] }

public(package) fun answer(self: &Verdict): u64 { self.answer }

public(package) fun owed(self: &Verdict): u64 { self.answer + self.issue }

public(package) fun strikes(self: &Verdict): u8 { self.strikes }

public(package) fun is_suspended(self: &Verdict): bool { self.strikes == STRIKES }

fun add(weights: &mut vector<u16>, i: u64, weight: u16) {
    let sum = &mut weights[i];
    *sum = *sum + weight;
}
