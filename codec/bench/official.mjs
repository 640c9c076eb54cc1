// The official encoder as the comparison uses it: buffers made once, so that a measured call does not pay for fresh memory.
import { BlobEncoder } from '@mysten/walrus-wasm';

// sourceSymbols returns the rows and columns of systematic symbols for n shards.
export function sourceSymbols(shards) {
  const faulty = Math.floor((shards - 1) / 3);
  return { rows: shards - 2 * faulty, columns: shards - faulty };
}

// symbolSize is the even symbol size in bytes that a blob of size bytes has.
export function symbolSize(shards, size) {
  const { rows, columns } = sourceSymbols(shards);
  const s = Math.ceil(Math.max(size, 1) / (rows * columns));
  return s + (s % 2);
}

// sliverLength is the length of BCS SliverData with the given symbols: ULEB128 length, data, symbol size, index.
function sliverLength(symbols, s) {
  let prefix = 1;
  for (let v = (symbols * s) >>> 7; v !== 0; v >>>= 7) prefix++;
  return prefix + symbols * s + 4;
}

// sample fills a blob with bytes that do not compress or repeat (xorshift32).
export function sample(size) {
  const words = new Uint32Array(Math.ceil(size / 4));
  let x = 0x9e3779b9;
  for (let i = 0; i < words.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    words[i] = x;
  }
  return new Uint8Array(words.buffer, 0, size);
}

// timed runs f and returns how long it took, in milliseconds of wall time and of the process's CPU time.
function timed(f) {
  const start = performance.now();
  const before = process.cpuUsage();
  f();
  const { user, system } = process.cpuUsage(before);
  return { wall_ms: performance.now() - start, cpu_ms: (user + system) / 1000 };
}

export class Official {
  constructor(shards, size) {
    const { rows, columns } = sourceSymbols(shards);
    const s = symbolSize(shards, size);
    const buffers = (symbols) => Array.from({ length: shards }, () => new Uint8Array(sliverLength(symbols, s)));
    this.shards = shards;
    this.rows = rows;
    this.encoder = new BlobEncoder(shards);
    this.blob = sample(size);
    this.primary = buffers(columns);
    this.secondary = buffers(rows);
    this.output = new Uint8Array(size);
  }

  // encode makes metadata and all slivers and returns what it took.
  encode() {
    return timed(() => {
      const [metadata] = this.encoder.encode(this.blob, this.primary, this.secondary);
      this.id = metadata.blob_id;
    });
  }

  // decode restores the blob from as many primary slivers as suffice, the given share of them systematic, and returns what it
  // took. encode comes before. The official decode checks no sliver against the metadata.
  decode(systematicShare) {
    const systematic = Math.round(this.rows * systematicShare);
    const recovery = this.rows - systematic;
    const slivers = [...this.primary.slice(0, systematic), ...this.primary.slice(this.rows, this.rows + recovery)];
    this.output.fill(0);
    const took = timed(() => this.encoder.decode(this.id, BigInt(this.blob.length), slivers, this.output));
    if (Buffer.compare(this.output, this.blob) !== 0) throw new Error('official decoder returned other bytes');
    return took;
  }

  // blobID is the text form of the id that encode computed.
  blobID() {
    return Buffer.from(this.id).toString('base64url');
  }

  free() {
    this.encoder.free();
  }
}
