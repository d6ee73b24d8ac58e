import fc from "fast-check";
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import * as v from "valibot";
import { column, definePlugin, table } from "../sdk/mod.ts";
import { decodeBody, parseHeader } from "../sdk/wire/frame.ts";
import { rowOf } from "../sdk/columns/cell.ts";
import { openScrubber } from "../sdk/scrub/scrubber.ts";
import { rowTreeOf } from "../sdk/proof/row_tree.ts";
import { Batcher } from "./batch.ts";
import { openCursorBox } from "./cursor_box.ts";
import { Pipeline } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline_options.ts";
import { NOTHING_WITNESSED } from "./seal.ts";
import { SpoolError } from "./spool/spool_error.ts";

const UNJUDGED = -7;
const scrubber = openScrubber({
  policy: { columns: {} },
  key: { epoch: 1, bytes: new Uint8Array(32) },
});
const STREAM = new Uint8Array(8).fill(1);
const plugin = definePlugin.stream({
  name: "test",
  version: "1.0.0",
  summary: "Test",
  config: v.object({}),
  needs: {},
  tables: {
    T: table({
      doc: "Test",
      time: "TimeGenerated",
      columns: {
        TimeGenerated: column.time({ class: "public" }),
        N: column.int({ class: "public" }),
        M: column.int({ class: "public", optional: true }),
      },
    }),
  },
  start: () => 0,
  stream: () => {
    throw new Error("Cannot run: the test drives the pipeline itself");
  },
});

/** A pipeline whose spool keeps what it is given, and is full while `isFull`. */
function openPipeline(
  { lossy, isCut = false, quarantine = () => false, rowSeed, rows = 1 }: {
    readonly lossy: boolean;
    readonly isCut?: boolean;
    /** Of a group. */
    readonly rows?: number;
    readonly rowSeed?: () => Uint8Array;
    readonly quarantine?: PipelineOptions["quarantine"];
  },
) {
  const spool = { isFull: false, hasNoRoom: false, frames: [] as Uint8Array[] };
  const change: { held?: Promise<void> | undefined; gapsFail?: boolean } = {};
  const timers: (() => void)[] = [];
  const clock = { ms: 0, waits: [] as number[] };
  const box = openCursorBox(new Uint8Array(32), (n) => new Uint8Array(n));
  const stop = new AbortController();
  const pipeline = new Pipeline({
    source: "test",
    stream: STREAM,
    plugin,
    priority: "normal",
    lossy,
    limits: { rows, bytes: 1024 * rows, ms: 200, level: 3 },
    stamp: { host: "h", now: () => clock.ms },
    scrubber: {
      policyHash: scrubber.policyHash,
      scrub(batch, schema) {
        if (change.gapsFail === true && schema.name === "Gap") throw new TypeError("Test");
        // The scrubber meets what it cannot judge.
        const n = batch.columns.find(({ name }) => name === "N");
        if (n?.form === "number" && n.values.includes(UNJUDGED)) throw new TypeError("Test");
        return scrubber.scrub(batch, schema);
      },
    },
    batcher: new Batcher(3),
    sealer: {
      agent: new Uint8Array(16),
      boot: new Uint8Array(16),
      keyId: new Uint8Array(8),
      policy: new Uint8Array(32),
      sign: () => new Uint8Array(64),
      held: () => change.held,
      now: () => 0,
      monotonic: () => 0n,
      witnessed: () => NOTHING_WITNESSED,
    },
    box,
    spool: {
      chain: () => ({ epoch: 1, seq: spool.frames.length, tail: new Uint8Array(32) }),
      cursor: () => isCut ? box.seal(7, STREAM) : undefined,
      isCut: () => isCut,
      append: (frames) => {
        if (spool.isFull) return Promise.reject(new SpoolError("full", "Cannot append"));
        spool.frames.push(...frames);
        return Promise.resolve();
      },
      room: () => spool.hasNoRoom ? "full" : "ok",
      roomAgain: () => Promise.resolve(),
    },
    signal: stop.signal,
    cursor: undefined,
    after: (ms, call) => {
      clock.waits.push(ms);
      timers.push(call);
      return () => {
        const at = timers.indexOf(call);
        if (at >= 0) timers.splice(at, 1);
      };
    },
    quarantine,
    ...(rowSeed && { rowSeed }),
  });
  const emit = (n: number): void => {
    pipeline.sink.emit["T"]!({ TimeGenerated: 0, N: n });
    pipeline.advance(n);
  };
  return {
    pipeline,
    spool,
    change,
    clock,
    stop,
    emit,
    runTimers: () => timers.splice(0).forEach((call) => call()),
  };
}

