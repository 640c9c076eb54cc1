/// Bounties: money for whoever brings symbols of a blob that cannot be read otherwise.
///
/// The poster names rows and columns of the blob and pays one price for each of their symbols, to storage and light nodes
/// alike, up to a number of symbols. Helpers send symbols off the chain, a few at a time, and get receipts signed with the
/// bounty's receipt key.
///
/// | phase | ends | what can be done |
/// |---|---|---|
/// | open | when the poster closes it; from the deadline on anyone may | a receipt is paid at once; the poster lists helpers |
/// | commit | after half of the dispute window | helpers commit to symbols, which reserves money; receipts queue |
/// | reveal | with the window | committed symbols are revealed, proved and paid at once; receipts queue |
/// | settlement | when it is finished | queued receipts, then the poster's list are paid; what is left goes back |
///
/// Every symbol is paid once. Money is taken in this order: receipts while open, reveals, queued receipts, the list, the
/// poster. So nothing that the poster, or helpers of its own, can do after the bounty is closed takes money from a helper
/// whose commitment was accepted: such a helper is paid for each symbol that nobody revealed before it.
module floe_reads::bounty;

use floe::system::System;
use floe_reads::payout_queue::{Self, PayoutQueue};
use floe_reads::symbol_proof::SymbolProof;
use floe_reads::wanted::{Self, Wanted};
use std::bcs;
use sui::balance::{Self, Balance};
use sui::clock::Clock;
use sui::coin::{Self, Coin};
use sui::ed25519;
use sui::event;
use sui::hash::blake2b256;
use sui::table::{Self, Table};
use wal::wal::{ProtectedTreasury, WAL};

/// Keeps receipts apart from whatever else the receipt key signs.
const RECEIPT_DOMAIN: vector<u8> = b"floe-receipt-v1";
/// Bytes of an ed25519 public key.
const KEY_LENGTH: u64 = 32;
/// Bytes of a commitment, a BLAKE2b-256 digest.
const HASH_LENGTH: u64 = 32;
/// Bytes of a commitment's nonce. Symbols can be guessed (a blob padded with zeros), nonces not.
const NONCE_LENGTH: u64 = 32;
/// Bytes of a part of a symbol: Sui takes pure arguments up to 16 KiB.
const MAX_PART_LENGTH: u64 = 15_360;
/// Parts of a symbol: enough for the largest one, of 65,534 bytes.
const MAX_PARTS: u64 = 5;
/// Symbols in one receipt, list entry or commitment: they are one dynamic field, and fit an argument of 16 KiB.
const MAX_SYMBOLS: u64 = 256;
/// Payouts in one call of `settle`: each is a dynamic field, a coin and an event.
const MAX_SETTLED: u64 = 100;
/// Milliseconds of each half of the dispute window: 12 hours, so that a helper can be asleep or have no connection.
const HALF_WINDOW_MS: u64 = 43_200_000;
/// Milliseconds from posting to the latest deadline: 90 days, so that a poster who vanishes holds nothing for longer.
const MAX_DURATION_MS: u64 = 7_776_000_000;
/// Basis points of the price that a helper deposits for each committed symbol and loses if it does not reveal it. Keeping
/// others from committing costs that much.
const DEPOSIT_BP: u128 = 1_000;
/// Basis points of a whole.
const WHOLE_BP: u128 = 10_000;

/// The receipt key is not 32 bytes.
const EReceiptKey: u64 = 0;
/// The deadline has passed or is more than 90 days away.
const EDeadline: u64 = 1;
/// The price is zero.
const ENoPrice: u64 = 2;
/// The number of symbols to be paid is zero or above the number of symbols that are asked for.
const ESymbolCount: u64 = 3;
/// The coin is not worth exactly what the call costs.
const EPayment: u64 = 4;
/// The sender is not the poster.
const ENotPoster: u64 = 5;
/// The call does not belong to the phase that the bounty is in.
const EPhase: u64 = 6;
/// No symbols, or more than 256 in a call.
const EBatchSize: u64 = 7;
/// The receipt is not signed by the receipt key.
const EReceipt: u64 = 8;
/// All of the symbols are paid for or queued already, or no money is left.
const ENothingToPay: u64 = 9;
/// Symbols and hashes are not equally many, or a hash is not 32 bytes.
const EHashes: u64 = 10;
/// The symbol was paid for before the bounty was closed.
const EPaid: u64 = 11;
/// All the money is reserved for other symbols.
const EReserved: u64 = 12;
/// There is no such commitment, or the symbol was revealed.
const ENoCommitment: u64 = 13;
/// The nonce is not 32 bytes.
const ENonce: u64 = 14;
/// More than 5 parts, or one of more than 15,360 bytes.
const EParts: u64 = 15;
/// Symbol, payout and nonce are not those that were committed to.
const ECommitment: u64 = 16;
/// Fewer than 1 or more than 100 payouts were asked for in a call.
const ESettleSize: u64 = 17;
/// Queued payouts come first.
const EUnsettled: u64 = 18;

