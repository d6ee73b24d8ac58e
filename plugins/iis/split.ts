/**
 * Finds the fields of one line: the first of two passes, which writes nothing yet.
 *
 * A line must be known to be whole before any of its values may enter a column: a value that has
 * slipped into its neighbour's dictionary would travel under the wrong data class.
 *
 * @module
 */
import { type FieldPlan, MAX_FIELDS, SCAN_PLAIN, SCAN_SHORT } from "./plan.ts";

const SPACE = 32;
const DASH = 45;

/** A line and where its fields are: one object, used again for each line. */
export interface Line {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** End of field f; it starts one after the end of field f - 1. */
  readonly ends: Int32Array;
  /** Of fields that the plan calls short: h = h * 31 + byte, in 32 bits. */
  readonly hashes: Int32Array;
  /** The first space at or after the place last asked for: no byte is searched twice. */
  spaceAt: number;
  /** Bytes that are rewritten before they go to a column; grows. */
  scratch: Uint8Array;
}

export function makeLine(): Line {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    ends: new Int32Array(MAX_FIELDS + 1),
    hashes: new Int32Array(MAX_FIELDS + 1),
    spaceAt: -1,
    scratch: new Uint8Array(4096),
  };
}

/** Splits the line at its spaces; gives the number of fields, at most one more than planned. */
export function splitLine(line: Line, plan: FieldPlan): number {
  const { bytes, ends, hashes, end } = line;
  const { scan, count } = plan;
  let at = line.start;
  let field = 0;
  if (plan.startsWithTime && end - at > 20 && bytes[at + 10] === SPACE && bytes[at + 19] === SPACE) {
    // "yyyy-mm-dd hh:mm:ss ": whether it is that is seen when it is read as a time.
    ends[0] = at + 10;
    ends[1] = at + 19;
    field = 2;
    at += 20;
  }
  for (;;) {
    if (field < count && scan[field] === SCAN_SHORT) {
      let hash = 0;
      let byte = 0;
      while (at < end && (byte = bytes[at]!) !== SPACE) {
        hash = (Math.imul(hash, 31) + byte) | 0;
        at++;
      }
      hashes[field] = hash;
    } else if (field < count && scan[field] === SCAN_PLAIN) {
      while (at < end && bytes[at] !== SPACE) at++;
    } else if (bytes[at] === DASH && bytes[at + 1] === SPACE) at++;
    else at = nextSpace(line, at);
    ends[field++] = at;
    if (at >= end || field > count) return field;
    at++;
  }
}

/** The next space from `at` on, or the line's end. Linear over a chunk, however few spaces. */
function nextSpace(line: Line, at: number): number {
  if (line.spaceAt < at) {
    const found = line.bytes.indexOf(SPACE, at);
    line.spaceAt = found < 0 ? line.bytes.length : found;
  }
  return line.spaceAt < line.end ? line.spaceAt : line.end;
}

/** Where field `field` starts. */
export function fieldStart(line: Line, field: number): number {
  return field === 0 ? line.start : line.ends[field - 1]! + 1;
}

/** The hash that `DictBuilder.rangeHashed` wants, four bytes at a time. */
export function hashRange(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    hash = (Math.imul(hash, 923_521) + bytes[at]! * 29_791 + bytes[at + 1]! * 961 +
      bytes[at + 2]! * 31 + bytes[at + 3]!) | 0;
  }
  for (; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
  return hash;
}
