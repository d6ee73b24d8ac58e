import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnBatch } from "../../../../sdk/columns/column.ts";
import { FACTS } from "../../fakes.ts";
import { compileRules } from "../match/matcher.ts";
import { readSigmaRules } from "../read/read_all.ts";
import { type Compile, GuardedMatcher, type GuardOptions } from "./guarded_matcher.ts";
import { runningRules } from "./running.ts";

const IDS = ["a", "b", "c", "d", "e"];
const RULES = runningRules({
  ...readSigmaRules(
    IDS.map((id) => ({
      file: `${id}.yml`,
      text: `title: ${id}
id: ${id}
logsource: { product: windows, service: system }
detection: { s: { EventID: 7 }, condition: s }
`,
    })),
    new Map(),
  ),
});
const NOTHING: ColumnBatch = { table: "WindowsEvent", rows: 0, columns: [] };
/** Each row is matched by every rule that runs. */
const BATCH: ColumnBatch = { ...NOTHING, rows: 2 };

/**
 * Compiles rules that match every row; `run` is called with the ids of those that run, `took` tells
 * how long each takes for a batch.
 */
function fake(
  run: (ids: readonly string[]) => void,
  took: (id: string) => number = () => 0,
): Compile {
  return (rules) => ({
    refused: compileRules(rules).refused,
    batch(batch, _, times) {
      run(rules.map(({ rule }) => rule.id));
      for (const rule of rules) times?.took(rule, took(rule.rule.id));
      return Array.from({ length: batch.rows }, (_, row) => rules.map((rule) => ({ rule, row })))
        .flat();
    },
  });
}

function matcher(options: Partial<GuardOptions>): GuardedMatcher {
  return new GuardedMatcher(RULES, {
    cpuMs: () => 0,
    nowMs: () => 0,
    onSlow: () => {},
    ...options,
  });
}

test("GuardedMatcher leaves out the rules that throw, and the others match in their order", () => {
  const compile = fake((ids) => {
    if (ids.includes("b") || ids.includes("d")) throw new TypeError("no such thing");
  });
  const guarded = matcher({ compile });
  const first = guarded.batch(BATCH, FACTS);
  const matched = ({ matches }: typeof first) =>
    matches.map(({ rule, row }) => `${rule.rule.id}${row}`);
  assert.deepEqual(matched(first), ["a0", "c0", "e0", "a1", "c1", "e1"]);
  assert.deepEqual([...first.thrown], [["b", "no such thing"], ["d", "no such thing"]]);
  const second = guarded.batch(BATCH, FACTS);
  assert.deepEqual(matched(second), matched(first));
  assert.equal(second.thrown.size, 0);
});

/** Rules that take so many ms for each batch, by a clock of their own. */
function timed(took: (id: string) => number) {
  let ms = 0;
  let compiled = 0;
  const fakes = fake((ids) => {
    for (const id of ids) ms += took(id);
  }, took);
  const slow: (readonly [string, string])[] = [];
  const guarded = matcher({
    compile(rules) {
      compiled++;
      return fakes(rules);
    },
    cpuMs: () => ms,
    nowMs: () => ms,
    onSlow: (rule, why) => slow.push([rule, why]),
  });
  return { guarded, slow, compiled: () => compiled };
}

test("GuardedMatcher tells of the rule that takes most of a second batch that takes too long", () => {
  const { guarded, slow, compiled } = timed((id) => id === "d" ? 5_000 : 10);
  assert.equal(guarded.batch(BATCH, FACTS).matches.length, 10);
  assert.equal(slow.length, 0);
  guarded.batch(BATCH, FACTS);
  assert.deepEqual(slow, [["d", "it took 5000 ms for 2 events of WindowsEvent"]]);
  // To look for it no rule was compiled and no event matched again.
  assert.equal(compiled(), 1);
});

test("GuardedMatcher tells of no rule where all together are slow, or none is", () => {
  for (const ms of [500, 100]) {
    const { guarded, slow } = timed(() => ms);
    for (let k = 0; k < 3; k++) guarded.batch(BATCH, FACTS);
    assert.deepEqual(slow, []);
  }
});

test("GuardedMatcher times no rules long after a batch that took too long", () => {
  let ms = 5_000;
  const { guarded, slow } = timed((id) => id === "d" ? ms : 0);
  guarded.batch(BATCH, FACTS);
  ms = 0;
  for (let k = 0; k < 1_000; k++) guarded.batch(NOTHING, FACTS);
  ms = 5_000;
  guarded.batch(BATCH, FACTS);
  assert.equal(slow.length, 0);
  guarded.batch(BATCH, FACTS);
  assert.deepEqual(slow.map(([rule]) => rule), ["d"]);
});

test("GuardedMatcher gives another one of the same rules, without what was left out", () => {
  const guarded = matcher({ compile: fake(() => {}) });
  guarded.without(new Set(["a"]));
  assert.equal(guarded.batch(BATCH, FACTS).matches.length, 8);
  assert.equal(guarded.again().batch(BATCH, FACTS).matches.length, 10);
});
