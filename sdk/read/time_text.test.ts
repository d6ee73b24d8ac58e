import assert from "node:assert/strict";
import test from "node:test";
import { isoTicks } from "./time_text.ts";

test("isoTicks() keeps 100 ns and honours the zone", () => {
  assert.equal(isoTicks("1970-01-01T00:00:01.0000001Z"), 10_000_001n);
  assert.equal(isoTicks("1970-01-01T02:00:00+02:00"), 0n);
  assert.equal(isoTicks("1970-01-01"), undefined);
});
