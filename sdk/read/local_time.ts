/**
 * Wall-clock times without zone or year, as RFC 3164 writes them, to instants.
 *
 * @module
 */
const HOUR_MS = 3_600_000;
/** A sender's clock may be so far ahead of ours before its month is taken to be of last year. */
const FUTURE_MS = 7 * 24 * HOUR_MS;
/** February 29 comes at least once in so many years. */
const LEAP_YEARS = 8;

/** A time zone's offsets. Not two lookups an hour of log: the offset of the last hour is kept. */
export class LocalZone {
  readonly #zone: string;
  #hour = NaN;
  #offset = 0;

  /** `zone` is an IANA name or a fixed offset. */
  constructor(zone: string) {
    this.#zone = zone;
  }

  /** Whether the last instant given lies in an hour in which clocks do not change. */
  isSteady = false;

  /** The instant at which the zone's clocks show `wall` (ms, as if it were UTC). */
  toInstant(wall: number): number {
    const hour = Math.floor(wall / HOUR_MS);
    this.isSteady = hour === this.#hour;
    if (this.isSteady) return wall - this.#offset;
    const first = this.#offsetAt(hour * HOUR_MS);
    const last = this.#offsetAt((hour + 1) * HOUR_MS - 1);
    // Clocks change within this hour: it is looked up each time.
    if (first !== last) return wall - this.#offsetAt(wall);
    this.isSteady = true;
    this.#hour = hour;
    this.#offset = first;
    return wall - first;
  }

  #offsetAt(wall: number): number {
    const clock = Temporal.Instant.fromEpochMilliseconds(wall).toZonedDateTimeISO("UTC");
    return wall - clock.toPlainDateTime().toZonedDateTime(this.#zone).epochMilliseconds;
  }
}

/** A day of a year that is not told. `month` is 0 to 11. */
export interface YearlessTime {
  readonly month: number;
  readonly day: number;
  readonly msOfDay: number;
}

/** The latest such instant that is not well after `now`; NaN for a day that no year has. */
export function latestInstant(time: YearlessTime, zone: LocalZone, now: number): number {
  const { month, day, msOfDay } = time;
  const next = new Date(now).getUTCFullYear() + 1;
  for (let year = next; year > next - 2 - LEAP_YEARS; year--) {
    const wall = Date.UTC(year, month, day) + msOfDay;
    // The zone's hours do not matter in a week's tolerance.
    if (wall <= now + FUTURE_MS && day <= daysIn(year, month)) return zone.toInstant(wall);
  }
  return NaN;
}

/** Days of a month, 0 to 11. */
export function daysIn(year: number, month: number): number {
  if (month === 1) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
}
