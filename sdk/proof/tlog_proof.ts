/**
 * One entry's proof as a text that is checked offline (C2SP tlog-proof).
 *
 * ```
 * c2sp.org/tlog-proof@v1
 * extra <base64 of what else the leaf hashes: for a frame, the ledger entry's head>
 * index 73894
 * <base64 of each hash of the inclusion proof, from the leaf up>
 *
 * <the checkpoint with its signatures>
 * ```
 *
 * @module
 */
import { CheckpointError, fromBase64, parseCheckpoint, toBase64 } from "./checkpoint.ts";
import { HASH_BYTES } from "./merkle.ts";

const FIRST_LINE = "c2sp.org/tlog-proof@v1";
/** A tree that a number can count is no higher. */
const MAX_HASHES = 63;
const MAX_CHARACTERS = 128 * 1024;

/** What a proof says; nothing of it is verified yet. */
export interface TlogProof {
  /** Not authenticated by itself. */
  readonly extra?: Uint8Array | undefined;
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: string;
}

/** Writes a proof down. */
export function formatTlogProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const lines = [
    FIRST_LINE,
    ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(toBase64),
  ];
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/**
 * Reads a proof in the one spelling that counts.
 *
 * @throws {CheckpointError} `format`.
 */
export function parseTlogProof(text: string): TlogProof {
  if (text.length > MAX_CHARACTERS) throw malformed(`it has ${text.length} characters`);
  const end = text.indexOf("\n\n");
  if (end < 0) throw malformed("it has no empty line before its checkpoint");
  const checkpoint = text.slice(end + 2);
  parseCheckpoint(checkpoint);
  const [first, ...lines] = text.slice(0, end).split("\n");
  if (first !== FIRST_LINE) throw malformed(`it does not start with "${FIRST_LINE}"`);
  const extra = lines[0]?.startsWith("extra ") ? fromBase64(lines.shift()!.slice(6)) : null;
  if (extra === undefined) throw malformed('its "extra" is no base64');
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "")?.[1];
  if (index === undefined || !Number.isSafeInteger(Number(index))) {
    throw malformed("it has no index");
  }
  if (lines.length > MAX_HASHES) throw malformed(`it has ${lines.length} hashes`);
  const hashes = lines.map((line) => {
    const hash = fromBase64(line);
    if (hash?.length !== HASH_BYTES) throw malformed("it has a line that is no hash");
    return hash;
  });
  return { ...(extra !== null && { extra }), index: Number(index), hashes, checkpoint };
}

function malformed(why: string): CheckpointError {
  return new CheckpointError("format", `Cannot read proof: ${why}`);
}
