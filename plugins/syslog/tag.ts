/**
 * Tags of RFC 3164 §4.1.3 as they are met: `name:`, `name[id]:` or `name[id]`.
 *
 * @module
 */
const SPACE = 32;
const COLON = 58;
const OPEN = 91;
const CLOSE = 93;
const MAX_INT = 2_147_483_647;

/** What the last scan of a tag has found is in its fields. */
export class TagReader {
  /** Where its name ends. */
  nameEnd = 0;
  /** NaN where it has none that is a number. */
  processId = NaN;

  /**
   * Where the message begins after the tag at `at`: `at` itself if there is no tag. A tag is
   * `name:`, `name[id]:` or `name[id]`, and a space or the end follows.
   */
  endOf(bytes: Uint8Array, at: number, end: number): number {
    let i = at;
    let c = 0;
    for (; i < end; i++) {
      c = bytes[i]!;
      if (c === COLON || c === OPEN || c === SPACE) break;
    }
    this.nameEnd = i;
    this.processId = NaN;
    if (i === at || i === end || c === SPACE) return at;
    if (c === OPEN) i = this.#bracket(bytes, i, end);
    else i++;
    if (i < 0 || (i < end && bytes[i] !== SPACE)) return at;
    return i < end ? i + 1 : end;
  }

  /** The index after `[id]` or `[id]:`, or -1. An id that is no number stays in the name. */
  #bracket(bytes: Uint8Array, open: number, end: number): number {
    let i = open + 1;
    let value = 0;
    let isNumber = true;
    for (; i < end; i++) {
      const c = bytes[i]!;
      if (c === CLOSE || c === SPACE) break;
      const digit = c - 48;
      if (digit >>> 0 <= 9) value = value * 10 + digit;
      else isNumber = false;
    }
    if (i >= end || bytes[i] !== CLOSE) return -1;
    if (isNumber && i > open + 1 && value <= MAX_INT) this.processId = value;
    else this.nameEnd = i + 1;
    return bytes[i + 1] === COLON && i + 1 < end ? i + 2 : i + 1;
  }
}
