/**
 * Reads a bundle (`bundle.ts`) from bytes that may be hostile, as they come: never more than one
 * record is held.
 *
 * @module
 */
import {
  BundleError,
  type BundleRecord,
  checkStart,
  ENTRY_HEAD_BYTES,
  HASH_BYTES,
  KIND,
  MAX_PIECE_BYTES,
  MAX_RECORD_BYTES,
  MOST_HASHES,
  RECORD_HEAD_BYTES,
  ROLES,
  SALT_BYTES,
  type Sha256,
  START_BYTES,
} from "./bundle.ts";
import { HEADER_BYTES } from "../wire/header.ts";

/** Largest note: more than any log's checkpoint with all its witnesses needs. */
const MAX_NOTE_BYTES = 64 * 1024;
const MAX_NAME_BYTES = 255;
/** Largest row, and most rows: a verdict shows them all. */
const MAX_ROW_BYTES = 1024 * 1024;
const MOST_ROWS = 256;
/** Most keys: one hub's and those of its witnesses. */
const MOST_KEYS = 64;

export interface BundleReader {
  /**
   * Takes the next bytes and gives the records that are whole now; their arrays are views.
   *
   * @throws {BundleError}
   */
  push(bytes: Uint8Array): Generator<BundleRecord>;
  /** @throws {BundleError} `cut` if the bundle has not ended. */
  end(): void;
}

/** Opens a reader for one bundle. */
export function bundleReader(sha256: Sha256): BundleReader {
  let held: Uint8Array = new Uint8Array(0);
  let folded: Uint8Array | undefined;
  let order = openOrder();
  const next = (): BundleRecord | undefined => {
    const size = sizeOf(held);
    if (size === undefined || held.length < size) return undefined;
    const bytes = held.subarray(0, size);
    held = held.subarray(size);
    const record = parse(bytes[0]!, bytes.subarray(RECORD_HEAD_BYTES));
    order = order.after(record);
    if (record.kind === "end") checkEnd(bytes.subarray(RECORD_HEAD_BYTES), folded!);
    else folded = sha256(folded!, bytes);
    return record;
  };
  return {
    *push(bytes) {
      held = joined(held, bytes);
      if (folded === undefined) {
        if (held.length < START_BYTES) return;
        const start = held.subarray(0, START_BYTES);
        checkStart(start);
        folded = sha256(start);
        held = held.subarray(START_BYTES);
      }
      for (let record = next(); record !== undefined; record = next()) yield record;
      if (order.isOver && held.length > 0) {
        throw new BundleError("order", "Cannot read bundle: bytes follow its end");
      }
    },
    end() {
      if (!order.isOver) {
        throw new BundleError("cut", "Cannot read bundle: it ends too early, get the whole file");
      }
    },
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Bytes of the record that `held` begins with; undefined where that cannot be told yet. */
function sizeOf(held: Uint8Array): number | undefined {
  if (held.length < RECORD_HEAD_BYTES) return undefined;
  const length = new DataView(held.buffer, held.byteOffset, held.byteLength).getUint32(1);
  if (length > MAX_RECORD_BYTES) {
    throw new BundleError("length", `Cannot read bundle: a record has ${length} bytes`);
  }
  return RECORD_HEAD_BYTES + length;
}

function parse(kind: number, payload: Uint8Array): BundleRecord {
  switch (kind) {
    case KIND.checkpoint:
      if (payload.length > MAX_NOTE_BYTES) throw misshapen("checkpoint");
      return { kind: "checkpoint", note: textOf(payload, "checkpoint") };
    case KIND.key:
      return parseKey(payload);
    case KIND.entry:
      return parseEntry(payload);
    case KIND.row:
      return parseRow(payload);
    case KIND.deleted:
      return parseDeleted(payload);
    case KIND.file:
      return parsePiece(payload);
    case KIND.stored:
      return parseStored(payload);
    case KIND.end:
      if (payload.length !== HASH_BYTES) throw misshapen("end");
      return { kind: "end" };
    default:
      throw new BundleError("record", `Cannot read bundle: there is no record of kind ${kind}`);
  }
}

function parseKey(payload: Uint8Array): BundleRecord {
  const role = ROLES[payload[0] ?? 0];
  const name = payload.subarray(1 + HASH_BYTES);
  if (role === undefined || name.length === 0 || name.length > MAX_NAME_BYTES) {
    throw misshapen("key");
  }
  const publicKey = new Uint8Array(payload.subarray(1, 1 + HASH_BYTES));
  return { kind: "key", role, publicKey, name: textOf(name, "key") };
}

function parseEntry(payload: Uint8Array): BundleRecord {
  if (payload.length < 9) throw misshapen("entry");
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const index = Number(view.getBigUint64(0));
  const count = payload[8]!;
  const start = 9 + count * HASH_BYTES;
  const isShort = payload.length < start + ENTRY_HEAD_BYTES;
  if (!Number.isSafeInteger(index) || count > MOST_HASHES || isShort) throw misshapen("entry");
  const proof = Array.from(
    { length: count },
    (_, i) => payload.subarray(9 + i * HASH_BYTES, 9 + (i + 1) * HASH_BYTES),
  );
  return { kind: "entry", index, proof, entry: payload.subarray(start) };
}

function parseDeleted(payload: Uint8Array): BundleRecord {
  const count = payload[8] ?? 0;
  const start = 9 + count * HASH_BYTES;
  const isWhole = payload.length === start + HASH_BYTES + 8 + HEADER_BYTES;
  if (!isWhole || count > MOST_HASHES) throw misshapen("deleted frame");
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const index = Number(view.getBigUint64(0));
  const tombstone = Number(view.getBigUint64(start + HASH_BYTES));
  const isSafe = Number.isSafeInteger(index) && Number.isSafeInteger(tombstone);
  if (!isSafe || tombstone <= index) throw misshapen("deleted frame");
  const proof = Array.from(
    { length: count },
    (_, i) => payload.subarray(9 + i * HASH_BYTES, 9 + (i + 1) * HASH_BYTES),
  );
  const leaf = payload.subarray(start, start + HASH_BYTES);
  return {
    kind: "deleted",
    index,
    proof,
    leaf,
    tombstone,
    header: payload.subarray(-HEADER_BYTES),
  };
}

function parseRow(payload: Uint8Array): BundleRecord {
  if (payload.length < 13) throw misshapen("row");
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const index = Number(view.getBigUint64(0));
  const count = payload[12]!;
  const start = 13 + count * HASH_BYTES;
  const rest = payload.subarray(start + SALT_BYTES + HEADER_BYTES);
  const isShort = payload.length <= start + SALT_BYTES + HEADER_BYTES;
  const isLarge = count > MOST_HASHES || rest.length > MAX_ROW_BYTES;
  if (!Number.isSafeInteger(index) || isShort || isLarge) throw misshapen("row");
  const hashes = Array.from(
    { length: count },
    (_, i) => payload.subarray(13 + i * HASH_BYTES, 13 + (i + 1) * HASH_BYTES),
  );
  const salt = payload.subarray(start, start + SALT_BYTES);
  const header = payload.subarray(start + SALT_BYTES, start + SALT_BYTES + HEADER_BYTES);
  return { kind: "row", index, row: view.getUint32(8), hashes, salt, header, bytes: rest };
}

function parsePiece(payload: Uint8Array): BundleRecord {
  if (payload.length <= 8 || payload.length > 8 + MAX_PIECE_BYTES) throw misshapen("file");
  return { kind: "file", leaf: indexAt(payload, 0, "file"), bytes: payload.subarray(8) };
}

function parseStored(payload: Uint8Array): BundleRecord {
  if (payload.length !== 20) throw misshapen("stored row");
  const row = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(16);
  const [leaf, index] = [0, 8].map((at) => indexAt(payload, at, "stored row"));
  return { kind: "stored", leaf: leaf!, index: index!, row };
}

function indexAt(payload: Uint8Array, at: number, what: string): number {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const index = Number(view.getBigUint64(at));
  if (!Number.isSafeInteger(index)) throw misshapen(what);
  return index;
}

function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw misshapen(what);
  }
}

