/// Reservations: what they cost, where the space and the money go, and how they are cut and joined.
#[test_only]
module floe::storage_tests;

use floe::accounting;
use floe::blob_world::{Self, World};
use floe::committee_tests;
use floe::storage_resource::{Self, Storage};
use floe::system::{Self, StorageReserved};
use std::unit_test::{assert_eq, destroy};
use sui::balance;
use sui::coin;
use sui::event;
use wal::wal::WAL;

const MIB: u64 = 1_048_576;
const FIVE: u64 = 5;

fun world(): (World, TxContext) {
    let mut ctx = tx_context::dummy();
    let world = blob_world::new(&mut ctx);
    (world, ctx)
}

fun storage(start: u32, end: u32, size: u64): Storage {
    storage_resource::new(start, end, size, &mut tx_context::dummy())
}

fun check(storage: &Storage, start: u32, end: u32, size: u64) {
    assert_eq!(storage.start_epoch(), start);
    assert_eq!(storage.end_epoch(), end);
    assert_eq!(storage.size(), size);
}

#[test]
fun reserving_takes_the_price() {
    let (mut w, mut ctx) = world();
    let storage = w.reserve(7, 3, &mut ctx);
    check(&storage, 1, 4, 7 * MIB);
    assert_eq!(w.money(), blob_world::supply() - 7 * 3 * FIVE);
    assert_eq!(w.system().reserve_cost(7 * MIB, 3), 7 * 3 * FIVE);
    assert_eq!(event::events_by_type<StorageReserved>().length(), 1);
    // The space is booked in the three epochs and no other.
    let capacity = blob_world::capacity() * MIB;
    4u64.do!(|i| {
        let (all, used) = w.system().capacity(1 + (i as u32));
        assert_eq!(all, capacity);
        assert_eq!(used, if (i < 3) 7 * MIB else 0);
    });
    destroy(storage);
    w.end()
}

#[test]
fun payments_are_spread_over_the_epochs() {
    let (mut w, mut ctx) = world();
    let a = w.reserve(7, 3, &mut ctx);
    let (paid, used) = w.next_epoch();
    assert_eq!(paid, 7 * FIVE);
    assert_eq!(used, 7 * MIB);
    let b = w.reserve(2, 1, &mut ctx);
    let (paid, used) = w.next_epoch();
    assert_eq!(paid, 9 * FIVE);
    assert_eq!(used, 9 * MIB);
    let (paid, used) = w.next_epoch();
    assert_eq!(paid, 7 * FIVE);
    assert_eq!(used, 7 * MIB);
    let (paid, used) = w.next_epoch();
    assert_eq!(paid, 0);
    assert_eq!(used, 0);
    assert_eq!(w.system().held(), 0);
    destroy(vector[a, b]);
    w.end()
}

#[test]
fun units_are_rounded_up_and_bytes_are_not() {
    let (mut w, mut ctx) = world();
    let mut coin = w.take(1_000, &mut ctx);
    let a = w.system_mut().reserve_space(1, 1, &mut coin, &mut ctx);
    assert_eq!(coin.value(), 1_000 - FIVE);
    let b = w.system_mut().reserve_space(MIB + 1, 2, &mut coin, &mut ctx);
    assert_eq!(coin.value(), 1_000 - 5 * FIVE);
    let (_, used) = w.system().capacity(1);
    assert_eq!(used, MIB + 2);
    w.check_with(coin.value());
    w.give(coin);
    destroy(vector[a, b]);
    w.end()
}

#[test]
fun all_capacity_until_the_horizon() {
    let (mut w, mut ctx) = world();
    let storage = w.reserve(blob_world::capacity(), blob_world::horizon(), &mut ctx);
    check(&storage, 1, 54, 100 * MIB);
    destroy(storage);
    // One epoch later one more epoch can be had: the rest is full, the new one is free.
    w.next_epoch();
    let (_, used) = w.system().capacity(53);
    assert_eq!(used, 100 * MIB);
    let (_, used) = w.system().capacity(54);
    assert_eq!(used, 0);
    w.end()
}

