import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ColumnBatch } from "../../../../sdk/columns/column.ts";
import { TableWriter } from "../../../../sdk/columns/writer.ts";
import { column, schemaOf, table } from "../../../../sdk/table.ts";
import { type Control, openControl } from "../../../control.ts";
import { type Detect, type DetectItem, openDetect } from "../../detect.ts";
import type { Finding, Hit } from "../../detector.ts";
import { FACTS, item } from "../../fakes.ts";
import { correlatorOf } from "../correlate/correlator.ts";
import { compileRules } from "../match/matcher.ts";
import { readSigmaRules } from "../read/read_all.ts";
import type { Compile } from "./guarded_matcher.ts";
import type { SigmaSet } from "./running.ts";
import { preparedSigma } from "./sigma_runner.ts";

const EVENTS = table({
  doc: "Some columns of the table of Windows events",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public" }),
    Computer: column.string({ class: "system" }),
    Channel: column.string({ class: "public" }),
    EventID: column.int({ class: "public" }),
    EventData: column.dynamic({ class: "content" }),
  },
});

interface Logon {
  readonly ms: number;
  readonly host?: string;
  readonly user?: string;
  readonly id?: number;
  readonly from?: string;
  readonly size?: number;
}

function batchOf(logons: readonly Logon[]): ColumnBatch {
  const writer = new TableWriter<typeof EVENTS.columns>(schemaOf("WindowsEvent", EVENTS));
  for (const { ms, host = "h1", user, id = 4625, from, size } of logons) {
    writer.add({
      TimeGenerated: ms,
      Computer: host,
      Channel: "Security",
      EventID: id,
      EventData: {
        ...(user !== undefined && { TargetUserName: user }),
        ...(from !== undefined && { IpAddress: from }),
        ...(size !== undefined && { Size: String(size) }),
      },
    });
  }
  return writer.view();
}

const rule = (id: string, eventId: number) =>
  `title: Rule ${id}
id: ${id}
tags: [attack.t1110]
logsource: { product: windows, service: security }
detection: { s: { EventID: ${eventId}, "TargetUserName|endswith": "r" }, condition: s }
`;
const correlation = (id: string, body: string) =>
  `title: Correlation ${id}\nid: ${id}\nlevel: high\ncorrelation:\n  ${
    body.split("\n").join("\n  ")
  }\n`;

function setOf(...texts: readonly string[]): SigmaSet {
  const sources = texts.map((text, i) => ({ file: `${i}.yml`, text }));
  const { problems, ...set } = readSigmaRules(sources, new Map());
  assert.deepEqual(problems, []);
  return set;
}

const START_MS = 1_750_000_000_000;

/** Items that hold one batch each, a second apart. */
function itemsOf(...batches: readonly (readonly Logon[])[]): readonly DetectItem[] {
  return batches.map((rows, i) =>
    item(i, START_MS + i * 1_000, rows.length === 0 ? undefined : batchOf(rows))
  );
}

async function findingsOf(
  set: SigmaSet,
  items: readonly DetectItem[],
): Promise<readonly Finding[]> {
  await using control = openControl(":memory:");
  await using detect = openDetect({ control, rules: [], sigma: set });
  await detect.take(items);
  return all(detect);
}

function all(detect: Detect): readonly Finding[] {
  return detect.findings(0, 1_000).map(({ finding }) => finding);
}

const at = (seconds: number, more: Omit<Logon, "ms"> = {}): Logon => ({
  ms: START_MS + seconds * 1_000,
  user: "user",
  ...more,
});

test("a Sigma rule finds an event, with its tags, its host and its place in the ledger", async () => {
  const set = setOf(rule("failed", 4625));
  const items = itemsOf([], [at(0, { id: 4624 }), at(1, { user: "USER" }), at(2, { user: "x" })]);
  const [finding, ...others] = await findingsOf(set, items);
  assert.deepEqual(others, []);
  assert.deepEqual([finding!.rule, finding!.severity, finding!.tags], [
    "failed",
    "medium",
    ["attack.t1110"],
  ]);
  assert.equal(finding!.entity, "h1");
  const [evidence] = finding!.evidence;
  assert.deepEqual([evidence!.entry, evidence!.row, evidence!.table], [1, 1, "WindowsEvent"]);
  assert.deepEqual(evidence!.fields, {
    EventID: "4625",
    "EventData.TargetUserName": "USER",
    Channel: "Security",
  });
  const again = await findingsOf(set, items);
  assert.equal(again[0]!.id, finding!.id);
});

