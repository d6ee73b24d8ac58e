import assert from "node:assert/strict";
import { test } from "node:test";
import { REVEAL_SCHEMA } from "../../../sdk/gap.ts";
import { queryTables } from "./tables.ts";

const COLUMNS = [{ name: "TimeGenerated", type: "datetime" }] as const;

test("queryTables() has what is stored and the hub's own, and no sealed values", () => {
  const columns = new Map([["Syslog", COLUMNS], [REVEAL_SCHEMA.name, COLUMNS]]);
  const tables = queryTables({ next: 0, files: new Map(), columns }, [REVEAL_SCHEMA]);
  assert.deepEqual([...tables.keys()], ["Syslog", "CustosAgentClock", "LAQueryLogs"]);
  const names = tables.get("LAQueryLogs")!.map(({ name }) => name);
  assert.ok(names.includes("QueryText") && names.includes("_LedgerIndex"));
});
