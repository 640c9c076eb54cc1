#[test_only]
module framework_tests::object_tests;

use std::unit_test::assert_eq;
use sui::bag;
use sui::balance;
use sui::clock;
use sui::coin;
use sui::dynamic_field as df;
use sui::dynamic_object_field as dof;
use sui::event;
use sui::linked_table;
use sui::object_bag;
use sui::object_table;
use sui::package;
use sui::random::{Self, Random};
use sui::table;
use sui::table_vec;
use sui::test_scenario::{Self, Scenario};
use sui::test_utils;
use sui::versioned;

const ALICE: address = @0xA;
const BOB: address = @0xB;

public struct Box has key, store {
    id: UID,
    value: u64,
}

public struct Opened has copy, drop {
    value: u64,
}

public struct EURO has drop {}

fun box(value: u64, scenario: &mut Scenario): Box {
    Box { id: object::new(scenario.ctx()), value }
}

fun open(box: Box): u64 {
    let Box { id, value } = box;
    id.delete();
    event::emit(Opened { value });
    value
}

#[test]
fun objects_change_hands() {
    let mut scenario = test_scenario::begin(ALICE);
    let box = box(7, &mut scenario);
    let id = object::id(&box);
    assert_eq!(object::id_address(&box), id.to_address());
    assert_eq!(object::id_from_bytes(object::id_bytes(&box)), id);
    transfer::transfer(box, BOB);
    let effects = scenario.next_tx(BOB);
    assert_eq!(effects.created(), vector[id]);
    assert!(!test_scenario::has_most_recent_for_address<Box>(ALICE));
    let box: Box = scenario.take_from_sender_by_id(id);
    assert_eq!(open(box), 7);
    assert_eq!(event::num_events(), 1);
    assert_eq!(event::events_by_type<Opened>(), vector[Opened { value: 7 }]);
    let effects = scenario.end();
    assert_eq!(effects.deleted(), vector[id]);
    assert_eq!(effects.num_user_events(), 1);
}

#[test]
fun objects_are_received() {
    let mut scenario = test_scenario::begin(ALICE);
    let mut parent = box(1, &mut scenario);
    let child = box(2, &mut scenario);
    transfer::public_transfer(child, object::id_address(&parent));
    scenario.next_tx(ALICE);
    let ticket = test_scenario::most_recent_receiving_ticket<Box>(&object::id(&parent));
    let child = transfer::receive(&mut parent.id, ticket);
    assert_eq!(open(child), 2);
    open(parent);
    scenario.end();
}

#[test]
fun shared_and_frozen_objects() {
    let mut scenario = test_scenario::begin(ALICE);
    let box = box(1, &mut scenario);
    transfer::share_object(box);
    let box = box(2, &mut scenario);
    transfer::freeze_object(box);
    scenario.next_epoch(BOB);
    assert_eq!(scenario.ctx().epoch(), 1);
    assert_eq!(scenario.sender(), BOB);
    let mut shared = scenario.take_shared<Box>();
    shared.value = shared.value + 10;
    test_scenario::return_shared(shared);
    let frozen = scenario.take_immutable<Box>();
    assert_eq!(frozen.value, 2);
    test_scenario::return_immutable(frozen);
    scenario.next_tx(BOB);
    let shared = scenario.take_shared<Box>();
    assert_eq!(shared.value, 11);
    test_scenario::return_shared(shared);
    scenario.end();
}

#[test]
fun fields() {
    let mut scenario = test_scenario::begin(ALICE);
    let mut parent = box(1, &mut scenario);
    df::add(&mut parent.id, b"k", 5u64);
    assert!(df::exists_(&parent.id, b"k") && !df::exists_(&parent.id, b"l"));
    assert!(df::exists_with_type<vector<u8>, u64>(&parent.id, b"k"));
    assert!(!df::exists_with_type<vector<u8>, u8>(&parent.id, b"k"));
    *df::borrow_mut(&mut parent.id, b"k") = 6u64;
    assert_eq!(*df::borrow(&parent.id, b"k"), 6u64);
    assert_eq!(df::remove_if_exists<_, u64>(&mut parent.id, b"l"), option::none());
    assert_eq!(df::remove(&mut parent.id, b"k"), 6u64);
    let child = box(2, &mut scenario);
    let id = object::id(&child);
    dof::add(&mut parent.id, b"k", child);
    assert!(dof::exists_(&parent.id, b"k") && !df::exists_(&parent.id, b"k"));
    assert!(dof::exists_with_type<vector<u8>, Box>(&parent.id, b"k"));
    assert!(!dof::exists_with_type<vector<u8>, bag::Bag>(&parent.id, b"k"));
    assert_eq!(dof::id(&parent.id, b"k"), option::some(id));
    dof::borrow_mut<vector<u8>, Box>(&mut parent.id, b"k").value = 3;
    assert_eq!(dof::borrow<vector<u8>, Box>(&parent.id, b"k").value, 3);
    let child: Box = dof::remove(&mut parent.id, b"k");
    assert_eq!(dof::id(&parent.id, b"k"), option::none());
    open(child);
    open(parent);
    scenario.end();
}

