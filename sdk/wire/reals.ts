/**
 * Doubles and 64-bit numbers on the wire: as decimals where all of them are some, else as planes.
 *
 * @module
 */
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { writeInts } from "./ints.ts";

/** Most decimal digits after the point that are tried. */
const MOST_DIGITS = 6;

/**
 * Writes `values` as whole numbers over a power of ten: the digits, then what `between` writes,
 * then the numbers. False, having written nothing, if that would not give back each value exactly.
 */
export function writeDecimals(
  out: ByteWriter,
  values: Float64Array,
  between: () => void,
): boolean {
  for (let digits = 0, scale = 1; digits <= MOST_DIGITS; digits += 2, scale *= 100) {
    const whole = wholes(values, scale);
    if (whole === undefined) continue;
    out.varint(digits);
    between();
    writeInts(out, whole);
    return true;
  }
  return false;
}

/** The bits of each value XOR those of the value before it. */
export function planesOf(values: Float64Array): BigInt64Array {
  const bits = new BigInt64Array(new Float64Array(values).buffer);
  for (let i = bits.length - 1; i > 0; i--) bits[i]! ^= bits[i - 1]!;
  return bits;
}

/** Undoes {@link planesOf}, in place. */
export function realsOf(bits: BigInt64Array): Float64Array {
  for (let i = 1; i < bits.length; i++) bits[i]! ^= bits[i - 1]!;
  return new Float64Array(bits.buffer);
}

/** Writes plane k (byte k of each value, least first) for k from 0 to 7. */
export function writePlanes64(out: ByteWriter, values: BigInt64Array): void {
  const n = values.length;
  out.ensure(8 * n);
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  for (let i = 0; i < n; i++) {
    const value = view.getBigInt64(i * 8, LITTLE);
    const low = Number(BigInt.asUintN(32, value));
    const high = Number(BigInt.asUintN(32, value >> 32n));
    for (let k = 0; k < 4; k++) {
      out.bytes[out.used + k * n + i] = low >>> (8 * k);
      out.bytes[out.used + (k + 4) * n + i] = high >>> (8 * k);
    }
  }
  out.used += 8 * n;
}

/** Reads `n` values that {@link writePlanes64} wrote. */
export function readPlanes64(input: ByteReader, n: number): BigInt64Array {
  const planes = input.take(8 * n);
  const values = new BigInt64Array(n);
  const bytes = new Uint8Array(values.buffer);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < 8; k++) bytes[i * 8 + (LITTLE ? k : 7 - k)] = planes[k * n + i]!;
  }
  return values;
}

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function wholes(values: Float64Array, scale: number): Float64Array | undefined {
  const whole = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const scaled = Math.round(value * scale);
    // Minus zero and infinity are not whole numbers over anything.
    if (!Number.isSafeInteger(scaled) || Object.is(scaled, -0)) return undefined;
    if (scaled / scale !== value) return undefined;
    whole[i] = scaled;
  }
  return whole;
}
