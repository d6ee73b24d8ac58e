import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openRunner } from "../conformance/kql_runner.ts";

const tables = fc.array(
  fc.record({
    key: fc.constantFrom("", "x", "y"),
    v: fc.option(fc.integer({ min: 0, max: 5 }), { freq: 8 }),
  }),
  { maxLength: 12 },
);

type Row = Readonly<{ key: string; v: number | null; i: number }>;
/** What a step remembers of itself and of those before it, and of which match. */
type State = Readonly<
  { match: number; steps: readonly Readonly<{ v: number | null; sum: number }>[] }
>;

const STEPS = `
  step a: v == 1 => sum = v;
  step b: v >= 2 and v - a.v <= 3 => sum = b.sum + a.v + v;
  step c: v == 0 and b.sum < 12 => sum = b.sum`;

/** Whether step `k` takes `row` beside a state, and what it then has for a sum. */
function judge(k: number, { v }: Row, steps: State["steps"]): number | undefined {
  const [a, b] = steps;
  if (k === 0) return v === 1 ? v : undefined;
  if (k === 1) {
    if (v === null || v < 2 || v - a!.v! > 3) return undefined;
    return (b?.sum ?? 0) + a!.v! + v;
  }
  return v === 0 && b!.sum < 12 ? b!.sum : undefined;
}

/** The documentation's matching, one row after the other. */
function scanned(rows: readonly Row[]): readonly (readonly [number, number, number])[] {
  const states: (State | undefined)[] = [undefined, undefined, undefined];
  const out: (readonly [number, number, number])[] = [];
  let matches = 0;
  for (const row of rows) {
    for (const k of [2, 1, 0]) {
      const previous = states[k - 1];
      const moved = previous && judge(k, row, previous.steps);
      const own = states[k] ?? (k === 0 ? { match: matches, steps: [] } : undefined);
      const stayed = moved === undefined && own !== undefined
        ? judge(k, row, own.steps)
        : undefined;
      const sum = moved ?? stayed;
      if (sum === undefined) continue;
      const from = moved === undefined ? own! : previous!;
      if (k === 0 && states[0] === undefined) matches++;
      if (moved !== undefined) states[k - 1] = undefined;
      states[k] = { match: from.match, steps: [...from.steps.slice(0, k), { v: row.v, sum }] };
      out.push([row.i, sum, from.match]);
    }
  }
  return out;
}

const sorted = (lines: readonly unknown[]): readonly string[] =>
  lines.map((line) => JSON.stringify(line)).toSorted();

function tableOf(rows: readonly Row[]): string {
  const cells = rows.flatMap(({ key, v, i }) => [i, JSON.stringify(key), v ?? "long(null)"]);
  return `datatable(i: long, k: string, v: long) [${cells.join(", ")}]`;
}

const scan = `scan with_match_id = m declare (sum: long = 0) with (${STEPS};) | project i, sum, m`;

test("scan takes rows as the documentation says, one after the other", async () => {
  const { run } = await openRunner();
  await fc.assert(
    fc.asyncProperty(tables, async (drawn) => {
      const rows = drawn.map((row, i) => ({ ...row, i }));
      const outcome = await run(`${tableOf(rows)} | sort by i asc | ${scan}`);
      assert.equal(outcome.kind, "rows", JSON.stringify(outcome));
      if (outcome.kind !== "rows") return;
      assert.deepEqual(sorted(outcome.rows), sorted(scanned(rows)));
    }),
    { numRuns: 12 },
  );
});

test("scan in a partition begins anew in each part", async () => {
  const { run } = await openRunner();
  await fc.assert(
    fc.asyncProperty(tables, async (drawn) => {
      const rows = drawn.map((row, i) => ({ ...row, i }));
      const outcome = await run(
        `${tableOf(rows)} | partition by k (sort by i asc | ${scan})`,
      );
      assert.equal(outcome.kind, "rows", JSON.stringify(outcome));
      if (outcome.kind !== "rows") return;
      const parts = [...Map.groupBy(rows, ({ key }) => key).values()];
      assert.deepEqual(sorted(outcome.rows), sorted(parts.flatMap(scanned)));
    }),
    { numRuns: 12 },
  );
});

test("scan goes through ten thousand parts at once", async () => {
  const { run } = await openRunner();
  const outcome = await run(
    `range x from 1 to 30000 step 1 | extend k = x % 10000
     | partition by k (sort by x asc | scan declare (n: long = 0) with (step s: true => n = s.n + 1;))
     | summarize count(), max(n), countif(n == 3)`,
  );
  assert.deepEqual(outcome.kind === "rows" ? outcome.rows : outcome, [[30_000, 3, 10_000]]);
});
