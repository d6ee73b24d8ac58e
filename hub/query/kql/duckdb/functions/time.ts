/**
 * SQL of functions of times. Times are ticks of 100 ns since the Unix epoch, spans are ticks.
 *
 * @module
 */
import { KqlError } from "../../kql_error.ts";
import type { Call } from "../../plan.ts";
import { datetimeOf, EPOCH, once, TICKS, wordOf } from "./sql_function.ts";
import type { FunctionSql, FunctionTable } from "../printer.ts";

const { day: DAY, hour: HOUR, minute: MINUTE, second: SECOND, week: WEEK } = TICKS;

export const TIME_SQL: FunctionTable = {
  startofday: ([time, offset]) => `(${dayOf(time!)} * ${DAY} - ${EPOCH}${shift(offset, DAY)})`,
  endofday: ([time, offset]) =>
    `(${dayOf(time!)} * ${DAY} - ${EPOCH} + (${DAY} - 1)${shift(offset, DAY)})`,
  startofweek: ([time, offset]) => `(${sundayOf(time!)} * ${DAY} - ${EPOCH}${shift(offset, WEEK)})`,
  endofweek: ([time, offset]) =>
    `(${sundayOf(time!)} * ${DAY} - ${EPOCH} + (${WEEK} - 1)${shift(offset, WEEK)})`,
  startofmonth: ([time, offset]) => startOf("month", time!, offset ?? "0"),
  endofmonth: ([time, offset]) => `(${startOf("month", time!, `${offset ?? "0"} + 1`)} - 1)`,
  startofyear: ([time, offset]) => startOf("year", time!, offset ?? "0"),
  endofyear: ([time, offset]) => `(${startOf("year", time!, `${offset ?? "0"} + 1`)} - 1)`,
  dayofweek: ([time]) => `((${dayOf(time!)} + 1) % 7 * ${DAY})`,
  dayofmonth: part("day"),
  dayofyear: part("dayofyear"),
  monthofyear: part("month"),
  getyear: part("year"),
  week_of_year: part("week"),
  hourofday: ([time]) => `(${sinceFirst(time!)} // ${HOUR} % 24)::INTEGER`,
  datetime_part: ([, time], call) => datetimePart(wordOf(call, 0), time!, call),
  datetime_add: ([, count, time], call) =>
    datetimeAdd(wordOf(call, 0), { count: count!, time: time! }, call),
  datetime_diff: ([, left, right], call) => datetimeDiff(wordOf(call, 0), [left!, right!], call),
  make_datetime: ([year, month, day, hour = "0", minute = "0", second = "0"]) => {
    const parts = [year, month, day, hour, minute].map((sql) => `(${sql})::BIGINT`).join(", ");
    return once([second], (s) =>
      datetimeOf(
        `(epoch_us(try(make_timestamp(${parts}, 0.0)))::HUGEINT * 10 + CASE WHEN ${s} >= 0 AND ${s} < 60 THEN round((${s}) * ${SECOND})::BIGINT END)`,
      ));
  },
  make_timespan: (args) => makeTimespan(args),
  unixtime_seconds_todatetime: unixTime(7),
  unixtime_milliseconds_todatetime: unixTime(4),
  unixtime_microseconds_todatetime: unixTime(1),
  unixtime_nanoseconds_todatetime: unixTime(-2),
};

/** Ticks since 0001-01-01, never negative. */
function sinceFirst(time: string): string {
  return `((${time}) + ${EPOCH})`;
}

/** Days since 0001-01-01, a Monday. */
function dayOf(time: string): string {
  return `(${sinceFirst(time)} // ${DAY})`;
}

/** Days since 0001-01-01 of the Sunday that begins the week. */
function sundayOf(time: string): string {
  return `((${dayOf(time)} + 1) // 7 * 7 - 1)`;
}

function shift(offset: string | undefined, ticks: string): string {
  return offset === undefined ? "" : ` + (${offset}) * ${ticks}`;
}

/** As a TIMESTAMP of whole microseconds. */
function timestamp(time: string): string {
  return `make_timestamp(${sinceFirst(time)} // 10 - ${EPOCH.slice(0, -1)})`;
}

function startOf(unit: "month" | "year", time: string, offset: string): string {
  const start = `date_trunc('${unit}', ${timestamp(time)})`;
  const moved = offset === "0" ? start : `${start} + to_${unit}s(try_cast(${offset} AS INTEGER))`;
  return `(epoch_us(${moved}) * 10)`;
}

function part(name: string): FunctionSql {
  return ([time]) => `${name}(${timestamp(time!)})::INTEGER`;
}

