#[test_only]
/// A pool with its stakers, and a check of all accounts after every step.
module floe::pool_world;

use floe::due_wal::DueWal;
use floe::params::{Self, Economics};
use floe::pool::{Self, Pool};
use floe::staked_wal::StakedWal;
use std::unit_test::assert_eq;
use sui::balance::{Self, Balance};
use sui::test_utils::destroy;
use wal::wal::WAL;

const WAL1: u64 = 1_000_000_000;
/// FROST by which rounding may move the equity in one step, besides a FROST for each claim that is closed.
const SLACK: u128 = 4;

/// What the shares are worth together, what the pool owes beyond it has, and how many shares there are.
public struct Value has copy, drop { has: u128, owes: u128, shares: u128 }

public struct World {
    pool: Pool,
    economics: Economics,
    stakes: vector<Option<StakedWal>>,
    dues: vector<DueWal>,
    /// FROST that went in and came out.
    minted: u64,
    released: u64,
    /// Claims and buckets before these are gone, and need not be looked for.
    first_claim: u64,
    first_bucket: u32,
    ctx: TxContext,
}

public fun node(): ID { object::id_from_address(@0x10DE) }

/// Three nodes that may be beneficiaries.
public fun payees(): vector<ID> {
    vector[object::id_from_address(@0xA), object::id_from_address(@0xB), object::id_from_address(@0xC)]
}

public fun wal(amount: u64): u64 { amount * WAL1 }

/// Floor 5 %.
public fun economics(interest_bp: u64): Economics {
    params::new_economics(500, interest_bp, 500, 1_000, 4, 150)
}

/// A pool at epoch 1 without interest.
public fun new(commission_bp: u64): World { with(economics(0), commission_bp) }

public fun with(economics: Economics, commission_bp: u64): World { apart(0, economics, commission_bp) }

/// A pool that can be in one test with those of other numbers.
public fun apart(number: u64, economics: Economics, commission_bp: u64): World {
    let mut ctx = tx_context::new_from_hint(@0x0, number, 0, 0, 0);
    World {
        pool: pool::new(node(), commission_bp, 1, &mut ctx),
        economics,
        stakes: vector[],
        dues: vector[],
        minted: 0,
        released: 0,
        first_claim: 0,
        first_bucket: 0,
        ctx,
    }
}

/// A pool in epoch 2, of which `principals` are active stakes with the numbers 0, 1, ...
public fun staked(economics: Economics, commission_bp: u64, principals: vector<u64>): World {
    staked_apart(0, economics, commission_bp, principals)
}

public fun staked_apart(
    number: u64,
    economics: Economics,
    commission_bp: u64,
    principals: vector<u64>,
): World {
    let mut w = apart(number, economics, commission_bp);
    principals.do!(|principal| { w.stake(principal); });
    w.settle(0, 0);
    w
}

public fun pool(self: &World): &Pool { &self.pool }

public fun pool_mut(self: &mut World): &mut Pool { &mut self.pool }

public fun stake_at(self: &World, i: u64): &StakedWal { self.stakes[i].borrow() }

public fun stake_mut(self: &mut World, i: u64): &mut StakedWal { self.stakes[i].borrow_mut() }

public fun count(self: &World): u64 { self.stakes.length() }

public fun has(self: &World, i: u64): bool { self.stakes[i].is_some() }

/// Whether the stake is active and its owner has not asked to leave.
public fun is_staying(self: &World, i: u64): bool { self.pool.is_staying(self.stakes[i].borrow()) }

public fun has_left(self: &World, i: u64): bool { self.pool.has_left(self.stakes[i].borrow()) }

/// Whether the stake left with the last change of epoch.
public fun left_now(self: &World, i: u64): bool { self.pool.left_now(self.stakes[i].borrow()) }

public fun dues(self: &World): &vector<DueWal> { &self.dues }

public fun equity(self: &World): u64 { self.pool.equity() }

public fun next_stake(self: &World): u64 { self.pool.next_stake(&self.economics) }

public fun is_closed(self: &World): bool { self.pool.is_closed(&self.economics) }

public fun redeemable(self: &World, i: u64): u64 {
    self.pool.redeemable(self.stakes[i].borrow(), &self.economics)
}

