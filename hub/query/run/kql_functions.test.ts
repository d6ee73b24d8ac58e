import assert from "node:assert/strict";
import { after as afterAll, before, test } from "node:test";
import * as fc from "fast-check";
import { column } from "../../../sdk/table.ts";
import { openControl } from "../../control.ts";
import { after, batchOf, itemOf, openRoom } from "../../store/test_room.ts";
import type { FunctionNote } from "../functions/function_note.ts";
import { openFunctionStore } from "../functions/function_store.ts";
import { KustoFailure } from "../kusto/failure.ts";
import { changeFunctions, changesFunctions } from "../kusto/function_commands.ts";
import { rowText } from "../kusto/value.ts";
import { openCompiler } from "./compiler.ts";
import { openKqlQueries } from "./kql_queries.ts";

const COLUMNS = {
  TimeGenerated: column.time({ class: "public", optional: true }),
  Host: column.string({ class: "public", optional: true }),
  Count: column.long({ class: "public", optional: true }),
};
const START = Date.parse("2026-08-01T00:00:00Z");
const room = openRoom();
const compiler = openCompiler({ after });
const control = openControl(":memory:");
const store = openFunctionStore(control);
const kql = openKqlQueries({
  manifest: room.manifest,
  engine: room.engine,
  compiler,
  folder: room.folder,
  schemas: () => [],
  functions: store,
  now: () => START,
});
const notes: FunctionNote[] = [];
const parts = kql.changes((note) => {
  notes.push(note);
  return Promise.resolve();
});
const EDITOR = { id: "key:1", name: "ann", scopes: new Set(["events:read", "alerts:write"]) };

before(async () => {
  await run("print 1");
  const stored = await room.store();
  const rows = Array.from({ length: 10 }, (_, i) => ({
    TimeGenerated: START + i * 60_000,
    Host: `srv-${i % 2}`,
    Count: BigInt(i),
  }));
  await stored.take([itemOf(0, batchOf("T", COLUMNS, rows))]);
  await stored.flush();
});

afterAll(async () => {
  await compiler[Symbol.asyncDispose]();
  await control[Symbol.asyncDispose]();
  await room[Symbol.asyncDispose]();
});

async function run(text: string): Promise<string[]> {
  const query = { text, parameters: new Map<string, string>(), timeoutMs: 60_000 };
  const answer = await kql.run(query, new AbortController().signal);
  try {
    const rows: string[] = [];
    for (const { columns, chunks } of answer.tables) {
      for await (const chunk of chunks) rows.push(...chunk.map((row) => rowText(row, columns)));
    }
    return rows;
  } finally {
    answer.close();
  }
}

async function change(text: string, caller = EDITOR): Promise<void> {
  assert.ok(changesFunctions(text));
  await changeFunctions(parts, { text, caller, signal: new AbortController().signal });
}

async function refused(work: Promise<unknown>): Promise<KustoFailure> {
  const failure = await work.then(() => undefined, (error: unknown) => error);
  assert.ok(failure instanceof KustoFailure, String(failure));
  return failure;
}

const HOSTILE = [
  ["a body behind the body", "F() { T }; let strlen = (s:string) { 1 }", "syntax"],
  ["a query behind the body", "F() { T };\nT", "syntax"],
  ["a comment behind the body", "F() { T } // }", "syntax"],
  ["a body that ends in a comment", "F() { T // }", "syntax"],
  ["a body that ends in a text", 'F() { print "}', "syntax"],
  ["no body", "F()", "syntax"],
  ["a table in the place of a body", "F((T))", "syntax"],
  ["a command as body", "F() { .drop function G }", "syntax"],
  ["a name that is code", "['F() { T }; let G = ']() { T }", "request"],
  ["a name with a line", '["F\n"]() { T }', "request"],
  ["a long name", `${"F".repeat(129)}() { T }`, "request"],
  ["the name of a function of the language", "strlen(s:string) { 1 }", "semantic"],
  ["the name of an aggregate", "count() { T }", "semantic"],
  ["the name of an operator", "where() { T }", "semantic"],
  ["the name of a table", "T() { print 1 }", "semantic"],
  ["the name of a table but for its case", "t() { print 1 }", "semantic"],
  ["the name of the hub's own view", "ECS_Events() { print 1 }", "request"],
  ["itself", "F() { F() | take 1 }", "semantic"],
  ["a body of 1 MiB", `F() { print "${"x".repeat(1024 * 1024)}" }`, "limit"],
  ["a million brackets", `F() { ${"(".repeat(60_000)} }`, "limit"],
  ["a column that is not", "F() { T | where Nope == 1 }", "semantic"],
  ["a table that is not", "F() { Nope | take 1 }", "semantic"],
  ["a table of another cluster", 'F() { cluster("x").database("y").T }', "unsupported"],
] as const;

