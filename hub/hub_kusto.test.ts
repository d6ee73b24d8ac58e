import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Client, ClientRequestProperties, KustoConnectionStringBuilder } from "azure-kusto-data";
import { logOf } from "../sdk/log.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import { openAccess } from "./commands/access_file.ts";
import { DEFAULT_CONFIG } from "./config.ts";
import { openHub } from "./hub.ts";

const ANY = { host: "127.0.0.1", port: 0 };

async function start() {
  await using opened = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "custos-kusto-"));
  opened.defer(() => rmSync(folder, { recursive: true }));
  const hub = opened.use(
    await openHub({
      env: {
        now: () => Date.now(),
        after(ms, run) {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
        pause: () => new Promise((resolve) => setImmediate(resolve)),
        random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
        files: nodeFiles(),
        resolve: () => Promise.resolve([]),
        log: logOf,
      },
      folder,
      config: { ...DEFAULT_CONFIG, page: ANY, link: { listen: ANY, names: [] } },
      rules: [],
      webhooks: [],
    }),
  );
  await using access = openAccess(folder, () => Date.now());
  const { secret } = access.keys.create({ name: "soc", scopes: ["events:read"] });
  const editing = access.keys.create({ name: "ann", scopes: ["events:read", "alerts:write"] });
  const editor = new Client(KustoConnectionStringBuilder.withAccessToken(hub.page, editing.secret));
  opened.defer(() => editor.close());
  const client = new Client(KustoConnectionStringBuilder.withAccessToken(hub.page, secret));
  opened.defer(() => client.close());
  const running = opened.move();
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
