// Compiles Move sources together with the standard library, and runs their unit tests in the real Move VM. Reads
// {files: {path: text}} from standard input; writes {modules: [base64], output} or {error}.
import { dumpMovePackage, initMovePackageBuilder, testMovePackage } from "@zktx.io/sui-move-builder/full";
import { readFileSync } from "node:fs";

const request = JSON.parse(readFileSync(0, "utf8"));
const fetcher = {
  fetch: async () => ({}),
  fetchFile: async () => null,
  fetchLocal: async () => ({}),
  getResolvedSha: () => undefined,
};
await initMovePackageBuilder();
const shape = { files: request.files, fetcher, network: "mainnet", ansiColor: false };
const compiled = await dumpMovePackage({ ...shape, modes: ["test"] });
const answer = { error: compiled.error };
if (!compiled.error) {
  const tested = await testMovePackage(shape);
  Object.assign(answer, { modules: compiled.modules, output: tested.output, error: tested.error });
}
process.stdout.write(JSON.stringify(answer));
