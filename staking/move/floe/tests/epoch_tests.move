/// When things may be done: pushing, transfers, challenges, governance, versions; and what is refused.
#[test_only]
module floe::epoch_tests;

use floe::committee;
use floe::epochs;
use floe::governance;
use floe::members;
use floe::message;
use floe::network::{Self, Network};
use floe::params;
use floe::staking::{Self, Staking};
use floe::system::{Self, System};
use floe::transfers;
use std::unit_test::assert_eq;

const WAL: u64 = 1_000_000_000;

fun four(): Network { network::started(10, vector[100, 100, 100, 100]) }

// === Time ===

#[test, expected_failure(abort_code = epochs::ENothingDue, location = epochs)]
fun push_too_early() {
    let mut network = four();
    network.at(49);
    network.push();
    abort
}

#[test, expected_failure(abort_code = epochs::ENothingDue, location = epochs)]
fun push_before_there_are_enough_nodes() {
    let mut network = network::empty(10, 150);
    3u64.do!(|_| {
        let node = network.register(0);
        network.stake(node, 10);
    });
    network.push();
    abort
}

#[test]
fun actions_and_their_times() {
    let mut network = four();
    let newcomer = network.register(0);
    network.stake(newcomer, 300);
    let (start, end) = network.staking().epoch_span();
    assert_eq!(end, start + 100);
    // Pools settle at the cutoff at the latest.
    assert_eq!(network.action(), vector[3, 50]);
    network.at(50);
    network.push();
    assert_eq!(network.action(), vector[4, 50]);
    network.push();
    assert_eq!(network.action(), vector[5, 50]);
    network.push();
    assert_eq!(network.staking().roster_of(2).destroy_some().length(), 5);
    assert_eq!(network.action(), vector[6, 100]);
    network.at(130);
    network.push();
    assert_eq!(network.epoch(), 2);
    assert_eq!(network.staking().roster_of(0), option::none());
    assert_eq!(network.staking().roster_of(1).destroy_some().length(), 4);
    assert_eq!(network.staking().roster_of(2), option::some(*network.staking().roster()));
    assert_eq!(network.staking().roster_of(3), option::none());
    // It begins when somebody pushes.
    let (next, _) = network.staking().epoch_span();
    assert_eq!(next, start + 130);
    assert_eq!(network.action(), vector[1, 20]);
    network.at(20);
    network.push();
    // Without a quorum that has its shards the change is forced later; with one it is done.
    if (network.staking().transfers().is_done()) assert_eq!(network.action(), vector[3, 50])
    else assert_eq!(network.action(), vector[2, 40]);
    network.end();
}

#[test]
fun settling_early_leaves_less_to_push() {
    let mut network = four();
    network.next_epoch();
    4u64.do!(|i| {
        let node = network.node(i);
        network.staking_mut().settle(node);
    });
    assert!(network.staking().epochs().registry().unsettled() > 0);
    network.at(50);
    network.push();
    assert_eq!(network.staking().epochs().registry().unsettled(), 0);
    network.end();
}

#[test, expected_failure(abort_code = transfers::ELate, location = transfers)]
fun attest_too_late() {
    let mut network = four();
    let newcomer = network.register(0);
    network.stake(newcomer, 300);
    network.next_epoch();
    network.at(20);
    network.attest_all();
    abort
}

#[test, expected_failure(abort_code = epochs::ENotMember, location = epochs)]
fun attest_as_a_stranger() {
    let mut network = four();
    network.register(0);
    let (staking, cap, clock, _) = network.acting(4);
    staking.attest_transfer(cap, 0, clock);
    abort
}

#[test, expected_failure(abort_code = epochs::ENotMember, location = epochs)]
fun fail_as_a_stranger() {
    let mut network = four();
    network.register(0);
    let (staking, cap, clock, _) = network.acting(4);
    staking.fail_transfer(cap, 0, clock);
    abort
}

#[test, expected_failure(abort_code = epochs::ENotMember, location = epochs)]
fun lose_a_disk_as_a_stranger() {
    let mut network = four();
    network.register(0);
    let (staking, cap, _, _) = network.acting(4);
    staking.request_shard_recovery(cap, vector[0]);
    abort
}

#[test, expected_failure(abort_code = epochs::ENotMember, location = epochs)]
fun recover_as_a_stranger() {
    let mut network = four();
    network.register(0);
    let (staking, cap, _, _) = network.acting(4);
    staking.shards_recovered(cap, vector[0]);
    abort
}

#[test, expected_failure(abort_code = transfers::ENotOwner, location = transfers)]
fun lose_a_disk_of_another() {
    let mut network = four();
    let shards = network.staking().shards_of(network.node(1));
    let (staking, cap, _, _) = network.acting(0);
    staking.request_shard_recovery(cap, shards);
    abort
}

// === Challenges ===

#[test, expected_failure(abort_code = epochs::EOutsideChallengeSpan, location = epochs)]
fun challenge_too_early() {
    let mut network = four();
    network.at(59);
    let (staking, _, ledger, clock, _) = network.objects();
    staking.start_challenge_for_testing(b"seed", ledger, clock);
    abort
}

