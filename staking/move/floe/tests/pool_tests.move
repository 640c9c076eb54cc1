#[test_only]
/// Staking, leaving, rewards and epochs. `pool_world` checks conservation after every step.
module floe::pool_tests;

use floe::pool;
use floe::pool_world::{Self, World, wal};
use floe::staked_wal;
use std::unit_test::assert_eq;

const MOST: u64 = 18_446_744_073_709_551_615;

/// Two stakers with 100 and 300 WAL in epoch 2; no interest, no commission.
fun two(): World { pool_world::staked(pool_world::economics(0), 0, vector[wal(100), wal(300)]) }

// === Staking ===

#[test]
fun stake_counts_from_its_epoch_at_par() {
    let mut w = pool_world::new(0);
    w.stake(wal(100));
    assert_eq!(w.equity(), 0);
    assert_eq!(w.next_stake(), wal(100));
    w.settle(0, 0);
    assert_eq!(w.equity(), wal(100));
    assert_eq!(w.pool().shares(), (wal(100) as u128) * 1_000_000_000);
    assert_eq!(w.next_stake(), wal(100));
    w.end();
}

#[test]
fun stake_after_the_cutoff_counts_an_epoch_later() {
    let mut w = pool_world::new(0);
    w.stake_from(wal(5), 2, false);
    w.stake_from(wal(7), 3, false);
    assert_eq!(w.next_stake(), wal(5));
    w.settle(0, 0);
    assert_eq!(w.equity(), wal(5));
    assert_eq!(w.next_stake(), wal(12));
    w.settle(0, 0);
    assert_eq!(w.equity(), wal(12));
    w.end();
}

#[test]
fun who_joins_after_a_reward_has_no_part_in_it() {
    let mut w = two();
    w.settle(0, wal(400));
    let late = w.stake(wal(100));
    w.settle(0, 0);
    // Shares are worth two: the late stake has half as many per WAL, and gets half as much of the next reward.
    assert_eq!(w.redeemable(late), wal(100));
    assert_eq!(w.redeemable(0), wal(200));
    w.settle(0, wal(90));
    assert_eq!(w.redeemable(late), wal(110));
    assert_eq!(w.redeemable(0), wal(220));
    w.end();
}

#[test]
fun stake_that_waits_shares_the_reward_of_the_epoch_it_waits_in_with_nobody() {
    let mut w = two();
    let late = w.stake(wal(400));
    w.settle(0, wal(400));
    assert_eq!(w.redeemable(late), wal(400));
    assert_eq!(w.redeemable(1), wal(600));
    w.end();
}

#[test, expected_failure(abort_code = pool::EUnsettled, location = pool)]
fun stake_for_the_current_epoch() { two().stake_from(wal(1), 2, false); abort }

#[test, expected_failure(abort_code = pool::EUnsettled, location = pool)]
fun stake_too_far_ahead() { two().stake_from(wal(1), 5, false); abort }

#[test, expected_failure(abort_code = staked_wal::ETooLittle, location = staked_wal)]
fun stake_too_little() { two().stake(wal(1) - 1); abort }

#[test, expected_failure(abort_code = pool::EClosed, location = pool)]
fun stake_in_a_closed_pool() {
    let mut w = two();
    w.charge(wal(381), false);
    w.stake(wal(1));
    abort
}

// === Cancelling ===

#[test]
fun stake_that_no_committee_counted_is_given_back() {
    let mut w = two();
    let next = w.stake(wal(5));
    let later = w.stake_from(wal(7), 4, true);
    assert_eq!(w.pool().own_principal(), wal(7));
    assert_eq!(w.cancel(next, 3), wal(5));
    assert_eq!(w.next_stake(), wal(400));
    w.settle(0, 0);
    // Before the cutoff of the next epoch it still is not counted.
    assert_eq!(w.cancel(later, 4), wal(7));
    assert_eq!(w.pool().own_principal(), 0);
    w.settle(0, 0);
    assert_eq!(w.equity(), wal(400));
    w.end();
}

