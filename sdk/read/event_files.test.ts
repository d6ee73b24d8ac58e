import assert from "node:assert/strict";
import test from "node:test";
import { crc32 } from "node:zlib";
import type { Gap } from "../plugin.ts";
import { evtxFile, type TestRecord, text } from "../testkit/evtx_writer.ts";
import { memoryIo } from "../testkit/memory_io.ts";
import { EVENT_FILES_START, type EventFilesCursor, followEventFiles } from "./event_files.ts";
import type { BlockOptions, FileBlock, TailCursor } from "./io.ts";

interface Run {
  readonly taken: readonly string[];
  readonly gaps: readonly Gap[];
  readonly rejected: readonly string[];
  readonly cursors: readonly EventFilesCursor[];
}

const BLOCK: BlockOptions = { blockBytes: 65_536 + 4096 };

/** Reads `bytes` as the file `fileId`; with `stopAfter`, until so many cursors were given. */
async function read(
  bytes: Uint8Array,
  { fileId = "file", cursor = EVENT_FILES_START, stopAfter = Infinity } = {},
): Promise<Run> {
  const run = {
    taken: [] as string[],
    gaps: [] as Gap[],
    rejected: [] as string[],
    cursors: [] as EventFilesCursor[],
  };
  const memory = memoryIo(new Map([["/logs/Made.evtx", bytes]]));
  async function* blocks(globs: readonly string[], from: TailCursor): AsyncIterable<FileBlock> {
    for await (const block of memory.blocks(globs, from, BLOCK)) yield { ...block, fileId };
  }
  const say = (): void => {};
  const context = {
    io: { ...memory, blocks },
    gap: (gap: Gap) => void run.gaps.push(gap),
    reject: ({ why }: { readonly why: string }) => void run.rejected.push(why),
    log: { debug: say, info: say, warn: say, error: say },
  };
  const reader = {
    context,
    take: ({ data }: { readonly data: unknown }) => void run.taken.push(JSON.stringify(data)),
  };
  for await (const next of followEventFiles(reader, ["/logs/*"], cursor)) {
    run.cursors.push(next);
    if (run.cursors.length >= stopAfter) break;
  }
  return run;
}

const DAY = 864_000_000_000n;

function records(from: number, to: number, day = 0n): readonly TestRecord[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    number: BigInt(from + i),
    writtenAt: 134_117_856_000_000_000n + day * DAY,
    template: {
      name: "Event",
      content: [{ name: "System" }, {
        name: "EventData",
        content: [{ name: "Data", attributes: { Name: "n" }, content: [{ slot: 0 }] }],
      }],
    },
    values: [text(`${day}/${from + i}`)],
  }));
}

const taken = (from: number, to: number, day = 0): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `{"n":"${day}/${from + i}"}`);

test("events are taken once, wherever reading stopped", async () => {
  const file = evtxFile([records(1, 30), records(31, 60), records(61, 69), records(70, 70)]);
  const whole = await read(file);
  assert.deepEqual(whole.taken, taken(1, 70));
  assert.equal(whole.cursors.length, 3);
  for (let stopAfter = 1; stopAfter <= 2; stopAfter++) {
    const first = await read(file, { stopAfter });
    const rest = await read(file, { cursor: first.cursors.at(-1)! });
    assert.deepEqual([...first.taken, ...rest.taken], taken(1, 70));
  }
});

test("a file that has grown is read again, and gives what is new", async () => {
  const { cursors } = await read(evtxFile([records(1, 30)]));
  const { last } = cursors.at(-1)!;
  const grown = evtxFile([records(1, 30), records(31, 40, 1n)]);
  const again = await read(grown, { fileId: "file~1", cursor: { tail: {}, last } });
  assert.deepEqual(again.taken, taken(31, 40, 1));
  assert.deepEqual(again.gaps, []);
});

