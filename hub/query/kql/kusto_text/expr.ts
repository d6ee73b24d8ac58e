/**
 * Expressions of a plan as KQL.
 *
 * @module
 */
import { AGGREGATES } from "../functions/aggregates.ts";
import { SCALARS } from "../functions/scalars.ts";
import { foldArithmetic } from "../lower/fold.ts";
import { NATIVES } from "../native/natives.ts";
import type { Call, Expr, Field, Rel } from "../plan.ts";
import { literalText, nameText, stringText, unsupported } from "./text.ts";

/** What an expression is printed with. */
export interface ExprPrinter {
  /** The column that holds it, as it may be written. */
  column(field: Field): string;
  /** What stands for a field that is no column of the text. */
  inlined(field: Field): Expr | undefined;
  /** `rel` as a table of `field` alone, of which `isScalar` reads the first row. */
  table(rel: Rel, field: Field, isScalar: boolean): string;
}

const INFIX: ReadonlySet<string> = new Set([
  ..."+ - * / % == != < <= > >= =~ and or".split(" "),
  ..."has has_cs hasprefix hasprefix_cs hassuffix hassuffix_cs contains contains_cs".split(" "),
  ..."startswith startswith_cs endswith endswith_cs".split(" "),
  "matches regex",
]);

export function exprText(expr: Expr, printer: ExprPrinter): string {
  const text = (one: Expr): string => exprText(one, printer);
  switch (expr.kind) {
    case "literal":
      return literalText(expr);
    case "field": {
      const inlined = printer.inlined(expr.field);
      return inlined === undefined ? printer.column(expr.field) : text(inlined);
    }
    case "call":
      return callText(expr, printer);
    case "cast":
      return castText(expr, text);
    case "case": {
      const branches = expr.branches.map(({ when, value }) => `${text(when)}, ${text(value)}`);
      return `case(${[...branches, text(expr.otherwise)].join(", ")})`;
    }
    case "native":
      return nativeText(expr, text);
    case "window":
      return windowText(expr, text);
    case "scalar":
      return `toscalar(${printer.table(expr.rel, expr.field, true)})`;
    case "member":
      return `(${text(expr.arg)} ${expr.ignoresCase ? "in~" : "in"} (${
        printer.table(expr.rel, expr.field, false)
      }))`;
  }
}

type Text = (expr: Expr) => string;

/** A text as a value of JSON is the element of an array: `todynamic()` would read it. */
function castText({ type, arg }: Extract<Expr, { kind: "cast" }>, text: Text): string {
  if (type === "dynamic") {
    return arg.type === "string" ? `pack_array(${text(arg)})[0]` : `todynamic(${text(arg)})`;
  }
  return `to${type}(${text(arg)})`;
}

/** Without a conversion that the function itself makes. */
function argumentText(arg: Expr, rule: string | undefined, text: Text): string {
  if (rule !== "dynamic" || arg.type !== "dynamic") return text(arg);
  if (arg.kind === "cast") return text(arg.arg);
  const json = arg.kind === "literal" ? String(arg.value) : "";
  return json.startsWith('"') ? stringText(String(JSON.parse(json))) : text(arg);
}

function callText(call: Call, printer: ExprPrinter): string {
  const { name, args } = call;
  const text: Text = (one) => exprText(one, printer);
  const [a, b, c] = args;
  const known = foldArithmetic(call);
  if (known?.kind === "literal") return literalText(known);
  if (INFIX.has(name)) return `(${text(a!)} ${name} ${text(b!)})`;
  const special = SPECIAL[name];
  if (special !== undefined) return special(args, text);
  switch (name) {
    case "parse_group":
      return groupText(a!, b!, printer);
    case "element":
      return elementText(a!, b!, text);
    case "datetime_diff":
    case "make_datetime":
    case "make_timespan":
      return functionText(name, args, text);
    case "extract":
      return `extract(${[a!, b!, c!].map(text).join(", ")})`;
  }
  if (/^series_(?:index|end|axis)$/.test(name)) throw unsupported("make-series");
  if (!SCALARS.has(name)) throw unsupported(`function ${name}()`);
  return functionText(name, args, text);
}

