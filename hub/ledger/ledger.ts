/**
 * Stage 3 of 7: the append-only log of all that the hub accepts, and its Merkle tree.
 *
 * It is the bus: stages 4 to 7 follow it by saved offsets. Nothing is acknowledged before `commit`
 * has made it durable and signed a checkpoint over it.
 *
 * @module
 */
import { join } from "node:path";
import { type Checkpoint, originOf, signCheckpoint } from "../../sdk/proof/checkpoint.ts";
import {
  appendLeaf,
  type CompactRange,
  EMPTY_RANGE,
  leafHash,
  rootOf,
} from "../../sdk/proof/merkle.ts";
import type { Keys, Sign } from "../../sdk/proof/sign.ts";
import { type Files, FilesError } from "../../sdk/runtime/files.ts";
import { groupCommit } from "../../sdk/wire/group_commit.ts";
import { continueSegment, type SegmentWriter } from "../../sdk/wire/segment_writer.ts";
import { type Deleted, draftWithout, type FrameDeletion, removeIfThere } from "./delete_frames.ts";
import type { DeletedFrame } from "./deleted_frame.ts";
import { encodeEntryHead, type Entry, type EntryKind, HUB_KEY_HASH } from "./entry.ts";
import { LedgerError } from "./ledger_error.ts";
import { encodeMark, type TreeRecord } from "./mark.ts";
import { recover, type Recovered } from "./recover.ts";
import { beginSegment, startBefore, wholeSegment } from "./segment_chain.ts";
import { damaged, hint, readSegment, type Segment, segmentPath } from "./segments.ts";
import { openTail } from "./tail.ts";
import { type LedgerTiles, openTiles, type Tiles, type TileSource } from "./tiles.ts";

export type { EntryKind } from "./entry.ts";

/** An entry and its place. */
export interface LedgerEntry extends Entry {
  readonly index: number;
  /** Of a frame whose bytes were deleted: its payload is the header alone. */
  readonly deleted?: DeletedFrame;
}

export interface Ledger extends AsyncDisposable {
  /** 8 bytes. */
  readonly logId: Uint8Array;
  /** Entries appended. */
  readonly size: number;
  /** Entries durable: the only ones that anybody may see. */
  readonly durable: number;
  /** Signed; covers `durable`. */
  readonly checkpoint: Checkpoint;
  /** Bytes of a torn tail that the start cut; none of them was ever acknowledged. */
  readonly cutBytes: number;
  /** Proofs about what is durable. */
  readonly tiles: Tiles;
  /**
   * Appends and gives the index; durable after the next `commit`. The ledger keeps `payload`: do
   * not change its bytes.
   *
   * @throws {LedgerError} `full`: nothing was appended, try later. `failed`: stop the process.
   */
  append(kind: EntryKind, keyHash: Uint8Array, payload: Uint8Array): number;
  /** Appends a tick if the last entry is a second old: detectors have no other clock. */
  tick(): boolean;
  /**
   * All appended before the call is durable when it resolves; many callers share one sync.
   *
   * @throws {LedgerError} `failed`: stop the process, the next start recovers.
   */
  commit(): Promise<Checkpoint>;
  /**
   * Durable entries from `from` on: at most `maxBytes` of payload (default 1 MiB) but at least
   * one; none at the end.
   *
   * @throws {LedgerError} `damaged`: stop the process.
   */
  read(
    from: number,
    options?: { readonly maxBytes?: number },
  ): Promise<readonly LedgerEntry[]>;
  /** The segment that has `index` and to which nothing is added: its frames can be deleted. */
  closedSegment(index: number): { readonly first: number; readonly next: number } | undefined;
  /** The next commit closes the segment that is written to, however small it is. */
  closeSegment(): void;
  /**
   * Deletes the bytes of frames of one segment; undefined where `mayDelete` said no. What was
   * deleted already stays so: it may be asked for again after a crash.
   *
   * @throws {LedgerError} `damaged`: the segment is not what it was. Nothing is deleted then.
   * @throws {FilesError} `full` where there is no room for the new file: try later.
   * @throws {RangeError} If an index is none of a frame in a closed segment.
   */
  deleteFrames(deletion: FrameDeletion): Promise<Deleted | undefined>;
  /** Resolves when `durable` is above `from`; rejects with the signal's reason. */
  changed(from: number, signal: AbortSignal): Promise<void>;
}

export interface LedgerOptions {
  readonly folder: string;
  readonly files: Files;
  /** Signs the checkpoints. */
  readonly keys: Pick<Keys, "publicKey">;
  readonly sign: Sign;
  /** Wall clock, 100 ns ticks since the Unix epoch. It may jump: entries never go back in time. */
  readonly now: () => bigint;
  /** 8 random bytes: the id of the log, should there be none yet. */
  readonly newLogId: () => Uint8Array;
  /** Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Newest entries kept in memory; default 32 MiB. */
  readonly tailBytes?: number;
  /** Told of a tile of the tree that was damaged and was made again. */
  readonly tileRepaired?: TileSource["repaired"];
  /** Told why missing tiles cannot be filled in now. */
  readonly tilesStopped?: TileSource["stopped"];
}

