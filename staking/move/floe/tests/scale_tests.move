/// 150 nodes and 1,000 shards: how much a call does.
///
/// A settled node touches up to 8 dynamic fields (its own object, the rate of new stake, leavers' buckets, a claim), and one
/// for each further claim that its reward pays; a transfer that expires touches two nodes.
#[test_only]
module floe::scale_tests;

use floe::network::{Self, Network};
use std::unit_test::assert_eq;

const NODES: u64 = 150;
const SHARDS: u16 = 1_000;
/// Dynamic fields that a node may touch when it settles or is charged.
const FIELDS: u64 = 8;
/// Dynamic fields that a call may touch.
const MAX_FIELDS: u64 = 500;

/// Pushes all that is due. Returns how often each action came, and asserts what each call did.
fun push_counting(network: &mut Network): vector<u64> {
    let mut calls = vector[0, 0, 0, 0, 0, 0, 0];
    while (network.is_due()) {
        let (action, _) = network.staking().next_action();
        let work = {
            let (staking, system, clock) = network.pushing();
            staking.push(system, clock)
        };
        let nodes = if (action == 1) 2 * work else if (action == 3) work else 0;
        assert!(nodes * FIELDS + 20 <= MAX_FIELDS);
        if (action == 5) assert!(work <= 250);
        *(&mut calls[action as u64]) = calls[action as u64] + 1;
        network.flush();
    };
    calls
}

/// All in the committee, with 50 to 199 WAL.
fun large(): Network {
    let mut network = network::empty(SHARDS, NODES);
    NODES.do!(|i| {
        let node = network.register(0);
        network.stake_unchecked(node, 50 + i);
    });
    network.check();
    let calls = push_counting(&mut network);
    // A thousand first shards at 250 a call, and one to see that it is done.
    assert_eq!(calls, vector[0, 0, 0, 0, 1, 5, 1]);
    assert_eq!(network.epoch(), 1);
    network
}

#[test]
fun committee_of_150() {
    let mut network = large();
    let roster = network.staking().roster();
    assert_eq!(roster.length(), NODES);
    let mut total = 0;
    NODES.do!(|i| total = total + network.weight(i));
    assert_eq!(total, SHARDS as u64);

    // A thousand WAL by shards.
    network.reserve(1_000, 1);
    network.at(100);
    let calls = push_counting(&mut network);
    // 150 nodes settle at 32 a call.
    assert_eq!(calls[3], 5);
    assert_eq!(network.epoch(), 2);
    NODES.do!(|i| assert_eq!(network.equity(i), (50 + i + network.weight(i)) * 1_000_000_000));
    network.check();

    // The smallest become the largest, and nobody attests the shards that move.
    40u64.do!(|i| { network.stake_unchecked(i, 200); });
    network.at(100);
    push_counting(&mut network);
    assert_eq!(network.epoch(), 3);
    let records = network.staking().transfers().length();
    assert!(records > 40);
    network.at(20);
    let calls = push_counting(&mut network);
    assert_eq!(calls[1], (records + 15) / 16);
    network.check();
    network.at(100);
    push_counting(&mut network);
    assert_eq!(network.epoch(), 4);
    network.check();
    network.end();
}
