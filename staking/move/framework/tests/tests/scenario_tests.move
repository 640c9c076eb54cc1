#[test_only]
/// What becomes of objects from transaction to transaction, and what natives refuse.
module framework_tests::scenario_tests;

use std::unit_test::assert_eq;
use sui::address;
use sui::bls12381;
use sui::dynamic_field as df;
use sui::dynamic_object_field as dof;
use sui::ed25519;
use sui::event;
use sui::test_scenario::{Self, Scenario};
use sui::test_utils;
use sui::types;

const ALICE: address = @0xA;
const BOB: address = @0xB;

/// An object that others can be inside of, or be fields of.
public struct Case has key, store {
    id: UID,
    inner: Option<Thing>,
    extra: vector<UID>,
}

public struct Thing has key, store {
    id: UID,
    value: u64,
}

public enum Nest has store {
    Empty,
    Full { thing: Thing, others: vector<Thing> },
}

public struct Nested has key {
    id: UID,
    nest: Nest,
}

public struct Generic<phantom T> has key, store {
    id: UID,
}

public struct Ping has copy, drop {
    number: u64,
}

public struct Pong<T: copy + drop> has copy, drop {
    value: T,
}

public struct SCENARIO_TESTS has drop {}

public struct OTHER has drop {}

fun thing(value: u64, scenario: &mut Scenario): Thing {
    Thing { id: scenario.new_object(), value }
}

fun case(scenario: &mut Scenario): Case {
    Case { id: scenario.new_object(), inner: option::none(), extra: vector[] }
}

fun end(thing: Thing) {
    let Thing { id, value: _ } = thing;
    id.delete()
}

fun end_case(case: Case): Option<Thing> {
    let Case { id, inner, extra } = case;
    extra.destroy!(|id| id.delete());
    id.delete();
    inner
}

#[test]
fun effects_are_in_the_order_of_transfers() {
    let mut scenario = test_scenario::begin(ALICE);
    let things = vector::tabulate!(4, |i| thing(i, &mut scenario));
    let ids = things.map_ref!(|t| object::id(t));
    let mut i = 4u64;
    things.do!(|t| {
        i = i - 1;
        if (i == 0) transfer::share_object(t)
        else if (i == 1) transfer::public_freeze_object(t)
        else transfer::public_transfer(t, if (i == 2) BOB else ALICE)
    });
    let effects = scenario.next_tx(BOB);
    assert_eq!(effects.created(), ids);
    assert_eq!(effects.written(), vector[]);
    assert_eq!(effects.deleted(), vector[]);
    assert_eq!(effects.shared(), vector[ids[3]]);
    assert_eq!(effects.frozen(), vector[ids[2]]);
    let owners = effects.transferred_to_account();
    assert_eq!(owners.size(), 2);
    assert_eq!(*owners.get(&ids[0]), ALICE);
    assert_eq!(*owners.get(&ids[1]), BOB);
    assert_eq!(effects.transferred_to_object().size(), 0);
    assert_eq!(scenario.num_concluded_txes(), 1);
    scenario.end();
}

#[test]
fun the_latest_object_is_the_one_that_came_last() {
    let mut scenario = test_scenario::begin(ALICE);
    let a = thing(1, &mut scenario);
    let b = thing(2, &mut scenario);
    let (id_a, id_b) = (object::id(&a), object::id(&b));
    transfer::public_transfer(b, ALICE);
    transfer::public_transfer(a, ALICE);
    scenario.next_tx(ALICE);
    assert_eq!(scenario.ids_for_sender<Thing>(), vector[id_b, id_a]);
    assert_eq!(scenario.most_recent_id_for_sender<Thing>(), option::some(id_a));
    let a: Thing = scenario.take_from_sender();
    assert_eq!(a.value, 1);
    assert!(scenario.was_taken_from_sender(id_a));
    assert!(!scenario.was_taken_from_sender(id_b));
    // What is taken is still in the list of all, and no longer the latest.
    assert_eq!(scenario.most_recent_id_for_sender<Thing>(), option::some(id_b));
    assert_eq!(scenario.ids_for_sender<Thing>().length(), 2);
    let b: Thing = scenario.take_from_sender_by_id(id_b);
    assert!(!scenario.has_most_recent_for_sender<Thing>());
    scenario.return_to_sender(a);
    scenario.return_to_sender(b);
    scenario.next_tx(ALICE);
    assert_eq!(scenario.ids_for_sender<Thing>(), vector[id_a, id_b]);
    assert!(!scenario.was_taken_from_sender(id_a));
    scenario.end();
}

