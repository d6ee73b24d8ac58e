/**
 * The token of one value, as the scrubber would make it: for the literals of rules and queries.
 *
 * @module
 */
import { TOKEN_BYTES } from "../columns/column.ts";
import { Arena } from "../columns/strings.ts";
import { addressJudge, tokenJudge } from "../scrub/judge.ts";
import { type TokenKey, tokenText } from "../scrub/token.ts";

/** `kind:epoch:base32`; a well-known principal stays as it is. Of kind `ip` it is an address. */
export function tokenOf(key: TokenKey, kind: string, value: string): string {
  const arena = new Arena();
  arena.addString(value);
  const judge = kind === "ip" ? addressJudge(key, kind) : tokenJudge(key, kind);
  const place = judge.place(arena.view(), 0);
  if (judge.plain[place] === 1) return value;
  const token = judge.tokens.subarray(place * TOKEN_BYTES, (place + 1) * TOKEN_BYTES);
  return tokenText(kind, key.epoch, token);
}
