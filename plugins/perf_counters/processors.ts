/**
 * Processors and the scheduler: /proc/stat.
 *
 * @module
 */
import type { Reading } from "./counter.ts";
import { numberOf, rowsOfWords } from "./proc_text.ts";

/** Columns of a `cpu` line, in units of time that all share. */
const USER = 0;
const NICE = 1;
const SYSTEM = 2;
const IDLE = 3;
const IO_WAIT = 4;
const IRQ = 5;
const SOFT_IRQ = 6;
const STEAL = 7;

/** Shares of time by counter name; guest time is in user time already. */
const SHARES: readonly (readonly [string, readonly number[]])[] = [
  ["% Processor Time", [USER, NICE, SYSTEM, IRQ, SOFT_IRQ, STEAL]],
  ["% User Time", [USER]],
  ["% Nice Time", [NICE]],
  ["% Privileged Time", [SYSTEM]],
  ["% Idle Time", [IDLE]],
  ["% IO Wait Time", [IO_WAIT]],
  ["% Interrupt Time", [IRQ]],
  ["% DPC Time", [SOFT_IRQ]],
  ["% Steal Time", [STEAL]],
];

/** Single numbers of /proc/stat by their line's name. */
const SINGLE: ReadonlyMap<string, readonly [string, Reading["kind"]]> = new Map([
  ["ctxt", ["Context Switches/sec", "rate"]],
  ["intr", ["Interrupts/sec", "rate"]],
  ["processes", ["Process Creations/sec", "rate"]],
  ["procs_running", ["Processes Running", "gauge"]],
  ["procs_blocked", ["Processes Blocked", "gauge"]],
]);

export function processors(text: string): readonly Reading[] {
  const readings: Reading[] = [];
  let count = 0;
  for (const [name = "", ...words] of rowsOfWords(text)) {
    const processor = /^cpu(\d*)$/.exec(name);
    const single = SINGLE.get(name);
    if (processor !== null) {
      if (processor[1] !== "") count++;
      readings.push(...shares(processor[1] || "_Total", words));
    } else if (single !== undefined) {
      const [counter, kind] = single;
      readings.push({
        object: "System",
        counter,
        instance: "",
        kind,
        value: numberOf(words[0]),
      });
    }
  }
  if (count > 0) {
    readings.push({ object: "System", counter: "CPUs", instance: "", kind: "gauge", value: count });
  }
  return readings;
}

function shares(instance: string, words: readonly string[]): readonly Reading[] {
  const times = words.slice(0, STEAL + 1).map(numberOf);
  if (times.length <= IDLE || times.some(Number.isNaN)) return [];
  const of = times.reduce((sum, time) => sum + time, 0);
  return SHARES.map(([counter, columns]) => ({
    object: "Processor",
    counter,
    instance,
    kind: "ratio",
    value: columns.reduce((sum, column) => sum + (times[column] ?? 0), 0),
    of,
    scale: 100,
  }));
}
