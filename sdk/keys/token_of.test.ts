import assert from "node:assert/strict";
import { test } from "node:test";
import { cellOf } from "../columns/cell.ts";
import { TableWriter } from "../columns/writer.ts";
import { openScrubber } from "../scrub/scrubber.ts";
import { column, schemaOf, table } from "../table.ts";
import { tokenOf } from "./token_of.ts";

const key = { epoch: 3, bytes: new Uint8Array(32).fill(9) };
const schema = schemaOf(
  "T",
  table({
    doc: "Test",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ class: "public" }),
      Who: column.string({ class: "personal" }),
      Call: column.string({ class: "personal", kind: "tel" }),
      Address: column.string({ class: "network" }),
    },
  }),
);

test("tokenOf() gives what the scrubber makes of the same value, of each kind", () => {
  const values = { Who: "Ada Lovelace", Call: "+44 20 7946-0000", Address: "203.0.113.9" };
  const writer = new TableWriter(schema);
  writer.add({ TimeGenerated: 0, ...values });
  const [batch] = openScrubber({ policy: { columns: {} }, key }).scrub(writer.view(), schema);
  for (const [name, kind] of [["Who", "user"], ["Call", "tel"], ["Address", "ip"]] as const) {
    const cell = JSON.stringify(cellOf(batch.columns.find((c) => c.name === name)!, 0));
    const token = tokenOf(key, kind, values[name]);
    assert.ok(cell.includes(token), `${cell} has not ${token}`);
  }
});

test("tokenOf() leaves a well-known principal as it is", () => {
  assert.equal(tokenOf(key, "user", "root"), "root");
});
