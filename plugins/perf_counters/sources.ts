/**
 * The files of Linux's /proc that counters are read from, and what each shows (proc(5)).
 *
 * @module
 */
import type { Reading } from "./counter.ts";
import { disks } from "./disks.ts";
import { memory, paging } from "./memory.ts";
import { networks } from "./networks.ts";
import { pressure } from "./pressure.ts";
import { processors } from "./processors.ts";
import { load, uptime } from "./system.ts";

/** One file and how to read it. */
export interface Source {
  readonly file: string;
  /** A kernel may lack it: that is no fault. */
  readonly optional?: true;
  readonly read: (text: string) => readonly Reading[];
}

export const UPTIME_FILE = "/proc/uptime";

export const SOURCES: readonly Source[] = [
  { file: "/proc/stat", read: processors },
  { file: "/proc/meminfo", read: memory },
  { file: "/proc/vmstat", optional: true, read: paging },
  { file: "/proc/diskstats", read: disks },
  { file: "/proc/net/dev", read: networks },
  { file: "/proc/loadavg", read: load },
  { file: UPTIME_FILE, read: uptime },
  { file: "/proc/pressure/cpu", optional: true, read: (text) => pressure("cpu", text) },
  { file: "/proc/pressure/memory", optional: true, read: (text) => pressure("memory", text) },
  { file: "/proc/pressure/io", optional: true, read: (text) => pressure("io", text) },
];
