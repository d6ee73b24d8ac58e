import assert from "node:assert/strict";
import { test } from "node:test";
import { absenceDetector } from "./absence.ts";
import type { Detector, Facts, Hit } from "./detector.ts";
import { Entities } from "./entities.ts";
import { FACTS, type Login, loginBatch } from "./fakes.ts";
import { firstSeenDetector } from "./first_seen.ts";
import type { AbsenceRule, FirstSeenRule, ThresholdRule } from "./rule.ts";
import { thresholdDetector } from "./threshold.ts";

const HEAD = {
  id: "r",
  title: "R",
  severity: "low",
  where: [],
  entity: ["Host"],
  show: [],
} as const;
const FIRST: FirstSeenRule = {
  ...HEAD,
  detector: "first_seen",
  table: "Logins",
  learn: { events: 3, forMs: 1_000 },
};
const SILENT: AbsenceRule = { ...HEAD, detector: "absence", table: "Logins", forMs: 5_000 };
const GUESS: ThresholdRule = {
  ...HEAD,
  detector: "threshold",
  table: "Logins",
  count: 2,
  withinMs: 1_000,
};

/** Facts `ms` later, from `source`. */
function at(ms: number, source = "web"): Facts {
  return { ...FACTS, hubMs: FACTS.hubMs + ms, aliveMs: FACTS.aliveMs + ms, source };
}

function hosts(...names: readonly string[]): readonly Login[] {
  return names.map((Host) => ({ TimeGenerated: FACTS.hubMs, Host }));
}

function entitiesOf(hits: readonly Hit[]): readonly string[] {
  return hits.map(({ kind, entity }) => `${kind} ${entity}`);
}

function look(detector: Detector, facts: Facts, ...names: readonly string[]): readonly string[] {
  return entitiesOf(detector.batch(loginBatch(hosts(...names)), facts).hits);
}

test("a first-seen rule learns each source until it has sent enough for long enough", () => {
  const detector = firstSeenDetector(FIRST);
  assert.deepEqual(look(detector, at(0), "a", "b", "c", "d"), []);
  assert.deepEqual(look(detector, at(999), "e"), []);
  assert.deepEqual(look(detector, at(1_000), "a", "f", "f", "g"), ["hit f", "hit g"]);
  assert.deepEqual(look(detector, at(1_001), "f"), []);
  assert.deepEqual(look(detector, at(2_000, "new"), "h"), []);
  assert.deepEqual(look(detector, at(9_000, "new"), "i"), []);
  assert.deepEqual(look(detector, at(9_000), "h", "i", "j"), ["hit j"]);
});

test("a first-seen rule says how many values it had to forget, the longest unseen first", () => {
  const detector = firstSeenDetector(FIRST, { values: 3, sources: 9 });
  look(detector, at(0), "a", "b", "c");
  look(detector, at(3_700_000), "a");
  const report = detector.batch(loginBatch(hosts("d", "a", "b")), at(3_700_001));
  assert.deepEqual(entitiesOf(report.hits), ["hit d", "hit b"]);
  assert.equal(report.forgotten, 2);
});

test("an absence rule tells that an entity is silent, and that it is back", () => {
  const detector = absenceDetector(SILENT);
  look(detector, at(0), "a", "b");
  look(detector, at(3_000), "b");
  assert.deepEqual(entitiesOf(detector.tick(at(5_000)).hits), []);
  assert.deepEqual(entitiesOf(detector.tick(at(5_001)).hits), ["hit a"]);
  assert.deepEqual(entitiesOf(detector.tick(at(6_000)).hits), []);
  assert.deepEqual(look(detector, at(7_000), "a"), ["ended a"]);
  assert.deepEqual(look(detector, at(7_001), "a"), []);
  assert.deepEqual(entitiesOf(detector.tick(at(12_000)).hits), ["hit b"]);
});

test("an absence rule over all tables takes no gap for a sign of life", () => {
  const detector = absenceDetector({ ...SILENT, table: undefined, entity: ["_Agent", "_Source"] });
  look(detector, at(0), "a");
  detector.batch(loginBatch(hosts("a")), { ...at(4_000), isEvents: false });
  assert.deepEqual(entitiesOf(detector.tick(at(5_001)).hits), ["hit _Agent=a1, _Source=web"]);
});

test("a threshold rule forgets the entity that was silent longest when it holds too many", () => {
  const detector = thresholdDetector(GUESS, { entities: 2, points: 100 });
  look(detector, at(0), "a", "b", "a2");
  const report = detector.batch(loginBatch(hosts("a", "a2")), at(1));
  assert.deepEqual(entitiesOf(report.hits), ["hit a2"]);
  assert.equal(report.forgotten, 1);
});

test("a threshold rule joins no event to one received over a day before, of a busy entity too", () => {
  const detector = thresholdDetector(GUESS);
  const seen = (hours: number, TimeGenerated: number) =>
    detector.batch(loginBatch([{ TimeGenerated, Host: "a" }]), at(hours * 3_600_000)).hits.length;
  assert.deepEqual([seen(0, 0), seen(20, 9_000_000), seen(25, 1), seen(25, 2)], [0, 0, 0, 1]);
});

test("a threshold rule shows at most ten rows, the last before it fired", () => {
  const detector = thresholdDetector({ ...GUESS, count: 40 });
  const names = Array.from({ length: 39 }, () => "a");
  look(detector, at(0), ...names);
  const [hit] = detector.batch(loginBatch(hosts("a", "a")), { ...at(1), entry: 8 }).hits;
  assert.equal(hit?.events, 40);
  assert.deepEqual(hit.evidence.map(({ entry, row }) => `${entry} ${row}`), [
    ...Array.from({ length: 9 }, (_, i) => `7 ${30 + i}`),
    "8 0",
  ]);
});

test("Entities forgets in the same order after it was saved and loaded", () => {
  const before = new Entities<number>(3);
  for (const name of ["a", "b", "c", "a"]) before.set(name, 1);
  const cells = before.save();
  assert.deepEqual(before.save(), []);
  const after = new Entities<number>(3);
  after.load(cells.toReversed());
  for (const entities of [before, after]) {
    assert.equal(entities.set("d", 2), 1);
    assert.deepEqual(["a", "b", "c", "d"].map((name) => entities.get(name)), [1, undefined, 1, 2]);
    const changed = entities.save().map(({ key, value }) => `${key} ${value === undefined}`);
    assert.deepEqual(changed.toSorted(), ["b true", "d false"]);
  }
});

test("Entities goes on counting from where it was saved", () => {
  const first = new Entities<number>(3);
  for (const name of ["a", "b", "c"]) first.set(name, 1);
  const second = new Entities<number>(3);
  const cells = first.save();
  second.load(cells);
  second.set("a", 1);
  const third = new Entities<number>(3);
  third.load([...cells.slice(1), ...second.save()]);
  third.set("d", 1);
  assert.deepEqual(["a", "b", "c", "d"].map((name) => third.get(name)), [1, undefined, 1, 1]);
});