for (const [what, definition, kind] of HOSTILE) {
  test(`${what} is refused, and nothing is stored or noted`, async () => {
    const failure = await refused(change(`.create-or-alter function ${definition}`));
    assert.equal(failure.kind, kind, failure.message);
    assert.deepEqual(store.list(), []);
    assert.deepEqual(notes, []);
  });
}

test("a refusal tells the place within the command", async () => {
  const text = ".create-or-alter function\n  F(x: long) { T\n  | where Nope == x }";
  assert.deepEqual((await refused(change(text))).place, { line: 3, column: 11 });
  const first = await refused(change("// c\n.create function F() { Nope }"));
  assert.deepEqual(first.place, { line: 2, column: 24 });
  assert.match((await refused(change(".create function F() { F() }"))).message, /calls itself/);
});

test("who may only read changes nothing", async () => {
  const reader = { ...EDITOR, scopes: new Set(["events:read"]) };
  for (const text of [".create-or-alter function F() { T }", ".drop function F ifexists"]) {
    assert.equal((await refused(change(text, reader))).kind, "forbidden");
  }
  assert.deepEqual(store.list(), []);
});

test("a command is found in time that grows with it alone", async () => {
  const text = `.create function with (${"a".repeat(200_000)} F() { T }`;
  assert.equal((await refused(change(text))).kind, "limit");
  assert.equal((await refused(change(`.drop function ${" ".repeat(200_000)}!`))).kind, "request");
});

test("functions are called as tables, scalars, in joins, and by each other", async () => {
  await change(".create function Busy(least: long = 8) { T | where Count >= least }");
  await change(".create function Twice(x: long) { x * 2 }");
  await change(
    '.create function with (docstring = "a \\"b\\"", folder = \'f\') Hosts() {\n' +
      "  let limit = Twice(3); // not {\n  Busy(limit) | distinct Host }",
  );
  assert.deepEqual(await run("Busy | count"), ["[2]"]);
  assert.deepEqual(await run("Busy() | count"), ["[2]"]);
  assert.deepEqual(await run("Busy(5) | count"), ["[5]"]);
  assert.deepEqual(await run("T | where Twice(Count) == 6 | project Count"), ["[3]"]);
  assert.deepEqual(await run("Hosts | sort by Host asc"), ['["srv-0"]', '["srv-1"]']);
  assert.deepEqual(await run("T | join kind=inner (Hosts) on Host | count"), ["[10]"]);
  assert.deepEqual(await run("T | where Host in (Hosts) | count"), ["[10]"]);
  assert.deepEqual(await run("let Twice = (x:long) { x * 10 }; Busy(8) | count"), ["[2]"]);
  const both = await refused(run("let Twice = (x:long) { x * 10 }; Hosts | count"));
  assert.match(both.message, /'Twice' has already been declared/);
  assert.deepEqual(await run("declare query_parameters(n:long = 7); Busy(n) | count"), ["[3]"]);
  const [hosts] = store.list().filter(({ name }) => name === "Hosts");
  assert.deepEqual([hosts?.doc, hosts?.folder], ['a "b"', "f"]);
  assert.deepEqual(notes.map(({ change: what, name, by }) => [what, name, by]), [
    ["put", "Busy", "ann"],
    ["put", "Twice", "ann"],
    ["put", "Hosts", "ann"],
  ]);
});

