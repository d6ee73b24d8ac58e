/**
 * SQL of functions of times. Times are ticks of 100 ns since the Unix epoch, spans are ticks.
 *
 * @module
 */
import type { Call } from "../../plan.ts";
import { type FunctionSql, type FunctionTable, once, unsupported } from "../printer.ts";
import { constantText } from "./text_operators.ts";
import { datetimeOf, EPOCH, TICKS } from "./ticks.ts";

const { day: DAY, hour: HOUR, minute: MINUTE, second: SECOND, week: WEEK } = TICKS;

export const TIME_SQL: FunctionTable = {
  startofday: ([time, offset]) => `(${dayOf(time!)} * ${DAY} - ${EPOCH}${shift(offset, DAY)})`,
  endofday: ([time, offset]) =>
    `(${dayOf(time!)} * ${DAY} - ${EPOCH} + (${DAY} - 1)${shift(offset, DAY)})`,
  startofweek: ([time, offset]) => `(${sundayOf(time!)} * ${DAY} - ${EPOCH}${shift(offset, WEEK)})`,
  endofweek: ([time, offset]) =>
    `(${sundayOf(time!)} * ${DAY} - ${EPOCH} + (${WEEK} - 1)${shift(offset, WEEK)})`,
  startofmonth: ([time, offset = "0"]) => startOfMonth(time!, offset),
  endofmonth: ([time, offset = "0"]) => `(${startOfMonth(time!, `${offset} + 1`)} - 1)`,
  startofyear: ([time, offset = "0"]) => startOfYear(time!, offset),
  endofyear: ([time, offset = "0"]) => `(${startOfYear(time!, `${offset} + 1`)} - 1)`,
  dayofweek: ([time]) => `((${dayOf(time!)} + 1) % 7 * ${DAY})`,
  dayofmonth: part("toDayOfMonth"),
  dayofyear: part("toDayOfYear"),
  monthofyear: part("toMonth"),
  getyear: part("toYear"),
  week_of_year: part("toISOWeek"),
  hourofday: ([time]) => `toInt32(intDiv(${sinceFirst(time!)}, ${HOUR}) % 24)`,
  datetime_part: ([, time], call) => {
    const name = constantText(call.args[0])?.toLowerCase() ?? "";
    const print = PARTS.get(name);
    if (print === undefined) throw unsupported(`datetime_part() with "${name}"`);
    return `toInt32(${print(time!)})`;
  },
  datetime_add: ([, count, time], call) => datetimeAdd(count!, time!, call),
  datetime_diff: ([, left, right], call) => datetimeDiff(left!, right!, call),
  make_datetime: ([year = "", month = "", day = "", hour = "0", minute = "0", second = "0"]) =>
    once([year, month, day, hour, minute, second], (...parts) => {
      const [y, mo, d, h, mi, s] = parts;
      const date = `makeDate32(ifNull(${y}, 0), ifNull(${mo}, 0), ifNull(${d}, 0))`;
      const isRead =
        `throwIf(ifNull(${y} < 1900 or ${y} > 2299, 0), 'custos: a year that ClickHouse has no dates of') = 0`;
      const isDay =
        `toYear(${date}) = ${y} and toMonth(${date}) = ${mo} and toDayOfMonth(${date}) = ${d}`;
      const isTime = `${h} between 0 and 23 and ${mi} between 0 and 59 and ${s} >= 0 and ${s} < 60`;
      const ticks =
        `((toInt64(toInt32(${date})) * 24 + ${h}) * 60 + ${mi}) * ${MINUTE} + toInt64(floor(${s} * ${SECOND} + 0.5))`;
      return `if(${isRead} and ${isDay} and ${isTime}, ${ticks}, NULL)`;
    }),
  unixtime_seconds_todatetime: unixTime(10_000_000),
  unixtime_milliseconds_todatetime: unixTime(10_000),
  unixtime_microseconds_todatetime: unixTime(10),
};

/** Ticks since 0001-01-01, never negative. */
function sinceFirst(time: string): string {
  return `((${time}) + ${EPOCH})`;
}

/** Days since 0001-01-01, a Monday. */
function dayOf(time: string): string {
  return `toInt64(intDiv(${sinceFirst(time)}, ${DAY}))`;
}

/** Days since 0001-01-01 of the Sunday that begins the week. */
function sundayOf(time: string): string {
  return `(intDiv(${dayOf(time)} + 1, 7) * 7 - 1)`;
}

function shift(offset: string | undefined, ticks: string): string {
  return offset === undefined ? "" : ` + (${offset}) * ${ticks}`;
}

