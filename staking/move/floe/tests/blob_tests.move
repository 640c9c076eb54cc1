/// Blobs from registration to their end: costs, certificates, refunds, extension, deletion, barred ids, attributes. Signatures
/// are not checked in this VM; bytes and weights are.
#[test_only]
module floe::blob_tests;

use floe::accounting;
use floe::blob;
use floe::blob_world::{Self, World};
use floe::committee;
use floe::encoding;
use floe::events::{BlobCertified, BlobDeleted, BlobRegistered};
use floe::ledger::{Self, BlobSequenced, DepositSettled};
use floe::message;
use floe::storage_resource;
use floe::system;
use std::unit_test::{assert_eq, destroy};
use sui::balance;
use sui::coin;
use sui::dynamic_field;
use sui::event;
use wal::wal::WAL;

const MIB: u64 = 1_048_576;
/// What registering a blob of the tests costs (write price of one mebibyte), and the deposit.
const COST: u64 = 1_001;
const DEPOSIT: u64 = 1_001;
const RS2: u8 = 1;

fun world(): (World, TxContext) {
    let mut ctx = tx_context::dummy();
    let world = blob_world::new(&mut ctx);
    (world, ctx)
}

// === Registering ===

#[test]
fun registering_takes_cost_and_deposit() {
    let (mut w, mut ctx) = world();
    let storage = w.reserve(1, 2, &mut ctx);
    let before = w.money();
    let blob = w.register_in(storage, 77, 1_000, true, &mut ctx);
    assert_eq!(w.money(), before - COST - DEPOSIT);
    assert_eq!(w.ledger().deposit_of(object::id(&blob)), DEPOSIT);
    let (cost, deposit) = w.system().register_cost(1_000, RS2);
    assert_eq!(cost, COST);
    assert_eq!(deposit, DEPOSIT);
    assert_eq!(blob.blob_id(), blob_world::id_of(77, 1_000));
    assert_eq!(blob.size(), 1_000);
    assert_eq!(blob.encoding_type(), RS2);
    assert_eq!(blob.registered_epoch(), 1);
    assert_eq!(blob.certified_epoch(), option::none());
    assert_eq!(blob.end_epoch(), 3);
    assert_eq!(blob.storage().size(), MIB);
    assert!(blob.is_deletable());
    assert_eq!(event::events_by_type<BlobRegistered>().length(), 1);
    // The cost is paid to the nodes of this epoch, together with the storage; the deposit is not.
    let (paid, _) = w.next_epoch();
    assert_eq!(paid, COST + blob_world::storage_price());
    destroy(blob);
    w.end()
}

#[test]
fun cost_and_deposit_follow_the_encoded_size() {
    let (mut w, mut ctx) = world();
    // 10 shards: P = 4, S = 7; a blob of 1,834,952 bytes is the largest, of 6.9 MiB encoded.
    assert_eq!(encoding::encoded_size(1_834_952, 10, RS2), 7_215_460);
    let storage = w.reserve(7, 1, &mut ctx);
    let blob = w.register_in(storage, 1, 1_834_952, false, &mut ctx);
    assert_eq!(w.ledger().deposit_of(object::id(&blob)), 7 * 1_001);
    destroy(blob);
    w.end()
}

#[test]
fun deposits_are_rounded_down() {
    let mut ctx = tx_context::dummy();
    let w = blob_world::with_factor(15_000, &mut ctx);
    let (cost, deposit) = w.system().register_cost(1, RS2);
    assert_eq!(cost, 1_001);
    assert_eq!(deposit, 500);
    w.end();
    let w = blob_world::with_factor(100_000, &mut ctx);
    let (_, deposit) = w.system().register_cost(1, RS2);
    assert_eq!(deposit, 9_009);
    w.end()
}

#[test]
fun a_factor_of_one_takes_no_deposit() {
    let mut ctx = tx_context::dummy();
    let mut w = blob_world::with_factor(10_000, &mut ctx);
    let mut blob = w.register(5, 2, false, &mut ctx);
    assert_eq!(w.ledger().deposit_of(object::id(&blob)), 0);
    assert_eq!(w.certify(&mut blob, 0xf, &mut ctx), 0);
    destroy(blob);
    w.end()
}

#[test, expected_failure(abort_code = system::ECostOverflow, location = system)]
fun a_cost_beyond_64_bits() {
    let (mut w, _) = world();
    w.next_epoch_with(1, std::u64::max_value!(), 100 * MIB);
    // One unit still fits, and so does its deposit; seven units do not.
    let (cost, deposit) = w.system().register_cost(1_000, RS2);
    assert_eq!(cost, std::u64::max_value!());
    assert_eq!(deposit, std::u64::max_value!());
    w.system().register_cost(1_834_952, RS2);
    abort 99
}

#[test, expected_failure(abort_code = system::ECostOverflow, location = system)]
fun a_deposit_beyond_64_bits() {
    let mut ctx = tx_context::dummy();
    let mut w = blob_world::with_factor(100_000, &mut ctx);
    w.next_epoch_with(1, std::u64::max_value!() / 2, 100 * MIB);
    w.system().register_cost(1_000, RS2);
    abort 99
}

