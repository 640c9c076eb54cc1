/// A whole network for scenarios: the shared objects, a clock, nodes, and whatever they and users hold, so that every FROST can be
/// counted after every step.
#[test_only]
module floe::network;

use floe::blob::Blob;
use floe::due_wal::DueWal;
use floe::encoding;
use floe::epochs;
use floe::ledger::{Self, Ledger};
use floe::node_cap::NodeCap;
use floe::node_info;
use floe::params::{Self, Economics, Penalties, Timing};
use floe::registry;
use floe::staked_wal::StakedWal;
use floe::staking::{Self, Staking};
use floe::storage_resource::Storage;
use floe::system::{Self, System};
use std::unit_test::assert_eq;
use sui::balance::{Self, Balance};
use sui::bcs;
use sui::clock::{Self, Clock};
use sui::coin::Coin;
use sui::test_scenario::{Self, Scenario};
use sui::test_utils::destroy;
use wal::wal::WAL;

/// FROST in a WAL.
const WAL_FROST: u64 = 1_000_000_000;
const MIB: u64 = 1_048_576;
const START: u64 = 1_000;
/// Red Stuff over Reed-Solomon codes.
const ENCODING: u8 = 1;
/// Votes that all nodes begin with: a WAL for a MiB and epoch, half a WAL for writing it, a GiB a shard.
const STORAGE_PRICE: u64 = 1_000_000_000;
const WRITE_PRICE: u64 = 500_000_000;
const SHARD_SIZE: u64 = 1_073_741_824;
/// Where user `u` gets coins; nodes are paid at addresses from `PAYOUT` on.
const USER: address = @0x1;
const PAYOUT: u256 = 0x1000;

public struct Network {
    scenario: Scenario,
    clock: Clock,
    system: System,
    ledger: Ledger,
    staking: Staking,
    caps: vector<NodeCap>,
    stakes: vector<Option<StakedWal>>,
    dues: vector<DueWal>,
    blobs: vector<Option<Blob>>,
    storage: vector<Storage>,
    /// All coins outside.
    wallet: Balance<WAL>,
    /// All that was ever made.
    minted: u64,
    burned: u64,
}

/// An epoch of 100 ms: transfers until 20, recovery until 40, cutoff 50, challenges may start from 60 to 70, reports from 80.
public fun timing(): Timing { params::new_timing(100, 50, 60, 10, 20, 20, 40) }

/// As by default, but for up to `max_nodes` nodes.
public fun economics(max_nodes: u64): Economics { params::new_economics(500, 100, 500, 1_000, 4, max_nodes) }

/// In WAL per shard.
public fun penalties(sender: u64, receiver: u64, answer: u64, issue: u64): Penalties {
    params::new_penalties(sender * WAL_FROST, receiver * WAL_FROST, answer * WAL_FROST, issue * WAL_FROST)
}

/// A network without nodes.
public fun empty(n_shards: u16, max_nodes: u64): Network {
    let mut scenario = test_scenario::begin(USER);
    let ctx = scenario.ctx();
    let mut clock = clock::create_for_testing(ctx);
    clock.set_for_testing(START);
    let capacity = SHARD_SIZE * (n_shards as u64);
    let system = system::create_for_testing(n_shards, 53, 20_000, STORAGE_PRICE, WRITE_PRICE, capacity, ctx);
    let ledger = ledger::create_for_testing(ctx);
    let epochs = epochs::new(
        n_shards,
        timing(),
        economics(max_nodes),
        penalties(4, 1, 3, 1),
        SHARD_SIZE,
        START,
        ctx,
    );
    let staking = staking::create_for_testing(object::id(&system), epochs, ctx);
    Network {
        scenario,
        clock,
        system,
        ledger,
        staking,
        caps: vector[],
        stakes: vector[],
        dues: vector[],
        blobs: vector[],
        storage: vector[],
        wallet: balance::zero(),
        minted: 0,
        burned: 0,
    }
}

/// A network in epoch 1 whose node i has `stakes[i]` WAL, as stake number i.
public fun started(n_shards: u16, stakes: vector<u64>): Network {
    let mut network = empty(n_shards, 150);
    stakes.do!(|stake| {
        let node = network.register(0);
        network.stake(node, stake);
    });
    network.push_all();
    assert_eq!(network.epoch(), 1);
    network
}

