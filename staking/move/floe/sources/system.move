/// The heart of the network: who is the committee, what storage costs, what is reserved and paid; and the calls by which
/// users reserve storage and register, certify, extend and delete blobs.
///
/// A mebibyte (1,048,576 bytes) of encoded data, rounded up, is the unit of both prices. Amounts are in FROST.
module floe::system;

use floe::accounting::{Self, Accounting};
use floe::bft;
use floe::blob::{Self, Blob};
use floe::committee::{Self, Committee};
use floe::deny_list::{Self, DenyLists};
use floe::encoding;
use floe::events;
use floe::ledger::Ledger;
use floe::protocol_version::{Self, ProtocolVersion};
use floe::storage_resource::{Self, Storage};
use sui::balance::Balance;
#[test_only]
use sui::bls12381;
use sui::coin::Coin;
use sui::dynamic_field;
use sui::event;
use wal::wal::WAL;

/// Version of the inner state that this package works on.
const VERSION: u64 = 1;
/// Basis points in a whole.
const BP: u64 = 10_000;
/// What a writer pays at most, as a multiple of the write price: ten times.
const MAX_WRITE_FACTOR_BP: u64 = 100_000;
/// Shards of a network: fewer tolerate no fault, the encoding takes no more.
const MIN_SHARDS: u16 = 4;
const MAX_SHARDS: u16 = 4_096;
const MAX_U64: u128 = 0xffff_ffff_ffff_ffff;

/// The inner state is of another version: call the newest package, or migrate.
const EWrongVersion: u64 = 0;
/// A parameter of genesis is outside its bounds.
const EBadParameter: u64 = 1;
/// In epoch 0 there is no committee that could store anything.
const EGenesis: u64 = 2;
/// A quorum paused reserving and registering.
const EPaused: u64 = 3;
/// A reservation has no bytes, or no epochs.
const EEmpty: u64 = 4;
/// A reservation would end beyond the horizon.
const EBeyondHorizon: u64 = 5;
/// A cost does not fit in 64 bits.
const ECostOverflow: u64 = 6;
/// The next committee is not of the next epoch, or has another number of shards.
const EWrongCommittee: u64 = 7;

/// Shared object.
public struct System has key {
    id: UID,
    version: u64,
}

/// The state: a dynamic field of `System` whose name is the version.
public struct SystemInner has store {
    committee: Committee,
    /// Encoded bytes that all shards together hold.
    capacity: u64,
    /// FROST for a unit and epoch.
    storage_price: u64,
    /// FROST for a unit, once.
    write_price: u64,
    /// What a writer pays, deposit included, in basis points of the write price.
    write_factor_bp: u64,
    /// Epochs that can be reserved, the current one included.
    horizon: u32,
    paused: bool,
    accounting: Accounting,
    deny_lists: DenyLists,
    protocol: ProtocolVersion,
}

/// Storage was bought.
public struct StorageReserved has copy, drop {
    epoch: u32,
    storage_id: ID,
    end_epoch: u32,
    /// Encoded bytes.
    size: u64,
}

/// A quorum paused reserving and registering, or ended the pause.
public struct PauseSet has copy, drop {
    epoch: u32,
    paused: bool,
}

// === For users ===

/// Reserves `storage_amount` encoded bytes for the current and the following epochs, `epochs_ahead` in all, and takes the
/// cost (`reserve_cost`) out of `payment`. Aborts with `EGenesis`, `EPaused`, `EEmpty`, `EBeyondHorizon`, `ECostOverflow`, in
/// `accounting` when the space is not free, and in `sui::balance` (code 2) when the payment does not suffice.
public fun reserve_space(
    self: &mut System,
    storage_amount: u64,
    epochs_ahead: u32,
    payment: &mut Coin<WAL>,
    ctx: &mut TxContext,
): Storage {
    let inner = self.inner_mut();
    inner.check_open();
    let epoch = inner.committee.epoch();
    let storage = inner.reserve(epoch, epochs_ahead, storage_amount, payment, ctx);
    event::emit(StorageReserved {
        epoch,
        storage_id: object::id(&storage),
        end_epoch: storage.end_epoch(),
        size: storage_amount,
    });
    storage
}

