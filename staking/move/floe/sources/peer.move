/// Proofs that who registers a peer id holds its key.
module floe::peer;

use sui::bcs;
use sui::ed25519;

/// The key is not 32 bytes, or its signature over the message is wrong.
const EPeerProof: u64 = 0;

/// Keeps these signatures apart from whatever else the peer key signs.
const DOMAIN: vector<u8> = b"floe-peer-v1";
/// Bytes of an ed25519 public key.
const KEY_LENGTH: u64 = 32;

/// What the peer key signs: domain || System id || sender || payout, each of the three 32 bytes.
public fun message(system: ID, sender: address, payout: address): vector<u8> {
    let mut message = DOMAIN;
    message.append(system.to_bytes());
    message.append(bcs::to_bytes(&sender));
    message.append(bcs::to_bytes(&payout));
    message
}

/// Aborts with `EPeerProof` unless `signature` (ed25519) is by `key` over the message.
public fun check(key: &vector<u8>, signature: &vector<u8>, system: ID, sender: address, payout: address) {
    assert!(key.length() == KEY_LENGTH, EPeerProof);
    assert!(ed25519::ed25519_verify(signature, key, &message(system, sender, payout)), EPeerProof);
}
