/// Claims by proof, and what people who mean harm get out of the dispute window.
#[test_only]
module floe_reads::dispute_tests;

use floe_reads::bounty;
use floe_reads::bounty_world::{Self as world, World};
use floe_reads::fixture;
use floe_reads::samples::{Self, at, row};
use floe_reads::symbol_proof;
use floe_reads::wanted;
use std::unit_test::assert_eq;

/// Closed, and time for commitments.
fun closed(max_symbols: u64): World {
    let mut w = world::seven(max_symbols);
    w.close(world::poster());
    w
}

/// Carol has committed to the first two symbols of row 1, and reveals are due.
fun committed(): World {
    let mut w = closed(10);
    w.commit_seven(world::carol(), row(1, 0, 2));
    w.to_reveals();
    w
}

// === A helper is paid for what it reveals ===

#[test]
fun a_revealed_symbol_is_paid_and_the_deposit_returns() {
    let mut w = closed(10);
    let number = w.commit_seven(world::carol(), vector[at(1, 0), at(2, 5)]);
    assert_eq!(w.balance(world::carol()), 0);
    let (remaining, reserved) = w.left();
    assert_eq!(remaining, 10);
    assert_eq!(reserved, 2);
    w.to_reveals();
    w.reveal_seven(world::carol(), number, 0, at(1, 0));
    assert_eq!(w.balance(world::carol()), world::price() + world::deposit());
    w.reveal_seven(world::carol(), number, 1, at(2, 5));
    assert_eq!(w.balance(world::carol()), 2 * (world::price() + world::deposit()));
    w.to_end();
    w.finish();
    assert_eq!(w.balance(world::poster()), 8 * world::price());
    w.end();
}

#[test]
fun both_ends_of_the_window() {
    let mut w = closed(10);
    w.wait(43_199_999);
    let number = w.commit_seven(world::carol(), row(1, 0, 1));
    w.wait(43_200_000);
    w.reveal_seven(world::carol(), number, 0, at(1, 0));
    assert_eq!(w.balance(world::carol()), world::price() + world::deposit());
    w.end();
}

#[test]
fun anyone_may_commit_and_reveal_for_a_helper() {
    let mut w = closed(10);
    let hash = samples::commitment(samples::seven(1, 0), world::alice(), world::nonce());
    let number = w.commit(world::carol(), row(1, 0, 1), vector[hash], world::deposit());
    w.to_reveals();
    let proof = samples::seven_proof(0, 1, 0);
    w.reveal(world::bob(), number, 0, world::alice(), world::nonce(), vector[samples::seven(1, 0)], proof);
    assert_eq!(w.balance(world::alice()), world::price());
    assert_eq!(w.balance(world::carol()), world::deposit());
    assert_eq!(w.balance(world::bob()), 0);
    w.end();
}

#[test]
fun a_symbol_of_the_largest_size_in_parts() {
    let (id, size, n) = fixture::large();
    let mut w = world::begin(n, id, vector[3], vector[], world::price(), 4);
    w.close(world::poster());
    let symbol = samples::zeros(65_534);
    let hash = samples::commitment(symbol, world::carol(), world::nonce());
    let number = w.commit(world::carol(), vector[at(3, 3)], vector[hash], world::deposit());
    w.to_reveals();
    let part = samples::zeros(15_360);
    let parts = vector[part, part, samples::zeros(4_094), part, part];
    let proof = samples::proof(&fixture::large_by_column(), 15, 2, 1, size);
    w.reveal(world::carol(), number, 0, world::carol(), world::nonce(), parts, proof);
    assert_eq!(w.balance(world::carol()), world::price() + world::deposit());
    w.end();
}

