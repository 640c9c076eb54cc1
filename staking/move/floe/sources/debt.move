/// What a pool owes for penalties.
///
/// Every penalty is part of a claim: an amount that bears simple interest, and its beneficiaries. Some nodes get fixed parts,
/// all the rest is burned. Cash pays the oldest claim first, its interest before its principal. What can never be paid is
/// written off from the newest. Beneficiaries pull what was paid.
module floe::debt;

use floe::fraction;
use sui::balance::{Self, Balance};
use sui::event;
use sui::table::{Self, Table};
use wal::wal::WAL;

/// No claim of that number has anything left for anybody.
const ENoClaim: u64 = 0;
/// The node is no beneficiary of the claim.
const ENotPayee: u64 = 1;

/// Basis points in a whole.
const BP: u128 = 10_000;
/// Interest is counted in parts of 10^-12 FROST, so that what claims owe sums up exactly.
const SCALE: u128 = 1_000_000_000_000;
/// Claims that can be open at a time; later penalties join the newest. It bounds the work of a payment.
const MAX_OPEN: u64 = 64;

/// A node that gets part of a claim.
public struct Payee has drop, store {
    node: ID,
    /// Its part of the claim's `total`.
    weight: u128,
    /// FROST it has coming from payments that are divided already.
    credit: u64,
    /// FROST it took out of `paid`.
    taken: u64,
}

/// A penalty, or those of an epoch together.
public struct Claim has store {
    epoch: u32,
    /// FROST owed without interest.
    principal: u128,
    /// Interest owed as of `index`, 10^-12 FROST.
    interest: u128,
    /// The debts' index up to which interest was added.
    index: u128,
    /// All weights; what the payees' weights leave of it is burned.
    total: u128,
    /// FROST paid and not yet divided.
    paid: u64,
    /// What payees have not taken, and the part to burn of what is not yet divided.
    cash: Balance<WAL>,
    payees: vector<Payee>,
}

/// All that a pool owes for penalties.
public struct Debts has store {
    node_id: ID,
    /// By number. A paid claim stays until all payees took their part.
    claims: Table<u64, Claim>,
    /// Numbers of the claims on which something is owed, oldest first.
    open: vector<u64>,
    /// Number of the next claim.
    next: u64,
    /// Sum over open claims, FROST.
    principal: u128,
    /// Sum over open claims, 10^-12 FROST.
    interest: u128,
    /// Interest, in 10^-12 FROST, of a FROST that was owed all the time.
    index: u128,
    /// Paid and to be burned.
    burns: Balance<WAL>,
}

/// A node's pool owes `burn + shared` FROST more; `claim` is the claim it was made part of.
public struct PenaltyCharged has copy, drop {
    node_id: ID,
    claim: u64,
    epoch: u32,
    burn: u64,
    shared: u64,
}

/// A claim was paid `amount` FROST.
public struct ClaimPaid has copy, drop {
    node_id: ID,
    claim: u64,
    amount: u64,
}

/// `amount` FROST of a claim are lost, because floors keep them from being collected.
public struct ClaimWrittenOff has copy, drop {
    node_id: ID,
    claim: u64,
    amount: u128,
}

/// A beneficiary took `amount` FROST.
public struct ClaimCollected has copy, drop {
    node_id: ID,
    claim: u64,
    payee: ID,
    amount: u64,
}

public(package) fun new(node_id: ID, ctx: &mut TxContext): Debts {
    Debts {
        node_id,
        claims: table::new(ctx),
        open: vector[],
        next: 0,
        principal: 0,
        interest: 0,
        index: 0,
        burns: balance::zero(),
    }
}

/// FROST owed with interest, rounded up.
public(package) fun owed(self: &Debts): u128 { self.principal + up(self.interest) }

/// FROST owed without interest.
public(package) fun principal(self: &Debts): u128 { self.principal }

/// Adds a penalty of `epoch`: `burn` FROST to be burned and `shared` for `nodes` by their `weights`. What rounding leaves of
/// the latter, or all of it when the weights are zero, is burned too.
public(package) fun charge(
    self: &mut Debts,
    epoch: u32,
    burn: u64,
    shared: u64,
    nodes: &vector<ID>,
    weights: &vector<u16>,
) {
    let amount = (burn as u128) + (shared as u128);
    if (amount == 0) return;
    let number = self.claim_for(epoch);
    let index = self.index;
    let claim = self.claims.borrow_mut(number);
    claim.accrue(index);
    self.burns.join(claim.reweigh());
    claim.principal = claim.principal + amount;
    claim.total = claim.total + amount;
    claim.share(shared, nodes, weights);
    self.principal = self.principal + amount;
    event::emit(PenaltyCharged { node_id: self.node_id, claim: number, epoch, burn, shared });
}

