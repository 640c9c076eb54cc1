/// Randomness of the validators. A function that takes `Random` must be a private `entry` function: otherwise a caller
/// can look at the outcome and abort when it dislikes it.
module sui::random;

use std::bcs;
use sui::hmac::hmac_sha3_256;
use sui::versioned::{Self, Versioned};

/// Only Sui itself may.
const ENotSystemAddress: u64 = 0;
/// The state is of another version.
const EWrongInnerVersion: u64 = 1;
/// A round does not follow the one before.
const EInvalidRandomnessUpdate: u64 = 2;
/// A range is empty.
const EInvalidRange: u64 = 3;
/// A vector has more than 2^16 - 1 elements.
const EInvalidLength: u64 = 4;

/// The version of the state.
const VERSION: u64 = 1;
/// Bytes that one keyed hash gives.
const BLOCK_LENGTH: u16 = 32;

/// The one source of randomness of the chain, at 0x8, which transactions only read.
public struct Random has key {
    id: UID,
    inner: Versioned,
}

/// What the validators have agreed on for the round.
public struct RandomInner has store {
    version: u64,
    epoch: u64,
    randomness_round: u64,
    random_bytes: vector<u8>,
}

/// Gives random values, of which its holder can foretell all.
public struct RandomGenerator has drop {
    seed: vector<u8>,
    counter: u16,
    buffer: vector<u8>,
}

/// A generator for the transaction. Aborts with `EWrongInnerVersion`.
public fun new_generator(r: &Random, ctx: &mut TxContext): RandomGenerator {
    let inner = r.load_inner();
    let seed = hmac_sha3_256(&inner.random_bytes, &ctx.fresh_object_address().to_bytes());
    RandomGenerator { seed, counter: 0, buffer: vector[] }
}

/// Random bytes.
public fun generate_bytes(g: &mut RandomGenerator, num_of_bytes: u16): vector<u8> {
    let mut bytes = vector[];
    (num_of_bytes / BLOCK_LENGTH).do!(|_| bytes.append(g.next_block()));
    let rest = (num_of_bytes % BLOCK_LENGTH) as u64;
    g.fill(rest);
    rest.do!(|_| bytes.push_back(g.buffer.pop_back()));
    bytes
}

/// A random number.
public fun generate_u256(g: &mut RandomGenerator): u256 {
    g.number(32)
}

/// A random number.
public fun generate_u128(g: &mut RandomGenerator): u128 {
    g.number(16) as u128
}

/// A random number.
public fun generate_u64(g: &mut RandomGenerator): u64 {
    g.number(8) as u64
}

/// A random number.
public fun generate_u32(g: &mut RandomGenerator): u32 {
    g.number(4) as u32
}

/// A random number.
public fun generate_u16(g: &mut RandomGenerator): u16 {
    g.number(2) as u16
}

/// A random number.
public fun generate_u8(g: &mut RandomGenerator): u8 {
    g.number(1) as u8
}

/// True or false.
public fun generate_bool(g: &mut RandomGenerator): bool {
    g.number(1) % 2 == 1
}

/// A random number from `min` to `max`, both included. Aborts with `EInvalidRange`.
public fun generate_u64_in_range(g: &mut RandomGenerator, min: u64, max: u64): u64 {
    // Eight bytes more than the range needs make the bias of the remainder negligible.
    g.number_in_range(min as u256, max as u256, 16) as u64
}

/// A random number from `min` to `max`, both included. Aborts with `EInvalidRange`.
public fun generate_u16_in_range(g: &mut RandomGenerator, min: u16, max: u16): u16 {
    g.number_in_range(min as u256, max as u256, 10) as u16
}

/// Puts a vector into random order. Aborts with `EInvalidLength`.
public fun shuffle<T>(g: &mut RandomGenerator, v: &mut vector<T>) {
    let length = v.length();
    if (length == 0) return;
    assert!(length <= std::u16::max_value!() as u64, EInvalidLength);
    let last = (length - 1) as u16;
    last.do!(|i| {
        let j = g.generate_u16_in_range(i, last);
        v.swap(i as u64, j as u64)
    })
}

fun load_inner(self: &Random): &RandomInner {
    assert!(self.inner.version() == VERSION, EWrongInnerVersion);
    let inner: &RandomInner = self.inner.load_value();
    assert!(inner.version == VERSION, EWrongInnerVersion);
    inner
}

fun next_block(g: &mut RandomGenerator): vector<u8> {
    g.counter = g.counter + 1;
    hmac_sha3_256(&g.seed, &bcs::to_bytes(&g.counter))
}

fun fill(g: &mut RandomGenerator, num_of_bytes: u64) {
    if (g.buffer.length() < num_of_bytes) {
        let block = g.next_block();
        g.buffer.append(block)
    }
}

fun number(g: &mut RandomGenerator, num_of_bytes: u8): u256 {
    g.fill(num_of_bytes as u64);
    let mut value = 0u256;
    num_of_bytes.do!(|_| value = (value << 8) | (g.buffer.pop_back() as u256));
    value
}

fun number_in_range(g: &mut RandomGenerator, min: u256, max: u256, num_of_bytes: u8): u256 {
    assert!(min <= max, EInvalidRange);
    if (min == max) return min;
    min + g.number(num_of_bytes) % (max - min + 1)
}

#[allow(unused_function)]
/// Makes the state, at genesis. Aborts with `ENotSystemAddress`.
fun create(ctx: &mut TxContext) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    let inner = RandomInner {
        version: VERSION,
        epoch: ctx.epoch(),
        randomness_round: 0,
        random_bytes: vector[],
    };
    transfer::share_object(Random {
        id: object::randomness_state(),
        inner: versioned::create(VERSION, inner, ctx),
    })
}

#[allow(unused_function)]
/// Goes to the next round. Aborts with `ENotSystemAddress`, `EWrongInnerVersion`, `EInvalidRandomnessUpdate`.
fun update_randomness_state(
    self: &mut Random,
    new_round: u64,
    new_bytes: vector<u8>,
    ctx: &TxContext,
) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    let epoch = ctx.epoch();
    let inner = self.load_inner();
    let first = inner.epoch == 0 && inner.randomness_round == 0 && inner.random_bytes.is_empty();
    let restarts = new_round == 0 && (first || epoch > inner.epoch);
    let follows = !first && new_round == inner.randomness_round + 1;
    assert!(restarts || follows, EInvalidRandomnessUpdate);
    let inner: &mut RandomInner = self.inner.load_value_mut();
    inner.epoch = epoch;
    inner.randomness_round = new_round;
    inner.random_bytes = new_bytes
}

#[test_only]
/// Makes the state; the sender must be @0x0.
public fun create_for_testing(ctx: &mut TxContext) {
    create(ctx)
}

#[test_only]
/// Goes to the next round; the sender must be @0x0.
public fun update_randomness_state_for_testing(
    self: &mut Random,
    new_round: u64,
    new_bytes: vector<u8>,
    ctx: &TxContext,
) {
    self.update_randomness_state(new_round, new_bytes, ctx)
}

#[test_only]
/// A generator without the state.
public fun new_generator_from_seed_for_testing(seed: vector<u8>): RandomGenerator {
    RandomGenerator { seed, counter: 0, buffer: vector[] }
}
