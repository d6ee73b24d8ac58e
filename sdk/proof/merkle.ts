/**
 * The Merkle tree of a log (RFC 6962 §2.1): append, root, and proofs with their verification.
 *
 * @module
 */
import { createHash } from "node:crypto";

export const HASH_BYTES = 32;

const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

/** SHA-256 of 0x00 and the entry, whose bytes are all of `parts`. */
export function leafHash(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256").update(LEAF);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** SHA-256 of 0x01 and both children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(NODE).update(left).update(right).digest());
}

/**
 * All that is needed to go on with a tree: the roots of its perfect subtrees, largest first, one
 * for each bit of `size` that is set.
 */
export interface CompactRange {
  readonly size: number;
  readonly roots: readonly Uint8Array[];
}

export const EMPTY_RANGE: CompactRange = { size: 0, roots: [] };

/** `range` with one more leaf. */
export function appendLeaf(range: CompactRange, leaf: Uint8Array): CompactRange {
  const roots = [...range.roots];
  let root = leaf;
  for (let size = range.size; size % 2 === 1; size = Math.floor(size / 2)) {
    root = nodeHash(roots.pop()!, root);
  }
  roots.push(root);
  return { size: range.size + 1, roots };
}

/** The tree's root; that of an empty tree is SHA-256 of nothing. */
export function rootOf(range: CompactRange): Uint8Array {
  const last = range.roots.at(-1);
  if (last === undefined) return new Uint8Array(createHash("sha256").digest());
  return range.roots.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** Gives the root of the perfect or last, shorter subtree over leaves `from` to `to` - 1. */
export type SubtreeRoot = (from: number, to: number) => Uint8Array;

/** {@link SubtreeRoot} over leaf hashes in memory. */
export function subtreesOf(leaves: readonly Uint8Array[]): SubtreeRoot {
  const root: SubtreeRoot = (from, to) => {
    if (to - from === 1) return leaves[from]!;
    const middle = from + splitOf(to - from);
    return nodeHash(root(from, middle), root(middle, to));
  };
  return root;
}

/** The subtree over leaves `from` to `to` - 1. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Proof that leaf `index` is in the tree of `size` leaves: RFC 6962 §2.1.1, from the leaf up.
 *
 * @throws {RangeError} If there is no such leaf.
 */
export function inclusionProof(
  index: number,
  size: number,
  subtree: SubtreeRoot,
): readonly Uint8Array[] {
  return inclusionSpans(index, size).map(({ from, to }) => subtree(from, to));
}

/**
 * The subtrees whose roots are the proof that leaf `index` is in the tree of `size` leaves.
 *
 * @throws {RangeError} If there is no such leaf.
 */
export function inclusionSpans(index: number, size: number): readonly Span[] {
  if (!isSize(index) || !isSize(size) || index >= size) {
    throw new RangeError(`Cannot prove leaf ${index}: the tree has ${size}`);
  }
  const spans: Span[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      spans.push({ from: middle, to });
      to = middle;
    } else {
      spans.push({ from, to: middle });
      from = middle;
    }
  }
  return spans.toReversed();
}

/**
 * Proof that the tree of `size` leaves begins with that of `before`: RFC 6962 §2.1.2.
 *
 * @throws {RangeError} Unless 0 < before ≤ size.
 */
export function consistencyProof(
  before: number,
  size: number,
  subtree: SubtreeRoot,
): readonly Uint8Array[] {
  return consistencySpans(before, size).map(({ from, to }) => subtree(from, to));
}

/**
 * The subtrees whose roots are the proof that the tree of `size` leaves begins with that of `before`.
 *
 * @throws {RangeError} Unless 0 < before ≤ size.
 */
export function consistencySpans(before: number, size: number): readonly Span[] {
  if (!isSize(before) || !isSize(size) || before < 1 || before > size) {
    throw new RangeError(`Cannot prove size ${before}: must be 1 to ${size}`);
  }
  const spans: Span[] = [];
  let from = 0;
  let to = size;
  // The old tree's own root is known to the verifier: it is left out while it is a subtree.
  while (before !== to) {
    const middle = from + splitOf(to - from);
    if (before <= middle) {
      spans.push({ from: middle, to });
      to = middle;
    } else {
      spans.push({ from, to: middle });
      from = middle;
    }
  }
  if (from > 0) spans.push({ from, to });
  return spans.toReversed();
}

/** What an inclusion proof claims. */
export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
}

/** Verifies as RFC 9162 §2.1.3.2 does. */
export function verifyInclusion(claim: Inclusion, proof: readonly Uint8Array[]): boolean {
  if (!isSize(claim.index) || !isSize(claim.size) || claim.index >= claim.size) return false;
  let fn = BigInt(claim.index);
  let sn = BigInt(claim.size - 1);
  let root = claim.leaf;
  for (const hash of proof) {
    if (sn === 0n || hash.length !== HASH_BYTES) return false;
    if (fn & 1n || fn === sn) {
      root = nodeHash(hash, root);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else root = nodeHash(root, hash);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && isSame(root, claim.root);
}

/** What a consistency proof claims. */
export interface Consistency {
  readonly before: number;
  readonly beforeRoot: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
}

/** Verifies as RFC 9162 §2.1.4.2 does; a tree without leaves is the start of every tree. */
export function verifyConsistency(claim: Consistency, proof: readonly Uint8Array[]): boolean {
  const { before, size } = claim;
  if (!isSize(before) || !isSize(size) || before > size) return false;
  if (before === 0) return proof.length === 0 && isSame(claim.beforeRoot, rootOf(EMPTY_RANGE));
  if (before === size) return proof.length === 0 && isSame(claim.beforeRoot, claim.root);
  const path = isPowerOf2(before) ? [claim.beforeRoot, ...proof] : proof;
  return path.length > 0 && path.every((hash) => hash.length === HASH_BYTES) &&
    climb(claim, path);
}

function climb(claim: Consistency, path: readonly Uint8Array[]): boolean {
  let fn = BigInt(claim.before - 1);
  let sn = BigInt(claim.size - 1);
  while (fn & 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let old = path[0]!;
  let root = path[0]!;
  for (const hash of path.slice(1)) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      old = nodeHash(hash, old);
      root = nodeHash(hash, root);
      while (!(fn & 1n) && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else root = nodeHash(root, hash);
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && isSame(old, claim.beforeRoot) && isSame(root, claim.root);
}

/** The largest power of two below `n`, for n of 2 or more. */
function splitOf(n: number): number {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
}

function isPowerOf2(n: number): boolean {
  return (BigInt(n) & (BigInt(n) - 1n)) === 0n;
}

function isSize(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
