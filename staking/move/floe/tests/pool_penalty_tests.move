#[test_only]
/// Penalties: who bears them, how they are paid, floors. `pool_world` checks conservation after every step, and that no
/// redemption lowers what others have.
module floe::pool_penalty_tests;

use floe::debt::{Self, ClaimCollected, ClaimPaid, ClaimWrittenOff, PenaltyCharged};
use floe::pool;
use floe::pool_world::{Self, World, wal, payees};
use std::unit_test::assert_eq;
use sui::event;

/// Two stakers with 100 and 300 WAL in epoch 2; no interest.
fun two(): World { pool_world::staked(pool_world::economics(0), 0, vector[wal(100), wal(300)]) }

/// The same with 1 % interest an epoch.
fun bearing(): World { pool_world::staked(pool_world::economics(100), 0, vector[wal(100), wal(300)]) }

fun give(w: &mut World, amount: u64) { assert_eq!(w.pay_debt(amount), 0) }

// === Bearing ===

#[test]
fun all_bear_a_penalty_by_value() {
    let mut w = two();
    w.charge(wal(40), false);
    assert_eq!(w.equity(), wal(360));
    assert_eq!(w.next_stake(), wal(360));
    assert_eq!(w.redeemable(0), wal(90));
    assert_eq!(w.redeemable(1), wal(270));
    w.end();
}

#[test]
fun who_joins_later_does_not_bear_it() {
    let mut w = two();
    w.charge(wal(200), false);
    let late = w.stake(wal(100));
    w.settle(0, 0);
    assert_eq!(w.redeemable(late), wal(100));
    assert_eq!(w.redeemable(0), wal(50));
    w.end();
}

#[test]
fun the_challenge_penalty_of_the_last_epoch_is_borne_by_leavers() {
    let mut w = two();
    w.leave(0);
    w.settle(wal(40), 0);
    assert_eq!(w.redeemable(0), wal(90));
    w.settle(wal(27), 0);
    assert_eq!(w.redeemable(0), wal(90));
    assert_eq!(w.redeemable(1), wal(243));
    w.end();
}

#[test]
fun transfer_penalties_are_borne_by_those_who_just_left() {
    let mut w = two();
    w.leave(0);
    w.settle(0, 0);
    w.charge(wal(40), true);
    assert_eq!(w.redeemable(0), wal(90));
    assert_eq!(w.redeemable(1), wal(270));
    assert_eq!(w.next_stake(), wal(270));
    w.charge_shared(0, wal(20), vector[1, 1, 1], true);
    assert_eq!(w.redeemable(0), wal(85));
    assert_eq!(w.redeemable(1), wal(255));
    w.end();
}

#[test]
fun a_lost_disk_is_not_borne_by_those_who_left() {
    let mut w = two();
    w.leave(0);
    w.settle(0, 0);
    w.charge(wal(30), false);
    assert_eq!(w.redeemable(0), wal(100));
    assert_eq!(w.redeemable(1), wal(270));
    w.end();
}

#[test]
fun those_who_left_earlier_bear_no_transfer_penalty() {
    let mut w = two();
    w.leave(0);
    w.settle(0, 0);
    w.settle(0, 0);
    w.charge(wal(30), true);
    assert_eq!(w.redeemable(0), wal(100));
    assert_eq!(w.redeemable(1), wal(270));
    w.end();
}

#[test]
fun when_one_of_them_is_redeemed_the_others_are_final_too() {
    let mut w = pool_world::staked(pool_world::economics(0), 0, vector[wal(100), wal(100), wal(200)]);
    w.leave(0);
    w.leave(1);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(0), wal(100));
    w.charge(wal(20), true);
    assert_eq!(w.redeemable(1), wal(100));
    assert_eq!(w.redeemable(2), wal(180));
    w.end();
}

#[test]
fun everybody_left_and_bears_the_transfer_penalty_alone() {
    let mut w = two();
    w.leave(0);
    w.leave(1);
    w.settle(0, 0);
    w.charge(wal(40), true);
    assert_eq!(w.redeem_all(0), wal(90));
    assert_eq!(w.redeem_all(1), wal(270));
    assert_eq!(w.pool().debt(), 0);
    assert_eq!(w.take_burns(), wal(40));
    assert_eq!(w.held(), 0);
    w.end();
}

