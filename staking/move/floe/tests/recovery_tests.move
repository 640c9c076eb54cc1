/// Shards in recovery: how they come to be, whom they excuse, what they earn, and what happens when they move.
#[test_only]
module floe::recovery_tests;

use floe::apportionment_helpers::range;
use floe::events::{EpochChangeDone, ShardRecoveryStart, ShardsReceived};
use floe::roster::Roster;
use floe::roster_helpers::roster;
use floe::transfers::{Self, Transfers};
use floe::transfers_helpers::{after, assert_record, attest, before, changing, expire, fail, failed, recovery_deadline, settled, start};
use std::unit_test::assert_eq;
use sui::event::events_by_type;
use sui::test_utils::destroy;

use fun assert_record as Transfers.assert_record;
use fun start as Transfers.start;

/// State of a record.
const WAITING: u8 = 0;

/// Members of `after`.
const NODE_1: u64 = 0;
const NODE_2: u64 = 1;
const NODE_4: u64 = 2;
const NODE_6: u64 = 3;

/// Records of the change from `before` to `after`.
const FROM_8_TO_4: u64 = 2;
const FROM_8_TO_6: u64 = 3;

// Recovery

#[test]
fun recovering_shards_completes_the_change() {
    let mut transfers = changing();
    expire(&mut transfers, &before(), &after());
    transfers.recovered(NODE_1, vector[3, 13], &after());
    assert_eq!(transfers.unpaid(4), vector[1, 0, 1, 1]);
    transfers.recovered(NODE_6, vector[15], &after());
    assert!(!transfers.is_done());
    transfers.recovered(NODE_1, vector[12], &after());
    assert!(transfers.is_done());
    assert_eq!(transfers.unpaid(4), vector[0, 0, 1, 0]);
    assert_eq!(events_by_type<ShardsReceived>().length(), 3);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENotInRecovery, location = transfers)]
fun recover_what_was_not_in_recovery() {
    let mut transfers = failed();
    transfers.recovered(NODE_1, vector[3], &after());
    transfers.recovered(NODE_1, vector[3], &after());
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENotInRecovery, location = transfers)]
fun recover_what_may_still_be_delivered() {
    let mut transfers = changing();
    transfers.recovered(NODE_4, vector[14], &after());
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENotOwner, location = transfers)]
fun recover_for_another() {
    let mut transfers = failed();
    transfers.recovered(NODE_4, vector[15], &after());
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EShardList, location = transfers)]
fun recover_nothing() {
    let mut transfers = failed();
    transfers.recovered(NODE_4, vector[], &after());
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EShardList, location = transfers)]
fun recover_twice_in_one_call() {
    let mut transfers = failed();
    transfers.recovered(NODE_1, vector[3, 3], &after());
    destroy(transfers);
}

// Lost shards

#[test]
fun lost_shards_are_paid() {
    let mut transfers = settled();
    assert_eq!(transfers.request_recovery(3, vector[12, 14, 15]), 3);
    assert_eq!(transfers.recovering_since(12), 1);
    assert_eq!(transfers.recovering_since(13), 0);
    assert_eq!(transfers.unpaid(4), vector[0, 0, 0, 3]);
    assert_eq!(transfers.request_recovery(3, vector[13]), 1);
    assert_eq!(transfers.unpaid(4), vector[0, 0, 0, 4]);
    assert_eq!(events_by_type<ShardRecoveryStart>().length(), 2);
    transfers.recovered(3, vector[12, 14], &before());
    assert_eq!(transfers.unpaid(4), vector[0, 0, 0, 2]);
    // Losing a shard does not undo a change that is done.
    assert!(transfers.is_done());
    assert_eq!(events_by_type<EpochChangeDone>().length(), 1);
    destroy(transfers);
}

#[test]
fun a_shard_lost_in_each_epoch_is_paid_each_time() {
    let mut transfers = settled();
    assert_eq!(transfers.request_recovery(3, vector[12, 13]), 2);
    next(&mut transfers, 2);
    assert_eq!(transfers.request_recovery(3, vector[12, 13]), 2);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ELostBefore, location = transfers)]
