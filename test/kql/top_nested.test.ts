import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { openRunner } from "../conformance/kql_runner.ts";

/** Rows of two keys and an amount; no two sums of amounts are the same. */
const tables = fc.array(
  fc.record({ a: fc.constantFrom("", "x", "y", "z"), b: fc.constantFrom("", "p", "q") }),
  { maxLength: 12 },
).map((rows) => rows.map((row, i) => ({ ...row, v: 2 ** i })));
const levels = fc.record({ count: fc.integer({ min: 0, max: 3 }), hasOthers: fc.boolean() });

type Row = Readonly<{ a: string; b: string; v: number }>;
type Level = Readonly<{ count: number; hasOthers: boolean }>;
/** Key and sum of each level. */
type Line = readonly [string, number | null, string, number | null];

const sum = (rows: readonly Row[]): number => rows.reduce((total, { v }) => total + v, 0);

/** The groups of `rows` that come first, and the rows that are in none of them. */
function ranked(rows: readonly Row[], keyOf: (row: Row) => string, count: number) {
  const groups = [...Map.groupBy(rows, keyOf)].toSorted(([, a], [, b]) => sum(b) - sum(a));
  return { tops: groups.slice(0, count), others: groups.slice(count).flatMap(([, own]) => own) };
}

function expected(rows: readonly Row[], [first, second]: readonly [Level, Level]): readonly Line[] {
  const outer = ranked(rows, ({ a }) => a, first.count);
  const lines: Line[] = [];
  const parts = outer.tops.map(([key, own]) => ({ key, total: sum(own) as number | null, own }));
  for (const { key, total, own } of parts) {
    const inner = ranked(own, ({ b }) => b, second.count);
    for (const [name, group] of inner.tops) lines.push([key, total, name, sum(group)]);
    if (inner.others.length === 0 || !second.hasOthers) continue;
    lines.push([key, total, "P", sum(inner.others)]);
  }
  if (outer.others.length > 0 && (first.hasOthers || second.hasOthers)) {
    const total = sum(outer.others);
    lines.push([
      first.hasOthers ? "O" : "",
      first.hasOthers ? total : null,
      second.hasOthers ? "P" : "",
      second.hasOthers ? total : null,
    ]);
  }
  return lines;
}

function queryOf(rows: readonly Row[], [first, second]: readonly [Level, Level]): string {
  const cells = rows.flatMap(({ a, b, v }) => [JSON.stringify(a), JSON.stringify(b), v]);
  const others = ({ hasOthers }: Level, name: string): string =>
    hasOthers ? ` with others = "${name}"` : "";
  return `datatable(a: string, b: string, v: long) [${cells.join(", ")}]
    | top-nested ${first.count} of a${others(first, "O")} by sum(v),
      top-nested ${second.count} of b${others(second, "P")} by sum(v)`;
}

const sorted = (lines: readonly unknown[]): readonly string[] =>
  lines.map((line) => JSON.stringify(line)).toSorted();

test("top-nested gives the groups that come first, and the others together", async () => {
  const { run } = await openRunner();
  await fc.assert(
    fc.asyncProperty(tables, levels, levels, async (rows, first, second) => {
      const outcome = await run(queryOf(rows, [first, second]));
      assert.equal(outcome.kind, "rows", JSON.stringify(outcome));
      if (outcome.kind !== "rows") return;
      assert.deepEqual(sorted(outcome.rows), sorted(expected(rows, [first, second])));
    }),
    { numRuns: 30 },
  );
});

test("top-nested in a partition looks at each part alone", async () => {
  const { run } = await openRunner();
  await fc.assert(
    fc.asyncProperty(tables, fc.integer({ min: 1, max: 2 }), async (rows, count) => {
      const cells = rows.flatMap(({ a, b, v }) => [JSON.stringify(a), JSON.stringify(b), v]);
      const outcome = await run(
        `datatable(a: string, b: string, v: long) [${cells.join(", ")}]
        | partition by b (top-nested ${count} of a by sum(v))`,
      );
      assert.equal(outcome.kind, "rows", JSON.stringify(outcome));
      if (outcome.kind !== "rows") return;
      const lines = [...Map.groupBy(rows, ({ b }) => b).values()].flatMap((own) =>
        ranked(own, ({ a }) => a, count).tops.map(([key, group]) => [key, sum(group)])
      );
      assert.deepEqual(sorted(outcome.rows), sorted(lines));
    }),
    { numRuns: 20 },
  );
});
