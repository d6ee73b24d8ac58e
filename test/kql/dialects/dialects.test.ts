import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { FUNCTIONS as CLICKHOUSE } from "../../../hub/query/kql/clickhouse/functions/functions.ts";
import { NATIVE_SQL } from "../../../hub/query/kql/clickhouse/functions/natives.ts";
import { printClickHouse } from "../../../hub/query/kql/clickhouse/print.ts";
import { textLiteral } from "../../../hub/query/kql/clickhouse/printer.ts";
import { rawQuery, rawTable, schemaScript } from "../../../hub/query/kql/dialect_schema.ts";
import {
  type Dialect,
  DIALECTS,
  translateKql,
  translateStored,
} from "../../../hub/query/kql/dialects.ts";
import { FUNCTIONS } from "../../../hub/query/kql/duckdb/functions/functions.ts";
import { KqlError } from "../../../hub/query/kql/kql_error.ts";
import { loadLanguage } from "../../../hub/query/kql/language.ts";
import { NATIVES } from "../../../hub/query/kql/native/natives.ts";
import { callOf, type Expr, type Rel } from "../../../hub/query/kql/plan.ts";
import type { Schema, SchemaTable } from "../../../hub/query/kql/syntax.ts";
import { openRunner } from "../../conformance/kql_runner.ts";

const language = await loadLanguage();
const EVENTS: SchemaTable = {
  name: "Events",
  columns: [
    { name: "TimeGenerated", type: "datetime" },
    { name: "Host", type: "string" },
    { name: "Level", type: "int" },
    { name: "Raw", type: "dynamic" },
    { name: "count", type: "long" },
  ],
};
const schema: Schema = { tables: [EVENTS] };

function textOf(kql: string, dialect: Dialect): string {
  return translateKql(kql, language, { dialect, schema, now: 0n }).at(-1)!.text;
}

interface Golden {
  readonly id: string;
  readonly kql: string;
  readonly clickhouse: string;
  readonly kusto: string;
}

const cases = readFileSync(join(import.meta.dirname, "cases.jsonl"), "utf8").trim().split("\n")
  .map((line) => JSON.parse(line) as Golden);

for (const one of cases) {
  for (const dialect of DIALECTS) {
    test(`the case "${one.id}" reads in ${dialect} as when its answer was compared`, () => {
      assert.equal(textOf(one.kql, dialect), one[dialect]);
    });
  }
}

test("KQL written again is the same, and has the same answer", async () => {
  const runner = await openRunner();
  for (const { id, kql, kusto } of cases) {
    assert.equal(textOf(kusto, "kusto"), kusto, id);
    const [direct, again] = [await runner.run(kql), await runner.run(kusto)];
    assert.equal(direct.kind, "rows", id);
    assert.deepEqual({ ...again, sql: "" }, { ...direct, sql: "" }, id);
  }
});

const COLUMNS = fc.constantFrom("a", "b", "c");
const CONDITIONS = fc.constantFrom(
  "a > 1",
  "b has 'x'",
  "isnull(a) or c < 2.5",
  "b in ('x', 'yy')",
  "not(b startswith 'Y') and a != 2",
  "tostring(a) contains '1'",
);
const STEPS = fc.oneof(
  CONDITIONS.map((condition) => `where ${condition}`),
  fc.tuple(COLUMNS, CONDITIONS).map(([column, condition]) => `extend d_${column} = ${condition}`),
  fc.constantFrom(
    "extend a = a * 2 + 1",
    "extend b = strcat(b, '-', a)",
    "project c, b, a",
    "project a = a + 1, b, c = a * 1.5",
    "project-rename z = c | extend c = z / 2",
    "summarize a = sum(a), c = max(c) by b",
    "summarize c = avg(c), a = count() by b",
    "summarize (a, c) = arg_max(a, c) by b",
    "join kind=inner (T | project a, e = c) on a",
    "join kind=leftouter (T | summarize f = count() by b) on b",
    "join kind=leftanti (T | where a > 2) on a",
    "union (T | where a == 1)",
    "mv-expand e = dynamic([1, 2]) to typeof(long)",
    "extend m = toscalar(T | summarize max(a))",
    "where a in ((T | where a < 3 | project a))",
    "distinct a, b, c",
  ),
);
const ROWS =
  "let T = datatable(a:long, b:string, c:real) [1, 'x', 1.5, 2, 'yy', 2.5, long(null), '', real(null), 2, 'x', 4.0];";

test("a pipeline of any operators has the same rows by way of KQL written again", async () => {
  const runner = await openRunner();
  await fc.assert(
    fc.asyncProperty(fc.array(STEPS, { maxLength: 5 }), async (steps) => {
      const kql = [`${ROWS} T`, ...steps].join(" | ");
      const again = textOf(kql, "kusto");
      assert.equal(textOf(again, "kusto"), again);
      const [direct, other] = [await runner.run(kql), await runner.run(again)];
      assert.equal(direct.kind, "rows", kql);
      assert.equal(other.kind, "rows", again);
      if (direct.kind !== "rows" || other.kind !== "rows") return;
      assert.deepEqual(other.columns, direct.columns);
      const sorted = (rows: readonly unknown[]) =>
        rows.map((row) => JSON.stringify(row)).toSorted();
      assert.deepEqual(sorted(other.rows), sorted(direct.rows), again);
    }),
    { numRuns: 60 },
  );
});