test("where row proofs are on, a frame's header has the root of the tree over its rows", () => {
  const seed = new Uint8Array(32).fill(3);
  const { emit, pipeline, spool } = openPipeline({ lossy: false, rowSeed: () => seed });
  emit(1);
  pipeline.flush();
  const [frame] = spool.frames;
  const header = parseHeader(frame!);
  const { batch, seed: carried, cursor } = decodeBody(frame!, header);
  assert.deepEqual(new Uint8Array(carried!), seed);
  assert.notEqual(cursor, undefined);
  assert.deepEqual(new Uint8Array(header.rowRoot), rowTreeOf(batch, seed).root);
});

test("where row proofs are off, there is neither root nor seed", () => {
  const { emit, pipeline, spool } = openPipeline({ lossy: false });
  emit(1);
  pipeline.flush();
  const header = parseHeader(spool.frames[0]!);
  assert.deepEqual(new Uint8Array(header.rowRoot), new Uint8Array(32));
  assert.equal(decodeBody(spool.frames[0]!, header).seed, undefined);
});

function rowsIn(frames: readonly Uint8Array[]) {
  return frames.flatMap((bytes) => {
    const { batch } = decodeBody(bytes, parseHeader(bytes));
    return Array.from({ length: batch.rows }, (_, row) => rowOf(batch, row));
  });
}

test("nothing is sealed behind a group that was not kept: its cursor would skip that group", async () => {
  const { pipeline, spool, emit, runTimers } = openPipeline({ lossy: false });
  emit(1);
  await pipeline.room();
  spool.isFull = true;
  emit(2);
  await Promise.resolve();
  spool.isFull = false;
  emit(3);
  runTimers();
  await assert.rejects(pipeline.room(), { code: "full" });
  await pipeline.settle();
  assert.deepEqual(rowsIn(spool.frames).map(({ N }) => N), [1]);
  assert.equal(pipeline.cursor(), 1);
  assert.equal(pipeline.counts.read, 1);
  // The source has begun again at its cursor.
  assert.equal(pipeline.lost().aborted, false);
  emit(2);
  await pipeline.room();
  assert.deepEqual(rowsIn(spool.frames).map(({ N }) => N), [1, 2]);
});

test("what comes alone is sealed when the plugin waits, what follows when it is time", () => {
  const { clock, emit, runTimers, spool } = openPipeline({ lossy: false, rows: 100 });
  const sizes = () => spool.frames.map((frame) => parseHeader(frame).rows);
  emit(1);
  emit(2);
  assert.deepEqual([clock.waits, sizes()], [[0], []]);
  runTimers();
  assert.deepEqual(sizes(), [2]);
  clock.ms = 50;
  emit(3);
  clock.ms = 100;
  emit(4);
  assert.deepEqual(clock.waits, [0, 150]);
  clock.ms = 190;
  emit(5);
  assert.deepEqual(clock.waits, [0, 150, 0]);
  runTimers();
  assert.deepEqual(sizes(), [2, 3]);
});

test("who runs the source hears at once of a group that was not kept", async () => {
  const { pipeline, spool, emit } = openPipeline({ lossy: false });
  spool.isFull = true;
  emit(1);
  const lost = pipeline.lost();
  await once(lost, "abort");
  assert.throws(() => lost.throwIfAborted(), { code: "full" });
});

test("a lossy source goes on after a group that was not kept, and a gap tells of it", async () => {
  const { pipeline, spool, emit, runTimers } = openPipeline({ lossy: true });
  spool.isFull = true;
  emit(1);
  await pipeline.room();
  spool.isFull = false;
  runTimers();
  await pipeline.settle();
  assert.deepEqual(
    rowsIn(spool.frames).map(({ Reason, Count }) => ({ Reason, Count })),
    [{ Reason: "ring-overflow", Count: 1 }],
  );
  assert.equal(pipeline.counts.shed, 1);
});

test("what was shed is told at the end, even if nothing comes after it", async () => {
  const { pipeline, spool, emit } = openPipeline({ lossy: true });
  spool.isFull = true;
  emit(1);
  await pipeline.room();
  spool.isFull = false;
  await pipeline.settle();
  assert.deepEqual(rowsIn(spool.frames).map(({ Count }) => Count), [1]);
});

