import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Cell, Facts, Hit } from "./detector.ts";
import { FACTS, loginBatch } from "./fakes.ts";
import type { SequenceRule, Step } from "./rule.ts";
import { sequenceDetector } from "./sequence.ts";

const status = (value: string, more: Partial<Step> = {}): Step => ({
  table: "Logins",
  where: [{ column: "Status", op: "eq", values: [value] }],
  entity: ["Host"],
  count: 1,
  ...more,
});

const RULE: SequenceRule = {
  id: "r",
  title: "R",
  severity: "low",
  detector: "sequence",
  where: [],
  entity: ["Host"],
  show: ["Status"],
  steps: [status("a"), status("b"), status("c")],
  until: status("x"),
  withinMs: 60_000,
};

type Event = readonly [seconds: number, status: string, host?: string, message?: string];

function batchOf(events: readonly Event[]) {
  return loginBatch(events.map(([seconds, Status, Host = "h", Message]) => {
    return { TimeGenerated: FACTS.hubMs + seconds * 1_000, Host, Status, Message };
  }));
}

/** The events one by one as they come; what each batch finds. */
function find(events: readonly Event[], rule = RULE): readonly Hit[] {
  const detector = sequenceDetector(rule);
  return events.flatMap((event) => detector.batch(batchOf([event]), FACTS).hits);
}

const shown = ({ evidence }: Hit) => evidence.map(({ fields }) => fields["Status"]).join("");

test("a sequence finds steps in their order, and shows each of them", () => {
  const events: readonly Event[] = [[0, "a"], [1, "b"], [9, "q"], [20, "c"]];
  for (const hits of [find(events), sequenceDetector(RULE).batch(batchOf(events), FACTS).hits]) {
    const [hit, ...others] = hits;
    assert.deepEqual(others, []);
    assert.deepEqual([hit!.kind, hit!.entity, hit!.events, shown(hit!)], ["hit", "h", 3, "abc"]);
    const summary = "Logins, then Logins, then Logins within 20 s, at most 60 s are a finding";
    assert.equal(hit!.summary, summary);
  }
});

for (
  const [what, events] of [
    ["of another order", [[0, "b"], [1, "a"], [2, "c"]]],
    ["of which one is missing", [[0, "a"], [1, "c"], [2, "c"]]],
    ["of different entities", [[0, "a", "h1"], [1, "b", "h2"], [2, "c", "h1"]]],
    ["that are too far apart", [[0, "a"], [1, "b"], [61, "c"]]],
    ["between which until stands", [[0, "a"], [1, "b"], [2, "x"], [3, "c"]]],
    ["between which until comes late", [[0, "a"], [1, "b"], [0.5, "x"], [3, "c"]]],
  ] as readonly [string, readonly Event[]][]
) {
  test(`a sequence does not find steps ${what}`, () => assert.deepEqual(find(events), []));
}

for (
  const [what, events, expected] of [
    ["the latest of each step", [[0, "a"], [50, "a"], [51, "b"], [52, "b"], [65, "c"]], ["50"]],
    ["once, and again from its beginning", [
      ...[[0, "a"], [1, "b"], [2, "c"], [3, "c"], [4, "b"], [5, "c"]] as const,
      ...[[6, "a"], [7, "b"], [8, "c"]] as const,
    ], ["0", "6"]],
    ["after until, too", [[0, "a"], [1, "x"], [2, "a"], [3, "b"], [4, "c"]], ["2"]],
    ["not what comes late for it", [[0, "a"], [1, "b"], [3, "c"], [1, "a"], [2, "b"], [4, "c"]], [
      "0",
    ]],
    ["at the edge of its span", [[0, "a"], [1, "b"], [60, "c"]], ["0"]],
  ] as readonly [string, readonly Event[], readonly string[]][]
) {
  test(`a sequence finds ${what}`, () => {
    const starts = find(events).map(({ evidence }) =>
      String((Date.parse(evidence[0]!.time!) - FACTS.hubMs) / 1_000)
    );
    assert.deepEqual(starts, expected);
  });
}

test("a sequence is found whatever order its events come in", () => {
  const events: readonly Event[] = [[0, "a"], [1, "b"], [2, "c"], [70, "x"], [-70, "x"]];
  const orders = fc.shuffledSubarray([...events], { minLength: events.length });
  fc.assert(
    fc.property(orders, (order) => assert.deepEqual(find(order).map(shown), ["abc"])),
  );
});

test("an event that is a step and until begins a sequence and goes on with none", () => {
  const rule = { ...RULE, until: status("a"), steps: [status("a"), status("c")] };
  assert.deepEqual(find([[0, "a"], [1, "c"]], rule).map(shown), ["ac"]);
  const last = { ...RULE, until: status("c"), steps: [status("a"), status("c")] };
  assert.deepEqual(find([[0, "a"], [1, "c"]], last), []);
});

