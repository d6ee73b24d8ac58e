import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Files } from "../../../sdk/runtime/files.ts";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../../../sdk/scrub/address.ts";
import { columnBatches } from "../../../sdk/testkit/arbitraries.ts";
import { Crash, faultyFiles } from "../../../sdk/testkit/faulty_files.ts";
import { column } from "../../../sdk/table.ts";
import { openControl } from "../../control.ts";
import { viewLedger } from "../../ledger/ledger_view.ts";
import { HUB_KEY_HASH } from "../../ledger/entry.ts";
import { noteRecorder } from "../../notes.ts";
import { indexPath } from "../cold/file_index.ts";
import { openInputs } from "../cold/input_files.ts";
import { type LedgerRoom, openLedgerRoom, openRoomLedger } from "../ledger_room.ts";
import { openManifest, type StoredFile } from "../manifest.ts";
import { readStoreFileNote } from "../seal.ts";
import { batchOf } from "../test_room.ts";
import { numbersOf } from "../verify/verify_rows.ts";
import { verifyStore } from "../verify/verify_store.ts";
import { type RebuildOptions, type RebuildReport, rebuildStore } from "./rebuild_store.ts";
import { fetchWhole } from "../target/fetch_whole.ts";
import { openTestTarget } from "../target/test_target.ts";

const DAY = 86_400_000;
const AT = 1_785_000_000_000;
const columns = {
  TimeGenerated: column.time({ class: "public", optional: true }),
  Text: column.string({ class: "public", optional: true }),
  N: column.int({ class: "public" }),
};
const { signal } = new AbortController();
const DISK = nodeFiles();

type Place = Pick<LedgerRoom, "folder" | "manifest" | "ledger">;

function rebuild(
  { folder, manifest, ledger }: Place,
  options: Partial<RebuildOptions> = {},
): Promise<RebuildReport> {
  return rebuildStore({
    files: DISK,
    folder: join(folder, "store"),
    manifest,
    ledger,
    record: noteRecorder(ledger),
    categories: ADDRESS_CATEGORIES,
    isAll: false,
    isDeep: false,
    isDryRun: false,
    acceptsLoss: false,
    signal,
    ...options,
  });
}

async function faultsOf({ folder, manifest }: Place, files: Files = DISK) {
  const report = await verifyStore({
    files,
    folder: join(folder, "store"),
    snapshot: () => manifest.snapshot,
    ledger: () => viewLedger(files, join(folder, "ledger")),
    known: () => Promise.resolve([]),
    categories: ADDRESS_CATEGORIES,
    isDeep: true,
    signal,
  });
  return report.faults;
}

function filesOf({ manifest }: Place): readonly StoredFile[] {
  return [...manifest.snapshot.files.values()].flat();
}

/** Place of each row that the manifest's files have; with faultsOf() none, rows are equal. */
function placesOf(place: Place, files: Files = DISK): readonly string[] {
  return filesOf(place).flatMap(({ table, path }) => {
    using input = openInputs(files, [join(place.folder, "store", path)]);
    const rows = numbersOf(input, "_Row");
    return [...numbersOf(input, "_LedgerIndex")].map((index, i) => `${table} ${index} ${rows[i]}`);
  }).toSorted();
}

function rowsOf(from: number, count = 12) {
  return Array.from({ length: count }, (_, i) => ({
    ...(i % 6 !== 5 && { TimeGenerated: AT + (i % 3) * DAY + from }),
    Text: i < 4 ? "the same" : `row ${from + i}`,
    N: i < 4 ? 1 : from + i,
  }));
}

/** Three days and rows without a time in each frame; the last ones are hot. */
async function fill(room: LedgerRoom): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await room.take([batchOf("A", columns, rowsOf(i * 100)), batchOf("B", columns, rowsOf(i))]);
    if (i < 2) await room.compact();
  }
}

