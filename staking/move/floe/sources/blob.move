/// A blob's object: who holds it decides about the blob.
module floe::blob;

use floe::encoding;
use floe::storage_resource::Storage;
use std::string::String;
use sui::dynamic_field;
use sui::event;
use sui::vec_map::{Self, VecMap};

/// Name of the dynamic field with the attributes, as in Walrus.
const ATTRIBUTES: vector<u8> = b"metadata";
/// Attributes of a blob at most, so that a map of them stays far below the size of an object.
const MAX_ATTRIBUTES: u64 = 64;
/// Bytes of an attribute's name and value at most.
const MAX_KEY_LENGTH: u64 = 128;
const MAX_VALUE_LENGTH: u64 = 2_048;

/// The id does not follow from root, encoding type and size.
const EWrongBlobId: u64 = 0;
/// The reservation does not include the current epoch.
const ENotCovered: u64 = 1;
/// The reservation is smaller than the encoded blob.
const ETooSmall: u64 = 2;
/// The blob is certified already.
const ECertified: u64 = 3;
/// The blob is not certified.
const ENotCertified: u64 = 4;
/// The blob's end epoch is reached.
const EExpired: u64 = 5;
/// The blob is permanent.
const ENotDeletable: u64 = 6;
/// An extension does not begin where the blob ends.
const ENoExtension: u64 = 7;
/// An attribute's name is empty or too long, its value is too long, or there are too many.
const EBadAttribute: u64 = 8;

/// A registered blob. Fields as in Walrus.
public struct Blob has key, store {
    id: UID,
    registered_epoch: u32,
    blob_id: u256,
    /// Bytes before encoding.
    size: u64,
    encoding_type: u8,
    /// Epoch of the certificate.
    certified_epoch: Option<u32>,
    storage: Storage,
    /// Whether the owner may delete it and have the storage back.
    deletable: bool,
}

/// A blob's object was given up; the blob stays stored until its end epoch.
public struct BlobBurned has copy, drop {
    object_id: ID,
    blob_id: u256,
}

/// A blob of `size` bytes whose metadata has `root`, not certified. Aborts with `EWrongBlobId`, `ENotCovered`, `ETooSmall`,
/// and in `encoding` when the type is unknown or the blob too large.
public(package) fun new(
    storage: Storage,
    blob_id: u256,
    root: u256,
    size: u64,
    encoding_type: u8,
    deletable: bool,
    epoch: u32,
    n_shards: u16,
    ctx: &mut TxContext,
): Blob {
    assert!(storage.start_epoch() <= epoch && epoch < storage.end_epoch(), ENotCovered);
    assert!(encoding::encoded_size(size, n_shards, encoding_type) <= storage.size(), ETooSmall);
    assert!(encoding::derive_blob_id(root, encoding_type, size) == blob_id, EWrongBlobId);
    Blob {
        id: object::new(ctx),
        registered_epoch: epoch,
        blob_id,
        size,
        encoding_type,
        certified_epoch: option::none(),
        storage,
        deletable,
    }
}

/// Marks the blob as certified. Aborts with `ECertified`, `EExpired`.
public(package) fun certify(self: &mut Blob, epoch: u32) {
    assert!(self.certified_epoch.is_none(), ECertified);
    assert!(epoch < self.end_epoch(), EExpired);
    self.certified_epoch.fill(epoch)
}

/// Requires that the blob is certified and not over. Aborts with `ENotCertified`, `EExpired`.
public(package) fun check_extensible(self: &Blob, epoch: u32) {
    assert!(self.certified_epoch.is_some(), ENotCertified);
    assert!(epoch < self.end_epoch(), EExpired)
}

/// Joins a reservation that begins at the blob's end. Aborts with `ENotCertified`, `EExpired`, `ENoExtension`, and in
/// `storage_resource` when its size is another.
public(package) fun extend(self: &mut Blob, extension: Storage, epoch: u32) {
    self.check_extensible(epoch);
    assert!(extension.start_epoch() == self.end_epoch(), ENoExtension);
    self.storage.fuse_periods(extension)
}

/// Ends a deletable blob and gives its reservation back. Aborts with `ENotDeletable`, `EExpired`.
public(package) fun delete(self: Blob, epoch: u32): Storage {
    assert!(self.deletable, ENotDeletable);
    assert!(epoch < self.end_epoch(), EExpired);
    self.into_storage()
}

/// Gives the object up. The blob stays stored until its end epoch and cannot be extended or deleted any more; a deposit that
/// was not refunded is burned when its time is over.
public fun burn(self: Blob) {
    event::emit(BlobBurned { object_id: object::id(&self), blob_id: self.blob_id });
    self.into_storage().destroy()
}

/// Sets an attribute: a name of 1 to 128 bytes, a value of at most 2,048, at most 64 of them. Aborts with `EBadAttribute`.
public fun set_attribute(self: &mut Blob, key: String, value: String) {
    assert!(!key.is_empty() && key.length() <= MAX_KEY_LENGTH, EBadAttribute);
    assert!(value.length() <= MAX_VALUE_LENGTH, EBadAttribute);
    if (!dynamic_field::exists_(&self.id, ATTRIBUTES)) {
        dynamic_field::add(&mut self.id, ATTRIBUTES, vec_map::empty<String, String>())
    };
    let attributes: &mut VecMap<String, String> = dynamic_field::borrow_mut(&mut self.id, ATTRIBUTES);
    if (attributes.contains(&key)) {
        attributes.remove(&key);
    };
    assert!(attributes.size() < MAX_ATTRIBUTES, EBadAttribute);
    attributes.insert(key, value)
}

/// Removes an attribute. Aborts in `sui::dynamic_field` or `sui::vec_map` when there is none of that name.
public fun remove_attribute(self: &mut Blob, key: String) {
    dynamic_field::borrow_mut<vector<u8>, VecMap<String, String>>(&mut self.id, ATTRIBUTES).remove(&key);
}

/// The value of an attribute, if there is one.
public fun attribute(self: &Blob, key: String): Option<String> {
    if (!dynamic_field::exists_(&self.id, ATTRIBUTES)) return option::none();
    dynamic_field::borrow<vector<u8>, VecMap<String, String>>(&self.id, ATTRIBUTES).try_get(&key)
}

/// The blob's id.
public fun blob_id(self: &Blob): u256 {
    self.blob_id
}

/// Bytes before encoding.
public fun size(self: &Blob): u64 {
    self.size
}

/// How it is encoded.
public fun encoding_type(self: &Blob): u8 {
    self.encoding_type
}

/// Epoch of the registration.
public fun registered_epoch(self: &Blob): u32 {
    self.registered_epoch
}

/// Epoch of the certificate, if there is one.
public fun certified_epoch(self: &Blob): Option<u32> {
    self.certified_epoch
}

/// First epoch in which it is not stored any more.
public fun end_epoch(self: &Blob): u32 {
    self.storage.end_epoch()
}

/// Its reservation.
public fun storage(self: &Blob): &Storage {
    &self.storage
}

/// Whether it can be deleted before its end epoch.
public fun is_deletable(self: &Blob): bool {
    self.deletable
}

fun into_storage(self: Blob): Storage {
    let Blob { mut id, storage, .. } = self;
    dynamic_field::remove_if_exists<vector<u8>, VecMap<String, String>>(&mut id, ATTRIBUTES);
    id.delete();
    storage
}