function functionText(name: string, args: readonly Expr[], text: Text): string {
  const rules = SCALARS.get(name);
  const list = args.map((arg, i) =>
    argumentText(arg, rules?.parameters[Math.min(i, rules.parameters.length - 1)], text)
  );
  return `${name}(${list.join(", ")})`;
}

const SPECIAL: Readonly<Record<string, (args: readonly Expr[], text: Text) => string>> = {
  not: ([a], text) => `not(${text(a!)})`,
  negate: ([a], text) => `(-${text(a!)})`,
  same: ([a, b], text) =>
    a!.type === "string"
      ? `(${text(a!)} == ${text(b!)})`
      : `((${text(a!)} == ${text(b!)}) or (isnull(${text(a!)}) and isnull(${text(b!)})))`,
  is_distinct: ([a, b], text) =>
    a!.type === "string"
      ? `(${text(a!)} != ${text(b!)})`
      : `not((${text(a!)} == ${text(b!)}) or (isnull(${text(a!)}) and isnull(${text(b!)})))`,
  in: ([a, ...items], text) =>
    items.length === 0 ? "false" : `(${text(a!)} in (${items.map(text).join(", ")}))`,
  "in~": ([a, ...items], text) =>
    items.length === 0 ? "false" : `(${text(a!)} in~ (${items.map(text).join(", ")}))`,
  in_array: ([a, list], text) => `(${text(a!)} in (${text(list!)}))`,
  "in~_array": ([a, list], text) => `(${text(a!)} in~ (${text(list!)}))`,
  has_any_array: ([a, list], text) => `(${text(a!)} has_any (${text(list!)}))`,
  has_all_array: ([a, list], text) => `(${text(a!)} has_all (${text(list!)}))`,
  member: ([value, name], text) => {
    const of = operandText(value!, text);
    if (name?.kind !== "literal") return `${of}[${text(name!)}]`;
    const own = nameText(String(name.value));
    return own.startsWith("[") ? `${of}${own}` : `${of}.${own}`;
  },
  element_or_member: ([value, key], text) => `${operandText(value!, text)}[${text(key!)}]`,
  parse_matches: ([a, regex], text) => `(${text(a!)} matches regex ${text(regex!)})`,
  parse_blanks: ([a], text) => `trim("[ \\\\t\\\\n\\\\r]+", ${text(a!)})`,
  replace_regex: ([a, regex, rewrite], text) =>
    `replace_regex(${text(a!)}, ${text(regex!)}, ${text(rewrite!)})`,
  range_datetime: (args, text) => `range(${args.map(text).join(", ")})`,
  range_timespan: (args, text) => `range(${args.map(text).join(", ")})`,
  countof_regex: ([a, regex], text) => `countof(${text(a!)}, ${text(regex!)}, "regex")`,
  parse_dynamic: ([a], text) => `parse_json(${text(a!)})`,
};

/** What a place may be asked of: a name, a call or a place. */
function operandText(value: Expr, text: Text): string {
  const own = text(value);
  return /^(?:[\w]+|[\w]+\(.*\)|.*\])$/s.test(own) && !own.startsWith("(")
    ? own
    : `todynamic(${own})`;
}

/** An element of what is sorted is a function of its own. */
function elementText(value: Expr, index: Expr, text: Text): string {
  if (value.kind === "native" && value.name.startsWith("n_array_sort_")) {
    const [nullsLast, ...arrays] = value.args;
    const isFirst = index.kind === "literal" && index.value === 0n && arrays.length === 1;
    if (!isFirst) throw unsupported("array_sort of several arrays");
    const order = nullsLast?.kind === "literal" && nullsLast.value === null
      ? ""
      : `, ${text(nullsLast!)}`;
    return `${value.name.slice(2)}(${argumentText(arrays[0]!, "dynamic", text)}${order})`;
  }
  if (value.kind === "native" && value.name.startsWith("n_series_")) {
    throw unsupported(`function ${value.name.slice(2)}() of several values`);
  }
  return `${operandText(value, text)}[${text(index)}]`;
}

/** A column of `parse` is a group of a pattern. */
function groupText(groups: Expr, index: Expr, printer: ExprPrinter): string {
  const inlined = groups.kind === "field" ? printer.inlined(groups.field) : groups;
  if (inlined?.kind !== "call" || index.kind !== "literal") throw unsupported("parse");
  const [text, regex] = inlined.args.map((arg) => exprText(arg, printer));
  return `extract(${regex}, ${Number(index.value) + 1}, ${text})`;
}