test("a text is one literal in ClickHouse, whatever is in it", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const literal = textLiteral(text);
    assert.match(literal, /^'(?:[^'\\]|\\.)*'$/su);
  }));
});

test("a text and a name stay what they are in KQL, whatever is in them", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 20 }), (text) => {
      const written = textOf(
        `print x = ${JSON.stringify(text).replaceAll("/", "\\u002f")}`,
        "kusto",
      );
      assert.equal(textOf(written, "kusto"), written);
    }),
    { numRuns: 50 },
  );
  assert.match(textOf("Events | where count > 1", "kusto"), /\["count"\] > 1/);
});

const NONE: Rel = { kind: "values", fields: [], rows: [[]] };

function printed(expr: Expr): unknown {
  const field = { id: 1, name: "x", type: expr.type };
  const rel: Rel = { kind: "project", input: NONE, columns: [{ field, expr }] };
  return printClickHouse({ rel, fields: [field], order: [], shared: [] });
}

test("each function that ClickHouse has no SQL of is refused by its name", () => {
  const names = [...FUNCTIONS.keys()].filter((name) => !CLICKHOUSE.has(name));
  assert.ok(names.length > 5);
  for (const name of names) {
    assert.throws(() => printed(callOf("long", name)), {
      code: "unsupported",
      message: /not supp/,
    });
  }
  for (const name of NATIVES.keys()) {
    if (NATIVE_SQL[name] !== undefined) continue;
    const call: Expr = { kind: "native", type: "dynamic", name, args: [] };
    const message = new RegExp(`${name.slice(2)}\\(\\) is not supported in ClickHouse`);
    assert.throws(() => printed(call), { code: "unsupported", message });
  }
});

const REFUSED: readonly (readonly [Dialect, string, RegExp])[] = [
  ["clickhouse", "Events\n| extend f = format_bytes(Level)", /:2:14: function format_bytes\(\)/],
  [
    "clickhouse",
    "Events | sort by Level asc | scan with (step s: true;)",
    /:1:30: scan is not supported/,
  ],
  ["clickhouse", "Events | summarize hll(Host)", /:1:20: aggregate hll\(\)/],
  ["clickhouse", "Events | summarize d = sum(todecimal(Level))", /sum\(\) of decimals/],
  ["clickhouse", "Events | take toint(1.5)", /a count of rows that is no constant/],
  ["clickhouse", "Events | extend n = countof(Host, 'a*', 'regex')", /may match nothing/],
  [
    "kusto",
    "Events | sort by Level asc | scan with (step s: true;)",
    /:1:30: scan is not supported/,
  ],
  ["kusto", "Events | parse-kv Host as (a: string)", /:1:10: parse-kv is not supported/],
  ["kusto", "Events | make-series n = count() on TimeGenerated step 1h", /make-series/],
  ["kusto", "Events | sort by Level | extend r = row_rank_dense(Level)", /row_rank is not/],
  ["kusto", "Events | evaluate bag_unpack(Raw)", /:1:19: .*depend on the rows/],
];

for (const [dialect, kql, message] of REFUSED) {
  test(`in ${dialect} "${kql}" is refused with its place`, () => {
    assert.throws(() => textOf(kql, dialect), (error) => {
      assert.ok(error instanceof KqlError);
      assert.equal(error.code, "unsupported");
      assert.match(error.message, message);
      return true;
    });
  });
}

test("a stored function becomes what it means, and an error keeps its place in the query", () => {
  const functions = new Map([["Hot", {
    name: "Hot",
    parameters: "(least: int)",
    body: "{\n  Events\n  | where Level >= least\n}",
  }]]);
  const options = { dialect: "kusto", schema, functions, now: 0n } as const;
  const [one] = translateStored("Hot(4) | project Host", language, options);
  assert.equal(one!.text, "Events\n| where Level >= toint(4)\n| project Host");
  assert.deepEqual(one!.tables, ["Events"]);
  assert.throws(
    () => translateStored("Hot(4)\n| parse-kv Host as (a: string)", language, options),
    /Cannot query:2:3: parse-kv is not supported/,
  );
});

test("the script for ClickHouse has each column, with a table's order by time", () => {
  const script = schemaScript("clickhouse", [EVENTS]);
  assert.match(
    script,
    /create table if not exists `Events` \(\n {2}`TimeGenerated` Nullable\(Int64\)/,
  );
  assert.match(
    script,
    /`Host` String,\n {2}`Level` Nullable\(Int32\),\n {2}`Raw` Nullable\(String\)/,
  );
  assert.match(script, /engine = MergeTree order by `TimeGenerated`/);
});

test("the script for Azure Data Explorer gives rows of files their types by a query", () => {
  const script = schemaScript("kusto", [EVENTS]);
  assert.match(
    script,
    /^\.create-merge table Events \(TimeGenerated:datetime, .*\["count"\]:long\)$/m,
  );
  assert.match(script, /^\.create-merge table Events_Raw \(TimeGenerated:long, /m);
  const [policy] = /policy update @'(.*)'/.exec(script)!.slice(1);
  const [{ Query: query }] = JSON.parse(policy!.replaceAll("''", "'")) as [{ Query: string }];
  assert.equal(query, rawQuery(EVENTS));
  const [made] = translateKql(query, language, {
    dialect: "clickhouse",
    schema: { tables: [rawTable(EVENTS)] },
    now: 0n,
  });
  assert.deepEqual(made!.columns, EVENTS.columns);
});
