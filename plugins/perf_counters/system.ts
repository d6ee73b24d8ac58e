/**
 * The system as a whole: /proc/loadavg, /proc/uptime.
 *
 * @module
 */
import type { Reading } from "./counter.ts";
import { numberOf, rowsOfWords } from "./proc_text.ts";

/** `0.20 0.18 0.12 1/80 11206`: loads, scheduled entities running/all, newest process. */
export function load(text: string): readonly Reading[] {
  const [words = []] = rowsOfWords(text);
  return [
    gauge("Load1", numberOf(words[0])),
    gauge("Load5", numberOf(words[1])),
    gauge("Load15", numberOf(words[2])),
    gauge("Threads", numberOf(words[3]?.split("/")[1])),
  ];
}

/** Seconds since the start, and seconds all processors together were idle. */
export function uptime(text: string): readonly Reading[] {
  return [gauge("Uptime", uptimeSeconds(text))];
}

/** Seconds since the system started; NaN if the text says none. */
export function uptimeSeconds(text: string): number {
  return numberOf(rowsOfWords(text)[0]?.[0]);
}

function gauge(counter: string, value: number): Reading {
  return { object: "System", counter, instance: "", kind: "gauge", value };
}
