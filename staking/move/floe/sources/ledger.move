/// The record of certified blobs, the deposits of blobs that are not certified yet, and the ids that are barred.
///
/// It is an object of its own, so that certificates, of which there are many, wait only for one another.
module floe::ledger;

use floe::blob::Blob;
use floe::events;
use sui::balance::{Self, Balance};
use sui::dynamic_field;
use sui::event;
use sui::table::{Self, Table};
use wal::wal::{ProtectedTreasury, WAL};

/// Version of the inner state that this package works on.
const VERSION: u64 = 1;
/// Epochs after that of registration in which a certificate still brings a refund.
const REFUND_EPOCHS: u32 = 1;

/// The inner state is of another version: call the newest package, or migrate.
const EWrongVersion: u64 = 0;
/// The blob id was proven to be encoded wrongly.
const EInvalidId: u64 = 1;
/// The blob id is denied by all.
const EDeniedId: u64 = 2;
/// There is no deposit of that blob object.
const ENoDeposit: u64 = 3;
/// The deposit may still be refunded.
const ETooEarly: u64 = 4;

/// Shared object.
public struct Ledger has key {
    id: UID,
    version: u64,
}

/// The state: a dynamic field of `Ledger` whose name is the version.
public struct LedgerInner has store {
    /// The certified blob ids by index, in the order of their first certificates, from 0 without gaps.
    blobs: Table<u64, SequencedBlob>,
    indexes: Table<u256, u64>,
    /// By blob object.
    deposits: Table<ID, Deposit>,
    /// What all deposits sum to.
    deposited: Balance<WAL>,
    /// What waits to be burned.
    burns: Balance<WAL>,
    /// Barred ids and the epoch since which they are.
    invalid: Table<u256, u32>,
    denied: Table<u256, u32>,
}

/// A blob id that was certified at least once.
public struct SequencedBlob has store {
    blob_id: u256,
    /// Bytes before encoding.
    size: u64,
    /// Epoch since which a certified object is stored without a gap.
    certified_epoch: u32,
    /// When its certified objects end. Objects that are over may be missing.
    ends: vector<End>,
}

/// How many objects of a blob id end in the same epoch.
public struct End has copy, drop, store {
    end_epoch: u32,
    objects: u32,
}

/// What is refunded for signatures beyond a quorum.
public struct Deposit has drop, store {
    /// FROST.
    amount: u64,
    /// Epoch of the registration.
    epoch: u32,
}

/// A blob id got its index.
public struct BlobSequenced has copy, drop {
    epoch: u32,
    index: u64,
    blob_id: u256,
    size: u64,
}

/// A deposit was divided between the blob's owner and the burns, in FROST.
public struct DepositSettled has copy, drop {
    epoch: u32,
    object_id: ID,
    refunded: u64,
    burned: u64,
}

/// Burns were taken out of existence, in FROST.
public struct DepositsBurned has copy, drop {
    amount: u64,
}

/// Makes and shares the ledger.
public(package) fun create(ctx: &mut TxContext): ID {
    let ledger = new(ctx);
    let id = object::id(&ledger);
    transfer::share_object(ledger);
    id
}

/// Moves the inner state to this package's version. Aborts with `EWrongVersion` when it is there.
public(package) fun migrate(self: &mut Ledger) {
    assert!(self.version < VERSION, EWrongVersion);
    let inner: LedgerInner = dynamic_field::remove(&mut self.id, self.version);
    self.version = VERSION;
    dynamic_field::add(&mut self.id, VERSION, inner)
}

/// Requires that an id is neither invalid nor denied. Aborts with `EInvalidId`, `EDeniedId`.
public(package) fun check_id(self: &Ledger, blob_id: u256) {
    let inner = self.inner();
    assert!(!inner.invalid.contains(blob_id), EInvalidId);
    assert!(!inner.denied.contains(blob_id), EDeniedId)
}

/// Keeps the deposit of a blob object registered in `epoch`.
public(package) fun deposit(self: &mut Ledger, object_id: ID, epoch: u32, deposit: Balance<WAL>) {
    let inner = self.inner_mut();
    inner.deposits.add(object_id, Deposit { amount: deposit.value(), epoch });
    inner.deposited.join(deposit);
}