#[test]
fun own_and_other_capital_that_leave_at_different_times() {
    let mut w = two();
    let own = w.stake_from(wal(400), 3, true);
    w.settle(0, 0);
    w.leave(own);
    w.leave(0);
    w.settle(0, 0);
    w.charge(wal(80), true);
    assert_eq!(w.redeemable(0), wal(90));
    w.settle(0, 0);
    w.charge(wal(63), true);
    assert_eq!(w.redeemable(0), wal(90));
    assert_eq!(w.redeemable(own), wal(324));
    assert_eq!(w.redeemable(1), wal(243));
    w.end();
}

// === Paying ===

#[test]
fun cash_pays_penalties() {
    let mut w = two();
    w.settle(0, wal(40));
    w.charge(wal(10), false);
    assert_eq!(w.equity(), wal(430));
    w.settle(0, 0);
    assert_eq!(w.pool().debt(), 0);
    assert_eq!(w.pool().cash(), wal(30));
    assert_eq!(w.take_burns(), wal(10));
    w.end();
}

#[test]
fun rewards_are_garnished_before_commission() {
    let mut w = pool_world::staked(pool_world::economics(100), 1_000, vector[wal(400)]);
    w.charge(wal(100), false);
    // Interest 1, penalty 9: 110 are owed.
    w.settle(wal(9), wal(60));
    assert_eq!(w.pool().debt(), wal(50) as u128);
    assert_eq!(w.take_commission(), 0);
    assert_eq!(w.equity(), wal(350));
    w.settle(0, wal(70));
    // 50.5 are owed, and 19.5 are left.
    assert_eq!(w.take_commission(), wal(195) / 100);
    assert_eq!(w.pool().debt(), 0);
    assert_eq!(w.take_burns(), wal(1105) / 10);
    w.end();
}

#[test]
fun anyone_may_pay_and_gets_change() {
    let mut w = two();
    w.charge_shared(wal(10), wal(30), vector[1, 2, 0], false);
    give(&mut w, wal(20));
    assert_eq!(w.pool().claimable(0, payees()[1]), wal(10));
    assert_eq!(w.equity(), wal(380));
    assert_eq!(w.pay_debt(wal(50)), wal(30));
    assert_eq!(w.equity(), wal(400));
    assert_eq!(w.collect(0, payees()[0]), wal(10));
    assert_eq!(w.collect(0, payees()[1]), wal(20));
    assert_eq!(w.take_burns(), wal(10));
    w.end();
}

#[test]
fun a_leaver_pays_his_part_from_the_principal() {
    let mut w = two();
    w.charge_shared(0, wal(40), vector[1, 0, 0], false);
    w.leave(0);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(0), wal(90));
    assert_eq!(w.collect(0, payees()[0]), wal(10));
    assert_eq!(w.pool().debt(), wal(30) as u128);
    assert_eq!(w.equity(), wal(270));
    w.end();
}

#[test, expected_failure(abort_code = debt::ENoClaim, location = debt)]
fun collect_of_no_claim() { two().collect(0, payees()[0]); abort }

#[test, expected_failure(abort_code = debt::ENotPayee, location = debt)]
fun collect_of_another() {
    let mut w = two();
    w.charge(wal(1), false);
    w.collect(0, payees()[0]);
    abort
}

// === Dues ===

/// The first staker has 200 after a reward that was spent on a penalty after he left.
fun indebted(): World {
    let mut w = pool_world::staked(pool_world::economics(0), 0, vector[wal(100), wal(100)]);
    w.settle(0, wal(200));
    w.leave(0);
    w.settle(0, 0);
    w.charge(wal(180), false);
    w
}

#[test]
fun gains_that_cash_lacks_are_due() {
    let mut w = indebted();
    assert_eq!(w.redeemable(0), wal(200));
    let (paid, due) = w.redeem(0);
    assert_eq!(paid, wal(120));
    assert_eq!(due, wal(80));
    assert_eq!(w.equity(), wal(20));
    assert_eq!(w.collect_due(0), 0);
    // Dues come before debts and commission.
    w.charge(wal(10), false);
    w.settle(0, wal(30));
    assert_eq!(w.collect_due(0), wal(30));
    assert_eq!(w.pool().debt(), wal(10) as u128);
    w.leave(1);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(1), wal(40));
    assert_eq!(w.collect_due(0), wal(50));
    assert_eq!(w.dues()[0].amount(), 0);
    assert_eq!(w.pool().debt(), 0);
    assert_eq!(w.take_burns(), wal(190));
    assert_eq!(w.held(), 0);
    w.end();
}