#[test, expected_failure(abort_code = system::EBeyondHorizon, location = system)]
fun one_epoch_beyond_the_horizon() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(1, 54, &mut ctx));
    w.end()
}

#[test, expected_failure(abort_code = system::EBeyondHorizon, location = system)]
fun the_largest_number_of_epochs() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(1, std::u32::max_value!(), &mut ctx));
    w.end()
}

#[test, expected_failure(abort_code = accounting::EFull, location = accounting)]
fun one_byte_above_capacity() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(100, 2, &mut ctx));
    let mut coin = w.take(FIVE, &mut ctx);
    destroy(w.system_mut().reserve_space(1, 1, &mut coin, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = accounting::EFull, location = accounting)]
fun full_in_a_later_epoch() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(60, 1, &mut ctx));
    destroy(w.reserve(40, 4, &mut ctx));
    w.next_epoch();
    destroy(w.reserve(61, 1, &mut ctx));
    abort 99
}

#[test]
fun space_comes_free_again() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(60, 1, &mut ctx));
    destroy(w.reserve(40, 4, &mut ctx));
    w.next_epoch();
    destroy(w.reserve(60, 1, &mut ctx));
    w.end()
}

#[test, expected_failure(abort_code = accounting::EFull, location = accounting)]
fun the_largest_size() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(1, 1, &mut ctx));
    w.next_epoch_with(0, 1, std::u64::max_value!());
    destroy(w.reserve(1, 1, &mut ctx));
    let mut coin = coin::zero<WAL>(&mut ctx);
    destroy(w.system_mut().reserve_space(std::u64::max_value!(), 1, &mut coin, &mut ctx));
    abort 99
}

#[test]
fun capacity_may_fall_below_what_is_used() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(80, 3, &mut ctx));
    let (_, used) = w.next_epoch_with(FIVE, 1, 50 * MIB);
    assert_eq!(used, 80 * MIB);
    let (capacity, used) = w.system().capacity(2);
    assert_eq!(capacity, 50 * MIB);
    assert_eq!(used, 80 * MIB);
    w.skip_epochs(2);
    destroy(w.reserve(50, 1, &mut ctx));
    w.end()
}

#[test, expected_failure(abort_code = accounting::EFull, location = accounting)]
fun nothing_is_sold_above_a_fallen_capacity() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(80, 3, &mut ctx));
    w.next_epoch_with(FIVE, 1, 50 * MIB);
    destroy(w.reserve(1, 1, &mut ctx));
    abort 99
}

#[test]
fun a_new_price_holds_from_the_epoch_on() {
    let (mut w, mut ctx) = world();
    let a = w.reserve(1, 2, &mut ctx);
    w.next_epoch_with(9, 1, 100 * MIB);
    let b = w.reserve(1, 1, &mut ctx);
    // The first reservation keeps its price in this epoch.
    let (paid, _) = w.next_epoch();
    assert_eq!(paid, FIVE + 9);
    destroy(vector[a, b]);
    w.end()
}

#[test]
fun a_price_of_zero() {
    let (mut w, mut ctx) = world();
    w.next_epoch_with(0, 0, 100 * MIB);
    let storage = w.reserve(100, 53, &mut ctx);
    assert_eq!(w.system().held(), 0);
    destroy(storage);
    w.end()
}

