import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { Conservation } from "./status.ts";

test("counts of a hub that names no policies are read", () => {
  const counts = { stored: 1, inFlight: 0, shed: 0, quarantined: 0, filtered: 0, unknown: 0 };
  const told = { at: "2026-11-29T10:00:00Z", read: 1, holds: true, ...counts };
  assert.deepEqual(v.parse(Conservation, told).filteredBy, {});
});
