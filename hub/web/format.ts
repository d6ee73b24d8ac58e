/**
 * Values as the page shows them. Times are UTC.
 *
 * @module
 */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export function count(value: number): string {
  return whole.format(value);
}

export function rate(value: number): string {
  return (value < 10 ? short : whole).format(value);
}

/** `2026-08-01T10:00:00.1230000Z` as `2026-08-01 10:00:00.123`; what is no time as it is. */
export function time(text: string | null): string {
  if (text === null) return "–";
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return text;
  return text.replace("T", " ").replace(/Z$/, "").replace(/(\.\d{3})0{4}$/, "$1");
}

/** A span in ms in its two largest fitting units. */
export function span(ms: number | null): string {
  if (ms === null) return "–";
  if (Math.abs(ms) < 1000) return `${Math.round(ms)} ms`;
  if (Math.abs(ms) < 60_000) return `${short.format(ms / 1000)} s`;
  if (Math.abs(ms) < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${short.format(ms / 3_600_000)} h`;
}

/** A cell: text as it is, anything else as JSON, absent as a dash. */
export function cell(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** First digits of an identifier. */
export function id(text: string): string {
  return text.slice(0, 8);
}
