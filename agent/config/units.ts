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

/** A duration such as `15s`, as milliseconds. */
export function duration({ leastMs, mostMs }: { leastMs: number; mostMs: number }) {
  return v.pipe(
    v.string('must be a duration such as "5s"'),
    v.transform((text) => parse(text, MS)),
    v.number('must be a duration such as "5s"'),
    v.check((ms) => ms >= leastMs && ms <= mostMs, `must be from ${leastMs} ms to ${mostMs} ms`),
  );
}

/** A size such as `512KiB`, as bytes. */
export function bytes({ least, most }: { least: number; most: number }) {
  return v.pipe(
    v.string('must be a size such as "512KiB"'),
    v.transform((text) => parse(text, BYTES)),
    v.number('must be a size such as "512KiB"'),
    v.check((n) => n >= least && n <= most, `must be from ${least} to ${most} bytes`),
  );
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text);
  const unit = units[match?.[2] ?? ""];
  return unit === undefined ? undefined : Math.round(Number(match?.[1]) * unit);
}
