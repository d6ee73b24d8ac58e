/**
 * JSON web tokens (RFC 7519): header and claims begin with `{"` in base64url.
 *
 * @module
 */
import { BASE64URL, byteAt, type Found, is, leftOver, rightOver, type Text } from "./text.ts";

const DOT = 46;

/** The token whose header ends with the dot at `at`. */
export function findJwt(text: Text, at: number): Found | undefined {
  if (!beginsObject(text, at + 1)) return undefined;
  const start = leftOver(text, at, BASE64URL, text.end);
  if (!beginsObject(text, start)) return undefined;
  let end = rightOver(text, at + 1, BASE64URL, text.end);
  if (byteAt(text, end) === DOT) {
    end = rightOver(text, end + 1, BASE64URL, text.end);
  }
  return is(text, end, BASE64URL) ? undefined : { what: "jwt", start, end, kept: false };
}

function beginsObject(text: Text, at: number): boolean {
  return byteAt(text, at) === 101 && byteAt(text, at + 1) === 121 && byteAt(text, at + 2) === 74;
}
