import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Schema } from "../../hub/query/kql/syntax.ts";
import { openRunner } from "../conformance/kql_runner.ts";

/** Texts that mean something to SQL, to KQL, to JSON paths or to regular expressions. */
const hostile = fc.oneof(
  fc.constantFrom(
    "'",
    "''",
    "'; drop table x; --",
    '"',
    '"; select 1; --',
    "\\",
    "\\'",
    "\0",
    "a\0b",
    "$1",
    "?",
    "{}",
    "%s",
    "$.a",
    '$."a"',
    "*/",
    "/*",
    "--",
    "(?s)(",
    "[",
    "\n",
    "\r\n",
    "\u2028",
    "c1",
    "nothing",
    "null",
    "%_",
    "\u{1f600}",
  ),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.array(fc.constantFrom("'", '"', "\\", "\0", "(", ")", ";", "-", "*", "$", "a"), {
    maxLength: 20,
  }).map((parts) => parts.join("")),
);

/** `text` as a literal of KQL. */
function kqlText(text: string): string {
  const escaped = text.split("").map((unit) => {
    if (unit === "\\" || unit === '"') return `\\${unit}`;
    return /[ -~]/.test(unit) ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped.join("")}"`;
}

const opened = openRunner();

/** The rows of `kql`, all columns but of the first row. */
async function firstRow(kql: string): Promise<unknown> {
  const outcome = await (await opened).run(kql);
  assert.ok(outcome.kind === "rows", outcome.kind === "failed" ? outcome.message : "");
  return outcome.rows[0];
}

test("a text of a query is that text in its result, whatever is in it", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      assert.deepEqual(await firstRow(`print x = ${kqlText(text)}`), [text]);
    }),
  );
});

test("a text that a column is compared with is that text, whatever is in it", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, hostile, async (text, other) => {
      const [a, b] = [kqlText(text), kqlText(other)];
      const row = await firstRow(
        `datatable(s: string) [${a}] | extend t = ${b}
         | project same = s == ${a}, other = s == ${b}, among = s in (${b}, ${a}),
           begins = s startswith_cs ${a}, contains = s contains_cs ${a}`,
      );
      assert.deepEqual(row, [true, text === other, true, true, true]);
    }),
  );
});

test("a term, a pattern and a member never end the statement", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (text) => {
      const a = kqlText(text);
      for (
        const expression of [
          `s has ${a}`,
          `s has_any (${a}, "x")`,
          `tostring(parse_json(s)[${a}])`,
          `replace_string(s, ${a}, "x")`,
          `split(s, ${a})`,
          `indexof(s, ${a})`,
        ]
      ) {
        assert.ok(await firstRow(`datatable(s: string) ["a"] | project v = ${expression}`));
      }
      await firstRow(`datatable(s: string) ["a"] | parse s with ${a} rest | project rest`);
    }),
    { numRuns: 40 },
  );
});

/** What a stored table or column may be called, if nothing else held it. */
const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_ "';.\-$()\\]{0,20}$/)
  .map((name) => name.trim());

test("names of stored tables and columns never end the statement", async () => {
  await fc.assert(
    fc.asyncProperty(names, names, async (table, column) => {
      const schema: Schema = {
        tables: [{ name: table, columns: [{ name: column, type: "long" }] }],
      };
      const quoted = column.replaceAll('"', '""');
      const runner = await openRunner(
        schema,
        new Map([[table, `select 7::bigint as "${quoted}"`]]),
      );
      const kqlName = (name: string): string => `['${name.replaceAll(/[\\']/g, "\\$&")}']`;
      const outcome = await runner.run(
        `${kqlName(table)} | where ${kqlName(column)} == 7 | project ${kqlName(column)}`,
      );
      assert.ok(outcome.kind === "rows", outcome.kind === "failed" ? outcome.message : "");
      assert.deepEqual(outcome.rows, [[7]]);
      assert.deepEqual(outcome.columns.map(({ name }) => name), [column]);
    }),
    { numRuns: 15 },
  );
});
