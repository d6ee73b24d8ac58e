import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf, hostRule, HOUR, START, usualHour, windowsOf } from "../detect/behaviour/fakes.ts";
import type { Closed } from "../detect/behaviour/windows.ts";
import { itemOf, openRoom } from "../store/test_room.ts";
import { type ReadOptions, readWindows } from "./read_windows.ts";

const HOURS = 60;
const hours = Array.from({ length: HOURS }, (_, i) => usualHour(i));
const rule = hostRule();

async function read(change: Partial<ReadOptions> = {}) {
  await using room = openRoom();
  await using store = await room.store();
  for (const [i, rows] of hours.entries()) await store.take([itemOf(i, batchOf(rows))]);
  await store.flush();
  return await readWindows({
    ...room,
    rule,
    fromMs: START,
    toMs: START + HOURS * HOUR,
    keep: new Set(),
    signal: new AbortController().signal,
    onProgress: () => {},
    ...change,
  });
}

function byKey(closed: readonly Closed[]): ReadonlyMap<string, readonly number[]> {
  const sorted = closed.toSorted((a, b) => a.startMs - b.startMs || (a.entity < b.entity ? -1 : 1));
  return new Map(sorted.map(({ entity, startMs, point }) => [`${startMs} ${entity}`, point]));
}

test("what is read from the store is what the detector has seen", { timeout: 60_000 }, async () => {
  const { windows, rows, oneOf } = await read();
  const live = windowsOf(rule, hours).closed;
  assert.equal(oneOf, 1);
  assert.equal(rows, hours.flat().length);
  assert.equal(windows.length, live.length);
  assert.deepEqual(byKey(windows), byKey(live));
});

test("of too many windows those of some entities are kept whole, those asked for among them", {
  timeout: 60_000,
}, async () => {
  const all = await read();
  const { windows, oneOf } = await read({ limit: 250, keep: new Set(["h1"]) });
  assert.ok(windows.length <= 250 && oneOf > 1);
  const kept = new Set(windows.map(({ entity }) => entity));
  assert.ok(kept.has("h1"));
  assert.equal(
    windows.length,
    all.windows.filter(({ entity }) => kept.has(entity)).length,
  );
});

test("reading stops when it is told to", { timeout: 60_000 }, async () => {
  const stop = new AbortController();
  await assert.rejects(
    read({ signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) }),
    /enough|cancelled/,
  );
});
