/// Posting, receipts, the list, and the end of a bounty.
#[test_only]
module floe_reads::bounty_tests;

use floe::system;
use floe_reads::bounty::{Self, SymbolsPaid};
use floe_reads::bounty_world::{Self as world, World};
use floe_reads::fixture;
use floe_reads::samples::{at, row};
use floe_reads::wanted;
use std::unit_test::assert_eq;
use sui::clock;
use sui::coin;
use sui::event;
use sui::test_utils::destroy;
use wal::wal::WAL;

const MINUTE: u64 = 60_000;
const MAX: u64 = 0xffff_ffff_ffff_ffff;

// === While open ===

#[test]
fun a_receipt_is_paid_at_once() {
    let mut w = world::seven(10);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    assert_eq!(w.balance(world::alice()), 3 * world::price());
    let (remaining, _) = w.left();
    assert_eq!(remaining, 7);
    assert!(w.is_paid(at(1, 2)));
    assert!(!w.is_paid(at(1, 3)));
    assert!(!w.is_paid(at(3, 5)));
    w.end();
}

#[test]
fun a_symbol_is_paid_once() {
    let mut w = world::seven(10);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.claim(world::bob(), row(1, 0, 5), fixture::receipt_bob_1_5());
    assert_eq!(w.balance(world::bob()), 2 * world::price());
    w.end();
}

#[test]
fun more_than_there_is_money_for() {
    let mut w = world::seven(4);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.claim(world::bob(), row(1, 0, 5), fixture::receipt_bob_1_5());
    assert_eq!(w.balance(world::bob()), world::price());
    assert!(w.is_paid(at(1, 3)));
    assert!(!w.is_paid(at(1, 4)));
    w.finish();
    assert_eq!(w.balance(world::poster()), 0);
    w.end();
}

#[test]
fun a_receipt_is_good_after_the_deadline_too_while_nobody_closes() {
    let mut w = world::seven(10);
    w.wait(100 * world::deadline());
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    assert_eq!(w.balance(world::alice()), 3 * world::price());
    w.end();
}

#[test]
fun the_largest_receipt() {
    let (id, _, n) = fixture::wide();
    let mut w = world::begin(n, id, vector[0], vector[], 7, 1_000);
    w.claim(world::bob(), row(0, 0, 256), fixture::receipt_bob_0_256());
    assert_eq!(w.balance(world::bob()), 256 * 7);
    w.end();
}

#[test]
fun what_a_receipt_is_made_of() {
    let message = bounty::receipt_message(@0x1.to_id(), @0x2, &vector[at(0x0102, 0x0304), at(5, 6)]);
    let mut expected = b"floe-receipt-v1";
    expected.append(x"0000000000000000000000000000000000000000000000000000000000000001");
    expected.append(x"0000000000000000000000000000000000000000000000000000000000000002");
    expected.append(x"020201040305000600");
    assert_eq!(message, expected);
}

#[test, expected_failure(abort_code = bounty::ENothingToPay, location = bounty)]
fun a_receipt_is_paid_once() {
    let mut w = world::seven(10);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ENothingToPay, location = bounty)]
fun a_receipt_when_no_money_is_left() {
    let mut w = world::seven(3);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.claim(world::bob(), row(1, 0, 5), fixture::receipt_bob_1_5());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EReceipt, location = bounty)]
fun a_receipt_by_another_key() {
    let mut w = world::seven(10);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_forged());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EReceipt, location = bounty)]
fun a_receipt_of_another_bounty() {
    let mut w = world::seven(10);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_elsewhere());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EReceipt, location = bounty)]
fun a_receipt_of_somebody_else() {
    let mut w = world::seven(10);
    w.claim(world::mallory(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EReceipt, location = bounty)]
fun a_receipt_for_other_symbols() {
    let mut w = world::seven(10);
    w.claim(world::alice(), row(1, 0, 4), fixture::receipt_alice_1_3());
    w.abandon();
}

#[test, expected_failure(abort_code = wanted::ENotWanted, location = wanted)]
fun a_receipt_for_what_is_not_wanted() {
    let mut w = world::seven(10);
    w.claim(world::bob(), row(0, 0, 1), fixture::receipt_unwanted());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EBatchSize, location = bounty)]
