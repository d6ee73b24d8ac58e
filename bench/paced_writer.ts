/**
 * Writes syslog lines to a file at a steady rate.
 *
 * @module
 */
import { appendFileSync } from "node:fs";
import { randomOf } from "../compile/demo/random.ts";
import { syslogLineAt, worldOf } from "./syslog_lines.ts";

/** Lines are written in bursts this often, as a busy program does. */
const BURST_MS = 10;

export interface Writer {
  writeFor(ms: number): Promise<void>;
  written(): number;
  /** Wall clock, ms, when line `n` was written. */
  timeOf(n: number): number;
}

/** Writes `rate` lines a second. */
export function writerOf(file: string, rate: number): Writer {
  const world = worldOf(randomOf(7));
  const times: number[] = [];
  return {
    async writeFor(ms) {
      const started = performance.now();
      const already = times.length;
      while (performance.now() - started < ms) {
        const due = Math.floor(((performance.now() - started) / 1000) * rate) + already;
        let text = "";
        for (let n = times.length; n < due; n++) {
          text += syslogLineAt(world, n, Date.now()).text;
          times.push(Date.now());
        }
        if (text !== "") appendFileSync(file, text);
        await new Promise((done) => void setTimeout(done, BURST_MS));
      }
    },
    written: () => times.length,
    timeOf: (n) => times[n] ?? NaN,
  };
}