const PARTS: ReadonlyMap<string, (time: string) => string> = new Map([
  ...["year", "quarter", "month", "day", "dayofyear"].map((name) =>
    [name, (time: string) => `${name}(${timestamp(time)})`] as const
  ),
  ["week_of_year", (time) => `week(${timestamp(time)})`],
  ["weekofyear", (time) => `week(${timestamp(time)})`],
  ["hour", (time) => `${sinceFirst(time)} // ${HOUR} % 24`],
  ["minute", (time) => `${sinceFirst(time)} // ${MINUTE} % 60`],
  ["second", (time) => `${sinceFirst(time)} // ${SECOND} % 60`],
  ["millisecond", (time) => `${sinceFirst(time)} // ${TICKS.millisecond} % 1000`],
  ["microsecond", (time) => `${sinceFirst(time)} // 10 % 1000000`],
  ["nanosecond", (time) => `${sinceFirst(time)} % ${SECOND} * 100`],
]);

function datetimePart(name: string, time: string, call: Call): string {
  const sql = PARTS.get(name);
  if (sql === undefined) throw unknownPart(name, call);
  return `(${sql(time)})::INTEGER`;
}

const MONTHS: ReadonlyMap<string, number> = new Map([["year", 12], ["quarter", 3], ["month", 1]]);

function datetimeAdd(
  name: string,
  { count, time }: { readonly count: string; readonly time: string },
  call: Call,
): string {
  const months = MONTHS.get(name);
  if (months !== undefined) {
    return once([time], (t) =>
      datetimeOf(
        `(epoch_us(${
          timestamp(t)
        } + to_months(try_cast((${count}) * ${months} AS INTEGER)))::HUGEINT * 10 + ${
          sinceFirst(t)
        } % 10)`,
      ));
  }
  const span = name === "nanosecond"
    ? `(${count}) // 100`
    : `(${count})::HUGEINT * ${ticksOf(name, call)}`;
  return datetimeOf(`((${time})::HUGEINT + ${span})`);
}

function ticksOf(name: string, call: Call): string {
  const ticks: Readonly<Record<string, string>> = TICKS;
  const found = ticks[name];
  if (found === undefined) throw unknownPart(name, call);
  return found;
}

/** How many borders of the unit lie between. */
function datetimeDiff(
  name: string,
  [left, right]: readonly [string, string],
  call: Call,
): string {
  const months = MONTHS.get(name);
  if (months !== undefined) {
    const index = (time: string): string =>
      once([timestamp(time)], (t) => `((year(${t}) * 12 + month(${t}) - 1) // ${months})`);
    return `(${index(left)} - ${index(right)})::BIGINT`;
  }
  if (name === "week") return `((${sundayOf(left)} - ${sundayOf(right)}) // 7)`;
  if (name === "nanosecond") return `((${left} - ${right}) * 100)`;
  const ticks = ticksOf(name, call);
  return `(${sinceFirst(left)} // ${ticks} - ${sinceFirst(right)} // ${ticks})`;
}

function unknownPart(name: string, call: Call): KqlError {
  return new KqlError({
    code: "semantic",
    message: `${call.name}() has no part "${name.slice(0, 40)}"`,
    expected: "year, quarter, month, week, day, hour, minute, second, …",
  });
}

function makeTimespan(args: readonly string[]): string {
  const [hours = "", minutes = "", seconds = "0"] = args.length === 4 ? args.slice(1) : args;
  const [days = "0"] = args.length === 4 ? args : [];
  const clock = once(
    [hours, minutes, seconds],
    (h, m, s) =>
      `CASE WHEN ${h} BETWEEN 0 AND 23 AND ${m} BETWEEN 0 AND 59 AND ${s} >= 0 AND ${s} < 60 THEN (${h})::BIGINT * ${HOUR} + (${m})::BIGINT * ${MINUTE} + round((${s}) * ${SECOND})::BIGINT END`,
  );
  return once(
    [days],
    (d) => `(CASE WHEN ${d} BETWEEN 0 AND 10675198 THEN (${d})::BIGINT * ${DAY} END + ${clock})`,
  );
}

/** Of a number of 10^`exponent` ticks. */
function unixTime(exponent: number): FunctionSql {
  return ([count = ""], call) => {
    const isReal = call.args[0]?.type === "real" || call.args[0]?.type === "decimal";
    const ticks = isReal
      ? `try_cast(round((${count}) * 1e${exponent}) AS HUGEINT)`
      : exponent < 0
      ? `((${count}) // 100)::HUGEINT`
      : `((${count})::HUGEINT * ${10 ** exponent})`;
    return datetimeOf(ticks);
  };
}
