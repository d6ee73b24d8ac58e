import assert from "node:assert/strict";
import { test } from "node:test";
import { FREE_FLOOR_BYTES, limitsFor, MOST_BEHIND } from "./back_pressure.ts";

const room = { freeBytes: FREE_FLOOR_BYTES, behind: MOST_BEHIND };

test("limitsFor() lets agents send while there is room", () => {
  assert.ok(limitsFor(room).windowBytes > 0);
});

test("limitsFor() grants nothing when the disk is filling or a follower piles up", () => {
  assert.equal(limitsFor({ ...room, freeBytes: FREE_FLOOR_BYTES - 1 }).windowBytes, 0);
  assert.equal(limitsFor({ ...room, behind: MOST_BEHIND + 1 }).windowBytes, 0);
});
