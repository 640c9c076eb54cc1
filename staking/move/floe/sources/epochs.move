/// The course of the epochs: what is due when, and what each step does.
///
/// 1. From its start receivers attest the shards that moved to them. What is missing at the sync deadline is recovered, and
///    paid for. Pools settle: they take what the last epoch brought them.
/// 2. At the cutoff stake, votes and keys are frozen, and the next committee is selected in steps.
/// 3. Then come challenges, answers and, in the report window, reports.
/// 4. At its end penalties and rewards are recorded, and the next epoch begins.
///
/// Epoch 0 has no committee. It ends at the start time of the first epoch, or when there are enough nodes with stake.
module floe::epochs;

use floe::active_set::Votes;
use floe::challenge::{Self, Challenge};
use floe::committee::{Self, Committee};
use floe::events;
use floe::governance::{Self, Governance};
use floe::params::{Economics, Penalties, Timing};
use floe::quantile;
use floe::recovery_penalty;
use floe::registry::{Self, Line, Registry};
use floe::roster::{Self, Roster};
use floe::selection::{Self, Selection};
use floe::system::System;
use floe::transfers::{Self, Transfers};
use sui::event;
use sui::table::{Self, Table};

/// Nothing is due yet.
const ENothingDue: u64 = 0;
/// The node is no member of the committee.
const ENotMember: u64 = 1;
/// The cutoff has passed: this can be asked for in the next epoch.
const ELate: u64 = 2;
/// Challenges cannot be started at this time.
const EOutsideChallengeSpan: u64 = 3;
/// It is not the time for reports, or for certificates of answers.
const EOutsideReportWindow: u64 = 4;

/// What `push` does next.
const NOTHING: u8 = 0;
const EXPIRE_TRANSFERS: u8 = 1;
const FORCE_CHANGE: u8 = 2;
const SETTLE_NODES: u8 = 3;
const FREEZE: u8 = 4;
const SELECT: u8 = 5;
const ADVANCE: u8 = 6;

/// No time at all.
const NEVER: u64 = 0xffff_ffff_ffff_ffff;
/// Nodes that one call settles, so that it stays below 500 dynamic fields.
const MAX_SETTLED: u64 = 32;
/// Transfers that one call lets expire: each charges two nodes, which it may have to settle.
const MAX_EXPIRED: u64 = 16;

public struct Epochs has store {
    n_shards: u16,
    timing: Timing,
    penalties: Penalties,
    /// Bytes of encoded data in a shard.
    shard_size: u64,
    /// Scheduled start of the epoch; in epoch 0 that of the first.
    start_ms: u64,
    registry: Registry,
    /// The committees of the epoch before, of this one and, once selected, of the next, by epoch. They are large: whoever
    /// stakes need not rewrite them.
    rosters: Table<u32, Roster>,
    selection: Option<Selection>,
    /// What the next committee voted for; none when the current one stays on.
    votes: Option<Votes>,
    transfers: Transfers,
    challenge: Challenge,
    governance: Governance,
}

/// Stake, votes and keys for the next committee are frozen.
public struct StakeFrozen has copy, drop { next_epoch: u32, candidates: u64 }

/// A challenge has begun: audits draw from the first `blobs` blob ids with an index.
public struct ChallengeStarted has copy, drop { epoch: u32, seed: vector<u8>, blobs: u64 }

/// A quorum confirmed that a node answered its challenges.
public struct AuditCertified has copy, drop { epoch: u32, node_id: ID }

/// A member reported, in bitmaps over the committee.
public struct Reported has copy, drop {
    epoch: u32,
    node_id: ID,
    challenged_by: vector<u8>,
    challenged: vector<u8>,
    passed: vector<u8>,
}

/// What an epoch brought: FROST to distribute, encoded bytes reserved, and a line for every member.
public struct EpochClosed has copy, drop { epoch: u32, pot: u64, used: u64, lines: vector<Line> }

