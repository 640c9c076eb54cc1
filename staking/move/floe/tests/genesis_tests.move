#[test_only]
module floe::genesis_tests;

use floe::genesis::{Self, GenesisCap};
use floe::ledger::Ledger;
use floe::node_info;
use floe::params;
use floe::staking::Staking;
use floe::system::{Self, System};
use floe::upgrade::{EmergencyUpgradeCap, UpgradeManager};
use std::unit_test::assert_eq;
use sui::package;
use sui::random::{Self, Random};
use sui::test_scenario::{Self, Scenario};
use sui::test_utils::destroy;

const PUBLISHER: address = @0x7;
const START: u64 = 1_000;

fun start(scenario: &mut Scenario, package: ID, n_shards: u16, storage_price: u64): EmergencyUpgradeCap {
    genesis::init_for_testing(scenario.ctx());
    scenario.next_tx(PUBLISHER);
    let cap = scenario.take_from_sender<GenesisCap>();
    let upgrade_cap = package::test_publish(package, scenario.ctx());
    cap.start(
        upgrade_cap,
        n_shards,
        START,
        params::default_timing(),
        params::default_economics(),
        params::default_penalties(),
        storage_price,
        50,
        1_000_000_000,
        53,
        20_000,
        scenario.ctx(),
    )
}

#[test]
fun publishing_and_starting() {
    let mut scenario = test_scenario::begin(PUBLISHER);
    let emergency = start(&mut scenario, @floe.to_id(), 1_000, 100);
    scenario.next_tx(PUBLISHER);
    assert!(!test_scenario::has_most_recent_for_sender<GenesisCap>(&scenario));
    let staking = scenario.take_shared<Staking>();
    let system = scenario.take_shared<System>();
    let ledger = scenario.take_shared<Ledger>();
    let manager = scenario.take_shared<UpgradeManager>();
    assert_eq!(staking.system_id(), object::id(&system));
    assert_eq!(staking.epoch(), 0);
    let (first, last) = staking.epoch_span();
    assert_eq!(first, START);
    assert_eq!(last, START);
    let (storage_price, write_price) = system.prices();
    assert_eq!(storage_price, 100);
    assert_eq!(write_price, 50);
    let (capacity, used) = system.capacity(0);
    assert_eq!(capacity, 1_000_000_000_000);
    assert_eq!(used, 0);
    assert_eq!(*staking.penalties(), params::default_penalties());
    assert_eq!(*staking.timing(), params::default_timing());
    assert_eq!(*staking.economics(), params::default_economics());
    assert_eq!(staking.shards_of(@0x1.to_id()), vector[]);
    assert_eq!(ledger.sequenced(), 0);
    let (action, _) = staking.next_action();
    assert_eq!(action, 0);
    test_scenario::return_shared(staking);
    test_scenario::return_shared(system);
    test_scenario::return_shared(ledger);
    test_scenario::return_shared(manager);
    emergency.burn_emergency_cap();
    scenario.end();
}

#[test, expected_failure(abort_code = genesis::EOtherPackage, location = genesis)]
fun upgrade_cap_of_another_package() {
    let mut scenario = test_scenario::begin(PUBLISHER);
    destroy(start(&mut scenario, @0x5.to_id(), 1_000, 100));
    abort
}

#[test, expected_failure(abort_code = node_info::EVotes, location = node_info)]
fun price_out_of_bounds() {
    let mut scenario = test_scenario::begin(PUBLISHER);
    destroy(start(&mut scenario, @floe.to_id(), 1_000, 0));
    abort
}

#[test, expected_failure(abort_code = system::EBadParameter, location = system)]
fun too_few_shards() {
    let mut scenario = test_scenario::begin(PUBLISHER);
    destroy(start(&mut scenario, @floe.to_id(), 3, 100));
    abort
}

#[test]
/// The seed comes from the chain's randomness.
fun challenge_with_randomness() {
    let mut scenario = test_scenario::begin(@0x0);
    random::create_for_testing(scenario.ctx());
    scenario.next_tx(@0x0);
    let mut random = scenario.take_shared<Random>();
    random.update_randomness_state_for_testing(0, x"1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f", scenario.ctx());
    let mut network = floe::network::started(10, vector[100, 100, 100, 100]);
    network.at(60);
    {
        let (staking, _, ledger, clock, ctx) = network.objects();
        staking.start_random_challenge(ledger, &random, clock, ctx);
        assert_eq!(staking.challenge().seed().length(), 32);
        assert_eq!(staking.challenge().blobs(), 0);
    };
    network.end();
    test_scenario::return_shared(random);
    scenario.end();
}
