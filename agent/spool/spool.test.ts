import assert from "node:assert/strict";
import test from "node:test";
import { type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { parseHeader } from "../../sdk/wire/frame.ts";
import { type NewPlace, reseal } from "./reseal.ts";
import { SpoolError } from "./spool_error.ts";
import {
  append,
  appendGap,
  cursorOf,
  group,
  held,
  KEY,
  keyOf,
  ONE,
  open,
  SCHEMA,
  TWO,
} from "./test_spool.ts";

const rising = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);

test("a clock that is set back keeps nobody waiting for room that is there", async () => {
  const files = faultyFiles();
  let now = 1e12;
  await using spool = await open(files, { now: () => now });
  const one = spool.stream(ONE);
  files.capacity = 0;
  now += 2000;
  assert.equal(one.room(), "full");
  files.capacity = Number.POSITIVE_INFINITY;
  now -= 3_600_000;
  assert.equal(one.room(), "ok");
});

test("append() makes a whole group readable once it is durable, not before", async () => {
  const files = faultyFiles();
  await using spool = await open(files);
  const one = spool.stream(ONE);
  const appended = append(one, ONE, [1, 2, 3]);
  assert.deepEqual(held(spool, ONE), []);
  const { epoch, seq } = one.chain();
  assert.equal(seq, 3);
  assert.equal(spool.frame({ stream: keyOf(ONE), epoch, seq: 0 }), undefined);
  await appended;
  assert.deepEqual(held(spool, ONE), [[1, 2, 3]]);
  assert.equal(cursorOf(one), 3);
});

test("append() of many sources shares one sync", async () => {
  const files = faultyFiles();
  await using spool = await open(files);
  const [one, two] = [spool.stream(ONE), spool.stream(TWO)];
  let syncs = 0;
  files.plan = ({ op }) => void (op === "sync" && syncs++);
  await Promise.all([append(one, ONE, [1]), append(two, TWO, [2]), append(one, ONE, [3])]);
  assert.equal(syncs, 1);
  assert.deepEqual([held(spool, ONE), held(spool, TWO)], [[[1, 3]], [[2]]]);
});

test("append() refuses frames that do not continue the chain", async () => {
  await using spool = await open(faultyFiles());
  const one = spool.stream(ONE);
  const chain = one.chain();
  for (const wrong of [{ seq: 1 }, { epoch: 99 }, { tail: new Uint8Array(32).fill(1) }]) {
    await assert.rejects(one.append(group(ONE, { ...chain, ...wrong }, [1])), { code: "chain" });
  }
  await assert.rejects(one.append(group(TWO, chain, [1])), { code: "chain" });
  await assert.rejects(one.append([]), { code: "chain" });
});

test("openSpool() goes on with epochs, chain, cursor and schemas of the last process", async () => {
  const files = faultyFiles();
  let chain;
  {
    await using spool = await open(files);
    const [one, two] = [spool.stream(ONE), spool.stream(TWO)];
    for (const n of rising(20)) await append(one, ONE, [n]);
    await append(two, TWO, [7, 8]);
    chain = one.chain();
  }
  await using spool = await open(files);
  assert.deepEqual(held(spool, ONE), [rising(20)]);
  assert.deepEqual(held(spool, TWO), [[7, 8]]);
  const one = spool.stream(ONE);
  assert.deepEqual(one.chain(), chain);
  assert.equal(cursorOf(one), 19);
  assert.equal(spool.streams()[0]!.name, "one");
  assert.equal(spool.report.damages.length, 0);
  // Known from the segments, not from the plugins of this process.
  assert.equal(spool.schemaJson(new Uint8Array(32).fill(9)), "[]");
});

test("a write that a crash has cut is no damage, a changed byte in what was written before is", async () => {
  for (const [cut, damages] of [[true, 0], [false, 1]] as const) {
    const files = faultyFiles();
    {
      await using spool = await open(files, { limits: { segmentBytes: 1 << 20 } });
      for (const n of rising(4)) await append(spool.stream(ONE), ONE, [n]);
    }
    const path = `/spool/${files.list("/spool").findLast((name) => name.endsWith(".seg"))}`;
    const bytes = files.bytesOf(path).length;
    // The tail: inside of the last record. Else: inside of one that good records follow.
    files.flip(path, (cut ? bytes - 5 : Math.floor(bytes / 2)) * 8);
    await using spool = await open(files, { limits: { segmentBytes: 1 << 20 } });
    assert.equal(spool.report.damages.length, damages);
  }
});

