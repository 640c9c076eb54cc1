/// From the roster of one epoch to that of the next: records, attesting, expiry, and when the change is done.
#[test_only]
module floe::transfers_tests;

use floe::apportionment_helpers::range;
use floe::events::{EpochChangeDone, ShardRecoveryStart, ShardsReceived};
use floe::roster;
use floe::roster_helpers::{node, roster};
use floe::transfers::{Self, EpochChangeForced, TransferAttested, TransferFailed, Transfers};
use floe::transfers_helpers::{after, assert_record, attest, before, changing, deadline, expire, fail, open, recovery_deadline, settled, start};
use std::unit_test::assert_eq;
use sui::event::events_by_type;
use sui::test_utils::destroy;

use fun assert_record as Transfers.assert_record;
use fun start as Transfers.start;

/// States of a record.
const WAITING: u8 = 0;
const FAILED: u8 = 1;
const ATTESTED: u8 = 2;
const EXPIRED: u8 = 3;

/// Members of `after` that await shards.
const NODE_1: u64 = 0;
const NODE_4: u64 = 2;
const NODE_6: u64 = 3;

/// Records of the change from `before` to `after`.
const FROM_2_TO_1: u64 = 0;
const FROM_8_TO_1: u64 = 1;
const FROM_8_TO_4: u64 = 2;
const FROM_8_TO_6: u64 = 3;

// Records

#[test]
fun first_shards_have_no_sender() {
    let transfers = settled();
    assert_eq!(transfers.length(), 0);
    assert!(transfers.is_done());
    assert!(transfers.is_settled());
    assert_eq!(events_by_type<EpochChangeDone>().length(), 1);
    destroy(transfers);
}

#[test]
fun one_record_for_each_pair() {
    let transfers = changing();
    assert_eq!(transfers.length(), 4);
    transfers.assert_record(FROM_2_TO_1, 0, 0, vector[3], WAITING);
    transfers.assert_record(FROM_8_TO_1, 3, 0, vector[12, 13], WAITING);
    transfers.assert_record(FROM_8_TO_4, 3, 2, vector[14], WAITING);
    transfers.assert_record(FROM_8_TO_6, 3, 3, vector[15], WAITING);
    assert!(!transfers.is_done());
    assert!(!transfers.is_settled());
    assert_eq!(transfers.unpaid(4), vector[0, 0, 0, 0]);
    destroy(transfers);
}

#[test]
fun shards_of_a_pair_need_not_lie_together() {
    let mut transfers = transfers::new(8);
    let previous = roster(vector[1, 2], vector[vector[0, 2, 4, 6], vector[1, 3, 5, 7]]);
    let current = roster(vector[2, 3, 4], vector[vector[1, 3, 5], vector[0, 4, 7], vector[2, 6]]);
    transfers.start(&roster::empty(), &previous, 1);
    transfers.start(&previous, &current, 2);
    assert_eq!(transfers.length(), 3);
    transfers.assert_record(0, 0, 1, vector[0, 4], WAITING);
    transfers.assert_record(1, 0, 2, vector[2, 6], WAITING);
    transfers.assert_record(2, 1, 1, vector[7], WAITING);
    destroy(transfers);
}

#[test]
fun a_committee_that_stays_is_done_at_once() {
    let mut transfers = settled();
    transfers.start(&before(), &before(), 2);
    assert_eq!(transfers.length(), 0);
    assert!(transfers.is_done() && transfers.is_settled());
    destroy(transfers);
}

#[test]
fun everybody_leaves_and_all_shards_move() {
    let mut transfers = settled();
    let heirs = roster(vector[1, 3, 5, 7], vector[range(0, 4), range(4, 8), range(8, 12), range(12, 16)]);
    transfers.start(&before(), &heirs, 2);
    assert_eq!(transfers.length(), 4);
    4u64.do!(|i| {
        assert_eq!(transfers.is_done(), i == 3);
        transfers.attest(i, i, 0, &before(), &heirs);
    });
    assert!(transfers.is_settled());
    destroy(transfers);
}

#[test]
fun from_a_single_node_to_another() {
    let mut transfers = transfers::new(4);
    let (previous, current) = (roster(vector[9], vector[range(0, 4)]), roster(vector[3], vector[range(0, 4)]));
    transfers.start(&roster::empty(), &previous, 1);
    transfers.start(&previous, &current, 2);
    assert_eq!(transfers.length(), 1);
    transfers.attest(0, 0, 0, &previous, &current);
    assert!(transfers.is_done() && transfers.is_settled());
    destroy(transfers);
}