/// Registers a blob of `size` bytes whose metadata has `root_hash`, to be kept in `storage`, and takes the write price and the
/// deposit (`register_cost`) out of `write_payment`. Aborts with `EGenesis`, `EPaused`, `ECostOverflow`; in `blob` when the id
/// does not follow from root, type and size or the reservation does not cover the blob; in `encoding` when the type is unknown
/// or the blob too large; in `ledger` when the id is barred; in `sui::balance` (code 2) when the payment does not suffice.
public fun register_blob(
    self: &mut System,
    ledger: &mut Ledger,
    storage: Storage,
    blob_id: u256,
    root_hash: u256,
    size: u64,
    encoding_type: u8,
    deletable: bool,
    write_payment: &mut Coin<WAL>,
    ctx: &mut TxContext,
): Blob {
    let (cost, deposit) = self.register_cost(size, encoding_type);
    let inner = self.inner_mut();
    inner.check_open();
    ledger.check_id(blob_id);
    let epoch = inner.committee.epoch();
    let n_shards = inner.committee.n_shards();
    let blob = blob::new(
        storage,
        blob_id,
        root_hash,
        size,
        encoding_type,
        deletable,
        epoch,
        n_shards,
        ctx,
    );
    let object_id = object::id(&blob);
    let payment = write_payment.balance_mut();
    inner.accounting.pay(payment.split(cost));
    ledger.deposit(object_id, epoch, payment.split(deposit));
    events::blob_registered(epoch, blob_id, size, encoding_type, blob.end_epoch(), deletable, object_id);
    blob
}

/// Certifies a registered blob with a quorum's signatures of the current epoch, and gives back the part of the deposit that
/// the signatures beyond a quorum earn: deposit * (w - q) / (n - q) for w of n shards, q of them a quorum, rounded down;
/// nothing from the second epoch after registration on. The rest is burned. The first certificate of a blob id gives it the next
/// index. Aborts in `committee` and `message` when the certificate is not one of this blob (of this object, when it is
/// deletable), in `blob` when it is certified or over, and in `ledger` when the id is barred.
public fun certify_blob(
    self: &System,
    ledger: &mut Ledger,
    blob: &mut Blob,
    signature: vector<u8>,
    signers_bitmap: vector<u8>,
    message: vector<u8>,
    ctx: &mut TxContext,
): Coin<WAL> {
    let committee = &self.inner().committee;
    let epoch = committee.epoch();
    let object_id = object::id(blob);
    let certified = committee.verify_quorum(signature, signers_bitmap, message);
    certified.expect_blob_stored(
        blob.blob_id(),
        if (blob.is_deletable()) option::some(object_id) else option::none(),
    );
    ledger.check_id(blob.blob_id());
    blob.certify(epoch);
    ledger.add(blob, epoch);
    emit_certified(epoch, blob, false);
    let n = committee.n_shards();
    let quorum = bft::quorum(n);
    ledger.settle(object_id, epoch, certified.weight() - quorum, n - quorum).into_coin(ctx)
}

/// `certify_blob`, with the refund sent to the sender.
entry fun certify_blob_and_keep(
    self: &System,
    ledger: &mut Ledger,
    blob: &mut Blob,
    signature: vector<u8>,
    signers_bitmap: vector<u8>,
    message: vector<u8>,
    ctx: &mut TxContext,
) {
    let refund = self.certify_blob(ledger, blob, signature, signers_bitmap, message, ctx);
    transfer::public_transfer(refund, ctx.sender())
}

/// Buys `extended_epochs` more epochs for a certified blob, as large as its reservation and at the current price. A pause does
/// not stop it: blobs would be lost. Aborts as `reserve_space`, in `blob` when the blob is not certified or over, and in `ledger`
/// when the id is barred.
public fun extend_blob(
    self: &mut System,
    ledger: &mut Ledger,
    blob: &mut Blob,
    extended_epochs: u32,
    payment: &mut Coin<WAL>,
    ctx: &mut TxContext,
) {
    let inner = self.inner_mut();
    let end = blob.end_epoch();
    // An end in the past would lie outside the ring: the blob's own check must come first.
    blob.check_extensible(inner.committee.epoch());
    let extension = inner.reserve(end, extended_epochs, blob.storage().size(), payment, ctx);
    self.extend_blob_with_resource(ledger, blob, extension)
}