for (const isKept of [true, false]) {
  const how = isKept ? "kept in quarantine" : "too much for the quarantine";
  test(`what cannot be scrubbed and is ${how} is counted, and a signed gap stands for it`, async () => {
    const { pipeline, spool, emit } = openPipeline({ lossy: false, quarantine: () => isKept });
    emit(1);
    emit(UNJUDGED);
    emit(2);
    await pipeline.settle();
    const rows = rowsIn(spool.frames);
    assert.deepEqual(rows.flatMap(({ N }) => N === undefined ? [] : [N]), [1, 2]);
    const [gap, ...more] = rows.filter(({ Reason }) => Reason !== undefined);
    assert.deepEqual(more, []);
    assert.equal(Number(gap?.["Count"]), 1);
    assert.match(
      String(gap?.["Detail"]),
      isKept ? /could not be scrubbed \(failed\)$/ : /is full \(failed\)$/,
    );
    const { read, sealed, quarantined, shed } = pipeline.counts;
    assert.deepEqual([read, sealed, quarantined, shed], [3, 2, isKept ? 1 : 0, isKept ? 0 : 1]);
  });
}

/** Gives the events after `from` to a pipeline; those of `bad` cannot be scrubbed. */
async function runFrom(from: number, { count, bad, rows }: {
  readonly count: number;
  readonly bad: ReadonlySet<number>;
  readonly rows: number;
}) {
  /** Each time something came into quarantine: what is in it, and how many frames there are. */
  const points: { readonly held: readonly number[]; readonly frames: number }[] = [];
  const held: number[] = [];
  const opened = openPipeline({
    lossy: false,
    rows,
    quarantine: (batch) => {
      held.push(...Array.from({ length: batch.rows }, (_, row) => Number(rowOf(batch, row)["M"])));
      points.push({ held: [...held], frames: opened.spool.frames.length });
      return true;
    },
  });
  const { pipeline, spool } = opened;
  for (let M = from + 1; M <= count; M++) {
    const N = bad.has(M) ? UNJUDGED : 1;
    pipeline.sink.emit["T"]!({ TimeGenerated: 0, N, M });
    pipeline.advance(M);
  }
  await pipeline.settle();
  return { pipeline, frames: spool.frames, held, points };
}

function sealedIn(frames: readonly Uint8Array[]): readonly number[] {
  return rowsIn(frames).flatMap(({ M }) => M === undefined ? [] : [Number(M)]);
}

const runs = fc.record({
  count: fc.integer({ min: 1, max: 60 }),
  bad: fc.array(fc.integer({ min: 1, max: 60 })).map((numbers) => new Set(numbers)),
  rows: fc.integer({ min: 1, max: 20 }),
});

test("exactly the events at fault are quarantined; all others are sealed once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (run) => {
      const { pipeline, frames, held } = await runFrom(0, run);
      const numbers = Array.from({ length: run.count }, (_, i) => i + 1);
      assert.deepEqual(held, numbers.filter((n) => run.bad.has(n)));
      assert.deepEqual(sealedIn(frames), numbers.filter((n) => !run.bad.has(n)));
      const { read, sealed, quarantined } = pipeline.counts;
      assert.deepEqual([read, quarantined], [run.count, held.length]);
      assert.equal(sealed, read - quarantined);
      assert.equal(pipeline.cursor(), run.count);
      // One cursor a group, in its last frame.
      const cursors = frames.map((frame) => decodeBody(frame, parseHeader(frame)).cursor);
      const texts = cursors.flatMap((cursor) => cursor === undefined ? [] : [String(cursor)]);
      assert.equal(new Set(texts).size, texts.length);
      assert.notEqual(cursors.at(-1), undefined);
      const told = rowsIn(frames).reduce((sum, { Count }) => sum + Number(Count ?? 0), 0);
      assert.equal(told, quarantined);
    }),
  );
});

test("a crash between quarantine and seal loses nothing and seals nothing twice", async () => {
  await fc.assert(
    fc.asyncProperty(runs, fc.nat(), async (run, nth) => {
      const first = await runFrom(0, run);
      if (first.points.length === 0) return;
      const { held, frames } = first.points[nth % first.points.length]!;
      const durable = first.frames.slice(0, frames);
      const cursors = durable.flatMap((frame) =>
        decodeBody(frame, parseHeader(frame)).cursor ?? []
      );
      const last = cursors.at(-1);
      const at = last === undefined ? 0 : Number(first.pipeline.options.box.open(last, STREAM));
      const second = await runFrom(at, run);
      const numbers = Array.from({ length: run.count }, (_, i) => i + 1);
      assert.deepEqual(
        [...sealedIn(durable), ...sealedIn(second.frames)],
        numbers.filter((n) => !run.bad.has(n)),
      );
      assert.deepEqual(
        [...new Set([...held, ...second.held])],
        numbers.filter((n) => run.bad.has(n)),
      );
      const told = rowsIn([...durable, ...second.frames])
        .reduce((sum, { Count }) => sum + Number(Count ?? 0), 0);
      assert.equal(told, numbers.filter((n) => run.bad.has(n)).length);
    }),
  );
});