test("ack() removes segments once all their frames are acknowledged, and keeps the state", async () => {
  const files = faultyFiles();
  {
    await using spool = await open(files);
    const one = spool.stream(ONE);
    for (const n of rising(40)) await append(one, ONE, [n]);
    const { epoch } = one.chain();
    const before = spool.status().segments;
    assert.ok(before > 5);
    spool.ack({ stream: keyOf(ONE), epoch, seq: 29 });
    assert.ok(spool.status().segments < before);
    assert.deepEqual(held(spool, ONE), [rising(10, 30)]);
    spool.ack({ stream: keyOf(ONE), epoch, seq: 39 });
    assert.equal(spool.status().segments, 1);
    assert.equal(spool.status().unackedFrames, 0);
    assert.notEqual(spool.previousOf({ stream: keyOf(ONE), epoch, seq: 40 }), undefined);
  }
  await using spool = await open(files);
  const one = spool.stream(ONE);
  assert.equal(one.chain().seq, 40);
  assert.equal(cursorOf(one), 39);
  assert.equal(spool.report.droppedFrames, 0);
});

test("ack() of one stream frees its segments although another one's are waiting", async () => {
  const files = faultyFiles();
  {
    await using spool = await open(files);
    const [one, two] = [spool.stream(ONE), spool.stream(TWO)];
    await append(two, TWO, [1]);
    for (const n of rising(40)) await append(one, ONE, [n]);
    const before = spool.status().segments;
    spool.ack({ stream: keyOf(ONE), epoch: one.chain().epoch, seq: 38 });
    await append(two, TWO, [2]);
    assert.ok(spool.status().segments < before - 3);
  }
  await using spool = await open(files);
  assert.deepEqual([held(spool, ONE), held(spool, TWO)], [[[39]], [[1, 2]]]);
  assert.equal(spool.streams()[0]!.epochs.length, 1);
});

test("ack() keeps the newest acknowledged segments where it is asked to", async () => {
  await using spool = await open(faultyFiles(), { limits: { retainAckedBytes: 7000 } });
  const one = spool.stream(ONE);
  for (const n of rising(40)) await append(one, ONE, [n]);
  spool.ack({ stream: keyOf(ONE), epoch: one.chain().epoch, seq: 39 });
  assert.equal(spool.status().segments, 3);
});

test("a full disk refuses a group and leaves the chain; after room is made it goes on", async () => {
  const files = faultyFiles();
  await using spool = await open(files);
  const one = spool.stream(ONE);
  await append(one, ONE, [1]);
  const chain = one.chain();
  files.capacity = 0;
  await assert.rejects(append(one, ONE, [2, 3]), { code: "full", permanent: false });
  assert.deepEqual(one.chain(), chain);
  assert.equal(one.room(), "full");
  files.capacity = Number.POSITIVE_INFINITY;
  await append(one, ONE, [4]);
  assert.deepEqual(held(spool, ONE), [[1, 4]]);
});

test("a gap is written to the reserve when the disk is full, and survives", async () => {
  const files = faultyFiles();
  {
    await using spool = await open(files);
    const [one, two] = [spool.stream(ONE), spool.stream(TWO)];
    await append(one, ONE, [1]);
    files.capacity = 0;
    await appendGap(one, ONE, 2);
    await assert.rejects(append(two, TWO, [9]), { code: "full" });
    await appendGap(one, ONE, 3);
    files.capacity = Number.POSITIVE_INFINITY;
    await append(two, TWO, [4]);
  }
  await using spool = await open(files);
  assert.deepEqual([held(spool, ONE), held(spool, TWO)], [[[1, 2, 3]], [[4]]]);
  assert.equal(spool.report.damages.length, 0);
});

