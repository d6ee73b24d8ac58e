/**
 * Reads the timestamps of syslog messages from bytes (RFC 5424 §6.2.3, RFC 3164 §4.1.2).
 *
 * Messages come many a second: the bytes of the last second read are kept, and a message of the
 * same second costs a comparison.
 *
 * @module
 */
import { daysIn, latestInstant, type LocalZone } from "../../sdk/read/local_time.ts";

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** `2026-01-31T23:59:59`. */
const ISO_BYTES = 19;
/** `Jan 31 23:59:59`. */
const BSD_BYTES = 15;
/** `Jan 31 23:`. */
const BSD_HOUR_BYTES = 10;
const NONE = new Uint8Array(0);
const DASH = 45;
const DOT = 46;
const COLON = 58;
const SPACE = 32;

/** Each method gives the index after the timestamp, or -1; the time is then in the fields. */
export class TimestampReader {
  /** Of the last timestamp read, since the epoch, whole. */
  ms = 0;
  /** And so many units of 100 ns. */
  ticks = 0;
  /** Wall clock in ms: what times without a year are taken to be near of. */
  now = 0;
  readonly #zone: LocalZone;
  /** Of the last second read; empty if there is none. */
  #isoBytes: Uint8Array = NONE;
  #isoWall = 0;
  #bsdBytes: Uint8Array = NONE;
  #bsdInstant = 0;
  /** When the hour of that second began; NaN if the clocks change within it. */
  #bsdHour = NaN;

  constructor(zone: LocalZone) {
    this.#zone = zone;
  }

  /** Forgets the seconds it keeps: needed when `now` is set anew. */
  forget(): void {
    this.#isoBytes = NONE;
    this.#bsdBytes = NONE;
  }

  /** RFC 3339 with zone, as RFC 5424 demands. A leap second is the first one of the next minute. */
  readRfc3339(bytes: Uint8Array, at: number): number {
    return this.#readIso(bytes, at, false);
  }

  /** Any timestamp of a message that is not RFC 5424. */
  readLegacy(bytes: Uint8Array, at: number): number {
    if (same(bytes, at, this.#bsdBytes)) {
      this.ms = this.#bsdInstant;
      this.ticks = 0;
      return this.#fraction(bytes, at + BSD_BYTES);
    }
    if (this.#isNextInHour(bytes, at)) return this.#fraction(bytes, at + BSD_BYTES);
    const isIso = bytes[at + 4] === DASH && bytes[at + 7] === DASH;
    return isIso ? this.#readIso(bytes, at, true) : this.#readBsd(bytes, at);
  }

  /** Another minute or second of the same hour: no calendar is needed. */
  #isNextInHour(bytes: Uint8Array, at: number): boolean {
    const kept = this.#bsdBytes;
    for (let k = BSD_HOUR_BYTES - 1; k >= 0; k--) if (bytes[at + k] !== kept[k]) return false;
    const minute = twoDigits(bytes, at + BSD_HOUR_BYTES);
    const second = twoDigits(bytes, at + BSD_HOUR_BYTES + 3);
    const instant = this.#bsdHour + minute * MINUTE_MS + second * SECOND_MS;
    // A leap second may be of the next hour, where the clocks may have changed.
    const isTime = minute < 60 && second < 60 && bytes[at + BSD_HOUR_BYTES + 2] === COLON;
    if (!isTime || Number.isNaN(instant)) return false;
    for (let k = BSD_HOUR_BYTES; k < BSD_BYTES; k++) kept[k] = bytes[at + k]!;
    this.#bsdInstant = this.ms = instant;
    this.ticks = 0;
    return true;
  }

  #readIso(bytes: Uint8Array, at: number, isLocalAllowed: boolean): number {
    if (!same(bytes, at, this.#isoBytes)) {
      const wall = isoSecond(bytes, at);
      if (Number.isNaN(wall)) return -1;
      this.#isoWall = wall;
      this.#isoBytes = keep(this.#isoBytes, bytes.subarray(at, at + ISO_BYTES));
    }
    if (!isLocalAllowed && bytes[at + 10] === SPACE) return -1;
    this.ms = this.#isoWall;
    this.ticks = 0;
    const i = this.#fraction(bytes, at + ISO_BYTES);
    const c = bytes[i];
    if (c === 90) return i + 1;
    const isOffset = c === 43 || c === DASH;
    if (isOffset && (!isLocalAllowed || bytes[i + 3] === COLON)) {
      return this.#offset(bytes, i, i + 3);
    }
    if (isOffset) return this.#offset(bytes, i, i + 2);
    if (!isLocalAllowed) return -1;
    this.ms += this.#zone.toInstant(this.#isoWall) - this.#isoWall;
    return i;
  }

  /** `+hh:mm` or `-hhmm`: minutes are after `separator`. */
  #offset(bytes: Uint8Array, at: number, separator: number): number {
    const hours = twoDigits(bytes, at + 1);
    const minutes = twoDigits(bytes, separator + 1);
    const isColon = separator === at + 3;
    if (!(hours < 24 && minutes < 60) || (isColon && bytes[separator] !== COLON)) return -1;
    const offset = hours * HOUR_MS + minutes * MINUTE_MS;
    this.ms -= bytes[at] === DASH ? -offset : offset;
    return separator + 3;
  }