#[test]
fun challenge_at_the_last_moment() {
    let mut network = four();
    network.at(70);
    let (staking, _, ledger, clock, _) = network.objects();
    staking.start_challenge_for_testing(b"seed", ledger, clock);
    assert_eq!(*staking.challenge().seed(), b"seed");
    network.end();
}

#[test, expected_failure(abort_code = epochs::EOutsideChallengeSpan, location = epochs)]
fun challenge_too_late() {
    let mut network = four();
    network.at(71);
    let (staking, _, ledger, clock, _) = network.objects();
    staking.start_challenge_for_testing(b"seed", ledger, clock);
    abort
}

#[test, expected_failure(abort_code = epochs::EOutsideChallengeSpan, location = epochs)]
fun challenge_without_a_committee() {
    let mut network = network::empty(10, 150);
    network.at(60);
    let (staking, _, ledger, clock, _) = network.objects();
    staking.start_challenge_for_testing(b"seed", ledger, clock);
    abort
}

#[test, expected_failure(abort_code = transfers::EUnsettled, location = transfers)]
fun challenge_with_open_transfers() {
    let mut network = four();
    let newcomer = network.register(0);
    network.stake(newcomer, 300);
    network.next_epoch();
    network.at(60);
    let (staking, _, ledger, clock, _) = network.objects();
    staking.start_challenge_for_testing(b"seed", ledger, clock);
    abort
}

#[test, expected_failure(abort_code = epochs::EOutsideReportWindow, location = epochs)]
fun report_too_early() {
    let mut network = four();
    network.start_challenge();
    network.at(79);
    network.report(0, vector[], vector[]);
    abort
}

#[test, expected_failure(abort_code = epochs::EOutsideReportWindow, location = epochs)]
fun report_too_late() {
    let mut network = four();
    network.start_challenge();
    network.at(100);
    network.report(0, vector[], vector[]);
    abort
}

#[test, expected_failure(abort_code = epochs::ENotMember, location = epochs)]
fun report_as_a_stranger() {
    let mut network = four();
    network.register(0);
    network.start_challenge();
    network.at(80);
    let (staking, cap, clock, _) = network.acting(4);
    staking.report(cap, x"", x"", x"", clock);
    abort
}

#[test, expected_failure(abort_code = members::EBitmap, location = members)]
fun report_of_a_stranger() {
    let mut network = four();
    network.start_challenge();
    network.at(80);
    let (staking, cap, clock, _) = network.acting(0);
    staking.report(cap, x"10", x"", x"", clock);
    abort
}

/// Certifies node 0 by `signers` with a message for `about`.
fun certify(network: &mut Network, about: u64, seed: vector<u8>, signers: vector<u8>) {
    let node = network.node(0);
    let mut body = object::id(network.system()).to_bytes();
    body.append(network.node(about).to_bytes());
    body.append(seed);
    let message = network::message(128, network.epoch(), body);
    let (staking, system, clock) = network.pushing();
    staking.submit_audit_certificate(system, node, x"", signers, message, clock);
}

#[test]
fun certified_node_owes_nothing() {
    let mut network = four();
    network.start_challenge();
    let signers = network.everybody();
    certify(&mut network, 0, b"seed", signers);
    let member = network.member(0);
    assert!(network.staking().challenge().is_certified(member));
    network.at(80);
    4u64.do!(|i| network.report(i, vector[0, 1, 2, 3], vector[1, 2, 3]));
    network.next_epoch();
    assert_eq!(network.debt(0), 0);
    network.end();
}

#[test, expected_failure(abort_code = message::EWrongBody, location = message)]
fun certificate_of_another_node() {
    let mut network = four();
    network.start_challenge();
    let signers = network.everybody();
    certify(&mut network, 1, b"seed", signers);
    abort
}

#[test, expected_failure(abort_code = message::EWrongBody, location = message)]
fun certificate_of_another_seed() {
    let mut network = four();
    network.start_challenge();
    let signers = network.everybody();
    certify(&mut network, 0, b"weed", signers);
    abort
}

#[test, expected_failure(abort_code = committee::ENotEnough, location = committee)]
fun certificate_of_too_few() {
    let mut network = four();
    network.start_challenge();
    let signers = network.bitmap(vector[0, 1]);
    certify(&mut network, 0, b"seed", signers);
    abort
}

#[test, expected_failure(abort_code = epochs::EOutsideReportWindow, location = epochs)]
fun certificate_too_late() {
    let mut network = four();
    network.start_challenge();
    let signers = network.everybody();
    network.at(100);
    certify(&mut network, 0, b"seed", signers);
    abort
}

// === Governance ===

fun propose(network: &mut Network, i: u64, sender: u64, receiver: u64, answer: u64, issue: u64) {
    let (staking, cap, clock, _) = network.acting(i);
    staking.propose_penalties(cap, sender * WAL, receiver * WAL, answer * WAL, issue * WAL, clock);
}

fun vote(network: &mut Network, i: u64, proposal: Option<u64>) {
    let (staking, cap, clock, _) = network.acting(i);
    staking.vote_penalties(cap, proposal, clock);
}

