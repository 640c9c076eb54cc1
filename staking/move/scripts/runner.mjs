// Runs the unit tests of a package, spread over processes.
import { each, run } from "./job.mjs";
import { MAX_JOBS, MIN_TESTS_TO_SHARD } from "./layout.mjs";

/**
 * Runs tests of a package: {verdicts: Map of "module::name" to boolean, failures: text, problems: [text], seconds}. A
 * problem is anything but a failed test: a compiler error, a test that gave no verdict.
 */
export async function runPackage(name, tests) {
  const started = performance.now();
  const verdicts = new Map();
  const problems = [];
  let failures = "";
  await each(shards(tests), async (shard) => {
    const wanted = shard.map((t) => `${t.module}::${t.name}`);
    const result = await run("runTests", { name, wanted });
    if (result.error) {
      problems.push(result.error);
      return;
    }
    const found = parseOutput(result.output);
    for (const [test, passed] of found.verdicts) verdicts.set(test, passed);
    failures += found.failures;
    if (!found.finished) problems.push(result.output);
    else if (!result.passed && ![...found.verdicts.values()].includes(false)) problems.push(result.output);
    for (const test of wanted) {
      if (found.finished && !found.verdicts.has(test)) problems.push(`${name}::${test} gave no verdict`);
    }
  });
  return { verdicts, failures, problems, seconds: (performance.now() - started) / 1000 };
}

// Deals tests out like cards, so that the slow ones of a file do not stay together.
function shards(tests) {
  if (tests.length < MIN_TESTS_TO_SHARD) return [tests];
  const dealt = Array.from({ length: MAX_JOBS }, () => []);
  tests.forEach((test, i) => dealt[i % MAX_JOBS].push(test));
  return dealt;
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
