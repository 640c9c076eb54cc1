/// Light nodes: peers with a key, an address to be paid at and a bond, which hold symbols and may blame storage nodes that do
/// not give them theirs.
///
/// A light node needs no account: every call is signed with its peer key, and anyone may send it and pay the gas. What is
/// signed is "floe-light-v1" || id of `LightNodes` (32 bytes) || tag of the call (1 byte) || nonce (u64, little-endian) ||
/// BCS of the call's arguments. The nonce counts up by one with each call. It starts where no earlier registration of any key
/// came to, so that what was signed before a key left is of no use when it registers again.
///
/// The bond is never taken. It makes the number of blames in an epoch cost something, because it is bound to one key and
/// comes back only so much later as an epoch lasts.
module floe_reads::light_node;

use floe::ledger::Ledger;
use floe::peer;
use floe::system::System;
use std::bcs;
use sui::balance::Balance;
use sui::clock::Clock;
use sui::coin::Coin;
use sui::ed25519;
use sui::event;
use sui::table::{Self, Table};
use wal::wal::WAL;

/// Keeps signed calls apart from whatever else a peer key signs.
const CALL_DOMAIN: vector<u8> = b"floe-light-v1";
/// Tag of `set_payout`.
const SET_PAYOUT: u8 = 1;
/// Tag of `leave`.
const LEAVE: u8 = 2;
/// Tag of `blame`.
const BLAME: u8 = 3;
/// Bits by which the number of a registration is shifted to give its first nonce: room for 2^32 calls.
const NONCE_BITS: u8 = 32;

/// FROST of the bond by default: ten WAL.
const DEFAULT_BOND: u64 = 10_000_000_000;
/// Blames of a light node in an epoch by default: about one a day.
const DEFAULT_BLAMES: u64 = 16;
/// FROST of the largest bond that can be set: a thousand WAL. More would keep people out.
const MAX_BOND: u64 = 1_000_000_000_000;
/// Most blames of a light node in an epoch that can be set. Readers of the events have to look at each.
const MAX_BLAMES: u64 = 1_000;
/// Milliseconds that a bond is held at most after leaving: 90 days.
const MAX_LEAVE_MS: u64 = 7_776_000_000;

/// A parameter is zero or above its bound.
const EParameter: u64 = 0;
/// The coin is not worth exactly the bond.
const EBond: u64 = 1;
/// The key is registered.
const ERegistered: u64 = 2;
/// The key is not registered.
const ENotRegistered: u64 = 3;
/// The signature is not by the peer key over this call with the next nonce.
const ESignature: u64 = 4;
/// The light node is leaving.
const ELeaving: u64 = 5;
/// The light node is not leaving, or its bond is still held.
const ENotDue: u64 = 6;
/// The light node has used up its blames of the epoch.
const ETooManyBlames: u64 = 7;
/// The node is not a member of the committee.
const ENotMember: u64 = 8;
/// The storage nodes do not have to keep the blob: never certified, over, invalid or denied by all.
const ENotStored: u64 = 9;
/// The row or the column is not below the number of shards.
const EOutOfRange: u64 = 10;

/// The right to make the one `LightNodes` of a network: given to who publishes the package.
public struct LightNodesCap has key, store {
    id: UID,
}

/// The light nodes of a network, by peer key. A shared object.
public struct LightNodes has key {
    id: UID,
    system: ID,
    /// FROST that each deposits.
    bond: u64,
    blames_per_epoch: u64,
    /// Milliseconds from leaving to the return of the bond.
    leave_ms: u64,
    /// Registrations so far.
    registrations: u64,
    nodes: Table<vector<u8>, LightNode>,
}

/// A light node.
public struct LightNode has store {
    payout: address,
    bond: Balance<WAL>,
    /// The nonce of its next call.
    nonce: u64,
    /// The epoch of its last blame, and its blames in that epoch.
    epoch: u32,
    blames: u64,
    /// When the bond can be returned, once it is leaving.
    due_ms: Option<u64>,
}

/// A light node is there.
public struct LightNodeRegistered has copy, drop {
    peer_key: vector<u8>,
    payout: address,
    bond: u64,
    nonce: u64,
}

/// A light node is paid elsewhere.
public struct LightNodePayoutSet has copy, drop {
    peer_key: vector<u8>,
    payout: address,
}

/// A light node is leaving and gets its bond from `due_ms` on.
public struct LightNodeLeaving has copy, drop {
    peer_key: vector<u8>,
    due_ms: u64,
}

/// A light node got its bond back and is no more.
public struct LightNodeLeft has copy, drop {
    peer_key: vector<u8>,
    payout: address,
    bond: u64,
}

/// A light node says that a storage node did not give it a symbol which that node has to keep.
public struct StorageNodeBlamed has copy, drop {
    epoch: u32,
    peer_key: vector<u8>,
    node_id: ID,
    blob_id: u256,
    row: u16,
    column: u16,
}