/// A shared object, deleted when it is finished.
public struct Bounty has key {
    id: UID,
    /// The blob that is wanted.
    blob_id: u256,
    /// Who posted it, and gets back what nobody earns.
    poster: address,
    /// The ed25519 key of the receipts, 32 bytes.
    receipt_key: vector<u8>,
    /// FROST for a symbol.
    price: u64,
    /// FROST to be deposited for each committed symbol.
    deposit: u64,
    /// When anyone may close it.
    deadline_ms: u64,
    /// When it was closed.
    closed_ms: Option<u64>,
    /// `remaining` times the price.
    funds: Balance<WAL>,
    /// Symbols that can still be paid for.
    remaining: u64,
    /// Different symbols that are committed to. Never above what `remaining` was when the bounty was closed.
    reserved: u64,
    /// Deposits of symbols that were not revealed.
    deposits: Balance<WAL>,
    wanted: Wanted,
    commitments: Table<u64, Commitment>,
    /// Number of the next commitment.
    next_commitment: u64,
    /// Receipts of the dispute window.
    receipts: PayoutQueue,
    /// The poster's list.
    list: PayoutQueue,
}

/// Commitments that were made in one call. The hash of a symbol that was revealed is empty.
public struct Commitment has drop, store {
    depositor: address,
    symbols: vector<u32>,
    hashes: vector<vector<u8>>,
    left: u64,
}

/// A bounty can be earned.
public struct BountyPosted has copy, drop {
    bounty_id: ID,
    blob_id: u256,
    poster: address,
    rows: vector<u16>,
    columns: vector<u16>,
    price: u64,
    max_symbols: u64,
    receipt_key: vector<u8>,
    deadline_ms: u64,
}

/// The dispute window began: commitments until `reveal_ms`, reveals from then until `end_ms`.
public struct BountyClosed has copy, drop {
    bounty_id: ID,
    reveal_ms: u64,
    end_ms: u64,
}

/// A helper committed to symbols.
public struct SymbolsCommitted has copy, drop {
    bounty_id: ID,
    commitment: u64,
    symbols: vector<u32>,
}

/// A symbol was revealed: the transaction's arguments have it, with its proof.
public struct SymbolRevealed has copy, drop {
    bounty_id: ID,
    symbol: u32,
    payout: address,
}

/// A helper was paid for so many symbols.
public struct SymbolsPaid has copy, drop {
    bounty_id: ID,
    payout: address,
    symbols: u64,
    amount: u64,
}

/// The bounty is no more. `refund` went back to the poster, `burned` were deposits of what was not revealed.
public struct BountyFinished has copy, drop {
    bounty_id: ID,
    refund: u64,
    burned: u64,
}

/// What the receipt key signs: "floe-receipt-v1" || bounty id (32 bytes) || payout (32 bytes) || BCS of the symbols (ULEB128
/// count, then row and column of each, 16 bits little-endian).
public fun receipt_message(bounty: ID, payout: address, symbols: &vector<u32>): vector<u8> {
    let mut message = RECEIPT_DOMAIN;
    message.append(bounty.to_bytes());
    message.append(bcs::to_bytes(&payout));
    message.append(bcs::to_bytes(symbols));
    message
}

/// Posts a bounty for the symbols of some rows and columns of a blob (1 to 64 in all, ascending): `price` FROST for each, for
/// at most `max_symbols` of them, paid with a coin of exactly price * max_symbols. Receipts are signed by `receipt_key`
/// (ed25519; a fresh one). From the deadline on, at most 90 days away, anyone may close it. Whether the blob exists, or still
/// is stored, is not checked: light nodes may have symbols of it longer than the storage nodes must. Returns the bounty's id.
/// Aborts with `EReceiptKey`, `EDeadline`, `ENoPrice`, `ESymbolCount`, `EPayment`, and in `floe_reads::wanted`.
public fun post_bounty(
    system: &System,
    blob_id: u256,
    rows: vector<u16>,
    columns: vector<u16>,
    price: u64,
    max_symbols: u64,
    receipt_key: vector<u8>,
    payment: Coin<WAL>,
    deadline_ms: u64,
    clock: &Clock,
    ctx: &mut TxContext,
): ID {
    let n = system.committee().n_shards();
    post(n, blob_id, rows, columns, price, max_symbols, receipt_key, payment, deadline_ms, clock, ctx)
}

