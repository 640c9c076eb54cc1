// The packages, where they are, and the numbers that the scripts go by.
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

/** The directory that holds the packages. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Where `npm run build` writes. */
export const BUILD = fileURLToPath(new URL("../build", import.meta.url));

/** Sui's limit of a package object, in bytes (protocol parameter max_move_package_size). */
export const SUI_PACKAGE_LIMIT = 100 * 1024;

/** What we allow ourselves, in bytes: 12 KiB below Sui's limit, for upgrades that only add. */
export const PACKAGE_LIMIT = 88 * 1024;

/** How long a compilation or a part of a package's tests may take, in ms: ten times what the longest does on two cores. */
export const JOB_TIME_LIMIT = 300_000;

/** Processes at once: the compiler has one thread and takes about 250 MB, so that more than four ask for too much memory. */
export const MAX_JOBS = Math.min(availableParallelism(), 4);

/** Tests below which a package's tests are not spread over processes, because each compiles the package again (1-2 s). */
export const MIN_TESTS_TO_SHARD = 20;

/**
 * The packages in the order in which they are published. `address` is the named address of the package. What is yet to be
 * published is compiled at address zero, and the packages that depend on it see it at `placeholder`: publishing replaces
 * that entry in the address pool of their modules by the real package's id. Placeholders are the name in ASCII, so that one
 * that was forgotten is recognised at once. `kind` is "framework" for what every Sui network has, "published" for what is to
 * be published, and "tests" for a package that is only tests.
 */
export const PACKAGES = [
  { name: "move-stdlib", dir: "framework/move-stdlib", address: "std", placeholder: "0x1", kind: "framework" },
  { name: "sui-framework", dir: "framework/sui-framework", address: "sui", placeholder: "0x2", kind: "framework" },
  { name: "framework_tests", dir: "framework/tests", address: "framework_tests", placeholder: "0x6674", kind: "tests" },
  { name: "wal", dir: "wal", address: "wal", placeholder: "0x77616c", kind: "published" },
  { name: "floe", dir: "floe", address: "floe", placeholder: "0x666c6f65", kind: "published" },
  { name: "floe_reads", dir: "floe_reads", address: "floe_reads", placeholder: "0x666c6f655f7265616473", kind: "published" },
];

export const FRAMEWORK = PACKAGES.filter((p) => p.kind === "framework");
export const PUBLISHED = PACKAGES.filter((p) => p.kind === "published");
/** The packages that have unit tests. */
export const TESTED = PACKAGES.filter((p) => p.kind !== "framework");

/** The package of a name; throws on any other. */
export function packageNamed(name) {
  const found = PACKAGES.find((p) => p.name === name);
  if (!found) throw new Error(`no package ${name}: it is one of ${PACKAGES.map((p) => p.name).join(", ")}`);
  return found;
}
