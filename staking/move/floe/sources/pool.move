/// The money of a node's stakers.
///
/// Stakers own their principal; the pool owns shares of it, what it earned and what it owes. Everything below is true at the
/// start of `settled_epoch` and stays true under every later operation:
///
///     equity = principals in the pool + cash - debts - worth of those who left - dues
///
/// and a share is worth equity / shares. Joining, leaving, selection and votes all go by that value, so that all stakers bear
/// what the node earns and owes alike. Staking, leaving, splitting, redeeming and paying debts from cash do not change it but
/// for rounding.
///
/// Whoever leaves gets a fixed worth, in a bucket with those who leave with him. It earns nothing, and bears the penalties
/// of the transfers that follow the epoch he leaves after. When it is less than the floor of his principal, the floor is
/// his worth, and what can therefore never be collected is written off the debts at once, not when he redeems: so neither
/// the time of a redemption nor what was earned or paid before it changes the value of the others. On what his principal is more
/// than his worth, which the pool's debts wait for, he owes interest from leaving to redeeming, and the others do not.
module floe::pool;

use floe::debt::{Self, Debts};
use floe::due_wal::{Self, DueWal};
use floe::fraction;
use floe::params::Economics;
use floe::staked_wal::{Self, StakedWal};
use sui::balance::{Self, Balance};
use sui::event;
use sui::table::{Self, Table};
use wal::wal::WAL;

/// The pool takes no stake: a share is worth less than the floor of par.
const EClosed: u64 = 0;
/// The pool is not settled to the current epoch.
const EUnsettled: u64 = 1;
/// The stake, or what is due, is another pool's.
const EOtherPool: u64 = 2;
/// A committee was selected with the stake in it; it can leave when it has become active.
const ECounted: u64 = 3;
/// The stake is not active yet.
const ENotActive: u64 = 4;
/// The stake's owner has asked to leave, or the pool has made it leave.
const ELeaving: u64 = 5;
/// The stake has not left, or transfers of its node are open.
const ENotReleased: u64 = 6;
/// A commission above the whole.
const ECommission: u64 = 7;

/// Basis points in a whole.
const BP: u64 = 10_000;
/// Shares of a FROST at par.
const PAR: u128 = 1_000_000_000;
/// Epochs by which the node's own capital leaves later than other stake.
const OWN_DELAY: u32 = 1;
/// Epochs after which a changed commission holds.
const COMMISSION_DELAY: u32 = 2;
/// FROST that a pool without stake may owe and be open: rounding, a FROST for each claim that can be open.
const ROUNDING: u128 = 64;
/// Cohorts that are told apart, so that the object stays small however many epochs there were. All later ones are one, named
/// `MIXED`, whose floors are found together.
const MAX_COHORTS: u64 = 256;
/// No stake becomes active in epoch 0.
const MIXED: u32 = 0;

/// A node's pool.
public struct Pool has store {
    node_id: ID,
    /// The epoch at whose start the accounts stand.
    settled_epoch: u32,
    shares: u128,
    /// FROST of principal behind the shares.
    principal: u64,
    /// FROST of the node's own capital behind the shares that is not asked to leave.
    own_principal: u64,
    /// Those behind the shares who are not asked to leave.
    cohorts: vector<Cohort>,
    /// Stake that counts from a later epoch.
    pending: vector<Pending>,
    /// Value of a share at the start of epochs in which stake joined.
    rates: Table<u32, Rate>,
    /// Those who asked to leave, by the epoch for which they did.
    buckets: Table<u32, Bucket>,
    /// Buckets that are still part of the shares.
    leaving: vector<u32>,
    /// Epochs at whose start all shares ended, asked or not, because stake came to a closed pool.
    evictions: vector<u32>,
    /// Buckets that left at the start of `settled_epoch`; they bear its transfer penalties until one of theirs is redeemed.
    exposed: vector<u32>,
    /// FROST of principal of buckets that left.
    left_principal: u64,
    /// FROST that buckets that left are worth.
    left_worth: u64,
    /// FROST that buckets that left will pay from their principals.
    left_owing: u64,
    /// Rewards not taken.
    cash: Balance<WAL>,
    debts: Debts,
    /// FROST owed to leavers beyond `due_cash`.
    due: u64,
    /// What leavers can collect.
    due_cash: Balance<WAL>,
    /// Sum of the interest rates (bp) of all epochs.
    interest_bp: u64,
    commission_bp: u64,
    /// Commissions of later epochs.
    commissions: vector<Commission>,
    /// The node's commission, not taken.
    commission: Balance<WAL>,
}

