/**
 * A plan as one SQL statement.
 *
 * @module
 */
import { type Field, fieldOf, type Rel, type Shared, type SortKey } from "../plan.ts";
import { NATIVES } from "../native/natives.ts";
import { conditionSql } from "./condition.ts";
import { exprSql } from "./expr.ts";
import { columnOf } from "../select_list.ts";
import type { Printer } from "./printer.ts";
import { relSql } from "./rel.ts";
import { sortSql } from "./sort_keys.ts";

export interface Printed {
  /** Common table expressions, in order: `s0 as (…)`. */
  readonly withs: readonly string[];
  readonly select: string;
  readonly natives: readonly string[];
  /** Stored tables, with the relation that must stand for each. */
  readonly tables: ReadonlyMap<string, string>;
}

export interface Printable {
  readonly rel: Rel;
  readonly fields: readonly Field[];
  readonly order: readonly SortKey[];
  readonly shared: readonly Shared[];
}

export function printPlan({ rel, fields, order, shared }: Printable, wraps: boolean): Printed {
  const tables = new Map<string, string>();
  const printer: Printer = {
    wraps,
    tables,
    expr: (expr) => exprSql(expr, printer),
    condition: (expr) => conditionSql(expr, printer),
    rel: (input) => relSql(input, printer),
  };
  const withs = shared.map(({ id, rel: part, isMaterialized }) =>
    `s${id} as ${isMaterialized ? "" : "not "}materialized (${printer.rel(part)})`
  );
  const columns = fields.map((field) => `${printer.expr(fieldOf(field))} as ${columnOf(field)}`);
  const list = columns.length === 0 ? "1 as nothing" : columns.join(", ");
  const sorted = order.length === 0 ? "" : ` order by ${sortSql(order, printer)}`;
  const select = `select ${list} from (${printer.rel(rel)})${sorted}`;
  return { withs, select, natives: nativesIn([...withs, select]), tables };
}

/** Names of native functions that texts call; one in a string literal is one too many, no more. */
function nativesIn(texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) => [...text.matchAll(/\bn_\w+(?=\()/g)].map(([name]) => name));
  return [...new Set(names)].filter((name) => NATIVES.has(name));
}
