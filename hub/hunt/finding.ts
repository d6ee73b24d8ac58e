/**
 * What a hunt prints: one rule that matched one event of a file.
 *
 * @module
 */
import type { Severity } from "../../sdk/api/alerts.ts";
import { cellOf, rowOf } from "../../sdk/columns/cell.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Json } from "../../sdk/table.ts";
import { rowEvent } from "../detect/sigma/judge.ts";
import type { BoundExpr, BoundField, BoundRule } from "../detect/sigma/map/bound_rule.ts";

export interface HuntFinding {
  readonly rule: string;
  readonly title: string;
  readonly level: Severity;
  readonly tags: readonly string[];
  readonly file: string;
  /** From 0, of the events that the file gave for its table. */
  readonly row: number;
  readonly table: string;
  /** Number of the event within its log, where it has one. */
  readonly record?: string;
  readonly time?: string;
  readonly host?: string;
  /** Values that the rule looks at, and of the fields that it wants shown; long ones are cut. */
  readonly evidence: Readonly<Record<string, Json>>;
}

/** Longest value in `evidence`, in UTF-16 units. */
const MOST_TEXT = 1024;

/** Where `rule` matched row `row` of `batch`, whose first row is row `first` of its table. */
export function findingOf(
  rule: BoundRule,
  { batch, row }: { readonly batch: ColumnBatch; readonly row: number },
  { file, first }: { readonly file: string; readonly first: number },
): HuntFinding {
  const { id, title, level, tags } = rule.rule;
  const record = cell(batch, "EventRecordId", row);
  const time = cell(batch, "TimeGenerated", row);
  const host = cell(batch, "Computer", row) ?? cell(batch, "HostName", row);
  return {
    rule: id,
    title,
    level,
    tags,
    file,
    row: first + row,
    table: batch.table,
    ...(record !== undefined && { record }),
    ...(time !== undefined && { time }),
    ...(host !== undefined && { host }),
    evidence: evidenceOf(rule, batch, row),
  };
}

function cell(batch: ColumnBatch, name: string, row: number): string | undefined {
  const column = batch.columns.find((one) => one.name === name);
  const value = column === undefined ? undefined : cellOf(column, row);
  return typeof value === "string" ? value : undefined;
}

function evidenceOf(rule: BoundRule, batch: ColumnBatch, row: number): HuntFinding["evidence"] {
  const values = rowOf(batch, row);
  const event = rowEvent(values);
  const evidence: Record<string, Json> = {};
  for (const field of [...fieldsOf(rule.expr), ...rule.shown]) {
    const found = event.values(field).map(shortened);
    const [first] = found;
    if (first === undefined) continue;
    evidence[(field.path ?? [field.column]).join(".")] = found.length === 1 ? first : found;
  }
  const words = keywordsOf(rule.expr).map((word) => word.toLowerCase());
  if (words.length === 0) return evidence;
  for (const [name, text] of textsOf("", values)) {
    const lower = text.toLowerCase();
    if (words.some((word) => lower.includes(word))) evidence[name] = shortened(text);
  }
  return evidence;
}

/** Texts that the rule looks for in all of an event. */
function keywordsOf(expr: BoundExpr): readonly string[] {
  if (expr.kind === "not") return [];
  if (expr.kind !== "test") return expr.of.flatMap(keywordsOf);
  const { field, test } = expr;
  if (field !== undefined) return [];
  if (test.op === "text") return [test.text];
  // Of a pattern its longest text.
  if (test.op !== "wildcard") return [];
  const texts = test.parts.flatMap((part) => (typeof part === "string" ? [] : [part.text]));
  return texts.toSorted((a, b) => b.length - a.length).slice(0, 1);
}

/** All texts in `value` with the names that lead to them. */
function textsOf(name: string, value: Json): readonly (readonly [string, string])[] {
  if (typeof value === "string") return [[name, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([member, one]) =>
    textsOf(name === "" || Array.isArray(value) ? name || member : `${name}.${member}`, one)
  );
}

function shortened(value: Json): Json {
  return typeof value === "string" && value.length > MOST_TEXT
    ? `${value.slice(0, MOST_TEXT)}…`
    : value;
}

/** The fields whose tests can make `expr` true: not those under `not`. */
function fieldsOf(expr: BoundExpr): readonly BoundField[] {
  switch (expr.kind) {
    case "test":
      return expr.field === undefined ? [] : [expr.field];
    case "not":
      return [];
    default:
      return expr.of.flatMap(fieldsOf);
  }
}
