/**
 * The verifier's own reading of inclusion proofs (RFC 9162 §2.1.3.2). It shares nothing with what
 * makes them (`merkle.ts`).
 *
 * @module
 */
import type { DeletedEntry, ProvenEntry, Sha256 } from "./bundle.ts";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** A tree that a proof must lead to. */
export interface Tree {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** Whether the tree has the entry as leaf `index`. */
export function holdsLeaf(
  { index, proof, entry }: ProvenEntry,
  tree: Tree | undefined,
  sha256: Sha256,
): boolean {
  return holdsHash({ index, proof, leaf: sha256(LEAF, entry) }, tree, sha256);
}

/** The same of an entry whose leaf's hash is known alone. */
export function holdsHash(
  { index, proof, leaf }: Pick<DeletedEntry, "index" | "proof" | "leaf">,
  tree: Tree | undefined,
  sha256: Sha256,
): boolean {
  if (tree === undefined || index >= tree.size) return false;
  let at = BigInt(index);
  let last = BigInt(tree.size) - 1n;
  let hash = leaf;
  for (const other of proof) {
    if (last === 0n) return false;
    const isRight = (at & 1n) === 1n || at === last;
    hash = isRight ? sha256(NODE, other, hash) : sha256(NODE, hash, other);
    // A node without a neighbour stands for its parents, too.
    while (isRight && (at & 1n) === 0n && at !== 0n) {
      at >>= 1n;
      last >>= 1n;
    }
    at >>= 1n;
    last >>= 1n;
  }
  return last === 0n && hash.every((byte, i) => byte === tree.root[i]);
}
