/**
 * Network interfaces: /proc/net/dev.
 *
 * @module
 */
import type { Reading } from "./counter.ts";
import { numberOf } from "./proc_text.ts";

/** Counter by column: eight of what was received, eight of what was sent. */
const COLUMNS: ReadonlyMap<number, string> = new Map([
  [0, "Bytes Received/sec"],
  [1, "Packets Received/sec"],
  [2, "Receive Errors/sec"],
  [3, "Receive Drops/sec"],
  [8, "Bytes Sent/sec"],
  [9, "Packets Sent/sec"],
  [10, "Send Errors/sec"],
  [11, "Send Drops/sec"],
  [13, "Collisions/sec"],
]);
const COLUMN_COUNT = 16;

export function networks(text: string): readonly Reading[] {
  return text.split("\n").flatMap((line) => {
    // A name may touch its first number: "eth0:123 …"; it may have colons of its own.
    const colon = line.lastIndexOf(":");
    const numbers = line.slice(colon + 1).trim().split(/[ \t]+/).map(numberOf);
    if (colon < 0 || numbers.length < COLUMN_COUNT) return [];
    return oneInterface(line.slice(0, colon).trim(), numbers);
  });
}

function oneInterface(instance: string, numbers: readonly number[]): readonly Reading[] {
  const rate = (counter: string, value: number): Reading => ({
    object: "Network Interface",
    counter,
    instance,
    kind: "rate",
    value,
  });
  return [
    ...[...COLUMNS].map(([column, counter]) => rate(counter, numbers[column] ?? NaN)),
    rate("Bytes Total/sec", (numbers[0] ?? NaN) + (numbers[8] ?? NaN)),
  ];
}
