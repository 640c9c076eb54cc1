import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { describe, loadable, packageSize } from "./bytecode.mjs";
import { run } from "./job.mjs";
import { parseOutput } from "./runner.mjs";

test("the output of the test runner is understood", () => {
  const output = `Running Move unit tests
[ PASS    ] wal::wal_tests::one
[ FAIL    ] wal::wal_tests::two

Test failures:

Failures in wal::wal_tests:
text
Test result: FAILED. Total tests: 2; passed: 1; failed: 1
`;
  const { verdicts, failures, finished } = parseOutput(output);
  assert.deepEqual([...verdicts], [["wal_tests::one", true], ["wal_tests::two", false]]);
  assert.match(failures, /^Test failures:[^]*text\n$/);
  assert.ok(finished);
  assert.ok(!parseOutput("error[E01]: no").finished);
});

test("work that takes too long is ended", async () => {
  await assert.rejects(run("compile", { name: "wal" }, 1), /compile wal took more than 0.001 s/);
});

test("work that fails says so", async () => {
  await assert.rejects(run("compile", { name: "nothing" }), /compile nothing ended with 1 and without a result/);
});

test("modules tell name, address and datatypes, and a package its size", () => {
  const bytes = readFileSync(new URL("../build/wal/wal.mv", import.meta.url));
  assert.deepEqual(describe(bytes), { address: "0x0", name: "wal", datatypes: ["WAL", "ProtectedTreasury", "TreasuryCapKey"] });
  // Version, the module with its name, three origins of (name, name, id), two linkage entries.
  const origins = 3 * ("wal".length + 32) + "ProtectedTreasury".length + "TreasuryCapKey".length + "WAL".length;
  assert.equal(packageSize([bytes], 2), 8 + "wal".length + bytes.length + origins + 2 * 72);
  assert.throws(() => describe(bytes.subarray(0, 20)), /ends early/);
  const unpublishable = Buffer.from(bytes);
  unpublishable.writeUInt32BE(0xdeadc0de, 0);
  assert.deepEqual(loadable(unpublishable), bytes);
});
