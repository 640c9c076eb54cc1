/// What nodes, stakers and everybody else call: nodes register and change, stake comes and goes, epochs are pushed on.
///
/// Amounts are in FROST, times in ms. Functions that act for a node take its `NodeCap`. Whatever needs a pool first brings it to
/// the current epoch. Requests made before the cutoff of an epoch count from the next epoch, later ones from the one after.
module floe::staking;

use floe::challenge::Challenge;
use floe::due_wal::DueWal;
use floe::epochs::Epochs;
use floe::governance::Governance;
use floe::ledger::Ledger;
use floe::node_cap::NodeCap;
use floe::node_info::{Self, NodeInfo};
use floe::params::{Self, Economics, Penalties, Timing};
use floe::pool::Pool;
use floe::registry::{Node, Registry};
use floe::roster::Roster;
use floe::staked_wal::StakedWal;
use floe::system::System;
use floe::transfers::Transfers;
use std::string::String;
use sui::balance::Balance;
use sui::clock::Clock;
use sui::coin::Coin;
use sui::dynamic_field;
use sui::event;
use sui::random::Random;
use wal::wal::{ProtectedTreasury, WAL};

/// Version of the inner state that this package works on.
const VERSION: u64 = 1;
/// Random bytes of a challenge.
const SEED_LENGTH: u16 = 32;

/// The inner state is of another version: call the newest package, or migrate.
const EWrongVersion: u64 = 0;
/// The node takes no stake.
const ENoNewStake: u64 = 1;
/// The node has neither withdrawn nor been suspended.
const ENotAway: u64 = 2;
/// The `System` is of another network.
const EOtherSystem: u64 = 3;

/// Shared object.
public struct Staking has key {
    id: UID,
    version: u64,
    system: ID,
}

/// A node changed its commission, from the epoch after the next.
public struct CommissionChanged has copy, drop { epoch: u32, node_id: ID, commission_bp: u64 }

/// FROST went to the payout address of a node: its commission, or what it had coming of a claim on another node.
public struct NodePaid has copy, drop { epoch: u32, node_id: ID, amount: u64, debtor: Option<ID> }

/// Penalties were taken out of existence (FROST).
public struct PenaltiesBurned has copy, drop { amount: u64 }

/// Makes and shares the object, in epoch 0.
public(package) fun create(system: ID, epochs: Epochs, ctx: &mut TxContext): ID {
    let staking = new(system, epochs, ctx);
    let id = object::id(&staking);
    transfer::share_object(staking);
    id
}

/// Moves the inner state to this package's version. Aborts with `EWrongVersion` when it is there.
public(package) fun migrate(self: &mut Staking) {
    assert!(self.version < VERSION, EWrongVersion);
    let inner: Epochs = dynamic_field::remove(&mut self.id, self.version);
    self.version = VERSION;
    dynamic_field::add(&mut self.id, VERSION, inner)
}

// === Nodes ===

/// Registers a storage node of the sender, and gives the right to act for it. `peer_proof` is `peer_key`'s ed25519 signature of
/// `peer::message`; `key` a compressed BLS public key (48 bytes) and `key_proof` its signature of the message of type 0 for the
/// sender in the current epoch. Commission in bp of rewards; votes as in `set_votes`. Aborts in `registry` when a key is taken, in
/// `peer` and `committee` when a proof is wrong, in `node_info` when name or votes are out of bounds, and in `pool` for a
/// commission above 10,000.
public fun register_node(
    self: &mut Staking,
    name: String,
    peer_key: vector<u8>,
    peer_proof: vector<u8>,
    key: vector<u8>,
    key_proof: vector<u8>,
    payout: address,
    commission_bp: u64,
    storage_price: u64,
    write_price: u64,
    shard_size: u64,
    ctx: &mut TxContext,
): NodeCap {
    let votes = node_info::votes_for(storage_price, write_price, shard_size);
    let system = self.system;
    self.registry_mut().register(
        system,
        name,
        peer_key,
        peer_proof,
        key,
        key_proof,
        payout,
        commission_bp,
        votes,
        ctx,
    )
}

/// The node is met under another peer id from now on; proof as in `register_node`. Aborts in `registry` and `peer`.
public fun set_peer_key(
    self: &mut Staking,
    cap: &NodeCap,
    peer_key: vector<u8>,
    peer_proof: vector<u8>,
    ctx: &TxContext,
) {
    let system = self.system;
    self.registry_mut().set_peer_key(system, cap.node_id(), peer_key, peer_proof, ctx)
}

