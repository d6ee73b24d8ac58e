/**
 * Segments: append-only files of checked records, under the agent's spool and the hub's ledger.
 *
 * | offset | size | content of the file header, big-endian                  |
 * | -----: | ---: | ------------------------------------------------------- |
 * |      0 |    4 | `CUSG`                                                  |
 * |      4 |    1 | version, 1                                              |
 * |      5 |    1 | what the records are: 1 spool, 2 ledger                 |
 * |      6 |    2 | zeros                                                   |
 * |      8 |    8 | spool: number of the segment; ledger: index of its first entry |
 * |     16 |    8 | whose it is: start of the agent's id; id of the log     |
 * |     24 |    4 | zeros                                                   |
 * |     28 |    4 | CRC-32C of the 28 bytes before                          |
 *
 * | offset | size | content of a record, big-endian |
 * | -----: | ---: | ------------------------------- |
 * |      0 |    4 | length n of the payload, not 0  |
 * |      4 |    4 | CRC-32C of the payload          |
 * |      8 |    n | payload                         |
 *
 * A preallocated segment ends in zeros, and so may a file whose last write was lost.
 *
 * @module
 */
import { crc32c } from "../runtime/crc32c.ts";
import { type OpenFile, readFull } from "../runtime/files.ts";

export const SEGMENT_HEADER_BYTES = 32;
export const RECORD_HEAD_BYTES = 8;
/** Largest payload: bounds what a damaged length makes a reader allocate. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;

const MAGIC = 0x43555347;
const VERSION = 1;
const KINDS = { spool: 1, ledger: 2 } as const;

export interface SegmentHeader {
  readonly kind: keyof typeof KINDS;
  /** A safe integer. */
  readonly first: number;
  /** 8 bytes. */
  readonly owner: Uint8Array;
}

/** Why bytes are no segment of ours. */
export class SegmentError extends Error {
  override readonly name = "SegmentError";
  readonly permanent = true;
  readonly code: "length" | "magic" | "version" | "kind" | "crc";