/// Principals (FROST) that become shares at the start of `epoch`.
public struct Pending has drop, store {
    epoch: u32,
    principal: u64,
    /// Part that is the node's own capital.
    own: u64,
}

/// `equity` FROST were worth `shares`.
public struct Rate has copy, drop, store {
    shares: u128,
    equity: u64,
}

public struct Commission has copy, drop, store {
    epoch: u32,
    bp: u64,
}

/// Stakes that leave at the same time.
public struct Bucket has store {
    cohorts: vector<Cohort>,
    shares: u128,
    /// FROST of principal not redeemed.
    principal: u64,
    /// The epoch at whose start the shares ended; 0 before.
    left_epoch: u32,
    /// FROST the shares are worth, floors aside.
    value: u64,
    /// FROST the stakes not redeemed are worth with their floors.
    worth: u64,
    /// FROST that the stakes not redeemed will pay from their principals.
    owing: u64,
    /// The pool's `interest_bp` when the shares ended.
    interest_bp: u64,
}

/// Stakes of a bucket that became active at the same time, so that a FROST of each has as many shares.
public struct Cohort has copy, drop, store {
    activation_epoch: u32,
    principal: u64,
    shares: u128,
}

/// The accounts at the start of an epoch.
public struct PoolSettled has copy, drop {
    node_id: ID,
    epoch: u32,
    equity: u64,
    shares: u128,
    debt: u128,
}

public struct Staked has copy, drop {
    node_id: ID,
    stake_id: ID,
    amount: u64,
    activation_epoch: u32,
    own: bool,
}

/// Stake that never counted was given back.
public struct StakeCancelled has copy, drop {
    node_id: ID,
    stake_id: ID,
    amount: u64,
}

public struct LeaveRequested has copy, drop {
    node_id: ID,
    stake_id: ID,
    amount: u64,
    leave_epoch: u32,
}

/// A stake was redeemed: `paid` FROST now and `due` FROST when the pool has cash.
public struct Redeemed has copy, drop {
    node_id: ID,
    stake_id: ID,
    principal: u64,
    paid: u64,
    due: u64,
}

// === Making ===

/// Aborts with `ECommission` when it is above 10,000 bp.
public(package) fun new(node_id: ID, commission_bp: u64, epoch: u32, ctx: &mut TxContext): Pool {
    assert!(commission_bp <= BP, ECommission);
    Pool {
        node_id,
        settled_epoch: epoch,
        shares: 0,
        principal: 0,
        own_principal: 0,
        cohorts: vector[],
        pending: vector[],
        rates: table::new(ctx),
        buckets: table::new(ctx),
        leaving: vector[],
        evictions: vector[],
        exposed: vector[],
        left_principal: 0,
        left_worth: 0,
        left_owing: 0,
        cash: balance::zero(),
        debts: debt::new(node_id, ctx),
        due: 0,
        due_cash: balance::zero(),
        interest_bp: 0,
        commission_bp,
        commissions: vector[],
        commission: balance::zero(),
    }
}

// === Staking and leaving ===

/// Stakes from the start of epoch `from`: the next one, or the one after when a committee is being selected for the next.
/// Aborts with `EUnsettled` when the pool is not settled to the current epoch, with `EClosed`, and with
/// `staked_wal::ETooLittle` for less than 1 WAL.
public(package) fun stake(
    self: &mut Pool,
    principal: Balance<WAL>,
    from: u32,
    own: bool,
    economics: &Economics,
    ctx: &mut TxContext,
): StakedWal {
    self.check_settled(from);
    assert!(!self.is_closed(economics), EClosed);
    let amount = principal.value();
    let i = self.find_pending(from);
    if (i == self.pending.length()) self.pending.push_back(Pending { epoch: from, principal: 0, own: 0 });
    let pending = &mut self.pending[i];
    pending.principal = pending.principal + amount;
    if (own) pending.own = pending.own + amount;
    let staked = staked_wal::new(self.node_id, principal, from, own, ctx);
    event::emit(Staked {
        node_id: self.node_id,
        stake_id: object::id(&staked),
        amount,
        activation_epoch: from,
        own,
    });
    staked
}

/// Gives back the whole principal of a stake that never counted: no committee was selected with it (`from` as in `stake`).
/// Aborts with `EOtherPool`, `EUnsettled`, `ECounted`.
public(package) fun cancel(self: &mut Pool, staked: StakedWal, from: u32): Balance<WAL> {
    self.check_settled(from);
    assert!(staked.node_id() == self.node_id, EOtherPool);
    let epoch = staked.activation_epoch();
    assert!(epoch >= from, ECounted);
    let amount = staked.principal();
    let i = self.find_pending(epoch);
    let pending = &mut self.pending[i];
    pending.principal = pending.principal - amount;
    if (staked.own()) pending.own = pending.own - amount;
    event::emit(StakeCancelled { node_id: self.node_id, stake_id: object::id(&staked), amount });
    staked.into_principal()
}

