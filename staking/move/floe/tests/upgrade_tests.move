#[test_only]
module floe::upgrade_tests;

use floe::events::{ContractUpgraded, ContractUpgradeProposed, ContractUpgradeQuorumReached};
use floe::network::{Self, Network};
use floe::system;
use floe::upgrade::{Self, EmergencyUpgradeCap, UpgradeManager};
use std::unit_test::assert_eq;
use sui::event;
use sui::package;
use sui::test_scenario;
use sui::test_utils::destroy;

const DIGEST: vector<u8> = x"0101010101010101010101010101010101010101010101010101010101010101";
const OTHER: vector<u8> = x"0202020202020202020202020202020202020202020202020202020202020202";

/// Four members of equal stake, and a manager.
fun start(): (Network, UpgradeManager, EmergencyUpgradeCap) {
    let mut network = network::started(100, vector[100, 100, 100, 100]);
    let scenario = network.scenario();
    let cap = package::test_publish(@0x5.to_id(), scenario.ctx());
    let emergency = upgrade::create(cap, scenario.ctx());
    scenario.next_tx(@0x1);
    let manager = test_scenario::take_shared<UpgradeManager>(scenario);
    (network, manager, emergency)
}

fun finish(network: Network, manager: UpgradeManager, emergency: EmergencyUpgradeCap) {
    test_scenario::return_shared(manager);
    emergency.burn_emergency_cap();
    network.end();
}

fun vote(manager: &mut UpgradeManager, network: &Network, node: u64, digest: vector<u8>) {
    manager.vote(network.system(), network.cap(node), digest)
}

#[test]
fun a_quorum_upgrades() {
    let (network, mut manager, emergency) = start();
    vote(&mut manager, &network, 0, DIGEST);
    vote(&mut manager, &network, 1, OTHER);
    vote(&mut manager, &network, 2, DIGEST);
    assert_eq!(event::events_by_type<ContractUpgradeProposed>().length(), 2);
    assert_eq!(event::events_by_type<ContractUpgradeQuorumReached>().length(), 0);
    // A member may change its mind.
    vote(&mut manager, &network, 1, DIGEST);
    assert_eq!(event::events_by_type<ContractUpgradeQuorumReached>().length(), 1);
    vote(&mut manager, &network, 3, DIGEST);
    assert_eq!(event::events_by_type<ContractUpgradeQuorumReached>().length(), 1);
    let ticket = manager.authorize(network.system(), DIGEST);
    assert_eq!(*ticket.ticket_digest(), DIGEST);
    assert_eq!(ticket.ticket_policy(), package::compatible_policy());
    manager.commit(network.system(), package::test_upgrade(ticket));
    assert_eq!(event::events_by_type<ContractUpgraded>().length(), 1);
    finish(network, manager, emergency);
}

#[test, expected_failure(abort_code = upgrade::ENoQuorum, location = upgrade)]
fun an_upgrade_uses_its_votes_up() {
    let (network, mut manager, emergency) = start();
    4u64.do!(|i| vote(&mut manager, &network, i, DIGEST));
    let ticket = manager.authorize(network.system(), DIGEST);
    manager.commit(network.system(), package::test_upgrade(ticket));
    destroy(package::test_upgrade(manager.authorize(network.system(), DIGEST)));
    destroy(emergency);
    abort
}

#[test, expected_failure(abort_code = upgrade::ENoQuorum, location = upgrade)]
fun half_is_no_quorum() {
    let (network, mut manager, emergency) = start();
    vote(&mut manager, &network, 0, DIGEST);
    vote(&mut manager, &network, 1, DIGEST);
    destroy(package::test_upgrade(manager.authorize(network.system(), DIGEST)));
    destroy(emergency);
    abort
}

#[test, expected_failure(abort_code = upgrade::ENoQuorum, location = upgrade)]
fun votes_count_in_their_epoch() {
    let (mut network, mut manager, emergency) = start();
    4u64.do!(|i| vote(&mut manager, &network, i, DIGEST));
    network.next_epoch();
    destroy(package::test_upgrade(manager.authorize(network.system(), DIGEST)));
    destroy(emergency);
    abort
}