fun lose_a_shard_twice() {
    let mut transfers = settled();
    transfers.request_recovery(3, vector[12]);
    transfers.recovered(3, vector[12], &before());
    transfers.request_recovery(3, vector[12]);
    destroy(transfers);
}

#[test]
fun losing_a_shard_does_not_make_a_member_wait() {
    // Node 2 awaits nothing, so that what it loses and recovers counts neither as missing nor as ready again.
    let mut transfers = changing();
    transfers.request_recovery(NODE_2, vector[0]);
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    transfers.recovered(NODE_2, vector[0], &after());
    // Ready are 3 + 5 of 16.
    assert!(!transfers.is_done());
    attest(&mut transfers, FROM_8_TO_6, NODE_6);
    assert!(transfers.is_done());
    assert_eq!(transfers.unpaid(4), vector[0, 0, 0, 0]);
    destroy(transfers);
}

#[test]
fun recovering_a_lost_shard_does_not_make_a_member_ready() {
    // Node 4 awaits one shard, and loses and recovers another.
    let mut transfers = changing();
    attest(&mut transfers, FROM_8_TO_6, NODE_6);
    transfers.request_recovery(NODE_4, vector[4]);
    transfers.recovered(NODE_4, vector[4], &after());
    assert!(!transfers.is_done());
    attest(&mut transfers, FROM_8_TO_4, NODE_4);
    assert!(transfers.is_done());
    destroy(transfers);
}

#[test]
fun an_incoming_shard_in_recovery_may_be_asked_for_again() {
    let mut transfers = changing();
    expire(&mut transfers, &before(), &after());
    assert_eq!(transfers.request_recovery(NODE_4, vector[14]), 1);
    transfers.recovered(NODE_4, vector[14], &after());
    // Ready are 3 + 5 of 16.
    assert!(!transfers.is_done());
    transfers.recovered(NODE_1, vector[3, 12, 13], &after());
    assert!(transfers.is_done());
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENotArrived, location = transfers)]
fun lose_what_has_not_arrived() {
    let mut transfers = changing();
    transfers.request_recovery(NODE_4, vector[4, 14]);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENotArrived, location = transfers)]
fun lose_what_has_not_arrived_after_saying_so() {
    let mut transfers = changing();
    fail(&mut transfers, FROM_8_TO_4, NODE_4);
    transfers.request_recovery(NODE_4, vector[14]);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENotOwner, location = transfers)]
fun lose_what_another_has() {
    let mut transfers = settled();
    transfers.request_recovery(0, vector[3, 4]);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENotOwner, location = transfers)]
fun lose_what_there_is_not() {
    let mut transfers = settled();
    transfers.request_recovery(3, vector[15, 16]);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::ENotOwner, location = transfers)]
fun lose_what_moved_away() {
    let mut transfers = changing();
    transfers.request_recovery(NODE_2, vector[3]);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EShardList, location = transfers)]
fun lose_nothing() {
    let mut transfers = settled();
    transfers.request_recovery(0, vector[]);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EShardList, location = transfers)]
fun lose_in_disorder() {
    let mut transfers = settled();
    transfers.request_recovery(0, vector[2, 1]);
    destroy(transfers);
}

// Excuses

/// The next epoch with the same committee.
fun next(transfers: &mut Transfers, epoch: u32) {
    transfers.start(&before(), &before(), epoch)
}

#[test]
fun a_lost_shard_is_excused_until_the_end_of_the_next_epoch() {
    let mut transfers = settled();
    transfers.request_recovery(1, vector[4, 5]);
    assert_eq!(transfers.excuse(4), vector[0, 2, 0, 0]);
    next(&mut transfers, 2);
    assert_eq!(transfers.excuse(4), vector[0, 2, 0, 0]);
    next(&mut transfers, 3);
    assert_eq!(transfers.excuse(4), vector[0, 0, 0, 0]);
    // Without excuse it still earns nothing.
    assert_eq!(transfers.unpaid(4), vector[0, 2, 0, 0]);
    // Asking again, and paying again, excuses again.
    transfers.request_recovery(1, vector[5]);
    next(&mut transfers, 4);
    assert_eq!(transfers.excuse(4), vector[0, 1, 0, 0]);
    next(&mut transfers, 5);
    assert_eq!(transfers.excuse(4), vector[0, 0, 0, 0]);
    destroy(transfers);
}

