/// The handing over of shards from one committee to the next, and shards in recovery.
///
/// A change of epoch has one record for each pair of a sender and a receiver. The receiver attests that it has the shards, or
/// says that the sender fails, until the deadline; then what is not attested becomes recovery. The change is done when
/// members with a quorum of shards have all their incoming shards, or at the recovery deadline.
///
/// A shard in recovery stays so until its owner says that it has it. For the challenge of the epoch in which its recovery
/// began, and of the next, the owner is excused for it. A shard that was excused in an epoch, or is in recovery at its end,
/// earns nothing in it. A shard in recovery that moves to another node is in recovery there from the start. It has a record
/// of its own, because its receiver waits for nothing that the sender could be expected to have, and owes nothing.
///
/// Members are numbered as in the roster of their epoch: senders as in the previous one, receivers as in the current one.
/// The caller passes the same rosters with which `begin` was called.
module floe::transfers;

use floe::bft;
use floe::events;
use floe::members;
use floe::roster::Roster;
use sui::event;

/// The change before is not settled, or not done.
const EUnsettled: u64 = 0;
/// There is no record of this number.
const ENoRecord: u64 = 1;
/// The record has another receiver.
const ENotReceiver: u64 = 2;
/// The record was attested, or became recovery.
const ERecordSettled: u64 = 3;
/// The sender's failure was already reported.
const EAlreadyFailed: u64 = 4;
/// The deadline has passed.
const ELate: u64 = 5;
/// The deadline has not passed.
const EEarly: u64 = 6;
/// The shard is another member's, or there is no such shard.
const ENotOwner: u64 = 7;
/// The shard is not in recovery.
const ENotInRecovery: u64 = 8;
/// The shard has not arrived yet, so that it cannot be lost.
const ENotArrived: u64 = 9;
/// The list of shards is empty, or not ascending.
const EShardList: u64 = 10;
/// The shard was lost in this epoch already.
const ELostBefore: u64 = 11;

/// The receiver has said nothing.
const WAITING: u8 = 0;
/// The receiver says that the sender fails. It may still attest.
const FAILED: u8 = 1;
/// The receiver has the shards.
const ATTESTED: u8 = 2;
/// The deadline passed without that.
const EXPIRED: u8 = 3;

/// No member number.
const NOBODY: u64 = 0xFFFF;
/// For how many epochs after the one in which its recovery began a shard is excused.
const GRACE_EPOCHS: u32 = 1;

/// Shards that move from one node to another.
public struct Record has drop, store {
    sender: u16,
    receiver: u16,
    /// Ascending.
    shards: vector<u16>,
    /// Whether the shards were in recovery when they moved.
    inherited: bool,
    /// For how many of the shards the sender owes when the record expires.
    owed: u64,
    state: u8,
}

/// What is known of a shard.
public struct Shard has copy, drop, store {
    /// Number of its owner in the current roster.
    owner: u16,
    /// Whether it moved with this change and is not in its owner's hands yet.
    incoming: bool,
    /// The epoch in which its recovery began, or zero.
    since: u32,
    /// The last epoch for whose challenge it was excused, or zero.
    excused: u32,
    /// Whether its owner asked for its recovery in this epoch.
    lost: bool,
}

/// State of the latest change of epoch, and of all shards.
public struct Transfers has store {
    epoch: u32,
    /// When attesting ends, in ms. Also called the sync deadline.
    deadline_ms: u64,
    /// From when on the change is done whatever is missing, in ms.
    recovery_deadline_ms: u64,
    /// Senders ascend.
    records: vector<Record>,
    /// How many records are waiting or failed.
    open: u64,
    /// All records before this one have expired or are attested.
    cursor: u64,
    shards: vector<Shard>,
    /// Incoming shards that are not in their owner's hands, by member.
    missing: vector<u16>,
    /// Shards of the members that miss none.
    ready: u16,
    done: bool,
}

/// A record that expired, with what sender and receiver owe for.
public struct Expiry has copy, drop {
    sender: ID,
    receiver: ID,
    /// How many shards the sender owes for.
    sender_shards: u64,
    /// How many shards the receiver owes for.
    receiver_shards: u64,
}

/// A receiver has the shards of a record.
public struct TransferAttested has copy, drop {
    epoch: u32,
    sender: ID,
    receiver: ID,
    shards: vector<u16>,
}

/// A receiver says that it does not get the shards of a record.
public struct TransferFailed has copy, drop {
    epoch: u32,
    sender: ID,
    receiver: ID,
    shards: vector<u16>,
}

