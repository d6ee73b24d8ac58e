/**
 * Runs KQL over an engine in this process, prepared as the hub's child process prepares its own.
 *
 * @module
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Compiled, CompiledResult } from "../../hub/query/kql/compile.ts";
import { KqlError } from "../../hub/query/kql/kql_error.ts";
import { loadLanguage } from "../../hub/query/kql/language.ts";
import { registerNatives } from "../../hub/query/kql/native/register.ts";
import { compileAnswered } from "../../hub/query/kql/resolve.ts";
import { type EngineCell, type KqlValue, kqlValue } from "../../hub/query/kql/results.ts";
import type { BoundColumn, Schema } from "../../hub/query/kql/syntax.ts";

export type Outcome =
  | {
    readonly kind: "rows";
    readonly columns: readonly BoundColumn[];
    readonly rows: readonly (readonly KqlValue[])[];
    readonly sql: string;
  }
  | { readonly kind: "failed"; readonly message: string; readonly sql?: string | undefined };

export interface Runner {
  run(kql: string): Promise<Outcome>;
  /** Runs a statement of SQL first. */
  prepare(sql: string): Promise<void>;
}

const EMPTY: Schema = { tables: [] };

/** `relations`: the SELECT that stands for each table of `schema`. */
export async function openRunner(
  schema: Schema = EMPTY,
  relations: ReadonlyMap<string, string> = new Map(),
): Promise<Runner> {
  const language = await loadLanguage();
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  const registered = new Set<string>();
  const register = (results: readonly CompiledResult[]): void => {
    const natives = results.flatMap(({ natives: names }) => names)
      .filter((name) => !registered.has(name));
    registerNatives(connection, [...new Set(natives)]);
    for (const name of natives) registered.add(name);
  };
  const ask = async (probe: CompiledResult): Promise<readonly string[]> => {
    register([probe]);
    const outcome = await execute(probe, { connection, relations });
    if (outcome.kind === "failed") throw new Error(outcome.message);
    return outcome.rows.map(([text]) => String(text));
  };
  const resolved = async (kql: string, now: bigint): Promise<Compiled> => {
    const answers = new Map<number, readonly string[]>();
    for (;;) {
      const made = compileAnswered(kql, language, { schema, now, answers });
      if (made.kind === "compiled") return made;
      answers.set(made.place, await ask(made.probe));
    }
  };
  return {
    async prepare(sql) {
      await connection.run(sql);
    },
    async run(kql) {
      let compiled: Compiled;
      try {
        compiled = await resolved(kql, BigInt(Date.now()) * 10_000n);
      } catch (error) {
        return { kind: "failed", message: describe(error) };
      }
      register(compiled.results);
      return await execute(compiled.results.at(-1)!, { connection, relations });
    },
  };
}

interface Room {
  readonly connection: DuckDBConnection;
  readonly relations: ReadonlyMap<string, string>;
}

async function execute(result: CompiledResult, { connection, relations }: Room): Promise<Outcome> {
  const named = new Map(
    result.tables.map(({ name, relation }) => [relation, relations.get(name) ?? ""] as const),
  );
  let sql = "";
  for (const wraps of [false, true]) {
    try {
      sql = result.sql(named, { wraps });
      const reader = await connection.runAndReadAll(sql);
      const rows = reader.getRows().map((row) =>
        row.slice(0, result.columns.length).map((cell, i) =>
          kqlValue(cellOf(cell), result.columns[i]!.type)
        )
      );
      return { kind: "rows", columns: result.columns, rows, sql };
    } catch (error) {
      const message = describe(error);
      const overflows = /Out of Range|overflow/i.test(message);
      if (wraps || !overflows) return { kind: "failed", message, sql };
    }
  }
  throw new TypeError("unreachable");
}

function cellOf(cell: unknown): EngineCell {
  if (cell === null || typeof cell === "string" || typeof cell === "number") return cell;
  return typeof cell === "boolean" || typeof cell === "bigint" ? cell : String(cell);
}

function describe(error: unknown): string {
  if (error instanceof KqlError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
