/**
 * The next whole lines, or whole records, of a file that a tail follows.
 *
 * @module
 */
import { contentCheck } from "./file_identity.ts";
import type { Followed } from "./followed.ts";
import type { TailOptions } from "./io.ts";
import { type Piece, readLines, type Unit } from "./line_reader.ts";
import type { Handle } from "./unpack/packed_file.ts";
import { asUtf8, beforeLastRecord } from "./utf16.ts";

export interface PieceOptions {
  readonly maxLineBytes: number;
  readonly startsRecord?: TailOptions["startsRecord"];
  /** Files grow no more. */
  readonly once: boolean;
  readonly now: () => number;
}

/** A record of many lines is whole when nobody has written to its file for so long, in ms. */
export const RECORD_MS = 1_000;

/** What there is of `file` from its offset on, which moves; undefined where there is nothing now. */
export function readPiece(
  file: Followed,
  { fd, buffer }: { readonly fd: Handle; readonly buffer: Uint8Array },
  options: PieceOptions,
): Piece | undefined {
  const { maxLineBytes, once } = options;
  const at = { offset: file.offset, scanned: file.scanned, buffer };
  const final = once || file.final;
  const unit = file.unit(fd);
  const read = readLines(fd, at, { maxLineBytes, final, unit });
  if (!("bytes" in read)) {
    file.scanned = read.scanned;
    file.size = Math.max(file.size, read.offset + read.scanned);
    if (final) file.size = file.offset;
    return undefined;
  }
  const lines = asUtf8(read, { unit, isStart: file.offset === 0 });
  const isRest = file.size - file.offset <= buffer.length;
  const piece = wholeRecords(lines, { file, isRest, unit }, options);
  if (piece === undefined) {
    file.holds = true;
    file.scanned = read.next - file.offset;
    return undefined;
  }
  file.moveTo(piece.next, contentCheck(fd, piece.next));
  return piece;
}

/** As much of `lines` as ends with a record; undefined where the only one may go on. */
function wholeRecords(
  lines: Piece,
  { file, isRest, unit }: { file: Followed; isRest: boolean; unit: Unit },
  { startsRecord, once, now }: PieceOptions,
): Piece | undefined {
  if (startsRecord === undefined || lines.cutFrom !== undefined) return lines;
  const isOver = once || file.final || now() - file.changedAt >= RECORD_MS;
  if (isRest && isOver) return lines;
  return beforeLastRecord(lines, startsRecord, unit) ?? (isRest ? undefined : lines);
}
