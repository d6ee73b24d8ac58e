import assert from "node:assert/strict";
import { after as afterAll, before, test } from "node:test";
import * as fc from "fast-check";
import { column } from "../../../sdk/table.ts";
import type { Engine } from "../../store/engine.ts";
import { after, batchOf, itemOf, openRoom } from "../../store/test_room.ts";
import { KustoFailure } from "../kusto/failure.ts";
import { rowText } from "../kusto/value.ts";
import { openCompiler } from "./compiler.ts";
import { openKqlQueries } from "./kql_queries.ts";
import { openControl } from "../../control.ts";
import { openFunctionStore } from "../functions/function_store.ts";

const COLUMNS = {
  TimeGenerated: column.time({ class: "public", optional: true }),
  Host: column.string({ class: "public", optional: true }),
  Count: column.long({ class: "public", optional: true }),
  Good: column.bool({ class: "public", optional: true }),
  Data: column.dynamic({ class: "public", optional: true }),
};
const HOUR_MS = 3_600_000;
const START = Date.parse("2026-08-01T00:00:00Z");

const room = openRoom();
let reads: number[] = [];
/** Ends the next query at once, as its deadline would. */
let isLate = false;
const engine: Engine = {
  select(request, signal, deadlineMs) {
    reads.push(request.files.length);
    return room.engine.select(request, signal, isLate ? 1 : deadlineMs);
  },
  compact: (request, signal) => room.engine.compact(request, signal),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
/** Ends what is compiled next at once, as its deadline would. */
let isHasty = false;
const compiler = openCompiler({ after: (ms, run) => after(isHasty ? 1 : ms, run) });
const { manifest, folder } = room;
const kql = openKqlQueries({
  manifest,
  engine,
  compiler,
  folder,
  schemas: () => [],
  functions: openFunctionStore(openControl(":memory:")),
  now: () => START + 6 * HOUR_MS,
});

before(async () => {
  // The parser takes its time to load.
  await run("print 1");
  const store = await room.store();
  for (let file = 0; file < 6; file++) {
    const rows = Array.from({ length: 10 }, (_, i) => ({
      TimeGenerated: START + file * HOUR_MS + i * 60_000,
      Host: i % 2 === 0 ? `srv-${i}` : undefined,
      Count: 2n ** 53n + BigInt(i),
      Good: i % 3 === 0 ? undefined : i % 3 === 1,
      Data: file === 1 ? { big: [1, null] } : undefined,
    }));
    await store.take([itemOf(file, batchOf("T", COLUMNS, rows))]);
    await store.flush();
  }
});

afterAll(async () => {
  await compiler[Symbol.asyncDispose]();
  await room[Symbol.asyncDispose]();
});

/** Rows as JSON texts, of all tables. */
async function run(text: string, parameters = new Map<string, string>()): Promise<string[]> {
  const signal = new AbortController().signal;
  const answer = await kql.run({ text, parameters, timeoutMs: 60_000 }, signal);
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

async function failureOf(text: string): Promise<KustoFailure> {
  const failure = await run(text).then(() => undefined, (error: unknown) => error);
  assert.ok(failure instanceof KustoFailure, String(failure));
  return failure;
}

test("a value of each type comes as Kusto writes it", async () => {
  const text = `print b = true, i = int(-1), l = 9223372036854775807, r = 1.5, n = real(nan),
    d = decimal(1.250), s = 'a"b', t = datetime(2026-01-02 03:04:05.1234567), p = 36h, y =
    dynamic({"a":[1,null]}), g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642), z = int(null)`;
  assert.deepEqual(await run(text), [
    '[true,-1,9223372036854775807,1.5,"NaN","1.25","a\\"b","2026-01-02T03:04:05.1234567Z",' +
    '"1.12:00:00",{"a":[1,null]},"74be27de-1e4e-49d9-b579-fe0b331d3642",null]',
  ]);
});

test("stored rows come with all their digits; what is absent is null, text is empty", async () => {
  const text = "T | where TimeGenerated == datetime(2026-08-01 01:03) | project-away _*";
  assert.deepEqual(await run(text), [
    '["2026-08-01T01:03:00Z","",9007199254740995,null,{"big":[1,null]}]',
  ]);
});

const SPANS = [
  ["T | where TimeGenerated > ago(2h) | count", 2, "[19]"],
  ["T | where TimeGenerated between (datetime(2026-08-01 01:00) .. 1h) | count", 2, "[11]"],
  ["T | extend t = TimeGenerated | where t < datetime(2026-08-01 01:00) | count", 1, "[10]"],
  ["T | where Count > 0 | where TimeGenerated >= datetime(2026-08-01 05:00) | count", 1, "[10]"],
  ["T | top 60 by Count asc | where TimeGenerated > ago(1h) | count", 6, "[9]"],
  ["let R = T | where TimeGenerated > ago(1h); R | union R | count", 1, "[18]"],
  ["T | where Count in ((T | where TimeGenerated > ago(1h) | project Count)) | count", 6, "[54]"],
  ["T | take 60 | where TimeGenerated > ago(1h) | count", 6, undefined],
  ["T | where TimeGenerated > ago(1h) or Count > 0 | count", 6, "[60]"],
  [
    "T | sort by TimeGenerated asc | extend n = row_number() | where TimeGenerated > ago(1h) | summarize max(n)",
    6,
    "[60]",
  ],
  [
    "union (T | where TimeGenerated > ago(1h)), (T | where TimeGenerated > ago(2h)) | count",
    2,
    "[28]",
  ],
  ["T | where TimeGenerated > datetime(2027-01-01) | count", 0, "[0]"],
  ["LAQueryLogs | count", 0, "[0]"],
] as const;

for (const [text, files, rows] of SPANS) {
  test(`${text} opens ${files} files`, async () => {
    reads = [];
    const found = await run(text);
    if (rows !== undefined) assert.deepEqual(found, [rows]);
    assert.deepEqual(reads, [files]);
  });
}

test("columns that depend on the rows are asked of them first", async () => {
  const text = "T | where isnotempty(Data) | evaluate bag_unpack(Data) | take 1 | project big";
  assert.deepEqual(await run(text), ["[[1,null]]"]);
  const pivoted = "T | project Host, Good | evaluate pivot(Host, count(), Good) | where Good";
  assert.deepEqual(await run(`${pivoted} | project ['srv-4'], ['srv-2']`), ["[6,0]"]);
  assert.equal((await failureOf("print d = 1 | evaluate bag_unpack(e)")).kind, "semantic");
});

test("a plugin that would give a column for each of too many values is refused", async () => {
  for (const count of [2000, 20_000]) {
    const text = `range x from 1 to ${count} step 1 | project s = tostring(x) | evaluate pivot(s)`;
    assert.equal((await failureOf(text)).kind, "limit");
  }
  const nested = '{"d":'.repeat(10) + "1" + "}".repeat(10);
  const several = "| evaluate bag_unpack(d) ".repeat(9);
  assert.equal((await failureOf(`print d = dynamic(${nested}) ${several}`)).kind, "limit");
});

test("a value that a function cannot take ends the query with its reason", async () => {
  const failure = await failureOf("T | project format_datetime(TimeGenerated, 'yyyy-MM-ddTHH')");
  assert.match(failure.message, /"T" is no part of a format/);
});

test("query parameters are literals, never text of the query", async () => {
  const text = "declare query_parameters(h: string); T | where Host == h | count";
  assert.deepEqual(await run(text, new Map([["h", "srv-2"]])), ["[6]"]);
  assert.deepEqual(await run(text, new Map([["h", '" or true or "']])), ["[0]"]);
});

const GIVEN = [
  ["string", "plain", "plain"],
  ["string", '"a\\"b\\n"', 'a"b\n'],
  ["string", "@'it''s'", "it's"],
  ["string", '"a" or "b"', '"a" or "b"'],
  ["long", "7", 7],
  ["long", "long(7)", 7],
  ["long", "long(null)", null],
  ["int", "int(-3)", -3],
  ["real", "real(1.5)", 1.5],
  ["bool", "bool(true)", true],
  ["decimal", "decimal(1.25)", "1.25"],
  ["datetime", "datetime(2026-08-01T10:00:00Z)", "2026-08-01T10:00:00Z"],
  ["timespan", "timespan(01:00:00)", "01:00:00"],
  ["timespan", "1h", "01:00:00"],
  ["guid", "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)", "74be27de-1e4e-49d9-b579-fe0b331d3642"],
  ["dynamic", 'dynamic(["x",1])', ["x", 1]],
  ["long", "long(1) | T", null],
] as const;

for (const [type, given, value] of GIVEN) {
  test(`the query parameter ${given} of type ${type} is ${JSON.stringify(value)}`, async () => {
    const text = `declare query_parameters(p: ${type}); print x = p`;
    assert.deepEqual(await run(text, new Map([["p", given]])), [JSON.stringify([value])]);
  });
}

test("a query parameter that has no value is refused", async () => {
  const failure = await failureOf("declare query_parameters(p: long); print p");
  assert.deepEqual([failure.kind, /"p" has no value/.test(failure.message)], ["semantic", true]);
});

test("a command is refused before the parser sees it", async () => {
  const failure = await failureOf(".show tables");
  assert.match(failure.message, /a command is no query/);
});

test("a literal comes back as it was written, whatever it holds", async () => {
  const literal = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("\u0001t0\u0001", "'; drop table t0; --", "$1", "}{", '\\"'),
  ).filter((text) => !text.includes("\0") && text.isWellFormed());
  const property = fc.asyncProperty(literal, async (value) => {
    const text = `T | take 1 | project x = ${JSON.stringify(value)}`;
    assert.deepEqual(await run(text), [JSON.stringify([value])]);
  });
  await fc.assert(property, { numRuns: 20 });
});

const TOO_MUCH = [
  ["range x from 1 to 100000000000 step 1 | count", /^(limit|value)$/],
  [`print ${"(".repeat(100_000)}1${")".repeat(100_000)}`, /^limit$/],
  [`print ${"not(".repeat(20_000)}true${")".repeat(20_000)}`, /^limit$/],
  [`print x = ${"1+".repeat(1000)}1`, /^(limit|semantic)$/],
  ["x".repeat(1024 * 1024 + 1), /^limit$/],
  [doubled(16), /^(limit|timeout)$/],
] as const;

/** A text of a few lines whose statement names `T` twice to the power of `times`. */
function doubled(times: number): string {
  const lines = Array.from(
    { length: times },
    (_, i) => `let f${i + 1} = () { union (f${i}()), (f${i}()) };`,
  );
  return `let f0 = () { T };\n${lines.join("\n")}\nf${times}() | count`;
}

for (const [text, kind] of TOO_MUCH) {
  test(`${text.slice(0, 30)}… of ${text.length} characters is refused`, async () => {
    assert.match((await failureOf(text)).kind, kind);
    assert.deepEqual(await run("print 1"), ["[1]"]);
  });
}

test("a text that keeps the parser busy ends at its deadline", async () => {
  isHasty = true;
  const { kind } = await failureOf(`T ${"| where Count > 0 ".repeat(50_000)}`);
  isHasty = false;
  assert.equal(kind, "timeout");
  assert.deepEqual(await run("print 1"), ["[1]"]);
});

test("a join that explodes ends at its deadline, and the next query is answered", async () => {
  const side = "range x from 1 to 1000000 step 1 | extend k = 1";
  isLate = true;
  const text = `${side} | join kind=inner (${side}) on k | summarize sum(x * x1)`;
  const { kind } = await failureOf(text);
  isLate = false;
  assert.equal(kind, "timeout");
  assert.deepEqual(await run("print 1"), ["[1]"]);
});

test("a query that wants too much memory fails, and the next query is answered", async () => {
  const text = "range x from 1 to 1000000 step 1 | extend s = strcat(x, 'y'), k = x % 3 " +
    "| join kind=inner (range y from 1 to 1000000 step 1 | extend k = y % 3) on k " +
    "| summarize make_list(s, 1000000000) by k";
  assert.match((await failureOf(text)).kind, /^(memory|timeout)$/);
  assert.deepEqual(await run("print 1"), ["[1]"]);
});

const OUTSIDE = [
  'externaldata(x: string) ["file:///etc/passwd"]',
  'cluster("other").database("db").T',
  'database("other").T',
  "Nothing | take 1",
  "read_text('/etc/passwd')",
  "['/etc/passwd']",
  'table("/etc/passwd")',
  'evaluate sql_request("x", "select 1")',
  'evaluate http_request("http://127.0.0.1")',
  ".drop table T",
];

for (const text of OUTSIDE) {
  test(`${text} is refused: it is not in the store`, async () => {
    assert.match((await failureOf(text)).kind, /^(syntax|semantic|unsupported)$/);
  });
}

test("an error has its place", async () => {
  const { kind, place } = await failureOf("T\n| where Cuont > 1");
  assert.equal(kind, "semantic");
  assert.deepEqual([place?.line, place?.column], [2, 9]);
});

test("a query that is cancelled while it runs ends", async () => {
  const stop = new AbortController();
  const side = "range x from 1 to 1000000 step 1 | extend k = 1";
  const text = `${side} | join kind=inner (${side}) on k | summarize sum(x * x1)`;
  const answer = await kql.run({ text, parameters: new Map(), timeoutMs: 60_000 }, stop.signal);
  const rows = Array.fromAsync(answer.tables[0]!.chunks);
  stop.abort();
  await assert.rejects(rows, { kind: "cancelled" });
  answer.close();
});

test("several results come one after the other", async () => {
  assert.deepEqual(await run("print 1; print 'a'"), ["[1]", '["a"]']);
});

test("what `render` says comes under Kusto's names", async () => {
  const text = "T | summarize n = count() by Host | render columnchart " +
    'with (title="Hosts", kind=stacked, ycolumns=n, ymin=0, accumulate=true, legend=hidden)';
  const { signal } = new AbortController();
  const answer = await kql.run({ text, parameters: new Map(), timeoutMs: 60_000 }, signal);
  answer.close();
  assert.deepEqual(answer.tables[0]?.render, {
    Visualization: "columnchart",
    Title: "Hosts",
    Kind: "stacked",
    YColumns: ["n"],
    Ymin: 0,
    Accumulate: true,
    Legend: "hidden",
  });
});
