/**
 * What /proc tells of processes (proc(5)).
 *
 * @module
 */
import type { HostIo } from "./rooted.ts";

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since boot. */
  readonly started: number;
  /** The name it gives itself. */
  readonly comm: string;
}

/** Ticks a second: USER_HZ, which Linux has fixed for what it shows. */
const TICKS = 100;

export function textAt(io: HostIo, path: string): string | undefined {
  const bytes = io.read(path);
  return bytes && new TextDecoder().decode(bytes);
}

/** Ids of all processes. */
export function processIds(io: HostIo): readonly number[] {
  return io.list("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Its line in /proc; undefined if it is gone. The name is in parentheses and may hold some. */
export function processOf(io: HostIo, pid: number): Process | undefined {
  const text = textAt(io, `/proc/${pid}/stat`);
  const open = text?.indexOf("(") ?? -1;
  const close = text?.lastIndexOf(")") ?? -1;
  if (text === undefined || open < 0 || close < open) return undefined;
  const fields = text.slice(close + 2).split(" ");
  const [parent, started] = [Number(fields[1]), Number(fields[19])];
  if (!Number.isSafeInteger(parent) || !Number.isSafeInteger(started)) return undefined;
  return { pid, parent, started, comm: text.slice(open + 1, close) };
}

/** Path of its program; of one that was deleted with the kernel's mark left out. */
export function programOf(
  io: HostIo,
  pid: number,
): { path: string; isDeleted: boolean } | undefined {
  const target = io.stat(`/proc/${pid}/exe`)?.target;
  if (target === undefined) return undefined;
  const isDeleted = target.endsWith(" (deleted)");
  return { path: isDeleted ? target.slice(0, -" (deleted)".length) : target, isDeleted };
}

/** Real and effective user; undefined if it is gone. */
export function usersOf(io: HostIo, pid: number): { real: number; effective: number } | undefined {
  const ids = /^Uid:\s+(\d+)\s+(\d+)/m.exec(textAt(io, `/proc/${pid}/status`) ?? "");
  return ids === null ? undefined : { real: Number(ids[1]), effective: Number(ids[2]) };
}

/** Its arguments with a blank between; empty for the kernel's own. */
export function commandLineOf(io: HostIo, pid: number): string {
  return (textAt(io, `/proc/${pid}/cmdline`) ?? "").replace(/\0+$/, "").replaceAll("\0", " ");
}

/** When this boot began, ms since the epoch; undefined without /proc. */
export function bootTime(io: HostIo): number | undefined {
  const seconds = /^btime (\d+)$/m.exec(textAt(io, "/proc/stat") ?? "")?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** What tells this boot from all others. */
export function bootId(io: HostIo): string {
  return textAt(io, "/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

export function startTime({ started }: Process, boot: number): number {
  return boot + (started * 1000) / TICKS;
}

/** Names of users by id, from /etc/passwd. */
export function userNames(io: HostIo): (uid: number) => string | undefined {
  const names = new Map<number, string>();
  for (const line of (textAt(io, "/etc/passwd") ?? "").split("\n")) {
    const [name = "", , uid = ""] = line.split(":");
    if (name !== "" && /^\d+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name);
  }
  return (uid) => names.get(uid);
}