test("a log that has gone round tells how many records it lost", async () => {
  const { cursors } = await read(evtxFile([records(1, 30)]));
  const { last } = cursors.at(-1)!;
  const round = evtxFile([records(51, 60, 1n), records(36, 50, 1n)]);
  const again = await read(round, { fileId: "file~1", cursor: { tail: {}, last } });
  assert.deepEqual(again.taken, [...taken(51, 60, 1), ...taken(36, 50, 1)]);
  assert.deepEqual(again.gaps, [{
    reason: "rotated-away",
    count: 5,
    from: "31",
    to: "35",
    detail: "Made.evtx (file~1)",
  }]);
});

test("a log that was cleared begins at 1 again, and is read", async () => {
  const { cursors } = await read(evtxFile([records(1, 30)]));
  const { last } = cursors.at(-1)!;
  const cleared = evtxFile([records(1, 3, 1n)]);
  const again = await read(cleared, { fileId: "file~1", cursor: { tail: {}, last } });
  assert.deepEqual(again.taken, taken(1, 3, 1));
  assert.deepEqual(again.gaps.map(({ reason }) => reason), ["log-cleared"]);
});

test("damage is a gap that names the file and the offset, but not its folder", async () => {
  const file = evtxFile([records(1, 3)]);
  const size = new DataView(file.buffer).getUint32(4096 + 516, true);
  file[4096 + 512 + size] = 0;
  const { taken: some, gaps } = await read(file);
  assert.equal(some.length, 2);
  assert.equal(gaps.length, 1);
  const at = 4096 + 512 + size;
  assert.equal(gaps[0]?.detail, `Made.evtx (file) at ${at}, ${size} bytes: No record begins there`);
});

test("what stands behind the last chunk in use is no damage, unless the log was left open", async () => {
  const file = evtxFile([records(1, 3), []]);
  const behind = new Uint8Array(file.length + 65_536).fill(9);
  behind.set(file);
  behind[42] = 1;
  const view = new DataView(behind.buffer);
  const seal = (): void => view.setUint32(124, crc32(behind.subarray(0, 120)), true);
  seal();
  assert.deepEqual((await read(behind)).gaps, []);
  behind[120] = 1;
  seal();
  assert.equal((await read(behind)).gaps.length, 1);
});

test("places without records are told a few at a time", async () => {
  const list = records(1, 60);
  const file = evtxFile([list]);
  const size = new DataView(file.buffer).getUint32(4096 + 516, true);
  let broken = 0;
  for (let at = 4096 + 512; at + size < file.length; at += 2 * size) {
    file[at + 24] = 0x30;
    broken++;
  }
  const { gaps } = await read(file);
  assert.ok(broken > 20);
  assert.equal(gaps.length, 9);
  assert.match(gaps.at(-1)?.detail ?? "", new RegExp(`: ${broken - 8} more places`));
});

test("what is neither EVTX nor XML is a gap, whatever its size", async () => {
  const { gaps, taken: none } = await read(new Uint8Array(300_000).fill(7));
  assert.deepEqual(none, []);
  assert.deepEqual(gaps.map(({ detail }) => detail), [
    "Made.evtx (file): neither EVTX nor XML",
  ]);
});

test("XML is cut into events wherever a block ends, and goes on behind the last whole one", async () => {
  const event = (n: number): string =>
    `<Event><System/><EventData><Data Name="n">${n} ${"x".repeat(1000)}</Data></EventData></Event>`;
  const xml = `<Events>${Array.from({ length: 200 }, (_, n) => event(n)).join("")}</Events>`;
  const whole = await read(Buffer.from(xml));
  assert.equal(whole.taken.length, 200);
  assert.deepEqual(whole.rejected, []);
  const first = await read(Buffer.from(xml), { stopAfter: 1 });
  const rest = await read(Buffer.from(xml), { cursor: first.cursors[0]! });
  assert.deepEqual([...first.taken, ...rest.taken], whole.taken);
});

test("an event that no block can hold is rejected, and the next one is read", async () => {
  const big = `<Event><System/><EventData><Data>${"x".repeat(200_000)}</Data></EventData></Event>`;
  const small = `<Event><System/><EventData><Data Name="n">1</Data></EventData></Event>`;
  const { taken: some, rejected } = await read(Buffer.from(`<Events>${big}${small}</Events>`));
  assert.deepEqual(some, ['{"n":"1"}']);
  assert.ok(rejected.includes("event over 1 MiB"));
});