#[test, expected_failure(abort_code = 4, location = sui::test_scenario)]
fun objects_are_taken_once() {
    let mut scenario = test_scenario::begin(ALICE);
    let a = thing(1, &mut scenario);
    let id = object::id(&a);
    transfer::public_transfer(a, ALICE);
    scenario.next_tx(ALICE);
    let a: Thing = scenario.take_from_sender_by_id(id);
    let b: Thing = scenario.take_from_sender_by_id(id);
    test_utils::destroy(a);
    test_utils::destroy(b);
    scenario.end();
}

#[test, expected_failure(abort_code = 4, location = sui::test_scenario)]
fun returned_objects_are_back_in_the_next_transaction_only() {
    let mut scenario = test_scenario::begin(ALICE);
    let a = thing(1, &mut scenario);
    let id = object::id(&a);
    transfer::public_transfer(a, ALICE);
    scenario.next_tx(ALICE);
    let a: Thing = scenario.take_from_sender_by_id(id);
    scenario.return_to_sender(a);
    let a: Thing = scenario.take_from_sender_by_id(id);
    test_utils::destroy(a);
    scenario.end();
}

#[test, expected_failure(abort_code = 4, location = sui::test_scenario)]
fun objects_are_taken_from_their_owner() {
    let mut scenario = test_scenario::begin(ALICE);
    let a = thing(1, &mut scenario);
    let id = object::id(&a);
    transfer::public_transfer(a, ALICE);
    scenario.next_tx(BOB);
    let a: Thing = scenario.take_from_sender_by_id(id);
    test_utils::destroy(a);
    scenario.end();
}

#[test, expected_failure(abort_code = 4, location = sui::test_scenario)]
fun objects_are_taken_as_their_type() {
    let mut scenario = test_scenario::begin(ALICE);
    let a = Generic<u64> { id: scenario.new_object() };
    let id = object::id(&a);
    transfer::public_transfer(a, ALICE);
    scenario.next_tx(ALICE);
    assert!(scenario.has_most_recent_for_sender<Generic<u64>>());
    assert!(!scenario.has_most_recent_for_sender<Generic<u8>>());
    let a: Generic<u8> = scenario.take_from_sender_by_id(id);
    test_utils::destroy(a);
    scenario.end();
}

#[test, expected_failure(abort_code = test_scenario::EEmptyInventory, location = test_scenario)]
fun there_is_nothing_to_take() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::public_transfer(thing(1, &mut scenario), ALICE);
    // Not before the transaction has ended.
    let a: Thing = scenario.take_from_sender();
    test_utils::destroy(a);
    scenario.end();
}

#[test, expected_failure(abort_code = test_scenario::ECantReturnObject, location = test_scenario)]
fun what_was_not_taken_is_not_returned() {
    let mut scenario = test_scenario::begin(ALICE);
    let a = thing(1, &mut scenario);
    scenario.return_to_sender(a);
    scenario.end();
}

#[test, expected_failure(abort_code = test_scenario::ECantReturnObject, location = test_scenario)]
fun shared_objects_are_not_returned_to_accounts() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::share_object(thing(1, &mut scenario));
    scenario.next_tx(ALICE);
    let a: Thing = scenario.take_shared();
    scenario.return_to_sender(a);
    scenario.end();
}

#[test, expected_failure(abort_code = 1, location = sui::test_scenario)]
fun shared_objects_stay_shared() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::share_object(thing(1, &mut scenario));
    scenario.next_tx(ALICE);
    let a: Thing = scenario.take_shared();
    transfer::public_transfer(a, ALICE);
    scenario.next_tx(ALICE);
    scenario.end();
}

