#[test_only]
module floe::debt_tests;

use floe::debt::{Self, Debts};
use floe::pool_world;
use std::unit_test::assert_eq;
use sui::balance;
use sui::test_utils::destroy;

const MOST: u64 = 18_446_744_073_709_551_615;

fun debts(): Debts { debt::new(pool_world::node(), &mut tx_context::dummy()) }

fun a(): ID { pool_world::payees()[0] }

fun b(): ID { pool_world::payees()[1] }

fun c(): ID { pool_world::payees()[2] }

fun burn(self: &mut Debts, epoch: u32, amount: u64) { self.charge(epoch, amount, 0, &vector[], &vector[]) }

fun share(self: &mut Debts, epoch: u32, burn: u64, shared: u64, weights: vector<u16>) {
    self.charge(epoch, burn, shared, &pool_world::payees(), &weights)
}

/// Pays `amount`, and returns what was too much.
fun give(self: &mut Debts, amount: u64): u64 {
    let mut cash = balance::create_for_testing(amount);
    self.pay(&mut cash);
    self.audit(0);
    cash.destroy_for_testing()
}

fun take(self: &mut Debts, claim: u64, payee: ID): u64 { self.collect(claim, payee).destroy_for_testing() }

fun burns(self: &mut Debts): u64 { self.take_burns().destroy_for_testing() }

use fun burn as Debts.burn;
use fun share as Debts.share;
use fun give as Debts.give;
use fun take as Debts.take;
use fun burns as Debts.burns;

#[test]
fun nothing_is_owed_at_first() {
    let mut d = debts();
    assert_eq!(d.owed(), 0);
    d.burn(1, 0);
    assert_eq!(d.open_claims(), 0);
    d.accrue(100, 10, 0);
    assert_eq!(d.owed(), 0);
    assert_eq!(d.give(5), 5);
    d.write_off(5);
    d.add_interest(5);
    assert_eq!(d.owed(), 0);
    destroy(d);
}

#[test]
fun penalties_without_payees_are_burned_as_they_are_paid() {
    let mut d = debts();
    d.burn(1, 100);
    assert_eq!(d.give(30), 0);
    assert_eq!(d.burns(), 30);
    assert_eq!(d.owed(), 70);
    assert_eq!(d.give(100), 30);
    assert_eq!(d.burns(), 70);
    assert_eq!(d.owed(), 0);
    assert!(!d.has_claim(0));
    destroy(d);
}

#[test]
fun payees_share_by_weight_and_rounding_is_burned() {
    let mut d = debts();
    // 100 by 1:2:4 is 14, 28 and 57, and 1 is burned with the 50.
    d.share(1, 50, 100, vector[1, 2, 4]);
    assert_eq!(d.owed(), 150);
    assert_eq!(d.give(150), 0);
    assert_eq!(d.take(0, a()), 14);
    assert_eq!(d.take(0, b()), 28);
    assert_eq!(d.collectable(0, c()), 57);
    assert_eq!(d.collectable(0, @0x99.to_id()), 0);
    assert_eq!(d.collectable(1, c()), 0);
    assert_eq!(d.take(0, c()), 57);
    assert_eq!(d.burns(), 51);
    assert!(!d.has_claim(0));
    assert_eq!(d.collectable(0, c()), 0);
    destroy(d);
}

#[test]
fun a_weight_of_zero_gets_nothing() {
    let mut d = debts();
    d.share(1, 0, 100, vector[1, 0, 1]);
    assert!(d.is_payee(0, a()) && !d.is_payee(0, b()) && d.is_payee(0, c()));
    d.give(100);
    assert_eq!(d.take(0, a()) + d.take(0, c()), 100);
    destroy(d);
}

#[test]
fun without_payees_all_is_burned() {
    let mut d = debts();
    d.share(1, 10, 100, vector[0, 0, 0]);
    d.give(110);
    assert_eq!(d.burns(), 110);
    destroy(d);
}

#[test]
fun payees_may_come_at_any_time_and_none_takes_what_is_anothers() {
    let mut d = debts();
    d.share(1, 100, 200, vector[1, 1, 0]);
    d.give(30);
    assert_eq!(d.take(0, a()), 10);
    assert_eq!(d.take(0, a()), 0);
    d.give(30);
    assert_eq!(d.take(0, a()), 10);
    assert_eq!(d.take(0, b()), 20);
    assert_eq!(d.give(1_000), 760);
    assert_eq!(d.burns(), 100);
    assert_eq!(d.take(0, b()), 80);
    assert_eq!(d.take(0, a()), 80);
    assert!(!d.has_claim(0));
    destroy(d);
}

