// Numbers that look random and are the same every time.
import { createHash } from "node:crypto";
import { toBase58, toHex } from "@mysten/sui/utils";

/** Bytes made from a text. */
export function bytes(text, length) {
  return Uint8Array.from(createHash("shake256", { outputLength: Math.max(length, 1) }).update(text).digest().subarray(0, length));
}

export const address = (text) => `0x${toHex(bytes(`address ${text}`, 32))}`;
export const digest = (text) => toBase58(bytes(`digest ${text}`, 32));

/** A reference of an object, whose version is a number of six bytes. */
export function reference(text) {
  return { objectId: address(text), version: version(text), digest: digest(text) };
}

export function version(text) {
  return Buffer.from(bytes(`version ${text}`, 6)).readUIntLE(0, 6).toString();
}

/** A stream of numbers below bounds. */
export class Dice {
  constructor(seed) {
    this.seed = seed;
    this.count = 0;
  }

  below(bound) {
    return Buffer.from(bytes(`${this.seed} ${this.count++}`, 6)).readUIntLE(0, 6) % bound;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Up to `most` results of `make`. */
  list(most, make) {
    return Array.from({ length: this.below(most + 1) }, () => make());
  }

  /** A text that was not there before. */
  text() {
    return `${this.seed}/${this.count++}`;
  }
}
