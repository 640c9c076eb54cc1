/// The system over epochs: genesis, the change of epochs, deny lists, protocol versions, migration, shared objects.
#[test_only]
module floe::system_tests;

use floe::blob_world::{Self, World};
use floe::committee;
use floe::committee_tests::{Self, node};
use floe::deny_list;
use floe::events::{DenyListUpdate, PricesUpdated, ProtocolVersionUpdated, RegisterDenyListUpdate};
use floe::ledger::{Self, Ledger};
use floe::message;
use floe::protocol_version;
use floe::system::{Self, System};
use std::bcs;
use std::unit_test::{assert_eq, destroy};
use sui::coin;
use sui::event;
use sui::test_scenario;
use wal::wal::WAL;

const MIB: u64 = 1_048_576;

fun world(): (World, TxContext) {
    let mut ctx = tx_context::dummy();
    let world = blob_world::new(&mut ctx);
    (world, ctx)
}

// === Genesis and epochs ===

#[test]
fun genesis_shares_system_and_ledger() {
    let mut scenario = test_scenario::begin(@0xa);
    let system_id = system::create(10, 53, 20_000, 5, 6, 7 * MIB, scenario.ctx());
    let ledger_id = ledger::create(scenario.ctx());
    scenario.next_tx(@0xb);
    let system: System = scenario.take_shared();
    let ledger: Ledger = scenario.take_shared();
    assert_eq!(object::id(&system), system_id);
    assert_eq!(object::id(&ledger), ledger_id);
    assert_eq!(system.epoch(), 0);
    assert_eq!(system.committee().size(), 0);
    assert_eq!(system.committee().n_shards(), 10);
    assert_eq!(system.horizon(), 53);
    let (storage_price, write_price) = system.prices();
    assert_eq!(storage_price, 5);
    assert_eq!(write_price, 6);
    let (capacity, used) = system.capacity(127);
    assert_eq!(capacity, 7 * MIB);
    assert_eq!(used, 0);
    assert!(!system.is_paused());
    test_scenario::return_shared(system);
    test_scenario::return_shared(ledger);
    scenario.end();
}

fun create(n_shards: u16, horizon: u32, write_factor_bp: u64) {
    let mut ctx = tx_context::dummy();
    destroy(system::create_for_testing(n_shards, horizon, write_factor_bp, 1, 1, 1, &mut ctx))
}

#[test]
fun least_parameters() { create(4, 1, 10_000) }

#[test]
fun largest_parameters() { create(4_096, 128, 100_000) }

#[test, expected_failure(abort_code = system::EBadParameter, location = system)]
fun three_shards() { create(3, 53, 20_000) }

#[test, expected_failure(abort_code = system::EBadParameter, location = system)]
fun too_many_shards() { create(4_097, 53, 20_000) }

#[test, expected_failure(abort_code = system::EBadParameter, location = system)]
fun no_horizon() { create(10, 0, 20_000) }

#[test, expected_failure(abort_code = system::EBadParameter, location = system)]
fun a_horizon_beyond_the_ring() { create(10, 129, 20_000) }

#[test, expected_failure(abort_code = system::EBadParameter, location = system)]
fun a_factor_below_one() { create(10, 53, 9_999) }

#[test, expected_failure(abort_code = system::EBadParameter, location = system)]
fun a_factor_above_ten() { create(10, 53, 100_001) }

#[test]
fun advancing_brings_committee_prices_and_capacity() {
    let (mut w, _) = world();
    let (paid, used) = w.next_epoch_with(8, 9, 10 * MIB);
    assert_eq!(paid, 0);
    assert_eq!(used, 0);
    assert_eq!(w.system().epoch(), 2);
    assert_eq!(w.system().committee().size(), 4);
    let (storage_price, write_price) = w.system().prices();
    assert_eq!(storage_price, 8);
    assert_eq!(write_price, 9);
    let (capacity, _) = w.system().capacity(2);
    assert_eq!(capacity, 10 * MIB);
    let events = event::events_by_type<PricesUpdated>();
    let mut bytes = vector[2u8, 0, 0, 0];
    bytes.append(bcs::to_bytes(&8u64));
    bytes.append(bcs::to_bytes(&9u64));
    assert_eq!(bcs::to_bytes(&events[events.length() - 1]), bytes);
    w.end()
}

