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
import { checkSource, checkTest, macrosOf } from "./checks.mjs";
import { readPackage, under } from "./files.mjs";
import { run } from "./job.mjs";
import { BUILD, PACKAGES, PACKAGE_LIMIT, PUBLISHED, SUI_PACKAGE_LIMIT, TESTED, packageNamed } from "./layout.mjs";
import { packageSize } from "./bytecode.mjs";
import { runPackage } from "./runner.mjs";
import { listTests } from "./unittests.mjs";

const problems = [];
const problem = (text) => {
  problems.push(text);
  console.log(text);
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string" }, grep: { type: "string" } },
});
const whole = positionals.length === 0;
const chosen = whole ? TESTED : positionals.map(packageNamed);

for (const pkg of chosen) checkRules(pkg);
if (whole) await checkBuild();
else for (const pkg of chosen.filter((p) => PUBLISHED.includes(p))) await checkPackage(pkg);
if (problems.length === 0) for (const pkg of chosen) await testPackage(pkg);

console.log(problems.length === 0 ? "ok" : `FAILED: ${problems.length} problem(s), see above`);
process.exit(problems.length === 0 ? 0 : 1);

// Rules that the compiler does not know.
function checkRules(pkg) {
  const files = readPackage(pkg.name);
  const sources = under(files, "sources");
  const macros = new Set(Object.values(sources).flatMap(macrosOf));
  for (const [path, text] of Object.entries(sources)) {
    checkSource(`${pkg.dir}/${path}`, text, macros).forEach(problem);
  }
  for (const [path, text] of Object.entries(under(files, "tests"))) checkTest(`${pkg.dir}/${path}`, text).forEach(problem);
}

// Compiles everything; warnings, sizes, and whether the committed build is what comes out.
async function checkBuild() {
  const started = performance.now();
  const { files, warnings, manifest } = await compileAll();
  if (warnings) problem(warnings);
  for (const pkg of manifest.packages) if (pkg.size) reportSize(pkg.name, pkg.size);
  const stale = Object.keys(files).filter((path) => !sameAsCommitted(path, files[path]));
  const gone = committed(BUILD).filter((path) => !(path in files));
  for (const path of [...stale, ...gone]) problem(`build/${path} is stale: run npm run build and commit build/`);
  console.log(`compiled in ${((performance.now() - started) / 1000).toFixed(1)} s`);
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

async function checkPackage(pkg) {
  const result = await run("compile", { name: pkg.name });
  if (result.error) return problem(`${pkg.name} does not compile:\n${result.error}`);
  if (result.warnings) problem(result.warnings);
  reportSize(pkg.name, packageSize(result.modules.map((m) => Buffer.from(m.base64, "base64")), result.dependencies.length));
}

function reportSize(name, size) {
  const text = `${name}: ${size} bytes, ${((100 * size) / SUI_PACKAGE_LIMIT).toFixed(0)} % of Sui's limit`;
  if (size > PACKAGE_LIMIT) problem(`${text}: more than the ${PACKAGE_LIMIT} we allow`);
  else console.log(text);
}

async function testPackage(pkg) {
  const only = values.only?.split(",");
  const tests = listTests(under(readPackage(pkg.name), "tests"), allSources()).filter(
    (t) => (!only || only.includes(t.module)) && `${t.module}::${t.name}`.includes(values.grep ?? ""),
  );
  if (tests.length === 0) return problem(`${pkg.name}: no tests`);
  const { verdicts, failures, problems: trouble, seconds } = await runPackage(pkg.name, tests);
  trouble.forEach(problem);
  const failed = [...verdicts].filter(([, passed]) => !passed).map(([test]) => test);
  if (failed.length > 0) problem(failures || `${pkg.name}: failed: ${failed.join(", ")}`);
  console.log(`${pkg.name}: ${verdicts.size - failed.length} of ${tests.length} tests passed in ${seconds.toFixed(1)} s`);
}

function allSources() {
  const sources = {};
  for (const pkg of PACKAGES) {
    for (const [path, text] of Object.entries(under(readPackage(pkg.name), "sources"))) sources[`${pkg.name}/${path}`] = text;
  }
  return sources;
}
