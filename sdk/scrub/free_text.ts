/**
 * Replaces in free text what may name a person: each find of `detect/` by its token.
 *
 * @module
 */
import { type Strings, TOKEN_BYTES } from "../columns/column.ts";
import { type Detected, type Found } from "./detect/text.ts";
import { findAll } from "./detect/scan.ts";
import { addressJudge, type Judge, tokenJudge } from "./judge.ts";
import { type TokenKey, tokenText } from "./token.ts";

/** A text that cannot be judged: its event must not go on. */
export class FreeTextError extends Error {
  override readonly name = "FreeTextError";
  readonly code: "too-long" | "unsettled";

  constructor(code: FreeTextError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Longer texts are not judged. */
const MOST_BYTES = 4 * 1024 * 1024;
/** A text is settled when nothing more is found in it; hostile ones may need a second look. */
const MOST_ROUNDS = 6;

/**
 * The join domain of each find: an e-mail address and a user principal name are spelt alike, and
 * so are the values of columns of kind `user`.
 */
const KINDS: Readonly<Record<Exclude<Detected, "token">, string>> = {
  email: "user",
  account: "user",
  path: "user",
  sip: "sip",
  tel: "tel",
  phone: "tel",
  sid: "sid",
  guid: "guid",
  iban: "iban",
  card: "card",
  ip: "ip",
  mac: "mac",
  jwt: "jwt",
};

export interface FreeText {
  /**
   * The text with tokens in place of what was found; `text` itself if nothing was.
   *
   * @throws {FreeTextError} If it cannot be judged.
   */
  scrub(text: Uint8Array): Uint8Array;
}

export function openFreeText(key: TokenKey): FreeText {
  const judges = new Map<string, Judge>();
  const judgeOf = (kind: string): Judge => {
    let judge = judges.get(kind);
    if (judge === undefined) {
      judge = kind === "ip" ? addressJudge(key, kind) : tokenJudge(key, kind);
      judges.set(kind, judge);
    }
    return judge;
  };
  const tokenOf = (bytes: Uint8Array, { what, start, end }: Found): string => {
    const kind = what === "token" ? "value" : KINDS[what];
    const judge = judgeOf(kind);
    const one: Strings = { bytes: bytes.slice(start, end), ends: Uint32Array.of(end - start) };
    const place = judge.place(one, 0);
    const from = place * TOKEN_BYTES;
    return tokenText(kind, key.epoch, judge.tokens.subarray(from, from + TOKEN_BYTES));
  };
  return {
    scrub(text) {
      if (text.length > MOST_BYTES) {
        throw new FreeTextError(
          "too-long",
          `Cannot scrub text: it has ${text.length} bytes, must have at most ${MOST_BYTES}`,
        );
      }
      let current = text;
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const found = findAll(current, 0, current.length).filter(({ kept }) => !kept);
        if (found.length === 0) return current;
        current = replaced(current, found, tokenOf);
      }
      throw new FreeTextError(
        "unsettled",
        `Cannot scrub text: after ${MOST_ROUNDS} rounds something is still found in it`,
      );
    },
  };
}

function replaced(
  text: Uint8Array,
  found: readonly Found[],
  tokenOf: (bytes: Uint8Array, found: Found) => string,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const find of found) {
    parts.push(text.subarray(from, find.start), Buffer.from(tokenOf(text, find), "latin1"));
    from = find.end;
  }
  parts.push(text.subarray(from));
  return Buffer.concat(parts);
}
