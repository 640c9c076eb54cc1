// Writes the compiled packages and a manifest.
//
//   node scripts/build.mjs                                  what is to be published, into build/
//   node scripts/build.mjs --link wal=0x12 ... --out DIR    against dependencies that are published at other addresses
//   node scripts/build.mjs --test --out DIR                 with unit tests as ordinary functions, everything at placeholder
//                                                           addresses, and tests.json, for interpreters
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { abortsOf } from "./aborts.mjs";
import { packageSize } from "./bytecode.mjs";
import { readAllSources, readPackage, under } from "./files.mjs";
import { each, run } from "./job.mjs";
import { BUILD, FRAMEWORK, PACKAGES, PUBLISHED, TESTED, packageNamed } from "./layout.mjs";
import { runTests } from "./runner.mjs";
import { listTests } from "./unittests.mjs";

const COMPILER = "@zktx.io/sui-move-builder";

/**
 * Compiles all packages: {files: {path: bytes}, warnings: text, manifest}, where the paths are as below build/. Throws on
 * compiler errors. `links` ({package: address}) says where dependencies are, if not at their placeholders.
 */
export async function compileAll(links) {
  const [framework, ...published] = await each([null, ...PUBLISHED], (pkg) =>
    pkg ? compiled("compile", { name: pkg.name, links }) : compiled("compileFramework"),
  );
  const packages = [
    ...at(FRAMEWORK, framework.modules),
    ...PUBLISHED.map((pkg, i) => {
      const { modules, dependencies, digest } = published[i];
      return { ...pkg, modules, dependencies, digest, size: packageSize(modules.map(bytesOf), dependencies.length) };
    }),
  ];
  return { ...(await lay(packages)), warnings: [framework, ...published].map((r) => r.warnings).join("") };
}

/** Compiles all packages with their tests, as compileAll, without digests and sizes. */
export async function compileAllTests() {
  const { modules, warnings } = await compiled("compileTests");
  return { ...(await lay(at(PACKAGES, modules))), warnings };
}

function at(packages, modules) {
  return packages.map((pkg) => ({ ...pkg, modules: modules.filter((m) => m.address === pkg.placeholder) }));
}

async function compiled(action, argument) {
  const result = await run(action, argument);
  if (result.error) throw new Error(`${argument?.name ?? action} fails:\n${result.error}`);
  return result;
}

function bytesOf(module) {
  return Buffer.from(module.base64, "base64");
}

// Files and manifest of compiled packages.
async function lay(packages) {
  const files = {};
  for (const pkg of packages) for (const m of pkg.modules) files[`${pkg.name}/${m.name}.mv`] = bytesOf(m);
  const manifest = {
    compiler: { package: COMPILER, version: compilerVersion(), sui: await run("version") },
    packages: packages.map(({ name, placeholder, modules, dependencies, digest, size }) => ({
      name,
      address: modules[0].address,
      placeholder,
      modules: modules.map((m) => m.name),
      dependencies: dependencies?.map(short),
      digest,
      size,
      aborts: Object.values(under(readPackage(name), "sources")).flatMap(abortsOf),
    })),
  };
  files["manifest.json"] = Buffer.from(JSON.stringify(manifest, null, 2) + "\n");
  return { files, manifest };
}

// Without leading zeros, as in the rest of the manifest.
function short(address) {
  return address.replace(/^0x0*(?=.)/, "0x");
}

function compilerVersion() {
  const require = createRequire(import.meta.url);
  return require("../package.json").dependencies[COMPILER];
}

/** Writes files below a directory, whose old contents go. */
export function writeAll(dir, files) {
  rmSync(dir, { recursive: true, force: true });
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), bytes);
  }
}

// The tests of all packages with what the source expects and what the real VM said.
async function describeTests() {
  const sources = readAllSources();
  const tests = Object.fromEntries(TESTED.map((pkg) => [pkg.name, listTests(under(readPackage(pkg.name), "tests"), sources)]));
  const results = await runTests(tests);
  return Object.entries(tests).flatMap(([name, list]) =>
    list.map((t) => ({
      package: name,
      module: t.module,
      name: t.name,
      expected: t.expected,
      passed: results[name].verdicts.get(`${t.module}::${t.name}`) ?? false,
    })),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { test: { type: "boolean" }, link: { type: "string", multiple: true }, out: { type: "string" } },
  });
  if ((values.test || values.link) && !values.out) throw new Error("--test and --link need --out DIR: only the plain build is committed");
  const links = Object.fromEntries((values.link ?? []).map((link) => [packageNamed(link.split("=")[0]).name, link.split("=")[1]]));
  const { files } = await (values.test ? compileAllTests() : compileAll(links));
  if (values.test) files["tests.json"] = Buffer.from(JSON.stringify(await describeTests(), null, 2) + "\n");
  writeAll(values.out ?? BUILD, files);
}
