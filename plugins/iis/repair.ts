/**
 * Makes text of any bytes: columns are UTF-8, servers are not always.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";

const LF = 10;

/**
 * `bytes` itself if it is UTF-8; else a copy in which each line that is not has been read as
 * Windows-1252, IIS's usual other encoding. That maps each byte to one character: nothing is lost.
 */
export function asUtf8(bytes: Uint8Array): Uint8Array {
  if (isUtf8(bytes)) return bytes;
  const latin = new TextDecoder("windows-1252");
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(LF, start);
    const stop = found < 0 ? bytes.length : found + 1;
    const line = bytes.subarray(start, stop);
    parts.push(isUtf8(line) ? line : encoder.encode(latin.decode(line)));
    start = stop;
  }
  return Buffer.concat(parts);
}