const COUNT = `type: event_count
rules: failed
group-by: [TargetUserName]
timespan: 10s
condition: { gte: 3 }`;

test("event_count finds a group within its time, in any order of events, once", async () => {
  const set = setOf(rule("failed", 4625), correlation("many", COUNT));
  const found = await findingsOf(
    set,
    itemsOf(
      [at(0), at(20), at(0, { user: "other" }), at(9)],
      [at(10, { user: "other" }), at(5, { host: "h2" }), at(12)],
      [at(11, { user: "other" })],
    ),
  );
  assert.deepEqual(found.map(({ rule, entity, severity }) => [rule, entity, severity]), [
    ["many", "user", "high"],
  ]);
  assert.equal(found[0]!.events, 3);
  assert.deepEqual(found[0]!.evidence.map(({ entry, row }) => [entry, row]), [
    [0, 0],
    [0, 3],
    [1, 1],
  ]);
});

test("generate reports the rules of a correlation, too", async () => {
  const set = setOf(rule("failed", 4625), correlation("many", `${COUNT}\ngenerate: true`));
  const found = await findingsOf(set, itemsOf([at(0), at(1), at(2)]));
  assert.deepEqual(found.map((one) => one.rule), ["failed", "failed", "failed", "many"]);
});

const value = (type: string, condition: string) =>
  COUNT.replace("event_count", type).replace("{ gte: 3 }", `{ field: Size, ${condition} }`);
const SIZES = [1, 2, 2, 3, 10];
for (
  const [body, expected] of [
    [value("value_count", "gte: 4"), 4],
    [value("value_count", "gt: 4"), undefined],
    [value("value_count", "lt: 5"), 4],
    [value("value_sum", "gte: 18"), 18],
    [value("value_sum", "gt: 18"), undefined],
    [value("value_avg", "gt: 3, lt: 4"), 3.6],
    [value("value_avg", "gt: 3.6"), undefined],
    [value("value_percentile", "percentile: 75, eq: 3"), 3],
    [value("value_median", "gte: 2"), 2],
    [COUNT.replace("gte: 3", "eq: 5"), 5],
    [COUNT.replace("gte: 3", "lte: 4"), undefined],
    [COUNT.replace("gte: 3", "neq: 4"), 5],
  ] as const
) {
  test(`a correlation measures ${JSON.stringify(body)}`, async () => {
    const set = setOf(rule("failed", 4625), correlation("c", body));
    const items = [
      ...itemsOf(SIZES.map((size, i) => at(i, { size }))),
      item(1, START_MS + 60_000),
    ];
    const found = await findingsOf(set, items);
    const wanted = expected === undefined ? [] : [String(expected)];
    assert.deepEqual(found.map(({ summary }) => / is ([\d.]+),/.exec(summary)?.[1]), wanted);
  });
}

const TEMPORAL = `type: temporal
rules: [failed, logged]
group-by: [TargetUserName]
timespan: 10s`;
for (
  const [what, body, logons, count] of [
    ["in any order", TEMPORAL, [at(5, { id: 4624 }), at(0)], 1],
    ["not in one group", TEMPORAL, [at(0), at(1, { id: 4624, user: "other" })], 0],
    ["not in time", TEMPORAL, [at(0), at(11, { id: 4624 })], 0],
    ["in order", TEMPORAL.replace("temporal", "temporal_ordered"), [at(0), at(5, { id: 4624 })], 1],
    [
      "in order, though the last comes first",
      TEMPORAL.replace("temporal", "temporal_ordered"),
      [at(5, { id: 4624 }), at(0)],
      1,
    ],
    [
      "not in another order",
      TEMPORAL.replace("temporal", "temporal_ordered"),
      [at(0, { id: 4624 }), at(5)],
      0,
    ],
    ["one without the other", `${TEMPORAL}\ncondition: failed and not logged`, [at(0)], 1],
    [
      "not one with the other",
      `${TEMPORAL}\ncondition: failed and not logged`,
      [at(0), at(5, { id: 4624 })],
      0,
    ],
    [
      "by aliases",
      TEMPORAL.replace("TargetUserName", "Who") +
      "\naliases: { Who: { failed: TargetUserName, logged: IpAddress } }",
      [at(0), at(1, { id: 4624, user: "other", from: "user" })],
      1,
    ],
  ] as const
) {
  test(`a temporal correlation finds rules ${what}`, async () => {
    const set = setOf(rule("failed", 4625), rule("logged", 4624), correlation("c", body));
    const items = [...itemsOf(logons), item(1, START_MS + 60_000)];
    assert.equal((await findingsOf(set, items)).length, count);
  });
}