/// Adds a reservation of the same size that begins at the blob's end. Aborts in `blob` when the blob is not certified or over
/// or the reservation begins elsewhere, in `storage_resource` when its size is another, and in `ledger` when the id is barred.
public fun extend_blob_with_resource(
    self: &System,
    ledger: &mut Ledger,
    blob: &mut Blob,
    extension: Storage,
) {
    let epoch = self.epoch();
    let blob_id = blob.blob_id();
    ledger.check_id(blob_id);
    let before = blob.end_epoch();
    blob.extend(extension, epoch);
    ledger.add(blob, epoch);
    ledger.remove(blob_id, before);
    emit_certified(epoch, blob, true)
}

/// Deletes a deletable blob before its end and gives its reservation back. The deposit of one that is not certified is
/// burned. Aborts in `blob` when the blob is permanent or over.
public fun delete_blob(self: &System, ledger: &mut Ledger, blob: Blob): Storage {
    let epoch = self.epoch();
    let blob_id = blob.blob_id();
    let object_id = object::id(&blob);
    let end_epoch = blob.end_epoch();
    let was_certified = blob.certified_epoch().is_some();
    let storage = blob.delete(epoch);
    if (was_certified) ledger.remove(blob_id, end_epoch)
    else ledger.settle(object_id, epoch, 0, 1).destroy_zero();
    events::blob_deleted(epoch, blob_id, end_epoch, object_id, was_certified);
    storage
}

/// Burns the deposit of a blob that was not certified by the end of the epoch after its registration. Anyone may call it.
/// Aborts in `ledger` when there is no such deposit or it is too early.
public fun burn_deposit(self: &System, ledger: &mut Ledger, object_id: ID) {
    ledger.burn_deposit(object_id, self.epoch())
}

/// Bars a blob id whose encoding nodes found inconsistent. Needs the signatures of at least one honest node. Aborts in
/// `committee` and `message` when the certificate is none, and in `ledger` when the id is invalid already.
public fun invalidate_blob_id(
    self: &System,
    ledger: &mut Ledger,
    signature: vector<u8>,
    signers_bitmap: vector<u8>,
    message: vector<u8>,
): u256 {
    let committee = self.committee();
    let blob_id = committee.verify_validity(signature, signers_bitmap, message).invalid_blob();
    ledger.invalidate(blob_id, committee.epoch());
    blob_id
}

/// Bars a blob id that so many nodes deny that it may be lost. Aborts as `invalidate_blob_id`.
public fun deny_blob_id(
    self: &System,
    ledger: &mut Ledger,
    signature: vector<u8>,
    signers_bitmap: vector<u8>,
    message: vector<u8>,
): u256 {
    let committee = self.committee();
    let blob_id = committee.verify_validity(signature, signers_bitmap, message).denied_blob();
    ledger.deny(blob_id, committee.epoch());
    blob_id
}

/// Announces that a quorum has seen the deny list a node has registered. Aborts in `committee` and `message` when the certificate
/// is none, and in `deny_list` when the list is another.
public fun confirm_deny_list(
    self: &System,
    signature: vector<u8>,
    signers_bitmap: vector<u8>,
    message: vector<u8>,
) {
    let inner = self.inner();
    let certified = inner.committee.verify_quorum(signature, signers_bitmap, message);
    let (node, sequence_number, size, root) = certified.deny_list();
    inner.deny_lists.confirm(inner.committee.epoch(), node, sequence_number, size, root)
}

/// Sets the protocol version that a quorum signed. Aborts in `committee` and `message` when the certificate is none, and in
/// `protocol_version` when the version is not above the one before or starts in the past.
public fun update_protocol_version(
    self: &mut System,
    signature: vector<u8>,
    signers_bitmap: vector<u8>,
    message: vector<u8>,
) {
    let inner = self.inner_mut();
    let epoch = inner.committee.epoch();
    let certified = inner.committee.verify_quorum(signature, signers_bitmap, message);
    let (start_epoch, version) = certified.protocol_version();
    inner.protocol.set(epoch, start_epoch, version)
}

// === Views ===

/// The current epoch.
public fun epoch(self: &System): u32 {
    self.inner().committee.epoch()
}

/// The current committee.
public fun committee(self: &System): &Committee {
    &self.inner().committee
}

/// FROST for a unit of storage in an epoch, and for writing a unit.
public fun prices(self: &System): (u64, u64) {
    let inner = self.inner();
    (inner.storage_price, inner.write_price)
}

