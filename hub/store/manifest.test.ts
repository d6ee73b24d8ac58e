import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openControl } from "../control.ts";
import { lookAtManifest, type NewFile, openManifest } from "./manifest.ts";
import { openRoom } from "./test_room.ts";

function fileOf(path: string, table = "T"): NewFile {
  return { table, tier: "hot", path, rows: 3, bytes: 9, fromMs: 5, toMs: 8, timeless: 0 };
}

const NO_COLUMNS = new Map();

test("what was added is there after the file is opened again", async () => {
  await using control = openControl(":memory:");
  const manifest = openManifest(control);
  const columns = new Map(
    [["T", [{ name: "A", type: "int" }, { name: "B", type: "string" }]]] as const,
  );
  manifest.add({ next: 7, files: [fileOf("hot/1"), fileOf("hot/2", "U")], columns });
  manifest.add({
    next: 9,
    files: [{ ...fileOf("hot/3"), fromMs: Infinity, toMs: -Infinity }],
    columns,
  });
  assert.deepEqual(openManifest(control).snapshot, manifest.snapshot);
  assert.equal(manifest.snapshot.next, 9);
  assert.equal(manifest.snapshot.files.get("T")!.length, 2);
});

test("replace() changes all or nothing", async () => {
  await using control = openControl(":memory:");
  const manifest = openManifest(control);
  manifest.add({ next: 1, files: [fileOf("hot/1"), fileOf("hot/2")], columns: NO_COLUMNS });
  const before = manifest.snapshot;
  const [first] = before.files.get("T")!;
  assert.throws(() => manifest.replace([first!.id, 99], [fileOf("cold/1")]), { code: "missing" });
  // A path may be listed once only.
  assert.throws(() => manifest.replace([first!.id], [fileOf("hot/2")]));
  assert.equal(manifest.snapshot, before);
  assert.deepEqual(openManifest(control).snapshot, before);
  manifest.replace([first!.id], [fileOf("cold/1")]);
  assert.deepEqual(manifest.snapshot.files.get("T")!.map(({ path }) => path), ["hot/2", "cold/1"]);
  assert.deepEqual(openManifest(control).snapshot, manifest.snapshot);
});

test("a replaced file is released once no pinned snapshot names it", async () => {
  await using control = openControl(":memory:");
  const manifest = openManifest(control);
  manifest.add({ next: 1, files: [fileOf("a"), fileOf("b")], columns: NO_COLUMNS });
  const [a, b] = manifest.snapshot.files.get("T")!;
  const old = manifest.pin();
  manifest.replace([a!.id], [fileOf("c")]);
  const later = manifest.pin();
  manifest.replace([b!.id], []);
  assert.deepEqual(manifest.released(), []);
  assert.deepEqual(old.files.get("T")!.map(({ path }) => path), ["a", "b"]);
  old[Symbol.dispose]();
  old[Symbol.dispose]();
  assert.deepEqual(manifest.released(), ["a"]);
  assert.deepEqual(manifest.released(), []);
  later[Symbol.dispose]();
  assert.deepEqual(manifest.released(), ["b"]);
});

test("add() refuses to go back in the ledger", async () => {
  await using control = openControl(":memory:");
  const manifest = openManifest(control);
  manifest.add({ next: 5, files: [], columns: NO_COLUMNS });
  assert.throws(() => manifest.add({ next: 4, files: [fileOf("x")], columns: NO_COLUMNS }), {
    code: "order",
  });
  assert.equal(manifest.snapshot.next, 5);
});

test("lookAtManifest() reads a file that it cannot write, also one of an older hub, or without a store", async () => {
  await using room = openRoom();
  const path = join(room.folder, "control.sqlite");
  const addition = { next: 9, files: [fileOf("hot/1")], columns: new Map() };
  room.manifest.add(addition);
  for (const sql of ["select 1", "drop table store_places"]) {
    room.control.exec(sql);
    await using control = openControl(path, "read");
    assert.deepEqual(lookAtManifest(control).files, room.manifest.snapshot.files);
    assert.equal(lookAtManifest(control).next, 9);
  }
  room.control.exec("drop table store_seals");
  await using control = openControl(path, "read");
  assert.equal(lookAtManifest(control).next, 0);
});
