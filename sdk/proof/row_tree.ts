/**
 * The tree over a frame's rows, for sources that switch it on: one row can be proved alone, and the
 * proof tells nothing of the others.
 *
 * A frame's body carries a random seed of 32 bytes. The salts of rows 2 k and 2 k + 1 are the first
 * and the last 16 bytes of SHA-256 of "custos/salt/v1", the seed and k (4 bytes, big-endian); a
 * row's leaf is SHA-256 of 0, the salt and the row's bytes (`row_bytes.ts`). Nodes are those of RFC
 * 6962. Whoever has a row's salt and not the seed cannot try out what the other rows may be.
 *
 * @module
 */
import { hash } from "node:crypto";
import type { ColumnBatch } from "../columns/column.ts";
import { rowBytesOf } from "../columns/row_bytes.ts";

export const SALT_BYTES = 16;

const HASH_BYTES = 32;
/** Of a leaf, before the row's bytes: 0 and the salt. */
const BEFORE_ROW = 1 + SALT_BYTES;
const PAIR_BYTES = 1 + 2 * HASH_BYTES;

/** The tree over rows. */
export interface RowTree {
  /** 32 bytes; of no rows, zeros, as where it is off. */
  readonly root: Uint8Array;
  /** What proves that row `row` is in its place. @throws {RangeError} If there is none. */
  prove(row: number): RowProof;
}

export interface RowProof {
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** The row's bytes. */
  readonly bytes: Uint8Array;
  /** From the leaf up, 32 bytes each. */
  readonly hashes: readonly Uint8Array[];
}

/** Makes the tree of `batch`'s rows under `seed`, 32 bytes. */
export function rowTreeOf(batch: ColumnBatch, seed: Uint8Array): RowTree {
  const { rows } = batch;
  const leafBytesOf = leafBytes(batch, seed);
  const leaves = new Level(rows);
  for (let row = 0; row < rows; row++) leaves.put(row, digest(leafBytesOf(row)));
  const levels = [leaves];
  for (let last = leaves; last.size > 1;) levels.push(last = last.parents());
  return {
    root: rows === 0 ? new Uint8Array(HASH_BYTES) : levels.at(-1)!.at(0),
    prove(row) {
      if (!Number.isInteger(row) || row < 0 || row >= rows) {
        throw new RangeError(`Cannot prove row ${row}: there are ${rows}`);
      }
      const bytes = new Uint8Array(leafBytesOf(row));
      return {
        salt: bytes.subarray(1, BEFORE_ROW),
        bytes: bytes.subarray(BEFORE_ROW),
        hashes: levels.flatMap((level, i) => level.besides(row >> i)),
      };
    },
  };
}

/** What a leaf hashes: 0, the salt, the row. A view that is valid until the next call. */
function leafBytes(batch: ColumnBatch, seed: Uint8Array): (row: number) => Uint8Array {
  const bytesOf = rowBytesOf(batch, BEFORE_ROW);
  const saltOf = saltsOf(seed);
  return (row) => {
    const bytes = bytesOf(row);
    bytes.set(saltOf(row), 1);
    return bytes;
  };
}

function saltsOf(seed: Uint8Array): (row: number) => Uint8Array {
  const label = new TextEncoder().encode("custos/salt/v1");
  const message = new Uint8Array(label.length + seed.length + 4);
  message.set(label);
  message.set(seed, label.length);
  const view = new DataView(message.buffer);
  let pair = -1;
  let both: Uint8Array = message;
  return (row) => {
    if (row >> 1 !== pair) {
      pair = row >> 1;
      view.setUint32(message.length - 4, pair);
      both = digest(message);
    }
    return row % 2 === 0 ? both.subarray(0, SALT_BYTES) : both.subarray(SALT_BYTES);
  };
}

/**
 * Nodes of one height. Each pair stands as its parent hashes it: 1, left, right. The last of an odd
 * number has no parent of its own: it goes up as it is, which gives the tree of RFC 6962 §2.1.
 */
class Level {
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(size: number) {
    this.size = size;
    this.#bytes = new Uint8Array(PAIR_BYTES * ((size + 1) >> 1));
    for (let at = 0; at < this.#bytes.length; at += PAIR_BYTES) this.#bytes[at] = 1;
  }

  put(index: number, node: Uint8Array): void {
    this.#bytes.set(node, placeOf(index));
  }

  at(index: number): Uint8Array {
    return this.#bytes.slice(placeOf(index), placeOf(index) + HASH_BYTES);
  }

  /** The other node of the pair, if there is one. */
  besides(index: number): readonly Uint8Array[] {
    return (index ^ 1) < this.size ? [this.at(index ^ 1)] : [];
  }

  parents(): Level {
    const parents = new Level((this.size + 1) >> 1);
    for (let index = 0; index < parents.size; index++) {
      const at = index * PAIR_BYTES;
      const isPair = 2 * index + 1 < this.size;
      const node = isPair ? digest(this.#bytes.subarray(at, at + PAIR_BYTES)) : this.at(2 * index);
      parents.put(index, node);
    }
    return parents;
  }
}

function placeOf(index: number): number {
  return (index >> 1) * PAIR_BYTES + 1 + (index & 1) * HASH_BYTES;
}

/** In one call: a frame has three of them a row. */
function digest(bytes: Uint8Array): Uint8Array {
  return hash("sha256", bytes, "buffer");
}
