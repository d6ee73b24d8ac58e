/**
 * Reads the chunks of an EVTX file as its blocks come, and tells what is lost of it.
 *
 * @module
 */
import {
  CHUNK_BYTES,
  type EvtxChunk,
  type EvtxRecord,
  isChunk,
  isUnused,
  readChunk,
} from "./evtx_chunk.ts";
import { type EvtxFileHead, FILE_HEAD_BYTES } from "./evtx_file.ts";
import { type EventReader, fileOf, placeOf } from "./event_reader.ts";
import type { FileBlock } from "./io.ts";

/** A record's number, and when it was written, in ms since the epoch. */
type Mark = readonly [number, number];

/** One EVTX file while it is read. */
export interface EvtxState {
  readonly kind: "evtx";
  /** The last record that was taken before; undefined if the file is new. */
  readonly before: Mark | undefined;
  /** Chunks that its header says are in use; Infinity where that is not known. */
  readonly chunks: number;
  /** The last record of all that is known. */
  seen: Mark | undefined;
  /** The least number of a record that is new. */
  first: number;
  isCleared: boolean;
}

/** Damaged places told one by one of a chunk; more are told together. */
const MOST_TOLD = 8;
/** Milliseconds from 1601 to 1970, and ticks in one. */
const EPOCH_MS = 11_644_473_600_000;
const TICKS_PER_MS = 10_000n;

/** The state of a file of which `head` is the header, where its beginning is read. */
export function openEvtx(before: Mark | undefined, head: EvtxFileHead | undefined): EvtxState {
  const isSure = head !== undefined && !head.isDirty && !head.badChecksum;
  const chunks = isSure ? head.chunks : Infinity;
  return { kind: "evtx", before, chunks, seen: before, first: Infinity, isCleared: false };
}

/** Reads the whole chunks of `block`; gives how many bytes are done. */
export function readEvtxBlock(reader: EventReader, block: FileBlock, state: EvtxState): number {
  const { bytes, isLast } = block;
  let at = block.offset === 0 ? Math.min(FILE_HEAD_BYTES, bytes.length) : 0;
  while (at < bytes.length && (isLast || at + CHUNK_BYTES <= bytes.length)) {
    const part = bytes.subarray(at, at + CHUNK_BYTES);
    const index = (block.offset + at - FILE_HEAD_BYTES) / CHUNK_BYTES;
    // Behind the last chunk in use there may be anything: what was there before the log had it.
    const isNone = isUnused(part) || (index >= state.chunks && !isChunk(part));
    if (!isNone) readPart(reader, block, { at, part, state });
    at += part.length;
  }
  if (isLast) tellMissing(reader, block, state);
  return at;
}

function readPart(
  reader: EventReader,
  block: FileBlock,
  { at, part, state }: {
    readonly at: number;
    readonly part: Uint8Array;
    readonly state: EvtxState;
  },
): void {
  const chunk = readChunk(part);
  for (const record of chunk.records) {
    if (isNew(record, state)) reader.take(record.event);
  }
  tellDamage(reader, block, { at, chunk });
}

function isNew({ number: id, writtenAt }: EvtxRecord, state: EvtxState): boolean {
  const number = Number(id);
  const ms = Number(writtenAt / TICKS_PER_MS) - EPOCH_MS;
  const { before, seen } = state;
  if (seen === undefined || ms > seen[1] || (ms === seen[1] && number > seen[0])) {
    state.seen = [number, ms];
  }
  if (before === undefined) return true;
  if (number <= before[0]) {
    if (ms <= before[1]) return false;
    state.isCleared = true;
  }
  state.first = Math.min(state.first, number);
  return true;
}

/** A log that goes round loses its oldest records; one that is cleared loses all. */
function tellMissing({ context }: EventReader, block: FileBlock, state: EvtxState): void {
  const { before, first, isCleared } = state;
  if (before === undefined || first === Infinity) return;
  const [last] = before;
  if (isCleared) {
    context.gap({ reason: "log-cleared", from: String(last + 1), detail: fileOf(block) });
  } else if (first > last + 1) {
    const [from, to] = [String(last + 1), String(first - 1)];
    context.gap({
      reason: "rotated-away",
      count: first - last - 1,
      from,
      to,
      detail: fileOf(block),
    });
  }
}

function tellDamage(
  { context }: EventReader,
  block: FileBlock,
  { at, chunk: { damage, badChecksum } }: { readonly at: number; readonly chunk: EvtxChunk },
): void {
  if (badChecksum) {
    const facts = { file: block.file, offset: block.offset + at };
    context.log.warn("A chunk of an EVTX file has another checksum", facts);
  }
  for (const { offset, bytes, error } of damage.slice(0, MOST_TOLD)) {
    const reason = error.code === "bounds" ? "truncated" : "other";
    const detail = `${placeOf(block, at + offset)}, ${bytes.length} bytes: ${error.message}`;
    context.gap({ reason, detail });
  }
  const more = damage.length - MOST_TOLD;
  if (more > 0) {
    const detail = `${placeOf(block, at)}: ${more} more places in this chunk that are no record`;
    context.gap({ reason: "other", detail });
  }
}