  constructor(code: SegmentError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint8(4, VERSION);
  view.setUint8(5, KINDS[header.kind]);
  view.setBigUint64(8, BigInt(header.first));
  bytes.set(header.owner, 16);
  view.setUint32(28, crc32c(bytes.subarray(0, 28)));
  return bytes;
}

/** @throws {SegmentError} If `bytes` do not begin with a header of a segment of `kind`. */
export function decodeSegmentHeader(
  bytes: Uint8Array,
  kind: SegmentHeader["kind"],
): SegmentHeader {
  const fail = (code: SegmentError["code"], why: string): never => {
    throw new SegmentError(code, `Cannot read segment: ${why}`);
  };
  if (bytes.length < SEGMENT_HEADER_BYTES) {
    return fail("length", `it has ${bytes.length} bytes, less than its header`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC) return fail("magic", "it does not start with CUSG");
  if (view.getUint32(28) !== crc32c(bytes.subarray(0, 28))) {
    return fail("crc", "the checksum of its header does not match");
  }
  const version = view.getUint8(4);
  if (version !== VERSION) return fail("version", `it has version ${version}, must be ${VERSION}`);
  if (view.getUint8(5) !== KINDS[kind]) return fail("kind", `it is none of a ${kind}`);
  return {
    kind,
    first: Number(view.getBigUint64(8)),
    owner: new Uint8Array(bytes.subarray(16, 24)),
  };
}

/** Bytes that a record of `payloadBytes` takes in a file. */
export function recordBytes(payloadBytes: number): number {
  return RECORD_HEAD_BYTES + payloadBytes;
}

/** Writes one record whose payload is all of `parts` at `at` in `into`; gives the offset after it. */
export function putRecord(into: Uint8Array, at: number, parts: readonly Uint8Array[]): number {
  let end = at + RECORD_HEAD_BYTES;
  let crc = 0;
  for (const part of parts) {
    into.set(part, end);
    end += part.length;
    crc = crc32c(part, crc);
  }
  putUint32(into, at, end - at - RECORD_HEAD_BYTES);
  putUint32(into, at + 4, crc);
  return end;
}

function putUint32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>>
    0;
}

/** The first thing in a segment that is no record. */
export interface BadRecord {
  /** Offset in the file at which it begins. */
  readonly offset: number;
  /**
   * `zeros`: nothing but zeros up to the end of the file; `cut`: the file ends within it;
   * `length`: 0 or over the limit; `crc`: payload and checksum differ.
   */
  readonly why: "zeros" | "cut" | "length" | "crc";
}

/** Where a scan ended: `end` is after the last good record; `bad` is undefined at a proper end. */
export interface ScanEnd {
  readonly end: number;
  readonly bad: BadRecord | undefined;
}

/**
 * Takes one payload; a view that is valid during the call only. `offset` is that of the record.
 * Returning "stop" makes it the last one.
 */
export type Visit = (payload: Uint8Array, offset: number) => "stop" | undefined | void;

const WINDOW_BYTES = 1024 * 1024;

/**
 * Visits the records from `from` on, up to the first bad one.
 *
 * Holds at most 1 MiB or one record in memory. `limit` stops earlier: no record that begins at or
 * after it is visited.
 */
export async function scanRecords(
  file: OpenFile,
  options: { readonly from: number; readonly limit?: number; readonly windowBytes?: number },
  visit: Visit,
): Promise<ScanEnd> {
  const size = file.size();
  const limit = Math.min(options.limit ?? size, size);
  let window = new Uint8Array(Math.min(options.windowBytes ?? WINDOW_BYTES, size));
  let at = options.from;
  while (at < limit) {
    const filled = await readFull(file, window, at);
    const step = visitWindow({ bytes: window.subarray(0, filled), at, size, limit }, visit);
    at += step.taken;
    if (step.bad !== undefined) {
      const why = step.bad === "zeros" ? await zerosOrLength(file, at, size) : step.bad;
      return { end: at, bad: { offset: at, why } };
    }
    if (step.isStopped) break;
    if (step.need > window.length) window = new Uint8Array(step.need);
  }
  return { end: at, bad: undefined };
}

interface Window {
  readonly bytes: Uint8Array;
  /** Offset of `bytes` in the file. */
  readonly at: number;
  readonly size: number;
  readonly limit: number;
}

interface Step {
  /** Bytes of whole good records. */
  readonly taken: number;
  /** Bytes that the record after them needs, when it is not whole in the window. */
  readonly need: number;
  readonly bad?: BadRecord["why"];
  readonly isStopped?: true;
}

function visitWindow({ bytes, at, size, limit }: Window, visit: Visit): Step {
  let taken = 0;
  while (at + taken < limit) {
    const rest = bytes.length - taken;
    if (rest < RECORD_HEAD_BYTES) {
      if (at + taken + RECORD_HEAD_BYTES > size) return { taken, need: 0, bad: "cut" };
      return { taken, need: RECORD_HEAD_BYTES };
    }
    const length = uint32At(bytes, taken);
    if (length === 0) return { taken, need: 0, bad: "zeros" };
    if (length > MAX_RECORD_BYTES) return { taken, need: 0, bad: "length" };
    const total = RECORD_HEAD_BYTES + length;
    if (at + taken + total > size) return { taken, need: 0, bad: "cut" };
    if (rest < total) return { taken, need: total };
    const payload = bytes.subarray(taken + RECORD_HEAD_BYTES, taken + total);
    if (crc32c(payload) !== uint32At(bytes, taken + 4)) return { taken, need: 0, bad: "crc" };
    const wish = visit(payload, at + taken);
    taken += total;
    if (wish === "stop") return { taken, need: 0, isStopped: true };
  }
  return { taken, need: 0 };
}

async function zerosOrLength(
  file: OpenFile,
  from: number,
  size: number,
): Promise<"zeros" | "length"> {
  const window = new Uint8Array(64 * 1024);
  for (let at = from; at < size; at += window.length) {
    const filled = await readFull(file, window, at);
    if (window.subarray(0, filled).some((byte) => byte !== 0)) return "length";
  }
  return "zeros";
}

/**
 * Looks for the next good record at or after `from`, behind damage; undefined if there is none.
 *
 * `isStart` gets the first four bytes of a payload, big-endian, and keeps the search cheap: only
 * where it says yes is a checksum computed.
 */
export async function findRecord(
  file: OpenFile,
  from: number,
  isStart: (first: number) => boolean,
): Promise<number | undefined> {
  const size = file.size();
  const step = 256 * 1024;
  const overlap = RECORD_HEAD_BYTES + 4;
  const window = new Uint8Array(step + overlap);
  for (let at = from; at + overlap <= size; at += step) {
    const filled = await readFull(file, window, at);
    for (let i = 0; i < step && i + overlap <= filled; i++) {
      const length = uint32At(window, i);
      if (length < 4 || length > MAX_RECORD_BYTES || at + i + 8 + length > size) continue;
      if (!isStart(uint32At(window, i + 8))) continue;
      if ((await readRecord(file, at + i)) !== undefined) return at + i;
    }
  }
  return undefined;
}

/** The payload of the record at `offset`, or undefined if no good record is there. */
export async function readRecord(
  file: OpenFile,
  offset: number,
): Promise<Uint8Array | undefined> {
  const head = new Uint8Array(RECORD_HEAD_BYTES);
  if ((await readFull(file, head, offset)) < head.length) return undefined;
  const payload = payloadFor(head);
  if (payload === undefined) return undefined;
  const filled = await readFull(file, payload, offset + RECORD_HEAD_BYTES);
  return isGood(head, payload, filled) ? payload : undefined;
}

/** As {@link readRecord}, on the caller's time. */
export function readRecordNow(file: OpenFile, offset: number): Uint8Array | undefined {
  const head = new Uint8Array(RECORD_HEAD_BYTES);
  if (file.readNow(head, offset) < head.length) return undefined;
  const payload = payloadFor(head);
  if (payload === undefined) return undefined;
  return isGood(head, payload, file.readNow(payload, offset + RECORD_HEAD_BYTES))
    ? payload
    : undefined;
}

function payloadFor(head: Uint8Array): Uint8Array | undefined {
  const length = uint32At(head, 0);
  return length === 0 || length > MAX_RECORD_BYTES ? undefined : new Uint8Array(length);
}

function isGood(head: Uint8Array, payload: Uint8Array, filled: number): boolean {
  return filled === payload.length && crc32c(payload) === uint32At(head, 4);
}
