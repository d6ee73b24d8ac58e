/**
 * What a process has cost so far, from Linux' /proc: CPU time and memory.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

export interface Cost {
  /** User and system, of the process and its children that live, in seconds. */
  readonly cpuSeconds: number;
  /** Largest resident size, in bytes; of the process alone. */
  readonly peakBytes: number;
  /** Proportional set size of process and living children, in bytes. */
  readonly pssBytes: number;
}

const TICKS_PER_SECOND = 100;

/** The cost of `pid`. */
export function costOf(pid: number): Cost {
  const all = [pid, ...descendantsOf(pid)];
  return {
    cpuSeconds: all.reduce((sum, id) => sum + cpuOf(id), 0),
    peakBytes: kibibytes(`/proc/${pid}/status`, "VmHWM:"),
    pssBytes: all.reduce((sum, id) => sum + kibibytes(`/proc/${id}/smaps_rollup`, "Pss:"), 0),
  };
}

function cpuOf(pid: number): number {
  const text = read(`/proc/${pid}/stat`);
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}

function descendantsOf(pid: number): number[] {
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number)
    .filter((id) => parentOf(id) === pid);
  return children.flatMap((id) => [id, ...descendantsOf(id)]);
}

function parentOf(pid: number): number {
  const text = read(`/proc/${pid}/stat`);
  return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

function kibibytes(file: string, field: string): number {
  const line = read(file).split("\n").find((l) => l.startsWith(field));
  return Number(/\d+/.exec(line ?? "")?.[0] ?? 0) * 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It has ended, or nobody may look.
    return "";
  }
}
