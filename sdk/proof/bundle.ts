/**
 * A bundle: evidence in one file, for whoever verifies it years later and without a hub.
 *
 * | offset | size | content                                        |
 * | -----: | ---: | ---------------------------------------------- |
 * |      0 |    4 | `CUSB`                                         |
 * |      4 |    1 | version, 1                                     |
 * |      5 |    3 | 0                                              |
 * |      8 |      | records: checkpoint, keys, entries, rows, files, end |
 *
 * | offset | size | content of a record                            |
 * | -----: | ---: | ---------------------------------------------- |
 * |      0 |    1 | kind                                           |
 * |      1 |    4 | payload length n, big-endian                   |
 * |      5 |    n | payload                                        |
 *
 * | kind | record     | payload                                                                |
 * | ---: | ---------- | ---------------------------------------------------------------------- |
 * |    1 | checkpoint | the hub's signed note with its cosignatures, UTF-8 (C2SP tlog-checkpoint) |
 * |    2 | key        | role (1 hub, 2 witness), Ed25519 public key (32), its name, UTF-8       |
 * |    3 | entry      | leaf index (8), number p of hashes (1), p hashes (32 p), ledger entry   |
 * |    4 | row        | leaf index of its frame, claimed (8), row (4), number p of hashes (1), p hashes, salt (16), its frame's header (394), the row's bytes |
 * |    5 | file       | leaf index of the note that sealed it (8), the next bytes of the file: at most 1 MiB |
 * |    6 | stored     | leaf index of the file's note (8), leaf index of the row's frame (8), row (4) |
 * |    7 | deleted    | as entry up to the hashes, then hash of the leaf (32), ledger index of the tombstone (8), the frame's header (394) |
 * |  255 | end        | SHA-256 over all before it, folded: see below                           |
 *
 * There is one checkpoint, then one hub's key, then those of witnesses. Entries stand by ascending
 * index; their hashes are the inclusion proof (RFC 6962 §2.1.1), from the leaf up. A ledger entry is
 * its head of 42 bytes and its payload: frames, and the agents, statements of succession, schemas and
 * epochs that they need.
 * A frame whose bytes were deleted is a record `deleted`; the note that it names must follow as an
 * entry, and must name the frame. Such records stand among the entries.
 * Rows stand by ascending index and row; their hashes lead to the root in the header. A row whose
 * frame has been deleted is proved by the file that the store sealed before: its pieces, then what
 * is wanted of it, with the notes of the file and of the deletion among the entries.
 *
 * Keys are claims: whoever verifies brings keys of their own, or is told what was taken on faith.
 * The end's hash keeps no forger away. It finds damage where nothing else would, and a cut:
 * h(0) = SHA-256 of the 8 bytes of the start; h(i) = SHA-256 of h(i - 1) and record i.
 *
 * @module
 */
import { HEADER_BYTES, MAX_BODY_BYTES } from "../wire/header.ts";

/** SHA-256 of all parts, end to end. */
export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

/** A public key and who it is said to be of. */
export interface ClaimedKey {
  readonly role: "hub" | "witness";
  /** The name in the note's signature lines; 1 to 255 bytes of UTF-8. */
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** A ledger entry with the proof that it is in the tree of the checkpoint. */
export interface ProvenEntry {
  readonly index: number;
  /** From the leaf up, 32 bytes each. */
  readonly proof: readonly Uint8Array[];
  /** Head and payload: what the leaf hashes. */
  readonly entry: Uint8Array;
}

/** A row with the proof that it is one of a frame (`row_tree.ts`), without the frame. */
export interface ProvenRow {
  /** Ledger index of the frame, as whoever made the bundle says. */
  readonly index: number;
  readonly row: number;
  /** From the leaf up, 32 bytes each. */
  readonly hashes: readonly Uint8Array[];
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** The frame's header with its signature, 394 bytes. */
  readonly header: Uint8Array;
  readonly bytes: Uint8Array;
}

/** The next bytes of a file of the store (Parquet). */
export interface FilePiece {
  /** Index of the entry that sealed it. */
  readonly leaf: number;
  readonly bytes: Uint8Array;
}

/** A row that is wanted of the file before it. */
export interface StoredPlace {
  readonly leaf: number;
  /** Ledger index of its frame. */
  readonly index: number;
  readonly row: number;
}

/** A frame whose bytes were deleted, with the proof that its leaf is in the tree. */
export interface DeletedEntry {
  readonly index: number;
  /** From the leaf up, 32 bytes each. */
  readonly proof: readonly Uint8Array[];
  /** 32 bytes. */
  readonly leaf: Uint8Array;
  /** Ledger index of the note that says what was deleted, and why. */
  readonly tombstone: number;
  /** The frame's header with its signature, 394 bytes: said to be the leaf's. */
  readonly header: Uint8Array;
}

export type BundleRecord =
  | { readonly kind: "checkpoint"; readonly note: string }
  | ({ readonly kind: "key" } & ClaimedKey)
  | ({ readonly kind: "entry" } & ProvenEntry)
  | ({ readonly kind: "row" } & ProvenRow)
  | ({ readonly kind: "deleted" } & DeletedEntry)
  | ({ readonly kind: "file" } & FilePiece)
  | ({ readonly kind: "stored" } & StoredPlace)
  | { readonly kind: "end" };

/** Why bytes are no bundle. The same bytes never become one. */
export class BundleError extends Error {
  override readonly name = "BundleError";
  readonly permanent = true;
  readonly code: "magic" | "version" | "length" | "record" | "order" | "damaged" | "cut";

