/// Attempts to stop the network, or to push others out of it.
#[test_only]
module floe::redteam_tests;

use floe::network;
use floe::pool_world::{Self, wal};
use std::unit_test::assert_eq;

#[test]
fun floors_that_take_all_do_not_keep_a_pool_from_settling() {
    let mut w = pool_world::staked(pool_world::economics(0), 0, vector[wal(1_000)]);
    w.settle(0, wal(1_000));
    // Shares are worth two each, half of it in cash.
    let many = w.stake(wal(1_000));
    let few = w.stake(wal(2));
    w.settle(0, 0);
    w.leave(0);
    w.settle(0, 0);
    assert_eq!(w.equity(), wal(1_002));
    // The penalty is paid from the cash that the leaver has not taken. A share is worth 0.06, so the pool is open; the floor of
    // those who leave is 0.1, and nothing is owed that could be written off for it.
    w.leave(many);
    let new = w.stake(wal(10));
    w.settle(wal(972) - 60_000_000, 0);
    assert_eq!(w.epoch(), 6);
    assert_eq!(w.pool().debt(), 0);
    // Those who join pay what a share is worth at least in an open pool: 200 new shares for one old.
    assert!(w.redeemable(new) < wal(10));
    assert_eq!(w.redeem_all(many), wal(50));
    w.leave(few);
    w.leave(new);
    w.settle(0, 0);
    assert_eq!(w.redeem_all(few), wal(2) / 20);
    w.redeem_all(new);
    w.redeem_all(0);
    w.end();
}

#[test]
fun stake_that_comes_and_goes_before_the_cutoff_pushes_nobody_out() {
    let mut n = network::empty(20, 7);
    7u64.do!(|i| {
        let node = n.register(0);
        n.stake(node, 100 + i);
    });
    n.push_all();
    // Two nodes of an attacker take the places of the smallest, and leave them empty right before the cutoff. All have settled.
    n.at(49);
    7u64.do!(|i| { n.equity(i); });
    let stakes = vector::tabulate!(2, |_| {
        let node = n.register(0);
        n.stake(node, 1_000)
    });
    stakes.do!(|stake| { n.cancel(stake); });
    assert_eq!(n.staking().epochs().registry().active().length(), 5);
    n.next_epoch();
    7u64.do!(|i| assert!(n.is_member(i)));
    n.end();
}
