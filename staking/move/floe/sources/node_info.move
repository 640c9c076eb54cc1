/// What a storage node says of itself.
module floe::node_info;

use floe::active_set::{Self, Votes};
use std::string::String;
use sui::bls12381::UncompressedG1;
use sui::group_ops::Element;

/// The name is empty or longer than `MAX_NAME`.
const EName: u64 = 0;
/// More than `MAX_ADDRESSES` addresses, or one that is empty or longer than `MAX_ADDRESS`.
const EAddresses: u64 = 1;
/// A vote is zero or above its bound.
const EVotes: u64 = 2;

/// Bytes of a name.
const MAX_NAME: u64 = 64;
/// Bootstrap addresses of a node.
const MAX_ADDRESSES: u64 = 4;
/// Bytes of an address in text.
const MAX_ADDRESS: u64 = 256;
/// Most a price vote may be, FROST per MiB (a million WAL).
const MAX_PRICE: u64 = 1_000_000_000_000_000;
/// Most a shard-size vote may be, bytes (1 PiB); times 4,096 shards it stays inside u64.
const MAX_SHARD_SIZE: u64 = 1_125_899_906_842_624;

/// Facts about a node besides its money.
public struct NodeInfo has copy, drop, store {
    name: String,
    /// ed25519 public key, of which the peer id is made.
    peer_key: vector<u8>,
    /// Multiaddrs at which the node can be met first.
    addresses: vector<String>,
    /// The BLS key that the next committee will know the node by.
    key: Element<UncompressedG1>,
    /// Where commission and claims are paid.
    payout: address,
    votes: Votes,
    /// Takes no new stake.
    halted: bool,
    /// Left for good, or until it applies again.
    withdrawn: bool,
    /// Failed its challenges too often.
    suspended: bool,
}

public(package) fun new(
    name: String,
    peer_key: vector<u8>,
    key: Element<UncompressedG1>,
    payout: address,
    votes: Votes,
): NodeInfo {
    assert!(0 < name.length() && name.length() <= MAX_NAME, EName);
    NodeInfo {
        name,
        peer_key,
        addresses: vector[],
        key,
        payout,
        votes,
        halted: false,
        withdrawn: false,
        suspended: false,
    }
}

/// Votes for the storage price (FROST per MiB and epoch), the write price (FROST per MiB) and the size of a shard (bytes).
/// Aborts with `EVotes` when one is zero, a price above 10^15 or the size above 1 PiB.
public(package) fun votes_for(storage_price: u64, write_price: u64, shard_size: u64): Votes {
    assert!(0 < storage_price && storage_price <= MAX_PRICE, EVotes);
    assert!(0 < write_price && write_price <= MAX_PRICE, EVotes);
    assert!(0 < shard_size && shard_size <= MAX_SHARD_SIZE, EVotes);
    active_set::votes(storage_price, write_price, shard_size)
}

// === Writing ===

public(package) fun set_peer_key(self: &mut NodeInfo, key: vector<u8>) { self.peer_key = key; }

public(package) fun set_key(self: &mut NodeInfo, key: Element<UncompressedG1>) { self.key = key; }

public(package) fun set_payout(self: &mut NodeInfo, payout: address) { self.payout = payout; }

public(package) fun set_votes(self: &mut NodeInfo, votes: Votes) { self.votes = votes; }

public(package) fun set_halted(self: &mut NodeInfo, halted: bool) { self.halted = halted; }

public(package) fun set_withdrawn(self: &mut NodeInfo, withdrawn: bool) { self.withdrawn = withdrawn; }

public(package) fun set_suspended(self: &mut NodeInfo, suspended: bool) { self.suspended = suspended; }

public(package) fun set_addresses(self: &mut NodeInfo, addresses: vector<String>) {
    assert!(addresses.length() <= MAX_ADDRESSES, EAddresses);
    let mut i = 0;
    while (i < addresses.length()) {
        let length = addresses[i].length();
        assert!(0 < length && length <= MAX_ADDRESS, EAddresses);
        i = i + 1;
    };
    self.addresses = addresses;
}

// === Reading ===

public fun name(self: &NodeInfo): &String { &self.name }

public fun peer_key(self: &NodeInfo): &vector<u8> { &self.peer_key }

public fun addresses(self: &NodeInfo): &vector<String> { &self.addresses }

public fun key(self: &NodeInfo): &Element<UncompressedG1> { &self.key }

public fun payout(self: &NodeInfo): address { self.payout }

public fun votes(self: &NodeInfo): Votes { self.votes }

/// Whether the pool may take new stake, as far as the node has a say.
public fun takes_stake(self: &NodeInfo): bool { !self.halted && !self.withdrawn }

/// Whether the node may get shards.
public fun eligible(self: &NodeInfo): bool { !self.withdrawn && !self.suspended }