/// The recovery deadline passed before members with a quorum had all their shards.
public struct EpochChangeForced has copy, drop {
    epoch: u32,
    /// Shards of the members that miss none.
    ready: u16,
}

/// The state before the first committee.
public(package) fun new(n_shards: u16): Transfers {
    let shard = Shard { owner: 0, incoming: false, since: 0, excused: 0, lost: false };
    Transfers {
        epoch: 0,
        deadline_ms: 0,
        recovery_deadline_ms: 0,
        records: vector[],
        open: 0,
        cursor: 0,
        shards: members::fill(shard, n_shards as u64),
        missing: vector[],
        ready: 0,
        done: true,
    }
}

/// Begins the change to `epoch`, from the roster of the epoch before to that of `epoch`. First shards have no sender and need
/// no record. Deadlines in ms. Aborts with `EUnsettled` while the change before is under way.
public(package) fun begin(
    self: &mut Transfers,
    previous: &Roster,
    current: &Roster,
    epoch: u32,
    deadline_ms: u64,
    recovery_deadline_ms: u64,
) {
    assert!(self.open == 0 && self.done, EUnsettled);
    self.epoch = epoch;
    self.deadline_ms = deadline_ms;
    self.recovery_deadline_ms = recovery_deadline_ms;
    self.records = vector[];
    self.cursor = 0;
    self.ready = 0;
    self.done = false;
    self.missing = members::fill(0, current.length());
    self.set_owners(current);
    let mut inherited = vector[];
    // By receiver, one above the number of the latest record of its kind.
    let mut healthy_records = members::fill(0, current.length());
    let mut inherited_records = members::fill(0, current.length());
    let mut i = 0;
    while (i < previous.length()) {
        let heir = current.find(previous.node_id(i)).destroy_with_default(NOBODY);
        let (shards, mut j) = (previous.shards(i), 0);
        while (j < shards.length()) {
            let number = shards[j];
            let shard = &mut self.shards[number as u64];
            let owner = shard.owner as u64;
            shard.lost = false;
            shard.incoming = owner != heir;
            if (shard.incoming) {
                *&mut self.missing[owner] = self.missing[owner] + 1;
                let since = shard.since;
                if (since == 0) {
                    add(&mut self.records, &mut healthy_records[owner], i, owner, number, false, true);
                } else {
                    add(&mut self.records, &mut inherited_records[owner], i, owner, number, true, epoch > since + GRACE_EPOCHS);
                    shard.since = epoch;
                    inherited.push_back(number);
                }
            };
            j = j + 1;
        };
        i = i + 1;
    };
    self.open = self.records.length();
    if (!inherited.is_empty()) events::shard_recovery_start(epoch, inherited);
    i = 0;
    while (i < current.length()) {
        if (self.missing[i] == 0) self.ready = self.ready + current.weight(i);
        i = i + 1;
    };
    self.finish_if_ready();
}

fun set_owners(self: &mut Transfers, current: &Roster) {
    let mut i = 0;
    while (i < current.length()) {
        let (shards, mut j) = (current.shards(i), 0);
        while (j < shards.length()) {
            (&mut self.shards[shards[j] as u64]).owner = i as u16;
            j = j + 1;
        };
        i = i + 1;
    }
}

/// Adds a shard to the record of its kind from the sender to the receiver, which is new when `latest` (one above the number of
/// the receiver's latest record of the kind) belongs to another sender.
fun add(
    records: &mut vector<Record>,
    latest: &mut u64,
    sender: u64,
    receiver: u64,
    shard: u16,
    inherited: bool,
    owed: bool,
) {
    if (*latest == 0 || records[*latest - 1].sender != (sender as u16)) {
        records.push_back(Record {
            sender: sender as u16,
            receiver: receiver as u16,
            shards: vector[],
            inherited,
            owed: 0,
            state: WAITING,
        });
        *latest = records.length();
    };
    let record = &mut records[*latest - 1];
    record.shards.push_back(shard);
    if (owed) record.owed = record.owed + 1;
}

/// The receiver has all shards of a record, and answers for them from now on. It may have said before that the sender fails.
/// Aborts with `ENoRecord`, `ENotReceiver`, `ERecordSettled`, or `ELate` from the deadline on.
public(package) fun attest(
    self: &mut Transfers,
    record: u64,
    receiver: u64,
    now_ms: u64,
    previous: &Roster,
    current: &Roster,
) {
    self.check(record, receiver, now_ms);
    let entry = &mut self.records[record];
    entry.state = ATTESTED;
    let (sender, shards) = (previous.node_id(entry.sender as u64), entry.shards);
    self.open = self.open - 1;
    let (epoch, receiver_id) = (self.epoch, current.node_id(receiver));
    event::emit(TransferAttested { epoch, sender, receiver: receiver_id, shards });
    self.arrive(receiver, shards, current);
}

