/**
 * Text of any bytes.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";

/** UTF-8 where it is valid, else Windows-1252, which has a character for each byte. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(isUtf8(bytes) ? "utf-8" : "windows-1252").decode(bytes);
}