  constructor(code: BundleError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export const START_BYTES = 8;
export const RECORD_HEAD_BYTES = 5;
/** Of an inclusion proof: more than any tree needs. */
export const MOST_HASHES = 64;
export const HASH_BYTES = 32;
export const SALT_BYTES = 16;
/** Bytes of a ledger entry before its payload. */
export const ENTRY_HEAD_BYTES = 42;
/** Largest payload of a record: an entry with the largest frame. */
export const MAX_RECORD_BYTES = 9 + MOST_HASHES * HASH_BYTES + ENTRY_HEAD_BYTES + HEADER_BYTES +
  MAX_BODY_BYTES;
export const KIND = {
  checkpoint: 1,
  key: 2,
  entry: 3,
  row: 4,
  file: 5,
  stored: 6,
  deleted: 7,
  end: 255,
} as const;
/** Largest piece of a file. */
export const MAX_PIECE_BYTES = 1024 * 1024;
export const ROLES = [undefined, "hub", "witness"] as const;

const MAGIC = 0x43555342;
const VERSION = 1;

/** Writes a bundle's bytes, piece by piece. */
export interface BundleWriter {
  /** The bytes before the first record. */
  start(): Uint8Array;
  /** The bytes of the next record; `end` is the last. */
  record(record: BundleRecord): Uint8Array;
}

/** Opens a writer for one bundle. */
export function bundleWriter(sha256: Sha256): BundleWriter {
  const start = new Uint8Array(START_BYTES);
  new DataView(start.buffer).setUint32(0, MAGIC);
  start[4] = VERSION;
  let folded = sha256(start);
  return {
    start: () => new Uint8Array(start),
    record(record) {
      if (record.kind === "end") return recordOf(KIND.end, folded);
      const bytes = recordOf(KIND[record.kind], payloadOf(record));
      folded = sha256(folded, bytes);
      return bytes;
    },
  };
}

/** @throws {BundleError} If a bundle of a version that we read does not start so. */
export function checkStart(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC) {
    throw new BundleError(
      "magic",
      "Cannot read bundle: it does not start with CUSB, must be a file that custos-hub export or " +
        "GET /proof/row made",
    );
  }
  if (bytes[4] !== VERSION) {
    throw new BundleError(
      "version",
      `Cannot read bundle: it is of version ${bytes[4]}, must be ${VERSION}`,
    );
  }
  if (bytes[5] !== 0 || bytes[6] !== 0 || bytes[7] !== 0) {
    throw new BundleError("version", "Cannot read bundle: its first bytes are not of version 1");
  }
}

function recordOf(kind: number, payload: Uint8Array): Uint8Array {
  if (payload.length > MAX_RECORD_BYTES) {
    throw new RangeError(`Cannot write record: its payload is ${payload.length} bytes`);
  }
  const bytes = new Uint8Array(RECORD_HEAD_BYTES + payload.length);
  bytes[0] = kind;
  new DataView(bytes.buffer).setUint32(1, payload.length);
  bytes.set(payload, RECORD_HEAD_BYTES);
  return bytes;
}

function payloadOf(record: Exclude<BundleRecord, { readonly kind: "end" }>): Uint8Array {
  switch (record.kind) {
    case "checkpoint":
      return new TextEncoder().encode(record.note);
    case "key": {
      const name = new TextEncoder().encode(record.name);
      const bytes = new Uint8Array(1 + HASH_BYTES + name.length);
      bytes[0] = ROLES.indexOf(record.role);
      bytes.set(record.publicKey, 1);
      bytes.set(name, 1 + HASH_BYTES);
      return bytes;
    }
    case "entry": {
      const { index, proof, entry } = record;
      const bytes = new Uint8Array(9 + proof.length * HASH_BYTES + entry.length);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(index));
      bytes[8] = proof.length;
      proof.forEach((hash, i) => bytes.set(hash, 9 + i * HASH_BYTES));
      bytes.set(entry, 9 + proof.length * HASH_BYTES);
      return bytes;
    }
    case "row":
      return rowPayload(record);
    case "deleted":
      return deletedPayload(record);
    case "file": {
      const bytes = new Uint8Array(8 + record.bytes.length);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(record.leaf));
      bytes.set(record.bytes, 8);
      return bytes;
    }
    case "stored": {
      const bytes = new Uint8Array(20);
      const view = new DataView(bytes.buffer);
      view.setBigUint64(0, BigInt(record.leaf));
      view.setBigUint64(8, BigInt(record.index));
      view.setUint32(16, record.row);
      return bytes;
    }
  }
}

function deletedPayload({ index, proof, leaf, tombstone, header }: DeletedEntry): Uint8Array {
  const start = 9 + proof.length * HASH_BYTES;
  const bytes = new Uint8Array(start + HASH_BYTES + 8 + HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(index));
  bytes[8] = proof.length;
  proof.forEach((hash, i) => bytes.set(hash, 9 + i * HASH_BYTES));
  bytes.set(leaf, start);
  view.setBigUint64(start + HASH_BYTES, BigInt(tombstone));
  bytes.set(header, start + HASH_BYTES + 8);
  return bytes;
}

function rowPayload({ index, row, hashes, salt, header, bytes: rowBytes }: ProvenRow): Uint8Array {
  const start = 13 + hashes.length * HASH_BYTES;
  const bytes = new Uint8Array(start + SALT_BYTES + HEADER_BYTES + rowBytes.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(index));
  view.setUint32(8, row);
  bytes[12] = hashes.length;
  hashes.forEach((hash, i) => bytes.set(hash, 13 + i * HASH_BYTES));
  bytes.set(salt, start);
  bytes.set(header, start + SALT_BYTES);
  bytes.set(rowBytes, start + SALT_BYTES + HEADER_BYTES);
  return bytes;
}
