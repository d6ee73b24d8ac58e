/**
 * When the disk will be full: from what the last days have taken of it.
 *
 * The median of the days counts, so that one backup or one restore beside the hub does not. A hub of
 * less than three whole days does not know yet, and says so.
 *
 * @module
 */
import type { DiskStatus } from "../sdk/api/status.ts";
import { FREE_FLOOR_BYTES } from "./back_pressure.ts";

/** How much was free at the end of a day; days since the Unix epoch. */
export interface DaySample {
  readonly day: number;
  readonly freeBytes: number;
}

/** Whole days that a forecast needs, and that it looks at. */
const LEAST_DAYS = 3;
export const MOST_DAYS = 14;
/** Below one of them somebody should look. */
const LOW_DAYS = 7;
const LOW_SHARE = 0.1;
const MIB = 1024 * 1024;

/** `samples` ascend by day. */
export function forecast(
  { freeBytes, totalBytes }: Pick<DiskStatus, "freeBytes" | "totalBytes">,
  samples: readonly DaySample[],
): DiskStatus {
  const drops: number[] = [];
  for (const [i, { day, freeBytes: free }] of samples.entries()) {
    const before = samples[i - 1];
    // Days on which the hub was off share what was taken in them.
    if (before !== undefined) drops.push((before.freeBytes - free) / (day - before.day));
  }
  const recent = drops.slice(-MOST_DAYS);
  if (recent.length < LEAST_DAYS) {
    return { freeBytes, totalBytes, bytesPerDay: null, daysLeft: null };
  }
  const bytesPerDay = Math.round(median(recent));
  const room = Math.max(0, freeBytes - FREE_FLOOR_BYTES);
  const daysLeft = bytesPerDay > 0 ? Math.floor(room / bytesPerDay) : null;
  return { freeBytes, totalBytes, bytesPerDay, daysLeft };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Whether somebody should make room. */
export function isLow({ freeBytes, totalBytes, daysLeft }: DiskStatus): boolean {
  return (daysLeft !== null && daysLeft < LOW_DAYS) ||
    (totalBytes !== null && freeBytes < totalBytes * LOW_SHARE);
}

/** What the status says of it; none where there is room. */
export function diskProblems(disk: DiskStatus): readonly string[] {
  if (!isLow(disk)) return [];
  const { freeBytes, daysLeft, bytesPerDay } = disk;
  const when = daysLeft === null || bytesPerDay === null
    ? "how fast it fills up is not known yet"
    : `full in about ${daysLeft} days at ${Math.round(bytesPerDay / MIB)} MiB a day`;
  return [
    `The disk has ${Math.round(freeBytes / MIB)} MiB free, ${when}: make room or shorten ` +
    "retention; nothing is deleted early for it",
  ];
}
