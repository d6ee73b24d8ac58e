/**
 * What a log asks a witness (C2SP tlog-witness, `add-checkpoint`).
 *
 * ```
 * old 20852014
 * <base64 of each hash of the consistency proof>
 *
 * <the checkpoint with its signatures>
 * ```
 *
 * @module
 */
import { CheckpointError, fromBase64, parseCheckpoint, toBase64 } from "./checkpoint.ts";
import { HASH_BYTES } from "./merkle.ts";

export const ADD_CHECKPOINT = "add-checkpoint";
/** The media type of the size in a refusal. */
export const SIZE_TYPE = "text/x.tlog.size";
/** Larger requests are not read. */
export const MOST_REQUEST_BYTES = 128 * 1024;
const MOST_HASHES = 63;

/** A request, read; nothing of it is verified yet. */
export interface AddCheckpoint {
  /** Size of the tree that the proof starts from. */
  readonly oldSize: number;
  readonly hashes: readonly Uint8Array[];
  /** The signed note. */
  readonly note: string;
}

export function formatAddCheckpoint({ oldSize, hashes, note }: AddCheckpoint): string {
  return `${[`old ${oldSize}`, ...hashes.map(toBase64)].join("\n")}\n\n${note}`;
}

/**
 * Reads a request in the one spelling that counts.
 *
 * @throws {CheckpointError} `format`.
 */
export function parseAddCheckpoint(text: string): AddCheckpoint {
  if (text.length > MOST_REQUEST_BYTES) throw malformed(`it has ${text.length} characters`);
  const end = text.indexOf("\n\n");
  if (end < 0) throw malformed("it has no empty line before its checkpoint");
  const note = text.slice(end + 2);
  parseCheckpoint(note);
  const [first = "", ...lines] = text.slice(0, end).split("\n");
  const size = /^old (0|[1-9][0-9]{0,15})$/.exec(first)?.[1];
  if (size === undefined || !Number.isSafeInteger(Number(size))) {
    throw malformed("its first line is no old size");
  }
  if (lines.length > MOST_HASHES) throw malformed(`it has ${lines.length} hashes`);
  const hashes = lines.map((line) => {
    const hash = fromBase64(line);
    if (hash?.length !== HASH_BYTES) throw malformed("it has a line that is no hash");
    return hash;
  });
  return { oldSize: Number(size), hashes, note };
}

/** The size in a refusal with 409, a number and a newline; undefined for any other text. */
export function parseSize(body: string): number | undefined {
  const size = /^(0|[1-9][0-9]{0,15})\n$/.exec(body)?.[1];
  return size === undefined || !Number.isSafeInteger(Number(size)) ? undefined : Number(size);
}

function malformed(why: string): CheckpointError {
  return new CheckpointError("format", `Cannot read request for a cosignature: ${why}`);
}
