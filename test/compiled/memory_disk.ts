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
/** The writer is at it some times a second: a few looks meet it at rest. */
const MOST_TRIES = 100;

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
  const resize = (bytes: number) => spawnSync("mount", ["-o", `remount,size=${bytes}`, path]);
  return {
    path,
    fill() {
      // What is written between the look and the call makes the size too small: it is refused then.
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const { blocks, bfree, bsize } = statfsSync(path);
        if (resize((blocks - bfree) * bsize).status === 0) return;
      }
      assert.fail("the disk could not be filled");
    },
    giveBack() {
      const { status, stderr } = resize(ROOM_MIB * MIB);
      assert.equal(status, 0, String(stderr));
    },
    [Symbol.dispose]() {
      spawnSync("umount", [path]);
      rmSync(base, { recursive: true });
    },
  };
}
