/**
 * Reads whole lines of an open file, many at a time, into one buffer that is used again.
 *
 * No work is done per line: the last LF of the buffer is found from its end, and a line over the
 * limit by one probe every `maxLineBytes`.
 *
 * @module
 */
import { readSync } from "node:fs";
import type { Handle } from "./unpack/packed_file.ts";

/** Read at once when looking back for the end of a line. */
const BACK_BYTES = 4096;

/** Bytes of a character: UTF-16LE has lines that end with the two bytes of an LF at an even place. */
export type Unit = 1 | 2;

/** How far a file has been read, in bytes. */
export interface Position {
  /** Where the next line begins. */
  readonly offset: number;
  /** So many bytes from `offset` on are known to hold no LF. */
  readonly scanned: number;
}

export interface Piece {
  /** Whole lines, in a view into the buffer; or the head of one over the limit. */
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
  readonly unit: Unit;
}

/**
 * The next lines of `fd` from `at` on, or the position to try again from when it has grown.
 *
 * `buffer` must be two bytes longer than `maxLineBytes`.
 */
export function readLines(
  fd: Handle,
  at: Position & { readonly buffer: Uint8Array },
  limits: LineLimits,
): Piece | Position {
  const { buffer, offset } = at;
  const filled = fill(fd, buffer, offset);
  if (filled === 0) return { offset, scanned: 0 };
  const whole = afterLastFeed(buffer, filled, limits.unit);
  const end = overlongAt(buffer, whole === 0 ? filled : whole, limits);
  if (end === 0) return readOverlong(fd, at, limits);
  if (end > 0) return { bytes: buffer.subarray(0, end), next: offset + end };
  if (whole > 0) return { bytes: buffer.subarray(0, whole), next: offset + whole };
  if (limits.final) return { bytes: buffer.subarray(0, filled), next: offset + filled };
  return { offset, scanned: filled };
}

function readOverlong(
  fd: Handle,
  at: Position & { readonly buffer: Uint8Array },
  limits: LineLimits,
): Piece | Position {
  const { buffer, offset } = at;
  const { unit } = limits;
  const most = even(limits.maxLineBytes, unit);
  // Nothing is read twice: where the file is compressed, that is dear.
  const head = new Uint8Array(buffer.subarray(0, most));
  let from = offset + Math.max(most, even(at.scanned, unit));
  for (;;) {
    const filled = even(fill(fd, buffer, from), unit);
    const feed = firstFeed(buffer, filled, unit);
    if (feed < 0 && filled === 0 && !limits.final) return { offset, scanned: from - offset };
    if (feed >= 0 || filled === 0) {
      const end = from + Math.max(feed, 0);
      return {
        bytes: wholeChars(head, unit),
        next: feed < 0 ? end : end + unit,
        cutFrom: end - offset,
      };
    }
    from += filled;
  }
}

/** `head` without a last character of UTF-8 that was cut in two; all of it where it is no UTF-8. */
function wholeChars(head: Uint8Array, unit: Unit): Uint8Array {
  let start = head.length - 1;
  while (start > head.length - 4 && start > 0 && (head[start]! & 0xc0) === 0x80) start--;
  const lead = head[start]!;
  const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return unit === 1 && needed > head.length - start ? head.subarray(0, start) : head;
}

/** Where the last line of the first `size` bytes ends, after its LF; 0 where there is none. */
export function endOfLines(fd: Handle, size: number, unit: Unit): number {
  const block = new Uint8Array(BACK_BYTES);
  for (let end = even(size, unit); end > 0;) {
    const start = Math.max(0, end - block.length);
    const filled = fill(fd, block.subarray(0, end - start), start);
    const after = afterLastFeed(block, filled, unit);
    if (after > 0) return start + after;
    end = start;
  }
  return 0;
}

/** Where the first line over the limit begins in `buffer[0, end)`; -1 where there is none. */
function overlongAt(buffer: Uint8Array, end: number, { maxLineBytes, unit }: LineLimits): number {
  let start = 0;
  while (end - start > maxLineBytes) {
    const after = afterLastFeed(buffer, Math.min(end, start + maxLineBytes + unit), unit);
    if (after <= start) return start;
    start = after;
  }
  return -1;
}

/** Where the last LF of `buffer[0, end)` ends; 0 where there is none. */
function afterLastFeed(buffer: Uint8Array, end: number, unit: Unit): number {
  // A search from the very end needs no view.
  if (unit === 1 && end === buffer.length) return buffer.lastIndexOf(10) + 1;
  const part = buffer.subarray(0, end);
  if (unit === 1) return part.lastIndexOf(10) + 1;
  for (let feed = part.lastIndexOf(10); feed >= 0; feed = part.lastIndexOf(10, feed - 1)) {
    if (feed % 2 === 0 && part[feed + 1] === 0) return feed + 2;
    if (feed === 0) break;
  }
  return 0;
}

/** Where the first LF of `buffer[0, end)` begins; -1 where there is none. */
function firstFeed(buffer: Uint8Array, end: number, unit: Unit): number {
  const part = buffer.subarray(0, end);
  let feed = part.indexOf(10);
  while (unit === 2 && feed >= 0 && (feed % 2 === 1 || part[feed + 1] !== 0)) {
    feed = part.indexOf(10, feed + 1);
  }
  return feed;
}

function even(bytes: number, unit: Unit): number {
  return bytes - bytes % unit;
}

/** Reads until `buffer` is full or the file ends: one read may give less. */
export function fill(fd: Handle, buffer: Uint8Array, offset: number): number {
  let filled = 0;
  if (typeof fd !== "number") return fd.read(buffer, offset);
  while (filled < buffer.length) {
    const n = readSync(fd, buffer, filled, buffer.length - filled, offset + filled);
    if (n === 0) break;
    filled += n;
  }
  return filled;
}
