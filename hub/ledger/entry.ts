/**
 * A ledger entry: what a leaf of the hub's tree hashes.
 *
 * | offset | size | content                                                            |
 * | -----: | ---: | ------------------------------------------------------------------ |
 * |      0 |    1 | version, 1                                                         |
 * |      1 |    1 | kind: 1 frame, 2 tick, 3 schema, 4 epoch, 5 agent, 6 rule, 7 note, 8 succession |
 * |      2 |    8 | hub time, signed, big-endian: ticks of 100 ns since the Unix epoch |
 * |     10 |   32 | SHA-256 of the agent's public key; zeros for the hub's own entries |
 * |     42 |    n | payload: for a frame, the frame as the agent sent it               |
 *
 * @module
 */
import { LedgerError } from "./ledger_error.ts";

export type EntryKind =
  | "frame"
  | "tick"
  | "schema"
  | "epoch"
  | "agent"
  | "rule"
  | "note"
  | "succession";

export interface Entry {
  /** 100 ns ticks since the Unix epoch; never less than that of the entry before. */
  readonly hubTime: bigint;
  readonly kind: EntryKind;
  /** 32 bytes. */
  readonly keyHash: Uint8Array;
  readonly payload: Uint8Array;
}

export const ENTRY_HEAD_BYTES = 42;
/** Versions from here on are the ledger's own records between entries, see `mark.ts`. */
export const FIRST_RESERVED_VERSION = 0xf0;

const VERSION = 1;
const NUMBERS: Readonly<Record<EntryKind, number>> = {
  frame: 1,
  tick: 2,
  schema: 3,
  epoch: 4,
  agent: 5,
  rule: 6,
  note: 7,
  succession: 8,
};
const KINDS: readonly (EntryKind | undefined)[] = [
  undefined,
  "frame",
  "tick",
  "schema",
  "epoch",
  "agent",
  "rule",
  "note",
  "succession",
];

/** Key hash of the hub's own entries. */
export const HUB_KEY_HASH: Uint8Array = new Uint8Array(32);

/** The bytes of `entry` before its payload. */
export function encodeEntryHead(entry: Omit<Entry, "payload">): Uint8Array {
  if (entry.keyHash.length !== 32) {
    throw new RangeError(`Cannot encode entry: key hash has ${entry.keyHash.length} bytes`);
  }
  const bytes = new Uint8Array(ENTRY_HEAD_BYTES);
  bytes[0] = VERSION;
  bytes[1] = NUMBERS[entry.kind];
  new DataView(bytes.buffer).setBigInt64(2, entry.hubTime);
  bytes.set(entry.keyHash, 10);
  return bytes;
}

/**
 * Decodes an entry; its arrays are views into `bytes`.
 *
 * @throws {LedgerError} `format`.
 */
export function decodeEntry(bytes: Uint8Array): Entry {
  if (bytes.length < ENTRY_HEAD_BYTES) {
    throw new LedgerError(
      "format",
      `Cannot decode entry: it has ${bytes.length} bytes, must have ${ENTRY_HEAD_BYTES} or more`,
    );
  }
  const kind = KINDS[bytes[1]!];
  if (bytes[0] !== VERSION || kind === undefined) {
    throw new LedgerError(
      "format",
      `Cannot decode entry: it is of version ${bytes[0]} and kind ${bytes[1]}, unknown to this hub`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    hubTime: view.getBigInt64(2),
    kind,
    keyHash: bytes.subarray(10, ENTRY_HEAD_BYTES),
    payload: bytes.subarray(ENTRY_HEAD_BYTES),
  };
}
