/**
 * Files in UTF-16LE, as Windows writes many: told by their mark (Unicode §23.8), given as UTF-8.
 *
 * @module
 */
import { fill, type Piece, type Unit } from "./line_reader.ts";
import type { Handle } from "./unpack/packed_file.ts";

const MARK = [0xff, 0xfe] as const;

/** Whether bytes begin as a file in UTF-16LE does. */
export function hasUtf16Mark(head: Uint8Array): boolean {
  return head[0] === MARK[0] && head[1] === MARK[1];
}

/** Bytes of a character of the open file; `keep` is told once it has the two bytes that decide. */
export function unitOf(fd: Handle, keep: (unit: Unit) => void): Unit {
  const head = new Uint8Array(MARK.length);
  if (fill(fd, head, 0) < head.length) return 1;
  const unit = hasUtf16Mark(head) ? 2 : 1;
  keep(unit);
  return unit;
}

/** The text of bytes in UTF-16LE as UTF-8, without a mark where they begin the file. */
export function utf16ToUtf8(bytes: Uint8Array, isStart: boolean): Uint8Array {
  const text = new TextDecoder("utf-16le", { ignoreBOM: !isStart }).decode(bytes);
  return new TextEncoder().encode(text);
}

/** `piece` as UTF-8, whatever its characters take in the file. */
export function asUtf8(
  piece: Piece,
  from: { readonly unit: Unit; readonly isStart: boolean },
): Piece {
  return from.unit === 1 ? piece : { ...piece, bytes: utf16ToUtf8(piece.bytes, from.isStart) };
}

/** The part of whole lines before their last record; all of them where that is the only one. */
export function beforeLastRecord(
  { bytes, next }: Piece,
  startsRecord: (lines: Uint8Array, at: number) => boolean,
  unit: Unit,
): Piece | undefined {
  for (let at = lastLine(bytes, bytes.length); at > 0; at = lastLine(bytes, at)) {
    if (!startsRecord(bytes, at)) continue;
    const held = bytes.subarray(at);
    const heldBytes = unit === 1 ? held.length : new TextDecoder().decode(held).length * unit;
    return { bytes: bytes.subarray(0, at), next: next - heldBytes };
  }
  return undefined;
}

/** Where the last line of `bytes[0, end)` begins; 0 where there is one only. */
function lastLine(bytes: Uint8Array, end: number): number {
  return end < 2 ? 0 : bytes.lastIndexOf(10, end - 2) + 1;
}
