/**
 * Names that KQL had before, or has besides, for native functions.
 *
 * @module
 */
import { scalar, type ScalarFunction } from "./define.ts";

const NAMES: Readonly<Record<string, string>> = {
  to_utf8: "unicode_codepoints_from_string",
  make_string: "unicode_codepoints_to_string",
  base64_encodestring: "base64_encode_tostring",
  base64_decodestring: "base64_decode_tostring",
  parseurl: "parse_url",
  parseurlquery: "parse_urlquery",
  tdigest_merge: "merge_tdigest",
};

/** The native function says what it takes and gives. */
export const OTHER_NAMES: readonly (readonly [string, ScalarFunction])[] = Object.entries(NAMES)
  .map(([name, of]) => scalar(name, [[], "bound"], { native: `n_${of}` }));
