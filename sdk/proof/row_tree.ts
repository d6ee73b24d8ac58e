/**
 * The tree over a frame's rows, for sources that switch it on: one row can be proved alone, and the
 * proof tells nothing of the others.
 *
 * A frame's body carries a random seed of 32 bytes. The salt of a row is the first 16 bytes of
 * SHA-256 of "custos/salt/v1", the seed and the row's number (4 bytes, big-endian); its leaf is
 * SHA-256 of 0, the salt and the row's bytes (`row_bytes.ts`). Nodes are those of RFC 6962. Whoever
 * has a row's salt and not the seed cannot try out what the other rows may be.
 *
 * @module
 */
import type { ColumnBatch } from "../columns/column.ts";
import { rowBytesOf } from "../columns/row_bytes.ts";
import { sha256 } from "../runtime/hash.ts";
import { inclusionProof, leafHash, subtreesOf } from "./merkle.ts";

export const SALT_BYTES = 16;

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
  const bytesOf = rowBytesOf(batch);
  const saltOf = saltsOf(seed);
  const leaves = Array.from(
    { length: batch.rows },
    (_, row) => leafHash(saltOf(row), bytesOf(row)),
  );
  const subtree = subtreesOf(leaves);
  return {
    root: batch.rows === 0 ? new Uint8Array(32) : subtree(0, batch.rows),
    prove: (row) => ({
      hashes: inclusionProof(row, batch.rows, subtree),
      salt: saltOf(row),
      bytes: new Uint8Array(bytesOf(row)),
    }),
  };
}

function saltsOf(seed: Uint8Array): (row: number) => Uint8Array {
  const number = new Uint8Array(4);
  const view = new DataView(number.buffer);
  return (row) => {
    view.setUint32(0, row);
    return sha256("custos/salt/v1", seed, number).subarray(0, SALT_BYTES);
  };
}
