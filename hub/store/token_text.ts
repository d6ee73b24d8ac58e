/**
 * The text form of tokens, `kind:epoch:base32`: what queries see and compare.
 *
 * @module
 */
import { type Strings, TOKEN_BYTES } from "../../sdk/columns/column.ts";

const ALPHABET = Buffer.from("abcdefghijklmnopqrstuvwxyz234567");
/** 128 bits in groups of 5, without padding. */
const TEXT_LENGTH = 26;

/** The text of each of `tokens` (16 bytes each), in order, then the entries of `plain`. */
export function tokenStrings(
  { kind, epoch, tokens, plain }: {
    readonly kind: string;
    readonly epoch: number;
    readonly tokens: Uint8Array;
    readonly plain?: Strings;
  },
): Strings {
  const head = Buffer.from(`${kind}:${epoch}:`);
  const count = Math.floor(tokens.length / TOKEN_BYTES);
  const plainCount = plain?.ends.length ?? 0;
  const plainBytes = plainCount === 0 ? 0 : plain!.ends[plainCount - 1]!;
  const size = head.length + TEXT_LENGTH;
  const bytes = Buffer.allocUnsafe(count * size + plainBytes);
  const ends = new Uint32Array(count + plainCount);
  for (let i = 0; i < count; i++) {
    bytes.set(head, i * size);
    writeBase32(bytes, i * size + head.length, tokens.subarray(i * TOKEN_BYTES));
    ends[i] = (i + 1) * size;
  }
  if (plainCount > 0) bytes.set(plain!.bytes.subarray(0, plainBytes), count * size);
  for (let i = 0; i < plainCount; i++) ends[count + i] = count * size + plain!.ends[i]!;
  return { bytes, ends };
}

/** RFC 4648 §6, lower case, of the first 16 bytes of `token`. */
function writeBase32(target: Uint8Array, at: number, token: Uint8Array): void {
  let bits = 0;
  let held = 0;
  let to = at;
  for (let i = 0; i < TOKEN_BYTES; i++) {
    held = ((held << 8) | token[i]!) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      target[to++] = ALPHABET[(held >>> bits) & 31]!;
    }
  }
  target[to] = ALPHABET[(held << (5 - bits)) & 31]!;
}
