/// What nodes may do and say, and when; and what is refused.
///
/// The VM that runs these tests accepts every BLS signature: that the right bytes are signed is tested in `message_tests`, that a
/// wrong signature is refused can only be tested elsewhere.
#[test_only]
module floe::staking_tests;

use floe::active_set;
use floe::committee;
use floe::epochs;
use floe::governance;
use floe::members;
use floe::message;
use floe::network::{Self, Network};
use floe::node_info;
use floe::params;
use floe::peer;
use floe::pool;
use floe::registry::{Self, NodeUpdated};
use floe::staked_wal;
use floe::staking::{Self, Staking};
use floe::system::{Self, System};
use floe::transfers;
use std::unit_test::assert_eq;
use sui::event;
use sui::test_scenario;
use sui::test_utils::destroy;

const WAL: u64 = 1_000_000_000;
/// A peer key and its signature for System 0x51, sender 0xa1 and payout 0xa2.
const PEER_KEY: vector<u8> = x"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
const PEER_PROOF: vector<u8> =
    x"42d47e271aac8e0d15631c25af9d845332e17b751abb09bcade3cad5a4f1fe6afdab72d58780d11d0517c87caa488acf02e1c38529e028d9eedd00cfafbbbb05";

fun four(): Network { network::started(10, vector[100, 100, 100, 100]) }

// === Registration ===

/// Registers as `sender` with the given proof.
fun register(sender: address, proof: vector<u8>) {
    let mut scenario = test_scenario::begin(sender);
    let epochs = epochs::new(
        10,
        network::timing(),
        network::economics(150),
        network::penalties(4, 1, 3, 1),
        1,
        0,
        scenario.ctx(),
    );
    let mut staking = staking::create_for_testing(@0x51.to_id(), epochs, scenario.ctx());
    let cap = staking.register_node(
        b"a node".to_string(),
        PEER_KEY,
        proof,
        network::numbered(1, 48),
        x"",
        @0xa2,
        250,
        10,
        20,
        30,
        scenario.ctx(),
    );
    let info = staking.node_info(cap.node_id());
    assert_eq!(*info.name(), b"a node".to_string());
    assert_eq!(*info.peer_key(), PEER_KEY);
    assert_eq!(info.payout(), @0xa2);
    assert_eq!(info.votes(), active_set::votes(10, 20, 30));
    assert_eq!(staking.pool(cap.node_id()).commission_bp(), 250);
    assert_eq!(staking.system_id(), @0x51.to_id());
    // The same proof serves to take the key again.
    staking.set_peer_key(&cap, PEER_KEY, proof, scenario.ctx());
    destroy(cap);
    destroy(staking);
    scenario.end();
}

#[test]
fun registration_with_a_proven_peer_key() { register(@0xa1, PEER_PROOF) }

#[test, expected_failure(abort_code = peer::EPeerProof, location = peer)]
fun registration_with_a_stolen_proof() { register(@0xb1, PEER_PROOF) }

#[test, expected_failure(abort_code = registry::EPeerKeyTaken, location = registry)]
fun peer_key_of_another_node() {
    let mut network = four();
    let cap = network.register_as(network::numbered(2, 32), network::numbered(9, 48), 0);
    destroy(cap);
    abort
}

#[test, expected_failure(abort_code = registry::EKeyTaken, location = registry)]
fun bls_key_of_another_node() {
    let mut network = four();
    let cap = network.register_as(network::numbered(9, 32), network::numbered(2, 48), 0);
    destroy(cap);
    abort
}

#[test, expected_failure(abort_code = committee::EBadKey, location = committee)]
fun bls_key_of_wrong_length() {
    let mut network = four();
    let cap = network.register_as(network::numbered(9, 32), network::numbered(9, 47), 0);
    destroy(cap);
    abort
}

#[test, expected_failure(abort_code = pool::ECommission, location = pool)]
fun commission_above_the_whole() {
    let mut network = four();
    let cap = network.register_as(network::numbered(9, 32), network::numbered(9, 48), 10_001);
    destroy(cap);
    abort
}

// === Keys ===

