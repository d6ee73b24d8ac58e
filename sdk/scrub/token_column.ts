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
import type { Tokeniser } from "./token.ts";
import { isWellKnown } from "./well_known.ts";

/**
 * Replaces each distinct value by its token; well-known principals stay.
 *
 * @throws {TypeError} If the column holds times, booleans or tokens.
 */
export function toTokens(column: Column, tokens: Tokeniser, epoch: number): TokenColumn {
  const { entries, indexes } = asDictionary(column);
  const count = entries.ends.length;
  const target = new Uint8Array(count * TOKEN_BYTES);
  const plain = new Arena();
  /** By entry: 0 none, below 0 the plain entry -n, above 0 the token n. */
  const places = new Int32Array(count);
  let made = 0;
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = entries.ends[i]!;
    if (isWellKnown(entries.bytes.subarray(start, end))) {
      plain.add(entries.bytes, start, end);
      places[i] = -plain.count;
    } else {
      tokens.write(entries.bytes, { start, end }, target, made * TOKEN_BYTES);
      places[i] = ++made;
    }
    start = end;
  }
  return {
    form: "token",
    name: column.name,
    kind: tokens.kind,
    epoch,
    tokens: target.subarray(0, made * TOKEN_BYTES),
    plain: plain.view(),
    indexes: plain.count === 0 ? indexes : moved(indexes, places, made),
  };
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
    if (column.absent?.[row] !== 1) indexes[row] = interner.number(bytes, start, end) + 1;
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
