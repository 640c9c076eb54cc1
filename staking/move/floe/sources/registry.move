/// The storage nodes with their pools: who they are, and what the last epoch brought them.
///
/// The end of an epoch touches no pool. It leaves one record with what every member of that epoch earned and owes, and a pool
/// takes its line before anything else happens to it. Whoever has a line has taken it before the next committee is selected,
/// so there is never more than one record.
module floe::registry;

use floe::active_set::{Self, ActiveSet, Votes};
use floe::committee;
use floe::node_cap::{Self, NodeCap};
use floe::node_info::{Self, NodeInfo};
use floe::params::Economics;
use floe::peer;
use floe::pool::{Self, Pool};
use std::string::String;
use sui::balance::{Self, Balance};
use sui::event;
use sui::object_table::{Self, ObjectTable};
use sui::table::{Self, Table};
use wal::wal::WAL;

/// Another node has this peer key.
const EPeerKeyTaken: u64 = 0;
/// This BLS key was registered before, by whichever node.
const EKeyTaken: u64 = 1;
/// No node has this id.
const ENoNode: u64 = 2;

/// A storage node. Its id is the node id.
public struct Node has key, store {
    id: UID,
    info: NodeInfo,
    pool: Pool,
}

/// What an epoch brought a member (FROST).
public struct Line has copy, drop, store {
    node_id: ID,
    shards: u16,
    reward: u64,
    /// For failed challenges; burned.
    penalty: u64,
    /// Failed its challenges too often: no more shards until it applies again.
    suspended: bool,
}

public struct Registry has store {
    economics: Economics,
    epoch: u32,
    nodes: ObjectTable<ID, Node>,
    /// ed25519 public key to node.
    peers: Table<vector<u8>, ID>,
    /// Every BLS public key there ever was (compressed) to node.
    keys: Table<vector<u8>, ID>,
    active: ActiveSet,
    /// Lines of the epoch before.
    record: vector<Line>,
    /// The committee of the epoch before stayed on for want of another.
    carried: bool,
    /// Nodes that must settle before the next committee is selected.
    unsettled: vector<ID>,
    /// Rewards that pools have not taken yet.
    vault: Balance<WAL>,
    /// What goes to the nodes with the rewards of this epoch.
    carry: Balance<WAL>,
    /// Penalties paid, to be burned.
    burns: Balance<WAL>,
}

/// A node registered, or changed what it says of itself.
public struct NodeUpdated has copy, drop { epoch: u32, node_id: ID, info: NodeInfo }

public(package) fun new(economics: Economics, ctx: &mut TxContext): Registry {
    Registry {
        economics,
        epoch: 0,
        nodes: object_table::new(ctx),
        peers: table::new(ctx),
        keys: table::new(ctx),
        active: active_set::new(economics.max_nodes()),
        record: vector[],
        carried: false,
        unsettled: vector[],
        vault: balance::zero(),
        carry: balance::zero(),
        burns: balance::zero(),
    }
}

// === Nodes ===

/// Adds a node of the sender. Aborts with `EPeerKeyTaken`, `EKeyTaken`, and in `peer`, `committee`, `node_info` and `pool` when a
/// proof or a fact is not right.
public(package) fun register(
    self: &mut Registry,
    system: ID,
    name: String,
    peer_key: vector<u8>,
    peer_proof: vector<u8>,
    key: vector<u8>,
    key_proof: vector<u8>,
    payout: address,
    commission_bp: u64,
    votes: Votes,
    ctx: &mut TxContext,
): NodeCap {
    peer::check(&peer_key, &peer_proof, system, ctx.sender(), payout);
    self.add(name, peer_key, key, key_proof, payout, commission_bp, votes, ctx)
}

