/// Certified blobs that nobody owns, and funds with which anyone may keep them stored.
module floe::shared_blob;

use floe::blob::Blob;
use floe::ledger::Ledger;
use floe::system::System;
use sui::balance::Balance;
use sui::coin::Coin;
use sui::event;
use wal::wal::WAL;

/// Only a certified blob can be shared: of another the deposit would belong to whoever brings the certificate.
const ENotCertified: u64 = 0;

/// Shared object. The blob can never leave it, so it can neither be deleted nor burned, nor can the funds do anything but
/// extend it.
public struct SharedBlob has key {
    id: UID,
    blob: Blob,
    funds: Balance<WAL>,
}

/// A blob was shared.
public struct BlobShared has copy, drop {
    shared_blob_id: ID,
    object_id: ID,
    blob_id: u256,
}

/// Funds were added, in FROST.
public struct BlobFunded has copy, drop {
    shared_blob_id: ID,
    amount: u64,
}

/// Shares a blob with its first funds, which may be none. Aborts with `ENotCertified`.
public fun new_funded(blob: Blob, funds: Coin<WAL>, ctx: &mut TxContext) {
    assert!(blob.certified_epoch().is_some(), ENotCertified);
    let object_id = object::id(&blob);
    let blob_id = blob.blob_id();
    let shared = SharedBlob { id: object::new(ctx), blob, funds: funds.into_balance() };
    event::emit(BlobShared { shared_blob_id: object::id(&shared), object_id, blob_id });
    transfer::share_object(shared)
}

/// Adds funds.
public fun fund(self: &mut SharedBlob, funds: Coin<WAL>) {
    event::emit(BlobFunded { shared_blob_id: object::id(self), amount: funds.value() });
    self.funds.join(funds.into_balance());
}

/// Extends the blob out of its funds, at the current price. Anyone may call it. Aborts as `system::extend_blob`.
public fun extend(
    self: &mut SharedBlob,
    system: &mut System,
    ledger: &mut Ledger,
    extended_epochs: u32,
    ctx: &mut TxContext,
) {
    let mut funds = self.funds.withdraw_all().into_coin(ctx);
    system.extend_blob(ledger, &mut self.blob, extended_epochs, &mut funds, ctx);
    self.funds.join(funds.into_balance());
}

/// The blob.
public fun blob(self: &SharedBlob): &Blob {
    &self.blob
}

/// FROST left for extensions.
public fun funds(self: &SharedBlob): u64 {
    self.funds.value()
}
