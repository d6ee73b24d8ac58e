/**
 * Literals. Their values are read from the text: what the language service makes of hexadecimal
 * numbers, timespans and not-a-number is wrong.
 *
 * @module
 */
import { absent, type Expr, literal } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { textOfDatetime, textOfTimespan, ticksOfDatetime, ticksOfTimespan } from "../time_text.ts";
import type { ScalarType } from "../types.ts";
import { failAt, type Lowering, unsupported } from "./scope.ts";

const KINDS: ReadonlyMap<string, ScalarType> = new Map([
  ["LongLiteralExpression", "long"],
  ["IntLiteralExpression", "int"],
  ["RealLiteralExpression", "real"],
  ["DecimalLiteralExpression", "decimal"],
  ["BooleanLiteralExpression", "bool"],
  ["StringLiteralExpression", "string"],
  ["CompoundStringLiteralExpression", "string"],
  ["TimespanLiteralExpression", "timespan"],
  ["DateTimeLiteralExpression", "datetime"],
  ["GuidLiteralExpression", "guid"],
  ["RawGuidLiteralExpression", "guid"],
]);

export function isLiteral({ kind }: Syntax): boolean {
  return KINDS.has(kind) || kind === "DynamicExpression" || kind === "NullLiteralExpression";
}

export function lowerLiteral(syntax: Syntax, lowering: Lowering): Expr {
  if (syntax.kind === "NullLiteralExpression") return absent("dynamic");
  if (syntax.kind === "DynamicExpression") {
    const json = jsonText(syntax.need("Expression"), lowering);
    return literal("dynamic", json === "null" ? null : json);
  }
  const type = KINDS.get(syntax.kind);
  if (type === undefined) throw unsupported(lowering, syntax, `literal ${syntax.kind}`);
  if (type === "string") return literal("string", stringOf(syntax));
  const value = writtenValue(syntax.text, type, lowering);
  if (value !== undefined) return value;
  const text = inner(syntax.text);
  if (type === "datetime" || type === "timespan" || type === "guid") {
    throw failAt(lowering, syntax, {
      code: "semantic",
      message: `"${text.slice(0, 60)}" is no ${type}`,
      expected: `a ${type} literal`,
    });
  }
  return absent(type);
}

/** The value of a literal's text, `type(…)`; undefined where it has none of that type. */
export function writtenValue(text: string, type: ScalarType, lowering: Lowering): Expr | undefined {
  const content = inner(text);
  if (/^null$/i.test(content)) return absent(type);
  const value = valueOf(content, type, lowering);
  return value === undefined ? undefined : literal(type, value);
}

function stringOf(syntax: Syntax): string {
  if (syntax.kind !== "CompoundStringLiteralExpression") return syntax.value;
  return syntax.list("Tokens").map(({ value }) => value).join("");
}

/** What stands between the parentheses of `long(…)`, without quotes. */
function inner(text: string): string {
  const content = /^[a-z0-9]+\s*\(([\s\S]*)\)$/i.exec(text)?.[1] ?? text;
  const trimmed = content.trim();
  return /^(["'])([\s\S]*)\1$/.exec(trimmed)?.[2] ?? trimmed;
}

function valueOf(text: string, type: ScalarType, { now }: Lowering) {
  switch (type) {
    case "long":
    case "int":
      return wholeOf(text, type === "int" ? 32 : 64);
    case "real":
      return realOf(text);
    case "bool":
      return /^(true|1)$/i.test(text) ? true : /^(false|0)$/i.test(text) ? false : undefined;
    case "timespan":
      return ticksOfTimespan(text);
    case "datetime":
      return /^now$/i.test(text) ? now : ticksOfDatetime(text);
    case "guid": {
      const digits = text.replaceAll(/[-{}]/g, "").toLowerCase();
      if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
      return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
    }
    case "decimal":
      return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? text : undefined;
    case "string":
    case "dynamic":
      return undefined;
  }
}

function wholeOf(text: string, bits: number): bigint | undefined {
  const [, sign, digits] = /^([-+]?)\s*(0x[0-9a-f]+|\d+)$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  return BigInt.asIntN(bits, sign === "-" ? -value : value);
}

function realOf(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (lower === "nan") return Number.NaN;
  const infinite = /^([-+]?)inf(inity)?$/.exec(lower);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  const value = Number(lower);
  return lower === "" || Number.isNaN(value) ? undefined : value;
}

/** The JSON of what stands in `dynamic(…)`. */
function jsonText(syntax: Syntax, lowering: Lowering): string {
  switch (syntax.kind) {
    case "JsonObjectExpression": {
      const pairs = syntax.list("Pairs").map((pair) =>
        `${JSON.stringify(pair.need("Name").value)}:${jsonText(pair.need("Value"), lowering)}`
      );
      return `{${pairs.join(",")}}`;
    }
    case "JsonArrayExpression":
      return `[${syntax.list("Values").map((value) => jsonText(value, lowering)).join(",")}]`;
    case "DynamicExpression":
    case "UnaryPlusExpression":
      return jsonText(syntax.need("Expression"), lowering);
    case "UnaryMinusExpression":
      return `-${jsonText(syntax.need("Expression"), lowering)}`;
    default:
      return jsonOfLiteral(lowerLiteral(syntax, lowering), syntax);
  }
}

function jsonOfLiteral(expr: Expr, syntax: Syntax): string {
  if (expr.kind !== "literal" || expr.value === null) return "null";
  switch (expr.type) {
    case "datetime":
      return JSON.stringify(textOfDatetime(BigInt(expr.value)));
    case "timespan":
      return JSON.stringify(textOfTimespan(BigInt(expr.value)));
    case "real":
      return realJson(Number(expr.value), inner(syntax.text));
    case "bool":
    case "int":
    case "long":
    case "decimal":
      return String(expr.value);
    case "dynamic":
      return String(expr.value);
    case "string":
    case "guid":
      return JSON.stringify(expr.value);
  }
}

/** As it is written where JSON can say it: digits beyond those of a double stay. */
function realJson(value: number, text: string): string {
  if (Number.isNaN(value)) return '"NaN"';
  if (!Number.isFinite(value)) return value > 0 ? '"Infinity"' : '"-Infinity"';
  return /^-?(0|[1-9]\d*)(\.\d+)?(e[-+]?\d+)?$/i.test(text) ? text : JSON.stringify(value);
}
