/**
 * Columns on the wire: each is an array [name, form, …] of a frame's body.
 *
 * | form | column             | then                                                          |
 * | ---: | ------------------ | ------------------------------------------------------------- |
 * |    1 | dictionary         | strings, indexes                                              |
 * |    2 | text, plain        | type (0 string, 1 dynamic), absent, strings                    |
 * |    3 | text, templates    | absent, templates (`template_slots.ts`): version 1 of the frame |
 * |    4 | time               | scale in ms (1 or 1,000), absent, numbers, ticks or nothing   |
 * |    5 | whole numbers      | type (0 int, 1 long), absent, numbers                         |
 * |    6 | real, as decimals  | digits d, absent, numbers; value = number / 10^d              |
 * |    7 | real               | absent, 8 planes of each value XOR the one before             |
 * |    8 | 64-bit             | absent, 8 planes                                              |
 * |    9 | boolean            | 2 bits a row: 0, 1, 2 absent                                  |
 * |   10 | token              | kind, epoch, tokens, plain strings, indexes                   |
 * |   11 | address            | kind, epoch, tokens, categories, families, indexes             |
 * |   12 | text, templates    | absent, templates (`template.ts`)                             |
 *
 * Text whose rows repeat is written, and comes back, as a dictionary. Everything after `form` is one bin. `absent` is one byte, 0 or 1, and with 1 a bit a row. Strings
 * are written as `writeStrings` says, numbers and indexes as `ints.ts` says, text in UTF-8.
 *
 * @module
 */
import {
  type AddressColumn,
  type BoolColumn,
  type Column,
  type NumberColumn,
  type TextColumn,
  type TimeColumn,
  TOKEN_BYTES,
  type TokenColumn,
} from "../columns/column.ts";
import { BodyError, ByteReader, type ByteWriter } from "./bytes.ts";
import { writeIndexes, writeInts } from "./ints.ts";
import { planesOf, writeDecimals, writePlanes64 } from "./reals.ts";
import { readColumnOf } from "./columns_decode.ts";
import { FORM } from "./forms.ts";
import type { TemplateEncoder, WordCounts } from "./template.ts";
import type { RepeatFinder } from "./repeats.ts";
import { writeStrings } from "./strings.ts";

/** What the encoder keeps between frames: scratch space and word counts. */
export interface ColumnEncoder {
  readonly templates: TemplateEncoder;
  readonly repeats: RepeatFinder;
  /** Word counts of a column, made when first asked for. */
  wordsOf(column: string): WordCounts;
}

/** Writes one column. */
export function writeColumn(out: ByteWriter, column: Column, encoder: ColumnEncoder): void {
  out.array(3);
  out.string(column.name);
  const formAt = out.used;
  out.uint(0);
  const start = out.beginBin();
  const form = writeContent(out, column, encoder);
  // Only now: writing may have moved the buffer.
  out.bytes[formAt] = form;
  out.endBin(start);
}

/**
 * Reads one column of `rows` rows.
 *
 * @throws {BodyError} If its bytes are not exactly that.
 */
export function readColumn(input: ByteReader, rows: number): Column {
  if (input.array() !== 3) {
    throw new BodyError("Cannot read body: a column is no [name, form, bin]");
  }
  const name = input.string();
  const form = input.uint();
  const content = new ByteReader(input.bin());
  const column = readColumnOf(content, { name, form, rows });
  content.end();
  return column;
}

/** Writes the content and returns the form it took. */
function writeContent(out: ByteWriter, column: Column, encoder: ColumnEncoder): number {
  switch (column.form) {
    case "dict":
      writeStrings(out, column.entries);
      writeIndexes(out, column.indexes);
      return FORM.dict;
    case "text":
      return writeText(out, column, encoder);
    case "number":
      return writeNumbers(out, column);
    case "wide":
      writeAbsent(out, column.absent);
      writePlanes64(out, column.values);
      return FORM.wide;
    case "time":
      return writeTimes(out, column);
    case "bool":
      return writeBools(out, column);
    case "token":
      return writeTokens(out, column);
    case "address":
      return writeAddresses(out, column);
  }
}

