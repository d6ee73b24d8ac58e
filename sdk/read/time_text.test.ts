import assert from "node:assert/strict";
import test from "node:test";
import { isoTicks, localTime } from "./time_text.ts";

test("isoTicks() keeps 100 ns and honours the zone", () => {
  assert.equal(isoTicks("1970-01-01T00:00:01.0000001Z"), 10_000_001n);
  assert.equal(isoTicks("1970-01-01T02:00:00+02:00"), 0n);
  assert.equal(isoTicks("1970-01-01"), undefined);
});

for (const zone of ["UTC", "Europe/Vienna", undefined]) {
  test(`localTime() refuses a day that no month has, in ${zone ?? "the host's zone"}`, () => {
    assert.equal(localTime("2026-02-29 10:00:00", zone), undefined);
    assert.equal(localTime("2026-06-31 10:00:00", zone), undefined);
    assert.notEqual(localTime("2024-02-29 10:00:00", zone), undefined);
  });
}
