import assert from "node:assert/strict";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../../../sdk/scrub/address.ts";
import { column } from "../../../sdk/table.ts";
import { viewLedger } from "../../ledger/ledger_view.ts";
import { HUB_KEY_HASH } from "../../ledger/entry.ts";
import { appendNote } from "../../notes.ts";
import { indexPath } from "../cold/file_index.ts";
import { type LedgerRoom, openLedgerRoom } from "../ledger_room.ts";
import { openManifest, type StoredFile } from "../manifest.ts";
import { batchOf } from "../test_room.ts";
import { type VerifyOptions, type VerifyReport, verifyStore } from "./verify_store.ts";

const DAY = 86_400_000;
const AT = 1_785_000_000_000;
const columns = {
  TimeGenerated: column.time({ class: "public" }),
  Text: column.string({ class: "public", optional: true }),
  N: column.int({ class: "public" }),
};

/** Two tables, frames of two days each, equal rows among them: four cold files of each. */
async function filled(): Promise<LedgerRoom> {
  const room = await openLedgerRoom();
  const rows = (from: number) =>
    Array.from({ length: 20 }, (_, i) => ({
      TimeGenerated: AT + (i % 2) * DAY + from,
      Text: i < 4 ? "the same" : `row ${from + i} of host-${i}`,
      N: i < 4 ? 1 : from + i,
    }));
  for (let i = 0; i < 2; i++) {
    await room.take([
      batchOf("A", columns, rows(i * 100)),
      batchOf("B", columns, rows(i * 100 + 50)),
    ]);
    await room.take([batchOf("A", columns, rows(i * 100 + 20))]);
    await room.compact();
  }
  return room;
}

function check(room: LedgerRoom, options: Partial<VerifyOptions> = {}): Promise<VerifyReport> {
  return verifyStore({
    files: nodeFiles(),
    folder: join(room.folder, "store"),
    snapshot: () => room.manifest.snapshot,
    ledger: () => viewLedger(nodeFiles(), join(room.folder, "ledger")),
    known: () => Promise.resolve([]),
    categories: ADDRESS_CATEGORIES,
    isDeep: true,
    signal: new AbortController().signal,
    ...options,
  });
}

function coldFiles(room: LedgerRoom, table = "A"): readonly StoredFile[] {
  return room.manifest.snapshot.files.get(table)!.filter(({ tier }) => tier === "cold");
}

function pathOf(room: LedgerRoom, file: Pick<StoredFile, "path">): string {
  return join(room.folder, "store", file.path);
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at < 0 ? bytes.length + at : at]! ^= 1;
  writeFileSync(path, bytes);
}

function told({ faults }: VerifyReport): readonly string[] {
  return faults.map(({ link, code, file = "-" }) => `${link} ${code} ${file}`);
}

test("a store as the hub has made it is whole, beside a hub that runs and after it has stopped", async () => {
  await using room = await filled();
  await room.take([batchOf("A", columns, [{ TimeGenerated: AT, N: 7 }])]);
  const report = await check(room);
  assert.deepEqual(told(report), []);
  assert.deepEqual([report.broken, report.files, report.rows], [0, 9, 121]);
  assert.equal(report.comparedRows, 121);
  const { snapshot } = room.manifest;
  await room.stop();
  const stopped = await check(room, { snapshot: () => snapshot });
  assert.deepEqual([stopped.broken, stopped.warnings, stopped.comparedRows], [0, 0, 121]);
});

test("a bit flipped anywhere in a cold file is found without reading a frame", async () => {
  await using room = await filled();
  const [file] = coldFiles(room);
  for (const at of [0, 9, 200, -5]) {
    flip(pathOf(room, file!), at);
    const report = await check(room, { isDeep: false });
    assert.ok(told(report).includes(`file hash ${file!.path}`), String(told(report)));
    assert.match(report.faults[0]!.fix!, /custos-hub store rebuild/);
    flip(pathOf(room, file!), at);
  }
  assert.equal((await check(room)).broken, 0);
});