public fun epoch(self: &World): u32 { self.pool.settled_epoch() }

/// New money.
public fun mint(self: &mut World, amount: u64): Balance<WAL> {
    self.minted = self.minted + amount;
    balance::create_for_testing(amount)
}

/// Money that leaves for good; returns how much it was.
public fun release(self: &mut World, money: Balance<WAL>): u64 {
    let amount = money.destroy_for_testing();
    self.released = self.released + amount;
    amount
}

// === Steps, each with its checks ===

/// Stakes from the next epoch.
public fun stake(self: &mut World, amount: u64): u64 {
    let from = self.epoch() + 1;
    self.stake_from(amount, from, false)
}

public fun stake_from(self: &mut World, amount: u64, from: u32, own: bool): u64 {
    let before = self.value();
    let money = self.mint(amount);
    let stake = self.pool.stake(money, from, own, &self.economics, &mut self.ctx);
    self.stakes.push_back(option::some(stake));
    self.check_same(before, 0);
    self.stakes.length() - 1
}

public fun cancel(self: &mut World, i: u64, from: u32): u64 {
    let before = self.value();
    let stake = self.stakes[i].extract();
    let principal = stake.principal();
    let money = self.pool.cancel(stake, from);
    let back = self.release(money);
    assert_eq!(back, principal);
    self.check_same(before, 0);
    back
}

/// Asks to leave at the next epoch.
public fun leave(self: &mut World, i: u64) {
    let from = self.epoch() + 1;
    self.leave_from(i, from);
}

public fun leave_from(self: &mut World, i: u64, from: u32) {
    let before = self.value();
    self.pool.request_leave(self.stakes[i].borrow_mut(), from);
    self.check_same(before, 0);
}

public fun split(self: &mut World, i: u64, amount: u64): u64 {
    let before = self.value();
    let part = self.stakes[i].borrow_mut().split(amount, &mut self.ctx);
    self.stakes.push_back(option::some(part));
    self.check_same(before, 0);
    self.stakes.length() - 1
}

public fun join(self: &mut World, i: u64, j: u64) {
    let before = self.value();
    let other = self.stakes[j].extract();
    self.stakes[i].borrow_mut().join(other);
    self.check_same(before, 0);
}

/// Redeems with all transfers settled. Returns what was paid and what became due.
public fun redeem(self: &mut World, i: u64): (u64, u64) { self.redeem_when(i, true) }

public fun redeem_when(self: &mut World, i: u64, transfers_settled: bool): (u64, u64) {
    let before = self.value();
    let stake = self.stakes[i].extract();
    let principal = stake.principal();
    let expected = if (self.pool.node_id() == stake.node_id()) self.pool.redeemable(&stake, &self.economics) else 0;
    let open = self.pool.debts().open_claims();
    let (money, mut due) = self.pool.redeem(stake, transfers_settled, &self.economics, &mut self.ctx);
    let paid = self.release(money);
    let mut later = 0;
    if (due.is_some()) {
        let due = due.extract();
        later = due.amount();
        self.dues.push_back(due);
    };
    due.destroy_none();
    assert_eq!(paid + later, expected);
    assert!(paid + later >= floor(principal, &self.economics));
    // A leaver's interest goes to the claims, or stays with the pool that paid them: then equity may grow.
    self.check_at_least(before, open);
    (paid, later)
}

/// What a stake is redeemed for if one settles the dues, too.
public fun redeem_all(self: &mut World, i: u64): u64 {
    let (paid, due) = self.redeem(i);
    paid + due
}

public fun collect_due(self: &mut World, i: u64): u64 {
    let before = self.value();
    let money = self.pool.collect_due(&mut self.dues[i]);
    let amount = self.release(money);
    self.check_same(before, 0);
    amount
}

/// Collects one that is not of this world.
public fun release_due(self: &mut World, due: &mut DueWal) {
    let money = self.pool.collect_due(due);
    self.release(money);
}

public fun settle(self: &mut World, penalty: u64, reward: u64): u64 { self.settle_when(penalty, reward, false) }

