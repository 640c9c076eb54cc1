/// Light nodes: registering, signed calls sent by a relay, blames, leaving.
#[test_only]
module floe_reads::light_node_tests;

use floe::blob::Blob;
use floe::encoding;
use floe::ledger::{Self, Ledger};
use floe::peer;
use floe::system::{Self, System};
use floe_reads::fixture;
use floe_reads::light_node::{Self, LightNodes, LightNodesCap, StorageNodeBlamed};
use std::unit_test::assert_eq;
use sui::clock::{Self, Clock};
use sui::coin::{Self, Coin};
use sui::event;
use sui::test_scenario::{Self as test, Scenario};
use sui::test_utils::destroy;
use wal::wal::WAL;

/// Who sends and pays the gas, where light nodes are paid, and the network and node of the fixture's signatures.
const RELAY: address = @0x4e1a;
const ALICE: address = @0xa11ce;
const BOB: address = @0xb0b;
const SYSTEM: address = @0x5151;
const NODE: address = @0xd0de;
const BLOB: u256 = 0xb1;

/// FROST; blames of an epoch; milliseconds.
const BOND: u64 = 5_000;
const BLAMES: u64 = 3;
const LEAVE_MS: u64 = 1_000;

public struct World {
    scenario: Scenario,
    clock: Clock,
    /// FROST that were given for bonds.
    bonds: u64,
}

fun begin(): World {
    let mut scenario = test::begin(RELAY);
    let clock = clock::create_for_testing(scenario.ctx());
    scenario.next_tx(RELAY);
    let id = light_node::create_for(SYSTEM.to_id(), BOND, BLAMES, LEAVE_MS, scenario.ctx());
    assert_eq!(id.to_bytes(), fixture::light_nodes_id());
    World { scenario, clock, bonds: 0 }
}

/// A network in which the peer of the fixture is registered, with nonce 0.
fun registered(): World {
    let mut w = begin();
    w.register(RELAY, fixture::peer_key(), fixture::proof_peer(), BOND);
    w
}

fun next(self: &mut World, sender: address): LightNodes {
    self.scenario.next_tx(sender);
    self.scenario.take_shared<LightNodes>()
}

/// Every FROST given for a bond is held or was returned.
fun done(self: &mut World, nodes: LightNodes) {
    let held = nodes.held(vector[fixture::peer_key(), fixture::other_key()]);
    test::return_shared(nodes);
    let returned = self.balance(ALICE) + self.balance(BOB);
    assert_eq!(held + returned, self.bonds);
}

fun register(self: &mut World, sender: address, key: vector<u8>, proof: vector<u8>, value: u64): u64 {
    let mut nodes = self.next(sender);
    let coin = coin::mint_for_testing<WAL>(value, self.scenario.ctx());
    self.bonds = self.bonds + value;
    let nonce = nodes.register_light_node(key, proof, ALICE, coin, self.scenario.ctx());
    self.done(nodes);
    nonce
}

fun set_payout(self: &mut World, signature: vector<u8>, payout: address) {
    let mut nodes = self.next(RELAY);
    nodes.set_payout(fixture::peer_key(), signature, payout);
    self.done(nodes);
}

fun leave(self: &mut World, signature: vector<u8>) {
    let mut nodes = self.next(RELAY);
    nodes.leave(fixture::peer_key(), signature, &self.clock);
    self.done(nodes);
}

fun return_bond(self: &mut World) {
    let mut nodes = self.next(RELAY);
    nodes.return_bond(fixture::peer_key(), &self.clock, self.scenario.ctx());
    self.done(nodes);
}

/// A blame in an epoch of the symbol at row 3, column 5.
fun blame(self: &mut World, epoch: u32, signature: vector<u8>) {
    let mut nodes = self.next(RELAY);
    nodes.count_blame(epoch, fixture::peer_key(), signature, NODE.to_id(), BLOB, 3, 5);
    self.done(nodes);
}

fun balance(self: &mut World, account: address): u64 {
    self.scenario.next_tx(RELAY);
    test::ids_for_address<Coin<WAL>>(account).fold!(0, |sum, id| {
        let coin = self.scenario.take_from_address_by_id<Coin<WAL>>(account, id);
        let value = coin.value();
        test::return_to_address(account, coin);
        sum + value
    })
}

