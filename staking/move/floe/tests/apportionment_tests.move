#[test_only]
module floe::apportionment_tests;

use floe::apportionment::{Self, cap};
use floe::apportionment_helpers::{assign, check, lengths, lists, moved, naive_first, nothing, numbers, range, run};
use std::unit_test::assert_eq;

/// Default tolerance, basis points.
const TOLERANCE: u64 = 500;
/// FROST of a WAL.
const WAL: u64 = 1_000_000_000;
const MAX: u64 = 0xFFFF_FFFF_FFFF_FFFF;

// First assignment

#[test]
fun first_assignment_goes_by_stake() {
    let lists = assign(vector[40 * WAL, 30 * WAL, 20 * WAL, 10 * WAL], nothing(4), 10, TOLERANCE);
    assert_eq!(lists, vector[vector[0, 2, 5, 6], vector[1, 4, 7], vector[3, 8], vector[9]]);
}

#[test]
fun ties_go_to_the_first() {
    assert_eq!(
        assign(vector[WAL, WAL, WAL, WAL], nothing(4), 6, TOLERANCE),
        vector[vector[0, 4], vector[1, 5], vector[2], vector[3]],
    );
}

#[test]
fun one_frost_decides_at_the_greatest_stakes() {
    assert_eq!(
        assign(vector[MAX - 1, MAX, MAX - 1, MAX - 1], nothing(4), 5, TOLERANCE),
        vector[vector[1], vector[0, 4], vector[2], vector[3]],
    );
}

#[test]
fun a_single_node_gets_all() {
    assert_eq!(assign(vector[1], nothing(1), 4, TOLERANCE), vector[vector[0, 1, 2, 3]]);
}

#[test]
fun two_nodes_share_by_stake() {
    assert_eq!(lengths(&assign(vector[3 * WAL, WAL], nothing(2), 1000, TOLERANCE)), vector[750, 250]);
}

#[test]
fun no_stake_no_shard() {
    assert_eq!(lengths(&assign(vector[0, 5, 0, 5], nothing(4), 10, TOLERANCE)), vector[0, 5, 0, 5]);
}

#[test]
fun more_candidates_than_shards() {
    let stakes = vector::tabulate!(150, |i| WAL + i);
    let lists = assign(stakes, nothing(150), 4, TOLERANCE);
    assert_eq!(lists[149], vector[0]);
    assert_eq!(lists[146], vector[3]);
    check(&stakes, &nothing(150), &lists, 4, TOLERANCE);
}

#[test]
fun first_assignment_is_that_of_dhondt() {
    let mut random = numbers(1);
    25u64.do!(|_| {
        let count = 1 + random.below(40);
        let n = (4 + random.below(120)) as u16;
        let scale = vector[2, 100, WAL, MAX / 2][random.below(4)];
        let stakes = vector::tabulate!(count, |_| 1 + random.below(scale));
        let lists = assign(stakes, nothing(count), n, TOLERANCE);
        assert_eq!(lengths(&lists), naive_first(&stakes, n, cap(&stakes, n)));
        check(&stakes, &nothing(count), &lists, n, TOLERANCE);
    });
}

// The cap

#[test]
fun cap_is_a_tenth_from_twenty_nodes_up() {
    assert_eq!(cap(&vector::tabulate!(20, |_| WAL), 1000), 100);
    assert_eq!(cap(&vector::tabulate!(21, |_| WAL), 1000), 100);
    assert_eq!(cap(&vector::tabulate!(150, |i| WAL + i), 1000), 100);
    assert_eq!(cap(&vector::tabulate!(20, |_| WAL), 1001), 101);
}

#[test]
fun cap_is_twice_an_equal_share_below_twenty_nodes() {
    assert_eq!(cap(&vector[MAX], 1000), 1000);
    assert_eq!(cap(&vector[WAL, WAL], 1000), 1000);
    assert_eq!(cap(&vector[WAL, WAL, WAL], 1000), 667);
    assert_eq!(cap(&vector[WAL, WAL, WAL, WAL], 1000), 500);
    assert_eq!(cap(&vector::tabulate!(10, |_| WAL), 1000), 200);
    assert_eq!(cap(&vector::tabulate!(19, |_| WAL), 1000), 106);
}

#[test]
fun candidates_without_stake_do_not_lower_the_cap() {
    assert_eq!(cap(&vector[WAL, 0, WAL, 0, WAL, WAL, 0], 1000), 500);
}

#[test]
fun cap_holds_a_whale() {
    // Half of all stake in one node: the cap binds, and the others hold less than twice their share.
    let mut stakes = vector::tabulate!(30, |_| WAL);
    stakes.push_back(30 * WAL);
    assert_eq!(cap(&stakes, 1000), 100);
    let lists = assign(stakes, nothing(31), 1000, TOLERANCE);
    assert_eq!(lists[30].length(), 100);
    assert_eq!(lists[0].length(), 30);
    check(&stakes, &nothing(31), &lists, 1000, TOLERANCE);
}

