/// Programs whose outcome is easily got wrong. Their tests run in both VMs.
module gen::handwritten;

use std::ascii;
use std::bcs;
use std::hash;
use std::string;
use std::type_name;

public struct Box<T> has copy, drop, store { value: T }
public struct Pair<A, phantom B> has copy, drop, store { left: A, right: A }
public struct Hot { value: u64 }
public enum Shape<T> has copy, drop, store {
    Empty,
    One(T),
    Many { first: T, rest: vector<T> },
}

// Types of 16, 257, 511 and 512 nodes; an enum counts its variants.
public enum Three has copy, drop { A, B, C }
public struct N16 has copy, drop { f0: u8, f1: u8, f2: u8, f3: u8, f4: u8, f5: u8, f6: u8, f7: u8, f8: u8, f9: u8, f10: u8, f11: u8, f12: u8, f13: u8, f14: u8 }
public struct N257 has copy, drop { f0: N16, f1: N16, f2: N16, f3: N16, f4: N16, f5: N16, f6: N16, f7: N16, f8: N16, f9: N16, f10: N16, f11: N16, f12: N16, f13: N16, f14: N16, f15: N16 }
public struct N511 has copy, drop { a: N257, e: Three, f0: N16, f1: N16, f2: N16, f3: N16, f4: N16, f5: N16, f6: N16, f7: N16, f8: N16, f9: N16, f10: N16, f11: N16, f12: N16, f13: N16, f14: N16, f15: u8, f16: u8, f17: u8, f18: u8, f19: u8, f20: u8, f21: u8, f22: u8, f23: u8 }
public struct N512 has copy, drop { a: N257, e: Three, f0: N16, f1: N16, f2: N16, f3: N16, f4: N16, f5: N16, f6: N16, f7: N16, f8: N16, f9: N16, f10: N16, f11: N16, f12: N16, f13: N16, f14: N16, f15: u8, f16: u8, f17: u8, f18: u8, f19: u8, f20: u8, f21: u8, f22: u8, f23: u8, f24: u8 }

public enum Owned { Nothing, Money { hot: Hot, spare: u8 } }
public enum Holder<T> { Nothing, Some { value: T } }

const TABLE: vector<vector<u8>> = vector[b"one", b"two", b"three"];
const BIG: u256 = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

fun digest(b: vector<u8>): u64 {
    let d = hash::sha2_256(b);
    let mut x = 0u64;
    let mut i = 0;
    while (i < 7) {
        x = (x << 8) | (d[i] as u64);
        i = i + 1;
    };
    x
}

fun show<T: drop>(x: T): u64 { digest(bcs::to_bytes(&x)) }

fun deep(n: u64): u64 { if (n == 0) 0 else 1 + deep(n - 1) }

fun down(n: u64) { if (n > 0) down(n - 1) }

fun fail_if(x: u64) { if (x > 3) abort x }

fun pick<T>(b: &mut Box<T>): &mut T { &mut b.value }

fun swap<T: drop + copy>(a: &mut T, b: &mut T) {
    let x = *a;
    *a = *b;
    *b = x;
}

