// Writes the compiled packages and a manifest.
//
//   node scripts/build.mjs                     what is to be published, into build/
//   node scripts/build.mjs --test --out DIR    with unit tests as ordinary functions, everything at placeholder addresses,
//                                              and tests.json, for interpreters
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { packageSize } from "./bytecode.mjs";
import { readPackage, under } from "./files.mjs";
import { each, run } from "./job.mjs";
import { BUILD, PACKAGES } from "./layout.mjs";
import { runPackage } from "./runner.mjs";
import { listTests } from "./unittests.mjs";

const COMPILER = "@zktx.io/sui-move-builder";

/**
 * Compiles all packages: {files: {path: bytes}, warnings: {name: text}}, where the paths are as below build/. `action` is
 * the function of the compiler. Throws on compiler errors.
 */
export async function compileAll(action = "compile") {
  const results = await each(PACKAGES.filter((p) => !p.framework), async (pkg) => {
    const result = await run(action, { name: pkg.name });
    if (result.error) throw new Error(`${pkg.name} does not compile:\n${result.error}`);
    return { pkg, ...result };
  });
  const files = {};
  const warnings = {};
  const packages = results.map(({ pkg, modules, dependencies, digest, warnings: text }) => {
    const bytes = modules.map((m) => Buffer.from(m.base64, "base64"));
    modules.forEach((m, i) => (files[`${pkg.name}/${m.name}.mv`] = bytes[i]));
    if (text) warnings[pkg.name] = text;
    return {
      name: pkg.name,
      address: pkg.framework || action !== "compile" ? pkg.placeholder : pkg.self,
      placeholder: pkg.placeholder,
      modules: modules.map((m) => m.name),
      dependencies,
      digest,
      size: packageSize(bytes, dependencies.length),
    };
  });
  const compiler = { package: COMPILER, version: compilerVersion(), sui: await run("version") };
  const manifest = { compiler, packages };
  files["manifest.json"] = Buffer.from(JSON.stringify(manifest, null, 2) + "\n");
  return { files, warnings, manifest };
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
  const lookup = {};
  for (const pkg of PACKAGES) {
    for (const [path, text] of Object.entries(under(readPackage(pkg.name), "sources"))) lookup[`${pkg.name}/${path}`] = text;
  }
  const described = [];
  for (const pkg of PACKAGES.filter((p) => !p.framework)) {
    const tests = listTests(under(readPackage(pkg.name), "tests"), lookup);
    const { verdicts } = await runPackage(pkg.name, tests);
    for (const { module, name, expected } of tests) {
      described.push({ package: pkg.name, module, name, expected, passed: verdicts.get(`${module}::${name}`) ?? false });
    }
  }
  return described;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { test: { type: "boolean" }, out: { type: "string" } } });
  if (values.test && !values.out) throw new Error("--test needs --out DIR: test bytecode is not committed");
  const { files } = await compileAll(values.test ? "compileTests" : "compile");
  if (values.test) files["tests.json"] = Buffer.from(JSON.stringify(await describeTests(), null, 2) + "\n");
  writeAll(values.out ?? BUILD, files);
}
