import assert from "node:assert/strict";
import { after as afterAll, before, test } from "node:test";
import { column, schemaOf, table } from "../../../sdk/table.ts";
import { after, batchOf, itemOf, openRoom } from "../../store/test_room.ts";
import { rowText } from "../kusto/value.ts";
import { openCompiler } from "./compiler.ts";
import { openKqlQueries } from "./kql_queries.ts";
import { openControl } from "../../control.ts";
import { openFunctionStore } from "../functions/function_store.ts";

const optional = { class: "public", optional: true } as const;
const COLUMNS = {
  TimeGenerated: column.time(optional),
  Host: column.string(optional),
  Peer: column.string({ class: "network", optional: true }),
  Count: column.long(optional),
};
const declared = (name: string, columns: typeof COLUMNS) =>
  schemaOf(name, table({ doc: "", time: "TimeGenerated", columns }));

const room = openRoom();
const compiler = openCompiler({ after });
const { manifest, folder, engine } = room;
const kql = openKqlQueries({
  ...{ manifest, engine, compiler, folder, now: () => 0 },
  schemas: () => [declared("T", COLUMNS), declared("NotYet", COLUMNS)],
  functions: openFunctionStore(openControl(":memory:")),
});

before(async () => {
  const { TimeGenerated, Host } = COLUMNS;
  const rows = [{ TimeGenerated: 1, Host: "web1" }];
  const store = await room.store();
  await store.take([itemOf(0, batchOf("T", { TimeGenerated, Host }, rows))]);
  await store.flush();
});

afterAll(async () => {
  await compiler[Symbol.asyncDispose]();
  await room[Symbol.asyncDispose]();
});

async function run(text: string): Promise<readonly string[]> {
  const query = { text, parameters: new Map<string, string>(), timeoutMs: 60_000 };
  const answer = await kql.run(query, new AbortController().signal);
  const rows: string[] = [];
  for (const { columns, chunks } of answer.tables) {
    for await (const chunk of chunks) rows.push(...chunk.map((row) => rowText(row, columns)));
  }
  answer.close();
  return rows;
}

test("a query may name what agents declare and no event had", async () => {
  const text =
    "T | where isempty(Peer) and isempty(Peer_Category) and isnull(Count) | project Host";
  assert.deepEqual(await run(text), ['["web1"]']);
  assert.deepEqual(await run("NotYet | where Host == 'a' | count"), ["[0]"]);
  await assert.rejects(run("T | project Nothing"), /Nothing/);
});

test("a query that names a system column sees it, another one does not", async () => {
  assert.deepEqual(await run("T | summarize count() by Type, _ResourceId"), ['["T","",1]']);
  const [row = ""] = await run("T | take 1");
  const [typed = ""] = await run("T | take 1 // Type");
  assert.equal(typed.split(",").length, row.split(",").length + 1);
});

test("the catalog has what is declared, and no system column", () => {
  const names = kql.tables().map(({ name, rows }) => [name, rows]);
  assert.ok(names.some(([name, rows]) => name === "NotYet" && rows === 0));
  const { columns } = kql.tables().find(({ name }) => name === "T")!;
  assert.deepEqual(
    columns.map(({ name }) => name).filter((name) => !name.startsWith("_")),
    [
      "TimeGenerated",
      "Host",
      "Peer",
      "Peer_Category",
      "Peer_Net1",
      "Peer_Net2",
      "Peer_Net3",
      "Count",
    ],
  );
});

test("warm() starts the process, and it is the one that answers", async () => {
  await using another = openCompiler({ after });
  another.warm();
  const wanted = {
    text: "print 1",
    schema: { tables: [] },
    now: 0n,
    ...{ parameters: new Map(), answers: new Map(), functions: [] },
  };
  const reply = await another.compile(wanted, new AbortController().signal);
  assert.equal(reply.kind, "compiled");
});