/// The receiver does not get the shards of a record. Nothing follows before the deadline, until which it may still attest.
/// Aborts as `attest`, and with `EAlreadyFailed`.
public(package) fun fail(
    self: &mut Transfers,
    record: u64,
    receiver: u64,
    now_ms: u64,
    previous: &Roster,
    current: &Roster,
) {
    self.check(record, receiver, now_ms);
    let entry = &mut self.records[record];
    assert!(entry.state == WAITING, EAlreadyFailed);
    entry.state = FAILED;
    event::emit(TransferFailed {
        epoch: self.epoch,
        sender: previous.node_id(entry.sender as u64),
        receiver: current.node_id(receiver),
        shards: entry.shards,
    });
}

fun check(self: &Transfers, record: u64, receiver: u64, now_ms: u64) {
    assert!(record < self.records.length(), ENoRecord);
    let entry = &self.records[record];
    assert!(entry.receiver as u64 == receiver, ENotReceiver);
    assert!(entry.state <= FAILED, ERecordSettled);
    assert!(now_ms < self.deadline_ms, ELate);
}

/// From the deadline on, turns up to `max` records that were not attested into recovery, and returns what is owed for them.
/// Aborts with `EEarly`.
public(package) fun expire(
    self: &mut Transfers,
    max: u64,
    now_ms: u64,
    previous: &Roster,
    current: &Roster,
): vector<Expiry> {
    assert!(now_ms >= self.deadline_ms, EEarly);
    let (mut expiries, epoch) = (vector[], self.epoch);
    while (self.open > 0 && expiries.length() < max) {
        let record = &mut self.records[self.cursor];
        self.cursor = self.cursor + 1;
        if (record.state <= FAILED) {
            record.state = EXPIRED;
            self.open = self.open - 1;
            let mut receiver_shards = 0;
            if (!record.inherited) {
                receiver_shards = record.shards.length();
                let mut i = 0;
                while (i < receiver_shards) {
                    (&mut self.shards[record.shards[i] as u64]).since = epoch;
                    i = i + 1;
                };
                events::shard_recovery_start(epoch, record.shards);
            };
            expiries.push_back(Expiry {
                sender: previous.node_id(record.sender as u64),
                receiver: current.node_id(record.receiver as u64),
                sender_shards: record.owed,
                receiver_shards,
            });
        };
    };
    expiries
}

/// From the recovery deadline on, the change is done whatever is missing. Does nothing when it is done. Aborts with
/// `EUnsettled` while records wait to expire, or with `EEarly`.
public(package) fun force(self: &mut Transfers, now_ms: u64) {
    assert!(now_ms >= self.recovery_deadline_ms, EEarly);
    assert!(self.open == 0, EUnsettled);
    if (self.done) return;
    event::emit(EpochChangeForced { epoch: self.epoch, ready: self.ready });
    self.finish();
}

/// Shards of a member (ascending) are recovered: it answers for them from now on. Aborts with `EShardList`, `ENotOwner` or
/// `ENotInRecovery`.
public(package) fun recovered(self: &mut Transfers, member: u64, shards: vector<u16>, current: &Roster) {
    self.check_owned(member, &shards);
    let mut i = 0;
    while (i < shards.length()) {
        assert!(self.shards[shards[i] as u64].since > 0, ENotInRecovery);
        i = i + 1;
    };
    self.arrive(member, shards, current);
}

/// A member has lost shards (ascending) and asks for recovery, for which it owes each time that it asks: once an epoch for a
/// shard, or it could spend all that its stakers have, to the good of others, before they can leave. Returns how many
/// shards it owes for. Aborts with `EShardList`, `ENotOwner`, `ELostBefore`, or with `ENotArrived` for a shard whose sender
/// may still deliver.
public(package) fun request_recovery(self: &mut Transfers, member: u64, shards: vector<u16>): u64 {
    self.check_owned(member, &shards);
    let (count, epoch, mut i) = (shards.length(), self.epoch, 0);
    while (i < count) {
        let shard = &mut self.shards[shards[i] as u64];
        assert!(!shard.incoming || shard.since > 0, ENotArrived);
        assert!(!shard.lost, ELostBefore);
        shard.lost = true;
        shard.since = epoch;
        i = i + 1;
    };
    events::shard_recovery_start(epoch, shards);
    count
}

