/**
 * Finds the fields of one line: the first of two passes, which writes nothing yet.
 *
 * A line must be known to be whole before any of its values may enter a column: a value that has
 * slipped into its neighbour's dictionary would travel under the wrong data class.
 *
 * @module
 */
import { type FieldPlan, MAX_FIELDS } from "./plan.ts";
import { isSameStamp, type Stamp, STAMP_BYTES } from "./time.ts";

const LF = 10;
const CR = 13;
const SPACE = 32;
const HASH = 35;
const BOM = 0xef;

/** A line and where its fields are: one object, used again for each line. */
export interface Line {
  bytes: Uint8Array;
  /** Of `bytes`. */
  view: DataView;
  start: number;
  end: number;
  /** Where the next line starts. */
  next: number;
  /** It starts with the time that the last line started with. */
  isStamped: boolean;
  /** End of field f; it starts one after the end of field f - 1. */
  readonly ends: Int32Array;
  /** Bytes that are not those of the line. */
  scratch: Uint8Array;
}

export function makeLine(): Line {
  return {
    bytes: new Uint8Array(0),
    view: new DataView(new ArrayBuffer(0)),
    start: 0,
    end: 0,
    next: 0,
    isStamped: false,
    ends: new Int32Array(MAX_FIELDS + 1),
    scratch: new Uint8Array(4096),
  };
}

/** Where field `field` starts. */
export function fieldStart(line: Line, field: number): number {
  return field === 0 ? line.start : line.ends[field - 1]! + 1;
}

/** Splits the line at its spaces; gives the number of fields, at most one more than planned. */
export function splitLine({ bytes, start, end, ends }: Line, plan: FieldPlan): number {
  let at = start;
  for (let field = 0;; field++) {
    while (at < end && bytes[at] !== SPACE) at++;
    ends[field] = at;
    if (at >= end || field === plan.count) return field + 1;
    at++;
  }
}

/**
 * Splits the line at `line.start` and finds its end, if it is as nearly all lines are: the fields
 * of the plan, each but the last followed by one space, and no other blank or control character.
 *
 * Looks at four bytes at a time: a byte below 33 has its top bit set in `marks`, and so may have a
 * byte after such a one.
 */
export function splitPlainLine(line: Line, plan: FieldPlan, stamp: Stamp): boolean {
  const { bytes, view, ends, start } = line;
  const first = bytes[start]!;
  if (first <= SPACE || first === HASH || first === BOM) return false;
  const lastField = plan.count - 1;
  const last = bytes.length - 4;
  let field = 0;
  let at = start;
  line.isStamped = plan.startsWithTime && start + STAMP_BYTES <= last &&
    isSameStamp(view, start, stamp);
  if (line.isStamped) {
    ends[0] = start + 10;
    ends[1] = start + 19;
    field = 2;
    at = start + STAMP_BYTES;
  }
  for (; at <= last; at += 4) {
    const word = view.getInt32(at, true);
    let marks = (word - 0x21212121) & ~word & 0x80808080;
    while (marks !== 0) {
      const place = at + ((31 - Math.clz32(marks & -marks)) >> 3);
      marks &= marks - 1;
      const byte = bytes[place]!;
      if (byte > SPACE) continue;
      const isLast = field === lastField;
      ends[field] = place;
      if (byte < SPACE) return isLast && isPlainEnd(line, place);
      if (isLast) return false;
      field++;
    }
  }
  return false;
}

/** Whether the control character at `place` ends the line, and its last field is not empty. */
function isPlainEnd(line: Line, place: number): boolean {
  const { bytes } = line;
  const feed = bytes[place] === CR ? place + 1 : place;
  if (bytes[feed] !== LF || bytes[place - 1] === SPACE) return false;
  line.end = place;
  line.next = feed + 1;
  return true;
}
