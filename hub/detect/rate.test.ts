import assert from "node:assert/strict";
import { test } from "node:test";
import type { Detector, Facts, Hit } from "./detector.ts";
import { FACTS, type Login, loginBatch } from "./fakes.ts";
import { rateDetector } from "./rate.ts";
import type { RateRule } from "./rule.ts";

const RULE: RateRule = {
  id: "r",
  title: "R",
  severity: "low",
  detector: "rate",
  table: "Logins",
  where: [],
  entity: ["Host"],
  show: [],
  value: undefined,
  everyMs: 600_000,
  direction: "both",
  times: 3,
  least: 10,
};
/** Begin of a bucket and of a day. */
const START_MS = Date.UTC(2026, 5, 1);
const BUCKET_MS = 600_000;
const TICK_MS = 10_000;

function at(ms: number): Facts {
  return { ...FACTS, hubMs: START_MS + ms, aliveMs: ms };
}

function logins(count: number, ms: number, more: Partial<Login> = {}): readonly Login[] {
  const TimeGenerated = START_MS + ms;
  return Array.from(
    { length: count },
    (_, i) => ({ TimeGenerated: TimeGenerated + i, Host: "h", ...more }),
  );
}

interface Run {
  /** Events of bucket `n`. */
  readonly events: (n: number) => readonly Login[];
  readonly from?: number;
  readonly to: number;
  /** False while the hub is down. */
  readonly isUp?: (ms: number) => boolean;
}

/** Ticks every ten seconds; the events of a bucket come half a minute after its begin. */
function run(detector: Detector, { events, from = 0, to, isUp = () => true }: Run): readonly Hit[] {
  const hits: Hit[] = [];
  for (let ms = from * BUCKET_MS; ms < to * BUCKET_MS; ms += TICK_MS) {
    if (!isUp(ms)) continue;
    hits.push(...detector.tick(at(ms)).hits);
    if (ms % BUCKET_MS !== 30_000) continue;
    const rows = events(Math.floor(ms / BUCKET_MS));
    if (rows.length > 0) hits.push(...detector.batch(loginBatch(rows), at(ms)).hits);
  }
  return hits;
}

const DAY = 144;
/** Twenty events a bucket, of bucket `n` so many as `odd` says. */
function steady(odd: Readonly<Record<number, number>> = {}) {
  return (n: number) => logins(odd[n] ?? 18 + n % 5, n * BUCKET_MS + 1_000);
}

function kindsOf(hits: readonly Hit[]): readonly string[] {
  return hits.map(({ kind, summary }) => `${kind} ${summary.slice(0, 4)}`);
}

test("a rate rule finds a spike as soon as it is one, and its end", () => {
  const hits = run(rateDetector(RULE), { events: steady({ 200: 90, 201: 95 }), to: 210 });
  assert.deepEqual(kindsOf(hits), ["hit More", "ended The "]);
  const { entity, events, evidence, summary } = hits[0]!;
  assert.deepEqual([entity, events, evidence.length], ["h", 90, 10]);
  assert.match(
    summary,
    /^More events in Logins than usual: 90 in 600 s, expected (19|20)[.\d]* ± /,
  );
});

test("a rate rule finds a drop when its bucket is closed, down to no event at all", () => {
  const hits = run(rateDetector(RULE), { events: steady({ 200: 3, 201: 0 }), to: 210 });
  assert.deepEqual(kindsOf(hits), ["hit Less", "ended The "]);
  assert.match(hits[0]!.summary, /: 3 in 600 s, expected/);
});

test("a rate rule finds only the direction it is asked for", () => {
  const events = steady({ 200: 90, 220: 0 });
  const found = (direction: RateRule["direction"]) =>
    kindsOf(run(rateDetector({ ...RULE, direction }), { events, to: 230 }));
  assert.deepEqual(found("spike"), ["hit More", "ended The "]);
  assert.deepEqual(found("drop"), ["hit Less", "ended The "]);
});

test("a rate rule knows the hours of the day after two days, and those of the week after two weeks", () => {
  // Busy from 8 to 16 o'clock, on Sundays all day.
  const busy = (n: number) => Math.floor(n / DAY) % 7 === 6 || (n % DAY >= 48 && n % DAY < 96);
  const events = (n: number) => logins(busy(n) ? 60 : 12, n * BUCKET_MS + 1_000);
  const detector = rateDetector(RULE);
  run(detector, { events, to: 21 * DAY });
  assert.deepEqual(run(detector, { events, from: 21 * DAY, to: 28 * DAY }), []);
  const atNight = (n: number) => n === 28 * DAY + 6 ? logins(60, n * BUCKET_MS + 1_000) : events(n);
  const [hit] = run(detector, { events: atNight, from: 28 * DAY, to: 28 * DAY + 8 });
  assert.match(hit!.summary, /60 in 600 s, expected 12 ± .* by hour of the week/);
});

test("a rate rule says nothing of few events and of what varies anyway", () => {
  const few = (n: number) => logins(n === 200 ? 9 : 1, n * BUCKET_MS + 1_000);
  assert.deepEqual(run(rateDetector(RULE), { events: few, to: 210 }), []);
  const wild = (n: number) => logins((n * 7_919) % 100, n * BUCKET_MS + 1_000);
  assert.deepEqual(run(rateDetector({ ...RULE, times: 2 }), { events: wild, to: 400 }), []);
});