/// Adds a node whose peer key is proven.
fun add(
    self: &mut Registry,
    name: String,
    peer_key: vector<u8>,
    key: vector<u8>,
    key_proof: vector<u8>,
    payout: address,
    commission_bp: u64,
    votes: Votes,
    ctx: &mut TxContext,
): NodeCap {
    let id = object::new(ctx);
    let node_id = id.to_inner();
    self.claim_peer_key(peer_key, node_id);
    let element = committee::proven_key(self.epoch, ctx.sender(), key, key_proof);
    self.claim_key(key, node_id);
    let info = node_info::new(name, peer_key, element, payout, votes);
    let pool = pool::new(node_id, commission_bp, self.epoch, ctx);
    self.nodes.add(node_id, Node { id, info, pool });
    event::emit(NodeUpdated { epoch: self.epoch, node_id, info });
    node_cap::new(node_id, ctx)
}

/// The node is met under another peer id from now on. Aborts with `EPeerKeyTaken`, and in `peer`.
public(package) fun set_peer_key(
    self: &mut Registry,
    system: ID,
    node_id: ID,
    peer_key: vector<u8>,
    peer_proof: vector<u8>,
    ctx: &TxContext,
) {
    let mut info = self.settled_info(node_id);
    peer::check(&peer_key, &peer_proof, system, ctx.sender(), info.payout());
    let old = *info.peer_key();
    info.set_peer_key(peer_key);
    self.peers.remove(old);
    self.claim_peer_key(peer_key, node_id);
    self.set_info(node_id, info);
}

/// The node signs with another key in the next committee that is selected. Aborts with `EKeyTaken`, and in `committee`.
public(package) fun rotate_key(
    self: &mut Registry,
    node_id: ID,
    key: vector<u8>,
    key_proof: vector<u8>,
    ctx: &TxContext,
) {
    let element = committee::proven_key(self.epoch, ctx.sender(), key, key_proof);
    self.claim_key(key, node_id);
    let mut info = self.settled_info(node_id);
    info.set_key(element);
    self.set_info(node_id, info);
}

/// What the node says of itself now; to be changed and given to `set_info`. Aborts with `ENoNode`.
public(package) fun settled_info(self: &mut Registry, node_id: ID): NodeInfo {
    self.settle(node_id);
    self.nodes[node_id].info
}

/// Replaces what a settled node says of itself.
public(package) fun set_info(self: &mut Registry, node_id: ID, info: NodeInfo) {
    self.nodes[node_id].info = info;
    self.update(node_id);
    event::emit(NodeUpdated { epoch: self.epoch, node_id, info });
}

// === Pools ===

/// The settled pool, for writing; `update` must follow. Aborts with `ENoNode`.
public(package) fun pool_mut(self: &mut Registry, node_id: ID): &mut Pool {
    self.settle(node_id);
    &mut self.nodes[node_id].pool
}

/// Brings a pool to the current epoch, and the active set up to date. Aborts with `ENoNode`.
public(package) fun settle(self: &mut Registry, node_id: ID) {
    assert!(self.nodes.contains(node_id), ENoNode);
    let epoch = self.epoch;
    let pool = &mut self.nodes[node_id].pool;
    if (pool.settled_epoch() == epoch) return;
    let mut i = 0;
    while (i < self.record.length() && self.record[i].node_id != node_id) i = i + 1;
    if (i == self.record.length()) {
        pool.skip(epoch, &self.economics);
    } else {
        let Line { node_id: _, shards: _, reward, penalty, suspended } = self.record[i];
        // A member of the epoch before was settled to it before this committee was selected.
        let rest = pool.settle(penalty, self.vault.split(reward), self.carried, &self.economics);
        self.carry.join(rest);
        if (suspended) {
            let info = &mut self.nodes[node_id].info;
            info.set_suspended(true);
            event::emit(NodeUpdated { epoch, node_id, info: *info });
        };
    };
    self.update(node_id);
}

/// Settles up to `max` of the nodes that must have before the next committee is selected, and returns how many. They are offered to
/// the active set even when they had settled: stake that has gone again may have pushed them out.
public(package) fun settle_some(self: &mut Registry, max: u64): u64 {
    let mut count = 0;
    while (count < max && !self.unsettled.is_empty()) {
        let node_id = self.unsettled.pop_back();
        self.settle(node_id);
        self.update(node_id);
        count = count + 1;
    };
    count
}