/// Posts a bounty in a network of `n` shards. See `post_bounty`.
public(package) fun post(
    n: u16,
    blob_id: u256,
    rows: vector<u16>,
    columns: vector<u16>,
    price: u64,
    max_symbols: u64,
    receipt_key: vector<u8>,
    payment: Coin<WAL>,
    deadline_ms: u64,
    clock: &Clock,
    ctx: &mut TxContext,
): ID {
    let wanted = wanted::new(n, rows, columns);
    let now = clock.timestamp_ms();
    assert!(receipt_key.length() == KEY_LENGTH, EReceiptKey);
    assert!(deadline_ms > now && deadline_ms - now <= MAX_DURATION_MS, EDeadline);
    assert!(price > 0, ENoPrice);
    assert!(max_symbols > 0 && max_symbols <= wanted.size(), ESymbolCount);
    assert!((payment.value() as u128) == (price as u128) * (max_symbols as u128), EPayment);
    let poster = ctx.sender();
    let id = object::new(ctx);
    let bounty_id = id.to_inner();
    event::emit(BountyPosted {
        bounty_id,
        blob_id,
        poster,
        rows,
        columns,
        price,
        max_symbols,
        receipt_key,
        deadline_ms,
    });
    transfer::share_object(Bounty {
        id,
        blob_id,
        poster,
        receipt_key,
        price,
        deposit: ((price as u128) * DEPOSIT_BP).divide_and_round_up(WHOLE_BP) as u64,
        deadline_ms,
        closed_ms: option::none(),
        funds: payment.into_balance(),
        remaining: max_symbols,
        reserved: 0,
        deposits: balance::zero(),
        wanted,
        commitments: table::new(ctx),
        next_commitment: 0,
        receipts: payout_queue::new(ctx),
        list: payout_queue::new(ctx),
    });
    bounty_id
}

/// Names a helper that is to be paid for symbols when everything else is, in the order of the calls. For 1 to 256 symbols,
/// by the poster, while open. Aborts with `ENotPoster`, `EPhase`, `EBatchSize`, and in `floe_reads::wanted`.
public fun list_helper(self: &mut Bounty, payout: address, symbols: vector<u32>, ctx: &TxContext) {
    assert!(ctx.sender() == self.poster, ENotPoster);
    assert!(self.closed_ms.is_none(), EPhase);
    check_batch(&symbols);
    self.wanted.check(&symbols);
    self.list.push(payout, symbols);
}

/// Opens the dispute window: by the poster at any time, and by anyone from the deadline on. Aborts with `EPhase` when it is
/// closed already, and with `ENotPoster`.
public fun close(self: &mut Bounty, clock: &Clock, ctx: &TxContext) {
    let now = clock.timestamp_ms();
    assert!(self.closed_ms.is_none(), EPhase);
    assert!(ctx.sender() == self.poster || now >= self.deadline_ms, ENotPoster);
    self.closed_ms = option::some(now);
    event::emit(BountyClosed {
        bounty_id: self.id.to_inner(),
        reveal_ms: now + HALF_WINDOW_MS,
        end_ms: now + 2 * HALF_WINDOW_MS,
    });
}

/// Claims a receipt for 1 to 256 symbols, by anyone, for its payout address. While open the money is paid at once, for the
/// symbols that are not paid for yet and as far as there is money. In the dispute window those symbols queue that are neither
/// paid for nor queued. Aborts with `EPhase` after the window, `EBatchSize`, `EReceipt`, `ENothingToPay`, and in
/// `floe_reads::wanted`.
public fun claim(
    self: &mut Bounty,
    payout: address,
    symbols: vector<u32>,
    signature: vector<u8>,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    assert!(!self.is_over(clock), EPhase);
    check_batch(&symbols);
    let message = receipt_message(self.id.to_inner(), payout, &symbols);
    assert!(ed25519::ed25519_verify(&signature, &self.receipt_key, &message), EReceipt);
    let claimed = if (self.closed_ms.is_some()) self.queue(payout, symbols) else self.pay(payout, &symbols, ctx);
    assert!(claimed > 0, ENothingToPay);
}

