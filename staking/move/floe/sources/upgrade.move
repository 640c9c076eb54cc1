/// Upgrades of this package, which members authorise by digest, and the pause, which they decide the same way.
module floe::upgrade;

use floe::bft;
use floe::events;
use floe::ledger::Ledger;
use floe::members;
use floe::node_cap::NodeCap;
use floe::staking::Staking;
use floe::system::System;
use sui::event;
use sui::package::{Self, UpgradeCap, UpgradeReceipt, UpgradeTicket};

/// The digest is not 32 bytes.
const EDigest: u64 = 0;
/// Less than a quorum of the current epoch's shards is in favour.
const ENoQuorum: u64 = 1;
/// The emergency capability belongs to another manager.
const EWrongCap: u64 = 2;
/// The node is no member of the committee.
const ENotMember: u64 = 3;

/// Bytes of a package digest.
const DIGEST_LENGTH: u64 = 32;

/// Shared; holds the right to upgrade, so that nobody can do so alone once the emergency capability is burned.
public struct UpgradeManager has key {
    id: UID,
    cap: UpgradeCap,
    upgrades: Ballot,
    pauses: Ballot,
}

/// The right to upgrade without votes, meant to be burned when the network has settled.
public struct EmergencyUpgradeCap has key, store {
    id: UID,
    manager: ID,
}

/// The last vote of every member in an epoch. A vote of an earlier epoch counts for nothing.
public struct Ballot has store {
    epoch: u32,
    /// By member; empty before it votes.
    choices: vector<vector<u8>>,
}

/// A member voted on whether reserving space and registering blobs shall be paused.
public struct PauseVoted has copy, drop {
    epoch: u32,
    node_id: ID,
    paused: bool,
}

/// Nobody can upgrade without the members any more.
public struct EmergencyUpgradeCapBurned has copy, drop {
    manager: ID,
}

/// Shares a manager for this package.
public(package) fun create(cap: UpgradeCap, ctx: &mut TxContext): EmergencyUpgradeCap {
    let manager = UpgradeManager { id: object::new(ctx), cap, upgrades: none(), pauses: none() };
    let emergency = EmergencyUpgradeCap { id: object::new(ctx), manager: object::id(&manager) };
    transfer::share_object(manager);
    emergency
}

/// A member votes for the package of a digest (32 bytes), instead of what it voted for earlier in the epoch.
/// Aborts with `EDigest`, `ENotMember`.
public fun vote(self: &mut UpgradeManager, system: &System, cap: &NodeCap, digest: vector<u8>) {
    assert!(digest.length() == DIGEST_LENGTH, EDigest);
    let epoch = system.epoch();
    if (self.upgrades.weight(system, &digest) == 0) events::contract_upgrade_proposed(epoch, digest);
    let had = self.upgrades.has_quorum(system, &digest);
    self.upgrades.cast(system, cap, digest);
    if (!had && self.upgrades.has_quorum(system, &digest)) events::contract_upgrade_quorum_reached(epoch, digest);
}

/// Begins the upgrade that a quorum of the current epoch's shards voted for. Aborts with `ENoQuorum`, and in `sui::package`
/// when an upgrade is under way.
public fun authorize(self: &mut UpgradeManager, system: &System, digest: vector<u8>): UpgradeTicket {
    assert!(self.upgrades.has_quorum(system, &digest), ENoQuorum);
    self.cap.authorize_upgrade(package::compatible_policy(), digest)
}

/// Begins an upgrade without votes. Aborts with `EDigest`, `EWrongCap`, and in `sui::package` when an upgrade is under way.
public fun authorize_emergency(
    self: &mut UpgradeManager,
    cap: &EmergencyUpgradeCap,
    digest: vector<u8>,
): UpgradeTicket {
    assert!(cap.manager == object::id(self), EWrongCap);
    assert!(digest.length() == DIGEST_LENGTH, EDigest);
    self.cap.authorize_upgrade(package::compatible_policy(), digest)
}

/// Ends an upgrade. Votes on others begin anew. Aborts in `sui::package` when the receipt is of another upgrade.
public fun commit(self: &mut UpgradeManager, system: &System, receipt: UpgradeReceipt) {
    self.cap.commit_upgrade(receipt);
    self.upgrades.choices = vector[];
    events::contract_upgraded(system.epoch(), self.cap.upgrade_package(), self.cap.version());
}

/// Gives up the right to upgrade without votes.
public fun burn_emergency_cap(cap: EmergencyUpgradeCap) {
    let EmergencyUpgradeCap { id, manager } = cap;
    id.delete();
    event::emit(EmergencyUpgradeCapBurned { manager });
}

/// A member votes to pause or to resume reserving space and registering blobs; a quorum of the current epoch's shards does it
/// at once. Nothing else can be paused. Aborts with `ENotMember`.
public fun vote_pause(
    self: &mut UpgradeManager,
    system: &mut System,
    cap: &NodeCap,
    paused: bool,
) {
    let choice = vector[if (paused) 1 else 0];
    self.pauses.cast(system, cap, choice);
    event::emit(PauseVoted { epoch: system.epoch(), node_id: cap.node_id(), paused });
    if (self.pauses.has_quorum(system, &choice)) system.set_paused(paused);
}

/// Brings the shared objects to this package's version, after an upgrade that changed their inner state. Aborts in the first of
/// them that is there already.
public fun migrate(system: &mut System, ledger: &mut Ledger, staking: &mut Staking) {
    system.migrate();
    ledger.migrate();
    staking.migrate()
}

fun none(): Ballot {
    Ballot { epoch: 0, choices: vector[] }
}

fun cast(self: &mut Ballot, system: &System, cap: &NodeCap, choice: vector<u8>) {
    let member = system.committee().index_of(cap.node_id());
    assert!(member.is_some(), ENotMember);
    if (self.epoch != system.epoch() || self.choices.is_empty()) {
        self.epoch = system.epoch();
        self.choices = members::fill(vector[], system.committee().size());
    };
    *(&mut self.choices[member.destroy_some()]) = choice;
}

/// Shards of the members whose vote in the current epoch is `choice`.
fun weight(self: &Ballot, system: &System, choice: &vector<u8>): u16 {
    if (self.epoch != system.epoch()) return 0;
    let mut weight = 0;
    let mut i = 0;
    while (i < self.choices.length()) {
        if (&self.choices[i] == choice) {
            let (_, shards) = system.committee().member_at(i);
            weight = weight + shards;
        };
        i = i + 1;
    };
    weight
}

fun has_quorum(self: &Ballot, system: &System, choice: &vector<u8>): bool {
    bft::is_quorum(self.weight(system, choice), system.committee().n_shards())
}
