import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { Json } from "../../sdk/mod.ts";
import type { Kept } from "../../sdk/read/io.ts";
import { keptInMemory } from "../../sdk/read/kept.ts";
import { openIo } from "../../sdk/read/open_io.ts";
import { goldenCases, runPlugin } from "../../sdk/testkit/golden.ts";
import { memoryIo } from "../../sdk/testkit/memory_io.ts";
import { readmeTables } from "../../sdk/testkit/readme.ts";
import { emptyBaseline } from "./baseline.ts";
import { expand } from "./expand.ts";
import { FileScan } from "./files.ts";
import integrity from "./mod.ts";
import { listening } from "./ports.ts";
import { processOf, programOf } from "./proc.ts";
import type { FileRow } from "./table.ts";

goldenCases(integrity, new URL("./cases/", import.meta.url));
readmeTables(integrity, new URL("./README.md", import.meta.url));

const FILES = "ASimFileEventLogs";
const linuxOnly = { skip: process.platform === "linux" ? false : "needs /proc" };

interface Run {
  readonly files: Readonly<Record<string, string>>;
  readonly kept: Kept;
  readonly cursor?: Json | undefined;
}

/** One life of the source: a look at `files`. Gives what it told, and its cursor. */
async function life({ files, kept, cursor }: Run) {
  const bytes = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  const run = await runPlugin(integrity, {
    config: { ports: false, processes: false },
    io: memoryIo(bytes, kept),
    ...(cursor !== undefined && { cursor }),
  });
  const told = (run.rows[FILES] ?? []).map((row) =>
    `${String(row["EventType"])} ${String(row["TargetFilePath"])}`
  );
  return { told, cursor: run.cursor, gaps: run.gaps };
}

test("integrity tells after a restart what has changed meanwhile, once", async () => {
  const kept = keptInMemory();
  const before = { "/etc/passwd": "a", "/etc/crontab": "b" };
  const first = await life({ files: before, kept });
  assert.deepEqual(first.told, []);
  // Nothing was told, so its cursor was never durable: it begins as it began.
  const changed = { "/etc/passwd": "A", "/etc/cron.d/x": "c" };
  const second = await life({ files: changed, kept });
  const told = [
    "FileCreated /etc/cron.d/x",
    "FileModified /etc/passwd",
    "FileDeleted /etc/crontab",
  ];
  assert.deepEqual(second.told.toSorted(), told.toSorted());
  const third = await life({ files: changed, kept, cursor: second.cursor });
  assert.deepEqual(third.told, []);
});

test("integrity tells again what was told before a crash and never became durable", async () => {
  const kept = keptInMemory();
  await life({ files: { "/etc/passwd": "a" }, kept });
  const lost = await life({ files: { "/etc/passwd": "b" }, kept });
  assert.deepEqual(lost.told, ["FileModified /etc/passwd"]);
  const again = await life({ files: { "/etc/passwd": "b" }, kept });
  assert.deepEqual(again.told, lost.told);
});

test("integrity says when its baseline is lost, and takes note anew", async () => {
  const kept = keptInMemory();
  const run = await life({ files: { "/etc/passwd": "a" }, kept, cursor: { generation: 7 } });
  assert.deepEqual(run.told, []);
  assert.match(run.gaps[0]?.detail ?? "", /the baseline is lost/);
  // The last is whole, but of an older generation.
  const older = '{"generation":3,"watch":"","filesDone":true,"files":{}}';
  for (const bytes of ["", "{}", '{"generation":7}', '{"generation":7,"files":[]}', older]) {
    await kept.set("baseline3", Buffer.from(bytes));
    const damaged = await life({ files: {}, kept, cursor: { generation: 7 } });
    assert.equal(damaged.gaps.length, 1, bytes);
  }
});

