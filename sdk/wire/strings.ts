/**
 * Lists of strings in a body: how many, their lengths as numbers (`ints.ts`), their bytes.
 *
 * @module
 */
import type { Strings } from "../columns/column.ts";
import { BodyError, type ByteReader, type ByteWriter } from "./bytes.ts";
import { readInts, writeInts } from "./ints.ts";

/** Most entries of one list of strings. */
export const MAX_STRINGS = 1 << 20;

/** Writes entries. */
export function writeStrings(out: ByteWriter, { bytes, ends }: Strings): void {
  const lengths = new Uint32Array(ends.length);
  let before = 0;
  for (let i = 0; i < ends.length; i++) {
    lengths[i] = ends[i]! - before;
    before = ends[i]!;
  }
  out.varint(ends.length);
  writeInts(out, lengths);
  out.raw(bytes);
}

/**
 * Reads entries that {@link writeStrings} wrote.
 *
 * @throws {BodyError} If there are more of them than bytes left could hold.
 */
export function readStrings(input: ByteReader): Strings {
  const count = input.varint();
  if (count > MAX_STRINGS) throw new BodyError("Cannot read body: too many strings");
  const lengths = readInts(input, count);
  const ends = new Uint32Array(count);
  let end = 0;
  for (let i = 0; i < count; i++) {
    const length = lengths[i]!;
    if (length < 0 || length > input.left) throw new BodyError("Cannot read body: a bad length");
    end += length;
    if (end > input.left) throw new BodyError("Cannot read body: strings are past its end");
    ends[i] = end;
  }
  return { bytes: input.take(end), ends };
}