#[test]
fun encoded_size_may_fill_the_reservation_to_the_byte() {
    let (mut w, mut ctx) = world();
    let mut storage = w.reserve(1, 2, &mut ctx);
    let encoded = encoding::encoded_size(1_000, 10, RS2);
    let rest = storage.split_by_size(encoded, &mut ctx);
    let blob = w.register_in(storage, 1, 1_000, true, &mut ctx);
    assert_eq!(blob.storage().size(), encoded);
    destroy(blob);
    destroy(rest);
    w.end()
}

#[test, expected_failure(abort_code = blob::ETooSmall, location = blob)]
fun reservation_a_byte_too_small() {
    let (mut w, mut ctx) = world();
    let mut storage = w.reserve(1, 2, &mut ctx);
    let rest = storage.split_by_size(encoding::encoded_size(1_000, 10, RS2) - 1, &mut ctx);
    destroy(rest);
    destroy(w.register_in(storage, 1, 1_000, true, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = blob::ENotCovered, location = blob)]
fun reservation_of_the_future() {
    let (mut w, mut ctx) = world();
    let mut storage = w.reserve(1, 3, &mut ctx);
    let later = storage.split_by_epoch(2, &mut ctx);
    destroy(storage);
    destroy(w.register_in(later, 1, 1_000, true, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = blob::ENotCovered, location = blob)]
fun reservation_that_is_over() {
    let (mut w, mut ctx) = world();
    let storage = w.reserve(1, 1, &mut ctx);
    w.next_epoch();
    destroy(w.register_in(storage, 1, 1_000, true, &mut ctx));
    abort 99
}

#[test]
fun reservation_in_its_last_epoch() {
    let (mut w, mut ctx) = world();
    let storage = w.reserve(1, 2, &mut ctx);
    w.next_epoch();
    let mut blob = w.register_in(storage, 1, 1_000, true, &mut ctx);
    w.certify(&mut blob, 0xf, &mut ctx);
    destroy(blob);
    w.end()
}

fun register_raw(id: u256, root: u256, size: u64, encoding_type: u8) {
    let (mut w, mut ctx) = world();
    let storage = w.reserve(7, 1, &mut ctx);
    let mut coin = w.take(100_000, &mut ctx);
    let (system, ledger) = w.both_mut();
    destroy(
        system.register_blob(ledger, storage, id, root, size, encoding_type, false, &mut coin, &mut ctx),
    );
    abort 99
}

#[test, expected_failure(abort_code = blob::EWrongBlobId, location = blob)]
fun id_of_another_root() {
    register_raw(blob_world::id_of(1, 1_000), 2, 1_000, RS2)
}

#[test, expected_failure(abort_code = blob::EWrongBlobId, location = blob)]
fun id_of_another_size() {
    register_raw(blob_world::id_of(1, 1_000), 1, 999, RS2)
}

#[test, expected_failure(abort_code = encoding::EUnknownEncoding, location = encoding)]
fun unknown_encoding() {
    register_raw(encoding::derive_blob_id(1, 0, 1_000), 1, 1_000, 0)
}

#[test, expected_failure(abort_code = encoding::ETooLarge, location = encoding)]
fun blob_too_large() {
    register_raw(blob_world::id_of(1, 1_834_953), 1, 1_834_953, RS2)
}

#[test, expected_failure(abort_code = balance::ENotEnough, location = balance)]
fun a_payment_of_the_cost_alone() {
    let (mut w, mut ctx) = world();
    let storage = w.reserve(1, 1, &mut ctx);
    let mut coin = w.take(COST + DEPOSIT - 1, &mut ctx);
    let id = blob_world::id_of(1, 1_000);
    let (system, ledger) = w.both_mut();
    destroy(system.register_blob(ledger, storage, id, 1, 1_000, RS2, false, &mut coin, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = system::EPaused, location = system)]
fun a_pause_stops_registering() {
    let (mut w, mut ctx) = world();
    let storage = w.reserve(1, 2, &mut ctx);
    w.system_mut().set_paused(true);
    destroy(w.register_in(storage, 1, 1_000, true, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = system::EGenesis, location = system)]
fun nothing_is_registered_in_epoch_0() {
    let mut ctx = tx_context::dummy();
    let mut w = blob_world::genesis(20_000, &mut ctx);
    let storage = storage_resource::new(0, 5, MIB, &mut ctx);
    destroy(w.register_in(storage, 1, 1_000, true, &mut ctx));
    abort 99
}

// === Certifying ===

#[test]
fun refund_grows_with_the_signatures() {
    // Of ten shards seven are a quorum: deposit * (w - 7) / 3. The nodes hold 4, 3, 2, 1.
    let (mut w, mut ctx) = world();
    let refunds = vector[0, 333, 667, 1_001];
    let mut total = 0;
    vector[3u8, 0xb, 7, 0xf].do!(|bitmap| {
        let mut blob = w.register(bitmap as u256, 2, false, &mut ctx);
        let refund = w.certify(&mut blob, bitmap, &mut ctx);
        total = total + refund;
        let (deposits, burns) = w.ledger().held();
        assert_eq!(deposits, 0);
        assert_eq!(burns, event::events_by_type<DepositSettled>().length() * DEPOSIT - total);
        assert_eq!(blob.certified_epoch(), option::some(1));
        destroy(blob);
    });
    assert_eq!(total, refunds.fold!(0, |a, b| a + b));
    w.end()
}

#[test]
fun refund_formula() {
    // 1,000 shards: a quorum is 667, and 333 shards beyond it share the deposit.
    let mut ctx = tx_context::dummy();
    let mut l = ledger::create_for_testing(&mut ctx);
    let deposits = vector[0, 1, 332, 333, 1_000_000_007, std::u64::max_value!()];
    let mut id = 0;
    deposits.do!(|amount| {
        vector[0u16, 1, 166, 332, 333].do!(|beyond| {
            id = id + 1;
            let object = sui::address::from_u256(id).to_id();
            l.deposit(object, 1, balance::create_for_testing(amount));
            assert_eq!(l.deposit_of(object), amount);
            let refund = l.settle(object, 1, beyond, 333);
            assert_eq!(
                refund.value(),
                ((amount as u256) * (beyond as u256) / 333) as u64,
            );
            let (held, burns) = l.held();
            assert_eq!(held, 0);
            assert_eq!(burns + refund.value(), amount);
            destroy(refund);
            destroy(l.burns());
        })
    });
    destroy(l)
}

#[test]
fun refund_until_the_end_of_the_next_epoch() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 5, false, &mut ctx);
    w.next_epoch();
    assert_eq!(w.certify(&mut blob, 0xf, &mut ctx), DEPOSIT);
    assert_eq!(blob.certified_epoch(), option::some(2));
    destroy(blob);
    w.end()
}

#[test]
fun no_refund_in_the_epoch_after_that() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 5, false, &mut ctx);
    w.skip_epochs(2);
    // Whether somebody burned the deposit before makes no difference.
    assert_eq!(w.certify(&mut blob, 0xf, &mut ctx), 0);
    let (deposits, burns) = w.ledger().held();
    assert_eq!(deposits, 0);
    assert_eq!(burns, DEPOSIT);
    let mut other = w.register(2, 5, false, &mut ctx);
    w.skip_epochs(2);
    w.burn_deposit(object::id(&other));
    assert_eq!(w.certify(&mut other, 0xf, &mut ctx), 0);
    let (deposits, burns) = w.ledger().held();
    assert_eq!(deposits, 0);
    assert_eq!(burns, 2 * DEPOSIT);
    destroy(blob);
    destroy(other);
    w.end()
}

