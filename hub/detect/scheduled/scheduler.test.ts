import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import { type Control, openControl } from "../../control.ts";
import type { Finding } from "../detector.ts";
import type { Asked, Found } from "./findings.ts";
import type { ScheduledRule } from "./rule.ts";
import { openScheduler, RefusedQuery, type SchedulerOptions } from "./scheduler.ts";

const MINUTE = 60_000;
const RULE: ScheduledRule = {
  id: "r",
  title: "R",
  severity: "high",
  query: "T",
  frequencyMs: 5 * MINUTE,
  periodMs: 15 * MINUTE,
  trigger: { op: "gt", threshold: 0 },
  tags: [],
  entities: [{ type: "Host", fields: [{ identifier: "HostName", column: "Host" }] }],
  details: {},
  perRow: false,
  suppressMs: 0,
};
const NONE: Found = { columns: ["Host"], rows: [], count: 0, tables: ["T"] };
const ONE: Found = { ...NONE, rows: [["web1"]], count: 1 };

function openRoom(t: TestContext): Control {
  const control = openControl(":memory:");
  t.after(() => control[Symbol.asyncDispose]());
  return control;
}

function open(control: Control, options: Partial<SchedulerOptions> = {}) {
  const asked: Asked[] = [];
  const findings: Finding[] = [];
  const scheduler = openScheduler({
    control,
    rules: [RULE],
    from: 0,
    add: (found) => void findings.push(...found),
    ...options,
    ask: (query, about, signal) => {
      asked.push(about);
      return options.ask?.(query, about, signal) ?? Promise.resolve(NONE);
    },
  });
  return { scheduler, asked, findings };
}

const at = (index: number, ms: number) => ({ index, hubTime: BigInt(ms) * 10_000n });

test("a rule is asked at multiples of its frequency, of what came before the entry", async (t) => {
  const { scheduler, asked } = open(openRoom(t));
  const items = [7, 9.99, 10, 11, 15.5].map((minutes, i) => at(i, minutes * MINUTE));
  await scheduler.take(items);
  assert.deepEqual(asked, [
    { entry: 2, hubMs: 10 * MINUTE, fromMs: -5 * MINUTE, toMs: 10 * MINUTE },
    { entry: 4, hubMs: 15.5 * MINUTE, fromMs: 0, toMs: 15 * MINUTE },
  ]);
  assert.equal(scheduler.next, 5);
});

test("time in which the ledger was not written to asks once", async (t) => {
  const { scheduler, asked } = open(openRoom(t));
  await scheduler.take([at(0, MINUTE), at(1, 600 * MINUTE), at(2, 604 * MINUTE)]);
  assert.deepEqual(asked.map(({ toMs }) => toMs), [5 * MINUTE]);
  await scheduler.take([at(3, 605 * MINUTE)]);
  assert.deepEqual(asked.map(({ toMs }) => toMs), [5 * MINUTE, 605 * MINUTE]);
});