/// Commits to 1 to 256 symbols in the first half of the dispute window: `hashes[i]` is BLAKE2b-256 of symbol, payout (32
/// bytes) and nonce (32 bytes) of `symbols[i]`. The coin is the deposit, exactly: `deposit` FROST for each, which return to
/// the sender when the symbol is revealed. Each different symbol reserves the money for one; others may commit to the same
/// symbol. Returns the number of the commitment. Aborts with `EPhase`, `EBatchSize`, `EHashes`, `EPayment`, `EPaid`,
/// `EReserved`, and in `floe_reads::wanted`.
public fun commit(
    self: &mut Bounty,
    symbols: vector<u32>,
    hashes: vector<vector<u8>>,
    deposit: Coin<WAL>,
    clock: &Clock,
    ctx: &TxContext,
): u64 {
    assert!(self.closed_ms.is_some() && clock.timestamp_ms() < self.reveal_ms(), EPhase);
    check_batch(&symbols);
    let left = symbols.length();
    assert!(hashes.length() == left, EHashes);
    assert!((deposit.value() as u128) == (self.deposit as u128) * (left as u128), EPayment);
    let mut i = 0;
    while (i < left) {
        assert!(hashes[i].length() == HASH_LENGTH, EHashes);
        assert!(!self.wanted.is_paid(symbols[i]), EPaid);
        if (self.wanted.reserve(symbols[i])) self.reserved = self.reserved + 1;
        i = i + 1;
    };
    assert!(self.reserved <= self.remaining, EReserved);
    self.deposits.join(deposit.into_balance());
    let commitment = self.next_commitment;
    self.next_commitment = commitment + 1;
    event::emit(SymbolsCommitted { bounty_id: self.id.to_inner(), commitment, symbols });
    self.commitments.add(commitment, Commitment { depositor: ctx.sender(), symbols, hashes, left });
    commitment
}

/// Reveals symbol number `item` of a commitment in the second half of the dispute window: the symbol in parts of at most
/// 15,360 bytes, payout and nonce as committed to, and the proof. By anyone: what was committed to says who is paid. The
/// deposit goes back; the price is paid unless somebody revealed the same symbol before. Aborts with `EPhase`,
/// `ENoCommitment`, `EParts`, `ENonce`, `ECommitment`, and in `floe_reads::symbol_proof`.
public fun reveal(
    self: &mut Bounty,
    commitment: u64,
    item: u64,
    payout: address,
    nonce: vector<u8>,
    parts: vector<vector<u8>>,
    proof: SymbolProof,
    clock: &Clock,
    ctx: &mut TxContext,
) {
    assert!(self.closed_ms.is_some() && clock.timestamp_ms() >= self.reveal_ms() && !self.is_over(clock), EPhase);
    assert!(nonce.length() == NONCE_LENGTH, ENonce);
    let mut preimage = join(parts);
    let (symbol, depositor, expected) = self.take_commitment(commitment, item);
    let (row, column) = wanted::position(symbol);
    proof.check(self.blob_id, self.wanted.n_shards(), row, column, &preimage);
    preimage.append(bcs::to_bytes(&payout));
    preimage.append(nonce);
    assert!(blake2b256(&preimage) == expected, ECommitment);
    event::emit(SymbolRevealed { bounty_id: self.id.to_inner(), symbol, payout });
    transfer::public_transfer(coin::take(&mut self.deposits, self.deposit, ctx), depositor);
    self.pay(payout, &vector[symbol], ctx);
}

/// Pays at most `max_payouts` (1 to 100) of what is queued, receipts before the poster's list, each for the symbols that are
/// not paid for yet and as far as there is money. By anyone, after the dispute window. Aborts with `EPhase` and
/// `ESettleSize`.
public fun settle(self: &mut Bounty, max_payouts: u64, clock: &Clock, ctx: &mut TxContext) {
    assert!(self.is_over(clock), EPhase);
    assert!(max_payouts > 0 && max_payouts <= MAX_SETTLED, ESettleSize);
    let mut settled = 0;
    while (settled < max_payouts) {
        let queue = if (!self.receipts.is_empty()) &mut self.receipts else &mut self.list;
        if (queue.is_empty()) break;
        let (payout, symbols) = queue.pop();
        self.pay(payout, &symbols, ctx);
        settled = settled + 1;
    }
}