/** As a Date32, which has the years 1900 to 2299: others are refused. */
export function dateOf(time: string): string {
  return once(
    [`intDiv(${sinceFirst(time)}, ${DAY}) - 719162`],
    (days) =>
      `CAST(if(throwIf(ifNull(${days} < -25567 or ${days} > 120529, 0), 'custos: a year that ClickHouse has no dates of') = 0, toInt32(${days}), NULL) AS Nullable(Date32))`,
  );
}

function ticksOfDate(date: string): string {
  return `(toInt64(toInt32(${date})) * ${DAY})`;
}

function startOfMonth(time: string, offset: string): string {
  const start = `toDate32(addDays(${dateOf(time)}, 0))`;
  return once([start], (date) => {
    const first = `addDays(${date}, 1 - toDayOfMonth(${date}))`;
    return ticksOfDate(offset === "0" ? first : `addMonths(${first}, ${offset})`);
  });
}

function startOfYear(time: string, offset: string): string {
  return once([dateOf(time)], (date) => {
    const first = `addDays(${date}, 1 - toDayOfYear(${date}))`;
    return ticksOfDate(offset === "0" ? first : `addYears(${first}, ${offset})`);
  });
}

function part(name: string): FunctionSql {
  return ([time]) => `toInt32(${name}(${dateOf(time!)}))`;
}

const PARTS: ReadonlyMap<string, (time: string) => string> = new Map([
  ["year", (time: string) => `toYear(${dateOf(time)})`],
  ["quarter", (time) => `toQuarter(${dateOf(time)})`],
  ["month", (time) => `toMonth(${dateOf(time)})`],
  ["day", (time) => `toDayOfMonth(${dateOf(time)})`],
  ["dayofyear", (time) => `toDayOfYear(${dateOf(time)})`],
  ["week_of_year", (time) => `toISOWeek(${dateOf(time)})`],
  ["weekofyear", (time) => `toISOWeek(${dateOf(time)})`],
  ["hour", (time) => `intDiv(${sinceFirst(time)}, ${HOUR}) % 24`],
  ["minute", (time) => `intDiv(${sinceFirst(time)}, ${MINUTE}) % 60`],
  ["second", (time) => `intDiv(${sinceFirst(time)}, ${SECOND}) % 60`],
  ["millisecond", (time) => `intDiv(${sinceFirst(time)}, ${TICKS.millisecond}) % 1000`],
  ["microsecond", (time) => `intDiv(${sinceFirst(time)}, 10) % 1000000`],
  ["nanosecond", (time) => `${sinceFirst(time)} % ${SECOND} * 100`],
]);

const MONTHS: ReadonlyMap<string, number> = new Map([["year", 12], ["quarter", 3], ["month", 1]]);

function datetimeAdd(count: string, time: string, call: Call): string {
  const name = constantText(call.args[0])?.toLowerCase() ?? "";
  const months = MONTHS.get(name);
  if (months !== undefined) {
    return once(
      [time],
      (t) =>
        `(${ticksOfDate(`addMonths(${dateOf(t)}, (${count}) * ${months})`)} + ${
          sinceFirst(t)
        } % ${DAY})`,
    );
  }
  const ticks = ticksOf(name, call);
  return datetimeOf(`(toInt128(${time}) + toInt128(${count}) * ${ticks})`);
}

function ticksOf(name: string, call: Call): string {
  const ticks: Readonly<Record<string, string>> = TICKS;
  const found = ticks[name];
  if (found === undefined) throw unsupported(`${call.name}() with "${name.slice(0, 40)}"`);
  return found;
}

/** How many borders of the unit lie between. */
function datetimeDiff(left: string, right: string, call: Call): string {
  const name = constantText(call.args[0])?.toLowerCase() ?? "";
  const months = MONTHS.get(name);
  if (months !== undefined) {
    const index = (time: string): string =>
      once([dateOf(time)], (t) => `intDiv(toYear(${t}) * 12 + toMonth(${t}) - 1, ${months})`);
    return `toInt64(${index(left)} - ${index(right)})`;
  }
  if (name === "week") return `intDiv(${sundayOf(left)} - ${sundayOf(right)}, 7)`;
  const ticks = ticksOf(name, call);
  return `(intDiv(${sinceFirst(left)}, ${ticks}) - intDiv(${sinceFirst(right)}, ${ticks}))`;
}

function unixTime(ticks: number): FunctionSql {
  return ([count], call) => {
    const type = call.args[0]?.type;
    if (type !== "int" && type !== "long") throw unsupported(`${call.name}() of a ${type}`);
    return datetimeOf(`(toInt128(${count}) * ${ticks})`);
  };
}
