/// A network lives: it starts, stores, earns, and goes on.
#[test_only]
module floe::life_tests;

use floe::network;
use std::unit_test::assert_eq;

const WAL: u64 = 1_000_000_000;

#[test]
fun genesis_to_rewards() {
    let mut network = network::empty(10, 150);
    4u64.do!(|i| {
        assert!(!network.is_due());
        let node = network.register(1_000);
        network.stake(node, 100);
        assert_eq!(node, i);
    });
    network.push_all();
    assert_eq!(network.epoch(), 1);
    assert!(network.staking().transfers().is_done());
    // Equal stakes get 10 shards as 3, 3, 2, 2.
    let weights = vector::tabulate!(4, |i| network.weight(i));
    assert_eq!(weights.count!(|w| *w == 2), 2);
    assert_eq!(weights.count!(|w| *w == 3), 2);

    // 100 WAL for a MiB in 100 epochs is beyond the horizon; 10 MiB in 2 epochs are 20 WAL.
    network.reserve(10, 2);
    let blob = network.register_blob(7);
    // All signed: the whole deposit comes back.
    assert_eq!(network.certify_blob(blob), WAL / 2);
    assert_eq!(network.ledger().sequenced(), 1);
    network.next_epoch();
    assert_eq!(network.epoch(), 2);

    // 10 WAL for storage and half a WAL for writing, by shards of 10; a tenth is commission.
    4u64.do!(|i| {
        let shards = network.staking().pool(network.node(i)).equity();
        assert_eq!(shards, 100 * WAL);
    });
    let mut earned = 0;
    4u64.do!(|i| {
        let gain = network.equity(i) - 100 * WAL;
        let commission = network.collect_commission(i);
        assert_eq!(commission, (gain + commission) / 10);
        earned = earned + gain + commission;
    });
    assert_eq!(earned, 10 * WAL + WAL / 2);
    network.end();
}

#[test]
/// The documents' example of the money of an epoch.
fun money_of_an_epoch() {
    let mut network = network::empty(10, 150);
    // Four nodes, a commission of 10 %, 100 WAL of stake each.
    4u64.do!(|_| {
        let node = network.register(1_000);
        network.stake(node, 100);
    });
    network.push_all();
    // A user stores 10 MiB in 2 epochs at a WAL each, and writes a blob of a MiB for half a WAL and as much deposit.
    network.reserve(10, 2);
    let blob = network.register_blob(7);
    assert_eq!(network.certify_blob(blob), WAL / 2);
    assert_eq!(network.system().held() / WAL, 20);
    // One of the nodes with two shards fails its challenges.
    let mut faulty = 0;
    while (network.weight(faulty) != 2) faulty = faulty + 1;
    network.challenge_all_but(vector[faulty]);
    network.next_epoch();
    // 10.5 WAL are distributed, 1.05 a shard. It gets nothing and owes 3 WAL a shard; its 2.1 WAL wait for the next epoch.
    4u64.do!(|i| {
        let shards = network.weight_before(i);
        if (i == faulty) {
            assert_eq!(network.equity(i), 94 * WAL);
            assert_eq!(network.debt(i), 6 * WAL);
            assert_eq!(network.collect_commission(i), 0);
        } else {
            let reward = shards * 1_050_000_000;
            assert_eq!(network.collect_commission(i), reward / 10);
            assert_eq!(network.equity(i), 100 * WAL + reward - reward / 10);
        }
    });
    assert_eq!(network.staking().epochs().registry().carried(), 2_100_000_000);
    network.attest_all();
    // The next epoch distributes the other 10 WAL and these 2.1, 1.21 a shard. After 1 % of interest the faulty node owes 6.06
    // WAL, which its reward goes to, before any commission.
    let shards = network.weight(faulty);
    network.next_epoch();
    let reward = shards * 1_210_000_000;
    assert_eq!(network.debt(faulty), 6_060_000_000 - reward);
    assert_eq!(network.burn(), reward);
    assert_eq!(network.collect_commission(faulty), 0);
    // Its staker leaves with what is left when the rest is taken from his principal.
    assert_eq!(network.redeemable(faulty), 100 * WAL - (6_060_000_000 - reward));
    network.end();
}