fun init(ctx: &mut TxContext) {
    transfer::transfer(LightNodesCap { id: object::new(ctx) }, ctx.sender());
}

/// Makes and shares the light nodes of a network with a bond of 10 WAL and 16 blames in an epoch. See `create`.
public fun create_default(cap: LightNodesCap, system: &System, leave_ms: u64, ctx: &mut TxContext): ID {
    create(cap, system, DEFAULT_BOND, DEFAULT_BLAMES, leave_ms, ctx)
}

/// Makes and shares the light nodes of a network. `bond` in FROST, at most 1,000 WAL; at most 1,000 blames; `leave_ms` is what
/// an epoch lasts, in milliseconds, at most 90 days. It is measured by the clock and not by the system's epochs, so that bonds
/// come back also when this package does not know the system's version. Returns the object's id. Aborts with `EParameter`.
public fun create(
    cap: LightNodesCap,
    system: &System,
    bond: u64,
    blames_per_epoch: u64,
    leave_ms: u64,
    ctx: &mut TxContext,
): ID {
    let LightNodesCap { id } = cap;
    id.delete();
    create_for(object::id(system), bond, blames_per_epoch, leave_ms, ctx)
}

/// Makes and shares the light nodes of the network of a system. See `create`.
public(package) fun create_for(
    system: ID,
    bond: u64,
    blames_per_epoch: u64,
    leave_ms: u64,
    ctx: &mut TxContext,
): ID {
    assert!(bond > 0 && bond <= MAX_BOND, EParameter);
    assert!(blames_per_epoch > 0 && blames_per_epoch <= MAX_BLAMES, EParameter);
    assert!(leave_ms > 0 && leave_ms <= MAX_LEAVE_MS, EParameter);
    let id = object::new(ctx);
    let light_nodes = id.to_inner();
    transfer::share_object(LightNodes {
        id,
        system,
        bond,
        blames_per_epoch,
        leave_ms,
        registrations: 0,
        nodes: table::new(ctx),
    });
    light_nodes
}

/// What a light node signs for a call: see the module. `arguments` are the call's in BCS, one after the other.
public fun call_message(light_nodes: ID, tag: u8, nonce: u64, arguments: vector<u8>): vector<u8> {
    let mut message = CALL_DOMAIN;
    message.append(light_nodes.to_bytes());
    message.push_back(tag);
    message.append(bcs::to_bytes(&nonce));
    message.append(arguments);
    message
}

/// Registers a light node. `signature` is by the peer key (ed25519, 32 bytes) over `floe::peer::message` of the system, the
/// sender and the payout address. The coin is the bond, exactly; it will go to the payout address. Returns the nonce of the
/// first call. Aborts with `EBond`, `ERegistered`, and in `floe::peer`.
public fun register_light_node(
    self: &mut LightNodes,
    peer_key: vector<u8>,
    signature: vector<u8>,
    payout: address,
    bond: Coin<WAL>,
    ctx: &TxContext,
): u64 {
    assert!(bond.value() == self.bond, EBond);
    assert!(!self.nodes.contains(peer_key), ERegistered);
    peer::check(&peer_key, &signature, self.system, ctx.sender(), payout);
    let nonce = self.registrations << NONCE_BITS;
    self.registrations = self.registrations + 1;
    event::emit(LightNodeRegistered { peer_key, payout, bond: self.bond, nonce });
    self.nodes.add(
        peer_key,
        LightNode { payout, bond: bond.into_balance(), nonce, epoch: 0, blames: 0, due_ms: option::none() },
    );
    nonce
}

/// Changes where a light node is paid and gets its bond. The arguments that are signed: the address, 32 bytes. Aborts with
/// `ENotRegistered` and `ESignature`.
public fun set_payout(self: &mut LightNodes, peer_key: vector<u8>, signature: vector<u8>, payout: address) {
    self.authorize(peer_key, &signature, SET_PAYOUT, bcs::to_bytes(&payout)).payout = payout;
    event::emit(LightNodePayoutSet { peer_key, payout });
}

/// Begins to leave: no more blames, and the bond comes back `leave_ms` later. No arguments are signed. Aborts with
/// `ENotRegistered`, `ESignature` and `ELeaving`.
public fun leave(self: &mut LightNodes, peer_key: vector<u8>, signature: vector<u8>, clock: &Clock) {
    let due_ms = clock.timestamp_ms() + self.leave_ms;
    let node = self.authorize(peer_key, &signature, LEAVE, vector[]);
    assert!(node.due_ms.is_none(), ELeaving);
    node.due_ms = option::some(due_ms);
    event::emit(LightNodeLeaving { peer_key, due_ms });
}

