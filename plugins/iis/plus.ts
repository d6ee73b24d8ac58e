/**
 * Undoes the one thing that IIS does to make a value one word: `+` for each space.
 *
 * @module
 */
import type { Decoder } from "../../sdk/columns/strings.ts";

const SPACE = 32;
const PLUS = 43;

export type PlusDecoder = Decoder;

export function makePlusDecoder(): PlusDecoder {
  let bytes = new Uint8Array(256);
  return {
    get bytes() {
      return bytes;
    },
    decode(source, start, end) {
      const length = end - start;
      if (bytes.length < length) bytes = new Uint8Array(length * 2);
      for (let k = 0; k < length; k++) {
        const byte = source[start + k]!;
        bytes[k] = byte === PLUS ? SPACE : byte;
      }
      return length;
    },
  };
}
