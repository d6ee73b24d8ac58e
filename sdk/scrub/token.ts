/**
 * Keyed tokens: the first 128 bits of HMAC-SHA-256 (RFC 2104) over kind and normalised value.
 *
 * The same value of the same kind under the same key has the same token, whatever column, host or
 * plugin it came from: that is what lets people join. Without the key nobody can make or test one.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { TOKEN_BYTES } from "../columns/column.ts";

/** The tenant's token key of one epoch. */
export interface TokenKey {
  /** From 1; new with each rotation of the key. */
  readonly epoch: number;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
  /** Told of each value that gets a token; of the same one again when it was forgotten. */
  readonly onToken?: OnToken | undefined;
}

/** `token` and `value` are views that are valid during the call. */
export type OnToken = (kind: string, token: Uint8Array, value: Uint8Array) => void;

/** Gives the token of a normalised value: 16 bytes. */
export type MakeToken = (normalised: Uint8Array) => Uint8Array;

const BLOCK_BYTES = 64;
const SPACE = 32;
const DIGITS = Uint8Array.from("abcdefghijklmnopqrstuvwxyz234567", (c) => c.charCodeAt(0));
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Makes tokens of one kind. HMAC's two hash states are computed once and copied for each value. */
export function tokenMaker(key: TokenKey, kind: string): MakeToken {
  const inner = padded(key.bytes, 0x36).update(`custos/token/v1\0${kind}\0`);
  const outer = padded(key.bytes, 0x5c);
  return (normalised) => {
    const digest = outer.copy().update(inner.copy().update(normalised).digest()).digest();
    return digest.subarray(0, TOKEN_BYTES);
  };
}

/**
 * What a value is compared by: numbers of telephones by their digits (and a leading +), everything
 * else in lower case and NFC, without blanks at its ends.
 */
export function normalise(kind: string, value: Uint8Array): Uint8Array {
  if (kind !== "tel" && isNormal(value)) return value;
  let isAscii = true;
  for (let i = 0; i < value.length; i++) isAscii &&= value[i]! < 128;
  const text = isAscii
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1")
    : decoder.decode(value).normalize("NFC");
  const lower = text.trim().toLowerCase();
  if (kind !== "tel") return encoder.encode(lower);
  const digits = lower.replaceAll(/[\s().\-/]/g, "");
  return encoder.encode(/^\+?\d+$/.test(digits) ? digits : lower);
}

/** True of ASCII without capitals, and without blanks at its ends: most values. */
function isNormal(value: Uint8Array): boolean {
  if (value.length === 0 || value[0]! <= SPACE || value.at(-1)! <= SPACE) return false;
  for (let i = 0; i < value.length; i++) {
    const byte = value[i]!;
    if (byte >= 128 || (byte >= 65 && byte <= 90)) return false;
  }
  return true;
}

/** `kind:epoch:base32`, the form at the edges: RFC 4648 §6 in lower case, without padding. */
export function tokenText(kind: string, epoch: number, token: Uint8Array): string {
  return `${kind}:${epoch}:${base32(token)}`;
}

/** RFC 4648 §6, lower case, no padding. */
export function base32(bytes: Uint8Array): string {
  const digits = new Uint8Array(Math.ceil((bytes.length * 8) / 5));
  base32Into(digits, bytes, 0, bytes.length);
  return decoder.decode(digits);
}

/** Writes {@link base32} of `bytes[start, end)` to the beginning of `target`. */
// oxlint-disable-next-line max-params -- hot path: an object a token is what it avoids
export function base32Into(
  target: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  let bits = 0;
  let held = 0;
  let used = 0;
  for (let at = start; at < end; at++) {
    held = ((held << 8) | bytes[at]!) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      target[used++] = DIGITS[(held >> bits) & 31]!;
    }
  }
  if (bits > 0) target[used] = DIGITS[(held << (5 - bits)) & 31]!;
}

function padded(key: Uint8Array, byte: number): Hash {
  const block = new Uint8Array(BLOCK_BYTES).fill(byte);
  for (let i = 0; i < key.length; i++) block[i]! ^= key[i]!;
  return createHash("sha256").update(block);
}