/// Interest of `bp` an epoch on what is owed beyond `covered` FROST, for a number of epochs.
public(package) fun accrue(self: &mut Debts, bp: u64, epochs: u32, covered: u128) {
    if (self.principal <= covered) return;
    let rate = (bp as u128) * (epochs as u128) * (SCALE / BP);
    let growth = fraction::of(rate, self.principal - covered, self.principal);
    self.index = self.index + growth;
    self.interest = self.interest + self.principal * growth;
}

/// Adds `amount` FROST of interest to the oldest claim. Does nothing when nothing is owed.
public(package) fun add_interest(self: &mut Debts, amount: u64) {
    if (self.open.is_empty()) return;
    let interest = (amount as u128) * SCALE;
    let claim = self.claims.borrow_mut(self.open[0]);
    claim.interest = claim.interest + interest;
    self.interest = self.interest + interest;
}

/// Pays the oldest claims with as much of the cash as is owed.
public(package) fun pay(self: &mut Debts, cash: &mut Balance<WAL>) {
    while (cash.value() > 0 && !self.open.is_empty()) {
        let number = self.open[0];
        let amount = self.reduce(number, cash.value() as u128) as u64;
        let payment = cash.split(amount);
        let claim = self.claims.borrow_mut(number);
        if (claim.payees.is_empty()) {
            self.burns.join(payment);
        } else {
            claim.cash.join(payment);
            claim.paid = claim.paid + amount;
        };
        event::emit(ClaimPaid { node_id: self.node_id, claim: number, amount });
        if (claim.settled()) self.close(0);
    }
}

/// Forgets up to `amount` FROST of the newest claims.
public(package) fun write_off(self: &mut Debts, mut amount: u128) {
    while (amount > 0 && !self.open.is_empty()) {
        let last = self.open.length() - 1;
        let number = self.open[last];
        let lost = self.reduce(number, amount);
        amount = amount - lost;
        event::emit(ClaimWrittenOff { node_id: self.node_id, claim: number, amount: lost });
        if (self.claims.borrow(number).settled()) self.close(last);
    }
}

/// FROST that `payee` can collect of claim `number`: nothing when there is no such claim, or it is not for `payee`.
public(package) fun collectable(self: &Debts, number: u64, payee: ID): u64 {
    if (!self.claims.contains(number)) return 0;
    let claim = self.claims.borrow(number);
    let i = claim.find(payee, 0);
    if (i == claim.payees.length()) return 0;
    claim.earned(i) + claim.payees[i].credit - claim.payees[i].taken
}

/// What `payee` has coming of claim `number`, perhaps nothing. Aborts with `ENoClaim`, `ENotPayee`.
public(package) fun collect(self: &mut Debts, number: u64, payee: ID): Balance<WAL> {
    assert!(self.claims.contains(number), ENoClaim);
    let amount = self.collectable(number, payee);
    let claim = self.claims.borrow_mut(number);
    let i = claim.find(payee, 0);
    assert!(i < claim.payees.length(), ENotPayee);
    let taken = claim.earned(i);
    let part = &mut claim.payees[i];
    part.taken = taken;
    part.credit = 0;
    let cash = claim.cash.split(amount);
    if (claim.settled() && claim.cash.value() == 0) self.drop(number);
    event::emit(ClaimCollected { node_id: self.node_id, claim: number, payee, amount });
    cash
}

/// What was paid to be burned.
public(package) fun take_burns(self: &mut Debts): Balance<WAL> { self.burns.withdraw_all() }

/// The claim that a penalty of `epoch` joins: the newest if it is of that epoch or no more may be open, else a new one.
fun claim_for(self: &mut Debts, epoch: u32): u64 {
    let open = self.open.length();
    if (open > 0) {
        let newest = self.open[open - 1];
        if (open >= MAX_OPEN || self.claims.borrow(newest).epoch == epoch) return newest;
    };
    let number = self.next;
    let claim = Claim {
        epoch,
        principal: 0,
        interest: 0,
        index: self.index,
        total: 0,
        paid: 0,
        cash: balance::zero(),
        payees: vector[],
    };
    self.claims.add(number, claim);
    self.open.push_back(number);
    self.next = number + 1;
    number
}

/// Takes up to `limit` FROST off what is owed on a claim, interest first, and returns how much that was.
fun reduce(self: &mut Debts, number: u64, limit: u128): u128 {
    let index = self.index;
    let claim = self.claims.borrow_mut(number);
    claim.accrue(index);
    let due = up(claim.interest);
    let interest = if (limit < due) limit * SCALE else claim.interest;
    claim.interest = claim.interest - interest;
    self.interest = self.interest - interest;
    if (limit < due) return limit;
    let principal = claim.principal.min(limit - due);
    claim.principal = claim.principal - principal;
    self.principal = self.principal - principal;
    due + principal
}

/// Ends the open claim at position `i`, on which nothing is owed any more.
fun close(self: &mut Debts, i: u64) {
    let number = self.open.remove(i);
    let claim = self.claims.borrow_mut(number);
    self.burns.join(claim.divide());
    if (claim.cash.value() == 0) self.drop(number);
}

