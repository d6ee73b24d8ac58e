/**
 * Turns a plain column into a column of tokens.
 *
 * @module
 */
import {
  type Column,
  type DictColumn,
  type NumberColumn,
  type Strings,
  type TextColumn,
  TOKEN_BYTES,
  type TokenColumn,
  type WideColumn,
} from "../columns/column.ts";
import { Arena, Interner } from "../columns/strings.ts";
import type { Judge } from "./judge.ts";

/**
 * Replaces each distinct value by its token; well-known principals stay.
 *
 * @throws {TypeError} If the column holds times, booleans or tokens.
 */
export function toTokens(column: Column, judge: Judge): TokenColumn {
  const { entries, indexes } = asDictionary(column);
  const count = entries.ends.length;
  const target = new Uint8Array(count * TOKEN_BYTES);
  const plain = new Arena();
  /** By entry: below 0 the plain entry -n, above 0 the token n. */
  const places = new Int32Array(count);
  let made = 0;
  for (let i = 0; i < count; i++) {
    const place = judge.place(entries, i);
    if (judge.plain[place] === 1) {
      plain.add(entries.bytes, i === 0 ? 0 : entries.ends[i - 1]!, entries.ends[i]!);
      places[i] = -plain.count;
    } else {
      copyToken(judge.tokens, place, { target, to: made });
      places[i] = ++made;
    }
  }
  return {
    form: "token",
    name: column.name,
    kind: judge.kind,
    epoch: judge.epoch,
    tokens: target.subarray(0, made * TOKEN_BYTES),
    plain: plain.view(),
    indexes: plain.count === 0 ? indexes : moved(indexes, places, made),
  };
}

/** Copies token `place` of `source` to be token `to` of `target`. */
export function copyToken(
  source: Uint8Array,
  place: number,
  { target, to }: { readonly target: Uint8Array; readonly to: number },
): void {
  const from = place * TOKEN_BYTES;
  const at = to * TOKEN_BYTES;
  for (let k = 0; k < TOKEN_BYTES; k++) target[at + k] = source[from + k]!;
}

/** A column of strings or whole numbers as a dictionary of their texts. */
export function asDictionary(
  column: Column,
): { readonly entries: Strings; readonly indexes: Uint32Array } {
  switch (column.form) {
    case "dict":
      return column satisfies DictColumn;
    case "text":
      return fromTexts(column);
    case "number":
    case "wide":
      return fromNumbers(column);
    default:
      throw new TypeError(`Cannot tokenise column "${column.name}": it is a ${column.form} column`);
  }
}

function fromTexts(column: TextColumn) {
  const interner = new Interner();
  const { bytes, ends } = column.rows;
  const indexes = new Uint32Array(ends.length);
  let start = 0;
  for (let row = 0; row < ends.length; row++) {
    const end = ends[row]!;
    if (column.absent?.[row] !== 1) indexes[row] = interner.numberByWords(bytes, start, end) + 1;
    start = end;
  }
  return { entries: interner.arena.view(), indexes };
}

function fromNumbers(column: NumberColumn | WideColumn) {
  const interner = new Interner();
  const indexes = new Uint32Array(column.values.length);
  for (let row = 0; row < column.values.length; row++) {
    const value = column.values[row]!;
    const absent = column.form === "wide" ? column.absent?.[row] === 1 : Number.isNaN(value);
    if (absent) continue;
    const text = Buffer.from(String(value), "latin1");
    indexes[row] = interner.number(text, 0, text.length) + 1;
  }
  return { entries: interner.arena.view(), indexes };
}

function moved(indexes: Uint32Array, places: Int32Array, tokens: number): Uint32Array {
  const result = new Uint32Array(indexes.length);
  for (let row = 0; row < indexes.length; row++) {
    const index = indexes[row]!;
    if (index === 0) continue;
    const place = places[index - 1]!;
    result[row] = place > 0 ? place : tokens - place;
  }
  return result;
}
