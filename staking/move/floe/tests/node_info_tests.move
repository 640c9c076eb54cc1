#[test_only]
module floe::node_info_tests;

use floe::node_info::{Self, NodeInfo};
use floe::peer;
use std::string::String;
use std::unit_test::assert_eq;
use sui::bls12381;
use sui::test_utils::destroy;

/// An ed25519 key and its signature of the message for System 0x51, sender 0xa1 and payout 0xa2.
const KEY: vector<u8> = x"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c";
const PROOF: vector<u8> =
    x"42d47e271aac8e0d15631c25af9d845332e17b751abb09bcade3cad5a4f1fe6afdab72d58780d11d0517c87caa488acf02e1c38529e028d9eedd00cfafbbbb05";

fun node(name: vector<u8>): NodeInfo {
    let key = bls12381::g1_to_uncompressed_g1(&bls12381::g1_generator());
    node_info::new(name.to_string(), KEY, key, @0xa2, node_info::votes_for(1, 2, 3))
}

fun text(length: u64): vector<u8> {
    vector::tabulate!(length, |_| 97u8)
}

#[test]
fun facts() {
    let mut node = node(text(64));
    assert_eq!(*node.name(), text(64).to_string());
    assert_eq!(*node.peer_key(), KEY);
    assert_eq!(node.payout(), @0xa2);
    assert_eq!(node.votes(), node_info::votes_for(1, 2, 3));
    assert!(node.takes_stake() && node.eligible());
    let addresses: vector<String> = vector::tabulate!(4, |_| text(256).to_string());
    node.set_addresses(addresses);
    assert_eq!(*node.addresses(), addresses);
    node.set_payout(@0xa3);
    assert_eq!(node.payout(), @0xa3);
    node.set_votes(node_info::votes_for(4, 5, 6));
    assert_eq!(node.votes().storage_price() + node.votes().write_price() + node.votes().shard_size(), 15);
    destroy(node);
}

#[test]
fun states() {
    let mut node = node(b"n");
    node.set_halted(true);
    assert!(!node.takes_stake() && node.eligible());
    node.set_halted(false);
    node.set_withdrawn(true);
    assert!(!node.takes_stake() && !node.eligible());
    node.set_withdrawn(false);
    node.set_suspended(true);
    assert!(node.takes_stake() && !node.eligible());
    destroy(node);
}

#[test, expected_failure(abort_code = node_info::EName, location = node_info)]
fun no_name() { destroy(node(b"")); }

#[test, expected_failure(abort_code = node_info::EName, location = node_info)]
fun long_name() { destroy(node(text(65))); }

#[test, expected_failure(abort_code = node_info::EAddresses, location = node_info)]
fun five_addresses() {
    let mut node = node(b"n");
    node.set_addresses(vector::tabulate!(5, |_| b"/ip4/1.2.3.4".to_string()));
    abort
}

#[test, expected_failure(abort_code = node_info::EAddresses, location = node_info)]
fun empty_address() {
    let mut node = node(b"n");
    node.set_addresses(vector[b"".to_string()]);
    abort
}

#[test, expected_failure(abort_code = node_info::EAddresses, location = node_info)]
fun long_address() {
    let mut node = node(b"n");
    node.set_addresses(vector[text(257).to_string()]);
    abort
}

#[test]
fun votes_at_their_bounds() {
    node_info::votes_for(1, 1, 1);
    node_info::votes_for(1_000_000_000_000_000, 1_000_000_000_000_000, 1_125_899_906_842_624);
}

#[test, expected_failure(abort_code = node_info::EVotes, location = node_info)]
fun storage_for_nothing() { node_info::votes_for(0, 1, 1); }

#[test, expected_failure(abort_code = node_info::EVotes, location = node_info)]
fun writes_above_the_bound() { node_info::votes_for(1, 1_000_000_000_000_001, 1); }

#[test, expected_failure(abort_code = node_info::EVotes, location = node_info)]
fun shards_above_the_bound() { node_info::votes_for(1, 1, 1_125_899_906_842_625); }

#[test]
fun peer_message() {
    let mut expected = b"floe-peer-v1";
    expected.append(x"0000000000000000000000000000000000000000000000000000000000000051");
    expected.append(x"00000000000000000000000000000000000000000000000000000000000000a1");
    expected.append(x"00000000000000000000000000000000000000000000000000000000000000a2");
    assert_eq!(peer::message(@0x51.to_id(), @0xa1, @0xa2), expected);
}

fun check(key: vector<u8>, system: ID, sender: address, payout: address) {
    let proof = PROOF;
    peer::check(&key, &proof, system, sender, payout)
}

#[test]
fun peer_proof() {
    check(KEY, @0x51.to_id(), @0xa1, @0xa2);
}

#[test, expected_failure(abort_code = peer::EPeerProof, location = peer)]
fun proof_of_another_network() { check(KEY, @0x52.to_id(), @0xa1, @0xa2); }

#[test, expected_failure(abort_code = peer::EPeerProof, location = peer)]
fun proof_of_another_sender() { check(KEY, @0x51.to_id(), @0xb1, @0xa2); }

#[test, expected_failure(abort_code = peer::EPeerProof, location = peer)]
fun proof_for_another_payout() { check(KEY, @0x51.to_id(), @0xa1, @0xb2); }

#[test, expected_failure(abort_code = peer::EPeerProof, location = peer)]
fun peer_key_of_wrong_length() { check(x"00", @0x51.to_id(), @0xa1, @0xa2); }
