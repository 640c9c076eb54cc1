#[test_only]
module floe::active_set_tests;

use floe::active_set::{Self, ActiveSet, votes};
use floe::apportionment_helpers::numbers;
use floe::roster_helpers::{key, node};
use std::unit_test::assert_eq;
use sui::test_utils::destroy;

fun offer(set: &mut ActiveSet, i: u64, stake: u64): bool {
    set.offer(node(i), stake, 1, key(), votes(1, 2, 3))
}

fun ids(set: &ActiveSet): vector<ID> {
    set.entries().map!(|entry| entry.node_id())
}

fun stakes(set: &ActiveSet): vector<u64> {
    set.entries().map!(|entry| entry.stake())
}

#[test]
fun entries_ascend_by_node() {
    let mut set = active_set::new(5);
    vector[7, 2, 300, 5].do!(|i| assert!(offer(&mut set, i, 10 * i)));
    assert_eq!(ids(&set), vector[node(2), node(5), node(7), node(300)]);
    assert_eq!(stakes(&set), vector[20, 50, 70, 3000]);
    assert_eq!(set.length(), 4);
    assert!(set.contains(node(5)));
    assert!(!set.contains(node(6)));
    destroy(set);
}

#[test]
fun an_offer_renews_the_entry() {
    let mut set = active_set::new(2);
    offer(&mut set, 1, 10);
    assert!(set.offer(node(1), 3, 9, key(), votes(4, 5, 6)));
    let entry = set.entries()[0];
    assert_eq!(entry.stake(), 3);
    assert_eq!(*entry.entry_votes(), votes(4, 5, 6));
    assert_eq!(entry.entry_votes().storage_price(), 4);
    assert_eq!(entry.entry_votes().write_price(), 5);
    assert_eq!(entry.entry_votes().shard_size(), 6);
    assert_eq!(set.unsettled(9, 1), vector[]);
    destroy(set);
}

#[test]
fun more_stake_takes_the_place_of_the_least() {
    let mut set = active_set::new(3);
    offer(&mut set, 4, 30);
    offer(&mut set, 2, 10);
    offer(&mut set, 6, 20);
    assert!(offer(&mut set, 5, 11));
    assert_eq!(ids(&set), vector[node(4), node(5), node(6)]);
    assert!(offer(&mut set, 1, 12));
    assert_eq!(ids(&set), vector[node(1), node(4), node(6)]);
    destroy(set);
}

#[test]
fun equal_stake_does_not_displace() {
    let mut set = active_set::new(2);
    offer(&mut set, 5, 10);
    offer(&mut set, 6, 10);
    // A lower id is no better.
    assert!(!offer(&mut set, 1, 10));
    assert_eq!(ids(&set), vector[node(5), node(6)]);
    destroy(set);
}

#[test]
fun of_equal_stakes_the_latest_entrant_leaves() {
    let mut set = active_set::new(3);
    offer(&mut set, 9, 10);
    offer(&mut set, 1, 10);
    offer(&mut set, 5, 10);
    // Renewing is no entering.
    offer(&mut set, 9, 11);
    offer(&mut set, 9, 10);
    assert!(offer(&mut set, 7, 11));
    assert_eq!(ids(&set), vector[node(1), node(7), node(9)]);
    assert!(offer(&mut set, 8, 11));
    assert_eq!(ids(&set), vector[node(7), node(8), node(9)]);
    destroy(set);
}

#[test]
fun who_left_and_comes_back_is_a_late_entrant() {
    let mut set = active_set::new(2);
    offer(&mut set, 1, 10);
    offer(&mut set, 2, 10);
    set.remove(node(1));
    offer(&mut set, 1, 10);
    offer(&mut set, 3, 11);
    assert_eq!(ids(&set), vector[node(2), node(3)]);
    destroy(set);
}

#[test]
fun no_stake_no_place() {
    let mut set = active_set::new(2);
    assert!(!offer(&mut set, 1, 0));
    assert_eq!(set.length(), 0);
    offer(&mut set, 1, 5);
    assert!(!offer(&mut set, 1, 0));
    assert_eq!(set.length(), 0);
    destroy(set);
}

#[test]
fun whoever_was_refused_comes_in_after_others_fell() {
    let mut set = active_set::new(2);
    offer(&mut set, 1, 20);
    offer(&mut set, 2, 10);
    assert!(!offer(&mut set, 3, 10));
    offer(&mut set, 1, 9);
    assert!(offer(&mut set, 3, 10));
    assert_eq!(ids(&set), vector[node(2), node(3)]);
    set.remove(node(2));
    set.remove(node(2));
    assert!(offer(&mut set, 1, 9));
    destroy(set);
}

#[test]
fun unsettled_pools_are_listed() {
    let mut set = active_set::new(9);
    5u64.do!(|i| { set.offer(node(i + 1), 1, if (i % 2 == 0) 6 else 7, key(), votes(1, 1, 1)); });
    assert_eq!(set.unsettled(7, 9), vector[node(1), node(3), node(5)]);
    assert_eq!(set.unsettled(7, 2), vector[node(1), node(3)]);
    assert_eq!(set.unsettled(7, 0), vector[]);
    assert_eq!(set.unsettled(8, 9).length(), 5);
    destroy(set);
}

#[test]
fun the_set_holds_the_largest() {
    // Once all have been offered that changed, and then all that may have gained a place by that, the set is the largest.
    let mut random = numbers(6);
    let mut set = active_set::new(10);
    let mut all = vector::tabulate!(25, |_| 0u64);
    30u64.do!(|_| {
        let i = random.below(25);
        *&mut all[i] = random.below(4) * 1000 + i;
        50u64.do!(|j| { offer(&mut set, j % 25 + 1, all[j % 25]); });
        let staked = all.count!(|stake| *stake > 0);
        assert_eq!(set.length(), staked.min(10));
        // Stakes differ, so that whoever is outside has less than everybody inside.
        let least = stakes(&set).fold!(0xFFFF_FFFFu64, |a, b| a.min(b));
        25u64.do!(|j| assert!(all[j] == 0 || set.contains(node(j + 1)) == (all[j] >= least)));
    });
    destroy(set);
}

#[test, expected_failure(abort_code = active_set::ENoPlaces, location = active_set)]
fun a_set_without_places() {
    destroy(active_set::new(0));
}
