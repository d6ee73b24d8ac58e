/**
 * Values that several routes share.
 *
 * @module
 */
import * as v from "valibot";

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** A moment with its offset, such as `2026-08-01T10:00:00.1234567Z`; 100 ns is the finest. */
export const Instant = v.pipe(
  v.string(),
  v.regex(INSTANT, 'must be a time with its offset, such as "2026-08-01T10:00:00Z"'),
  v.check((text) => !Number.isNaN(Date.parse(text)), "must be a time that exists"),
);

/** A whole number from 0 on. */
export const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A whole number in a query string, such as `limit=50`. */
export function limitOf(most: number, fallback: number) {
  return v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,9}$/, "must be a whole number"),
      v.transform(Number),
      v.minValue(1),
      v.maxValue(most),
    ),
    String(fallback),
  );
}

/** The name of a table or a column. */
export const Word = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "must be a word of letters, digits and _"),
);