/// Asks that an active stake leave at the start of epoch `from` (as in `stake`), the node's own capital an epoch later.
/// Aborts with `EOtherPool`, `EUnsettled`, `ELeaving`, and with `ENotActive` when the stake does not count yet (once it does,
/// it still leaves no later).
public(package) fun request_leave(self: &mut Pool, staked: &mut StakedWal, from: u32) {
    self.check_settled(from);
    assert!(staked.node_id() == self.node_id, EOtherPool);
    assert!(self.leave_epoch(staked).is_none(), ELeaving);
    let activation_epoch = staked.activation_epoch();
    assert!(activation_epoch <= self.settled_epoch, ENotActive);
    let shares = shares_of(&self.rates, staked);
    let amount = staked.principal();
    let mut leave_epoch = from;
    if (staked.own()) {
        leave_epoch = from + OWN_DELAY;
        self.own_principal = self.own_principal - amount;
    };
    self.cohorts.subtract(activation_epoch, amount, shares);
    self.bucket_for(leave_epoch).add(Cohort { activation_epoch, principal: amount, shares });
    staked.set_leave_epoch(leave_epoch);
    event::emit(LeaveRequested { node_id: self.node_id, stake_id: object::id(staked), amount, leave_epoch });
}

/// Pays a stake that left: its value, or the floor of its principal when that is more, less interest on what it
/// pays from its principal, down to the floor. What is above the principal comes from cash, and what cash lacks is due.
/// `transfers_settled` says that no transfer of the last change of epoch is open with the node.
/// Aborts with `EOtherPool`, and with `ENotReleased` when it has not left, or left with the last change and transfers are open.
public(package) fun redeem(
    self: &mut Pool,
    staked: StakedWal,
    transfers_settled: bool,
    economics: &Economics,
    ctx: &mut TxContext,
): (Balance<WAL>, Option<DueWal>) {
    assert!(staked.node_id() == self.node_id, EOtherPool);
    assert!(self.has_left(&staked), ENotReleased);
    let stake_id = object::id(&staked);
    let principal = staked.principal();
    let epoch = self.leave_epoch(&staked).destroy_some();
    let (worth, interest) = self.claim_of(&staked, economics);
    self.use_cash();
    let bucket = self.buckets.borrow_mut(epoch);
    if (bucket.left_epoch == self.settled_epoch) {
        assert!(transfers_settled, ENotReleased);
        self.exposed = vector[];
    };
    let (worth_gone, owing_gone) = bucket.take(principal, worth);
    if (bucket.principal == 0) drop_bucket(self.buckets.remove(epoch));
    self.left_principal = self.left_principal - principal;
    self.left_worth = self.left_worth - worth_gone;
    self.left_owing = self.left_owing - owing_gone;
    self.debts.add_interest(interest);

    let payout = worth - interest;
    let mut paid = staked.into_principal();
    if (payout <= principal) {
        self.cash.join(paid.split(principal - payout));
        self.use_cash();
    } else {
        let extra = (payout - principal).min(self.cash.value());
        paid.join(self.cash.split(extra));
    };
    let due = payout - paid.value();
    event::emit(Redeemed { node_id: self.node_id, stake_id, principal, paid: paid.value(), due });
    if (due == 0) return (paid, option::none());
    self.due = self.due + due;
    (paid, option::some(due_wal::new(self.node_id, due, ctx)))
}

/// What the pool has for a leaver it still owes, perhaps nothing. Aborts with `EOtherPool`.
public(package) fun collect_due(self: &mut Pool, due: &mut DueWal): Balance<WAL> {
    assert!(due.node_id() == self.node_id, EOtherPool);
    let amount = due.amount().min(self.due_cash.value());
    due.reduce(amount);
    self.due_cash.split(amount)
}

// === Epochs ===

