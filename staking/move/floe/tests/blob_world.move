/// A system with a committee and a ledger, for tests of storage and blobs: ten shards, of which seven are a quorum, held by
/// four nodes with 4, 3, 2 and 1.
#[test_only]
module floe::blob_world;

use floe::blob::{Self, Blob};
use floe::committee_tests;
use floe::encoding;
use floe::ledger::{Self, Ledger};
use floe::storage_resource::Storage;
use floe::system::{Self, System};
use std::bcs;
use std::unit_test::assert_eq;
use sui::balance::{Self, Balance};
use sui::coin::{Self, Coin};
use wal::wal::WAL;

/// Red Stuff over Reed-Solomon codes.
const RS2: u8 = 1;
const MIB: u64 = 1_048_576;

/// What all tests of this kind start from.
public struct World {
    system: System,
    ledger: Ledger,
    /// What a user holds.
    purse: Coin<WAL>,
    /// What epochs have paid to the nodes.
    nodes: Balance<WAL>,
    /// All FROST there ever were.
    supply: u64,
}

public fun storage_price(): u64 { 5 }

public fun write_price(): u64 { 1_001 }

/// Mebibytes in the network.
public fun capacity(): u64 { 100 }

public fun horizon(): u32 { 53 }

/// FROST that the user begins with.
public fun supply(): u64 { 1_000_000 }

/// Epoch 1, a write factor of two, and a user with money.
public fun new(ctx: &mut TxContext): World {
    with_factor(20_000, ctx)
}

public fun with_factor(write_factor_bp: u64, ctx: &mut TxContext): World {
    let mut world = genesis(write_factor_bp, ctx);
    world.next_epoch();
    world
}

/// Epoch 0.
public fun genesis(write_factor_bp: u64, ctx: &mut TxContext): World {
    World {
        system: system::create_for_testing(
            10,
            horizon(),
            write_factor_bp,
            storage_price(),
            write_price(),
            capacity() * MIB,
            ctx,
        ),
        ledger: ledger::create_for_testing(ctx),
        purse: coin::mint_for_testing(supply(), ctx),
        nodes: balance::zero(),
        supply: supply(),
    }
}

/// Ends the epoch and gives what it paid and the bytes reserved in it.
public fun next_epoch(self: &mut World): (u64, u64) {
    let (storage_price, write_price) = self.system.prices();
    let (capacity, _) = self.system.capacity(self.system.epoch());
    self.next_epoch_with(storage_price, write_price, capacity)
}

public fun next_epoch_with(
    self: &mut World,
    storage_price: u64,
    write_price: u64,
    capacity: u64,
): (u64, u64) {
    let committee = committee_tests::committee(self.system.epoch() + 1, vector[4, 3, 2, 1]);
    let (payments, used) = self.system.advance(committee, storage_price, write_price, capacity);
    let paid = payments.value();
    self.nodes.join(payments);
    self.check();
    (paid, used)
}

public fun skip_epochs(self: &mut World, epochs: u64) {
    epochs.do!(|_| { self.next_epoch(); })
}

/// Every FROST is somewhere.
public fun check(self: &World) {
    let (deposits, burns) = self.ledger.held();
    assert_eq!(
        self.purse.value() + self.nodes.value() + self.system.held() + deposits + burns,
        self.supply,
    )
}

/// Every FROST but those given to `balance` is somewhere.
public fun check_with(self: &World, elsewhere: u64) {
    let (deposits, burns) = self.ledger.held();
    assert_eq!(
        self.purse.value() + self.nodes.value() + self.system.held() + deposits + burns + elsewhere,
        self.supply,
    )
}

public fun system(self: &World): &System {
    &self.system
}

public fun system_mut(self: &mut World): &mut System {
    &mut self.system
}

public fun ledger(self: &World): &Ledger {
    &self.ledger
}

public fun ledger_mut(self: &mut World): &mut Ledger {
    &mut self.ledger
}

public fun both_mut(self: &mut World): (&mut System, &mut Ledger) {
    (&mut self.system, &mut self.ledger)
}

/// What the user has.
public fun money(self: &World): u64 {
    self.purse.value()
}

/// Takes money out of the user's.
public fun take(self: &mut World, amount: u64, ctx: &mut TxContext): Coin<WAL> {
    self.purse.split(amount, ctx)
}

/// Gives the user money.
public fun give(self: &mut World, coin: Coin<WAL>) {
    self.purse.join(coin)
}

/// New money for the user.
public fun mint(self: &mut World, amount: u64, ctx: &mut TxContext) {
    self.supply = self.supply + amount;
    self.purse.join(coin::mint_for_testing(amount, ctx))
}

/// Reserves mebibytes for epochs from now on.
public fun reserve(self: &mut World, mebibytes: u64, epochs: u32, ctx: &mut TxContext): Storage {
    let storage = self.system.reserve_space(mebibytes * MIB, epochs, &mut self.purse, ctx);
    self.check();
    storage
}

