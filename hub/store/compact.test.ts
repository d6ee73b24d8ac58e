import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { column } from "../../sdk/table.ts";
import { indexPath } from "./cold/file_index.ts";
import { COMPACT_POLICY, compactOnce, type CompactOptions, planCompaction } from "./compact.ts";
import type { Engine } from "./engine.ts";
import { openManifest, type StoredFile } from "./manifest.ts";
import type { StoreFileNote } from "./seal.ts";
import { sqlFiles } from "./sql_text.ts";
import { batchOf, itemOf, openRoom, type Room, selectAll } from "./test_room.ts";

const DAY = 86_400_000;
const signal = new AbortController().signal;
const columns = {
  TimeGenerated: column.time({ class: "public", optional: true }),
  Text: column.string({ class: "content", optional: true }),
  N: column.long({ class: "public", optional: true }),
  J: column.dynamic({ class: "public", optional: true }),
};

function optionsOf(room: Room, more: Partial<CompactOptions> = {}): CompactOptions {
  const policy = { ...COMPACT_POLICY, hotFiles: 3, coldFiles: 2 };
  return { ...room, files: nodeFiles(), policy, ...more };
}

/** Six hot files over three days, with rows without a time, and one file without a time column. */
async function fill(room: Room): Promise<void> {
  const store = await room.store();
  for (let i = 0; i < 6; i++) {
    const rows = Array.from({ length: 20 }, (_, k) => ({
      TimeGenerated: i === 5 || k === 7 ? undefined : (k % 3) * DAY + 1000 - i,
      Text: k % 4 === 0 ? undefined : `text ${k % 5}`,
      N: i % 2 === 0 ? k : undefined,
      J: i === 3 ? { k, list: [1, "x"] } : undefined,
    }));
    await store.take([itemOf(i, batchOf("T", columns, rows))]);
    await store.flush();
  }
}

async function allRows(room: Room): Promise<readonly string[]> {
  const files = room.manifest.snapshot.files.get("T")!.map(({ path }) => join(room.folder, path));
  const names = [
    "TimeGenerated",
    "Text",
    "N",
    "J",
    "_Agent",
    "_Source",
    "_LedgerIndex",
    "_Row",
    "_HubTime",
  ];
  const sql = `select ${names.map((name) => `"${name}"`).join(", ")} from ${sqlFiles(files)}`;
  return (await selectAll(room.engine, sql, files)).map((row) => JSON.stringify(row)).toSorted();
}

test("compaction keeps the multiset of rows and leaves one file a day, in the order of arrival", async () => {
  await using room = openRoom();
  await fill(room);
  const before = await allRows(room);
  assert.equal(await compactOnce(optionsOf(room), signal), true);
  assert.deepEqual(await allRows(room), before);
  const files = room.manifest.snapshot.files.get("T")!;
  assert.equal(files.length, 4);
  const days = files.filter(({ timeless }) => timeless === 0)
    .map(({ fromMs }) => Math.floor(fromMs / DAY));
  assert.deepEqual(new Set(days), new Set([0, 1, 2]));
  assert.equal(files.reduce((sum, { timeless }) => sum + timeless, 0), 25);
  for (const { path } of files) {
    const absolute = join(room.folder, path);
    const sql = `select "_LedgerIndex", "_Row" from ${sqlFiles([absolute])}`;
    const rows = await selectAll(room.engine, sql, [absolute]);
    const keys = rows.map(([index, row]) => BigInt(String(index)) * 100n + BigInt(String(row)));
    assert.deepEqual(keys, keys.toSorted((a, b) => (a < b ? -1 : 1)));
  }
  assert.deepEqual(readdirSync(join(room.folder, "hot")), []);
  assert.equal(await compactOnce(optionsOf(room), signal), false);
});

test("cold files of one day are put together in their turn, and then it ends", async () => {
  await using room = openRoom();
  await fill(room);
  await compactOnce(optionsOf(room), signal);
  const second = await room.store();
  for (let i = 6; i < 9; i++) {
    await second.take([itemOf(i, batchOf("T", columns, [{ TimeGenerated: i, N: i }]))]);
    await second.flush();
  }
  const before = await allRows(room);
  let rounds = 0;
  while (await compactOnce(optionsOf(room), signal)) rounds++;
  assert.ok(rounds >= 2 && rounds < 10);
  assert.deepEqual(await allRows(room), before);
  const left = room.manifest.snapshot.files.get("T")!.map(({ path }) => path.slice(5));
  assert.deepEqual(
    readdirSync(join(room.folder, "cold")).toSorted(),
    left.flatMap((name) => [name, indexPath(name)]).toSorted(),
  );
});

test("files that a query has pinned stay until it is done", async () => {
  await using room = openRoom();
  await fill(room);
  {
    using pinned = room.manifest.pin();
    await compactOnce(optionsOf(room), signal);
    const files = pinned.files.get("T")!.map(({ path }) => join(room.folder, path));
    const rows = await selectAll(room.engine, `select count(*) from ${sqlFiles(files)}`, files);
    assert.deepEqual(rows, [["120"]]);
  }
  await compactOnce(optionsOf(room), signal);
  assert.deepEqual(readdirSync(join(room.folder, "hot")), []);
});

