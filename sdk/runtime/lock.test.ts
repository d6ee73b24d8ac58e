import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { lockFile } from "./lock.ts";

function inFolder(run: (path: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "custos-lock-"));
  try {
    run(join(folder, "lock"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("lockFile() refuses a second holder until the first lets go", () => {
  inFolder((path) => {
    const release = lockFile(path);
    assert.throws(() => lockFile(path), { name: "FilesError", code: "in-use" });
    release();
    lockFile(path)();
    assert.deepEqual(readdirSync(join(path, "..")), []);
  });
});

test("lockFile() takes over from a process that is gone", () => {
  inFolder((path) => {
    const gone = spawnSync(process.execPath, ["--version"]).pid;
    writeFileSync(path, `${gone} 1 some-boot\n`);
    lockFile(path)();
  });
});

test("lockFile() takes over where the holder's process id was given away again", () => {
  inFolder((path) => {
    writeFileSync(path, `${process.pid} 1 some-boot\n`);
    lockFile(path)();
  });
});

test("lockFile() takes over a file that is damaged", () => {
  inFolder((path) => {
    writeFileSync(path, "");
    lockFile(path)();
  });
});