/** By their name in the plan, where it is not that of KQL. */
const NATIVE_NAMES: ReadonlyMap<string, string> = new Map([
  ...[...SCALARS.values()].flatMap(({ name, native }) =>
    native === undefined ? [] : [[native, name] as const]
  ).toReversed(),
  ["n_bag_pack", "bag_pack"],
  ["n_range_long", "range"],
  ["n_range_real", "range"],
  ["n_indexof", "indexof"],
  ["n_countof", "countof"],
  ["n_extract_json", "extract_json"],
  ["n_hash_combine", ""],
  ["n_percentile_tdigest", "percentile_tdigest"],
  ["n_make_series", ""],
  ["n_bag_shape", ""],
  ["n_parse_kv", ""],
  ["n_parse_kv_regex", ""],
  ["n_bag_without_empty", ""],
  ["n_percentiles_weighted", ""],
  ["n_array_sort_asc", ""],
  ["n_array_sort_desc", ""],
]);

/** Those that only a plan has. */
const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["n_make_series", "make-series"],
  ["n_bag_shape", "evaluate"],
  ["n_parse_kv", "parse-kv"],
  ["n_parse_kv_regex", "parse-kv"],
]);

function nativeText(expr: Extract<Expr, { kind: "native" }>, text: Text): string {
  const own = expr.name.slice(2);
  if (expr.name.startsWith("n_hash_") && expr.name !== "n_hash_combine" && !SHOWN_HASH.test(own)) {
    return `hash(${presentArgs(expr.args).map(text).join(", ")})`;
  }
  const name = NATIVE_NAMES.get(expr.name) ?? (SCALARS.has(own) ? "" : own);
  if (name === "") throw unsupported(OPERATORS.get(expr.name) ?? `function ${own}()`);
  const { parameters, variadic } = NATIVES.get(expr.name)!;
  const list = presentArgs(expr.args, parameters.length).map((arg, i) =>
    argumentText(arg, parameters[i] ?? variadic, text)
  );
  return `${name}(${list.join(", ")})`;
}

const SHOWN_HASH = /^hash_(?:md5|sha1|sha256|sha512|xxhash64)$/;

/** Without those at the end that the query left out. */
function presentArgs(args: readonly Expr[], optional = args.length): readonly Expr[] {
  const last = args.findLastIndex((arg, i) =>
    i >= optional || arg.kind !== "literal" || arg.value !== null
  );
  return args.slice(0, Math.max(last + 1, 1));
}

/** Over rows that stand in the window's order already. */
function windowText(expr: Extract<Expr, { kind: "window" }>, text: Text): string {
  const { name, args, partition } = expr;
  const restart = restartText(partition, text);
  switch (name) {
    case "lag":
    case "lead": {
      if (partition.length > 0) {
        throw unsupported(`${name === "lag" ? "prev" : "next"}() within a partition`);
      }
      return `${name === "lag" ? "prev" : "next"}(${args.map(text).join(", ")})`;
    }
    case "row_number":
      return restart === undefined ? "row_number()" : `row_number(1, ${restart})`;
    case "sum":
      return `row_cumsum(${text(args[0]!)}${restart === undefined ? "" : `, ${restart}`})`;
    default:
      throw unsupported(name === "count_if" || name === "max" ? "row_rank" : `window ${name}`);
  }
}

/** Where counting begins again: a partition by how often that was before. */
function restartText(partition: readonly Expr[], text: Text): string | undefined {
  const [first, ...rest] = partition;
  if (first === undefined) return undefined;
  if (first.kind !== "window" || first.name !== "count_if" || rest.length > 0) {
    throw unsupported("partition");
  }
  return text(first.args[0]!);
}

/** The function of an aggregate, with its condition. */
export function aggregateName(name: string, isConditional: boolean): string {
  if (!isConditional) {
    if (!AGGREGATES.has(name)) {
      throw unsupported(name === "series_pairs" ? "make-series" : `aggregate ${name}()`);
    }
    return name;
  }
  const found = [...AGGREGATES.values()].find((one) =>
    one.as === name && one.condition !== undefined && one.name !== "any"
  );
  if (found === undefined) throw unsupported(`a condition of ${name}()`);
  return found.name;
}
