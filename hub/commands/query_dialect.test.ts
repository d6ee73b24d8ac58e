import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "./command.ts";
import { UsageError } from "./command.ts";
import { query } from "./query.ts";

const COMMANDS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  ".show database schema": [
    ["custos", "", "", ""],
    ["custos", "Syslog", "", ""],
    ["custos", "Syslog", "TimeGenerated", "System.DateTime"],
    ["custos", "Syslog", "Computer", "System.String"],
  ],
  ".show functions": [["Hosts", "()", "{ Syslog | distinct Computer }", "", ""]],
};

/** A hub that knows one table and one function. */
function fakeHub() {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { query: text } = await request.json() as { query: string };
      const rows = COMMANDS[text];
      if (rows === undefined) return new Response("no rows are asked for", { status: 500 });
      return Response.json({ tables: [{ name: "T", columns: [], rows, render: {} }], more: false });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

async function called(
  values: Call["values"],
  positionals: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  await using hub = fakeHub();
  const texts = { out: "", err: "" };
  const code = await query.run({
    values: { hub: hub.url, key: "k", ...values },
    positionals: [...positionals],
    signal: new AbortController().signal,
    now: () => 0,
    variable: () => undefined,
    out: (text) => void (texts.out += text),
    written: () => Promise.resolve(),
    err: (line) => void (texts.err += line),
  });
  return { code, ...texts };
}

test("query --dialect kusto prints a stored function as what it means, and asks no rows", async () => {
  const { code, out } = await called({ dialect: "kusto" }, ["Hosts | count"]);
  assert.equal(code, 0);
  assert.equal(out, "Syslog\n| summarize by Computer\n| summarize Count = count()\n");
});

test("query --dialect clickhouse prints one statement with its settings", async () => {
  const { code, out } = await called({ dialect: "clickhouse" }, ["Syslog | take 3"]);
  assert.equal(code, 0);
  assert.match(out, /^with t0 as \(select \* from `Syslog`\) select .* settings .*;\n$/s);
});

test("query --dialect tells what the dialect cannot say, with its place", async () => {
  const { code, err } = await called({ dialect: "clickhouse" }, [
    "Syslog\n| extend f = format_bytes(1)",
  ]);
  assert.equal(code, 1);
  assert.match(
    err,
    /^Cannot query:2:14: function format_bytes\(\) is not supported in ClickHouse$/,
  );
});

test("query --schema prints what makes the tables", async () => {
  const { out } = await called({ dialect: "clickhouse", schema: true }, []);
  assert.match(
    out,
    /create table if not exists `Syslog` \(\n {2}`TimeGenerated` Nullable\(Int64\)/,
  );
  const kusto = await called({ dialect: "kusto", schema: true }, []);
  assert.match(
    kusto.out,
    /^\.create-merge table Syslog \(TimeGenerated:datetime, Computer:string\)/,
  );
});

const WRONG: readonly (readonly [Call["values"], readonly string[], RegExp])[] = [
  [{ schema: true }, [], /--schema needs --dialect/],
  [{ dialect: "kusto" }, [], /needs either a query in KQL or --schema/],
  [{ dialect: "kusto", schema: true }, ["Syslog"], /needs either a query/],
  [{ dialect: "oracle" }, ["Syslog"], /must be one of clickhouse, kusto/],
  [{ dialect: "kusto", limit: "3" }, ["Syslog"], /--limit is too much/],
];

for (const [values, words, message] of WRONG) {
  test(`query ${JSON.stringify(values)} ${words.join(" ")} is a wrong call`, async () => {
    await assert.rejects(called(values, words), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  });
}
