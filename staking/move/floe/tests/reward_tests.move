/// The reward of a member: rounding, and the least and greatest of everything.
#[test_only]
module floe::reward_tests;

use floe::epochs;
use std::unit_test::assert_eq;

const MAX: u64 = 18_446_744_073_709_551_615;

#[test]
fun by_shards() {
    assert_eq!(epochs::reward(1_000, 3, 10, 0, 0), 300);
    assert_eq!(epochs::reward(1_000, 3, 10, 0, 77), 300);
    assert_eq!(epochs::reward(1_000, 0, 10, 0, 77), 0);
    assert_eq!(epochs::reward(0, 3, 10, 0, 77), 0);
}

#[test]
fun by_what_is_not_denied() {
    assert_eq!(epochs::reward(1_000, 5, 10, 25, 100), 375);
    assert_eq!(epochs::reward(1_000, 5, 10, 100, 100), 0);
}

#[test]
fun rounds_down() {
    assert_eq!(epochs::reward(10, 1, 3, 0, 0), 3);
    // 3 x 10 / 3 in three parts leave one over.
    assert_eq!(3 * epochs::reward(10, 1, 3, 0, 0), 9);
    assert_eq!(epochs::reward(99, 1, 100, 0, 1), 0);
}

#[test]
fun all_there_is() {
    assert_eq!(epochs::reward(MAX, 4_096, 4_096, 0, MAX), MAX);
    assert_eq!(epochs::reward(MAX, 4_096, 4_096, MAX - 1, MAX), 1);
    assert_eq!(epochs::reward(MAX, 1, 4_096, 0, MAX), MAX / 4_096);
}