#[test, expected_failure(abort_code = 0, location = sui::dynamic_field)]
fun fields_are_added_once() {
    let mut id = object::new(&mut tx_context::dummy());
    df::add(&mut id, 1u8, 1u8);
    df::add(&mut id, 1u8, 2u8);
    id.delete();
}

#[test, expected_failure(abort_code = 1, location = sui::dynamic_field)]
fun fields_that_are_not_there() {
    let id = object::new(&mut tx_context::dummy());
    df::borrow<u8, u8>(&id, 1);
    id.delete();
}

#[test, expected_failure(abort_code = 2, location = sui::dynamic_field)]
fun fields_of_another_type() {
    let mut id = object::new(&mut tx_context::dummy());
    df::add(&mut id, 1u8, 1u8);
    df::borrow<u8, u16>(&id, 1);
    id.delete();
}

#[test]
fun tables() {
    let mut scenario = test_scenario::begin(ALICE);
    let mut t = table::new<u8, u64>(scenario.ctx());
    t.add(1, 10);
    *&mut t[1] = 11;
    assert!(t.contains(1) && t.length() == 1 && t[1] == 11);
    assert_eq!(t.remove(1), 11);
    t.destroy_empty();
    let mut t = object_table::new<u8, Box>(scenario.ctx());
    t.add(1, box(1, &mut scenario));
    assert!(t.contains(1) && t.value_id(1) == option::some(object::id(&t[1])));
    open(t.remove(1));
    t.destroy_empty();
    let mut b = bag::new(scenario.ctx());
    b.add(1u8, 1u64);
    b.add(b"x", true);
    assert!(b.contains(b"x") && b.contains_with_type<u8, u64>(1) && b.length() == 2);
    assert_eq!(b.remove(1u8), 1u64);
    assert!(b.remove(b"x"));
    b.destroy_empty();
    let mut b = object_bag::new(scenario.ctx());
    b.add(1u8, box(1, &mut scenario));
    open(b.remove(1u8));
    b.destroy_empty();
    scenario.end();
}

#[test, expected_failure(abort_code = 1, location = sui::dynamic_field)]
fun empty_tables_have_nothing_to_remove() {
    let mut t = table::new<u8, u8>(&mut tx_context::dummy());
    t.remove(1);
    t.destroy_empty();
}

#[test, expected_failure(abort_code = 0, location = sui::table)]
fun tables_with_entries_stay() {
    let mut t = table::new<u8, u8>(&mut tx_context::dummy());
    t.add(1, 1);
    t.destroy_empty();
}

#[test]
fun vectors_of_fields() {
    let mut v = table_vec::empty<u64>(&mut tx_context::dummy());
    5u64.do!(|i| v.push_back(i));
    v.swap(0, 3);
    assert_eq!(v[0], 3);
    assert_eq!(v.swap_remove(1), 1);
    assert_eq!(v[1], 4);
    assert_eq!(v.pop_back(), 0);
    assert_eq!(v.length(), 3);
    v.drop();
}

#[test, expected_failure(abort_code = 0, location = sui::table_vec)]
fun vectors_of_fields_have_bounds() {
    let v = table_vec::singleton(1u8, &mut tx_context::dummy());
    assert!(v[1] == 0);
    v.drop();
}

