/**
 * A lock file: one process at a time, and a process that was killed leaves no lock behind.
 *
 * Neither runtime offers the system's file locks in all of Bun, Deno and Node, so the file names
 * its holder: process id and, where there is /proc, when that process started and in which boot, so
 * that a holder that is gone is recognised even if its process id has been given away again.
 *
 * @module
 */
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { FilesError } from "./files.ts";

/** Takes the lock, gives its release. @throws {FilesError} `in-use`. */
export function lockFile(path: string): () => void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, identityOf(process.pid), { mode: 0o600 });
  try {
    // Two tries: the second one after a dead holder's file was moved away.
    if (!linked(draft, path)) {
      removeIfStale(path);
      if (!linked(draft, path)) throw inUse(path);
    }
  } finally {
    unlinkSync(draft);
  }
  return () => unlinkSync(path);
}

/** A link either makes the whole file or fails: no moment in which it is there but empty. */
function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

function removeIfStale(path: string): void {
  const holder = readText(path);
  if (holder === undefined) return;
  const pid = Number(holder.split(" ", 1)[0]);
  if (Number.isInteger(pid) && pid > 0 && identityOf(pid) === holder) throw inUse(path, pid);
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    // Somebody else moved it first; the link decides who is next.
    return;
  }
  // Between our read and our rename another process may have taken the lock: give it back.
  if (readText(aside) !== holder) linked(aside, path);
  unlinkSync(aside);
}

function inUse(path: string, pid?: number): FilesError {
  const who = pid === undefined ? "another process" : `process ${pid}`;
  return new FilesError(
    "in-use",
    `Cannot lock ${path}: ${who} has it, stop that one or use another folder`,
    { path },
  );
}

/** Process id, its start and the boot it belongs to; a dead process has no start. */
function identityOf(pid: number): string {
  const boot = readText("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
  const stat = readText(`/proc/${pid}/stat`);
  // Field 22 of proc(5), counted after the name, which may hold spaces and brackets.
  const start = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  if (stat === undefined && (boot !== "" || !isAlive(pid))) return `${pid} dead`;
  return `${pid} ${start} ${boot}\n`;
}

/** For systems without /proc: signal 0 only asks. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
