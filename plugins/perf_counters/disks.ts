/**
 * Block devices: /proc/diskstats (Linux, Documentation/admin-guide/iostats.rst).
 *
 * @module
 */
import type { Reading } from "./counter.ts";
import { numberOf, rowsOfWords } from "./proc_text.ts";

/** A sector of these statistics, whatever the device's own is. */
const SECTOR_BYTES = 512;
/** ms in a second, as a share in percent: 1 ms/s is 0.1 %. */
const PERCENT_OF_MS = 0.1;
const SECONDS_OF_MS = 0.001;

/** Columns after major, minor and name. */
const FIRST = 3;
const READS = 0;
const SECTORS_READ = 2;
const READ_MS = 3;
const WRITES = 4;
const SECTORS_WRITTEN = 6;
const WRITE_MS = 7;
const IN_FLIGHT = 8;
const BUSY_MS = 9;

export function disks(text: string): readonly Reading[] {
  return rowsOfWords(text).flatMap((words) => {
    const numbers = words.slice(FIRST, FIRST + BUSY_MS + 1).map(numberOf);
    const idle = numbers.every((value) => value === 0);
    return numbers.length <= BUSY_MS || idle ? [] : oneDisk(words[2] ?? "", numbers);
  });
}

function oneDisk(instance: string, numbers: readonly number[]): readonly Reading[] {
  const at = (column: number): number => numbers[column] ?? NaN;
  const common = { object: "Physical Disk", instance } as const;
  const rate = (counter: string, value: number, scale = 1): Reading => ({
    ...common,
    counter,
    kind: "rate",
    value,
    scale,
  });
  const wait = (counter: string, value: number, of: number): Reading => ({
    ...common,
    counter,
    kind: "ratio",
    value,
    of,
    scale: SECONDS_OF_MS,
  });
  const reads = at(READS);
  const writes = at(WRITES);
  return [
    rate("Disk Reads/sec", reads),
    rate("Disk Writes/sec", writes),
    rate("Disk Transfers/sec", reads + writes),
    rate("Disk Read Bytes/sec", at(SECTORS_READ), SECTOR_BYTES),
    rate("Disk Write Bytes/sec", at(SECTORS_WRITTEN), SECTOR_BYTES),
    rate("Physical Disk Bytes/sec", at(SECTORS_READ) + at(SECTORS_WRITTEN), SECTOR_BYTES),
    rate("% Disk Time", at(BUSY_MS), PERCENT_OF_MS),
    wait("Avg. Disk sec/Read", at(READ_MS), reads),
    wait("Avg. Disk sec/Write", at(WRITE_MS), writes),
    wait("Avg. Disk sec/Transfer", at(READ_MS) + at(WRITE_MS), reads + writes),
    { ...common, counter: "Current Disk Queue Length", kind: "gauge", value: at(IN_FLIGHT) },
  ];
}