#[test]
fun direct_payment_beyond_debts_pays_dues() {
    let mut w = indebted();
    w.redeem(0);
    assert_eq!(w.pay_debt(wal(100)), wal(20));
    assert_eq!(w.collect_due(0), wal(80));
    w.end();
}

#[test, expected_failure(abort_code = pool::EOtherPool, location = pool)]
fun due_of_another_pool() {
    let mut w = two();
    let mut due = floe::due_wal::new(payees()[0], 1, &mut tx_context::dummy());
    w.release_due(&mut due);
    abort
}

// === Interest ===

#[test]
fun interest_lowers_the_value_until_paid() {
    let mut w = bearing();
    w.charge(wal(100), false);
    w.settle(0, 0);
    assert_eq!(w.equity(), wal(299));
    w.skip(12);
    assert_eq!(w.equity(), wal(290));
    assert_eq!(w.pool().debt(), wal(110) as u128);
    give(&mut w, wal(110));
    assert_eq!(w.equity(), wal(400));
    w.end();
}

#[test]
fun a_leaver_owes_interest_on_what_he_pays_and_others_do_not() {
    let mut w = bearing();
    w.charge_shared(0, wal(40), vector[1, 0, 0], false);
    w.leave(0);
    w.settle(0, 0);
    // Both bore 0.4 of interest.
    assert_eq!(w.redeemable(0), wal(899) / 10);
    assert_eq!(w.redeemable(1), wal(2697) / 10);
    w.skip(13);
    // Ten epochs: 10 % of his 10.1, and of the other 29.9.
    assert_eq!(w.redeemable(0), wal(8889) / 100);
    assert_eq!(w.redeemable(1), wal(26671) / 100);
    assert_eq!(w.redeem_all(0), wal(8889) / 100);
    assert_eq!(w.redeemable(1), wal(26671) / 100);
    // 40 and 4.4 of interest are owed; he paid 11.11, interest first.
    assert_eq!(w.pool().debt(), (wal(3329) / 100) as u128);
    w.leave(1);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(1), wal(266_377_100) / 1_000_000);
    assert_eq!(w.collect(0, payees()[0]), wal(44_732_900) / 1_000_000);
    assert_eq!(w.held(), 0);
    w.end();
}

#[test]
fun a_leaver_who_gets_more_than_his_principal_owes_no_interest() {
    let mut w = bearing();
    w.settle(0, wal(400));
    w.charge(wal(500), false);
    w.leave_from(0, 5);
    w.settle(0, 0);
    give(&mut w, wal(50));
    w.settle(0, wal(200));
    let worth = w.redeemable(0);
    assert!(worth > wal(100));
    w.skip(100);
    assert_eq!(w.redeem_all(0), worth);
    w.end();
}

#[test]
fun a_leavers_interest_ends_at_the_floor() {
    let mut w = bearing();
    w.charge(wal(360), false);
    w.leave(0);
    w.settle(0, 0);
    w.skip(1_000);
    assert_eq!(w.redeem_all(0), wal(5));
    w.end();
}

// === Floors ===

#[test]
fun the_floor_binds_and_what_it_costs_is_written_off() {
    let mut w = two();
    w.charge(wal(392), false);
    w.leave(0);
    w.settle(0, 0);
    // Worth 2, floor 5: 3 of the debt are lost, and the other has 6 as before.
    assert_eq!(w.equity(), wal(6));
    assert_eq!(w.pool().debt(), wal(389) as u128);
    assert_eq!(w.redeem_all(0), wal(5));
    assert_eq!(w.equity(), wal(6));
    assert_eq!(w.pool().debt(), wal(294) as u128);
    w.leave(1);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(1), wal(15));
    assert_eq!(w.pool().debt(), 0);
    assert_eq!(w.take_burns(), wal(380));
    assert_eq!(w.held(), 0);
    w.end();
}