/// Settles an epoch, and checks what a share is worth after it against what was earned and owed, and how much leaves and
/// joins at that value. Returns what was handed back.
public fun settle_when(self: &mut World, penalty: u64, reward: u64, hold: bool): u64 {
    self.pay_debt(0);
    let Value { has: had, owes: owed, shares: whole } = self.value();
    let base = self.pool.debts().principal();
    let covered = self.pool.left_owing() as u128;
    let interest = (base - base.min(covered)) * (self.economics.interest_bp() as u128) / 10_000;
    let due = self.pool.debt() + interest + (penalty as u128) + (self.pool.unfunded_due() as u128);
    let earned = (reward as u128) - (reward as u128).min(due);
    let commission = earned * (self.pool.commission_bp() as u128) / 10_000;
    let open = self.pool.debts().open_claims();

    let money = self.mint(reward);
    let back = self.pool.settle(penalty, money, hold, &self.economics);
    let back = self.release(back);
    self.check();
    if (whole == 0) {
        assert_eq!(back, reward);
        return back
    };
    assert_eq!(back, 0);
    if (self.pool.principal() == self.joined()) {
        // All others left, and shares begin at par.
        let (has, joined) = (self.equity(), self.joined());
        let slack = 2 * (SLACK as u64) + open;
        assert!(has <= joined + slack && (has + slack >= joined || self.pool.debt() == 0));
        return 0
    };
    let gain = had + (reward as u128) - commission;
    let loss = owed + interest + (penalty as u128);
    // The index of interest has twelve digits.
    let digits = (base / 1_000_000_000_000) as u64;
    self.check_value(gain, loss, whole, open + 1 + digits);
    0
}

/// FROST that became active with the last change of epoch.
fun joined(self: &World): u64 {
    let mut joined = 0;
    self.stakes.do_ref!(|stake| if (stake.is_some() && stake.borrow().activation_epoch() == self.epoch()) {
        joined = joined + stake.borrow().principal()
    });
    joined
}

/// A share must be worth (gain - loss) / whole, up to rounding.
fun check_value(self: &World, gain: u128, loss: u128, whole: u128, closing: u64) {
    // Those who join do so at what rounding left; it must not be multiplied by how much they bring.
    let (shares, equity) = self.pool.before_joining();
    let (has, owes) = (equity as u128, self.pool.shortfall());
    if (shares == 0) {
        assert!(has <= SLACK + (closing as u128));
        assert!(owes <= SLACK + (closing as u128) || self.pool.debt() == 0);
        return
    };
    // Each cohort of leavers may leave a FROST of rounding to the others.
    let cohorts = self.stakes.length() as u128;
    let whole_max = whole.max(shares) as u256;
    let slack = ((SLACK + (closing as u128)) as u256) * whole_max;
    let now = (has as u256) * (whole as u256) + (loss as u256) * (shares as u256);
    let then = (owes as u256) * (whole as u256) + (gain as u256) * (shares as u256);
    assert!(now <= then + slack + (cohorts as u256) * whole_max);
    // When nothing is owed any more, the others pay for floors; see the documents.
    if (self.pool.debt() > 0) assert!(then <= now + slack);
}

public fun skip(self: &mut World, to: u32) {
    self.pool.skip(to, &self.economics);
    self.check();
}

/// A penalty that is burned.
public fun charge(self: &mut World, burn: u64, with_leaving: bool) {
    self.charge_shared(burn, 0, vector[], with_leaving);
}

/// A penalty that is partly for the payees by their weights.
public fun charge_shared(self: &mut World, burn: u64, shared: u64, weights: vector<u16>, with_leaving: bool) {
    let amount = (burn as u128) + (shared as u128);
    let nodes = payees();
    let before = self.value();
    let worth = self.pool.left_worth();
    self.pool.charge(burn, shared, &nodes, &weights, with_leaving, &self.economics);
    self.check();
    // What is charged comes from shares and buckets together, or is written off.
    let now = self.value();
    if (now.shares == 0) {
        // What nobody can bear is written off.
        assert!(now.owes <= before.owes);
        return
    };
    let lost = (before.has + now.owes) - (now.has + before.owes);
    let collected = (worth - self.pool.left_worth()) as u128;
    assert!(lost + collected <= amount + SLACK);
    if (!with_leaving) assert!(lost == amount && collected == 0);
}