/// Ends a bounty: the rest of the money goes to the poster, deposits of symbols that were not revealed are burned. By anyone,
/// when the dispute window is over and everything queued is paid; at once when no money is left and it was not closed.
/// Aborts with `EPhase` and `EUnsettled`.
public fun finish(self: Bounty, treasury: &mut ProtectedTreasury, clock: &Clock, ctx: &mut TxContext) {
    let spent = self.remaining == 0;
    assert!(self.is_over(clock) || (spent && self.closed_ms.is_none()), EPhase);
    assert!(spent || (self.receipts.is_empty() && self.list.is_empty()), EUnsettled);
    let Bounty { id, poster, funds, deposits, commitments, receipts, list, .. } = self;
    event::emit(BountyFinished { bounty_id: id.to_inner(), refund: funds.value(), burned: deposits.value() });
    send(funds, poster, ctx);
    treasury.burn(deposits.into_coin(ctx));
    commitments.drop();
    receipts.drop();
    list.drop();
    id.delete();
}

/// Symbols that can still be paid for.
public fun remaining(self: &Bounty): u64 {
    self.remaining
}

/// Different symbols that are committed to.
public fun reserved(self: &Bounty): u64 {
    self.reserved
}

/// FROST to be deposited for each committed symbol: a tenth of the price, rounded up.
public fun deposit(self: &Bounty): u64 {
    self.deposit
}

/// Whether a symbol is paid for. Aborts in `floe_reads::wanted` when it is not asked for.
public fun is_paid(self: &Bounty, symbol: u32): bool {
    self.wanted.is_paid(symbol)
}

fun reveal_ms(self: &Bounty): u64 {
    *self.closed_ms.borrow() + HALF_WINDOW_MS
}

fun is_over(self: &Bounty, clock: &Clock): bool {
    self.closed_ms.is_some() && clock.timestamp_ms() >= self.reveal_ms() + HALF_WINDOW_MS
}

fun check_batch(symbols: &vector<u32>) {
    assert!(symbols.length() > 0 && symbols.length() <= MAX_SYMBOLS, EBatchSize);
}

/// Takes a symbol out of a commitment, which goes with its last one: the symbol, who deposited, and the hash.
fun take_commitment(self: &mut Bounty, number: u64, item: u64): (u32, address, vector<u8>) {
    assert!(self.commitments.contains(number), ENoCommitment);
    let commitment = &mut self.commitments[number];
    assert!(item < commitment.symbols.length() && !commitment.hashes[item].is_empty(), ENoCommitment);
    let (symbol, depositor, hash) = (commitment.symbols[item], commitment.depositor, commitment.hashes[item]);
    *&mut commitment.hashes[item] = vector[];
    commitment.left = commitment.left - 1;
    if (commitment.left == 0) {
        self.commitments.remove(number);
    };
    (symbol, depositor, hash)
}

/// Queues those of the symbols that are neither paid for nor queued: each once, so that repeating receipts delays nobody.
/// Returns how many they are.
fun queue(self: &mut Bounty, payout: address, symbols: vector<u32>): u64 {
    let mut queued = vector[];
    let mut i = 0;
    while (i < symbols.length()) {
        if (self.wanted.queue(symbols[i])) queued.push_back(symbols[i]);
        i = i + 1;
    };
    let count = queued.length();
    if (count > 0) self.receipts.push(payout, queued);
    count
}

/// Pays for those of the symbols that are not paid for yet, as far as there is money. Returns how many they are.
fun pay(self: &mut Bounty, payout: address, symbols: &vector<u32>, ctx: &mut TxContext): u64 {
    let mut paid = 0;
    let mut i = 0;
    while (i < symbols.length() && paid < self.remaining) {
        if (self.wanted.pay(symbols[i])) paid = paid + 1;
        i = i + 1;
    };
    if (paid > 0) {
        let amount = paid * self.price;
        self.remaining = self.remaining - paid;
        event::emit(SymbolsPaid { bounty_id: self.id.to_inner(), payout, symbols: paid, amount });
        send(self.funds.split(amount), payout, ctx);
    };
    paid
}

fun send(amount: Balance<WAL>, to: address, ctx: &mut TxContext) {
    if (amount.value() > 0) transfer::public_transfer(amount.into_coin(ctx), to) else amount.destroy_zero()
}

/// The parts one after the other.
fun join(parts: vector<vector<u8>>): vector<u8> {
    assert!(parts.length() <= MAX_PARTS, EParts);
    let mut whole = vector[];
    let mut i = 0;
    while (i < parts.length()) {
        assert!(parts[i].length() <= MAX_PART_LENGTH, EParts);
        whole.append(parts[i]);
        i = i + 1;
    };
    whole
}

#[test_only]
/// FROST for symbols, and of deposits.
public fun held(self: &Bounty): (u64, u64) {
    (self.funds.value(), self.deposits.value())
}
