/**
 * SQL of conversions between types, as `to…()` converts: what has no value in the other type is
 * absent, or the empty string.
 *
 * @module
 */
import type { ScalarType } from "../types.ts";
import { realTextSql, timespanTextSql, timeTextSql } from "./casts_text.ts";
import { datetimeOf, EPOCH } from "./functions/ticks.ts";
import { nullOf, once, unless, unsupported } from "./printer.ts";

interface Types {
  readonly from: ScalarType;
  readonly to: ScalarType;
}

export function castSql(sql: string, { from, to }: Types): string {
  return from === to ? sql : CONVERSIONS[to](sql, from);
}

type Conversion = (sql: string, from: ScalarType) => string;

const CONVERSIONS: Readonly<Record<ScalarType, Conversion>> = {
  bool: toBool,
  int: toInt,
  long: toLong,
  real: toReal,
  decimal: toDecimal,
  string: toText,
  datetime: toDatetime,
  timespan: toTimespan,
  guid: toGuid,
  dynamic: toDynamic,
};

const WHOLE = "'^\\\\s*[-+]?(\\\\d+|0[xX][0-9a-fA-F]{1,16})\\\\s*$'";
const REAL = "'^\\\\s*[-+]?(\\\\d+\\\\.?\\\\d*|\\\\.\\\\d+)([eE][-+]?\\\\d+)?\\\\s*$'";
const SPECIAL = "'^\\\\s*[-+]?(nan|NaN|inf|Infinity)\\\\s*$'";
const BARE = "'[\\\\s+]'";
const LONG_MOST = "9223372036854775807";
const INT_MOST = "2147483647";

function toBool(sql: string, from: ScalarType): string {
  if (from === "string") {
    return once(
      [sql],
      (s) =>
        `multiIf(lower(${s}) = 'true', true, lower(${s}) = 'false', false, ${wholeOfText(s)} != 0)`,
    );
  }
  if (from === "dynamic") {
    return once(
      [sql],
      (j) =>
        `multiIf(JSONType(${j}) = 'Bool', ${j} = 'true', JSONType(${j}) = 'String', ${
          toBool(`JSONExtractString(assumeNotNull(${j}))`, "string")
        }, ${toReal(j, "dynamic")} != 0)`,
    );
  }
  return isNumberLike(from) ? `((${sql}) != 0)` : nullOf("bool");
}

function isNumberLike(type: ScalarType): boolean {
  return type === "int" || type === "long" || type === "real" || type === "decimal" ||
    type === "timespan";
}

function toInt(sql: string, from: ScalarType): string {
  switch (from) {
    case "bool":
    case "long":
    case "timespan":
      return `toInt32(${sql})`;
    case "dynamic":
      return once(
        [sql],
        (j) =>
          `if(JSONType(${j}) = 'String', ${
            narrow(wholeOfText(`JSONExtractString(assumeNotNull(${j}))`))
          }, toInt32(${toLong(j, "dynamic")}))`,
      );
    case "string":
      return narrow(wholeOfText(sql));
    case "real":
    case "decimal":
      return saturated(sql, INT_MOST, "toInt32");
    default:
      return nullOf("int");
  }
}

/** Absent where it has more than 32 bits. */
function narrow(sql: string): string {
  return `accurateCastOrNull(${sql}, 'Int32')`;
}

function toLong(sql: string, from: ScalarType): string {
  switch (from) {
    case "datetime":
      return `((${sql}) + ${EPOCH})`;
    case "timespan":
      return sql;
    case "string":
      return wholeOfText(sql);
    case "real":
    case "decimal":
      return saturated(sql, LONG_MOST, "toInt64");
    case "dynamic":
      return once(
        [sql],
        (j) =>
          `multiIf(JSONType(${j}) in ('Int64', 'UInt64'), toInt64OrNull(assumeNotNull(${j})), JSONType(${j}) = 'Double', accurateCastOrNull(trunc(toFloat64OrNull(assumeNotNull(${j}))), 'Int64'), JSONType(${j}) = 'Bool', toInt64(${j} = 'true'), JSONType(${j}) = 'String', ${
            wholeOfText(`JSONExtractString(assumeNotNull(${j}))`)
          }, NULL)`,
      );
    default:
      return from === "guid" ? nullOf("long") : `toInt64(${sql})`;
  }
}