test("where the gap cannot be scrubbed either, nothing is sealed", () => {
  const { spool, change, emit } = openPipeline({ lossy: false, quarantine: () => true });
  change.gapsFail = true;
  assert.throws(() => emit(UNJUDGED), /^Error: Cannot scrub a gap of test$/);
  assert.deepEqual(spool.frames, []);
});

test("rows that no cursor covers yet are not sealed because some of them went to quarantine", () => {
  const { pipeline, spool, runTimers } = openPipeline({
    lossy: false,
    rows: 256,
    quarantine: () => true,
  });
  const add = (count: number, N: number): void => {
    for (let i = 0; i < count; i++) pipeline.sink.emit["T"]!({ TimeGenerated: 0, N });
  };
  add(50, 1);
  add(50, UNJUDGED);
  pipeline.advance(100);
  add(49, 1);
  // The writer is full: 99 that were judged and a gap are as many rows as the cursor covers.
  add(107, UNJUDGED);
  runTimers();
  assert.deepEqual(spool.frames, []);
});

test("what is in quarantine is not shed as well, and its gap outlives a spool without room", async () => {
  const { pipeline, spool, runTimers } = openPipeline({
    lossy: true,
    rows: 256,
    quarantine: () => true,
  });
  for (let i = 0; i < 256; i++) {
    pipeline.sink.emit["T"]!({ TimeGenerated: 0, N: i < 6 ? UNJUDGED : 1 });
  }
  spool.hasNoRoom = true;
  pipeline.flush();
  spool.hasNoRoom = false;
  pipeline.flush();
  runTimers();
  await pipeline.settle();
  const { read, sealed, quarantined, shed } = pipeline.counts;
  assert.deepEqual([read, sealed, quarantined, shed], [256, 0, 6, 250]);
  assert.deepEqual(rowsIn(spool.frames).map(({ Count }) => Count), [6, 250]);
});

test("nothing is sealed while the key changes; all of it is once that is over", async () => {
  const { pipeline, spool, change, emit, runTimers } = openPipeline({ lossy: false });
  const { promise, resolve } = Promise.withResolvers<void>();
  emit(1);
  change.held = promise;
  emit(2);
  let hasRoom = false;
  const room = pipeline.room().then(() => hasRoom = true);
  const settled = pipeline.settle();
  runTimers();
  await new Promise<void>((next) => void setImmediate(next));
  assert.deepEqual([spool.frames.length, hasRoom], [1, false]);
  // Another change follows at once.
  const { promise: later, resolve: end } = Promise.withResolvers<void>();
  change.held = later;
  resolve();
  await new Promise<void>((next) => void setImmediate(next));
  assert.deepEqual([spool.frames.length, hasRoom], [1, false]);
  change.held = undefined;
  end();
  await Promise.all([room, settled]);
  assert.deepEqual(rowsIn(spool.frames).map(({ N }) => N), [1, 2]);
  assert.equal(pipeline.cursor(), 2);
});

for (const how of ["agreed", "waited for in vain", "ended"] as const) {
  test(`a source whose stream was cut begins when the hub was asked: ${how}`, async () => {
    const { pipeline, stop, runTimers } = openPipeline({ lossy: false, isCut: true });
    let hasRoom = false;
    const room = pipeline.room().then(() => hasRoom = true);
    await new Promise<void>((next) => void setImmediate(next));
    assert.deepEqual([hasRoom, pipeline.readState, pipeline.cursor()], [
      false,
      "waiting",
      undefined,
    ]);
    if (how === "agreed") pipeline.agreed();
    else if (how === "ended") stop.abort();
    else runTimers();
    await room;
    assert.deepEqual([pipeline.readState, pipeline.cursor()], ["running", 7]);
  });
}

test("a gap does not seal an old cursor while the hub is asked", async () => {
  const { pipeline, spool, runTimers } = openPipeline({ lossy: false, isCut: true });
  const room = pipeline.room();
  pipeline.gap({ reason: "other" });
  pipeline.agreed();
  runTimers();
  assert.deepEqual(spool.frames, []);
  await room;
  runTimers();
  await pipeline.settle();
  const cursors = spool.frames.map((frame) => decodeBody(frame, parseHeader(frame)).cursor);
  assert.equal(pipeline.options.box.open(cursors[0]!, STREAM), 7);
});

test("a source that cannot be asked again does not wait for the hub", async () => {
  const { pipeline } = openPipeline({ lossy: true, isCut: true });
  await pipeline.room();
  assert.equal(pipeline.readState, "waiting");
  assert.equal(pipeline.why, "");
});
