/**
 * Which fields of a class of rows can wake rules up in one batch: of a column with few values each
 * is asked once, and a column of which no value wakes a rule is not looked at again.
 *
 * @module
 */
import type { RowSieve } from "./everywhere.ts";
import type { RowClass } from "./row_class.ts";
import type { RowValues } from "./row_values.ts";

/** A field to be looked at in each row of a class. */
export interface ActiveField {
  readonly field: number;
  readonly sieve: RowSieve | undefined;
  /** By row, and by code 1 where the value wakes a rule up; undefined: that is not known. */
  readonly codes: Uint32Array | undefined;
  readonly marks: Uint8Array | undefined;
}

/** The fields of class `of`, which has `rows` rows in the batch that `values` is at. */
export function activeFields<R>(
  of: RowClass<R>,
  values: RowValues,
  rows: number,
): readonly ActiveField[] {
  return of.fields.flatMap(({ field, sieve }): readonly ActiveField[] => {
    const unknown = { field, sieve, codes: undefined, marks: undefined };
    if (sieve !== undefined) return [unknown];
    const codes = values.codes(field);
    if (codes === undefined || codes.size > rows + FEW) return [unknown];
    let isQuiet = true;
    const marks = new Uint8Array(codes.size);
    for (let code = 0; code < codes.size; code++) {
      if (of.wokenBy(codes.outcome(code)).length === 0) continue;
      marks[code] = 1;
      isQuiet = false;
    }
    return isQuiet ? [] : [{ ...unknown, codes: codes.of, marks: codes.of && marks }];
  });
}

/** So many values are asked even where there are fewer rows. */
const FEW = 4;