#[test, expected_failure(abort_code = 1, location = sui::test_scenario)]
fun shared_objects_are_not_frozen() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::share_object(thing(1, &mut scenario));
    scenario.next_tx(ALICE);
    let a: Thing = scenario.take_shared();
    transfer::public_freeze_object(a);
    scenario.end();
}

#[test]
fun shared_objects_may_end() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::share_object(thing(1, &mut scenario));
    scenario.next_tx(ALICE);
    let a: Thing = scenario.take_shared();
    let id = object::id(&a);
    end(a);
    assert_eq!(scenario.next_tx(ALICE).deleted(), vector[id]);
    assert!(!test_scenario::has_most_recent_shared<Thing>());
    scenario.end();
}

#[test, expected_failure(abort_code = 1, location = sui::test_scenario)]
fun shared_objects_are_not_wrapped() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::share_object(thing(1, &mut scenario));
    scenario.next_tx(ALICE);
    let mut case = case(&mut scenario);
    case.inner.fill(scenario.take_shared());
    transfer::public_transfer(case, ALICE);
    scenario.end();
}

#[test, expected_failure(abort_code = 1, location = sui::test_scenario)]
fun shared_objects_do_not_become_fields() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::share_object(thing(1, &mut scenario));
    scenario.next_tx(ALICE);
    let mut case = case(&mut scenario);
    dof::add(&mut case.id, 1u8, scenario.take_shared<Thing>());
    transfer::public_transfer(case, ALICE);
    scenario.end();
}

#[test, expected_failure(abort_code = 0, location = sui::transfer)]
fun owned_objects_are_not_shared() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::public_transfer(thing(1, &mut scenario), ALICE);
    scenario.next_tx(ALICE);
    let a: Thing = scenario.take_from_sender();
    transfer::public_share_object(a);
    scenario.end();
}

#[test, expected_failure(abort_code = 0, location = sui::transfer)]
fun unwrapped_objects_are_not_shared() {
    let mut scenario = test_scenario::begin(ALICE);
    let mut case = case(&mut scenario);
    case.inner.fill(thing(1, &mut scenario));
    transfer::public_transfer(case, ALICE);
    scenario.next_tx(ALICE);
    let thing = end_case(scenario.take_from_sender()).destroy_some();
    transfer::public_share_object(thing);
    scenario.end();
}

#[test, expected_failure(abort_code = 1, location = sui::test_scenario)]
fun immutable_objects_do_not_change() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::public_freeze_object(thing(1, &mut scenario));
    scenario.next_tx(ALICE);
    let mut a: Thing = scenario.take_immutable();
    a.value = 2;
    test_scenario::return_immutable(a);
    scenario.end();
}

#[test, expected_failure(abort_code = 1, location = sui::test_scenario)]
fun immutable_objects_do_not_end() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::public_freeze_object(thing(1, &mut scenario));
    scenario.next_tx(ALICE);
    end(scenario.take_immutable());
    scenario.end();
}

#[test, expected_failure(abort_code = 1, location = sui::test_scenario)]
fun immutable_objects_are_not_handed_on() {
    let mut scenario = test_scenario::begin(ALICE);
    transfer::public_freeze_object(thing(1, &mut scenario));
    scenario.next_tx(ALICE);
    let a: Thing = scenario.take_immutable();
    assert!(test_scenario::was_taken_immutable(object::id(&a)));
    transfer::public_transfer(a, BOB);
    scenario.end();
}

#[test]
fun wrapped_objects_are_deleted_until_they_are_unwrapped() {
    let mut scenario = test_scenario::begin(ALICE);
    let a = thing(1, &mut scenario);
    let id = object::id(&a);
    transfer::public_transfer(a, ALICE);
    transfer::public_transfer(case(&mut scenario), ALICE);
    scenario.next_tx(ALICE);
    let mut case: Case = scenario.take_from_sender();
    case.inner.fill(scenario.take_from_sender());
    let case_id = object::id(&case);
    scenario.return_to_sender(case);
    let effects = scenario.next_tx(ALICE);
    assert_eq!(effects.written(), vector[case_id]);
    assert_eq!(effects.deleted(), vector[id]);
    assert!(!scenario.has_most_recent_for_sender<Thing>());
    let mut case: Case = scenario.take_from_sender();
    let a = case.inner.extract();
    transfer::public_transfer(a, BOB);
    scenario.return_to_sender(case);
    let effects = scenario.next_tx(BOB);
    assert_eq!(effects.created(), vector[]);
    assert_eq!(effects.written(), vector[id, case_id]);
    let a: Thing = scenario.take_from_sender();
    assert_eq!(object::id(&a), id);
    end(a);
    scenario.end();
}