/// Ends a deposit: gives `shares / all` of it rounded down, nothing when its time is over, and burns the rest. Gives nothing
/// when there is no deposit any more. `all` is above zero and not below `shares`.
public(package) fun settle(
    self: &mut Ledger,
    object_id: ID,
    epoch: u32,
    shares: u16,
    all: u16,
): Balance<WAL> {
    let inner = self.inner_mut();
    if (!inner.deposits.contains(object_id)) return balance::zero();
    let Deposit { amount, epoch: registered } = inner.deposits.remove(object_id);
    let refunded = if (epoch <= registered + REFUND_EPOCHS) {
        ((amount as u128) * (shares as u128) / (all as u128)) as u64
    } else 0;
    let burned = amount - refunded;
    event::emit(DepositSettled { epoch, object_id, refunded, burned });
    inner.burns.join(inner.deposited.split(burned));
    inner.deposited.split(refunded)
}

/// Burns a deposit that is too late for a refund. Aborts with `ENoDeposit`, `ETooEarly`.
public(package) fun burn_deposit(self: &mut Ledger, object_id: ID, epoch: u32) {
    let inner = self.inner();
    assert!(inner.deposits.contains(object_id), ENoDeposit);
    assert!(epoch > inner.deposits[object_id].epoch + REFUND_EPOCHS, ETooEarly);
    self.settle(object_id, epoch, 0, 1).destroy_zero()
}

/// Records a certified object. The first of its id gives the id the next index.
public(package) fun add(self: &mut Ledger, blob: &Blob, epoch: u32) {
    let inner = self.inner_mut();
    let blob_id = blob.blob_id();
    if (!inner.indexes.contains(blob_id)) {
        let index = inner.blobs.length();
        let size = blob.size();
        inner.indexes.add(blob_id, index);
        inner.blobs.add(index, SequencedBlob { blob_id, size, certified_epoch: epoch, ends: vector[] });
        event::emit(BlobSequenced { epoch, index, blob_id, size })
    };
    let index = inner.indexes[blob_id];
    let SequencedBlob { blob_id: _, size: _, certified_epoch, ends } = &mut inner.blobs[index];
    let end_epoch = blob.end_epoch();
    let mut counted = false;
    let mut i = 0;
    while (i < ends.length()) {
        let end = &mut ends[i];
        if (end.end_epoch <= epoch) {
            ends.swap_remove(i);
        } else {
            if (end.end_epoch == end_epoch) {
                end.objects = end.objects + 1;
                counted = true
            };
            i = i + 1
        }
    };
    // Whoever stored it before may have dropped it.
    if (ends.is_empty()) *certified_epoch = epoch;
    if (!counted) ends.push_back(End { end_epoch, objects: 1 })
}

/// Forgets one certified object that was recorded with this end epoch, which has not come.
public(package) fun remove(self: &mut Ledger, blob_id: u256, end_epoch: u32) {
    let ends = self.inner_mut().ends_mut(blob_id);
    let mut i = 0;
    while (ends[i].end_epoch != end_epoch) i = i + 1;
    if (ends[i].objects == 1) {
        ends.swap_remove(i);
    } else {
        ends[i].objects = ends[i].objects - 1
    }
}

/// Bars an id that is encoded wrongly. Aborts with `EInvalidId` when it is barred already.
public(package) fun invalidate(self: &mut Ledger, blob_id: u256, epoch: u32) {
    let invalid = &mut self.inner_mut().invalid;
    assert!(!invalid.contains(blob_id), EInvalidId);
    invalid.add(blob_id, epoch);
    events::invalid_blob_id(epoch, blob_id)
}

/// Bars an id that all nodes refuse. Aborts with `EDeniedId` when it is barred already.
public(package) fun deny(self: &mut Ledger, blob_id: u256, epoch: u32) {
    let denied = &mut self.inner_mut().denied;
    assert!(!denied.contains(blob_id), EDeniedId);
    denied.add(blob_id, epoch);
    events::deny_list_blob_deleted(epoch, blob_id)
}

