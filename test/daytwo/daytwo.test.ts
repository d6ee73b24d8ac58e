/**
 * Day two cut down to some seconds: two agents, one of which loses its disk.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import * as v from "valibot";

const Report = v.object({
  ok: v.boolean(),
  results: v.array(v.object({ step: v.string(), ok: v.boolean(), told: v.string() })),
});

function daytwo(...words: readonly string[]) {
  const main = join(import.meta.dirname, "main.ts");
  return spawnSync(process.execPath, [main, ...words], { encoding: "utf8" });
}

test("daytwo accounts for each line when an agent has lost its disk", { timeout: 180_000 }, () => {
  const words = ["--agents", "2", "--steps", "disk,soak", "--soak", "0", "--output", "json"];
  const { status, stdout, stderr } = daytwo(...words);
  const { ok, results } = v.parse(Report, JSON.parse(stdout));
  assert.deepEqual([status, ok], [0, true], stderr);
  assert.deepEqual(results.map(({ step }) => step), ["start", "disk", "soak", "account"]);
  assert.match(results.at(-1)!.told, /\+ 0 lost; 0 doubled; KQL sees [1-9]/);
});

test("daytwo refuses a step that it does not have", () => {
  const { status, stderr } = daytwo("--steps", "disk,fly");
  assert.equal(status, 2);
  assert.match(stderr, /"fly", must be of upgrade, restore/);
});