fun payout(self: &mut World): address {
    let nodes = self.next(RELAY);
    let payout = nodes.payout(fixture::peer_key());
    test::return_shared(nodes);
    payout
}

fun end(self: World) {
    let World { scenario, clock, .. } = self;
    clock.destroy_for_testing();
    scenario.end();
}

fun abandon(self: World) {
    destroy(self)
}

// === Registering ===

#[test]
fun a_light_node_is_registered() {
    let mut w = begin();
    assert_eq!(w.register(RELAY, fixture::peer_key(), fixture::proof_peer(), BOND), 0);
    assert_eq!(w.register(RELAY, fixture::other_key(), fixture::proof_other(), BOND), 1 << 32);
    assert_eq!(w.payout(), ALICE);
    let nodes = w.next(RELAY);
    assert!(nodes.is_active(fixture::peer_key()));
    assert!(!nodes.is_active(fixture::receipt_key()));
    assert_eq!(nodes.nonce(fixture::other_key()), 1 << 32);
    w.done(nodes);
    w.end();
}

#[test, expected_failure(abort_code = light_node::ERegistered, location = light_node)]
fun a_key_registers_once() {
    let mut w = registered();
    w.register(RELAY, fixture::peer_key(), fixture::proof_peer(), BOND);
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::EBond, location = light_node)]
fun too_small_a_bond() {
    let mut w = begin();
    w.register(RELAY, fixture::peer_key(), fixture::proof_peer(), BOND - 1);
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::EBond, location = light_node)]
fun too_large_a_bond() {
    let mut w = begin();
    w.register(RELAY, fixture::peer_key(), fixture::proof_peer(), BOND + 1);
    w.abandon();
}

#[test, expected_failure(abort_code = peer::EPeerProof, location = peer)]
fun a_proof_by_another_key() {
    let mut w = begin();
    w.register(RELAY, fixture::peer_key(), fixture::proof_other(), BOND);
    w.abandon();
}

#[test, expected_failure(abort_code = peer::EPeerProof, location = peer)]
fun a_proof_of_another_network() {
    let mut w = begin();
    w.register(RELAY, fixture::peer_key(), fixture::proof_foreign(), BOND);
    w.abandon();
}

#[test, expected_failure(abort_code = peer::EPeerProof, location = peer)]
fun a_proof_that_somebody_else_sends() {
    let mut w = begin();
    w.register(BOB, fixture::peer_key(), fixture::proof_peer(), BOND);
    w.abandon();
}

#[test, expected_failure(abort_code = peer::EPeerProof, location = peer)]
fun a_key_of_another_length() {
    let mut w = begin();
    w.register(RELAY, vector[1, 2, 3], fixture::proof_peer(), BOND);
    w.abandon();
}

// === Signed calls ===

#[test]
fun what_a_call_signs() {
    let message = light_node::call_message(@0x1.to_id(), 3, 0x0102030405060708, x"aabb");
    let mut expected = b"floe-light-v1";
    expected.append(x"0000000000000000000000000000000000000000000000000000000000000001");
    expected.append(x"030807060504030201aabb");
    assert_eq!(message, expected);
}

#[test]
fun the_payout_changes() {
    let mut w = registered();
    w.set_payout(fixture::call_payout_0(), BOB);
    assert_eq!(w.payout(), BOB);
    w.set_payout(fixture::call_payout_1(), ALICE);
    assert_eq!(w.payout(), ALICE);
    w.end();
}

#[test, expected_failure(abort_code = light_node::ESignature, location = light_node)]
fun a_call_is_good_once() {
    let mut w = registered();
    w.set_payout(fixture::call_payout_0(), BOB);
    w.set_payout(fixture::call_payout_0(), BOB);
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ESignature, location = light_node)]
fun calls_come_in_order() {
    let mut w = registered();
    w.set_payout(fixture::call_payout_1(), ALICE);
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ESignature, location = light_node)]
fun a_call_with_other_arguments() {
    let mut w = registered();
    w.set_payout(fixture::call_payout_0(), ALICE);
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ESignature, location = light_node)]
fun a_call_by_another_key() {
    let mut w = registered();
    w.set_payout(fixture::call_payout_other(), BOB);
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ESignature, location = light_node)]
fun a_call_to_other_light_nodes() {
    let mut w = registered();
    w.set_payout(fixture::call_payout_elsewhere(), BOB);
    w.abandon();
}

