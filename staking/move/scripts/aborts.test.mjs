import assert from "node:assert/strict";
import { test } from "node:test";
import { abortsOf } from "./aborts.mjs";
import { readAllSources } from "./files.mjs";

test("codes come with their module and the first sentence of what they say", () => {
  const source = `/// A module.
module floe::room;

/// Too many people, by one
/// or more. Send some home.
const ETooMany: u64 = 4;
const ENobody: u64 = 5;
const EVENTS: vector<u8> = b"E";
const MAX: u64 = 6;
`;
  assert.deepEqual(abortsOf(source), [
    { module: "room", code: 4, name: "ETooMany", meaning: "Too many people, by one or more." },
    { module: "room", code: 5, name: "ENobody", meaning: "" },
  ]);
});

test("every code of the packages is unique in its module and says what it means", () => {
  for (const [path, source] of Object.entries(readAllSources())) {
    const codes = abortsOf(source);
    assert.equal(new Set(codes.map((c) => c.code)).size, codes.length, `${path}: a code has two names`);
    if (path.startsWith("floe") || path.startsWith("wal")) {
      for (const { name, meaning } of codes) assert.notEqual(meaning, "", `${path}: ${name} has no doc comment`);
    }
  }
});
