/**
 * Who may push: tokens of a file, each with the name of its sender.
 *
 * @module
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { decodeText } from "../../sdk/read/decode_text.ts";

/** Finds who a request is from. */
export interface Tokens {
  /** The sender's name; why it is refused: none shown (401), or not a known one (403). */
  senderOf(authorization: string | undefined): { readonly name: string } | 401 | 403;
}

/** Lets everybody push: for listeners that only this host reaches. */
export const ANYBODY: Tokens = { senderOf: () => ({ name: "" }) };

const LEAST_TOKEN = 16;

/**
 * Reads lines of `NAME TOKEN`; `#` begins a comment.
 *
 * @throws {TypeError} If a line is none, or a token is short.
 */
export function readTokens(bytes: Uint8Array): Tokens {
  const senders: { readonly name: string; readonly digest: Uint8Array }[] = [];
  for (const [i, line] of decodeText(bytes).split("\n").entries()) {
    const [name = "", token = "", ...rest] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (name === "") continue;
    if (token.length < LEAST_TOKEN || rest.length > 0) {
      const right = `must be a name and a token of at least ${LEAST_TOKEN} characters`;
      throw new TypeError(`Cannot read tokens: line ${i + 1} ${right}`);
    }
    senders.push({ name, digest: digestOf(token) });
  }
  if (senders.length === 0) throw new TypeError("Cannot read tokens: the file has none");
  return {
    senderOf(authorization) {
      const shown = shownBy(authorization);
      if (shown.length === 0) return 401;
      const digests = shown.map(digestOf);
      const known = senders.find(({ digest }) =>
        digests.some((one) => timingSafeEqual(one, digest))
      );
      return known === undefined ? 403 : { name: known.name };
    },
  };
}

/** `Bearer T`, `Splunk T`, `ApiKey base64(ID:T)` or `ApiKey T`, `Basic base64(USER:T)`. */
function shownBy(authorization: string | undefined): readonly string[] {
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(authorization ?? "") ?? [];
  switch (scheme.toLowerCase()) {
    case "bearer":
    case "splunk":
      return [value];
    case "apikey":
      return [value, secretIn(value)];
    case "basic":
      return [secretIn(value)];
    default:
      return [];
  }
}

function secretIn(encoded: string): string {
  const text = Buffer.from(encoded, "base64").toString("utf8");
  return text.slice(text.indexOf(":") + 1);
}

function digestOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}