#[test]
fun the_largest_commitment() {
    let (id, size, n) = fixture::wide();
    let mut w = world::begin(n, id, vector[999], vector[], world::price(), 1_000);
    w.close(world::poster());
    let hash = samples::commitment(samples::zeros(2), world::carol(), world::nonce());
    let number = w.commit(
        world::carol(),
        row(999, 0, 256),
        vector::tabulate!(256, |_| hash),
        256 * world::deposit(),
    );
    w.to_reveals();
    let proof = samples::proof(&fixture::wide_by_row(), 1, 10, 0, size);
    w.reveal(world::carol(), number, 0, world::carol(), world::nonce(), vector[samples::zeros(2)], proof);
    assert_eq!(w.balance(world::carol()), world::price() + world::deposit());
    w.to_end();
    let before = w.supply();
    w.finish();
    assert_eq!(before - w.supply(), 255 * world::deposit());
    w.end();
}

#[test]
fun two_helpers_with_the_same_symbol() {
    let mut w = closed(10);
    let carols = w.commit_seven(world::carol(), row(1, 0, 1));
    let bobs = w.commit_seven(world::bob(), row(1, 0, 1));
    let (_, reserved) = w.left();
    assert_eq!(reserved, 1);
    w.to_reveals();
    w.reveal_seven(world::bob(), bobs, 0, at(1, 0));
    w.reveal_seven(world::carol(), carols, 0, at(1, 0));
    assert_eq!(w.balance(world::bob()), world::price() + world::deposit());
    assert_eq!(w.balance(world::carol()), world::deposit());
    w.end();
}

#[test]
fun deposits_of_what_is_not_revealed_are_burned() {
    let mut w = committed();
    w.reveal_seven(world::carol(), 0, 1, at(1, 1));
    w.to_end();
    let before = w.supply();
    w.finish();
    assert_eq!(before - w.supply(), world::deposit());
    assert_eq!(w.balance(world::poster()), 9 * world::price());
    w.end();
}

// === Those who mean harm ===

/// The poster closes to get its money back, with helpers of its own on the list and receipts of its own in the window. The
/// helper that has the data is paid all the same.
#[test]
fun a_poster_cannot_outbid_who_reveals() {
    let mut w = world::seven(3);
    w.list(world::poster(), world::mallory(), row(1, 0, 7));
    w.close(world::poster());
    let number = w.commit_seven(world::carol(), row(1, 0, 3));
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.to_reveals();
    w.claim(world::bob(), row(1, 0, 5), fixture::receipt_bob_1_5());
    w.reveal_seven(world::carol(), number, 0, at(1, 0));
    w.reveal_seven(world::carol(), number, 1, at(1, 1));
    w.reveal_seven(world::carol(), number, 2, at(1, 2));
    assert_eq!(w.balance(world::carol()), 3 * (world::price() + world::deposit()));
    w.to_end();
    w.settle(100);
    assert_eq!(w.balance(world::alice()) + w.balance(world::bob()) + w.balance(world::mallory()), 0);
    w.finish();
    assert_eq!(w.balance(world::poster()), 0);
    w.end();
}

/// Receipts to helpers of its own take the money out while the bounty is open. Then a commitment is refused, so that nobody
/// shows data for nothing.
#[test, expected_failure(abort_code = bounty::EReserved, location = bounty)]
fun no_commitment_without_money_behind_it() {
    let mut w = world::seven(3);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.close(world::poster());
    w.commit_seven(world::carol(), row(1, 4, 5));
    w.abandon();
}

/// However a poster and helpers of its own share the money, it is no more than the poster's.
#[test]
fun a_poster_and_its_own_helpers_gain_nothing() {
    let mut w = world::seven(10);
    w.list(world::poster(), world::mallory(), row(1, 0, 7));
    w.list(world::poster(), world::mallory(), row(3, 0, 7));
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.close(world::poster());
    w.claim(world::bob(), row(1, 0, 5), fixture::receipt_bob_1_5());
    let number = w.commit_seven(world::carol(), row(3, 0, 2));
    w.to_reveals();
    w.reveal_seven(world::carol(), number, 0, at(3, 0));
    w.reveal_seven(world::carol(), number, 1, at(3, 1));
    w.to_end();
    w.settle(100);
    w.finish();
    let theirs = w.balance(world::poster()) + w.balance(world::alice()) + w.balance(world::bob())
        + w.balance(world::mallory()) + w.balance(world::carol());
    assert_eq!(theirs, 10 * world::price() + 2 * world::deposit());
    w.end();
}

