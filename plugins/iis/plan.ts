/**
 * What to do with each field of a line: compiled once for each distinct `#Fields` directive.
 *
 * Pure integers and builders, so that the parser's loops over a line have no look-up by name.
 *
 * @module
 */
import { NumberBuilder } from "../../sdk/columns/numbers.ts";
import { type DictBuilder, TextBuilder } from "../../sdk/columns/strings.ts";
import type { TableWriter } from "../../sdk/columns/writer.ts";
import { packString } from "./msgpack.ts";
import { COLUMN_OF_FIELD, type FieldColumn, type RequestColumns, tables } from "./table.ts";

/** More fields than that are not a list that any server writes. */
export const MAX_FIELDS = 128;

/** Fields whose value goes to a builder of one kind: `fields[k]` goes to `builders[k]`. */
interface Targets<Builder> {
  readonly fields: Uint8Array;
  readonly builders: readonly Builder[];
}

/** The compiled form of one `#Fields` directive. */
export interface FieldPlan {
  /** The names as they stand in the directive, separated by one space: equal lists, equal text. */
  readonly list: string;
  readonly count: number;
  /** Number of the field, or -1. */
  readonly date: number;
  readonly time: number;
  /** The first fields are date and time, nearly always of fixed width. */
  readonly startsWithTime: boolean;
  readonly numbers: Targets<NumberBuilder> & { readonly limits: readonly number[] };
  readonly dicts: Targets<DictBuilder>;
  /** Dictionary columns in which `+` stands for a space. */
  readonly plusDicts: Targets<DictBuilder>;
  readonly texts: Targets<TextBuilder>;
  /** Fields without a column of their own. */
  readonly extras: {
    readonly fields: Uint8Array;
    readonly names: readonly string[];
    /** The names as packed msgpack strings. */
    readonly keys: readonly Uint8Array[];
  };
}

const MAX_PORT = 65_535;

interface Draft {
  readonly numbers: [number, NumberBuilder, number][];
  readonly dicts: [number, DictBuilder][];
  readonly plusDicts: [number, DictBuilder][];
  readonly texts: [number, TextBuilder][];
  readonly extras: [number, string][];
}

/**
 * Compiles a field list such as `date time c-ip`; undefined if it has no field or too many.
 *
 * A name that comes twice fills its column the first time and is an extra field after that.
 */
export function compilePlan(
  list: string,
  writer: TableWriter<RequestColumns>,
  plusColumns: ReadonlySet<string>,
): FieldPlan | undefined {
  const names = list.split(" ");
  if (list === "" || names.length > MAX_FIELDS) return undefined;
  const draft: Draft = { numbers: [], dicts: [], plusDicts: [], texts: [], extras: [] };
  const used = new Set<string>();
  names.forEach((name, field) => {
    const lower = name.toLowerCase();
    const column = COLUMN_OF_FIELD.get(lower);
    const key = column ?? lower;
    const first = !used.has(key);
    used.add(key);
    if (first && (lower === "date" || lower === "time")) return;
    if (column === undefined || !first) draft.extras.push([field, extraName(name, draft)]);
    else place(draft, { field, column, plus: plusColumns.has(column) }, writer);
  });
  return finish(list, names, draft);
}

function extraName(name: string, draft: Draft): string {
  let unique = name;
  for (let n = 2; draft.extras.some(([, taken]) => taken === unique); n++) unique = `${name}_${n}`;
  return unique;
}

function place(
  draft: Draft,
  { field, column, plus }: { field: number; column: FieldColumn; plus: boolean },
  writer: TableWriter<RequestColumns>,
): void {
  const builder = writer.columns[column];
  if (builder instanceof NumberBuilder) {
    const { type } = tables.W3CIISLog.columns[column];
    draft.numbers.push([field, builder, type === "int" ? MAX_PORT : Number.MAX_SAFE_INTEGER]);
  } else if (builder instanceof TextBuilder) draft.texts.push([field, builder]);
  else (plus ? draft.plusDicts : draft.dicts).push([field, builder]);
}

function finish(list: string, names: readonly string[], draft: Draft): FieldPlan {
  const lower = names.map((name) => name.toLowerCase());
  const date = lower.indexOf("date");
  const time = lower.indexOf("time");
  return {
    list,
    count: names.length,
    date,
    time,
    startsWithTime: date === 0 && time === 1,
    numbers: { ...targets(draft.numbers), limits: draft.numbers.map(([, , limit]) => limit) },
    dicts: targets(draft.dicts),
    plusDicts: targets(draft.plusDicts),
    texts: targets(draft.texts),
    extras: {
      fields: Uint8Array.from(draft.extras, ([field]) => field),
      names: draft.extras.map(([, name]) => name),
      keys: draft.extras.map(([, name]) => packString(name)),
    },
  };
}

function targets<Builder>(
  pairs: readonly (readonly [number, Builder, ...unknown[]])[],
): Targets<Builder> {
  return {
    fields: Uint8Array.from(pairs, ([field]) => field),
    builders: pairs.map(([, builder]) => builder),
  };
}