public(package) fun new(
    n_shards: u16,
    timing: Timing,
    economics: Economics,
    penalties: Penalties,
    shard_size: u64,
    first_start_ms: u64,
    ctx: &mut TxContext,
): Epochs {
    let mut rosters = table::new(ctx);
    rosters.add(0, roster::empty());
    Epochs {
        n_shards,
        timing,
        penalties,
        shard_size,
        start_ms: first_start_ms,
        registry: registry::new(economics, ctx),
        rosters,
        selection: option::none(),
        votes: option::none(),
        transfers: transfers::new(n_shards),
        challenge: challenge::new(),
        governance: governance::new(),
    }
}

// === Time ===

/// What is to be done next (0 nothing, 1 let transfers expire, 2 force the change of epoch, 3 settle nodes, 4 freeze stake,
/// 5 select the next committee, 6 begin the next epoch) and when that is due.
public(package) fun next_action(self: &Epochs): (u8, u64) {
    let (change, change_ms) = if (!self.transfers.is_settled()) {
        (EXPIRE_TRANSFERS, self.start_ms + self.timing.sync_deadline())
    } else if (!self.transfers.is_done()) {
        (FORCE_CHANGE, self.start_ms + self.timing.recovery_deadline())
    } else {
        (NOTHING, NEVER)
    };
    let (turn, turn_ms) = if (self.is_selected()) {
        (ADVANCE, self.end_ms())
    } else if (self.selection.is_some()) {
        (SELECT, self.cutoff_ms())
    } else if (!self.registry.is_settled()) {
        (SETTLE_NODES, self.cutoff_ms())
    } else if (self.epoch() > 0 || self.registry.active().length() >= self.registry.economics().min_nodes()) {
        (FREEZE, self.cutoff_ms())
    } else {
        (NOTHING, NEVER)
    };
    if (change_ms <= turn_ms) (change, change_ms) else (turn, turn_ms)
}

/// Does what is due, and returns how much of it: transfers that expired, nodes that settled, shards given or moved, else one.
/// Aborts with `ENothingDue`.
public(package) fun push(self: &mut Epochs, system: &mut System, now_ms: u64): u64 {
    let (action, due_ms) = self.next_action();
    assert!(action != NOTHING && due_ms <= now_ms, ENothingDue);
    if (action == EXPIRE_TRANSFERS) return self.expire_transfers(now_ms);
    if (action == SETTLE_NODES) return self.registry.settle_some(MAX_SETTLED);
    if (action == SELECT) return self.select();
    if (action == FORCE_CHANGE) self.transfers.force(now_ms)
    else if (action == FREEZE) self.freeze_stake()
    else self.advance(system, now_ms);
    1
}

/// The epoch from which a request counts that is made now: the next one, or the one after when it is too late for that.
public(package) fun counts_from(self: &Epochs, now_ms: u64): u32 {
    self.epoch() + if (self.is_late(now_ms)) 2 else 1
}

/// The scheduled end.
public(package) fun end_ms(self: &Epochs): u64 {
    if (self.epoch() == 0) self.start_ms else self.start_ms + self.timing.duration()
}

fun cutoff_ms(self: &Epochs): u64 {
    if (self.epoch() == 0) self.start_ms else self.start_ms + self.timing.cutoff()
}

/// Whether requests miss the next epoch. Stake for the first committee is taken until it is frozen.
fun is_late(self: &Epochs, now_ms: u64): bool {
    self.selection.is_some() || self.is_selected() || self.epoch() > 0 && now_ms >= self.cutoff_ms()
}

// === Transfers ===

/// A member has all shards of a record. Aborts with `ENotMember`, and in `transfers`.
public(package) fun attest(self: &mut Epochs, node_id: ID, record: u64, now_ms: u64) {
    let receiver = self.member(node_id);
    let epoch = self.epoch();
    self.transfers.attest(record, receiver, now_ms, &self.rosters[epoch - 1], &self.rosters[epoch])
}

/// A member does not get the shards of a record. Aborts with `ENotMember`, and in `transfers`.
public(package) fun fail(self: &mut Epochs, node_id: ID, record: u64, now_ms: u64) {
    let receiver = self.member(node_id);
    let epoch = self.epoch();
    self.transfers.fail(record, receiver, now_ms, &self.rosters[epoch - 1], &self.rosters[epoch])
}