fun drop(self: &mut Debts, number: u64) {
    let Claim { cash, .. } = self.claims.remove(number);
    cash.destroy_zero();
}

/// Brings the interest up to date.
fun accrue_claim(self: &mut Claim, index: u128) {
    self.interest = self.interest + self.principal * (index - self.index);
    self.index = index;
}

use fun accrue_claim as Claim.accrue;

fun settled(self: &Claim): bool { self.principal == 0 && self.interest == 0 }

/// Credits what was paid to the payees, and returns what is to be burned.
fun divide(self: &mut Claim): Balance<WAL> {
    let mut credits = 0u64;
    let mut i = 0;
    while (i < self.payees.length()) {
        let earned = self.earned(i);
        let payee = &mut self.payees[i];
        payee.credit = payee.credit + earned - payee.taken;
        payee.taken = 0;
        credits = credits + payee.credit;
        i = i + 1;
    };
    self.paid = 0;
    let burn = self.cash.value() - credits;
    self.cash.split(burn)
}

/// Makes the weights those of what is still owed, so that later penalties can join. Returns what is to be burned.
fun reweigh(self: &mut Claim): Balance<WAL> {
    if (self.paid == 0 && self.principal == self.total) return balance::zero();
    let burn = self.divide();
    let mut i = 0;
    while (i < self.payees.length()) {
        let weight = &mut self.payees[i].weight;
        *weight = fraction::of(*weight, self.principal, self.total);
        i = i + 1;
    };
    self.total = self.principal;
    burn
}

/// Adds each node's part of `shared` to its weight.
fun share(self: &mut Claim, shared: u64, nodes: &vector<ID>, weights: &vector<u16>) {
    let mut all = 0u128;
    let mut i = 0;
    while (i < weights.length()) {
        all = all + (weights[i] as u128);
        i = i + 1;
    };
    let known = self.payees.length();
    let mut at = 0;
    i = 0;
    while (i < weights.length()) {
        if (weights[i] > 0) {
            let weight = (shared as u128) * (weights[i] as u128) / all;
            if (known > 0) at = self.find(nodes[i], at) else at = self.payees.length();
            if (at < self.payees.length()) {
                let payee = &mut self.payees[at];
                payee.weight = payee.weight + weight;
            } else {
                self.payees.push_back(Payee { node: nodes[i], weight, credit: 0, taken: 0 });
            };
        };
        i = i + 1;
    }
}

/// Position of a node among the payees, or their number. The search starts at `from`: nodes mostly come in the same order.
fun find(self: &Claim, node: ID, from: u64): u64 {
    let count = self.payees.length();
    let mut i = 0;
    while (i < count) {
        let at = (from + i) % count;
        if (self.payees[at].node == node) return at;
        i = i + 1;
    };
    count
}

/// What payee number `i` gets of what is paid and not yet divided.
fun earned(self: &Claim, i: u64): u64 {
    if (self.paid == 0) return 0;
    fraction::of(self.paid as u128, self.payees[i].weight, self.total) as u64
}

/// 10^-12 FROST as FROST, rounded up.
fun up(interest: u128): u128 { (interest + SCALE - 1) / SCALE }

#[test_only]
/// FROST inside, after checking that the claims add up; those before number `first` are gone.
public fun audit(self: &Debts, first: u64): u64 {
    let mut principal = 0u128;
    let mut interest = 0u128;
    let mut held = self.burns.value();
    let mut number = first;
    let mut open = 0;
    while (number < self.next) {
        if (self.claims.contains(number)) {
            let claim = &self.claims[number];
            principal = principal + claim.principal;
            interest = interest + claim.interest + claim.principal * (self.index - claim.index);
            held = held + claim.cash.value();
            let mut weights = 0u128;
            let mut coming = 0;
            let mut i = 0;
            while (i < claim.payees.length()) {
                let payee = &claim.payees[i];
                weights = weights + payee.weight;
                coming = coming + payee.credit + claim.earned(i) - payee.taken;
                i = i + 1;
            };
            assert!(weights <= claim.total && claim.principal <= claim.total);
            assert!(coming <= claim.cash.value());
            assert!(self.open.contains(&number) == !claim.settled());
            if (claim.settled()) assert!(coming == claim.cash.value()) else open = open + 1;
        };
        number = number + 1;
    };
    assert!(principal == self.principal && interest == self.interest);
    assert!(open == self.open.length() && open <= MAX_OPEN);
    held
}

#[test_only]
public fun has_claim(self: &Debts, number: u64): bool { self.claims.contains(number) }

#[test_only]
public fun open_claims(self: &Debts): u64 { self.open.length() }

#[test_only]
public fun next_claim(self: &Debts): u64 { self.next }

#[test_only]
public fun is_payee(self: &Debts, number: u64, node: ID): bool {
    self.claims.contains(number) && self.claims[number].find(node, 0) < self.claims[number].payees.length()
}