test("a correlation rests on another one, with the fields of its last event", async () => {
  const chain = TEMPORAL.replace("temporal", "temporal_ordered").replace("failed", "many")
    .replace("TargetUserName", "Computer");
  const set = setOf(
    correlation("broken-in", chain),
    correlation("many", COUNT),
    rule("failed", 4625),
    rule("logged", 4624),
  );
  const found = await findingsOf(
    set,
    itemsOf([at(0), at(1), at(2)], [at(4, { id: 4624, user: "another r" })]),
  );
  assert.deepEqual(found.map((one) => [one.rule, one.entity]), [["broken-in", "h1"]]);
  assert.equal(found[0]!.evidence.length, 4);
});

const ALL = setOf(
  rule("failed", 4625),
  rule("logged", 4624),
  rule("plain", 4688),
  correlation("count", `${COUNT}\ngenerate: true`),
  correlation("few", COUNT.replace("gte", "lte")),
  correlation("hosts", value("value_count", "gte: 2").replace("Size", "Computer")),
  correlation("average", value("value_avg", "gte: 3")),
  correlation("then", TEMPORAL.replace("temporal", "temporal_ordered").replace("failed", "count")),
  correlation("without", `${TEMPORAL}\ncondition: logged and not failed`),
);

const logon: fc.Arbitrary<Logon> = fc.record({
  ms: fc.integer({ min: 0, max: 40_000 }).map((ms) => START_MS + ms),
  host: fc.constantFrom("h1", "h2"),
  user: fc.constantFrom("user", "other", "x"),
  id: fc.constantFrom(4624, 4625, 4688),
  size: fc.integer({ min: 0, max: 9 }),
});
const ledger = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 0, max: 6_000 }),
    rows: fc.array(logon, { maxLength: 8 }),
  }),
  { maxLength: 30 },
).map((entries) => {
  let hubMs = START_MS;
  return entries.map(({ waitMs, rows }, index) => {
    hubMs += waitMs;
    return item(index, hubMs, rows.length === 0 ? undefined : batchOf(rows));
  });
});

test("Sigma rules find the same live or replayed, whatever the batches and the restarts", async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(ledger, fc.infiniteStream(fc.nat({ max: 5 })), async (items, sizes) => {
      await using whole = openControl(":memory:");
      await using live = openDetect({ control: whole, rules: [], sigma: ALL });
      await live.take(items);
      await using control: Control = openControl(":memory:");
      for (let next = 0; next < items.length;) {
        // Each time another process: what it knows, it was told by its cells.
        await using part = openDetect({ control, rules: [], sigma: ALL });
        assert.equal(part.next, next);
        const [size = 0] = sizes;
        await part.take(items.slice(next, next + 1 + size));
        next += 1 + size;
      }
      await using last = openDetect({ control, rules: [], sigma: ALL });
      assert.deepEqual(all(last), all(live));
      found += all(live).length;
    }),
    { numRuns: 60 },
  );
  assert.ok(found > 100);
});

test("rules that stay keep their state when others change", async () => {
  await using control = openControl(":memory:");
  const items = itemsOf([at(0), at(1)], [at(2)]);
  const first = setOf(rule("failed", 4625), correlation("many", COUNT));
  {
    await using detect = openDetect({ control, rules: [], sigma: first });
    await detect.take(items.slice(0, 1));
  }
  const second = setOf(rule("failed", 4625), rule("plain", 4688), correlation("many", COUNT));
  {
    await using detect = openDetect({ control, rules: [], sigma: second });
    await detect.take(items.slice(1));
    assert.equal(all(detect).length, 1);
  }
});

test("a rule that changed starts without state", async () => {
  await using control = openControl(":memory:");
  const items = itemsOf([at(0), at(1)], [at(2)]);
  for (const [body, some] of [[COUNT, items.slice(0, 1)], [`${COUNT} `, items.slice(1)]] as const) {
    const changed = body === COUNT ? body : COUNT.replace("10s", "9s");
    const set = setOf(rule("failed", 4625), correlation("many", changed));
    await using detect = openDetect({ control, rules: [], sigma: set });
    await detect.take(some);
    assert.equal(all(detect).length, 0);
  }
});

