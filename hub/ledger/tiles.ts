/**
 * The tree's tiles (C2SP tlog-tiles): what proofs over a large ledger are made from.
 *
 * The ledger is the only truth. Each tile that is read is checked against the tile above it, up to
 * the roots that the ledger signs; one that does not fit is made again from the ledger. After a
 * crash, or in a folder of an older release, missing ones are filled in beside the rest of the hub.
 *
 * @module
 */
import {
  type CompactRange,
  EMPTY_RANGE,
  HASH_BYTES,
  leafHash,
  rootOf,
} from "../../sdk/proof/merkle.ts";
import {
  levelCount,
  TILE_WIDTH,
  type TileAt,
  tileConsistency,
  tileInclusion,
  tileRange,
  tileRoot,
} from "../../sdk/proof/tiles.ts";
import type { Files } from "../../sdk/runtime/files.ts";
import { encodeEntryHead } from "./entry.ts";
import type { LedgerEntry } from "./ledger.ts";
import { LedgerError } from "./ledger_error.ts";
import { type Edges, edgesOf, TileFiles, withoutDisk } from "./tile_files.ts";

/** Proofs about the durable entries of a ledger. */
export interface Tiles {
  /** Leaves that can be proved; less than what is durable while tiles are filled in. */
  readonly size: number;
  /**
   * The first hashes of a tile, checked against the ledger's root.
   *
   * @throws {LedgerError} `missing` if the tree has none such, `behind` while it is filled in.
   */
  tile(at: TileAt): Promise<Uint8Array>;
  /** Proof that entry `index` is in the tree of `size` entries. @throws as {@link Tiles.tile} */
  inclusion(index: number, size: number): Promise<readonly Uint8Array[]>;
  /** Proof that the tree of `size` begins with that of `before`. @throws as {@link Tiles.tile} */
  consistency(before: number, size: number): Promise<readonly Uint8Array[]>;
  /** The root of the tree of the first `size` entries. @throws as {@link Tiles.tile} */
  rootAt(size: number): Promise<Uint8Array>;
}

/** What the tiles are built from. */
export interface TileSource {
  readonly durable: () => number;
  /** The ledger's own tree of all that is durable. */
  readonly range: () => CompactRange;
  /** Durable entries from an index on; at least one. */
  readonly read: (from: number, maxBytes: number) => Promise<readonly LedgerEntry[]>;
  /** The tree at some place at or before `size` where filling in may begin. */
  readonly startBefore: (size: number) => Promise<CompactRange>;
  /** Told of a tile that was not what it must be and was made again. */
  readonly repaired?: ((tile: { readonly level: number; readonly n: number }) => void) | undefined;
  /** Told why filling in has stopped; it goes on after the next commit. */
  readonly stopped?: ((error: unknown) => void) | undefined;
}

/** Full tiles kept in memory: 4 MiB. */
const MOST_CACHED = 512;
const FILL_BYTES = 4 * 1024 * 1024;

/** Opens the tiles in `folder`; what is missing is filled in afterwards. */
export async function openTiles(
  files: Files,
  folder: string,
  source: TileSource,
): Promise<LedgerTiles> {
  const range = source.range();
  const own = new TileFiles(files, folder, edgesOf(range));
  let length = 0;
  withoutDisk(() => void (length = own.lengthFor(range.size)));
  if (length < range.size) own.restart(edgesOf(await source.startBefore(length)));
  return new LedgerTiles(own, source);
}

/** The tiles of one open ledger. */
export class LedgerTiles implements Tiles {
  readonly #files: TileFiles;
  readonly #source: TileSource;
  /** Full tiles that fit the tree, least recently used first. */
  readonly #cache = new Map<string, Uint8Array>();
  #filling: Promise<void> | undefined;
  #isClosed = false;
  /** The entries do not give the roots that were signed, not even all of them from the first. */
  #isBroken = false;

