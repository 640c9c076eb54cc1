/// Facts about the transaction that is being executed.
module sui::tx_context;

#[test_only]
/// A digest is not 32 bytes long.
const EBadTxHashLength: u64 = 0;

#[test_only]
/// Bytes of a digest.
const TX_HASH_LENGTH: u64 = 32;

#[allow(unused_field)]
/// Made by the VM. It knows the facts itself, so that only the digest is read from here.
public struct TxContext has drop {
    sender: address,
    tx_hash: vector<u8>,
    epoch: u64,
    epoch_timestamp_ms: u64,
    ids_created: u64,
}

/// The account that signed.
public fun sender(_self: &TxContext): address {
    native_sender()
}

/// The digest, 32 bytes.
public fun digest(self: &TxContext): &vector<u8> {
    &self.tx_hash
}

/// Sui's epoch.
public fun epoch(_self: &TxContext): u64 {
    native_epoch()
}

/// When Sui's epoch began, in milliseconds since 1970.
public fun epoch_timestamp_ms(_self: &TxContext): u64 {
    native_epoch_timestamp_ms()
}

/// Who pays the gas, when it is not the sender.
public fun sponsor(_self: &TxContext): Option<address> {
    let mut sponsor = native_sponsor();
    if (sponsor.is_empty()) option::none() else option::some(sponsor.pop_back())
}

/// An address that never was given out.
public fun fresh_object_address(_ctx: &mut TxContext): address {
    fresh_id()
}

native fun native_sender(): address;
native fun native_epoch(): u64;
native fun native_epoch_timestamp_ms(): u64;
native fun native_sponsor(): vector<address>;
native fun fresh_id(): address;

#[test_only]
/// A context with the given facts.
public fun new(
    sender: address,
    tx_hash: vector<u8>,
    epoch: u64,
    epoch_timestamp_ms: u64,
    ids_created: u64,
): TxContext {
    assert!(tx_hash.length() == TX_HASH_LENGTH, EBadTxHashLength);
    set(sender, tx_hash, epoch, epoch_timestamp_ms, ids_created);
    TxContext { sender: @0x0, tx_hash, epoch: 0, epoch_timestamp_ms: 0, ids_created: 0 }
}

#[test_only]
/// A context whose digest is made of a number.
public fun new_from_hint(
    addr: address,
    hint: u64,
    epoch: u64,
    epoch_timestamp_ms: u64,
    ids_created: u64,
): TxContext {
    let mut tx_hash = std::bcs::to_bytes(&hint);
    while (tx_hash.length() < TX_HASH_LENGTH) tx_hash.push_back(0);
    new(addr, tx_hash, epoch, epoch_timestamp_ms, ids_created)
}

#[test_only]
/// Some context of the zero address.
public fun dummy(): TxContext {
    new_from_hint(@0x0, std::u64::max_value!(), 0, 0, 0)
}

#[test_only]
/// How many ids the transaction has made.
public fun ids_created(_self: &TxContext): u64 {
    native_ids_created()
}

#[test_only]
/// How many ids the transaction has made.
public fun get_ids_created(self: &TxContext): u64 {
    self.ids_created()
}

#[test_only]
/// The id made last.
public fun last_created_object_id(_self: &TxContext): address {
    last_created_id()
}

#[test_only]
/// Goes to Sui's next epoch.
public fun increment_epoch_number(self: &mut TxContext) {
    set(
        native_sender(),
        self.tx_hash,
        native_epoch() + 1,
        native_epoch_timestamp_ms(),
        native_ids_created(),
    )
}

#[test_only]
/// Moves the start of Sui's epoch.
public fun increment_epoch_timestamp(self: &mut TxContext, delta_ms: u64) {
    set(
        native_sender(),
        self.tx_hash,
        native_epoch(),
        native_epoch_timestamp_ms() + delta_ms,
        native_ids_created(),
    )
}

#[test_only]
fun set(sender: address, tx_hash: vector<u8>, epoch: u64, epoch_timestamp_ms: u64, ids_created: u64) {
    replace(
        sender,
        tx_hash,
        epoch,
        epoch_timestamp_ms,
        ids_created,
        native_rgp(),
        native_gas_price(),
        native_gas_budget(),
        native_sponsor(),
    )
}

#[test_only]
native fun native_ids_created(): u64;
#[test_only]
native fun native_rgp(): u64;
#[test_only]
native fun native_gas_price(): u64;
#[test_only]
native fun native_gas_budget(): u64;
#[test_only]
native fun last_created_id(): address;
#[test_only]
native fun replace(
    sender: address,
    tx_hash: vector<u8>,
    epoch: u64,
    epoch_timestamp_ms: u64,
    ids_created: u64,
    reference_gas_price: u64,
    gas_price: u64,
    gas_budget: u64,
    sponsor: vector<address>,
);
