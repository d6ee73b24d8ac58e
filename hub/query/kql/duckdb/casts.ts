/**
 * Conversions between types as SQL.
 *
 * @module
 */
import { KqlError } from "../kql_error.ts";
import type { ScalarType } from "../types.ts";
import { SQL_TYPES } from "./printer.ts";

type CastSql = (sql: string) => string;

const plain = (type: ScalarType): CastSql => (sql) => `try_cast(${sql} as ${SQL_TYPES[type]})`;
const same: CastSql = (sql) => sql;
/** Ticks since the year 1, as the numbers of KQL count them. */
const fromYearOne: CastSql = (sql) => `(${sql} + 621355968000000000)`;
const toYearOne: CastSql = (sql) => `(${sql}::bigint - 621355968000000000)`;

const CASTS: Readonly<Record<ScalarType, Partial<Record<ScalarType, CastSql>>>> = {
  string: {
    bool: (sql) => `k_bool_text(${sql})`,
    int: (sql) => `coalesce(${sql}::varchar, '')`,
    long: (sql) => `coalesce(${sql}::varchar, '')`,
    real: (sql) => `k_real_text(${sql})`,
    decimal: (sql) => `k_decimal_text(${sql})`,
    datetime: (sql) => `k_datetime_text(${sql})`,
    timespan: (sql) => `k_timespan_text(${sql})`,
    guid: (sql) => `coalesce(${sql}::varchar, '')`,
    dynamic: (sql) => `k_dynamic_text(${sql})`,
  },
  long: {
    bool: plain("long"),
    int: (sql) => `${sql}::bigint`,
    real: (sql) => `try_cast(trunc(${sql}) as bigint)`,
    decimal: (sql) => `try_cast(trunc(${sql}) as bigint)`,
    string: (sql) => `k_text_long(${sql})`,
    datetime: fromYearOne,
    timespan: same,
    dynamic: (sql) => `k_dynamic_long(${sql})`,
  },
  int: {
    bool: plain("int"),
    long: plain("int"),
    real: (sql) => `try_cast(trunc(${sql}) as integer)`,
    decimal: (sql) => `try_cast(trunc(${sql}) as integer)`,
    string: (sql) => `try_cast(k_text_long(${sql}) as integer)`,
    timespan: plain("int"),
    dynamic: (sql) => `try_cast(k_dynamic_long(${sql}) as integer)`,
  },
  real: {
    bool: plain("real"),
    int: (sql) => `${sql}::double`,
    long: (sql) => `${sql}::double`,
    decimal: (sql) => `${sql}::double`,
    string: (sql) => `k_text_real(${sql})`,
    datetime: (sql) => `${fromYearOne(sql)}::double`,
    timespan: (sql) => `${sql}::double`,
    dynamic: (sql) => `k_dynamic_real(${sql})`,
  },
  decimal: {
    bool: plain("decimal"),
    int: plain("decimal"),
    long: plain("decimal"),
    real: plain("decimal"),
    string: plain("decimal"),
    dynamic: (sql) => `try_cast(k_dynamic_text(${sql}) as ${SQL_TYPES.decimal})`,
  },
  bool: {
    int: (sql) => `(${sql} <> 0)`,
    long: (sql) => `(${sql} <> 0)`,
    real: (sql) => `(${sql} <> 0)`,
    decimal: (sql) => `(${sql} <> 0)`,
    timespan: (sql) => `(${sql} <> 0)`,
    string: (sql) => `k_text_bool(${sql})`,
    dynamic: (sql) => `k_dynamic_bool(${sql})`,
  },
  datetime: {
    string: (sql) => `k_text_datetime(${sql})`,
    dynamic: (sql) => `k_text_datetime(k_dynamic_text(${sql}))`,
    long: toYearOne,
    int: toYearOne,
    real: toYearOne,
    timespan: toYearOne,
  },
  timespan: {
    string: (sql) => `k_text_timespan(${sql})`,
    dynamic: (sql) => `k_text_timespan(k_dynamic_text(${sql}))`,
    long: same,
    int: (sql) => `${sql}::bigint`,
    real: (sql) => `try_cast(${sql} as bigint)`,
    decimal: (sql) => `try_cast(${sql} as bigint)`,
  },
  guid: {
    string: plain("guid"),
    dynamic: (sql) => `try_cast(k_dynamic_text(${sql}) as uuid)`,
  },
  dynamic: {
    bool: (sql) => `to_json(${sql})`,
    int: (sql) => `to_json(${sql})`,
    long: (sql) => `to_json(${sql})`,
    decimal: (sql) => `to_json(${sql}::double)`,
    string: (sql) => `to_json(${sql})`,
    real: (sql) => `k_real_dynamic(${sql})`,
    datetime: (sql) => `k_text_dynamic(k_datetime_text(${sql}))`,
    timespan: (sql) => `k_text_dynamic(k_timespan_text(${sql}))`,
    guid: (sql) => `to_json(${sql}::varchar)`,
  },
};

interface Cast {
  readonly from: ScalarType;
  readonly to: ScalarType;
  /** Whole numbers that pass the range of their type begin again at its other end. */
  readonly wraps?: boolean | undefined;
}

export function castSql(sql: string, { from, to, wraps = false }: Cast): string {
  if (from === to) return sql;
  if (wraps && from === "long" && to === "int") return `k_wrap_int(${sql}::hugeint)`;
  const cast = CASTS[to][from];
  if (cast !== undefined) return cast(sql);
  throw new KqlError({ code: "semantic", message: `a ${from} cannot become a ${to}` });
}