fun an_empty_receipt() {
    let mut w = world::seven(10);
    w.claim(world::alice(), vector[], x"");
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EBatchSize, location = bounty)]
fun a_receipt_that_is_too_large() {
    let mut w = world::seven(10);
    w.claim(world::alice(), row(1, 0, 257), x"");
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun a_receipt_after_the_window() {
    let mut w = world::seven(10);
    w.close(world::poster());
    w.to_reveals();
    w.to_end();
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.abandon();
}

// === Closing and refund ===

#[test]
fun what_nobody_earns_goes_back() {
    let mut w = world::seven(10);
    w.close(world::poster());
    w.to_reveals();
    w.to_end();
    w.finish();
    assert_eq!(w.balance(world::poster()), 10 * world::price());
    w.end();
}

#[test]
fun anyone_closes_at_the_deadline() {
    let mut w = world::seven(10);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.wait(86_400_000);
    w.close(world::mallory());
    w.to_reveals();
    w.to_end();
    w.finish();
    assert_eq!(w.balance(world::poster()), 7 * world::price());
    w.end();
}

#[test, expected_failure(abort_code = bounty::ENotPoster, location = bounty)]
fun only_the_poster_closes_before_the_deadline() {
    let mut w = world::seven(10);
    w.wait(86_399_999);
    w.close(world::mallory());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun closed_once() {
    let mut w = world::seven(10);
    w.close(world::poster());
    w.close(world::poster());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun no_refund_while_open() {
    let mut w = world::seven(10);
    w.finish();
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun no_refund_in_the_window() {
    let mut w = world::seven(10);
    w.close(world::poster());
    w.wait(86_399_999);
    w.finish();
    w.abandon();
}

// === The list and the queue ===

/// Closes, waits and pays everything.
fun run_out(w: &mut World) {
    w.close(world::poster());
    w.to_reveals();
    w.to_end();
    w.settle(100);
}

#[test]
fun the_list_is_paid_after_the_window() {
    let mut w = world::seven(10);
    w.list(world::poster(), world::alice(), row(1, 0, 7));
    w.list(world::poster(), world::bob(), row(1, 5, 7));
    w.list(world::poster(), world::bob(), vector[at(0, 5), at(6, 5), at(3, 5)]);
    run_out(&mut w);
    assert_eq!(w.balance(world::alice()), 7 * world::price());
    assert_eq!(w.balance(world::bob()), 3 * world::price());
    w.finish();
    assert_eq!(w.balance(world::poster()), 0);
    w.end();
}

#[test]
fun a_listed_helper_is_not_paid_twice_for_its_receipts() {
    let mut w = world::seven(10);
    w.list(world::poster(), world::alice(), row(1, 0, 7));
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.close(world::poster());
    w.claim(world::alice(), row(1, 0, 7), fixture::receipt_alice_1_7());
    w.to_reveals();
    w.to_end();
    w.settle(100);
    assert_eq!(w.balance(world::alice()), 7 * world::price());
    w.finish();
    assert_eq!(w.balance(world::poster()), 3 * world::price());
    w.end();
}

#[test]
fun receipts_of_the_window_come_before_the_list() {
    let mut w = world::seven(6);
    w.list(world::poster(), world::mallory(), row(1, 0, 7));
    w.close(world::poster());
    w.claim(world::alice(), row(3, 0, 2), fixture::receipt_alice_3_2());
    w.to_reveals();
    w.claim(world::bob(), row(1, 0, 5), fixture::receipt_bob_1_5());
    assert_eq!(w.balance(world::alice()), 0);
    w.to_end();
    w.settle(100);
    assert_eq!(w.balance(world::alice()), 2 * world::price());
    assert_eq!(w.balance(world::bob()), 4 * world::price());
    assert_eq!(w.balance(world::mallory()), 0);
    w.end();
}

#[test]
fun settling_in_steps_pays_the_same() {
    let mut w = world::seven(8);
    w.list(world::poster(), world::bob(), row(1, 0, 7));
    w.list(world::poster(), world::carol(), row(3, 0, 7));
    w.close(world::poster());
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.to_reveals();
    w.to_end();
    w.settle(1);
    assert_eq!(w.balance(world::alice()), 3 * world::price());
    w.settle(1);
    assert_eq!(w.balance(world::bob()), 4 * world::price());
    w.settle(1);
    assert_eq!(w.balance(world::carol()), world::price());
    w.settle(1);
    w.finish();
    w.end();
}

#[test]
fun a_spent_bounty_ends_with_entries_in_its_list() {
    let mut w = world::seven(3);
    w.list(world::poster(), world::bob(), row(3, 0, 7));
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.finish();
    w.end();
}

#[test]
fun one_call_pays_a_hundred() {
    let mut w = world::seven(19);
    101u64.do!(|i| w.list(world::poster(), world::alice(), if (i == 99) row(1, 0, 7) else row(3, 0, (1 + i % 3) as u16)));
    w.close(world::poster());
    w.to_reveals();
    w.to_end();
    w.settle(99);
    assert_eq!(w.balance(world::alice()), 3 * world::price());
    w.settle(100);
    assert_eq!(w.balance(world::alice()), 10 * world::price());
    w.finish();
    w.end();
}

/// A receipt that was seen on the chain can be sent again by anyone. It queues once.
#[test, expected_failure(abort_code = bounty::ENothingToPay, location = bounty)]
fun repeated_receipts_do_not_queue() {
    let mut w = world::seven(10);
    w.close(world::poster());
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ENothingToPay, location = bounty)]
fun paid_receipts_do_not_queue() {
    let mut w = world::seven(10);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.close(world::poster());
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ENotPoster, location = bounty)]
fun only_the_poster_lists() {
    let mut w = world::seven(10);
    w.list(world::mallory(), world::mallory(), row(1, 0, 7));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun nobody_is_listed_after_closing() {
    let mut w = world::seven(10);
    w.close(world::poster());
    w.list(world::poster(), world::alice(), row(1, 0, 7));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EBatchSize, location = bounty)]
fun an_empty_entry_of_the_list() {
    let mut w = world::seven(10);
    w.list(world::poster(), world::alice(), vector[]);
    w.abandon();
}

#[test, expected_failure(abort_code = wanted::ENotWanted, location = wanted)]
fun an_entry_that_is_not_wanted() {
    let mut w = world::seven(10);
    w.list(world::poster(), world::alice(), vector[at(1, 1), at(2, 2)]);
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun nothing_is_settled_in_the_window() {
    let mut w = world::seven(10);
    w.close(world::poster());
    w.wait(86_399_999);
    w.settle(1);
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ESettleSize, location = bounty)]
fun settling_nothing() {
    let mut w = world::seven(10);
    w.close(world::poster());
    w.wait(86_400_000);
    w.settle(0);
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ESettleSize, location = bounty)]
fun settling_too_much() {
    let mut w = world::seven(10);
    w.close(world::poster());
    w.wait(86_400_000);
    w.settle(101);
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EUnsettled, location = bounty)]
fun the_list_comes_before_the_refund() {
    let mut w = world::seven(10);
    w.list(world::poster(), world::alice(), row(1, 0, 7));
    w.close(world::poster());
    w.wait(86_400_000);
    w.finish();
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EUnsettled, location = bounty)]
fun queued_receipts_come_before_the_refund() {
    let mut w = world::seven(10);
    w.close(world::poster());
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.wait(86_400_000);
    w.finish();
    w.abandon();
}

