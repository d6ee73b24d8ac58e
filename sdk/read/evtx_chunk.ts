/**
 * The records of one EVTX chunk (libevtx "EVTX format", chunk and event record).
 *
 * | offset | size | content of a chunk                                        |
 * | -----: | ---: | --------------------------------------------------------- |
 * |      0 |    8 | `ElfChnk`, NUL                                            |
 * |      8 |   16 | first and last record number                              |
 * |     24 |   16 | first and last record id                                  |
 * |     40 |    8 | header size, offset of the last record                    |
 * |     48 |    4 | where free space begins                                   |
 * |     52 |    4 | CRC-32 of the records                                     |
 * |    124 |    4 | CRC-32 of the bytes before 120 and those from 128 to 511  |
 * |    128 |  384 | offsets of names and templates, by hash                   |
 * |    512 |      | records                                                   |
 *
 * | offset | size | content of a record              |
 * | -----: | ---: | -------------------------------- |
 * |      0 |    4 | `**`, NUL, NUL                   |
 * |      4 |    4 | size n                           |
 * |      8 |    8 | record id                        |
 * |     16 |    8 | when it was written, FILETIME    |
 * |     24 |      | binary XML                       |
 * |  n - 4 |    4 | size again                       |
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { BinXml } from "./evtx_binxml.ts";
import { ChunkBytes, EvtxError } from "./evtx_bytes.ts";
import { eventOf, type PlanCache } from "./evtx_event.ts";
import type { WindowsEvent } from "./windows_event.ts";

export const CHUNK_BYTES = 65_536;
const RECORDS_AT = 512;
const RECORD_MAGIC = 0x00002a2a;
const RECORD_HEAD_BYTES = 24;
const LEAST_RECORD_BYTES = RECORD_HEAD_BYTES + 4;
const MAGIC = "ElfChnk\0";
const NO_CHUNK = "No chunk begins there";

/** A record that was read. */
export interface EvtxRecord {
  /** Of its first byte in the chunk. */
  readonly offset: number;
  /** The number in its header: in half of all logs not the EventRecordID. */
  readonly number: bigint;
  /** When it was written to the log, FILETIME: ticks of 100 ns since 1601. */
  readonly writtenAt: bigint;
  readonly event: WindowsEvent;
}

/** Bytes that should be a record and are none. */
export interface EvtxDamage {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly error: EvtxError;
}

export interface EvtxChunk {
  readonly records: readonly EvtxRecord[];
  readonly damage: readonly EvtxDamage[];
  /** The checksum of its header or its records does not match; they were read nevertheless. */
  readonly badChecksum: boolean;
}

/** True if nothing was ever written there: logs have their full size from the beginning. */
export function isUnused(bytes: Uint8Array): boolean {
  return bytes.length < 8 || (bytes[0] === 0 && isFree(bytes, 0, bytes.length));
}

/** True if the bytes begin as a chunk does. */
export function isChunk(bytes: Uint8Array): boolean {
  for (let i = 0; i < MAGIC.length; i++) if (bytes[i] !== MAGIC.charCodeAt(i)) return false;
  return true;
}

/**
 * Reads all records of a chunk of up to {@link CHUNK_BYTES} bytes; whatever is not whole is in
 * `damage`. Never throws on bad bytes, and takes time in proportion to their number.
 */
