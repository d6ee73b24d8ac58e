/**
 * A disk of its own in a file: ext4 on a loop device, whose power can be cut and which can begin
 * to fail. It needs the right to mount.
 *
 * A cut keeps what the file system has handed to the device by then; what was only in the page
 * cache is gone. The device itself has no cache that could lose or reorder writes, as a bad disk
 * would.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MIB = 1024 ** 2;
/** More than what a hub leaves free. It takes as much memory as is written. */
const DISK_MIB = 3_072;

/** Disposing of it unmounts and removes it; nothing may run on it by then. */
export interface LoopDisk extends Disposable {
  /** Where it is mounted. */
  readonly path: string;
  /** Ends a process that works on the disk, with all that is not on the device yet. */
  cutPower(pid: number, ended: Promise<unknown>): Promise<void>;
  /** From so many more MiB on that the device takes in new places, each write to it fails. */
  failAfter(mib: number): void;
  /** Makes a disk that failed whole again, as far as a check of the file system can. */
  repair(): void;
}

/** Makes a disk and mounts it; `undefined` where that is not allowed. */
export function openLoopDisk(): LoopDisk | undefined {
  const base = mkdtempSync(join(tmpdir(), "custos-disk-"));
  // The device's own file is in memory: its writes are quick, and its room can be taken away.
  const device = join(base, "device");
  const path = join(base, "disk");
  mkdirSync(device);
  mkdirSync(path);
  if (!ran("mount", ["-t", "tmpfs", "-o", `size=${2 * DISK_MIB}m`, "tmpfs", device])) {
    rmSync(base, { recursive: true });
    return undefined;
  }
  const image = join(device, "image");
  if (!make(image) || !mountImage(image, path)) {
    ran("umount", [device]);
    rmSync(base, { recursive: true });
    return undefined;
  }
  return {
    path,
    async cutPower(pid, ended) {
      process.kill(pid, "SIGSTOP");
      const kept = `${image}.kept`;
      run("cp", ["--sparse=always", image, kept]);
      process.kill(pid, "SIGKILL");
      await ended;
      run("umount", [path]);
      run("mv", [kept, image]);
      run("mount", ["-o", "loop", image, path]);
    },
    failAfter(mib) {
      const { blocks, bfree, bsize } = statfsSync(device);
      const used = (blocks - bfree) * bsize;
      run("mount", ["-o", `remount,size=${used + mib * MIB}`, device]);
    },
    repair() {
      run("umount", [path]);
      run("mount", ["-o", `remount,size=${2 * DISK_MIB}m`, device]);
      // 1 is "errors were corrected".
      const { status } = spawnSync("e2fsck", ["-f", "-y", image]);
      assert.ok(status === 0 || status === 1, `e2fsck: ${status}`);
      run("mount", ["-o", "loop", image, path]);
    },
    [Symbol.dispose]() {
      // Quietly: a test that failed may have left it unmounted.
      ran("umount", [path]);
      ran("umount", [device]);
      rmSync(base, { recursive: true });
    },
  };
}

function make(image: string): boolean {
  return ran("truncate", ["-s", `${DISK_MIB}M`, image]) &&
    ran("mkfs.ext4", ["-q", "-F", image]);
}

function mountImage(image: string, path: string): boolean {
  return ran("mount", ["-o", "loop", image, path]);
}

function ran(program: string, words: readonly string[]): boolean {
  return spawnSync(program, words).status === 0;
}

function run(program: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(program, words);
  assert.equal(status, 0, `${program} ${words.join(" ")}: ${String(stderr)}`);
}