/// The node signs with another BLS key from the next committee on that is not frozen yet; proof as in `register_node`. Aborts in
/// `registry` when the key was ever registered, and in `committee`.
public fun rotate_key(
    self: &mut Staking,
    cap: &NodeCap,
    key: vector<u8>,
    key_proof: vector<u8>,
    ctx: &TxContext,
) {
    self.registry_mut().rotate_key(cap.node_id(), key, key_proof, ctx)
}

/// Sets up to four bootstrap multiaddrs. Aborts in `node_info` when there are more or one is empty or too long.
public fun set_addresses(self: &mut Staking, cap: &NodeCap, addresses: vector<String>) {
    let mut info = self.info_of(cap);
    info.set_addresses(addresses);
    self.set_info(cap, info)
}

/// Sets where commission and claims are paid.
public fun set_payout(self: &mut Staking, cap: &NodeCap, payout: address) {
    let mut info = self.info_of(cap);
    info.set_payout(payout);
    self.set_info(cap, info)
}

/// Votes for the storage price (FROST per MiB and epoch), the write price (FROST per MiB) and the size of a shard (bytes) from the
/// next epoch on; a vote stays until it is changed. Aborts in `node_info` when one is out of bounds.
public fun set_votes(
    self: &mut Staking,
    cap: &NodeCap,
    storage_price: u64,
    write_price: u64,
    shard_size: u64,
) {
    let mut info = self.info_of(cap);
    info.set_votes(node_info::votes_for(storage_price, write_price, shard_size));
    self.set_info(cap, info)
}

/// Sets the commission (bp) of the rewards of the epoch after next and later ones. Aborts in `pool` above 10,000.
public fun set_commission(self: &mut Staking, cap: &NodeCap, commission_bp: u64) {
    let node_id = cap.node_id();
    let registry = self.registry_mut();
    registry.pool_mut(node_id).set_commission(commission_bp);
    event::emit(CommissionChanged { epoch: registry.epoch(), node_id, commission_bp });
}

/// Refuses new stake, or takes it again.
public fun set_halted(self: &mut Staking, cap: &NodeCap, halted: bool) {
    let mut info = self.info_of(cap);
    info.set_halted(halted);
    self.set_info(cap, info)
}

/// Leaves: the node takes no stake and gets no shards from the next committee on that is not frozen yet. Its stakers leave
/// when they want.
public fun withdraw(self: &mut Staking, cap: &NodeCap) {
    let mut info = self.info_of(cap);
    info.set_withdrawn(true);
    self.set_info(cap, info)
}

/// Comes back after `withdraw`, or after challenges were failed too often. Aborts with `ENotAway`.
public fun reapply(self: &mut Staking, cap: &NodeCap) {
    let mut info = self.info_of(cap);
    assert!(!info.eligible(), ENotAway);
    info.set_withdrawn(false);
    info.set_suspended(false);
    self.set_info(cap, info)
}

/// Replaces the node's deny list: `size` encoded bytes under `root`. Aborts with `EOtherSystem`.
public fun register_deny_list(self: &Staking, system: &mut System, cap: &NodeCap, root: u256, size: u64) {
    self.check_system(system);
    system.register_deny_list(cap.node_id(), root, size)
}

// === Stake ===

/// Stakes with a node. Aborts with `ENoNewStake` when it halted or withdrew, in `registry` when there is no such node, in `pool`
/// when the pool is closed, and in `staked_wal` below 1 WAL.
public fun stake(
    self: &mut Staking,
    principal: Coin<WAL>,
    node_id: ID,
    clock: &Clock,
    ctx: &mut TxContext,
): StakedWal {
    assert!(self.node(node_id).info().takes_stake(), ENoNewStake);
    self.stake_with(principal, node_id, false, clock, ctx)
}

/// Stakes own capital of the node, which leaves an epoch later than other stake. Aborts in `pool` and `staked_wal` as `stake`.
public fun stake_own(
    self: &mut Staking,
    cap: &NodeCap,
    principal: Coin<WAL>,
    clock: &Clock,
    ctx: &mut TxContext,
): StakedWal {
    self.stake_with(principal, cap.node_id(), true, clock, ctx)
}

/// Asks that a stake leave. It still earns and bears what the current epoch brings. Aborts in `pool` when it is not active or is
/// leaving already.
public fun unstake(self: &mut Staking, staked: &mut StakedWal, clock: &Clock) {
    let inner = self.inner_mut();
    let from = inner.counts_from(clock.timestamp_ms());
    let registry = inner.registry_mut();
    registry.pool_mut(staked.node_id()).request_leave(staked, from);
    registry.update(staked.node_id())
}