#[test]
fun paying_in_dust_does_not_rob_payees() {
    let mut d = debts();
    d.share(1, 1, 99, vector[1, 1, 1]);
    100u64.do!(|_| { d.give(1); });
    assert_eq!(d.take(0, a()), 33);
    assert_eq!(d.take(0, b()), 33);
    assert_eq!(d.take(0, c()), 33);
    assert_eq!(d.burns(), 1);
    destroy(d);
}

#[test]
fun penalties_of_an_epoch_are_one_claim() {
    let mut d = debts();
    d.burn(1, 10);
    d.share(1, 0, 30, vector[1, 1, 1]);
    d.share(1, 0, 30, vector[0, 1, 1]);
    d.share(1, 0, 40, vector[1, 1, 0]);
    assert_eq!(d.open_claims(), 1);
    d.give(110);
    assert_eq!(d.take(0, a()), 30);
    assert_eq!(d.take(0, b()), 45);
    assert_eq!(d.take(0, c()), 25);
    assert_eq!(d.burns(), 10);
    d.burn(2, 10);
    d.burn(3, 10);
    assert_eq!(d.open_claims(), 2);
    destroy(d);
}

#[test]
fun a_penalty_that_joins_a_paid_part_leaves_it_to_whose_it_is() {
    let mut d = debts();
    d.share(1, 0, 100, vector[1, 0, 0]);
    d.give(60);
    assert_eq!(d.take(0, a()), 60);
    d.share(1, 0, 120, vector[0, 1, 0]);
    assert_eq!(d.open_claims(), 1);
    // 40 for one and 120 for the other are open.
    d.give(80);
    assert_eq!(d.take(0, a()), 20);
    assert_eq!(d.take(0, b()), 60);
    d.give(80);
    assert_eq!(d.take(0, a()), 20);
    assert_eq!(d.take(0, b()), 60);
    destroy(d);
}

#[test]
fun the_oldest_claim_is_paid_first() {
    let mut d = debts();
    d.share(1, 0, 100, vector[1, 0, 0]);
    d.share(2, 0, 100, vector[0, 1, 0]);
    d.give(150);
    assert_eq!(d.take(0, a()), 100);
    assert_eq!(d.take(1, b()), 50);
    destroy(d);
}

#[test]
fun interest_is_simple_and_paid_before_principal() {
    let mut d = debts();
    d.burn(1, 1_000);
    d.accrue(100, 1, 0);
    assert_eq!(d.owed(), 1_010);
    d.accrue(100, 2, 0);
    assert_eq!(d.owed(), 1_030);
    d.give(30);
    assert_eq!(d.principal(), 1_000);
    d.give(500);
    d.accrue(100, 1, 0);
    assert_eq!(d.owed(), 505);
    assert_eq!(d.give(1_000), 495);
    destroy(d);
}

#[test]
fun interest_goes_to_the_beneficiaries() {
    let mut d = debts();
    d.share(1, 100, 100, vector[1, 0, 0]);
    d.accrue(1_000, 1, 0);
    d.give(220);
    assert_eq!(d.take(0, a()), 110);
    assert_eq!(d.burns(), 110);
    destroy(d);
}

#[test]
fun a_thousand_epochs_at_once_cost_what_they_cost_one_by_one() {
    let mut ctx = tx_context::dummy();
    let mut once = debt::new(pool_world::node(), &mut ctx);
    let mut steps = debt::new(pool_world::node(), &mut ctx);
    once.burn(1, 123_456_789);
    steps.burn(1, 123_456_789);
    once.accrue(7, 1_000, 0);
    1_000u64.do!(|_| steps.accrue(7, 1, 0));
    assert_eq!(once.owed(), steps.owed());
    assert_eq!(once.owed(), 123_456_789 + 86_419_753);
    destroy(once);
    destroy(steps);
}

#[test]
fun what_leavers_cover_bears_no_interest_here() {
    let mut d = debts();
    d.burn(1, 1_000);
    d.accrue(100, 1, 400);
    assert_eq!(d.owed(), 1_006);
    d.accrue(100, 1, 1_000);
    d.accrue(100, 1, 5_000);
    assert_eq!(d.owed(), 1_006);
    d.add_interest(4);
    assert_eq!(d.owed(), 1_010);
    assert_eq!(d.give(2_000), 990);
    destroy(d);
}

