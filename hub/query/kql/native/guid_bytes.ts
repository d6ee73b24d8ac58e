/**
 * A guid as 16 bytes in the order of Windows: the first three groups little-endian.
 *
 * @module
 */

const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** Of a guid's text. */
export function guidToBytes(guid: string): Buffer {
  const written = Buffer.from(guid.replaceAll("-", ""), "hex");
  return Buffer.from(ORDER.map((at) => written[at]!));
}

/** Of 16 bytes. */
export function guidFromBytes(bytes: Uint8Array): string {
  const hex = Buffer.from(ORDER.map((at) => bytes[at]!)).toString("hex");
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([from, to]) => hex.slice(from, to))
    .join("-");
}