/// Closes `settled_epoch` and opens the next epoch: interest, the challenge penalty (FROST, burned), the gross reward, which
/// pays dues and debts first and then commission; then leave those who asked to, and stake becomes active. `hold` says that
/// the node is in the committee of the epoch that opens and nobody can replace it: its last stake stays until the next.
/// Returns the reward when there is nobody to have it.
public(package) fun settle(
    self: &mut Pool,
    penalty: u64,
    mut reward: Balance<WAL>,
    hold: bool,
    economics: &Economics,
): Balance<WAL> {
    self.accrue(1, economics);
    self.charge(penalty, 0, &vector[], &vector[], false, economics);
    if (self.shares > 0) {
        self.pay_liabilities(&mut reward);
        let commission = fraction::of(reward.value() as u128, self.commission_bp as u128, BP as u128) as u64;
        self.commission.join(reward.split(commission));
        self.cash.join(reward.withdraw_all());
    };
    self.use_cash();
    let epoch = self.settled_epoch + 1;
    self.open(epoch);
    if (self.pending_at(epoch) > 0 && self.shares > 0 && self.is_closed(economics)) self.evict();
    self.release(hold, economics);
    self.activate(economics);
    self.emit_settled();
    reward
}

/// Goes on to epoch `to` without rewards and penalties, at the same cost however far that is.
public(package) fun skip(self: &mut Pool, to: u32, economics: &Economics) {
    while (self.settled_epoch < to && !(self.pending.is_empty() && self.leaving.is_empty())) {
        self.settle(0, balance::zero(), false, economics).destroy_zero();
    };
    let epochs = to - self.settled_epoch;
    if (epochs == 0) return;
    self.accrue(epochs, economics);
    self.open(to);
    self.emit_settled();
}

/// Charges a penalty of `settled_epoch`: `burn` FROST to be burned and `shared` FROST for `nodes` by `weights`. Those who
/// left with the last change bear it too when `with_leaving`, each by the value of his shares; what their floors keep from
/// being collected is written off.
public(package) fun charge(
    self: &mut Pool,
    burn: u64,
    shared: u64,
    nodes: &vector<ID>,
    weights: &vector<u16>,
    with_leaving: bool,
    economics: &Economics,
) {
    let mut value = self.equity() as u128;
    self.debts.charge(self.settled_epoch, burn, shared, nodes, weights);
    let exposed = if (with_leaving) self.exposed else vector[];
    let mut i = 0;
    while (i < exposed.length()) {
        value = value + (self.buckets[exposed[i]].value as u128);
        i = i + 1;
    };
    let amount = (burn as u128) + (shared as u128);
    i = 0;
    while (i < exposed.length()) {
        let bucket = self.buckets.borrow_mut(exposed[i]);
        // Buckets without value have nothing above their floors.
        let part = fraction::of(amount, bucket.value as u128, value.max(1));
        bucket.value = bucket.value - (part.min(bucket.value as u128) as u64);
        let (worth, owing) = (bucket.worth, bucket.owing);
        bucket.appraise(economics);
        let collected = worth - bucket.worth;
        self.left_worth = self.left_worth - collected;
        self.left_owing = self.left_owing + bucket.owing - owing;
        self.debts.write_off(part - (collected as u128).min(part));
        i = i + 1;
    };
    // Without shares nobody can bear what is missing.
    let missing = self.deficit();
    if (self.shares == 0) self.debts.write_off(missing);
}

// === Paying ===

/// Pays debts, then dues, with cash of the pool and then with as much of `payment` as is still owed.
public(package) fun pay_debt(self: &mut Pool, payment: &mut Balance<WAL>) {
    self.use_cash();
    self.debts.pay(payment);
    self.pay_liabilities(payment);
}

/// What node `payee` has coming of claim number `claim`, perhaps nothing. Aborts with `debt::ENoClaim`, `debt::ENotPayee`.
public(package) fun collect(self: &mut Pool, claim: u64, payee: ID): Balance<WAL> {
    self.use_cash();
    self.debts.collect(claim, payee)
}

/// What was paid to be burned.
public(package) fun take_burns(self: &mut Pool): Balance<WAL> { self.debts.take_burns() }

public(package) fun take_commission(self: &mut Pool): Balance<WAL> { self.commission.withdraw_all() }

/// Sets the commission of the rewards of the epoch after next and later ones. Aborts with `ECommission` above 10,000 bp.
public(package) fun set_commission(self: &mut Pool, bp: u64) {
    assert!(bp <= BP, ECommission);
    let epoch = self.settled_epoch + COMMISSION_DELAY;
    let count = self.commissions.length();
    if (count > 0 && self.commissions[count - 1].epoch == epoch) {
        self.commissions.pop_back();
    };
    self.commissions.push_back(Commission { epoch, bp });
}

// === Reading ===

public fun node_id(self: &Pool): ID { self.node_id }

/// The epoch at whose start the accounts stand.
public fun settled_epoch(self: &Pool): u32 { self.settled_epoch }

/// FROST the shares are worth; zero when the pool owes more than it has.
public fun equity(self: &Pool): u64 {
    let (assets, liabilities) = self.sides();
    (assets - assets.min(liabilities)) as u64
}