/// Returns the bond of a light node that left to its payout address, by anyone when it is due. The key may then register
/// again. Aborts with `ENotRegistered` and `ENotDue`.
public fun return_bond(self: &mut LightNodes, peer_key: vector<u8>, clock: &Clock, ctx: &mut TxContext) {
    assert!(self.nodes.contains(peer_key), ENotRegistered);
    let LightNode { payout, bond, due_ms, .. } = self.nodes.remove(peer_key);
    assert!(due_ms.is_some() && clock.timestamp_ms() >= *due_ms.borrow(), ENotDue);
    event::emit(LightNodeLeft { peer_key, payout, bond: bond.value() });
    transfer::public_transfer(bond.into_coin(ctx), payout);
}

/// Blames a member of the committee for a symbol of a blob that has to be stored. The arguments that are signed: node id (32
/// bytes), blob id (32 bytes), row and column (u16 little-endian each). Which shard, and so which node, has the symbol's row
/// and which its column is not checked here. Aborts with `ENotMember`, `ENotStored`, `EOutOfRange`, `ENotRegistered`,
/// `ESignature`, `ELeaving` and `ETooManyBlames`.
public fun blame(
    self: &mut LightNodes,
    system: &System,
    ledger: &Ledger,
    peer_key: vector<u8>,
    signature: vector<u8>,
    node_id: ID,
    blob_id: u256,
    row: u16,
    column: u16,
) {
    let (committee, epoch) = (system.committee(), system.epoch());
    assert!(committee.index_of(node_id).is_some(), ENotMember);
    assert!(is_stored(ledger, blob_id, epoch), ENotStored);
    assert!(row < committee.n_shards() && column < committee.n_shards(), EOutOfRange);
    self.count_blame(epoch, peer_key, signature, node_id, blob_id, row, column)
}

/// A blame in an epoch, about what the caller has checked. See `blame`.
public(package) fun count_blame(
    self: &mut LightNodes,
    epoch: u32,
    peer_key: vector<u8>,
    signature: vector<u8>,
    node_id: ID,
    blob_id: u256,
    row: u16,
    column: u16,
) {
    let limit = self.blames_per_epoch;
    let mut arguments = node_id.to_bytes();
    arguments.append(bcs::to_bytes(&blob_id));
    arguments.append(bcs::to_bytes(&row));
    arguments.append(bcs::to_bytes(&column));
    let node = self.authorize(peer_key, &signature, BLAME, arguments);
    assert!(node.due_ms.is_none(), ELeaving);
    if (node.epoch < epoch) {
        node.epoch = epoch;
        node.blames = 0;
    };
    assert!(node.blames < limit, ETooManyBlames);
    node.blames = node.blames + 1;
    event::emit(StorageNodeBlamed { epoch, peer_key, node_id, blob_id, row, column });
}

/// Whether a key is registered and not leaving.
public fun is_active(self: &LightNodes, peer_key: vector<u8>): bool {
    self.nodes.contains(peer_key) && self.nodes[peer_key].due_ms.is_none()
}

/// The bond in FROST, the blames in an epoch, and the milliseconds from leaving to the return of the bond.
public fun parameters(self: &LightNodes): (u64, u64, u64) {
    (self.bond, self.blames_per_epoch, self.leave_ms)
}

/// Where a light node is paid. Aborts with `ENotRegistered`.
public fun payout(self: &LightNodes, peer_key: vector<u8>): address {
    assert!(self.nodes.contains(peer_key), ENotRegistered);
    self.nodes[peer_key].payout
}

/// The nonce of a light node's next call. Aborts with `ENotRegistered`.
public fun nonce(self: &LightNodes, peer_key: vector<u8>): u64 {
    assert!(self.nodes.contains(peer_key), ENotRegistered);
    self.nodes[peer_key].nonce
}

/// The light node of a key whose signature over a call is right. Uses up the nonce.
fun authorize(
    self: &mut LightNodes,
    peer_key: vector<u8>,
    signature: &vector<u8>,
    tag: u8,
    arguments: vector<u8>,
): &mut LightNode {
    assert!(self.nodes.contains(peer_key), ENotRegistered);
    let light_nodes = self.id.to_inner();
    let node = &mut self.nodes[peer_key];
    let message = call_message(light_nodes, tag, node.nonce, arguments);
    assert!(ed25519::ed25519_verify(signature, &peer_key, &message), ESignature);
    node.nonce = node.nonce + 1;
    node
}

fun is_stored(ledger: &Ledger, blob_id: u256, epoch: u32): bool {
    let index = ledger.index_of(blob_id);
    if (index.is_none() || ledger.is_invalid(blob_id) || ledger.is_denied(blob_id)) return false;
    let (_, _, _, _, live) = ledger.blob_at(*index.borrow(), epoch);
    live > 0
}

#[test_only]
/// What publishing does.
public fun init_for_testing(ctx: &mut TxContext) {
    init(ctx)
}

#[test_only]
/// FROST of the bonds of some keys, registered or not.
public fun held(self: &LightNodes, keys: vector<vector<u8>>): u64 {
    keys.fold!(0, |sum, key| sum + if (self.nodes.contains(key)) self.nodes[key].bond.value() else 0)
}
