/**
 * Reads a spool at the start: what every stream holds, and what could not be used.
 *
 * Memory stays bounded by one record and the index. A bad record is copied to the quarantine and
 * the reading goes on behind it; an incomplete group is dropped, nobody has seen it. Wherever a
 * byte was given up whose stream is not known, every stream needs a new epoch: an old
 * (epoch, seq) must never name two frames.
 *
 * @module
 */
import type { Files, OpenFile } from "../../sdk/runtime/files.ts";
import { sha256 } from "../../sdk/runtime/hash.ts";
import { FrameError, frameHash, type FrameHeader } from "../../sdk/wire/frame.ts";
import { parseHeader } from "../../sdk/wire/header.ts";
import {
  findRecord,
  RECORD_HEAD_BYTES,
  scanRecords,
  SEGMENT_HEADER_BYTES,
} from "../../sdk/wire/segment.ts";
import {
  cursorOf,
  cutLoss,
  type Found,
  foundFrame,
  foundState,
  lossOf,
  newFound,
  placesBehind,
  promote,
} from "./found.ts";
import { type HeldSource, NO_HASH, type Place, placeOf, type SegmentFile } from "./held.ts";
import type { Quarantine } from "./quarantine.ts";
import { keepFrame, readCursor, readFrame } from "./read_place.ts";
import { decodeSchema, decodeState, recordKind } from "./records.ts";
import { listSegments, readSegmentHeader, segmentPath, type TornTail } from "./segment_files.ts";
import { SpoolError } from "./spool_error.ts";

/** What a start found. */
export interface Recovered {
  readonly sources: readonly HeldSource[];
  readonly segments: readonly SegmentFile[];
  /** JSON by hash in hex. */
  readonly schemas: ReadonlyMap<string, string>;
  /** Tails to cut once what they held is safe elsewhere. */
  readonly tornTails: readonly TornTail[];
  /** Keys of the streams that must go on in a new epoch. */
  readonly renew: ReadonlySet<string>;
  /** There may have been streams that nothing tells of any more. */
  readonly isCut: boolean;
  readonly report: RecoveryReport;
}

/** What a start did, for the log and `custos status`. */
export interface RecoveryReport {
  readonly segments: number;
  /** Frames that are not acknowledged, as far as the spool knows. */
  readonly frames: number;
  readonly bytes: number;
  /** Places at which bytes were not what they must be. */
  readonly damages: readonly {
    readonly path: string;
    readonly offset: number;
    readonly why: string;
  }[];
  /** Complete frames that were dropped: of incomplete groups, or behind a missing one. */
  readonly droppedFrames: number;
  readonly quarantinedBytes: number;
}

export interface RecoverOptions {
  readonly files: Files;
  readonly folder: string;
  /** First 8 bytes of the agent's id. */
  readonly owner: Uint8Array;
  readonly quarantine: Quarantine;
}

/** The part of a group that was read so far. */
interface OpenGroup {
  readonly header: FrameHeader;
  readonly frames: {
    readonly header: FrameHeader;
    readonly hash: Uint8Array;
    readonly place: Place;
  }[];
}

interface Walk {
  readonly found: Map<string, Found>;
  readonly schemas: Map<string, string>;
  readonly segments: SegmentFile[];
  readonly damages: { path: string; offset: number; why: string }[];
  /** A state record was read. */
  isTold: boolean;
  /** The damage, if any, at the end of the segment that was read last. */
  torn: { path: string; offset: number; why: string } | undefined;
  readonly tornTails: TornTail[];
  readonly renew: Set<string>;
  group: OpenGroup | undefined;
  /** Bytes were given up since the last state record. */
  isCut: boolean;
  droppedFrames: number;
  quarantinedBytes: number;
}

