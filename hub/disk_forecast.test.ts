import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { logOf } from "../sdk/log.ts";
import { faultyFiles } from "../sdk/testkit/faulty_files.ts";
import { FREE_FLOOR_BYTES } from "./back_pressure.ts";
import { openControl } from "./control.ts";
import { diskProblems, forecast, isLow } from "./disk_forecast.ts";
import { openDiskWatch } from "./disk_watch.ts";
import type { Note } from "./notes.ts";

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;
const disk = (freeBytes: number, totalBytes: number | null = 1000 * GIB) => ({
  freeBytes,
  totalBytes,
});
/** Free at the end of days in a row. */
const days = (...free: readonly number[]) => free.map((freeBytes, day) => ({ day, freeBytes }));

test("forecast() does not know before three whole days are over", () => {
  for (const samples of [[], days(9), days(9, 8), days(9, 8, 7)]) {
    assert.equal(forecast(disk(500 * GIB), samples).daysLeft, null);
  }
  assert.equal(forecast(disk(500 * GIB), days(503, 502, 501, 500)).bytesPerDay, 1);
});

test("forecast() counts the days until agents are asked to wait", () => {
  const samples = days(...[54, 53, 52, 51].map((n) => n * GIB));
  const { bytesPerDay, daysLeft } = forecast(disk(10 * GIB + FREE_FLOOR_BYTES), samples);
  assert.deepEqual([bytesPerDay, daysLeft], [GIB, 10]);
});

test("one day that took much, or gave much back, does not move the forecast", () => {
  for (const jump of [-400, 400]) {
    const free = [900, 899, 898, 897 + jump, 896 + jump, 895 + jump].map((n) => n * GIB);
    assert.equal(forecast(disk(800 * GIB), days(...free)).bytesPerDay, GIB);
  }
});

test("days on which the hub was off share what was taken in them", () => {
  const samples = [0, 1, 11, 12].map((day) => ({ day, freeBytes: (100 - day) * GIB }));
  assert.equal(forecast(disk(80 * GIB), samples).bytesPerDay, GIB);
});

test("forecast() of a disk that does not fill up has no end", () => {
  assert.equal(forecast(disk(80 * GIB), days(1, 2, 3, 4)).daysLeft, null);
  assert.equal(forecast(disk(80 * GIB), days(4, 4, 4, 4)).daysLeft, null);
});

test("forecast() gives whole numbers of days from 0 on, whatever was free", () => {
  const free = fc.integer({ min: 0, max: 1e15 });
  fc.assert(fc.property(free, fc.array(free, { maxLength: 30 }), (now, list) => {
    const { daysLeft } = forecast(disk(now), days(...list));
    assert.ok(daysLeft === null || (Number.isInteger(daysLeft) && daysLeft >= 0));
  }));
});

test("isLow() is below 7 days or a tenth of the disk", () => {
  const at = (freeBytes: number, daysLeft: number | null) =>
    isLow({ freeBytes, totalBytes: 1000, bytesPerDay: 1, daysLeft });
  assert.deepEqual([at(100, 7), at(100, 6), at(99, 7), at(99, null), at(100, null)], [
    false,
    true,
    true,
    true,
    false,
  ]);
  assert.deepEqual(diskProblems(forecast(disk(500 * GIB), [])), []);
  const [problem] = diskProblems({
    freeBytes: 5 * GIB,
    totalBytes: null,
    bytesPerDay: GIB,
    daysLeft: 4,
  });
  assert.match(problem!, /5120 MiB free, full in about 4 days at 1024 MiB a day/);
});

test("the watch notes a low disk once, again after a week, and anew when it was well between", async () => {
  await using control = openControl(":memory:");
  const notes: Note[] = [];
  const state = { now: 20_000 * DAY_MS, free: 900 };
  const files = { ...faultyFiles(), freeBytes: () => state.free, totalBytes: () => 1000 };
  const watch = openDiskWatch({
    env: { now: () => state.now, after: () => () => undefined, files, log: logOf },
    folder: "/",
    control,
    recordNote: (note) => Promise.resolve(void notes.push(note)),
  });
  const counts: number[] = [];
  for (const [passed, free] of [[0, 900], [1, 50], [1, 50], [3, 50], [5, 50], [1, 500], [1, 50]]) {
    state.now += passed! * DAY_MS;
    state.free = free!;
    await watch.look();
    counts.push(notes.length);
  }
  assert.deepEqual(counts, [0, 1, 1, 1, 2, 2, 3]);
  assert.equal(watch.status().freeBytes, 50);
});
