/// Nodes with ids 1, 2, ..., and rosters of them.
#[test_only]
module floe::roster_helpers;

use floe::roster::{Self, Roster};
use sui::bls12381::{Self, UncompressedG1};
use sui::group_ops::Element;

public fun node(i: u64): ID {
    sui::address::from_u256(i as u256).to_id()
}

/// The only key there is: the VM that runs these tests turns all into the same uncompressed bytes, so that tests cannot tell
/// whose key is where.
public fun key(): Element<UncompressedG1> {
    bls12381::g1_to_uncompressed_g1(&bls12381::g1_generator())
}

/// A roster of nodes with these numbers (ascending) and shards. Each has a stake of as many FROST as shards.
public fun roster(nodes: vector<u64>, shards: vector<vector<u16>>): Roster {
    let mut roster = roster::empty();
    nodes.length().do!(|i| roster.push(node(nodes[i]), shards[i].length(), key(), shards[i]));
    roster
}

/// All shards of a roster, by member.
public fun shards(roster: &Roster): vector<vector<u16>> {
    vector::tabulate!(roster.length(), |i| *roster.shards(i))
}
