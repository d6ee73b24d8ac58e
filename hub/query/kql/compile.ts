/**
 * From a KQL text to SQL: read, bound, planned, printed.
 *
 * @module
 */
import { type Printed, printPlan } from "./duckdb/print.ts";
import { KqlError, positionIn } from "./kql_error.ts";
import type { Language } from "./language.ts";
import { type LoweredQuery, lowerQuery } from "./lower/query.ts";
import type { Render, Table } from "./lower/scope.ts";
import type { Shared } from "./plan.ts";
import type { Analysis, BoundColumn, Diagnostic, Schema } from "./syntax.ts";
import { ALL_ROWS, type TableRead, tableReads } from "./reads/table_reads.ts";
import { TIME_COLUMN } from "../../store/time_span.ts";

/** Longest text, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 1024 * 1024;
/** Most `|`: the parser's time grows by their square. */
const MAX_PIPES = 2_000;
/** Deepest nesting of brackets: bounds the parser's stack. */
const MAX_BRACKETS = 200;

export interface CompileOptions {
  readonly schema: Schema;
  /** Time of the query: ticks since the epoch. */
  readonly now: bigint;
  /** Values of query parameters. */
  readonly parameters?: ReadonlyMap<string, string> | undefined;
  /** Columns that plugins give which depend on their rows, by the plugin's place in the text. */
  readonly columns?: ReadonlyMap<number, readonly BoundColumn[]> | undefined;
}

/** A stored table that a statement reads. */
export interface TableUse {
  readonly name: string;
  /** Name of the relation that must stand for it in the statement. */
  readonly relation: string;
  /** A row that fits none of them changes nothing. */
  readonly reads: readonly TableRead[];
}

/** One tabular result of a query. */
export interface CompiledResult {
  readonly columns: readonly BoundColumn[];
  readonly tables: readonly TableUse[];
  /** Native functions that must be there. */
  readonly natives: readonly string[];
  /**
   * The statement, in which `relations` has the SELECT for each relation of {@link tables}.
   * `wraps`: whole numbers that pass their range begin again; slower, for when the other overflows.
   */
  sql(relations?: ReadonlyMap<string, string>, options?: { readonly wraps: boolean }): string;
}

export interface Compiled {
  readonly results: readonly CompiledResult[];
  readonly render: Render | undefined;
  readonly warnings: readonly string[];
  /** Values of `set` statements by their names in lower case. */
  readonly options: ReadonlyMap<string, string>;
}

/** @throws {KqlError} If `text` is no query that can be answered. */
export function compileKql(text: string, language: Language, options: CompileOptions): Compiled {
  const lowered = planKql(text, language, options);
  return {
    results: lowered.tables.map((table) => resultOf(table, lowered.shared)),
    render: lowered.render,
    warnings: lowered.warnings,
    options: lowered.options,
  };
}

/**
 * The plan of `text`, which any dialect may print.
 *
 * @throws {KqlError} If `text` is no query that can be answered.
 */
export function planKql(text: string, language: Language, options: CompileOptions): LoweredQuery {
  checkBounds(text);
  const { root, errors } = analyzed(text, language, options.schema);
  const error = errors.find((one) => !isTakenAnyway(one, text));
  if (error !== undefined) {
    throw new KqlError({
      code: codeOf(error),
      message: error.message,
      position: positionIn(text, error.start),
      expected: /^Expected:? (.*)$/.exec(error.message)?.[1],
    });
  }
  return lowerQuery(root, {
    text,
    schema: options.schema,
    now: options.now,
    parameters: options.parameters ?? new Map(),
    columns: options.columns ?? new Map(),
  });
}

/** The parser calls itself for each operator of a chain: one of many thousands is too deep for it. */
function analyzed(text: string, language: Language, schema: Schema): Analysis {
  try {
    return language.analyze(text, schema);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new KqlError({ code: "limit", message: "the query is nested too deeply", cause });
  }
}

/**
 * The binder is stricter than Kusto: a dynamic value may stand for any other, a long for an int (the
 * degree of `series_fit_poly()`), and `count()` takes an argument of any type.
 */
function isTakenAnyway({ code, type, start, message }: Diagnostic, text: string): boolean {
  if (code !== "KS107") return false;
  if (type === "long" && message.startsWith("A value of type int expected")) return true;
  return type === undefined || type === "dynamic" || /\bcount\s*\(\s*$/.test(text.slice(0, start));
}

/** Codes of the parser are below those of the binder; it stops by itself where a text is too deep. */
function codeOf({ code, message }: Diagnostic): "syntax" | "semantic" | "limit" {
  if (message.startsWith("Query syntax depth exceeds")) return "limit";
  return Number(code.replace(/^KS/, "")) < 100 ? "syntax" : "semantic";
}

/** The statement of `table`. */
export function resultOf(table: Table, shared: readonly Shared[]): CompiledResult {
  const print = (wraps: boolean): Printed => printPlan({ ...table, shared }, wraps);
  const printed = print(false);
  const reads = tableReads(table.rel, () => TIME_COLUMN);
  return {
    columns: table.fields.map(({ name, type }) => ({ name, type })),
    tables: [...printed.tables].map(([name, relation]) => ({
      name,
      relation,
      reads: reads.get(name) ?? [ALL_ROWS],
    })),
    natives: printed.natives,
    sql(relations = new Map(), { wraps } = { wraps: false }) {
      const { withs, select } = wraps ? print(true) : printed;
      const stored = [...relations].map(([name, sql]) => `${name} as not materialized (${sql})`);
      const all = [...stored, ...withs];
      return all.length === 0 ? select : `with ${all.join(", ")} ${select}`;
    },
  };
}

/** @throws {KqlError} If the parser would take too long for `text`, or too much of the stack. */
export function checkBounds(text: string): void {
  if (text.length > MAX_TEXT_LENGTH) {
    throw new KqlError({
      code: "limit",
      message: `the text has ${text.length} characters, at most ${MAX_TEXT_LENGTH}`,
    });
  }
  if (text.split("|", MAX_PIPES + 2).length > MAX_PIPES + 1) {
    throw new KqlError({ code: "limit", message: `the text has over ${MAX_PIPES} "|"` });
  }
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth = Math.max(0, depth - 1);
    if (depth > MAX_BRACKETS) {
      throw new KqlError({
        code: "limit",
        message: `brackets are nested over ${MAX_BRACKETS} deep`,
        position: positionIn(text, i),
      });
    }
  }
}