test("an index that is missing or damaged is a warning, one that hides rows breaks", async () => {
  await using room = await filled();
  const [file, other] = coldFiles(room);
  const index = indexPath(pathOf(room, file!));
  flip(index, -1);
  const damaged = await check(room);
  assert.deepEqual(told(damaged), [`index damaged ${file!.path}`]);
  rmSync(index);
  const missing = await check(room);
  assert.deepEqual([told(missing), missing.broken], [[`index missing ${file!.path}`], 0]);
  copyFileSync(indexPath(pathOf(room, other!)), index);
  const swapped = await check(room);
  assert.deepEqual([told(swapped), swapped.broken], [[`index hides ${file!.path}`], 1]);
});

test("files that are swapped, missing or strays are named", async () => {
  await using room = await filled();
  const [one, two] = coldFiles(room);
  const [a, b] = [pathOf(room, one!), pathOf(room, two!)];
  const bytes = readFileSync(a);
  copyFileSync(b, a);
  writeFileSync(b, bytes);
  assert.deepEqual(
    told(await check(room, { isDeep: false })).filter((line) => line.startsWith("file")),
    [`file hash ${one!.path}`, `file hash ${two!.path}`],
  );
  rmSync(a);
  writeFileSync(join(room.folder, "store", "cold", "x.parquet"), "x");
  const lines = told(await check(room, { isDeep: false }));
  assert.ok(lines.includes(`file missing ${one!.path}`), String(lines));
  assert.ok(lines.includes("file stray cold/x.parquet"));
});

for (
  const [name, sql, expected] of [
    ["its rows", "update store_files set rows = rows + 1 where id = ?", "manifest seal"],
    [
      "its hash",
      "update store_seals set hash = lower(hex(randomblob(32))) where id = ?",
      "file hash",
    ],
    ["its first entry", "update store_seals set first = first + 1 where id = ?", "manifest seal"],
    ["its table", "update store_files set table_name = 'B' where id = ?", "manifest seal"],
    [
      "its latest time",
      "update store_files set to_ms = from_ms - 1 where id = ?",
      "manifest times",
    ],
    ["its seal taken out", "delete from store_seals where id = ?", "manifest seal"],
    ["itself taken out", "delete from store_files where id = ?", "row missing"],
  ] as const
) {
  test(`a row of the manifest with ${name} changed is found`, async () => {
    await using room = await filled();
    const [file] = coldFiles(room);
    room.control.run(sql, file!.id);
    const { snapshot } = openManifest(room.control);
    const report = await check(room, { snapshot: () => snapshot });
    const found = report.faults.map(({ link, code }) => `${link} ${code}`);
    assert.ok(found.includes(expected), String(found));
    assert.ok(report.broken > 0);
  });
}

/** Puts a changed file in the place of one, with manifest and leaf as a hub that lies would. */
async function forge(room: LedgerRoom, rows: Parameters<typeof batchOf<typeof columns>>[2]) {
  await using other = await openLedgerRoom();
  await other.take([batchOf("A", columns, rows)]);
  await other.compact({});
  const [made] = coldFiles(other);
  const [file] = coldFiles(room);
  const bytes = readFileSync(pathOf(other, made!));
  writeFileSync(pathOf(room, file!), bytes);
  copyFileSync(indexPath(pathOf(other, made!)), indexPath(pathOf(room, file!)));
  const { seal, rows: count } = made!;
  appendNote(room.ledger, {
    note: "store-file",
    table: "A",
    path: file!.path,
    rows: count,
    ...seal!,
  });
  await room.ledger.commit();
  const named = { ...file!, ...made!, id: file!.id, path: file!.path };
  const snapshot = {
    ...room.manifest.snapshot,
    files: new Map([
      ["A", room.manifest.snapshot.files.get("A")!.map((one) => one === file ? named : one)],
    ]),
  };
  return { file: file!, snapshot: () => snapshot };
}

test("a hub that seals a file with a changed row, one too many and some missing is found out", async () => {
  await using room = await filled();
  const rows = [
    { TimeGenerated: AT, Text: "forged", N: 1 },
    ...Array.from({ length: 21 }, (_, i) => ({ TimeGenerated: AT, Text: "x", N: i })),
  ];
  const { file, snapshot } = await forge(room, rows);
  assert.equal((await check(room, { snapshot, isDeep: false })).broken, 0);
  const report = await check(room, { snapshot });
  const found = new Set(report.faults.map(({ link, code }) => `${link} ${code}`));
  for (const kind of ["row extra", "row changed", "row missing"]) assert.ok(found.has(kind), kind);
  const changed = report.faults.find(({ code, column: name }) =>
    code === "changed" && name === "Text"
  );
  assert.equal(changed!.file, file.path);
  assert.equal(changed!.table, "A");
  assert.ok(changed!.index !== undefined && changed!.row !== undefined);
});