#[test]
fun wrapped_objects_are_found_in_vectors_and_variants() {
    let mut scenario = test_scenario::begin(ALICE);
    let inside = thing(1, &mut scenario);
    let more = vector[thing(2, &mut scenario), thing(3, &mut scenario)];
    let mut ids = more.map_ref!(|t| object::id(t));
    ids.push_back(object::id(&inside));
    let nested = Nested { id: scenario.new_object(), nest: Nest::Full { thing: inside, others: more } };
    transfer::transfer(nested, ALICE);
    let mut empty = case(&mut scenario);
    empty.extra.push_back(scenario.new_object());
    transfer::public_transfer(empty, ALICE);
    let nothing = Nested { id: scenario.new_object(), nest: Nest::Empty };
    transfer::transfer(nothing, BOB);
    let effects = scenario.next_tx(ALICE);
    let deleted = effects.deleted();
    assert_eq!(deleted.length(), 3);
    assert!(ids.all!(|id| deleted.contains(id)));
    scenario.end();
}

#[test]
fun new_objects_that_end_leave_no_trace() {
    let mut scenario = test_scenario::begin(ALICE);
    end(thing(1, &mut scenario));
    let mut case = case(&mut scenario);
    df::add(&mut case.id, 1u8, 2u8);
    let two: u8 = df::remove(&mut case.id, 1u8);
    assert_eq!(two, 2);
    let id = object::id(&case);
    transfer::public_transfer(case, ALICE);
    let effects = scenario.next_tx(ALICE);
    assert_eq!(effects.created(), vector[id]);
    assert_eq!(effects.deleted(), vector[]);
    scenario.end();
}

#[test]
fun fields_stay_with_their_object() {
    let mut scenario = test_scenario::begin(ALICE);
    let mut case = case(&mut scenario);
    df::add(&mut case.id, b"a", 1u64);
    let a = thing(7, &mut scenario);
    let id = object::id(&a);
    dof::add(&mut case.id, b"a", a);
    let case_id = object::id(&case);
    transfer::public_transfer(case, BOB);
    let effects = scenario.next_tx(BOB);
    assert_eq!(effects.created(), vector[case_id]);
    let mut case: Case = scenario.take_from_sender();
    *df::borrow_mut(&mut case.id, b"a") = 2u64;
    dof::borrow_mut<_, Thing>(&mut case.id, b"a").value = 8;
    scenario.return_to_sender(case);
    let effects = scenario.next_tx(BOB);
    assert_eq!(effects.written(), vector[case_id]);
    let mut case: Case = scenario.take_from_sender();
    assert_eq!(*df::borrow(&case.id, b"a"), 2u64);
    assert_eq!(dof::id(&case.id, b"a"), option::some(id));
    let a: Thing = dof::remove(&mut case.id, b"a");
    assert_eq!(a.value, 8);
    transfer::public_transfer(a, ALICE);
    scenario.return_to_sender(case);
    let effects = scenario.next_tx(ALICE);
    assert_eq!(effects.written(), vector[id, case_id]);
    end(scenario.take_from_sender());
    scenario.end();
}

