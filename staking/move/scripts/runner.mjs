// Runs unit tests, spread over processes.
import { each, run } from "./job.mjs";
import { MAX_JOBS, MIN_TESTS_TO_SHARD } from "./layout.mjs";

/**
 * Runs tests, given as {package: tests}: {package: {verdicts: Map of "module::name" to boolean, failures: text,
 * problems: [text], seconds}}. A problem is anything but a failed test: a compiler error, a test that gave no verdict.
 * Seconds are those of all processes together.
 */
export async function runTests(tests) {
  const results = Object.fromEntries(
    Object.keys(tests).map((name) => [name, { verdicts: new Map(), failures: "", problems: [], seconds: 0 }]),
  );
  const shards = Object.entries(tests).flatMap(([name, list]) => deal(list).map((shard) => ({ name, shard })));
  await each(shards, async ({ name, shard }) => {
    const started = performance.now();
    const wanted = shard.map((t) => `${t.module}::${t.name}`);
    const output = await run("runTests", { name, wanted }).catch((error) => ({ error: error.message }));
    add(results[name], name, wanted, output);
    results[name].seconds += (performance.now() - started) / 1000;
  });
  return results;
}

// Deals tests out like cards, so that the slow ones of a file do not stay together.
function deal(tests) {
  if (tests.length < MIN_TESTS_TO_SHARD) return [tests];
  const dealt = Array.from({ length: MAX_JOBS }, () => []);
  tests.forEach((test, i) => dealt[i % MAX_JOBS].push(test));
  return dealt;
}

// Adds what one process said to the result of a package.
function add(result, name, wanted, { error, passed, output }) {
  if (error) {
    result.problems.push(`${name}: ${error}`);
    return;
  }
  const { verdicts, failures, finished } = parseOutput(output);
  for (const [test, verdict] of verdicts) result.verdicts.set(test, verdict);
  result.failures += failures;
  const failed = [...verdicts.values()].includes(false);
  if (!finished || passed === failed) {
    result.problems.push(output);
    return;
  }
  for (const test of wanted) if (!verdicts.has(test)) result.problems.push(`${name}::${test} gave no verdict`);
}

/** Reads the runner's output: verdicts by "module::name", the text that tells of failures, whether it came to an end. */
export function parseOutput(output) {
  const verdicts = new Map();
  for (const [, verdict, test] of output.matchAll(/^\[ (PASS|FAIL|TIMEOUT)\s*\] [^:\s]+::(\S+)/gm)) {
    verdicts.set(test, verdict === "PASS");
  }
  const start = output.indexOf("Test failures:");
  const end = output.search(/^Test result:/m);
  return {
    verdicts,
    failures: start < 0 ? "" : output.slice(start, end < 0 ? undefined : end),
    finished: end >= 0,
  };
}
