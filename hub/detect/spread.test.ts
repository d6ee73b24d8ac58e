import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Facts, Hit } from "./detector.ts";
import { FACTS, type Login, loginBatch } from "./fakes.ts";
import type { SpreadRule } from "./rule.ts";
import { spreadDetector } from "./spread.ts";

const RULE: SpreadRule = {
  id: "r",
  title: "R",
  severity: "low",
  detector: "spread",
  table: "Logins",
  where: [],
  entity: ["Message"],
  show: [],
  over: "Host",
  count: 4,
  withinMs: 60_000,
};

type Event = readonly [seconds: number, host: string, actor?: string];

function batchOf(events: readonly Event[]) {
  return loginBatch(events.map(([seconds, Host, Message = "m"]): Login => {
    return { TimeGenerated: FACTS.hubMs + seconds * 1_000, Host, Message };
  }));
}

function find(events: readonly Event[], rule = RULE, facts: Facts = FACTS): readonly Hit[] {
  return spreadDetector(rule).batch(batchOf(events), facts).hits;
}

/** `count` hosts, one each `seconds`. */
function scan(count: number, seconds: number, from = 0): readonly Event[] {
  return Array.from({ length: count }, (_, i): Event => [from + i * seconds, `h${from + i}`]);
}

test("a spread rule finds one actor with many hosts, and shows them", () => {
  const [hit, ...others] = find(scan(10, 1));
  assert.deepEqual(others, []);
  assert.equal(hit?.entity, "m");
  assert.equal(hit.events, 4);
  assert.deepEqual(hit.evidence.map(({ fields }) => fields["Host"]), ["h0", "h1", "h2", "h3"]);
  assert.match(hit.summary, /^4 different Host of Logins within 60 s$/);
});

test("a spread rule finds nothing in many events of few hosts", () => {
  const events = Array.from({ length: 200 }, (_, i): Event => [i, `h${i % 3}`]);
  assert.deepEqual(find(events), []);
});

test("a spread rule finds nothing in hosts that are too far apart", () => {
  assert.deepEqual(find(scan(50, 21)), []);
  assert.equal(find(scan(50, 20)).length, 1);
});

test("a spread rule finds nothing where each host has an actor of its own", () => {
  assert.deepEqual(find(scan(50, 1).map(([s, host]): Event => [s, host, `actor ${host}`])), []);
});

test("a spread rule finds a burst once, and the next one after a quiet span", () => {
  assert.equal(find(scan(100, 10)).length, 1);
  assert.equal(find([...scan(10, 1), ...scan(10, 1, 100)]).length, 2);
});

test("a spread rule joins events in whatever order they come", () => {
  const events = [...scan(3, 1), ...scan(3, 1, 5_000), [3, "late"] as const];
  const order = fc.shuffledSubarray(events, { minLength: events.length });
  fc.assert(fc.property(order, (shuffled) => {
    assert.equal(find(shuffled).length, 1);
  }));
});

test("a spread rule takes a host that is seen again for where it was last", () => {
  assert.deepEqual(find([[0, "a"], [10, "b"], [20, "c"], [75, "d"]]), []);
  assert.equal(find([[0, "a"], [10, "b"], [20, "c"], [50, "a"], [51, "b"], [75, "d"]]).length, 1);
});

test("a spread rule keeps few values of an actor, whatever it does", () => {
  const detector = spreadDetector(RULE);
  for (let i = 0; i < 500; i++) {
    detector.batch(batchOf([[i * 1_000, `h${i}`], [i * 1_000, "__proto__"]]), FACTS);
  }
  const [cell] = detector.save();
  assert.ok(cell!.value!.length < 5_000);
});

test("a spread rule forgets the actor that was silent longest, and one that was silent for a day", () => {
  const detector = spreadDetector(RULE, 1);
  detector.batch(batchOf([[0, "h1", "a"]]), FACTS);
  assert.equal(detector.batch(batchOf([[0, "h1", "b"]]), FACTS).forgotten, 1);
  detector.tick({ ...FACTS, hubMs: FACTS.hubMs + 86_400_001 });
  assert.deepEqual(detector.save().filter(({ value }) => value !== undefined), []);
});

test("a spread rule goes on from saved cells as if it had never stopped", () => {
  const event = fc.tuple(fc.nat(300), fc.constantFrom("a", "b", "c", "d", "e", "7", "__proto__"));
  fc.assert(fc.property(fc.array(event, { maxLength: 60 }), fc.nat(60), (events, cut) => {
    const before = spreadDetector(RULE);
    const after = spreadDetector(RULE);
    const head = events.slice(0, cut);
    const rest = events.slice(cut);
    if (head.length > 0) before.batch(batchOf(head), FACTS);
    after.load(before.save());
    if (rest.length === 0) return;
    assert.deepEqual(after.batch(batchOf(rest), FACTS), before.batch(batchOf(rest), FACTS));
    assert.deepEqual(after.save(), before.save());
  }));
});
