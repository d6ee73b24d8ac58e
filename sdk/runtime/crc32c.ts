/**
 * CRC-32C (Castagnoli; RFC 3720 appendix B.4), eight bytes at a time.
 *
 * It guards records on disk against torn writes and flipped bits. The platforms' own `crc32` is
 * another polynomial.
 *
 * @module
 */

/** Reflected form of 0x1EDC6F41. */
const POLYNOMIAL = 0x82f63b78;

/** Slicing by 8: `TABLES[256 * k + b]` is the effect of byte b that has k bytes after it. */
const TABLES = /* @__PURE__ */ makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let b = 0; b < 256; b++) {
    let crc = b;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[b] = crc;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
}

/** CRC-32C of `bytes`, as an unsigned 32-bit number; `previous` is that of the bytes before them. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const t = TABLES;
  const end = bytes.length;
  const whole = end - (end & 7);
  let crc = ~previous;
  let i = 0;
  for (; i < whole; i += 8) {
    const low = crc ^
      (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    crc = t[1792 + (low & 0xff)]! ^ t[1536 + ((low >>> 8) & 0xff)]! ^
      t[1280 + ((low >>> 16) & 0xff)]! ^ t[1024 + (low >>> 24)]! ^
      t[768 + bytes[i + 4]!]! ^ t[512 + bytes[i + 5]!]! ^ t[256 + bytes[i + 6]!]! ^
      t[bytes[i + 7]!]!;
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}
