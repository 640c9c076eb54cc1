/// What nodes may do and say, and when; and what is refused.
///
/// The VM that runs these tests accepts every BLS signature: that the right bytes are signed is tested in `message_tests`, that a
/// wrong signature is refused can only be tested elsewhere.
#[test_only]
module floe::staking_tests;

use floe::active_set;
use floe::committee;
use floe::epochs;
use floe::network::{Self, Network};
use floe::node_info;
use floe::peer;
use floe::pool;
use floe::registry::{Self, NodeUpdated};
use floe::staked_wal;
use floe::staking;
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
    assert_eq!(network.staking().shard_size() * 10, next_capacity);
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
    network.charge(2, 110);
    network.stake(2, 10);
    abort
}