#[test, expected_failure(abort_code = upgrade::ENoQuorum, location = upgrade)]
fun votes_of_two_epochs_do_not_add_up() {
    let (mut network, mut manager, emergency) = start();
    2u64.do!(|i| vote(&mut manager, &network, i, DIGEST));
    network.next_epoch();
    vector[2, 3].do!(|i| vote(&mut manager, &network, i, DIGEST));
    destroy(package::test_upgrade(manager.authorize(network.system(), DIGEST)));
    destroy(emergency);
    abort
}

#[test, expected_failure(abort_code = upgrade::EDigest, location = upgrade)]
fun short_digest() {
    let (network, mut manager, emergency) = start();
    vote(&mut manager, &network, 0, x"01");
    destroy(emergency);
    destroy(network);
    abort
}

#[test, expected_failure(abort_code = upgrade::ENotMember, location = upgrade)]
fun vote_of_a_stranger() {
    let (mut network, mut manager, emergency) = start();
    let stranger = network.register(0);
    vote(&mut manager, &network, stranger, DIGEST);
    destroy(emergency);
    abort
}

#[test]
fun emergency() {
    let (network, mut manager, emergency) = start();
    let ticket = manager.authorize_emergency(&emergency, DIGEST);
    manager.commit(network.system(), package::test_upgrade(ticket));
    finish(network, manager, emergency);
}

#[test, expected_failure(abort_code = upgrade::EDigest, location = upgrade)]
fun emergency_with_short_digest() {
    let (_network, mut manager, emergency) = start();
    destroy(package::test_upgrade(manager.authorize_emergency(&emergency, x"")));
    abort
}

#[test, expected_failure(abort_code = upgrade::EWrongCap, location = upgrade)]
fun emergency_of_another_network() {
    let (mut network, mut manager, _emergency) = start();
    let ctx = network.scenario().ctx();
    let other = upgrade::create(package::test_publish(@0x5.to_id(), ctx), ctx);
    destroy(package::test_upgrade(manager.authorize_emergency(&other, DIGEST)));
    abort
}

fun pause(manager: &mut UpgradeManager, network: &mut Network, nodes: vector<u64>, paused: bool) {
    nodes.do!(|i| {
        let (system, cap) = network.voting(i);
        manager.vote_pause(system, cap, paused);
    })
}

#[test]
fun a_quorum_pauses_and_resumes() {
    let (mut network, mut manager, emergency) = start();
    pause(&mut manager, &mut network, vector[0, 1], true);
    assert!(!network.system().is_paused());
    pause(&mut manager, &mut network, vector[2], true);
    assert!(network.system().is_paused());
    // Epochs go on, stake leaves.
    network.at(10);
    network.unstake(0);
    network.next_epoch();
    assert!(network.system().is_paused());
    pause(&mut manager, &mut network, vector[1, 2, 3], false);
    assert!(!network.system().is_paused());
    network.reserve(1, 1);
    finish(network, manager, emergency);
}

#[test, expected_failure(abort_code = system::EPaused, location = system)]
fun paused_system_reserves_nothing() {
    let (mut network, mut manager, emergency) = start();
    pause(&mut manager, &mut network, vector[0, 1, 2], true);
    network.reserve(1, 1);
    destroy(emergency);
    abort
}

#[test, expected_failure(abort_code = upgrade::ENotMember, location = upgrade)]
fun pause_of_a_stranger() {
    let (mut network, mut manager, emergency) = start();
    let stranger = network.register(0);
    pause(&mut manager, &mut network, vector[stranger], true);
    destroy(emergency);
    abort
}

#[test]
fun all_migrate_together() {
    let (mut network, manager, emergency) = start();
    {
        let (staking, system, ledger, _, _) = network.objects();
        staking.age();
        system.age();
        ledger.age();
        upgrade::migrate(system, ledger, staking);
    };
    network.next_epoch();
    finish(network, manager, emergency);
}
