// Measures Floe's codec against the official encoder, in turns on one machine. README.md says what the numbers mean.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Official } from './official.mjs';

const MiB = 1 << 20;

// targets are how many times faster than the official encoder an operation is meant to be; the others are only reported.
const cases = [
  { shards: 1000, size: 5 * MiB, targets: { encode: 10 } },
  { shards: 1000, size: 32 * MiB, targets: { encode: 12, decode_half: 24 }, decode: true },
  { shards: 1000, size: 256 * MiB, targets: { encode: 16 } },
  { shards: 100, size: 32 * MiB, targets: {} },
  { shards: 10, size: 1 * MiB, targets: {} },
];

// systematicShare is the part of the slivers that a decoding gets in the clear.
const systematicShare = { decode_all: 1, decode_half: 0.5, decode_none: 0 };

const usage = `usage: node bench.mjs [--floe BINARY] [--rounds N] [--max-size MIB] [--json]
  --floe      the floe binary; without it only the official encoder is measured
  --rounds    measured rounds a case, each one official run and one of ours (default 5)
  --max-size  leave out cases with blobs of more MiB
  --json      one JSON object on standard output instead of the table`;

function options() {
  try {
    const { values } = parseArgs({
      options: {
        floe: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        'max-size': { type: 'string', default: '256' },
        json: { type: 'boolean', default: false },
      },
    });
    const rounds = Number(values.rounds);
    const maxSize = Number(values['max-size']);
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a number from 1');
    if (!(maxSize > 0)) throw new Error('--max-size must be a positive number of MiB');
    return { floe: values.floe, rounds, maxSize, json: values.json };
  } catch (err) {
    console.error(`${err.message}\n${usage}`);
    process.exit(2);
  }
}

const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  const mid = sorted.length >> 1;
  return sorted.length % 2 ? sorted[mid] : (sorted[mid - 1] + sorted[mid]) / 2;
};

const medians = (list) => ({ wall_ms: median(list.map((v) => v.wall_ms)), cpu_ms: median(list.map((v) => v.cpu_ms)) });

// run calls the binary, whose commands answer within minutes on any machine that can hold the case.
function run(floe, ...args) {
  return execFileSync(floe, args, { encoding: 'utf8', timeout: 600_000, stdio: ['ignore', 'pipe', 'inherit'] });
}

function floeID(floe, shards, blob) {
  const dir = mkdtempSync(join(tmpdir(), 'floe-bench-'));
  try {
    const file = join(dir, 'blob');
    writeFileSync(file, blob);
    return run(floe, 'codec', 'id', '--shards', String(shards), file).trim();
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function measure({ shards, size, targets, decode }, { floe, rounds }) {
  const official = new Official(shards, size);
  const operations = ['encode', ...(decode ? Object.keys(systematicShare) : [])];
  const theirs = Object.fromEntries(operations.map((o) => [o, []]));
  const ours = Object.fromEntries(operations.map((o) => [o, []]));
  const perform = (o) => (o === 'encode' ? official.encode() : official.decode(systematicShare[o]));
  try {
    operations.forEach(perform); // the first call compiles and grows the memory
    const id = official.blobID();
    if (floe) {
      const own = floeID(floe, shards, official.blob);
      if (own !== id) throw new Error(`blob ids differ for ${shards} shards, ${size} bytes: official ${id}, floe ${own}`);
    }
    for (let i = 0; i < rounds; i++) {
      for (const o of operations) theirs[o].push(perform(o));
      if (!floe) continue;
      const result = JSON.parse(run(floe, 'codec', 'bench', '--shards', String(shards), '--size', String(size), '--json'));
      for (const o of operations) ours[o].push(result[o]);
    }
    return operations.map((o) => {
      const row = { shards, size, operation: o, official: medians(theirs[o]) };
      if (floe) {
        row.floe = medians(ours[o]);
        row.ratio = row.official.wall_ms / row.floe.wall_ms;
        if (targets[o]) Object.assign(row, { target: targets[o], reached: row.ratio >= targets[o] });
      }
      return row;
    });
  } finally {
    official.free();
  }
}

function table(rows) {
  const header = ['shards', 'MiB', 'operation', 'official ms', '(CPU)', 'floe ms', '(CPU)', 'ratio', 'target'];
  const number = (v, digits) => (v === undefined ? '-' : v.toFixed(digits));
  const lines = rows.map((r) => [
    String(r.shards),
    String(r.size / MiB),
    r.operation,
    number(r.official.wall_ms, 1),
    number(r.official.cpu_ms, 1),
    number(r.floe?.wall_ms, 1),
    number(r.floe?.cpu_ms, 1),
    number(r.ratio, 1),
    r.target === undefined ? '-' : `${r.target} ${r.reached ? 'reached' : 'missed'}`,
  ]);
  const widths = header.map((h, i) => Math.max(h.length, ...lines.map((l) => l[i].length)));
  const left = new Set([header.indexOf('operation'), header.indexOf('target')]);
  const format = (cells) => cells.map((c, i) => (left.has(i) ? c.padEnd(widths[i]) : c.padStart(widths[i]))).join('  ');
  return [header, ...lines].map((l) => format(l).trimEnd()).join('\n');
}

const opts = options();
const rows = [];
for (const c of cases) {
  if (c.size > opts.maxSize * MiB) continue;
  if (!opts.json) console.error(`${c.shards} shards, ${c.size / MiB} MiB`);
  rows.push(...measure(c, opts));
}
console.log(opts.json ? JSON.stringify({ rounds: opts.rounds, results: rows }) : table(rows));