const TICKS_PER_SECOND = 10_000_000n;
const NOTHING = new Uint8Array(0);

/**
 * Opens the ledger in a folder, or begins one.
 *
 * @throws {LedgerError} `damaged` when what was durable has changed, `foreign` when another process
 *   has it.
 */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { files, folder } = options;
  files.makeFolder(folder);
  const release = lock(files, folder);
  try {
    const recovered = await recover(files, folder);
    return recovered === undefined
      ? await begin(options, release)
      : await goOn(options, recovered, release);
  } catch (error) {
    release();
    throw error;
  }
}

function lock(files: Files, folder: string): () => void {
  try {
    return files.lock(join(folder, "lock"));
  } catch (error) {
    if (!(error instanceof FilesError) || error.code !== "in-use") throw error;
    throw new LedgerError("foreign", `Cannot open ledger: ${error.message}`, error);
  }
}

async function begin(options: LedgerOptions, release: () => void): Promise<Ledger> {
  const { files, folder } = options;
  const logId = options.newLogId();
  const tree: TreeRecord = { range: EMPTY_RANGE, hubTime: 0n };
  const { writer, segment } = beginSegment(options, logId, tree);
  await writer.sync();
  await files.syncFolder(folder);
  return run(options, { logId, tree, segments: [segment], writer, cutBytes: 0, release });
}

function goOn(
  options: LedgerOptions,
  recovered: Recovered,
  release: () => void,
): Promise<Ledger> {
  const { files, folder } = options;
  const { range, hubTime, last, logId, cutBytes } = recovered;
  const segments = recovered.firsts.map((first) => wholeSegment(folder, first));
  const writer = continueSegment(files, segmentPath(folder, last.first), last.end);
  return run(options, { logId, tree: { range, hubTime }, segments, writer, cutBytes, release });
}

function isFull(error: unknown): boolean {
  return error instanceof FilesError && error.code === "full";
}

interface Opened {
  readonly logId: Uint8Array;
  readonly tree: TreeRecord;
  readonly segments: Segment[];
  readonly writer: SegmentWriter;
  readonly cutBytes: number;
  readonly release: () => void;
}