#[test]
fun fields_of_fields() {
    let mut scenario = test_scenario::begin(ALICE);
    let mut outer = case(&mut scenario);
    let mut inner = case(&mut scenario);
    dof::add(&mut inner.id, 0u64, thing(5, &mut scenario));
    dof::add(&mut outer.id, @0x1, inner);
    transfer::public_share_object(outer);
    scenario.next_tx(BOB);
    let mut outer: Case = scenario.take_shared();
    let inner: &mut Case = dof::borrow_mut(&mut outer.id, @0x1);
    assert!(dof::exists_with_type<_, Thing>(&inner.id, 0u64));
    assert!(!dof::exists_with_type<_, Case>(&inner.id, 0u64));
    assert!(!dof::exists_(&inner.id, 0u32));
    let thing: Thing = dof::remove(&mut inner.id, 0u64);
    assert_eq!(thing.value, 5);
    df::add(&mut inner.id, 0u64, thing);
    assert!(df::exists_with_type<u64, Thing>(&inner.id, 0));
    test_scenario::return_shared(outer);
    scenario.next_tx(BOB);
    let mut outer: Case = scenario.take_shared();
    let mut inner: Case = dof::remove(&mut outer.id, @0x1);
    let thing: Thing = df::remove(&mut inner.id, 0u64);
    end(thing);
    end_case(inner).destroy_none();
    end_case(outer).destroy_none();
    scenario.end();
}

#[test]
fun names_of_fields_have_types() {
    let mut scenario = test_scenario::begin(ALICE);
    let mut case = case(&mut scenario);
    df::add(&mut case.id, 1u8, true);
    df::add(&mut case.id, 1u16, b"two");
    df::add(&mut case.id, vector[1u8], option::some(3u256));
    df::add(&mut case.id, Ping { number: 1 }.number, 4u128);
    assert_eq!(*df::borrow(&case.id, 1u8), true);
    assert_eq!(*df::borrow(&case.id, 1u16), b"two");
    assert_eq!(*df::borrow(&case.id, vector[1u8]), option::some(3u256));
    assert_eq!(df::remove_if_exists(&mut case.id, 1u64), option::some(4u128));
    assert_eq!(df::remove_if_exists<u64, u128>(&mut case.id, 1u64), option::none());
    // The same name again, now of another type of value, in the same transaction.
    df::add(&mut case.id, 1u64, 4u64);
    assert_eq!(df::remove(&mut case.id, 1u64), 4u64);
    transfer::public_transfer(case, ALICE);
    scenario.end();
}

#[test, expected_failure(abort_code = 2, location = sui::dynamic_field)]
fun removed_fields_remember_their_type() {
    let mut scenario = test_scenario::begin(ALICE);
    let mut case = case(&mut scenario);
    df::add(&mut case.id, 1u8, true);
    let _: bool = df::remove(&mut case.id, 1u8);
    let _: u8 = df::remove(&mut case.id, 1u8);
    transfer::public_transfer(case, ALICE);
    scenario.end();
}

#[test]
fun objects_are_received_once_or_given_back() {
    let mut scenario = test_scenario::begin(ALICE);
    let case = case(&mut scenario);
    let case_id = object::id(&case);
    let (a, b) = (thing(1, &mut scenario), thing(2, &mut scenario));
    let (id_a, id_b) = (object::id(&a), object::id(&b));
    transfer::public_transfer(a, case_id.to_address());
    transfer::public_transfer(b, case_id.to_address());
    transfer::public_transfer(case, ALICE);
    scenario.next_tx(ALICE);
    assert_eq!(test_scenario::receivable_object_ids_for_owner_id<Thing>(case_id), vector[id_a, id_b]);
    let mut case: Case = scenario.take_from_sender();
    let ticket = test_scenario::most_recent_receiving_ticket<Thing>(&case_id);
    assert_eq!(ticket.receiving_object_id(), id_b);
    let b = transfer::public_receive(&mut case.id, ticket);
    assert_eq!(b.value, 2);
    transfer::public_transfer(b, BOB);
    // A ticket that is given back, and one that is forgotten.
    test_scenario::return_receiving_ticket(test_scenario::receiving_ticket_by_id<Thing>(id_a));
    let _forgotten = test_scenario::receiving_ticket_by_id<Thing>(id_a);
    scenario.return_to_sender(case);
    let effects = scenario.next_tx(ALICE);
    assert_eq!(effects.created(), vector[]);
    assert_eq!(effects.written(), vector[id_b, case_id]);
    assert_eq!(test_scenario::receivable_object_ids_for_owner_id<Thing>(case_id), vector[id_a]);
    let mut case: Case = scenario.take_from_sender();
    let ticket = test_scenario::receiving_ticket_by_id<Thing>(id_a);
    case.inner.fill(transfer::receive(&mut case.id, ticket));
    scenario.return_to_sender(case);
    let effects = scenario.next_tx(ALICE);
    assert_eq!(effects.deleted(), vector[id_a]);
    scenario.end();
}

