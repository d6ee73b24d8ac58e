/**
 * Tiles: a log's tree cut into runs of 256 hashes (C2SP tlog-tiles), and proofs made from them.
 *
 * The n-th tile of level l has the roots of the subtrees of 256^l leaves from n * 256 on. A proof
 * over millions of leaves needs a handful of them.
 *
 * @module
 */
import {
  appendLeaf,
  type CompactRange,
  consistencySpans,
  EMPTY_RANGE,
  HASH_BYTES,
  inclusionSpans,
  nodeHash,
  rootOf,
  type Span,
} from "./merkle.ts";

/** Hashes of a full tile. */
export const TILE_WIDTH = 256;
/** Bytes of a full tile. */
export const TILE_BYTES = TILE_WIDTH * HASH_BYTES;
/** Enough for any number of leaves that a number can tell. */
export const TILE_LEVELS = 7;

/** A tile's place, and how many hashes of it are wanted: 1 to 256. */
export interface TileAt {
  readonly level: number;
  readonly n: number;
  readonly width: number;
}

/** Gives `width` hashes of a tile, 32 bytes each. */
export type ReadTile = (at: TileAt) => Promise<Uint8Array> | Uint8Array;

/** How many hashes level `level` has in a tree of `size` leaves. */
export function levelCount(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/**
 * The path of a tile after `/tile/`, such as `0/x001/x234/067` or `1/000.p/17`.
 *
 * @throws {RangeError} If there is no such tile.
 */
export function tilePath({ level, n, width }: TileAt): string {
  if (!isTileAt({ level, n, width })) {
    throw new RangeError(`Cannot name tile ${level}/${n} of ${width}: there is none`);
  }
  let path = pathElement(n % 1000);
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${pathElement(rest % 1000)}/${path}`;
  }
  return `${level}/${path}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

/** The tile that a path names in the one spelling that counts; undefined for any other text. */
export function parseTilePath(path: string): TileAt | undefined {
  const match = /^(\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match === null) return undefined;
  const [, level, digits, width] = match;
  const n = Number(digits!.replaceAll(/[x/]/g, ""));
  const at = { level: Number(level), n, width: width === undefined ? TILE_WIDTH : Number(width) };
  return isTileAt(at) && tilePath(at) === path ? at : undefined;
}

/** The roots of the perfect subtrees under the hashes of a tile; one root if it is full. */
export function tileRange(hashes: Uint8Array): CompactRange {
  let range = EMPTY_RANGE;
  for (let at = 0; at < hashes.length; at += HASH_BYTES) {
    range = appendLeaf(range, new Uint8Array(hashes.subarray(at, at + HASH_BYTES)));
  }
  return range;
}

/**
 * Proof that leaf `index` is in the tree of `size` leaves.
 *
 * @throws {RangeError} If there is no such leaf.
 */
export function tileInclusion(
  index: number,
  size: number,
  read: ReadTile,
): Promise<readonly Uint8Array[]> {
  return rootsOf(inclusionSpans(index, size), read);
}

/**
 * Proof that the tree of `size` leaves begins with that of `before`.
 *
 * @throws {RangeError} Unless 0 < before ≤ size.
 */
export function tileConsistency(
  before: number,
  size: number,
  read: ReadTile,
): Promise<readonly Uint8Array[]> {
  return rootsOf(consistencySpans(before, size), read);
}

/** The root of the tree of the first `size` leaves. */
export async function tileRoot(size: number, read: ReadTile): Promise<Uint8Array> {
  return size === 0 ? rootOf(EMPTY_RANGE) : await spanRoot({ from: 0, to: size }, read);
}

function rootsOf(spans: readonly Span[], read: ReadTile): Promise<Uint8Array[]> {
  return Promise.all(spans.map((span) => spanRoot(span, read)));
}

/** A proof's subtrees are perfect, or end where the tree does. */
async function spanRoot(span: Span, read: ReadTile): Promise<Uint8Array> {
  const perfect: Promise<Uint8Array>[] = [];
  for (let { from } = span; from < span.to;) {
    let size = 1;
    while (from + size * 2 <= span.to && from % (size * 2) === 0) size *= 2;
    perfect.push(perfectRoot(from, size, read));
    from += size;
  }
  return (await Promise.all(perfect)).reduceRight((right, left) => nodeHash(left, right));
}

/** The root over `size` leaves, a power of two, from a multiple of it on: all in one tile. */
async function perfectRoot(from: number, size: number, read: ReadTile): Promise<Uint8Array> {
  let level = 0;
  let count = size;
  while (count >= TILE_WIDTH) {
    count /= TILE_WIDTH;
    level++;
  }
  const first = from / TILE_WIDTH ** level;
  const inTile = first % TILE_WIDTH;
  const width = inTile + count;
  const hashes = await read({ level, n: (first - inTile) / TILE_WIDTH, width });
  if (hashes.length !== width * HASH_BYTES) {
    throw new RangeError(`Cannot use tile: it has ${hashes.length} bytes for ${width} hashes`);
  }
  return rootOf(tileRange(hashes.subarray(inTile * HASH_BYTES)));
}

function isTileAt({ level, n, width }: TileAt): boolean {
  return Number.isInteger(level) && level >= 0 && level <= 63 && Number.isSafeInteger(n) &&
    n >= 0 && Number.isInteger(width) && width >= 1 && width <= TILE_WIDTH;
}

function pathElement(n: number): string {
  return String(n).padStart(3, "0");
}
