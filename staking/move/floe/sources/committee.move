/// The storage nodes of one epoch: who may sign for how many shards, and the check of what they signed.
///
/// A certificate is an aggregated BLS signature (min-pk, 96 bytes), a bitmap of its signers and the message. Bit `i` of the
/// bitmap, the lowest of byte `i / 8` first, stands for member `i` in ascending order of node ids. Every key was registered
/// with a proof of possession, without which a member could choose a key that cancels others.
module floe::committee;

use floe::bft;
use floe::message::{Self, Certified};
use sui::bls12381::{Self, G1, UncompressedG1};
use sui::group_ops::Element;

/// Bytes of a compressed public key.
const KEY_LENGTH: u64 = 48;

/// Members are not in strictly ascending order of node ids.
const EUnsorted: u64 = 0;
/// The members' shards are not all shards, or a member has none.
const EWrongWeight: u64 = 1;
/// A public key has not 48 bytes, or is the identity, for which anybody can sign.
const EBadKey: u64 = 2;
/// A proof of possession is not the key's signature of the expected message.
const EBadProof: u64 = 3;
/// A bitmap has more bytes than the members take, or a bit beyond the last member.
const EBadBitmap: u64 = 4;
/// Nobody signed.
const ENoSigners: u64 = 5;
/// The signature is not the signers' aggregated signature of the message.
const EBadSignature: u64 = 6;
/// The signers hold too few shards.
const ENotEnough: u64 = 7;

/// One storage node.
public struct Member has copy, drop, store {
    node_id: ID,
    /// Uncompressed, because sums of keys are cheap in that form.
    key: Element<UncompressedG1>,
    /// Number of shards.
    weight: u16,
}

/// The members of one epoch. In epoch 0 there are none.
public struct Committee has copy, drop, store {
    epoch: u32,
    n_shards: u16,
    members: vector<Member>,
    /// The sum of all keys.
    total_key: Element<G1>,
}

/// The key of 48 bytes whose owner signed `message::possession`. Aborts with `EBadKey`, `EBadProof`, and in
/// `sui::group_ops` when the bytes are no element of the group.
public(package) fun proven_key(
    epoch: u32,
    account: address,
    key: vector<u8>,
    proof: vector<u8>,
): Element<UncompressedG1> {
    assert!(key.length() == KEY_LENGTH, EBadKey);
    let element = bls12381::g1_from_bytes(&key);
    assert!(element != bls12381::g1_identity(), EBadKey);
    let message = message::possession(epoch, account, key);
    assert!(bls12381::bls12381_min_pk_verify(&proof, &key, &message), EBadProof);
    bls12381::g1_to_uncompressed_g1(&element)
}

/// A member with `weight` shards, above zero. The key comes from `proven_key`.
public(package) fun member(node_id: ID, key: Element<UncompressedG1>, weight: u16): Member {
    Member { node_id, key, weight }
}

/// The committee of epoch 0, which can certify nothing.
public(package) fun none(n_shards: u16): Committee {
    Committee { epoch: 0, n_shards, members: vector[], total_key: bls12381::g1_identity() }
}

/// A committee that holds all `n_shards`. Aborts with `EUnsorted`, `EWrongWeight`.
public(package) fun new(epoch: u32, n_shards: u16, members: vector<Member>): Committee {
    let mut keys = vector[];
    let mut weight = 0u64;
    let mut i = 0;
    while (i < members.length()) {
        let member = &members[i];
        assert!(i == 0 || order(&members[i - 1].node_id) < order(&member.node_id), EUnsorted);
        assert!(member.weight > 0, EWrongWeight);
        weight = weight + (member.weight as u64);
        keys.push_back(member.key);
        i = i + 1;
    };
    assert!(weight == n_shards as u64, EWrongWeight);
    Committee { epoch, n_shards, members, total_key: sum(&keys) }
}

/// Checks a certificate of at least a quorum. Aborts with `EBadBitmap`, `ENoSigners`, `ENotEnough`, `EBadSignature`, and
/// in `message` when the header is another or the epoch is not the committee's.
public(package) fun verify_quorum(
    self: &Committee,
    signature: vector<u8>,
    bitmap: vector<u8>,
    message: vector<u8>,
): Certified {
    let certified = self.verify(signature, bitmap, message);
    assert!(bft::is_quorum(certified.weight(), self.n_shards), ENotEnough);
    certified
}

/// Checks a certificate that at least one honest node signed. Aborts as `verify_quorum`.
public(package) fun verify_validity(
    self: &Committee,
    signature: vector<u8>,
    bitmap: vector<u8>,
    message: vector<u8>,
): Certified {
    let certified = self.verify(signature, bitmap, message);
    assert!(bft::is_validity(certified.weight(), self.n_shards), ENotEnough);
    certified
}

/// The epoch in which the committee signs.
public fun epoch(self: &Committee): u32 {
    self.epoch
}

/// The number of shards of the network.
public fun n_shards(self: &Committee): u16 {
    self.n_shards
}

/// The number of members.
public fun size(self: &Committee): u64 {
    self.members.length()
}

/// Node id and number of shards of member `i`, below `size`.
public fun member_at(self: &Committee, i: u64): (ID, u16) {
    let member = &self.members[i];
    (member.node_id, member.weight)
}

/// The place of a node among the members, if it is one.
public fun index_of(self: &Committee, node_id: ID): Option<u64> {
    let mut i = 0;
    while (i < self.members.length()) {
        if (self.members[i].node_id == node_id) return option::some(i);
        i = i + 1;
    };
    option::none()
}

fun verify(
    self: &Committee,
    signature: vector<u8>,
    bitmap: vector<u8>,
    message: vector<u8>,
): Certified {
    let size = self.members.length();
    let bits = bitmap.length() * 8;
    assert!(bits < size + 8, EBadBitmap);
    let mut signers = vector[];
    let mut others = vector[];
    let mut weight = 0;
    let mut i = 0;
    while (i < size.max(bits)) {
        let signed = i < bits && (bitmap[i / 8] >> ((i % 8) as u8)) & 1 == 1;
        assert!(i < size || !signed, EBadBitmap);
        if (signed) {
            weight = weight + self.members[i].weight;
            signers.push_back(self.members[i].key);
        } else if (i < size) {
            others.push_back(self.members[i].key);
        };
        i = i + 1;
    };
    assert!(weight > 0, ENoSigners);
    // Either way gives the signers' key: take the one with the shorter sum.
    let key = if (others.is_empty()) self.total_key
    else if (others.length() < signers.length()) bls12381::g1_sub(&self.total_key, &sum(&others))
    else sum(&signers);
    assert!(bls12381::bls12381_min_pk_verify(&signature, key.bytes(), &message), EBadSignature);
    message::certified(message, self.epoch, weight)
}

fun sum(keys: &vector<Element<UncompressedG1>>): Element<G1> {
    bls12381::uncompressed_g1_to_g1(&bls12381::uncompressed_g1_sum(keys))
}

fun order(node_id: &ID): u256 {
    node_id.to_address().to_u256()
}