test("an error in the query has its place there, one in a function names it", async () => {
  assert.deepEqual((await refused(run("Hosts\n| where Nope > 1"))).place, { line: 2, column: 9 });
  const named = "T | extend Hosts = 1 | where Hosts > 0 | summarize sum(Hosts)";
  assert.deepEqual(await run(named), ["[10]"]);
  assert.deepEqual(await run("T | as Hosts | count"), ["[10]"]);
  assert.deepEqual(await run("T | summarize Hosts = dcount(Host) | project Hosts"), ["[2]"]);
  await change(".drop function Twice");
  const failure = await refused(run("Hosts | count"));
  assert.match(failure.message, /stored function "Hosts" fails: .*Twice/);
  assert.deepEqual(await run(named), ["[10]"]);
  assert.deepEqual(await run('print s = "Hosts"'), ['["Hosts"]']);
  await change(".create function Twice(x: long) { x * 2 }");
});

test("a function that calls itself by way of another is refused", async () => {
  const failure = await refused(
    change(".alter function Twice(x: long) { toscalar(Hosts | count) }"),
  );
  assert.match(failure.message, /"Twice": it calls itself by way of "Hosts"/);
});

test(".create, .alter and .drop say whether it is there", async () => {
  const again = ".create function Twice(x: long) { x }";
  assert.match((await refused(change(again))).message, /it is there/);
  await change(".create function ifnotexists Twice(x: long) { x }");
  assert.deepEqual(await run("print Twice(4)"), ["[8]"]);
  assert.equal((await refused(change(".alter function Gone() { T }"))).kind, "missing");
  assert.equal((await refused(change(".drop function Gone"))).kind, "missing");
  await change(".drop function Gone ifexists");
});

test("a function reads no more than the query that calls it may", async () => {
  const text = "Hosts | count";
  const of = { now: BigInt(START) * 10_000n, from: 0n, before: 0 };
  const query = { text, parameters: new Map<string, string>(), timeoutMs: 60_000, of };
  const answer = await kql.run(query, new AbortController().signal);
  const rows: unknown[] = [];
  for await (const chunk of answer.tables[0]!.chunks) rows.push(...chunk);
  answer.close();
  assert.deepEqual(rows, [[0n]]);
});

test("a query that runs goes on when its function is dropped", async () => {
  const query = { text: "Busy(0) | count", parameters: new Map(), timeoutMs: 60_000 };
  const answer = await kql.run(query, new AbortController().signal);
  await change(".drop function Busy");
  assert.ok(store.list().every(({ name }) => name !== "Busy"));
  const rows: unknown[] = [];
  for await (const chunk of answer.tables[0]!.chunks) rows.push(...chunk);
  answer.close();
  assert.deepEqual(rows, [[10n]]);
  assert.equal((await refused(run("Busy(0) | count"))).kind, "semantic");
  assert.equal(notes.at(-1)?.change, "drop");
});

test("a table that comes later takes the name", async () => {
  await change(".create function Later() { print x = 1 }");
  assert.deepEqual(await run("Later | project x"), ["[1]"]);
  const stored = await room.store();
  const rows = [{ TimeGenerated: START, Host: "web" }];
  await stored.take([itemOf(1, batchOf("Later", COLUMNS, rows))]);
  await stored.flush();
  assert.deepEqual(await run("Later | project Host"), ['["web"]']);
  assert.ok(kql.functions().every(({ name }) => name !== "Later"));
  await change(".drop function Later");
});

test("functions are there again after a start", () => {
  assert.deepEqual(openFunctionStore(control).list(), store.list());
});

test("no definition makes what a query without it means something else", async () => {
  const text = fc.string({
    unit: fc.constantFrom(...Array.from("(){};|'\"/ \nTFx=1let ")),
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(text, async (body) => {
      await change(`.create-or-alter function Any() { ${body} }`).catch((error: unknown) => {
        if (!(error instanceof KustoFailure)) throw error;
        assert.notEqual(error.kind, "internal");
      });
      assert.deepEqual(await run("let Any = 1; T | where Count < Any | count"), ["[1]"]);
    }),
    { numRuns: 40 },
  );
});