  /** Starts to fill in what is missing. Call `close` before the ledger's own files are closed. */
  constructor(files: TileFiles, source: TileSource) {
    this.#files = files;
    this.#source = source;
    this.#fillIfBehind();
  }

  get size(): number {
    return this.#files.edges.size;
  }

  /** Takes the hashes of entries that have become durable, the first of them at index `from`. */
  grow(from: number, leaves: readonly Uint8Array[]): void {
    // While something before them is missing, filling in gets to them.
    if (this.#files.edges.size === from) withoutDisk(() => this.#files.append(leaves));
    this.#fillIfBehind();
  }

  /** What was added is on the disk, or is filled in at the next start. */
  async sync(): Promise<void> {
    await this.#files.sync().catch(() => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#filling;
    this.#files.close();
  }

  async inclusion(index: number, size: number): Promise<readonly Uint8Array[]> {
    this.#mustReach(size);
    return await tileInclusion(index, size, (at) => this.tile(at));
  }

  async consistency(before: number, size: number): Promise<readonly Uint8Array[]> {
    this.#mustReach(size);
    return await tileConsistency(before, size, (at) => this.tile(at));
  }

  async rootAt(size: number): Promise<Uint8Array> {
    this.#mustReach(size);
    return await tileRoot(size, (at) => this.tile(at));
  }

  async tile(at: TileAt): Promise<Uint8Array> {
    const { level, n, width } = at;
    this.#mustHave(at);
    const cached = this.#cached(level, n) ?? await this.#checked(level, n);
    return cached.subarray(0, width * HASH_BYTES);
  }

  #mustReach(size: number): void {
    if (size <= this.size) return;
    if (this.#isBroken) throw notAsSigned("the tree");
    const isBehind = size <= this.#source.durable();
    // What has stopped it may be over, and agents that wait for a proof commit nothing.
    this.#fillIfBehind();
    throw new LedgerError(
      isBehind ? "behind" : "missing",
      `Cannot prove size ${size}: ` +
        (isBehind
          ? `tiles are filled in up to ${this.size} of ${this.#source.durable()}, try later`
          : `the ledger has ${this.#source.durable()} entries`),
    );
  }

  #mustHave({ level, n, width }: TileAt): void {
    const end = n * TILE_WIDTH + width;
    if (end <= levelCount(this.size, level)) return;
    if (this.#isBroken) throw notAsSigned("the tree");
    const isBehind = end <= levelCount(this.#source.durable(), level);
    throw new LedgerError(
      isBehind ? "behind" : "missing",
      `Cannot give tile ${n} of level ${level}: ` +
        (isBehind ? "tiles are being filled in, try later" : `it has no ${width} hashes yet`),
    );
  }

  #cached(level: number, n: number): Uint8Array | undefined {
    const key = `${level}/${n}`;
    const tile = this.#cache.get(key);
    if (tile === undefined) return undefined;
    this.#cache.delete(key);
    this.#cache.set(key, tile);
    return tile;
  }

  /** A tile that fits the one above it; made again from below if it does not. */
  async #checked(level: number, n: number): Promise<Uint8Array> {
    for (const from of [undefined, "tiles", "ledger"] as const) {
      if (from !== undefined) await this.#remake(level, n, from);
      // Asked anew each time: the tile may have become full meanwhile.
      const isFull = n < levelCount(this.size, level + 1);
      const hashes = this.#read(level, n, isFull ? await this.#rootAbove(level, n) : undefined);
      if (hashes === undefined) continue;
      if (from !== undefined) this.#source.repaired?.({ level, n });
      return hashes;
    }
    throw notAsSigned(`tile ${n} of level ${level}`);
  }

