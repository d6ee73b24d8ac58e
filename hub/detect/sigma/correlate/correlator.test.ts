import assert from "node:assert/strict";
import { test } from "node:test";
import type { SigmaCorrelation } from "../correlation.ts";
import { type CorrelationLimits, correlatorOf } from "./correlator.ts";

const COUNT: SigmaCorrelation = {
  file: "a.yml",
  line: 1,
  id: "many",
  title: "Many",
  status: undefined,
  level: "low",
  tags: [],
  falsepositives: [],
  type: "event_count",
  rules: ["a"],
  groupBy: ["User"],
  aliases: new Map(),
  withinMs: 10,
  condition: {
    kind: "bounds",
    bounds: [{ compare: "gte", value: 3 }],
    fields: [],
    percentile: undefined,
  },
  generates: false,
};

/** Times of matches → the times of the findings' first and last event. */
function found(
  times: readonly number[],
  { correlation = COUNT, limits }: {
    readonly correlation?: SigmaCorrelation;
    readonly limits?: CorrelationLimits;
  } = {},
) {
  const correlator = correlatorOf(correlation, limits);
  return times.flatMap((ms, n) =>
    correlator.see({
      rule: "a",
      ms,
      hubMs: 0,
      place: [n, 0],
      value: () => "user",
      evidence: () => [],
    }).map(({ hit, seen }) => `${hit.events} to ${seen.ms}`)
  );
}

for (
  const [what, times, expected] of [
    ["in a row", [0, 5, 10], ["3 to 10"]],
    ["that are too far apart", [0, 5, 11], []],
    ["of which a late one joins two", [0, 10, 5], ["3 to 10"]],
    ["of which a late one joins others on each side, but not all", [0, 14, 6], []],
    ["of which the late ones are enough", [20, 0, 1, 2], ["3 to 2"]],
    ["once, and what follows it", [0, 1, 2, 3, 12, 22, 32, 43, 44, 45], ["3 to 2", "3 to 45"]],
    ["once, and what is late for it", [20, 21, 22, 12, 11, 10, 2], ["3 to 22"]],
    ["of one time", [7, 7, 7, 7], ["3 to 7"]],
  ] as const
) {
  test(`a correlation finds matches ${what}`, () => assert.deepEqual(found(times), expected));
}

test("a finding from a sample leaves the group exact again", () => {
  const bounds = [{ compare: "gte" as const, value: 40_000 }];
  const correlation = { ...COUNT, condition: { ...COUNT.condition, bounds } } as SigmaCorrelation;
  const correlator = correlatorOf(correlation);
  const see = (n: number, ms: number) =>
    correlator.see({
      rule: "a",
      ms,
      hubMs: 0,
      place: [n, 0],
      value: () => "user",
      evidence: () => [],
    });
  const hits: number[] = [];
  for (let n = 0; n < 50_000; n++) if (see(n, 0).length > 0) hits.push(n);
  assert.equal(hits.length, 1);
  assert.ok(Math.abs(hits[0]! - 40_000) < 2_000, String(hits[0]));
  see(50_000, 100);
  const [cell] = correlator.save();
  assert.match(cell!.value!, /"halved":0/);
  assert.ok(cell!.value!.length < 1_000);
});

test("a group is forgotten a day after its last match", () => {
  const correlator = correlatorOf(COUNT);
  correlator.see({
    rule: "a",
    ms: 0,
    hubMs: 0,
    place: [0, 0],
    value: () => "user",
    evidence: () => [],
  });
  assert.equal(correlator.save().length, 1);
  const day = 86_400_000;
  correlator.tick({ entry: 1, hubMs: day, aliveMs: 0 });
  assert.deepEqual(correlator.save(), []);
  correlator.tick({ entry: 2, hubMs: day + 1, aliveMs: 0 });
  assert.deepEqual(correlator.save(), [{ key: '["user"]', value: undefined }]);
});

test("a group is judged, though the ledger was silent for days when its time was over", () => {
  const bounds = [{ compare: "lt", value: 2 }] as const;
  const condition = { kind: "bounds", bounds, fields: [], percentile: undefined } as const;
  const correlator = correlatorOf({ ...COUNT, condition });
  const seen = { rule: "a", ms: 0, hubMs: 0, place: [0, 0] as const, value: () => "user" };
  correlator.see({ ...seen, evidence: () => [] });
  assert.equal(correlator.due(), 10);
  const found = correlator.tick({ entry: 1, hubMs: 3 * 86_400_000, aliveMs: 0 });
  assert.deepEqual(found.map(({ hit }) => [hit.entity, hit.events]), [["user", 1]]);
  assert.equal(correlator.due(), undefined);
});