#[test, expected_failure(abort_code = balance::ENotEnough, location = balance)]
fun paying_with_nothing() {
    let (mut w, mut ctx) = world();
    let mut coin = coin::zero<WAL>(&mut ctx);
    destroy(w.system_mut().reserve_space(MIB, 1, &mut coin, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = balance::ENotEnough, location = balance)]
fun paying_a_frost_too_little() {
    let (mut w, mut ctx) = world();
    let mut coin = w.take(3 * FIVE - 1, &mut ctx);
    destroy(w.system_mut().reserve_space(MIB, 3, &mut coin, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = system::ECostOverflow, location = system)]
fun a_cost_beyond_64_bits() {
    let (mut w, mut ctx) = world();
    w.next_epoch_with(std::u64::max_value!() / 2, 1, 100 * MIB);
    destroy(w.reserve(3, 1, &mut ctx));
    abort 99
}

#[test]
fun the_largest_price() {
    let (mut w, _) = world();
    w.next_epoch_with(std::u64::max_value!(), 1, 100 * MIB);
    assert_eq!(w.system().reserve_cost(MIB, 1), std::u64::max_value!());
    w.end()
}

#[test, expected_failure(abort_code = system::ECostOverflow, location = system)]
fun the_cost_of_two_epochs_beyond_64_bits() {
    let (mut w, _) = world();
    w.next_epoch_with(std::u64::max_value!(), 1, 100 * MIB);
    w.system().reserve_cost(MIB, 2);
    abort 99
}

#[test, expected_failure(abort_code = balance::ENotEnough, location = balance)]
fun no_coin_pays_two_epochs_beyond_64_bits() {
    let (mut w, mut ctx) = world();
    w.next_epoch_with(std::u64::max_value!(), 1, 100 * MIB);
    let mut coin = coin::mint_for_testing<WAL>(std::u64::max_value!(), &mut ctx);
    destroy(w.system_mut().reserve_space(1, 2, &mut coin, &mut ctx));
    abort 99
}

#[test, expected_failure(abort_code = system::EEmpty, location = system)]
fun no_bytes() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(0, 1, &mut ctx));
    w.end()
}

#[test, expected_failure(abort_code = system::EEmpty, location = system)]
fun no_epochs() {
    let (mut w, mut ctx) = world();
    destroy(w.reserve(1, 0, &mut ctx));
    w.end()
}

#[test, expected_failure(abort_code = system::EGenesis, location = system)]
fun nothing_is_reserved_in_epoch_0() {
    let mut ctx = tx_context::dummy();
    let mut w = blob_world::genesis(20_000, &mut ctx);
    destroy(w.reserve(1, 1, &mut ctx));
    w.end()
}

#[test, expected_failure(abort_code = system::EPaused, location = system)]
fun a_pause_stops_reserving() {
    let (mut w, mut ctx) = world();
    w.system_mut().set_paused(true);
    assert!(w.system().is_paused());
    destroy(w.reserve(1, 1, &mut ctx));
    w.end()
}

#[test]
fun a_pause_ends() {
    let (mut w, mut ctx) = world();
    w.system_mut().set_paused(true);
    w.next_epoch();
    w.system_mut().set_paused(false);
    destroy(w.reserve(1, 1, &mut ctx));
    assert_eq!(event::events_by_type<system::PauseSet>().length(), 2);
    w.end()
}

#[test]
fun cut_and_join_by_epoch() {
    let mut ctx = tx_context::dummy();
    let mut a = storage(3, 9, 10);
    let mut b = a.split_by_epoch(5, &mut ctx);
    check(&a, 3, 5, 10);
    check(&b, 5, 9, 10);
    let c = b.split_by_epoch(8, &mut ctx);
    check(&b, 5, 8, 10);
    check(&c, 8, 9, 10);
    // Joining works from either side.
    b.fuse_periods(c);
    b.fuse_periods(a);
    check(&b, 3, 9, 10);
    b.destroy()
}

#[test]
fun cut_and_join_by_size() {
    let mut ctx = tx_context::dummy();
    let mut a = storage(3, 9, 10);
    let b = a.split_by_size(3, &mut ctx);
    check(&a, 3, 9, 3);
    check(&b, 3, 9, 7);
    a.fuse_amount(b);
    check(&a, 3, 9, 10);
    a.destroy()
}

#[test, expected_failure(abort_code = storage_resource::EEmptyPart, location = storage_resource)]
fun cut_at_the_start() {
    destroy(storage(3, 9, 10).split_by_epoch(3, &mut tx_context::dummy()));
    abort 99
}

#[test, expected_failure(abort_code = storage_resource::EEmptyPart, location = storage_resource)]
fun cut_at_the_end() {
    destroy(storage(3, 9, 10).split_by_epoch(9, &mut tx_context::dummy()));
    abort 99
}

#[test, expected_failure(abort_code = storage_resource::EEmptyPart, location = storage_resource)]
fun cut_outside() {
    destroy(storage(3, 9, 10).split_by_epoch(std::u32::max_value!(), &mut tx_context::dummy()));
    abort 99
}

