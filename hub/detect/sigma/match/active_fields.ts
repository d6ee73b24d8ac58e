/**
 * Which fields of a class of rows can wake rules up in one batch: of a column with few values each
 * is asked once, and a column of which no value wakes a rule is not looked at again. Of dynamic
 * values those members are asked that are there. A field without a value wakes no rule.
 *
 * @module
 */
import type { RowSieve } from "./everywhere.ts";
import type { RowClass } from "./row_class.ts";
import type { MembersAt, RowValues } from "./row_values.ts";

/** What is to be looked at in each row of a class. */
export interface ActiveFields {
  readonly columns: readonly ActiveColumn[];
  readonly members: readonly ActiveMembers[];
}

interface ActiveColumn {
  readonly field: number;
  readonly sieves: readonly RowSieve[];
  /** By row, and by code 1 where the value wakes a rule up; undefined: that is not known. */
  readonly codes: Uint32Array | undefined;
  readonly marks: Uint8Array | undefined;
}

interface ActiveMembers {
  readonly at: MembersAt;
  /** By field, 1 where a value may wake a rule up. */
  readonly wanted: Uint8Array;
}

/** The fields of class `of`, which has `rows` rows in the batch that `values` is at. */
export function activeFields<R>(
  of: RowClass<R>,
  values: RowValues,
  rows: number,
): ActiveFields {
  const columns: ActiveColumn[] = [];
  const members = new Map<MembersAt, Uint8Array>();
  const size = Math.max(0, ...of.fields.map(({ field }) => field + 1));
  for (const { field, sieves } of of.fields) {
    const at = values.membersWith(field);
    if (at === undefined) columns.push(...activeColumn(of, values, { field, sieves, rows }));
    else {
      const wanted = members.get(at) ?? new Uint8Array(size);
      members.set(at, wanted);
      wanted[field] = 1;
    }
  }
  return { columns, members: Array.from(members, ([at, wanted]) => ({ at, wanted })) };
}

/** So many values are asked even where there are fewer rows. */
const FEW = 4;

function activeColumn<R>(
  of: RowClass<R>,
  values: RowValues,
  { field, sieves, rows }: {
    readonly field: number;
    readonly sieves: readonly RowSieve[];
    readonly rows: number;
  },
): readonly ActiveColumn[] {
  const unknown = { field, sieves, codes: undefined, marks: undefined };
  if (sieves.length > 0) return [unknown];
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
}
