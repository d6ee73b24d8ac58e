/**
 * Functions of times as SQL.
 *
 * @module
 */
import type { FunctionSql } from "../printer.ts";

const DAY = "864000000000";

export const TIME_SQL: Readonly<Record<string, FunctionSql>> = {
  "bin": ([x, step], { type }) => {
    if (type === "real") return `k_bin_real(${x}, ${step})`;
    // Bins of times are counted from the year 1.
    return type === "datetime"
      ? `(k_bin(${x} + 621355968000000000, ${step}) - 621355968000000000)`
      : `k_bin(${x}, ${step})`;
  },
  "startofday": ([t, days]) => `(k_bin(${t}, ${DAY}) + ${days ?? 0} * ${DAY})`,
  "endofday": ([t, days]) => `(k_bin(${t}, ${DAY}) + (${days ?? 0} + 1) * ${DAY} - 1)`,
  "hourofday": ([t]) => `(k_mod(${t}, ${DAY}) // 36000000000)::integer`,
  "dayofweek": ([t]) => `(k_mod(k_floor_div(${t}, ${DAY}) + 4, 7) * ${DAY})`,
  "dayofmonth": ([t]) => `day(make_timestamp(k_floor_div(${t}, 10)))::integer`,
};