public fun end(self: Network) {
    let Network {
        scenario,
        clock,
        system,
        ledger,
        staking,
        caps,
        stakes,
        dues,
        blobs,
        storage,
        wallet,
        minted: _,
        burned: _,
    } = self;
    clock.destroy_for_testing();
    destroy(system);
    destroy(ledger);
    destroy(staking);
    destroy(caps);
    destroy(stakes);
    destroy(dues);
    destroy(blobs);
    destroy(storage);
    destroy(wallet);
    scenario.end();
}

// === Parts ===

public fun staking(self: &Network): &Staking { &self.staking }

public fun staking_mut(self: &mut Network): &mut Staking { &mut self.staking }

public fun system(self: &Network): &System { &self.system }

public fun ledger(self: &Network): &Ledger { &self.ledger }

public fun clock(self: &Network): &Clock { &self.clock }

/// What is needed to act for node i: staking, its capability, the clock.
public fun acting(self: &mut Network, i: u64): (&mut Staking, &NodeCap, &Clock, &mut TxContext) {
    (&mut self.staking, &self.caps[i], &self.clock, self.scenario.ctx())
}

/// What is needed to push.
public fun pushing(self: &mut Network): (&mut Staking, &mut System, &Clock) {
    (&mut self.staking, &mut self.system, &self.clock)
}

/// What is needed for contracts that hold everything at once.
public fun objects(self: &mut Network): (&mut Staking, &mut System, &mut Ledger, &Clock, &mut TxContext) {
    (&mut self.staking, &mut self.system, &mut self.ledger, &self.clock, self.scenario.ctx())
}

/// What is needed for node i to vote on the system.
public fun voting(self: &mut Network, i: u64): (&mut System, &NodeCap) { (&mut self.system, &self.caps[i]) }

public fun cap(self: &Network, i: u64): &NodeCap { &self.caps[i] }

public fun node(self: &Network, i: u64): ID { self.caps[i].node_id() }

/// The number of the node with this id.
public fun number_of(self: &Network, node: ID): u64 {
    let mut i = 0;
    while (self.node(i) != node) i = i + 1;
    i
}

public fun nodes(self: &Network): u64 { self.caps.length() }

public fun epoch(self: &Network): u32 { self.staking.epoch() }

public fun scenario(self: &mut Network): &mut Scenario { &mut self.scenario }

/// Place of node i in the committee.
public fun member(self: &Network, i: u64): u64 { self.staking.roster().find(self.node(i)).destroy_some() }

public fun is_member(self: &Network, i: u64): bool { self.staking.roster().find(self.node(i)).is_some() }

/// Shards of node i.
public fun weight(self: &Network, i: u64): u64 { self.staking.shards_of(self.node(i)).length() }

/// Shards that node i had in the epoch before.
public fun weight_before(self: &Network, i: u64): u64 {
    let record = self.staking.epochs().registry().record();
    let mut j = 0;
    loop {
        let (node, shards, _, _, _) = registry::line(&record[j]);
        if (node == self.node(i)) return shards as u64;
        j = j + 1;
    }
}

/// A bitmap over the committee of these nodes.
public fun bitmap(self: &Network, nodes: vector<u64>): vector<u8> {
    let mut bytes = vector::tabulate!((self.staking.roster().length() + 7) / 8, |_| 0u8);
    nodes.do!(|i| {
        let member = self.member(i);
        *(&mut bytes[member / 8]) = bytes[member / 8] | (1 << ((member % 8) as u8));
    });
    bytes
}

/// A bitmap of the whole committee.
public fun everybody(self: &Network): vector<u8> {
    self.bitmap(vector::tabulate!(self.nodes(), |i| i).filter!(|i| self.is_member(*i)))
}

/// FROST that the shares of node i's pool are worth.
public fun equity(self: &mut Network, i: u64): u64 {
    let node = self.node(i);
    self.staking.settle(node);
    self.staking.pool(node).equity()
}

/// FROST that node i's pool owes.
public fun debt(self: &mut Network, i: u64): u64 {
    let node = self.node(i);
    self.staking.settle(node);
    self.staking.pool(node).debt() as u64
}

// === Money ===

public fun mint(self: &mut Network, frost: u64): Coin<WAL> {
    self.minted = self.minted + frost;
    balance::create_for_testing<WAL>(frost).into_coin(self.scenario.ctx())
}