#[test]
fun penalties_change_with_the_next_epoch() {
    // A tenth of the average stake per shard is 40 WAL.
    let mut network = network::started(10, vector[1_000, 1_000, 1_000, 1_000]);
    let old = *network.staking().penalties();
    propose(&mut network, 0, 8, 2, 6, 2);
    propose(&mut network, 1, 2, 1, 1, 1);
    vote(&mut network, 0, option::some(0));
    vote(&mut network, 1, option::some(0));
    vote(&mut network, 2, option::none());
    assert_eq!(network.staking().governance().proposals().length(), 2);
    network.at(50);
    network.push_all();
    // This epoch's failures are charged by this epoch's penalties.
    network.challenge_all_but(vector[3]);
    let shards = network.weight(3);
    assert_eq!(*network.staking().penalties(), old);
    network.next_epoch();
    assert_eq!(network.debt(3), 3 * shards * WAL);
    assert_eq!(*network.staking().penalties(), network::penalties(8, 2, 6, 2));
    assert_eq!(network.staking().governance().proposals().length(), 0);
    network.end();
}

#[test, expected_failure(abort_code = epochs::ELate, location = epochs)]
fun propose_too_late() {
    let mut network = network::started(10, vector[1_000, 1_000, 1_000, 1_000]);
    network.at(50);
    propose(&mut network, 0, 4, 1, 3, 1);
    abort
}

#[test, expected_failure(abort_code = epochs::ELate, location = epochs)]
fun vote_too_late() {
    let mut network = four();
    network.at(50);
    vote(&mut network, 0, option::none());
    abort
}

#[test, expected_failure(abort_code = epochs::ENotMember, location = epochs)]
fun propose_as_a_stranger() {
    let mut network = four();
    network.register(0);
    propose(&mut network, 4, 4, 1, 3, 1);
    abort
}

#[test, expected_failure(abort_code = epochs::ENotMember, location = epochs)]
fun vote_as_a_stranger() {
    let mut network = four();
    network.register(0);
    vote(&mut network, 4, option::none());
    abort
}

#[test, expected_failure(abort_code = params::EPenaltyAboveStake, location = params)]
fun propose_above_the_part_of_stake() {
    let mut network = network::started(10, vector[10, 10, 10, 10]);
    propose(&mut network, 0, 4, 1, 3, 1);
    abort
}

#[test, expected_failure(abort_code = governance::EVoted, location = governance)]
fun vote_twice() {
    let mut network = four();
    vote(&mut network, 0, option::none());
    vote(&mut network, 0, option::none());
    abort
}

// === Versions ===

/// Uses the state in some way that reads and writes.
fun touch(network: &mut Network) {
    let node = network.node(0);
    network.staking_mut().settle(node);
}

#[test]
fun migration_keeps_the_state() {
    let mut network = four();
    network.staking_mut().age();
    network.staking_mut().migrate();
    touch(&mut network);
    network.next_epoch();
    network.end();
}

#[test, expected_failure(abort_code = staking::EWrongVersion, location = staking)]
fun old_state_is_refused_for_writing() {
    let mut network = four();
    network.staking_mut().age();
    touch(&mut network);
    abort
}

#[test, expected_failure(abort_code = staking::EWrongVersion, location = staking)]
fun old_state_is_refused_for_reading() {
    let mut network = four();
    let staking: &mut Staking = network.staking_mut();
    staking.age();
    staking.epoch();
    abort
}

#[test, expected_failure(abort_code = staking::EWrongVersion, location = staking)]
fun migrated_state_is_refused() {
    let mut network = four();
    network.staking_mut().migrate();
    abort
}

/// The system of another network.
fun stranger(network: &mut Network): System {
    system::create_for_testing(10, 53, 20_000, 1, 1, 1, network.scenario().ctx())
}

#[test, expected_failure(abort_code = staking::EOtherSystem, location = staking)]
fun push_with_the_system_of_another_network() {
    let mut network = four();
    let mut other = stranger(&mut network);
    network.at(50);
    let (staking, _, clock) = network.pushing();
    staking.push(&mut other, clock);
    abort
}

#[test, expected_failure(abort_code = staking::EOtherSystem, location = staking)]
fun deny_list_in_the_system_of_another_network() {
    let mut network = four();
    let mut other = stranger(&mut network);
    let (staking, cap, _, _) = network.acting(0);
    staking.register_deny_list(&mut other, cap, 1, 1);
    abort
}

#[test, expected_failure(abort_code = staking::EOtherSystem, location = staking)]
fun certificate_of_another_network() {
    let mut network = four();
    let other = stranger(&mut network);
    network.start_challenge();
    let node = network.node(0);
    let (staking, _, clock) = network.pushing();
    staking.submit_audit_certificate(&other, node, x"", x"", x"", clock);
    abort
}

#[test, expected_failure(abort_code = epochs::ENotMember, location = epochs)]
fun certificate_of_a_stranger() {
    let mut network = four();
    network.register(0);
    network.start_challenge();
    let node = network.node(4);
    let (staking, system, clock) = network.pushing();
    staking.submit_audit_certificate(system, node, x"", x"", x"", clock);
    abort
}
