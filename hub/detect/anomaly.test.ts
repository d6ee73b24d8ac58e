import assert from "node:assert/strict";
import { test } from "node:test";
import { anomalyDetector } from "./anomaly.ts";
import { ConditionError } from "./condition.ts";
import type { Detector, Facts, Hit } from "./detector.ts";
import { FACTS, type Login, loginBatch } from "./fakes.ts";
import type { AnomalyRule } from "./rule.ts";

const RULE: AnomalyRule = {
  id: "r",
  title: "R",
  severity: "low",
  detector: "anomaly",
  table: "Logins",
  where: [],
  entity: ["Host"],
  show: ["Status"],
  value: "Size",
  sensitivity: "medium",
  direction: "both",
};

/** Minute `i` of a host whose size is about 1,000. */
function usual(Host: string, i: number): Login {
  const TimeGenerated = FACTS.hubMs + i * 60_000;
  return { TimeGenerated, Host, Status: "200", Size: 1_000 + (i * 7_919) % 37 };
}

/** Each frame has ten minutes and comes when they are over. */
function at(entry: number): Facts {
  return { ...FACTS, entry, hubMs: FACTS.hubMs + (entry + 1) * 600_000 };
}

/** Feeds `rows` in frames of ten; what was found. */
function feed(detector: Detector, rows: readonly Login[]): readonly Hit[] {
  const hits: Hit[] = [];
  for (let i = 0; i < rows.length; i += 10) {
    hits.push(...detector.batch(loginBatch(rows.slice(i, i + 10)), at(i / 10)).hits);
  }
  return hits;
}

function minutes(of: (i: number) => readonly Login[], count = 600): readonly Login[] {
  return Array.from({ length: count }, (_, i) => of(i)).flat();
}

/** Two hosts; the size of `h2` is `Size` in minute 500. */
function withSpike(Size: number): readonly Login[] {
  return minutes((i) => [usual("h1", i), { ...usual("h2", i), ...(i === 500 && { Size }) }]);
}

test("an anomaly rule finds what is unusual for its own entity, and says why", () => {
  const hits = feed(anomalyDetector(RULE), withSpike(9_000));
  assert.equal(hits.length, 1);
  const { entity, summary, evidence } = hits[0]!;
  assert.equal(entity, "h2");
  assert.match(
    summary,
    /^Size of Logins is unusual, score [\d.]+: .*level \d+, usual 10\d\d, surpr/,
  );
  const [{ entry, row, fields }] = evidence as [Hit["evidence"][0]];
  assert.deepEqual([entry, row], [100, 1]);
  assert.equal(fields["Size"], "9000");
  assert.equal(fields["Status"], "200");
  assert.ok(Number(fields["_Score"]) >= 1.9);
  assert.match(fields["_Roughness"]!, /^[\d.]+, usual [\d.]+, surprise [\d.]+$/);
});

test("an anomaly rule finds nothing where each host does what it always does", () => {
  const rows = minutes((i) => [usual("h1", i), { ...usual("h2", i), Size: 90_000 + i % 5 }]);
  assert.deepEqual(feed(anomalyDetector(RULE), rows), []);
});

test("an anomaly rule looks at rows that meet its conditions, and at values alone", () => {
  const rows = minutes((i) => [
    usual("h1", i),
    { ...usual("h1", i), Status: "500", Size: 1_000_000 * (i % 2) },
    { TimeGenerated: FACTS.hubMs + i * 60_000, Host: "h1", Status: "200" },
  ]);
  const rule = { ...RULE, where: [{ column: "Status", op: "eq", values: ["200"] }] } as const;
  assert.deepEqual(feed(anomalyDetector(rule), rows), []);
});

test("an anomaly rule goes the asked way only", () => {
  const rows = withSpike(9_000);
  assert.equal(feed(anomalyDetector({ ...RULE, direction: "up" }), rows).length, 1);
  assert.equal(feed(anomalyDetector({ ...RULE, direction: "down" }), rows).length, 0);
});

test("an anomaly rule is less easily surprised at a lower sensitivity", () => {
  const rows = minutes((
    i,
  ) => [{ ...usual("h1", i), ...(i % 200 > 196 && { Size: 1_100 + i % 61 }) }]);
  const found = (["low", "medium", "high"] as const)
    .map((sensitivity) => feed(anomalyDetector({ ...RULE, sensitivity }), rows).length);
  assert.ok(found[0]! < found[2]!, String(found));
});

test("an anomaly rule forgets the series that was silent longest, and counts it", () => {
  const detector = anomalyDetector(RULE, 2);
  const row = (Host: string) => loginBatch([usual(Host, 0)]);
  const forgotten = ["a", "b", "a", "c", "d"].map((host) =>
    detector.batch(row(host), FACTS).forgotten
  );
  assert.deepEqual(forgotten, [0, 0, 0, 1, 1]);
  assert.equal(detector.save().filter(({ value }) => value !== undefined).length, 2);
});

test("an anomaly rule goes on from saved cells as if it had never stopped", () => {
  const rows = withSpike(9_000);
  const before = anomalyDetector(RULE);
  feed(before, rows.slice(0, 700));
  const after = anomalyDetector(RULE);
  after.load(before.save());
  assert.deepEqual(feed(after, rows.slice(700)), feed(before, rows.slice(700)));
  assert.deepEqual(after.save(), before.save());
});

test("an anomaly rule goes on after a time that is still to come", () => {
  const rows = withSpike(9_000).map((row, i) =>
    i === 101 ? { ...row, TimeGenerated: FACTS.hubMs + 1e12 } : row
  );
  assert.equal(feed(anomalyDetector(RULE), rows).length, 1);
});

test("an anomaly rule refuses a column that holds no numbers, and takes one that is not there", () => {
  const batch = loginBatch([usual("h1", 0)]);
  const look = (value: string) => anomalyDetector({ ...RULE, value }).batch(batch, FACTS);
  assert.throws(() => look("Status"), ConditionError);
  assert.deepEqual(look("Nothing").hits, []);
});
