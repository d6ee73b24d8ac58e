import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import * as fc from "fast-check";
import { JsonText, type KustoColumn, type KustoValue } from "../kusto/value.ts";
import { arrowBatch, arrowSchema } from "./batches.ts";
import { END } from "./messages.ts";

const COLUMNS: readonly KustoColumn[] = [
  { name: "b", type: "bool" },
  { name: "i", type: "int" },
  { name: "l", type: "long" },
  { name: "r", type: "real" },
  { name: "d", type: "decimal" },
  { name: "s ä", type: "string" },
  { name: "t", type: "datetime" },
  { name: "p", type: "timespan" },
  { name: "g", type: "guid" },
  { name: "y", type: "dynamic" },
];
const LONG = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const TICKS = { min: -92_233_720_368_547_758n, max: 92_233_720_368_547_758n };
const text = fc.string({ unit: "grapheme" });
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null });
const row = fc.tuple(
  orNull(fc.boolean()),
  orNull(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  orNull(fc.bigInt(LONG)),
  orNull(fc.double()),
  orNull(fc.constantFrom("1.25", "-7")),
  text,
  orNull(fc.bigInt(TICKS)),
  orNull(fc.bigInt(TICKS)),
  orNull(fc.uuid()),
  orNull(text.map((value) => new JsonText(JSON.stringify({ value })))),
);

/** What Apache's reader gives of the same values; it rounds times to milliseconds. */
function readAs(value: KustoValue, type: KustoColumn["type"]): unknown {
  if (value instanceof JsonText) return value.text;
  if (typeof value !== "bigint") return value;
  if (type === "timespan") return value * 100n;
  return type === "datetime" ? undefined : value;
}

test("Apache's reader gives the rows that were written, in any number of batches", () => {
  fc.assert(fc.property(fc.array(fc.array(row), { maxLength: 4 }), (batches) => {
    const messages = batches.map((rows) => arrowBatch(rows, COLUMNS));
    const table = tableFromIPC(Buffer.concat([arrowSchema(COLUMNS), ...messages, END]));
    const rows = batches.flat();
    assert.deepEqual(table.schema.fields.map(({ name }) => name), COLUMNS.map(({ name }) => name));
    assert.equal(table.numRows, rows.length);
    for (const [c, { type }] of COLUMNS.entries()) {
      const column = table.getChildAt(c);
      for (const [r, cells] of rows.entries()) {
        const expected = readAs(cells[c]!, type);
        const got: unknown = column?.get(r);
        if (expected !== undefined) assert.deepEqual(got, expected);
        else if (type === "datetime") {
          const ms = Number(cells[6]! / 10_000n);
          assert.ok(Math.abs(Number(got) - ms) <= 1, `${String(got)} is not ${ms}`);
        }
      }
    }
  }));
});

test("arrowBatch() refuses a time that nanoseconds cannot tell", () => {
  const columns = [{ name: "t", type: "datetime" }] as const;
  assert.throws(() => arrowBatch([[-621_355_968_000_000_000n]], columns), {
    message: /before 1677/,
  });
});
