// The compiler and the test runner, which are one WebAssembly program. Runs in a child process (job.mjs).
import { dumpMovePackage, getPinnedSuiVersion, initMovePackageBuilder, testMovePackage } from "@zktx.io/sui-move-builder/full";
import { describe } from "./bytecode.mjs";
import { atPlaceholder, localFetcher, readPackage, under } from "./files.mjs";
import { packageNamed } from "./layout.mjs";
import { asMode, selectTests } from "./unittests.mjs";

// Dependencies are resolved for one of Sui's networks; ours come from local directories whichever it is.
const NETWORK = "mainnet";
// Name of our own compiler mode, see asMode.
const MODE = "unit_tests";
// Sui's lints, as `sui move build` runs them.
const LINTS = "default";

/** Compiles what is to be published: {modules: [{name, base64}], dependencies, digest, warnings} or {error}. */
export async function compile({ name }) {
  const files = readPackage(name);
  return dump({ "Move.toml": files["Move.toml"], ...under(files, "sources") }, localFetcher(), []);
}

/**
 * Compiles a package together with its tests, with the package and all its dependencies at their placeholder addresses.
 * The result is for interpreters of tests, not for publishing.
 */
export async function compileTests({ name }) {
  const pkg = packageNamed(name);
  const files = atPlaceholder(pkg, readPackage(name));
  // Only files under sources/ are compiled outside the compiler's own test mode.
  const moved = Object.fromEntries(Object.entries(files).map(([path, text]) => [path.replace(/^tests\//, "sources/tests/"), text]));
  return dump(asMode(moved, MODE), localFetcher((dependency) => asMode(dependency, MODE)), [MODE]);
}

async function dump(files, fetcher, modes) {
  await initMovePackageBuilder();
  const result = await dumpMovePackage({ files, fetcher, modes, network: NETWORK, lintFlag: LINTS, ansiColor: false });
  if ("error" in result) return { error: result.error };
  return {
    modules: result.modules.map((base64) => ({ name: describe(Buffer.from(base64, "base64")).name, base64 })),
    dependencies: result.dependencies,
    digest: Buffer.from(result.digest).toString("hex"),
    warnings: result.warnings ?? "",
  };
}

/** Runs those tests of a package whose "module::name" is in `wanted`: {passed, output} or {error}. */
export async function runTests({ name, wanted }) {
  const files = readPackage(name);
  const chosen = new Set(wanted);
  const tests = selectTests(under(files, "tests"), (test) => chosen.has(`${test.module}::${test.name}`));
  await initMovePackageBuilder();
  const result = await testMovePackage({
    files: { ...files, ...tests },
    fetcher: localFetcher(),
    network: NETWORK,
    ansiColor: false,
  });
  return "error" in result ? { error: result.error } : { passed: result.passed, output: result.output };
}

/** Version of Sui that the compiler was built from. */
export async function version() {
  return getPinnedSuiVersion();
}
