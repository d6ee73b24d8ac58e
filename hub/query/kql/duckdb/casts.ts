/**
 * SQL of conversions between types, as `to…()` converts: what has no value in the other type is
 * absent, or the empty string.
 *
 * @module
 */
import type { ScalarType } from "../types.ts";
import { datetimeOf, DECIMAL, EPOCH, once, wrapInt, wrapLong } from "./functions/sql_function.ts";

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

/** A whole number, in decimal or hexadecimal digits. */
const WHOLE = "'\\s*[-+]?(\\d+|0[xX][0-9a-fA-F]{1,16})\\s*'";
const REAL = "'\\s*[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?\\s*'";
const SPECIAL = "'\\s*[-+]?(nan|NaN|inf|Infinity)\\s*'";

function toBool(sql: string, from: ScalarType): string {
  if (from === "string") {
    return once(
      [sql],
      (s) =>
        `CASE lower(${s}) WHEN 'true' THEN true WHEN 'false' THEN false ELSE ${
          wholeOfText(s)
        } <> 0 END`,
    );
  }
  if (from === "dynamic") {
    return once(
      [sql],
      (j) =>
        `CASE json_type(${j}) WHEN 'BOOLEAN' THEN ${j}::BOOLEAN WHEN 'VARCHAR' THEN ${
          toBool(`(${j} ->> '$')`, "string")
        } ELSE ${toReal(j, "dynamic")} <> 0 END`,
    );
  }
  return isNumberLike(from) ? `((${sql}) <> 0)` : "NULL::BOOLEAN";
}

function isNumberLike(type: ScalarType): boolean {
  return type === "int" || type === "long" || type === "real" || type === "decimal" ||
    type === "timespan";
}

function toInt(sql: string, from: ScalarType): string {
  switch (from) {
    case "bool":
      return `(${sql})::INTEGER`;
    case "long":
    case "timespan":
      return wrapInt(sql);
    case "dynamic":
      return once(
        [sql],
        (j) =>
          `CASE WHEN json_type(${j}) = 'VARCHAR' THEN try_cast(${
            wholeOfText(`(${j} ->> '$')`)
          } AS INTEGER) ELSE ${wrapInt(toLong(j, "dynamic"))} END`,
      );
    case "string":
      return `try_cast(${wholeOfText(sql)} AS INTEGER)`;
    case "real":
    case "decimal":
      return saturated(sql, "2147483647", "INTEGER");
    default:
      return "NULL::INTEGER";
  }
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
      return saturated(sql, "9223372036854775807", "BIGINT");
    case "dynamic":
      return once(
        [sql],
        (j) =>
          `CASE json_type(${j}) WHEN 'UBIGINT' THEN try_cast(${j} AS BIGINT) WHEN 'BIGINT' THEN try_cast(${j} AS BIGINT) WHEN 'DOUBLE' THEN try_cast(trunc(try_cast(${j} AS DOUBLE)) AS BIGINT) WHEN 'BOOLEAN' THEN ${j}::BOOLEAN::BIGINT WHEN 'VARCHAR' THEN ${
            wholeOfText(`(${j} ->> '$')`)
          } END`,
      );
    default:
      return from === "guid" ? "NULL::BIGINT" : `(${sql})::BIGINT`;
  }
}

/** Rounded towards zero; a finite number beyond the range is the end of the range. */
function saturated(sql: string, most: string, type: "INTEGER" | "BIGINT"): string {
  return once(
    [`(${sql})::DOUBLE`],
    (x) =>
      `CASE WHEN NOT isfinite(${x}) THEN NULL WHEN ${x} >= ${most} THEN ${most} WHEN ${x} <= -${most} - 1 THEN -${most} - 1 ELSE trunc(${x})::${type} END::${type}`,
  );
}

function wholeOfText(sql: string): string {
  return once(
    [sql],
    (s) =>
      `CASE WHEN regexp_full_match(${s}, ${WHOLE}) THEN coalesce(try_cast(trim(${s}) AS BIGINT), ${
        wrapLong(
          `try_cast(nullif(regexp_extract(${s}, '^\\s*(0[xX].*?)\\s*$', 1), '') AS UBIGINT)::HUGEINT`,
        )
      }) END`,
  );
}

function toReal(sql: string, from: ScalarType): string {
  switch (from) {
    case "datetime":
      return `((${sql}) + ${EPOCH})::DOUBLE`;
    case "string":
      return once(
        [sql],
        (s) =>
          `CASE WHEN regexp_full_match(${s}, ${REAL}) OR regexp_full_match(${s}, ${SPECIAL}) THEN try_cast(trim(${s}) AS DOUBLE) END`,
      );
    case "dynamic":
      return once(
        [sql],
        (j) =>
          `CASE json_type(${j}) WHEN 'BOOLEAN' THEN ${j}::BOOLEAN::DOUBLE WHEN 'VARCHAR' THEN ${
            toReal(`(${j} ->> '$')`, "string")
          } WHEN 'ARRAY' THEN NULL WHEN 'OBJECT' THEN NULL ELSE try_cast(${j} AS DOUBLE) END`,
      );
    case "guid":
      return "NULL::DOUBLE";
    default:
      return `(${sql})::DOUBLE`;
  }
}

