/**
 * Finds the fields of one line: the first of two passes, which writes nothing yet.
 *
 * A line must be known to be whole before any of its values may enter a column: a value that has
 * slipped into its neighbour's dictionary would travel under the wrong data class.
 *
 * @module
 */
import { type FieldPlan, MAX_FIELDS, SCAN_HASH, SCAN_PLAIN, SCAN_PLUS } from "./plan.ts";

const SPACE = 32;
const PLUS = 43;

/** A line and where its fields are: one object, used again for each line. */
export interface Line {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** End of field f; it starts one after the end of field f - 1. */
  readonly ends: Int32Array;
  /** Of fields that go to a dictionary: h = h * 31 + byte, in 32 bits. */
  readonly hashes: Int32Array;
  /** Of fields with `+` for a space: where in `scratch` their text is, with the spaces. */
  readonly decoded: Int32Array;
  /** Bytes that are not those of the line; at least as many as the line has. */
  scratch: Uint8Array;
}

export function makeLine(): Line {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    ends: new Int32Array(MAX_FIELDS + 1),
    hashes: new Int32Array(MAX_FIELDS + 1),
    decoded: new Int32Array(MAX_FIELDS + 1),
    scratch: new Uint8Array(4096),
  };
}

/** Splits the line at its spaces; gives the number of fields, at most one more than planned. */
export function splitLine(line: Line, plan: FieldPlan): number {
  const { bytes, ends, end } = line;
  const { scan, count } = plan;
  let at = line.start;
  let field = 0;
  let used = 0;
  if (line.scratch.length < end - at) line.scratch = new Uint8Array((end - at) * 2);
  if (
    plan.startsWithTime && end - at > 20 && bytes[at + 10] === SPACE && bytes[at + 19] === SPACE
  ) {
    // "yyyy-mm-dd hh:mm:ss ": whether it is that is seen when it is read as a time.
    ends[0] = at + 10;
    ends[1] = at + 19;
    field = 2;
    at += 20;
  }
  for (;;) {
    const how = field < count ? scan[field] : SCAN_PLAIN;
    if (how === SCAN_HASH) at = scanHash(line, at, field);
    else if (how === SCAN_PLUS) {
      line.decoded[field] = used;
      const next = scanPlus(line, at, field);
      used += next - at;
      at = next;
    } else at = scanPlain(bytes, at, end);
    ends[field++] = at;
    if (at >= end || field > count) return field;
    at++;
  }
}

/** Where field `field` starts. */
export function fieldStart(line: Line, field: number): number {
  return field === 0 ? line.start : line.ends[field - 1]! + 1;
}

/** The next space from `at` on, or `end`. */
function scanPlain(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (
    at + 4 <= end && bytes[at] !== SPACE && bytes[at + 1] !== SPACE && bytes[at + 2] !== SPACE &&
    bytes[at + 3] !== SPACE
  ) at += 4;
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
}

/** As {@link scanPlain}, and sets the hash that `DictBuilder.rangeHashed` wants. */
function scanHash(line: Line, from: number, field: number): number {
  const { bytes, end } = line;
  let at = from;
  let hash = 0;
  let byte = 0;
  while (at < end && (byte = bytes[at]!) !== SPACE) {
    hash = (Math.imul(hash, 31) + byte) | 0;
    at++;
  }
  line.hashes[field] = hash;
  return at;
}

/** As {@link scanHash}, of the text with a space for each `+`, which it puts into `scratch`. */
function scanPlus(line: Line, from: number, field: number): number {
  const { bytes, scratch, end } = line;
  let to = line.decoded[field]!;
  let at = from;
  let hash = 0;
  for (; at + 4 <= end; at += 4, to += 4) {
    const a = bytes[at]!;
    const b = bytes[at + 1]!;
    const c = bytes[at + 2]!;
    const d = bytes[at + 3]!;
    if (a === SPACE || b === SPACE || c === SPACE || d === SPACE) break;
    hash = (Math.imul(hash, 923_521) + (scratch[to] = plusToSpace(a)) * 29_791 +
      (scratch[to + 1] = plusToSpace(b)) * 961 + (scratch[to + 2] = plusToSpace(c)) * 31 +
      (scratch[to + 3] = plusToSpace(d))) | 0;
  }
  for (; at < end && bytes[at] !== SPACE; at++, to++) {
    const byte = plusToSpace(bytes[at]!);
    scratch[to] = byte;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  line.hashes[field] = hash;
  return at;
}

function plusToSpace(byte: number): number {
  return byte === PLUS ? SPACE : byte;
}
