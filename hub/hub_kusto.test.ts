import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Client, ClientRequestProperties, KustoConnectionStringBuilder } from "azure-kusto-data";
import { openHubRoom } from "./test_room.ts";

async function start() {
  await using opened = new AsyncDisposableStack();
  const hub = opened.use(await openHubRoom());
  const clientOf = (key: string) => {
    const client = new Client(KustoConnectionStringBuilder.withAccessToken(hub.page, key));
    opened.defer(() => client.close());
    return client;
  };
  const editor = clientOf(await hub.key("ann", ["events:read", "alerts:write"]));
  const client = clientOf(await hub.key("soc", ["events:read"]));
  const running = opened.move();
  const { folder } = hub;
  return { client, editor, folder, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

interface Logged {
  readonly AADEmail: string;
  readonly QueryText: string;
  readonly ResponseCode: number;
  readonly ResponseRowCount: number;
  readonly QueryReason: string;
}

test("a query through Kusto's client is a row of LAQueryLogs, also one that failed", async () => {
  await using hub = await start();
  const properties = new ClientRequestProperties();
  properties.setOption("request_description", "ticket 7");
  await hub.client.execute("custos", "range n from 1 to 3 step 1", properties);
  await assert.rejects(hub.client.execute("custos", "Nowhere | count"));
  const text = `LAQueryLogs | where QueryText startswith "range" or QueryText startswith "Nowhere"
    | project AADEmail, QueryText, ResponseCode, ResponseRowCount, QueryReason
    | order by ResponseCode asc`;
  let rows: readonly Logged[] = [];
  // The store writes what it has twice a second.
  while (rows.length < 2) {
    const { primaryResults: [table] } = await hub.client.execute("custos", text);
    rows = table!.toJSON<Logged>().data;
  }
  const cells = rows.map((row) => [
    row.AADEmail,
    row.QueryText,
    row.ResponseCode,
    row.ResponseRowCount,
    row.QueryReason,
  ]);
  assert.deepEqual(cells, [
    ["soc", "range n from 1 to 3 step 1", 200, 3, "ticket 7"],
    ["soc", "Nowhere | count", 400, 0, ""],
  ]);
});

test("tables are listed before their first row, sealed values never", async () => {
  await using hub = await start();
  const { primaryResults: [table] } = await hub.client.execute("custos", ".show tables");
  const names = [...table!.rows()].map((row) => String(row.getValueAt(0)));
  assert.deepEqual(names, ["CustosAgentClock", "LAQueryLogs"]);
});

test("who may change alerts stores a function, and who may read calls it", async () => {
  await using hub = await start();
  const create = ".create-or-alter function Twice(x: long) { x * 2 }";
  await assert.rejects(hub.client.execute("custos", create), /403/);
  await hub.editor.execute("custos", create);
  const { primaryResults: [table] } = await hub.client.execute("custos", "print y = Twice(21)");
  assert.equal(Number(table!.toJSON<{ y: number }>().data[0]?.y), 42);
  const { primaryResults: [shown] } = await hub.client.execute("custos", ".show functions");
  assert.deepEqual([...shown!.rows()].map((row) => String(row.getValueAt(0))), ["Twice"]);
  const entries = readdirSync(join(hub.folder, "ledger"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
  const note = /{"note":"function","change":"put","who":"key:\w+","by":"ann","name":"Twice"/;
  assert.ok(entries.some((bytes) => note.test(bytes)));
});
