import assert from "node:assert/strict";
import { test } from "node:test";
import { openControl } from "../control.ts";
import { checkLedger } from "../ledger/segments.ts";
import {
  agentId,
  BY,
  DAY_MS,
  days,
  diskOf,
  fileOf,
  gone,
  holdOn,
  openRoom,
  runs,
  signal,
  START_MS,
} from "./room.ts";

test("frames go 90 days after they were received, with tombstone and receipt, and no day earlier", async () => {
  const disk = diskOf();
  await using room = await openRoom(disk);
  const frames = [1, 2, 3].map(() => room.frame({ table: "Syslog" }));
  await room.commit();
  await days(disk, room, 90);
  assert.deepEqual(await gone(room), []);
  await days(disk, room, 1);
  await runs(room);
  assert.deepEqual(await gone(room), frames);
  const { receipts } = room.retention.receipts({ limit: 10 });
  assert.equal(receipts.length, 1);
  const { tombstone, ended, state, frames: count, first, last } = receipts[0]!;
  assert.deepEqual([state, count, first, last], ["deleted", 3, 0, 2]);
  const [said] = await room.ledger.read(tombstone, { maxBytes: 1 });
  const [done] = await room.ledger.read(ended, { maxBytes: 1 });
  assert.match(new TextDecoder().decode(said!.payload), /^\{"note":"tombstone","what":"frames"/);
  assert.equal(
    new TextDecoder().decode(done!.payload),
    JSON.stringify({ note: "receipt", tombstone, bytes: receipts[0]!.bytes }),
  );
  assert.equal((await room.ledger.read(0, { maxBytes: 1 }))[0]?.deleted?.tombstone, tombstone);
  await checkLedger(disk.files, "/ledger");
});

test("an event's own time neither hastens nor delays its frame", async () => {
  const disk = diskOf();
  await using room = await openRoom(disk);
  room.frame({ table: "Syslog", from: Date.parse("1971-01-01") });
  room.frame({ table: "Syslog", from: Date.parse("2199-01-01") });
  await room.commit();
  await days(disk, room, 89);
  assert.deepEqual(await gone(room), []);
  await days(disk, room, 3);
  assert.deepEqual(await gone(room), [0, 1]);
});

test("each table is kept as long as the config says", async () => {
  const disk = diskOf();
  const section = {
    frames: 90,
    parquet: 180,
    tables: { Syslog: { frames: 10 }, Perf: { frames: 100, parquet: 400 } },
    witness_hours: 24,
  };
  await using room = await openRoom(disk, { section });
  for (const table of ["Syslog", "Perf", "Event"]) room.frame({ table });
  await room.commit();
  await days(disk, room, 12);
  assert.deepEqual(await gone(room), [0]);
  await days(disk, room, 80);
  assert.deepEqual(await gone(room), [0, 2]);
  await days(disk, room, 10);
  assert.deepEqual(await gone(room), [0, 1, 2]);
});

test("nothing goes before every witness has signed the tombstone, and that it waits is noted once", async () => {
  const disk = diskOf();
  let signed = 0;
  await using room = await openRoom(disk, { witnessed: () => signed });
  room.frame({ table: "Syslog" });
  await room.commit();
  await days(disk, room, 95);
  assert.deepEqual(await gone(room), []);
  const { waiting, problems } = room.retention.status();
  assert.equal(waiting.tombstones, 1);
  assert.match(problems[0]!, /Nothing is deleted: a witness has not signed/);
  let notes = 0;
  for (let at = 0; at < room.ledger.durable;) {
    const entries = await room.ledger.read(at);
    const text = entries.map(({ payload }) => new TextDecoder().decode(payload)).join("\n");
    notes += text.split('"note":"retention-stuck"').length - 1;
    at += entries.length;
  }
  assert.equal(notes, 1);
  signed = room.ledger.durable;
  await runs(room);
  assert.deepEqual(await gone(room), [0]);
});

test("what a follower has not read stays, however old it is", async () => {
  const disk = diskOf();
  let needed = 1;
  await using room = await openRoom(disk, { needed: () => needed });
  room.frame({ table: "Syslog" });
  room.frame({ table: "Syslog" });
  await room.commit();
  await days(disk, room, 100);
  assert.deepEqual(await gone(room), [0]);
  needed = 2;
  await days(disk, room, 2);
  assert.deepEqual(await gone(room), [0, 1]);
});

for (
  const words of [
    {},
    { table: "Syslog" },
    { from: START_MS - DAY_MS, to: START_MS + DAY_MS },
    { from: Date.parse("1999-01-01"), to: Date.parse("1999-12-31") },
    { agent: agentId(1) },
  ]
) {
  test(`a hold keeps its frames and their files, until it is released: ${JSON.stringify(words)}`, async () => {
    const disk = diskOf();
    disk.stored = [fileOf(1, { fromMs: Date.parse("1999-03-01"), toMs: Date.parse("1999-03-02") })];
    await using room = await openRoom(disk);
    await room.retention.addHold(holdOn(words));
    // Of a clock that is wrong: its own time counts as well as that of its receipt.
    const at = room.frame({ table: "Syslog", from: Date.parse("1999-03-01") });
    const other = room.frame({ table: "Perf", agent: 2, from: Date.parse("2005-01-01") });
    await room.commit();
    await days(disk, room, 200);
    assert.ok(!(await gone(room)).includes(at));
    assert.equal(disk.stored.length, 1);
    const isOther = words.table !== undefined || words.agent !== undefined ||
      words.to === Date.parse("1999-12-31");
    assert.equal((await gone(room)).includes(other), isOther);
    await room.retention.releaseHold({ name: "case", reason: "over", by: "ada" });
    await runs(room);
    assert.deepEqual(await gone(room), [at, other]);
    assert.deepEqual(disk.stored, []);
  });
}

test("a hold that comes after the tombstone withdraws it while the bytes are there", async () => {
  const disk = diskOf();
  disk.stored = [fileOf(1)];
  let signed = 0;
  await using room = await openRoom(disk, { witnessed: () => signed });
  room.frame({ table: "Syslog" });
  room.frame({ table: "Syslog", agent: 2 });
  await room.commit();
  await days(disk, room, 181);
  assert.equal(room.retention.status().waiting.tombstones, 2);
  await room.retention.addHold(holdOn({ agent: agentId(2) }));
  signed = Infinity;
  await runs(room);
  assert.deepEqual(await gone(room), [0]);
  assert.equal(disk.stored.length, 1);
  const states = room.retention.receipts({ limit: 10 }).receipts.map(({ state }) => state);
  assert.deepEqual(states.toSorted(), ["deleted", "withdrawn", "withdrawn"]);
});

test("a hold that comes while the new segment is written keeps the frames", async () => {
  const disk = diskOf();
  await using room = await openRoom(disk);
  room.frame({ table: "Syslog" });
  await room.commit();
  disk.clock.now += DAY_MS * 3;
  await room.retention.run(BY, signal);
  let adding: Promise<unknown> | undefined;
  disk.files.plan = ({ op, path }) => {
    // The last sync before the renaming.
    if (op === "sync" && path.endsWith(".draft")) {
      adding ??= room.retention.addHold(holdOn());
    }
    return undefined;
  };
  for (let day = 0; day < 95; day++) await days(disk, room, 1);
  assert.ok(adding !== undefined);
  await adding;
  assert.deepEqual(await gone(room), []);
  assert.equal(room.retention.holds().length, 1);
});

test("files go 180 days after their newest row was received, through the store's own removal", async () => {
  const disk = diskOf();
  disk.stored = [fileOf(1)];
  await using room = await openRoom(disk);
  disk.pinned.add("cold/1.parquet");
  await days(disk, room, 10);
  disk.stored.push(fileOf(2, { receivedMs: disk.clock.now }));
  await days(disk, room, 171);
  // It is out of the manifest, a query reads on, and nobody has said that it is gone.
  assert.deepEqual(disk.stored.map(({ id }) => id), [2]);
  assert.equal(room.retention.receipts({ limit: 10 }).receipts.length, 0);
  disk.pinned.clear();
  await days(disk, room, 1);
  assert.equal(room.retention.receipts({ limit: 10 }).receipts[0]?.path, "cold/1.parquet");
  await days(disk, room, 10);
  assert.deepEqual(disk.stored, []);
});

test("a file of an older hub counts from when retention saw it first, one from the future too", async () => {
  const disk = diskOf();
  disk.stored = [
    fileOf(1, { receivedMs: undefined, toMs: Date.parse("1971-01-01") }),
    fileOf(2, { receivedMs: START_MS + 5000 * DAY_MS }),
  ];
  await using room = await openRoom(disk);
  await room.retention.run(BY, signal);
  await days(disk, room, 179);
  assert.equal(disk.stored.length, 2);
  await days(disk, room, 3);
  assert.deepEqual(disk.stored, []);
});

test("a file whose rows a compaction has moved is not said to be deleted", async () => {
  const disk = diskOf();
  disk.stored = [fileOf(1)];
  let signed = 0;
  await using room = await openRoom(disk, { witnessed: () => signed });
  await days(disk, room, 181);
  disk.stored = [fileOf(2)];
  signed = Infinity;
  await room.retention.run(BY, signal);
  assert.equal(room.retention.receipts({ limit: 10 }).receipts.at(-1)?.state, "withdrawn");
  await runs(room);
  assert.deepEqual(disk.stored, []);
});

test("a clock that jumps deletes nothing until a person says that it is right", async () => {
  const disk = diskOf();
  disk.stored = [fileOf(1)];
  await using room = await openRoom(disk);
  room.frame({ table: "Syslog" });
  await room.commit();
  await days(disk, room, 2);
  disk.clock.now += 5000 * DAY_MS;
  await assert.rejects(room.retention.run(BY, signal), { code: "clock" });
  assert.match(
    room.retention.status().problems[0]!,
    /clock has moved on by 5000 days.*--accept-clock/,
  );
  await assert.rejects(room.retention.step(signal), { code: "clock" });
  // What comes meanwhile has the wrong time for ever, and is not kept for ever.
  const late = room.frame({ table: "Syslog" });
  await room.commit();
  disk.clock.now -= 5000 * DAY_MS;
  assert.deepEqual(room.retention.status().problems, []);
  await days(disk, room, 88);
  assert.deepEqual(await gone(room), []);
  await days(disk, room, 2);
  assert.ok((await gone(room)).includes(0));
  await days(disk, room, 3);
  assert.deepEqual(await gone(room), [0, late]);
  disk.clock.now -= DAY_MS * 30;
  await assert.rejects(room.retention.run(BY, signal), { code: "clock" });
});

test("after 60 days off the hub deletes once a person has accepted the clock", async () => {
  const disk = diskOf();
  await using room = await openRoom(disk);
  room.frame({ table: "Syslog" });
  await room.commit();
  await days(disk, room, 40);
  disk.clock.now += 60 * DAY_MS;
  await assert.rejects(room.retention.run(BY, signal), { code: "clock" });
  await room.retention.run({ ...BY, acceptClock: true }, signal);
  await runs(room);
  assert.deepEqual(await gone(room), [0]);
});

test("plan() says what would go and changes nothing", async () => {
  const disk = diskOf();
  disk.stored = [fileOf(1), fileOf(2, { table: "Perf" })];
  await using room = await openRoom(disk);
  room.frame({ table: "Syslog" });
  await room.retention.addHold(holdOn({ table: "Perf" }));
  room.frame({ table: "Perf" });
  await room.commit();
  disk.clock.now += 200 * DAY_MS;
  const { size } = room.ledger;
  const plan = await room.retention.plan(signal);
  assert.equal(room.ledger.size, size);
  assert.deepEqual(plan.tables.map(({ table, frames, files }) => [table, frames, files]), [
    ["Syslog", 1, 1],
  ]);
  assert.deepEqual([plan.heldFrames, plan.heldFiles], [1, 1]);
  assert.equal(disk.stored.length, 2);
});

test("holds are read again from the ledger where the control file has lost them", async () => {
  const disk = diskOf();
  {
    await using room = await openRoom(disk);
    room.frame({ table: "Syslog" });
    await room.retention.addHold(holdOn());
  }
  const lost = { ...disk, control: openControl(":memory:") };
  await using room = await openRoom(lost);
  assert.deepEqual(room.retention.holds().map(({ name }) => name), ["case"]);
  await days(lost, room, 100);
  assert.deepEqual(await gone(room), []);
});

test("a hub that has just started waits for the holds in its ledger, and calls that no trouble", async () => {
  const disk = diskOf();
  {
    await using room = await openRoom(disk);
    room.frame({ table: "Syslog" });
    await room.retention.addHold(holdOn());
  }
  const lost = { ...disk, control: openControl(":memory:") };
  await using room = await openRoom(lost, { isBehind: true });
  disk.clock.now += 100 * DAY_MS;
  await room.retention.step(signal);
  const { lastRun, problems } = room.retention.status();
  assert.deepEqual([lastRun, problems], [null, []]);
  await assert.rejects(room.retention.run({ by: "ada" }, signal), { code: "behind" });
  await room.follow();
  await room.retention.step(signal);
  assert.notEqual(room.retention.status().lastRun, null);
  assert.deepEqual(await gone(room), []);
});

test("a hold on a table that nobody has filled is refused, with those that there are", async () => {
  await using room = await openRoom(diskOf());
  await assert.rejects(room.retention.addHold(holdOn({ table: "Sylog" })), {
    code: "table",
    message: /"Sylog" has come, must be one of \*, Audit, Event, Perf, Syslog$/,
  });
  assert.deepEqual(room.retention.holds(), []);
});

test("a crash at any call on the way from due to receipt ends in a receipt", async () => {
  let isDone = false;
  for (let at = 0; !isDone; at++) {
    assert.ok(at < 400);
    const disk = diskOf();
    disk.stored = [fileOf(1)];
    const first = await openRoom(disk);
    first.frame({ table: "Syslog" });
    first.frame({ table: "Perf" });
    await first.commit();
    await days(disk, first, 180);
    const from = disk.files.calls;
    disk.files.plan = ({ n }) => n === from + at ? "crash" : undefined;
    try {
      await days(disk, first, 1);
      isDone = !disk.files.isCrashed;
    } catch (error) {
      assert.ok(disk.files.isCrashed, String(error));
    }
    disk.files.plan = () => undefined;
    disk.files.restart((n) => at % n);
    await using room = await openRoom(disk);
    await runs(room);
    assert.deepEqual(await gone(room), [0, 1]);
    assert.deepEqual(disk.stored, []);
    const { receipts } = room.retention.receipts({ limit: 10 });
    const deleted = receipts.filter(({ state }) => state === "deleted");
    assert.deepEqual(deleted.map(({ what, frames }) => `${what} ${frames}`).toSorted(), [
      "file 0",
      "frames 1",
      "frames 1",
    ]);
    assert.equal(room.retention.status().waiting.tombstones, 0);
  }
});
