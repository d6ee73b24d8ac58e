/**
 * A case of the conformance sets, and how a result is compared with what it expects: numbers within
 * a tolerance, times whatever their form, rows in any order where the query asks for none.
 *
 * @module
 */
import type { KqlValue } from "../../hub/query/kql/results.ts";
import type { BoundColumn } from "../../hub/query/kql/syntax.ts";

interface ExpectedColumn {
  readonly name: string;
  readonly bucket?: string;
  readonly clr?: string;
  readonly type?: string;
}

export interface Case {
  readonly suite: string;
  readonly id: string;
  readonly kql: string;
  readonly truth: string;
  /** What the binder calls the columns; null where it binds no table. */
  readonly binderCols?: readonly string[] | null;
  readonly columns?: readonly ExpectedColumn[];
  readonly rows?: readonly (readonly unknown[])[];
  readonly rowsKind: string;
  readonly text?: string;
  readonly ordered: boolean;
  readonly truncated?: boolean;
  readonly expectError?: boolean;
  /** What is expected was not read whole. */
  readonly badRows?: boolean;
  readonly selfContained: boolean;
  readonly nondeterministic: boolean;
}

export interface Result {
  readonly columns: readonly BoundColumn[];
  readonly rows: readonly (readonly KqlValue[])[];
}

export function isRunnable({ selfContained, expectError, nondeterministic }: Case): boolean {
  return (selfContained || expectError === true) && !nondeterministic;
}

const BUCKET_OF_TYPE: Readonly<Record<string, string>> = {
  int: "Int",
  long: "Int",
  real: "Real",
  decimal: "Real",
  string: "String",
  datetime: "DateTime",
  timespan: "TimeSpan",
  bool: "Bool",
  dynamic: "Dynamic",
  guid: "Guid",
};
const BUCKET_OF_CLR: Readonly<Record<string, string>> = {
  Int32: "Int",
  Int64: "Int",
  Double: "Real",
  SqlDecimal: "Real",
  String: "String",
  DateTime: "DateTime",
  TimeSpan: "TimeSpan",
  SByte: "Bool",
  Object: "Dynamic",
  Guid: "Guid",
  Boolean: "Bool",
};

interface Tolerance {
  readonly relative: number;
  /** Arrays are alike whatever their order. */
  readonly isSet: boolean;
}

/** What is wrong with `result`; nothing if it is as expected. */
export function differenceOf(one: Case, result: Result): string | undefined {
  if (one.rowsKind === "lastline" || one.rowsKind === "csv") return lineDifference(one, result);
  const expected = one.columns ?? [];
  if (one.binderCols === null && one.suite === "docs" && one.truth === "docs") {
    // A bare expression: the documentation gives its column a name of its own.
    return rowDifference(one, result, expected.map(bucketOf));
  }
  const names = result.columns.map(({ name }) => name);
  if (JSON.stringify(expected.map(({ name }) => name)) !== JSON.stringify(names)) {
    return `columns: ${names.join(", ")}`;
  }
  const buckets = expected.map(bucketOf);
  if (one.truth === "emulator") {
    for (const [i, bucket] of buckets.entries()) {
      const { name, type } = result.columns[i]!;
      if (bucket !== undefined && bucket !== "Unknown" && BUCKET_OF_TYPE[type] !== bucket) {
        return `type of ${name}: ${type}, expected ${bucket}`;
      }
    }
  }
  return rowDifference(one, result, buckets);
}

function bucketOf({ bucket, clr, type }: ExpectedColumn): string | undefined {
  return bucket ?? (clr && BUCKET_OF_CLR[clr]) ?? (type && BUCKET_OF_TYPE[type]);
}