#[test]
fun anyone_burns_a_deposit_that_is_over() {
    let (mut w, mut ctx) = world();
    let blob = w.register(1, 5, true, &mut ctx);
    let id = object::id(&blob);
    w.burn(blob);
    w.skip_epochs(2);
    w.burn_deposit(id);
    let (deposits, burns) = w.ledger().held();
    assert_eq!(deposits, 0);
    assert_eq!(burns, DEPOSIT);
    assert_eq!(w.ledger().deposit_of(id), 0);
    w.end()
}

#[test, expected_failure(abort_code = ledger::ETooEarly, location = ledger)]
fun nobody_burns_a_deposit_before() {
    let (mut w, mut ctx) = world();
    let blob = w.register(1, 5, true, &mut ctx);
    w.next_epoch();
    w.burn_deposit(object::id(&blob));
    abort 99
}

#[test, expected_failure(abort_code = ledger::ENoDeposit, location = ledger)]
fun nobody_burns_a_deposit_twice() {
    let (mut w, mut ctx) = world();
    let blob = w.register(1, 5, true, &mut ctx);
    w.skip_epochs(2);
    w.burn_deposit(object::id(&blob));
    w.burn_deposit(object::id(&blob));
    abort 99
}

#[test]
fun burned_deposits_leave_the_supply() {
    let mut scenario = sui::test_scenario::begin(@0xa);
    wal::wal::init_for_testing(scenario.ctx());
    scenario.next_tx(@0xa);
    let mut treasury: wal::wal::ProtectedTreasury = scenario.take_shared();
    let coin = wal::faucet::mint(&mut treasury, 900, scenario.ctx());
    let mut l = ledger::create_for_testing(scenario.ctx());
    let object = @0x1.to_id();
    l.deposit(object, 1, coin.into_balance());
    l.burn(&mut treasury, scenario.ctx());
    assert_eq!(treasury.total_supply(), 900);
    let refund = l.settle(object, 1, 1, 3);
    assert_eq!(refund.value(), 300);
    l.burn(&mut treasury, scenario.ctx());
    assert_eq!(treasury.total_supply(), 300);
    let (deposits, burns) = l.held();
    assert_eq!(deposits + burns, 0);
    destroy(refund);
    destroy(l);
    sui::test_scenario::return_shared(treasury);
    scenario.end();
}

