/**
 * What the tree over a frame's rows costs, in ns of CPU a row: `bun bench/micro/row_tree.ts`.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { rowBytesOf } from "../../sdk/columns/row_bytes.ts";
import { rowTreeOf } from "../../sdk/proof/row_tree.ts";
import { stringsOf } from "../../sdk/testkit/arbitraries.ts";

const ROWS = 8192;
/** So many first: the compiler runs beside them, and its time counts. */
const WARM_UP = 30;
const ROUNDS = 60;

/** A time, two numbers, three words of few values, a token and a line of text, as of a web server. */
function batchOf(): ColumnBatch {
  const of = <T>(value: (row: number) => T) => Array.from({ length: ROWS }, (_, row) => value(row));
  const dict = (name: string, distinct: number) => ({
    form: "dict" as const,
    name,
    indexes: Uint32Array.from({ length: ROWS }, (_, row) => 1 + row * 7919 % distinct),
    entries: stringsOf(Array.from({ length: distinct }, (_, i) => `value ${i}`)),
  });
  return {
    table: "W3CIISLog",
    rows: ROWS,
    columns: [
      {
        form: "time",
        name: "TimeGenerated",
        ms: Float64Array.from(of((r) => r)),
        ticks: undefined,
      },
      { form: "number", name: "TimeTaken", type: "long", values: Float64Array.from(of((r) => r)) },
      {
        form: "number",
        name: "scBytes",
        type: "long",
        values: Float64Array.from(of((r) => r * 9)),
      },
      dict("csMethod", 4),
      dict("csUriStem", 900),
      dict("sSiteName", 3),
      {
        form: "token",
        name: "csUserName",
        kind: "user",
        epoch: 1,
        indexes: Uint32Array.from(of((r) => 1 + r % 500)),
        tokens: new Uint8Array(16 * 500),
        plain: stringsOf([]),
      },
      {
        form: "text",
        name: "csUriQuery",
        type: "string",
        rows: stringsOf(of((r) => `id=${r * 7919}&page=${r % 100}&sort=name`)),
        absent: undefined,
      },
    ],
  };
}

function report(name: string, work: () => void): void {
  for (let i = 0; i < WARM_UP; i++) work();
  const before = process.cpuUsage();
  for (let i = 0; i < ROUNDS; i++) work();
  const { user, system } = process.cpuUsage(before);
  const ns = (user + system) * 1000 / (ROUNDS * ROWS);
  console.log(`${name}: ${ns.toFixed(0)} ns a row`);
}

const batch = batchOf();
const seed = new Uint8Array(32);
report("a row's bytes", () => {
  const bytesOf = rowBytesOf(batch);
  for (let row = 0; row < ROWS; row++) bytesOf(row);
});
report("the whole tree", () => void rowTreeOf(batch, seed));