/// Burns what the deposits left; anyone may call it.
public fun burn(self: &mut Ledger, treasury: &mut ProtectedTreasury, ctx: &mut TxContext) {
    let burns = self.inner_mut().burns.withdraw_all();
    event::emit(DepositsBurned { amount: burns.value() });
    treasury.burn(burns.into_coin(ctx))
}

/// How many ids have an index: the next index.
public fun sequenced(self: &Ledger): u64 {
    self.inner().blobs.length()
}

/// The index of a blob id, if it was ever certified.
public fun index_of(self: &Ledger, blob_id: u256): Option<u64> {
    let indexes = &self.inner().indexes;
    if (indexes.contains(blob_id)) option::some(indexes[blob_id]) else option::none()
}

/// Of the blob id with an index below `sequenced`: the id, its bytes before encoding, the epoch since which it has been certified
/// and stored without a gap, the latest end epoch of its certified objects that are stored in `epoch` (the current one or a
/// later), and how many these are; 0 and 0 when none is.
public fun blob_at(self: &Ledger, index: u64, epoch: u32): (u256, u64, u32, u32, u32) {
    let blob = &self.inner().blobs[index];
    let mut latest = 0u32;
    let mut live = 0u32;
    let mut i = 0;
    while (i < blob.ends.length()) {
        let End { end_epoch, objects } = blob.ends[i];
        if (end_epoch > epoch) {
            latest = latest.max(end_epoch);
            live = live + objects
        };
        i = i + 1;
    };
    (blob.blob_id, blob.size, blob.certified_epoch, latest, live)
}

/// FROST that wait for the certificate of a blob object.
public fun deposit_of(self: &Ledger, object_id: ID): u64 {
    let deposits = &self.inner().deposits;
    if (deposits.contains(object_id)) deposits[object_id].amount else 0
}

/// Whether the id was proven to be encoded wrongly.
public fun is_invalid(self: &Ledger, blob_id: u256): bool {
    self.inner().invalid.contains(blob_id)
}

/// Whether the id is denied by all.
public fun is_denied(self: &Ledger, blob_id: u256): bool {
    self.inner().denied.contains(blob_id)
}

fun new(ctx: &mut TxContext): Ledger {
    let mut ledger = Ledger { id: object::new(ctx), version: VERSION };
    let inner = LedgerInner {
        blobs: table::new(ctx),
        indexes: table::new(ctx),
        deposits: table::new(ctx),
        deposited: balance::zero(),
        burns: balance::zero(),
        invalid: table::new(ctx),
        denied: table::new(ctx),
    };
    dynamic_field::add(&mut ledger.id, VERSION, inner);
    ledger
}

fun ends_mut(self: &mut LedgerInner, blob_id: u256): &mut vector<End> {
    let index = self.indexes[blob_id];
    &mut self.blobs[index].ends
}

fun inner(self: &Ledger): &LedgerInner {
    assert!(self.version == VERSION, EWrongVersion);
    dynamic_field::borrow(&self.id, VERSION)
}

fun inner_mut(self: &mut Ledger): &mut LedgerInner {
    assert!(self.version == VERSION, EWrongVersion);
    dynamic_field::borrow_mut(&mut self.id, VERSION)
}

#[test_only]
/// A ledger that is not shared.
public fun create_for_testing(ctx: &mut TxContext): Ledger {
    new(ctx)
}

#[test_only]
/// FROST in deposits and in burns.
public fun held(self: &Ledger): (u64, u64) {
    let inner = self.inner();
    (inner.deposited.value(), inner.burns.value())
}

#[test_only]
/// How many different ends the record of a certified blob id holds.
public fun ends_of(self: &Ledger, blob_id: u256): u64 {
    let inner = self.inner();
    inner.blobs[inner.indexes[blob_id]].ends.length()
}

#[test_only]
/// Takes what waits to be burned.
public fun burns(self: &mut Ledger): Balance<WAL> {
    self.inner_mut().burns.withdraw_all()
}

#[test_only]
/// Makes the inner state one of the version before.
public fun age(self: &mut Ledger) {
    let inner: LedgerInner = dynamic_field::remove(&mut self.id, self.version);
    self.version = self.version - 1;
    dynamic_field::add(&mut self.id, self.version, inner)
}
