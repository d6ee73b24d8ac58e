import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openControl } from "../control.ts";
import { type DetectItem, openDetect } from "./detect.ts";
import type { Finding } from "./detector.ts";
import { item, type Login, loginBatch } from "./fakes.ts";
import type { Rule, Step } from "./rule.ts";

const HEAD = { severity: "low", show: [], where: [], table: "Logins", entity: ["Host"] } as const;
const saying = (text: string, count: number): Step => ({
  table: "Logins",
  where: [{ column: "Message", op: "eq", values: [text] }],
  entity: ["Host"],
  count,
});
const RULES: readonly Rule[] = [
  {
    ...HEAD,
    id: "anomaly",
    title: "Anomaly",
    detector: "anomaly",
    value: "Size",
    sensitivity: "high",
    direction: "both",
  },
  {
    ...HEAD,
    id: "rate",
    title: "Rate",
    detector: "rate",
    value: undefined,
    everyMs: 60_000,
    direction: "both",
    times: 2,
    least: 5,
  },
  {
    ...HEAD,
    id: "spread",
    title: "Spread",
    detector: "spread",
    over: "Message",
    count: 4,
    withinMs: 10_000,
  },
  {
    ...HEAD,
    id: "template",
    title: "Template",
    detector: "template_new",
    message: "Message",
    learn: { events: 100, forMs: 60_000 },
  },
  {
    ...HEAD,
    id: "sequence",
    title: "Sequence",
    detector: "sequence",
    steps: [saying("a", 2), saying("b", 1)],
    until: saying("c", 1),
    withinMs: 30_000,
  },
];
const START_MS = 1_750_000_000_000;
const STEP_MS = 5_000;
const LEARNED = 320;

const row: fc.Arbitrary<Omit<Login, "TimeGenerated">> = fc.record({
  Host: fc.option(fc.constantFrom("h1", "h2", "h3"), { nil: undefined }),
  Size: fc.option(fc.oneof(fc.integer({ min: 90, max: 110 }), fc.constant(5_000)), {
    nil: undefined,
  }),
  Message: fc.option(fc.constantFrom("a", "b", "c", "d", "a b", "b a 1"), { nil: undefined }),
});
const entry = fc.record({
  waitMs: fc.oneof({ weight: 20, arbitrary: fc.integer({ min: -50, max: 9_000 }) }, {
    weight: 1,
    arbitrary: fc.integer({ min: 10_000, max: 300_000 }),
  }),
  lateMs: fc.oneof(fc.constant(0), fc.integer({ min: -90_000, max: 90_000 })),
  rows: fc.option(fc.array(row, { minLength: 1, maxLength: 12 }), { nil: undefined }),
});

/** Some time of two hosts that do what they always do, and then whatever may come. */
const ledger = fc.array(entry, { minLength: 20, maxLength: 60 }).map((entries) => {
  const usual = (i: number): Login[] =>
    ["h1", "h2"].map((Host) => {
      return { TimeGenerated: START_MS + i * STEP_MS, Host, Size: 95 + (i * 7) % 11, Message: "0" };
    });
  const items = Array.from(
    { length: LEARNED },
    (_, i) => item(i, START_MS + i * STEP_MS, loginBatch(usual(i))),
  );
  let hubMs = START_MS + LEARNED * STEP_MS;
  for (const { waitMs, lateMs, rows } of entries) {
    hubMs += waitMs;
    const TimeGenerated = hubMs - lateMs;
    const batch = rows && loginBatch(rows.map((one) => ({ TimeGenerated, ...one })));
    items.push(item(items.length, hubMs, batch));
  }
  return items;
});

async function found(
  items: readonly DetectItem[],
  cuts: readonly number[],
): Promise<readonly Finding[]> {
  await using control = openControl(":memory:");
  // Each run is a process that takes some items at once and is killed.
  for (const length of [...cuts, Infinity]) {
    const detect = openDetect({ control, rules: RULES });
    await detect.take(items.slice(detect.next, detect.next + length));
  }
  await using last = openDetect({ control, rules: RULES });
  return last.findings(0, 10_000).map(({ finding }) => finding);
}

test("the generated ledgers bring every statistical detector to find something", async () => {
  const rules = new Set<string>();
  for (const items of fc.sample(ledger, { numRuns: 10, seed: 1 })) {
    for (const { rule } of await found(items, [])) rules.add(rule);
  }
  assert.deepEqual([...rules].toSorted(), ["anomaly", "rate", "sequence", "spread", "template"]);
});

test("replay: statistical detectors find the same in whatever pieces the ledger is taken", async () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(ledger, cuts, async (items, pieces) => {
      assert.deepEqual(await found(items, [LEARNED, ...pieces]), await found(items, []));
    }),
    { numRuns: 15 },
  );
});