function rowDifference(
  one: Case,
  { columns, rows }: Result,
  buckets: readonly (string | undefined)[],
): string | undefined {
  const expected = one.rows ?? [];
  if (one.truncated !== true && rows.length !== expected.length) {
    return `rowcount ${rows.length}, expected ${expected.length}: ${
      JSON.stringify(rows).slice(0, 300)
    }`;
  }
  const tolerance: Tolerance = {
    relative: /dcount|percentile|tdigest|hll/.test(one.kql) ? 0.05 : 1e-9,
    isSet: /make_set|makeset|set_union|set_intersect|set_difference|hll/.test(one.kql),
  };
  const isSame = (a: readonly unknown[], b: readonly KqlValue[]): boolean =>
    a.length === b.length &&
    a.every((value, i) =>
      one.rowsKind === "text"
        ? isSameText(String(value ?? ""), b[i]!, columns[i]!.type)
        : isSameValue(value ?? null, b[i]!, { bucket: buckets[i], tolerance })
    );
  if (one.ordered && one.truncated !== true) {
    const at = expected.findIndex((row, i) => !isSame(row, rows[i]!));
    return at < 0 ? undefined : `row ${at}: ${JSON.stringify(rows[at])}`;
  }
  const left = [...rows];
  for (const row of expected) {
    const at = left.findIndex((candidate) => isSame(row, candidate));
    if (at < 0) {
      return `missing ${JSON.stringify(row).slice(0, 300)}, got ${
        JSON.stringify(rows.slice(0, 4)).slice(0, 500)
      }`;
    }
    left.splice(at, 1);
  }
  return undefined;
}

function lineDifference({ rowsKind, text = "" }: Case, { columns, rows }: Result) {
  const lines = rows.map((row) => row.map((value, i) => textOf(value, columns[i]!.type)).join(","));
  const expected = unescaped(text);
  const last = rows.at(-1);
  if (rowsKind === "lastline") {
    const [value, type] = last?.length === 1
      ? [last[0]!, columns[0]!.type]
      : [lines.at(-1) ?? null, "string"];
    const isSame = lines.length > 0 && isSameText(expected, value, type);
    return isSame ? undefined : `line: ${lines.at(-1)}`;
  }
  const wanted = expected.split("\n").map((line) => line.trim().toLowerCase()).toSorted();
  const found = lines.map((line) => line.toLowerCase()).toSorted();
  const isSame = wanted.length === found.length && wanted.every((line, i) => line === found[i]);
  // Some are written in one line.
  const inOne = [",", "|"].some((separator) => lines.join(separator) === expected);
  return isSame || inOne ? undefined : `lines: ${JSON.stringify(lines.slice(0, 5))}`;
}

/** The text of a test's source: without its escapes and the lines of quotes around it. */
function unescaped(text: string): string {
  return text.replaceAll('\\"', '"').replaceAll("<null>", "").split("\n")
    .map((line) => line.trim()).filter((line) => line !== '""').join("\n").trim();
}

interface Comparison {
  readonly bucket: string | undefined;
  readonly tolerance: Tolerance;
}

function isSameValue(expected: unknown, actual: KqlValue, { bucket, tolerance }: Comparison) {
  switch (bucket) {
    case "DateTime":
      return sameTime(expected) === sameTime(actual);
    case "TimeSpan":
      return sameSpan(expected) === sameSpan(actual);
    case "Real":
    case "Int":
      return expected === null || actual === null
        ? expected === actual
        : isSameNumber(expected, actual, tolerance.relative);
    case "Bool":
      return expected === null || actual === null
        ? expected === actual
        : Boolean(expected) === Boolean(actual);
    case "String":
      return (expected ?? "") === (actual ?? "");
    case "Dynamic":
      return isSameJson(parsed(expected, actual), actual, tolerance) ||
        expected === "" && actual === null;
    default:
      return isSameJson(expected, actual, tolerance);
  }
}

function parsed(expected: unknown, actual: unknown): unknown {
  if (typeof expected !== "string" || typeof actual === "string") return expected;
  try {
    return JSON.parse(expected);
  } catch {
    return expected;
  }
}

