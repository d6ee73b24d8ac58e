import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { faultyFiles } from "../testkit/faulty_files.ts";
import { groupCommit } from "./group_commit.ts";
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  findRecord,
  readRecord,
  scanRecords,
  SEGMENT_HEADER_BYTES,
} from "./segment.ts";
import { createSegment } from "./segment_writer.ts";

const header = { kind: "spool", first: 7, owner: new Uint8Array(8).fill(3) } as const;
const payload = fc.uint8Array({ minLength: 1, maxLength: 40 });
const payloads = fc.array(payload, { minLength: 1, maxLength: 12 });

function written(records: readonly Uint8Array[]) {
  const files = faultyFiles();
  const writer = createSegment(files, "/s", header);
  const offsets = records.map((bytes) => writer.append([[bytes]]));
  return { files, writer, offsets, file: () => files.open("/s", "read") };
}

async function scanned(
  file: ReturnType<ReturnType<typeof written>["file"]>,
  windowBytes?: number,
) {
  const found: Uint8Array[] = [];
  const options = { from: SEGMENT_HEADER_BYTES, ...(windowBytes && { windowBytes }) };
  const end = await scanRecords(file, options, (bytes) => void found.push(bytes.slice()));
  return { found, end };
}

test("scanRecords() gives back what was appended, through a window of any size", async () => {
  await fc.assert(
    fc.asyncProperty(payloads, fc.integer({ min: 1, max: 100 }), async (records, windowBytes) => {
      const { file, writer } = written(records);
      const { found, end } = await scanned(file(), windowBytes);
      assert.deepEqual(found, records);
      assert.deepEqual(end, { end: writer.bytes, bad: undefined });
    }),
    { numRuns: 100 },
  );
});

test("scanRecords() of a file that was cut gives the whole records and says where it was", async () => {
  await fc.assert(
    fc.asyncProperty(payloads, fc.nat(), async (records, n) => {
      const { file, offsets, writer } = written(records);
      const size = SEGMENT_HEADER_BYTES + n % (writer.bytes - SEGMENT_HEADER_BYTES);
      file().truncate(size);
      const whole = records.filter((bytes, i) => offsets[i]! + 8 + bytes.length <= size);
      const { found, end } = await scanned(file());
      assert.deepEqual(found, whole);
      assert.equal(end.bad?.offset, size === end.end ? undefined : end.end);
    }),
    { numRuns: 100 },
  );
});

test("scanRecords() stops at any one flipped bit, findRecord() finds what is behind it", async () => {
  await fc.assert(
    fc.asyncProperty(payloads, fc.nat(), async (records, n) => {
      const { files, file, offsets, writer } = written(
        records.map((bytes) => new Uint8Array([9, 9, 9, 9, ...bytes])),
      );
      const first = SEGMENT_HEADER_BYTES * 8;
      const bit = first + n % (writer.bytes * 8 - first);
      files.flip("/s", bit);
      const hit = offsets.findLastIndex((offset) => offset <= bit >> 3);
      const { found, end } = await scanned(file());
      assert.equal(found.length, hit);
      assert.equal(end.bad?.offset, offsets[hit]);
      const next = await findRecord(file(), offsets[hit]! + 1, (start) => start === 0x09090909);
      assert.equal(next, offsets[hit + 1]);
    }),
    { numRuns: 200 },
  );
});

test("scanRecords() names a tail of zeros, and a zero length before other bytes", async () => {
  const { file, writer } = written([new Uint8Array([1])]);
  file().write(new Uint8Array(100), writer.bytes);
  assert.equal((await scanned(file())).end.bad?.why, "zeros");
  file().write(new Uint8Array([1]), writer.bytes + 90);
  assert.equal((await scanned(file())).end.bad?.why, "length");
});

test("readRecord() gives one payload, or nothing where no record is", async () => {
  const { file, offsets } = written([new Uint8Array([1, 2]), new Uint8Array([3])]);
  assert.deepEqual(await readRecord(file(), offsets[1]!), new Uint8Array([3]));
  assert.equal(await readRecord(file(), offsets[1]! + 1), undefined);
});

test("decodeSegmentHeader() refuses a header with any one bit flipped or byte cut", () => {
  const bytes = encodeSegmentHeader(header);
  assert.deepEqual(decodeSegmentHeader(bytes, "spool"), header);
  assert.throws(() => decodeSegmentHeader(bytes, "ledger"), { code: "kind" });
  assert.throws(() => decodeSegmentHeader(bytes.subarray(0, 31), "spool"), { code: "length" });
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => decodeSegmentHeader(flipped, "spool"), { name: "SegmentError" });
  }
});

test("append() on a full disk leaves nothing behind and works once there is room", async () => {
  const { files, file, writer } = written([new Uint8Array(10)]);
  const before = writer.bytes;
  files.capacity = before + 5;
  assert.throws(() => writer.append([[new Uint8Array(20).fill(1)]]), { code: "full" });
  assert.equal(file().size(), before);
  files.capacity = 1000;
  writer.append([[new Uint8Array(20).fill(2)]]);
  assert.equal((await scanned(file())).found.length, 2);
});

test("append() goes on after a short write", async () => {
  const { files, file, writer } = written([]);
  files.plan = ({ n }) => (n % 2 === 0 ? "short" : undefined);
  writer.append([[new Uint8Array(33).fill(5)], [new Uint8Array(7)]]);
  files.plan = () => undefined;
  assert.equal((await scanned(file())).found.length, 2);
});

test("append() after another failure than a full disk is refused for good", () => {
  const { files, writer } = written([]);
  files.plan = ({ op }) => (op === "write" ? "fail" : undefined);
  assert.throws(() => writer.append([[new Uint8Array(1)]]), { code: "failed" });
  files.plan = () => undefined;
  assert.throws(() => writer.append([[new Uint8Array(1)]]), { code: "failed" });
});

test("sync() is never tried again after it failed", async () => {
  const { files, writer } = written([new Uint8Array(1)]);
  files.plan = ({ op }) => (op === "sync" ? "fail" : undefined);
  await assert.rejects(writer.sync());
  files.plan = () => undefined;
  await assert.rejects(writer.sync());
  assert.equal(writer.durable, 0);
});

test("groupCommit() shares one sync among all who came before it began", async () => {
  const syncs = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let n = 0;
  const commit = groupCommit(() => {
    begun[n]!.resolve();
    return syncs[n++]!.promise;
  });
  const done: number[] = [];
  const first = [commit().then(() => done.push(1)), commit().then(() => done.push(2))];
  await begun[0]!.promise;
  const late = [commit().then(() => done.push(3)), commit().then(() => done.push(4))];
  syncs[0]!.resolve();
  await Promise.all(first);
  await begun[1]!.promise;
  assert.deepEqual(done, [1, 2]);
  syncs[1]!.resolve();
  await Promise.all(late);
  assert.equal(n, 2);
});

test("groupCommit() fails every later commit once a sync failed", async () => {
  let syncs = 0;
  const commit = groupCommit(() => Promise.reject(new Error(`no ${++syncs}`)));
  await assert.rejects(commit(), /no 1/);
  await assert.rejects(commit(), /no 1/);
  assert.equal(syncs, 1);
});
