import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import type { StoredFile } from "../manifest.ts";
import { never } from "../test_room.ts";
import { type ColdFiles, type CopyLimits, openColdFiles } from "./cold_files.ts";
import { type TargetCode, TargetError } from "./cold_target.ts";
import { sha256Hex } from "./sign_request.ts";
import { openTestTarget, type TestTarget } from "./test_target.ts";

const signal = new AbortController().signal;
const BYTES = 100;

interface Copies extends Disposable {
  readonly folder: string;
  readonly target: TestTarget;
  readonly files: readonly StoredFile[];
  readonly cold: ColdFiles;
  has(i: number): boolean;
  /** Lets the deadline pass. */
  expire(): void;
}

/** Ten files at the target, none of them here. */
function copies(limits: Partial<CopyLimits> = {}, place = "memory"): Copies {
  const folder = mkdtempSync(join(tmpdir(), "custos-copies-"));
  mkdirSync(join(folder, "cold"));
  const target = openTestTarget();
  const files = Array.from({ length: 10 }, (_, i): StoredFile => {
    const path = `cold/${i}-T.parquet`;
    const bytes = new Uint8Array(BYTES).fill(i);
    target.held.set(path, bytes);
    const seal = { hash: sha256Hex(bytes), first: i, last: i };
    const facts = { table: "T", tier: "cold", rows: 1, bytes: BYTES, timeless: 0 } as const;
    return { ...facts, id: i, path, fromMs: i, toMs: i, seal, place };
  });
  let late: (() => void) | undefined;
  const cold = openColdFiles({
    manifest: { snapshot: { next: 0, files: new Map([["T", files]]), columns: new Map() } },
    files: nodeFiles(),
    folder,
    target,
    limits: { cacheBytes: 500, queryBytes: 400, deadlineMs: 1, freeBytes: 0, ...limits },
    after: (_, run) => {
      late = run;
      return () => undefined;
    },
  });
  return {
    folder,
    target,
    files,
    cold,
    has: (i) => existsSync(join(folder, files[i]!.path)),
    expire: () => late?.(),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

function fails(work: Promise<unknown>, code: TargetCode, words = /./): Promise<void> {
  return assert.rejects(work, (error) => {
    assert.ok(error instanceof TargetError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    return true;
  });
}

/** Lets `target` wait until it is told to go on. */
function paused(target: TestTarget): { readonly reached: Promise<void>; readonly go: () => void } {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  target.step = async (step) => {
    if (!step.startsWith("before get")) return;
    reached.resolve();
    await gate.promise;
  };
  return { reached: reached.promise, go: () => gate.resolve() };
}

test("pin() fetches what is not here, and only that", async () => {
  using room = copies();
  const { cold, files, target } = room;
  using first = await cold.pin(files.slice(0, 3), signal);
  assert.deepEqual(first.paths, files.slice(0, 3).map(({ path }) => join(room.folder, path)));
  assert.ok(first.paths.every((path) => existsSync(path)));
  using _second = await cold.pin(files.slice(1, 4), signal);
  assert.equal(target.gets.length, 4);
  assert.equal(cold.counts.copyBytes, 4 * BYTES);
});

test("copies stay within their bound: the one used longest ago goes first", async () => {
  using room = copies();
  const { cold, files } = room;
  for (const i of [0, 1, 2, 3, 4, 0, 5]) (await cold.pin([files[i]!], signal))[Symbol.dispose]();
  assert.deepEqual(
    files.map((_, i) => room.has(i)),
    [true, false, true, true, true, true, false, false, false, false],
  );
  assert.equal(cold.counts.copyBytes, 500);
});

test("what is pinned stays, however much others fetch", async () => {
  using room = copies();
  const { cold, files } = room;
  using pinned = await cold.pin([files[0]!], signal);
  for (let i = 1; i < 10; i++) (await cold.pin([files[i]!], signal))[Symbol.dispose]();
  assert.ok(existsSync(pinned.paths[0]!));
  pinned[Symbol.dispose]();
  pinned[Symbol.dispose]();
  (await cold.pin([files[1]!], signal))[Symbol.dispose]();
  assert.ok(!room.has(0));
});

test("a file that was pinned before it was moved stays", async () => {
  using room = copies({ cacheBytes: 50 });
  const { cold, files } = room;
  const local = { ...files[0]!, path: "cold/local-T.parquet", place: undefined };
  const path = join(room.folder, local.path);
  nodeFiles().open(path, "create").close();
  const pinned = await cold.pin([local], signal);
  cold.moved({ ...local, place: "memory" });
  assert.ok(existsSync(path));
  pinned[Symbol.dispose]();
  assert.ok(!existsSync(path));
});

test("two queries that need one file wait for one fetch", async () => {
  using room = copies();
  const { cold, files, target } = room;
  const { reached, go } = paused(target);
  const both = [cold.pin([files[0]!], signal), cold.pin([files[0]!], signal)];
  await reached;
  go();
  for (const pinned of await Promise.all(both)) pinned[Symbol.dispose]();
  assert.equal(target.gets.length, 1);
});

test("a query that is cancelled leaves the fetch to the other one", async () => {
  using room = copies();
  const { cold, files, target } = room;
  const { reached, go } = paused(target);
  const stop = new AbortController();
  const [gone, stays] = [cold.pin([files[0]!], stop.signal), cold.pin([files[0]!], signal)];
  await reached;
  stop.abort();
  await fails(gone, "aborted");
  go();
  (await stays)[Symbol.dispose]();
  assert.equal(target.gets.length, 1);
});

test("a fetch that nobody waits for is ended, and who comes then gets a new one", async () => {
  using room = copies();
  const { cold, files, target } = room;
  const { reached, go } = paused(target);
  const stop = new AbortController();
  const gone = cold.pin([files[0]!], stop.signal);
  await reached;
  stop.abort();
  await fails(gone, "aborted");
  const next = cold.pin([files[0]!], signal);
  go();
  (await next)[Symbol.dispose]();
  assert.equal(target.gets.length, 2);
  assert.equal(cold.counts.copyBytes, BYTES);
});

test("a query that needs more than the limit is told both, before anything is fetched", async () => {
  using room = copies();
  const { cold, files, target } = room;
  await fails(cold.pin(files.slice(0, 5), signal), "limit", /needs 500 bytes .*limit is 400 bytes/);
  assert.equal(target.gets.length, 0);
  (await cold.pin(files.slice(0, 4), signal))[Symbol.dispose]();
  // What is here already costs nothing.
  (await cold.pin(files.slice(0, 5), signal))[Symbol.dispose]();
});

test("a query waits for room that others hold, and is told when its time is over", async () => {
  using room = copies();
  const { cold, files } = room;
  const held = await cold.pin(files.slice(0, 4), signal);
  const waits = cold.pin(files.slice(4, 7), signal);
  held[Symbol.dispose]();
  using _there = await waits;
  using _more = await cold.pin(files.slice(7, 9), signal);
  const late = cold.pin([files[9]!], signal);
  room.expire();
  await fails(late, "deadline", /in 1 ms/);
});

test("a target that hangs is given up at the deadline, and nothing is left behind", async () => {
  using room = copies();
  const { cold, files, target } = room;
  const { reached, go } = paused(target);
  const late = cold.pin([files[0]!], signal);
  await reached;
  room.expire();
  await fails(late, "deadline");
  go();
  target.step = () => undefined;
  (await cold.pin([files[0]!], signal))[Symbol.dispose]();
  assert.equal(cold.counts.copyBytes, BYTES);
});

test("a file with other bytes than were sealed is refused, counted, and nowhere", async () => {
  using room = copies();
  const { cold, files, target } = room;
  target.held.get(files[0]!.path)![7] = 99;
  await fails(cold.pin([files[0]!], signal), "tampered");
  assert.equal(cold.counts.tampered, 1);
  assert.equal(cold.counts.copyBytes, 0);
  assert.ok(!room.has(0));
});

test("files of another target than the config names are refused by its name", async () => {
  using room = copies({}, "elsewhere");
  await fails(room.cold.pin([room.files[0]!], signal), "place", /at elsewhere, .*names memory/);
});

test("a disk without room is not filled with copies", async () => {
  using room = copies({ freeBytes: Number.MAX_SAFE_INTEGER });
  await fails(room.cold.pin([room.files[0]!], signal), "full", /too little room/);
});

test("copies of an earlier start are found", async () => {
  using room = copies();
  (await room.cold.pin(room.files.slice(0, 2), signal))[Symbol.dispose]();
  const cold = openColdFiles({
    manifest: { snapshot: { next: 0, files: new Map([["T", room.files]]), columns: new Map() } },
    files: nodeFiles(),
    folder: room.folder,
    target: room.target,
    limits: { cacheBytes: 150, queryBytes: 400, deadlineMs: 1, freeBytes: 0 },
    after: never,
  });
  assert.equal(cold.counts.copyBytes, 200);
  (await cold.pin([room.files[1]!], signal))[Symbol.dispose]();
  assert.equal(room.target.gets.length, 2);
  assert.equal(cold.counts.copyBytes, 100);
});