test("room() is out for bulk first and for audit last", async () => {
  await using spool = await open(faultyFiles(), { limits: { maxBytes: 10_000 } });
  const bulk = spool.stream({ ...ONE, priority: "bulk" });
  const normal = spool.stream({ ...ONE, id: new Uint8Array(8).fill(3), name: "three" });
  const audit = spool.stream(TWO);
  const seen: string[] = [];
  while (audit.room() === "ok") {
    await append(audit, TWO, [1]);
    const rooms = [bulk.room(), normal.room(), audit.room()].join();
    if (seen.at(-1) !== rooms) seen.push(rooms);
  }
  assert.deepEqual(seen, ["ok,ok,ok", "full,ok,ok", "full,full,ok", "full,full,full"]);
});

test("room() leaves the free-space floor to others", async () => {
  const files = faultyFiles();
  files.capacity = 5_000_000;
  let now = 0;
  await using spool = await open(files, { limits: { floorBytes: 3_000_000 }, now: () => now });
  const one = spool.stream(ONE);
  assert.equal(one.room(), "ok");
  files.capacity = 3_000_000;
  now += 1000;
  assert.equal(one.room(), "full");
});

test("roomAgain() resolves when an acknowledgement has made room, or on abort", async () => {
  await using spool = await open(faultyFiles(), { limits: { maxBytes: 8000 } });
  const one = spool.stream(ONE);
  let n = 0;
  while (one.room() === "ok") await append(one, ONE, [n++]);
  const stop = new AbortController();
  const again = one.roomAgain(stop.signal);
  spool.ack({ stream: keyOf(ONE), epoch: one.chain().epoch, seq: n - 1 });
  await again;
  while (one.room() === "ok") await append(one, ONE, [n++]);
  const aborted = one.roomAgain(stop.signal);
  stop.abort();
  await aborted;
});

test("after a failed sync the frames are lost and said so, and the stream has a new epoch", async () => {
  const files = faultyFiles();
  {
    await using spool = await open(files);
    const one = spool.stream(ONE);
    await append(one, ONE, [1]);
    const { epoch } = one.chain();
    files.plan = ({ op }) => (op === "sync" ? "fail" : undefined);
    await assert.rejects(append(one, ONE, [2]), { code: "lost", permanent: false });
    files.plan = () => undefined;
    assert.ok(one.chain().epoch > epoch);
    assert.equal(cursorOf(one), 1);
    await append(one, ONE, [3]);
    assert.deepEqual(held(spool, ONE), [[1], [3]]);
  }
  await using spool = await open(files);
  assert.deepEqual(held(spool, ONE), [[1], [3]]);
});

test("an epoch of which only memory knows is not for the hub", async () => {
  const files = faultyFiles();
  const spool = await open(files);
  const one = spool.stream(ONE);
  await append(one, ONE, [1]);
  files.plan = ({ op }) => (op === "sync" ? "fail" : undefined);
  await assert.rejects(append(one, ONE, [2]), { code: "lost" });
  // The hub would end the old epoch; the next start would not know which of its frames it has.
  assert.deepEqual(held(spool, ONE), [[1]]);
  files.crash();
  files.plan = () => undefined;
  files.restart(() => 0);
  const again = await open(files);
  again.stream(ONE);
  assert.deepEqual(held(again, ONE), [[1]]);
});

test("a reserve that could not be begun stands in nobody's way", async () => {
  const files = faultyFiles();
  await using spool = await open(files);
  const one = spool.stream(ONE);
  await append(one, ONE, [1]);
  let writes = 0;
  // The disk is full, and then it fails.
  const faults = ["full", "fail"] as const;
  files.plan = ({ op }) => (op === "write" ? faults[writes++] : undefined);
  await assert.rejects(appendGap(one, ONE, 3), { code: "lost" });
  files.plan = () => undefined;
  await append(one, ONE, [4]);
  assert.deepEqual(held(spool, ONE).flat(), [1, 4]);
});

