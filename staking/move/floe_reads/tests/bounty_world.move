/// One bounty and the people around it. After every step all WAL is accounted for, and the bounty holds exactly the price of
/// what can still be paid for.
#[test_only]
module floe_reads::bounty_world;

use floe_reads::bounty::{Self, Bounty};
use floe_reads::fixture;
use floe_reads::samples;
use floe_reads::symbol_proof::SymbolProof;
use std::unit_test::assert_eq;
use sui::clock::{Self, Clock};
use sui::coin::Coin;
use sui::test_scenario::{Self as test, Scenario};
use sui::test_utils;
use wal::faucet;
use wal::wal::{Self, ProtectedTreasury, WAL};

/// Who posts, the helpers of the fixture, a helper without receipts, one that means harm, and one that pays gas for others.
const POSTER: address = @0x905;
const ALICE: address = @0xa11ce;
const BOB: address = @0xb0b;
const CAROL: address = @0xca401;
const MALLORY: address = @0x3a110;
const RELAY: address = @0x4e1a;

/// Milliseconds.
const START: u64 = 1_000_000;
const DAY: u64 = 86_400_000;
/// FROST for a symbol, and the deposit that follows.
const PRICE: u64 = 1_001;
const DEPOSIT: u64 = 101;

public struct World {
    scenario: Scenario,
    clock: Clock,
    price: u64,
    finished: bool,
}

public fun poster(): address { POSTER }

public fun alice(): address { ALICE }

public fun bob(): address { BOB }

public fun carol(): address { CAROL }

public fun mallory(): address { MALLORY }

public fun price(): u64 { PRICE }

public fun deposit(): u64 { DEPOSIT }

public fun deadline(): u64 { START + DAY }

/// A bounty for rows 1 and 3 and column 5 of the blob of seven shards: 19 symbols.
public fun seven(max_symbols: u64): World {
    let (id, _, n) = fixture::seven();
    begin(n, id, vector[1, 3], vector[5], PRICE, max_symbols)
}

public fun begin(n: u16, blob: u256, rows: vector<u16>, columns: vector<u16>, price: u64, max_symbols: u64): World {
    let mut world = empty(price);
    world.post(n, blob, rows, columns, price, max_symbols, fixture::receipt_key(), price * max_symbols, deadline());
    world
}

/// Before the bounty is posted.
public fun empty(price: u64): World {
    let mut scenario = test::begin(RELAY);
    wal::init_for_testing(scenario.ctx());
    let mut clock = clock::create_for_testing(scenario.ctx());
    clock.set_for_testing(START);
    World { scenario, clock, price, finished: false }
}

public fun post(
    self: &mut World,
    n: u16,
    blob: u256,
    rows: vector<u16>,
    columns: vector<u16>,
    price: u64,
    max_symbols: u64,
    receipt_key: vector<u8>,
    value: u64,
    deadline: u64,
) {
    self.scenario.next_tx(POSTER);
    let payment = self.mint(value);
    let id = bounty::post(
        n,
        blob,
        rows,
        columns,
        price,
        max_symbols,
        receipt_key,
        payment,
        deadline,
        &self.clock,
        self.scenario.ctx(),
    );
    assert_eq!(id.to_bytes(), fixture::bounty_id());
    self.check();
}

public fun list(self: &mut World, sender: address, payout: address, symbols: vector<u32>) {
    let mut bounty = self.next(sender);
    bounty.list_helper(payout, symbols, self.scenario.ctx());
    self.done(bounty);
}

public fun close(self: &mut World, sender: address) {
    let mut bounty = self.next(sender);
    bounty.close(&self.clock, self.scenario.ctx());
    self.done(bounty);
}

/// Claims a receipt of the fixture.
public fun claim(self: &mut World, payout: address, symbols: vector<u32>, signature: vector<u8>) {
    let mut bounty = self.next(RELAY);
    bounty.claim(payout, symbols, signature, &self.clock, self.scenario.ctx());
    self.done(bounty);
}

/// Commits with a new coin of `value`.
public fun commit(self: &mut World, sender: address, symbols: vector<u32>, hashes: vector<vector<u8>>, value: u64): u64 {
    let mut bounty = self.next(sender);
    let coin = self.mint(value);
    let number = bounty.commit(symbols, hashes, coin, &self.clock, self.scenario.ctx());
    self.done(bounty);
    number
}

/// Commits to symbols of the blob of seven shards, with the nonce of `nonce`.
public fun commit_seven(self: &mut World, sender: address, symbols: vector<u32>): u64 {
    let hashes = symbols.map_ref!(|symbol| samples::commitment(seven_bytes(*symbol), sender, nonce()));
    self.commit(sender, symbols, hashes, DEPOSIT * symbols.length())
}

