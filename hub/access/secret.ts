/**
 * Secrets that callers carry: made here, shown once, kept as SHA-256 alone.
 *
 * They hold 256 random bits, so that a plain hash is enough: there is nothing to guess.
 *
 * @module
 */
import { sha256 } from "../../sdk/runtime/hash.ts";
import { base32 } from "../../sdk/scrub/token.ts";

/** Random bytes, as `crypto.getRandomValues` gives them. */
export type Random = (bytes: number) => Uint8Array;

/** Length of a secret in bytes. */
export const SECRET_BYTES = 32;

const LONGEST = 128;

/** `prefix` and 32 random bytes in RFC 4648 base32, lower case, no padding: 52 characters. */
export function makeSecret(prefix: string, random: Random): string {
  return prefix + base32(random(SECRET_BYTES));
}

/** What is kept of a secret: 32 bytes. Undefined where `text` cannot be one. */
export function digest(prefix: string, text: string): Uint8Array | undefined {
  if (text.length > LONGEST || !text.startsWith(prefix)) return undefined;
  return sha256("custos/secret/v1", new TextEncoder().encode(text));
}
