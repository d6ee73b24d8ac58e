import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { column } from "../../sdk/table.ts";
import { queryNote } from "../query/query_note.ts";
import type { QueryRecord } from "../query/kusto/query_job.ts";
import { sqlFiles } from "./sql_text.ts";
import { batchOf, itemOf, openRoom, selectAll } from "./test_room.ts";

const RECORD: QueryRecord = {
  phase: "end",
  caller: { id: "key:1", name: "soc", scopes: new Set() },
  clientRequestId: "KNC;1",
  activityId: "00000000-0000-4000-8000-000000000001",
  application: "Grafana-ADX",
  why: "ticket 7",
  text: 'Syslog | where HostName == "web-1" | where Facility == "auth"',
  sources: ["Syslog"],
  status: 400,
  failure: "semantic",
  rows: 3,
  bytes: 5_000_000_000,
  startedAt: 7000,
  durationMs: 12.5,
};

function entryOf(index: number, record: QueryRecord) {
  const note = queryNote(record, (name) => name === "Syslog" || name === "Facility");
  const payload = new TextEncoder().encode(JSON.stringify(note));
  return { ...itemOf(index, undefined), kind: "note", payload } as const;
}

test("a query that was recorded is a row of LAQueryLogs, and no agent can write one", async () => {
  await using room = openRoom();
  await using store = await room.store();
  const forged = batchOf("LAQueryLogs", { TimeGenerated: column.time({ class: "public" }) }, [
    { TimeGenerated: 1 },
  ]);
  await store.take([
    entryOf(0, { ...RECORD, phase: "start" }),
    entryOf(1, RECORD),
    itemOf(2, forged),
  ]);
  await store.flush();
  const listed = room.manifest.snapshot.files.get("LAQueryLogs")!;
  const paths = listed.map(({ path }) => join(room.folder, path));
  const names = `"TimeGenerated", "AADObjectId", "QueryText", "QueryTables", "ResponseCode",
    "ResponseRowCount", "ResponseBytes", "_LedgerIndex"`;
  const rows = await selectAll(room.engine, `select ${names} from ${sqlFiles(paths)}`, paths);
  const text = 'Syslog | where HostName == "(withheld)" | where Facility == "auth"';
  const expected = ["70000000", "key:1", text, '["Syslog"]', 400, 3, "5000000000", "1"];
  assert.deepEqual(rows, [expected]);
  assert.equal(store.counts.refusedFrames, 1);
});