#[test]
fun a_refund_can_be_kept_by_the_sender() {
    let mut scenario = sui::test_scenario::begin(@0xb);
    let mut w = blob_world::new(scenario.ctx());
    let mut blob = w.register(1, 5, true, scenario.ctx());
    let message = blob_world::stored(1, &blob);
    let (system, ledger) = w.both_mut();
    system.certify_blob_and_keep(ledger, &mut blob, x"", x"0f", message, scenario.ctx());
    scenario.next_tx(@0xb);
    let refund: coin::Coin<WAL> = scenario.take_from_sender();
    assert_eq!(refund.value(), DEPOSIT);
    w.give(refund);
    destroy(blob);
    w.end();
    scenario.end();
}

#[test]
fun certifying_tells_what_walrus_tells() {
    let (mut w, mut ctx) = world();
    let blob = w.store(1, 5, false, &mut ctx);
    let (id, object) = (blob.blob_id(), object::id(&blob));
    assert_eq!(
        std::bcs::to_bytes(&event::events_by_type<BlobCertified>()[0]),
        certified_event(1, id, 6, false, object, false),
    );
    assert_eq!(
        std::bcs::to_bytes(&event::events_by_type<BlobRegistered>()[0]),
        {
            let mut bytes = vector[1u8, 0, 0, 0];
            bytes.append(std::bcs::to_bytes(&id));
            bytes.append(std::bcs::to_bytes(&1_000u64));
            bytes.append(vector[RS2, 6, 0, 0, 0, 0]);
            bytes.append(object.to_bytes());
            bytes
        },
    );
    destroy(blob);
    w.end()
}

fun certified_event(
    epoch: u32,
    id: u256,
    end: u32,
    deletable: bool,
    object: ID,
    is_extension: bool,
): vector<u8> {
    let mut bytes = std::bcs::to_bytes(&epoch);
    bytes.append(std::bcs::to_bytes(&id));
    bytes.append(std::bcs::to_bytes(&end));
    bytes.append(std::bcs::to_bytes(&deletable));
    bytes.append(object.to_bytes());
    bytes.append(std::bcs::to_bytes(&is_extension));
    bytes
}

#[test]
fun layout_of_the_objects() {
    let (mut w, mut ctx) = world();
    let blob = w.store(1, 5, true, &mut ctx);
    let mut bytes = object::id(&blob).to_bytes();
    bytes.append(x"01000000");
    bytes.append(std::bcs::to_bytes(&blob.blob_id()));
    bytes.append(x"e803000000000000");
    bytes.push_back(RS2);
    bytes.append(x"0101000000");
    bytes.append(object::id(blob.storage()).to_bytes());
    bytes.append(x"0100000006000000");
    bytes.append(x"0000100000000000");
    bytes.push_back(1);
    assert_eq!(std::bcs::to_bytes(&blob), bytes);
    destroy(blob);
    w.end()
}

#[test, expected_failure(abort_code = committee::ENotEnough, location = committee)]
fun below_a_quorum() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 5, false, &mut ctx);
    // 4 + 2 of 10 shards.
    w.certify(&mut blob, 5, &mut ctx);
    abort 99
}

#[test, expected_failure(abort_code = blob::ECertified, location = blob)]
fun certifying_twice() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 5, false, &mut ctx);
    w.certify(&mut blob, 0xf, &mut ctx);
    abort 99
}

#[test, expected_failure(abort_code = blob::EExpired, location = blob)]
fun certifying_what_is_over() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 1, false, &mut ctx);
    w.next_epoch();
    w.certify(&mut blob, 0xf, &mut ctx);
    abort 99
}

/// Certifies the blob of root 1 with a message whose body is a blob id and what follows it.
fun certify_with(deletable: bool, intent: u8, epoch: u32, id: u256, kind: vector<u8>) {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 5, deletable, &mut ctx);
    let mut body = std::bcs::to_bytes(&id);
    body.append(kind);
    let message = blob_world::message(intent, epoch, body);
    let (system, ledger) = w.both_mut();
    destroy(system.certify_blob(ledger, &mut blob, x"", x"0f", message, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = message::EWrongEpoch, location = message)]
fun certificate_of_another_epoch() {
    certify_with(false, 1, 2, blob_world::id_of(1, 1_000), x"00")
}

#[test, expected_failure(abort_code = message::EWrongBody, location = message)]
fun certificate_of_another_blob() {
    certify_with(false, 1, 1, blob_world::id_of(2, 1_000), x"00")
}

#[test, expected_failure(abort_code = message::EWrongBody, location = message)]
fun certificate_of_a_permanent_blob_for_a_deletable_one() {
    certify_with(true, 1, 1, blob_world::id_of(1, 1_000), x"00")
}

#[test, expected_failure(abort_code = message::EWrongBody, location = message)]
fun certificate_of_another_object() {
    certify_with(
        true,
        1,
        1,
        blob_world::id_of(1, 1_000),
        x"010000000000000000000000000000000000000000000000000000000000000001",
    )
}

#[test, expected_failure(abort_code = message::EWrongIntent, location = message)]
fun certificate_of_another_kind() {
    certify_with(false, 2, 1, blob_world::id_of(1, 1_000), x"00")
}

#[test]
fun a_pause_does_not_stop_certifying() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 2, true, &mut ctx);
    w.system_mut().set_paused(true);
    assert_eq!(w.certify(&mut blob, 0xf, &mut ctx), DEPOSIT);
    w.extend(&mut blob, 1, &mut ctx);
    destroy(w.delete(blob));
    w.end()
}