test("each file alone, and all at once, are made again with the rows that they had", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  const before = placesOf(room);
  const paths = filesOf(room).map(({ path }) => path);
  assert.ok(paths.some((path) => path.startsWith("hot/")) && paths.length > 6);
  const lost = [...paths.map((path) => [path]), "all"] as const;
  for (const chosen of lost) {
    const gone = chosen === "all" ? filesOf(room).map(({ path }) => path) : chosen;
    const had = filesOf(room).filter(({ path }) => gone.includes(path))
      .reduce((sum, { rows }) => sum + rows, 0);
    for (const path of gone) rmSync(join(room.folder, "store", path));
    const report = await rebuild(room);
    assert.deepEqual(
      report.rebuilt.flatMap(({ replaced }) => replaced.map((file) => file.path))
        .toSorted(),
      [...gone].toSorted(),
    );
    assert.equal(report.rebuilt.reduce((sum, { rows }) => sum + rows, 0), had);
    assert.deepEqual(await faultsOf(room), []);
    assert.deepEqual(placesOf(room), before);
  }
});

test("what is whole is left alone; a dry run says what would be done and changes nothing", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  const { snapshot } = room.manifest;
  const nothing = await rebuild(room);
  assert.deepEqual([nothing.rebuilt, nothing.indexes, nothing.whole], [
    [],
    [],
    filesOf(room).length,
  ]);
  const [file] = filesOf(room);
  const path = join(room.folder, "store", file!.path);
  writeFileSync(path, "damaged");
  const names = readdirSync(join(room.folder, "store", "cold"));
  const { size } = room.ledger;
  const [told] = (await rebuild(room, { isDryRun: true })).rebuilt;
  assert.deepEqual([told!.isDone, told!.rows, told!.replaced[0]!.path], [
    false,
    file!.rows,
    file!.path,
  ]);
  assert.equal(room.manifest.snapshot, snapshot);
  assert.equal(room.ledger.size, size);
  assert.deepEqual(readdirSync(join(room.folder, "store", "cold")), names);
});

test("the leaf of a new file says what it replaces", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  const [file] = filesOf(room);
  rmSync(join(room.folder, "store", file!.path));
  const from = room.ledger.durable;
  await rebuild(room);
  const notes = (await room.ledger.read(from)).map(({ payload }) => readStoreFileNote(payload));
  assert.ok(notes.length > 0);
  for (const note of notes) {
    assert.deepEqual(note!.replaces, [file!.path]);
    assert.ok(filesOf(room).some(({ path }) => path === note!.path));
  }
});

test("an index that is missing, damaged or another file's is made again, its file is not", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  const cold = filesOf(room).filter(({ tier }) => tier === "cold").slice(0, 4);
  const { snapshot } = room.manifest;
  const [a, b, c] = cold.slice(0, 3).map(({ path }) => indexPath(join(room.folder, "store", path)));
  const before = [a, b, c].map((path) => readFileSync(path!));
  rmSync(a!);
  writeFileSync(b!, "damaged");
  copyFileSync(indexPath(join(room.folder, "store", cold.at(-1)!.path)), c!);
  const report = await rebuild(room, { isDeep: true });
  assert.equal(report.indexes.length, 3);
  assert.equal(room.manifest.snapshot, snapshot);
  assert.deepEqual([a, b, c].map((path) => readFileSync(path!)), before);
});

test("--table and times choose the files", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  for (const { path } of filesOf(room)) rmSync(join(room.folder, "store", path));
  const tables = async (options: Partial<RebuildOptions>) => {
    const { rebuilt } = await rebuild(room, { isDryRun: true, ...options });
    return rebuilt.flatMap(({ replaced }) => replaced.map(({ path }) => path)).toSorted();
  };
  const names = (of: (file: StoredFile) => boolean) =>
    filesOf(room).filter(of).map(({ path }) => path).toSorted();
  assert.deepEqual(await tables({ table: "B" }), names(({ table }) => table === "B"));
  const to = AT + DAY / 2;
  assert.deepEqual(
    await tables({ to }),
    names(({ fromMs, timeless }) => fromMs < to || timeless > 0),
  );
});

