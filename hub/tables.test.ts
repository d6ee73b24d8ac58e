import assert from "node:assert/strict";
import { test } from "node:test";
import { column, schemaOf, table } from "../sdk/table.ts";
import { tableEntries } from "./tables.ts";

const SCHEMA = schemaOf(
  "Web",
  table({
    doc: "Requests",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ class: "public" }),
      ClientIP: column.string({ class: "network" }),
      TookMs: column.real({ class: "public", unit: "ms" }),
    },
  }),
);

test("tableEntries() gives each stored column the class that the agents declare", () => {
  const names = ["ClientIP", "ClientIP_Net1", "ClientIP_Category", "TookMs", "_Agent"];
  const columns = names.map((name) => ({ name, type: "string" as const }));
  const stored = { name: "Web", time: "TimeGenerated", columns, rows: 0, bytes: 0, files: 0 };
  const [entry] = tableEntries([stored], [SCHEMA]);
  assert.deepEqual(
    entry!.columns.map((one) => [one.name, one.class, one.kind, one.unit]),
    [
      ["ClientIP", "network", "ip", null],
      ["ClientIP_Net1", "network", "ip", null],
      ["ClientIP_Category", "network", "ip", null],
      ["TookMs", "public", "", "ms"],
      ["_Agent", "system", "", null],
    ],
  );
});