/// Pays a debt from outside. Returns what was too much.
public fun pay_debt(self: &mut World, amount: u64): u64 {
    let before = self.value();
    let open = self.pool.debts().open_claims();
    let mut money = self.mint(amount);
    self.pool.pay_debt(&mut money);
    let back = self.release(money);
    let paid = (amount - back) as u128;
    let now = self.value();
    assert!(now.shares == before.shares);
    assert!(near(now.has + before.owes, before.has + paid + now.owes, open));
    self.check();
    back
}

public fun collect(self: &mut World, claim: u64, payee: ID): u64 {
    let before = self.value();
    let open = self.pool.debts().open_claims();
    let money = self.pool.collect(claim, payee);
    let amount = self.release(money);
    self.check_same(before, open);
    amount
}

public fun take_burns(self: &mut World): u64 {
    let money = self.pool.take_burns();
    let amount = self.release(money);
    self.check();
    amount
}

public fun take_commission(self: &mut World): u64 {
    let money = self.pool.take_commission();
    let amount = self.release(money);
    self.check();
    amount
}

/// Takes a stake out of the world, to be given to another.
public fun extract(self: &mut World, i: u64): StakedWal { self.stakes[i].extract() }

public fun insert(self: &mut World, stake: StakedWal): u64 {
    self.stakes.push_back(option::some(stake));
    self.stakes.length() - 1
}

public fun set_commission(self: &mut World, bp: u64) { self.pool.set_commission(bp); }

// === Steps without checks, for large numbers of them ===

public fun quick_stake(self: &mut World, amount: u64) {
    let from = self.epoch() + 1;
    let money = self.mint(amount);
    self.stakes.push_back(option::some(self.pool.stake(money, from, false, &self.economics, &mut self.ctx)));
}

public fun quick_settle(self: &mut World) {
    self.pool.settle(0, balance::zero(), false, &self.economics).destroy_zero();
}

public fun quick_leave(self: &mut World, i: u64) {
    let from = self.epoch() + 1;
    self.pool.request_leave(self.stakes[i].borrow_mut(), from);
}

public fun quick_redeem(self: &mut World, i: u64): u64 {
    let stake = self.stakes[i].extract();
    let (money, due) = self.pool.redeem(stake, true, &self.economics, &mut self.ctx);
    due.destroy_none();
    self.release(money)
}

// === Checks ===

public fun value(self: &World): Value {
    Value { has: self.pool.equity() as u128, owes: self.pool.shortfall(), shares: self.pool.shares() }
}

/// FROST in the pool.
public fun held(self: &World): u64 { self.pool.held(self.first_claim) }

/// Every FROST that went in is in a stake, in the pool, or came out; sums agree with their parts.
public fun check(self: &mut World) {
    let (claims, buckets) = (self.pool.debts().next_claim(), self.epoch() + 4);
    while (self.first_claim < claims && !self.pool.debts().has_claim(self.first_claim)) {
        self.first_claim = self.first_claim + 1;
    };
    while (self.first_bucket <= self.epoch() && !self.pool.has_bucket(self.first_bucket)) {
        self.first_bucket = self.first_bucket + 1;
    };
    let mut principals = 0;
    self.stakes.do_ref!(|stake| if (stake.is_some()) principals = principals + stake.borrow().principal());
    assert_eq!(self.minted, principals + self.held() + self.released);
    self.pool.audit(&self.stakes, self.first_bucket, buckets);
    let mut due = 0;
    self.dues.do_ref!(|d| due = due + d.amount());
    assert!(due >= self.pool.unfunded_due());
}

fun check_same(self: &mut World, before: Value, closing: u64) {
    let now = self.value();
    if (closing == 0) assert!(now == before);
    assert!(now.shares == before.shares);
    assert!(near(now.has + before.owes, before.has + now.owes, closing));
    self.check();
}

fun check_at_least(self: &mut World, before: Value, closing: u64) {
    let now = self.value();
    assert!(now.shares == before.shares);
    assert!(now.has + before.owes + SLACK + (closing as u128) >= before.has + now.owes);
    self.check();
}

fun near(a: u128, b: u128, closing: u64): bool { a.diff(b) <= SLACK + (closing as u128) }

public fun floor(principal: u64, economics: &Economics): u64 {
    ((principal as u128) * (economics.floor_bp() as u128) / 10_000) as u64
}

public fun end(self: World) { destroy(self) }
