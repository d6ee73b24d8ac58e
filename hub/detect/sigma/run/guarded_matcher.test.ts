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

/** Compiles rules that match every row; `run` is called with the ids of those that run. */
function fake(run: (ids: readonly string[]) => void): Compile {
  return (rules) => ({
    refused: compileRules(rules).refused,
    batch(batch) {
      run(rules.map(({ rule }) => rule.id));
      return Array.from({ length: batch.rows }, (_, row) => rules.map((rule) => ({ rule, row })))
        .flat();
    },
  });
}

function matcher(options: Partial<GuardOptions>): GuardedMatcher {
  return new GuardedMatcher(RULES, { cpuMs: () => 0, onSlow: () => {}, ...options });
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

test("GuardedMatcher tells of the rule that takes most of a batch that took too long", () => {
  let cpuMs = 0;
  const compile = fake((ids) => {
    cpuMs += 10 * ids.length + (ids.includes("d") ? 5_000 : 0);
  });
  const slow: (readonly [string, string])[] = [];
  const guarded = matcher({
    compile,
    cpuMs: () => cpuMs,
    onSlow: (rule, why) => slow.push([rule, why]),
  });
  const { matches } = guarded.batch(BATCH, FACTS);
  assert.equal(matches.length, 10);
  assert.deepEqual(slow, [["d", "it took 5010 ms of CPU time for 2 events of WindowsEvent"]]);
  guarded.batch(BATCH, FACTS);
  assert.equal(slow.length, 1);
});

test("GuardedMatcher tells of no rule where all together are slow", () => {
  let cpuMs = 0;
  const slow: string[] = [];
  const guarded = matcher({
    compile: fake((ids) => cpuMs += 500 * ids.length),
    cpuMs: () => cpuMs,
    onSlow: (rule) => slow.push(rule),
  });
  guarded.batch(BATCH, FACTS);
  assert.deepEqual(slow, []);
});

test("GuardedMatcher gives another one of the same rules, without what was left out", () => {
  const guarded = matcher({ compile: fake(() => {}) });
  guarded.without(new Set(["a"]));
  assert.equal(guarded.batch(BATCH, FACTS).matches.length, 8);
  assert.equal(guarded.again().batch(BATCH, FACTS).matches.length, 10);
});