/// Encoded bytes that all shards together hold, and of these the bytes reserved in an epoch from the current one to the 127th
/// after it. Aborts in `accounting` when the epoch is another.
public fun capacity(self: &System, epoch: u32): (u64, u64) {
    let inner = self.inner();
    (inner.capacity, inner.accounting.used(epoch))
}

/// The current epoch and those after it that can be reserved, together.
public fun horizon(self: &System): u32 {
    self.inner().horizon
}

/// What `storage_amount` encoded bytes cost in `epochs` epochs. Aborts with `ECostOverflow`.
public fun reserve_cost(self: &System, storage_amount: u64, epochs: u32): u64 {
    let per_epoch = cost(storage_amount, self.inner().storage_price);
    fits((per_epoch as u128) * (epochs as u128))
}

/// What registering a blob of `size` bytes costs, and the deposit that comes on top. Aborts with `ECostOverflow`, and in
/// `encoding` when the type is unknown or the blob too large.
public fun register_cost(self: &System, size: u64, encoding_type: u8): (u64, u64) {
    let inner = self.inner();
    let encoded = encoding::encoded_size(size, inner.committee.n_shards(), encoding_type);
    let cost = cost(encoded, inner.write_price);
    let deposit = (cost as u128) * ((inner.write_factor_bp - BP) as u128) / (BP as u128);
    (cost, fits(deposit))
}

/// The protocol version in effect in an epoch, as far as it is known now.
public fun protocol_version(self: &System, epoch: u32): u64 {
    self.inner().protocol.at(epoch)
}

/// Whether reserving and registering are paused.
public fun is_paused(self: &System): bool {
    self.inner().paused
}

// === For the other modules ===

/// Makes and shares the system of `n_shards` shards, in epoch 0. The horizon is in epochs, 1 to 128; the write factor in basis
/// points, 10,000 to 100,000; prices in FROST a unit; the capacity in encoded bytes. Aborts with `EBadParameter`.
public(package) fun create(
    n_shards: u16,
    horizon: u32,
    write_factor_bp: u64,
    storage_price: u64,
    write_price: u64,
    capacity: u64,
    ctx: &mut TxContext,
): ID {
    let system = new(n_shards, horizon, write_factor_bp, storage_price, write_price, capacity, ctx);
    let id = object::id(&system);
    transfer::share_object(system);
    id
}

/// Begins the next epoch, and gives what was paid for the one that ends and the encoded bytes that were reserved in it. Aborts with
/// `EWrongCommittee`.
public(package) fun advance(
    self: &mut System,
    next: Committee,
    storage_price: u64,
    write_price: u64,
    capacity: u64,
): (Balance<WAL>, u64) {
    let inner = self.inner_mut();
    assert!(next.epoch() == inner.committee.epoch() + 1, EWrongCommittee);
    assert!(next.n_shards() == inner.committee.n_shards(), EWrongCommittee);
    inner.committee = next;
    inner.capacity = capacity;
    inner.storage_price = storage_price;
    inner.write_price = write_price;
    events::prices_updated(inner.committee.epoch(), storage_price, write_price);
    inner.accounting.close()
}

/// Pauses reserving and registering, or ends the pause.
public(package) fun set_paused(self: &mut System, paused: bool) {
    let inner = self.inner_mut();
    inner.paused = paused;
    event::emit(PauseSet { epoch: inner.committee.epoch(), paused })
}

/// Replaces the deny list of a node whose capability the caller has checked: `size` encoded bytes under `root`.
public(package) fun register_deny_list(self: &mut System, node: ID, root: u256, size: u64) {
    let inner = self.inner_mut();
    let epoch = inner.committee.epoch();
    inner.deny_lists.register(epoch, node, root, size)
}

/// The encoded bytes for which a node earns nothing in the current epoch: the largest size that its deny list had in it, but not
/// more than what is reserved.
public(package) fun denied_size(self: &System, node: ID): u64 {
    let inner = self.inner();
    let epoch = inner.committee.epoch();
    inner.deny_lists.size(epoch, node).min(inner.accounting.used(epoch))
}

/// Moves the inner state to this package's version. Aborts with `EWrongVersion` when it is there.
public(package) fun migrate(self: &mut System) {
    assert!(self.version < VERSION, EWrongVersion);
    let inner: SystemInner = dynamic_field::remove(&mut self.id, self.version);
    self.version = VERSION;
    dynamic_field::add(&mut self.id, VERSION, inner)
}

