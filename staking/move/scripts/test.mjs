// Compiles the packages, checks them and runs their Move unit tests.
//
//   node scripts/test.mjs                          everything, and whether build/ is up to date
//   node scripts/test.mjs floe                     one package
//   node scripts/test.mjs floe --only pool_tests   the tests of some modules (comma separated)
//   node scripts/test.mjs floe --grep unstake      the tests whose module::name contains a text
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compileAll } from "./build.mjs";
import { packageSize } from "./bytecode.mjs";
import { checkSource, checkTest, macrosOf } from "./checks.mjs";
import { readAllSources, readPackage, under } from "./files.mjs";
import { run } from "./job.mjs";
import { BUILD, PACKAGE_LIMIT, PUBLISHED, SUI_PACKAGE_LIMIT, TESTED, packageNamed } from "./layout.mjs";
import { runTests } from "./runner.mjs";
import { listTests } from "./unittests.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" }, grep: { type: "string" } },
});
const whole = positionals.length === 0;
const chosen = whole ? TESTED : positionals.map(packageNamed);

let problems = 0;
const problem = (text) => {
  problems++;
  console.log(text);
};

chosen.forEach(checkRules);
const compiles = whole ? await checkBuild() : await checkPackages();
if (compiles) await test();
console.log(problems === 0 ? "ok" : `FAILED: ${problems} problem(s), see above`);
process.exitCode = problems === 0 ? 0 : 1;

// Rules that the compiler does not know.
function checkRules(pkg) {
  const files = readPackage(pkg.name);
  const sources = under(files, "sources");
  const macros = new Set(Object.values(sources).flatMap(macrosOf));
  for (const [path, text] of Object.entries(sources)) checkSource(`${pkg.dir}/${path}`, text, macros).forEach(problem);
  for (const [path, text] of Object.entries(under(files, "tests"))) checkTest(`${pkg.dir}/${path}`, text).forEach(problem);
}

// Compiles everything; warnings, sizes, and whether the committed build is what comes out.
async function checkBuild() {
  const started = performance.now();
  let result;
  try {
    result = await compileAll();
  } catch (error) {
    problem(error.message);
    return false;
  }
  if (result.warnings) problem(result.warnings);
  for (const { name, size } of result.manifest.packages) if (size) reportSize(name, size);
  const changed = Object.keys(result.files).filter((path) => !sameAsCommitted(path, result.files[path]));
  const stale = [...changed, ...committed(BUILD).filter((path) => !(path in result.files))];
  if (stale.length > 0) problem(`build/ is stale (${stale.join(", ")}): run npm run build and commit build/`);
  console.log(`compiled in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return true;
}

function sameAsCommitted(path, bytes) {
  const file = join(BUILD, path);
  return existsSync(file) && readFileSync(file).equals(bytes);
}

function committed(dir, prefix = "") {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? committed(join(dir, entry.name), `${prefix}${entry.name}/`) : [prefix + entry.name],
  );
}

// Compiles the chosen packages; warnings and sizes.
async function checkPackages() {
  for (const { name } of chosen.filter((p) => PUBLISHED.includes(p))) {
    const { error, warnings, modules, dependencies } = await run("compile", { name });
    if (error) {
      problem(`${name} does not compile:\n${error}`);
      return false;
    }
    if (warnings) problem(warnings);
    reportSize(name, packageSize(modules.map((m) => Buffer.from(m.base64, "base64")), dependencies.length));
  }
  return true;
}

function reportSize(name, size) {
  const text = `${name}: ${size} bytes, ${((100 * size) / SUI_PACKAGE_LIMIT).toFixed(0)} % of Sui's limit`;
  if (size > PACKAGE_LIMIT) problem(`${text}: more than the ${PACKAGE_LIMIT} we allow`);
  else console.log(text);
}

async function test() {
  const sources = readAllSources();
  const only = values.only?.split(",");
  const wanted = (t) => (!only || only.includes(t.module)) && `${t.module}::${t.name}`.includes(values.grep ?? "");
  const tests = {};
  for (const { name } of chosen) {
    tests[name] = listTests(under(readPackage(name), "tests"), sources).filter(wanted);
    if (tests[name].length > 0) continue;
    problem(`${name}: no tests`);
    delete tests[name];
  }
  for (const [name, result] of Object.entries(await runTests(tests))) report(name, tests[name].length, result);
}

function report(name, expected, { verdicts, failures, problems: trouble, seconds }) {
  trouble.forEach(problem);
  const failed = [...verdicts].filter(([, passed]) => !passed).map(([test]) => test);
  if (failed.length > 0) problem(failures || `${name}: failed: ${failed.join(", ")}`);
  console.log(`${name}: ${verdicts.size - failed.length} of ${expected} tests passed in ${seconds.toFixed(1)} s of processes`);
}
