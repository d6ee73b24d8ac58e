import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { columnBatches } from "../testkit/arbitraries.ts";
import { rowOf } from "./cell.ts";
import { pickRows } from "./pick_rows.ts";

test("picked rows are the rows that they were, in columns that keep nothing of the others", () => {
  fc.assert(
    fc.property(columnBatches, fc.array(fc.nat()), (batch, numbers) => {
      const rows = Uint32Array.from(batch.rows === 0 ? [] : numbers.map((n) => n % batch.rows));
      const picked = pickRows(batch, rows);
      assert.deepEqual(
        Array.from(rows, (_, row) => rowOf(picked, row)),
        Array.from(rows, (row) => rowOf(batch, row)),
      );
      for (const column of picked.columns) {
        if (column.form !== "dict") continue;
        const source = batch.columns.find(({ name }) => name === column.name);
        assert.ok(source?.form === "dict");
        const used = new Set(Array.from(rows, (row) => source.indexes[row]!));
        used.delete(0);
        assert.equal(column.entries.ends.length, used.size);
      }
    }),
  );
});

test("a column that is absent in all picked rows is left out", () => {
  fc.assert(
    fc.property(columnBatches, (batch) => {
      const isEmpty = (row: number) => Object.keys(rowOf(batch, row)).length === 0;
      const rows = Array.from({ length: batch.rows }, (_, row) => row).filter(isEmpty);
      const { columns } = pickRows(batch, Uint32Array.from(rows));
      // Of a dynamic value that is no JSON rowOf() says that it is absent.
      const left = columns.filter((c) => c.form !== "text" || c.type !== "dynamic");
      if (rows.length > 0) assert.deepEqual(left, []);
    }),
  );
});
