/**
 * The column `_Proof`: for each row of a result the route that proves it.
 *
 * @module
 */
import type { AnswerTable, KustoRow } from "./answer.ts";
import { KustoFailure } from "./failure.ts";

/**
 * `table` with the column; its rows have to say which entry of the ledger they come from.
 *
 * @throws {KustoFailure} If they do not.
 */
export function withProofs(table: AnswerTable): AnswerTable {
  const [index, row] = ["_LedgerIndex", "_Row"].map((wanted) =>
    table.columns.findIndex(({ name }) => name === wanted)
  );
  if (index === undefined || row === undefined || index < 0 || row < 0) {
    throw new KustoFailure(
      "request",
      "Cannot prove rows: the result must have the columns _LedgerIndex and _Row of its events",
    );
  }
  return {
    ...table,
    columns: [...table.columns, { name: "_Proof", type: "string" }],
    chunks: proven(table, (cells) => proofOf(cells[index] ?? null, cells[row] ?? null)),
  };
}

async function* proven(
  { chunks }: AnswerTable,
  proof: (row: KustoRow) => string,
): AsyncGenerator<readonly KustoRow[]> {
  for await (const rows of chunks) yield rows.map((row) => [...row, proof(row)]);
}

/** A row that an outer join has made has no event. */
function proofOf(index: KustoRow[number], row: KustoRow[number]): string {
  if (typeof index !== "bigint" || typeof row !== "number") return "";
  return `/proof/row?index=${index}&row=${row}`;
}