function toDecimal(sql: string, from: ScalarType): string {
  switch (from) {
    case "dynamic":
      return toDecimal(toText(sql, from), "string");
    case "string":
      return once(
        [sql],
        (s) =>
          `CASE WHEN regexp_full_match(${s}, ${REAL}) THEN try_cast(trim(${s}) AS ${DECIMAL}) END`,
      );
    case "bool":
      return `(${sql})::INTEGER::${DECIMAL}`;
    case "datetime":
    case "guid":
      return `NULL::${DECIMAL}`;
    default:
      return `try_cast(${sql} AS ${DECIMAL})`;
  }
}

function toText(sql: string, from: ScalarType): string {
  switch (from) {
    case "bool":
      return `CASE ${sql} WHEN true THEN 'True' WHEN false THEN 'False' ELSE '' END`;
    case "real":
      return `n_real_text(${sql})`;
    case "decimal":
      return `coalesce(regexp_replace(regexp_replace((${sql})::VARCHAR, '(\\.\\d*?)0+$', '\\1'), '\\.$', ''), '')`;
    case "datetime":
      return `coalesce(${datetimeText(sql)}, '')`;
    case "timespan":
      return `n_timespan_text(${sql})`;
    case "dynamic":
      return `coalesce(${sql} ->> '$', '')`;
    default:
      return `coalesce((${sql})::VARCHAR, '')`;
  }
}

/** `2026-08-01T10:00:00.0000000Z`, of NULL NULL. */
function datetimeText(sql: string): string {
  return once(
    [`((${sql}) + ${EPOCH})`],
    (t) =>
      `(strftime(make_timestamp(${t} // 10 - ${
        EPOCH.slice(0, -1)
      }), '%Y-%m-%dT%H:%M:%S.%f') || (${t} % 10)::VARCHAR || 'Z')`,
  );
}

/** The usual form is read by the engine, all others by a function that knows them. */
function textDatetime(sql: string): string {
  return once([sql], (s) => {
    const tick = `coalesce(try_cast(substr(${s}, 27, 1) AS BIGINT), 0)`;
    const read = `epoch_us(try_cast(left(rtrim(${s}, 'Z'), 26) AS TIMESTAMP)) * 10 + ${tick}`;
    const isUsual =
      `${s} LIKE '____-__-__T__:__:__%Z' AND length(${s}) <= 28 AND NOT starts_with(${s}, '0000')`;
    return `coalesce(CASE WHEN ${isUsual} THEN ${read} END, n_parse_datetime(${s}))`;
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
          `CASE json_type(${j}) WHEN 'VARCHAR' THEN ${
            textDatetime(`coalesce(${j} ->> '$', '')`)
          } ELSE ${toDatetime(toLong(j, "dynamic"), "long")} END`,
      );
    case "int":
    case "long":
      return datetimeOf(`(${sql})::HUGEINT - ${EPOCH}`);
    case "real":
    case "decimal":
      return datetimeOf(`try_cast(trunc(${sql}) AS HUGEINT) - ${EPOCH}`);
    default:
      return "NULL::BIGINT";
  }
}

function toTimespan(sql: string, from: ScalarType): string {
  switch (from) {
    case "string":
      return `n_parse_timespan(${sql})`;
    case "dynamic":
      return once(
        [sql],
        (j) =>
          `CASE json_type(${j}) WHEN 'VARCHAR' THEN n_parse_timespan(coalesce(${j} ->> '$', '')) ELSE ${
            toLong(j, "dynamic")
          } END`,
      );
    case "int":
    case "long":
      return `(${sql})::BIGINT`;
    case "real":
    case "decimal":
      return `try_cast(trunc(${sql}) AS BIGINT)`;
    default:
      return "NULL::BIGINT";
  }
}

function toGuid(sql: string, from: ScalarType): string {
  const text = from === "dynamic" ? toText(sql, from) : sql;
  return from === "string" || from === "dynamic" ? `try_cast(${text} AS UUID)` : "NULL::UUID";
}

function toDynamic(sql: string, from: ScalarType): string {
  switch (from) {
    case "datetime":
      return `to_json(${datetimeText(sql)})`;
    case "timespan":
      return `to_json(nullif(n_timespan_text(${sql}), ''))`;
    case "real":
      return once(
        [sql],
        (x) =>
          `CASE WHEN isfinite(${x}) THEN to_json(${x}) WHEN isnan(${x}) THEN '"NaN"'::JSON WHEN ${x} > 0 THEN '"Infinity"'::JSON WHEN ${x} < 0 THEN '"-Infinity"'::JSON END`,
      );
    case "decimal":
      return `try_cast(nullif(${toText(sql, from)}, '') AS JSON)`;
    case "guid":
      return `to_json((${sql})::VARCHAR)`;
    default:
      return `to_json(${sql})`;
  }
}