/// A signature for one call does not do for another.
#[test, expected_failure(abort_code = light_node::ESignature, location = light_node)]
fun a_call_of_another_tag() {
    let mut w = registered();
    w.leave(fixture::call_blame_0());
    w.abandon();
}

/// After a key left and came back, what it signed before is of no use: its nonces go on where nobody has been.
#[test, expected_failure(abort_code = light_node::ESignature, location = light_node)]
fun calls_of_an_earlier_registration() {
    let mut w = registered();
    w.leave(fixture::call_leave_0());
    w.clock.increment_for_testing(LEAVE_MS);
    w.return_bond();
    assert_eq!(w.register(RELAY, fixture::peer_key(), fixture::proof_peer(), BOND), 1 << 32);
    w.leave(fixture::call_leave_0());
    w.abandon();
}

#[test]
fun a_key_comes_back() {
    let mut w = registered();
    w.leave(fixture::call_leave_0());
    w.clock.increment_for_testing(LEAVE_MS);
    w.return_bond();
    w.register(RELAY, fixture::peer_key(), fixture::proof_peer(), BOND);
    w.set_payout(fixture::call_payout_second(), BOB);
    assert_eq!(w.payout(), BOB);
    w.end();
}

#[test, expected_failure(abort_code = light_node::ENotRegistered, location = light_node)]
fun a_call_of_nobody() {
    let mut w = begin();
    w.set_payout(fixture::call_payout_0(), BOB);
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ENotRegistered, location = light_node)]
fun the_payout_of_nobody() {
    let mut w = begin();
    w.payout();
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ENotRegistered, location = light_node)]
fun the_nonce_of_nobody() {
    let mut w = begin();
    let nodes = w.next(RELAY);
    nodes.nonce(fixture::peer_key());
    destroy(nodes);
    w.abandon();
}

// === Leaving ===

#[test]
fun the_bond_comes_back() {
    let mut w = registered();
    w.leave(fixture::call_leave_0());
    let nodes = w.next(RELAY);
    assert!(!nodes.is_active(fixture::peer_key()));
    w.done(nodes);
    w.set_payout(fixture::call_payout_1(), ALICE);
    w.clock.increment_for_testing(LEAVE_MS);
    w.return_bond();
    assert_eq!(w.balance(ALICE), BOND);
    w.end();
}

#[test, expected_failure(abort_code = light_node::ENotDue, location = light_node)]
fun the_bond_is_held_until_then() {
    let mut w = registered();
    w.leave(fixture::call_leave_0());
    w.clock.increment_for_testing(LEAVE_MS - 1);
    w.return_bond();
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ENotDue, location = light_node)]
fun the_bond_of_who_stays() {
    let mut w = registered();
    w.clock.increment_for_testing(100 * LEAVE_MS);
    w.return_bond();
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ENotRegistered, location = light_node)]
fun the_bond_comes_back_once() {
    let mut w = registered();
    w.leave(fixture::call_leave_0());
    w.clock.increment_for_testing(LEAVE_MS);
    w.return_bond();
    w.return_bond();
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ELeaving, location = light_node)]
fun leaving_once() {
    let mut w = registered();
    w.leave(fixture::call_leave_0());
    w.leave(fixture::call_leave_1());
    w.abandon();
}

// === Blames ===

#[test]
fun blames_up_to_the_limit_in_each_epoch() {
    let mut w = registered();
    w.blame(7, fixture::call_blame_0());
    w.blame(7, fixture::call_blame_1());
    w.blame(7, fixture::call_blame_2());
    w.blame(8, fixture::call_blame_3());
    w.end();
}