// === Sequence numbers and live objects ===

#[test]
fun each_id_has_one_index() {
    let (mut w, mut ctx) = world();
    assert_eq!(w.ledger().sequenced(), 0);
    let a = w.store(1, 2, false, &mut ctx);
    let b = w.store(2, 3, true, &mut ctx);
    assert_eq!(w.ledger().sequenced(), 2);
    assert_eq!(w.ledger().index_of(a.blob_id()), option::some(0));
    assert_eq!(w.ledger().index_of(b.blob_id()), option::some(1));
    assert_eq!(w.ledger().index_of(blob_world::id_of(3, 1_000)), option::none());
    // Another object of the same id, after the first was deleted: the same index.
    let id = b.blob_id();
    destroy(w.delete(b));
    w.check_live(id, 0, 0);
    let c = w.store(2, 4, true, &mut ctx);
    assert_eq!(w.ledger().sequenced(), 2);
    w.check_live(id, 5, 1);
    assert_eq!(event::events_by_type<BlobSequenced>().length(), 2);
    destroy(vector[a, c]);
    w.end()
}

#[test]
fun registering_gives_no_index() {
    let (mut w, mut ctx) = world();
    let blob = w.register(1, 2, true, &mut ctx);
    assert_eq!(w.ledger().sequenced(), 0);
    destroy(w.delete(blob));
    assert_eq!(w.ledger().sequenced(), 0);
    w.end()
}

#[test]
fun live_objects_and_latest_end() {
    let (mut w, mut ctx) = world();
    let short = w.store(1, 2, false, &mut ctx);
    let id = short.blob_id();
    w.check_live(id, 3, 1);
    let long = w.store(1, 50, true, &mut ctx);
    w.check_live(id, 51, 2);
    let also_short = w.store(1, 2, true, &mut ctx);
    w.check_live(id, 51, 3);
    // Who deletes the long one gets its storage back: nobody pays for the blob until 51 any more.
    destroy(w.delete(long));
    w.check_live(id, 3, 2);
    destroy(w.delete(also_short));
    w.check_live(id, 3, 1);
    w.skip_epochs(2);
    w.check_live(id, 0, 0);
    assert_eq!(w.ledger().ends_of(id), 1);
    // What is over is forgotten when an object is added: a record never holds more ends than the horizon has epochs.
    let again = w.store(1, 2, false, &mut ctx);
    assert_eq!(w.ledger().ends_of(id), 1);
    w.check_live(id, 5, 1);
    destroy(vector[short, again]);
    w.end()
}

#[test]
fun certified_since_the_last_gap() {
    let (mut w, mut ctx) = world();
    let mut first = w.store(1, 2, true, &mut ctx);
    let id = first.blob_id();
    assert_eq!(w.certified_since(id), 1);
    // Extending, and another object that goes on, leave no gap.
    w.next_epoch();
    w.extend(&mut first, 1, &mut ctx);
    assert_eq!(w.certified_since(id), 1);
    let second = w.store(1, 4, true, &mut ctx);
    w.skip_epochs(2);
    w.check_live(id, 6, 1);
    assert_eq!(w.certified_since(id), 1);
    // After the end, and after the last object was deleted, it is stored anew.
    w.skip_epochs(2);
    let third = w.store(1, 4, true, &mut ctx);
    assert_eq!(w.certified_since(id), 6);
    w.next_epoch();
    destroy(w.delete(third));
    let fourth = w.store(1, 2, false, &mut ctx);
    assert_eq!(w.certified_since(id), 7);
    destroy(vector[first, second, fourth]);
    w.end()
}

#[test]
fun a_burned_object_keeps_the_blob_stored() {
    let (mut w, mut ctx) = world();
    let blob = w.store(1, 2, true, &mut ctx);
    let id = blob.blob_id();
    w.burn(blob);
    w.check_live(id, 3, 1);
    w.skip_epochs(2);
    w.check_live(id, 0, 0);
    w.end()
}

#[test]
fun objects_with_many_ends() {
    // One end in each epoch of the horizon, then half of them deleted, from the latest on.
    let (mut w, mut ctx) = world();
    w.mint(10_000_000, &mut ctx);
    let id = blob_world::id_of(1, 1_000);
    let mut blobs = vector[];
    53u64.do!(|i| {
        blobs.push_back(w.store(1, (i as u32) + 1, true, &mut ctx));
        w.check_live(id, (i as u32) + 2, (i as u32) + 1);
    });
    26u32.do!(|i| {
        destroy(w.delete(blobs.pop_back()));
        w.check_live(id, 53 - i, 52 - i);
    });
    w.skip_epochs(20);
    w.check_live(id, 28, 7);
    blobs.push_back(w.store(1, 1, true, &mut ctx));
    w.check_live(id, 28, 8);
    destroy(blobs);
    w.end()
}

// === Extending ===