public fun shares(self: &Pool): u128 { self.shares }

/// FROST owed for penalties, with interest.
public fun debt(self: &Pool): u128 { self.debts.owed() }

/// FROST of the node's own capital, active or waiting, that is not asked to leave.
public fun own_principal(self: &Pool): u64 {
    let mut own = self.own_principal;
    let mut i = 0;
    while (i < self.pending.length()) {
        own = own + self.pending[i].own;
        i = i + 1;
    };
    own
}

/// Commission of the rewards of the current epoch, bp.
public fun commission_bp(self: &Pool): u64 { self.commission_bp }

/// Whether the pool takes no stake and gets no shards: a share is worth less than the floor of par, or the pool without
/// shares owes more than it has.
public fun is_closed(self: &Pool, economics: &Economics): bool {
    if (self.shares == 0) return self.deficit() > ROUNDING;
    self.equity() < self.least_equity(economics)
}

/// FROST of stake that counts in the next epoch; zero when the pool is closed.
public fun next_stake(self: &Pool, economics: &Economics): u64 {
    if (self.is_closed(economics)) return 0;
    let next = self.settled_epoch + 1;
    let mut leaving = 0u128;
    let mut principal = 0u64;
    let mut i = 0;
    while (i < self.leaving.length()) {
        if (self.leaving[i] <= next) {
            let bucket = &self.buckets[self.leaving[i]];
            leaving = leaving + bucket.shares;
            principal = principal + bucket.principal;
        };
        i = i + 1;
    };
    let staying = if (principal == self.principal) 0
    else fraction::of(self.equity() as u128, self.shares - leaving, self.shares) as u64;
    staying + self.pending_at(next)
}

/// FROST that the stake would be paid if it left, or redeems, now.
public fun redeemable(self: &Pool, staked: &StakedWal, economics: &Economics): u64 {
    assert!(staked.node_id() == self.node_id, EOtherPool);
    if (self.has_left(staked)) {
        let (worth, interest) = self.claim_of(staked, economics);
        return worth - interest
    };
    let principal = staked.principal();
    if (staked.activation_epoch() > self.settled_epoch) return principal;
    let value = fraction::of(self.equity() as u128, shares_of(&self.rates, staked), self.shares) as u64;
    value.max(floor_of(principal, economics))
}

/// FROST that node `payee` can collect of claim number `claim`: nothing when there is none for it.
public fun claimable(self: &Pool, claim: u64, payee: ID): u64 { self.debts.collectable(claim, payee) }

// === Inside ===

fun check_settled(self: &Pool, from: u32) {
    assert!(from == self.settled_epoch + 1 || from == self.settled_epoch + 2, EUnsettled);
}

/// What the pool has and what it owes, FROST.
fun sides(self: &Pool): (u128, u128) {
    let assets = (self.principal as u128) + (self.left_principal as u128) + (self.cash.value() as u128);
    let liabilities = self.debts.owed() + (self.left_worth as u128) + (self.due as u128);
    (assets, liabilities)
}

/// FROST that the shares of an open pool are worth at least.
fun least_equity(self: &Pool, economics: &Economics): u64 {
    (self.shares * (economics.floor_bp() as u128)).divide_and_round_up(PAR * (BP as u128)) as u64
}

/// FROST that the pool owes beyond what it has.
fun deficit(self: &Pool): u128 {
    let (assets, liabilities) = self.sides();
    liabilities - assets.min(liabilities)
}

/// Interest of a number of epochs, after what cash can pay.
fun accrue(self: &mut Pool, epochs: u32, economics: &Economics) {
    self.use_cash();
    let bp = economics.interest_bp();
    self.debts.accrue(bp, epochs, self.left_owing as u128);
    self.interest_bp = self.interest_bp + bp * (epochs as u64);
}

fun use_cash(self: &mut Pool) {
    let mut cash = self.cash.withdraw_all();
    self.pay_liabilities(&mut cash);
    self.cash.join(cash);
}

/// Pays dues, then debts.
fun pay_liabilities(self: &mut Pool, cash: &mut Balance<WAL>) {
    let due = self.due.min(cash.value());
    self.due = self.due - due;
    self.due_cash.join(cash.split(due));
    self.debts.pay(cash);
}

/// Begins an epoch.
fun open(self: &mut Pool, epoch: u32) {
    self.settled_epoch = epoch;
    self.exposed = vector[];
    while (!self.commissions.is_empty() && self.commissions[0].epoch <= epoch) {
        self.commission_bp = self.commissions.remove(0).bp;
    };
}