#[test]
fun dust_cannot_lower_the_cap() {
    // Four nodes with all the stake, and sixteen or more with a WAL each, which would otherwise get 600 shards of 1000.
    let honest = 1_000_000 * WAL;
    vector[16u64, 146].do!(|dust| {
        let mut stakes = vector[honest, honest, honest, honest];
        dust.do!(|_| stakes.push_back(WAL));
        let lists = lengths(&assign(stakes, nothing(4 + dust), 1000, TOLERANCE));
        assert_eq!(lists[0], 250);
        assert_eq!(lists[3], 250);
        assert_eq!(lists[4], 0);
    });
}

#[test]
fun cap_gives_nobody_more_than_twice_its_share() {
    let mut random = numbers(11);
    30u64.do!(|_| {
        let count = 1 + random.below(60);
        // From nearly equal to very unequal.
        let power = 1 + random.below(4);
        let stakes = vector::tabulate!(count, |_| {
            let (base, mut stake) = (1 + random.below(100), 1);
            power.do!(|_| stake = stake * base);
            stake
        });
        let total = stakes.fold!(0, |sum, stake| sum + stake);
        let lists = lengths(&assign(stakes, nothing(count), 1000, TOLERANCE));
        count.do!(|i| assert!(lists[i] <= 2 * 1000 * stakes[i] / total + 1));
    });
}

#[test]
fun cap_rises_for_one_node_with_nearly_everything() {
    // The others, each with a twentieth, may hold twice that: 300 of 1000. The rest is the great one's.
    let stakes = vector[17 * WAL, WAL, WAL, WAL];
    assert_eq!(cap(&stakes, 1000), 700);
    assert_eq!(lengths(&assign(stakes, nothing(4), 1000, TOLERANCE)), vector[700, 100, 100, 100]);
}

// Later assignments

#[test]
fun same_stakes_move_nothing() {
    let stakes = vector[40 * WAL, 30 * WAL, 20 * WAL, 10 * WAL];
    let before = assign(stakes, nothing(4), 100, TOLERANCE);
    assert_eq!(assign(stakes, before, 100, TOLERANCE), before);
    assert_eq!(assign(stakes, before, 100, 0), before);
}

#[test]
fun leavers_shards_go_in_order() {
    // Candidate 2 is gone: its shards 2, 5, 7 are nobody's.
    let before = vector[vector[0, 1], vector[3, 4, 6]];
    assert_eq!(
        assign(vector[WAL, WAL], before, 8, TOLERANCE),
        vector[vector[0, 1, 2, 5], vector[3, 4, 6, 7]],
    );
}

#[test]
fun all_leave_and_others_come() {
    // Nobody of before is a candidate, so that all shards are free.
    let lists = assign(vector[2 * WAL, WAL], nothing(2), 6, TOLERANCE);
    assert_eq!(lists, vector[vector[0, 1, 3, 4], vector[2, 5]]);
}

#[test]
fun a_candidate_that_lost_all_stake_loses_all_shards() {
    let before = vector[vector[0, 1], vector[2, 3], vector[4, 5]];
    assert_eq!(
        assign(vector[WAL, 0, WAL], before, 6, TOLERANCE),
        vector[vector[0, 1, 3], vector[], vector[2, 4, 5]],
    );
}

#[test]
fun what_exceeds_the_cap_goes() {
    // A fourth node comes: the cap falls from 67 to 50, and the greatest gives its highest shards.
    let before = vector[range(0, 60), range(60, 80), range(80, 100), vector[]];
    let stakes = vector[60 * WAL, 20 * WAL, 20 * WAL, WAL];
    assert_eq!(cap(&stakes, 100), 50);
    let after = assign(stakes, before, 100, TOLERANCE);
    assert_eq!(after[0], range(0, 50));
    check(&stakes, &before, &after, 100, TOLERANCE);
}

#[test]
fun the_highest_shard_moves_from_the_least_deserving() {
    // Stake a shard: 10, 10, 5. The last may not keep two.
    let before = vector[vector[0, 5], vector[1, 4], vector[2, 3]];
    let stakes = vector[60, 40, 20];
    assert_eq!(assign(stakes, before, 6, 0), vector[vector[0, 3, 5], vector[1, 4], vector[2]]);
}

#[test]
fun ties_of_losers_go_to_the_first() {
    // Both others have stake 4 a shard, the first of them loses.
    let before = vector[vector[0, 1], vector[2, 3, 4], vector[5, 6, 7]];
    assert_eq!(
        assign(vector[16, 12, 12], before, 8, TOLERANCE),
        vector[vector[0, 1, 4], vector[2, 3], vector[5, 6, 7]],
    );
}

