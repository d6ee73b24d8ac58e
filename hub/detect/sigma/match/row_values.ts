/**
 * The values of the rules' fields in one row of a batch, looked at when they are asked for.
 *
 * @module
 */
import type { Column, ColumnBatch, Strings, TextColumn } from "../../../../sdk/columns/column.ts";
import type { Facts } from "../../detector.ts";
import { categoryColumn, factOf } from "../../lens.ts";
import type { Field } from "./atom.ts";
import {
  type Codes,
  type ColumnValues,
  columnValues,
  noValues,
  sameText,
  type SeeText,
} from "./column_values.ts";
import type { RowSieve } from "./everywhere.ts";
import type { FieldTests } from "./field_tests.ts";
import { KIND, Members, nameTree } from "./members.ts";
import type { Network } from "./networks.ts";
import type { Outcome, Outcomes } from "./outcome.ts";

/** What is said of the values that a table's rules ask for. */
export interface Judgement {
  readonly outcomes: Outcomes;
  /** By field. */
  readonly tests: readonly FieldTests[];
}

/** Rows of one table, one at a time. */
export class RowValues {
  readonly #fields: readonly Field[];
  readonly #members: ReadonlyMap<string, Members>;
  #judgement: Judgement;
  #batch: ColumnBatch = { table: "", rows: 0, columns: [] };
  #facts: Facts | undefined;
  #row = 0;
  /** Of all rows so far: what was found in one is not taken for another's. */
  #serial = 0;
  /** By field; made when the batch is first asked for it. */
  #values: (ColumnValues | undefined)[] = [];
  /** By name, undefined of what is no dynamic column of the batch. */
  readonly #read = new Map<string, MembersAt | undefined>();
  /** By field, the outcome in the row with that serial number. */
  readonly #found: Outcome[];
  readonly #serials: Float64Array;
  readonly #codes = new Map<number, Codes | undefined>();
  readonly #sieves = new Map<RowSieve, (rows: Uint32Array) => Uint32Array>();

  readonly #bound: (field: number, column: Column) => void;

  /** `bound` is told of the column in which a field stands, once a batch. */
  constructor(
    fields: readonly Field[],
    judgement: Judgement,
    bound: (field: number, column: Column) => void,
  ) {
    this.#bound = bound;
    this.#fields = fields;
    this.#judgement = judgement;
    this.#members = membersOf(fields);
    this.#found = fields.map(() => judgement.outcomes.none);
    this.#serials = new Float64Array(fields.length);
  }

  /** Goes to the rows of another batch. */
  begin(batch: ColumnBatch, facts: Facts, judgement: Judgement): void {
    this.#batch = batch;
    this.#facts = facts;
    this.#judgement = judgement;
    this.#values = Array.from(this.#fields, () => undefined);
    this.#read.clear();
    this.#sieves.clear();
    this.#codes.clear();
  }

  /** Goes to a row of the batch. */
  move(row: number): void {
    this.#row = row;
    this.#serial++;
  }

