/**
 * Times in a format that the operator declares, such as `yyyy-MM-dd HH:mm:ss,SSS`.
 *
 * The letters are those of Unicode (UTS #35, Date Format Patterns).
 *
 * @module
 */
import { daysIn, latestInstant, LocalZone } from "../../sdk/read/local_time.ts";

/** Reads times of one format. */
export interface TimeReader {
  /** Units of 100 ns since the epoch; undefined if `text` is no such time. `now` is in ms. */
  read(text: string, now: number): bigint | undefined;
  /** How many characters of what stands at `at` belong to a time for sure: its words but the last. */
  least(line: string, at: number): number;
}

const TICKS_PER_MS = 10_000n;
const MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";

/** What a part of a format reads. */
type Part =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: Kind; readonly digits: number };
type Kind =
  | "year"
  | "month"
  | "monthName"
  | "day"
  | "hour"
  | "hour12"
  | "half"
  | "minute"
  | "second"
  | "fraction"
  | "offset";

const KINDS: Readonly<Record<string, Kind>> = {
  y: "year",
  M: "month",
  d: "day",
  H: "hour",
  h: "hour12",
  a: "half",
  m: "minute",
  s: "second",
  S: "fraction",
  Z: "offset",
  X: "offset",
};

/**
 * The reader of `format`: `iso`, `unix` (seconds), `unix_ms`, or letters. A time without offset is
 * of `zone`; one without a year is the latest that is not ahead.
 *
 * @throws {RangeError} If the format is none; the message says what would be right.
 */
export function timeReader(format: string, zone: string): TimeReader {
  if (format === "unix") return { read: (text) => epoch(text, 7), least: () => 0 };
  if (format === "unix_ms") return { read: (text) => epoch(text, 4), least: () => 0 };
  const local = new LocalZone(zone);
  if (format === "iso") return { read: (text) => readIso(text, local), least: leastOfIso };
  const parts = partsOf(format);
  const blanks = parts.map((part) => (part.kind === "literal" ? part.text : "")).join("")
    .match(/ +/g)?.length ?? 0;
  return {
    read: (text, now) => readParts(parts, text, { local, now }),
    least: (line, at) => words(line, at, blanks),
  };
}

/** A day, and a blank where others have a T. */
function leastOfIso(line: string, at: number): number {
  return /^\d{4}-\d\d-\d\d /.test(line.slice(at, at + 11)) ? 11 : 0;
}

/** The length of so many words with the blanks after them. */
function words(line: string, from: number, count: number): number {
  let at = from;
  for (let word = 0; word < count; word++) {
    while (at < line.length && line[at] !== " ") at++;
    while (line[at] === " ") at++;
  }
  return at - from;
}

/** A number of seconds or ms with decimals; `shift` digits make 100 ns of it. */
function epoch(text: string, shift: number): bigint | undefined {
  const match = /^(-?\d{1,14})(?:\.(\d{1,12}))?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = "0", fraction = ""] = match;
  const parts = BigInt(fraction.padEnd(shift, "0").slice(0, shift));
  const ticks = BigInt(whole) * 10n ** BigInt(shift);
  const sum = whole.startsWith("-") ? ticks - parts : ticks + parts;
  return isInRange(sum) ? sum : undefined;
}

/** As far as a `Date` reaches. */
function isInRange(ticks: bigint): boolean {
  const most = 8_640_000_000_000_000n * TICKS_PER_MS;
  return ticks <= most && ticks >= -most;
}

const ISO =
  /^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)? ?(Z|[+-]\d\d(?::?\d\d)?)?$/i;

function readIso(text: string, local: LocalZone): bigint | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = "0", fraction = "", offset] = match;
  return instant({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fraction,
    offset,
  }, { local, now: 0 });
}

interface Clock {
  year: number | undefined;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  /** Decimals of the second. */
  fraction: string;
  /** `Z`, `+02`, `+0200` or `+02:00`. */
  offset: string | undefined;
}

interface Where {
  readonly local: LocalZone;
  readonly now: number;
}

function instant(clock: Clock, { local, now }: Where): bigint | undefined {
  const { year, month, day, hour, minute, second } = clock;
  const isTime = hour < 24 && minute < 60 && second <= 60 && month >= 1 && month <= 12 && day >= 1;
  if (!isTime || (year !== undefined && day > daysIn(year, month - 1))) return undefined;
  const msOfDay = ((hour * 60 + minute) * 60 + second) * 1000;
  let ms: number;
  if (year === undefined) ms = latestInstant({ month: month - 1, day, msOfDay }, local, now);
  else {
    const wall = Date.UTC(year, month - 1, day) + msOfDay;
    ms = clock.offset === undefined ? local.toInstant(wall) : wall - offsetMs(clock.offset);
  }
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * TICKS_PER_MS + BigInt(clock.fraction.padEnd(7, "0").slice(0, 7));
}