test("frames that a failed sync has lost do not come back, even if they are still in the file", async () => {
  const files = faultyFiles();
  {
    await using spool = await open(files);
    const one = spool.stream(ONE);
    await append(one, ONE, [1]);
    files.plan = ({ op }) => (op === "sync" || op === "truncate" ? "fail" : undefined);
    await assert.rejects(append(one, ONE, [2]), { code: "lost" });
    files.plan = () => undefined;
    await append(one, ONE, [3]);
  }
  await using spool = await open(files);
  assert.deepEqual(held(spool, ONE), [[1], [3]]);
});

test("a group that was cut between two of its frames is dropped, and its stream has a new epoch", async () => {
  const files = faultyFiles();
  const epochs = [0, 0];
  {
    await using spool = await open(files);
    const [one, two] = [spool.stream(ONE), spool.stream(TWO)];
    await append(two, TWO, [9]);
    await append(one, ONE, [1]);
    const frames = group(ONE, one.chain(), [2, 3]);
    await one.append(frames);
    epochs[0] = one.chain().epoch;
    epochs[1] = two.chain().epoch;
    const path = `/spool/${files.list("/spool").findLast((name) => name.endsWith(".seg"))}`;
    files.open(path, "write").truncate(files.bytesOf(path).length - frames[1]!.length - 8);
  }
  await using spool = await open(files);
  const one = spool.stream(ONE);
  assert.deepEqual(held(spool, ONE), [[1], []]);
  assert.ok(one.chain().epoch > epochs[0]);
  assert.equal(cursorOf(one), 1);
  assert.equal(spool.stream(TWO).chain().epoch, epochs[1]);
});

test("an epoch without a frame that the hub may know stays when another one is opened", async () => {
  const files = faultyFiles();
  {
    await using spool = await open(files);
    await append(spool.stream(ONE), ONE, [1]);
  }
  const epochs: number[][] = [];
  for (let start = 0; start < 60; start++) {
    const path = `/spool/${files.list("/spool").findLast((name) => name.endsWith(".seg"))}`;
    const torn = files.open(path, "write");
    torn.write(new Uint8Array(9).fill(7), torn.size());
    torn.close();
    await using spool = await open(files);
    spool.stream(ONE);
    epochs.push(spool.streams()[0]!.epochs.map(({ epoch }) => epoch));
  }
  assert.deepEqual(epochs[2]!.slice(0, -1), epochs[1]);
  assert.deepEqual(epochs.at(-1)!.slice(0, 17), epochs[15]!.slice(0, 17));
  assert.ok(epochs.at(-1)!.length <= 34, `${epochs.at(-1)!.length} epochs are kept`);
});

test("a segment that a crash left empty goes with the next start, before all others", async () => {
  const files = faultyFiles();
  {
    await using spool = await open(files);
    await append(spool.stream(ONE), ONE, [1, 2]);
  }
  // What a power cut leaves of a segment that was just begun.
  const [first] = files.list("/spool").filter((name) => name.endsWith(".seg"));
  const header = files.bytesOf(`/spool/${first}`).slice(0, 32);
  const torn = files.open("/spool/000000000001.seg", "create");
  torn.write(header, 0);
  torn.close();
  {
    await using spool = await open(files, { limits: { retainAckedBytes: 100 } });
    assert.ok(files.list("/spool").includes(first!), "what is needed is gone");
    assert.ok(!files.list("/spool").includes("000000000001.seg"), "it is still there");
    const one = spool.stream(ONE);
    const { epoch, seq } = one.chain();
    spool.ack({ stream: keyOf(ONE), epoch, seq: seq - 1 });
    assert.ok(!files.list("/spool").includes(first!), "what was acknowledged is still there");
  }
  await using spool = await open(files);
  assert.equal(cursorOf(spool.stream(ONE)), 2);
  assert.deepEqual(spool.report.droppedFrames, 0);
});

/** Appends from 0 on until there are so many segments; gives the number that began the last. */
async function untilSegments(files: FaultyFiles, count: number): Promise<number> {
  await using spool = await open(files);
  for (let n = 0;; n++) {
    await append(spool.stream(ONE), ONE, [n]);
    if (spool.status().segments === count) return n;
  }
}

