/**
 * One condition, bound to the column of one batch: a test by code or a test by row.
 *
 * A column with a dictionary is judged once per distinct entry, never per row.
 *
 * @module
 */
import type {
  ColumnBatch,
  DictColumn,
  Strings,
  TextColumn,
  TokenColumn,
  WideColumn,
} from "../../sdk/columns/column.ts";
import { TOKEN_BYTES } from "../../sdk/columns/column.ts";
import { isWellKnown } from "../../sdk/scrub/well_known.ts";
import type { Facts } from "./detector.ts";
import { categoryColumn, factOf, lensOf } from "./lens.ts";
import { markEntries, matches, type Pattern } from "./match.ts";
import type { Condition } from "./rule.ts";

/** Why a rule cannot be applied to a column. The rule is wrong for this table, not the batch. */
export class ConditionError extends Error {
  override readonly name = "ConditionError";
  /** `token-literal`: the column holds tokens; `form`: its type has no such comparison. */
  readonly code: "token-literal" | "form";
  readonly permanent = true;

  constructor(code: ConditionError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** A condition with its literals made ready once. */
export interface Prepared extends Condition {
  readonly bytes: readonly Uint8Array[];
}

/** How the rows of one batch are judged. */
export type Test =
  | { readonly by: "all" | "none" }
  | {
    readonly by: "code";
    readonly codes: Uint32Array;
    /** By code, 1 is a match. */
    readonly marks: Uint8Array;
  }
  | { readonly by: "row"; readonly test: (row: number) => boolean };

/** Makes `condition`'s literals ready. */
export function prepare(condition: Condition): Prepared {
  return { ...condition, bytes: condition.values.map((value) => Buffer.from(value)) };
}

/**
 * Binds `condition` to `batch`.
 *
 * @throws {ConditionError} If the column there cannot be compared like this.
 */
export function bind(
  condition: Prepared,
  batch: ColumnBatch,
  facts: Facts,
): Test {
  const { column: name, op } = condition;
  const fact = factOf(batch, facts, name);
  if (fact !== undefined) return bindFact(condition, fact);
  const column = batch.columns.find((c) => c.name === name) ?? categoryColumn(batch, name);
  if (op === "exists") return bindExists(condition, batch, facts);
  if (column === undefined) return { by: "none" };
  switch (column.form) {
    case "dict":
      return bindDict(condition, column);
    case "text":
      return bindText(condition, column);
    case "token":
      return bindToken(condition, column);
    case "address":
      throw tokenLiteral(condition);
    case "number":
      return { by: "row", test: numberTest(condition, (row) => column.values[row]!) };
    case "wide":
      return bindWide(condition, column);
    case "bool":
      return { by: "row", test: boolTest(condition, column.values) };
    case "time":
      throw unfit(condition, "a time");
  }
}

function bindFact(condition: Prepared, fact: string): Test {
  if (condition.op === "exists") return { by: condition.values[0] === "true" ? "all" : "none" };
  const bytes = Buffer.from(fact);
  const strings = { bytes, ends: Uint32Array.of(bytes.length) };
  const found = matches(strings, 0, patternOf(condition));
  return { by: found ? "all" : "none" };
}

function bindExists(condition: Prepared, batch: ColumnBatch, facts: Facts): Test {
  const wanted = condition.values[0] === "true";
  const lens = lensOf(batch, facts, condition.column);
  if (lens === undefined) return { by: wanted ? "none" : "all" };
  const codes = lens.codes();
  if (codes === undefined) {
    return { by: "row", test: (row) => (lens.text(row) !== undefined) === wanted };
  }
  return { by: "row", test: (row) => (codes[row] !== 0) === wanted };
}

function bindDict(condition: Prepared, column: DictColumn): Test {
  const marks = new Uint8Array(column.entries.ends.length + 1);
  markEntries(column.entries, patternOf(condition), marks.subarray(1));
  return marks.includes(1) ? { by: "code", codes: column.indexes, marks } : { by: "none" };
}

function bindText(condition: Prepared, column: TextColumn): Test {
  if (column.type === "dynamic") throw unfit(condition, "JSON");
  const pattern = patternOf(condition);
  const isThere = (row: number) => column.absent?.[row] !== 1;
  if (pattern.op !== "contains") {
    return { by: "row", test: (row) => isThere(row) && matches(column.rows, row, pattern) };
  }
  const marks = new Uint8Array(column.rows.ends.length);
  markEntries(column.rows, pattern, marks);
  return marks.includes(1) ? { by: "row", test: (row) => marks[row] === 1 } : { by: "none" };
}

/** Only literals that the scrubber never replaces can be found among tokens. */
function bindToken(condition: Prepared, column: TokenColumn): Test {
  const op = condition.op;
  const isExact = op === "eq" || op === "ne" || op === "in";
  if (!isExact || !condition.bytes.every(isWellKnown)) {
    throw tokenLiteral(condition);
  }
  const count = column.tokens.length / TOKEN_BYTES;
  const marks = new Uint8Array(count + column.plain.ends.length + 1);
  if (op === "ne") marks.fill(1, 1, count + 1);
  const literals = condition.values.map((value) => Buffer.from(value.toLowerCase()));
  markEntries(lowerCase(column.plain), { op, literals }, marks.subarray(count + 1));
  return marks.includes(1) ? { by: "code", codes: column.indexes, marks } : { by: "none" };
}

/** Well-known principals are the same in any case, and all of ASCII. */
function lowerCase(strings: Strings): Strings {
  const bytes = strings.bytes.map((byte) => byte >= 65 && byte <= 90 ? byte + 32 : byte);
  return { bytes, ends: strings.ends };
}

function numberTest(
  condition: Prepared,
  valueOf: (row: number) => number,
): (row: number) => boolean {
  const literals = condition.values.map(Number);
  const [first] = literals;
  if (first === undefined || literals.some(Number.isNaN)) throw unfit(condition, "a number");
  switch (condition.op) {
    case "lt":
      return (row) => valueOf(row) < first;
    case "gt":
      return (row) => valueOf(row) > first;
    case "ne":
      return (row) => valueOf(row) < first || valueOf(row) > first;
    case "eq":
    case "in":
      return (row) => literals.includes(valueOf(row));
    default:
      throw unfit(condition, "a number");
  }
}

function bindWide(condition: Prepared, column: WideColumn): Test {
  const { values, absent } = column;
  if (!["eq", "ne", "in"].includes(condition.op)) {
    const test = numberTest(condition, (row) => Number(values[row]));
    return { by: "row", test: (row) => absent?.[row] !== 1 && test(row) };
  }
  if (!condition.values.every((value) => WHOLE.test(value))) throw unfit(condition, "a number");
  const literals = new Set(condition.values.map(BigInt));
  const wanted = condition.op !== "ne";
  return {
    by: "row",
    test: (row) => absent?.[row] !== 1 && literals.has(values[row]!) === wanted,
  };
}

const WHOLE = /^-?\d{1,20}$/;

function boolTest(condition: Prepared, values: Uint8Array): (row: number) => boolean {
  const op = condition.op;
  const codes = condition.values.map((value) => ["false", "true"].indexOf(value));
  if (!["eq", "ne", "in"].includes(op) || codes.includes(-1)) throw unfit(condition, "a bool");
  return (row) => values[row] !== 2 && codes.includes(values[row]!) === (op !== "ne");
}

function patternOf(condition: Prepared): Pattern {
  const { op, bytes: literals } = condition;
  if (op === "lt" || op === "gt" || op === "exists") throw unfit(condition, "text");
  return { op, literals };
}

function tokenLiteral(condition: Condition): ConditionError {
  return new ConditionError(
    "token-literal",
    `Cannot apply condition on "${condition.column}": it holds tokens, only "exists" and exact ` +
      'comparison with a well-known principal such as "root" work there',
  );
}

function unfit(condition: Condition, what: string): ConditionError {
  return new ConditionError(
    "form",
    `Cannot apply condition on "${condition.column}": it holds ${what}, which "${condition.op}" ` +
      `cannot compare with "${condition.values.join('", "')}"`,
  );
}