function offsetMs(offset: string): number {
  if (/^z$/i.test(offset)) return 0;
  const digits = offset.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2) || "0");
  return (offset.startsWith("-") ? -minutes : minutes) * 60_000;
}

function partsOf(format: string): readonly Part[] {
  const parts: Part[] = [];
  for (const [run, quoted] of format.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g)) {
    const letter = run[0] ?? "";
    if (quoted !== undefined) {
      parts.push({ kind: "literal", text: quoted === "" ? "'" : quoted.replaceAll("''", "'") });
    } else if (letter === "'") throw new RangeError('has a "\'" that is not closed');
    else if (!/[A-Za-z]/.test(letter)) parts.push({ kind: "literal", text: run });
    else parts.push(letterPart(letter, run.length));
  }
  const kinds = new Set<string>(parts.map(({ kind }) => kind));
  const hasHour = kinds.has("hour") || (kinds.has("hour12") && kinds.has("half"));
  if (!(kinds.has("month") || kinds.has("monthName")) || !kinds.has("day") || !hasHour) {
    throw new RangeError(
      'must be "iso", "unix", "unix_ms" or letters such as "yyyy-MM-dd HH:mm:ss,SSS"',
    );
  }
  return parts;
}

function letterPart(letter: string, length: number): Part {
  const kind = KINDS[letter];
  if (kind === undefined) {
    throw new RangeError(
      `has the letter "${letter}", must be of y M d H h a m s S Z; quote text: 'T'`,
    );
  }
  if (kind === "month" && length > 2) return { kind: "monthName", digits: 3 };
  return { kind, digits: length };
}

function readParts(parts: readonly Part[], text: string, where: Where): bigint | undefined {
  const reader = new PartReader(text);
  for (const part of parts) if (!reader.read(part)) return undefined;
  return reader.isAtEnd ? instant(reader.clock(), where) : undefined;
}

/** Reads one text, part by part. */
class PartReader {
  readonly #text: string;
  #at = 0;
  #half: string | undefined;
  readonly #clock: Clock = {
    year: undefined,
    month: 0,
    day: 0,
    hour: 0,
    minute: 0,
    second: 0,
    fraction: "",
    offset: undefined,
  };

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  clock(): Clock {
    const { hour } = this.#clock;
    if (this.#half === undefined) return this.#clock;
    // 12 am is midnight, 12 pm noon.
    return { ...this.#clock, hour: (hour % 12) + (this.#half === "pm" ? 12 : 0) };
  }

  read(part: Part): boolean {
    const clock = this.#clock;
    switch (part.kind) {
      case "literal":
        return this.#literal(part.text);
      case "monthName":
        return this.#monthName();
      case "half":
        return this.#word(/^(am|pm)/i, (half) => this.#half = half.toLowerCase());
      case "offset":
        return this.#word(/^(?:Z|[+-]\d\d(?::?\d\d)?)/, (offset) => clock.offset = offset);
      case "fraction":
        return this.#word(/^\d{1,9}/, (digits) => clock.fraction = digits);
      case "year":
        return this.#word(part.digits === 2 ? /^\d\d/ : /^\d{4}/, (digits) => {
          clock.year = digits.length === 2 ? 2000 + Number(digits) : Number(digits);
        });
      case "hour12":
        return this.#number((hour) => clock.hour = hour);
      default: {
        const { kind } = part;
        return this.#number((value) => clock[kind] = value);
      }
    }
  }

  #literal(text: string): boolean {
    const isThere = this.#text.startsWith(text, this.#at);
    this.#at += text.length;
    return isThere;
  }

  /** One digit or two; a blank may stand for the first. */
  #number(set: (value: number) => void): boolean {
    return this.#word(/^(?: \d|\d\d?)/, (digits) => set(Number(digits)));
  }

  #monthName(): boolean {
    return this.#word(/^[A-Za-z]{3}/, (name) => {
      const at = MONTHS.indexOf(name.toLowerCase());
      this.#clock.month = at % 3 === 0 ? at / 3 + 1 : 0;
    });
  }

  #word(form: RegExp, set: (word: string) => void): boolean {
    const word = form.exec(this.#text.slice(this.#at, this.#at + 12))?.[0];
    if (word === undefined) return false;
    set(word);
    this.#at += word.length;
    return true;
  }
}