  /** The tests that hold for the row's value of `field`. */
  outcome(field: number): Outcome {
    if (this.#serials[field] === this.#serial) return this.#found[field]!;
    const outcome = this.#of(field).outcome(this.#row);
    this.#serials[field] = this.#serial;
    this.#found[field] = outcome;
    return outcome;
  }

  /** The rows of the batch by their values of `field`; undefined: each has its own. */
  codes(field: number): Codes | undefined {
    if (!this.#codes.has(field)) this.#codes.set(field, this.#of(field).codes?.());
    return this.#codes.get(field);
  }

  /** The texts of `field` by row, where it is a column in which each row has its own. */
  texts(field: number): Strings | undefined {
    return this.#of(field).texts;
  }

  /** The members among which `field` is one, where it stands in a dynamic column of the batch. */
  membersWith(field: number): MembersAt | undefined {
    const { bound } = this.#fields[field]!;
    return bound && this.membersIn(bound.column);
  }

  /** The members of a dynamic column of the batch. */
  membersIn(name: string): MembersAt | undefined {
    let at = this.#read.get(name);
    if (at === undefined && !this.#read.has(name)) {
      const isFact = factOf(this.#batch, this.#facts!, name) !== undefined;
      const column = isFact ? undefined : columnNamed(this.#batch, name);
      if (column !== undefined && isDynamic(column)) {
        at = rowMembers(column, this.#members.get(name)!, "read");
      }
      this.#read.set(name, at);
    }
    return at;
  }

  /** True if `see` is true for a text that the row has as value of `field`. */
  seeText(field: number, see: SeeText): boolean {
    return this.#of(field).seeText(this.#row, see);
  }

  /** Those of `rows` in which a value may have one of the texts of `sieve`. */
  passing(sieve: RowSieve, rows: Uint32Array): Uint32Array {
    let passing = this.#sieves.get(sieve);
    if (passing === undefined) this.#sieves.set(sieve, passing = sieve.over(this.#batch));
    return passing(rows);
  }

  /** True if the row's value of `field` is an address without text in one of `networks`. */
  isInNetworks(field: number, networks: readonly Network[]): boolean {
    return this.#of(field).isInNetworks?.(this.#row, networks) ?? false;
  }

  #of(field: number): ColumnValues {
    return this.#values[field] ??= this.#bind(field);
  }

  #bind(field: number): ColumnValues {
    const { bound } = this.#fields[field]!;
    const tests = this.#judgement.tests[field]!;
    if (bound === undefined) return this.#everywhere(tests);
    const fact = factOf(this.#batch, this.#facts!, bound.column);
    if (fact !== undefined) return sameText(fact, tests);
    const column = columnNamed(this.#batch, bound.column);
    if (column === undefined) return noValues(tests);
    this.#bound(field, column);
    const at = this.membersIn(bound.column);
    if (at !== undefined) {
      return memberValues(at, (members) => members.first(field), this.#shared(tests));
    }
    return bound.path === undefined || bound.path.length === 0
      ? columnValues(column, tests)
      : noValues(tests);
  }

  #shared(tests: FieldTests) {
    return { tests, outcomes: this.#judgement.outcomes };
  }

  /** All values of a row, whatever column they are in. */
  #everywhere(tests: FieldTests): ColumnValues {
    const { outcomes } = this.#judgement;
    const parts = this.#batch.columns.map((column) => {
      if (!isDynamic(column)) return columnValues(column, tests);
      const at = rowMembers(column, new Members(nameTree([])), "readAll");
      return memberValues(at, (members) => members.all, this.#shared(tests));
    });
    return {
      outcome: (row) =>
        parts.reduce((all, part) => outcomes.union(all, part.outcome(row)), tests.absent),
      seeText: (row, see) => parts.some((part) => part.seeText(row, see)),
      isInNetworks: (row, networks) =>
        parts.some((part) => part.isInNetworks?.(row, networks) ?? false),
    };
  }
}

/** The column of that name, or the categories of an address column. */
export function columnNamed(batch: ColumnBatch, name: string): Column | undefined {
  return batch.columns.find((column) => column.name === name) ?? categoryColumn(batch, name);
}

function isDynamic(column: Column): column is TextColumn {
  return column.form === "text" && column.type === "dynamic";
}

function membersOf(fields: readonly Field[]): ReadonlyMap<string, Members> {
  const paths = new Map<string, [readonly string[], number][]>();
  for (const { id, bound } of fields) {
    if (bound === undefined) continue;
    const list = paths.get(bound.column) ?? [];
    paths.set(bound.column, list);
    list.push([bound.path ?? [], id]);
  }
  return new Map([...paths].map(([column, list]) => [column, new Members(nameTree(list))]));
}

/** Gives the members of a row's dynamic value. */
export type MembersAt = (row: number) => Members;

/** The members of a row's dynamic value, which is read once however many fields ask. */
function rowMembers(
  { rows: { bytes, ends }, absent }: TextColumn,
  members: Members,
  read: "read" | "readAll",
): MembersAt {
  let current = -1;
  return (row) => {
    if (row === current) return members;
    current = row;
    if (absent?.[row] === 1) members.clear();
    else members[read](bytes, row === 0 ? 0 : ends[row - 1]!, ends[row]!);
    return members;
  };
}

/** The values that are a chain of members, from the number that `first` gives. */
function memberValues(
  at: MembersAt,
  first: (members: Members) => number,
  { tests, outcomes }: { readonly tests: FieldTests; readonly outcomes: Outcomes },
): ColumnValues {
  return {
    outcome(row) {
      const members = at(row);
      let all: Outcome | undefined;
      let hasNull = false;
      for (let n = first(members); n >= 0; n = members.nexts[n]!) {
        const kind = members.kinds[n]!;
        if (kind === KIND.null) {
          hasNull = true;
          continue;
        }
        const outcome = kind === KIND.opaque
          ? tests.opaque
          : tests.of(members.sources[n]!, members.starts[n]!, members.ends[n]!);
        all = all === undefined ? outcome : outcomes.union(all, outcome);
      }
      if (!hasNull) return all ?? tests.absent;
      return all === undefined ? tests.nullValue : outcomes.union(all, tests.nullValue);
    },
    seeText(row, see) {
      const members = at(row);
      for (let n = first(members); n >= 0; n = members.nexts[n]!) {
        if (members.kinds[n] !== KIND.text) continue;
        if (see(members.sources[n]!, members.starts[n]!, members.ends[n]!)) return true;
      }
      return false;
    },
  };
}
