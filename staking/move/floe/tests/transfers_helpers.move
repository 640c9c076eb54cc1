/// A change of epoch among a few nodes, for tests of transfers and recovery.
#[test_only]
module floe::transfers_helpers;

use floe::apportionment_helpers::range;
use floe::roster::{Self, Roster};
use floe::roster_helpers::{node, roster};
use floe::transfers::{Self, Transfers};
use std::unit_test::assert_eq;

use fun start as Transfers.start;

/// Deadlines in these tests, ms.
const DEADLINE: u64 = 1_000;
const RECOVERY_DEADLINE: u64 = 2_000;

public fun deadline(): u64 { DEADLINE }

public fun recovery_deadline(): u64 { RECOVERY_DEADLINE }

/// Sixteen shards, four each, of nodes 2, 4, 6, 8.
public fun before(): Roster {
    roster(vector[2, 4, 6, 8], vector[range(0, 4), range(4, 8), range(8, 12), range(12, 16)])
}

/// Node 8 left; node 1 has two of its shards, node 6 one, node 4 one. Node 2 gave its highest to node 1. Records from node 2
/// to 1, 8 to 1, 8 to 4, 8 to 6.
public fun after(): Roster {
    roster(
        vector[1, 2, 4, 6],
        vector[vector[3, 12, 13], range(0, 3), vector[4, 5, 6, 7, 14], vector[8, 9, 10, 11, 15]],
    )
}

/// A network in epoch 1 whose nodes have their shards.
public fun settled(): Transfers {
    let mut transfers = transfers::new(16);
    transfers.start(&roster::empty(), &before(), 1);
    transfers
}

/// The change from epoch 1 to epoch 2.
public fun changing(): Transfers {
    let mut transfers = settled();
    transfers.start(&before(), &after(), 2);
    transfers
}

/// All transfers of the change to epoch 2 failed, and it was forced.
public fun failed(): Transfers {
    let mut transfers = changing();
    expire(&mut transfers, &before(), &after());
    transfers.force(RECOVERY_DEADLINE);
    transfers
}

public fun start(transfers: &mut Transfers, previous: &Roster, current: &Roster, epoch: u32) {
    transfers.begin(previous, current, epoch, DEADLINE, RECOVERY_DEADLINE)
}

/// The receiver attests just in time, in the change from `before` to `after`.
public fun attest(transfers: &mut Transfers, record: u64, receiver: u64) {
    transfers.attest(record, receiver, DEADLINE - 1, &before(), &after())
}

/// The receiver says in time that the sender fails, in the change from `before` to `after`.
public fun fail(transfers: &mut Transfers, record: u64, receiver: u64) {
    transfers.fail(record, receiver, DEADLINE - 1, &before(), &after())
}

/// All that expire, as [sender, receiver, sender's shards, receiver's shards] with nodes by their numbers.
public fun expire(transfers: &mut Transfers, previous: &Roster, current: &Roster): vector<vector<u64>> {
    transfers.expire(100, DEADLINE, previous, current).map!(|expiry| vector[
        number(expiry.sender()),
        number(expiry.receiver()),
        expiry.sender_shards(),
        expiry.receiver_shards(),
    ])
}

fun number(id: ID): u64 { roster::number(id) as u64 }

/// Those of nodes 1 to 9 that have an open record in the change from `before` to `after`.
public fun open(transfers: &Transfers): vector<u64> {
    vector::tabulate!(9, |i| i + 1).filter!(|i| !transfers.is_settled_for(node(*i), &before(), &after()))
}

public fun assert_record(transfers: &Transfers, i: u64, sender: u16, receiver: u16, shards: vector<u16>, state: u8) {
    let (found_sender, found_receiver, found_shards, found_state) = transfers.record(i);
    assert_eq!(found_sender, sender);
    assert_eq!(found_receiver, receiver);
    assert_eq!(found_shards, shards);
    assert_eq!(found_state, state);
}
