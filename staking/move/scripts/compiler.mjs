// The compiler and the test runner, which are one WebAssembly program. Runs in a child process (job.mjs).
import { dumpMovePackage, getPinnedSuiVersion, initMovePackageBuilder, testMovePackage } from "@zktx.io/sui-move-builder/full";
import { describe, loadable } from "./bytecode.mjs";
import { localFetcher, readPackage, under } from "./files.mjs";
import { FRAMEWORK, PACKAGES } from "./layout.mjs";
import { asMode, selectTests } from "./unittests.mjs";

// Dependencies are resolved for one of Sui's networks; ours come from local directories whichever it is.
const NETWORK = "mainnet";
// Name of our own compiler mode, see asMode.
const MODE = "unit_tests";
// Sui's lints, as `sui move build` runs them.
const LINTS = "default";

/**
 * Compiles what is to be published: {modules: [{address, name, base64}], dependencies, digest, warnings} or {error}.
 * `links` says where dependencies are, if not at their placeholders.
 */
export async function compile({ name, links }) {
  const files = readPackage(name);
  return dump({ "Move.toml": files["Move.toml"], ...under(files, "sources") }, localFetcher(links), []);
}

/** Compiles the framework: {modules: [{address, name, base64}], warnings} or {error}. */
export async function compileFramework() {
  return dump(bundle(FRAMEWORK, (files) => under(files, "sources")), localFetcher(), []);
}

/**
 * Compiles everything with the unit tests as ordinary functions and all packages at their placeholder addresses, for
 * interpreters of tests: as compileFramework.
 */
export async function compileTests() {
  const parts = (files) => asMode({ ...under(files, "sources"), ...under(files, "tests") }, MODE);
  return dump(bundle(PACKAGES, parts), localFetcher(), [MODE]);
}

// One package that has the modules of several, each at its package's placeholder. The compiler puts a root package itself
// at zero, where the framework does not compile, because the verifier knows its types by address.
function bundle(packages, parts) {
  const addresses = packages.map((p) => `${p.address} = "${p.placeholder}"`).join("\n");
  const manifest = `[package]\nname = "bundle"\nedition = "2024"\nimplicit-dependencies = false\n[addresses]\n${addresses}\n`;
  const files = { "Move.toml": manifest };
  for (const pkg of packages) {
    for (const [path, text] of Object.entries(parts(readPackage(pkg.name)))) files[`sources/${pkg.name}/${path}`] = text;
  }
  return files;
}

async function dump(files, fetcher, modes) {
  await initMovePackageBuilder();
  const result = await dumpMovePackage({ files, fetcher, modes, network: NETWORK, lintFlag: LINTS, ansiColor: false });
  if ("error" in result) return { error: result.error };
  return {
    modules: result.modules.map((base64) => {
      const bytes = loadable(Buffer.from(base64, "base64"));
      const { address, name } = describe(bytes);
      return { address, name, base64: bytes.toString("base64") };
    }),
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