// === Posting ===

/// Posts at seven shards; what is given is right but for one thing.
fun post(rows: vector<u16>, columns: vector<u16>, price: u64, max_symbols: u64, value: u64) {
    let mut w = world::empty(price);
    w.post(7, 1, rows, columns, price, max_symbols, fixture::receipt_key(), value, world::deadline());
    w.abandon();
}

#[test]
fun the_number_of_shards_is_the_systems() {
    let mut ctx = tx_context::dummy();
    let clock = clock::create_for_testing(&mut ctx);
    let system = system::create_for_testing(1_000, 53, 20_000, 1, 1, 1_000_000, &mut ctx);
    let payment = coin::mint_for_testing<WAL>(1_000, &mut ctx);
    bounty::post_bounty(
        &system,
        1,
        vector[999],
        vector[],
        1,
        1_000,
        fixture::receipt_key(),
        payment,
        MINUTE,
        &clock,
        &mut ctx,
    );
    assert_eq!(event::events_by_type<bounty::BountyPosted>().length(), 1);
    assert_eq!(event::events_by_type<SymbolsPaid>().length(), 0);
    destroy(system);
    destroy(clock);
}

#[test]
fun the_largest_bounty() {
    let mut w = world::empty(1);
    let list = vector::tabulate!(64, |i| (4_032 + i) as u16);
    w.post(4_096, 1, list, vector[], 1, 64 * 4_096, fixture::receipt_key(), 64 * 4_096, 1_000_000 + 7_776_000_000);
    w.list(world::poster(), world::alice(), row(4_095, 3_840, 4_096));
    run_out(&mut w);
    assert_eq!(w.balance(world::alice()), 256);
    w.finish();
    w.end();
}