#[test]
fun owing_more_than_there_is() {
    let mut w = two();
    w.charge_shared(wal(500), wal(500), vector[1, 1, 1], false);
    assert_eq!(w.equity(), 0);
    assert_eq!(w.next_stake(), 0);
    w.leave(0);
    w.settle(0, 0);
    // A quarter of what is owed beyond the assets, 150, and the floor, 5, are lost.
    assert_eq!(w.pool().debt(), wal(845) as u128);
    assert_eq!(w.pool().shortfall(), wal(450) as u128);
    assert_eq!(w.redeem_all(0), wal(5));
    assert_eq!(w.pool().debt(), wal(750) as u128);
    // What the pool earns then, and what others pay, helps the one who stayed alone.
    w.settle(0, wal(400));
    give(&mut w, wal(90));
    assert_eq!(w.equity(), wal(40));
    assert_eq!(w.redeemable(1), wal(40));
    w.end();
}

#[test]
fun everybody_leaves_a_pool_that_owes_more_than_it_has() {
    let mut w = two();
    w.charge(wal(1_000), false);
    w.leave(0);
    w.leave(1);
    w.settle(0, 0);
    assert_eq!(w.pool().debt(), wal(380) as u128);
    assert_eq!(w.pool().shortfall(), 0);
    // Its debts are what redemptions will pay, so it may start anew.
    assert!(!w.is_closed());
    w.stake(wal(10));
    w.settle(0, 0);
    assert_eq!(w.equity(), wal(10));
    assert_eq!(w.redeem_all(1), wal(15));
    assert_eq!(w.redeem_all(0), wal(5));
    assert_eq!(w.pool().debt(), 0);
    assert_eq!(w.equity(), wal(10));
    w.end();
}

#[test]
fun a_transfer_penalty_below_the_floor_is_written_off() {
    let mut w = two();
    w.charge(wal(360), false);
    w.leave(0);
    w.settle(0, 0);
    assert_eq!(w.redeemable(0), wal(10));
    w.charge(wal(32), true);
    // Each would have 2; the leaver has his floor, and 3 of the penalty are lost.
    assert_eq!(w.redeemable(0), wal(5));
    assert_eq!(w.equity(), wal(6));
    assert_eq!(w.pool().debt(), wal(389) as u128);
    w.charge(wal(1_000), true);
    assert_eq!(w.redeem_all(0), wal(5));
    w.end();
}

#[test]
fun when_a_leaver_redeems_does_not_matter_to_others() {
    let economics = pool_world::economics(0);
    let mut early = pool_world::staked_apart(1, economics, 0, vector[wal(100), wal(300)]);
    let mut late = pool_world::staked_apart(2, economics, 0, vector[wal(100), wal(300)]);
    early.charge(wal(1_000), false);
    late.charge(wal(1_000), false);
    early.leave(0);
    late.leave(0);
    early.settle(0, 0);
    late.settle(0, 0);
    early.redeem(0);
    early.settle(0, wal(800));
    late.settle(0, wal(800));
    late.redeem(0);
    assert_eq!(early.equity(), late.equity());
    assert_eq!(early.pool().debt(), late.pool().debt());
    assert_eq!(early.take_burns(), late.take_burns());
    early.end();
    late.end();
}

#[test]
fun stakes_of_different_ages_have_different_floors() {
    let mut w = pool_world::staked(pool_world::economics(0), 0, vector[wal(100)]);
    w.settle(0, wal(900));
    let late = w.stake(wal(1_000));
    w.settle(0, 0);
    // 900 are paid from cash.
    w.charge(wal(1_960), false);
    w.leave(0);
    w.leave(late);
    w.settle(0, 0);
    // Half each of 40: above the old stake's floor, 5, and below the late one's, 50.
    assert_eq!(w.redeemable(0), wal(20));
    assert_eq!(w.redeemable(late), wal(50));
    assert_eq!(w.pool().debt(), wal(1_030) as u128);
    assert_eq!(w.redeem_all(0), wal(20));
    assert_eq!(w.redeem_all(late), wal(50));
    assert_eq!(w.take_burns(), wal(1_930));
    assert_eq!(w.held(), 0);
    w.end();
}