export function readChunk(bytes: Uint8Array): EvtxChunk {
  const chunk = new ChunkBytes(bytes);
  const records: EvtxRecord[] = [];
  const damage: EvtxDamage[] = [];
  const hurt = (from: number, to: number, error: EvtxError): void => {
    const last = damage.at(-1);
    const isMore = last?.error.code === error.code && last.offset + last.bytes.length === from;
    const offset = isMore ? last.offset : from;
    if (isMore) damage.pop();
    damage.push({ offset, bytes: bytes.subarray(offset, to), error: isMore ? last.error : error });
  };
  const hasMagic = isChunk(bytes);
  if (!hasMagic) {
    hurt(0, Math.min(bytes.length, RECORDS_AT), new EvtxError("magic", NO_CHUNK));
  }
  const end = hasMagic ? endOfRecords(chunk) : bytes.length;
  const xml = new BinXml(chunk);
  const plans: PlanCache = new Map();
  let at = RECORDS_AT;
  while (at + 4 <= end) {
    const size = recordSize(chunk, at, end);
    if (size instanceof EvtxError) {
      const next = nextRecord(chunk, at + 4, end);
      if (!isFree(bytes, at, next)) hurt(at, next, size);
      at = next;
      continue;
    }
    let next = at + size;
    try {
      const nodes = xml.fragment(at + RECORD_HEAD_BYTES, next - 4);
      const number = chunk.view.getBigUint64(at + 8, true);
      const writtenAt = chunk.view.getBigUint64(at + 16, true);
      records.push({ offset: at, number, writtenAt, event: eventOf(xml, nodes, plans) });
    } catch (error) {
      if (!(error instanceof EvtxError)) throw error;
      if (!isSure(chunk, next, size)) next = nextRecord(chunk, at + 8, end);
      hurt(at, next, error);
    }
    at = next;
  }
  return { records, damage, badChecksum: hasMagic && !hasGoodChecksums(chunk, end) };
}

/** Where free space begins; the end of the bytes where the header cannot be right. */
function endOfRecords(chunk: ChunkBytes): number {
  if (chunk.length < RECORDS_AT) return chunk.length;
  const free = chunk.u32(48);
  return free < RECORDS_AT || free > CHUNK_BYTES ? chunk.length : Math.min(free, chunk.length);
}

function recordSize(chunk: ChunkBytes, at: number, end: number): number | EvtxError {
  if (chunk.u32(at) !== RECORD_MAGIC) return new EvtxError("magic", "No record begins there");
  if (at + LEAST_RECORD_BYTES > end) return new EvtxError("bounds", "The record is cut");
  const size = chunk.u32(at + 4);
  if (size < LEAST_RECORD_BYTES) return new EvtxError("size", `A record says it has ${size} bytes`);
  if (at + size > end) return new EvtxError("bounds", "The record is cut");
  return size;
}

/** The size stands at both ends of the record, or another record follows. */
function isSure(chunk: ChunkBytes, next: number, size: number): boolean {
  return chunk.u32(next - 4) === size || next + 4 > chunk.length ||
    chunk.u32(next) === RECORD_MAGIC;
}

/** Where the next record begins at or after `from`, else `end`: its size stands at both its ends. */
function nextRecord({ view }: ChunkBytes, from: number, end: number): number {
  for (let at = (from + 7) & ~7; at + LEAST_RECORD_BYTES <= end; at += 8) {
    if (view.getUint32(at, true) !== RECORD_MAGIC) continue;
    const size = view.getUint32(at + 4, true);
    const fits = size >= LEAST_RECORD_BYTES && at + size <= end;
    if (fits && view.getUint32(at + size - 4, true) === size) return at;
  }
  return end;
}

/** True if all bytes are zero. */
function isFree(bytes: Uint8Array, from: number, to: number): boolean {
  const { buffer, byteOffset } = bytes;
  return Buffer.from(buffer, byteOffset + from, to - from).equals(ZEROS.subarray(0, to - from));
}

const ZEROS = new Uint8Array(CHUNK_BYTES);

function hasGoodChecksums({ bytes, view, length }: ChunkBytes, end: number): boolean {
  if (length < RECORDS_AT) return false;
  if (crc32(bytes.subarray(RECORDS_AT, end)) !== view.getUint32(52, true)) return false;
  const head = crc32(bytes.subarray(128, RECORDS_AT), crc32(bytes.subarray(0, 120)));
  return head === view.getUint32(124, true);
}