/// Takes back a stake that never counted. Aborts in `pool` when a committee was selected with it.
public fun cancel_stake(self: &mut Staking, staked: StakedWal, clock: &Clock, ctx: &mut TxContext): Coin<WAL> {
    let inner = self.inner_mut();
    let from = inner.counts_from(clock.timestamp_ms());
    let node_id = staked.node_id();
    let registry = inner.registry_mut();
    let principal = registry.pool_mut(node_id).cancel(staked, from);
    registry.update(node_id);
    principal.into_coin(ctx)
}

#[allow(lint(self_transfer))]
/// Pays a stake that has left. Gains for which the pool has no cash come as a `DueWal` to the sender. Aborts in `pool` when it
/// has not left, or when transfers of its node are open for which it may have to pay.
public fun redeem(self: &mut Staking, staked: StakedWal, ctx: &mut TxContext): Coin<WAL> {
    let inner = self.inner_mut();
    let node_id = staked.node_id();
    let released = inner.is_released(node_id);
    let registry = inner.registry_mut();
    let economics = *registry.economics();
    let (paid, due) = registry.pool_mut(node_id).redeem(staked, released, &economics, ctx);
    registry.update(node_id);
    if (due.is_some()) transfer::public_transfer(due.destroy_some(), ctx.sender()) else due.destroy_none();
    paid.into_coin(ctx)
}

/// What the pool has by now for a leaver it owes, perhaps nothing. Aborts in `pool`.
public fun collect_due(self: &mut Staking, due: &mut DueWal, ctx: &mut TxContext): Coin<WAL> {
    let registry = self.registry_mut();
    let paid = registry.pool_mut(due.node_id()).collect_due(due);
    paid.into_coin(ctx)
}

/// Pays debts of a node's pool; what is not needed stays in the coin.
public fun pay_debt(self: &mut Staking, node_id: ID, payment: &mut Coin<WAL>) {
    let registry = self.registry_mut();
    registry.pool_mut(node_id).pay_debt(payment.balance_mut());
    registry.update(node_id)
}

/// Pays what node `payee` has coming of a claim on node `debtor` to its payout address. Aborts in `debt`.
public fun collect_claim(self: &mut Staking, debtor: ID, claim: u64, payee: ID, ctx: &mut TxContext) {
    let paid = self.registry_mut().pool_mut(debtor).collect(claim, payee);
    self.registry_mut().update(debtor);
    self.pay_out(payee, paid, option::some(debtor), ctx)
}

/// Pays a node's commission to its payout address.
public fun collect_commission(self: &mut Staking, node_id: ID, ctx: &mut TxContext) {
    let paid = self.registry_mut().pool_mut(node_id).take_commission();
    self.pay_out(node_id, paid, option::none(), ctx)
}

/// Brings a pool to the current epoch, and offers it to the active set: the pools that can get shards. A pool that was not large
/// enough for the set, or staked with after the cutoff, gets there when somebody calls this.
public fun settle(self: &mut Staking, node_id: ID) {
    let registry = self.registry_mut();
    registry.settle(node_id);
    registry.update(node_id)
}

/// Burns the penalties paid so far.
public fun burn(self: &mut Staking, treasury: &mut ProtectedTreasury, ctx: &mut TxContext) {
    let burns = self.registry_mut().take_burns();
    event::emit(PenaltiesBurned { amount: burns.value() });
    treasury.burn(burns.into_coin(ctx))
}

// === Epochs ===

/// Does the next thing that is due, see `next_action`, and returns how much of it: transfers that expired (at most 16), nodes that
/// settled (32), shards given or moved (250), else one. Aborts with `EOtherSystem`, and in `epochs` when nothing is due.
public fun push(self: &mut Staking, system: &mut System, clock: &Clock): u64 {
    self.check_system(system);
    self.inner_mut().push(system, clock.timestamp_ms())
}

/// The node has all shards of transfer number `record` (see `transfers`). Aborts in `epochs` when it is no member, and in
/// `transfers` when the record is another's, settled or past the sync deadline.
public fun attest_transfer(self: &mut Staking, cap: &NodeCap, record: u64, clock: &Clock) {
    self.inner_mut().attest(cap.node_id(), record, clock.timestamp_ms())
}

/// The node does not get the shards of a transfer. It may still attest until the sync deadline. Aborts as `attest_transfer`.
public fun fail_transfer(self: &mut Staking, cap: &NodeCap, record: u64, clock: &Clock) {
    self.inner_mut().fail(cap.node_id(), record, clock.timestamp_ms())
}

