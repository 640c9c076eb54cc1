import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSource, checkTest } from "./checks.mjs";

const inModule = (text) => `module floe::m;\nuse sui::random::{Self, Random, Random as Dice, RandomGenerator};\n${text}`;
const source = (text) => checkSource("m.move", inModule(text));

test("private entry functions may take Random", () => {
  assert.deepEqual(source("entry fun roll(r: &Random, ctx: &mut TxContext) {}"), []);
  assert.deepEqual(source("#[test_only]\npublic fun roll(r: &Random) {}"), []);
  assert.deepEqual(source("public fun seed(g: vector<u8>) {}"), []);
});

test("other functions may not take Random", () => {
  for (const fun of [
    "public fun roll(r: &Random) {}",
    "public entry fun roll(r: &Random) {}",
    "public(package) fun roll(r: &Random) {}",
    "entry public fun roll(r: &Random) {}",
    "fun roll(r: &Random) {}",
    "fun roll<T: copy + drop>(a: vector<T>, r: &Random) {}",
    "entry public(package) fun roll(x: u64, r: & /* entry */ Random) {}",
    "public fun roll(r: &sui::random::Random) {}",
    "public fun roll(r: &random::Random) {}",
    "public fun roll(r: &Dice) {}",
    "#[allow(unused)] public fun roll(r: &mut Random) {}",
    "// entry\npublic\n// x\nfun roll(\n  r: &Random,\n) {}",
    "macro fun roll($r: &Random) {}",
  ]) {
    const messages = source(fun);
    assert.equal(messages.length, 1, fun);
    assert.match(messages[0], /^m\.move:\d+: roll takes Random/);
  }
});

test("comments and strings are not code", () => {
  assert.deepEqual(source('/* public fun roll(r: &Random) {} /* nested */ */ const A: vector<u8> = b"public fun f(r: &Random) {}";'), []);
});

test("macros of the framework stay out of what is published", () => {
  const messages = (text, own) => checkSource("m.move", inModule(text), new Set(own));
  assert.deepEqual(messages("fun f(a: bool) { assert!(a, 1); assert!(!a); if (!(a)) return !(a); u64::max_value!() }"), []);
  assert.deepEqual(messages("fun f() { own!(1) }", ["own"]), []);
  assert.deepEqual(messages("#[test_only]\nfun f() { 3u64.do!(|_| {}) }"), []);
  assert.equal(messages("fun f() { 3u64.do!(|_| {}) }").length, 1);
  assert.equal(messages("#[test_only]\nfun f() {}\nfun g() { v.map!<u8, u8>(|x| x) }").length, 1);
  assert.match(messages("fun f() {\n v.fold!(0, |a, _| a) }")[0], /^m\.move:4: macro fold!/);
});

test("tests live under tests/", () => {
  assert.match(source("#[test]\nfun t() {}")[0], /test t belongs under tests/);
});

test("expected failures say code and location", () => {
  const check = (text) => checkTest("t.move", inModule(text));
  assert.deepEqual(check("#[test, expected_failure(abort_code = EX, location = Self)]\nfun t() {}"), []);
  assert.deepEqual(check("#[test]\n#[expected_failure(arithmetic_error, location = a::b)]\nfun t() {}"), []);
  for (const attribute of [
    "expected_failure",
    "expected_failure(abort_code = EX)",
    "expected_failure(location = a::b)",
    "expected_failure(arithmetic_error)",
    "expected_failure(out_of_gas, location = a::b)",
  ]) {
    assert.equal(check(`#[test, ${attribute}]\nfun t() {}`).length, 1, attribute);
    assert.equal(check(`#[test]\n#[${attribute}]\nfun t() {}`).length, 1, attribute);
  }
  assert.equal(check("#[random_test]\nfun t(x: u64) {}").length, 1);
});
