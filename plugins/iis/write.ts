/**
 * Writes the fields of one split line into the table's columns: the second pass.
 *
 * @module
 */
import type { TextBuilder } from "../../sdk/columns/strings.ts";
import { packStringHead } from "./msgpack.ts";
import type { FieldPlan } from "./plan.ts";
import type { PlusDecoder } from "./plus.ts";
import { fieldStart, type Line } from "./split.ts";

const DASH = 45;
const ZERO = 48;
/** 2^53 - 1 has 16 digits: with 15 no number can be inexact. */
const MAX_DIGITS = 15;

/**
 * Sets the number columns. They come before all strings: a dictionary keeps what it has seen even
 * if the row is dropped.
 *
 * @returns False if a field is no number; the caller drops the row.
 */
export function writeNumbers(line: Line, plan: FieldPlan): boolean {
  const { fields, builders, limits } = plan.numbers;
  const { bytes, view, ends } = line;
  for (let k = 0; k < fields.length; k++) {
    const field = fields[k]!;
    const from = fieldStart(line, field);
    const to = ends[field]!;
    if (isAbsent(bytes, from, to)) {
      builders[k]!.absent();
      continue;
    }
    const value = to - from <= 4 && to >= 4
      ? readShortNumber(view, from, to)
      : readNumber(bytes, from, to);
    if (value < 0 || value > limits[k]!) return false;
    builders[k]!.set(value);
  }
  return true;
}

/** The number that the digits stand for; -1 if there are others than digits, or too many. */
function readNumber(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > MAX_DIGITS) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >>> 0 > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** As {@link readNumber}, of 1 to 4 digits, all at once: no branch that depends on how many. */
function readShortNumber(view: DataView, from: number, to: number): number {
  const others = (4 - (to - from)) << 3;
  const digits = ((view.getInt32(to - 4, true) ^ 0x30303030) >> others) << others;
  if (((digits | (digits + 0x76767676)) & 0x80808080) !== 0) return -1;
  return (digits & 0xff) * 1000 + ((digits >>> 8) & 0xff) * 100 + ((digits >>> 16) & 0xff) * 10 +
    (digits >>> 24);
}

/** Sets the dictionary columns. */
export function writeDicts(line: Line, plan: FieldPlan): void {
  const { bytes, ends } = line;
  const { fields, builders } = plan.dicts;
  for (let k = 0; k < fields.length; k++) {
    const field = fields[k]!;
    const from = fieldStart(line, field);
    const to = ends[field]!;
    if (isAbsent(bytes, from, to)) builders[k]!.absent();
    else builders[k]!.range(bytes, from, to);
  }
}

/** Sets the dictionary columns in which `+` stands for a space. */
export function writePlusDicts(line: Line, plan: FieldPlan, decoder: PlusDecoder): void {
  const { bytes, ends } = line;
  const { fields, builders } = plan.plusDicts;
  for (let k = 0; k < fields.length; k++) {
    const field = fields[k]!;
    const from = fieldStart(line, field);
    const to = ends[field]!;
    if (isAbsent(bytes, from, to)) builders[k]!.absent();
    else builders[k]!.decoded(bytes, from, to, decoder);
  }
}

/** Sets the columns of text. */
export function writeTexts(line: Line, plan: FieldPlan): void {
  const { bytes, ends } = line;
  const { fields, builders } = plan.texts;
  for (let k = 0; k < fields.length; k++) {
    const field = fields[k]!;
    const from = fieldStart(line, field);
    const to = ends[field]!;
    if (isAbsent(bytes, from, to)) builders[k]!.absent();
    else builders[k]!.range(bytes, from, to);
  }
}

/** `-` and nothing at all are no value. */
function isAbsent(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from <= 1 && (to === from || bytes[from] === DASH);
}

/** A msgpack map's longest head, and a msgpack string's. */
const MAP_HEAD_BYTES = 3;
const STRING_HEAD_BYTES = 5;

/** Sets `builder` to a msgpack map of the fields that have no column, by their names. */
export function writeExtras(line: Line, plan: FieldPlan, builder: TextBuilder): void {
  const { fields, keys } = plan.extras;
  let present = 0;
  let length = MAP_HEAD_BYTES;
  for (let k = 0; k < fields.length; k++) {
    const field = fields[k]!;
    if (isAbsent(line.bytes, fieldStart(line, field), line.ends[field]!)) continue;
    present++;
    length = appendPair(line, length, { key: keys[k]!, field });
  }
  if (present === 0) builder.absent();
  else builder.range(line.scratch, writeMapHead(line.scratch, present), length);
}

/** Appends a key, packed already, and a field as a string; gives the new length. */
function appendPair(
  line: Line,
  length: number,
  { key, field }: { readonly key: Uint8Array; readonly field: number },
): number {
  const from = fieldStart(line, field);
  const bytes = line.ends[field]! - from;
  const need = length + key.length + STRING_HEAD_BYTES + bytes;
  if (line.scratch.length < need) {
    const grown = new Uint8Array(need * 2);
    grown.set(line.scratch.subarray(0, length));
    line.scratch = grown;
  }
  const { scratch } = line;
  scratch.set(key, length);
  let at = length + key.length;
  at += packStringHead(scratch, at, bytes);
  scratch.set(line.bytes.subarray(from, from + bytes), at);
  return at + bytes;
}

/** Writes the head right before the pairs, as short as may be; gives where it starts. */
function writeMapHead(target: Uint8Array, pairs: number): number {
  if (pairs < 16) {
    target[MAP_HEAD_BYTES - 1] = 0x80 | pairs;
    return MAP_HEAD_BYTES - 1;
  }
  target.set([0xde, pairs >> 8, pairs & 0xff]);
  return 0;
}