/// The node lost shards (ascending), and owes `recovery_sender` for each. Aborts in `epochs` when it is no member, and in
/// `transfers` when a shard is not its own, or was lost before in the epoch.
public fun request_shard_recovery(self: &mut Staking, cap: &NodeCap, shards: vector<u16>) {
    self.inner_mut().request_recovery(cap.node_id(), shards)
}

/// The node has recovered shards (ascending). Aborts in `epochs` when it is no member, and in `transfers` when a shard is not its
/// own or not in recovery.
public fun shards_recovered(self: &mut Staking, cap: &NodeCap, shards: vector<u16>) {
    self.inner_mut().recovered(cap.node_id(), shards)
}

/// Begins the epoch's challenge: draws the seed. Anyone may. Aborts in `epochs` outside the time for it, in `challenge` when it
/// has begun, and in `transfers` while some are open.
entry fun start_challenge(
    self: &mut Staking,
    ledger: &Ledger,
    random: &Random,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    let seed = random.new_generator(ctx).generate_bytes(SEED_LENGTH);
    self.inner_mut().start_challenge(seed, ledger.sequenced(), clock.timestamp_ms())
}

/// Brings a quorum's certificate (message type 128) that a node answered its challenges. Anyone may, until the epoch's scheduled
/// end. Aborts with `EOtherSystem`, in `epochs` when it is too late or the node no member, in `committee` and `message` when it is
/// no such certificate, and in `challenge` when there is no challenge or the node has one.
public fun submit_audit_certificate(
    self: &mut Staking,
    system: &System,
    node_id: ID,
    signature: vector<u8>,
    signers_bitmap: vector<u8>,
    message: vector<u8>,
    clock: &Clock,
) {
    self.check_system(system);
    self.inner_mut().certify_audit(
        system,
        node_id,
        signature,
        signers_bitmap,
        message,
        clock.timestamp_ms(),
    )
}

/// Reports once an epoch, in the report window: who challenged the node, whom it challenged, and which of these passed; bitmaps
/// over the committee, lowest bit of the first byte first. Aborts in `epochs` outside the window or when the node is no member,
/// in `challenge`, and in `members` when a bitmap does not fit.
public fun report(
    self: &mut Staking,
    cap: &NodeCap,
    challenged_by: vector<u8>,
    challenged: vector<u8>,
    passed: vector<u8>,
    clock: &Clock,
) {
    self.inner_mut().report(cap.node_id(), challenged_by, challenged, passed, clock.timestamp_ms())
}

/// Proposes penalties (FROST per shard) for the next epoch. Aborts in `epochs` after the cutoff or when the node is no member,
/// in `params` when they break a rule, and in `governance` when the node has proposed.
public fun propose_penalties(
    self: &mut Staking,
    cap: &NodeCap,
    recovery_sender: u64,
    recovery_receiver: u64,
    fail_answer: u64,
    fail_issue: u64,
    clock: &Clock,
) {
    let penalties = params::new_penalties(recovery_sender, recovery_receiver, fail_answer, fail_issue);
    self.inner_mut().propose(cap.node_id(), penalties, clock.timestamp_ms())
}

/// Votes for a proposal of the epoch, or with none for what is. Aborts in `epochs` after the cutoff or when the node is no member,
/// and in `governance` when it has voted or there is no such proposal.
public fun vote_penalties(self: &mut Staking, cap: &NodeCap, proposal: Option<u64>, clock: &Clock) {
    self.inner_mut().vote(cap.node_id(), proposal, clock.timestamp_ms())
}

// === Views ===

public fun system_id(self: &Staking): ID { self.system }

public fun epoch(self: &Staking): u32 { self.inner().epoch() }

/// Scheduled start and end of the epoch; in epoch 0 both are the start of the first.
public fun epoch_span(self: &Staking): (u64, u64) {
    let inner = self.inner();
    (inner.start_ms(), inner.end_ms())
}

/// What `push` does next (0 nothing, 1 let transfers expire, 2 force the change of epoch, 3 settle nodes, 4 freeze stake, 5 select
/// the next committee, 6 begin the next epoch), and the time from which it does.
public fun next_action(self: &Staking): (u8, u64) { self.inner().next_action() }

public fun timing(self: &Staking): &Timing { self.inner().timing() }

public fun economics(self: &Staking): &Economics { self.inner().registry().economics() }

public fun penalties(self: &Staking): &Penalties { self.inner().penalties() }

/// Encoded bytes that a shard has room for. Times the number of shards this is the capacity.
public fun shard_size(self: &Staking): u64 { self.inner().shard_size() }

/// The committee with stake and shards; keys and weights are also in `System`.
public fun roster(self: &Staking): &Roster { self.inner().roster() }