#[test] fun names_of_primitives() { abort show(type_name::with_defining_ids<vector<u256>>()) }
#[test] fun names_of_one_argument() { abort show(type_name::with_defining_ids<Box<u8>>()) }
#[test] fun names_of_two_arguments() { abort show(type_name::with_defining_ids<Pair<Box<bool>, vector<address>>>()) }
#[test] fun length_of_name() { abort type_name::with_defining_ids<Pair<u8, u8>>().into_string().length() }
#[test] fun sha2() { abort digest(b"abc") }
#[test] fun sha3() { abort digest(hash::sha3_256(b"abc")) }
#[test] fun constants() { abort show(TABLE) + show(BIG) % 7 }
#[test] fun substring() { abort show(string::utf8(b"h\xc3\xa9llo").substring(1, 3)) }
#[test] fun substring_inside_character() { abort show(string::utf8(b"h\xc3\xa9llo").substring(2, 3)) }
#[test] fun index_of() { abort string::utf8(b"hello").index_of(&string::utf8(b"lo")) }
#[test] fun index_of_nothing() { abort string::utf8(b"hello").index_of(&string::utf8(b"x")) }
#[test] fun not_utf8() { let _s = string::utf8(b"\xff"); }
#[test] fun not_ascii() { let _s = ascii::string(b"\xff"); }
#[test] fun recursion_within_bounds() { abort deep(1000) }
#[test] fun recursion_too_deep() { abort deep(1100) }
#[test] fun last_operand() { abort deep(1020) }
#[test] fun operand_too_many() { abort deep(1021) }
#[test] fun operands_too_many() { abort deep(1022) }
#[test] fun last_call() { down(1021) }
#[test] fun call_nearly_too_many() { down(1022) }
#[test] fun call_too_many() { down(1023) }
#[test] fun calls_too_many() { down(1024) }
#[test] fun shift_by_width() { let mut n = 7u8; n = n + 1; let _x = 1u8 << n; }
#[test] fun shift_u256() { let mut n = 200u8; n = n + 55; abort show(1u256 << n) }
#[test] fun shift_loses_bits() { abort (((255u8 << 4) as u64)) }
#[test] fun cast_too_large() { let mut n = 255u64; n = n + 1; let _x = n as u8; }
#[test] fun cast_u256() { let mut n = BIG; n = n / 2; let _x = n as u128; }
#[test] fun u256_product() { let mut n = BIG; n = n / 3; abort show(n * 3) }
#[test] fun u256_overflow() { let mut n = BIG; n = n / 3 + 1; abort show(n * 3) }
#[test] fun u128_division() { let mut n = 0xffffffffffffffffffffffffffffffffu128; n = n - 5; abort show(n / 0x10000000000000001) }
#[test] fun u128_remainder() { let mut n = 0xffffffffffffffffffffffffffffffffu128; n = n - 5; abort show(n % 0x1234567890123456789) }
#[test] fun division_by_zero() { let mut n = 1u64; n = n - 1; let _x = 5 / n; }
#[test] fun remainder_by_zero() { let mut n = 1u256; n = n - 1; let _x = 5 % n; }
#[test] fun underflow() { let mut n = 1u32; n = n - 1; let _x = n - 1; }
#[test] fun pop_of_nothing() { let mut v = vector<u8>[]; let _x = v.pop_back(); }
#[test] fun pop_of_nothing_wide() { let mut v = vector<Box<u8>>[]; let _x = v.pop_back(); }
#[test] fun borrow_out_of_range() { let v = vector[1u64, 2]; let i = v.length(); let _x = v[i]; }
// The real VM runs as 32-bit WebAssembly here and fails otherwise from 2^32 on.
#[test] fun borrow_huge_index() { let v = b"ab"; let _x = v[0xffffffff]; }
#[test] fun swap_out_of_range() { let mut v = vector[1u64, 2]; v.swap(0, 2); }
#[test] fun swap_same() { let mut v = vector[1u64, 2]; v.swap(1, 1); abort show(v) }
#[test] fun destroy_full() { let v = vector[1u64]; v.destroy_empty(); }
#[test] fun abort_in_callee() { fail_if(2); fail_if(9); }
#[test] fun abort_in_library() { let mut o = option::none<u64>(); let _x = o.extract(); }
#[test] fun write_through_pick() { let mut b = Box { value: Box { value: 3u8 } }; *pick(pick(&mut b)) = 9; abort show(b) }
#[test] fun swap_in_one_struct() {
    let mut p = Pair<vector<u8>, u8> { left: b"left", right: b"right" };
    swap(&mut p.left, &mut p.right);
    abort show(p)
}
#[test] fun copies_are_separate() {
    let mut a = vector[vector[1u8], vector[2]];
    let b = a;
    a[0].push_back(7);
    a.push_back(b[1]);
    *&mut a[1][0] = 9;
    abort show(a) ^ show(b)
}
#[test] fun reference_chooses() {
    let mut a = 1u64;
    let mut b = 2u64;
    let r = if (a < b) &mut a else &mut b;
    *r = *r + 40;
    abort a * 100 + b
}
#[test] fun references_are_equal() {
    let a = vector[1u8, 2];
    let b = vector[1u8, 2];
    assert!(&a == &b, 1);
    assert!(&a[0] != &b[1], 2);
    abort 3
}
#[test] fun enum_by_value() {
    let s = Shape::Many { first: 1u64, rest: vector[2, 3] };
    let n = match (s) { Shape::Empty => 0, Shape::One(x) => x, Shape::Many { first, rest } => first + rest[1] };
    abort n
}
#[test] fun enum_by_mutable_reference() {
    let mut s = Shape::Many { first: 1u64, rest: vector[2, 3] };
    match (&mut s) { Shape::Empty => (), Shape::One(x) => *x = 9, Shape::Many { first, rest } => { *first = 5; rest.push_back(*first) } };
    abort show(s)
}
#[test] fun enum_changes_variant() {
    let mut s = Shape::One(4u8);
    let r = &mut s;
    *r = Shape::Many { first: 1, rest: vector[] };
    assert!(s == Shape::Many { first: 1, rest: vector[] }, 1);
    s = Shape::Empty;
    abort show(s)
}
#[test] fun hot_potato() { let h = Hot { value: 7 }; let Hot { value } = h; abort value }
#[test] fun vectors_of_hot_potatoes() {
    let mut v = vector[];
    let mut i = 0;
    while (i < 5) { v.push_back(Hot { value: i }); i = i + 1 };
    v.swap(0, 4);
    let mut sum = 0;
    while (!v.is_empty()) { let Hot { value } = v.pop_back(); sum = sum * 10 + value };
    v.destroy_empty();
    abort sum
}
#[test] fun grow_while_in_vector() {
    let mut v = vector[vector<u8>[]];
    let mut i = 0u8;
    while (i < 100) { v[0].push_back(i); if (i % 10 == 0) { let first = v[0]; v.push_back(first) }; i = i + 1 };
    abort show(v)
}
fun spend(o: Owned): u64 {
    match (o) { Owned::Nothing => 0, Owned::Money { hot: Hot { value }, spare } => value + (spare as u64) }
}
fun count(o: &mut Owned): u64 {
    match (o) { Owned::Nothing => 0, Owned::Money { hot, spare } => { *spare = *spare + 1; hot.value = hot.value * 2; hot.value } }
}
fun release<T>(h: Holder<T>): vector<T> {
    match (h) { Holder::Nothing => vector[], Holder::Some { value } => vector[value] }
}
#[test] fun enum_that_must_be_spent() { abort spend(Owned::Money { hot: Hot { value: 7 }, spare: 3 }) * 100 + spend(Owned::Nothing) }
#[test] fun enum_changed_in_place() {
    let mut o = Owned::Money { hot: Hot { value: 7 }, spare: 3 };
    let n = count(&mut o) + count(&mut o);
    abort n * 1000 + spend(o)
}
#[test] fun generic_enum_that_must_be_spent() {
    let mut v = release(Holder::Some { value: Hot { value: 9 } });
    let Hot { value } = v.pop_back();
    v.destroy_empty();
    release<Hot>(Holder::Nothing).destroy_empty();
    abort value
}
#[test] fun largest_layout() { abort bcs::to_bytes(&vector<N511>[]).length() }
#[test] fun layout_too_large() { abort bcs::to_bytes(&vector<N512>[]).length() }
#[test] fun option_of_option() {
    let mut o = option::some(option::some(5u8));
    let r = o.borrow_mut();
    let x = r.extract();
    r.fill(x + 1);
    abort show(o)
}
