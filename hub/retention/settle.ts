/**
 * Carries out tombstones that witnesses have signed: bytes go, then a receipt is noted.
 *
 * | if we die                        | what the next run finds                                  |
 * | -------------------------------- | -------------------------------------------------------- |
 * | before the tombstone is durable  | nothing: it is due again                                 |
 * | before the bytes are gone        | the tombstone waits: it is carried out, or withdrawn      |
 * | after it, before the receipt     | no bytes: the receipt is noted                           |
 *
 * A hold that comes in time wins: as long as bytes are there, it withdraws the tombstone.
 *
 * @module
 */
import type { LedgerEntry } from "../ledger/ledger.ts";
import type { Tombstone } from "./book.ts";
import { frameThing } from "./due_frames.ts";
import { type Holdable, isHeld } from "./hold.ts";
import type { RetentionParts } from "./parts.ts";
import { framesOf, type TombstoneNote } from "./retention_note.ts";
import { fileThing, noteDown, tombstoneAt } from "./write_tombstones.ts";

/** What was carried out. */
export interface Settled {
  readonly deleted: number;
  readonly withdrawn: number;
  /** Of what was deleted. */
  readonly rows: number;
  readonly bytes: number;
}

const UNDER_HOLD = "it has come under hold";

/** Carries out all that may be. @throws {LedgerError} @throws {FilesError} `full`: try later. */
export async function settle(parts: RetentionParts, signal: AbortSignal): Promise<Settled> {
  const ready = parts.book.waiting().filter(({ entry }) => isSigned(parts, entry));
  const counts = { deleted: 0, withdrawn: 0, rows: 0, bytes: 0 };
  const ended = (tombstone: Tombstone, why?: string): void => {
    if (why === undefined) {
      const { entry, bytes, rows } = tombstone;
      noteDown(parts, { note: "receipt", tombstone: entry, bytes });
      counts.deleted++;
      counts.rows += rows;
      counts.bytes += bytes;
      return;
    }
    noteDown(parts, { note: "tombstone-withdrawn", tombstone: tombstone.entry, why });
    counts.withdrawn++;
  };
  const frames = ready.filter(({ what }) => what === "frames");
  const bySegment = Map.groupBy(frames, ({ first }) => parts.ledger.closedSegment(first)?.first);
  for (const [first, group] of bySegment) {
    if (signal.aborted) break;
    if (first === undefined) {
      parts.ledger.closeSegment();
      // A commit that has nothing to make durable closes nothing.
      parts.ledger.tick();
    } else await settleSegment(parts, group, ended);
    await parts.ledger.commit();
    await parts.pause();
  }
  for (const one of ready.filter(({ what }) => what === "file")) {
    if (signal.aborted) break;
    await settleFile(parts, one, ended);
    await parts.ledger.commit();
    await parts.pause();
  }
  return counts;
}

/** Nothing is ever deleted before its tombstone is durable and every witness has signed it. */
function isSigned({ ledger, witnessed }: RetentionParts, entry: number): boolean {
  return entry < ledger.durable && entry < witnessed();
}

type Ended = (tombstone: Tombstone, why?: string) => void;

/** A tombstone and those of its frames that have bytes. */
interface Doomed {
  readonly tombstone: Tombstone;
  readonly indexes: readonly number[];
  readonly things: readonly Holdable[];
}

async function settleSegment(
  parts: RetentionParts,
  tombstones: readonly Tombstone[],
  ended: Ended,
): Promise<void> {
  const { ledger, book, cursorsAt } = parts;
  const doomed: Doomed[] = [];
  for (const tombstone of tombstones) {
    const one = await doomedBy(parts, tombstone);
    if (one === undefined) ended(tombstone, "its note names no frames");
    else if (one.things.length === 0) ended(tombstone);
    else doomed.push(one);
  }
  const heldNow = (): readonly Doomed[] => {
    const holds = book.holds();
    return doomed.filter(({ things }) => things.some((thing) => isHeld(holds, thing)));
  };
  const held = new Set(heldNow());
  for (const { tombstone } of held) ended(tombstone, UNDER_HOLD);
  const going = doomed.filter((one) => !held.has(one));
  const frames = new Map(
    going.flatMap(({ tombstone: { entry }, indexes }) => indexes.map((index) => [index, entry])),
  );
  if (frames.size === 0) return;
  const cursors = cursorsAt();
  const done = await ledger.deleteFrames({
    frames,
    keepsCursor: (index) => cursors.has(index),
    mayDelete: () => !heldNow().some((one) => going.includes(one)),
  });
  // What has come under hold meanwhile is withdrawn by the next run, and the rest is tried again.
  if (done !== undefined) { for (const { tombstone } of going) ended(tombstone); }
}

async function doomedBy(
  { ledger, tableOf }: RetentionParts,
  tombstone: Tombstone,
): Promise<Doomed | undefined> {
  const note = await tombstoneAt(ledger, tombstone.entry);
  if (note?.what !== "frames") return undefined;
  const indexes: number[] = [];
  const things: Holdable[] = [];
  for await (const entry of entriesAt(ledger, framesOf(note))) {
    if (entry.kind !== "frame") return undefined;
    if (entry.deleted !== undefined) continue;
    const { table, events, received, agent } = frameThing(entry, tableOf);
    indexes.push(entry.index);
    // A copy: the header's arrays are views into all that was read.
    things.push({ table, events, received, agent });
  }
  return { tombstone, indexes, things };
}

/** Entries at `indexes`, which ascend. */
async function* entriesAt(
  ledger: Pick<RetentionParts["ledger"], "read">,
  indexes: readonly number[],
): AsyncGenerator<LedgerEntry> {
  let read: readonly LedgerEntry[] = [];
  for (const index of indexes) {
    const last = read.at(-1)?.index ?? -1;
    if (index > last) read = await ledger.read(index);
    const entry = read[index - (read[0]?.index ?? 0)];
    if (entry !== undefined) yield entry;
  }
}

async function settleFile(
  parts: RetentionParts,
  tombstone: Tombstone,
  ended: Ended,
): Promise<void> {
  const { store, book, ledger } = parts;
  const { entry, path } = tombstone;
  const file = store.list().find((one) => one.path === path);
  if (file === undefined) {
    if (!book.isLeaving(entry)) return ended(tombstone, "its rows were put into another file");
    if (store.isGone(path!)) ended(tombstone);
    return;
  }
  const note = await tombstoneAt(ledger, entry);
  if (!isOf(note, await store.hash(file))) {
    return ended(tombstone, "the file has another hash than the tombstone says");
  }
  const done = await store.remove(file, {
    mayRemove: () => !isHeld(book.holds(), fileThing(file)),
    also: () => book.setLeaving(entry),
  });
  switch (done) {
    case "held":
      return ended(tombstone, UNDER_HOLD);
    case "moved":
      return ended(tombstone, "its rows were put into another file");
    case "removed":
      // A query may still read it: the receipt waits for its end.
      if (store.isGone(file.path)) ended(tombstone);
  }
}

function isOf(note: TombstoneNote | undefined, hash: string): boolean {
  return note?.what === "file" && note.hash === hash;
}
