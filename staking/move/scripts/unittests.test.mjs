import assert from "node:assert/strict";
import { test } from "node:test";
import { asMode, listTests, selectTests } from "./unittests.mjs";

const pool = "module floe::pool;\nconst EClosed: u64 = 1_0;\nfun init(ctx: &mut TxContext) {}\n#[test_only]\npublic fun start(ctx: &mut TxContext) { init(ctx); a.init(); }\nentry fun run() {}\npublic(package) entry fun walk() {}\n";
const tests = `#[test_only]
module floe::pool_tests;
use floe::pool::{Self, Pool as P};
const EMine: u64 = 7u64;
#[test]
fun plain() {}
fun helper() {}
#[test, expected_failure(abort_code = pool::EClosed, location = pool)]
fun closed() {}
#[test]
#[expected_failure(abort_code = EMine, location = Self)]
fun mine() {}
#[test]
#[expected_failure(arithmetic_error, location = floe::pool)]
fun overflow() {}
`;

test("tests are listed with what they expect", () => {
  assert.deepEqual(
    listTests({ "tests/pool_tests.move": tests }, { "sources/pool.move": pool }).map(({ name, expected }) => [name, expected]),
    [
      ["plain", null],
      ["closed", { code: "10", location: "floe::pool" }],
      ["mine", { code: "7", location: "floe::pool_tests" }],
      ["overflow", { code: "arithmetic_error", location: "floe::pool" }],
    ],
  );
});

test("an unknown constant is an error", () => {
  assert.throws(() => listTests({ "tests/pool_tests.move": tests }), /no constant floe::pool::EClosed/);
});

test("unselected tests become helpers", () => {
  const selected = selectTests({ "tests/pool_tests.move": tests }, (t) => t.name === "mine");
  assert.deepEqual(listTests(selected, { "sources/pool.move": pool }).map((t) => t.name), ["mine"]);
  const text = selected["tests/pool_tests.move"];
  assert.equal(text.split("\n").length, tests.split("\n").length);
  assert.ok(text.includes("fun plain()") && text.includes("fun closed()"));
});

test("a mode of ours knows no tests and no init", () => {
  const files = asMode({ "sources/pool.move": pool, "sources/tests/pool_tests.move": tests, "Move.toml": "#[test]" }, "m");
  assert.equal(files["Move.toml"], "#[test]");
  assert.deepEqual(listTests({ "t.move": files["sources/tests/pool_tests.move"] }), []);
  assert.ok(!files["sources/tests/pool_tests.move"].includes("expected_failure"));
  assert.match(files["sources/pool.move"], /fun init_\(ctx.*\n#\[mode\(m\)\]\npublic fun start\(.*\{ init_\(ctx\); a\.init\(\); \}\npublic entry fun run\(\) \{\}\npublic\(package\) entry fun walk/);
});