test("the same ledger gives the same questions and findings, however it is cut and wherever it stops", async (t) => {
  const minutes = fc.array(fc.integer({ min: 0, max: 9 * MINUTE }), {
    minLength: 1,
    maxLength: 40,
  });
  const cuts = fc.array(fc.record({ after: fc.nat(40), fails: fc.boolean() }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(minutes, cuts, async (gaps, stops) => {
      let ms = 0;
      const items = gaps.map((gap, index) => at(index, ms += gap));
      const whole = await run(openRoom(t), items, []);
      const cut = await run(openRoom(t), items, stops);
      assert.deepEqual(cut, whole);
    }),
    { numRuns: 25 },
  );
});

type Stops = readonly { readonly after: number; readonly fails: boolean }[];

/** Questions and findings, by their ids; `stops` end it after an item, or in its question. */
async function run(control: Control, items: readonly ReturnType<typeof at>[], stops: Stops) {
  const questions = new Map<number, Asked>();
  const found = new Map<string, Finding>();
  const ask: SchedulerOptions["ask"] = (_query, asked) => {
    questions.set(asked.entry, asked);
    return Promise.resolve(asked.entry % 3 === 0 ? ONE : NONE);
  };
  const add: SchedulerOptions["add"] = (findings) => {
    for (const finding of findings) found.set(finding.id, finding);
  };
  for (const { after, fails } of stops) {
    let asks = fails ? 1 : Infinity;
    const failing: SchedulerOptions["ask"] = (...question) =>
      asks-- > 0 ? ask(...question) : Promise.reject(new Error("the store is away"));
    const { scheduler } = open(control, { ask: failing, add });
    await scheduler.take(items.slice(scheduler.next, after)).catch(() => {});
    // A crash: nothing is saved at the end.
  }
  const { scheduler } = open(control, { ask, add });
  await scheduler.take(items.slice(scheduler.next));
  return {
    next: scheduler.next,
    questions: [...questions].toSorted(([a], [b]) => a - b),
    found: [...found].toSorted(([a], [b]) => a < b ? -1 : 1),
  };
}

test("a query that is refused is told once for each reason, and the other rules go on", async (t) => {
  let why = "no table T";
  const ask: SchedulerOptions["ask"] = (query) =>
    query === "T" ? Promise.reject(new RefusedQuery(why)) : Promise.resolve(ONE);
  const rules = [RULE, { ...RULE, id: "s", query: "S" }];
  const { scheduler, findings } = open(openRoom(t), { ask, rules });
  await scheduler.take([0, 5, 10].map((minutes, i) => at(i, minutes * MINUTE)));
  why = "no column C";
  await scheduler.take([at(3, 15 * MINUTE)]);
  assert.deepEqual(
    findings.map(({ rule, kind, summary, entity }) => [
      rule,
      kind,
      kind === "refused" ? summary : entity,
    ]),
    [
      ["r", "refused", "no table T"],
      ["s", "hit", "Host web1"],
      ["s", "hit", "Host web1"],
      ["r", "refused", "no column C"],
      ["s", "hit", "Host web1"],
    ],
  );
});

test("another failure stops it where it is, and it asks again", async (t) => {
  let isAway = true;
  const ask: SchedulerOptions["ask"] = () =>
    isAway ? Promise.reject(new Error("away")) : Promise.resolve(ONE);
  const { scheduler, findings } = open(openRoom(t), { ask });
  const items = [at(0, 0), at(1, 5 * MINUTE)];
  await assert.rejects(scheduler.take(items), /away/);
  assert.equal(scheduler.next, 1);
  isAway = false;
  await scheduler.take(items);
  assert.deepEqual([scheduler.next, findings.length], [2, 1]);
});

test("after a finding a suppressed rule is not asked for its time", async (t) => {
  const rules = [{ ...RULE, suppressMs: 11 * MINUTE }];
  const { scheduler, asked } = open(openRoom(t), { rules, ask: () => Promise.resolve(ONE) });
  await scheduler.take([0, 5, 10, 15, 20].map((minutes, i) => at(i, minutes * MINUTE)));
  assert.deepEqual(asked.map(({ toMs }) => toMs / MINUTE), [5, 20]);
});

test("rules that stay keep when they are due; another definition starts anew", async (t) => {
  const { scheduler, asked } = open(openRoom(t));
  await scheduler.take([at(0, 4 * MINUTE)]);
  scheduler.reload([RULE, { ...RULE, id: "s" }]);
  await scheduler.take([at(1, 5 * MINUTE)]);
  // The new one was not there when the time before was passed.
  assert.equal(asked.length, 1);
  scheduler.reload([{ ...RULE, query: "other" }]);
  await scheduler.take([at(2, 10 * MINUTE)]);
  assert.equal(asked.length, 1);
  await scheduler.take([at(3, 15 * MINUTE)]);
  assert.equal(asked.length, 2);
});