#[test]
fun claims_bear_interest_from_their_own_epoch() {
    let mut d = debts();
    d.share(1, 0, 1_000, vector[1, 0, 0]);
    d.accrue(100, 5, 0);
    d.share(6, 0, 1_000, vector[0, 1, 0]);
    d.accrue(100, 5, 0);
    assert_eq!(d.owed(), 2_150);
    d.give(2_150);
    assert_eq!(d.take(0, a()), 1_100);
    assert_eq!(d.take(1, b()), 1_050);
    destroy(d);
}

#[test]
fun the_newest_claims_are_written_off() {
    let mut d = debts();
    d.share(1, 0, 100, vector[1, 0, 0]);
    d.share(2, 0, 100, vector[0, 1, 0]);
    d.share(3, 50, 50, vector[0, 0, 1]);
    d.write_off(150);
    assert_eq!(d.owed(), 150);
    assert!(!d.has_claim(2));
    d.give(150);
    assert_eq!(d.take(0, a()), 100);
    assert_eq!(d.take(1, b()), 50);
    d.write_off(1);
    assert_eq!(d.owed(), 0);
    destroy(d);
}

#[test]
fun a_write_off_is_borne_by_weight_and_leaves_what_was_paid() {
    let mut d = debts();
    d.share(1, 100, 100, vector[1, 0, 0]);
    d.give(100);
    d.write_off(60);
    assert_eq!(d.owed(), 40);
    d.give(40);
    assert_eq!(d.take(0, a()), 70);
    assert_eq!(d.burns(), 70);
    destroy(d);
}

#[test]
fun a_write_off_ends_a_claim_that_was_partly_paid() {
    let mut d = debts();
    d.share(1, 100, 100, vector[1, 0, 0]);
    d.give(100);
    d.write_off(100);
    assert_eq!(d.open_claims(), 0);
    assert_eq!(d.take(0, a()), 50);
    assert_eq!(d.burns(), 50);
    assert!(!d.has_claim(0));
    destroy(d);
}

#[test]
fun no_more_than_64_claims_are_open() {
    let mut d = debts();
    100u64.do!(|i| d.share(i as u32, 0, 10, vector[1, 0, 0]));
    assert_eq!(d.open_claims(), 64);
    d.share(100, 0, 740, vector[0, 1, 0]);
    assert_eq!(d.open_claims(), 64);
    assert_eq!(d.give(2_000), 260);
    // The last claim holds 37 penalties and the one of the other payee.
    assert_eq!(d.take(63, a()), 370);
    assert_eq!(d.take(63, b()), 740);
    destroy(d);
}

#[test]
fun largest_amounts() {
    let mut d = debts();
    d.share(1, MOST, MOST, vector[65_535, 65_535, 65_535]);
    d.share(1, MOST, MOST, vector[0, 0, 1]);
    d.accrue(1_000, 1_000, 0);
    // Simple interest: a hundred times as much.
    assert_eq!(d.owed(), 4 * (MOST as u128) * 101);
    assert_eq!(d.give(MOST), 0);
    assert_eq!(d.take(0, a()), MOST / 12);
    d.burn(1, MOST);
    d.write_off(500 * (MOST as u128));
    assert_eq!(d.owed(), 0);
    destroy(d);
}

#[test]
fun a_committee_of_150_shares() {
    let mut d = debts();
    let nodes = vector::tabulate!(150, |i| object::id_from_address(sui::address::from_u256(i as u256)));
    let shards = vector::tabulate!(150, |i| (i % 9 + 1) as u16);
    let mut without_first = shards;
    *(&mut without_first[0]) = 0;
    3u64.do!(|_| d.charge(1, 0, 1_000_000_000, &nodes, &without_first));
    d.charge(1, 0, 1_000_000_000, &nodes, &shards);
    d.give(4_000_000_000);
    let mut taken = 0;
    nodes.do_ref!(|node| taken = taken + d.take(0, *node));
    assert!(taken <= 4_000_000_000 && taken >= 4_000_000_000 - 600);
    assert_eq!(d.burns(), 4_000_000_000 - taken);
    destroy(d);
}

#[test, expected_failure(abort_code = debt::ENoClaim, location = debt)]
fun collect_of_no_claim() {
    let mut d = debts();
    d.take(0, a());
    abort
}

#[test, expected_failure(abort_code = debt::ENoClaim, location = debt)]
fun collect_of_a_finished_claim() {
    let mut d = debts();
    d.share(1, 0, 10, vector[1, 0, 0]);
    d.give(10);
    d.take(0, a());
    d.take(0, a());
    abort
}

#[test, expected_failure(abort_code = debt::ENotPayee, location = debt)]
fun collect_of_another() {
    let mut d = debts();
    d.share(1, 0, 10, vector[1, 0, 0]);
    d.take(0, b());
    abort
}