#[test, expected_failure(abort_code = light_node::ETooManyBlames, location = light_node)]
fun no_more_blames() {
    let mut w = registered();
    w.blame(7, fixture::call_blame_0());
    w.blame(7, fixture::call_blame_1());
    w.blame(7, fixture::call_blame_2());
    w.blame(7, fixture::call_blame_3());
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ELeaving, location = light_node)]
fun who_leaves_blames_nobody() {
    let mut w = registered();
    w.leave(fixture::call_leave_0());
    w.blame(7, fixture::call_blame_1());
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ESignature, location = light_node)]
fun a_blame_by_another_key() {
    let mut w = registered();
    w.blame(7, fixture::call_blame_other());
    w.abandon();
}

// === With a system ===

/// A network in epoch 1 whose only node is the fixture's, with the blob of seven shards, stored for one epoch.
public struct Network {
    system: System,
    ledger: Ledger,
    blob: Blob,
}

fun network(ctx: &mut TxContext): Network {
    let (id, size, n) = fixture::seven();
    let mut system = system::create_for_testing(n, 53, 20_000, 1, 1, 1_000_000_000, ctx);
    let mut ledger = ledger::create_for_testing(ctx);
    destroy(system.advance_for_testing(NODE.to_id()));
    let mut payment = coin::mint_for_testing<WAL>(1_000_000, ctx);
    let storage = system.reserve_space(encoding::encoded_size(size, n, 1), 1, &mut payment, ctx);
    let blob = system.register_blob(
        &mut ledger,
        storage,
        id,
        fixture::seven_root(),
        size,
        1,
        false,
        &mut payment,
        ctx,
    );
    destroy(payment);
    Network { system, ledger, blob }
}

fun certify(self: &mut Network, ctx: &mut TxContext) {
    let (id, _, _) = fixture::seven();
    let mut message = x"01000301000000";
    message.append(std::bcs::to_bytes(&id));
    message.push_back(0);
    destroy(self.system.certify_blob(&mut self.ledger, &mut self.blob, x"", x"01", message, ctx));
}

/// Blames the node for row 3, column 5 of a blob.
fun blame_in(self: &mut World, network: &Network, node: address, blob_id: u256, row: u16, column: u16) {
    let mut nodes = self.next(RELAY);
    nodes.blame(
        &network.system,
        &network.ledger,
        fixture::peer_key(),
        fixture::call_blame_seven(),
        node.to_id(),
        blob_id,
        row,
        column,
    );
    assert_eq!(event::events_by_type<StorageNodeBlamed>().length(), 1);
    self.done(nodes);
}

#[test]
fun a_node_is_blamed() {
    let mut w = registered();
    let mut network = network(w.scenario.ctx());
    network.certify(w.scenario.ctx());
    let (id, _, _) = fixture::seven();
    w.blame_in(&network, NODE, id, 3, 5);
    destroy(network);
    w.end();
}

/// Tries a blame about a certified blob in epoch 1.
fun try_blame(node: address, blob_id: u256, row: u16, column: u16) {
    let mut w = registered();
    let mut network = network(w.scenario.ctx());
    network.certify(w.scenario.ctx());
    w.blame_in(&network, node, blob_id, row, column);
    destroy(network);
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ENotMember, location = light_node)]
fun only_members_are_blamed() {
    let (id, _, _) = fixture::seven();
    try_blame(@0x1, id, 3, 5)
}

#[test, expected_failure(abort_code = light_node::ENotStored, location = light_node)]
fun no_blame_for_a_blob_that_does_not_exist() {
    try_blame(NODE, BLOB, 3, 5)
}

#[test, expected_failure(abort_code = light_node::EOutOfRange, location = light_node)]
fun no_blame_for_a_row_that_does_not_exist() {
    let (id, _, _) = fixture::seven();
    try_blame(NODE, id, 7, 5)
}

#[test, expected_failure(abort_code = light_node::EOutOfRange, location = light_node)]
fun no_blame_for_a_column_that_does_not_exist() {
    let (id, _, _) = fixture::seven();
    try_blame(NODE, id, 3, 7)
}

#[test, expected_failure(abort_code = light_node::ENotStored, location = light_node)]
fun no_blame_before_the_certificate() {
    let mut w = registered();
    let network = network(w.scenario.ctx());
    let (id, _, _) = fixture::seven();
    w.blame_in(&network, NODE, id, 3, 5);
    destroy(network);
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ENotStored, location = light_node)]
fun no_blame_when_the_storage_is_over() {
    let mut w = registered();
    let mut network = network(w.scenario.ctx());
    network.certify(w.scenario.ctx());
    destroy(network.system.advance_for_testing(NODE.to_id()));
    let (id, _, _) = fixture::seven();
    w.blame_in(&network, NODE, id, 3, 5);
    destroy(network);
    w.abandon();
}