/// A member lost shards, and owes for their recovery. Aborts with `ENotMember`, and in `transfers`.
public(package) fun request_recovery(self: &mut Epochs, node_id: ID, shards: vector<u16>) {
    let member = self.member(node_id);
    let count = self.transfers.request_recovery(member, shards);
    let (nodes, weights, helping) = recovery_penalty::helpers(self.roster(), node_id, node_id);
    let (burned, shared) = recovery_penalty::of_loss(
        count,
        self.penalties.recovery_sender(),
        self.penalties.recovery_receiver(),
        helping,
        self.n_shards,
    );
    self.charge(node_id, burned, shared, &nodes, &weights, false);
}

/// A member has its shards again. Aborts with `ENotMember`, and in `transfers`.
public(package) fun recovered(self: &mut Epochs, node_id: ID, shards: vector<u16>) {
    let member = self.member(node_id);
    let epoch = self.epoch();
    self.transfers.recovered(member, shards, &self.rosters[epoch])
}

fun expire_transfers(self: &mut Epochs, now_ms: u64): u64 {
    let epoch = self.epoch();
    let expiries = self.transfers.expire(MAX_EXPIRED, now_ms, &self.rosters[epoch - 1], &self.rosters[epoch]);
    let sender_rate = self.penalties.recovery_sender();
    let receiver_rate = self.penalties.recovery_receiver();
    let n_shards = self.n_shards;
    let mut i = 0;
    while (i < expiries.length()) {
        let expiry = &expiries[i];
        let (sender, receiver) = (expiry.sender(), expiry.receiver());
        let (nodes, weights, helping) = recovery_penalty::helpers(self.roster(), sender, receiver);
        let (burned, shared) = recovery_penalty::of_sender(
            expiry.sender_shards(),
            sender_rate,
            receiver_rate,
            helping,
            n_shards,
        );
        self.charge(sender, burned, shared, &nodes, &weights, true);
        let (burned, shared) = recovery_penalty::of_receiver(
            expiry.receiver_shards(),
            receiver_rate,
            helping,
            n_shards,
        );
        self.charge(receiver, burned, shared, &nodes, &weights, true);
        i = i + 1;
    };
    i
}

fun charge(
    self: &mut Epochs,
    node_id: ID,
    burned: u64,
    shared: u64,
    nodes: &vector<ID>,
    weights: &vector<u16>,
    with_leaving: bool,
) {
    if (burned + shared == 0) return;
    let economics = *self.registry.economics();
    self.registry.pool_mut(node_id).charge(burned, shared, nodes, weights, with_leaving, &economics);
    self.registry.update(node_id)
}

// === Selection ===

fun freeze_stake(self: &mut Epochs) {
    let next_epoch = self.epoch() + 1;
    let economics = self.registry.economics();
    let selection = selection::begin(
        self.registry.active(),
        self.roster(),
        next_epoch - 1,
        self.n_shards,
        economics.min_nodes(),
        economics.tolerance_bp(),
    );
    self.selection.fill(selection);
    let total = self.total_stake();
    self.governance.close(total, next_epoch);
    event::emit(StakeFrozen { next_epoch, candidates: self.registry.active().length() });
}

fun select(self: &mut Epochs): u64 {
    let selection = self.selection.borrow_mut();
    let moves = selection.step(selection::max_moves());
    if (selection.is_complete()) {
        let (roster, votes) = self.selection.extract().finish(self.roster());
        self.votes = votes;
        let next = self.epoch() + 1;
        self.rosters.add(next, roster);
        events::epoch_parameters_selected(next);
    };
    moves
}

// === Challenges ===

/// Begins the epoch's challenge. Aborts with `EOutsideChallengeSpan`, in `challenge` when it has begun, and in `transfers`
/// while some are open.
public(package) fun start_challenge(self: &mut Epochs, seed: vector<u8>, blobs: u64, now_ms: u64) {
    let (first, last) = self.timing.challenge_span();
    assert!(self.epoch() > 0, EOutsideChallengeSpan);
    assert!(self.start_ms + first <= now_ms && now_ms <= self.start_ms + last, EOutsideChallengeSpan);
    let members = self.roster().length();
    self.challenge.start(seed, blobs, self.transfers.excuse(members));
    event::emit(ChallengeStarted { epoch: self.epoch(), seed, blobs });
}