#[test]
fun tolerance_is_exact() {
    // One shard each of two, stake a for a second shard of the first against b for the only one of the other: it moves when
    // a / 2 > 1.05 b.
    let before = vector[vector[0], vector[1]];
    assert_eq!(lengths(&assign(vector[2_100, 1_000], before, 2, 500)), vector[1, 1]);
    assert_eq!(lengths(&assign(vector[2_101, 1_000], before, 2, 500)), vector[2, 0]);
    assert_eq!(lengths(&assign(vector[2_000, 1_000], before, 2, 0)), vector[1, 1]);
    assert_eq!(lengths(&assign(vector[2_001, 1_000], before, 2, 0)), vector[2, 0]);
    // The same with the greatest stake.
    let stake = MAX / 21 * 10;
    assert_eq!(lengths(&assign(vector[stake / 10 * 21, stake], before, 2, 500)), vector[1, 1]);
    assert_eq!(lengths(&assign(vector[stake / 10 * 21 + 11, stake], before, 2, 500)), vector[2, 0]);
}

#[test]
fun stake_that_flickers_moves_nothing() {
    // A shard won by a little more stake is not lost by a little less: between the two stakes at which it moves lies the
    // tolerance on both sides.
    let mut lists = vector[vector[0, 1], vector[2, 3]];
    let base = 1_000_000u64;
    let mut moves = 0;
    10u64.do!(|i| {
        let stake = if (i % 2 == 0) base * 103 / 100 else base * 97 / 100;
        let next = assign(vector[stake, base], lists, 4, TOLERANCE);
        moves = moves + moved(&lists, &next, 4);
        lists = next;
    });
    assert_eq!(moves, 0);
    // Once won, it stays until the stake behind it falls below what won it by twice the tolerance.
    lists = assign(vector[1_600_000, base], lists, 4, TOLERANCE);
    assert_eq!(lengths(&lists), vector[3, 1]);
    lists = assign(vector[1_450_000, base], lists, 4, TOLERANCE);
    assert_eq!(lengths(&lists), vector[3, 1]);
    lists = assign(vector[1_420_000, base], lists, 4, TOLERANCE);
    assert_eq!(lengths(&lists), vector[2, 2]);
}

#[test]
fun histories_obey_the_rules() {
    let mut random = numbers(3);
    8u64.do!(|_| {
        let count = 1 + random.below(30);
        let n = (10 + random.below(150)) as u16;
        let tolerance = vector[0, 500, 2_000][random.below(3)];
        let mut stakes = vector::tabulate!(count, |_| WAL + random.below(50 * WAL));
        let mut lists = assign(stakes, nothing(count), n, tolerance);
        8u64.do!(|_| {
            // Some leave, some come, some win or lose much or little.
            count.do!(|i| {
                let event = random.below(8);
                let stake = stakes[i];
                let next = if (event == 0) 0 else if (event == 1) WAL + random.below(80 * WAL) else if (event == 2) {
                    stake / 100 * (90 + random.below(20))
                } else stake;
                *&mut stakes[i] = next;
            });
            let anybody = random.below(count);
            if (stakes[anybody] == 0) *&mut stakes[anybody] = WAL;
            let next = assign(stakes, lists, n, tolerance);
            check(&stakes, &lists, &next, n, tolerance);
            lists = next;
        });
    });
}

#[test]
fun steps_of_any_size_come_to_the_same() {
    let mut random = numbers(5);
    6u64.do!(|_| {
        let count = 2 + random.below(25);
        let n = (20 + random.below(150)) as u16;
        let before_stakes = vector::tabulate!(count, |_| random.below(9 * WAL));
        let stakes = vector::tabulate!(count, |_| 1 + random.below(9 * WAL));
        let before = assign(before_stakes, nothing(count), n, TOLERANCE);
        let whole = assign(stakes, before, n, TOLERANCE);
        vector[1, 7, 1000].do!(|size| {
            let mut work = apportionment::new(stakes, before, n, TOLERANCE);
            run(&mut work, size);
            assert_eq!(lists(&work, count), whole);
        });
        let mut work = apportionment::new(stakes, before, n, TOLERANCE);
        while (!work.is_complete()) { work.step(random.below(5)); };
        assert_eq!(lists(&work, count), whole);
    });
}

#[test]
fun steps_report_their_moves() {
    let mut work = apportionment::new(vector[WAL, WAL], nothing(2), 10, TOLERANCE);
    assert_eq!(work.step(0), 0);
    assert_eq!(work.step(7), 7);
    assert_eq!(work.step(3), 3);
    // All shards are given, but whether one must move was not looked at.
    assert!(!work.is_complete());
    assert_eq!(work.step(1), 0);
    assert!(work.is_complete());
    assert_eq!(work.step(1), 0);
}

#[test, expected_failure(abort_code = apportionment::ECandidates, location = apportionment)]
fun no_candidates() {
    apportionment::new(vector[], vector[], 4, TOLERANCE);
}

#[test, expected_failure(abort_code = apportionment::ECandidates, location = apportionment)]
fun nobody_has_stake() {
    apportionment::new(vector[0, 0], nothing(2), 4, TOLERANCE);
}

#[test, expected_failure(abort_code = apportionment::ECandidates, location = apportionment)]
fun lists_of_others() {
    apportionment::new(vector[1, 2], nothing(1), 4, TOLERANCE);
}