#[test, expected_failure(abort_code = system::EWrongCommittee, location = system)]
fun a_committee_of_a_later_epoch() {
    let (mut w, _) = world();
    let next = committee_tests::committee(3, vector[4, 3, 2, 1]);
    destroy_paid(w.system_mut(), next);
    abort 99
}

#[test, expected_failure(abort_code = system::EWrongCommittee, location = system)]
fun a_committee_of_the_same_epoch() {
    let (mut w, _) = world();
    let next = committee_tests::committee(1, vector[4, 3, 2, 1]);
    destroy_paid(w.system_mut(), next);
    abort 99
}

#[test, expected_failure(abort_code = system::EWrongCommittee, location = system)]
fun a_committee_with_another_number_of_shards() {
    let (mut w, _) = world();
    let next = committee_tests::committee(2, vector[4, 3, 2, 2]);
    destroy_paid(w.system_mut(), next);
    abort 99
}

fun destroy_paid(system: &mut System, next: committee::Committee) {
    let (paid, _) = system.advance(next, 1, 1, MIB);
    destroy(paid)
}

/// The worked example of the documents: a blob of 1 MiB among 1,000 shards, certified with the signatures of 900.
#[test]
fun the_money_of_a_blob() {
    let mut ctx = tx_context::dummy();
    let mut system = system::create_for_testing(1_000, 53, 20_000, 5, 1_000, 1_000 * MIB, &mut ctx);
    let mut ledger = ledger::create_for_testing(&mut ctx);
    let mut purse = coin::mint_for_testing<WAL>(3_350 + 2 * 67_000 + 3 * 67 * 5, &mut ctx);
    let first = committee_tests::committee(1, vector[667, 233, 100]);
    let (paid, _) = system.advance(first, 5, 1_000, 1_000 * MIB);
    paid.destroy_zero();
    let storage = system.reserve_space(70_038_000, 10, &mut purse, &mut ctx);
    let id = blob_world::id_of(7, MIB);
    let mut blob =
        system.register_blob(&mut ledger, storage, id, 7, MIB, 1, true, &mut purse, &mut ctx);
    assert_eq!(purse.value(), 3 * 67 * 5);
    let message = blob_world::stored(1, &blob);
    let refund = system.certify_blob(&mut ledger, &mut blob, x"", x"03", message, &mut ctx);
    assert_eq!(refund.value(), 46_879);
    let (_, burns) = ledger.held();
    assert_eq!(burns, 20_121);
    system.extend_blob(&mut ledger, &mut blob, 3, &mut purse, &mut ctx);
    assert_eq!(purse.value(), 0);
    13u64.do!(|i| {
        let next = committee_tests::committee((i as u32) + 2, vector[1_000]);
        let (paid, used) = system.advance(next, 5, 1_000, 1_000 * MIB);
        assert_eq!(paid.value(), if (i == 0) 67_335 else 335);
        assert_eq!(used, 70_038_000);
        destroy(paid)
    });
    assert_eq!(system.held(), 0);
    destroy(purse);
    destroy(refund);
    destroy(blob);
    destroy(ledger);
    destroy(system)
}

// === Deny lists ===

fun confirm(w: &World, bitmap: u8, node: ID, sequence: u64, size: u64, root: u256) {
    let mut body = node.to_bytes();
    body.append(bcs::to_bytes(&sequence));
    body.append(bcs::to_bytes(&size));
    body.append(bcs::to_bytes(&root));
    let message = blob_world::message(4, w.system().epoch(), body);
    w.system().confirm_deny_list(x"", vector[bitmap], message)
}

