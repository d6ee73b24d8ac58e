/**
 * SQL of places in dynamic values: `d.a.b[0]`.
 *
 * Steps that are known beforehand are one path, which the engine reads in one go.
 *
 * @module
 */
import type { Expr } from "../../plan.ts";
import { type FunctionTable, textLiteral } from "../printer.ts";
import type { Printer } from "../printer.ts";
import { constantText, constantWhole, once } from "./sql_function.ts";

export const PLACE_SQL: FunctionTable = {
  /** Of a value and the name of a member. */
  member: ([value, name = ""], call, printer) =>
    knownPlace(call, printer) ?? present(`json_extract(${value}, ${nameStep(name)})`),
  /** Of a value and the index of an element, from the end where negative. */
  element: ([value, index = ""], call, printer) => {
    const part = splitPart(call, printer);
    if (part !== undefined) return `to_json(${part})`;
    return knownPlace(call, printer) ?? present(`json_extract(${value}, ${indexStep(index)})`);
  },
  element_or_member: ([value, key = ""]) =>
    once([key], (one) => {
      const name = nameStep(`(${one} ->> '$')`);
      const index = indexStep(`try_cast(${one} AS BIGINT)`);
      const path = `CASE WHEN json_type(${one}) = 'VARCHAR' THEN ${name} ELSE ${index} END`;
      return present(`json_extract(${value}, ${path})`);
    }),
};

/** The text of what `expr` gives, where it is found without making JSON of it first. */
export function placeText(expr: Expr, printer: Printer): string | undefined {
  const part = splitPart(expr, printer);
  if (part !== undefined) return `coalesce(${part}, '')`;
  const { of, path } = placeOf(expr);
  if (path === "$") return undefined;
  return `coalesce(json_extract_string(${printer.expr(of)}, ${textLiteral(path)}), '')`;
}

function knownPlace(expr: Expr, printer: Printer): string | undefined {
  const { of, path } = placeOf(expr);
  if (path === "$") return undefined;
  return present(`json_extract(${printer.expr(of)}, ${textLiteral(path)})`);
}

interface Place {
  readonly of: Expr;
  /** `$` if the last step is not known. */
  readonly path: string;
}

function placeOf(expr: Expr): Place {
  const step = stepOf(expr);
  if (step === undefined || expr.kind !== "call") return { of: expr, path: "$" };
  const { of, path } = placeOf(expr.args[0]!);
  return { of, path: path + step };
}

function stepOf(expr: Expr): string | undefined {
  if (expr.kind !== "call") return undefined;
  if (expr.name === "member") {
    const name = constantText(expr.args[1]);
    return name === undefined || !isPlainStep(name) ? undefined : `.${quoted(name)}`;
  }
  if (expr.name !== "element" || splitOf(expr) !== undefined) return undefined;
  const index = constantWhole(expr.args[1]);
  return index === undefined ? undefined : `[${index < 0n ? "#" : ""}${index}]`;
}

/** One part of `split(text, delimiter)[0]`, NULL where there is none. */
function splitPart(expr: Expr, printer: Printer): string | undefined {
  const split = splitOf(expr);
  if (split === undefined) return undefined;
  const [text, delimiter] = split.args.map((arg) => printer.expr(arg));
  return `(string_split(${text}, ${delimiter}))[${split.index + 1n}]`;
}

function splitOf(expr: Expr): { args: readonly Expr[]; index: bigint } | undefined {
  if (expr.kind !== "call" || expr.name !== "element") return undefined;
  const [split] = expr.args;
  const index = constantWhole(expr.args[1]);
  if (split?.kind !== "call" || split.name !== "split" || split.args.length !== 2) return undefined;
  return index === undefined || index < 0n ? undefined : { args: split.args, index };
}

function present(sql: string): string {
  return `nullif(${sql}, 'null'::JSON)`;
}

/** A step of a JSON path to the member `name`. */
function quoted(name: string): string {
  return `"${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** In a path an empty name is an error, and one with a star means any. */
function isPlainStep(name: string): boolean {
  return name !== "" && !/[*\0]/.test(name);
}

/** The path to the member that `sql` names: a JSON pointer (RFC 6901) where a path cannot say it. */
export function nameStep(sql: string): string {
  return once([sql], (name) =>
    `CASE WHEN ${name} = '' OR contains(${name}, '*')
      THEN '/' || replace(replace(${name}, '~', '~0'), '/', '~1')
      ELSE '$."' || replace(replace(${name}, '\\', '\\\\'), '"', '\\"') || '"' END`);
}

function indexStep(sql: string): string {
  return once(
    [sql],
    (i) => `CASE WHEN ${i} < 0 THEN '$[#' || ${i} || ']' ELSE '$[' || ${i} || ']' END`,
  );
}
