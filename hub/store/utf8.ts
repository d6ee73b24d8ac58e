/**
 * Makes strings from an agent safe for readers that refuse a file over one bad byte.
 *
 * @module
 */
import { isAscii, isUtf8 } from "node:buffer";
import { entryBytes, type Strings } from "../../sdk/columns/column.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Gives `strings` as they are if every entry is valid UTF-8, else a copy in which what is not is
 * U+FFFD. The ledger keeps the bytes that came.
 */
export function validStrings(strings: Strings): Strings {
  const { ends } = strings;
  const used = ends.length === 0 ? 0 : ends[ends.length - 1]!;
  const bytes = strings.bytes.length === used ? strings.bytes : strings.bytes.subarray(0, used);
  if (isAscii(bytes) || (isUtf8(bytes) && areCharactersWhole(bytes, ends))) return { bytes, ends };
  return joined(ends.length, (i) => encoder.encode(decoder.decode(entryBytes(strings, i))));
}

/** Strings of `count` entries, each made by `entry`. */
export function joined(count: number, entry: (i: number) => Uint8Array): Strings {
  const ends = new Uint32Array(count);
  const entries: Uint8Array[] = [];
  let used = 0;
  for (let i = 0; i < count; i++) {
    const bytes = entry(i);
    used += bytes.length;
    entries.push(bytes);
    ends[i] = used;
  }
  return { bytes: Buffer.concat(entries, used), ends };
}

/** The whole may be valid while an entry ends inside a character. */
function areCharactersWhole(bytes: Uint8Array, ends: Uint32Array): boolean {
  for (let i = 0; i < ends.length; i++) if ((bytes[ends[i]!]! & 0xc0) === 0x80) return false;
  return true;
}
