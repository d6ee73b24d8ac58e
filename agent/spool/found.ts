/**
 * What recovery has found of one stream so far: frames, holes, and what state records said.
 *
 * @module
 */
import type { FrameHeader } from "../../sdk/wire/header.ts";
import {
  addFrame,
  emptyEpoch,
  type HeldEpochs,
  type HeldSource,
  type Place,
  placeOf,
  placesFrom,
  revert,
} from "./held.ts";
import type { StreamState } from "./records.ts";

/** Seqs `from` to `to` - 1 that should be there and are not. */
interface Hole {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

/** The sealed cursor as a state record gave it, at a position of the stream. */
interface CursorAt {
  readonly epoch: number;
  readonly next: number;
  readonly cursor: Uint8Array | undefined;
}

export interface Found {
  readonly source: HeldSource;
  /** Epochs with frames that no state record has told of: a renewal that was not finished. */
  unannounced: HeldEpochs[];
  /** A state record has told of this stream. */
  isKnown: boolean;
  holes: Hole[];
  cursors: CursorAt[];
}

/** More positions than these are not remembered: they only matter after a loss. */
const MOST_CURSORS = 64;

export function newFound(id: Uint8Array, key: string): Found {
  const source: HeldSource = {
    id: new Uint8Array(id),
    key,
    name: "",
    plugin: "",
    priority: "normal",
    epochs: [],
    cursor: undefined,
  };
  return { source, unannounced: [], isKnown: false, holes: [], cursors: [] };
}

/** A frame whose whole group is there. */
export interface FoundFrame {
  readonly header: Pick<FrameHeader, "epoch" | "seq" | "previous">;
  readonly hash: Uint8Array;
  readonly place: Place;
}

/**
 * Takes the next frame. `isBegun`: an epoch that no record has told of yet began, with seq 0, in
 * what is on the disk; else its beginning may have been removed.
 */
export function foundFrame(
  found: Found,
  { header, hash, place }: FoundFrame,
  isBegun: boolean,
): void {
  const { epoch, seq, previous } = header;
  const held = epochOf(found, { epoch, seq, isBegun });
  if (held === undefined || seq < held.next) return;
  // A frame that does not continue the one before it: as good as missing.
  const isBroken = seq === held.next && seq > 0 && held.runs.length > 0 &&
    Buffer.compare(previous, held.tail) !== 0;
  if (seq > held.next || isBroken) {
    found.holes.push({ epoch, from: held.next, to: Math.max(seq, held.next + 1) });
  }
  held.next = seq;
  addFrame(held, place, hash);
}

/** The epoch a frame belongs to; undefined for one that is closed. */
function epochOf(
  found: Found,
  { epoch, seq, isBegun }: {
    readonly epoch: number;
    readonly seq: number;
    readonly isBegun: boolean;
  },
): HeldEpochs | undefined {
  const { source } = found;
  const announced = source.epochs.find((held) => held.epoch === epoch);
  if (announced !== undefined) return announced;
  // A renewal that begins once more: what it wrote before it was cut short is void.
  if (seq === 0) {
    found.unannounced = found.unannounced.filter((held) => held.epoch !== epoch);
    found.holes = found.holes.filter((hole) => hole.epoch !== epoch);
  }
  const known = found.unannounced.find((held) => held.epoch === epoch);
  if (known !== undefined) return known;
  const last = source.epochs.at(-1);
  if (last !== undefined && last.epoch > epoch) return undefined;
  const from = isBegun ? 0 : seq;
  const opened = { ...emptyEpoch(epoch, "found"), first: from, next: from };
  found.unannounced.push(opened);
  return opened;
}

/**
 * A state record outranks the frames before it: it was written by who had written them.
 * `isAllThere`: what was written before it is on the disk, or was acknowledged. A crash may keep the
 * record and lose the end of the segment before it, with frames that it tells of.
 */
export function foundState(found: Found, state: StreamState, isAllThere: boolean): void {
  const { source } = found;
  source.name = state.name;
  source.plugin = state.plugin;
  source.priority = state.priority;
  found.isKnown = true;
  forgetCursors(found, state);
  const before = [...source.epochs, ...found.unannounced];
  found.unannounced = found.unannounced.filter(({ epoch }) =>
    state.epochs.every((told) => told.epoch !== epoch)
  );
  source.epochs = state.epochs.map((told) => {
    const held = before.find(({ epoch }) => epoch === told.epoch);
    if (held === undefined) {
      const { epoch, reason, next, tail } = told;
      // Frames before the oldest segment are gone because they were acknowledged.
      const first = isAllThere ? next : told.first;
      if (first < next) found.holes.push({ epoch, from: first, to: next });
      return { ...emptyEpoch(epoch, reason), first, next, tail };
    }
    held.first = Math.max(held.first, told.first);
    if (held.next < told.next) {
      found.holes.push({ epoch: told.epoch, from: held.next, to: told.next });
    } else if (held.next > told.next) cutAt(held, told.next);
    return { ...held, reason: told.reason, next: told.next, tail: told.tail };
  });
  // Also of an epoch that only a later record tells of: what a renewal wrote may begin before this.
  const known = [...source.epochs, ...found.unannounced];
  found.holes = found.holes.flatMap((hole) => {
    const next = known.find(({ epoch }) => epoch === hole.epoch)?.next ?? 0;
    return hole.from < next ? [{ ...hole, to: Math.min(hole.to, next) }] : [];
  });
  const last = state.epochs.at(-1);
  if (last === undefined) return;
  found.cursors.push({ epoch: last.epoch, next: last.next, cursor: state.cursor });
  if (found.cursors.length > MOST_CURSORS) found.cursors.splice(1, 1);
}

/**
 * Where a record tells of a renewal, what was not acknowledged before it was sealed again: a cursor
 * behind that would skip it, were the beginning of the new epoch lost.
 */
function forgetCursors(found: Found, { epochs: told }: StreamState): void {
  const { epochs } = found.source;
  const isRenewal = told.some(({ epoch, next }) =>
    next > 0 && epochs.every((held) => held.epoch !== epoch)
  );
  const again = epochs.find(({ epoch, first, next }) =>
    first < next && told.every((later) => later.epoch !== epoch)
  );
  if (!isRenewal || again === undefined) return;
  found.cursors = found.cursors.filter(({ epoch, next }) =>
    epoch < again.epoch || (epoch === again.epoch && next <= again.first)
  );
}

function cutAt(held: HeldEpochs, next: number): void {
  held.durable = next;
  revert(held);
}

/** At the end of the walk: a stream that no state record knows is all that its frames say. */
export function promote(found: Found): void {
  if (!found.isKnown) found.source.epochs = found.unannounced;
  found.unannounced = [];
}

/** What of a stream is lost: everything from here on. */
export interface Loss {
  readonly epoch: number;
  readonly from: number;
}

/**
 * The first thing that is missing and was not acknowledged. Frames behind it are of no use: they
 * do not continue the chain, and their source reads them again.
 */
export function lossOf(found: Found): Loss | undefined {
  for (const { epoch, first } of found.source.epochs) {
    const holes = found.holes.filter((hole) => hole.epoch === epoch && hole.to > first);
    if (holes.length === 0) continue;
    return { epoch, from: Math.max(first, Math.min(...holes.map(({ from }) => from))) };
  }
  return undefined;
}

/** Places of the frames that a loss makes useless. */
export function placesBehind(found: Found, loss: Loss): readonly Place[] {
  return found.source.epochs.flatMap((held) => {
    if (held.epoch < loss.epoch) return [];
    return placesFrom(held, held.epoch === loss.epoch ? loss.from : held.first);
  });
}

/** Drops everything from the loss on. */
export function cutLoss(found: Found, loss: Loss): void {
  const { source } = found;
  source.givenUp = Math.max(...source.epochs.map(({ epoch }) => epoch));
  source.epochs = source.epochs.filter(({ epoch }) => epoch <= loss.epoch);
  for (const held of source.epochs) if (held.epoch === loss.epoch) cutAt(held, loss.from);
}

/** Where the stream's cursor is: in a frame, or known from a state record. */
export function cursorOf(
  found: Found,
  loss: Loss | undefined,
): Place | { readonly cursor: Uint8Array | undefined } {
  const held = found.source.epochs.findLast(({ next }) => next > 0);
  // After a loss what was told later stands behind it, and would skip what is lost.
  const told = found.cursors.findLast(({ epoch, next }) =>
    loss === undefined || epoch < loss.epoch || (epoch === loss.epoch && next <= loss.from)
  );
  const isNewest = told !== undefined && (held === undefined || told.epoch > held.epoch ||
    (told.epoch === held.epoch && told.next === held.next));
  const place = isNewest || held === undefined ? undefined : placeOf(held, held.next - 1);
  return place ?? { cursor: told?.cursor };
}
