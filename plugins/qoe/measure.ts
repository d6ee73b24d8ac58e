/**
 * Numbers as reports write them. What is no number, or says that there is none, is absent, not 0.
 *
 * @module
 */

/** A decimal number, with a point or a comma; at most 20 characters. */
export function real(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?\d{1,15}(?:[.,]\d{1,15})?(?:[eE][+-]?\d{1,3})?$/.test(text)) {
    return undefined;
  }
  const value = Number(text.replace(",", "."));
  return Number.isFinite(value) ? value : undefined;
}

/** A whole number of 32 bits. */
export function int(text: string | undefined): number | undefined {
  const value = real(text);
  return value !== undefined && (value | 0) === value ? value : undefined;
}

/** A whole number from 0 to 2^53 - 1. */
export function count(text: string | undefined): number | undefined {
  const value = real(text);
  return value !== undefined && value >= 0 && Number.isSafeInteger(value) ? value : undefined;
}

/** A mean opinion score: 1 to 5 (ITU-T P.800.1). 0, 12.7 and 127 say that it was not measured. */
export function mosOf(text: string | undefined): number | undefined {
  const value = real(text);
  return value !== undefined && value >= 1 && value <= 5 ? value : undefined;
}

/** A number of RFC 3611 §4.7 that is 127 where it is not known. */
export function known(text: string | undefined): number | undefined {
  const value = real(text);
  return value === 127 ? undefined : value;
}

/** Percent as a fraction. */
export function percent(text: string | undefined): number | undefined {
  const value = real(text);
  // Not / 100 alone: 0.7 % is 0.007, not 0.006999999999999999.
  return value === undefined ? undefined : Number((value / 100).toPrecision(12));
}
