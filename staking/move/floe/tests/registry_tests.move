#[test_only]
module floe::registry_tests;

use floe::network;
use floe::registry;
use std::unit_test::assert_eq;
use sui::balance;

const WAL: u64 = 1_000_000_000;

#[test]
/// The reward of a pool without shares goes with the next rewards.
fun reward_for_nobody() {
    let mut network = network::empty(10, 150);
    let nobody = network.register(0);
    let somebody = network.register(0);
    network.stake(somebody, 10);
    let nodes = vector[network.node(nobody), network.node(somebody)];
    let rewards = network.mint(5 * WAL).into_balance();
    let registry = network.staking_mut().epochs_mut().registry_mut();
    // Its stake becomes active with the first epoch.
    registry.advance(vector[], balance::zero(), balance::zero(), false, vector[]);
    nodes.do!(|node| registry.settle(node));
    let lines = vector[
        registry::new_line(nodes[0], 5, 2 * WAL, 0, false),
        registry::new_line(nodes[1], 5, 3 * WAL, WAL, false),
    ];
    registry.advance(lines, rewards, balance::zero(), false, vector[]);
    assert!(!registry.is_settled());
    assert_eq!(registry.settle_some(10), 2);
    assert!(registry.is_settled());
    assert_eq!(registry.carried(), 2 * WAL);
    // The other's paid its penalty first.
    assert_eq!(registry.burns(), WAL);
    assert_eq!(registry.node(nodes[1]).pool().equity(), 12 * WAL);
    network.check();
    network.end();
}