test("rows that no file has, for the manifest has lost one, come back with --all", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  const before = placesOf(room);
  const [file] = filesOf(room);
  room.control.run("delete from store_files where id = ?", file!.id);
  const place = { ...room, ledger: room.ledger, manifest: openManifest(room.control) };
  assert.ok((await faultsOf(place)).some(({ code }) => code === "missing"));
  await rebuild(place, { isAll: true, table: "A" });
  // What it had lost is a stray until the next start.
  assert.ok((await faultsOf(place)).every(({ code }) => code === "stray"));
  assert.deepEqual(placesOf(place), before);
});

/** The bytes of a frame go, by a tombstone whose index is given. */
async function deleteFrame({ ledger }: LedgerRoom, index: number): Promise<number> {
  const note = { note: "tombstone", what: "frames", frames: [index] };
  const payload = new TextEncoder().encode(JSON.stringify(note));
  const tombstone = ledger.append("note", HUB_KEY_HASH, payload);
  ledger.closeSegment();
  await ledger.commit();
  await ledger.deleteFrames({ frames: new Map([[index, tombstone]]), mayDelete: () => true });
  return tombstone;
}

test("rows of a frame that was deleted are told, and given up only when that is accepted", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  const FRAME = 3;
  const tombstone = await deleteFrame(room, FRAME);
  assert.deepEqual(await faultsOf(room), []);
  const before = placesOf(room);
  const gone = filesOf(room).filter(({ table, seal }) => table === "A" && seal?.first === FRAME);
  assert.ok(gone.length > 1);
  for (const { path } of gone) rmSync(join(room.folder, "store", path));
  const { snapshot } = room.manifest;
  const [refused] = (await rebuild(room)).rebuilt;
  assert.deepEqual(
    [refused!.isDone, refused!.lostRows, refused!.tombstones, refused!.made],
    [false, 12, [tombstone], []],
  );
  assert.equal(room.manifest.snapshot, snapshot);
  const from = room.ledger.durable;
  const [done] = (await rebuild(room, { acceptsLoss: true })).rebuilt;
  assert.deepEqual([done!.isDone, done!.lostRows], [true, 12]);
  assert.deepEqual(placesOf(room), before.filter((place) => !place.startsWith(`A ${FRAME} `)));
  assert.deepEqual(await faultsOf(room), []);
  const notes = (await room.ledger.read(from)).map(({ payload }) => readStoreFileNote(payload));
  assert.deepEqual(
    new Set(notes.map((note) => note?.lostRows)),
    new Set(done!.made.length > 0 ? [12] : []),
  );
});

test("a file that is put together after a frame was deleted is the hub's word, and said to be", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  await deleteFrame(room, 3);
  await room.compact({ coldFiles: 2 });
  const faults = await faultsOf(room);
  assert.ok(faults.length > 0);
  for (const { code, index, isWarning } of faults) {
    assert.deepEqual([code, index, isWarning], ["sealed-late", 3, true]);
  }
});

test("nothing is rebuilt beside a file of which only a target knows the rows", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  const [lost, far] = filesOf(room).filter(({ table, tier }) => table === "A" && tier === "cold");
  for (const { path } of [lost!, far!]) rmSync(join(room.folder, "store", path));
  room.manifest.setPlace(far!.id, "s3://bucket");
  const told = (await faultsOf(room)).filter(({ file }) => file === far!.path);
  assert.deepEqual(told.map(({ code, isWarning }) => [code, isWarning]), [["elsewhere", true]]);
  const [refused] = (await rebuild(room)).rebuilt;
  assert.deepEqual([refused!.isDone, refused!.needed], [false, [far!.path]]);
});

test("rows of another time, of a file that retention has deleted, do not come back", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  const cold = filesOf(room).filter(({ table, seal }) => table === "A" && seal?.first === 3);
  const [old, lost] = cold.filter(({ timeless }) => timeless === 0);
  room.manifest.replace([old!.id], []);
  rmSync(join(room.folder, "store", lost!.path));
  const [done] = (await rebuild(room)).rebuilt;
  assert.deepEqual([done!.isDone, done!.rows], [true, lost!.rows]);
});

