import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sortRows } from "./sort_rows.ts";

test("sortRows() puts rows in the order of time, then ledger index, then row", () => {
  const key = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 3 }), fc.nat({ max: 3 }));
  fc.assert(fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
    const rows = Uint32Array.from(keys, (_, i) => i);
    sortRows(rows, {
      time: Float64Array.from(keys, ([time]) => time),
      ledgerIndex: Float64Array.from(keys, ([, index]) => index),
      row: Float64Array.from(keys, ([, , row]) => row),
    });
    const expected = keys.map((_, i) => i).toSorted((a, b) =>
      keys[a]![0] - keys[b]![0] || keys[a]![1] - keys[b]![1] || keys[a]![2] - keys[b]![2]
    );
    assert.deepEqual([...rows], expected);
  }));
});