#[test, expected_failure(abort_code = storage_resource::EEmptyPart, location = storage_resource)]
fun cut_off_all_bytes() {
    destroy(storage(3, 9, 10).split_by_size(0, &mut tx_context::dummy()));
    abort 99
}

#[test, expected_failure(abort_code = storage_resource::EEmptyPart, location = storage_resource)]
fun cut_off_no_bytes() {
    destroy(storage(3, 9, 10).split_by_size(10, &mut tx_context::dummy()));
    abort 99
}

#[test, expected_failure(abort_code = storage_resource::EIncompatible, location = storage_resource)]
fun join_in_time_with_a_gap() {
    storage(3, 9, 10).fuse_periods(storage(10, 11, 10));
    abort 99
}

#[test, expected_failure(abort_code = storage_resource::EIncompatible, location = storage_resource)]
fun join_in_time_with_an_overlap() {
    storage(3, 9, 10).fuse_periods(storage(8, 11, 10));
    abort 99
}

#[test, expected_failure(abort_code = storage_resource::EIncompatible, location = storage_resource)]
fun join_in_time_of_another_size() {
    storage(3, 9, 10).fuse_periods(storage(9, 11, 9));
    abort 99
}

#[test, expected_failure(abort_code = storage_resource::EIncompatible, location = storage_resource)]
fun join_in_size_of_another_start() {
    storage(3, 9, 10).fuse_amount(storage(4, 9, 10));
    abort 99
}

#[test, expected_failure(abort_code = storage_resource::EIncompatible, location = storage_resource)]
fun join_in_size_of_another_end() {
    storage(3, 9, 10).fuse_amount(storage(3, 8, 10));
    abort 99
}

#[test, expected_failure(arithmetic_error, location = storage_resource)]
fun join_beyond_64_bits() {
    storage(3, 9, std::u64::max_value!()).fuse_amount(storage(3, 9, 1));
    abort 99
}

// === The ring ===

#[test]
fun the_ring_has_128_epochs() {
    let mut ring = accounting::new();
    let mut purse = balance::create_for_testing<WAL>(128 * 3);
    assert_eq!(accounting::slots(), 128);
    ring.reserve(0, 128, 10, 10, 3, &mut purse);
    assert_eq!(purse.value(), 0);
    // A closed epoch's slot stands for the epoch that comes into reach, which nobody has paid for.
    300u64.do!(|i| {
        let (paid, used) = ring.close();
        assert_eq!(paid.value(), if (i < 128) 3 else 0);
        assert_eq!(used, if (i < 128) 10 else 0);
        assert_eq!(ring.used((i as u32) + 128), 0);
        assert_eq!(ring.total(), if (i < 128) (127 - i) * 3 else 0);
        purse.join(paid);
    });
    assert_eq!(purse.value(), 128 * 3);
    destroy(purse);
    destroy(ring)
}

#[test, expected_failure(abort_code = accounting::EOutsideRing, location = accounting)]
fun epoch_128_is_outside_the_ring() {
    let mut ring = accounting::new();
    let mut purse = balance::create_for_testing<WAL>(1_000);
    ring.reserve(0, 129, 10, 10, 3, &mut purse);
    abort 99
}

#[test, expected_failure(abort_code = accounting::EOutsideRing, location = accounting)]
fun the_past_is_outside_the_ring() {
    let mut ring = accounting::new();
    let (paid, _) = ring.close();
    destroy(paid);
    ring.used(0);
    abort 99
}

#[test]
fun a_horizon_of_the_whole_ring() {
    let mut ctx = tx_context::dummy();
    let mut system = system::create_for_testing(4, 128, 10_000, 1, 1, MIB, &mut ctx);
    let (paid, _) = system.advance(committee_tests::committee(1, vector[4]), 1, 1, MIB);
    paid.destroy_zero();
    let mut coin = coin::mint_for_testing<WAL>(200, &mut ctx);
    let storage = system.reserve_space(MIB, 128, &mut coin, &mut ctx);
    check(&storage, 1, 129, MIB);
    assert_eq!(coin.value(), 72);
    destroy(storage);
    destroy(coin);
    destroy(system)
}