// Attesting and failing

#[test]
fun done_by_a_quorum_and_records_outlive_it() {
    let mut transfers = changing();
    // Node 2 has three shards and awaits none. A quorum is 11 of 16.
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    assert!(!transfers.is_done());
    attest(&mut transfers, FROM_8_TO_6, NODE_6);
    assert!(transfers.is_done());
    assert_eq!(events_by_type<EpochChangeDone>().length(), 2);
    assert!(!transfers.is_settled());
    // Attesting goes on.
    attest(&mut transfers, FROM_2_TO_1, NODE_1);
    transfers.assert_record(FROM_2_TO_1, 0, 0, vector[3], ATTESTED);
    assert!(!transfers.is_settled());
    attest(&mut transfers, FROM_8_TO_1, NODE_1);
    assert!(transfers.is_settled());
    assert_eq!(events_by_type<EpochChangeDone>().length(), 2);
    assert_eq!(events_by_type<TransferAttested>().length(), 4);
    assert_eq!(events_by_type<ShardsReceived>().length(), 4);
    assert_eq!(transfers.unpaid(4), vector[0, 0, 0, 0]);
    assert_eq!(expire(&mut transfers, &before(), &after()), vector[]);
    destroy(transfers);
}

#[test]
fun a_member_is_ready_when_it_has_everything() {
    let mut transfers = changing();
    // Node 1 (3 shards) and node 4 (5), with node 2 (3) these are 11; node 1 has two senders.
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    attest(&mut transfers, FROM_8_TO_1, NODE_1);
    assert!(!transfers.is_done());
    attest(&mut transfers, FROM_2_TO_1, NODE_1);
    assert!(transfers.is_done());
    destroy(transfers);
}

#[test]
fun a_failure_may_be_taken_back() {
    let mut transfers = changing();
    fail(&mut transfers, FROM_8_TO_4, NODE_4);
    transfers.assert_record(FROM_8_TO_4, 3, 2, vector[14], FAILED);
    assert_eq!(events_by_type<TransferFailed>().length(), 1);
    assert_eq!(transfers.recovering_since(14), 0);
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    transfers.assert_record(FROM_8_TO_4, 3, 2, vector[14], ATTESTED);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENoRecord, location = transfers)]
fun attest_no_record() {
    let mut transfers = changing();
    attest(&mut transfers, 4, NODE_1);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENotReceiver, location = transfers)]
fun attest_as_another() {
    let mut transfers = changing();
    attest(&mut transfers, FROM_8_TO_4, NODE_6);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ERecordSettled, location = transfers)]
fun attest_again() {
    let mut transfers = changing();
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ELate, location = transfers)]
fun attest_at_the_deadline() {
    let mut transfers = changing();
    transfers.attest(FROM_8_TO_4, NODE_4, deadline(), &before(), &after());
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ELate, location = transfers)]
fun attest_at_the_deadline_what_had_failed() {
    let mut transfers = changing();
    fail(&mut transfers, FROM_8_TO_4, NODE_4);
    transfers.attest(FROM_8_TO_4, NODE_4, deadline(), &before(), &after());
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ERecordSettled, location = transfers)]
fun attest_what_expired() {
    let mut transfers = changing();
    expire(&mut transfers, &before(), &after());
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EAlreadyFailed, location = transfers)]
fun fail_again() {
    let mut transfers = changing();
    fail(&mut transfers, FROM_8_TO_4, NODE_4);
    fail(&mut transfers, FROM_8_TO_4, NODE_4);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ERecordSettled, location = transfers)]
fun fail_what_was_attested() {
    let mut transfers = changing();
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    fail(&mut transfers, FROM_8_TO_4, NODE_4);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENotReceiver, location = transfers)]
fun fail_as_another() {
    let mut transfers = changing();
    fail(&mut transfers, FROM_8_TO_4, NODE_1);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENoRecord, location = transfers)]
fun fail_no_record() {
    let mut transfers = settled();
    fail(&mut transfers, 0, 0);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ELate, location = transfers)]
fun fail_at_the_deadline() {
    let mut transfers = changing();
    transfers.fail(FROM_8_TO_4, NODE_4, deadline(), &before(), &after());
    destroy(transfers);
}

// Expiry

