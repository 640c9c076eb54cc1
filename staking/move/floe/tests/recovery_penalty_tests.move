#[test_only]
module floe::recovery_penalty_tests;

use floe::apportionment_helpers::{numbers, range};
use floe::recovery_penalty::{helpers, of_loss, of_receiver, of_sender};
use floe::roster_helpers::{node, roster};
use std::unit_test::assert_eq;

/// The parts to burn and to share.
fun sender(shards: u64, sender_rate: u64, receiver_rate: u64, helping: u16, n: u16): vector<u64> {
    let (burn, shared) = of_sender(shards, sender_rate, receiver_rate, helping, n);
    vector[burn, shared]
}

fun receiver(shards: u64, receiver_rate: u64, helping: u16, n: u16): vector<u64> {
    let (burn, shared) = of_receiver(shards, receiver_rate, helping, n);
    vector[burn, shared]
}

fun loss(shards: u64, sender_rate: u64, receiver_rate: u64, helping: u16, n: u16): vector<u64> {
    let (burn, shared) = of_loss(shards, sender_rate, receiver_rate, helping, n);
    vector[burn, shared]
}

/// What nodes with `shards` get of what is shared among `helping`.
fun part(shared: u64, shards: u64, helping: u64): u64 {
    if (helping == 0) 0 else ((shared as u128) * (shards as u128) / (helping as u128)) as u64
}

#[test]
fun helpers_are_the_other_members() {
    let roster = roster(vector[1, 2, 3, 4], vector[range(0, 1), range(1, 3), range(3, 6), range(6, 10)]);
    let ids = vector[node(1), node(2), node(3), node(4)];
    let (nodes, weights, sum) = helpers(&roster, node(2), node(4));
    assert_eq!(nodes, ids);
    assert_eq!(weights, vector[1, 0, 3, 0]);
    assert_eq!(sum, 4);
    // A sender that is no member any more.
    let (_, weights, sum) = helpers(&roster, node(9), node(1));
    assert_eq!(weights, vector[0, 2, 3, 4]);
    assert_eq!(sum, 9);
    let (_, weights, sum) = helpers(&roster, node(3), node(3));
    assert_eq!(weights, vector[1, 2, 0, 4]);
    assert_eq!(sum, 7);
}

#[test]
fun a_failed_transfer() {
    // 2 shards at 1000 for the sender and 100 for the receiver, helpers hold 600 of 1000 shards.
    assert_eq!(sender(2, 1000, 100, 600, 1000), vector[2000 - 240, 240]);
    assert_eq!(receiver(2, 100, 600, 1000), vector[80, 120]);
    // A sender that owes less than the helpers might get.
    assert_eq!(sender(2, 150, 100, 600, 1000), vector[300 - 180, 180]);
    assert_eq!(sender(2, 100, 100, 600, 1000), vector[200 - 120, 120]);
}

#[test]
fun a_lost_shard() {
    assert_eq!(loss(2, 1000, 100, 900, 1000), vector[2000 - 540, 540]);
    assert_eq!(loss(2, 250, 100, 900, 1000), vector[500 - 450, 450]);
}

#[test]
fun without_helpers_all_burns() {
    assert_eq!(sender(3, 10, 10, 0, 4), vector[30, 0]);
    assert_eq!(receiver(3, 10, 0, 4), vector[30, 0]);
    assert_eq!(loss(3, 10, 10, 0, 4), vector[30, 0]);
}

#[test]
fun nothing_owed() {
    assert_eq!(sender(0, 10, 10, 3, 4), vector[0, 0]);
    assert_eq!(receiver(5, 0, 3, 4), vector[0, 0]);
}

#[test]
fun rounding_burns() {
    assert_eq!(receiver(1, 10, 333, 1000), vector[7, 3]);
}

#[test]
fun greatest_penalties() {
    let all = 0xFFFF_FFFF_FFFF_FFFF / 4;
    let (burn, shared) = of_sender(4, all, all / 2, 999, 1000);
    assert_eq!(burn + shared, 4 * all);
    assert!(shared > 4 * (all / 1000) * 998);
}

#[test, expected_failure(arithmetic_error, location = floe::recovery_penalty)]
fun penalties_above_all_money() {
    of_receiver(5, 0xFFFF_FFFF_FFFF_FFFF / 4, 1, 4);
}

#[test]
fun a_group_with_a_third_does_not_gain() {
    // A group fails a transfer on purpose: one of it says as receiver that it got nothing, one as sender delivers nothing,
    // or one loses a disk. What the rest of the group gets as helpers never exceeds what it pays.
    let mut random = numbers(7);
    let n = 1000u64;
    200u64.do!(|_| {
        let group = 1 + random.below(333);
        let culprit = 1 + random.below(group);
        let honest_victim = 1 + random.below(n - group);
        let receiver_rate = 1 + random.below(1_000_000);
        let sender_rate = receiver_rate * (1 + random.below(5)) + random.below(100);
        let friends = group - culprit;
        let helping = n - culprit - honest_victim;
        let (sender_burn, sender_shared) = of_sender(1, sender_rate, receiver_rate, helping as u16, n as u16);
        let (receiver_burn, receiver_shared) = of_receiver(1, receiver_rate, helping as u16, n as u16);
        let gain = part(sender_shared, friends, helping) + part(receiver_shared, friends, helping);
        // The group's receiver lies about an honest sender.
        assert!(gain <= receiver_burn + receiver_shared);
        // The group's sender does not deliver to an honest receiver.
        assert!(gain <= sender_burn + sender_shared);
        // The group's node claims a lost disk.
        let (burn, shared) = of_loss(1, sender_rate, receiver_rate, (n - culprit) as u16, n as u16);
        assert!(part(shared, friends, n - culprit) <= burn + shared);
    });
}