/// Makes everybody leave now, before others join a pool whose shares are worth next to nothing or less: neither would they
/// have to pay its debts, nor could they be refused, because a committee was selected with their stake.
fun evict(self: &mut Pool) {
    let epoch = self.settled_epoch;
    self.own_principal = 0;
    let mut due = vector[];
    while (!self.leaving.is_empty()) {
        let asked = self.leaving.pop_back();
        if (asked > epoch) {
            let Bucket { cohorts, .. } = self.buckets.remove(asked);
            self.cohorts.append(cohorts);
        } else {
            due.push_back(asked);
        };
    };
    self.leaving = due;
    while (!self.cohorts.is_empty()) {
        let cohort = self.cohorts.pop_back();
        self.bucket_for(epoch).add(cohort);
    };
    self.evictions.push_back(epoch);
}

/// Ends the shares of those who asked to leave by now.
fun release(self: &mut Pool, hold: bool, economics: &Economics) {
    let mut staying = vector[];
    let mut going = vector[];
    let mut principal = 0;
    let mut i = 0;
    while (i < self.leaving.length()) {
        let epoch = self.leaving[i];
        if (epoch <= self.settled_epoch) {
            going.push_back(epoch);
            principal = principal + self.buckets[epoch].principal;
        } else {
            staying.push_back(epoch);
        };
        i = i + 1;
    };
    if (hold && principal == self.principal && self.pending_at(self.settled_epoch) == 0) return;
    self.leaving = staying;
    self.exposed = going;
    i = 0;
    while (i < going.length()) {
        self.end_shares(going[i], economics);
        i = i + 1;
    }
}

/// Ends the shares of a bucket: it takes its part of what the pool has and owes.
fun end_shares(self: &mut Pool, epoch: u32, economics: &Economics) {
    let equity = self.equity() as u128;
    let deficit = self.deficit();
    let whole = self.shares;
    let bucket = self.buckets.borrow_mut(epoch);
    // The last to leave also end the shares that rounding left without an owner.
    let part = if (bucket.principal == self.principal) whole else bucket.shares;
    let value = fraction::of(equity, part, whole);
    bucket.value = value as u64;
    bucket.appraise(economics);
    bucket.left_epoch = self.settled_epoch;
    bucket.interest_bp = self.interest_bp;
    let charged = (bucket.worth as u128) + fraction::of(deficit, part, whole);
    let lost = charged - charged.min(value);
    self.shares = whole - part;
    self.principal = self.principal - bucket.principal;
    self.left_principal = self.left_principal + bucket.principal;
    self.left_worth = self.left_worth + bucket.worth;
    self.left_owing = self.left_owing + bucket.owing;
    self.debts.write_off(lost);
}

/// Makes the stake that waited for the epoch active. Floors of leavers may just have taken what the shares of an open pool were
/// worth, perhaps all of it: nobody joins for less than it takes to be open, or shares would be without number.
fun activate(self: &mut Pool, economics: &Economics) {
    let epoch = self.settled_epoch;
    let i = self.find_pending(epoch);
    if (i == self.pending.length()) return;
    let Pending { principal, own, .. } = self.pending.remove(i);
    if (principal == 0) return;
    let rate = if (self.shares == 0) Rate { shares: PAR, equity: 1 }
    else Rate { shares: self.shares, equity: self.equity().max(self.least_equity(economics)) };
    self.rates.add(epoch, rate);
    let shares = rate.shares_for(principal);
    self.shares = self.shares + shares;
    self.principal = self.principal + principal;
    self.own_principal = self.own_principal + own;
    self.cohorts.add(Cohort { activation_epoch: epoch, principal, shares });
}

fun find_pending(self: &Pool, epoch: u32): u64 {
    let mut i = 0;
    while (i < self.pending.length() && self.pending[i].epoch != epoch) i = i + 1;
    i
}

fun pending_at(self: &Pool, epoch: u32): u64 {
    let i = self.find_pending(epoch);
    if (i < self.pending.length()) self.pending[i].principal else 0
}

public(package) fun has_left(self: &Pool, staked: &StakedWal): bool {
    let epoch = self.leave_epoch(staked);
    epoch.is_some() && self.buckets[*epoch.borrow()].left_epoch > 0
}

/// The bucket of a stake whose owner asked to leave, or that was made to leave before.
fun leave_epoch(self: &Pool, staked: &StakedWal): Option<u32> {
    let asked = staked.leave_epoch();
    let mut i = 0;
    while (i < self.evictions.length()) {
        let epoch = self.evictions[i];
        if (epoch > staked.activation_epoch()) {
            return option::some(if (asked.is_some()) epoch.min(*asked.borrow()) else epoch)
        };
        i = i + 1;
    };
    asked
}