/// Who sees a reveal on its way and sends it first pays it to the helper.
#[test]
fun a_copied_reveal_pays_the_helper() {
    let mut w = committed();
    let proof = samples::seven_proof(1, 1, 0);
    w.reveal(world::mallory(), 0, 0, world::carol(), world::nonce(), vector[samples::seven(1, 0)], proof);
    assert_eq!(w.balance(world::carol()), world::price() + world::deposit());
    assert_eq!(w.balance(world::mallory()), 0);
    w.end();
}

#[test, expected_failure(abort_code = bounty::ECommitment, location = bounty)]
fun a_copied_reveal_with_another_payout() {
    let mut w = committed();
    let proof = samples::seven_proof(1, 1, 0);
    w.reveal(world::mallory(), 0, 0, world::mallory(), world::nonce(), vector[samples::seven(1, 0)], proof);
    w.abandon();
}

/// A copied hash still names the helper's payout: whoever commits to it pays the deposit for the helper's gain.
#[test]
fun a_copied_commitment_pays_the_helper() {
    let mut w = closed(10);
    let hash = samples::commitment(samples::seven(1, 0), world::carol(), world::nonce());
    let copied = w.commit(world::mallory(), row(1, 0, 1), vector[hash], world::deposit());
    w.commit_seven(world::carol(), row(1, 0, 1));
    w.to_reveals();
    let proof = samples::seven_proof(1, 1, 0);
    w.reveal(world::mallory(), copied, 0, world::carol(), world::nonce(), vector[samples::seven(1, 0)], proof);
    assert_eq!(w.balance(world::carol()), world::price());
    assert_eq!(w.balance(world::mallory()), world::deposit());
    w.reveal_seven(world::carol(), 1, 0, at(1, 0));
    assert_eq!(w.balance(world::carol()), world::price() + world::deposit());
    w.end();
}

/// Who saw a symbol being revealed cannot have committed to it.
#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun no_commitment_once_reveals_began() {
    let mut w = committed();
    w.reveal_seven(world::carol(), 0, 0, at(1, 0));
    w.commit_seven(world::mallory(), row(1, 0, 1));
    w.abandon();
}

/// Empty commitments to everything that there is money for keep others from other symbols only, and cost the deposits.
#[test]
fun blocking_with_empty_commitments_costs_the_deposits() {
    let mut w = closed(3);
    w.commit(world::mallory(), row(1, 0, 3), vector::tabulate!(3, |_| samples::zeros(32)), 3 * world::deposit());
    let number = w.commit_seven(world::carol(), row(1, 1, 3));
    w.to_reveals();
    w.reveal_seven(world::carol(), number, 0, at(1, 1));
    w.reveal_seven(world::carol(), number, 1, at(1, 2));
    assert_eq!(w.balance(world::carol()), 2 * (world::price() + world::deposit()));
    w.to_end();
    let before = w.supply();
    w.finish();
    assert_eq!(before - w.supply(), 3 * world::deposit());
    assert_eq!(w.balance(world::mallory()), 0);
    w.end();
}

/// Many commitments to one symbol reserve the money for one.
#[test]
fun repeating_a_symbol_blocks_nobody() {
    let mut w = closed(3);
    let hash = samples::commitment(samples::seven(1, 0), world::mallory(), world::nonce());
    w.commit(world::mallory(), vector[at(1, 0), at(1, 0), at(1, 0)], vector[hash, hash, hash], 3 * world::deposit());
    let (_, reserved) = w.left();
    assert_eq!(reserved, 1);
    let number = w.commit_seven(world::carol(), row(1, 1, 3));
    w.to_reveals();
    3u64.do!(|i| {
        let proof = samples::seven_proof(1, 1, 0);
        w.reveal(world::mallory(), 0, i, world::mallory(), world::nonce(), vector[samples::seven(1, 0)], proof);
    });
    assert_eq!(w.balance(world::mallory()), world::price() + 3 * world::deposit());
    w.reveal_seven(world::carol(), number, 0, at(1, 1));
    w.reveal_seven(world::carol(), number, 1, at(1, 2));
    assert_eq!(w.balance(world::carol()), 2 * (world::price() + world::deposit()));
    w.end();
}