test("a rule that the ledger leaves out is told once and finds nothing more, over restarts", async () => {
  await using control = openControl(":memory:");
  const set = setOf(rule("failed", 4625), rule("logged", 4624));
  const note = { note: "rule-shed", rule: "failed", why: "it took 5000 ms" };
  const payload = new TextEncoder().encode(JSON.stringify(note));
  const again = new TextEncoder().encode(JSON.stringify({ ...note, why: "it took 6000 ms" }));
  const items: readonly DetectItem[] = [
    ...itemsOf([at(0)]),
    { index: 1, hubTime: BigInt(START_MS) * 10_000n, kind: "note", payload },
    { index: 2, hubTime: BigInt(START_MS) * 10_000n, kind: "note", payload: again },
    item(3, START_MS + 5_000, batchOf([at(0), at(1, { id: 4624 })])),
  ];
  for (const one of items) {
    await using detect = openDetect({ control, rules: [], sigma: set });
    await detect.take([one]);
  }
  await using detect = openDetect({ control, rules: [], sigma: set });
  assert.deepEqual(all(detect).map((one) => [one.rule, one.kind, one.entry]), [
    ["failed", "hit", 0],
    ["failed", "refused", 1],
    ["logged", "hit", 3],
  ]);
});

test("reload() goes on with other rules at once, and the same rules keep their state", async () => {
  await using control = openControl(":memory:");
  const items = itemsOf([at(0), at(1)], [at(2)], [at(30, { id: 4624 })]);
  const sigma = setOf(rule("failed", 4625), correlation("many", COUNT));
  await using detect = openDetect({ control, rules: [], sigma });
  await detect.take(items.slice(0, 1));
  detect.reload({
    rules: [],
    sigma: setOf(rule("failed", 4625), rule("logged", 4624), correlation("many", COUNT)),
  });
  await detect.take(items.slice(1));
  assert.deepEqual(all(detect).map((one) => [one.rule, one.entry]), [["many", 1], ["logged", 2]]);
  const twice = { id: "x", title: "X", severity: "low", where: [], entity: [], show: [] } as const;
  const silent = { ...twice, detector: "absence", table: undefined, forMs: 1_000 } as const;
  assert.throws(() => detect.reload({ rules: [silent, silent] }), RangeError);
  assert.equal(detect.next, 3);
  detect.reload({ rules: [] });
  await detect.take([item(3, START_MS + 9_000, batchOf([at(40, { id: 4624 })]))]);
  assert.equal(all(detect).length, 2);
});

test("what follows a correlation's finding within its time belongs to it", async () => {
  const set = setOf(rule("failed", 4625), correlation("many", COUNT));
  const seconds = [0, 1, 2, 3, 4, 5, 6, 14, 22, 33, 34, 35];
  const found = await findingsOf(set, itemsOf(seconds.map((second) => at(second))));
  assert.deepEqual(found.map(({ evidence }) => evidence[0]!.row), [0, 9]);
});

test("a match joins others that came within a day, whatever their event time", async () => {
  const set = setOf(rule("failed", 4625), correlation("many", COUNT));
  const hours = (n: number) => n * 3_600_000;
  const items = (lastHours: number) => [
    item(0, START_MS, batchOf([at(0), at(1)])),
    item(1, START_MS + hours(12), batchOf([at(100)])),
    item(2, START_MS + hours(lastHours), batchOf([at(2)])),
  ];
  assert.equal((await findingsOf(set, items(23))).length, 1);
  assert.equal((await findingsOf(set, items(25))).length, 0);
});

test("a rule lists so many findings an hour and counts the others", async () => {
  const set = setOf(rule("failed", 4625));
  const flood = Array.from({ length: 300 }, (_, n) => at(n));
  const items = [
    ...itemsOf(flood, flood),
    item(2, START_MS + 3_700_000, batchOf([at(0)])),
  ];
  const found = await findingsOf(set, items);
  assert.deepEqual(found.map(({ kind }) => kind), [
    ...Array<string>(100).fill("hit"),
    "overflow",
    "overflow",
    "hit",
  ]);
  assert.equal(found[101]!.events, 500);
});