test("a step may ask for many events, and the finding shows some of each step", () => {
  const rule = { ...RULE, steps: [status("a", { count: 20 }), status("c")], until: undefined };
  const many = (count: number) => Array.from({ length: count }, (_, i): Event => [i, "a"]);
  assert.deepEqual(find([...many(19), [30, "c"]], rule), []);
  const [hit] = find([...many(20), [30, "c"]], rule);
  assert.deepEqual([hit!.events, shown(hit!)], [21, "aaaaaaaaac"]);
  assert.match(hit!.summary, /^20 of Logins, then Logins within 30 s/);
});

test("steps of several tables join by what stands for the entity in each", () => {
  const steps = [status("a"), status("b", { table: "Other", entity: ["Message"] })];
  const detector = sequenceDetector({ ...RULE, steps });
  assert.equal(detector.table, undefined);
  detector.batch(batchOf([[0, "a", "h1"]]), FACTS);
  const other = { ...batchOf([[1, "b", "unlike", "h1"]]), table: "Other" };
  const third = { ...other, table: "Third" };
  assert.deepEqual(detector.batch(third, FACTS).hits, []);
  assert.deepEqual(detector.batch(other, FACTS).hits.map(({ entity }) => entity), ["h1"]);
});

test("conditions of the rule hold for each of its steps", () => {
  const where = [{ column: "Message", op: "eq", values: ["m"] }] as const;
  const rule = { ...RULE, where };
  assert.deepEqual(find([[0, "a", "h", "m"], [1, "b", "h", "n"], [2, "c", "h", "m"]], rule), []);
  assert.equal(find([[0, "a", "h", "m"], [1, "b", "h", "m"], [2, "c", "h", "m"]], rule).length, 1);
});

test("a sequence remembers so many entities and events, and tells what it had to forget", () => {
  const detector = sequenceDetector(RULE, { entities: 2, points: 4 });
  const take = (...events: readonly Event[]) => detector.batch(batchOf(events), FACTS);
  assert.equal(take([0, "a", "h1"], [0, "a", "h2"], [0, "a", "h3"]).forgotten, 1);
  assert.equal(take([1, "b", "h1"], [2, "c", "h1"]).hits.length, 0);
  // More of one kind in a row are no loss.
  const flood = Array.from({ length: 50 }, (_, i): Event => [i, "a"]);
  const { forgotten, hits } = take(...flood, [50, "b"], [51, "c"]);
  assert.deepEqual([forgotten, hits.length], [1, 1]);
  const mixed = take([52, "a"], [53, "b"], [54, "a"], [55, "b"], [56, "a"], [57, "c"]);
  assert.deepEqual([mixed.forgotten, mixed.hits.length], [1, 1]);
  for (const { value } of detector.save()) assert.ok((value ?? "").length < 2_000);
});

test("what was received more than a day ago joins nothing", () => {
  const detector = sequenceDetector(RULE);
  detector.batch(batchOf([[0, "a"], [1, "b"]]), FACTS);
  const later: Facts = { ...FACTS, hubMs: FACTS.hubMs + 86_400_001 };
  assert.deepEqual(detector.batch(batchOf([[2, "c"]]), later).hits, []);
  detector.save();
  detector.tick({ ...later, hubMs: later.hubMs + 86_400_001 });
  assert.deepEqual(detector.save(), [{ key: "h", value: undefined }]);
});

/** What the words say, of events in the order of their times. */
function expected(events: readonly Event[]): readonly string[] {
  const found: string[] = [];
  let kept: Event[] = [];
  for (const event of events) {
    if (event[1] === "x") kept = [];
    else kept.push(event);
    const before = kept.filter(([seconds]) => seconds >= event[0] - 60);
    if (event[1] !== "c") continue;
    const b = before.findLastIndex(([, text]) => text === "b");
    const a = before.slice(0, Math.max(b, 0)).some(([, text]) => text === "a");
    if (!a) continue;
    found.push(String(event[0]));
    kept = [];
  }
  return found;
}

test("a sequence finds what the words say, run through or saved and loaded between any two", () => {
  const steps = fc.tuple(fc.nat(30), fc.constantFrom("a", "b", "c", "x", "q"));
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 40 }), fc.boolean(), (list, isSaved) => {
      let at = 0;
      const events = list.map(([wait, text]): Event => [at += wait + 1, text]);
      const cells = new Map<string, Cell>();
      let detector = sequenceDetector(RULE);
      const found = events.flatMap((event) => {
        const { hits } = detector.batch(batchOf([event]), FACTS);
        for (const cell of detector.save()) cells.set(cell.key, cell);
        if (isSaved) {
          detector = sequenceDetector(RULE);
          detector.load([...cells.values()]);
        }
        return hits.map(({ evidence }) =>
          String((Date.parse(evidence.at(-1)!.time!) - FACTS.hubMs) / 1_000)
        );
      });
      assert.deepEqual(found, expected(events));
    }),
    { numRuns: 300 },
  );
});
