/// The messages that storage nodes sign with their BLS keys, byte for byte.
///
/// A message is: intent u8, version u8 (0), application u8 (3), epoch u32, body; integers little-endian. Intents 0 to 6 are
/// those of Walrus, intents from 128 on belong to this package and name the `System` object in their body, so that a
/// signature for one network is worth nothing on another.
///
/// | intent | meaning | body |
/// |---|---|---|
/// | 0 | possession of a key | account (32), BLS public key (48) |
/// | 1 | blob stored | blob id (32), then 0 (permanent) or 1 and the object id (32) (deletable) |
/// | 2 | blob id is invalid | blob id (32) |
/// | 4 | a node's deny list | node id (32), sequence u64, bytes denied u64, root (32) |
/// | 5 | blob is denied by all | blob id (32) |
/// | 6 | protocol version | first epoch u32, version u64 |
/// | 128 | a node passed its audit | System id (32), node id (32), seed (32) |
module floe::message;

use std::bcs;

const POSSESSION: u8 = 0;
const BLOB_STORED: u8 = 1;
const BLOB_INVALID: u8 = 2;
const DENY_LIST: u8 = 4;
const BLOB_DENIED: u8 = 5;
const PROTOCOL_VERSION: u8 = 6;
const AUDIT_PASSED: u8 = 128;

/// Version and application of every message.
const VERSION: u8 = 0;
const APPLICATION: u8 = 3;

/// A message is too short for a header, or its version or application is another.
const EBadHeader: u64 = 0;
/// A message was signed for another epoch than the committee's.
const EWrongEpoch: u64 = 1;
/// A message has another intent than the call needs.
const EWrongIntent: u64 = 2;
/// The body has another length, or says something else than the call needs.
const EWrongBody: u64 = 3;

/// A message that members of a committee with `weight` shards have signed. Only `committee` makes it.
public struct Certified has drop {
    intent: u8,
    body: vector<u8>,
    weight: u16,
}

/// What a node signs to show that it has the secret of its BLS key (87 bytes). `epoch` is the current one.
public(package) fun possession(epoch: u32, account: address, key: vector<u8>): vector<u8> {
    let mut bytes = vector[POSSESSION, VERSION, APPLICATION];
    bytes.append(bcs::to_bytes(&epoch));
    bytes.append(bcs::to_bytes(&account));
    bytes.append(key);
    bytes
}

/// Takes a signed message apart. Aborts with `EBadHeader` and with `EWrongEpoch`.
public(package) fun certified(message: vector<u8>, epoch: u32, weight: u16): Certified {
    assert!(message.length() >= 7, EBadHeader);
    let mut bytes = sui::bcs::new(message);
    let intent = bytes.peel_u8();
    assert!(bytes.peel_u8() == VERSION && bytes.peel_u8() == APPLICATION, EBadHeader);
    assert!(bytes.peel_u32() == epoch, EWrongEpoch);
    Certified { intent, body: bytes.into_remainder_bytes(), weight }
}

/// Shards of the signers.
public(package) fun weight(self: &Certified): u16 {
    self.weight
}

/// Requires that the message confirms a blob: for the given object when the blob is deletable, else for all objects of the
/// id. Aborts with `EWrongIntent`, `EWrongBody`.
public(package) fun expect_blob_stored(self: &Certified, blob_id: u256, deletable_object: Option<ID>) {
    let mut body = bcs::to_bytes(&blob_id);
    // The kind is 0 for none and 1 before the id of an object: just what BCS makes of an option.
    body.append(bcs::to_bytes(&deletable_object));
    self.expect(BLOB_STORED, body)
}

/// Requires that the message says that a node passed its audit under a seed. Aborts with `EWrongIntent`, `EWrongBody`.
public(package) fun expect_audit_passed(self: &Certified, system: ID, node: ID, seed: vector<u8>) {
    let mut body = system.to_bytes();
    body.append(node.to_bytes());
    body.append(seed);
    self.expect(AUDIT_PASSED, body)
}

/// The blob id that the message calls invalid. Aborts with `EWrongIntent`, `EWrongBody`.
public(package) fun invalid_blob(self: Certified): u256 {
    self.open(BLOB_INVALID, 32).peel_u256()
}

/// The blob id that the message denies for all. Aborts with `EWrongIntent`, `EWrongBody`.
public(package) fun denied_blob(self: Certified): u256 {
    self.open(BLOB_DENIED, 32).peel_u256()
}

/// A deny list: node, sequence number, bytes denied, root. Aborts with `EWrongIntent`, `EWrongBody`.
public(package) fun deny_list(self: Certified): (ID, u64, u64, u256) {
    let mut body = self.open(DENY_LIST, 80);
    (body.peel_address().to_id(), body.peel_u64(), body.peel_u64(), body.peel_u256())
}

/// A protocol version: first epoch, version. Aborts with `EWrongIntent`, `EWrongBody`.
public(package) fun protocol_version(self: Certified): (u32, u64) {
    let mut body = self.open(PROTOCOL_VERSION, 12);
    (body.peel_u32(), body.peel_u64())
}

fun expect(self: &Certified, intent: u8, body: vector<u8>) {
    assert!(self.intent == intent, EWrongIntent);
    assert!(self.body == body, EWrongBody)
}

fun open(self: Certified, intent: u8, length: u64): sui::bcs::BCS {
    let Certified { intent: actual, body, weight: _ } = self;
    assert!(actual == intent, EWrongIntent);
    assert!(body.length() == length, EWrongBody);
    sui::bcs::new(body)
}
