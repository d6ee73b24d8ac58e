/**
 * Cosignatures (C2SP tlog-cosignature, `cosignature/v1`, Ed25519): a witness's word that a tree was
 * the largest it had seen of a log at some second, and continued all before.
 *
 * The line under the checkpoint has, after the key id, the time (u64, seconds since the Unix epoch)
 * and the signature of `cosignature/v1`, `time N` and the checkpoint's own text.
 *
 * @module
 */
import { NOTE_TYPE, type NoteKey, noteLine, signaturesBy, splitNote } from "./checkpoint.ts";
import { type Sign, SIGNATURE_BYTES, type Verify } from "./sign.ts";

const TIME_BYTES = 8;

/**
 * The line that a witness adds to `note`; `time` in whole seconds since the Unix epoch.
 *
 * @throws {CheckpointError} `format` if `note` is no note.
 */
export function cosignatureLine(
  note: string,
  witness: { readonly key: NoteKey; readonly sign: Sign },
  time: number,
): string {
  const stamp = Buffer.alloc(TIME_BYTES);
  stamp.writeBigUInt64BE(BigInt(time));
  const signature = witness.sign(messageOf(splitNote(note).text, BigInt(time)));
  return noteLine(witness.key, NOTE_TYPE.cosignature, Buffer.concat([stamp, signature]));
}

/**
 * When `key` has cosigned `note`, in seconds since the Unix epoch; undefined if it has not.
 *
 * @throws {CheckpointError} `format` if `note` is no note.
 */
export function cosignedAt(note: string, key: NoteKey, verify: Verify): number | undefined {
  const parts = splitNote(note);
  for (const bytes of signaturesBy(parts, key, NOTE_TYPE.cosignature)) {
    if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) continue;
    const time = Buffer.from(bytes).readBigUInt64BE();
    if (time > BigInt(Number.MAX_SAFE_INTEGER)) continue;
    if (verify(messageOf(parts.text, time), bytes.subarray(TIME_BYTES))) return Number(time);
  }
  return undefined;
}

function messageOf(text: string, time: bigint): Uint8Array {
  return new TextEncoder().encode(`cosignature/v1\ntime ${time}\n${text}`);
}