/// What is revealed is no longer there for receipts of the window and for the list.
#[test]
fun reveals_come_before_the_list() {
    let mut w = world::seven(4);
    w.list(world::poster(), world::bob(), row(1, 0, 4));
    w.close(world::poster());
    let number = w.commit_seven(world::carol(), vector[at(1, 1), at(3, 0)]);
    w.to_reveals();
    w.reveal_seven(world::carol(), number, 0, at(1, 1));
    w.reveal_seven(world::carol(), number, 1, at(3, 0));
    w.to_end();
    w.settle(1);
    assert_eq!(w.balance(world::bob()), 2 * world::price());
    w.end();
}

/// Reservations that were not used lapse with the window.
#[test]
fun lapsed_reservations_are_paid_to_the_list() {
    let mut w = world::seven(2);
    w.list(world::poster(), world::bob(), row(1, 0, 2));
    w.close(world::poster());
    w.commit_seven(world::carol(), row(1, 0, 2));
    w.to_reveals();
    w.to_end();
    w.settle(1);
    assert_eq!(w.balance(world::bob()), 2 * world::price());
    w.end();
}

// === Commitments that are refused ===

#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun no_commitment_while_open() {
    let mut w = world::seven(10);
    w.commit_seven(world::carol(), row(1, 0, 1));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EBatchSize, location = bounty)]
fun an_empty_commitment() {
    let mut w = closed(10);
    w.commit(world::carol(), vector[], vector[], 0);
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EBatchSize, location = bounty)]
fun a_commitment_that_is_too_large() {
    let mut w = closed(10);
    let symbols = vector::tabulate!(257, |_| at(1, 0));
    w.commit(world::carol(), symbols, vector::tabulate!(257, |_| samples::zeros(32)), 257 * world::deposit());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EHashes, location = bounty)]
fun fewer_hashes_than_symbols() {
    let mut w = closed(10);
    w.commit(world::carol(), row(1, 0, 2), vector[samples::zeros(32)], 2 * world::deposit());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EHashes, location = bounty)]
fun a_hash_that_is_too_short() {
    let mut w = closed(10);
    w.commit(world::carol(), row(1, 0, 1), vector[samples::zeros(31)], world::deposit());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPayment, location = bounty)]
fun a_deposit_that_is_too_small() {
    let mut w = closed(10);
    w.commit(world::carol(), row(1, 0, 1), vector[samples::zeros(32)], world::deposit() - 1);
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPayment, location = bounty)]
fun a_deposit_that_is_too_large() {
    let mut w = closed(10);
    w.commit(world::carol(), row(1, 0, 1), vector[samples::zeros(32)], world::deposit() + 1);
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPaid, location = bounty)]
fun a_commitment_to_what_is_paid() {
    let mut w = world::seven(10);
    w.claim(world::alice(), row(1, 0, 3), fixture::receipt_alice_1_3());
    w.close(world::poster());
    w.commit_seven(world::carol(), row(1, 2, 3));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EReserved, location = bounty)]
fun more_commitments_than_money() {
    let mut w = closed(2);
    w.commit_seven(world::carol(), row(1, 0, 3));
    w.abandon();
}

#[test, expected_failure(abort_code = wanted::ENotWanted, location = wanted)]
fun a_commitment_to_what_is_not_wanted() {
    let mut w = closed(10);
    w.commit_seven(world::carol(), row(0, 0, 1));
    w.abandon();
}

#[test, expected_failure(abort_code = wanted::EOutOfRange, location = wanted)]
fun a_commitment_out_of_range() {
    let mut w = closed(10);
    w.commit(world::carol(), vector[at(1, 7)], vector[samples::zeros(32)], world::deposit());
    w.abandon();
}

// === Reveals that are refused ===

fun reveal(w: &mut World, parts: vector<vector<u8>>, nonce: vector<u8>) {
    let proof = samples::seven_proof(1, 1, 0);
    w.reveal(world::carol(), 0, 0, world::carol(), nonce, parts, proof)
}

