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
