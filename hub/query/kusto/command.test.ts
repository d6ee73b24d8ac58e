import assert from "node:assert/strict";
import { test } from "node:test";
import type { Catalog } from "./catalog.ts";
import { isCommand, runCommand, splitCommand } from "./command.ts";
import { KustoFailure } from "./failure.ts";
import { createRunning } from "./running.ts";
import type { KustoRow } from "./answer.ts";

const CATALOG: Catalog = {
  tables: [
    {
      name: "Syslog",
      doc: "Lines",
      columns: [{ name: "TimeGenerated", type: "datetime" }, { name: "a b", type: "dynamic" }],
      rows: 7,
      bytes: 100,
      files: 2,
    },
    { name: "Event", doc: "", columns: [], rows: 0, bytes: 0, files: 0 },
  ],
  functions: [{ name: "F", parameters: "()", body: "{ Event }", doc: "", folder: "" }],
};

async function run(command: string, running = createRunning(() => 1000)) {
  const context = { catalog: CATALOG, running, caller: "key:1", version: "1.2.3", startedAt: 0 };
  const { tables: [table] } = runCommand(splitCommand(command).command, context);
  const rows: KustoRow[] = [];
  for await (const chunk of table!.chunks) rows.push(...chunk);
  return { columns: table!.columns.map(({ name }) => name), rows };
}

const FIRST_CELLS = [
  [".show databases", ["custos"]],
  [".show cluster databases", ["custos"]],
  [".show databases details", ["custos"]],
  [".show tables", ["Syslog", "Event"]],
  [".show tables (Event)", ["Event"]],
  [".show tables details", ["Syslog", "Event"]],
  [".show table Syslog", ["TimeGenerated", "a b"]],
  [".show table ['Syslog'] cslschema", ["Syslog"]],
  ['.show   table "Syslog"\n schema as json', ["Syslog"]],
  [".show database schema", ["custos", "custos", "custos", "custos", "custos"]],
  [".show databases schema", ["custos", "custos", "custos", "custos", "custos"]],
  [".show version", ["1.2.3"]],
  [".show cluster", ["custos"]],
  [".show functions", ["F"]],
  [".show function F", ["F"]],
  [".show materialized-views", []],
  [".show queries", []],
] as const;

for (const [command, cells] of FIRST_CELLS) {
  test(`${command.replaceAll("\n", " ")} is answered`, async () => {
    assert.deepEqual((await run(command)).rows.map(([cell]) => cell), cells);
  });
}

interface SchemaText {
  readonly Databases: { readonly custos: { readonly Tables: { readonly Syslog: SyslogText } } };
}
interface SyslogText {
  readonly OrderedColumns: readonly unknown[];
}

function columnsIn(text: string): readonly unknown[] {
  const schema: SchemaText = JSON.parse(text);
  return schema.Databases.custos.Tables.Syslog.OrderedColumns;
}

const AS_JSON = [
  ".show schema as json",
  ".show database schema as json",
  ".show database custos schema as json",
  ".show databases schema as json",
  ".show databases (custos) schema as json",
  ".show databases (['custos']) schema as json",
  ".show cluster schema as json",
];

for (const command of AS_JSON) {
  test(`${command} gives the columns with their types`, async () => {
    const { rows } = await run(command);
    assert.deepEqual(
      columnsIn(String(rows[0]?.[0])),
      [
        { Name: "TimeGenerated", Type: "System.DateTime", CslType: "datetime", DocString: "" },
        { Name: "a b", Type: "System.Object", CslType: "dynamic", DocString: "" },
      ],
    );
  });
}

test(".show table cslschema quotes a name that is no word", async () => {
  const { rows } = await run(".show table Syslog cslschema");
  assert.equal(rows[0]?.[1], "TimeGenerated:datetime,['a b']:dynamic");
});

const REFUSED = [
  [".drop table Syslog", "request", /functions alone/],
  [".ingest inline into table Syslog <| 1", "request", /functions alone/],
  [".show everything", "request", /must be one of \.show databases/],
  [".show table Nothing cslschema", "missing", /Nothing/],
  [".show database other schema as json", "missing", /"custos"/],
  [".show databases (other) schema as json", "missing", /"custos"/],
] as const;

for (const [command, kind, message] of REFUSED) {
  test(`${command} is refused`, async () => {
    await assert.rejects(run(command), (error: unknown) => {
      assert.ok(error instanceof KustoFailure);
      assert.equal(error.kind, kind);
      assert.match(error.message, message);
      return true;
    });
  });
}

test("a caller sees and cancels their own queries alone", async () => {
  const running = createRunning(() => 5);
  const query = { activityId: "a", user: "", application: "app", text: "T" };
  const own = running.start({ ...query, clientRequestId: "x;1", caller: "key:1" });
  const other = running.start({
    ...query,
    activityId: "b",
    clientRequestId: "x;2",
    caller: "key:2",
  });
  const cancelled = await run('.cancel query "x;1"', running);
  assert.deepEqual(cancelled.rows, [["x;1", "Cancelled"]]);
  assert.ok(own.signal.aborted);
  assert.deepEqual((await run('.cancel query "x;2"', running)).rows, [["x;2", "NotFound"]]);
  assert.ok(!other.signal.aborted);
  own.end({ state: "Cancelled", rows: 1, bytes: 2, failure: "" });
  assert.deepEqual((await run(".show queries", running)).rows.map((row) => [row[0], row[6]]), [
    ["x;1", "Cancelled"],
  ]);
  assert.deepEqual((await run(".show running queries", running)).rows, []);
});

test("splitCommand() finds the pipe that is in no text, and skips comments", () => {
  assert.deepEqual(splitCommand('// Grafana\n.show table "a|b" | where x == "|"'), {
    command: '.show table "a|b"',
    pipe: '| where x == "|"',
  });
  assert.ok(isCommand("  // x\n .show tables"));
  assert.ok(!isCommand("T // .show tables"));
});
