// Writes what @mysten/sui makes of transactions, keys and signatures: node scripts/goldens.mjs --out DIRECTORY. The same
// bytes come out every time.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { accounts, describeSigners } from "./accounts.mjs";
import { objects } from "./objects.mjs";
import { random, transactions } from "./transactions.mjs";

const { values } = parseArgs({ options: { out: { type: "string" } } });
if (!values.out) throw new Error("usage: node scripts/goldens.mjs --out DIRECTORY");
await mkdir(values.out, { recursive: true });
for (const [name, make] of Object.entries({ accounts, objects, random, signers: describeSigners, transactions }))
  await writeFile(join(values.out, `${name}.json`), JSON.stringify(await make(), null, 1) + "\n");