#[test]
fun the_largest_list_of_the_epoch_counts() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(50, 9, &mut ctx));
    let n = node(1);
    assert_eq!(w.system().denied_size(n), 0);
    w.system_mut().register_deny_list(n, 7, 10 * MIB);
    assert_eq!(w.system().denied_size(n), 10 * MIB);
    w.system_mut().register_deny_list(n, 8, 30 * MIB);
    assert_eq!(w.system().denied_size(n), 30 * MIB);
    // Lowering it late gains nothing in this epoch,
    w.system_mut().register_deny_list(n, 9, 0);
    assert_eq!(w.system().denied_size(n), 30 * MIB);
    w.next_epoch();
    // holds from the next on,
    assert_eq!(w.system().denied_size(n), 0);
    w.system_mut().register_deny_list(n, 9, 20 * MIB);
    w.skip_epochs(2);
    assert_eq!(w.system().denied_size(n), 20 * MIB);
    // and what was in effect at the start of an epoch counts too.
    w.system_mut().register_deny_list(n, 9, 5 * MIB);
    assert_eq!(w.system().denied_size(n), 20 * MIB);
    w.system_mut().register_deny_list(n, 9, 6 * MIB);
    assert_eq!(w.system().denied_size(n), 20 * MIB);
    w.next_epoch();
    assert_eq!(w.system().denied_size(n), 6 * MIB);
    // Others are not concerned.
    assert_eq!(w.system().denied_size(node(2)), 0);
    w.end()
}

#[test]
fun a_list_counts_no_more_than_what_is_used() {
    let (mut w, mut ctx) = world();
    w.system_mut().register_deny_list(node(1), 7, std::u64::max_value!());
    assert_eq!(w.system().denied_size(node(1)), 0);
    destroy(w.reserve(50, 1, &mut ctx));
    assert_eq!(w.system().denied_size(node(1)), 50 * MIB);
    w.next_epoch();
    assert_eq!(w.system().denied_size(node(1)), 0);
    w.end()
}

#[test]
fun lists_are_numbered_and_confirmed() {
    let (mut w, _) = world();
    w.system_mut().register_deny_list(node(1), 7, 100);
    w.system_mut().register_deny_list(node(1), 8, 200);
    w.system_mut().register_deny_list(node(2), 9, 300);
    let mut bytes = vector[1u8, 0, 0, 0];
    bytes.append(bcs::to_bytes(&8u256));
    bytes.append(bcs::to_bytes(&2u64));
    bytes.append(node(1).to_bytes());
    assert_eq!(bcs::to_bytes(&event::events_by_type<RegisterDenyListUpdate>()[1]), bytes);
    confirm(&w, 3, node(1), 2, 200, 8);
    assert_eq!(bcs::to_bytes(&event::events_by_type<DenyListUpdate>()[0]), bytes);
    confirm(&w, 3, node(2), 1, 300, 9);
    w.end()
}

#[test, expected_failure(abort_code = deny_list::ENotRegistered, location = deny_list)]
fun confirming_an_older_list() {
    let (mut w, _) = world();
    w.system_mut().register_deny_list(node(1), 7, 100);
    w.system_mut().register_deny_list(node(1), 7, 100);
    confirm(&w, 3, node(1), 1, 100, 7);
    abort 99
}

#[test, expected_failure(abort_code = deny_list::ENotRegistered, location = deny_list)]
fun confirming_another_size() {
    let (mut w, _) = world();
    w.system_mut().register_deny_list(node(1), 7, 100);
    confirm(&w, 3, node(1), 1, 99, 7);
    abort 99
}

#[test, expected_failure(abort_code = deny_list::ENotRegistered, location = deny_list)]
fun confirming_another_root() {
    let (mut w, _) = world();
    w.system_mut().register_deny_list(node(1), 7, 100);
    confirm(&w, 3, node(1), 1, 100, 8);
    abort 99
}

#[test, expected_failure(abort_code = deny_list::ENotRegistered, location = deny_list)]
fun confirming_no_list() {
    let (w, _) = world();
    confirm(&w, 3, node(1), 0, 0, 0);
    abort 99
}

#[test, expected_failure(abort_code = committee::ENotEnough, location = committee)]
fun confirming_with_too_few() {
    let (mut w, _) = world();
    w.system_mut().register_deny_list(node(1), 7, 100);
    confirm(&w, 5, node(1), 1, 100, 7);
    abort 99
}

// === Protocol versions ===

fun set_version(w: &mut World, bitmap: u8, start: u32, version: u64) {
    let mut body = bcs::to_bytes(&start);
    body.append(bcs::to_bytes(&version));
    let message = blob_world::message(6, w.system().epoch(), body);
    w.system_mut().update_protocol_version(x"", vector[bitmap], message)
}

