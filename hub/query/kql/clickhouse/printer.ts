/**
 * What the parts of the ClickHouse printer share.
 *
 * Times and spans are ticks of 100 ns in Int64, dynamic values JSON in String; every value but a
 * text may be NULL.
 *
 * @module
 */
import { KqlError } from "../kql_error.ts";
import type { Call, Expr, Rel } from "../plan.ts";
import type { ScalarType } from "../types.ts";

/** Prints parts of a plan. */
export interface Printer {
  /** Stored tables that were printed, by name, with the relation that stands for each. */
  readonly tables: Map<string, string>;
  expr(expr: Expr): string;
  /** A SELECT. */
  rel(rel: Rel): string;
}

/** The SQL of one function, given that of its arguments. */
export type FunctionSql = (args: readonly string[], call: Call, printer: Printer) => string;

export type FunctionTable = Readonly<Record<string, FunctionSql>>;

export const SQL_TYPES: Readonly<Record<ScalarType, string>> = {
  bool: "Nullable(Bool)",
  int: "Nullable(Int32)",
  long: "Nullable(Int64)",
  real: "Nullable(Float64)",
  decimal: "Nullable(Decimal(38, 18))",
  string: "String",
  datetime: "Nullable(Int64)",
  timespan: "Nullable(Int64)",
  guid: "Nullable(UUID)",
  dynamic: "Nullable(String)",
};

export function nullOf(type: ScalarType): string {
  return type === "string" ? "''" : `CAST(NULL AS ${SQL_TYPES[type]})`;
}

/** `text` as a literal, whatever is in it. */
export function textLiteral(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\0", "\\0");
  return `'${escaped}'`;
}

/** `name` as an identifier, whatever is in it. */
export function quotedName(name: string): string {
  return "`" + name.replaceAll("\\", "\\\\").replaceAll("`", "\\`") + "`";
}

/** What ClickHouse has no equal of. */
export function unsupported(what: string): KqlError {
  return new KqlError({
    code: "unsupported",
    message: `${what} is not supported in ClickHouse`,
  });
}

/** Text that may stand in SQL more than once: a name or a literal. */
const PLAIN =
  /^(?:[a-z_]\w*(?:\.\w+)?|'(?:[^'\\]|\\.)*'|\(?-?\d+(?:\.\d+)?\)?|toInt(?:32|64)\('?-?\d+'?\))$/i;

/**
 * Gives `body` names for `args` that it may use as often as it likes; what is more than a name or a
 * literal is computed once.
 */
export function once(args: readonly string[], body: (...names: string[]) => string): string {
  if (args.every((arg) => PLAIN.test(arg))) return body(...args);
  for (let index = 0;; index++) {
    const bound = `v${index}`;
    const isTaken = new RegExp(`\\b${bound}\\b`);
    if (args.some((arg) => isTaken.test(arg))) continue;
    const kept = args.filter((arg) => !PLAIN.test(arg));
    const names = args.map((arg) => PLAIN.test(arg) ? arg : `${bound}.${kept.indexOf(arg) + 1}`);
    const text = body(...names);
    // A lambda within that has the same variable would hide this one.
    if (text.includes(`${bound} ->`)) continue;
    return `arrayMap(${bound} -> ${text}, [tuple(${kept.join(", ")})])[1]`;
  }
}

/** `value`, unless `condition` holds: then the query fails with `why`. */
export function unless(condition: string, value: string, why: string): string {
  return `if(throwIf(ifNull(${condition}, 0), ${textLiteral(why)}) = 0, ${value}, ${value})`;
}
