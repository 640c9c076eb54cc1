#[test_only]
module floe::selection_tests;

use floe::active_set::{Self, ActiveSet, Votes, votes};
use floe::apportionment_helpers::{lengths, numbers, range};
use floe::roster::{Self, Roster};
use floe::roster_helpers::{key, node, roster, shards};
use floe::selection::{Self, Selection};
use std::unit_test::assert_eq;
use sui::test_utils::destroy;

/// Default tolerance, basis points.
const TOLERANCE: u64 = 500;
/// The current epoch of these tests.
const EPOCH: u32 = 5;

/// Nodes with these numbers and stakes, settled to the current epoch, which vote for prices of their number and ten times
/// that, and a shard size of a hundred times that.
fun active(nodes: vector<u64>, stakes: vector<u64>): ActiveSet {
    let mut set = active_set::new(150);
    nodes.length().do!(|i| {
        let number = nodes[i];
        set.offer(node(number), stakes[i], EPOCH, key(), votes(number, 10 * number, 100 * number));
    });
    set
}

fun begin(set: ActiveSet, current: &Roster, n: u16, min_nodes: u64): Selection {
    let selection = selection::begin(&set, current, EPOCH, n, min_nodes, TOLERANCE);
    destroy(set);
    selection
}

fun complete(mut selection: Selection, current: &Roster): (Roster, Option<Votes>) {
    while (!selection.is_complete()) { selection.step(selection::max_moves()); };
    selection.finish(current)
}

fun nodes(roster: &Roster): vector<ID> {
    vector::tabulate!(roster.length(), |i| roster.node_id(i))
}

#[test]
fun first_committee() {
    let empty = roster::empty();
    let selection = begin(active(vector[9, 3, 7, 5], vector[40, 10, 20, 30]), &empty, 10, 4);
    let (next, votes) = complete(selection, &empty);
    assert_eq!(nodes(&next), vector[node(3), node(5), node(7), node(9)]);
    assert_eq!(lengths(&shards(&next)), vector[1, 3, 2, 4]);
    assert_eq!(vector::tabulate!(4, |i| next.stake(i)), vector[10, 30, 20, 40]);
    // Two thirds of the stake: 7 and below have 60 of 100, 5 and above have 90, 7 and above only 60.
    assert_eq!(votes, option::some(votes(9, 90, 500)));
}

#[test]
fun members_keep_their_shards_and_newcomers_fit_in() {
    let current = roster(vector[2, 4, 6, 8], vector[range(0, 5), range(5, 10), range(10, 15), range(15, 20)]);
    // 4 leaves, 1 and 5 come.
    let selection = begin(active(vector[1, 2, 5, 6, 8], vector[25, 25, 25, 25, 25]), &current, 20, 4);
    let (next, _) = complete(selection, &current);
    assert_eq!(nodes(&next), vector[node(1), node(2), node(5), node(6), node(8)]);
    // The leaver's five shards go to the newcomers, who then have three and two; then the rest is even enough.
    assert_eq!(lengths(&shards(&next)), vector[4, 4, 4, 4, 4]);
    assert_eq!(*next.shards(1), range(0, 4));
    assert_eq!(*next.shards(3), range(10, 14));
    assert_eq!(*next.shards(4), range(15, 19));
}

#[test]
fun candidates_without_shards_are_no_members_and_have_no_vote() {
    let empty = roster::empty();
    // The last has nearly a third of the others' stake, yet no shard; its votes would make prices 10.
    let selection = begin(active(vector[1, 2, 3, 4, 10], vector[100, 100, 100, 100, 34]), &empty, 4, 4);
    let (next, votes) = complete(selection, &empty);
    assert_eq!(nodes(&next), vector[node(1), node(2), node(3), node(4)]);
    assert_eq!(votes, option::some(votes(3, 30, 200)));
}

#[test]
fun too_few_candidates_carry_the_committee_over() {
    let current = roster(vector[2, 4, 6, 8], vector[vector[0], vector[1], vector[2], vector[3]]);
    // 4 and 8 are no candidates any more, 3 and 9 are no members.
    let mut selection = begin(active(vector[2, 3, 6], vector[77, 88, 99]), &current, 4, 4);
    assert!(selection.is_complete());
    assert_eq!(selection.step(10), 0);
    let (next, votes) = selection.finish(&current);
    assert_eq!(votes, option::none());
    assert_eq!(nodes(&next), nodes(&current));
    assert_eq!(shards(&next), shards(&current));
    assert_eq!(vector::tabulate!(4, |i| next.stake(i)), vector[77, 0, 99, 0]);
}