#[test, expected_failure(abort_code = pool::ECounted, location = pool)]
fun cancel_what_a_committee_counted() {
    let mut w = two();
    let i = w.stake(wal(5));
    w.cancel(i, 4);
    abort
}

#[test, expected_failure(abort_code = pool::ECounted, location = pool)]
fun cancel_active_stake() { two().cancel(0, 3); abort }

#[test, expected_failure(abort_code = pool::EUnsettled, location = pool)]
fun cancel_unsettled() {
    let mut w = two();
    let i = w.stake(wal(5));
    w.cancel(i, 5);
    abort
}

#[test, expected_failure(abort_code = pool::EOtherPool, location = pool)]
fun cancel_in_another_pool() {
    let mut w = two();
    let stake = foreign();
    let i = w.insert(stake);
    w.cancel(i, 3);
    abort
}

/// A stake in no pool of these tests.
fun foreign(): staked_wal::StakedWal {
    let node = object::id_from_address(@0xF);
    let ctx = &mut tx_context::new_from_hint(@0x0, 99, 0, 0, 0);
    let mut stake = staked_wal::new(node, sui::balance::create_for_testing(wal(1)), 2, false, ctx);
    stake.set_leave_epoch(3);
    stake
}

// === Leaving ===

#[test]
fun a_leaver_earns_through_the_epoch_and_no_longer() {
    let mut w = two();
    w.leave(0);
    assert_eq!(w.next_stake(), wal(300));
    w.settle(0, wal(40));
    assert_eq!(w.redeemable(0), wal(110));
    assert_eq!(w.equity(), wal(330));
    w.settle(0, wal(30));
    assert_eq!(w.redeemable(0), wal(110));
    assert_eq!(w.redeemable(1), wal(360));
    assert_eq!(w.redeem_all(0), wal(110));
    w.end();
}

#[test]
fun a_leaver_after_the_cutoff_earns_an_epoch_more() {
    let mut w = two();
    w.leave_from(0, 4);
    assert_eq!(w.next_stake(), wal(400));
    w.settle(0, wal(40));
    assert_eq!(w.next_stake(), wal(330));
    w.settle(0, wal(40));
    assert_eq!(w.redeem_all(0), wal(120));
    w.end();
}

#[test]
fun own_capital_leaves_one_epoch_later() {
    let mut w = two();
    let own = w.stake_from(wal(50), 3, true);
    assert_eq!(w.pool().own_principal(), wal(50));
    w.settle(0, 0);
    w.leave(own);
    w.leave(0);
    assert_eq!(w.pool().own_principal(), 0);
    w.settle(0, 0);
    assert!(w.has_left(0) && !w.has_left(own));
    assert_eq!(w.equity(), wal(350));
    w.settle(0, 0);
    assert!(w.has_left(own));
    assert_eq!(w.redeem_all(own), wal(50));
    w.end();
}

#[test]
fun split_parts_leave_on_their_own() {
    let mut w = two();
    let part = w.split(1, wal(100));
    w.settle(0, wal(40));
    w.leave(part);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(part), wal(110));
    assert_eq!(w.redeemable(1), wal(220));
    w.end();
}

#[test]
fun leavers_may_split_and_join() {
    let mut w = two();
    w.leave(0);
    w.leave(1);
    let part = w.split(1, wal(100));
    w.join(0, part);
    w.settle(0, wal(40));
    let (one, other) = (w.redeem_all(0), w.redeem_all(1));
    assert_eq!(one, wal(220));
    assert_eq!(other, wal(220));
    w.end();
}

#[test]
fun gains_are_paid_from_cash() {
    let mut w = two();
    w.settle(0, wal(40));
    w.leave(0);
    w.settle(0, 0);
    assert_eq!(w.pool().cash(), wal(40));
    let (paid, due) = w.redeem(0);
    assert_eq!(paid, wal(110));
    assert_eq!(due, 0);
    assert_eq!(w.pool().cash(), wal(30));
    w.end();
}

#[test, expected_failure(abort_code = pool::ELeaving, location = pool)]
fun leave_twice() {
    let mut w = two();
    w.leave(0);
    w.leave(0);
    abort
}

