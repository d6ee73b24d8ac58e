import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { readRecord } from "./csv.ts";

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`;
const cells = fc.array(fc.string({ unit: fc.constantFrom(...'ab,"\n\r é'.split("")) }), {
  minLength: 1,
});

test("readRecord() gives back what was quoted, whatever is in it", () => {
  fc.assert(
    fc.property(cells, fc.constantFrom("", "\n", "\r\n", "\nrest"), (fields, after) => {
      const text = fields.map(quoted).join(",");
      const record = readRecord(text + after, 0);
      const end = text.length + after.replace("rest", "").length;
      assert.deepEqual(record, { kind: "record", fields, end });
    }),
  );
});
