import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Crash, type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { ADDRESS_CATEGORIES } from "../../sdk/scrub/address.ts";
import { column } from "../../sdk/table.ts";
import { openControl } from "../control.ts";
import type { Item } from "../fanout/follower.ts";
import { encodeEntry } from "../ingest/entries.ts";
import { type Manifest, openManifest } from "./manifest.ts";
import { openStore, type Store } from "./store.ts";
import { sqlFiles } from "./sql_text.ts";
import { batchOf, itemOf, never, openRoom, selectAll } from "./test_room.ts";

const FOLDER = "/store";

function numbered(name: string, rows: number, at = 0) {
  const columns = {
    TimeGenerated: column.time({ class: "public" }),
    N: column.int({ class: "public" }),
  };
  const values = Array.from({ length: rows }, (_, i) => ({ TimeGenerated: 1000 + i, N: at + i }));
  return batchOf(name, columns, values);
}

/** Entry i is a frame of i + 1 rows, of one of two tables; each fifth entry is no frame. */
function items(count: number): readonly Item[] {
  return Array.from(
    { length: count },
    (_, i) => itemOf(i, i % 5 === 4 ? undefined : numbered(i % 2 === 0 ? "A" : "B", i + 1)),
  );
}

function rowsBefore(next: number): number {
  return Array.from({ length: next }, (_, i) => i % 5 === 4 ? 0 : i + 1).reduce((a, b) => a + b, 0);
}

function storedRows({ snapshot }: Manifest): number {
  return [...snapshot.files.values()].flat().reduce((sum, { rows }) => sum + rows, 0);
}

function open(files: FaultyFiles, manifest: Manifest): Promise<Store> {
  return openStore({
    manifest,
    folder: FOLDER,
    files,
    categories: ADDRESS_CATEGORIES,
    after: never,
    pause: () => Promise.resolve(),
    maxRows: 20,
  });
}

test("events are in the files of the manifest after a flush, each with its provenance", async () => {
  await using room = openRoom();
  await using store = await room.store();
  await store.take(items(10));
  assert.equal(room.manifest.snapshot.next, 0);
  await store.flush();
  assert.equal(room.manifest.snapshot.next, 10);
  const paths = room.manifest.snapshot.files.get("A")!.map(({ path }) => join(room.folder, path));
  const rows = await selectAll(
    room.engine,
    `select "_LedgerIndex", count(*), max("_Row"), max("_HubTime") from ${sqlFiles(paths)}
     group by 1 order by 1`,
    paths,
  );
  const hub = (index: number): string => String(17_900_000_000_000_000n + BigInt(index));
  assert.deepEqual(rows, [0, 2, 6, 8].map((i) => [String(i), String(i + 1), i, hub(i)]));
});

test("what the hub has measured of a clock is a row, and no agent can write one", async () => {
  await using room = openRoom();
  await using store = await room.store();
  const agent = "cd".repeat(16);
  const note = {
    note: "clock",
    agent,
    offsetMs: -2500,
    boundMs: 40,
    limitMs: 1000,
    at: 7000,
  } as const;
  const entry = { ...itemOf(0, undefined), kind: "note", payload: encodeEntry(note) } as const;
  await store.take([entry, itemOf(1, numbered("CustosAgentClock", 1))]);
  await store.flush();
  const listed = room.manifest.snapshot.files.get("CustosAgentClock")!;
  const paths = listed.map(({ path }) => join(room.folder, path));
  const names =
    `"_Agent", "ClockOffsetMs", "ClockBoundMs", "ClockLimitMs", "IsOff", "_LedgerIndex"`;
  const rows = await selectAll(room.engine, `select ${names} from ${sqlFiles(paths)}`, paths);
  assert.deepEqual(rows, [[agent, "-2500", "40", "1000", true, "0"]]);
  assert.equal(store.counts.refusedFrames, 1);
});

test("take() skips what is stored and refuses what comes too early", async () => {
  await using room = openRoom();
  await using store = await room.store();
  await store.take(items(3));
  await store.take(items(5));
  assert.equal(store.next, 5);
  await assert.rejects(store.take([itemOf(7, numbered("A", 1))]), { code: "order" });
  await store.flush();
  assert.equal(storedRows(room.manifest), rowsBefore(5));
});

test("take() flushes when memory is full, and the timer does after a while", async () => {
  await using room = openRoom();
  const timers: (() => void)[] = [];
  const after = (_ms: number, run: () => void) => {
    timers.push(run);
    return () => undefined;
  };
  await using store = await room.store({ maxRows: 20, after });
  await store.take(items(9));
  assert.ok(room.manifest.snapshot.next > 0);
  assert.ok(room.manifest.snapshot.next < 9);
  timers.at(-1)!();
  await store.flush();
  assert.equal(room.manifest.snapshot.next, 9);
});

