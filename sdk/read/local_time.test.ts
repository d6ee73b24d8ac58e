import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { daysIn, LocalZone } from "./local_time.ts";

const HALF_HOUR = 1_800_000;
const ZONES = ["UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];

test("LocalZone gives the instants that Temporal gives, also where clocks change", () => {
  const changes = [Date.UTC(2026, 2, 29, 2), Date.UTC(2026, 9, 25, 2), Date.UTC(2026, 9, 4, 2)];
  const wall = fc.oneof(
    fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2040, 0) }),
    fc.tuple(fc.constantFrom(...changes), fc.integer({ min: -4, max: 4 })).map(([at, halves]) =>
      at + halves * HALF_HOUR
    ),
  );
  fc.assert(fc.property(fc.constantFrom(...ZONES), fc.array(wall), (zone, walls) => {
    const local = new LocalZone(zone);
    for (const ms of walls) {
      const clock = new Date(ms).toISOString().slice(0, -1);
      const expected = Temporal.PlainDateTime.from(clock).toZonedDateTime(zone);
      assert.equal(local.toInstant(ms), expected.epochMilliseconds);
    }
  }));
});

test("daysIn() gives the days that the calendar has", () => {
  for (const year of [1900, 2000, 2023, 2024, 2100]) {
    for (let month = 0; month < 12; month++) {
      assert.equal(daysIn(year, month), new Date(Date.UTC(year, month + 1, 0)).getUTCDate());
    }
  }
});
