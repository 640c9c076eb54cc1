// Packages as the compiler wants them: {path: text}.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { PACKAGES, ROOT, packageNamed } from "./layout.mjs";

/** All files of a package: manifest, sources and tests. */
export function readPackage(name) {
  const dir = join(ROOT, packageNamed(name).dir);
  const files = { "Move.toml": readFileSync(join(dir, "Move.toml"), "utf8") };
  for (const part of ["sources", "tests"]) readMoveFiles(join(dir, part), `${part}/`, files);
  return files;
}

function readMoveFiles(dir, prefix, files) {
  if (!existsSync(dir)) return;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) readMoveFiles(join(dir, entry.name), `${prefix}${entry.name}/`, files);
    else if (entry.name.endsWith(".move")) files[prefix + entry.name] = readFileSync(join(dir, entry.name), "utf8");
  }
}

/** The sources of all packages, by package and path. */
export function readAllSources() {
  const sources = {};
  for (const { name } of PACKAGES) {
    for (const [path, text] of Object.entries(under(readPackage(name), "sources"))) sources[`${name}/${path}`] = text;
  }
  return sources;
}

/** The entries of files below a directory. */
export function under(files, dir) {
  return Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith(`${dir}/`)));
}

/** The files of a package as a dependency: without tests, at the given address. */
function asDependency(pkg, files, address) {
  const kept = { "Move.toml": files["Move.toml"], ...under(files, "sources") };
  if (pkg.kind === "framework") return kept;
  const unpublished = `${pkg.address} = "0x0"`;
  if (!kept["Move.toml"].includes(unpublished)) throw new Error(`${pkg.dir}/Move.toml must say ${unpublished}`);
  kept["Move.toml"] = kept["Move.toml"]
    .replace(unpublished, `${pkg.address} = "${address}"`)
    .replace("[package]", `[package]\npublished-at = "${address}"`);
  return kept;
}

/**
 * Gives the compiler dependencies from the local directories, in place of the repositories it would fetch them from. They
 * are at their placeholder addresses, or where `links` ({package: address}) says.
 */
export function localFetcher(links = {}) {
  const load = async (path) => {
    const dir = basename(path);
    const pkg = PACKAGES.find((p) => basename(p.dir) === dir);
    if (!pkg) throw new Error(`no local package for the dependency ${path}`);
    return asDependency(pkg, readPackage(pkg.name), links[pkg.name] ?? pkg.placeholder);
  };
  return {
    fetch: async (_repository, _revision, path) => load(path),
    fetchFile: async () => null,
    fetchLocal: load,
    getResolvedSha: () => undefined,
  };
}
