// Compiles the test packages of this directory: `node compile.mjs`. Each NAME.move is a module at address zero; what it
// depends on beside the framework stands at a placeholder address, 0x75 for up.
import { readFileSync, writeFileSync, mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const move = join(here, "../../../../move");
const load = (path) => import(pathToFileURL(path).href);
const { dumpMovePackage, initMovePackageBuilder } = await load(createRequire(join(move, "package.json")).resolve("@zktx.io/sui-move-builder/full"));
const { localFetcher } = await load(join(move, "scripts/files.mjs"));
const { loadable, describe } = await load(join(move, "scripts/bytecode.mjs"));

await initMovePackageBuilder();
mkdirSync(join(here, "build"), { recursive: true });
for (const file of readdirSync(here).filter((f) => f.endsWith(".move"))) {
  const text = readFileSync(join(here, file), "utf8");
  const name = /^module (\w+)::/m.exec(text)[1];
  const uses = name === "user";
  const manifest = `[package]\nname = "${name}"\nedition = "2024"\n[addresses]\n${name} = "0x0"\n${uses ? 'up = "0x75"\n' : ""}`;
  const files = { "Move.toml": manifest, [`sources/${file}`]: text };
  if (uses) files["sources/up1.move"] = readFileSync(join(here, "up1.move"), "utf8");
  const result = await dumpMovePackage({ files, fetcher: localFetcher(), modes: [], network: "mainnet", ansiColor: false });
  if ("error" in result) throw new Error(`${file}: ${result.error}`);
  for (const base64 of result.modules) {
    const bytes = loadable(Buffer.from(base64, "base64"));
    if (describe(bytes).name === name) writeFileSync(join(here, "build", file.replace(/\.move$/, ".mv")), bytes);
  }
}