#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun no_reveal_among_commitments() {
    let mut w = closed(10);
    w.commit_seven(world::carol(), row(1, 0, 1));
    w.wait(43_199_999);
    w.reveal_seven(world::carol(), 0, 0, at(1, 0));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun no_reveal_after_the_window() {
    let mut w = committed();
    w.to_end();
    w.reveal_seven(world::carol(), 0, 0, at(1, 0));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EPhase, location = bounty)]
fun no_reveal_while_open() {
    let mut w = world::seven(10);
    w.reveal_seven(world::carol(), 0, 0, at(1, 0));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ENoCommitment, location = bounty)]
fun no_such_commitment() {
    let mut w = committed();
    w.reveal_seven(world::carol(), 1, 0, at(1, 0));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ENoCommitment, location = bounty)]
fun no_such_item() {
    let mut w = committed();
    w.reveal_seven(world::carol(), 0, 2, at(1, 0));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ENoCommitment, location = bounty)]
fun a_symbol_is_revealed_once() {
    let mut w = committed();
    w.reveal_seven(world::carol(), 0, 0, at(1, 0));
    w.reveal_seven(world::carol(), 0, 0, at(1, 0));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ENoCommitment, location = bounty)]
fun a_commitment_goes_with_its_last_symbol() {
    let mut w = committed();
    w.reveal_seven(world::carol(), 0, 0, at(1, 0));
    w.reveal_seven(world::carol(), 0, 1, at(1, 1));
    w.reveal_seven(world::carol(), 0, 1, at(1, 1));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ENonce, location = bounty)]
fun a_nonce_that_is_too_long() {
    let mut w = committed();
    let mut nonce = world::nonce();
    nonce.push_back(0);
    reveal(&mut w, vector[samples::seven(1, 0)], nonce);
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ECommitment, location = bounty)]
fun another_nonce() {
    let mut w = committed();
    reveal(&mut w, vector[samples::seven(1, 0)], samples::zeros(32));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EParts, location = bounty)]
fun too_many_parts() {
    let mut w = committed();
    let mut parts = vector::tabulate!(5, |_| vector[]);
    parts.push_back(samples::seven(1, 0));
    reveal(&mut w, parts, world::nonce());
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::EParts, location = bounty)]
fun a_part_that_is_too_long() {
    let mut w = committed();
    reveal(&mut w, vector[samples::zeros(15_361)], world::nonce());
    w.abandon();
}

#[test, expected_failure(abort_code = symbol_proof::EWrongBlob, location = symbol_proof)]
fun a_symbol_that_is_not_in_the_blob() {
    let mut w = committed();
    reveal(&mut w, vector[samples::zeros(8)], world::nonce());
    w.abandon();
}

/// The commitment says which symbol it is for: a proof of another does not do.
#[test, expected_failure(abort_code = symbol_proof::EWrongBlob, location = symbol_proof)]
fun another_symbol_of_the_blob() {
    let mut w = committed();
    let proof = samples::seven_proof(1, 3, 3);
    w.reveal(world::carol(), 0, 0, world::carol(), world::nonce(), vector[samples::seven(3, 3)], proof);
    w.abandon();
}

/// Who knew only that there is a symbol committed to nothing, and gets nothing for the right one.
#[test, expected_failure(abort_code = bounty::ECommitment, location = bounty)]
fun a_commitment_without_the_symbol() {
    let mut w = closed(10);
    w.commit(world::carol(), row(1, 0, 1), vector[samples::zeros(32)], world::deposit());
    w.to_reveals();
    w.reveal_seven(world::carol(), 0, 0, at(1, 0));
    w.abandon();
}

#[test, expected_failure(abort_code = bounty::ENothingToPay, location = bounty)]
fun a_receipt_for_what_was_revealed() {
    let mut w = closed(10);
    let number = w.commit_seven(world::carol(), row(3, 0, 2));
    w.to_reveals();
    w.reveal_seven(world::carol(), number, 0, at(3, 0));
    w.reveal_seven(world::carol(), number, 1, at(3, 1));
    w.claim(world::alice(), row(3, 0, 2), fixture::receipt_alice_3_2());
    w.abandon();
}