function writeText(out: ByteWriter, column: TextColumn, encoder: ColumnEncoder): number {
  const start = out.used;
  if (column.type === "string") {
    const repeats = encoder.repeats.find(column);
    if (repeats !== undefined) {
      writeStrings(out, repeats.entries);
      writeIndexes(out, repeats.indexes);
      return FORM.dict;
    }
    writeAbsent(out, column.absent);
    const words = encoder.wordsOf(column.name);
    if (encoder.templates.encode(out, column.rows, words)) return FORM.groups;
    out.used = start;
  }
  out.byte(column.type === "dynamic" ? 1 : 0);
  writeAbsent(out, column.absent);
  writeStrings(out, column.rows);
  return FORM.text;
}

function writeTimes(out: ByteWriter, column: TimeColumn): number {
  const { values, absent } = withoutAbsent(column.ms);
  const seconds = areSeconds(values);
  if (seconds) { for (let i = 0; i < values.length; i++) values[i]! /= 1000; }
  out.varint(seconds ? 1000 : 1);
  writeAbsent(out, absent);
  writeInts(out, values);
  if (column.ticks !== undefined && column.ticks.some((tick) => tick !== 0)) {
    out.byte(1);
    writeInts(out, Float64Array.from(column.ticks));
  } else out.byte(0);
  return FORM.time;
}

/** No `%`: on doubles it costs as much as all the rest. */
function areSeconds(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) {
    const ms = values[i]!;
    if (Math.floor(ms / 1000) * 1000 !== ms) return false;
  }
  return true;
}

function writeNumbers(out: ByteWriter, column: NumberColumn): number {
  const { values, absent } = withoutAbsent(column.values);
  if (column.type !== "real") {
    out.byte(column.type === "int" ? 0 : 1);
    writeAbsent(out, absent);
    writeInts(out, values);
    return FORM.whole;
  }
  if (writeDecimals(out, values, () => writeAbsent(out, absent))) return FORM.decimal;
  writeAbsent(out, absent);
  writePlanes64(out, planesOf(values));
  return FORM.real;
}

function writeBools(out: ByteWriter, column: BoolColumn): number {
  const { values } = column;
  const packed = new Uint8Array(Math.ceil(values.length / 4));
  for (let row = 0; row < values.length; row++) {
    packed[row >> 2]! |= values[row]! << ((row & 3) * 2);
  }
  out.raw(packed);
  return FORM.bool;
}

function writeTokens(out: ByteWriter, column: TokenColumn): number {
  out.string(column.kind);
  out.varint(column.epoch);
  out.varint(column.tokens.length / TOKEN_BYTES);
  out.raw(column.tokens);
  writeStrings(out, column.plain);
  writeIndexes(out, column.indexes);
  return FORM.token;
}

function writeAddresses(out: ByteWriter, column: AddressColumn): number {
  out.string(column.kind);
  out.varint(column.epoch);
  out.varint(column.categories.length);
  out.raw(column.tokens);
  out.raw(column.categories);
  out.raw(column.families);
  writeIndexes(out, column.indexes);
  return FORM.address;
}

/** A copy in which absent rows repeat the value before them, and which rows those are. */
function withoutAbsent(
  values: Float64Array,
): { readonly values: Float64Array; readonly absent: Uint8Array | undefined } {
  const filled = new Float64Array(values);
  let absent: Uint8Array | undefined;
  let before = 0;
  for (let row = 0; row < filled.length; row++) {
    const value = filled[row]!;
    if (Number.isNaN(value)) {
      absent ??= new Uint8Array(filled.length);
      absent[row] = 1;
      filled[row] = before;
    } else before = value;
  }
  return { values: filled, absent };
}

function writeAbsent(out: ByteWriter, absent: Uint8Array | undefined): void {
  if (absent === undefined) {
    out.byte(0);
    return;
  }
  out.byte(1);
  const bits = new Uint8Array(Math.ceil(absent.length / 8));
  for (let row = 0; row < absent.length; row++) {
    if (absent[row] !== 0) bits[row >> 3]! |= 1 << (row & 7);
  }
  out.raw(bits);
}
