/**
 * How much memory processes take over time, and whether it grows.
 *
 * @module
 */
import { readFileSync } from "node:fs";

const PAGE_BYTES = 4096;
const MINUTE_MS = 60_000;
/** The first part of a run is warming up. */
const WARM_UP = 1 / 3;

/** Resident bytes of a process; undefined where it cannot be told. */
export function residentBytes(pid: number | undefined): number | undefined {
  try {
    const [, resident] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
    return Number(resident) * PAGE_BYTES;
  } catch {
    return undefined;
  }
}

/** Samples of one process. */
export class Samples {
  readonly #at: { readonly ms: number; readonly bytes: number }[] = [];

  add(ms: number, bytes: number | undefined): void {
    if (bytes !== undefined) this.#at.push({ ms, bytes });
  }

  get last(): number {
    return this.#at.at(-1)?.bytes ?? 0;
  }

  /** Bytes a minute after warming up, by least squares; 0 of too few samples. */
  get slope(): number {
    const warm = this.#at.slice(Math.floor(this.#at.length * WARM_UP));
    if (warm.length < 3) return 0;
    const meanMs = warm.reduce((sum, { ms }) => sum + ms, 0) / warm.length;
    const meanBytes = warm.reduce((sum, { bytes }) => sum + bytes, 0) / warm.length;
    let over = 0;
    let under = 0;
    for (const { ms, bytes } of warm) {
      over += (ms - meanMs) * (bytes - meanBytes);
      under += (ms - meanMs) ** 2;
    }
    return under === 0 ? 0 : over / under * MINUTE_MS;
  }
}
