import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as fc from "fast-check";
import { openHistories } from "./ground.ts";
import { HISTORIES } from "./simulate.ts";

const histories = openHistories();
after(() => histories[Symbol.asyncDispose]());

test("who asks while a hub writes, compacts and is killed gets the ledger's beginning", async () => {
  const property = fc.asyncProperty(HISTORIES, (history) => histories.run(history));
  // To make a history smaller takes longer than a test may: `npm run fault:storage -- --small`.
  await fc.assert(property, { numRuns: 12, endOnFailure: true });
  const { answers, kills, compactions, killedCompactions } = histories.happened;
  assert.ok(Math.min(answers, kills, compactions, killedCompactions) > 4);
});