/// Notes a quorum's certificate that a node answered. Aborts with `ENotMember`, `EOutsideReportWindow` after the epoch's end, in
/// `committee` and `message` when it is none, and in `challenge`.
public(package) fun certify_audit(
    self: &mut Epochs,
    system: &System,
    node_id: ID,
    signature: vector<u8>,
    bitmap: vector<u8>,
    message: vector<u8>,
    now_ms: u64,
) {
    assert!(now_ms < self.end_ms(), EOutsideReportWindow);
    let member = self.member(node_id);
    self.challenge.certify(member);
    system
        .committee()
        .verify_quorum(signature, bitmap, message)
        .expect_audit_passed(object::id(system), node_id, *self.challenge.seed());
    event::emit(AuditCertified { epoch: self.epoch(), node_id });
}

/// Takes a member's report. Aborts with `ENotMember`, `EOutsideReportWindow`, and in `challenge` and `members`.
public(package) fun report(
    self: &mut Epochs,
    node_id: ID,
    challenged_by: vector<u8>,
    challenged: vector<u8>,
    passed: vector<u8>,
    now_ms: u64,
) {
    let from = self.start_ms + self.timing.report_point();
    assert!(from <= now_ms && now_ms < self.end_ms(), EOutsideReportWindow);
    let member = self.member(node_id);
    let shards = self.roster().weight(member);
    self.challenge.report(member, shards, &challenged_by, &challenged, &passed);
    event::emit(Reported { epoch: self.epoch(), node_id, challenged_by, challenged, passed });
}

// === Governance ===

/// A member proposes penalties for the next epoch. Aborts with `ENotMember`, `ELate`, in `params` when they break a rule, and in
/// `governance`.
public(package) fun propose(self: &mut Epochs, node_id: ID, penalties: Penalties, now_ms: u64) {
    assert!(!self.is_late(now_ms), ELate);
    let member = self.member(node_id);
    self.registry.economics().check_proposal(&self.penalties, &penalties, self.total_stake(), self.n_shards);
    let epoch = self.epoch();
    self.governance.propose(member, node_id, epoch, penalties)
}

/// A member votes for a proposal or for none. Aborts with `ENotMember`, `ELate`, and in `governance`.
public(package) fun vote(self: &mut Epochs, node_id: ID, proposal: Option<u64>, now_ms: u64) {
    assert!(!self.is_late(now_ms), ELate);
    let member = self.member(node_id);
    let (epoch, stake) = (self.epoch(), self.roster().stake(member));
    self.governance.vote(member, node_id, epoch, proposal, stake)
}

/// Stake that elected the committee.
fun total_stake(self: &Epochs): u64 {
    let roster = self.roster();
    let mut total = 0;
    let mut i = 0;
    while (i < roster.length()) {
        total = total + roster.stake(i);
        i = i + 1;
    };
    total
}

// === Next epoch ===