/** Rounded towards zero; a finite number beyond the range is the end of the range. */
function saturated(sql: string, most: string, type: string): string {
  return once(
    [`toFloat64(${sql})`],
    (x) =>
      `multiIf(isNull(${x}) or isNaN(${x}) or isInfinite(${x}), NULL, ${x} >= ${most}, ${type}('${most}'), ${x} <= -${most} - 1, ${type}('-${
        most.replace(/7$/, "8")
      }'), ${type}(trunc(${x})))`,
  );
}

function wholeOfText(sql: string): string {
  return once(
    [sql],
    (s) =>
      `if(match(${s}, ${WHOLE}), ifNull(toInt64OrNull(replaceRegexpAll(${s}, ${BARE}, '')), if(match(${s}, '^\\\\s*0[xX]'), reinterpretAsInt64(reverse(unhex(leftPad(extract(${s}, '0[xX]([0-9a-fA-F]+)'), 16, '0')))), NULL)), NULL)`,
  );
}

function toReal(sql: string, from: ScalarType): string {
  switch (from) {
    case "datetime":
      return `toFloat64((${sql}) + ${EPOCH})`;
    case "string":
      return once(
        [sql],
        (s) =>
          `if(match(${s}, ${REAL}) or match(${s}, ${SPECIAL}), toFloat64OrNull(replaceRegexpAll(${s}, ${BARE}, '')), NULL)`,
      );
    case "dynamic":
      return once(
        [sql],
        (j) =>
          `multiIf(JSONType(${j}) = 'Bool', toFloat64(${j} = 'true'), JSONType(${j}) = 'String', ${
            toReal(`JSONExtractString(assumeNotNull(${j}))`, "string")
          }, JSONType(${j}) in ('Array', 'Object'), NULL, toFloat64OrNull(assumeNotNull(${j})))`,
      );
    case "guid":
      return nullOf("real");
    default:
      return `toFloat64(${sql})`;
  }
}

function toDecimal(sql: string, from: ScalarType): string {
  switch (from) {
    case "bool":
    case "int":
    case "long":
      return `toDecimal128(toInt64(${sql}), 18)`;
    case "string":
      return once(
        [sql],
        (s) =>
          `if(match(${s}, '^\\\\s*[-+]?\\\\d{1,19}(\\\\.\\\\d{0,18})?\\\\s*$'), toDecimal128OrNull(replaceRegexpAll(${s}, ${BARE}, ''), 18), ${
            unless(`match(${s}, ${REAL})`, "NULL", "custos: a decimal of so many digits")
          })`,
      );
    case "datetime":
    case "guid":
      return nullOf("decimal");
    default:
      throw unsupported(`todecimal() of a ${from}`);
  }
}

export function toText(sql: string, from: ScalarType): string {
  switch (from) {
    case "bool":
      return `multiIf(${sql}, 'True', not ${sql}, 'False', '')`;
    case "real":
      return realTextSql(sql);
    case "decimal":
      return `ifNull(toString(${sql}), '')`;
    case "datetime":
      return `ifNull(${timeTextSql(sql)}, '')`;
    case "timespan":
      return timespanTextSql(sql);
    case "dynamic":
      return once(
        [sql],
        (j) =>
          `ifNull(if(JSONType(${j}) = 'String', JSONExtractString(assumeNotNull(${j})), ${j}), '')`,
      );
    default:
      return `ifNull(toString(${sql}), '')`;
  }
}

