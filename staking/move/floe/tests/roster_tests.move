#[test_only]
module floe::roster_tests;

use floe::roster;
use floe::roster_helpers::{key, node, roster};
use std::unit_test::assert_eq;

#[test]
fun members_are_found_by_id() {
    let roster = roster(vector[2, 5, 9, 300], vector[vector[0], vector[1, 3], vector[2], vector[4, 5, 6]]);
    assert_eq!(roster.length(), 4);
    assert_eq!(roster.find(node(2)), option::some(0));
    assert_eq!(roster.find(node(5)), option::some(1));
    assert_eq!(roster.find(node(9)), option::some(2));
    assert_eq!(roster.find(node(300)), option::some(3));
    vector[1, 3, 8, 299, 301].do!(|i| assert_eq!(roster.find(node(i)), option::none()));
    assert_eq!(roster.node_id(3), node(300));
    assert_eq!(roster.weight(3), 3);
    assert_eq!(*roster.shards(1), vector[1, 3]);
    assert_eq!(roster.stake(1), 2);
    assert_eq!(*roster.key(0), key());
}

#[test]
fun nobody_is_in_the_empty_roster() {
    assert_eq!(roster::empty().length(), 0);
    assert_eq!(roster::empty().find(node(1)), option::none());
}
