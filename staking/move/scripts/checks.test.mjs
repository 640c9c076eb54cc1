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