/// The bucket of those who leave for an epoch.
fun bucket_for(self: &mut Pool, epoch: u32): &mut Bucket {
    if (!self.buckets.contains(epoch)) {
        self.leaving.push_back(epoch);
        self.buckets.add(epoch, new_bucket());
    };
    self.buckets.borrow_mut(epoch)
}

/// What a stake that left is worth, and the interest that comes off it.
fun claim_of(self: &Pool, staked: &StakedWal, economics: &Economics): (u64, u64) {
    let bucket = &self.buckets[self.leave_epoch(staked).destroy_some()];
    let shares = shares_of(&self.rates, staked);
    let principal = staked.principal();
    let floor = floor_of(principal, economics);
    // Joined leavers can have a share more than the two had in the bucket.
    let value = fraction::of(bucket.value as u128, shares.min(bucket.shares), bucket.shares) as u64;
    let worth = value.max(floor);
    let owing = (principal - principal.min(worth)) as u128;
    let rate = (self.interest_bp - bucket.interest_bp) as u128;
    let interest = fraction::of(owing, rate, BP as u128).min((worth - floor) as u128);
    (worth, interest as u64)
}

fun emit_settled(self: &Pool) {
    event::emit(PoolSettled {
        node_id: self.node_id,
        epoch: self.settled_epoch,
        equity: self.equity(),
        shares: self.shares,
        debt: self.debt(),
    });
}

fun floor_of(principal: u64, economics: &Economics): u64 {
    fraction::of(principal as u128, economics.floor_bp() as u128, BP as u128) as u64
}

/// Shares of a stake that is or was active.
fun shares_of(rates: &Table<u32, Rate>, staked: &StakedWal): u128 {
    rates[staked.activation_epoch()].shares_for(staked.principal())
}

fun shares_for(self: &Rate, principal: u64): u128 {
    fraction::of(principal as u128, self.shares, self.equity as u128)
}

// === Buckets ===

fun new_bucket(): Bucket {
    Bucket {
        cohorts: vector[],
        shares: 0,
        principal: 0,
        left_epoch: 0,
        value: 0,
        worth: 0,
        owing: 0,
        interest_bp: 0,
    }
}

fun drop_bucket(bucket: Bucket) {
    let Bucket { .. } = bucket;
}

fun add_to_bucket(self: &mut Bucket, cohort: Cohort) {
    self.shares = self.shares + cohort.shares;
    self.principal = self.principal + cohort.principal;
    self.cohorts.add(cohort);
}

use fun add_to_bucket as Bucket.add;

/// Position of a cohort, or else of the mixed one, or else the number of cohorts.
fun find_cohort(cohorts: &vector<Cohort>, activation_epoch: u32): u64 {
    let mut mixed = cohorts.length();
    let mut i = 0;
    while (i < cohorts.length()) {
        if (cohorts[i].activation_epoch == activation_epoch) return i;
        if (cohorts[i].activation_epoch == MIXED) mixed = i;
        i = i + 1;
    };
    mixed
}

fun add_cohort(cohorts: &mut vector<Cohort>, mut cohort: Cohort) {
    let i = find_cohort(cohorts, cohort.activation_epoch);
    if (i == cohorts.length()) {
        if (i == MAX_COHORTS - 1) cohort.activation_epoch = MIXED;
        cohorts.push_back(cohort);
        return
    };
    let known = &mut cohorts[i];
    known.principal = known.principal + cohort.principal;
    known.shares = known.shares + cohort.shares;
}

use fun add_cohort as vector.add;

fun subtract_cohort(cohorts: &mut vector<Cohort>, activation_epoch: u32, principal: u64, shares: u128) {
    let i = find_cohort(cohorts, activation_epoch);
    let cohort = &mut cohorts[i];
    cohort.principal = cohort.principal - principal;
    cohort.shares = cohort.shares - shares.min(cohort.shares);
    if (cohort.principal == 0) {
        cohorts.swap_remove(i);
    };
}

use fun subtract_cohort as vector.subtract;

/// Finds what the stakes are worth when none gets less than its floor, and what they will pay.
fun appraise(self: &mut Bucket, economics: &Economics) {
    self.worth = 0;
    self.owing = 0;
    let mut i = 0;
    while (i < self.cohorts.length()) {
        let cohort = &self.cohorts[i];
        let value = fraction::of(self.value as u128, cohort.shares, self.shares) as u64;
        let worth = value.max(floor_of(cohort.principal, economics));
        self.worth = self.worth + worth;
        self.owing = self.owing + cohort.principal - worth.min(cohort.principal);
        i = i + 1;
    }
}

