import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openRunner } from "../conformance/kql_runner.ts";

/** Seconds since the first of January; absent ones too. */
const times = fc.array(
  fc.record({
    second: fc.option(fc.integer({ min: 0, max: 40 }), { freq: 6 }),
    key: fc.constantFrom("", "x", "y"),
    restarts: fc.option(fc.boolean()),
  }),
  { maxLength: 15 },
);

type Row = Readonly<{ second: number | null; key: string; restarts: boolean | null }>;
type Limits = Readonly<{ fromFirst: number; between: number }>;

function startsOf(
  rows: readonly Row[],
  { fromFirst, between }: Limits,
): readonly (number | null)[] {
  let start: number | null = null;
  let last: number | null = null;
  return rows.map(({ second, restarts }) => {
    const isNew = second === null || start === null || last === null || restarts === true ||
      second >= start + fromFirst || second >= last + between;
    if (isNew) start = second;
    last = second;
    return start;
  });
}

const time = (second: number | null): string =>
  second === null
    ? "datetime(null)"
    : `datetime(2026-01-01 00:00:${String(second).padStart(2, "0")})`;

function tableOf(rows: readonly Row[]): string {
  const cells = rows.flatMap(({ second, key, restarts }, i) => [
    i,
    time(second),
    JSON.stringify(key),
    restarts === null ? "bool(null)" : restarts,
  ]);
  return `datatable(i: long, t: datetime, k: string, r: bool) [${cells.join(", ")}]`;
}

const shown = (second: number | null): string | null =>
  second === null
    ? null
    : new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString().replace("Z", "0000Z");

test("row_window_session() begins a session where the documentation says", async () => {
  const { run } = await openRunner();
  const limit = fc.integer({ min: 0, max: 15 });
  await fc.assert(
    fc.asyncProperty(times, limit, limit, async (rows, fromFirst, between) => {
      const outcome = await run(
        `${tableOf(rows)} | sort by i asc
         | project i, s = row_window_session(t, ${fromFirst}s, ${between}s, r)`,
      );
      assert.equal(outcome.kind, "rows", JSON.stringify(outcome));
      if (outcome.kind !== "rows") return;
      const expected = startsOf(rows, { fromFirst, between });
      assert.deepEqual(outcome.rows, expected.map((second, i) => [i, shown(second)]));
    }),
    { numRuns: 30 },
  );
});

test("row_window_session() in a partition looks at each part alone", async () => {
  const { run } = await openRunner();
  await fc.assert(
    fc.asyncProperty(times, async (rows) => {
      const outcome = await run(
        `${tableOf(rows)} | partition by k (sort by i asc
           | project i, s = row_window_session(t, 20s, 9s)) | sort by i asc`,
      );
      assert.equal(outcome.kind, "rows", JSON.stringify(outcome));
      if (outcome.kind !== "rows") return;
      const numbered = rows.map((row, i) => ({ ...row, restarts: null, i }));
      const expected = [...Map.groupBy(numbered, ({ key }) => key).values()].flatMap((part) => {
        const starts = startsOf(part, { fromFirst: 20, between: 9 });
        return part.map(({ i }, at) => [i, shown(starts[at]!)] as const);
      });
      assert.deepEqual(outcome.rows, expected.toSorted(([a], [b]) => a - b));
    }),
    { numRuns: 20 },
  );
});

test("row_window_session() takes a hundred thousand rows in its stride", async () => {
  const { run } = await openRunner();
  const outcome = await run(
    `range x from 0 to 99999 step 1
     | serialize s = row_window_session(datetime(2026-01-01) + x * 1s, 1h, 5m)
     | summarize count(), count_distinct(s)`,
  );
  assert.deepEqual(outcome.kind === "rows" ? outcome.rows : outcome, [[100_000, 28]]);
});