function misshapen(what: string): BundleError {
  return new BundleError("record", `Cannot read bundle: a record is no ${what}`);
}

function checkEnd(hash: Uint8Array, folded: Uint8Array): void {
  if (hash.some((byte, i) => byte !== folded[i])) {
    throw new BundleError(
      "damaged",
      "Cannot read bundle: its bytes are not those that were written",
    );
  }
}

/** What may come: one checkpoint, one hub's key, witnesses' keys, entries, rows, files, one end. */
interface Order {
  readonly isOver: boolean;
  after(record: BundleRecord): Order;
}

/** Records so far; `rows` and after: those of rows, and the last one's place. */
interface Seen {
  readonly keys: number;
  readonly index: number;
  readonly rows: number;
  readonly rowIndex: number;
  readonly row: number;
  /** Leaf of the file that is read, and rows that were wanted of files. */
  readonly file: number;
  readonly stored: number;
}

const NONE: Seen = {
  keys: -1,
  index: -1,
  rows: 0,
  rowIndex: -1,
  row: -1,
  file: -1,
  stored: 0,
};

function openOrder(seen: Seen = NONE): Order {
  const { keys, index, rows, file, stored } = seen;
  const wrong = (): never => {
    throw new BundleError("order", "Cannot read bundle: its records are not in their order");
  };
  return {
    isOver: false,
    after(record) {
      switch (record.kind) {
        case "checkpoint":
          return keys === -1 ? openOrder({ ...seen, keys: 0 }) : wrong();
        case "key": {
          const isFirst = keys === 0;
          const isNext = keys >= 0 && keys < MOST_KEYS && index === -1 && rows === 0 && file === -1;
          return isNext && isFirst === (record.role === "hub")
            ? openOrder({ ...seen, keys: keys + 1 })
            : wrong();
        }
        case "deleted":
        case "entry":
          return keys > 0 && record.index > index && rows === 0 && file === -1
            ? openOrder({ ...seen, index: record.index })
            : wrong();
        case "row": {
          const { rowIndex, row } = seen;
          const isNext = record.index > rowIndex || (record.index === rowIndex && record.row > row);
          if (keys <= 0 || !isNext || rows >= MOST_ROWS || file !== -1) return wrong();
          return openOrder({ ...seen, rows: rows + 1, rowIndex: record.index, row: record.row });
        }
        case "file":
          // The pieces of a file stand together, and files by their leaves.
          return keys > 0 && record.leaf >= file
            ? openOrder({ ...seen, file: record.leaf })
            : wrong();
        case "stored":
          return record.leaf === file && stored < MOST_ROWS
            ? openOrder({ ...seen, stored: stored + 1 })
            : wrong();
        case "end":
          return keys > 0 ? { isOver: true, after: wrong } : wrong();
      }
    },
  };
}
