/**
 * A short run of the fuzzer in each test run; `npm run fuzz` goes on for as long as one likes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { attack, Find } from "./attack.ts";
import type { Target } from "./target.ts";
import { allTargets } from "./targets.ts";

const SEED = Number(process.env["CUSTOS_PROPERTY_SEED"] ?? Date.now() % 2 ** 31);
/** Inputs for each target; those that open a disk or a box cost a hundred times as much. */
const INPUTS = 1_500;
const DISK_INPUTS = 250;
const DISKS = ["spool", "ledger", "bundle", "row-proof"];
/** A file of some kilobytes goes through a whole plugin. */
const SOURCE_INPUTS = 150;
const BOX_INPUTS = 100;
const BOXES = ["box", "sealed-value", "quarantine"];

for (const target of await allTargets()) {
  const most = mostOf(target);
  test(`${target.name} accepts or refuses with a code whatever comes (seed ${SEED})`, async () => {
    const { verdicts } = await attack(target, { seed: SEED, goOn: (n) => n < most });
    const refused = [...verdicts].filter(([verdict]) => verdict !== "accepted");
    // Else nothing hostile has come in, or nothing good.
    assert.ok(refused.length > 0, `${target.name} has refused nothing`);
  });
}

test("an error without a code is a find that names its input", async () => {
  const fragile: Target = {
    name: "fragile",
    corpus: [new Uint8Array(8)],
    take: (input) => {
      if (input[0] !== 0) throw new RangeError("index out of bounds");
      return "accepted";
    },
  };
  const run = attack(fragile, { seed: 1, goOn: (n) => n < 1000 });
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof Find);
    assert.match(
      error.message,
      /^fragile, seed 1, input \d+ \(\d+ bytes, [0-9a-f]*…\): RangeError/,
    );
    return true;
  });
});

function mostOf({ name }: Target): number {
  if (BOXES.includes(name)) return BOX_INPUTS;
  if (name.startsWith("source-")) return SOURCE_INPUTS;
  return DISKS.includes(name) ? DISK_INPUTS : INPUTS;
}
