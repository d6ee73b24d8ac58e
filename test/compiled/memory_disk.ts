/**
 * A file system in memory (tmpfs) whose room can be taken away. It needs the right to mount.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MIB = 1024 ** 2;
/** More than what a hub leaves free. Room that is not used takes no memory. */
const ROOM_MIB = 2_048;

/** Disposing of it unmounts and removes it; nothing may run on it by then. */
export interface MemoryDisk extends Disposable {
  /** Where it is mounted. */
  readonly path: string;
  /** Takes what room is left: a write that needs any fails with ENOSPC. */
  fill(): void;
  /** Gives back all room. */
  giveBack(): void;
}

/** Mounts one; `undefined` where that is not allowed. */
export function openMemoryDisk(): MemoryDisk | undefined {
  const base = mkdtempSync(join(tmpdir(), "custos-memory-"));
  const path = join(base, "disk");
  mkdirSync(path);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${ROOM_MIB}m`, "tmpfs", path]);
  if (mounted.status !== 0) {
    rmSync(base, { recursive: true });
    return undefined;
  }
  const resize = (bytes: number): void => {
    const { status, stderr } = spawnSync("mount", ["-o", `remount,size=${bytes}`, path]);
    assert.equal(status, 0, String(stderr));
  };
  return {
    path,
    fill() {
      const { blocks, bfree, bsize } = statfsSync(path);
      resize((blocks - bfree) * bsize);
    },
    giveBack: () => resize(ROOM_MIB * MIB),
    [Symbol.dispose]() {
      spawnSync("umount", [path]);
      rmSync(base, { recursive: true });
    },
  };
}