/** @throws {SpoolError} `foreign` if the segments are another agent's. */
export async function recover(options: RecoverOptions): Promise<Recovered> {
  const { files, folder } = options;
  const walk: Walk = {
    found: new Map(),
    schemas: new Map(),
    segments: [],
    damages: [],
    torn: undefined,
    isTold: false,
    tornTails: [],
    renew: new Set(),
    group: undefined,
    isCut: false,
    droppedFrames: 0,
    quarantinedBytes: 0,
  };
  for (const number of listSegments(files, folder)) await walkFile(options, walk, number);
  dropGroup(walk);
  for (const [key, found] of walk.found) {
    if (walk.isCut) walk.renew.add(key);
    await settle(options, walk, found);
  }
  recount(walk);
  const sources = [...walk.found.values()].map(({ source }) => source);
  return {
    sources,
    segments: walk.segments,
    schemas: walk.schemas,
    tornTails: walk.tornTails,
    renew: walk.renew,
    isCut: walk.isCut,
    report: {
      segments: walk.segments.length,
      frames: walk.segments.reduce((sum, { unacked }) => sum + unacked, 0),
      bytes: walk.segments.reduce((sum, { bytes }) => sum + bytes, 0),
      // A write that a crash has cut was never promised to anybody: no damage, nothing is lost.
      damages: walk.damages.filter((damage) => damage !== walk.torn),
      droppedFrames: walk.droppedFrames,
      quarantinedBytes: walk.quarantinedBytes,
    },
  };
}

async function walkFile(options: RecoverOptions, walk: Walk, number: number): Promise<void> {
  const path = segmentPath(options.folder, number);
  walk.torn = undefined;
  const file = options.files.open(path, "write");
  try {
    const size = file.size();
    const segment: SegmentFile = { number, path, bytes: size, unacked: 0, isUseful: false };
    walk.segments.push(segment);
    const header = await readSegmentHeader(file);
    if (header !== undefined) checkOwner(options, header.owner, path);
    // Of no record but the header.
    else if (size > SEGMENT_HEADER_BYTES) walk.damages.push({ path, offset: 0, why: "header" });
    else noteDamage(walk, { path, offset: 0, why: "header" });
    let at: number | undefined = SEGMENT_HEADER_BYTES;
    while (at !== undefined && at < size) {
      const end = await scanRecords(file, { from: at }, (payload, offset) => {
        take(walk, payload, {
          segment,
          offset: offset + RECORD_HEAD_BYTES,
          length: payload.length,
        });
      });
      if (end.bad === undefined) break;
      at = await goBehind(options, walk, {
        file,
        number,
        offset: end.bad.offset,
        why: end.bad.why,
      });
    }
    // A killed process leaves bytes that the system has and the disk has not.
    await file.sync();
  } finally {
    file.close();
  }
}

function checkOwner({ owner }: RecoverOptions, actual: Uint8Array, path: string): void {
  if (Buffer.compare(owner, actual) === 0) return;
  throw new SpoolError(
    "foreign",
    `Cannot use spool: ${path} is of agent ${Buffer.from(actual).toString("hex")}…, ` +
      `must be of ${Buffer.from(owner).toString("hex")}…`,
  );
}

function noteDamage(walk: Walk, damage: Walk["damages"][number]): void {
  walk.damages.push(damage);
  walk.isCut = true;
  dropGroup(walk);
}

interface BadPlace {
  readonly file: OpenFile;
  readonly number: number;
  readonly offset: number;
  readonly why: string;
}

/** Gives the next good record behind a bad one, with a copy of what lies between. */
async function goBehind(
  { quarantine }: RecoverOptions,
  walk: Walk,
  { file, number, offset, why }: BadPlace,
): Promise<number | undefined> {
  // A segment that was preallocated ends in zeros; nothing was given up there.
  if (why === "zeros") return undefined;
  const damage = { path: file.path, offset, why };
  noteDamage(walk, damage);
  const next = await findRecord(file, offset + 1, (first) => recordKind(first) !== undefined);
  const range = { from: offset, to: next ?? file.size() };
  walk.quarantinedBytes += await quarantine.keep(file, String(number), range);
  if (next === undefined) {
    walk.tornTails.push({ path: file.path, offset });
    walk.torn = damage;
  }
  return next;
}

function take(walk: Walk, payload: Uint8Array, place: Place): void {
  switch (recordKind(firstOf(payload))) {
    case "frame":
      return takeFrame(walk, payload, place);
    case "schema": {
      const json = decodeSchema(payload);
      const hash = sha256("custos/schema/v1", new TextEncoder().encode(json));
      walk.schemas.set(Buffer.from(hash).toString("hex"), json);
      return;
    }
    case "state": {
      dropGroup(walk);
      const states = decodeState(payload);
      if (states === undefined) {
        noteDamage(walk, { path: place.segment.path, offset: place.offset, why: "state" });
        return;
      }
      const isAllThere = isAllThereBefore(walk, place.segment);
      place.segment.isUseful = true;
      for (const state of states) foundState(foundOf(walk, state.id), state, isAllThere);
      walk.isTold = true;
      walk.isCut = false;
      walk.renew.clear();
      return;
    }
    case undefined:
      noteDamage(walk, { path: place.segment.path, offset: place.offset, why: "kind" });
  }
}

