#[test_only]
module wal::wal_tests;

use std::unit_test::assert_eq;
use sui::coin::CoinMetadata;
use sui::test_scenario;
use wal::faucet;
use wal::wal::{Self, ProtectedTreasury, WAL};

const USER: address = @0xA;
/// FROST of a million WAL.
const MILLION_WAL: u64 = 1_000_000_000_000_000;

#[test]
fun metadata_is_frozen_and_says_nine_decimals() {
    let mut scenario = test_scenario::begin(USER);
    wal::init_for_testing(scenario.ctx());
    scenario.next_tx(USER);
    let metadata = scenario.take_immutable<CoinMetadata<WAL>>();
    assert_eq!(metadata.get_decimals(), 9);
    assert_eq!(metadata.get_symbol(), b"WAL".to_ascii_string());
    test_scenario::return_immutable(metadata);
    scenario.end();
}

#[test]
fun faucet_mints_and_burn_destroys() {
    let mut scenario = test_scenario::begin(USER);
    wal::init_for_testing(scenario.ctx());
    scenario.next_tx(USER);
    let mut treasury = scenario.take_shared<ProtectedTreasury>();
    assert_eq!(treasury.total_supply(), 0);
    let mut coin = faucet::mint(&mut treasury, MILLION_WAL, scenario.ctx());
    assert_eq!(coin.value(), MILLION_WAL);
    assert_eq!(treasury.total_supply(), MILLION_WAL);
    let part = coin.split(1, scenario.ctx());
    treasury.burn(part);
    assert_eq!(treasury.total_supply(), MILLION_WAL - 1);
    treasury.burn(coin);
    assert_eq!(treasury.total_supply(), 0);
    test_scenario::return_shared(treasury);
    scenario.end();
}

#[test]
#[expected_failure(abort_code = faucet::ETooMuch, location = faucet)]
fun faucet_has_a_limit() {
    let mut scenario = test_scenario::begin(USER);
    wal::init_for_testing(scenario.ctx());
    scenario.next_tx(USER);
    let mut treasury = scenario.take_shared<ProtectedTreasury>();
    let coin = faucet::mint(&mut treasury, MILLION_WAL + 1, scenario.ctx());
    treasury.burn(coin);
    test_scenario::return_shared(treasury);
    scenario.end();
}
