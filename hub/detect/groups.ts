/**
 * Groups selected rows by entity: the values of one or more columns.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Facts } from "./detector.ts";
import { type Lens, lensOf } from "./lens.ts";

/** Rows by entity, entities in the order of their first row. */
export interface Groups {
  /** The text of each group's entity. */
  readonly entities: readonly string[];
  /** The rows of each group that were to be kept, ascending. */
  readonly rows: readonly (readonly number[])[];
}

/** Which rows of a group its detector needs. */
export type Keep = "all" | "first" | "last";

/** Groups `rows` by the columns `entity`. Rows that lack all of them are in no group. */
export function groupRows(
  batch: ColumnBatch,
  rows: Uint32Array,
  of: {
    readonly facts: Facts;
    readonly entity: readonly string[];
    /** What the columns are called in the text of an entity; undefined: by their names. */
    readonly called?: readonly string[];
    readonly keep: Keep;
  },
): Groups {
  const called = of.called ?? of.entity;
  const lenses = of.entity.map((name) => lensOf(batch, of.facts, name));
  const present = lenses.filter((lens) => lens !== undefined);
  const entities: string[] = [];
  const grouped: number[][] = [];
  if (present.length === 0) return { entities, rows: grouped };
  if (rows.length > 0 && of.keep !== "all" && present.every((lens) => lens.isConstant)) {
    const row = rows.at(of.keep === "first" ? 0 : -1)!;
    return { entities: [entityText(called, lenses, row)], rows: [[row]] };
  }
  const groupOf = numbering(present);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const group = groupOf(row);
    if (group < 0) continue;
    if (group === entities.length) {
      entities.push(entityText(called, lenses, row));
      grouped.push([row]);
    } else if (of.keep === "all") grouped[group]!.push(row);
    else if (of.keep === "last") grouped[group]![0] = row;
  }
  return { entities, rows: grouped };
}

interface Coded {
  readonly codes: Uint32Array | undefined;
  readonly text: (row: number) => string | undefined;
}

/** Gives each row's group: -1 for none, and the count so far where the group is new. */
function numbering(lenses: readonly Lens[]): (row: number) => number {
  const varying = lenses.filter((lens) => !lens.isConstant)
    .map((lens) => ({ codes: lens.codes(), size: lens.size, text: lens.text }));
  const hasConstant = varying.length < lenses.length;
  const [first] = varying;
  if (first === undefined) return () => 0;
  if (varying.length === 1 && first.codes !== undefined) {
    return byCode(first.codes, first.size, hasConstant);
  }
  let count = 0;
  const groups = new Map<string, number>();
  return (row) => {
    const key = rowKey(varying, row);
    if (key === undefined && !hasConstant) return -1;
    const known = groups.get(key ?? "");
    if (known !== undefined) return known;
    groups.set(key ?? "", count);
    return count++;
  };
}

function byCode(
  codes: Uint32Array,
  size: number,
  groupsAbsent: boolean,
): (row: number) => number {
  const groups = new Uint32Array(size);
  let count = 0;
  return (row) => {
    const code = codes[row]!;
    if (code === 0 && !groupsAbsent) return -1;
    const known = groups[code]!;
    if (known !== 0) return known - 1;
    groups[code] = ++count;
    return count - 1;
  };
}

/** Undefined where the row has none of the columns. */
function rowKey(lenses: readonly Coded[], row: number): string | undefined {
  let key = "";
  let isAbsent = true;
  for (const lens of lenses) {
    const text = lens.codes === undefined ? lens.text(row) : codeText(lens.codes[row]!);
    if (text !== undefined) isAbsent = false;
    // With its length before it, no value can imitate the border between two.
    key += text === undefined ? "-" : `${text.length}:${text}`;
  }
  return isAbsent ? undefined : key;
}

function codeText(code: number): string | undefined {
  return code === 0 ? undefined : String(code);
}

/** The value of a single column; `Name=value, Name=value` of several, quoted where ambiguous. */
function entityText(
  names: readonly string[],
  lenses: readonly (Lens | undefined)[],
  row: number,
): string {
  if (names.length === 1) return lenses[0]?.text(row) ?? "";
  const parts: string[] = [];
  for (const [i, name] of names.entries()) {
    const text = lenses[i]?.text(row);
    if (text !== undefined) {
      parts.push(`${name}=${AMBIGUOUS.test(text) ? JSON.stringify(text) : text}`);
    }
  }
  return parts.join(", ");
}

const AMBIGUOUS = /^$|[",=]/;
