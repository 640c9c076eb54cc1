#[test_only]
module floe::params_tests;

use floe::params::{Self, Penalties};
use std::unit_test::assert_eq;

const WAL: u64 = 1_000_000_000;

#[test]
fun defaults_are_consistent() {
    let timing = params::default_timing();
    assert_eq!(timing.cutoff(), timing.duration() / 2);
    let (from, to) = timing.challenge_span();
    assert!(from < to);
    assert!(to < timing.report_point());
    assert!(timing.sync_deadline() < timing.recovery_deadline());
    let economics = params::default_economics();
    assert_eq!(economics.floor_bp(), 500);
    assert_eq!(economics.tolerance_bp(), 500);
    assert_eq!(economics.min_nodes(), 4);
    assert_eq!(economics.max_nodes(), 150);
    let penalties = params::default_penalties();
    assert!(penalties.recovery_sender() >= penalties.recovery_receiver());
    assert!(penalties.fail_answer() >= penalties.recovery_receiver());
}

#[test]
fun tightest_timing() {
    let timing = params::new_timing(3, 1, 1, 1, 1, 1, 1);
    let (from, to) = timing.challenge_span();
    assert_eq!(from, 1);
    assert_eq!(to, 1);
    assert_eq!(timing.report_point(), 2);
}

#[test, expected_failure(abort_code = params::ETiming, location = params)]
fun epoch_above_a_year() {
    params::new_timing(31_536_000_001, 1, 1, 1, 1, 1, 1);
}

#[test, expected_failure(abort_code = params::ETiming, location = params)]
fun no_time_for_transfers() {
    params::new_timing(10, 5, 5, 1, 1, 0, 5);
}

#[test, expected_failure(abort_code = params::ETiming, location = params)]
fun recovery_before_transfers() {
    params::new_timing(10, 5, 5, 1, 1, 4, 3);
}

#[test, expected_failure(abort_code = params::ETiming, location = params)]
fun recovery_after_the_epoch() {
    params::new_timing(10, 5, 5, 1, 1, 4, 11);
}

#[test, expected_failure(abort_code = params::ETiming, location = params)]
fun cutoff_before_transfers() {
    params::new_timing(10, 3, 5, 1, 1, 4, 5);
}

#[test, expected_failure(abort_code = params::ETiming, location = params)]
fun challenge_before_transfers() {
    params::new_timing(10, 5, 3, 1, 1, 4, 5);
}

#[test, expected_failure(abort_code = params::ETiming, location = params)]
fun no_time_for_selection() {
    params::new_timing(10, 10, 5, 1, 1, 4, 5);
}

#[test, expected_failure(abort_code = params::ETiming, location = params)]
fun no_time_to_answer() {
    params::new_timing(10, 5, 5, 0, 1, 4, 5);
}

#[test, expected_failure(abort_code = params::ETiming, location = params)]
fun window_that_would_overflow() {
    params::new_timing(10, 5, 5, 18_446_744_073_709_551_615, 1, 4, 5);
}

#[test, expected_failure(abort_code = params::ETiming, location = params)]
fun windows_longer_than_the_epoch() {
    params::new_timing(10, 5, 5, 3, 3, 4, 5);
}

#[test, expected_failure(abort_code = params::EEconomics, location = params)]
fun no_floor() {
    params::new_economics(0, 1, 1, 1, 4, 150);
}

#[test, expected_failure(abort_code = params::EEconomics, location = params)]
fun usury() {
    params::new_economics(1, 1_001, 1, 1, 4, 150);
}

#[test, expected_failure(abort_code = params::EEconomics, location = params)]
fun tolerance_above_the_whole() {
    params::new_economics(1, 1, 10_001, 1, 4, 150);
}

#[test, expected_failure(abort_code = params::EEconomics, location = params)]
fun too_many_nodes() {
    params::new_economics(1, 1, 1, 1, 4, 151);
}

#[test, expected_failure(abort_code = params::EEconomics, location = params)]
fun more_nodes_needed_than_possible() {
    params::new_economics(1, 1, 1, 1, 11, 10);
}

#[test, expected_failure(abort_code = params::EPenaltyRange, location = params)]
fun free_failure() {
    params::new_penalties(1, 1, 1, 0);
}

#[test, expected_failure(abort_code = params::EPenaltyRange, location = params)]
fun penalty_above_the_bound() {
    params::new_penalties(1_000_000_000_000_001, 1, 1, 1);
}

#[test, expected_failure(abort_code = params::EPenaltyOrder, location = params)]
fun sender_owes_less_than_receiver() {
    params::new_penalties(1, 2, 2, 1);
}

#[test, expected_failure(abort_code = params::EPenaltyOrder, location = params)]
fun liar_owes_less_than_receiver() {
    params::new_penalties(2, 2, 1, 1);
}

fun check(next: Penalties, stake: u64, n_shards: u16) {
    let old = params::new_penalties(4 * WAL, 2 * WAL, 3 * WAL, WAL);
    params::default_economics().check_proposal(&old, &next, stake, n_shards)
}

#[test]
fun proposal_at_both_bounds() {
    // 10 % of 80 WAL a shard is the 8 WAL that doubling allows too.
    let next = params::new_penalties(8 * WAL, 4 * WAL, 6 * WAL, 2 * WAL);
    check(next, 80_000 * WAL, 1_000);
    assert_eq!(next.recovery_sender(), 8 * WAL);
    assert_eq!(next.recovery_receiver(), 4 * WAL);
    assert_eq!(next.fail_answer(), 6 * WAL);
    assert_eq!(next.fail_issue(), 2 * WAL);
}

#[test]
fun proposal_may_lower_at_once() {
    check(params::new_penalties(1, 1, 1, 1), 1_000_000, 10);
}

#[test]
fun proposal_beside_all_the_stake_there_can_be() {
    let next = params::new_penalties(4 * WAL, 2 * WAL, 3 * WAL, WAL);
    check(next, 18_446_744_073_709_551_615, 1);
}

#[test, expected_failure(abort_code = params::EPenaltyGrowth, location = params)]
fun more_than_double() {
    let next = params::new_penalties(4 * WAL, 2 * WAL, 3 * WAL, 2 * WAL + 1);
    check(next, 1_000_000 * WAL, 10);
}

#[test, expected_failure(abort_code = params::EPenaltyAboveStake, location = params)]
fun above_the_part_of_stake() {
    let next = params::new_penalties(4 * WAL, 2 * WAL, 3 * WAL, WAL);
    check(next, 40_000 * WAL - 1_000, 1_000);
}