/// Whether all have settled who must before the next committee is selected.
public(package) fun is_settled(self: &Registry): bool { self.unsettled.is_empty() }

/// Tells the active set what a node now is and has, and collects what its pool paid to be burned.
public(package) fun update(self: &mut Registry, node_id: ID) {
    let node = &mut self.nodes[node_id];
    self.burns.join(node.pool.take_burns());
    if (node.info.eligible()) {
        let stake = node.pool.next_stake(&self.economics);
        self.active.offer(node_id, stake, self.epoch, *node.info.key(), node.info.votes());
    } else {
        self.active.remove(node_id);
    }
}

// === Epochs ===

/// Begins an epoch. `record` has the lines of the last one, whose rewards are in `rewards`; `rest` goes with the next rewards.
/// `carried`: its committee stays on. `members` are those of the epoch that begins.
public(package) fun advance(
    self: &mut Registry,
    record: vector<Line>,
    rewards: Balance<WAL>,
    rest: Balance<WAL>,
    carried: bool,
    members: vector<ID>,
) {
    self.epoch = self.epoch + 1;
    self.vault.join(rewards);
    self.carry.join(rest);
    self.carried = carried;
    // No entry is settled to the epoch that only begins.
    self.unsettled = self.active.unsettled(self.epoch, self.active.length());
    let mut i = 0;
    while (i < record.length()) {
        let line = &record[i];
        if (!self.active.contains(line.node_id)) self.unsettled.push_back(line.node_id);
        i = i + 1;
    };
    i = 0;
    while (i < members.length()) {
        if (!self.active.contains(members[i])) self.unsettled.push_back(members[i]);
        i = i + 1;
    };
    self.record = record;
}

public(package) fun new_line(node_id: ID, shards: u16, reward: u64, penalty: u64, suspended: bool): Line {
    Line { node_id, shards, reward, penalty, suspended }
}

public(package) fun take_carry(self: &mut Registry): Balance<WAL> { self.carry.withdraw_all() }

public(package) fun take_burns(self: &mut Registry): Balance<WAL> { self.burns.withdraw_all() }

// === Reading ===

public(package) fun epoch(self: &Registry): u32 { self.epoch }

public(package) fun economics(self: &Registry): &Economics { &self.economics }

public(package) fun active(self: &Registry): &ActiveSet { &self.active }

public(package) fun node(self: &Registry, node_id: ID): &Node {
    assert!(self.nodes.contains(node_id), ENoNode);
    &self.nodes[node_id]
}

public(package) fun info(self: &Node): &NodeInfo { &self.info }

public(package) fun pool(self: &Node): &Pool { &self.pool }

fun claim_peer_key(self: &mut Registry, key: vector<u8>, node_id: ID) {
    assert!(!self.peers.contains(key), EPeerKeyTaken);
    self.peers.add(key, node_id);
}

fun claim_key(self: &mut Registry, key: vector<u8>, node_id: ID) {
    assert!(!self.keys.contains(key), EKeyTaken);
    self.keys.add(key, node_id);
}

#[test_only]
/// Adds a node without a proof of its peer key.
public fun register_for_testing(
    self: &mut Registry,
    name: String,
    peer_key: vector<u8>,
    key: vector<u8>,
    payout: address,
    commission_bp: u64,
    votes: Votes,
    ctx: &mut TxContext,
): NodeCap {
    self.add(name, peer_key, key, x"", payout, commission_bp, votes, ctx)
}

#[test_only]
/// FROST inside, besides the pools.
public fun held(self: &Registry): u64 { self.vault.value() + self.carry.value() + self.burns.value() }

#[test_only]
public fun unsettled(self: &Registry): u64 { self.unsettled.length() }

#[test_only]
public fun carried(self: &Registry): u64 { self.carry.value() }

#[test_only]
public fun burns(self: &Registry): u64 { self.burns.value() }

#[test_only]
public fun record(self: &Registry): &vector<Line> { &self.record }

#[test_only]
public fun line(self: &Line): (ID, u16, u64, u64, bool) {
    (self.node_id, self.shards, self.reward, self.penalty, self.suspended)
}
