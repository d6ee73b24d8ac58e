import assert from "node:assert/strict";
import test from "node:test";
import { memoryIo } from "../testkit/memory_io.ts";
import { followRecords, type RecordReader } from "./follow_records.ts";
import type { TailChunk, TailCursor } from "./io.ts";

/** Records of two lines; says what it was told. */
function pairs(told: string[], file: string): RecordReader {
  let pending = "";
  return {
    read: (text) => {
      const lines = (pending + text).split("\n").filter((line) => line !== "");
      pending = lines.length % 2 === 1 ? `${lines.pop()}\n` : "";
      for (let i = 0; i < lines.length; i += 2) told.push(`${file} ${lines[i]}${lines[i + 1]}`);
    },
    end: () => {
      if (pending !== "") told.push(`${file} gives up ${pending.trim()}`);
      pending = "";
    },
    cut: (text) => void told.push(`${file} cuts ${text.length}`),
    learn: (text) => void told.push(`${file} learns ${text.split("\n")[0]}`),
    get isWaiting() {
      return pending !== "";
    },
  };
}

const encoder = new TextEncoder();
const clock = { now: () => 0, sleep: () => Promise.resolve() };

test("followRecords() lets a reader learn the head of a file that is resumed", async () => {
  const told: string[] = [];
  const io = memoryIo(new Map([["/a", encoder.encode("1\n2\n3\n4\n")]]));
  const follow = { io, clock, globs: ["/a"], maxRecordBytes: 100 };
  const open = (file: string): RecordReader => pairs(told, file);
  const seen = await Array.fromAsync(followRecords({ ...follow, open }, { "/a": 4 }));
  assert.deepEqual(told, ["/a learns 1", "/a 34"]);
  assert.deepEqual(seen.at(-1), { "/a": 8 });
});

test("followRecords() hands over the head of a line over the limit", async () => {
  const told: string[] = [];
  const io = memoryIo(new Map([["/a", encoder.encode(`${"x".repeat(200)}\n1\n2\n`)]]));
  const open = (file: string): RecordReader => pairs(told, file);
  const follow = { io, clock, globs: ["/a"], maxRecordBytes: 100, open };
  await Array.fromAsync(followRecords(follow, {}));
  assert.deepEqual(told, ["/a cuts 100", "/a 12"]);
});

test("followRecords() gives up what waits although no file grows any more", async () => {
  const told: string[] = [];
  let now = 0;
  const stop = Promise.withResolvers<undefined>();
  async function* tail(): AsyncIterable<TailChunk> {
    yield { file: "/a", fileId: "a", offset: 0, bytes: encoder.encode("1\n"), cursor: { n: 1 } };
    await stop.promise;
  }
  const io = { ...memoryIo(new Map()), tail };
  const sleep = (ms: number): Promise<void> => {
    now += ms;
    return Promise.resolve();
  };
  const open = (file: string): RecordReader => pairs(told, file);
  const cursors: TailCursor[] = [];
  const follow = { io, clock: { now: () => now, sleep }, globs: ["/a"], maxRecordBytes: 99, open };
  for await (const cursor of followRecords({ ...follow, waitMs: 5000 }, {})) {
    cursors.push(cursor);
    assert.deepEqual(told, ["/a gives up 1"]);
    assert.ok(now >= 5000 && now < 10_000, `${now}`);
    stop.resolve(undefined);
  }
  assert.deepEqual(cursors, [{ n: 1 }, { n: 1 }]);
});