#[test]
fun asking_after_the_challenge_began_is_too_late_for_it() {
    let mut transfers = settled();
    let excused = transfers.excuse(4);
    transfers.request_recovery(1, vector[4]);
    assert_eq!(excused, vector[0, 0, 0, 0]);
    // It earns nothing all the same, and counts for the next challenge.
    assert_eq!(transfers.unpaid(4), vector[0, 1, 0, 0]);
    next(&mut transfers, 2);
    assert_eq!(transfers.excuse(4), vector[0, 1, 0, 0]);
    next(&mut transfers, 3);
    assert_eq!(transfers.excuse(4), vector[0, 0, 0, 0]);
    destroy(transfers);
}

#[test]
fun who_was_excused_earns_nothing() {
    // A node asks for recovery, is excused from the challenge, and says right after that it has the shard again.
    let mut transfers = settled();
    transfers.request_recovery(1, vector[4, 5]);
    transfers.recovered(1, vector[5], &before());
    assert_eq!(transfers.excuse(4), vector[0, 1, 0, 0]);
    transfers.recovered(1, vector[4], &before());
    assert_eq!(transfers.unpaid(4), vector[0, 1, 0, 0]);
    // In the next epoch it answers and earns.
    next(&mut transfers, 2);
    assert_eq!(transfers.excuse(4), vector[0, 0, 0, 0]);
    assert_eq!(transfers.unpaid(4), vector[0, 0, 0, 0]);
    destroy(transfers);
}

#[test]
fun receivers_of_failed_transfers_are_excused_too() {
    let mut transfers = failed();
    assert_eq!(transfers.excuse(4), vector[3, 0, 1, 1]);
    transfers.start(&after(), &after(), 3);
    assert_eq!(transfers.excuse(4), vector[3, 0, 1, 1]);
    transfers.start(&after(), &after(), 4);
    assert_eq!(transfers.excuse(4), vector[0, 0, 0, 0]);
    assert_eq!(transfers.unpaid(4), vector[3, 0, 1, 1]);
    destroy(transfers);
}

#[test, expected_failure(abort_code = transfers::EUnsettled, location = transfers)]
fun excuse_while_records_are_open() {
    let mut transfers = changing();
    transfers.excuse(4);
    destroy(transfers);
}

// Shards in recovery that stay or move

#[test]
fun a_shard_in_recovery_that_stays_is_not_waited_for() {
    let mut transfers = failed();
    transfers.start(&after(), &after(), 3);
    assert!(transfers.is_done() && transfers.is_settled());
    assert_eq!(transfers.recovering_since(14), 2);
    // Recovered in this epoch, it adds to nobody's readiness.
    transfers.recovered(NODE_4, vector[14], &after());
    assert_eq!(transfers.unpaid(4), vector[3, 0, 0, 1]);
    destroy(transfers);
}

/// Nodes 1 and 4 leave: node 2 gets the shards of node 1, of which 12 and 13 were in recovery in `failed` (3 as well, that goes
/// to node 6), and node 6 those of node 4, of which 14 was.
fun later(): Roster {
    roster(vector[2, 6], vector[vector[0, 1, 2, 12, 13], vector[3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15]])
}