public fun reveal(
    self: &mut World,
    sender: address,
    number: u64,
    item: u64,
    payout: address,
    nonce: vector<u8>,
    parts: vector<vector<u8>>,
    proof: SymbolProof,
) {
    let mut bounty = self.next(sender);
    bounty.reveal(number, item, payout, nonce, parts, proof, &self.clock, self.scenario.ctx());
    self.done(bounty);
}

/// Reveals what `commit_seven` committed to.
public fun reveal_seven(self: &mut World, sender: address, number: u64, item: u64, symbol: u32) {
    let (row, column) = position(symbol);
    let proof = samples::seven_proof(1, row, column);
    self.reveal(sender, number, item, sender, nonce(), vector[seven_bytes(symbol)], proof);
}

public fun settle(self: &mut World, max_payouts: u64) {
    let mut bounty = self.next(RELAY);
    bounty.settle(max_payouts, &self.clock, self.scenario.ctx());
    self.done(bounty);
}

public fun finish(self: &mut World) {
    let bounty = self.next(RELAY);
    let mut treasury = self.scenario.take_shared<ProtectedTreasury>();
    bounty.finish(&mut treasury, &self.clock, self.scenario.ctx());
    test::return_shared(treasury);
    self.finished = true;
    self.check();
}

/// To the first millisecond of the reveals, counted from the moment when the bounty was closed.
public fun to_reveals(self: &mut World) {
    self.clock.increment_for_testing(DAY / 2)
}

/// To the first millisecond after the dispute window, counted from the first one of the reveals.
public fun to_end(self: &mut World) {
    self.clock.increment_for_testing(DAY / 2)
}

public fun wait(self: &mut World, ms: u64) {
    self.clock.increment_for_testing(ms)
}

/// FROST of an account.
public fun balance(self: &mut World, account: address): u64 {
    self.scenario.next_tx(RELAY);
    self.coins(account)
}

fun coins(self: &World, account: address): u64 {
    test::ids_for_address<Coin<WAL>>(account).fold!(0, |sum, id| {
        let coin = self.scenario.take_from_address_by_id<Coin<WAL>>(account, id);
        let value = coin.value();
        test::return_to_address(account, coin);
        sum + value
    })
}

/// What can still be paid for, and what is reserved.
public fun left(self: &mut World): (u64, u64) {
    let bounty = self.next(RELAY);
    let (remaining, reserved) = (bounty.remaining(), bounty.reserved());
    test::return_shared(bounty);
    (remaining, reserved)
}

public fun is_paid(self: &mut World, symbol: u32): bool {
    let bounty = self.next(RELAY);
    let paid = bounty.is_paid(symbol);
    test::return_shared(bounty);
    paid
}

/// FROST in existence.
public fun supply(self: &mut World): u64 {
    self.scenario.next_tx(RELAY);
    let treasury = self.scenario.take_shared<ProtectedTreasury>();
    let supply = treasury.total_supply();
    test::return_shared(treasury);
    supply
}

public fun end(self: World) {
    let World { scenario, clock, .. } = self;
    clock.destroy_for_testing();
    scenario.end();
}

/// Ends a test that must have failed before.
public fun abandon(self: World) {
    test_utils::destroy(self)
}

public fun nonce(): vector<u8> {
    vector::tabulate!(32, |i| i as u8)
}

public fun seven_bytes(symbol: u32): vector<u8> {
    let (row, column) = position(symbol);
    samples::seven(row, column)
}

fun position(symbol: u32): (u16, u16) {
    ((symbol & 0xffff) as u16, (symbol >> 16) as u16)
}

fun mint(self: &mut World, value: u64): Coin<WAL> {
    let mut treasury = self.scenario.take_shared<ProtectedTreasury>();
    let coin = faucet::mint(&mut treasury, value, self.scenario.ctx());
    test::return_shared(treasury);
    coin
}

fun next(self: &mut World, sender: address): Bounty {
    self.scenario.next_tx(sender);
    self.scenario.take_shared<Bounty>()
}

fun done(self: &mut World, bounty: Bounty) {
    test::return_shared(bounty);
    self.check()
}

fun check(self: &mut World) {
    self.scenario.next_tx(RELAY);
    let mut sum = vector[POSTER, ALICE, BOB, CAROL, MALLORY, RELAY].fold!(0, |sum, account| sum + self.coins(account));
    if (!self.finished) {
        let bounty = self.scenario.take_shared<Bounty>();
        let (funds, deposits) = bounty.held();
        assert_eq!(funds, bounty.remaining() * self.price);
        test::return_shared(bounty);
        sum = sum + funds + deposits;
    };
    let treasury = self.scenario.take_shared<ProtectedTreasury>();
    assert_eq!(sum, treasury.total_supply());
    test::return_shared(treasury);
}
