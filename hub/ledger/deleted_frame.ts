/**
 * What a segment keeps of a frame whose bytes were deleted: all but its body.
 *
 * The record stands in the place of the entry's, so that indexes, the tree and chains stay as they
 * were. The frame's header is signed by its agent and names the body by its hash; the leaf is what
 * the tree has of the entry as it was.
 *
 * | offset | size | content                                                    |
 * | -----: | ---: | ---------------------------------------------------------- |
 * |      0 |    4 | 0xF2 0 0 0                                                 |
 * |      4 |    8 | ledger index of the tombstone that says why, big-endian    |
 * |     12 |   32 | hash of the leaf                                           |
 * |     44 |   42 | the entry's head (`entry.ts`)                              |
 * |     86 |  394 | the frame's header (`sdk/wire/header.ts`)                  |
 * |    480 |    n | the frame's sealed cursor, where its stream may need it    |
 *
 * @module
 */
import { HASH_BYTES, leafHash } from "../../sdk/proof/merkle.ts";
import {
  type FrameHeader,
  HEADER_BYTES,
  parseHeader,
  parseHeaderAlone,
} from "../../sdk/wire/header.ts";
import { decodeEntry, type Entry, ENTRY_HEAD_BYTES, FIRST_RESERVED_VERSION } from "./entry.ts";
import { LedgerError } from "./ledger_error.ts";

const FIRST_BYTE = 0xf2;
const LEAF_AT = 12;
const ENTRY_AT = LEAF_AT + HASH_BYTES;
const CURSOR_AT = ENTRY_AT + ENTRY_HEAD_BYTES + HEADER_BYTES;

/** What is known of a frame that was deleted besides its header. */
export interface DeletedFrame {
  /** Ledger index of the note that says what was deleted, and why. */
  readonly tombstone: number;
  /** Hash of the entry's leaf, as it was with the frame's body. */
  readonly leaf: Uint8Array;
  /** The frame's sealed cursor, if its stream may need it. */
  readonly cursor?: Uint8Array;
}

/** The record for the frame in `entry`, an entry's bytes. */
export function encodeDeleted(
  entry: Uint8Array,
  { tombstone, cursor }: { readonly tombstone: number; readonly cursor?: Uint8Array | undefined },
): Uint8Array {
  const bytes = new Uint8Array(CURSOR_AT + (cursor?.length ?? 0));
  bytes[0] = FIRST_BYTE;
  new DataView(bytes.buffer).setBigUint64(4, BigInt(tombstone));
  bytes.set(leafHash(entry), LEAF_AT);
  bytes.set(entry.subarray(0, ENTRY_HEAD_BYTES + HEADER_BYTES), ENTRY_AT);
  if (cursor !== undefined) bytes.set(cursor, CURSOR_AT);
  return bytes;
}

/** Whether a record is an entry, deleted or not, and none of the ledger's own. */
export function isEntry(record: Uint8Array): boolean {
  return record[0]! < FIRST_RESERVED_VERSION || record[0] === FIRST_BYTE;
}

/** Whether a record stands for a frame that was deleted. */
export function isDeleted(record: Uint8Array): boolean {
  return record[0] === FIRST_BYTE;
}

/**
 * The entry of a record; its arrays are views into it. The payload of a frame that was deleted is
 * its header alone.
 *
 * @throws {LedgerError} `format`.
 */
export function entryOf(
  record: Uint8Array,
): Entry & { readonly deleted?: DeletedFrame } {
  if (!isDeleted(record)) return decodeEntry(record);
  if (record.length < CURSOR_AT) {
    throw new LedgerError(
      "format",
      `Cannot decode deleted frame: it has ${record.length} bytes, must have ${CURSOR_AT} or more`,
    );
  }
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const deleted = { tombstone: Number(view.getBigUint64(4)), leaf: leafOfRecord(record) };
  const cursor = record.length > CURSOR_AT ? { cursor: record.subarray(CURSOR_AT) } : {};
  const entry = decodeEntry(record.subarray(ENTRY_AT, CURSOR_AT));
  return { ...entry, deleted: { ...deleted, ...cursor } };
}

/** Hash of the leaf of an entry's record. */
export function leafOfRecord(record: Uint8Array): Uint8Array {
  return isDeleted(record) ? new Uint8Array(record.subarray(LEAF_AT, ENTRY_AT)) : leafHash(record);
}

/** The header of a frame's entry, deleted or not. @throws {FrameError} If it is none. */
export function headerOf(
  { payload, deleted }: { readonly payload: Uint8Array; readonly deleted?: object | undefined },
): FrameHeader {
  return deleted === undefined ? parseHeader(payload) : parseHeaderAlone(payload);
}

/** The one answer to whoever needs the bytes of a frame that has none any more. */
export function deletedError(
  what: string,
  { index, deleted }: { readonly index: number; readonly deleted: DeletedFrame },
): LedgerError {
  return new LedgerError(
    "deleted",
    `${what}: the bytes of entry ${index} were deleted, by the tombstone in ledger entry ` +
      `${deleted.tombstone}`,
  );
}