#[test, expected_failure(abort_code = pool::ENotActive, location = pool)]
fun leave_before_it_counts() {
    let mut w = two();
    let i = w.stake(wal(5));
    w.leave_from(i, 4);
    abort
}

#[test, expected_failure(abort_code = pool::EUnsettled, location = pool)]
fun leave_at_once() { two().leave_from(0, 2); abort }

#[test, expected_failure(abort_code = pool::EOtherPool, location = pool)]
fun leave_another_pool() {
    let mut w = two();
    let i = w.insert(foreign());
    w.leave(i);
    abort
}

#[test, expected_failure(abort_code = pool::ENotReleased, location = pool)]
fun redeem_active_stake() { two().redeem(0); abort }

#[test, expected_failure(abort_code = pool::ENotReleased, location = pool)]
fun redeem_before_it_left() {
    let mut w = two();
    w.leave(0);
    w.redeem(0);
    abort
}

#[test, expected_failure(abort_code = pool::ENotReleased, location = pool)]
fun redeem_while_transfers_are_open() {
    let mut w = two();
    w.leave(0);
    w.settle(0, 0);
    w.redeem_when(0, false);
    abort
}

#[test]
fun transfers_of_a_later_change_do_not_matter() {
    let mut w = two();
    w.leave(0);
    w.settle(0, 0);
    w.settle(0, 0);
    let (paid, _) = w.redeem_when(0, false);
    assert_eq!(paid, wal(100));
    w.end();
}

#[test, expected_failure(abort_code = pool::EOtherPool, location = pool)]
fun redeem_in_another_pool() {
    let mut w = two();
    let i = w.insert(foreign());
    w.redeem(i);
    abort
}

#[test, expected_failure(abort_code = pool::EOtherPool, location = pool)]
fun value_in_another_pool() {
    let mut w = two();
    let i = w.insert(foreign());
    w.redeemable(i);
    abort
}

// === A committee that cannot do without ===

#[test]
fun the_last_stake_of_a_member_waits_for_a_successor() {
    let mut w = two();
    w.leave(0);
    w.leave(1);
    w.settle_when(0, wal(40), true);
    assert!(!w.has_left(0) && !w.has_left(1));
    // It goes on earning, and bearing penalties.
    w.settle_when(wal(4), wal(44), true);
    assert_eq!(w.equity(), wal(480));
    assert_eq!(w.next_stake(), 0);
    w.settle_when(0, 0, false);
    assert_eq!(w.redeem_all(0), wal(120));
    assert_eq!(w.redeem_all(1), wal(360));
    w.end();
}

#[test]
fun stake_that_is_not_the_last_does_not_wait() {
    let mut w = two();
    w.leave(0);
    w.settle_when(0, 0, true);
    assert!(w.has_left(0));
    w.leave(1);
    w.settle_when(0, 0, true);
    assert!(!w.has_left(1));
    // New stake takes its place.
    w.stake(wal(1));
    w.settle_when(0, 0, true);
    assert!(w.has_left(1));
    assert_eq!(w.equity(), wal(1));
    w.end();
}

// === Rewards ===

#[test]
fun commission_comes_off_the_reward() {
    let mut w = pool_world::staked(pool_world::economics(0), 1_000, vector[wal(100)]);
    w.settle(0, wal(50));
    assert_eq!(w.equity(), wal(145));
    assert_eq!(w.take_commission(), wal(5));
    assert_eq!(w.take_commission(), 0);
    w.end();
}

#[test]
fun commission_changes_two_epochs_ahead() {
    let mut w = pool_world::staked(pool_world::economics(0), 0, vector[wal(100)]);
    w.set_commission(9_000);
    w.set_commission(10_000);
    w.settle(0, wal(1));
    assert_eq!(w.pool().commission_bp(), 0);
    w.set_commission(5_000);
    w.settle(0, wal(1));
    assert_eq!(w.pool().commission_bp(), 10_000);
    assert_eq!(w.equity(), wal(102));
    w.settle(0, wal(1));
    assert_eq!(w.equity(), wal(102));
    assert_eq!(w.pool().commission_bp(), 5_000);
    w.settle(0, wal(1));
    assert_eq!(w.take_commission(), wal(1) + wal(1) / 2);
    w.end();
}

