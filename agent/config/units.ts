/**
 * Durations and sizes as people write them: `200ms`, `15s`, `512KiB`.
 *
 * @module
 */
import * as v from "valibot";

const MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 864e5,
};
const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

type Units = Readonly<Record<string, number>>;

/** A duration such as `15s`, as milliseconds. */
export function duration({ leastMs, mostMs }: { leastMs: number; mostMs: number }) {
  return measure({ units: MS, least: leastMs, most: mostMs, like: 'a duration such as "5s"' });
}

/** A size such as `512KiB`, as bytes. */
export function bytes({ least, most }: { least: number; most: number }) {
  return measure({ units: BYTES, least, most, like: 'a size such as "512KiB"' });
}

interface Measure {
  readonly units: Units;
  readonly least: number;
  readonly most: number;
  readonly like: string;
}

function measure({ units, least, most, like }: Measure) {
  const isIn = (n: number): boolean => n >= least && n <= most;
  return v.pipe(
    v.string(`must be ${like}`),
    // On the text, so that a mistake is told of what was written.
    v.check((text) => parse(text, units) !== undefined, `must be ${like}`),
    v.check(
      (text) => isIn(parse(text, units) ?? least),
      `must be from ${textOf(least, units)} to ${textOf(most, units)}`,
    ),
    v.transform((text) => parse(text, units)!),
  );
}

function parse(text: string, units: Units): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text);
  const unit = units[match?.[2] ?? ""];
  return unit === undefined ? undefined : Math.round(Number(match?.[1]) * unit);
}

/** In the largest unit that it is a whole number of. */
function textOf(value: number, units: Units): string {
  const [name, size] = Object.entries(units).findLast(([, size]) => value % size === 0) ?? ["", 1];
  return value === 0 ? "0" : `${value / size}${name}`;
}
