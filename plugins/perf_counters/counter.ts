/**
 * Readings of counters, and the values that two readings in a row make.
 *
 * @module
 */

/** One number as the kernel shows it. */
export interface Reading {
  readonly object: string;
  readonly counter: string;
  /** "" where the object has no instances. */
  readonly instance: string;
  /** `gauge`: as it is; `rate`: growth a second; `ratio`: growth by growth of `of`. */
  readonly kind: "gauge" | "rate" | "ratio";
  readonly value: number;
  /** Of a ratio: what its growth is divided by. */
  readonly of?: number;
  /** The value is multiplied by it; default 1. */
  readonly scale?: number;
}

/** The value of a counter. */
export interface Value {
  readonly reading: Reading;
  readonly value: number;
}

/** One look at all counters. */
export interface Sample {
  /** Seconds since some fixed time, by a clock that never jumps. */
  readonly seconds: number;
  /** Wall clock in ms since the epoch. */
  readonly at: number;
  readonly readings: ReadonlyMap<string, Reading>;
}

/** Names a counter. */
export function keyOf({ object, counter, instance }: Reading): string {
  return `${object}\0${counter}\0${instance}`;
}

/**
 * The values of `now`. What needs two readings is absent, not 0, where there was none before, and
 * where a counter went back: it was reset or has wrapped, and its growth is not known.
 */
export function valuesOf(now: Sample, before: Sample | undefined): readonly Value[] {
  const values: Value[] = [];
  const seconds = before === undefined ? 0 : now.seconds - before.seconds;
  for (const [key, reading] of now.readings) {
    const value = valueOf(reading, before?.readings.get(key), seconds);
    if (value !== undefined && Number.isFinite(value)) {
      values.push({ reading, value: value * (reading.scale ?? 1) });
    }
  }
  return values;
}

function valueOf(
  now: Reading,
  before: Reading | undefined,
  seconds: number,
): number | undefined {
  if (now.kind === "gauge") return now.value;
  if (before === undefined || seconds <= 0) return undefined;
  const growth = now.value - before.value;
  if (growth < 0) return undefined;
  if (now.kind === "rate") return growth / seconds;
  const ofGrowth = (now.of ?? 0) - (before.of ?? 0);
  return ofGrowth > 0 ? growth / ofGrowth : undefined;
}