test("ack() removes nothing while what tells of it is not durable", async () => {
  const first = await untilSegments(faultyFiles(), 4);
  const files = faultyFiles();
  const spool = await open(files);
  const one = spool.stream(ONE);
  for (const n of rising(first)) await append(one, ONE, [n]);
  const appended = append(one, ONE, [first]);
  assert.equal(spool.status().segments, 4);
  spool.ack({ stream: keyOf(ONE), epoch: one.chain().epoch, seq: first - 1 });
  files.crash();
  await Promise.allSettled([appended]);
  // All names reach the disk, of the bytes that were not synced none.
  files.restart((k) => (k === 3 ? 1 : k - 1));
  await using again = await open(files);
  assert.equal(cursorOf(again.stream(ONE)), first - 1);
});

test("renew() seals what the hub has not in a new epoch, in the same order", async () => {
  const files = faultyFiles();
  let epoch = 0;
  {
    await using spool = await open(files);
    const [one, two] = [spool.stream(ONE), spool.stream(TWO)];
    for (const n of rising(10)) await append(one, ONE, [n]);
    await append(two, TWO, [50]);
    epoch = one.chain().epoch;
    await spool.renew(
      keyOf(ONE),
      { above: epoch + 10, reason: "tail", held: { epoch, next: 4 } },
      (frame, chain) => reseal(frame, chain, KEY),
    );
    assert.ok(one.chain().epoch > epoch + 10);
    assert.equal(spool.streams()[0]!.reason, "tail");
    assert.deepEqual(held(spool, ONE), [rising(6, 4)]);
    await append(one, ONE, [10]);
  }
  await using spool = await open(files);
  assert.deepEqual([held(spool, ONE), held(spool, TWO)], [[rising(7, 4)], [[50]]]);
  assert.equal(cursorOf(spool.stream(ONE)), 10);
});

test("resume() gives acknowledged frames again, as far as they are kept, and keeps them", async () => {
  const files = faultyFiles();
  const limits = { retainAckedBytes: 7000 };
  await using spool = await open(files, { limits });
  const one = spool.stream(ONE);
  for (const n of rising(40)) await append(one, ONE, [n]);
  const at = { stream: keyOf(ONE), epoch: one.chain().epoch };
  spool.ack({ ...at, seq: 39 });
  const { first, kept = first } = spool.streams()[0]!.epochs[0]!;
  assert.ok(first === 40 && kept > 0 && kept < 40, `kept from ${kept}`);
  spool.resume({ ...at, seq: 30 });
  assert.deepEqual(held(spool, ONE), [rising(10, 30)]);
  assert.equal(spool.status().unackedFrames, 10);
  // Nothing that is needed again goes, however much is acknowledged after it.
  const two = spool.stream(TWO);
  for (const n of rising(60)) await append(two, TWO, [n]);
  spool.ack({ stream: keyOf(TWO), epoch: two.chain().epoch, seq: 59 });
  assert.deepEqual(held(spool, ONE), [rising(10, 30)]);
  spool.resume({ ...at, seq: 0 });
  assert.equal(spool.streams()[0]!.epochs[0]!.first, spool.streams()[0]!.epochs[0]!.kept);
  spool.ack({ ...at, seq: 39 });
  assert.equal(spool.status().unackedFrames, 0);
});

test("renew() after a loss begins with its gap and the stream's cursor, and takes what is kept", async () => {
  for (const retainAckedBytes of [0, 7000]) {
    const files = faultyFiles();
    let kept = 0;
    {
      await using spool = await open(files, { limits: { retainAckedBytes } });
      const one = spool.stream(ONE);
      for (const n of rising(40)) await append(one, ONE, [n]);
      const { epoch } = one.chain();
      spool.ack({ stream: keyOf(ONE), epoch, seq: 39 });
      kept = spool.streams()[0]!.epochs[0]!.kept ?? 40;
      const gap = (_: Uint8Array, place: NewPlace, cursor: Uint8Array | undefined) => {
        assert.deepEqual(cursor, Uint8Array.of(0, 39));
        const [frame] = group(ONE, { ...place }, Object.assign([39], { kind: "gap" as const }));
        return frame!;
      };
      await spool.renew(
        keyOf(ONE),
        { above: epoch, reason: "hub-lost", lost: { epoch, to: kept, gap } },
        (frame, chain) => reseal(frame, chain, KEY),
      );
      assert.deepEqual(held(spool, ONE), [[39, ...rising(40 - kept, kept)]]);
    }
    await using spool = await open(files);
    assert.deepEqual(held(spool, ONE), [[39, ...rising(40 - kept, kept)]]);
    assert.equal(cursorOf(spool.stream(ONE)), 39);
  }
});