#[test]
fun extending_buys_more_epochs() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, false, &mut ctx);
    let before = w.money();
    w.extend(&mut blob, 3, &mut ctx);
    assert_eq!(w.money(), before - 3 * blob_world::storage_price());
    assert_eq!(blob.end_epoch(), 6);
    assert_eq!(blob.storage().start_epoch(), 1);
    w.check_live(blob.blob_id(), 6, 1);
    let (_, used) = w.system().capacity(5);
    assert_eq!(used, MIB);
    let (_, used) = w.system().capacity(6);
    assert_eq!(used, 0);
    assert_eq!(
        std::bcs::to_bytes(&event::events_by_type<BlobCertified>()[1]),
        certified_event(1, blob.blob_id(), 6, false, object::id(&blob), true),
    );
    destroy(blob);
    w.end()
}

#[test]
fun extending_at_the_price_of_the_day() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, false, &mut ctx);
    w.next_epoch_with(50, 1, 100 * MIB);
    let before = w.money();
    w.extend(&mut blob, 1, &mut ctx);
    assert_eq!(w.money(), before - 50);
    destroy(blob);
    w.end()
}

#[test]
fun extending_to_the_horizon() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 1, false, &mut ctx);
    w.extend(&mut blob, 52, &mut ctx);
    assert_eq!(blob.end_epoch(), 54);
    w.next_epoch();
    w.extend(&mut blob, 1, &mut ctx);
    assert_eq!(blob.end_epoch(), 55);
    destroy(blob);
    w.end()
}

#[test, expected_failure(abort_code = system::EBeyondHorizon, location = system)]
fun extending_beyond_the_horizon() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 1, false, &mut ctx);
    w.extend(&mut blob, 53, &mut ctx);
    abort 99
}

#[test, expected_failure(abort_code = system::EEmpty, location = system)]
fun extending_by_nothing() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 1, false, &mut ctx);
    w.extend(&mut blob, 0, &mut ctx);
    abort 99
}

#[test]
fun extending_into_the_last_free_byte() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, false, &mut ctx);
    w.next_epoch_with(1, 1, MIB);
    w.extend(&mut blob, 1, &mut ctx);
    destroy(blob);
    w.end()
}

#[test, expected_failure(abort_code = accounting::EFull, location = accounting)]
fun extending_above_a_fallen_capacity() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, false, &mut ctx);
    w.next_epoch_with(1, 1, MIB - 1);
    w.extend(&mut blob, 1, &mut ctx);
    abort 99
}

#[test, expected_failure(abort_code = blob::ENotCertified, location = blob)]
fun extending_what_is_not_certified() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 2, false, &mut ctx);
    w.extend(&mut blob, 1, &mut ctx);
    abort 99
}

#[test, expected_failure(abort_code = blob::EExpired, location = blob)]
fun extending_what_is_over() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, false, &mut ctx);
    w.skip_epochs(2);
    w.extend(&mut blob, 1, &mut ctx);
    abort 99
}

#[test, expected_failure(abort_code = balance::ENotEnough, location = balance)]
fun extending_for_nothing() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, false, &mut ctx);
    let mut coin = coin::zero<WAL>(&mut ctx);
    let (system, ledger) = w.both_mut();
    system.extend_blob(ledger, &mut blob, 1, &mut coin, &mut ctx);
    abort 99
}

#[test]
fun extending_with_a_reservation() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, false, &mut ctx);
    let mut storage = w.reserve(1, 9, &mut ctx);
    let later = storage.split_by_epoch(3, &mut ctx);
    let before = w.money();
    w.extend_with(&mut blob, later);
    assert_eq!(w.money(), before);
    assert_eq!(blob.end_epoch(), 10);
    w.check_live(blob.blob_id(), 10, 1);
    destroy(storage);
    destroy(blob);
    w.end()
}

#[test, expected_failure(abort_code = blob::ENoExtension, location = blob)]
fun extending_into_the_past() {
    let (mut w, mut ctx) = world();
    let a = w.reserve(1, 3, &mut ctx);
    w.next_epoch();
    let mut storage = w.reserve(1, 3, &mut ctx);
    let later = storage.split_by_epoch(4, &mut ctx);
    // Epochs 1 to 3, joined before 4: later, but from the wrong side.
    storage.destroy();
    let mut blob = w.register_in(a, 1, 1_000, false, &mut ctx);
    w.certify(&mut blob, 0xf, &mut ctx);
    w.extend_with(&mut blob, later);
    assert_eq!(blob.end_epoch(), 5);
    w.extend_with(&mut blob, storage_resource::new(0, 1, MIB, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = blob::ENoExtension, location = blob)]
fun extending_with_a_gap() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, false, &mut ctx);
    let mut storage = w.reserve(1, 9, &mut ctx);
    let later = storage.split_by_epoch(4, &mut ctx);
    destroy(storage);
    w.extend_with(&mut blob, later);
    abort 99
}

#[test, expected_failure(abort_code = storage_resource::EIncompatible, location = storage_resource)]
fun extending_with_a_smaller_reservation() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, false, &mut ctx);
    let mut storage = w.reserve(1, 9, &mut ctx);
    let mut later = storage.split_by_epoch(3, &mut ctx);
    destroy(later.split_by_size(MIB - 1, &mut ctx));
    destroy(storage);
    w.extend_with(&mut blob, later);
    abort 99
}

