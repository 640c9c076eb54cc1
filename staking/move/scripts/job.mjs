// Work in child processes: the compiler is synchronous and has no limit of its own, so it is ended from outside.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { JOB_TIME_LIMIT, MAX_JOBS } from "./layout.mjs";

const SELF = fileURLToPath(import.meta.url);

/** Calls a function of compiler.mjs in a child process: the promise of its result. Fails after the time limit. */
export function run(action, argument, limit = JOB_TIME_LIMIT) {
  return new Promise((resolve, reject) => {
    const child = fork(SELF, [action, JSON.stringify(argument ?? null)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    let result;
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      child.kill("SIGKILL");
    }, limit);
    child.on("message", (message) => (result = message));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (expired) reject(new Error(`${action} ${argument?.name ?? ""} took more than ${limit / 1000} s`));
      else if (result === undefined) reject(new Error(`${action} ${argument?.name ?? ""} ended with ${signal ?? code} and without a result`));
      else resolve(result);
    });
  });
}

/** Calls `work` for every item, at most MAX_JOBS at once: the promise of the results, in order. */
export async function each(items, work) {
  const results = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i]);
    }
  };
  await Promise.all(Array.from({ length: MAX_JOBS }, lane));
  return results;
}

if (process.argv[1] === SELF && process.send) {
  const [action, argument] = process.argv.slice(2);
  const compiler = await import("./compiler.mjs");
  process.send(await compiler[action](JSON.parse(argument)), () => process.disconnect());
}
