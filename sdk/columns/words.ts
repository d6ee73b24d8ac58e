/**
 * Byte ranges four bytes at a time: hashed, compared and copied.
 *
 * A `DataView` reads a word for the price of a byte (0.3 ns in Bun, aligned or not), but costs some
 * 50 ns to make. So one view is kept, of the array last asked for: chunks of input are read
 * thousands of times each, short arrays are copied into a small one instead.
 *
 * @module
 */

/** Arrays shorter than that are not worth a view of their own. */
const MIN_VIEWED_BYTES = 1024;
/** Ranges up to that are copied where their array has no view. */
const MAX_COPIED_BYTES = 256;
/** A range may be read, and a copy written, so far beyond its end. */
export const SLACK_BYTES = 16;

const FACTOR = -1_640_531_527;
const FACTOR_B = 0x2c1b3c6d;
const FACTOR_C = 0x297a2d39;
const FACTOR_D = -2_048_144_777;

const scratch = new Uint8Array(MAX_COPIED_BYTES + SLACK_BYTES);
const scratchView = new DataView(scratch.buffer);
let viewed: Uint8Array = new Uint8Array(0);
let kept: DataView = new DataView(viewed.buffer);

/**
 * A view in which the words of a range are, readable {@link SLACK_BYTES} beyond its end: of the whole
 * array, or of a copy of the range alone, which is valid until the next call.
 */
export function viewOf(source: Uint8Array, start: number, end: number): DataView {
  return source === viewed && end + SLACK_BYTES <= source.length
    ? kept
    : otherView(source, start, end);
}

/** Where in the view that {@link viewOf} gave the range starts. */
export function placeIn(view: DataView, start: number): number {
  return view === kept ? start : 0;
}

function otherView(source: Uint8Array, start: number, end: number): DataView {
  if (source !== viewed && source.length >= MIN_VIEWED_BYTES) {
    viewed = source;
    kept = new DataView(source.buffer, source.byteOffset, source.length);
    if (end + SLACK_BYTES <= source.length) return kept;
  }
  if (end - start <= MAX_COPIED_BYTES) {
    for (let i = start; i < end; i++) scratch[i - start] = source[i]!;
    return scratchView;
  }
  const copy = new Uint8Array(end - start + SLACK_BYTES);
  copy.set(source.subarray(start, end));
  return new DataView(copy.buffer);
}

/** Ranges up to that length have a hash of their own. */
export const EXACT_BYTES = 4;

/** Of up to {@link EXACT_BYTES}: those bytes themselves. */
export function exactHash(from: DataView, at: number, length: number): number {
  return length === 0 ? 0 : from.getInt32(at, true) & (-1 >>> ((EXACT_BYTES - length) << 3));
}

/** A hash of 32 bits of four words. */
// oxlint-disable-next-line max-params -- hot path: an object a value is what it avoids
export function hashFour(a: number, b: number, c: number, d: number): number {
  const ab = Math.imul(a, FACTOR_B) ^ Math.imul(b, FACTOR_C);
  const cd = Math.imul(c, FACTOR) ^ Math.imul(d, FACTOR_D);
  const hash = (ab + cd) | 0;
  return hash ^ (hash >>> 15);
}

/**
 * A hash of 32 bits of 16 bytes or more, in four lanes, so that no multiplication waits for
 * another; the last 16 bytes may overlap those before.
 */
export function hashLong(from: DataView, at: number, length: number): number {
  let a = length;
  let b = 0;
  let c = 0;
  let d = 0;
  const last = at + length - 16;
  for (let i = at; i < last; i += 16) {
    a = (Math.imul(a, FACTOR) + from.getInt32(i, true)) | 0;
    b = (Math.imul(b, FACTOR) + from.getInt32(i + 4, true)) | 0;
    c = (Math.imul(c, FACTOR) + from.getInt32(i + 8, true)) | 0;
    d = (Math.imul(d, FACTOR) + from.getInt32(i + 12, true)) | 0;
  }
  a = (Math.imul(a, FACTOR) + from.getInt32(last, true)) | 0;
  b = (Math.imul(b, FACTOR) + from.getInt32(last + 4, true)) | 0;
  c = (Math.imul(c, FACTOR) + from.getInt32(last + 8, true)) | 0;
  d = (Math.imul(d, FACTOR) + from.getInt32(last + 12, true)) | 0;
  const ab = Math.imul(a ^ (a >>> 15), FACTOR_B) + Math.imul(b ^ (b >>> 14), FACTOR_C);
  const cd = Math.imul(c ^ (c >>> 13), FACTOR_D) + Math.imul(d ^ (d >>> 16), FACTOR);
  const hash = (ab ^ cd) | 0;
  return hash ^ (hash >>> 15);
}

/** Whether `length` bytes, 4 or more, are the same in both places. */
// oxlint-disable-next-line max-params -- hot path: an object a value is what it avoids
export function equalWords(
  a: DataView,
  atA: number,
  b: DataView,
  atB: number,
  length: number,
): boolean {
  if (length < 16) {
    for (let k = 0; k < length - 4; k += 4) {
      if (a.getInt32(atA + k, true) !== b.getInt32(atB + k, true)) return false;
    }
    return a.getInt32(atA + length - 4, true) === b.getInt32(atB + length - 4, true);
  }
  for (let k = 0; k < length - 16; k += 16) if (!equalBlock(a, atA + k, b, atB + k)) return false;
  return equalBlock(a, atA + length - 16, b, atB + length - 16);
}

// oxlint-disable-next-line max-params -- hot path: an object a value is what it avoids
function equalBlock(a: DataView, atA: number, b: DataView, atB: number): boolean {
  const differs = (a.getInt32(atA, true) ^ b.getInt32(atB, true)) |
    (a.getInt32(atA + 4, true) ^ b.getInt32(atB + 4, true)) |
    (a.getInt32(atA + 8, true) ^ b.getInt32(atB + 8, true)) |
    (a.getInt32(atA + 12, true) ^ b.getInt32(atB + 12, true));
  return differs === 0;
}

/** Copies `length` bytes, and those up to the next 16. */
// oxlint-disable-next-line max-params -- hot path: an object a value is what it avoids
export function copyWords(
  from: DataView,
  at: number,
  to: DataView,
  atTo: number,
  length: number,
): void {
  for (let k = 0; k < length; k += 16) {
    to.setInt32(atTo + k, from.getInt32(at + k, true), true);
    to.setInt32(atTo + k + 4, from.getInt32(at + k + 4, true), true);
    to.setInt32(atTo + k + 8, from.getInt32(at + k + 8, true), true);
    to.setInt32(atTo + k + 12, from.getInt32(at + k + 12, true), true);
  }
}