#[test]
/// All keys are alike to the group arithmetic of this VM: which one a committee has cannot be seen here.
fun key_rotates() {
    let mut network = four();
    let (staking, cap, _, ctx) = network.acting(0);
    staking.rotate_key(cap, network::numbered(20, 48), x"", ctx);
    staking.rotate_key(cap, network::numbered(21, 48), x"", ctx);
    assert_eq!(event::events_by_type<NodeUpdated>().length(), 2);
    network.next_epoch();
    network.end();
}

#[test, expected_failure(abort_code = registry::EKeyTaken, location = registry)]
fun rotated_keys_stay_taken() {
    let mut network = four();
    {
        let (staking, cap, _, ctx) = network.acting(0);
        staking.rotate_key(cap, network::numbered(20, 48), x"", ctx);
    };
    let (staking, cap, _, ctx) = network.acting(1);
    // The first key of node 0.
    staking.rotate_key(cap, network::numbered(0, 48), x"", ctx);
    abort
}

#[test, expected_failure(abort_code = peer::EPeerProof, location = peer)]
fun peer_key_changes_with_a_proof() {
    let mut network = four();
    let (staking, cap, _, ctx) = network.acting(0);
    staking.set_peer_key(cap, PEER_KEY, PEER_PROOF, ctx);
    abort
}

// === What a node says ===

#[test]
fun facts_change() {
    let mut network = four();
    {
        let (staking, cap, _, _) = network.acting(0);
        staking.set_addresses(cap, vector[b"/dns4/a.example/udp/1/quic-v1".to_string()]);
        staking.set_payout(cap, @0x77);
        staking.set_votes(cap, 7, 8, 9);
    };
    let info = network.staking().node_info(network.node(0));
    assert_eq!(info.addresses().length(), 1);
    assert_eq!(info.payout(), @0x77);
    assert_eq!(info.votes(), active_set::votes(7, 8, 9));
    network.end();
}

#[test, expected_failure(abort_code = node_info::EVotes, location = node_info)]
fun votes_out_of_bounds() {
    let mut network = four();
    let (staking, cap, _, _) = network.acting(0);
    staking.set_votes(cap, 0, 1, 1);
    abort
}

#[test, expected_failure(abort_code = node_info::EAddresses, location = node_info)]
fun addresses_out_of_bounds() {
    let mut network = four();
    let (staking, cap, _, _) = network.acting(0);
    staking.set_addresses(cap, vector::tabulate!(5, |_| b"/ip4/1.2.3.4".to_string()));
    abort
}

#[test]
fun prices_and_capacity_follow_votes_by_at_most_double() {
    let mut network = four();
    let (storage, write) = network.system().prices();
    let (capacity, _) = network.system().capacity(1);
    4u64.do!(|i| {
        let (staking, cap, _, _) = network.acting(i);
        staking.set_votes(cap, 3 * storage, 1, 1);
    });
    network.next_epoch();
    let (next_storage, next_write) = network.system().prices();
    let (next_capacity, _) = network.system().capacity(2);
    assert_eq!(next_storage, 2 * storage);
    assert_eq!(next_write, write / 2);
    assert_eq!(next_capacity, capacity / 2);
    network.next_epoch();
    let (last_storage, _) = network.system().prices();
    assert_eq!(last_storage, 3 * storage);
    network.end();
}

#[test]
fun two_thirds_of_stake_set_the_price() {
    let mut network = network::started(10, vector[100, 100, 60, 40]);
    let (storage, _) = network.system().prices();
    vector[storage, storage - 1, storage + 5, storage + 9].length().do!(|i| {
        let (staking, cap, _, _) = network.acting(i);
        staking.set_votes(cap, vector[storage, storage - 1, storage + 5, storage + 9][i], 1_000, 1_000);
    });
    network.next_epoch();
    // 200 of 300 WAL are not more than two thirds: the third asks for 5 more.
    let (next, _) = network.system().prices();
    assert_eq!(next, storage + 5);
    network.end();
}

#[test]
fun commission_changes_two_epochs_ahead() {
    let mut network = four();
    network.reserve(10, 4);
    {
        let (staking, cap, _, _) = network.acting(0);
        staking.set_commission(cap, 5_000);
    };
    network.next_epoch();
    assert_eq!(network.collect_commission(0), 0);
    network.next_epoch();
    assert_eq!(network.collect_commission(0), 0);
    let shards = network.weight(0);
    network.next_epoch();
    assert_eq!(network.collect_commission(0), shards * WAL / 2);
    network.end();
}