  /** `.` and digits, if they are there. What is finer than 100 ns is cut off. */
  #fraction(bytes: Uint8Array, at: number): number {
    if (bytes[at] !== DOT) return at;
    let i = at + 1;
    let value = 0;
    let scale = 1_000_000;
    for (;; i++) {
      const digit = bytes[i]! - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value += digit * scale;
      scale = scale > 1 ? scale / 10 : 0;
    }
    if (i === at + 1) return at;
    const ms = Math.floor(value / 10_000);
    this.ms += ms;
    this.ticks = value - ms * 10_000;
    return i;
  }

  /** `Mmm [d]d hh:mm:ss`, with a year before it or before the hour, or without. */
  #readBsd(bytes: Uint8Array, from: number): number {
    let at = from;
    let year = fourDigits(bytes, at);
    if (year >= 0) at += 5;
    const month = monthAt(bytes, at);
    if (month < 0) return -1;
    at += bytes[at + 4] === SPACE ? 5 : 4;
    const hasTwo = bytes[at + 1] !== SPACE;
    const day = hasTwo ? twoDigits(bytes, at) : bytes[at]! - 48;
    at += hasTwo ? 2 : 1;
    if (!(day >= 1 && day <= 31) || bytes[at++] !== SPACE) return -1;
    if (year < 0) {
      year = fourDigits(bytes, at);
      if (year >= 0) at += 5;
    }
    const msOfDay = clockAt(bytes, at);
    if (Number.isNaN(msOfDay)) return -1;
    const instant = year < 0
      ? latestInstant({ month, day, msOfDay }, this.#zone, this.now)
      : day <= daysIn(year, month)
      ? this.#zone.toInstant(Date.UTC(year, month, day) + msOfDay)
      : NaN;
    if (Number.isNaN(instant)) return -1;
    const end = at + 8;
    if (end - from === BSD_BYTES) {
      this.#bsdBytes = keep(this.#bsdBytes, bytes.subarray(from, end));
      this.#bsdInstant = instant;
      // A leap second may be of the next hour already.
      const isLeap = bytes[end - 2] === 54;
      this.#bsdHour = this.#zone.isSteady && !isLeap ? instant - msOfDay % HOUR_MS : NaN;
    }
    this.ms = instant;
    this.ticks = 0;
    return this.#fraction(bytes, end);
  }
}

/** Seconds change in their last digits: they are compared first. */
function same(bytes: Uint8Array, at: number, kept: Uint8Array): boolean {
  const last = kept.length - 1;
  for (let k = last; k >= 0; k--) if (bytes[at + k] !== kept[k]) return false;
  return last >= 0;
}

function keep(kept: Uint8Array, bytes: Uint8Array): Uint8Array {
  // Not `bytes.slice()`: that of a `Buffer` is no copy, and what is kept is written to.
  if (kept.length !== bytes.length) return new Uint8Array(bytes);
  kept.set(bytes);
  return kept;
}

/** `yyyy-mm-ddThh:mm:ss` as ms as if it were UTC, or NaN. */
function isoSecond(bytes: Uint8Array, at: number): number {
  const year = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2);
  const month = twoDigits(bytes, at + 5);
  const day = twoDigits(bytes, at + 8);
  const separator = bytes[at + 10];
  const isDate = bytes[at + 4] === DASH && bytes[at + 7] === DASH && month >= 1 && month <= 12 &&
    day >= 1 && day <= daysIn(year, month - 1);
  if (!isDate || (separator !== 84 && separator !== SPACE)) return NaN;
  return yearStart(year, month - 1, day) + clockAt(bytes, at + 11);
}

/** `Date.UTC` takes years below 100 for the 1900s. */
function yearStart(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month, day);
}

/** `hh:mm:ss` in ms, or NaN. */
function clockAt(bytes: Uint8Array, at: number): number {
  const hour = twoDigits(bytes, at);
  const minute = twoDigits(bytes, at + 3);
  const second = twoDigits(bytes, at + 6);
  const isClock = hour < 24 && minute < 60 && second <= 60 && bytes[at + 2] === COLON &&
    bytes[at + 5] === COLON;
  return isClock ? hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS : NaN;
}

/** A month's number from 0 where its name and a space stand, or -1. */
function monthAt(bytes: Uint8Array, at: number): number {
  if (bytes[at + 3] !== SPACE) return -1;
  for (let k = 0; k < MONTHS.length; k += 3) {
    if (
      bytes[at] === MONTHS.charCodeAt(k) && bytes[at + 1] === MONTHS.charCodeAt(k + 1) &&
      bytes[at + 2] === MONTHS.charCodeAt(k + 2)
    ) return k / 3;
  }
  return -1;
}

/** Four digits and a space, or -1. */
function fourDigits(bytes: Uint8Array, at: number): number {
  const value = twoDigits(bytes, at) * 100 + twoDigits(bytes, at + 2);
  return value >= 0 && bytes[at + 4] === SPACE ? value : -1;
}

/** Two digits, or NaN. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 48;
  const ones = bytes[at + 1]! - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}
