/**
 * The pages of a column of strings: with a dictionary where every part has one, else end to end.
 *
 * Dictionaries of the parts are put one after the other, not merged: a value may then stand in it
 * twice, which readers allow, and no string is compared or hashed.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";
import type { ByteWriter } from "../../../sdk/wire/bytes.ts";
import { writeDeltas } from "./delta.ts";
import type { StringsPart } from "./leaf.ts";
import { indexWidth, writeIndexes, writeRun } from "./levels.ts";

/** Writes the dictionary page of `parts`; gives its number of entries, -1 where there is none. */
export function writeDictionaryEntries(out: ByteWriter, parts: readonly StringsPart[]): number {
  if (parts.some((part) => part.form === "text")) return -1;
  let entries = 0;
  for (const part of parts) {
    if (part.form === "same") {
      writePlain(out, part.value, 0, part.value.length);
      entries++;
    } else if (part.form === "dict") {
      writeEntries(out, part.entries);
      entries += part.entries.ends.length;
    }
  }
  return entries;
}

/** Writes the values of `parts` as indexes into what {@link writeDictionaryEntries} wrote. */
export function writeDictionaryValues(
  out: ByteWriter,
  parts: readonly StringsPart[],
  entries: number,
): void {
  const width = indexWidth(entries);
  out.byte(width * 8);
  let base = 0;
  for (const part of parts) {
    if (part.form === "same") writeRun(out, part.rows, base++, width);
    else if (part.form === "dict") {
      const present = part.rows - absentIn(part);
      writeIndexes(out, part.indexes, { base, width, present });
      base += part.entries.ends.length;
    }
  }
}

/** Writes the values of `parts` as DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes. */
export function writeTextValues(out: ByteWriter, parts: readonly StringsPart[]): void {
  let rows = 0;
  for (const part of parts) rows += part.rows;
  const lengths = new Int32Array(rows);
  let count = 0;
  for (const part of parts) count = putLengths(lengths, count, part);
  writeDeltas(out, lengths, count);
  for (const part of parts) writeBytes(out, part);
}

/** Rows without a value. */
export function absentIn(part: StringsPart): number {
  if (part.form === "none") return part.rows;
  if (part.form === "same") return 0;
  let absent = 0;
  if (part.form === "dict") {
    for (let row = 0; row < part.rows; row++) if (part.indexes[row] === 0) absent++;
  } else if (part.absent !== undefined) {
    for (let row = 0; row < part.rows; row++) absent += part.absent[row]!;
  }
  return absent;
}

function putLengths(lengths: Int32Array, from: number, part: StringsPart): number {
  let at = from;
  if (part.form === "same") {
    at += part.rows;
    lengths.fill(part.value.length, from, at);
  } else if (part.form === "dict") {
    const { ends } = part.entries;
    for (let row = 0; row < part.rows; row++) {
      const index = part.indexes[row]!;
      if (index === 0) continue;
      lengths[at++] = ends[index - 1]! - (index === 1 ? 0 : ends[index - 2]!);
    }
  } else if (part.form === "text") {
    const { ends } = part.strings;
    let start = 0;
    for (let row = 0; row < part.rows; row++) {
      const end = ends[row]!;
      if (part.absent?.[row] !== 1) lengths[at++] = end - start;
      start = end;
    }
  }
  return at;
}

function writeBytes(out: ByteWriter, part: StringsPart): void {
  // An absent entry has no bytes: the whole is taken as it is.
  if (part.form === "text") out.raw(part.strings.bytes);
  else if (part.form === "same") {
    for (let row = 0; row < part.rows; row++) out.raw(part.value);
  } else if (part.form === "dict") {
    const { bytes, ends } = part.entries;
    for (let row = 0; row < part.rows; row++) {
      const index = part.indexes[row]!;
      if (index === 0) continue;
      out.raw(bytes.subarray(index === 1 ? 0 : ends[index - 2], ends[index - 1]));
    }
  }
}

function writeEntries(out: ByteWriter, { bytes, ends }: Strings): void {
  out.ensure(bytes.length + ends.length * 4);
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    const end = ends[i]!;
    writePlain(out, bytes, start, end);
    start = end;
  }
}

// oxlint-disable-next-line max-params -- a codec's innermost function: an object a value is dear
function writePlain(out: ByteWriter, source: Uint8Array, start: number, end: number): void {
  const length = end - start;
  out.ensure(4 + length);
  const target = out.bytes;
  let at = out.used;
  target[at] = length;
  target[at + 1] = length >>> 8;
  target[at + 2] = length >>> 16;
  target[at + 3] = length >>> 24;
  at += 4;
  if (length < 32) { for (let i = start; i < end; i++) target[at++] = source[i]!; }
  else target.set(source.subarray(start, end), at);
  out.used += 4 + length;
}
