/**
 * The base32 of a token in a message (`sdk/scrub/token.ts`), which is 26 digits for 16 bytes. Part of
 * `template.ts`.
 *
 * @module
 */
import { TOKEN_BYTES } from "../columns/column.ts";
import { type Output, putByte } from "./template_text.ts";

/** Base32 digits of a token. */
export const TOKEN_DIGITS = 26;

const DIGITS = Uint8Array.from("abcdefghijklmnopqrstuvwxyz234567", (c) => c.charCodeAt(0));
const NO_DIGIT = 128;
const VALUES = new Uint8Array(256).fill(NO_DIGIT);
for (const [value, digit] of DIGITS.entries()) VALUES[digit] = value;

/** True if 26 digits of base32 stand at `at` that are 16 bytes exactly; `target` then has those. */
export function readTokenDigits(source: Uint8Array, at: number, target: Uint8Array): boolean {
  let seen = 0;
  let held = 0;
  let bits = 0;
  let used = 0;
  for (let i = at; i < at + TOKEN_DIGITS; i++) {
    const value = VALUES[source[i]!]!;
    seen |= value;
    if (seen >= NO_DIGIT) return false;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    target[used++] = held >> bits;
  }
  return (held & ((1 << bits) - 1)) === 0;
}

/** Writes the digits of token `number` of `tokens`. */
export function putToken(out: Output, tokens: Uint8Array, number: number): void {
  let held = 0;
  let bits = 0;
  for (let i = number * TOKEN_BYTES; i < (number + 1) * TOKEN_BYTES; i++) {
    held = ((held << 8) | tokens[i]!) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      putByte(out, DIGITS[(held >> bits) & 31]!);
    }
  }
  putByte(out, DIGITS[(held << (5 - bits)) & 31]!);
}
