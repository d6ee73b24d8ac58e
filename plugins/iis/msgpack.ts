/**
 * The little of msgpack that a map of strings needs, without an object a row.
 *
 * @module
 */

/** Writes the shortest head of a string of `length` bytes; gives how long the head is. */
export function packStringHead(target: Uint8Array, at: number, length: number): number {
  if (length < 0x20) {
    target[at] = 0xa0 | length;
    return 1;
  }
  if (length < 0x100) {
    target[at] = 0xd9;
    target[at + 1] = length;
    return 2;
  }
  if (length < 0x10000) {
    target[at] = 0xda;
    target[at + 1] = length >> 8;
    target[at + 2] = length & 0xff;
    return 3;
  }
  target[at] = 0xdb;
  for (let k = 0; k < 4; k++) target[at + 1 + k] = (length >>> (24 - 8 * k)) & 0xff;
  return 5;
}

/** A whole string, packed. */
export function packString(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const packed = new Uint8Array(bytes.length + 5);
  const head = packStringHead(packed, 0, bytes.length);
  packed.set(bytes, head);
  return packed.subarray(0, head + bytes.length);
}