#[test, expected_failure(abort_code = pool::ECommission, location = pool)]
fun commission_above_all() { two().set_commission(10_001); abort }

#[test, expected_failure(abort_code = pool::ECommission, location = pool)]
fun first_commission_above_all() { pool_world::new(10_001).end() }

#[test]
fun a_pool_without_shares_hands_its_reward_back() {
    let mut w = pool_world::new(500);
    assert_eq!(w.settle(0, wal(3)), wal(3));
    w.stake(wal(1));
    assert_eq!(w.settle(0, wal(3)), wal(3));
    assert_eq!(w.settle(0, wal(3)), 0);
    assert_eq!(w.equity(), wal(1) + wal(3) / 20 * 19);
    w.end();
}

#[test]
fun who_comes_after_all_left_starts_at_par() {
    let mut w = two();
    w.settle(0, wal(40) + 1);
    w.leave(0);
    w.leave(1);
    w.settle(0, 0);
    assert_eq!(w.pool().shares(), 0);
    let next = w.stake(wal(2));
    w.settle(0, 0);
    assert_eq!(w.pool().shares(), (wal(2) as u128) * 1_000_000_000);
    assert_eq!(w.redeem_all(0) + w.redeem_all(1), wal(440));
    // A FROST that rounding left to nobody.
    assert_eq!(w.redeemable(next), wal(2) + 1);
    w.end();
}

// === Idle epochs ===

#[test]
fun a_thousand_idle_epochs() {
    let mut w = pool_world::staked(pool_world::economics(10), 0, vector[wal(100)]);
    w.charge(wal(10), false);
    w.stake_from(wal(90), 3, false);
    w.stake_from(wal(50), 4, false);
    w.set_commission(700);
    w.skip(1_002);
    assert_eq!(w.epoch(), 1_002);
    assert_eq!(w.pool().commission_bp(), 700);
    // 0.1 % an epoch on 10 WAL, simple.
    assert_eq!(w.pool().debt(), wal(20) as u128);
    assert_eq!(w.equity(), wal(220));
    w.skip(1_002);
    assert_eq!(w.equity(), wal(220));
    w.end();
}

#[test]
fun skipping_is_settling_without_record() {
    let economics = pool_world::economics(37);
    let mut one = pool_world::staked_apart(1, economics, 0, vector[wal(100), wal(300)]);
    let mut other = pool_world::staked_apart(2, economics, 0, vector[wal(100), wal(300)]);
    one.charge(wal(33), false);
    other.charge(wal(33), false);
    one.leave_from(0, 4);
    other.leave_from(0, 4);
    one.stake_from(wal(9), 4, true);
    other.stake_from(wal(9), 4, true);
    one.skip(50);
    48u64.do!(|_| { other.settle(0, 0); });
    assert_eq!(one.equity(), other.equity());
    assert_eq!(one.pool().debt(), other.pool().debt());
    assert_eq!(one.redeem_all(0), other.redeem_all(0));
    one.end();
    other.end();
}

// === Limits ===

#[test]
fun largest_amounts() {
    let mut w = pool_world::staked(pool_world::economics(1_000), 5_000, vector[MOST / 4, MOST / 4]);
    w.settle(0, MOST / 4);
    w.charge_shared(MOST, MOST, vector[65_535, 1, 1], true);
    w.leave(0);
    w.settle(MOST, 0);
    w.charge(MOST, true);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(0), (((MOST / 4) as u128) * 500 / 10_000) as u64);
    w.skip(1_000);
    w.leave(1);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(1), (((MOST / 4) as u128) * 500 / 10_000) as u64);
    w.end();
}

#[test]
fun the_least_stake_beside_the_largest() {
    let mut w = pool_world::staked(pool_world::economics(0), 0, vector[MOST / 2, wal(1)]);
    w.settle(0, MOST / 4);
    w.leave(0);
    w.leave(1);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(1), wal(1) + wal(1) / 2 - 1);
    w.redeem_all(0);
    w.end();
}
