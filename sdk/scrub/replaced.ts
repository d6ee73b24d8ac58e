/**
 * Finds replaced by tokens, and whether a second look at the result would find anything.
 *
 * A second look at all of it is what scrubbing cost most. It sees the same as the first one wherever
 * neither a detector looked into what was replaced, nor a token touches what was beside it.
 *
 * @module
 */
import type { Arena } from "../columns/strings.ts";
import { isFoundAt, type Scan } from "./detect/scan.ts";
import { CLASSES, type Found, WORD } from "./detect/text.ts";
import { isInRun, type Range } from "./runs.ts";

/** Appends the text of the token of a find in `bytes`. */
export type AddToken = (out: Arena, bytes: Uint8Array, find: Found) => void;

/** A `%` or `\` so far before a token may make an escape of its first letters. */
const ESCAPE_BYTES = 5;
const PERCENT = 37;
const BACKSLASH = 92;

/**
 * Gives `out` the text in `bytes[start, end)` with each find replaced that is not kept. True if a
 * second look at that would find nothing, false if it may. The text must have no layer that is text.
 */
// oxlint-disable-next-line max-params -- hot path: an object a text is what it avoids
export function replaceFinds(
  out: Arena,
  bytes: Uint8Array,
  { start, end }: Range,
  { scan, addToken }: { readonly scan: Scan; readonly addToken: AddToken },
): boolean {
  out.cut(0);
  /** By find: what is added to places between the find before it and this one. */
  const shifts: number[] = [];
  let from = start;
  for (const find of scan.found) {
    if (find.kept) {
      shifts.push(0);
      continue;
    }
    out.extend(bytes, from, find.start);
    shifts.push(out.used - find.start);
    addToken(out, bytes, find);
    from = find.end;
  }
  out.extend(bytes, from, end);
  return isSettled(bytes, { start, end }, scan) && isClosed(out, scan, shifts);
}

/** True if each token stands alone: it is one token, and part of no escape and no run of digits. */
function isSettled(
  bytes: Uint8Array,
  { start, end }: Range,
  { found, isOpenKnown, hasSigns }: Scan,
): boolean {
  if (!isOpenKnown) return false;
  for (const find of found) {
    if (find.kept) continue;
    const after = find.end < end ? bytes[find.end]! : 0;
    if (isInRun(after) || (CLASSES[after]! & WORD) !== 0) return false;
    if (find.start > start && isInRun(bytes[find.start - 1]!)) return false;
    for (let at = Math.max(start, find.start - ESCAPE_BYTES); hasSigns && at < find.start; at++) {
      if (bytes[at] === PERCENT || bytes[at] === BACKSLASH) return false;
    }
  }
  return true;
}

/** True if there is still nothing where bytes of a find had a part in that there was nothing. */
function isClosed({ bytes, used }: Arena, { open }: Scan, shifts: readonly number[]): boolean {
  for (const { at, floor, before } of open) {
    const shift = shifts[before]!;
    if (isFoundAt(bytes, used, at + shift, floor + shift)) return false;
  }
  return true;
}
