/**
 * The files that hold the tree's tiles (C2SP tlog-tiles): one a level, `tiles/level0` and so on.
 *
 * A file is the hashes of its level one after the other: tile n starts at n * 8192, and a partial
 * tile is the end of the file. They are no truth: what is missing or does not fit the tree is made
 * again from the ledger. So they are synced now and then only, and after a crash may have less than
 * the ledger, or bytes that nobody wrote.
 *
 * @module
 */
import { join } from "node:path";
import { appendLeaf, type CompactRange, EMPTY_RANGE, HASH_BYTES } from "../../sdk/proof/merkle.ts";
import { levelCount, TILE_BYTES, TILE_LEVELS, TILE_WIDTH } from "../../sdk/proof/tiles.ts";
import { type Files, FilesError, type OpenFile, writeAll } from "../../sdk/runtime/files.ts";

/** How far the tiles are: the right edge of each level, its last and partial tile. */
export interface Edges {
  /** Leaves. */
  readonly size: number;
  readonly levels: readonly CompactRange[];
}

/** The edges of a tree: the roots of its perfect subtrees, sorted by the tiles that hold them. */
export function edgesOf(range: CompactRange): Edges {
  const roots = [...range.roots];
  const levels: CompactRange[] = [];
  for (let level = 0; level < TILE_LEVELS; level++) {
    const size = levelCount(range.size, level) % TILE_WIDTH;
    let bits = 0;
    for (let rest = size; rest > 0; rest >>= 1) bits += rest & 1;
    levels.push({ size, roots: roots.splice(roots.length - bits) });
  }
  return { size: range.size, levels };
}

/** Hashes that are new in each level. */
type Fresh = readonly Uint8Array[][];

/** `edges` after `leaves`, and what each level gets by them. */
function grown(
  edges: Edges,
  leaves: readonly Uint8Array[],
): { readonly edges: Edges; readonly fresh: Fresh } {
  const levels = [...edges.levels];
  const fresh: Uint8Array[][] = levels.map(() => []);
  for (const leaf of leaves) {
    let hash = leaf;
    for (let level = 0; level < TILE_LEVELS; level++) {
      fresh[level]!.push(hash);
      const range = appendLeaf(levels[level]!, hash);
      levels[level] = range;
      if (range.size < TILE_WIDTH) break;
      hash = range.roots[0]!;
      levels[level] = EMPTY_RANGE;
    }
  }
  return { edges: { size: edges.size + leaves.length, levels }, fresh };
}

/** The level files. Methods throw {@link FilesError}; nothing has moved then. */
export class TileFiles {
  readonly #files: Files;
  readonly #folder: string;
  readonly #open = new Map<number, OpenFile>();
  #edges: Edges;

  constructor(files: Files, folder: string, edges: Edges) {
    this.#files = files;
    this.#folder = folder;
    this.#edges = edges;
  }

  get edges(): Edges {
    return this.#edges;
  }

  /** Goes on from `edges`: what the files have behind it is written over. */
  restart(edges: Edges): void {
    this.#edges = edges;
  }

  /** Adds leaves. If we die in the middle, the next start sees that a level is too short. */
  append(leaves: readonly Uint8Array[]): void {
    const { edges, fresh } = grown(this.#edges, leaves);
    for (const [level, hashes] of fresh.entries()) {
      if (hashes.length === 0) break;
      const at = levelCount(this.#edges.size, level) * HASH_BYTES;
      writeAll(this.#file(level), Buffer.concat(hashes), at);
    }
    this.#edges = edges;
  }

  /** The first `width` hashes of a tile as the file has them; fewer where it is too short. */
  read(level: number, n: number, width: number): Uint8Array {
    const bytes = new Uint8Array(width * HASH_BYTES);
    let done = 0;
    while (done < bytes.length) {
      const got = this.#file(level).readNow(bytes.subarray(done), n * TILE_BYTES + done);
      if (got === 0) break;
      done += got;
    }
    return bytes.subarray(0, done);
  }

  /** Puts right what a tile has. */
  write(level: number, n: number, hashes: Uint8Array): void {
    writeAll(this.#file(level), hashes, n * TILE_BYTES);
  }

  /** How many leaves the files are long enough for, at most `size`. */
  lengthFor(size: number): number {
    let leaves = size;
    for (let level = 0; levelCount(size, level) > 0; level++) {
      const count = Math.floor(this.#file(level).size() / HASH_BYTES);
      if (count < levelCount(size, level)) leaves = Math.min(leaves, count * TILE_WIDTH ** level);
    }
    return leaves;
  }

  async sync(): Promise<void> {
    for (const file of this.#open.values()) await file.sync();
    await this.#files.syncFolder(this.#folder);
  }

  close(): void {
    for (const file of this.#open.values()) file.close();
    this.#open.clear();
  }

  #file(level: number): OpenFile {
    const open = this.#open.get(level);
    if (open !== undefined) return open;
    this.#files.makeFolder(this.#folder);
    const file = this.#files.open(join(this.#folder, `level${level}`), "write");
    this.#open.set(level, file);
    return file;
  }
}

/** Runs `work`; gives the error of a disk that is full or broken, as the ledger goes on without. */
export function withoutDisk(work: () => void): FilesError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof FilesError) return error;
    throw error;
  }
}