#[test]
fun the_largest_price() {
    let mut w = world::empty(1_000_000_000_000_000);
    let price = 1_000_000_000_000_000;
    w.post(7, 1, vector[1], vector[], price, 1, fixture::receipt_key(), price, world::deadline());
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    assert_eq!(w.balance(world::alice()), price);
    w.end();
}

#[test]
fun a_symbol_of_a_wanted_row_and_a_wanted_column_counts_once() {
    // Rows 1 and 3, column 5 at seven shards: 7 + 7 + 7 - 2.
    post(vector[1, 3], vector[5], 1, 19, 19)
}

#[test, expected_failure(abort_code = bounty::ESymbolCount, location = bounty)]
fun more_symbols_than_there_are() {
    post(vector[1, 3], vector[5], 1, 20, 20)
}

#[test, expected_failure(abort_code = bounty::ESymbolCount, location = bounty)]
fun no_symbols() {
    post(vector[1], vector[], 1, 0, 0)
}

#[test, expected_failure(abort_code = bounty::ENoPrice, location = bounty)]
fun no_price() {
    post(vector[1], vector[], 0, 1, 0)
}

#[test, expected_failure(abort_code = bounty::EPayment, location = bounty)]
fun too_little_money() {
    post(vector[1], vector[], 10, 7, 69)
}

#[test, expected_failure(abort_code = bounty::EPayment, location = bounty)]
fun too_much_money() {
    post(vector[1], vector[], 10, 7, 71)
}

/// (2^64 - 1) * 2 is 2^64 - 2 in 64 bits, but here it is compared in 128.
#[test, expected_failure(abort_code = bounty::EPayment, location = bounty)]
fun a_product_that_does_not_fit() {
    post(vector[1], vector[], MAX, 2, 1_000)
}

#[test, expected_failure(abort_code = bounty::EReceiptKey, location = bounty)]
fun a_receipt_key_that_is_too_short() {
    let mut w = world::empty(1);
    w.post(7, 1, vector[1], vector[], 1, 1, vector[1, 2, 3], 1, world::deadline());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EDeadline, location = bounty)]
fun a_deadline_that_has_come() {
    let mut w = world::empty(1);
    w.post(7, 1, vector[1], vector[], 1, 1, fixture::receipt_key(), 1, 1_000_000);
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EDeadline, location = bounty)]
fun a_deadline_that_is_too_far() {
    let mut w = world::empty(1);
    w.post(7, 1, vector[1], vector[], 1, 1, fixture::receipt_key(), 1, 1_000_001 + 7_776_000_000);
    w.abandon();
}

#[test, expected_failure(abort_code = wanted::ETooManySlivers, location = wanted)]
fun no_slivers() {
    post(vector[], vector[], 1, 1, 1)
}

#[test, expected_failure(abort_code = wanted::ETooManySlivers, location = wanted)]
fun too_many_slivers() {
    post(vector::tabulate!(60, |i| i as u16), vector::tabulate!(5, |i| i as u16), 1, 1, 1)
}

#[test, expected_failure(abort_code = wanted::ENotAscending, location = wanted)]
fun rows_that_repeat() {
    post(vector[1, 1], vector[], 1, 1, 1)
}

#[test, expected_failure(abort_code = wanted::ENotAscending, location = wanted)]
fun columns_that_fall() {
    post(vector[], vector[5, 4], 1, 1, 1)
}

#[test, expected_failure(abort_code = wanted::EOutOfRange, location = wanted)]
fun a_row_out_of_range() {
    post(vector[7], vector[], 1, 1, 1)
}

#[test, expected_failure(abort_code = wanted::EOutOfRange, location = wanted)]
fun a_symbol_out_of_range() {
    let mut w = world::seven(10);
    w.list(world::poster(), world::alice(), vector[at(1, 7)]);
    w.abandon();
}