public fun keep(self: &mut Network, coin: Coin<WAL>) { self.wallet.join(coin.into_balance()); }

public fun wallet(self: &Network): u64 { self.wallet.value() }

/// Checks that no FROST was made or lost.
public fun check(self: &mut Network) {
    self.scenario.next_tx(USER);
    let mut total = self.wallet.value() + self.burned;
    let mut people = vector[USER];
    self.caps.length().do!(|i| people.push_back(payout(i)));
    people.do!(|person| {
        while (test_scenario::has_most_recent_for_address<DueWal>(person)) {
            self.dues.push_back(self.scenario.take_from_address<DueWal>(person));
        };
        while (test_scenario::has_most_recent_for_address<Coin<WAL>>(person)) {
            let coin = self.scenario.take_from_address<Coin<WAL>>(person);
            total = total + coin.value();
            self.wallet.join(coin.into_balance());
        };
    });
    self.stakes.do_ref!(|stake| stake.do_ref!(|stake| total = total + stake.principal()));
    self.caps.do_ref!(|cap| total = total + self.staking.pool(cap.node_id()).held(0));
    total = total + self.staking.epochs().registry().held() + self.system.held();
    let (deposits, burns) = self.ledger.held();
    assert_eq!(total + deposits + burns, self.minted);
}

/// FROST burned so far.
public fun burned(self: &Network): u64 { self.burned }

/// Begins another transaction: the memory for the events of one is bounded.
public fun flush(self: &mut Network) { self.scenario.next_tx(USER); }

/// Burns what waits to be burned in `Staking`, and returns how much.
public fun burn(self: &mut Network): u64 {
    let burns = self.staking.epochs_mut().registry_mut().take_burns();
    let amount = burns.destroy_for_testing();
    self.burned = self.burned + amount;
    amount
}

// === Nodes and stake ===

fun payout(i: u64): address { sui::address::from_u256(PAYOUT + (i as u256)) }

/// A new node with these many bp of commission; returns its number.
public fun register(self: &mut Network, commission_bp: u64): u64 {
    let i = self.caps.length();
    let cap = self.register_as(numbered(i, 32), numbered(i, 48), commission_bp);
    self.caps.push_back(cap);
    i
}

/// Registers with these keys.
public fun register_as(
    self: &mut Network,
    peer_key: vector<u8>,
    key: vector<u8>,
    commission_bp: u64,
): NodeCap {
    let payout = payout(self.caps.length());
    self
        .staking
        .epochs_mut()
        .registry_mut()
        .register_for_testing(
            b"node".to_string(),
            peer_key,
            key,
            payout,
            commission_bp,
            node_info::votes_for(STORAGE_PRICE, WRITE_PRICE, SHARD_SIZE),
            self.scenario.ctx(),
        )
}

/// Key bytes for a number.
public fun numbered(i: u64, length: u64): vector<u8> {
    let mut key = bcs::to_bytes(&(i + 1));
    while (key.length() < length) key.push_back(0x11);
    key
}

/// Stakes WAL with node i; returns the number of the stake.
public fun stake(self: &mut Network, i: u64, wal: u64): u64 {
    let coin = self.mint(wal * WAL_FROST);
    let node = self.node(i);
    let staked = self.staking.stake(coin, node, &self.clock, self.scenario.ctx());
    self.add_stake(staked)
}

/// `stake`, without counting all FROST.
public fun stake_unchecked(self: &mut Network, i: u64, wal: u64) {
    let coin = self.mint(wal * WAL_FROST);
    let node = self.node(i);
    let staked = self.staking.stake(coin, node, &self.clock, self.scenario.ctx());
    self.stakes.push_back(option::some(staked));
}

/// Stakes WAL of the node's own.
public fun stake_own(self: &mut Network, i: u64, wal: u64): u64 {
    let coin = self.mint(wal * WAL_FROST);
    let staked = self.staking.stake_own(&self.caps[i], coin, &self.clock, self.scenario.ctx());
    self.add_stake(staked)
}

public fun add_stake(self: &mut Network, staked: StakedWal): u64 {
    self.stakes.push_back(option::some(staked));
    self.check();
    self.stakes.length() - 1
}

public fun staked(self: &Network, number: u64): &StakedWal { self.stakes[number].borrow() }

/// Whether a stake is still there.
public fun has_stake(self: &Network, number: u64): bool { self.stakes[number].is_some() }

