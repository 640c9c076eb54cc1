/// Blobs that nobody owns, kept by whoever pays.
#[test_only]
module floe::shared_blob_tests;

use floe::blob;
use floe::blob_world::{Self, World};
use floe::ledger;
use floe::shared_blob::{Self, BlobFunded, BlobShared, SharedBlob};
use floe::system;
use std::unit_test::{assert_eq, destroy};
use sui::balance;
use sui::coin;
use sui::event;
use sui::test_scenario::{Self, Scenario};
use wal::wal::WAL;

/// A world with a shared blob of five epochs, and funds.
fun shared(funds: u64): (Scenario, World, SharedBlob) {
    let mut scenario = test_scenario::begin(@0xa);
    let mut w = blob_world::new(scenario.ctx());
    let blob = w.store(1, 5, true, scenario.ctx());
    let coin = w.take(funds, scenario.ctx());
    shared_blob::new_funded(blob, coin, scenario.ctx());
    assert_eq!(event::events_by_type<BlobShared>().length(), 1);
    // Somebody else.
    scenario.next_tx(@0xb);
    let shared = scenario.take_shared();
    (scenario, w, shared)
}

fun end(scenario: Scenario, world: World, shared: SharedBlob) {
    world.check_with(shared.funds());
    destroy(world);
    test_scenario::return_shared(shared);
    scenario.end();
}

#[test]
fun anyone_extends_out_of_the_funds() {
    let (mut scenario, mut w, mut shared) = shared(17);
    let money = w.money();
    let (system, ledger) = w.both_mut();
    shared.extend(system, ledger, 3, scenario.ctx());
    assert_eq!(shared.funds(), 2);
    assert_eq!(shared.blob().end_epoch(), 9);
    assert_eq!(w.money(), money);
    w.check_live(shared.blob().blob_id(), 9, 1);
    end(scenario, w, shared)
}

#[test]
fun anyone_adds_funds() {
    let (mut scenario, mut w, mut shared) = shared(0);
    let coin = w.take(5, scenario.ctx());
    shared.fund(coin);
    assert_eq!(event::events_by_type<BlobFunded>().length(), 1);
    assert_eq!(shared.funds(), 5);
    let (system, ledger) = w.both_mut();
    shared.extend(system, ledger, 1, scenario.ctx());
    assert_eq!(shared.funds(), 0);
    end(scenario, w, shared)
}

#[test, expected_failure(abort_code = balance::ENotEnough, location = balance)]
fun extending_beyond_the_funds() {
    let (mut scenario, mut w, mut shared) = shared(4);
    let (system, ledger) = w.both_mut();
    shared.extend(system, ledger, 1, scenario.ctx());
    end(scenario, w, shared)
}

#[test, expected_failure(abort_code = system::EBeyondHorizon, location = system)]
fun draining_the_funds_beyond_the_horizon() {
    let (mut scenario, mut w, mut shared) = shared(100_000);
    let (system, ledger) = w.both_mut();
    // Five epochs are paid for, and the horizon is 53.
    shared.extend(system, ledger, 48, scenario.ctx());
    assert_eq!(shared.blob().end_epoch(), 54);
    shared.extend(system, ledger, 1, scenario.ctx());
    end(scenario, w, shared)
}

#[test, expected_failure(abort_code = blob::EExpired, location = blob)]
fun extending_what_is_over() {
    let (mut scenario, mut w, mut shared) = shared(100);
    5u64.do!(|_| {
        let (storage_price, write_price) = w.system().prices();
        let next = floe::committee_tests::committee(w.system().epoch() + 1, vector[4, 3, 2, 1]);
        let (paid, _) = w.system_mut().advance(next, storage_price, write_price, 1);
        destroy(paid);
    });
    let (system, ledger) = w.both_mut();
    shared.extend(system, ledger, 1, scenario.ctx());
    end(scenario, w, shared)
}

#[test, expected_failure(abort_code = ledger::EInvalidId, location = ledger)]
fun extending_an_invalid_blob() {
    let (mut scenario, mut w, mut shared) = shared(100);
    w.invalidate(shared.blob().blob_id(), 1);
    let (system, ledger) = w.both_mut();
    shared.extend(system, ledger, 1, scenario.ctx());
    end(scenario, w, shared)
}

#[test, expected_failure(abort_code = shared_blob::ENotCertified, location = shared_blob)]
fun sharing_before_the_certificate() {
    let mut ctx = tx_context::dummy();
    let mut w = blob_world::new(&mut ctx);
    let blob = w.register(1, 2, false, &mut ctx);
    shared_blob::new_funded(blob, coin::zero<WAL>(&mut ctx), &mut ctx);
    w.end()
}