#[test]
fun what_is_not_attested_becomes_recovery() {
    let mut transfers = changing();
    attest(&mut transfers, FROM_8_TO_6, NODE_6);
    fail(&mut transfers, FROM_8_TO_4, NODE_4);
    assert_eq!(
        expire(&mut transfers, &before(), &after()),
        vector[vector[2, 1, 1, 1], vector[8, 1, 2, 2], vector[8, 4, 1, 1]],
    );
    transfers.assert_record(FROM_8_TO_4, 3, 2, vector[14], EXPIRED);
    transfers.assert_record(FROM_8_TO_6, 3, 3, vector[15], ATTESTED);
    vector[3, 12, 13, 14].do!(|shard| assert_eq!(transfers.recovering_since(shard), 2));
    assert_eq!(transfers.recovering_since(15), 0);
    assert_eq!(transfers.unpaid(4), vector[3, 0, 1, 0]);
    assert_eq!(events_by_type<ShardRecoveryStart>().length(), 3);
    assert!(transfers.is_settled());
    assert!(!transfers.is_done());
    // A second time, nothing is left.
    assert_eq!(expire(&mut transfers, &before(), &after()), vector[]);
    destroy(transfers);
}

#[test]
fun expiry_in_portions() {
    let mut transfers = changing();
    attest(&mut transfers, FROM_8_TO_1, NODE_1);
    let (previous, current) = (before(), after());
    assert_eq!(transfers.expire(0, deadline(), &previous, &current).length(), 0);
    let first = transfers.expire(1, deadline(), &previous, &current);
    assert_eq!(first.map!(|expiry| expiry.receiver()), vector[node(1)]);
    let second = transfers.expire(1, deadline(), &previous, &current);
    assert_eq!(second.map!(|expiry| expiry.receiver()), vector[node(4)]);
    assert!(!transfers.is_settled());
    let third = transfers.expire(5, deadline(), &previous, &current);
    assert_eq!(third.map!(|expiry| expiry.receiver()), vector[node(6)]);
    assert!(transfers.is_settled());
    destroy(transfers);
}

#[test]
fun penalties_are_final_node_by_node() {
    let mut transfers = changing();
    let (previous, current) = (before(), after());
    assert_eq!(open(&transfers), vector[1, 2, 4, 6, 8]);
    attest(&mut transfers, FROM_2_TO_1, NODE_1);
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    assert_eq!(open(&transfers), vector[1, 6, 8]);
    transfers.expire(1, deadline(), &previous, &current);
    assert_eq!(open(&transfers), vector[6, 8]);
    transfers.expire(1, deadline(), &previous, &current);
    assert_eq!(open(&transfers), vector[]);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EEarly, location = transfers)]
fun expire_before_the_deadline() {
    let mut transfers = changing();
    transfers.expire(9, deadline() - 1, &before(), &after());
    destroy(transfers);
}

// The end of the change

#[test]
fun forced_at_the_recovery_deadline() {
    let mut transfers = changing();
    expire(&mut transfers, &before(), &after());
    assert!(!transfers.is_done());
    transfers.force(recovery_deadline());
    assert!(transfers.is_done());
    assert_eq!(events_by_type<EpochChangeForced>().length(), 1);
    assert_eq!(events_by_type<EpochChangeDone>().length(), 2);
    // What is missing stays in recovery, and coming late ends no change again.
    assert_eq!(transfers.unpaid(4), vector[3, 0, 1, 1]);
    transfers.recovered(NODE_4, vector[14], &after());
    transfers.recovered(NODE_6, vector[15], &after());
    assert_eq!(events_by_type<EpochChangeDone>().length(), 2);
    destroy(transfers);
}

#[test]
fun force_does_nothing_to_what_is_done() {
    let mut transfers = settled();
    transfers.force(recovery_deadline());
    assert_eq!(events_by_type<EpochChangeForced>().length(), 0);
    assert_eq!(events_by_type<EpochChangeDone>().length(), 1);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EEarly, location = transfers)]
fun force_before_the_recovery_deadline() {
    let mut transfers = changing();
    expire(&mut transfers, &before(), &after());
    transfers.force(recovery_deadline() - 1);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EUnsettled, location = transfers)]
fun force_while_records_are_open() {
    let mut transfers = changing();
    transfers.force(recovery_deadline());
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EUnsettled, location = transfers)]
fun begin_while_records_are_open() {
    let mut transfers = changing();
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    attest(&mut transfers, FROM_8_TO_6, NODE_6);
    assert!(transfers.is_done());
    transfers.start(&after(), &after(), 3);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EUnsettled, location = transfers)]
fun begin_while_a_quorum_misses_shards() {
    let mut transfers = changing();
    expire(&mut transfers, &before(), &after());
    transfers.start(&after(), &after(), 3);
    destroy(transfers);
}
