/**
 * The verifier's own reading of a frame's tree of rows (`row_tree.ts`). It shares with what makes
 * it only the bytes of a row.
 *
 * @module
 */
import type { ColumnBatch } from "../columns/column.ts";
import { rowBytesOf } from "../columns/row_bytes.ts";
import type { Sha256 } from "./bundle.ts";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const LABEL = new TextEncoder().encode("custos/salt/v1");
const SALT_BYTES = 16;

/** Whether `root` is that of the rows under the seed. */
export function areRowsOf(
  root: Uint8Array,
  { batch, seed }: { readonly batch: ColumnBatch; readonly seed: Uint8Array },
  sha256: Sha256,
): boolean {
  const bytesOf = rowBytesOf(batch);
  /** Roots of perfect subtrees, largest first, with their leaves. */
  const roots: { hash: Uint8Array; leaves: number }[] = [];
  const join = (): void => {
    const [left, right] = roots.splice(-2);
    const hash = sha256(NODE, left!.hash, right!.hash);
    roots.push({ hash, leaves: left!.leaves + right!.leaves });
  };
  let salts: Uint8Array = LEAF;
  for (let row = 0; row < batch.rows; row++) {
    if (row % 2 === 0) salts = sha256(LABEL, seed, numberOf(row / 2));
    const start = (row % 2) * SALT_BYTES;
    const salt = salts.subarray(start, start + SALT_BYTES);
    roots.push({ hash: sha256(LEAF, salt, bytesOf(row)), leaves: 1 });
    while (roots.at(-1)!.leaves === roots.at(-2)?.leaves) join();
  }
  while (roots.length > 1) join();
  const made = roots[0]?.hash;
  return made !== undefined && made.every((byte, i) => byte === root[i]);
}

function numberOf(row: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, row);
  return bytes;
}
