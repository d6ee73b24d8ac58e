import assert from "node:assert/strict";
import { test } from "node:test";
import { openControl } from "../control.ts";
import { encodeEntry } from "../ingest/entries.ts";
import { openDetect } from "./detect.ts";
import { item } from "./fakes.ts";

const T0 = 1_750_000_000_000;
const HOUR = 3_600_000;
const AGENT = "aa".repeat(16);

/** One connection: boot by a letter from a to f, number of the start, hour. */
type Seen = readonly [boot: string, instance?: number, hour?: number, agent?: string];

/** Entries at which two agents with one identity were found; the hub restarts between all. */
async function found(seen: readonly Seen[]): Promise<readonly number[]> {
  await using control = openControl(":memory:");
  for (const [index, [boot, instance, hour = index, agent = AGENT]] of seen.entries()) {
    await using detect = openDetect({ control, rules: [] });
    const payload = encodeEntry({
      ...{ note: "session", agent, boot: boot.repeat(32), release: "0.2.0" },
      ...(instance !== undefined && { instance }),
    });
    await detect.take([{ ...item(index, T0 + hour * HOUR), kind: "note", payload }]);
  }
  await using detect = openDetect({ control, rules: [] });
  return detect.findings(0, 100).map(({ finding }) => {
    assert.equal(finding.rule, "agent-clone");
    assert.equal(finding.severity, "critical");
    assert.equal(finding.entity, `_Agent=${AGENT}`);
    return finding.entry;
  });
}

const CLONES: readonly (readonly [string, readonly Seen[], readonly number[]])[] = [
  ["two by turns", [["a", 5], ["b", 6], ["a", 5], ["b", 6]], [3]],
  ["two by turns, agents of 0.1.0", [["a"], ["b"], ["a"], ["b"]], [3]],
  ["both from one disk", [["a", 5], ["b", 5], ["a", 5]], [2]],
  ["three, each once", [["a", 5], ["b", 6], ["c", 6], ["a", 5], ["b", 6]], [4]],
  ["told again when it goes on", [
    ...[["a"], ["b"], ["a"], ["b"], ["a"], ["b"]] as const,
  ], [3, 5]],
];
for (const [what, seen, entries] of CLONES) {
  test(`agent-clone: ${what}`, async () => assert.deepEqual(await found(seen), entries));
}

const HONEST: readonly (readonly [string, readonly Seen[]])[] = [
  ["restarts and crashes", [["a", 1], ["b", 2], ["c", 3], ["d", 4]]],
  ["connections of one start", [["a", 1], ["a", 1], ["a", 1], ["a", 1]]],
  ["a restored disk that counts again", [["a", 5], ["b", 6], ["c", 2], ["d", 3]]],
  ["a lost disk", [["a", 5], ["b", 1]]],
  ["a snapshot with its memory, once", [["a", 5], ["b", 6], ["a", 5], ["c", 6], ["d", 7]]],
  ["the same snapshot twice", [["a", 5], ["b", 6], ["a", 5], ["c", 6], ["a", 5]]],
  ["renewals before a snapshot", [["a", 5], ["a", 5], ["b", 6], ["b", 6], ["a", 5]]],
  ["an upgrade from 0.1.0", [["a"], ["b", 1], ["c", 2]]],
  ["turns that are days apart", [["a", 5, 0], ["b", 6, 1], ["a", 5, 2], ["b", 6, 27]]],
  ["two agents", [
    ...[["a", 5, 0], ["b", 5, 0, "bb".repeat(16)], ["a", 5, 1], [
      "b",
      5,
      1,
      "bb".repeat(16),
    ]] as const,
  ]],
];
for (const [what, seen] of HONEST) {
  test(`no finding of: ${what}`, async () => assert.deepEqual(await found(seen), []));
}
