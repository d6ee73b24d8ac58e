/**
 * Runs KQL by way of another dialect: ClickHouse's SQL in ClickHouse itself, or as KQL's own text,
 * which is read again and answered as any other.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { installClickHouse } from "../../bench/clickhouse.ts";
import { ColumnsNeeded } from "../../hub/query/kql/columns_needed.ts";
import { planKql } from "../../hub/query/kql/compile.ts";
import { type Dialect, translated, translateKql } from "../../hub/query/kql/dialects.ts";
import { KqlError } from "../../hub/query/kql/kql_error.ts";
import { type Language, loadLanguage } from "../../hub/query/kql/language.ts";
import { type EngineCell, kqlValue } from "../../hub/query/kql/results.ts";
import type { BoundColumn, Schema } from "../../hub/query/kql/syntax.ts";
import type { Outcome, Runner } from "./kql_runner.ts";

const EMPTY: Schema = { tables: [] };
const MAX_QUESTIONS = 8;

export interface ClickHouse extends Disposable {
  /** Rows of a statement. */
  ask(sql: string): Promise<readonly (readonly EngineCell[])[]>;
}

/** `program`: the module of an installed `chdb`; else it is installed in `folder`. */
export function openClickHouse(folder: string, program?: string): ClickHouse {
  const chdb = program ?? installClickHouse(join(folder, "chdb"));
  const child = spawn("node", [
    join(import.meta.dirname, "clickhouse_child.mjs"),
    chdb,
    join(folder, "clickhouse"),
  ], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(sql) {
      child.stdin.write(`${JSON.stringify(sql)}\n`);
      const { value, done } = await answers.next();
      if (done === true) throw new Error("ClickHouse has ended");
      const answer = JSON.parse(value) as { rows?: EngineCell[][]; error?: string };
      if (answer.rows === undefined) throw new Error(answer.error);
      return answer.rows;
    },
    [Symbol.dispose]() {
      child.stdin.end();
    },
  };
}

/** Answers by ClickHouse. */
export async function clickHouseRunner(clickHouse: ClickHouse): Promise<Runner> {
  const language = await loadLanguage();
  return {
    async prepare(sql) {
      await clickHouse.ask(sql);
    },
    async run(kql) {
      let sql: string | undefined;
      try {
        const { columns, text } = await resolved(kql, language, clickHouse);
        sql = text;
        const rows = (await clickHouse.ask(text)).map((row) =>
          columns.map(({ type }, i) => kqlValue(cellOf(row[i] ?? null, type), type))
        );
        return { kind: "rows", columns, rows, sql };
      } catch (error) {
        return failed(error, sql);
      }
    },
  };
}

const SPECIAL: ReadonlyMap<EngineCell, number> = new Map([
  ["nan", NaN],
  ["inf", Infinity],
  ["-inf", -Infinity],
]);

function cellOf(cell: EngineCell, type: string): EngineCell {
  return type === "real" ? SPECIAL.get(cell) ?? cell : cell;
}

/** The last result of `kql`; what plugins ask is answered first. */
async function resolved(kql: string, language: Language, clickHouse: ClickHouse) {
  const now = BigInt(Date.now()) * 10_000n;
  const columns = new Map<number, readonly BoundColumn[]>();
  for (let asked = 0;; asked++) {
    try {
      const { tables, shared } = planKql(kql, language, { schema: EMPTY, now, columns });
      return translated("clickhouse", tables.at(-1)!, shared);
    } catch (error) {
      if (!(error instanceof ColumnsNeeded) || asked === MAX_QUESTIONS) throw error;
      const { place, probe, shared, read } = error.needed;
      const { text } = translated("clickhouse", probe, shared);
      columns.set(place, read((await clickHouse.ask(text)).map(([one]) => String(one))));
    }
  }
}

function failed(error: unknown, sql: string | undefined): Outcome {
  const message = error instanceof KqlError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
    ? `${error.name}: ${error.message}`
    : String(error);
  return { kind: "failed", message, sql };
}

/** Writes each query as KQL again, and that one once more, which must be the same; answers it. */
export async function kustoRunner(direct: Runner): Promise<Runner> {
  const language = await loadLanguage();
  return {
    prepare: (sql) => direct.prepare(sql),
    async run(kql) {
      const options = {
        schema: EMPTY,
        now: BigInt(Date.now()) * 10_000n,
        dialect: "kusto" satisfies Dialect,
      } as const;
      let sql: string | undefined;
      try {
        sql = translateKql(kql, language, options).at(-1)!.text;
        const again = translateKql(sql, language, options).at(-1)!.text;
        if (again !== sql) return { kind: "failed", message: `not the same again: ${again}`, sql };
      } catch (error) {
        return failed(error, sql);
      }
      const outcome = await direct.run(sql);
      return { ...outcome, sql };
    },
  };
}