fun check_owned(self: &Transfers, member: u64, shards: &vector<u16>) {
    assert!(!shards.is_empty(), EShardList);
    let mut i = 0;
    while (i < shards.length()) {
        let shard = shards[i];
        assert!(i == 0 || shards[i - 1] < shard, EShardList);
        assert!((shard as u64) < self.shards.length() && self.shards[shard as u64].owner as u64 == member, ENotOwner);
        i = i + 1;
    };
}

/// Shards are in the hands of their owner.
fun arrive(self: &mut Transfers, member: u64, shards: vector<u16>, current: &Roster) {
    let (mut missing, mut i) = (self.missing[member], 0);
    let missed = missing > 0;
    while (i < shards.length()) {
        let shard = &mut self.shards[shards[i] as u64];
        if (shard.incoming) missing = missing - 1;
        shard.incoming = false;
        shard.since = 0;
        i = i + 1;
    };
    *&mut self.missing[member] = missing;
    events::shards_received(self.epoch, shards);
    if (missed && missing == 0) {
        self.ready = self.ready + current.weight(member);
        self.finish_if_ready();
    }
}

fun finish_if_ready(self: &mut Transfers) {
    if (!self.done && bft::is_quorum(self.ready, self.shards.length() as u16)) self.finish();
}

fun finish(self: &mut Transfers) {
    self.done = true;
    events::epoch_change_done(self.epoch);
}

/// Fixes for which shards the members are excused from the challenge that starts now, and returns how many for each member of
/// the current roster of `members`. Aborts with `EUnsettled` while records are open.
public(package) fun excuse(self: &mut Transfers, members: u64): vector<u16> {
    assert!(self.open == 0, EUnsettled);
    let (mut counts, epoch, mut i) = (members::fill(0, members), self.epoch, 0);
    while (i < self.shards.length()) {
        let shard = &mut self.shards[i];
        if (shard.since > 0 && epoch <= shard.since + GRACE_EPOCHS) {
            shard.excused = epoch;
            let owner = shard.owner as u64;
            *&mut counts[owner] = counts[owner] + 1;
        };
        i = i + 1;
    };
    counts
}

/// How many shards earn nothing in the epoch that ends, for each member of the current roster of `members`: those in recovery
/// and those excused from the epoch's challenge.
public(package) fun unpaid(self: &Transfers, members: u64): vector<u16> {
    let (mut counts, mut i) = (members::fill(0, members), 0);
    while (i < self.shards.length()) {
        let shard = &self.shards[i];
        if (shard.since > 0 || shard.excused > 0 && shard.excused == self.epoch) {
            let owner = shard.owner as u64;
            *&mut counts[owner] = counts[owner] + 1;
        };
        i = i + 1;
    };
    counts
}

/// Whether the change is done: reads go to the new committee.
public fun is_done(self: &Transfers): bool { self.done }

/// Whether no record is open: the penalties of this change are final.
public fun is_settled(self: &Transfers): bool { self.open == 0 }

/// Whether the node has no open record, so that no more penalties of this change can befall it.
public fun is_settled_for(self: &Transfers, node_id: ID, previous: &Roster, current: &Roster): bool {
    if (self.open == 0) return true;
    let sender = previous.find(node_id).destroy_with_default(NOBODY);
    let receiver = current.find(node_id).destroy_with_default(NOBODY);
    let mut i = self.cursor;
    while (i < self.records.length()) {
        let record = &self.records[i];
        if (record.state <= FAILED && (record.sender as u64 == sender || record.receiver as u64 == receiver)) return false;
        i = i + 1;
    };
    true
}

/// How many records the change has.
public fun length(self: &Transfers): u64 { self.records.length() }

/// A record's sender (number in the previous roster), receiver (number in the current one), shards, and state: 0 waiting,
/// 1 failed, 2 attested, 3 expired.
public fun record(self: &Transfers, i: u64): (u16, u16, vector<u16>, u8) {
    let record = &self.records[i];
    (record.sender, record.receiver, record.shards, record.state)
}

/// The epoch in which the recovery of a shard began, or zero when it is not in recovery.
public fun recovering_since(self: &Transfers, shard: u16): u32 { self.shards[shard as u64].since }

/// Whether the owner of a shard asked for its recovery in this epoch, and cannot ask again before the next.
public fun was_lost(self: &Transfers, shard: u16): bool { self.shards[shard as u64].lost }

public(package) fun sender(self: &Expiry): ID { self.sender }

public(package) fun receiver(self: &Expiry): ID { self.receiver }

public(package) fun sender_shards(self: &Expiry): u64 { self.sender_shards }

public(package) fun receiver_shards(self: &Expiry): u64 { self.receiver_shards }
