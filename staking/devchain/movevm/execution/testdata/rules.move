/// What the rules of transactions are tested with.
module rules::rules;

use std::ascii;
use std::string::String;
use sui::clock::Clock;
use sui::coin::Coin;
use sui::dynamic_field;
use sui::event;
use sui::random::Random;
use sui::transfer::Receiving;

const ENope: u64 = 7;

public struct RULES has drop {}

public struct Thing has key, store { id: UID, value: u64 }
public struct Pinned has key { id: UID }
public struct Box has key, store { id: UID, thing: Thing }
public struct Blob has key, store { id: UID, bytes: vector<u8> }
public struct Potato {}
public struct CopyOnly has copy { value: u64 }
public struct Plain has copy, drop, store { value: u64 }
public struct Initialized has copy, drop { witness: bool, sender: address }
public struct Told has copy, drop { value: u64 }
public struct Long has copy, drop { bytes: vector<u8> }

fun init(witness: RULES, ctx: &mut TxContext) {
    event::emit(Initialized { witness: sui::types::is_one_time_witness(&witness), sender: ctx.sender() });
    transfer::share_object(Thing { id: object::new(ctx), value: 1 });
}

public fun new(value: u64, ctx: &mut TxContext): Thing { Thing { id: object::new(ctx), value } }
public fun pinned(ctx: &mut TxContext): Pinned { Pinned { id: object::new(ctx) } }
public fun pin(ctx: &mut TxContext) { transfer::transfer(pinned(ctx), ctx.sender()) }
public fun share(thing: Thing) { transfer::public_share_object(thing) }
public fun freeze_it(thing: Thing) { transfer::public_freeze_object(thing) }
public fun two(ctx: &mut TxContext): (Thing, Thing) { (new(1, ctx), new(2, ctx)) }
public fun value(thing: &Thing): u64 { thing.value }
public fun set(thing: &mut Thing, value: u64) { thing.value = value }
public fun set_both(a: &mut Thing, b: &mut Thing) { a.value = 1; b.value = 2 }
public fun set_from(a: &mut Thing, b: &Thing) { a.value = b.value }
public fun read_both(a: &Thing, b: &Thing): u64 { a.value + b.value }
public fun set_and_take(_: &mut Thing, b: Thing) { delete(b) }
public fun delete(thing: Thing) { let Thing { id, value: _ } = thing; id.delete() }
public fun wrap(thing: Thing, ctx: &mut TxContext): Box { Box { id: object::new(ctx), thing } }
public fun unwrap(box: Box): Thing { let Box { id, thing } = box; id.delete(); thing }
public fun crush(box: Box) { delete(unwrap(box)) }
public fun borrow(thing: &Thing): &u64 { &thing.value }
public fun potato(): Potato { Potato {} }
public fun potato_for(_: &mut Thing): Potato { Potato {} }
public fun eat(potato: Potato) { let Potato {} = potato; }
public fun copy_only(value: u64): CopyOnly { CopyOnly { value } }
public fun read_copy(c: &CopyOnly): u64 { c.value }
public fun use_copy(c: CopyOnly): u64 { let CopyOnly { value } = c; value }
public fun plain(value: u64): Plain { Plain { value } }
public fun plain_value(p: Plain): u64 { p.value }
public fun increase(n: &mut u64) { *n = *n + 1 }
public fun expect(n: u64, wanted: u64) { assert!(n == wanted, ENope) }
public fun fail(code: u64) { abort code }
public fun divide(a: u64, b: u64): u64 { a / b }
public fun add_field(thing: &mut Thing, name: u64, value: u64) { dynamic_field::add(&mut thing.id, name, value) }
public fun set_field(thing: &mut Thing, name: u64, value: u64) { *dynamic_field::borrow_mut(&mut thing.id, name) = value }
public fun remove_field(thing: &mut Thing, name: u64): u64 { dynamic_field::remove(&mut thing.id, name) }
public fun look(thing: &Thing, n: u64) { n.do!(|i| { dynamic_field::exists_(&thing.id, i); }) }
public fun add_fields(thing: &mut Thing, n: u64) { n.do!(|i| dynamic_field::add(&mut thing.id, i, i)) }
public fun receive(thing: &mut Thing, r: Receiving<Thing>): Thing { transfer::public_receive(&mut thing.id, r) }
public fun receive_and_delete(thing: &mut Thing, r: Receiving<Thing>) { delete(receive(thing, r)) }
public fun drop_receiving(_: Receiving<Thing>) {}
public fun look_at_receiving(r: &Receiving<Thing>): ID { transfer::receiving_object_id(r) }
public fun make_many(n: u64, ctx: &mut TxContext) { n.do!(|i| transfer::public_transfer(new(i, ctx), ctx.sender())) }
public fun make_and_destroy(n: u64, ctx: &mut TxContext) { destroy(vector::tabulate!(n, |i| new(i, ctx))) }
public fun destroy(mut things: vector<Thing>) { while (!things.is_empty()) delete(things.pop_back()); things.destroy_empty() }
public fun emit(n: u64) { n.do!(|i| event::emit(Told { value: i })) }
public fun emit_long(n: u64) { event::emit(Long { bytes: zeros(n) }) }
public fun blob(n: u64, ctx: &mut TxContext): Blob { Blob { id: object::new(ctx), bytes: zeros(n) } }
public fun spin(n: u64) { n.do!(|_| {}) }
public fun add_up(numbers: vector<u64>): u64 { let mut sum = 0; numbers.do!(|x| sum = sum + x); sum }
public fun text(_: String) {}
public fun ascii_text(_: ascii::String) {}
public fun maybe(_: Option<u8>) {}
public fun texts(_: vector<Option<String>>) {}
public fun id_of(_: ID) {}
public fun object_of<T: key>(_: &T) {}
public fun droppable<T: drop>(_: T) {}
public fun any<T>(x: T): T { x }
public fun time(clock: &Clock): u64 { clock.timestamp_ms() }
public fun spend<T>(coin: &mut Coin<T>, ctx: &mut TxContext) { transfer::public_transfer(coin.split(1, ctx), @0x5) }
public fun context(ctx: &TxContext): (address, u64, Option<address>) { (ctx.sender(), ctx.epoch(), ctx.sponsor()) }
entry fun chance(_: &Random) {}
entry fun entered(thing: &mut Thing) { thing.value = thing.value + 100 }
entry fun entered_by_value(thing: Thing) { delete(thing) }
entry fun eat_privately(potato: Potato) { eat(potato) }
public(package) fun for_friends() {}
fun secret() {}

fun zeros(n: u64): vector<u8> { vector::tabulate!(n, |_| 0) }