test("renew() whose sync fails gives nothing up, and can be tried again", async () => {
  const files = faultyFiles();
  const again = (frame: Uint8Array, place: NewPlace) => reseal(frame, place, KEY);
  {
    await using spool = await open(files);
    const one = spool.stream(ONE);
    for (const n of rising(6)) await append(one, ONE, [n]);
    files.plan = ({ op }) => op === "sync" ? "fail" : undefined;
    await assert.rejects(spool.renew(keyOf(ONE), { above: 0, reason: "tail" }, again), {
      code: "lost",
    });
    files.plan = () => undefined;
    assert.deepEqual(held(spool, ONE).flat(), rising(6));
    assert.equal(cursorOf(one), 5);
    await append(one, ONE, [6]);
    await spool.renew(keyOf(ONE), { above: 0, reason: "tail" }, again);
    assert.deepEqual(held(spool, ONE), [rising(7)]);
  }
  files.restart(() => 1);
  await using spool = await open(files);
  assert.deepEqual(held(spool, ONE), [rising(7)]);
  assert.equal(cursorOf(spool.stream(ONE)), 6);
});

test("renew() that is cut short by a crash leaves the old frames", async () => {
  for (let at = 1; at < 40; at++) {
    const files = faultyFiles();
    let isDone = false;
    try {
      await using spool = await open(files);
      const one = spool.stream(ONE);
      for (const n of rising(6)) await append(one, ONE, [n]);
      const from = files.calls;
      files.plan = ({ n }) => (n === from + at ? "crash" : undefined);
      await spool.renew(
        keyOf(ONE),
        { above: 0, reason: "tail" },
        (frame, chain) => reseal(frame, chain, KEY),
      );
      isDone = true;
    } catch {
      // The machine is off.
    }
    files.plan = () => undefined;
    files.restart((n) => at % n);
    await using spool = await open(files);
    const numbers = held(spool, ONE).flat();
    assert.deepEqual(numbers, rising(6), `crash at call ${at}, done ${isDone}`);
  }
});

test("openSpool() refuses a folder that is in use, or another agent's", async () => {
  const files = faultyFiles();
  {
    await using spool = await open(files);
    await append(spool.stream(ONE), ONE, [1]);
    await assert.rejects(open(files), { code: "in-use" });
  }
  await assert.rejects(open(files, { agent: new Uint8Array(16) }), { code: "foreign" });
});

test("frame() says that a frame was damaged since the start, and a restart goes on", async () => {
  const files = faultyFiles();
  {
    await using spool = await open(files, { limits: { cacheBytes: 0 } });
    const one = spool.stream(ONE);
    await append(one, ONE, [1]);
    await append(one, ONE, [2]);
    const path = `/spool/${files.list("/spool").findLast((name) => name.endsWith(".seg"))}`;
    files.flip(path, (files.bytesOf(path).length - 5) * 8);
    const { epoch } = one.chain();
    assert.throws(
      () => spool.frame({ stream: keyOf(ONE), epoch, seq: 1 }),
      (error) => error instanceof SpoolError && error.code === "damaged",
    );
  }
  await using spool = await open(files);
  assert.deepEqual(held(spool, ONE), [[1], []]);
  assert.equal(cursorOf(spool.stream(ONE)), 1);
  assert.equal(files.list("/spool/quarantine").length, 1);
});

test("frame() gives the hash of the frame's schema", async () => {
  await using spool = await open(faultyFiles());
  const one = spool.stream(ONE);
  await append(one, ONE, [1]);
  const frame = spool.frame({ stream: keyOf(ONE), epoch: one.chain().epoch, seq: 0 })!;
  assert.deepEqual(frame.schema, SCHEMA);
  assert.equal(parseHeader(frame.bytes).seq, 0);
});