#[test, expected_failure(abort_code = 3, location = sui::transfer)]
fun objects_are_received_by_their_owner() {
    let mut scenario = test_scenario::begin(ALICE);
    let mut case = case(&mut scenario);
    let a = thing(1, &mut scenario);
    let id = object::id(&a);
    transfer::public_transfer(a, BOB);
    scenario.next_tx(ALICE);
    let ticket = test_scenario::receiving_ticket_by_id<Thing>(id);
    end(transfer::receive(&mut case.id, ticket));
    test_utils::destroy(case);
    scenario.end();
}

#[test, expected_failure(abort_code = 6, location = sui::test_scenario)]
fun tickets_are_given_out_once() {
    let mut scenario = test_scenario::begin(ALICE);
    let case = case(&mut scenario);
    let a = thing(1, &mut scenario);
    let id = object::id(&a);
    transfer::public_transfer(a, object::id_address(&case));
    scenario.next_tx(ALICE);
    let _one = test_scenario::receiving_ticket_by_id<Thing>(id);
    let _two = test_scenario::receiving_ticket_by_id<Thing>(id);
    test_utils::destroy(case);
    scenario.end();
}

#[test]
fun events_are_of_the_transaction() {
    let mut scenario = test_scenario::begin(ALICE);
    event::emit(Ping { number: 1 });
    event::emit(Pong { value: 2u8 });
    event::emit(Ping { number: 3 });
    event::emit(Pong { value: b"4" });
    assert_eq!(event::num_events(), 4);
    assert_eq!(event::events_by_type<Ping>(), vector[Ping { number: 1 }, Ping { number: 3 }]);
    assert_eq!(event::events_by_type<Pong<u8>>(), vector[Pong { value: 2 }]);
    assert_eq!(event::events_by_type<Pong<u64>>(), vector[]);
    assert_eq!(scenario.next_tx(ALICE).num_user_events(), 4);
    assert_eq!(event::num_events(), 0);
    scenario.end();
}

#[test]
fun transactions_have_facts() {
    let mut scenario = test_scenario::begin(ALICE);
    assert_eq!(scenario.ctx().sender(), ALICE);
    assert_eq!(scenario.ctx().ids_created(), 0);
    let id = scenario.ctx().fresh_object_address();
    assert_eq!(scenario.ctx().last_created_object_id(), id);
    assert_eq!(scenario.ctx().ids_created(), 1);
    assert!(scenario.ctx().fresh_object_address() != id);
    scenario.later_epoch(77, BOB);
    assert_eq!(scenario.ctx().sender(), BOB);
    assert_eq!(scenario.ctx().epoch(), 1);
    assert_eq!(scenario.ctx().epoch_timestamp_ms(), 77);
    assert_eq!(scenario.ctx().ids_created(), 0);
    assert_eq!(scenario.ctx().sponsor(), option::none());
    scenario.skip_to_epoch(5);
    assert_eq!(scenario.ctx().epoch(), 5);
    scenario.end();
}

#[test]
fun ids_depend_on_digest_and_number() {
    let mut one = tx_context::new_from_hint(ALICE, 9, 0, 0, 0);
    let first = one.fresh_object_address();
    let second = one.fresh_object_address();
    // 0xf1, the digest, the number
    let mut preimage = x"f10900000000000000000000000000000000000000000000000000000000000000";
    preimage.append(x"0000000000000000");
    assert_eq!(address::from_bytes(sui::hash::blake2b256(&preimage)), first);
    assert!(first != second);
    let mut same = tx_context::new_from_hint(BOB, 9, 3, 4, 1);
    assert_eq!(same.fresh_object_address(), second);
    let mut dummy = tx_context::dummy();
    assert!(dummy.fresh_object_address() != first);
}

#[test, expected_failure(abort_code = 1, location = sui::tx_context)]
fun no_id_was_made() {
    let ctx = tx_context::dummy();
    ctx.last_created_object_id();
}

#[test, expected_failure(abort_code = 0, location = sui::address)]
fun addresses_have_32_bytes() {
    address::from_bytes(x"00");
}