#[test]
fun a_floor_when_nothing_is_owed_any_more_is_borne_by_the_others() {
    let mut w = pool_world::staked(pool_world::economics(0), 0, vector[wal(100)]);
    w.settle(0, wal(9_900));
    // Shares are worth 100 when this one comes.
    let late = w.stake(wal(100));
    w.settle(0, 0);
    w.charge(wal(9_900), false);
    w.leave(late);
    w.settle(0, 0);
    assert_eq!(w.pool().debt(), 0);
    assert_eq!(w.redeem_all(late), wal(5));
    assert!(w.redeemable(0).diff(wal(195)) <= 1);
    w.end();
}

// === Closing ===

#[test]
fun a_pool_closes_below_the_floor_of_par_and_opens_above() {
    let mut w = two();
    w.charge(wal(380), false);
    assert!(!w.is_closed());
    assert_eq!(w.next_stake(), wal(20));
    w.charge(1, false);
    assert!(w.is_closed());
    assert_eq!(w.next_stake(), 0);
    give(&mut w, 1);
    assert!(!w.is_closed());
    w.end();
}

#[test]
fun stake_that_comes_to_a_closed_pool_makes_the_others_leave() {
    let mut w = two();
    let own = w.stake_from(wal(60), 3, true);
    w.settle(0, 0);
    let late = w.stake(wal(50));
    w.stake_from(wal(7), 5, true);
    w.leave_from(1, 5);
    w.settle(wal(452), 0);
    // 8 were left of 460. Whoever was there has left with his floor, asked or not; the late one's stake is whole.
    assert!(w.has_left(0) && w.has_left(1) && w.has_left(own));
    assert_eq!(w.equity(), wal(50));
    assert_eq!(w.pool().shares(), (wal(50) as u128) * 1_000_000_000);
    assert_eq!(w.pool().own_principal(), wal(7));
    assert_eq!(w.pool().debt(), wal(437) as u128);
    // They still bear the transfers of this change, as far as floors allow; the late one does, too.
    w.charge(wal(29), true);
    assert_eq!(w.equity(), wal(25));
    let part = w.split(0, wal(40));
    assert_eq!(w.redeem_all(0), wal(3));
    assert_eq!(w.redeem_all(part), wal(2));
    assert_eq!(w.redeem_all(1), wal(15));
    assert_eq!(w.redeem_all(own), wal(3));
    w.leave(late);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(late), wal(25));
    assert_eq!(w.pool().debt(), 0);
    assert_eq!(w.take_burns(), wal(437) + wal(25));
    w.end();
}

#[test]
fun stake_that_comes_to_a_pool_that_owes_more_than_it_has_pays_none_of_it() {
    let mut w = two();
    let late = w.stake(wal(50));
    w.settle(wal(5_000), 0);
    assert_eq!(w.redeemable(late), wal(50));
    assert!(!w.is_closed());
    w.settle(0, wal(10));
    // Rewards go to what redemptions will pay anyway, and are the late one's all the same.
    assert_eq!(w.redeemable(late), wal(60));
    assert_eq!(w.redeem_all(0), wal(5));
    assert_eq!(w.redeem_all(1), wal(15));
    assert_eq!(w.pool().cash(), wal(10));
    w.end();
}

#[test]
fun evictions_follow_each_other() {
    let mut w = two();
    let second = w.stake(wal(50));
    w.settle(wal(5_000), 0);
    let third = w.stake(wal(70));
    w.settle(wal(600), 0);
    assert_eq!(w.redeemable(0), wal(5));
    assert_eq!(w.redeemable(second), wal(25) / 10);
    assert_eq!(w.redeemable(third), wal(70));
    assert_eq!(w.redeem_all(second), wal(25) / 10);
    assert_eq!(w.redeem_all(1), wal(15));
    assert_eq!(w.redeem_all(0), wal(5));
    w.leave(third);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(third), wal(70));
    assert_eq!(w.held(), w.take_burns());
    w.end();
}

#[test, expected_failure(abort_code = pool::ELeaving, location = pool)]
fun who_was_made_to_leave_cannot_ask_to() {
    let mut w = two();
    w.stake(wal(50));
    w.settle(wal(5_000), 0);
    w.leave(0);
    abort
}