#[test]
fun lists() {
    let mut list = linked_table::new<u8, u64>(&mut tx_context::dummy());
    list.push_back(2, 20);
    list.push_back(3, 30);
    list.push_front(1, 10);
    assert_eq!(*list.front(), option::some(1));
    assert_eq!(*list.back(), option::some(3));
    assert_eq!(*list.next(1), option::some(2));
    assert_eq!(*list.prev(2), option::some(1));
    assert_eq!(list.remove(2), 20);
    assert_eq!(*list.next(1), option::some(3));
    assert_eq!(*list.prev(3), option::some(1));
    *&mut list[3] = 31;
    assert_eq!(list.length(), 2);
    let (k, v) = list.pop_back();
    assert!(k == 3 && v == 31);
    let (k, v) = list.pop_front();
    assert!(k == 1 && v == 10);
    assert!(list.front().is_none() && list.back().is_none());
    list.destroy_empty();
}

#[test, expected_failure(abort_code = 1, location = sui::linked_table)]
fun empty_lists_have_no_front() {
    let mut list = linked_table::new<u8, u64>(&mut tx_context::dummy());
    list.pop_front();
    list.destroy_empty();
}

#[test]
fun coins() {
    let ctx = &mut tx_context::dummy();
    let (mut cap, metadata) = coin::create_currency(
        test_utils::create_one_time_witness<OBJECT_TESTS>(),
        2,
        b"OT",
        b"Name",
        b"Text",
        option::none(),
        ctx,
    );
    let mut coin = cap.mint(10, ctx);
    let part = coin.split(4, ctx);
    assert!(coin.value() == 6 && part.value() == 4 && cap.total_supply() == 10);
    coin.join(part);
    let mut balance = coin.into_balance();
    let taken = coin::take(&mut balance, 3, ctx);
    coin::put(&mut balance, taken);
    assert_eq!(balance.withdraw_all().into_coin(ctx).burn_for_testing(), 10);
    balance.destroy_zero();
    coin::zero<OBJECT_TESTS>(ctx).destroy_zero();
    assert_eq!(cap.mint_balance(5).destroy_for_testing(), 5);
    let coin = cap.mint(1, ctx);
    assert_eq!(cap.burn(coin), 1);
    assert_eq!(metadata.get_decimals(), 2);
    assert_eq!(metadata.get_name(), b"Name".to_string());
    test_utils::destroy(cap);
    test_utils::destroy(metadata);
}

public struct OBJECT_TESTS has drop {}

#[test, expected_failure(abort_code = 0, location = sui::coin)]
fun currencies_need_a_witness() {
    let (cap, metadata) = coin::create_currency(
        EURO {},
        2,
        b"",
        b"",
        b"",
        option::none(),
        &mut tx_context::dummy(),
    );
    test_utils::destroy(cap);
    test_utils::destroy(metadata);
}

#[test, expected_failure(abort_code = 2, location = sui::balance)]
fun balances_are_not_overdrawn() {
    let mut balance = balance::create_for_testing<EURO>(1);
    balance.split(2).destroy_for_testing();
    balance.destroy_for_testing();
}

#[test, expected_failure(abort_code = 0, location = sui::balance)]
fun balances_are_not_lost() {
    balance::create_for_testing<EURO>(1).destroy_zero();
}

#[test, expected_failure(abort_code = 1, location = sui::balance)]
fun supplies_are_bounded() {
    let mut supply = balance::create_supply_for_testing<EURO>();
    supply.increase_supply(std::u64::max_value!()).destroy_for_testing();
    test_utils::destroy(supply);
}

#[test]
fun clocks() {
    let mut clock = clock::create_for_testing(&mut tx_context::dummy());
    clock.set_for_testing(5);
    clock.increment_for_testing(2);
    assert_eq!(clock.timestamp_ms(), 7);
    clock.destroy_for_testing();
}

#[test]
fun versions() {
    let ctx = &mut tx_context::dummy();
    let mut v = versioned::create(1, 10u64, ctx);
    *v.load_value_mut() = 11u64;
    assert_eq!(*v.load_value<u64>(), 11);
    let (old, cap) = v.remove_value_for_upgrade<u64>();
    v.upgrade(2, vector[old], cap);
    assert_eq!(v.version(), 2);
    assert_eq!(v.destroy<vector<u64>>(), vector[11]);
}

