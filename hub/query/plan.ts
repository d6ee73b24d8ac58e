/**
 * From a query as it came to a plan that cannot be wrong: known columns, values of their types.
 *
 * @module
 */
import type { EventQuery, Filter, Operator } from "../../sdk/api/events.ts";
import type { ColumnType } from "../../sdk/table.ts";
import type { EngineValue } from "../store/engine_messages.ts";
import { PROVENANCE, type StoredColumn } from "../store/layout.ts";
import type { Snapshot } from "../store/manifest.ts";
import { ticksOf } from "./values.ts";

/** One condition; `value` is of the column's type. */
export type Condition =
  | {
    readonly op: Exclude<Operator, "isnull" | "isnotnull">;
    readonly column: StoredColumn;
    readonly value: EngineValue;
  }
  | { readonly op: "isnull" | "isnotnull"; readonly column: StoredColumn };

export interface EventPlan {
  readonly table: string;
  /** Every column of the table. */
  readonly known: readonly StoredColumn[];
  /** Those that are shown, in this order. */
  readonly shown: readonly StoredColumn[];
  readonly where: readonly Condition[];
  /** Ticks, inclusive. */
  readonly from: bigint | undefined;
  /** Ticks, exclusive. */
  readonly to: bigint | undefined;
  readonly limit: number;
  readonly order: "newest" | "oldest";
}

/** What is wrong with a query, and what would be right. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly code: "table" | "column" | "operator" | "value";

  constructor(code: QueryError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** What an operator needs of a column. */
const TEXT_OPERATORS: ReadonlySet<Operator> = new Set(["contains", "startswith", "has", "in"]);
const TEXT_TYPES: ReadonlySet<ColumnType> = new Set(["string", "dynamic"]);
const MAX_NAMED = 40;
const INT64_MAX = 2n ** 63n - 1n;

/** @throws {QueryError} */
export function planEvents(query: EventQuery, snapshot: Snapshot): EventPlan {
  const stored = snapshot.columns.get(query.table);
  if (stored === undefined) {
    const known = named([...snapshot.columns.keys()].toSorted());
    throw new QueryError("table", `Cannot query: no table "${query.table}", there are ${known}`);
  }
  const known = withProvenance(stored);
  const columnOf = (name: string): StoredColumn => {
    const column = known.find((candidate) => candidate.name === name);
    if (column !== undefined) return column;
    const names = named(known.map((candidate) => candidate.name));
    throw new QueryError("column", `Cannot query: no column "${name}", there are ${names}`);
  };
  return {
    table: query.table,
    known,
    shown: query.columns === undefined ? known : [...new Set(query.columns)].map(columnOf),
    where: query.where.map((filter) => conditionOf(filter, columnOf(filter.column))),
    from: query.from === undefined ? undefined : instant(query.from),
    to: query.to === undefined ? undefined : instant(query.to),
    limit: query.limit,
    order: query.order,
  };
}

/** Columns of the hub stand last, whenever a table's own ones came. */
export function withProvenance(stored: readonly StoredColumn[]): readonly StoredColumn[] {
  const added = new Set(PROVENANCE.map(({ name }) => name));
  return [...stored.filter(({ name }) => !added.has(name)), ...PROVENANCE];
}

function conditionOf({ op, value }: Filter, column: StoredColumn): Condition {
  if (op === "isnull" || op === "isnotnull") return { op, column };
  if (TEXT_OPERATORS.has(op) && !TEXT_TYPES.has(column.type)) {
    throw new QueryError(
      "operator",
      `Cannot query: "${op}" needs text, column "${column.name}" is ${column.type}`,
    );
  }
  const bound = value === undefined ? undefined : valueOf(value, column.type);
  if (bound === undefined) {
    throw new QueryError(
      "value",
      `Cannot query: column "${column.name}" is ${column.type}, the value must be one too`,
    );
  }
  return { op, column, value: bound };
}

function valueOf(value: string | number | boolean, type: ColumnType): EngineValue | undefined {
  switch (type) {
    case "string":
    case "dynamic":
      return { type: "text", value: String(value) };
    case "bool":
      return typeof value === "boolean" ? { type: "bool", value } : undefined;
    case "real":
      return typeof value === "number" ? { type: "real", value } : undefined;
    case "int":
    case "long":
      return wholeOf(value);
    case "datetime": {
      const ticks = typeof value === "string" ? ticksOf(value) : undefined;
      return ticks === undefined ? undefined : { type: "int64", value: String(ticks) };
    }
  }
}

/** Digits give whole numbers beyond 2^53 - 1. */
function wholeOf(value: string | number | boolean): EngineValue | undefined {
  if (typeof value === "number") {
    return Number.isSafeInteger(value)
      ? { type: "int64", value: String(value) }
      : { type: "real", value };
  }
  if (typeof value !== "string" || !/^-?\d{1,19}$/.test(value)) return undefined;
  const whole = BigInt(value);
  return whole > INT64_MAX || whole < -INT64_MAX - 1n ? undefined : { type: "int64", value };
}

function instant(text: string): bigint {
  const ticks = ticksOf(text);
  if (ticks === undefined) {
    throw new QueryError(
      "value",
      `Cannot query: "${text}" must be a time such as "2026-08-01T10:00:00Z"`,
    );
  }
  return ticks;
}

function named(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, MAX_NAMED).join(", ");
  return names.length > MAX_NAMED ? `${shown} and ${names.length - MAX_NAMED} more` : shown;
}
