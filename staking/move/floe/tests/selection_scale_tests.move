/// The greatest network: 150 nodes and 1000 shards. Each call is bounded in the moves it does, in the records it settles, in
/// the events it emits and in the pools that its caller must touch, and no call changes a dynamic field by itself.
#[test_only]
module floe::selection_scale_tests;

use floe::active_set::{Self, votes};
use floe::apportionment_helpers::{Numbers, check, nothing, numbers};
use floe::roster::{Self, Roster};
use floe::roster_helpers::{key, node, shards};
use floe::selection::{Self, max_moves};
use floe::transfers::{Self, Transfers};
use std::unit_test::assert_eq;
use sui::event::num_events;
use sui::test_utils::destroy;

const NODES: u64 = 150;
const SHARDS: u16 = 1000;
/// Default tolerance, basis points.
const TOLERANCE: u64 = 500;
/// FROST of a WAL.
const WAL: u64 = 1_000_000_000;
/// Records that a caller settles at once. Each is an event and touches two pools, each pool two dynamic fields.
const EXPIRE_AT_ONCE: u64 = 100;
/// Dynamic fields and events of a call.
const LIMIT: u64 = 500;

/// The next committee of nodes with these numbers, and how many moves and calls it took.
fun select(nodes: &vector<u64>, stakes: &vector<u64>, current: &Roster): (Roster, u64, u64) {
    let mut set = active_set::new(NODES);
    nodes.length().do!(|i| { set.offer(node(nodes[i]), stakes[i], 1, key(), votes(i + 1, i + 1, i + 1)); });
    let mut selection = selection::begin(&set, current, 1, SHARDS, 4, TOLERANCE);
    destroy(set);
    let (mut moves, mut calls) = (0, 0);
    while (!selection.is_complete()) {
        let done = selection.step(max_moves());
        assert!(done <= max_moves() && done <= LIMIT);
        moves = moves + done;
        calls = calls + 1;
    };
    let (next, _) = selection.finish(current);
    (next, moves, calls)
}

/// Shards by node of the candidates, from a roster.
fun held(nodes: &vector<u64>, roster: &Roster): vector<vector<u16>> {
    nodes.map_ref!(|i| {
        let member = roster.find(node(*i));
        if (member.is_some()) *roster.shards(*member.borrow()) else vector[]
    })
}

fun random_stakes(random: &mut Numbers): vector<u64> {
    vector::tabulate!(NODES, |_| WAL + random.below(20_000_000) * WAL)
}

/// Expires everything in portions, and returns for how many shards senders and receivers owe.
fun expire_all(transfers: &mut Transfers, previous: &Roster, current: &Roster): (u64, u64) {
    let (mut senders, mut receivers) = (0, 0);
    while (!transfers.is_settled()) {
        let before = num_events() as u64;
        let expiries = transfers.expire(EXPIRE_AT_ONCE, 0, previous, current);
        assert!(expiries.length() <= EXPIRE_AT_ONCE && 4 * expiries.length() <= LIMIT);
        assert!((num_events() as u64) - before <= LIMIT);
        expiries.do!(|expiry| {
            senders = senders + expiry.sender_shards();
            receivers = receivers + expiry.receiver_shards();
        });
    };
    (senders, receivers)
}

#[test]
fun epochs_of_the_greatest_network() {
    let mut random = numbers(9);
    let empty = roster::empty();
    let mut nodes = vector::tabulate!(NODES, |i| 2 * i + 1);
    let mut stakes = random_stakes(&mut random);
    let (first, moves, calls) = select(&nodes, &stakes, &empty);
    // All shards are given, in the calls that it takes and one that finds nothing more to do.
    assert_eq!(moves, 1000);
    assert_eq!(calls, 1000 / max_moves() + 1);
    // Without tolerance no shard is due to move: what D'Hondt's method comes to.
    check(&stakes, &nothing(NODES), &held(&nodes, &first), SHARDS, 0);

    // A third of the nodes is replaced, and everybody's stake changes a little.
    50u64.do!(|i| *&mut nodes[3 * i] = 6 * i + 2);
    let before = held(&nodes, &first);
    NODES.do!(|i| {
        let stake = stakes[i];
        *&mut stakes[i] = if (i % 3 == 0) WAL + random.below(20_000_000) * WAL else stake / 100 * (95 + random.below(11));
    });
    let (second, moves, calls) = select(&nodes, &stakes, &first);
    let after = held(&nodes, &second);
    check(&stakes, &before, &after, SHARDS, TOLERANCE);
    assert!(moves > 250 && moves < 500);
    assert!(calls <= moves / max_moves() + 1);

    // The change: every move is in a record.
    let mut transfers = transfers::new(SHARDS);
    transfers.begin(&empty, &first, 1, 0, 0);
    transfers.begin(&first, &second, 2, 0, 0);
    assert!(transfers.length() <= moves);
    let (senders, receivers) = expire_all(&mut transfers, &first, &second);
    assert_eq!(senders, moves);
    assert_eq!(receivers, moves);
    transfers.force(0);
    let unpaid = transfers.unpaid(second.length()).fold!(0, |sum, count| sum + (count as u64));
    assert_eq!(unpaid, moves);
    let excused = transfers.excuse(second.length()).fold!(0, |sum, count| sum + (count as u64));
    assert_eq!(excused, moves);
    assert!((num_events() as u64) <= 2 * moves);
    destroy(transfers);
}

#[test]
fun everybody_is_replaced() {
    let mut random = numbers(10);
    let empty = roster::empty();
    let stakes = random_stakes(&mut random);
    let (first, _, _) = select(&vector::tabulate!(NODES, |i| 2 * i + 1), &stakes, &empty);
    let stakes = random_stakes(&mut random);
    let (second, moves, _) = select(&vector::tabulate!(NODES, |i| 2 * i + 2), &stakes, &first);
    assert_eq!(moves, 1000);
    assert_eq!(shards(&second).fold!(0, |sum, list| sum + list.length()), 1000);
    let mut transfers = transfers::new(SHARDS);
    transfers.begin(&empty, &first, 1, 0, 0);
    let before = num_events();
    transfers.begin(&first, &second, 2, 0, 0);
    // No event for each record: there may be as many as shards.
    assert_eq!(num_events(), before);
    assert!(transfers.length() > (LIMIT as u64));
    let (senders, receivers) = expire_all(&mut transfers, &first, &second);
    assert_eq!(senders, 1000);
    assert_eq!(receivers, 1000);
    transfers.force(0);
    // All are in recovery and all move again: one event for all that are in recovery from the start.
    let before = num_events();
    transfers.begin(&second, &first, 3, 0, 0);
    assert_eq!(num_events(), before + 1);
    let (senders, receivers) = expire_all(&mut transfers, &second, &first);
    assert_eq!(senders, 0);
    assert_eq!(receivers, 0);
    destroy(transfers);
}