/**
 * Whether what was written before the state record of a segment and is not there was acknowledged:
 * segments go for no other reason, and those of no use go first.
 */
function isAllThereBefore({ segments, isCut }: Walk, { number }: SegmentFile): boolean {
  return segments.at(-2)?.number !== number - 1 && !isCut;
}

function firstOf(payload: Uint8Array): number {
  return payload.length < 4
    ? 0
    : new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(0);
}

function foundOf(walk: Walk, id: Uint8Array): Found {
  const key = Buffer.from(id).toString("hex");
  let found = walk.found.get(key);
  if (found === undefined) {
    found = newFound(id, key);
    walk.found.set(key, found);
  }
  return found;
}

function takeFrame(walk: Walk, payload: Uint8Array, place: Place): void {
  const header = headerOf(payload);
  if (header === undefined) {
    noteDamage(walk, { path: place.segment.path, offset: place.offset, why: "frame" });
    return;
  }
  const { group } = walk;
  place.segment.isUseful = true;
  const isNext = group !== undefined && header.groupIndex === group.frames.length &&
    Buffer.compare(header.stream, group.header.stream) === 0 &&
    header.epoch === group.header.epoch && header.seq === group.header.seq + header.groupIndex;
  if (!isNext) {
    dropGroup(walk);
    if (header.groupIndex > 0) {
      // Its head is missing; the hole that this leaves tells whose.
      walk.droppedFrames++;
      return;
    }
    walk.group = { header, frames: [] };
  }
  const open = walk.group!;
  open.frames.push({ header, hash: frameHash(payload), place });
  if (!header.groupLast) return;
  const found = foundOf(walk, header.stream);
  // What a removed segment held, a record before or behind tells of; before number 0 there is none.
  const isBegun = walk.isTold || walk.segments[0]?.number === 0;
  for (const frame of open.frames) foundFrame(found, frame, isBegun);
  walk.group = undefined;
}

/** The header, copied: the payload is a view into a window that moves on. */
function headerOf(payload: Uint8Array): FrameHeader | undefined {
  try {
    const header = parseHeader(payload);
    return {
      ...header,
      stream: new Uint8Array(header.stream),
      previous: new Uint8Array(header.previous),
    };
  } catch (error) {
    if (error instanceof FrameError) return undefined;
    throw error;
  }
}

/** Nothing of a group that is not whole was ever sent. Its seqs must not be used again. */
function dropGroup(walk: Walk): void {
  const { group } = walk;
  if (group === undefined) return;
  walk.group = undefined;
  walk.droppedFrames += group.frames.length;
  walk.renew.add(Buffer.from(group.header.stream).toString("hex"));
  foundOf(walk, group.header.stream);
}

/** Cuts what is behind a loss, and finds the cursor to go on from. */
async function settle(options: RecoverOptions, walk: Walk, found: Found): Promise<void> {
  const { source } = found;
  promote(found);
  const loss = lossOf(found);
  if (loss !== undefined) {
    for (const place of placesBehind(found, loss)) {
      walk.droppedFrames++;
      walk.quarantinedBytes += await keepFrame(options, place);
    }
    cutLoss(found, loss);
    walk.renew.add(source.key);
    const last = source.epochs.at(-1);
    const place = last && placeOf(last, last.next - 1);
    const frame = place && await readFrame(options.files, place);
    if (last !== undefined) last.tail = frame ? frameHash(frame) : NO_HASH;
  }
  for (const held of source.epochs) {
    held.durable = held.next;
    held.durableTail = held.tail;
    held.told = "durable";
  }
  const at = cursorOf(found, loss);
  source.cursor = "cursor" in at ? at.cursor : await readCursor(options.files, at);
}

/** Acknowledgements became known after the frames: counts what is still needed. */
function recount({ segments, found }: Walk): void {
  for (const segment of segments) segment.unacked = 0;
  for (const { source } of found.values()) {
    for (const held of source.epochs) {
      for (const run of held.runs) {
        const from = Math.max(run.first, held.first);
        run.segment.unacked += Math.max(0, run.first + run.count - from);
      }
    }
  }
}