public fun stakes(self: &Network): u64 { self.stakes.length() }

public fun unstake(self: &mut Network, number: u64) {
    self.staking.unstake(self.stakes[number].borrow_mut(), &self.clock);
    self.check();
}

/// Takes part of a stake into one of its own.
public fun split(self: &mut Network, number: u64, wal: u64): u64 {
    let part = self.stakes[number].borrow_mut().split(wal * WAL_FROST, self.scenario.ctx());
    self.add_stake(part)
}

/// Returns the FROST given back.
public fun cancel(self: &mut Network, number: u64): u64 {
    let staked = self.stakes[number].extract();
    let coin = self.staking.cancel_stake(staked, &self.clock, self.scenario.ctx());
    let value = coin.value();
    self.keep(coin);
    self.check();
    value
}

/// Returns the FROST paid.
public fun redeem(self: &mut Network, number: u64): u64 {
    let staked = self.stakes[number].extract();
    let coin = self.staking.redeem(staked, self.scenario.ctx());
    let value = coin.value();
    self.keep(coin);
    self.check();
    value
}

/// FROST that a stake would be paid now.
public fun redeemable(self: &mut Network, number: u64): u64 {
    let node = self.staked(number).node_id();
    self.staking.settle(node);
    self.staking.redeemable(self.staked(number))
}

/// FROST that are due to those who left and have a `DueWal`.
public fun due(self: &Network): u64 {
    let mut total = 0;
    self.dues.do_ref!(|due| total = total + due.amount());
    total
}

/// Collects what is due; returns the FROST paid.
public fun collect_dues(self: &mut Network): u64 {
    let mut total = 0;
    self.dues.length().do!(|i| {
        let coin = self.staking.collect_due(&mut self.dues[i], self.scenario.ctx());
        total = total + coin.value();
        self.wallet.join(coin.into_balance());
    });
    self.check();
    total
}

/// Pays WAL of somebody's to the debts of node i; returns FROST that were not needed.
public fun pay_debt(self: &mut Network, i: u64, wal: u64): u64 {
    let mut coin = self.mint(wal * WAL_FROST);
    let node = self.node(i);
    self.staking.pay_debt(node, &mut coin);
    let rest = coin.value();
    self.keep(coin);
    self.check();
    rest
}

/// Node i owes a penalty in WAL, which is to be burned.
public fun charge(self: &mut Network, i: u64, wal: u64) {
    let node = self.node(i);
    let economics = *self.staking.economics();
    let registry = self.staking.epochs_mut().registry_mut();
    registry.pool_mut(node).charge(wal * WAL_FROST, 0, &vector[], &vector[], false, &economics);
    registry.update(node);
    self.check();
}

/// Pays what node `payee` has coming of a claim on node `debtor`; returns FROST.
public fun collect_claim(self: &mut Network, debtor: u64, claim: u64, payee: u64): u64 {
    self.check();
    let before = self.wallet();
    let (debtor, payee) = (self.node(debtor), self.node(payee));
    self.staking.collect_claim(debtor, claim, payee, self.scenario.ctx());
    self.check();
    self.wallet() - before
}

/// Pays node i's commission; returns FROST.
public fun collect_commission(self: &mut Network, i: u64): u64 {
    self.check();
    let before = self.wallet();
    let node = self.node(i);
    self.staking.collect_commission(node, self.scenario.ctx());
    self.check();
    self.wallet() - before
}

/// Whether node `payee` gets part of a claim on node `debtor` on which something is open or to be collected.
public fun is_payee(self: &Network, debtor: u64, claim: u64, payee: u64): bool {
    self.staking.pool(self.node(debtor)).debts().is_payee(claim, self.node(payee))
}

/// Node i replaces its deny list.
public fun deny(self: &mut Network, i: u64, root: u256, size: u64) {
    self.staking.register_deny_list(&mut self.system, &self.caps[i], root, size);
}

// === Users ===

/// Reserves MiB for epochs, at a WAL each.
public fun reserve(self: &mut Network, mib: u64, epochs: u32) {
    let cost = self.system.reserve_cost(mib * MIB, epochs);
    let mut coin = self.mint(cost);
    let storage = self.system.reserve_space(mib * MIB, epochs, &mut coin, self.scenario.ctx());
    coin.destroy_zero();
    self.storage.push_back(storage);
    self.check();
}

