import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Cell, Detector, Hit } from "../detector.ts";
import { FACTS, type Login } from "../fakes.ts";
import { behaviourDetector, watchOf } from "./detector.ts";
import {
  attackHour,
  batchOf,
  entryOf,
  hostRule,
  HOUR,
  START,
  usualHour,
  usualModel,
} from "./fakes.ts";

const FROM = 14 * 24;
const model = usualModel();
const hubAt = (hour: number): number => START + (hour + 1) * HOUR - 1;
const moment = (hubMs: number) => ({ entry: 1, hubMs, aliveMs: 0 });

function started(change: Parameters<typeof usualModel>[2] = {}): Detector {
  const detector = behaviourDetector(hostRule());
  detector.entry!(entryOf({ ...model, ...change }), moment(START + FROM * HOUR));
  return detector;
}

/** Thousands of events: a machine that does other things takes its time. */
const SLOW = { timeout: 60_000 };
const ROWS = 20;

/** One hour of the ledger: its rows in batches, then the time after it. */
function take(detector: Detector, hour: number, rows: readonly Login[]): Hit[] {
  const hits: Hit[] = [];
  for (let at = 0; at < rows.length; at += ROWS) {
    const facts = { ...FACTS, entry: hour, hubMs: hubAt(hour) };
    hits.push(...detector.tick(facts).hits);
    hits.push(...detector.batch(batchOf(rows.slice(at, at + ROWS)), facts).hits);
  }
  hits.push(...detector.tick(moment(hubAt(hour) + 120_001)).hits);
  return hits;
}

function run(
  detector: Detector,
  hours: number,
  extra: ReadonlyMap<number, readonly Login[]>,
): Hit[] {
  const hits: Hit[] = [];
  for (let hour = FROM; hour < FROM + hours; hour++) {
    const rows = [...usualHour(hour), ...extra.get(hour) ?? []];
    hits.push(...take(detector, hour, rows));
  }
  return hits;
}

test("an attack is found with its reasons, and seldom anything else", SLOW, () => {
  const at = FROM + 60;
  const hits = run(started(), 24 * 7, new Map([[at, attackHour(at)]]));
  const [found, ...rest] = hits.toSorted((a, b) => b.events - a.events);
  assert.equal(found?.entity, "h1");
  assert.match(found.summary, /score 0\.[6-9]\d* of 0\.\d+: .*Kinds 4\d, usual 2/);
  const fields = found.evidence[0]!.fields;
  assert.match(
    fields["_Failures"]!,
    /^30\d, usual 0\.\d+, \d+(\.\d+)? from its own, 1\d(\.\d)? from all/,
  );
  assert.equal(fields["_Window"], new Date(START + at * HOUR).toISOString());
  const others = new Set(
    rest.map(({ entity, evidence }) => `${entity} ${evidence[0]?.fields["_Window"]?.slice(0, 10)}`),
  );
  assert.ok(others.size <= 14, `${others.size} other entities and days in a week`);
});

test("without a model nothing is found, and a model judges from its entry on", () => {
  const detector = behaviourDetector(hostRule());
  const at = (hour: number) => take(detector, hour, [...usualHour(hour), ...attackHour(hour)]);
  assert.deepEqual(at(FROM), []);
  detector.entry!(entryOf(model), moment(hubAt(FROM)));
  assert.deepEqual(at(FROM + 1).map(({ entity }) => entity), ["h1"]);
});

test("a replay gives the same findings, wherever it is restarted", SLOW, () => {
  const hours = [0, 1, 2, 3, 4, 5].map((i) => FROM + i);
  const rowsOf = (hour: number) => [
    ...usualHour(hour),
    ...(hour % 3 === 0 ? attackHour(hour, `h${hour % 8}`) : []),
    // Late and very late ones, and one from the future.
    ...usualHour(hour - 9).slice(0, 5),
    { TimeGenerated: START + 99 * 24 * HOUR, Host: "h3", Status: "s1" },
  ];
  const whole = started();
  const expected = hours.flatMap((hour) => take(whole, hour, rowsOf(hour)));
  assert.ok(expected.length >= 2);
  const cells = JSON.stringify(sorted(new Map(whole.save().map((cell) => [cell.key, cell.value]))));
  fc.assert(
    fc.property(fc.nat(5), (stop) => {
      let detector = started();
      const saved = new Map<string, string | undefined>();
      const hits = hours.flatMap((hour, i) => {
        if (i === stop) {
          for (const { key, value } of detector.save()) saved.set(key, value);
          detector = behaviourDetector(hostRule());
          detector.load(cellsOf(saved));
        }
        return take(detector, hour, rowsOf(hour));
      });
      assert.deepEqual(hits, expected);
      for (const { key, value } of detector.save()) saved.set(key, value);
      assert.equal(JSON.stringify(sorted(saved)), cells);
    }),
    { numRuns: 10 },
  );
});

function cellsOf(saved: ReadonlyMap<string, string | undefined>): Cell[] {
  return [...saved].flatMap(([key, value]) => value === undefined ? [] : [{ key, value }]);
}