/// Types 2 and 5 of the signed messages make an id invalid and deny it.
fun try_blame_barred(invalid: bool) {
    let mut w = registered();
    let mut network = network(w.scenario.ctx());
    network.certify(w.scenario.ctx());
    let (id, _, _) = fixture::seven();
    let mut message = vector[if (invalid) 2 else 5, 0, 3, 1, 0, 0, 0];
    message.append(std::bcs::to_bytes(&id));
    if (invalid) network.system.invalidate_blob_id(&mut network.ledger, x"", x"01", message)
    else network.system.deny_blob_id(&mut network.ledger, x"", x"01", message);
    w.blame_in(&network, NODE, id, 3, 5);
    destroy(network);
    w.abandon();
}

#[test, expected_failure(abort_code = light_node::ENotStored, location = light_node)]
fun no_blame_for_an_invalid_blob() {
    try_blame_barred(true)
}

#[test, expected_failure(abort_code = light_node::ENotStored, location = light_node)]
fun no_blame_for_a_denied_blob() {
    try_blame_barred(false)
}

// === Making them ===

#[test]
fun who_publishes_makes_the_light_nodes_of_a_network() {
    let mut scenario = test::begin(RELAY);
    light_node::init_for_testing(scenario.ctx());
    scenario.next_tx(RELAY);
    let cap = scenario.take_from_sender<LightNodesCap>();
    let system = system::create_for_testing(7, 53, 20_000, 1, 1, 1_000_000, scenario.ctx());
    let id = light_node::create(cap, &system, 1_000_000_000_000, 1_000, 7_776_000_000, scenario.ctx());
    scenario.next_tx(RELAY);
    assert_eq!(test::most_recent_id_shared<LightNodes>(), option::some(id));
    assert!(!test::has_most_recent_for_address<LightNodesCap>(RELAY));
    destroy(system);
    scenario.end();
}

#[test]
fun the_parameters_by_default() {
    let mut scenario = test::begin(RELAY);
    light_node::init_for_testing(scenario.ctx());
    scenario.next_tx(RELAY);
    let cap = scenario.take_from_sender<LightNodesCap>();
    let system = system::create_for_testing(7, 53, 20_000, 1, 1, 1_000_000, scenario.ctx());
    light_node::create_default(cap, &system, LEAVE_MS, scenario.ctx());
    scenario.next_tx(RELAY);
    let nodes = scenario.take_shared<LightNodes>();
    let (bond, blames, leave_ms) = nodes.parameters();
    assert_eq!(bond, 10_000_000_000);
    assert_eq!(blames, 16);
    assert_eq!(leave_ms, LEAVE_MS);
    test::return_shared(nodes);
    destroy(system);
    scenario.end();
}

fun create(bond: u64, blames: u64, leave_ms: u64) {
    light_node::create_for(SYSTEM.to_id(), bond, blames, leave_ms, &mut tx_context::dummy());
}

#[test, expected_failure(abort_code = light_node::EParameter, location = light_node)]
fun no_bond() {
    create(0, 1, 1)
}

#[test, expected_failure(abort_code = light_node::EParameter, location = light_node)]
fun a_bond_beyond_its_bound() {
    create(1_000_000_000_001, 1, 1)
}

#[test, expected_failure(abort_code = light_node::EParameter, location = light_node)]
fun no_blames() {
    create(1, 0, 1)
}

#[test, expected_failure(abort_code = light_node::EParameter, location = light_node)]
fun blames_beyond_their_bound() {
    create(1, 1_001, 1)
}

#[test, expected_failure(abort_code = light_node::EParameter, location = light_node)]
fun no_time_to_leave() {
    create(1, 1, 0)
}

#[test, expected_failure(abort_code = light_node::EParameter, location = light_node)]
fun a_time_to_leave_beyond_its_bound() {
    create(1, 1, 7_776_000_001)
}