#[test, expected_failure(abort_code = pool::ECommission, location = pool)]
fun later_commission_above_the_whole() {
    let mut network = four();
    let (staking, cap, _, _) = network.acting(0);
    staking.set_commission(cap, 10_001);
    abort
}

// === Coming and going ===

#[test, expected_failure(abort_code = staking::ENoNewStake, location = staking)]
fun halted_node_takes_no_stake() {
    let mut network = four();
    {
        let (staking, cap, _, _) = network.acting(0);
        staking.set_halted(cap, true);
    };
    network.stake(0, 1);
    abort
}

#[test]
fun halted_node_takes_its_own_and_stays() {
    let mut network = four();
    {
        let (staking, cap, _, _) = network.acting(0);
        staking.set_halted(cap, true);
    };
    network.stake_own(0, 1);
    network.next_epoch();
    assert!(network.is_member(0));
    {
        let (staking, cap, _, _) = network.acting(0);
        staking.set_halted(cap, false);
    };
    network.stake(0, 1);
    network.end();
}

#[test]
fun withdrawn_node_leaves_the_committee_and_returns() {
    let mut network = network::started(10, vector[100, 100, 100, 100, 100]);
    {
        let (staking, cap, _, _) = network.acting(0);
        staking.withdraw(cap);
    };
    network.next_epoch();
    assert!(!network.is_member(0));
    // Its stakers keep their stake, and leave when they want.
    network.attest_all();
    network.unstake(0);
    network.next_epoch();
    network.attest_all();
    assert_eq!(network.redeem(0), 100 * WAL);
    {
        let (staking, cap, _, _) = network.acting(0);
        staking.reapply(cap);
    };
    network.stake(0, 100);
    network.next_epoch();
    assert!(network.is_member(0));
    network.end();
}

#[test, expected_failure(abort_code = staking::ENoNewStake, location = staking)]
fun withdrawn_node_takes_no_stake() {
    let mut network = four();
    {
        let (staking, cap, _, _) = network.acting(0);
        staking.withdraw(cap);
    };
    network.stake(0, 1);
    abort
}

#[test, expected_failure(abort_code = staking::ENotAway, location = staking)]
fun nothing_to_apply_for() {
    let mut network = four();
    let (staking, cap, _, _) = network.acting(0);
    staking.reapply(cap);
    abort
}

#[test, expected_failure(abort_code = registry::ENoNode, location = registry)]
fun stake_with_nobody() {
    let mut network = four();
    let coin = network.mint(WAL);
    let (staking, _, _, clock, ctx) = network.objects();
    destroy(staking.stake(coin, @0x99.to_id(), clock, ctx));
    abort
}

#[test, expected_failure(abort_code = registry::ENoNode, location = registry)]
fun settle_nobody() {
    let mut network = four();
    network.staking_mut().settle(@0x99.to_id());
    abort
}

#[test, expected_failure(abort_code = staked_wal::ETooLittle, location = staked_wal)]
fun dust() {
    let mut network = four();
    let coin = network.mint(WAL - 1);
    let node = network.node(0);
    let (staking, _, _, clock, ctx) = network.objects();
    destroy(staking.stake(coin, node, clock, ctx));
    abort
}

#[test, expected_failure(abort_code = pool::ENotActive, location = pool)]
fun leave_before_it_counts() {
    let mut network = four();
    let stake = network.stake(0, 10);
    network.unstake(stake);
    abort
}

#[test, expected_failure(abort_code = pool::ENotReleased, location = pool)]
fun redeem_what_has_not_left() {
    let mut network = four();
    network.unstake(0);
    network.redeem(0);
    abort
}

#[test, expected_failure(abort_code = pool::EClosed, location = pool)]
fun stake_with_a_ruined_pool() {
    let mut network = four();
    let shards = network.staking().shards_of(network.node(2));
    (25 / shards.length() + 1).do!(|_| {
        let (staking, cap, _, _) = network.acting(2);
        staking.request_shard_recovery(cap, shards);
    });
    network.stake(2, 10);
    abort
}

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
    assert_eq!(network.staking().next_roster().length(), 5);
    assert_eq!(network.action(), vector[6, 100]);
    network.at(130);
    network.push();
    assert_eq!(network.epoch(), 2);
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