test("integrity takes files of new globs in without a word", async () => {
  const kept = keptInMemory();
  const files = new Map([["/srv/a", Buffer.from("1")], ["/etc/passwd", Buffer.from("1")]]);
  const off = { ports: false, processes: false };
  await runPlugin(integrity, { config: off, io: memoryIo(files, kept) });
  const config = { ...off, files: { paths: ["/srv/*"] } };
  const second = await runPlugin(integrity, { config, io: memoryIo(files, kept) });
  assert.deepEqual(second.rows, {});
  files.set("/srv/b", Buffer.from("2"));
  const third = await runPlugin(integrity, { config, io: memoryIo(files, kept) });
  assert.deepEqual(third.rows[FILES]?.map((row) => row["TargetFilePath"]), ["/srv/b"]);
});

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "custos-integrity-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("FileScan tells modes, links and contents of real files apart", async (t) => {
  const root = folder(t);
  mkdirSync(join(root, "deep", "er"), { recursive: true });
  const at = (name: string): string => join(root, name);
  for (const name of ["a", "b", "c", "deep/er/d", "big"]) writeFileSync(at(name), name);
  symlinkSync("a", at("link"));
  symlinkSync(root, at("loop"));
  const io = openIo({ signal: new AbortController().signal });
  const watched = [{ glob: `${root}/**`, kind: undefined }];
  const budget = { files: 2, bytes: 1e6 };
  const scan = new FileScan({ io, watched, budget, maxFileBytes: 2, maxFiles: 100 });
  const baseline = emptyBaseline();
  const rows: FileRow[] = [];
  const pass = async (): Promise<void> => {
    scan.begin(baseline, false);
    while (scan.isUnderWay) {
      await scan.goOn({ baseline, now: 0, userName: () => "me", emit: (row) => rows.push(row) });
    }
    baseline.filesDone = true;
  };
  await pass();
  assert.equal(rows.length, 0);
  chmodSync(at("a"), 0o4755);
  writeFileSync(at("b"), "B");
  unlinkSync(at("link"));
  symlinkSync("b", at("link"));
  rmSync(at("deep"), { recursive: true });
  writeFileSync(at("big"), "larger than is hashed");
  utimesSync(at("big"), 1, 1);
  await pass();
  const told = rows.map(({ EventType, TargetFilePath, Changed = "" }) =>
    `${EventType} ${TargetFilePath.slice(root.length + 1)} ${Changed}`.trim()
  );
  assert.deepEqual(told.toSorted(), [
    "FileAttributesModified a mode",
    "FileDeleted deep/er/d",
    "FileModified b content",
    "FileModified big content,size",
    "FileModified link link",
  ]);
  const [mode] = rows.filter(({ Changed }) => Changed === "mode");
  assert.equal(mode?.TargetFileMode, "4755");
  rows.length = 0;
  await pass();
  assert.equal(rows.length, 0);
});

test("FileScan hashes no more at once than its budget, also where nothing has changed", async (t) => {
  const root = folder(t);
  for (const name of ["a", "b", "c"]) writeFileSync(join(root, name), "12345678");
  const io = openIo({ signal: new AbortController().signal });
  const watched = [{ glob: `${root}/**`, kind: undefined }];
  const budget = { files: 100, bytes: 8 };
  const scan = new FileScan({ io, watched, budget, maxFileBytes: 100, maxFiles: 100 });
  const baseline = emptyBaseline();
  for (const isThorough of [false, true]) {
    scan.begin(baseline, isThorough);
    let looks = 0;
    for (; scan.isUnderWay; looks++) {
      await scan.goOn({ baseline, now: 0, userName: () => "me", emit: () => {} });
    }
    assert.equal(looks, 3, `thorough: ${isThorough}`);
  }
});

test("FileScan says how many files it leaves out", (t) => {
  const root = folder(t);
  for (let i = 0; i < 5; i++) writeFileSync(join(root, String(i)), "");
  const io = openIo({ signal: new AbortController().signal });
  const watched = [{ glob: `${root}/*`, kind: undefined }];
  const budget = { files: 10, bytes: 10 };
  const scan = new FileScan({ io, watched, budget, maxFileBytes: 10, maxFiles: 3 });
  scan.begin(emptyBaseline(), false);
  assert.equal(scan.tooMany, 2);
});

test("expand() matches folder by folder and does not follow links to folders", (t) => {
  const root = folder(t);
  for (const name of ["a/x", "b/x", "a/deep/y"]) {
    mkdirSync(join(root, name, ".."), { recursive: true });
    writeFileSync(join(root, name), "");
  }
  symlinkSync(join(root, "a"), join(root, "to-a"));
  const io = openIo({ signal: new AbortController().signal });
  const found = (glob: string): string[] =>
    [...expand(io, `${root}/${glob}`)].map((path) => path.slice(root.length + 1)).toSorted();
  assert.deepEqual(found("*/x"), ["a/x", "b/x", "to-a/x"]);
  assert.deepEqual(found("**"), ["a/deep/y", "a/x", "b/x", "to-a"]);
  assert.deepEqual(found("a/x"), ["a/x"]);
  assert.deepEqual(found("none/*"), []);
});

test("a real process and its socket are found under their program", linuxOnly, async () => {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  await once(child, "spawn");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const io = openIo({ signal: new AbortController().signal });
    const seen = processOf(io, child.pid ?? 0);
    assert.equal(seen?.parent, process.pid);
    const found = [...listening(io, new Map()).values()].find((one) => one.port === port);
    assert.equal(found?.ip, "127.0.0.1");
    assert.equal(found?.pid, process.pid);
    assert.equal(found?.program, programOf(io, process.pid)?.path);
  } finally {
    server.close();
    child.kill();
  }
});

test("integrity says what is wrong with a config", async () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ files: { every: "1 day" } }, /must be a duration such as "15s"/],
    [{ files: { paths: ["etc"] } }, /must be an absolute path/],
    [{ files: false, processes: false, ports: false }, /must watch something/],
    [{ files: { maxFiles: 0 } }, /at least 1/],
  ];
  for (const [config, why] of wrong) {
    await assert.rejects(runPlugin(integrity, { config }), why);
  }
});