test("a rate rule learns for a day's sixth before it says anything", () => {
  assert.deepEqual(run(rateDetector(RULE), { events: steady({ 20: 500 }), to: 24 }), []);
});

test("a rate rule takes the time in which the hub was down for no drop", () => {
  const isUp = (ms: number) => ms < 199.5 * BUCKET_MS || ms > 204.5 * BUCKET_MS;
  assert.deepEqual(run(rateDetector(RULE), { events: steady(), to: 210, isUp }), []);
});

test("a rate rule counts an event in the bucket of its time, until a minute after its end", () => {
  const late = (delayMs: number) => {
    const detector = rateDetector(RULE);
    run(detector, { events: steady(), to: 200 });
    const missing = (n: number) => n === 200 ? [] : steady()(n);
    run(detector, { events: missing, from: 200, to: 201 });
    const hits: Hit[] = [];
    for (let ms = 201 * BUCKET_MS; ms < 201 * BUCKET_MS + 120_000; ms += TICK_MS) {
      hits.push(...detector.tick(at(ms)).hits);
      const rows = logins(20, 200 * BUCKET_MS);
      if (ms === 201 * BUCKET_MS + delayMs) detector.batch(loginBatch(rows), at(ms));
    }
    return kindsOf(hits);
  };
  assert.deepEqual(late(50_000), []);
  assert.deepEqual(late(70_000), ["hit Less"]);
});

test("a rate rule counts late events in their bucket too, until a day is over", () => {
  const late = (count: number, bucket: number) => {
    const detector = rateDetector(RULE);
    run(detector, { events: steady(), to: 200 });
    const look = () =>
      detector.batch(loginBatch(logins(count, bucket * BUCKET_MS)), at(200 * BUCKET_MS));
    const hits = [...look().hits, ...look().hits];
    return kindsOf([...hits, ...run(detector, { events: steady(), from: 200, to: 203 })]);
  };
  assert.deepEqual(late(90, 190), ["hit More", "ended The "]);
  assert.deepEqual(late(22, 190), ["hit More", "ended The "]);
  assert.deepEqual(late(10, 190), []);
  assert.deepEqual(late(90, 40), []);
});

test("a rate rule tells a bucket once, however many late events it gets", () => {
  const detector = rateDetector(RULE);
  run(detector, { events: steady(), to: 200 });
  const rows = loginBatch(logins(90, 190 * BUCKET_MS));
  assert.equal(detector.batch(rows, at(200 * BUCKET_MS)).hits.length, 1);
  run(detector, { events: steady(), from: 200, to: 203 });
  assert.deepEqual(detector.batch(rows, at(203 * BUCKET_MS)).hits, []);
});

test("a rate rule does not learn the bucket in which it first sees an entity", () => {
  const usual = steady({ 5: 500, 40: 90 });
  const events = (n: number) => n < 5 ? [] : usual(n);
  const hits = run(rateDetector(RULE), { events, to: 44 });
  assert.deepEqual(kindsOf(hits), ["hit More", "ended The "]);
});

test("a rate rule takes an event from the future for one of now", () => {
  const events = (n: number) => logins(n === 200 ? 90 : 20, (n + 1_000) * BUCKET_MS);
  assert.deepEqual(kindsOf(run(rateDetector(RULE), { events, to: 203 })), [
    "hit More",
    "ended The ",
  ]);
});

test("a rate rule may sum a column", () => {
  const events = (n: number) => logins(2, n * BUCKET_MS + 1_000, { Size: n === 200 ? 9_000 : 100 });
  const [hit] = run(rateDetector({ ...RULE, value: "Size" }), { events, to: 201 });
  assert.match(hit!.summary, /^More of Size in Logins than usual: 18000 in 600 s, expected 200 ±/);
});

test("a rate rule keeps each entity's own rate, and forgets the one silent longest", () => {
  const events = (n: number) => [
    ...logins(20, n * BUCKET_MS + 1_000, { Host: "small" }),
    ...logins(200, n * BUCKET_MS + 1_000, { Host: n === 200 ? "small" : "large" }),
  ];
  const hits = run(rateDetector(RULE), { events, to: 204 });
  assert.deepEqual(hits.map(({ kind, entity }) => `${kind} ${entity}`), [
    "hit small",
    "hit large",
    "ended small",
    "ended large",
  ]);
  const detector = rateDetector(RULE, 1);
  detector.batch(loginBatch(logins(1, 0, { Host: "a" })), at(0));
  assert.equal(detector.batch(loginBatch(logins(1, 0, { Host: "b" })), at(0)).forgotten, 1);
});

test("a rate rule goes on from saved cells as if it had never stopped", () => {
  const events = steady({ 150: 90, 151: 90, 170: 0 });
  const before = rateDetector(RULE);
  run(before, { events, to: 151 });
  const after = rateDetector(RULE);
  after.load(before.save());
  const rest = { events, from: 151, to: 180 };
  const hits = run(before, rest);
  assert.deepEqual(kindsOf(hits), ["ended The ", "hit Less", "ended The "]);
  assert.deepEqual(run(after, rest), hits);
  assert.deepEqual(after.save(), before.save());
});