#[test, expected_failure(abort_code = 0, location = sui::versioned)]
fun versions_rise() {
    let mut v = versioned::create(1, 10u64, &mut tx_context::dummy());
    let (old, cap) = v.remove_value_for_upgrade<u64>();
    v.upgrade(1, old, cap);
    v.destroy<u64>();
}

#[test]
fun upgrades() {
    let ctx = &mut tx_context::dummy();
    let mut cap = package::test_publish(@0x42.to_id(), ctx);
    cap.only_additive_upgrades();
    assert_eq!(cap.policy(), package::additive_policy());
    let ticket = cap.authorize(package::dep_only_policy(), b"digest");
    assert!(ticket.package() == @0x42.to_id() && *ticket.digest() == b"digest");
    assert_eq!(cap.package(), @0x0.to_id());
    let receipt = package::test_upgrade(ticket);
    let upgraded = receipt.package();
    cap.commit(receipt);
    assert!(cap.package() == upgraded && cap.version() == 2);
    cap.make_immutable();
}

#[test, expected_failure(abort_code = 1, location = sui::package)]
fun upgrades_follow_the_policy() {
    let mut cap = package::test_publish(@0x42.to_id(), &mut tx_context::dummy());
    cap.only_dep_upgrades();
    test_utils::destroy(cap.authorize(package::additive_policy(), b""));
    cap.make_immutable();
}

#[test, expected_failure(abort_code = 2, location = sui::package)]
fun upgrades_are_one_at_a_time() {
    let mut cap = package::test_publish(@0x42.to_id(), &mut tx_context::dummy());
    test_utils::destroy(cap.authorize(0, b""));
    test_utils::destroy(cap.authorize(0, b""));
    cap.make_immutable();
}

#[test]
fun publishers() {
    let ctx = &mut tx_context::dummy();
    let publisher = package::test_claim(EURO {}, ctx);
    assert!(publisher.from_module<Box>() && publisher.from_package<Box>());
    assert!(!publisher.from_package<Option<u8>>());
    assert_eq!(*publisher.module_(), b"object_tests".to_ascii_string());
    publisher.burn();
}

// The values are those of the keyed hash HMAC-SHA3-256 over counters, by the published construction.
#[test]
fun random_values() {
    let mut scenario = test_scenario::begin(@0x0);
    random::create_for_testing(scenario.ctx());
    scenario.next_tx(@0x0);
    let mut state = scenario.take_shared<Random>();
    state.update_randomness_state_for_testing(0, x"01", scenario.ctx());
    state.update_randomness_state_for_testing(1, x"02", scenario.ctx());
    let mut generator = state.new_generator(scenario.ctx());
    let mut other = state.new_generator(scenario.ctx());
    assert!(generator.generate_bytes(40) != other.generate_bytes(40));
    let mut known = random::new_generator_from_seed_for_testing(b"seed");
    let first = sui::hmac::hmac_sha3_256(&b"seed", &x"0100");
    assert_eq!(known.generate_bytes(32), first);
    assert!(known.generate_u64_in_range(5, 7) <= 7);
    assert_eq!(known.generate_u64_in_range(5, 5), 5);
    let mut v = vector::tabulate!(20, |i| i);
    known.shuffle(&mut v);
    20u64.do!(|i| assert!(v.contains(&i)));
    test_scenario::return_shared(state);
    scenario.end();
}

#[test]
fun random_numbers_take_bytes_from_the_end_of_a_block() {
    let block = sui::hmac::hmac_sha3_256(&b"seed", &x"0100");
    let mut generator = random::new_generator_from_seed_for_testing(b"seed");
    assert_eq!(generator.generate_u8(), block[31]);
    assert_eq!(generator.generate_u16(), ((block[30] as u16) << 8) | (block[29] as u16));
    assert_eq!(generator.generate_bool(), block[28] % 2 == 1);
}

#[test, expected_failure(abort_code = 2, location = sui::random)]
fun random_rounds_follow_each_other() {
    let mut scenario = test_scenario::begin(@0x0);
    random::create_for_testing(scenario.ctx());
    scenario.next_tx(@0x0);
    let mut state = scenario.take_shared<Random>();
    state.update_randomness_state_for_testing(0, x"01", scenario.ctx());
    state.update_randomness_state_for_testing(2, x"02", scenario.ctx());
    test_scenario::return_shared(state);
    scenario.end();
}