#[test]
fun everybody_leaves_and_the_committee_stays() {
    let current = roster(vector[2, 4, 6, 8], vector[vector[0], vector[1], vector[2], vector[3]]);
    vector[0, 1, 4].do!(|min_nodes| {
        let (next, votes) = complete(begin(active(vector[], vector[]), &current, 4, min_nodes), &current);
        assert_eq!(votes, option::none());
        assert_eq!(shards(&next), shards(&current));
    });
}

#[test]
fun successors_of_a_committee_that_stayed() {
    let current = roster(vector[2, 4, 6, 8], vector[vector[0], vector[1], vector[2], vector[3]]);
    let (carried, _) = complete(begin(active(vector[], vector[]), &current, 4, 4), &current);
    let (next, votes) = complete(begin(active(vector[1, 3, 5, 7], vector[9, 9, 9, 9]), &carried, 4, 4), &carried);
    assert_eq!(nodes(&next), vector[node(1), node(3), node(5), node(7)]);
    assert_eq!(shards(&next), vector[vector[0], vector[1], vector[2], vector[3]]);
    assert_eq!(votes, option::some(votes(5, 50, 300)));
}

#[test]
fun a_single_node_may_be_the_committee() {
    let empty = roster::empty();
    let (next, votes) = complete(begin(active(vector[3], vector[1]), &empty, 6, 1), &empty);
    assert_eq!(shards(&next), vector[range(0, 6)]);
    assert_eq!(votes, option::some(votes(3, 30, 300)));
}

#[test]
fun greatest_stakes_and_votes() {
    let max = 0xFFFF_FFFF_FFFF_FFFF;
    let mut set = active_set::new(4);
    4u64.do!(|i| { set.offer(node(i + 1), max, EPOCH, key(), votes(max, max, max)); });
    let empty = roster::empty();
    let (next, found) = complete(begin(set, &empty, 1000, 4), &empty);
    assert_eq!(lengths(&shards(&next)), vector[250, 250, 250, 250]);
    assert_eq!(found, option::some(votes(max, max, max)));
}

#[test]
fun what_happens_after_the_freeze_does_not_count() {
    let empty = roster::empty();
    let mut set = active(vector[1, 2, 3, 4], vector[1, 1, 1, 1]);
    let mut selection = selection::begin(&set, &empty, EPOCH, 8, 4, TOLERANCE);
    selection.step(3);
    set.offer(node(1), 100, EPOCH, key(), votes(9, 9, 9));
    set.offer(node(5), 100, EPOCH, key(), votes(9, 9, 9));
    set.remove(node(4));
    let (next, found) = complete(selection, &empty);
    assert_eq!(lengths(&shards(&next)), vector[2, 2, 2, 2]);
    assert_eq!(found, option::some(votes(3, 30, 200)));
    destroy(set);
}

#[test]
fun histories_do_not_depend_on_steps() {
    let mut random = numbers(8);
    let n = 60;
    let (mut a, mut b) = (roster::empty(), roster::empty());
    6u64.do!(|_| {
        let (mut ids, mut stakes) = (vector[], vector[]);
        20u64.do!(|i| if (random.below(3) > 0) {
            ids.push_back(i + 1);
            stakes.push_back(1 + random.below(1_000_000));
        });
        let (next_a, votes_a) = complete(begin(active(ids, stakes), &a, n, 4), &a);
        let mut selection = begin(active(ids, stakes), &b, n, 4);
        while (!selection.is_complete()) { selection.step(1); };
        let (next_b, votes_b) = selection.finish(&b);
        assert_eq!(next_a, next_b);
        assert_eq!(votes_a, votes_b);
        (a, b) = (next_a, next_b);
    });
}

#[test, expected_failure(abort_code = selection::ETooFewCandidates, location = selection)]
fun too_few_for_the_first_committee() {
    begin(active(vector[1, 2, 3], vector[1, 1, 1]), &roster::empty(), 4, 4);
}

#[test, expected_failure(abort_code = selection::ETooFewCandidates, location = selection)]
fun nobody_for_the_first_committee() {
    begin(active(vector[], vector[]), &roster::empty(), 4, 0);
}

#[test, expected_failure(abort_code = selection::EUnsettled, location = selection)]
fun a_pool_is_not_settled() {
    let mut set = active(vector[1, 2, 3, 4], vector[1, 1, 1, 1]);
    set.offer(node(2), 1, EPOCH - 1, key(), votes(1, 1, 1));
    begin(set, &roster::empty(), 4, 4);
}

#[test, expected_failure(abort_code = selection::EIncomplete, location = selection)]
fun not_all_shards_are_given() {
    let empty = roster::empty();
    let mut selection = begin(active(vector[1, 2, 3, 4], vector[1, 1, 1, 1]), &empty, 4, 4);
    selection.step(4);
    selection.finish(&empty);
}