#[test]
fun a_version_starts_when_it_says() {
    let (mut w, _) = world();
    assert_eq!(w.system().protocol_version(1), 1);
    set_version(&mut w, 3, 3, 2);
    assert_eq!(w.system().protocol_version(2), 1);
    assert_eq!(w.system().protocol_version(3), 2);
    let mut bytes = vector[1u8, 0, 0, 0, 3, 0, 0, 0];
    bytes.append(bcs::to_bytes(&2u64));
    assert_eq!(bcs::to_bytes(&event::events_by_type<ProtocolVersionUpdated>()[0]), bytes);
    w.skip_epochs(2);
    // One that starts at once.
    set_version(&mut w, 3, 3, 7);
    assert_eq!(w.system().protocol_version(3), 7);
    assert_eq!(w.system().protocol_version(2), 2);
    w.end()
}

#[test]
fun a_version_that_has_not_started_is_replaced() {
    let (mut w, _) = world();
    set_version(&mut w, 3, 3, 2);
    set_version(&mut w, 3, 5, 3);
    assert_eq!(w.system().protocol_version(4), 1);
    assert_eq!(w.system().protocol_version(5), 3);
    w.end()
}

#[test, expected_failure(abort_code = protocol_version::EBadVersion, location = protocol_version)]
fun the_same_version() {
    let (mut w, _) = world();
    set_version(&mut w, 3, 3, 1);
    abort 99
}

#[test, expected_failure(abort_code = protocol_version::EBadVersion, location = protocol_version)]
fun a_version_from_the_past() {
    let (mut w, _) = world();
    w.next_epoch();
    set_version(&mut w, 3, 1, 2);
    abort 99
}

#[test, expected_failure(abort_code = committee::ENotEnough, location = committee)]
fun a_version_without_a_quorum() {
    let (mut w, _) = world();
    set_version(&mut w, 1, 3, 2);
    abort 99
}

#[test, expected_failure(abort_code = message::EWrongEpoch, location = message)]
fun a_version_signed_in_another_epoch() {
    let (mut w, _) = world();
    let message = blob_world::message(6, 2, x"030000000200000000000000");
    w.system_mut().update_protocol_version(x"", x"03", message);
    abort 99
}

// === Versions of the state ===

#[test]
fun migrating_keeps_the_state() {
    let (mut w, mut ctx) = world();
    let blob = w.store(1, 2, true, &mut ctx);
    let (system, ledger) = w.both_mut();
    system.age();
    ledger.age();
    system.migrate();
    ledger.migrate();
    assert_eq!(w.ledger().sequenced(), 1);
    destroy(w.delete(blob));
    w.end()
}

#[test, expected_failure(abort_code = system::EWrongVersion, location = system)]
fun a_system_of_another_version() {
    let (mut w, _) = world();
    w.system_mut().age();
    w.system().epoch();
    abort 99
}

#[test, expected_failure(abort_code = system::EWrongVersion, location = system)]
fun changing_a_system_of_another_version() {
    let (mut w, _) = world();
    w.system_mut().age();
    w.system_mut().set_paused(true);
    abort 99
}

#[test, expected_failure(abort_code = ledger::EWrongVersion, location = ledger)]
fun a_ledger_of_another_version() {
    let (mut w, _) = world();
    w.ledger_mut().age();
    w.ledger().sequenced();
    abort 99
}

#[test, expected_failure(abort_code = ledger::EWrongVersion, location = ledger)]
fun changing_a_ledger_of_another_version() {
    let (mut w, _) = world();
    w.ledger_mut().age();
    w.ledger_mut().invalidate(1, 1);
    abort 99
}

#[test, expected_failure(abort_code = system::EWrongVersion, location = system)]
fun migrating_a_system_that_is_new() {
    let (mut w, _) = world();
    w.system_mut().migrate();
    abort 99
}

#[test, expected_failure(abort_code = ledger::EWrongVersion, location = ledger)]
fun migrating_a_ledger_that_is_new() {
    let (mut w, _) = world();
    w.ledger_mut().migrate();
    abort 99
}
