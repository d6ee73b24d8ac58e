import assert from "node:assert/strict";
import { test } from "node:test";
import { countFiltered, filteredText, inFlight, zeroCounts } from "./counters.ts";

test("what a policy leaves out is read and accounted for, by the policy's name", () => {
  const counts = zeroCounts();
  countFiltered(counts, "owned_channels");
  countFiltered(counts, "owned_channels", 2);
  countFiltered(counts, "other_providers");
  assert.deepEqual([counts.read, counts.filtered, inFlight(counts)], [4, 4, 0]);
  assert.equal(filteredText(counts), "owned_channels=3 other_providers=1");
});

test("names of policies are few and words: all others are counted together", () => {
  const counts = zeroCounts();
  for (const policy of ["ada@example.org", "__proto__", "constructor", "", "x".repeat(41)]) {
    countFiltered(counts, policy);
  }
  assert.deepEqual({ ...counts.filteredBy }, { other: 4, constructor: 1 });
  for (let n = 0; n < 100; n++) countFiltered(counts, `p${n}`);
  assert.ok(Object.keys(counts.filteredBy).length <= 17);
  assert.equal(counts.filtered, 105);
});