/// Records what the epoch brought its members, and begins the next.
fun advance(self: &mut Epochs, system: &mut System, now_ms: u64) {
    let ended = self.epoch();
    let epoch = ended + 1;
    let n_shards = self.n_shards;
    let current = &self.rosters[ended];
    let next = &self.rosters[epoch];
    let members = current.length();
    let mut shards = vector[];
    let mut denied = vector[];
    let mut i = 0;
    while (i < members) {
        shards.push_back(current.weight(i));
        denied.push_back(system.denied_size(current.node_id(i)));
        i = i + 1;
    };
    let verdicts = self.challenge.assess(&shards, n_shards, &self.penalties);
    let unpaid = self.transfers.unpaid(members);

    let (mut storage_price, mut write_price) = system.prices();
    let carried = self.votes.is_none();
    if (!carried) {
        let votes = self.votes.extract();
        storage_price = quantile::next_price(storage_price, votes.storage_price());
        write_price = quantile::next_price(write_price, votes.write_price());
        self.shard_size = quantile::next_capacity(self.shard_size, votes.shard_size());
    };
    let capacity = self.shard_size * (n_shards as u64);
    let (mut pot, used) = system.advance(committee_of(next, epoch, n_shards), storage_price, write_price, capacity);
    pot.join(self.registry.take_carry());

    let all = pot.value();
    let mut lines = vector[];
    let mut rewards = 0;
    i = 0;
    while (i < members) {
        let verdict = &verdicts[i];
        let paid = if (verdict.answer() > 0) 0 else shards[i] - unpaid[i];
        let reward = reward(all, paid, n_shards, denied[i], used);
        rewards = rewards + reward;
        let node_id = current.node_id(i);
        lines.push_back(registry::new_line(node_id, shards[i], reward, verdict.owed(), verdict.is_suspended()));
        i = i + 1;
    };
    event::emit(EpochClosed { epoch: ended, pot: all, used, lines });

    let mut strikes = vector[];
    let mut nodes = vector[];
    i = 0;
    while (i < next.length()) {
        let node_id = next.node_id(i);
        let member = current.find(node_id);
        strikes.push_back(if (member.is_some()) verdicts[member.destroy_some()].strikes() else 0);
        nodes.push_back(node_id);
        i = i + 1;
    };
    self.start_ms = self.end_ms().max(now_ms);
    self.registry.advance(lines, pot.split(rewards), pot, carried, nodes);
    self.challenge.restart(strikes);
    self.penalties = self.governance.adopted().destroy_with_default(self.penalties);
    self.governance.restart(nodes.length());
    events::epoch_change_start(epoch);
    self.transfers.begin(
        &self.rosters[ended],
        &self.rosters[epoch],
        epoch,
        self.start_ms + self.timing.sync_deadline(),
        self.start_ms + self.timing.recovery_deadline(),
    );
    if (ended > 0) { self.rosters.remove(ended - 1); }
}

fun committee_of(roster: &Roster, epoch: u32, n_shards: u16): Committee {
    let mut members = vector[];
    let mut i = 0;
    while (i < roster.length()) {
        members.push_back(committee::member(roster.node_id(i), *roster.key(i), roster.weight(i)));
        i = i + 1;
    };
    committee::new(epoch, n_shards, members)
}

/// The part of `all` FROST for a member with so many paid shards: pot x shards / n x (used - denied) / used, rounded down.
public(package) fun reward(all: u64, shards: u16, n_shards: u16, denied: u64, used: u64): u64 {
    let (weight, whole) = if (used == 0) (1, 1) else (used - denied, used);
    ((all as u256) * (shards as u256) * (weight as u256) / ((n_shards as u256) * (whole as u256))) as u64
}

// === Reading ===

public(package) fun registry(self: &Epochs): &Registry { &self.registry }

public(package) fun registry_mut(self: &mut Epochs): &mut Registry { &mut self.registry }

public(package) fun epoch(self: &Epochs): u32 { self.registry.epoch() }

public(package) fun n_shards(self: &Epochs): u16 { self.n_shards }

public(package) fun timing(self: &Epochs): &Timing { &self.timing }

public(package) fun penalties(self: &Epochs): &Penalties { &self.penalties }

public(package) fun start_ms(self: &Epochs): u64 { self.start_ms }

public(package) fun shard_size(self: &Epochs): u64 { self.shard_size }

/// The committee.
public(package) fun roster(self: &Epochs): &Roster { &self.rosters[self.epoch()] }

/// The committee of an epoch, as far as it is kept.
public(package) fun roster_of(self: &Epochs, epoch: u32): Option<Roster> {
    if (self.rosters.contains(epoch)) option::some(self.rosters[epoch]) else option::none()
}

public(package) fun transfers(self: &Epochs): &Transfers { &self.transfers }

public(package) fun challenge(self: &Epochs): &Challenge { &self.challenge }

public(package) fun governance(self: &Epochs): &Governance { &self.governance }

/// Whether no more penalties of the last change of epoch can befall a node.
public(package) fun is_released(self: &Epochs, node_id: ID): bool {
    // In epoch 0 there was no change.
    self.transfers.is_settled()
        || self.transfers.is_settled_for(node_id, &self.rosters[self.epoch() - 1], self.roster())
}

/// Whether the next committee is known.
fun is_selected(self: &Epochs): bool { self.rosters.contains(self.epoch() + 1) }

fun member(self: &Epochs, node_id: ID): u64 {
    let member = self.roster().find(node_id);
    assert!(member.is_some(), ENotMember);
    member.destroy_some()
}