#[test]
fun addresses_are_big_endian_numbers() {
    assert_eq!(@0x0102.to_u256(), 0x0102);
    assert_eq!(address::from_u256(0xff << 248), @0xff00000000000000000000000000000000000000000000000000000000000000);
}

#[test]
fun witnesses() {
    let w = test_utils::create_one_time_witness<SCENARIO_TESTS>();
    assert!(types::is_one_time_witness(&w));
    assert!(!types::is_one_time_witness(&OTHER {}));
    assert!(!types::is_one_time_witness(&Ping { number: 0 }));
    assert!(!types::is_one_time_witness(&7u64));
}

#[test, expected_failure(abort_code = 1, location = sui::test_utils)]
fun no_witness() {
    let OTHER {} = test_utils::create_one_time_witness<OTHER>();
}

#[test, expected_failure(abort_code = 0, location = sui::test_utils)]
fun no_struct_is_a_witness() {
    test_utils::create_one_time_witness<u8>();
}

#[test]
fun ids_made_twice_are_one_object() {
    let mut scenario = test_scenario::begin(ALICE);
    let a = Thing { id: object::new(&mut tx_context::dummy()), value: 1 };
    let b = Thing { id: object::new(&mut tx_context::dummy()), value: 2 };
    let id = object::id(&a);
    assert_eq!(object::id(&b), id);
    transfer::public_transfer(a, ALICE);
    transfer::public_transfer(b, BOB);
    let effects = scenario.next_tx(BOB);
    assert_eq!(effects.created(), vector[id]);
    let b: Thing = scenario.take_from_sender();
    assert_eq!(b.value, 2);
    end(b);
    scenario.end();
}

#[test]
fun signatures_of_edge_cases() {
    // A key of small order and a point that is not canonical: allowed.
    assert!(ed25519::ed25519_verify(
        &x"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000",
        &x"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        &x"8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
    ));
    // A scalar that is not canonical: refused.
    assert!(!ed25519::ed25519_verify(
        &x"e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
        &x"442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        &x"85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
    ));
    assert!(!ed25519::ed25519_verify(&x"", &x"", &x""));
}

/// The Move VM of the compiler has no BLS12-381: what it says instead, interpreters of these tests must say as well.
#[test]
fun the_curve_is_not_there() {
    assert!(bls12381::bls12381_min_pk_verify(&x"", &x"", &x""));
    assert!(bls12381::bls12381_min_sig_verify(&x"01", &x"02", &x"03"));
    let one = bls12381::g1_generator();
    let zeros = vector::tabulate!(48, |_| 0u8);
    assert_eq!(*bls12381::g1_add(&one, &one).bytes(), zeros);
    assert_eq!(*bls12381::g1_sub(&one, &bls12381::g1_identity()).bytes(), zeros);
    assert_eq!(*bls12381::g1_mul(&bls12381::scalar_one(), &one).bytes(), zeros);
    assert_eq!(bls12381::g2_add(&bls12381::g2_generator(), &bls12381::g2_generator()).bytes().length(), 96);
    assert_eq!(bls12381::scalar_mul(&bls12381::scalar_one(), &bls12381::scalar_one()).bytes().length(), 32);
    let u = bls12381::g1_to_uncompressed_g1(&one);
    assert_eq!(u.bytes().length(), 96);
    assert_eq!(*bls12381::uncompressed_g1_to_g1(&u).bytes(), zeros);
    assert_eq!(*bls12381::uncompressed_g1_sum(&vector::tabulate!(1200, |_| u)).bytes(), vector::tabulate!(96, |_| 0u8));
    assert_eq!(bls12381::g1_from_bytes(&zeros).bytes().length(), 48);
}

#[test, expected_failure(abort_code = 1, location = sui::group_ops)]
fun elements_have_a_length() {
    bls12381::g2_from_bytes(&x"00");
}

#[test, expected_failure(abort_code = 2, location = sui::group_ops)]
fun sums_have_an_end() {
    let u = bls12381::g1_to_uncompressed_g1(&bls12381::g1_generator());
    bls12381::uncompressed_g1_sum(&vector::tabulate!(1201, |_| u));
}