// oxlint-disable-next-line max-lines-per-function -- the ledger's state is shared by these closures
async function run(options: LedgerOptions, opened: Opened): Promise<Ledger> {
  const { files, folder, keys, sign } = options;
  const { logId, segments } = opened;
  const segmentBytes = options.segmentBytes ?? 64 * 1024 * 1024;
  const origin = originOf(logId);
  let { range, hubTime } = opened.tree;
  let writer = opened.writer;
  /** The segment before it, until that is durable. */
  let turned: SegmentWriter | undefined;
  let durable = range.size;
  let durableRange = range;
  /** The segment is closed before it is full. */
  let mustTurn = false;
  /** Leaves that are not durable yet. */
  let fresh: Uint8Array[] = [];
  let failure: LedgerError | undefined;
  const tail = openTail(options.tailBytes ?? 32 * 1024 * 1024, range.size);
  const waiting = new Set<() => void>();
  const signHead = (): Checkpoint =>
    signCheckpoint({ origin, size: range.size, root: rootOf(range) }, keys.publicKey, sign);
  let checkpoint = signHead();

  const failed = (error: unknown): LedgerError => {
    failure ??= new LedgerError(
      "failed",
      "Cannot go on with ledger: a write or sync failed, the next start recovers",
      error,
    );
    // Never to be read again: the system may show bytes that are not on the disk.
    turned?.abandon();
    writer.abandon();
    return failure;
  };
  const write = (head: Uint8Array, payload: Uint8Array): number => {
    if (failure !== undefined) throw failure;
    try {
      return writer.append([[head, payload]]);
    } catch (error) {
      if (!isFull(error)) throw error instanceof FilesError ? failed(error) : error;
      throw new LedgerError("full", "Cannot append to ledger: the disk is full", error);
    }
  };
  const append = (kind: EntryKind, keyHash: Uint8Array, payload: Uint8Array): number => {
    const now = options.now();
    const time = now > hubTime ? now : hubTime;
    const head = encodeEntryHead({ hubTime: time, kind, keyHash });
    const offset = write(head, payload);
    const index = range.size;
    hint(segments.at(-1)!, index, offset);
    const leaf = leafHash(head, payload);
    range = appendLeaf(range, leaf);
    fresh.push(leaf);
    hubTime = time;
    tail.push({ index, hubTime, kind, keyHash, payload });
    return index;
  };
  /** Entries from here on go to a new file, should the old one be full. Gives the old one. */
  const turnSegment = (): SegmentWriter | undefined => {
    const isDue = mustTurn || writer.bytes >= segmentBytes;
    if (!isDue || range.size === segments.at(-1)!.first) return undefined;
    try {
      mustTurn = false;
      const old = writer;
      const begun = beginSegment(options, logId, { range, hubTime });
      segments.push(begun.segment);
      writer = begun.writer;
      return old;
    } catch (error) {
      // No room for a new file: the old one grows on.
      if (!isFull(error)) throw error;
      return undefined;
    }
  };
  const syncAll = async (): Promise<void> => {
    if (failure !== undefined) throw failure;
    try {
      const old = turned = turnSegment();
      const head = signHead();
      const covered = range;
      if (old !== undefined) {
        await old.sync();
        await files.syncFolder(folder);
        old.close();
        turned = undefined;
        await tiles.sync();
      }
      await writer.sync();
      settle(head, covered);
    } catch (error) {
      throw error instanceof LedgerError ? error : failed(error);
    }
  };
  const settle = (head: Checkpoint, covered: CompactRange): void => {
    const before = durable;
    checkpoint = head;
    durable = head.size;
    durableRange = covered;
    const leaves = fresh.slice(0, durable - before);
    fresh = fresh.slice(leaves.length);
    tiles.grow(before, leaves);
    for (const wake of waiting) wake();
    try {
      // Not synced itself: it goes to the disk with the next entries, or when the system likes.
      writer.append([[encodeMark(durable)]]);
    } catch (error) {
      // What the mark tells of is durable all the same; without room there is no mark.
      if (!isFull(error)) throw error;
    }
  };
  const commit = groupCommit(syncAll);
  const read: Ledger["read"] = async (from, { maxBytes = 1024 * 1024 } = {}) => {
    if (from >= durable) return [];
    if (from >= tail.first) return tail.read(from, durable, maxBytes);
    const at = segments.findLastIndex(({ first }) => first <= from);
    const segment = segments[at]!;
    const until = Math.min(durable, segments[at + 1]?.first ?? durable);
    const found = await readSegment(files, segment, { from, until, maxBytes });
    if (found.length > 0) return found;
    throw damaged(segment.path, { offset: 0, why: "cut" }, from);
  };
  const closedSegment: Ledger["closedSegment"] = (index) => {
    const at = segments.findLastIndex(({ first }) => first <= index);
    const next = segments[at + 1]?.first;
    // The one before the last may still be waiting for its sync.
    const isOpen = next === undefined || turned !== undefined && at === segments.length - 2;
    return isOpen ? undefined : { first: segments[at]!.first, next };
  };
  const deleteFrames: Ledger["deleteFrames"] = async (deletion) => {
    const [least = -1] = deletion.frames.keys();
    const segment = closedSegment(least);
    if (segment === undefined) {
      throw new RangeError(`Cannot delete frame ${least}: its segment is not closed`);
    }
    const { first, next } = segment;
    const draft = await draftWithout({ files, folder, first, next }, deletion);
    if (!deletion.mayDelete()) {
      removeIfThere(files, draft.path);
      return undefined;
    }
    // Offsets of the old file and its entries in memory go first, as a renaming that fails may have
    // happened; in the same turn, so that no read sees both.
    segments[segments.findIndex((one) => one.first === first)] = wholeSegment(folder, first);
    tail.forget(next);
    files.rename(draft.path, segmentPath(folder, first));
    await files.syncFolder(folder);
    return { frames: draft.frames, bytes: draft.bytes };
  };
  const tiles: LedgerTiles = await openTiles(files, join(folder, "tiles"), {
    durable: () => durable,
    range: () => durableRange,
    read: (from, maxBytes) => read(from, { maxBytes }),
    startBefore: (size) => startBefore(options, segments, size),
    repaired: options.tileRepaired,
    stopped: options.tilesStopped,
  });

  return {
    tiles,
    logId,
    cutBytes: opened.cutBytes,
    get size() {
      return range.size;
    },
    get durable() {
      return durable;
    },
    get checkpoint() {
      return checkpoint;
    },
    append,
    closedSegment,
    closeSegment() {
      mustTurn = true;
    },
    deleteFrames,
    tick() {
      if (options.now() - hubTime < TICKS_PER_SECOND) return false;
      append("tick", HUB_KEY_HASH, NOTHING);
      return true;
    },
    async commit() {
      if (range.size > durable || failure !== undefined) await commit();
      return checkpoint;
    },
    read,
    changed(from, signal) {
      return new Promise((resolve, reject) => {
        const done = (): void => {
          if (durable <= from) return;
          waiting.delete(done);
          signal.removeEventListener("abort", aborted);
          resolve();
        };
        const aborted = (): void => {
          waiting.delete(done);
          reject(signal.reason);
        };
        if (signal.aborted) return aborted();
        waiting.add(done);
        signal.addEventListener("abort", aborted);
        done();
      });
    },
    async [Symbol.asyncDispose]() {
      try {
        if (failure === undefined && range.size > durable) await commit();
      } finally {
        await tiles.close();
        writer.close();
        opened.release();
      }
    },
  };
}
