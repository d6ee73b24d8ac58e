/**
 * Which fields of a class of rows can wake rules up in one batch: of a column with few values each
 * is asked once, and a column of which no value wakes a rule is not looked at again. Of dynamic
 * values those members are asked that are there. A field without a value wakes no rule.
 *
 * @module
 */
import type { RowClass, WakingField } from "./row_class.ts";
import type { MembersAt, RowValues } from "./row_values.ts";

/** What is to be looked at in the rows of a class. */
export interface ActiveFields {
  readonly columns: readonly ActiveColumn[];
  readonly members: readonly ActiveMembers[];
}

interface ActiveColumn {
  readonly field: number;
  /** By row; undefined: codes are the rows themselves. */
  readonly codes: Uint32Array | undefined;
  /** By code, 1 where the value may wake a rule up; undefined: each may. */
  readonly marks: Uint8Array | undefined;
}

interface ActiveMembers {
  readonly at: MembersAt;
  /** By field, 1 where a value may wake a rule up. */
  readonly wanted: Uint8Array;
}

/** The fields of class `of`, whose rows in the batch that `values` is at are `rows`. */
export function activeFields<R>(
  of: RowClass<R>,
  values: RowValues,
  rows: Uint32Array,
): ActiveFields {
  const columns: ActiveColumn[] = [];
  const members: ActiveMembers[] = [];
  for (const { column, wanted } of of.members) {
    const at = values.membersIn(column);
    if (at !== undefined) members.push({ at, wanted });
  }
  for (const waking of of.fields) {
    const { field } = waking;
    const at = values.membersWith(field);
    if (at === undefined) columns.push(...activeColumn(of, waking, { values, rows }));
    else {members.push({
        at,
        wanted: Uint8Array.from({ length: field + 1 }, (_, k) => +(k === field)),
      });}
  }
  return { columns, members };
}

/** True if a row may wake a rule up by the column. */
export function mayWake({ codes, marks }: ActiveColumn, row: number): boolean {
  return marks === undefined || marks[codes === undefined ? row : codes[row]!] === 1;
}

/** Marks those of `rows` in which `fields` may wake a rule up. */
export function markAwake(
  { columns, members }: ActiveFields,
  rows: Uint32Array,
  awake: Uint8Array,
): void {
  const isAny = members.length > 0 || columns.some(({ marks }) => marks === undefined);
  for (const row of isAny ? rows : []) awake[row] = 1;
  for (const column of isAny ? [] : columns) {
    for (let k = 0; k < rows.length; k++) if (mayWake(column, rows[k]!)) awake[rows[k]!] = 1;
  }
}

/** So many values are asked even where there are fewer rows. */
const FEW = 4;

function activeColumn<R>(
  of: RowClass<R>,
  { field, rowSieve, textSieve }: WakingField,
  { values, rows }: { readonly values: RowValues; readonly rows: Uint32Array },
): readonly ActiveColumn[] {
  if (rowSieve !== undefined) return passed(field, values.passing(rowSieve, rows), rows);
  const codes = values.codes(field);
  if (codes === undefined) {
    const texts = values.texts(field);
    const sieve = texts && textSieve();
    if (sieve !== undefined) return passed(field, sieve.over(texts!)(rows), rows);
  }
  if (codes === undefined || codes.size > rows.length + FEW) {
    return [{ field, codes: undefined, marks: undefined }];
  }
  let isQuiet = true;
  const marks = new Uint8Array(codes.size);
  for (let code = 0; code < codes.size; code++) {
    if (of.wokenBy(codes.outcome(code)).length === 0) continue;
    marks[code] = 1;
    isQuiet = false;
  }
  return isQuiet ? [] : [{ field, codes: codes.of, marks: codes.of && marks }];
}

/** Of `rows` only `passing` may wake a rule up. */
function passed(field: number, passing: Uint32Array, rows: Uint32Array): readonly ActiveColumn[] {
  if (passing.length === 0) return [];
  const marks = new Uint8Array(rows.at(-1)! + 1);
  for (const row of passing) marks[row] = 1;
  return [{ field, codes: undefined, marks }];
}