#[test, expected_failure(abort_code = blob::ENotCertified, location = blob)]
fun extending_with_a_reservation_what_is_not_certified() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 2, false, &mut ctx);
    w.extend_with(&mut blob, storage_resource::new(3, 4, MIB, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = blob::EExpired, location = blob)]
fun extending_with_a_reservation_what_is_over() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, false, &mut ctx);
    w.skip_epochs(2);
    w.extend_with(&mut blob, storage_resource::new(3, 4, MIB, &mut ctx));
    abort 99
}

// === Deleting ===

#[test]
fun deleting_gives_the_storage_back() {
    let (mut w, mut ctx) = world();
    let blob = w.store(1, 4, true, &mut ctx);
    w.next_epoch();
    let (id, object) = (blob.blob_id(), object::id(&blob));
    let storage = w.delete(blob);
    assert_eq!(storage.start_epoch(), 1);
    assert_eq!(storage.end_epoch(), 5);
    assert_eq!(storage.size(), MIB);
    let mut bytes = vector[2u8, 0, 0, 0];
    bytes.append(std::bcs::to_bytes(&id));
    bytes.append(vector[5u8, 0, 0, 0]);
    bytes.append(object.to_bytes());
    bytes.push_back(1);
    assert_eq!(std::bcs::to_bytes(&event::events_by_type<BlobDeleted>()[0]), bytes);
    // It holds another blob.
    let mut next = w.register_in(storage, 2, 1_000, true, &mut ctx);
    w.certify(&mut next, 0xf, &mut ctx);
    destroy(next);
    w.end()
}

#[test]
fun deleting_before_the_certificate_burns_the_deposit() {
    let (mut w, mut ctx) = world();
    let blob = w.register(1, 4, true, &mut ctx);
    destroy(w.delete(blob));
    let (deposits, burns) = w.ledger().held();
    assert_eq!(deposits, 0);
    assert_eq!(burns, DEPOSIT);
    w.end()
}

#[test]
fun deleting_and_registering_again_never_pays() {
    let (mut w, mut ctx) = world();
    let mut storage = w.reserve(1, 9, &mut ctx);
    let id = blob_world::id_of(1, 1_000);
    let before = w.money();
    5u64.do!(|i| {
        let mut blob = w.register_in(storage, 1, 1_000, true, &mut ctx);
        w.certify(&mut blob, 0xf, &mut ctx);
        w.check_live(id, 10, 1);
        storage = w.delete(blob);
        w.check_live(id, 0, 0);
        assert_eq!(w.money(), before - (i + 1) * COST);
    });
    assert_eq!(w.ledger().sequenced(), 1);
    destroy(storage);
    w.end()
}

#[test, expected_failure(abort_code = blob::ENotDeletable, location = blob)]
fun deleting_a_permanent_blob() {
    let (mut w, mut ctx) = world();
    let blob = w.store(1, 4, false, &mut ctx);
    destroy(w.delete(blob));
    abort 99
}

#[test, expected_failure(abort_code = blob::EExpired, location = blob)]
fun deleting_what_is_over() {
    let (mut w, mut ctx) = world();
    let blob = w.store(1, 4, true, &mut ctx);
    w.skip_epochs(4);
    destroy(w.delete(blob));
    abort 99
}

// === Barred ids ===

#[test]
fun invalid_and_denied_ids() {
    let (mut w, mut ctx) = world();
    let id = blob_world::id_of(1, 1_000);
    let blob = w.store(1, 4, true, &mut ctx);
    assert!(!w.ledger().is_invalid(id) && !w.ledger().is_denied(id));
    // Four of ten shards: one of them is honest.
    w.invalidate(id, 1);
    assert!(w.ledger().is_invalid(id) && !w.ledger().is_denied(id));
    w.deny(id, 1);
    assert!(w.ledger().is_denied(id));
    let mut body = vector[1u8, 0, 0, 0];
    body.append(std::bcs::to_bytes(&id));
    assert_eq!(std::bcs::to_bytes(&event::events_by_type<floe::events::InvalidBlobID>()[0]), body);
    assert_eq!(std::bcs::to_bytes(&event::events_by_type<floe::events::DenyListBlobDeleted>()[0]), body);
    // The owner still gets the storage back.
    destroy(w.delete(blob));
    w.end()
}

#[test, expected_failure(abort_code = committee::ENotEnough, location = committee)]
fun too_few_call_an_id_invalid() {
    let (mut w, _) = world();
    w.invalidate(5, 2);
    abort 99
}

#[test, expected_failure(abort_code = committee::ENotEnough, location = committee)]
fun too_few_deny_an_id() {
    let (mut w, _) = world();
    w.deny(5, 2);
    abort 99
}

#[test, expected_failure(abort_code = ledger::EInvalidId, location = ledger)]
fun invalid_twice() {
    let (mut w, _) = world();
    w.invalidate(5, 1);
    w.invalidate(5, 1);
    abort 99
}

#[test, expected_failure(abort_code = ledger::EDeniedId, location = ledger)]
fun denied_twice() {
    let (mut w, _) = world();
    w.deny(5, 1);
    w.deny(5, 1);
    abort 99
}

