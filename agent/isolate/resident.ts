/**
 * How much memory a process holds now.
 *
 * @module
 */
import { readFileSync } from "node:fs";

const PAGE_BYTES = 4096;

/** Resident bytes of `pid`, of its own and shared; 0 where the system does not tell (not Linux). */
export function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES;
  } catch {
    // It has just ended, or there is no /proc.
    return 0;
  }
}
