/**
 * What a query or a command answers: tables whose rows come in pieces, and how many may go out.
 *
 * @module
 */
import { KustoFailure } from "./failure.ts";
import type { ResultLimits } from "./request.ts";
import { type KustoColumn, type KustoValue, rowText } from "./value.ts";

export type KustoRow = readonly KustoValue[];

/** One table of an answer. */
export interface AnswerTable {
  readonly name: string;
  readonly columns: readonly KustoColumn[];
  /** Made as they are asked for. */
  readonly chunks: AsyncIterable<readonly KustoRow[]>;
  /** How the query wants the table drawn. */
  readonly render?: Visualization;
}

/** Properties of `render`, such as `Visualization: "timechart"`. */
export type Visualization = Readonly<
  Record<string, string | number | boolean | null | readonly string[]>
>;

/** The tables of one request, in order. */
export interface Answer {
  readonly tables: readonly AnswerTable[];
}

/** Rows and bytes that have gone out, and the bound of both. */
export interface Tally {
  rows: number;
  bytes: number;
  limits: ResultLimits;
}

/** Kusto's number of a result that is too large. */
export const TOO_LARGE = { code: -2_133_196_797, name: "E_QUERY_RESULT_SET_TOO_LARGE" } as const;

/**
 * The rows of `table` as JSON texts, counted in `tally`.
 *
 * @throws {KustoFailure} `truncated`, after the last row that may go out.
 */
export async function* rowTexts(table: AnswerTable, tally: Tally): AsyncGenerator<string[]> {
  for await (const chunk of table.chunks) {
    const texts: string[] = [];
    for (const row of chunk) {
      const text = rowText(row, table.columns);
      const bytes = Buffer.byteLength(text);
      const over = overLimit(tally, bytes);
      if (over !== undefined) {
        yield texts;
        throw over;
      }
      tally.rows++;
      tally.bytes += bytes;
      texts.push(text);
    }
    yield texts;
  }
}

function overLimit({ rows, bytes, limits }: Tally, next: number): KustoFailure | undefined {
  if (rows >= limits.records) return tooLarge(`${limits.records} records`);
  if (bytes + next > limits.bytes) return tooLarge(`${limits.bytes} bytes`);
  return undefined;
}

function tooLarge(limit: string): KustoFailure {
  return new KustoFailure(
    "truncated",
    "Query execution has exceeded the allowed limits (80DA0003): " +
      `The results of this query exceed the set limit of ${limit}, ` +
      `so not all records were returned (${TOO_LARGE.name}, 0x80DA0003)`,
  );
}

/** An answer of one table whose rows are known. */
export function tableAnswer(
  columns: readonly KustoColumn[],
  rows: readonly KustoRow[],
  name = "Table_0",
): Answer {
  return { tables: [{ name, columns, chunks: once(rows) }] };
}

async function* once(rows: readonly KustoRow[]): AsyncGenerator<readonly KustoRow[]> {
  yield rows;
}