/// Registers a permanent blob of a byte in the reservation made last; returns its number.
public fun register_blob(self: &mut Network, root: u256): u64 {
    let storage = self.storage.pop_back();
    let (cost, deposit) = self.system.register_cost(1, ENCODING);
    let mut coin = self.mint(cost + deposit);
    let blob = self
        .system
        .register_blob(
            &mut self.ledger,
            storage,
            encoding::derive_blob_id(root, ENCODING, 1),
            root,
            1,
            ENCODING,
            false,
            &mut coin,
            self.scenario.ctx(),
        );
    coin.destroy_zero();
    self.blobs.push_back(option::some(blob));
    self.check();
    self.blobs.length() - 1
}

/// Certifies a blob by the whole committee; returns the FROST given back.
public fun certify_blob(self: &mut Network, number: u64): u64 {
    let signers = self.everybody();
    let mut body = bcs::to_bytes(&self.blobs[number].borrow().blob_id());
    body.push_back(0);
    let message = message(1, self.epoch(), body);
    let blob = self.blobs[number].borrow_mut();
    let coin = self.system.certify_blob(&mut self.ledger, blob, x"", signers, message, self.scenario.ctx());
    let value = coin.value();
    self.keep(coin);
    self.check();
    value
}

/// A message that nodes sign.
public fun message(intent: u8, epoch: u32, body: vector<u8>): vector<u8> {
    let mut message = vector[intent, 0, 3];
    message.append(bcs::to_bytes(&epoch));
    message.append(body);
    message
}

// === Time ===

/// Goes to a time of the epoch, in ms after its start.
public fun at(self: &mut Network, ms: u64) {
    let (start, _) = self.staking.epoch_span();
    self.clock.set_for_testing(start + ms);
}

public fun push(self: &mut Network) {
    self.staking.push(&mut self.system, &self.clock);
    self.check();
}

/// Pushes until nothing is due any more.
public fun push_all(self: &mut Network) {
    while (self.is_due()) self.push();
}

/// The next action and when it is due, in ms after the start of the epoch.
public fun action(self: &Network): vector<u64> {
    let (action, due_ms) = self.staking.next_action();
    let (start, _) = self.staking.epoch_span();
    vector[action as u64, due_ms - start]
}

public fun is_due(self: &Network): bool {
    let (action, due_ms) = self.staking.next_action();
    action != 0 && due_ms <= self.clock.timestamp_ms()
}

/// Receivers attest all transfers that are open.
public fun attest_all(self: &mut Network) {
    self.staking.transfers().length().do!(|record| self.attest(record));
    self.check();
}

/// The receiver of a record attests it, unless it is settled.
public fun attest(self: &mut Network, record: u64) {
    let (_, receiver, _, state) = self.staking.transfers().record(record);
    if (state > 1) return;
    let node = self.staking.roster().node_id(receiver as u64);
    let i = self.number_of(node);
    self.staking.attest_transfer(&self.caps[i], record, &self.clock);
}

/// Begins the epoch's challenge at 60 ms.
public fun start_challenge(self: &mut Network) {
    self.at(60);
    self.push_all();
    self.staking.start_challenge_for_testing(b"seed", &self.ledger, &self.clock);
}

/// Node i reports that these nodes passed, and that these challenged it; it challenged all.
public fun report(self: &mut Network, i: u64, challenged_by: vector<u64>, passed: vector<u64>) {
    let (challenged_by, challenged, passed) = (self.bitmap(challenged_by), self.everybody(), self.bitmap(passed));
    self.staking.report(&self.caps[i], challenged_by, challenged, passed, &self.clock);
}

/// A challenge in which all members find that all passed but these.
public fun challenge_all_but(self: &mut Network, failing: vector<u64>) {
    self.start_challenge();
    self.at(80);
    let members = vector::tabulate!(self.nodes(), |i| i).filter!(|i| self.is_member(*i));
    let passed = members.filter!(|i| !failing.contains(i));
    members.do!(|i| self.report(i, members, passed));
    self.check();
}

/// Goes through the rest of the epoch without challenge: all transfers are attested, nothing is missed.
public fun next_epoch(self: &mut Network) {
    let epoch = self.epoch();
    let (start, _) = self.staking.epoch_span();
    if (self.clock.timestamp_ms() < start + 20) self.attest_all();
    self.at(100);
    self.push_all();
    assert_eq!(self.epoch(), epoch + 1);
}