// === Inside ===

fun new(
    n_shards: u16,
    horizon: u32,
    write_factor_bp: u64,
    storage_price: u64,
    write_price: u64,
    capacity: u64,
    ctx: &mut TxContext,
): System {
    assert!(MIN_SHARDS <= n_shards && n_shards <= MAX_SHARDS, EBadParameter);
    assert!(0 < horizon && horizon <= accounting::slots(), EBadParameter);
    assert!(BP <= write_factor_bp && write_factor_bp <= MAX_WRITE_FACTOR_BP, EBadParameter);
    let mut system = System { id: object::new(ctx), version: VERSION };
    let inner = SystemInner {
        committee: committee::none(n_shards),
        capacity,
        storage_price,
        write_price,
        write_factor_bp,
        horizon,
        paused: false,
        accounting: accounting::new(),
        deny_lists: deny_list::new(ctx),
        protocol: protocol_version::new(),
    };
    dynamic_field::add(&mut system.id, VERSION, inner);
    system
}

fun check_open(self: &SystemInner) {
    assert!(self.committee.epoch() > 0, EGenesis);
    assert!(!self.paused, EPaused)
}

/// Books and pays for `epochs` epochs from `start` on, at the current price.
fun reserve(
    self: &mut SystemInner,
    start: u32,
    epochs: u32,
    size: u64,
    payment: &mut Coin<WAL>,
    ctx: &mut TxContext,
): Storage {
    assert!(size > 0 && epochs > 0, EEmpty);
    let end = (start as u64) + (epochs as u64);
    assert!(end <= (self.committee.epoch() as u64) + (self.horizon as u64), EBeyondHorizon);
    let end = end as u32;
    let price = cost(size, self.storage_price);
    self.accounting.reserve(start, end, size, self.capacity, price, payment.balance_mut());
    storage_resource::new(start, end, size, ctx)
}

fun emit_certified(epoch: u32, blob: &Blob, is_extension: bool) {
    events::blob_certified(
        epoch,
        blob.blob_id(),
        blob.end_epoch(),
        blob.is_deletable(),
        object::id(blob),
        is_extension,
    )
}

/// FROST for encoded bytes at a price for a unit.
fun cost(encoded: u64, price: u64): u64 {
    fits((encoding::units(encoded) as u128) * (price as u128))
}

fun fits(amount: u128): u64 {
    assert!(amount <= MAX_U64, ECostOverflow);
    amount as u64
}

fun inner(self: &System): &SystemInner {
    assert!(self.version == VERSION, EWrongVersion);
    dynamic_field::borrow(&self.id, VERSION)
}

fun inner_mut(self: &mut System): &mut SystemInner {
    assert!(self.version == VERSION, EWrongVersion);
    dynamic_field::borrow_mut(&mut self.id, VERSION)
}

#[test_only]
/// A system that is not shared.
public fun create_for_testing(
    n_shards: u16,
    horizon: u32,
    write_factor_bp: u64,
    storage_price: u64,
    write_price: u64,
    capacity: u64,
    ctx: &mut TxContext,
): System {
    new(n_shards, horizon, write_factor_bp, storage_price, write_price, capacity, ctx)
}

#[test_only]
/// FROST paid for this and later epochs.
public fun held(self: &System): u64 {
    self.inner().accounting.total()
}

#[test_only]
/// Makes the inner state one of the version before.
public fun age(self: &mut System) {
    let inner: SystemInner = dynamic_field::remove(&mut self.id, self.version);
    self.version = self.version - 1;
    dynamic_field::add(&mut self.id, self.version, inner)
}

#[test_only]
/// Begins the next epoch with a committee of one node, at the same prices and capacity, and gives what the last one paid. For
/// the tests of other packages.
public fun advance_for_testing(self: &mut System, node: ID): Balance<WAL> {
    let inner = self.inner();
    let key = bls12381::g1_to_uncompressed_g1(&bls12381::g1_generator());
    let n_shards = inner.committee.n_shards();
    let member = committee::member(node, key, n_shards);
    let next = committee::new(inner.committee.epoch() + 1, n_shards, vector[member]);
    let (storage_price, write_price, capacity) = (inner.storage_price, inner.write_price, inner.capacity);
    let (paid, _) = self.advance(next, storage_price, write_price, capacity);
    paid
}
