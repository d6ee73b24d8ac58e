/**
 * Times as records of telephone systems and APIs write them, in ticks of 100 ns since the Unix epoch.
 *
 * @module
 */
const TICKS_PER_MS = 10_000n;

/** ISO 8601 with seconds and a zone, of up to 100 ns: `2026-02-25T18:52:21.2169889Z`. */
export function isoTicks(text: unknown): bigint | undefined {
  if (typeof text !== "string") return undefined;
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/.exec(text);
  if (parts === null) return undefined;
  const offset = (parts[3] ?? "").replace(/(\d\d)(\d\d)$/, "$1:$2");
  const ms = Date.parse(`${parts[1]}${offset}`);
  if (Number.isNaN(ms)) return undefined;
  const fraction = (parts[2] ?? "").padEnd(7, "0").slice(0, 7);
  return BigInt(ms) * TICKS_PER_MS + BigInt(fraction);
}

/** Whole seconds since the epoch, in ms; 0 and what is no number is absent. */
export function epochSeconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,11}$/.test(text)) return undefined;
  const seconds = Number(text);
  return seconds === 0 ? undefined : seconds * 1000;
}

/** Gives ms since the epoch of `yyyy-mm-dd hh:mm:ss` in a zone; undefined is this host's. */
export function localTime(text: string, timezone: string | undefined): number | undefined {
  const iso = text.replace(" ", "T");
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(iso)) return undefined;
  const utc = Date.parse(`${iso}Z`);
  // A parser takes February 30 for March 1.
  if (Number.isNaN(utc) || new Date(utc).getUTCDate() !== Number(iso.slice(8, 10))) {
    return undefined;
  }
  if (timezone === "UTC") return utc;
  if (timezone === undefined) return Date.parse(iso);
  return Temporal.PlainDateTime.from(iso).toZonedDateTime(timezone).epochMilliseconds;
}

/** Seconds since the epoch with decimals, in units of 100 ns; undefined for what is none. */
export function epochTicks(text: string): bigint | undefined {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,12}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = ""] = match;
  const ticks = BigInt(whole) * 1000n * TICKS_PER_MS + BigInt(fraction.padEnd(7, "0").slice(0, 7));
  return sign === "-" ? -ticks : ticks;
}