#[test]
fun a_shard_in_recovery_moves_as_recovery() {
    let mut transfers = failed();
    transfers.start(&after(), &later(), 3);
    // Node 4 has healthy shards and one in recovery for node 6: two records.
    assert_eq!(transfers.length(), 4);
    transfers.assert_record(0, 0, 1, vector[3], WAITING);
    transfers.assert_record(1, 0, 0, vector[12, 13], WAITING);
    transfers.assert_record(2, 2, 1, range(4, 8), WAITING);
    transfers.assert_record(3, 2, 1, vector[14], WAITING);
    // Recovery starts anew for the new owners; shard 15 stays with node 6.
    assert_eq!(transfers.recovering_since(12), 3);
    assert_eq!(transfers.recovering_since(14), 3);
    assert_eq!(transfers.recovering_since(15), 2);
    // Of the ones that began within the grace, neither side owes; of the healthy ones both.
    assert_eq!(
        expire(&mut transfers, &after(), &later()),
        vector[vector[1, 6, 0, 0], vector[1, 2, 0, 0], vector[4, 6, 4, 4], vector[4, 6, 0, 0]],
    );
    assert_eq!(transfers.excuse(2), vector[2, 7]);
    destroy(transfers);
}

#[test]
fun after_the_grace_the_sender_owes_for_shards_in_recovery() {
    let mut transfers = failed();
    transfers.start(&after(), &after(), 3);
    // One of them was asked for again in epoch 3.
    transfers.request_recovery(NODE_1, vector[13]);
    transfers.start(&after(), &later(), 4);
    // The new owner recovers before the deadline; that the sender did not is settled then all the same.
    transfers.recovered(0, vector[12, 13], &later());
    assert_eq!(
        expire(&mut transfers, &after(), &later()),
        vector[vector[1, 6, 1, 0], vector[1, 2, 1, 0], vector[4, 6, 4, 4], vector[4, 6, 1, 0]],
    );
    // Their new owners have a grace of their own: two are recovered, 3, 14 and four more are excused, 15 no longer.
    assert_eq!(transfers.excuse(2), vector[0, 6]);
    assert_eq!(transfers.unpaid(2), vector[0, 7]);
    destroy(transfers);
}

#[test]
fun a_sender_that_recovers_in_time_hands_over_what_was_in_recovery() {
    let mut transfers = failed();
    transfers.start(&after(), &after(), 3);
    transfers.start(&after(), &later(), 4);
    transfers.attest(1, 0, 0, &after(), &later());
    assert_eq!(transfers.recovering_since(12), 0);
    assert_eq!(transfers.recovering_since(13), 0);
    assert_eq!(
        expire(&mut transfers, &after(), &later()),
        vector[vector[1, 6, 1, 0], vector[4, 6, 4, 4], vector[4, 6, 1, 0]],
    );
    destroy(transfers);
}

#[test]
fun recovering_and_attesting_count_once() {
    let mut transfers = failed();
    transfers.start(&after(), &later(), 3);
    // Node 2 recovers one of its two shards, loses it again, and then hears from the sender after all.
    transfers.recovered(0, vector[12], &later());
    transfers.request_recovery(0, vector[12]);
    transfers.attest(1, 0, 0, &after(), &later());
    assert_eq!(transfers.recovering_since(12), 0);
    // Node 6 with 11 of 16 shards is a quorum alone; until then the change is not done.
    assert!(!transfers.is_done());
    transfers.recovered(1, vector[3, 14], &later());
    assert!(!transfers.is_done());
    transfers.attest(2, 1, 0, &after(), &later());
    assert!(transfers.is_done());
    destroy(transfers);
}

#[test]
fun a_shard_in_recovery_that_comes_back_is_no_better() {
    // From node 4 to node 6 and back: each time it moves its recovery starts anew, and it earns nothing meanwhile.
    let mut transfers = failed();
    transfers.start(&after(), &later(), 3);
    expire(&mut transfers, &after(), &later());
    transfers.force(recovery_deadline());
    transfers.start(&later(), &after(), 4);
    assert_eq!(transfers.recovering_since(14), 4);
    expire(&mut transfers, &later(), &after());
    // All of node 1's and node 4's shards moved and none was delivered, and node 6 has not recovered shard 15.
    assert_eq!(transfers.unpaid(4), vector[3, 0, 5, 1]);
    destroy(transfers);
}