test("a crash at any file operation loses no row and doubles none", async () => {
  let crashes = 0;
  for (let at = 0;; at++) {
    const files = faultyFiles();
    await using control = openControl(":memory:");
    let crashed = false;
    files.plan = ({ n }) => (n === at ? "crash" : undefined);
    try {
      const store = await open(files, openManifest(control));
      for (const item of items(12)) await store.take([item]);
      await store.flush();
    } catch (error) {
      assert.ok(error instanceof Crash);
      crashed = true;
      crashes++;
    }
    files.plan = () => undefined;
    files.restart((n) => (at * 7) % n);
    const manifest = openManifest(control);
    assert.equal(storedRows(manifest), rowsBefore(manifest.snapshot.next));
    const store = await open(files, manifest);
    await store.take(items(12).slice(store.next));
    await store.flush();
    assert.equal(storedRows(manifest), rowsBefore(12));
    const listed = [...manifest.snapshot.files.values()].flat();
    for (const { path, bytes } of listed) {
      assert.equal(files.bytesOf(join(FOLDER, path)).length, bytes, path);
    }
    assert.equal(files.list(join(FOLDER, "hot")).length, listed.length);
    if (!crashed) break;
  }
  assert.ok(crashes > 20);
});

test("a failed write keeps the rows in memory, says so, and the next flush stores them", async () => {
  for (const op of ["open", "write", "sync", "sync-folder"] as const) {
    const files = faultyFiles();
    await using control = openControl(":memory:");
    const manifest = openManifest(control);
    const store = await open(files, manifest);
    await store.take(items(3));
    files.plan = (call) => (call.op === op ? "full" : undefined);
    await assert.rejects(store.flush(), { code: "full" });
    assert.equal(manifest.snapshot.next, 0);
    assert.equal(store.counts.failedFlushes, 1);
    assert.ok(store.trouble instanceof Error);
    files.plan = () => undefined;
    await store.flush();
    assert.equal(store.trouble, undefined);
    assert.equal(storedRows(manifest), rowsBefore(3), op);
  }
});

test("take() refuses more while memory is full and nothing can be written", async () => {
  const files = faultyFiles();
  await using control = openControl(":memory:");
  const store = await open(files, openManifest(control));
  files.plan = () => "full";
  await assert.rejects(store.take(items(12)), { code: "full" });
  const { next } = store;
  assert.ok(rowsBefore(next - 1) < 20);
  files.plan = () => undefined;
  await store.take(items(12).slice(next));
  await store.flush();
  assert.equal(store.counts.rows, rowsBefore(12));
});

test("a frame that can never be decoded is counted and passed; another error stops", async () => {
  await using room = openRoom();
  await using store = await room.store();
  const broken = (permanent: boolean): Item => {
    const batch = () => {
      throw Object.assign(new Error("no body"), { permanent });
    };
    return { ...itemOf(1, undefined), frame: { agent: "", source: "", batch } } as unknown as Item;
  };
  await store.take([itemOf(0, numbered("A", 2))]);
  await assert.rejects(store.take([broken(false)]), /no body/);
  assert.equal(store.next, 1);
  await store.take([broken(true), itemOf(2, numbered("A", 3))]);
  await store.flush();
  assert.equal(store.counts.refusedFrames, 1);
  assert.equal(storedRows(room.manifest), 5);
});

test("a frame that cannot be laid out takes none of its neighbours with it", async () => {
  await using room = openRoom();
  await using store = await room.store();
  const good = numbered("A", 2);
  const bad = { ...good, columns: [{ form: "dict", name: "X" }] } as unknown as typeof good;
  const short = { ...good, rows: 3 };
  await store.take([good, bad, good, short, good].map((batch, i) => itemOf(i, batch)));
  await store.flush();
  assert.equal(store.counts.refusedFrames, 2);
  assert.equal(storedRows(room.manifest), 6);
});

test("a table whose name is a path stays inside the folder", async () => {
  await using room = openRoom();
  await using store = await room.store();
  const names = ["../../evil", "a/b", "", "Syslog", "syslog", "x".repeat(300)];
  await store.take(names.map((name, i) => itemOf(i, { ...numbered("A", 1), table: name })));
  await store.flush();
  const paths = [...room.manifest.snapshot.files.values()].flat().map(({ path }) => path);
  assert.equal(new Set(paths.map((path) => path.toLowerCase())).size, names.length);
  for (const path of paths) assert.match(path, /^hot\/[\w-]+\.parquet$/);
});

test("columns of a table grow, and one of another type gets a name of its own", async () => {
  await using room = openRoom();
  await using store = await room.store();
  const time = column.time({ class: "public" });
  const text = { TimeGenerated: time, V: column.string({ class: "public" }) };
  const number = { TimeGenerated: time, V: column.long({ class: "public" }) };
  await store.take([itemOf(0, batchOf("T", text, [{ TimeGenerated: 1, V: "x" }]))]);
  await store.flush();
  await store.take([itemOf(1, batchOf("T", number, [{ TimeGenerated: 2, V: 5 }]))]);
  await store.flush();
  const own = room.manifest.snapshot.columns.get("T")!.filter(({ name }) => !name.startsWith("_"));
  assert.deepEqual(own.map(({ name, type }) => [name, type]), [
    ["TimeGenerated", "datetime"],
    ["V", "string"],
    ["V_long", "long"],
  ]);
});