test("a rule that throws is left out and told once, and its batch is not lost for others", () => {
  const set = setOf(rule("failed", 4625), rule("other", 4625));
  const compile: Compile = (rules) => {
    const matcher = compileRules(rules);
    return {
      refused: matcher.refused,
      batch(batch, facts) {
        if (rules.some((one) => one.rule.id === "failed")) throw new TypeError("no such thing");
        return matcher.batch(batch, facts);
      },
    };
  };
  const runner = preparedSigma(set, {
    cpuMs: () => 0,
    nowMs: () => 0,
    onSlow: () => {},
    compile,
  })();
  const found = [0, 1].flatMap((entry) => {
    const moment = { ...FACTS, entry };
    return runner.item(moment, { frame: { batch: batchOf([at(0)]), facts: moment } });
  });
  assert.deepEqual(found.map((one) => [one.rule, one.kind]), [
    ["failed", "refused"],
    ["other", "hit"],
    ["other", "hit"],
  ]);
  assert.match(found[0]!.summary, /The rule is left out: it failed: no such thing/);
});

test("groups over the limit are forgotten and told; what lacks a group is in none", () => {
  const correlations = setOf(rule("failed", 4625), correlation("many", COUNT)).correlations;
  const correlator = correlatorOf(correlations[0]!, { groups: 2, points: 512 });
  const see = (user: string | undefined, n: number) =>
    correlator.see({
      rule: "failed",
      ms: n,
      hubMs: n,
      place: [n, 0],
      value: () => user,
      evidence: () => [],
    }).length;
  const found = ["a", "b", undefined, "a", "c", "a", undefined, undefined].map(see);
  assert.deepEqual(found, [0, 0, 0, 0, 0, 1, 0, 0]);
  assert.equal(correlator.forgotten(), 1);
  assert.equal(correlator.forgotten(), 0);
});

test("a count beyond what is kept is an estimate, and the finding says so", () => {
  const body = value("value_count", "gte: 20000");
  const [only] = setOf(rule("failed", 4625), correlation("many", body)).correlations;
  const correlator = correlatorOf(only!);
  let hit: Hit | undefined;
  let n = 0;
  for (; n < 40_000 && hit === undefined; n++) {
    const at = n;
    [hit] = correlator.see({
      rule: "failed",
      ms: 0,
      hubMs: 0,
      place: [n, 0],
      value: (field) => field === "Size" ? String(at) : "user",
      evidence: () => [],
    }).map((one) => one.hit);
  }
  assert.ok(Math.abs(n - 20_000) < 1_000, String(n));
  assert.match(hit!.summary, /about \(1 of 2 was kept\)/);
});

test("what is no number is in no sum, and an event that is matched twice is found once", () => {
  const set = setOf(
    rule("failed", 4625),
    correlation(
      "sum",
      `${value("value_sum", "gte: 3")}
generate: true`,
    ),
  );
  const compile: Compile = (rules) => {
    const matcher = compileRules(rules);
    return {
      refused: [],
      batch: (batch, facts) => matcher.batch(batch, facts).flatMap((match) => [match, match]),
    };
  };
  const runner = preparedSigma(set, {
    cpuMs: () => 0,
    nowMs: () => 0,
    onSlow: () => {},
    compile,
  })();
  const batch = batchOf([at(0, { size: 2 }), at(1, { size: NaN }), at(2), at(3, { size: 2 })]);
  const found = runner.item(FACTS, { frame: { batch, facts: FACTS } });
  assert.deepEqual(found.map((one) => one.rule), ["failed", "failed", "failed", "failed", "sum"]);
  assert.match(found[4]!.summary, /value_sum is 4,/);
});

test("groups that had to be forgotten are told", async () => {
  const set = setOf(rule("failed", 4625), correlation("many", COUNT));
  const users = Array.from({ length: 10_001 }, (_, n) => at(n / 10, { user: `${n}r` }));
  const found = await findingsOf(set, itemsOf(users));
  assert.deepEqual(found.map((one) => [one.rule, one.kind]), [["many", "overflow"]]);
});

test("a long value is cut in evidence, and still told apart from another one", async () => {
  const set = setOf(rule("failed", 4625));
  const long = "x".repeat(100_000);
  const found = await findingsOf(
    set,
    itemsOf([at(0, { user: `${long}1r` }), at(1, { user: `${long}2r` })]),
  );
  const texts = found.map(({ evidence }) => evidence[0]!.fields["EventData.TargetUserName"]!);
  assert.ok(texts.every((text) => text.length < 400));
  assert.notEqual(texts[0], texts[1]);
});

test("evidence shows so many fields and no more", async () => {
  const fields = Array.from({ length: 60 }, (_, n) => `F${n}`).join(", ");
  const set = setOf(`${rule("failed", 4625)}fields: [EventID, ${fields}, Computer]\n`);
  const [finding] = await findingsOf(set, itemsOf([at(0)]));
  assert.deepEqual(finding!.evidence[0]!.fields, { EventID: "4625" });
});