/// The committee of an epoch: the one before, the present one and, once it is selected, the next; none for others.
public fun roster_of(self: &Staking, epoch: u32): Option<Roster> { self.inner().roster_of(epoch) }

/// The shards of a node, ascending; none when it is no member.
public fun shards_of(self: &Staking, node_id: ID): vector<u16> {
    let roster = self.roster();
    let member = roster.find(node_id);
    if (member.is_some()) *roster.shards(member.destroy_some()) else vector[]
}

public fun transfers(self: &Staking): &Transfers { self.inner().transfers() }

public fun challenge(self: &Staking): &Challenge { self.inner().challenge() }

public fun governance(self: &Staking): &Governance { self.inner().governance() }

/// What a node says of itself. Aborts in `registry` when there is no such node.
public fun node_info(self: &Staking, node_id: ID): &NodeInfo { self.node(node_id).info() }

/// A node's pool, as it was last settled: call `settle` before, in the same transaction, for current amounts. Aborts in `registry`
/// when there is no such node.
public fun pool(self: &Staking, node_id: ID): &Pool { self.node(node_id).pool() }

/// FROST that a stake would be paid if it left, or redeems, now; `pool` says how current that is.
public fun redeemable(self: &Staking, staked: &StakedWal): u64 {
    self.pool(staked.node_id()).redeemable(staked, self.economics())
}

// === Inside ===

fun new(system: ID, epochs: Epochs, ctx: &mut TxContext): Staking {
    let mut staking = Staking { id: object::new(ctx), version: VERSION, system };
    dynamic_field::add(&mut staking.id, VERSION, epochs);
    staking
}

fun stake_with(
    self: &mut Staking,
    principal: Coin<WAL>,
    node_id: ID,
    own: bool,
    clock: &Clock,
    ctx: &mut TxContext,
): StakedWal {
    let inner = self.inner_mut();
    let from = inner.counts_from(clock.timestamp_ms());
    let registry = inner.registry_mut();
    let economics = *registry.economics();
    let staked = registry.pool_mut(node_id).stake(principal.into_balance(), from, own, &economics, ctx);
    registry.update(node_id);
    staked
}

fun pay_out(self: &Staking, node_id: ID, paid: Balance<WAL>, debtor: Option<ID>, ctx: &mut TxContext) {
    event::emit(NodePaid { epoch: self.epoch(), node_id, amount: paid.value(), debtor });
    transfer::public_transfer(paid.into_coin(ctx), self.node_info(node_id).payout())
}

fun info_of(self: &mut Staking, cap: &NodeCap): NodeInfo { self.registry_mut().settled_info(cap.node_id()) }

fun set_info(self: &mut Staking, cap: &NodeCap, info: NodeInfo) {
    self.registry_mut().set_info(cap.node_id(), info)
}

fun node(self: &Staking, node_id: ID): &Node { self.inner().registry().node(node_id) }

fun check_system(self: &Staking, system: &System) {
    assert!(object::id(system) == self.system, EOtherSystem);
}

fun registry_mut(self: &mut Staking): &mut Registry { self.inner_mut().registry_mut() }

fun inner(self: &Staking): &Epochs {
    assert!(self.version == VERSION, EWrongVersion);
    dynamic_field::borrow(&self.id, VERSION)
}

fun inner_mut(self: &mut Staking): &mut Epochs {
    assert!(self.version == VERSION, EWrongVersion);
    dynamic_field::borrow_mut(&mut self.id, VERSION)
}

#[test_only]
/// A network's staking that is not shared.
public fun create_for_testing(system: ID, epochs: Epochs, ctx: &mut TxContext): Staking { new(system, epochs, ctx) }

#[test_only]
public fun epochs(self: &Staking): &Epochs { self.inner() }

#[test_only]
public fun epochs_mut(self: &mut Staking): &mut Epochs { self.inner_mut() }

#[test_only]
/// `start_challenge` with a given seed.
public fun start_challenge_for_testing(self: &mut Staking, seed: vector<u8>, ledger: &Ledger, clock: &Clock) {
    self.inner_mut().start_challenge(seed, ledger.sequenced(), clock.timestamp_ms())
}

#[test_only]
/// `start_challenge` as users call it.
public fun start_random_challenge(
    self: &mut Staking,
    ledger: &Ledger,
    random: &Random,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    self.start_challenge(ledger, random, clock, ctx)
}

#[test_only]
/// Makes the inner state one of the version before.
public fun age(self: &mut Staking) {
    let inner: Epochs = dynamic_field::remove(&mut self.id, self.version);
    self.version = self.version - 1;
    dynamic_field::add(&mut self.id, self.version, inner)
}