function isSameNumber(a: unknown, b: unknown, relative: number): boolean {
  if (String(a).toLowerCase() === String(b).toLowerCase()) return true;
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= relative * Math.max(1, Math.abs(x), Math.abs(y));
}

function isSameJson(a: unknown, b: unknown, tolerance: Tolerance): boolean {
  if (a === b) return true;
  if (a === null || b === null || a === undefined || b === undefined) {
    return (a ?? null) === (b ?? null);
  }
  if (typeof a === "number" || typeof b === "number") {
    return isSameNumber(a, b, tolerance.relative);
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    const [x, y] = tolerance.isSet ? [sortedByText(a), sortedByText(b)] : [a, b];
    return x.every((value, i) => isSameJson(value, y[i], tolerance));
  }
  if (typeof a === "object" && typeof b === "object") {
    const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
    const keys = Object.keys(x);
    return keys.length === Object.keys(y).length &&
      keys.every((key) => key in y && isSameJson(x[key], y[key], tolerance));
  }
  return typeof a === "string" && typeof b === "string" &&
    (sameTime(a) === sameTime(b) || sameSpan(a) === sameSpan(b));
}

function sortedByText(list: readonly unknown[]): readonly unknown[] {
  return list.toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
}

/** A time in one form, to the microsecond. */
function sameTime(value: unknown): string {
  const found = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?Z?$/.exec(String(value));
  if (found === null) return String(value);
  return `${found[1]}T${found[2]}.${(found[3] ?? "").padEnd(6, "0").slice(0, 6)}`;
}

function sameSpan(value: unknown): string {
  const found = /^(-?)(?:(\d+)\.)?(\d+):(\d+):(\d+)(?:\.(\d+))?$/.exec(String(value));
  if (found === null) return String(value);
  const [, sign, days, hours, minutes, seconds, fraction = ""] = found;
  const rest = Number(fraction) === 0 ? "" : `.${fraction.padEnd(7, "0")}`;
  const whole = days === undefined || Number(days) === 0 ? "" : `${Number(days)}.`;
  return `${sign}${whole}${hours!.padStart(2, "0")}:${minutes}:${seconds}${rest}`;
}

function textOf(value: KqlValue, type: string): string {
  if (value === null) return "";
  if (type === "datetime") return sameTime(value);
  if (type === "dynamic") return typeof value === "string" ? value : JSON.stringify(value);
  return type === "bool" ? String(value).toLowerCase() : String(value);
}

/** Whether a printed value means `actual`. */
function isSameText(printed: string, actual: KqlValue, type: string): boolean {
  const expected = printed.trim().replace(/^"([^]*)"$/, "$1");
  const text = textOf(actual, type);
  if (expected.toLowerCase() === text.toLowerCase()) return true;
  if (/^\(?null\)?$/i.test(expected) && text === "") return true;
  switch (type) {
    case "datetime":
      return sameTime(expected) === text || isSameInstant(expected, text);
    case "timespan":
      return sameSpan(expected) === sameSpan(text);
    case "real":
    case "long":
    case "int":
    case "decimal":
      return expected !== "" && isSameNumber(expected.replaceAll(",", ""), text, 1e-6);
    case "dynamic":
      try {
        return isSameJson(JSON.parse(expected), actual, { relative: 1e-6, isSet: true });
      } catch {
        return expected.replaceAll(/\s+/g, "") === text.replaceAll(/\s+/g, "");
      }
    default:
      // Pages show no space around a text.
      return expected.replaceAll(/\s+/g, " ") === text.trim().replaceAll(/\s+/g, " ");
  }
}

function isSameInstant(expected: string, text: string): boolean {
  const time = Date.parse(expected + (/z$/i.test(expected) ? "" : "Z"));
  if (Number.isNaN(time)) return false;
  return sameTime(new Date(time).toISOString()).slice(0, 23) === text.slice(0, 23);
}