/** The usual forms; others, which Kusto may know, are refused while the statement runs. */
function textDatetime(sql: string): string {
  return once([sql], (s) => {
    const parts =
      `extractGroups(assumeNotNull(${s}), '^(\\\\d{4})-(\\\\d\\\\d)-(\\\\d\\\\d)(?:[T ](\\\\d\\\\d):(\\\\d\\\\d)(?::(\\\\d\\\\d)(?:\\\\.(\\\\d{1,7}))?)?)?Z?$')`;
    const value = once([parts], (p) => {
      const number = (at: number): string => `toInt64OrZero(${p}[${at}])`;
      const day = `makeDate32(${number(1)}, ${number(2)}, ${number(3)})`;
      const isDay = `toYear(${day}) = ${number(1)} and toMonth(${day}) = ${
        number(2)
      } and toDayOfMonth(${day}) = ${number(3)}`;
      const isTime = `${number(4)} < 24 and ${number(5)} < 60 and ${number(6)} < 60`;
      const ticks = `((toInt64(toInt32(${day})) * 24 + ${number(4)}) * 60 + ${
        number(5)
      }) * 600000000 + ${number(6)} * 10000000 + toInt64OrZero(rightPad(${p}[7], 7, '0'))`;
      return unless(
        `length(${p}) = 0 or ${number(1)} < 1900 or ${number(1)} > 2299`,
        `if(length(${p}) > 0 and ${isDay} and ${isTime}, ${ticks}, NULL)`,
        "custos: a text of a time that ClickHouse does not read",
      );
    });
    return `if(${s} = '' or not match(${s}, '\\\\d'), NULL, ${value})`;
  });
}

function toDatetime(sql: string, from: ScalarType): string {
  switch (from) {
    case "string":
      return textDatetime(sql);
    case "dynamic":
      return once(
        [sql],
        (j) =>
          `if(JSONType(${j}) = 'String', ${
            textDatetime(`JSONExtractString(assumeNotNull(${j}))`)
          }, ${toDatetime(toLong(j, "dynamic"), "long")})`,
      );
    case "int":
    case "long":
      return datetimeOf(`toInt128(${sql}) - ${EPOCH}`);
    default:
      if (from === "real" || from === "decimal") throw unsupported(`todatetime() of a ${from}`);
      return nullOf("datetime");
  }
}

function toTimespan(sql: string, from: ScalarType): string {
  switch (from) {
    case "int":
    case "long":
      return `toInt64(${sql})`;
    case "real":
      return `accurateCastOrNull(trunc(${sql}), 'Int64')`;
    case "string":
    case "dynamic":
    case "decimal":
      throw unsupported(`totimespan() of a ${from}`);
    default:
      return nullOf("timespan");
  }
}

function toGuid(sql: string, from: ScalarType): string {
  if (from !== "string" && from !== "dynamic") return nullOf("guid");
  const text = from === "dynamic" ? toText(sql, from) : sql;
  return once(
    [text],
    (s) =>
      `if(match(${s}, '^[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$'), toUUIDOrNull(concat(substring(replaceAll(${s}, '-', ''), 1, 8), '-', substring(replaceAll(${s}, '-', ''), 9, 4), '-', substring(replaceAll(${s}, '-', ''), 13, 4), '-', substring(replaceAll(${s}, '-', ''), 17, 4), '-', substring(replaceAll(${s}, '-', ''), 21, 12))), NULL)`,
  );
}

export function toDynamic(sql: string, from: ScalarType): string {
  switch (from) {
    case "bool":
      return `multiIf(${sql}, 'true', not ${sql}, 'false', NULL)`;
    case "string":
      return `toJSONString(${sql})`;
    case "datetime":
      return `toJSONString(${timeTextSql(sql)})`;
    case "timespan":
      return once([timespanTextSql(sql)], (t) => `if(${t} = '', NULL, toJSONString(${t}))`);
    case "real":
      return once(
        [sql],
        (x) =>
          `multiIf(isNull(${x}), NULL, isNaN(${x}), '"NaN"', isInfinite(${x}), if(${x} > 0, '"Infinity"', '"-Infinity"'), match(toString(${x}), '[.e]'), toString(${x}), concat(toString(${x}), '.0'))`,
      );
    case "guid":
      return `concat('"', toString(${sql}), '"')`;
    default:
      return `toString(${sql})`;
  }
}