/// Takes a stake out. Returns how much less the bucket is worth and owes; the last stake takes what rounding left.
fun take(self: &mut Bucket, principal: u64, worth: u64): (u64, u64) {
    self.principal = self.principal - principal;
    let last = self.principal == 0;
    let owing = if (last) self.owing else (principal - principal.min(worth)).min(self.owing);
    let worth = if (last) self.worth else worth.min(self.worth);
    self.worth = self.worth - worth;
    self.owing = self.owing - owing;
    (worth, owing)
}

#[test_only]
/// FROST inside; claims before number `first` are gone.
public fun held(self: &Pool, first: u64): u64 {
    self.cash.value() + self.due_cash.value() + self.commission.value() + self.debts.audit(first)
}

#[test_only]
/// Checks that sums agree with their parts, given all stakes and the range of epochs that buckets are of.
public fun audit(self: &Pool, stakes: &vector<Option<StakedWal>>, first_epoch: u32, last_epoch: u32) {
    let (mut active, mut staying, mut left, mut own, mut pending) = (0u64, 0u64, 0u64, 0u64, 0u64);
    let mut shares = 0u128;
    stakes.do_ref!(|stake| if (stake.is_some()) {
        let stake = stake.borrow();
        let principal = stake.principal();
        if (stake.own() && self.leave_epoch(stake).is_none()) own = own + principal;
        if (self.has_left(stake)) {
            left = left + principal
        } else if (stake.activation_epoch() > self.settled_epoch) {
            pending = pending + principal
        } else {
            if (self.leave_epoch(stake).is_none()) staying = staying + principal;
            active = active + principal;
            shares = shares + shares_of(&self.rates, stake);
        }
    });
    assert!(active == self.principal && left == self.left_principal && own == self.own_principal());
    self.cohorts.do_ref!(|cohort| staying = staying - cohort.principal);
    assert!(staying == 0 && self.cohorts.length() <= MAX_COHORTS);
    assert!(shares <= self.shares && self.shares - shares <= (stakes.length() as u128) * 8);
    self.pending.do_ref!(|p| {
        assert!(p.epoch > self.settled_epoch);
        pending = pending - p.principal;
    });
    assert!(pending == 0);
    let (mut worth, mut owing, mut asked) = (0u64, 0u64, 0);
    first_epoch.range_do_eq!(last_epoch, |epoch| if (self.buckets.contains(epoch)) {
        let bucket = &self.buckets[epoch];
        if (bucket.left_epoch > 0) {
            left = left - bucket.principal;
            worth = worth + bucket.worth;
            owing = owing + bucket.owing;
        } else {
            asked = asked + 1;
        }
    });
    assert!(left == 0 && worth == self.left_worth && owing == self.left_owing && asked == self.leaving.length());
    assert!((self.shares == 0) == (self.principal == 0));
}

#[test_only]
/// FROST that the pool owes beyond what it has.
public fun shortfall(self: &Pool): u128 { self.deficit() }

#[test_only]
public fun debts(self: &Pool): &Debts { &self.debts }

#[test_only]
/// FROST of principal behind the shares.
public fun principal(self: &Pool): u64 { self.principal }

#[test_only]
public fun cash(self: &Pool): u64 { self.cash.value() }

#[test_only]
/// FROST due to leavers that no cash is set aside for.
public fun unfunded_due(self: &Pool): u64 { self.due }

#[test_only]
public fun left_worth(self: &Pool): u64 { self.left_worth }

#[test_only]
/// FROST that those who left will pay from their principals.
public fun left_owing(self: &Pool): u64 { self.left_owing }

#[test_only]
public fun has_bucket(self: &Pool, epoch: u32): bool { self.buckets.contains(epoch) }

#[test_only]
/// Whether the stake is behind the shares, and its owner has not asked to leave.
public fun is_staying(self: &Pool, staked: &StakedWal): bool {
    staked.activation_epoch() <= self.settled_epoch && self.leave_epoch(staked).is_none()
}

#[test_only]
/// Shares and equity just before stake joined with the last change of epoch, or now if none did.
public fun before_joining(self: &Pool): (u128, u64) {
    if (!self.rates.contains(self.settled_epoch)) return (self.shares, self.equity());
    let rate = &self.rates[self.settled_epoch];
    (rate.shares, rate.equity)
}

#[test_only]
public fun left_now(self: &Pool, staked: &StakedWal): bool {
    self.buckets[self.leave_epoch(staked).destroy_some()].left_epoch == self.settled_epoch
}
