/**
 * The next whole lines, or whole records, of a file that a tail follows.
 *
 * @module
 */
import { contentCheck, headOf } from "./file_identity.ts";
import type { Followed } from "./followed.ts";
import type { RecordScanner, TailOptions } from "./io.ts";
import { fill, type Piece, readLines, type Unit } from "./line_reader.ts";
import type { Handle } from "./unpack/packed_file.ts";
import { asUtf8, beforeLastRecord } from "./utf16.ts";

export interface PieceOptions {
  readonly maxLineBytes: number;
  readonly startsRecord?: TailOptions["startsRecord"];
  readonly records?: TailOptions["records"];
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
  if (recordsOf(file, fd, options) !== "lines") return readRecords(file, { fd, buffer }, options);
  const { maxLineBytes, once } = options;
  const at = { offset: file.offset, scanned: file.scanned, buffer };
  const final = once || file.final;
  const unit = file.unit(fd);
  const read = readLines(fd, at, { maxLineBytes, final, unit });
  if (!("bytes" in read)) {
    waitAt(file, read.scanned, final);
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
  return moved(file, fd, piece);
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

/** So many bytes from the file's offset on are not enough. */
function waitAt(file: Followed, scanned: number, final: boolean): void {
  file.scanned = scanned;
  file.size = final ? file.offset : Math.max(file.size, file.offset + scanned);
}

const HEAD_BYTES = 64;

function recordsOf(file: Followed, fd: Handle, { records, once }: PieceOptions) {
  if (records === undefined) return "lines";
  file.records ??= records(headOf(fd, HEAD_BYTES)) ?? (once || file.final ? "lines" : undefined);
  return file.records;
}

function readRecords(
  file: Followed,
  { fd, buffer }: { readonly fd: Handle; readonly buffer: Uint8Array },
  { once }: PieceOptions,
): Piece | undefined {
  const final = once || file.final;
  const { offset, records } = file;
  const filled = fill(fd, buffer, offset);
  if (records === undefined || records === "lines" || filled === 0) {
    waitAt(file, filled, final);
    return undefined;
  }
  const scanner = records();
  const read = buffer.subarray(0, filled);
  let end = 0;
  for (let next = scanner.end(read, 0); next >= 0; next = scanner.end(read, next)) {
    end = next;
    if (next === filled) break;
  }
  if (end === 0 && filled === buffer.length) return cutRecord(file, { fd, buffer, scanner }, final);
  // What the file's end cuts is all that it will ever be.
  if (end === 0 && final) end = filled;
  if (end > 0) return moved(file, fd, { bytes: buffer.subarray(0, end), next: offset + end });
  waitAt(file, filled, final);
  return undefined;
}

/** The head of a record that fills the buffer, when its end is found. */
function cutRecord(
  file: Followed,
  { fd, buffer, scanner }: { fd: Handle; buffer: Uint8Array; scanner: RecordScanner },
  final: boolean,
): Piece | undefined {
  const { offset } = file;
  const head = new Uint8Array(buffer);
  for (let at = offset + buffer.length;;) {
    const filled = fill(fd, buffer, at);
    const end = filled === 0 ? -1 : scanner.end(buffer.subarray(0, filled), 0);
    if (filled === 0 && !final) {
      waitAt(file, at - offset, final);
      return undefined;
    }
    at += Math.max(end, 0) || filled;
    if (end < 0 && filled > 0) continue;
    return moved(file, fd, { bytes: head, next: at, cutFrom: at - offset });
  }
}

function moved(file: Followed, fd: Handle, piece: Piece): Piece {
  file.moveTo(piece.next, contentCheck(fd, piece.next));
  return piece;
}