#[test]
fun a_penalty_that_nobody_can_bear_is_written_off() {
    let mut w = pool_world::new(0);
    w.charge(wal(5), true);
    assert_eq!(w.pool().debt(), 0);
    assert!(!w.is_closed());
    w.settle(wal(5), 0);
    assert_eq!(w.pool().debt(), 0);
    w.end();
}

#[test]
fun more_cohorts_than_are_told_apart() {
    let mut w = pool_world::staked(pool_world::economics(0), 0, vector[]);
    280u64.do!(|i| {
        w.quick_stake(wal(1) + i);
        w.quick_settle();
    });
    w.charge(wal(272), false);
    280u64.do!(|i| if (i % 2 == 0) w.quick_leave(i));
    w.settle(0, 0);
    280u64.do!(|i| if (i % 2 == 1) w.quick_leave(i));
    w.settle(0, 0);
    assert_eq!(w.pool().shares(), 0);
    let floor = wal(5) / 100;
    // Not all, because of the events that fit one transaction.
    280u64.do!(|i| if (i % 7 == 0) {
        let paid = w.quick_redeem(i);
        assert!(paid >= floor && paid <= floor + 20);
    });
    w.check();
    w.end();
}

#[test]
/// The worked example of the documents.
fun an_epochs_money() {
    let mut w = pool_world::staked(pool_world::economics(100), 1_000, vector[wal(100), wal(300)]);
    let late = w.stake(wal(109));
    w.settle(0, wal(40));
    assert_eq!(w.take_commission(), wal(4));
    assert_eq!(w.equity(), wal(545));
    assert_eq!(w.pool().shares(), (wal(500) as u128) * 1_000_000_000);

    w.charge_shared(wal(80), wal(60), vector[1, 3, 0], true);
    w.leave(0);
    assert_eq!(w.next_stake(), wal(324));
    w.settle(0, wal(60));
    assert_eq!(w.take_commission(), 0);
    assert_eq!(w.pool().debt(), (wal(4504) / 100) as u128);
    assert_eq!(w.redeemable(0), wal(92_792) / 1_000);

    assert_eq!(w.redeem_all(0), wal(92_792) / 1_000);
    assert_eq!(w.pool().debt(), (wal(37_832) / 1_000) as u128);
    assert_eq!(w.redeemable(1), wal(278_376) / 1_000);
    assert_eq!(w.redeemable(late), wal(92_792) / 1_000);
    // 15 and 45 of 140 parts of the 103.208 paid.
    assert_eq!(w.collect(0, payees()[0]), 11_058_000_000);
    assert_eq!(w.collect(0, payees()[1]), 33_174_000_000);
    w.end();
}

#[test]
/// The same with a penalty that ruins the pool.
fun an_epochs_money_lost() {
    let mut w = pool_world::staked(pool_world::economics(100), 1_000, vector[wal(100), wal(300)]);
    w.stake(wal(109));
    w.settle(0, wal(40));
    w.charge(wal(700), true);
    w.leave(0);
    w.settle(0, wal(60));
    // 610.64 were owed before.
    assert_eq!(w.pool().debt(), (wal(585_312) / 1_000) as u128);
    assert_eq!(w.pool().shortfall(), (wal(81_312) / 1_000) as u128);
    assert_eq!(w.redeem_all(0), wal(5));
    w.end();
}

#[test]
fun events_tell_of_penalties_payments_and_losses() {
    let mut w = two();
    w.charge_shared(wal(400), wal(600), vector[1, 0, 0], false);
    assert_eq!(event::events_by_type<PenaltyCharged>().length(), 1);
    assert_eq!(event::events_by_type<ClaimWrittenOff>().length(), 0);
    w.leave(0);
    w.settle(0, 0);
    assert_eq!(event::events_by_type<ClaimWrittenOff>().length(), 1);
    assert_eq!(event::events_by_type<ClaimPaid>().length(), 0);
    w.redeem(0);
    assert_eq!(event::events_by_type<ClaimPaid>().length(), 1);
    w.collect(0, payees()[0]);
    assert_eq!(event::events_by_type<ClaimCollected>().length(), 1);
    w.end();
}
