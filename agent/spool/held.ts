/**
 * What the spool holds of each stream, in memory: epochs, and where each frame is on the disk.
 *
 * Eight bytes a frame, so that a full spool of small frames is still a small index.
 *
 * @module
 */
import type { Priority } from "../../sdk/table.ts";
import type { Chain } from "./reseal.ts";

/** One segment file, and how many frames in it are still needed. */
export interface SegmentFile {
  readonly number: number;
  readonly path: string;
  bytes: number;
  /** Frames that are not acknowledged. */
  unacked: number;
  /** It has a record of use: others go first, or what they lack would seem to be a loss. */
  isUseful: boolean;
}

/** Where one frame is: its payload is `length` bytes at `offset`. */
export interface Place {
  readonly segment: SegmentFile;
  readonly offset: number;
  readonly length: number;
}

/** Frames with consecutive seqs in one segment. */
interface Run {
  readonly segment: SegmentFile;
  readonly first: number;
  /** Offset and length of each frame. */
  places: Uint32Array;
  count: number;
}

export interface HeldEpochs {
  readonly epoch: number;
  readonly reason: string;
  /** First seq that is not acknowledged. */
  first: number;
  /** One past the last seq that was written. */
  next: number;
  /** One past the last seq that is durable. */
  durable: number;
  /** Hash of the last frame written; zeros without one. */
  tail: Uint8Array;
  durableTail: Uint8Array;
  /** Whether a state record tells of the epoch: until it does durably, nobody else may know of it. */
  told: "no" | "written" | "durable";
  runs: Run[];
}

export interface HeldSource {
  /** 8 bytes. */
  readonly id: Uint8Array;
  /** `id` in hex. */
  readonly key: string;
  /** Empty while only frames of it were found, and nobody has said whose they are. */
  name: string;
  plugin: string;
  priority: Priority;
  /** Oldest first, never empty; the last one is what new frames are sealed in. */
  epochs: HeldEpochs[];
  /** The highest epoch that a start has given up: it was told of, and is never used again. */
  givenUp?: number;
  /** Older epochs whose frames were sealed again, until the new ones are durable. */
  replaced?: readonly HeldEpochs[];
  /** The cursor that the stream began with in this process, until a frame brings a newer one. */
  cursor: Uint8Array | undefined;
  /** Frames were lost, maybe such as the hub has, and none was added since. */
  isCut?: boolean;
  /** The last frame of the last group: written, and durable. */
  cursorAt?: { readonly durable?: Place; readonly written?: Place } | undefined;
}

export const NO_HASH: Uint8Array = new Uint8Array(32);

export function emptyEpoch(epoch: number, reason: string): HeldEpochs {
  return {
    epoch,
    reason,
    first: 0,
    next: 0,
    durable: 0,
    tail: NO_HASH,
    durableTail: NO_HASH,
    told: "no",
    runs: [],
  };
}

/** Where the chain stands. */
export function chainOf({ epoch, next, tail }: HeldEpochs): Chain {
  return { epoch, seq: next, tail };
}

/** Notes that frame `held.next` is at `place`, with this hash. */
export function addFrame(held: HeldEpochs, place: Place, hash: Uint8Array): void {
  let run = held.runs.at(-1);
  if (run?.segment !== place.segment || run.first + run.count !== held.next) {
    run = { segment: place.segment, first: held.next, places: new Uint32Array(32), count: 0 };
    held.runs.push(run);
  }
  if (run.count * 2 === run.places.length) {
    const grown = new Uint32Array(run.places.length * 2);
    grown.set(run.places);
    run.places = grown;
  }
  run.places[run.count * 2] = place.offset;
  run.places[run.count * 2 + 1] = place.length;
  run.count++;
  if (held.next >= held.first) place.segment.unacked++;
  held.next++;
  held.tail = hash;
}

/** Where frame `seq` is; undefined if the spool does not have it. */
export function placeOf(held: HeldEpochs, seq: number): Place | undefined {
  const run = held.runs.findLast(({ first }) => first <= seq);
  if (run === undefined || seq >= run.first + run.count) return undefined;
  const i = (seq - run.first) * 2;
  return { segment: run.segment, offset: run.places[i]!, length: run.places[i + 1]! };
}

/** Where the frames from `seq` on are, of those that the spool has: it may have holes. */
export function placesFrom(held: HeldEpochs, seq: number): readonly Place[] {
  return held.runs.flatMap(({ segment, first, count, places }) => {
    const from = Math.max(first, seq);
    return Array.from({ length: Math.max(0, first + count - from) }, (_, n) => {
      const i = (from - first + n) * 2;
      return { segment, offset: places[i]!, length: places[i + 1]! };
    });
  });
}

/** Marks all frames below `next` acknowledged. */
export function ackBelow(held: HeldEpochs, next: number): void {
  const until = Math.min(next, held.next);
  for (const run of held.runs) {
    const from = Math.max(run.first, held.first);
    const to = Math.min(run.first + run.count, until);
    if (to > from) run.segment.unacked -= to - from;
  }
  held.first = Math.max(held.first, until);
}

/** From here on all frames are on the disk, also acknowledged ones; at most `first`. */
export function keptFrom({ runs, first, next }: HeldEpochs): number {
  let from = next;
  for (const run of runs.toReversed()) {
    if (run.first + run.count < from) break;
    from = Math.min(from, run.first);
  }
  return Math.min(from, first);
}

/** Acknowledged frames from `seq` on are needed again, those that are kept. */
export function needAgain(held: HeldEpochs, seq: number): void {
  const from = Math.max(seq, keptFrom(held));
  if (from >= held.first) return;
  for (const run of held.runs) {
    const first = Math.max(run.first, from);
    const end = Math.min(run.first + run.count, held.first);
    if (end > first) run.segment.unacked += end - first;
  }
  held.first = from;
}

/** Forgets what is not durable; the segments of these frames are no longer needed for them. */
export function revert(held: HeldEpochs): void {
  for (const run of held.runs) {
    const keep = Math.max(0, Math.min(run.count, held.durable - run.first));
    const from = Math.max(run.first + keep, held.first);
    run.segment.unacked -= Math.max(0, run.first + run.count - from);
    run.count = keep;
  }
  held.runs = held.runs.filter(({ count }) => count > 0);
  held.next = held.durable;
  held.tail = held.durableTail;
  held.first = Math.min(held.first, held.next);
}

/**
 * The source goes on behind the last frame of `held`, if that has any. Not while frames are sealed
 * again: the cursor stays behind those whose place they take, for a crash may leave only them.
 */
export function goOnBehind(source: HeldSource, held: HeldEpochs): void {
  const written = placeOf(held, held.next - 1);
  if (written === undefined) return;
  source.cursorAt = { ...source.cursorAt, written };
  source.isCut = false;
}

/** Forgets the places in a segment that is gone. */
export function forget(source: HeldSource, gone: ReadonlySet<SegmentFile>): void {
  for (const held of [...source.replaced ?? [], ...source.epochs]) {
    held.runs = held.runs.filter(({ segment }) => !gone.has(segment));
  }
}