test("files are made small where few rows wait, and fast where many do", async () => {
  await using room = openRoom();
  await fill(room);
  const asked: (boolean | undefined)[] = [];
  const engine: Engine = {
    ...room.engine,
    select: (...args) => room.engine.select(...args),
    compact: (request) => {
      asked.push(request.isThorough);
      return Promise.reject(new Error("no"));
    },
  };
  const rows = room.manifest.snapshot.files.get("T")!.reduce((sum, file) => sum + file.rows, 0);
  for (const busyRows of [rows, rows + 1]) {
    const policy = { ...COMPACT_POLICY, hotFiles: 2, busyRows };
    await assert.rejects(compactOnce(optionsOf(room, { engine, policy }), signal), /no/);
  }
  assert.deepEqual(asked, [false, true]);
});

test("a compaction that fails or loses rows changes nothing", async () => {
  await using room = openRoom();
  await fill(room);
  const before = room.manifest.snapshot;
  const losing: Engine = {
    ...room.engine,
    select: (...args) => room.engine.select(...args),
    compact: async (request, of) => (await room.engine.compact(request, of)).slice(1),
  };
  await assert.rejects(compactOnce(optionsOf(room, { engine: losing }), signal), { code: "rows" });
  assert.equal(room.manifest.snapshot, before);
  const failing = { ...losing, compact: () => Promise.reject(new Error("no")) };
  await assert.rejects(compactOnce(optionsOf(room, { engine: failing }), signal), /no/);
  assert.equal(room.manifest.snapshot, before);
  // The next start takes away what the first attempt has left.
  assert.ok(readdirSync(join(room.folder, "cold")).length > 0);
  await room.store();
  assert.deepEqual(readdirSync(join(room.folder, "cold")), []);
  assert.equal((await allRows(room)).length, 120);
});

test("no two compactions write to the same file, were the hub killed in the first one", async () => {
  await using room = openRoom();
  await fill(room);
  const outputs: string[] = [];
  const dying: Engine = {
    ...room.engine,
    select: (...args) => room.engine.select(...args),
    compact: (request) => {
      outputs.push(...request.outputs);
      return Promise.reject(new Error("killed"));
    },
  };
  for (let life = 0; life < 2; life++) {
    const manifest = openManifest(room.control);
    await assert.rejects(
      compactOnce(optionsOf(room, { manifest, engine: dying }), signal),
      /killed/,
    );
  }
  assert.equal(new Set(outputs).size, outputs.length);
});

test("events of thousands of days do not become thousands of files", async () => {
  await using room = openRoom();
  const store = await room.store();
  for (let i = 0; i < 3; i++) {
    const rows = Array.from({ length: 1000 }, (_, k) => ({ TimeGenerated: k * DAY, N: k }));
    await store.take([itemOf(i, batchOf("T", columns, rows))]);
    await store.flush();
  }
  await compactOnce(optionsOf(room), signal);
  const files = room.manifest.snapshot.files.get("T")!;
  assert.equal(files.length, 16);
  assert.equal(files.reduce((sum, { rows }) => sum + rows, 0), 3000);
});

test("planCompaction() takes at most what its policy allows", () => {
  const files = Array.from({ length: 10 }, (_, id): StoredFile => ({
    id,
    table: "T",
    tier: "hot",
    path: `hot/${id}`,
    rows: 100,
    bytes: 1,
    fromMs: 0,
    toMs: 1,
    timeless: 0,
  }));
  const snapshot = { next: 0, columns: new Map(), files: new Map([["T", files]]) };
  const policy = { ...COMPACT_POLICY, hotFiles: 10 };
  assert.equal(planCompaction(snapshot, policy)?.length, 10);
  assert.equal(planCompaction(snapshot, { ...policy, maxRows: 450 })?.length, 4);
  assert.equal(planCompaction(snapshot, { ...policy, maxFiles: 5 })?.length, 5);
  assert.equal(planCompaction(snapshot, { ...policy, hotFiles: 11 }), undefined);
});

test("each cold file is on record before the manifest names it, with the hash of its bytes", async () => {
  await using room = openRoom();
  await fill(room);
  const notes: StoreFileNote[] = [];
  const before = room.manifest.snapshot;
  const record = (note: StoreFileNote) => {
    assert.equal(room.manifest.snapshot, before);
    notes.push(note);
    return Promise.resolve();
  };
  await compactOnce(optionsOf(room, { record }), signal);
  const files = room.manifest.snapshot.files.get("T")!;
  assert.equal(notes.length, files.length);
  for (const { path, rows, seal } of files) {
    const bytes = readFileSync(join(room.folder, path));
    const hash = createHash("sha256").update(bytes).digest("hex");
    const noted = notes.find((note) => note.path === path);
    assert.deepEqual(noted, { note: "store-file", table: "T", path, rows, ...seal });
    assert.deepEqual(seal, { hash, first: 0, last: noted.last });
    assert.ok(noted.last >= 4);
  }
  // As a start of the hub reads it.
  assert.deepEqual(openManifest(room.control).snapshot.files.get("T"), files);
});

test("a file that cannot be put on record is not named", async () => {
  await using room = openRoom();
  await fill(room);
  const before = room.manifest.snapshot;
  const record = () => Promise.reject(new Error("no ledger"));
  await assert.rejects(compactOnce(optionsOf(room, { record }), signal), /no ledger/);
  assert.equal(room.manifest.snapshot, before);
});