#[test, expected_failure(abort_code = message::EWrongIntent, location = message)]
fun an_invalid_id_is_not_a_denied_one() {
    let (mut w, _) = world();
    let message = blob_world::message(2, 1, std::bcs::to_bytes(&5u256));
    let (system, ledger) = w.both_mut();
    system.deny_blob_id(ledger, x"", x"01", message);
    abort 99
}

#[test, expected_failure(abort_code = ledger::EInvalidId, location = ledger)]
fun registering_an_invalid_id() {
    let (mut w, mut ctx) = world();
    w.invalidate(blob_world::id_of(1, 1_000), 1);
    destroy(w.register(1, 2, true, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = ledger::EDeniedId, location = ledger)]
fun registering_a_denied_id() {
    let (mut w, mut ctx) = world();
    w.deny(blob_world::id_of(1, 1_000), 1);
    destroy(w.register(1, 2, true, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = ledger::EInvalidId, location = ledger)]
fun certifying_an_invalid_id() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 2, true, &mut ctx);
    w.invalidate(blob.blob_id(), 1);
    w.certify(&mut blob, 0xf, &mut ctx);
    abort 99
}

#[test, expected_failure(abort_code = ledger::EDeniedId, location = ledger)]
fun certifying_a_denied_id() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 2, true, &mut ctx);
    w.deny(blob.blob_id(), 1);
    w.certify(&mut blob, 0xf, &mut ctx);
    abort 99
}

#[test, expected_failure(abort_code = ledger::EInvalidId, location = ledger)]
fun extending_an_invalid_id() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, true, &mut ctx);
    w.invalidate(blob.blob_id(), 1);
    w.extend(&mut blob, 1, &mut ctx);
    abort 99
}

#[test, expected_failure(abort_code = ledger::EDeniedId, location = ledger)]
fun extending_a_denied_id_with_a_reservation() {
    let (mut w, mut ctx) = world();
    let mut blob = w.store(1, 2, true, &mut ctx);
    w.deny(blob.blob_id(), 1);
    w.extend_with(&mut blob, storage_resource::new(3, 4, MIB, &mut ctx));
    abort 99
}

// === Attributes ===

#[test]
fun attributes() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 2, true, &mut ctx);
    assert_eq!(blob.attribute(b"a".to_string()), option::none());
    blob.set_attribute(b"a".to_string(), b"1".to_string());
    blob.set_attribute(b"b".to_string(), b"".to_string());
    blob.set_attribute(b"a".to_string(), b"2".to_string());
    assert_eq!(blob.attribute(b"a".to_string()), option::some(b"2".to_string()));
    assert_eq!(blob.attribute(b"b".to_string()), option::some(b"".to_string()));
    blob.remove_attribute(b"a".to_string());
    assert_eq!(blob.attribute(b"a".to_string()), option::none());
    // They go with the blob.
    destroy(w.delete(blob));
    w.end()
}

#[test]
fun as_many_and_as_long_attributes_as_may_be() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 2, true, &mut ctx);
    let value = vector::tabulate!(2_048, |_| 0x61).to_string();
    64u8.do!(|i| blob.set_attribute(vector::tabulate!(128, |_| i + 1).to_string(), value));
    // One of the same name takes no room.
    blob.set_attribute(vector::tabulate!(128, |_| 64).to_string(), b"".to_string());
    w.burn(blob);
    w.end()
}

fun set(count: u64, key: u64, value: u64) {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 2, true, &mut ctx);
    count.do!(|i| blob.set_attribute(vector[0x61, i as u8].to_string(), b"".to_string()));
    blob.set_attribute(
        vector::tabulate!(key, |_| 0x61).to_string(),
        vector::tabulate!(value, |_| 0x61).to_string(),
    );
    abort 99
}

#[test, expected_failure(abort_code = blob::EBadAttribute, location = blob)]
fun one_attribute_too_many() {
    set(64, 1, 1)
}

#[test, expected_failure(abort_code = blob::EBadAttribute, location = blob)]
fun attribute_without_a_name() {
    set(0, 0, 1)
}

#[test, expected_failure(abort_code = blob::EBadAttribute, location = blob)]
fun attribute_with_too_long_a_name() {
    set(0, 129, 1)
}

#[test, expected_failure(abort_code = blob::EBadAttribute, location = blob)]
fun attribute_with_too_long_a_value() {
    set(0, 1, 2_049)
}

#[test, expected_failure(abort_code = sui::vec_map::EKeyDoesNotExist, location = sui::vec_map)]
fun removing_an_attribute_that_is_not_there() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 2, true, &mut ctx);
    blob.set_attribute(b"a".to_string(), b"".to_string());
    blob.remove_attribute(b"b".to_string());
    abort 99
}

#[test, expected_failure(abort_code = dynamic_field::EFieldDoesNotExist, location = dynamic_field)]
fun removing_the_first_attribute() {
    let (mut w, mut ctx) = world();
    let mut blob = w.register(1, 2, true, &mut ctx);
    blob.remove_attribute(b"b".to_string());
    abort 99
}
