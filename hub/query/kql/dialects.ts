/**
 * A KQL query as a text for another engine: ClickHouse's SQL, or the KQL of Azure Data Explorer.
 *
 * What the other engine has no equal of is refused by name; the place is that of the name in the
 * text, where it stands there.
 *
 * @module
 */
import { printClickHouse } from "./clickhouse/print.ts";
import { ColumnsNeeded } from "./columns_needed.ts";
import { type CompileOptions, planKql } from "./compile.ts";
import { KqlError, positionIn } from "./kql_error.ts";
import { printKusto } from "./kusto_text/print.ts";
import type { Language } from "./language.ts";
import type { LoweredQuery } from "./lower/query.ts";
import type { Table } from "./lower/scope.ts";
import type { Shared } from "./plan.ts";
import { letOf } from "./stored_functions.ts";
import type { BoundColumn, SchemaFunction } from "./syntax.ts";
import { usedFunctions } from "./used_functions.ts";

export const DIALECTS = ["clickhouse", "kusto"] as const;
export type Dialect = (typeof DIALECTS)[number];

/** One tabular result of a query in another dialect. */
export interface Translated {
  readonly columns: readonly BoundColumn[];
  readonly text: string;
  /** Stored tables that it reads. */
  readonly tables: readonly string[];
}

export interface TranslateOptions extends CompileOptions {
  readonly dialect: Dialect;
}

/** @throws {KqlError} If `text` is no query, or the dialect cannot say it. */
export function translateKql(
  text: string,
  language: Language,
  { dialect, ...options }: TranslateOptions,
): readonly Translated[] {
  const { tables, shared } = planned(text, language, options);
  return tables.map((table) =>
    placed(text, () => {
      const first = translated(dialect, table, shared);
      return dialect === "kusto" ? settled(first, language, options) : first;
    })
  );
}

/** Most times that a KQL text is read and written again before it stays as it is. */
const MAX_ROUNDS = 8;

/**
 * The KQL that is written again as it stands. So it is also a text that the parser takes, with a plan
 * that this hub would answer.
 */
function settled(first: Translated, language: Language, options: CompileOptions): Translated {
  let current = first;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = again(current.text, language, options);
    if (next.text === current.text) return next;
    current = next;
  }
  throw noLastingForm("it changes each time");
}

function again(text: string, language: Language, options: CompileOptions): Translated {
  try {
    const { tables, shared } = planKql(text, language, options);
    return translated("kusto", tables.at(-1)!, shared);
  } catch (error) {
    throw error instanceof KqlError ? noLastingForm(plainMessage(error), error) : error;
  }
}

function noLastingForm(why: string, cause?: KqlError): KqlError {
  return new KqlError({
    code: "unsupported",
    message: `a query that has no lasting form in KQL for Azure Data Explorer: ${why}`,
    cause,
  });
}

export interface StoredTranslateOptions extends TranslateOptions {
  /** Stored functions and views, by name. */
  readonly functions: ReadonlyMap<string, SchemaFunction>;
}

/**
 * As {@link translateKql}, of a text that may call stored functions: they become what they mean.
 *
 * @throws {KqlError} If `text` is no query, or the dialect cannot say it.
 */
export function translateStored(
  text: string,
  language: Language,
  { functions, ...options }: StoredTranslateOptions,
): readonly Translated[] {
  const lets = usedFunctions(text, functions).map(letOf).join("");
  try {
    return translateKql(lets + text, language, options);
  } catch (error) {
    throw error instanceof KqlError ? behind(error, lets.split("\n").length - 1) : error;
  }
}

/** `error` with its place in what stands behind `lines`; within them it has none. */
function behind(error: KqlError, lines: number): KqlError {
  const { line = 0, column = 1, code, expected } = error;
  if (lines === 0 || error.line === undefined) return error;
  return new KqlError({
    code,
    message: plainMessage(error),
    position: line > lines ? { line: line - lines, column } : undefined,
    expected,
    cause: error.cause,
  });
}

function plainMessage({ message }: KqlError): string {
  return message.replace(/^Cannot query(?::\d+:\d+)?: /, "");
}

function planned(text: string, language: Language, options: CompileOptions): LoweredQuery {
  try {
    return planKql(text, language, options);
  } catch (error) {
    if (!(error instanceof ColumnsNeeded)) throw error;
    throw new KqlError({
      code: "unsupported",
      message: "the plugin's columns depend on the rows, which are elsewhere",
      position: positionIn(text, error.needed.place),
      expected: "a schema after it, such as : (*, Name: string)",
    });
  }
}

/** `table` as a text of `dialect`. */
export function translated(
  dialect: Dialect,
  table: Table,
  shared: readonly Shared[],
): Translated {
  const columns = table.fields.map(({ name, type }) => ({ name, type }));
  switch (dialect) {
    case "clickhouse": {
      const { sql, tables } = printClickHouse({ ...table, shared });
      return { columns, text: sql, tables };
    }
    case "kusto": {
      const { kql, tables } = printKusto({ ...table, shared });
      return { columns, text: kql, tables };
    }
  }
}

/** What `print` refuses gets the place of its name in `text`. */
function placed(text: string, print: () => Translated): Translated {
  try {
    return print();
  } catch (error) {
    if (!(error instanceof KqlError) || error.line !== undefined) throw error;
    const message = plainMessage(error);
    const [name = ""] = /[a-z][\w-]{2,}(?=\()/i.exec(message) ?? /^[a-z-]{3,}/i.exec(message) ?? [];
    const at = name === "" ? -1 : text.search(new RegExp(`(?<![\\w-])${name}(?![\\w-])`));
    throw new KqlError({
      code: error.code,
      message,
      position: at < 0 ? undefined : positionIn(text, at),
      expected: error.expected,
      cause: error.cause,
    });
  }
}