test("a row that two files have is found", async () => {
  await using room = await filled();
  const [file] = coldFiles(room);
  const twice = { ...file!, id: 999 };
  const { snapshot } = room.manifest;
  const files = new Map([...snapshot.files, ["A", [...snapshot.files.get("A")!, twice]]]);
  const report = await check(room, { snapshot: () => ({ ...snapshot, files }) });
  assert.ok(told(report).includes(`row double ${file!.path}`));
});

test("a ledger that does not begin with a checkpoint that somebody has kept is found out", async () => {
  await using room = await filled();
  const { size, root } = room.ledger.checkpoint;
  const known = (trees: readonly { size: number; root: Uint8Array }[]) => () =>
    Promise.resolve(trees.map((tree) => ({ ...tree, by: "a witness" })));
  assert.equal((await check(room, { known: known([{ size, root }]) })).broken, 0);
  const other = new Uint8Array(32).fill(1);
  assert.deepEqual(told(await check(room, { known: known([{ size: size - 2, root: other }]) })), [
    "ledger checkpoint -",
  ]);
  assert.deepEqual(told(await check(room, { known: known([{ size: size + 1, root }]) })), [
    "ledger short -",
  ]);
});

test("a copy of a file anywhere is judged by the leaf that has its hash", async () => {
  await using room = await filled();
  const copy = join(room.folder, "copy.parquet");
  const [file] = coldFiles(room);
  copyFileSync(pathOf(room, file!), copy);
  const whole = await check(room, { copy, folder: undefined });
  assert.deepEqual([whole.broken, whole.comparedRows], [0, file!.rows]);
  flip(copy, 100);
  assert.match(told(await check(room, { copy })).join(), /^leaf missing .*copy\.parquet$/);
});

test("--table and --file look at these files alone", async () => {
  await using room = await filled();
  const files = coldFiles(room, "B");
  flip(pathOf(room, coldFiles(room)[0]!), 50);
  const table = await check(room, { table: "B" });
  assert.deepEqual([table.broken, table.files], [0, files.length]);
  const file = await check(room, { path: files[0]!.path });
  assert.deepEqual([file.broken, file.files, file.comparedRows], [0, 1, files[0]!.rows]);
});

test("a frame whose bytes have changed is found, and named", async () => {
  await using room = await filled();
  const view = await viewLedger(nodeFiles(), join(room.folder, "ledger"));
  const read: typeof view.read = async (from, options) =>
    (await view.read(from, options)).map((entry) => {
      if (entry.kind !== "frame" || entry.index !== 3) return entry;
      const payload = new Uint8Array(entry.payload);
      payload[payload.length - 3]! ^= 1;
      return { ...entry, payload };
    });
  const report = await check(room, { ledger: () => Promise.resolve({ ...view, read }) });
  const frame = report.faults.find(({ link }) => link === "frame");
  assert.deepEqual([frame!.code, frame!.index], ["frame-body", 3]);
  assert.ok(told(report).includes("ledger tree -"));
});

test("rows of a file that retention has deleted are not missing, unless that was withdrawn", async () => {
  await using room = await filled();
  const [file] = coldFiles(room);
  const { table, path, rows, bytes, seal } = file!;
  room.control.run("delete from store_files where id = ?", file!.id);
  const { snapshot } = openManifest(room.control);
  const missing = async () => {
    const { faults } = await check(room, { snapshot: () => snapshot });
    return faults.filter(({ code }) => code === "missing").length;
  };
  const append = async (note: object) => {
    const payload = new TextEncoder().encode(JSON.stringify(note));
    const index = room.ledger.append("note", HUB_KEY_HASH, payload);
    await room.ledger.commit();
    return index;
  };
  assert.ok(await missing() > 0);
  const hash = seal!.hash;
  const facts = { table, path, hash, rows, bytes, days: 1, before: "2026-08-01", by: "policy" };
  const tombstone = await append({ note: "tombstone", what: "file", ...facts });
  assert.equal(await missing(), 0);
  await append({ note: "tombstone-withdrawn", tombstone, why: "hold" });
  assert.ok(await missing() > 0);
});
