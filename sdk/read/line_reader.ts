/**
 * Reads whole lines of an open file, many at a time, into one buffer that is used again.
 *
 * No work is done per line: the last LF of the buffer is found from its end, and a line over the
 * limit by one probe every `maxLineBytes`.
 *
 * @module
 */
import { readSync } from "node:fs";

/** Read at once when looking back for the end of a line. */
const BACK_BYTES = 4096;

/** How far a file has been read, in bytes. */
export interface Position {
  /** Where the next line begins. */
  readonly offset: number;
  /** So many bytes from `offset` on are known to hold no LF. */
  readonly scanned: number;
}

export interface Piece {
  /** Whole lines, or the head of one over the limit; a view into the buffer. */
  readonly bytes: Uint8Array;
  /** Offset of the line after it. */
  readonly next: number;
  /** It is the head of a line of so many bytes. */
  readonly cutFrom?: number;
}

export interface LineLimits {
  readonly maxLineBytes: number;
  /** The file grows no more: its last line is whole even without LF. */
  readonly final: boolean;
}

/**
 * The next lines of `fd` from `at` on, or the position to try again from when it has grown.
 *
 * `buffer` must be longer than `maxLineBytes`.
 */
export function readLines(
  fd: number,
  at: Position & { readonly buffer: Uint8Array },
  limits: LineLimits,
): Piece | Position {
  const { buffer, offset } = at;
  const filled = fill(fd, buffer, offset);
  if (filled === 0) return { offset, scanned: 0 };
  const whole = lastFeed(buffer, filled) + 1;
  const end = overlongAt(buffer, whole === 0 ? filled : whole, limits.maxLineBytes);
  if (end === 0) return readOverlong(fd, at, limits);
  if (end > 0) return { bytes: buffer.subarray(0, end), next: offset + end };
  if (whole > 0) return { bytes: buffer.subarray(0, whole), next: offset + whole };
  if (limits.final) return { bytes: buffer.subarray(0, filled), next: offset + filled };
  return { offset, scanned: filled };
}

function readOverlong(
  fd: number,
  at: Position & { readonly buffer: Uint8Array },
  limits: LineLimits,
): Piece | Position {
  const { buffer, offset } = at;
  let from = offset + Math.max(limits.maxLineBytes, at.scanned);
  for (;;) {
    const filled = fill(fd, buffer, from);
    const feed = buffer.subarray(0, filled).indexOf(10);
    if (feed < 0 && filled === 0 && !limits.final) return { offset, scanned: from - offset };
    if (feed >= 0 || filled === 0) {
      const end = from + Math.max(feed, 0);
      const head = buffer.subarray(0, limits.maxLineBytes);
      fill(fd, head, offset);
      return { bytes: head, next: feed < 0 ? end : end + 1, cutFrom: end - offset };
    }
    from += filled;
  }
}

/** Where the last line of the first `size` bytes ends, after its LF; 0 where there is none. */
export function endOfLines(fd: number, size: number): number {
  const block = new Uint8Array(Math.min(size, BACK_BYTES));
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - block.length);
    const filled = fill(fd, block.subarray(0, end - start), start);
    const feed = block.subarray(0, filled).lastIndexOf(10);
    if (feed >= 0) return start + feed + 1;
    end = start;
  }
  return 0;
}

/** Where the first line over `max` bytes begins in `buffer[0, end)`; -1 where there is none. */
function overlongAt(buffer: Uint8Array, end: number, max: number): number {
  let start = 0;
  while (end - start > max) {
    const feed = buffer.lastIndexOf(10, start + max);
    if (feed < start) return start;
    start = feed + 1;
  }
  return -1;
}

function lastFeed(buffer: Uint8Array, filled: number): number {
  return filled === buffer.length
    ? buffer.lastIndexOf(10)
    : buffer.subarray(0, filled).lastIndexOf(10);
}

/** Reads until `buffer` is full or the file ends: one read may give less. */
export function fill(fd: number, buffer: Uint8Array, offset: number): number {
  let filled = 0;
  while (filled < buffer.length) {
    const n = readSync(fd, buffer, filled, buffer.length - filled, offset + filled);
    if (n === 0) break;
    filled += n;
  }
  return filled;
}
