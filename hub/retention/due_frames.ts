/**
 * Which frames are old enough to go: one segment after the other, from where the last run ended.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type FrameHeader, HEADER_BYTES } from "../../sdk/wire/header.ts";
import { headerOf } from "../ledger/deleted_frame.ts";
import type { Ledger, LedgerEntry } from "../ledger/ledger.ts";
import { leafOf } from "../ledger/tiles.ts";
import { type Hold, type Holdable, isHeld } from "./hold.ts";

const TICKS_PER_MS = 10_000n;
/** Of one tombstone: its note stays small. */
const MOST_FRAMES = 4096;
const READ_BYTES = 4 * 1024 * 1024;

/** What frames are judged by. */
export interface FrameSource {
  readonly ledger: Pick<Ledger, "read" | "durable" | "closedSegment">;
  /** The table of a schema, by its hash in hex. */
  readonly tableOf: (schema: string) => string;
  /** Days that frames of a table are kept. */
  readonly daysOf: (table: string) => number;
  /** The latest time at which an entry can have been received. */
  readonly received: (index: number, hubMs: number) => number;
  readonly holds: () => readonly Hold[];
  /** Frames that a tombstone names that waits. */
  readonly isWaiting: (index: number) => boolean;
  readonly pause: () => Promise<void>;
}

/** What is asked for: entries from `from` on, below `until`, of tables that are kept `days`. */
export interface FrameQuestion {
  readonly from: number;
  readonly until: number;
  readonly days: number;
  /** What was received before then is due, ms since the Unix epoch. */
  readonly before: number;
}

/** Frames that one tombstone will name. */
export interface DueFrames {
  readonly table: string;
  readonly indexes: readonly number[];
  readonly rows: number;
  /** Of their bodies. */
  readonly bytes: number;
  /** SHA-256 over the hashes of their leaves, hex. */
  readonly leaves: string;
}

/** What was found in a segment. */
export interface JudgedFrames {
  readonly due: readonly DueFrames[];
  /** Frames that would be due and are under hold. */
  readonly held: number;
  /** First index that was not judged. */
  readonly next: number;
  /** Nothing from `next` on is old enough, or may be looked at yet. */
  readonly isEnd: boolean;
  /** The segment is still written to. */
  readonly isOpen: boolean;
}

/** Judges the frames of the segment that has `from`, as far as it is old enough. */
export async function judgeFrames(
  source: FrameSource,
  { from, until, days, before }: FrameQuestion,
): Promise<JudgedFrames> {
  const segment = source.ledger.closedSegment(from);
  const end = Math.min(until, segment?.next ?? until);
  const holds = source.holds();
  const due = new Map<string, DueFrame[]>();
  let held = 0;
  let at = from;
  let isYoung = false;
  while (at < end && !isYoung) {
    for (const entry of await source.ledger.read(at, { maxBytes: READ_BYTES })) {
      const { index, hubTime } = entry;
      isYoung = source.received(index, Number(hubTime / TICKS_PER_MS)) >= before;
      if (index >= end || isYoung) break;
      at = index + 1;
      if (entry.kind !== "frame" || entry.deleted !== undefined) continue;
      const thing = frameThing(entry, source.tableOf);
      if (source.daysOf(thing.table) !== days || source.isWaiting(index)) continue;
      if (isHeld(holds, thing)) held++;
      else groupOf(due, thing.table).push(dueFrame(entry, thing.header));
    }
    await source.pause();
  }
  return {
    due: [...due].flatMap(([table, frames]) => tombstonesOf(table, frames)),
    held,
    next: at,
    isEnd: isYoung || at >= until,
    isOpen: segment === undefined,
  };
}

/** What holds are asked about. */
export function frameThing(
  entry: LedgerEntry,
  tableOf: FrameSource["tableOf"],
): Holdable & { readonly header: FrameHeader } {
  const header = headerOf(entry);
  const received = Number(entry.hubTime / TICKS_PER_MS);
  const events = { from: floorMs(header.firstTime), to: floorMs(header.lastTime) };
  return {
    header,
    table: tableOf(Buffer.from(header.schema).toString("hex")),
    events: header.firstTime <= header.lastTime ? events : undefined,
    received: { from: received, to: received },
    agent: Buffer.from(header.agent).toString("hex"),
  };
}

function floorMs(ticks: bigint): number {
  return Math.floor(Number(ticks) / Number(TICKS_PER_MS));
}

interface DueFrame {
  readonly index: number;
  readonly rows: number;
  readonly bytes: number;
  readonly leaf: Uint8Array;
}

function dueFrame(entry: LedgerEntry, { rows }: FrameHeader): DueFrame {
  const { index, payload } = entry;
  return { index, rows, bytes: payload.length - HEADER_BYTES, leaf: leafOf(entry) };
}

function groupOf(groups: Map<string, DueFrame[]>, table: string): DueFrame[] {
  const known = groups.get(table);
  if (known !== undefined) return known;
  const group: DueFrame[] = [];
  groups.set(table, group);
  return group;
}

function tombstonesOf(table: string, frames: readonly DueFrame[]): readonly DueFrames[] {
  const parts: DueFrames[] = [];
  for (let at = 0; at < frames.length; at += MOST_FRAMES) {
    const part = frames.slice(at, at + MOST_FRAMES);
    const hash = createHash("sha256");
    for (const { leaf } of part) hash.update(leaf);
    parts.push({
      table,
      indexes: part.map(({ index }) => index),
      rows: part.reduce((sum, { rows }) => sum + rows, 0),
      bytes: part.reduce((sum, { bytes }) => sum + bytes, 0),
      leaves: hash.digest("hex"),
    });
  }
  return parts;
}
