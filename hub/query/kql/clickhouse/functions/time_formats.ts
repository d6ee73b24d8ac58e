/**
 * SQL of `format_datetime` and `format_timespan` with a format that is a constant.
 *
 * @module
 */
import type { Expr } from "../../plan.ts";
import { once, textLiteral, unsupported } from "../printer.ts";
import { dateOf } from "./time.ts";
import { EPOCH, TICKS } from "./ticks.ts";

const DELIMITERS = " /-:,._[]";
const DATETIME_PARTS = /yyyy|yy|y|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|f{1,7}|F{1,7}|tt|[^]/gu;
const TIMESPAN_PARTS = /d{1,8}|HH|H|hh|h|mm|m|ss|s|f{1,7}|F{1,7}|[^]/gu;
const { day: DAY, hour: HOUR, minute: MINUTE, second: SECOND } = TICKS;

export function formatDatetimeSql(time: string, format: Expr | undefined): string {
  const parts = partsOf(format, "format_datetime", DATETIME_PARTS);
  return once([time], (t) => {
    const clock = `(${t} + ${EPOCH})`;
    const list = parts.map((part) => datePart(part, t) ?? clockPart(part, clock));
    return `if(isNull(${t}), '', ${joined(list)})`;
  });
}

export function formatTimespanSql(span: string, format: Expr | undefined): string {
  const parts = partsOf(format, "format_timespan", TIMESPAN_PARTS);
  return once([`toInt128(${span})`], (t) => {
    const clock = `abs(${t})`;
    const list = parts.map((part) =>
      part.startsWith("d")
        ? padded(`intDiv(${clock}, ${DAY})`, part.length)
        : clockPart(part, clock)
    );
    return `if(isNull(${t}), '', concat(if(${t} < 0, '-', ''), ${joined(list)}))`;
  });
}

function partsOf(format: Expr | undefined, name: string, parts: RegExp): readonly string[] {
  if (format?.kind !== "literal" || typeof format.value !== "string" || format.value === "") {
    throw unsupported(`${name}() with a format that is no constant`);
  }
  return format.value.match(parts) ?? [];
}

/** None of them is NULL where the time is there. */
function joined(list: readonly string[]): string {
  return `ifNull(concat(${list.join(", ")}, ''), '')`;
}

function datePart(part: string, time: string): string | undefined {
  const date = dateOf(time);
  switch (part[0]) {
    case "y":
      return part.length === 4
        ? padded(`toYear(${date})`, 4)
        : padded(`toYear(${date}) % 100`, part.length);
    case "M":
      return padded(`toMonth(${date})`, part.length);
    case "d":
      return padded(`toDayOfMonth(${date})`, part.length);
    case "h":
      return padded(
        `(intDiv(${time} + ${EPOCH}, ${HOUR}) % 24 + 11) % 12 + 1`,
        part.length,
      );
    case "t":
      if (part !== "tt") throw unsupported(`"${part}" in a format of times`);
      return `if(intDiv(${time} + ${EPOCH}, ${HOUR}) % 24 < 12, 'AM', 'PM')`;
    default:
      return undefined;
  }
}

function clockPart(part: string, clock: string): string {
  switch (part[0]) {
    case "H":
    case "h":
      return padded(`intDiv(${clock}, ${HOUR}) % 24`, part.length);
    case "m":
      return padded(`intDiv(${clock}, ${MINUTE}) % 60`, part.length);
    case "s":
      return padded(`intDiv(${clock}, ${SECOND}) % 60`, part.length);
    case "f":
      return `substring(${padded(`${clock} % ${SECOND}`, 7)}, 1, ${part.length})`;
    case "F":
      return `replaceRegexpOne(substring(${
        padded(`${clock} % ${SECOND}`, 7)
      }, 1, ${part.length}), '0+$', '')`;
    default:
      if (!DELIMITERS.includes(part)) throw unsupported(`"${part}" in a format of times`);
      return textLiteral(part);
  }
}

/** With zeros before it; never cut, which ClickHouse would do. */
function padded(number: string, length: number): string {
  return once(
    [`ifNull(toString(${number}), '')`],
    (text) => `if(length(${text}) >= ${length}, ${text}, leftPad(${text}, ${length}, '0'))`,
  );
}
