import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import { column, definePlugin, table } from "../../sdk/mod.ts";
import type { Context, Tables } from "../../sdk/plugin.ts";
import type { Json } from "../../sdk/table.ts";
import { memoryIo } from "../../sdk/testkit/memory_io.ts";
import { runPlugin } from "./run_plugin.ts";

const about = {
  name: "test",
  version: "1.0.0",
  summary: "Test",
  config: v.object({}),
  needs: {},
  tables: {
    T: table({
      doc: "Test",
      time: "TimeGenerated",
      columns: { TimeGenerated: column.time({ class: "public" }) },
    }),
  },
} as const;

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** What `runPlugin` drives: keeps all cursors but `bad` when it comes first; then tells of it. */
function openDownstream(bad: number, again: () => void = () => {}) {
  const kept: Json[] = [];
  const states: string[] = [];
  let pending: Json[] = [];
  let lost = new AbortController();
  let isBad = true;
  return {
    kept,
    states,
    cursor: () => kept.at(-1),
    advance(cursor: Json) {
      if (cursor !== bad || !isBad) {
        pending.push(cursor);
        if (cursor === bad) again();
        return;
      }
      isBad = false;
      // The disk takes its time to say so; by then the plugin waits.
      setImmediate(() => lost.abort(new Error("no room")));
    },
    room: () => Promise.resolve(),
    lost: () => lost.signal,
    async settle() {
      await new Promise((resolve) => void setImmediate(resolve));
      kept.push(...pending);
      pending = [];
      lost = new AbortController();
    },
    state: (state: string) => void states.push(state),
  };
}

function contextOf(signal: AbortSignal): Context<unknown, Tables> {
  const nothing = (): void => {};
  return {
    config: {},
    emit: {},
    write: {},
    io: memoryIo(new Map()),
    signal,
    clock: { now: () => 0, sleep: () => untilAborted(signal) },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    reject: nothing,
    gap: nothing,
    filter: () => true,
  };
}

/** Two events, then nothing more: waits until it is ended. */
async function* twoFrom(from: number): AsyncIterable<number> {
  for (let n = from + 1; n <= 2; n++) yield n;
}

const follows = definePlugin.stream({
  ...about,
  start: () => 0,
  async *stream({ signal }, from: number) {
    yield* twoFrom(from);
    await untilAborted(signal);
  },
});
const ends = definePlugin.stream({
  ...about,
  start: () => 0,
  stream: (_, from: number) => twoFrom(from),
});
const polls = definePlugin.pull({
  ...about,
  start: () => 0,
  everyMs: () => 1_000,
  pull: (_, from: number) => twoFrom(from),
});

const PLUGINS = { "that waits for more": follows, "that ends": ends, "between two polls": polls };
for (const [how, plugin] of Object.entries(PLUGINS)) {
  test(`a source ${how} reads again what could not be kept`, async () => {
    const stop = new AbortController();
    const downstream = openDownstream(2, () => stop.abort());
    const lives: AbortSignal[] = [];
    const sleeps: number[] = [];
    await runPlugin({
      plugin,
      context: (life) => {
        lives.push(life);
        return contextOf(life);
      },
      downstream,
      signal: stop.signal,
      sleep: (ms) => Promise.resolve(void sleeps.push(ms)),
      random: () => 0.5,
    });
    assert.deepEqual(downstream.kept, [1, 2]);
    assert.deepEqual(sleeps, [1_000]);
    assert.equal(lives.length, 2);
    assert.deepEqual(downstream.states, ["running", "failed", "running", "ended"]);
  });
}

test("what a life of a plugin has left behind ends with it", async () => {
  const lives: AbortSignal[] = [];
  const plugin = definePlugin.stream({
    ...about,
    start: () => 0,
    // oxlint-disable-next-line require-yield -- it fails before it gives anything
    async *stream() {
      if (lives.length === 1) throw new Error("Test");
    },
  });
  await runPlugin({
    plugin,
    context: (life) => {
      assert.ok(lives.every(({ aborted }) => aborted));
      lives.push(life);
      return contextOf(life);
    },
    downstream: openDownstream(0),
    signal: new AbortController().signal,
    sleep: () => Promise.resolve(),
    random: () => 0.5,
  });
  assert.equal(lives.length, 2);
});

test("a pull plugin goes on from its last cursor, though nothing of it is durable yet", async () => {
  const stop = new AbortController();
  const seen: Json[] = [];
  const plugin = definePlugin.pull({
    ...about,
    everyMs: () => 1000,
    start: () => 0,
    async *pull(_context, cursor: number) {
      seen.push(cursor);
      if (seen.length === 3) stop.abort();
      yield await Promise.resolve(cursor + 1);
    },
  });
  await runPlugin({
    plugin,
    context: (signal) => ({
      ...contextOf(signal),
      clock: { now: () => 0, sleep: () => Promise.resolve() },
    }),
    downstream: openDownstream(-1),
    signal: stop.signal,
    sleep: () => Promise.resolve(),
    random: () => 0,
  });
  assert.deepEqual(seen, [0, 1, 2]);
});

/** Fails at each start; its `n`th life gets on if `getsOn` says so. */
async function failures(getsOn: (life: number) => boolean, mostFailures: number) {
  const told: { readonly failures: number; readonly isLast: boolean }[] = [];
  const sleeps: number[] = [];
  const stop = new AbortController();
  const downstream = openDownstream(-1);
  let life = 0;
  const plugin = definePlugin.stream({
    ...about,
    start: () => 0,
    async *stream(_context, cursor: number) {
      life++;
      if (life === 20) stop.abort();
      if (getsOn(life)) yield cursor + 1;
      throw new Error("Test");
    },
  });
  await runPlugin({
    plugin,
    context: contextOf,
    downstream,
    signal: stop.signal,
    sleep: (ms) => Promise.resolve(void sleeps.push(ms)),
    random: () => 0.5,
    mostFailures,
    failed: ({ failures: count, isLast }) => void told.push({ failures: count, isLast }),
  });
  return { told, sleeps, life, states: downstream.states };
}

test("a plugin that fails so often without getting on is not started again", async () => {
  const { told, sleeps, life, states } = await failures(() => false, 5);
  assert.equal(life, 5);
  assert.deepEqual(told, [1, 2, 3, 4, 5].map((n) => ({ failures: n, isLast: n === 5 })));
  // Later each time.
  assert.deepEqual(sleeps, [1_000, 2_000, 4_000, 8_000]);
  assert.equal(states.at(-1), "quarantined");
});

test("a plugin that gets on between its failures is started again and again", async () => {
  const { told, life } = await failures((n) => n % 4 === 0, 5);
  assert.equal(life, 20);
  assert.ok(told.every(({ failures: count, isLast }) => count <= 4 && !isLast));
});