/// The id of the blob of `size` bytes whose root is `root`.
public fun id_of(root: u256, size: u64): u256 {
    encoding::derive_blob_id(root, RS2, size)
}

public fun register_in(
    self: &mut World,
    storage: Storage,
    root: u256,
    size: u64,
    deletable: bool,
    ctx: &mut TxContext,
): Blob {
    let blob = self.system.register_blob(
        &mut self.ledger,
        storage,
        id_of(root, size),
        root,
        size,
        RS2,
        deletable,
        &mut self.purse,
        ctx,
    );
    self.check();
    blob
}

/// Registers a blob of 1,000 bytes (1 MiB of storage) for epochs from now on.
public fun register(self: &mut World, root: u256, epochs: u32, deletable: bool, ctx: &mut TxContext): Blob {
    let storage = self.reserve(1, epochs, ctx);
    self.register_in(storage, root, 1_000, deletable, ctx)
}

/// Certifies with the signatures of the nodes in `bitmap`; the refund goes to the user. Gives the refund.
public fun certify(self: &mut World, blob: &mut Blob, bitmap: u8, ctx: &mut TxContext): u64 {
    let message = stored(self.system.epoch(), blob);
    let refund = self.system.certify_blob(&mut self.ledger, blob, x"", vector[bitmap], message, ctx);
    let refunded = refund.value();
    self.purse.join(refund);
    self.check();
    refunded
}

/// Registers and certifies with all signatures.
public fun store(self: &mut World, root: u256, epochs: u32, deletable: bool, ctx: &mut TxContext): Blob {
    let mut blob = self.register(root, epochs, deletable, ctx);
    self.certify(&mut blob, 0xf, ctx);
    blob
}

public fun extend(self: &mut World, blob: &mut Blob, epochs: u32, ctx: &mut TxContext) {
    self.system.extend_blob(&mut self.ledger, blob, epochs, &mut self.purse, ctx);
    self.check()
}

public fun extend_with(self: &mut World, blob: &mut Blob, extension: Storage) {
    self.system.extend_blob_with_resource(&mut self.ledger, blob, extension);
    self.check()
}

public fun delete(self: &mut World, blob: Blob): Storage {
    let storage = self.system.delete_blob(&mut self.ledger, blob);
    self.check();
    storage
}

/// Gives a blob's object up, and with it the deposit.
public fun burn(self: &World, blob: Blob) {
    blob::burn(blob);
    self.check()
}

public fun burn_deposit(self: &mut World, object_id: ID) {
    self.system.burn_deposit(&mut self.ledger, object_id);
    self.check()
}

/// Has the nodes in `bitmap` call a blob id invalid.
public fun invalidate(self: &mut World, blob_id: u256, bitmap: u8) {
    let message = message(2, self.system.epoch(), bcs::to_bytes(&blob_id));
    assert_eq!(
        self.system.invalidate_blob_id(&mut self.ledger, x"", vector[bitmap], message),
        blob_id,
    )
}

/// Has the nodes in `bitmap` deny a blob id for all.
public fun deny(self: &mut World, blob_id: u256, bitmap: u8) {
    let message = message(5, self.system.epoch(), bcs::to_bytes(&blob_id));
    assert_eq!(self.system.deny_blob_id(&mut self.ledger, x"", vector[bitmap], message), blob_id)
}

/// A message of any intent.
public fun message(intent: u8, epoch: u32, body: vector<u8>): vector<u8> {
    let mut bytes = vector[intent, 0, 3];
    bytes.append(bcs::to_bytes(&epoch));
    bytes.append(body);
    bytes
}

/// What nodes sign when they store the blob.
public fun stored(epoch: u32, blob: &Blob): vector<u8> {
    let mut body = bcs::to_bytes(&blob.blob_id());
    if (blob.is_deletable()) {
        body.push_back(1);
        body.append(object::id(blob).to_bytes())
    } else body.push_back(0);
    message(1, epoch, body)
}

/// Checks the latest end epoch and the number of live objects of a blob id now.
public fun check_live(self: &World, blob_id: u256, latest: u32, live: u32) {
    let index = self.ledger.index_of(blob_id).destroy_some();
    let (id, size, _, actual_latest, actual_live) = self.ledger.blob_at(index, self.system.epoch());
    assert_eq!(id, blob_id);
    assert_eq!(size, 1_000);
    assert_eq!(actual_latest, latest);
    assert_eq!(actual_live, live)
}

/// The epoch since which a blob id has been certified without a gap.
public fun certified_since(self: &World, blob_id: u256): u32 {
    let (_, _, certified, _, _) = self.ledger.blob_at(self.ledger.index_of(blob_id).destroy_some(), self.system.epoch());
    certified
}

/// Ends the world, and any object of the test.
public fun end(self: World) {
    self.check();
    std::unit_test::destroy(self)
}
