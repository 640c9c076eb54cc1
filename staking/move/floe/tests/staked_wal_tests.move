#[test_only]
module floe::staked_wal_tests;

use floe::due_wal;
use floe::staked_wal::{Self, StakedWal};
use std::unit_test::assert_eq;
use sui::balance;
use sui::test_utils::destroy;

const WAL1: u64 = 1_000_000_000;

fun node(): ID { object::id_from_address(@0x1) }

fun stake(node_id: ID, principal: u64, activation_epoch: u32, own: bool): StakedWal {
    staked_wal::new(
        node_id,
        balance::create_for_testing(principal),
        activation_epoch,
        own,
        &mut tx_context::dummy(),
    )
}

#[test]
fun least_stake() {
    let least = stake(node(), WAL1, 3, true);
    assert_eq!(least.principal(), WAL1);
    assert_eq!(least.node_id(), node());
    assert_eq!(least.activation_epoch(), 3);
    assert!(least.own() && least.leave_epoch().is_none());
    destroy(least);
}

#[test, expected_failure(abort_code = staked_wal::ETooLittle, location = staked_wal)]
fun less_than_least_stake() { destroy(stake(node(), WAL1 - 1, 3, false)) }

#[test]
fun split_keeps_everything_but_the_principal() {
    let mut whole = stake(node(), 5 * WAL1, 7, true);
    whole.set_leave_epoch(12);
    let part = whole.split(2 * WAL1 + 1, &mut tx_context::dummy());
    assert_eq!(whole.principal(), 3 * WAL1 - 1);
    assert_eq!(part.principal(), 2 * WAL1 + 1);
    assert_eq!(part.node_id(), node());
    assert_eq!(part.activation_epoch(), 7);
    assert_eq!(part.leave_epoch(), option::some(12));
    assert!(part.own());
    whole.join(part);
    assert_eq!(whole.principal(), 5 * WAL1);
    destroy(whole);
}

#[test]
fun split_to_the_least_on_both_sides() {
    let mut whole = stake(node(), 2 * WAL1, 7, false);
    let part = whole.split(WAL1, &mut tx_context::dummy());
    assert_eq!(whole.principal(), WAL1);
    assert_eq!(part.principal(), WAL1);
    destroy(whole);
    destroy(part);
}

#[test, expected_failure(abort_code = staked_wal::ETooLittle, location = staked_wal)]
fun split_leaves_too_little() {
    destroy(stake(node(), 3 * WAL1, 7, false).split(2 * WAL1 + 1, &mut tx_context::dummy()));
    abort
}

#[test, expected_failure(abort_code = staked_wal::ETooLittle, location = staked_wal)]
fun split_takes_too_little() {
    destroy(stake(node(), 3 * WAL1, 7, false).split(WAL1 - 1, &mut tx_context::dummy()));
    abort
}

#[test, expected_failure(abort_code = staked_wal::ETooLittle, location = staked_wal)]
fun split_more_than_there_is() {
    destroy(stake(node(), 3 * WAL1, 7, false).split(18_446_744_073_709_551_615, &mut tx_context::dummy()));
    abort
}

#[test, expected_failure(abort_code = staked_wal::EDifferent, location = staked_wal)]
fun join_of_another_pool() {
    let mut one = stake(node(), WAL1, 7, false);
    one.join(stake(object::id_from_address(@0x2), WAL1, 7, false));
    abort
}

#[test, expected_failure(abort_code = staked_wal::EDifferent, location = staked_wal)]
fun join_of_another_activation_epoch() {
    let mut one = stake(node(), WAL1, 7, false);
    one.join(stake(node(), WAL1, 8, false));
    abort
}

#[test, expected_failure(abort_code = staked_wal::EDifferent, location = staked_wal)]
fun join_of_own_capital() {
    let mut one = stake(node(), WAL1, 7, false);
    one.join(stake(node(), WAL1, 7, true));
    abort
}

#[test, expected_failure(abort_code = staked_wal::EDifferent, location = staked_wal)]
fun join_of_a_leaver() {
    let mut one = stake(node(), WAL1, 7, false);
    let mut other = stake(node(), WAL1, 7, false);
    other.set_leave_epoch(9);
    one.join(other);
    abort
}

#[test, expected_failure(abort_code = staked_wal::EDifferent, location = staked_wal)]
fun join_of_leavers_at_different_times() {
    let mut one = stake(node(), WAL1, 7, false);
    one.set_leave_epoch(8);
    let mut other = stake(node(), WAL1, 7, false);
    other.set_leave_epoch(9);
    one.join(other);
    abort
}

#[test]
fun join_takes_the_largest_amounts() {
    let most = 18_446_744_073_709_551_615u64;
    let mut one = stake(node(), most - WAL1, 7, false);
    one.join(stake(node(), WAL1, 7, false));
    assert_eq!(one.principal(), most);
    destroy(one);
}

#[test]
fun principal_comes_out_whole() {
    let principal = stake(node(), 5 * WAL1, 7, false).into_principal();
    assert_eq!(principal.destroy_for_testing(), 5 * WAL1);
}

#[test]
fun due_ends_when_paid() {
    let mut due = due_wal::new(node(), 5, &mut tx_context::dummy());
    assert_eq!(due.node_id(), node());
    due.reduce(2);
    assert_eq!(due.amount(), 3);
    due.reduce(3);
    due.destroy_paid();
}

#[test, expected_failure(abort_code = due_wal::ENotPaid, location = due_wal)]
fun due_stays_until_paid() {
    let mut due = due_wal::new(node(), 5, &mut tx_context::dummy());
    due.reduce(4);
    due.destroy_paid();
}
