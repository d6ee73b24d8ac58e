/**
 * Whether a field of the input stands in the events that came out.
 *
 * @module
 */
import type { Field, FieldRecord } from "./sample_fields.ts";

/** All values of an event, whatever column they are in. */
function leavesOf(value: unknown): readonly string[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") return [String(value)];
  return Object.values(value).flatMap(leavesOf);
}

/** Names of members in values of an event. */
function namesOf(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(namesOf)];
}

/** Values of one event, or of all of a file. */
export interface Leaves {
  readonly exact: ReadonlySet<string>;
  /** Of members. */
  readonly names: ReadonlySet<string>;
  readonly numbers: ReadonlySet<number>;
  readonly times: ReadonlySet<number>;
  /** All of them, one behind the other. */
  readonly text: string;
}

export function leavesIndex(rows: readonly unknown[]): Leaves {
  const values = rows.flatMap(leavesOf);
  const plain = values.map(plainOf);
  return {
    exact: new Set(plain),
    names: new Set(rows.flatMap(namesOf).map(plainOf)),
    numbers: new Set(values.map(numberOf).filter((one) => one !== undefined)),
    times: new Set(values.map(timeOf).filter((one) => one !== undefined)),
    text: plain.join("\n"),
  };
}

/** The fields of `record` that are in none of `leaves`. */
export function lostOf(record: FieldRecord, leaves: Leaves): readonly Field[] {
  return record.filter(({ name, value, also = [] }) =>
    !(name.endsWith("Data.Name") && leaves.names.has(plainOf(value))) &&
    ![value, ...also].some((one) => isIn(one, leaves))
  );
}

function isIn(value: string, { exact, numbers, times, text }: Leaves): boolean {
  const plain = plainOf(value);
  if (exact.has(plain)) return true;
  const number = numberOf(value);
  if (number !== undefined && numbers.has(number)) return true;
  const time = timeOf(value);
  if (time !== undefined && times.has(time)) return true;
  // Without a year: as it stands in any time.
  return isWordOf(plain, text);
}

/** Whether `value` stands in `text` with nothing of a word before and behind it. */
function isWordOf(value: string, text: string): boolean {
  const isWord = (c: string | undefined): boolean => c !== undefined && /[\p{L}\p{N}]/u.test(c);
  const [first, last] = [value.at(0), value.at(-1)];
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const isStart = !isWord(first) || !isWord(text[at - 1]) || value.startsWith("-");
    if (isStart && (!isWord(last) || !isWord(text[at + value.length]))) return true;
  }
  return false;
}

/** Without braces, case and white space at its ends: of GUIDs and texts. */
function plainOf(value: string): string {
  return value.trim().toLowerCase().replaceAll(/[{}]/g, "").replaceAll(/\r\n?/g, "\n");
}

function numberOf(value: string): number | undefined {
  const text = value.trim();
  return /^[-+]?(?:0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?)$/i.test(text)
    ? Number(Number(text).toPrecision(12))
    : undefined;
}

/** Ms since the epoch; of seconds since then too. */
function timeOf(value: string): number | undefined {
  if (/^\d{10}(?:\.\d+)?$/.test(value)) return Math.floor(Number(value)) * 1000;
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(value)) return undefined;
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(value) ? value : `${value}Z`;
  const time = Date.parse(zoned.replace(" ", "T").replace(/(\.\d{3})\d+/, "$1"));
  return Number.isNaN(time) ? undefined : time;
}
