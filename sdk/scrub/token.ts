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
import { Interner } from "../columns/strings.ts";

/** The tenant's token key of one epoch. */
export interface TokenKey {
  /** From 1; new with each rotation of the key. */
  readonly epoch: number;
  /** 32 bytes. */
  readonly bytes: Uint8Array;
}

/** Makes tokens of one kind and remembers those of the values it has seen. */
export interface Tokeniser {
  readonly kind: string;
  /** Writes the token of `source[start, end)` into `target` at `offset`. */
  write(source: Uint8Array, range: Range, target: Uint8Array, offset: number): void;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

const BLOCK_BYTES = 64;
/** Values remembered; then it starts anew. Bounds memory at about 10 MiB a kind. */
const MOST_REMEMBERED = 65_536;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Makes a tokeniser. HMAC's two hash states are computed once and copied for each value. */
export function tokeniser(key: TokenKey, kind: string): Tokeniser {
  const inner = padded(key.bytes, 0x36).update(`custos/token/v1\0${kind}\0`);
  const outer = padded(key.bytes, 0x5c);
  const known = new Interner();
  let tokens = new Uint8Array(TOKEN_BYTES * 256);
  return {
    kind,
    write(source, { start, end }, target, offset) {
      if (known.count === MOST_REMEMBERED) known.clear();
      const before = known.count;
      const number = known.number(source, start, end);
      const at = number * TOKEN_BYTES;
      if (number === before) {
        if (at + TOKEN_BYTES > tokens.length) {
          const grown = new Uint8Array(tokens.length * 2);
          grown.set(tokens);
          tokens = grown;
        }
        const value = normalise(kind, source.subarray(start, end));
        const digest = outer.copy().update(inner.copy().update(value).digest()).digest();
        tokens.set(digest.subarray(0, TOKEN_BYTES), at);
      }
      for (let k = 0; k < TOKEN_BYTES; k++) target[offset + k] = tokens[at + k]!;
    },
  };
}

/**
 * What a value is compared by: numbers of telephones by their digits (and a leading +), everything
 * else in lower case and NFC, without blanks at its ends.
 */
export function normalise(kind: string, value: Uint8Array): Uint8Array {
  let ascii = true;
  for (const byte of value) ascii &&= byte < 128;
  const text = ascii
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1")
    : decoder.decode(value).normalize("NFC");
  const lower = text.trim().toLowerCase();
  if (kind !== "tel") return encoder.encode(lower);
  const digits = lower.replaceAll(/[\s().\-/]/g, "");
  return encoder.encode(/^\+?\d+$/.test(digits) ? digits : lower);
}

/** `kind:epoch:base32`, the form at the edges: RFC 4648 §6 in lower case, without padding. */
export function tokenText(kind: string, epoch: number, token: Uint8Array): string {
  return `${kind}:${epoch}:${base32(token)}`;
}

/** RFC 4648 §6, lower case, no padding. */
export function base32(bytes: Uint8Array): string {
  const digits = "abcdefghijklmnopqrstuvwxyz234567";
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += digits[(held >> bits) & 31];
    }
  }
  if (bits > 0) text += digits[(held << (5 - bits)) & 31];
  return text;
}

function padded(key: Uint8Array, byte: number): Hash {
  const block = new Uint8Array(BLOCK_BYTES).fill(byte);
  for (let i = 0; i < key.length; i++) block[i]! ^= key[i]!;
  return createHash("sha256").update(block);
}