/** What was touched when is counted from another number after a restart; the order is the same. */
function sorted(saved: ReadonlyMap<string, string | undefined>): unknown {
  const kept = cellsOf(saved).map(({ key, value }): [string, string] => [
    key,
    value!.replace(/^\[\d+,/, "["),
  ]);
  return kept.toSorted(([a], [b]) => a < b ? -1 : 1);
}

test("a model that was changed, or is of another rule or table, is refused and told", () => {
  const refusalOf = (entry: Parameters<NonNullable<Detector["entry"]>>[0], rule = hostRule()) => {
    const detector = behaviourDetector(rule);
    const { hits } = detector.entry!(entry, moment(START));
    assert.deepEqual(take(detector, FROM, attackHour(FROM)), []);
    return hits.map(({ kind, summary }) => `${kind} ${summary}`).join();
  };
  assert.match(refusalOf(entryOf(model, { hash: "00".repeat(32) })), /^refused .*changed since/);
  assert.match(refusalOf(entryOf({ ...model, center: [] })), /^refused .*none of this release/);
  const endless = {
    sample: 2,
    trees: [{ dimension: [0, -1, -1], at: [0, 1, 1], right: [0, 0, 0] }],
  };
  assert.match(refusalOf(entryOf({ ...model, forest: endless })), /none of this release/);
  const other = hostRule({ table: "Others" });
  assert.match(refusalOf(entryOf(model), other), /^refused .*measures something else since/);
  assert.equal(refusalOf(entryOf({ ...model, rule: "other" })), "");
  assert.equal(refusalOf({ kind: "note", payload: entryOf(model).payload }), "");
});

test("a refused model leaves the one before in force", () => {
  const detector = started();
  detector.entry!(entryOf({ ...model, center: [] }), moment(START));
  assert.equal(take(detector, FROM, attackHour(FROM)).length, 1);
});

test("a million values of one entity take bounded room and are found", SLOW, () => {
  const detector = started();
  const time = START + FROM * HOUR;
  for (let i = 0; i < 100; i++) {
    const rows = Array.from({ length: 10_000 }, (_, j) => ({
      TimeGenerated: time + i,
      Host: "h2",
      Status: `v${i * 10_000 + j}`,
      Size: Number.MAX_SAFE_INTEGER,
    }));
    detector.batch(batchOf(rows), { ...FACTS, hubMs: hubAt(FROM) });
  }
  const cell = detector.save().find(({ key }) => key === "e:h2");
  assert.ok(cell!.value!.length < 16_384, `${cell!.value!.length} characters`);
  const [hit] = detector.tick(moment(hubAt(FROM) + 120_001)).hits;
  assert.equal(hit?.events, 1_000_000);
  const [, kinds] = /^([\d.e+]+), usual/.exec(hit.evidence[0]!.fields["_Kinds"]!) ?? [];
  assert.ok(Math.abs(Number(kinds) - 1e6) < 4e5, `${kinds}`);
});

test("entities over the limit are forgotten and told", () => {
  const detector = behaviourDetector(hostRule(), 10);
  const rows = Array.from({ length: 25 }, (_, i) => ({ TimeGenerated: START, Host: `x${i}` }));
  assert.equal(detector.batch(batchOf(rows), { ...FACTS, hubMs: START }).forgotten, 15);
});

test("absent values are as usual: a window without any feature's column is judged", () => {
  const rule = hostRule();
  const only = rule.features.filter(({ name }) => name === "Bytes" || name === "Logons");
  const sparse = hostRule({ features: only });
  const detector = behaviourDetector(sparse);
  detector.entry!(entryOf(usualModel(sparse)), moment(START));
  const rows = Array.from(
    { length: 5 },
    () => ({ TimeGenerated: START + FROM * HOUR, Host: "n1" }),
  );
  assert.deepEqual(take(detector, FROM, rows), []);
  assert.equal(watchOf(detector.save())?.watch.judged, 1);
});

test(
  "behaviour that is another one for a week is told as drift, once; a usual week is not",
  SLOW,
  () => {
    const usual = run(started(), 24 * 9, new Map());
    assert.deepEqual(usual.filter(({ kind }) => kind === "drift"), []);
    const many = new Map(
      Array.from({ length: 24 * 9 }, (_, i): [number, Login[]] => [
        FROM + i,
        usualHour(FROM + i).flatMap((row) => [row, row, row]),
      ]),
    );
    const detector = started();
    const drifts = run(detector, 24 * 9, many).filter(({ kind }) => kind === "drift");
    assert.equal(drifts.length, 1);
    assert.match(drifts[0]!.summary, /^Model 1 was trained on other behaviour .*(Logons|Bytes) \d/);
    const last = watchOf(detector.save())?.watch.drift.last;
    assert.ok((last?.shifts[0]?.index ?? 0) >= 0.25);
  },
);

test("what verdicts have set the threshold over is counted and told, never hidden", SLOW, () => {
  const thresholds = fc.double({ min: 0, max: 1, noNaN: true });
  const hours = 30;
  const extra = new Map([[FROM + 2, attackHour(FROM + 2)]]);
  const plain = run(started(), hours, extra).filter(({ kind }) => kind === "hit").length;
  fc.assert(
    fc.property(thresholds, (threshold) => {
      const set = Math.max(threshold, model.threshold);
      const detector = started({ threshold: set, trainedThreshold: model.threshold });
      const hits = run(detector, hours, extra);
      const found = hits.filter(({ kind }) => kind === "hit").length;
      const { watch } = watchOf(detector.save())!;
      assert.equal(found + watch.held, plain);
      const told = hits.filter(({ kind }) => kind === "overflow");
      assert.equal(told.reduce((sum, { events }) => sum + events, 0) + watch.untold, watch.held);
      if (watch.untold > 0) assert.ok(hubAt(FROM + hours) - watch.untoldSinceMs! <= 25 * HOUR);
    }),
    { numRuns: 8 },
  );
});
