/**
 * What the ledger says of a cold file: a file with another hash is not the one that was sealed.
 *
 * @module
 */
import * as v from "valibot";

/** Of the bytes of a file, and where its rows come from. */
export interface Seal {
  /** SHA-256 of the file, hex. */
  readonly hash: string;
  /** Least and greatest ledger index of its rows' frames. */
  readonly first: number;
  readonly last: number;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const StoreFileNote = v.object({
  note: v.literal("store-file"),
  table: v.string(),
  /** Relative to the store's folder. */
  path: v.string(),
  rows: count,
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  first: count,
  last: count,
  /** Of a file that was made from the ledger again: the files that were lost or damaged. */
  replaces: v.optional(v.array(v.string())),
  /** Rows of those that could not be made again, for their frames have been deleted. */
  lostRows: v.optional(count),
});

/** Payload of the note: one ledger leaf a file. */
export type StoreFileNote = Readonly<v.InferOutput<typeof StoreFileNote>> & Seal;

const MARK = new TextEncoder().encode('{"note":"store-file"');

/** Reads the payload of a `note` entry; undefined if it is of no cold file. */
export function readStoreFileNote(payload: Uint8Array): StoreFileNote | undefined {
  if (MARK.some((byte, i) => payload[i] !== byte)) return undefined;
  try {
    const result = v.safeParse(StoreFileNote, JSON.parse(new TextDecoder().decode(payload)));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}