test("whatever frames held, and whichever files are lost, rows are as before", async () => {
  const batches = fc.tuple(columnBatches, fc.constantFrom("A", "B"))
    .map(([batch, table]) => ({ ...batch, table }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(batches, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
      fc.infiniteStream(fc.constantFrom("lost", "damaged", "whole")),
      async (flushes, fates) => {
        await using room = await openLedgerRoom();
        for (const [i, flush] of flushes.entries()) {
          await room.take(flush);
          if (i < flushes.length - 1) await room.compact();
        }
        const before = placesOf(room);
        for (const { path } of filesOf(room)) {
          const fate = fates.next().value;
          if (fate === "lost") rmSync(join(room.folder, "store", path));
          else if (fate === "damaged") writeFileSync(join(room.folder, "store", path), "PAR1");
        }
        await rebuild(room);
        assert.deepEqual(await faultsOf(room), []);
        assert.deepEqual(placesOf(room), before);
      },
    ),
    { numRuns: 20 },
  );
});

test("a crash at any file operation of a rebuild loses no row and doubles none", async () => {
  let crashes = 0;
  for (let at = 0;; at++) {
    const files = faultyFiles();
    const control = openControl(":memory:");
    const folder = "/hub";
    const room = await openLedgerRoom({ files, folder, control });
    for (let i = 0; i < 2; i++) {
      await room.take([batchOf("A", columns, rowsOf(i * 10, 6))]);
      await room.compact();
    }
    const before = placesOf(room, files);
    const [one, two] = filesOf(room);
    files.flip(join(folder, "store", one!.path), 90);
    files.remove(join(folder, "store", two!.path));
    await files.syncFolder(join(folder, "store", "cold"));
    const start = files.calls;
    files.plan = ({ n }) => n - start === at ? "crash" : undefined;
    let isCrashed = false;
    try {
      await rebuild(room, { files });
    } catch (error) {
      assert.ok(error instanceof Crash || files.isCrashed, String(error));
      isCrashed = true;
      crashes++;
    }
    files.plan = () => undefined;
    files.restart((n) => (at * 7) % n);
    await using ledger = await openRoomLedger(folder, files);
    const place = { folder, manifest: openManifest(control), ledger };
    await rebuild(place, { files });
    const faults = (await faultsOf(place, files)).filter(({ code }) => code !== "stray");
    assert.deepEqual(faults, [], `at ${at}`);
    assert.deepEqual(placesOf(place, files), before);
    if (!isCrashed) break;
  }
  assert.ok(crashes > 40, String(crashes));
});

test("a file that is damaged at its target is made again, one that is whole there is left", async () => {
  await using room = await openLedgerRoom();
  await fill(room);
  const before = placesOf(room);
  const target = openTestTarget();
  const cold = filesOf(room).filter(({ tier }) => tier === "cold");
  for (const { id, path } of cold) {
    target.held.set(path, readFileSync(join(room.folder, "store", path)));
    rmSync(join(room.folder, "store", path));
    room.manifest.setPlace(id, target.place);
  }
  assert.deepEqual((await rebuild(room)).rebuilt, []);
  const [lost, damaged] = cold;
  target.held.delete(lost!.path);
  target.held.get(damaged!.path)![9]! ^= 1;
  const folder = join(room.folder, "store");
  const report = await rebuild(room, {
    fetch: (file) => fetchWhole({ files: DISK, folder, target }, file, signal),
  });
  assert.deepEqual(
    report.rebuilt.flatMap(({ replaced }) => replaced.map(({ path }) => path)).toSorted(),
    [lost!.path, damaged!.path].toSorted(),
  );
  assert.deepEqual(placesOf(room), before);
  assert.deepEqual(await faultsOf(room), []);
});