  /** What the level above says is the root of a full tile. */
  async #rootAbove(level: number, n: number): Promise<Uint8Array> {
    const width = n % TILE_WIDTH + 1;
    const tile = await this.tile({ level: level + 1, n: Math.floor(n / TILE_WIDTH), width });
    return tile.subarray((width - 1) * HASH_BYTES);
  }

  /** Reads a tile without waiting, so that it cannot grow in between; undefined if it is wrong. */
  #read(level: number, n: number, root: Uint8Array | undefined): Uint8Array | undefined {
    const width = Math.min(TILE_WIDTH, levelCount(this.size, level) - n * TILE_WIDTH);
    const hashes = this.#files.read(level, n, width);
    if (hashes.length !== width * HASH_BYTES) return undefined;
    const range = tileRange(hashes);
    if (width === TILE_WIDTH) {
      if (root === undefined || !isSame(range.roots[0]!, root)) return undefined;
      this.#keep(level, n, hashes);
      return hashes;
    }
    const { roots } = this.#files.edges.levels[level]!;
    return range.roots.every((hash, i) => isSame(hash, roots[i]!)) ? hashes : undefined;
  }

  #keep(level: number, n: number, hashes: Uint8Array): void {
    this.#cache.set(`${level}/${n}`, hashes);
    if (this.#cache.size > MOST_CACHED) this.#cache.delete(this.#cache.keys().next().value!);
  }

  /** Writes a tile again, from the tiles below as they are or all the way from the ledger. */
  async #remake(level: number, n: number, from: "tiles" | "ledger"): Promise<void> {
    const first = n * TILE_WIDTH;
    const end = Math.min(first + TILE_WIDTH, levelCount(this.size, level));
    if (level === 0) {
      this.#files.write(level, n, Buffer.concat(await this.#leaves(first, end)));
      return;
    }
    const hashes: Uint8Array[] = [];
    for (let child = first; child < end; child++) {
      if (from === "ledger") await this.#remake(level - 1, child, from);
      const below = this.#files.read(level - 1, child, TILE_WIDTH);
      hashes.push(rootOf(tileRange(below)));
    }
    this.#files.write(level, n, Buffer.concat(hashes));
  }

  async #leaves(from: number, to: number): Promise<Uint8Array[]> {
    const leaves: Uint8Array[] = [];
    while (from + leaves.length < to) {
      const entries = await this.#source.read(from + leaves.length, FILL_BYTES);
      leaves.push(...entries.slice(0, to - from - leaves.length).map(leafOf));
    }
    return leaves;
  }

  #fillIfBehind(): void {
    if (this.#filling !== undefined || this.#isClosed || this.#isBroken) return;
    if (this.size >= this.#source.durable()) return;
    this.#filling = this.#fill().finally(() => this.#filling = undefined);
  }

  async #fill(): Promise<void> {
    const { durable, read, range, stopped } = this.#source;
    let start = this.size;
    try {
      while (this.size < durable() && !this.#isClosed) {
        const entries = await read(this.size, FILL_BYTES);
        if (entries[0]?.index === this.size) this.#files.append(entries.map(leafOf));
        if (this.size < durable() || isSameEdges(this.#files.edges, edgesOf(range()))) continue;
        // Where the filling began, a segment does not say the truth about the ones before it.
        if (start === 0) return this.#break();
        start = 0;
        this.#files.restart(edgesOf(EMPTY_RANGE));
      }
    } catch (error) {
      // A disk that is full or fails, or a damaged segment: what is there stays.
      stopped?.(error);
    }
  }

  #break(): void {
    this.#isBroken = true;
    this.#source.stopped?.(notAsSigned("the tree"));
  }
}

function notAsSigned(what: string): LedgerError {
  return new LedgerError(
    "damaged",
    `Cannot trust ledger: its entries do not give ${what} as it was signed: ` +
      "restore its files from a copy",
  );
}

function isSameEdges(a: Edges, b: Edges): boolean {
  return a.levels.every(({ roots }, level) => {
    const others = b.levels[level]!.roots;
    return roots.length === others.length && roots.every((root, i) => isSame(root, others[i]!));
  });
}

/** The hash of an entry's leaf. */
export function leafOf(entry: LedgerEntry): Uint8Array {
  return entry.deleted?.leaf ?? leafHash(encodeEntryHead(entry), entry.payload);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
