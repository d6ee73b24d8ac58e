/**
 * Which rows of a stored table can matter to a plan: files that have none need not be opened.
 *
 * A condition is carried down from a filter to the scan through what keeps or drops whole rows by
 * themselves; everything else forgets it. So a read is never narrower than what the plan reads.
 *
 * @module
 */
import type { Rel } from "../plan.ts";
import { carried, type Facts, narrowed, NO_FACTS, onlyOf } from "./facts.ts";
import { eachRel, expressionsOf } from "./plan_parts.ts";

/** What must hold of each row that one scan of a table needs. */
export interface TableRead {
  /** Ticks; the time is none of them or later. */
  readonly from: readonly bigint[];
  /** Ticks; the time is before all of them. */
  readonly to: readonly bigint[];
  /** Of each of the lists, one holds. */
  readonly texts: readonly (readonly ReadText[])[];
}

/** A text that a column is, or that has all its terms in it. */
export interface ReadText {
  readonly column: string;
  readonly kind: "value" | "terms";
  readonly text: string;
}

/** A read of all rows. */
export const ALL_ROWS: TableRead = { from: [], to: [], texts: [] };

/** What is named once and read twice, and that again, doubles at each step. */
const MAX_STEPS = 4_096;
const MAX_READS = 64;

/**
 * The reads of each table that `rel` scans: a row that fits none of them changes nothing. A table
 * that is not among them is read whole. `timeOf` names a table's time column.
 */
export function tableReads(
  rel: Rel,
  timeOf: (table: string) => string,
): ReadonlyMap<string, readonly TableRead[]> {
  const reads = new Map<string, Map<string, TableRead>>();
  let steps = 0;
  const walk = (one: Rel, facts: Facts): void => {
    if (++steps > MAX_STEPS) return;
    if (one.kind === "scan") {
      const read = readOf(one, facts, timeOf(one.table));
      const known = reads.get(one.table) ?? new Map<string, TableRead>();
      reads.set(one.table, known.set(keyOf(read), read));
      return;
    }
    for (const [input, kept] of inputsOf(one, facts)) walk(input, kept);
    for (const expr of expressionsOf(one)) eachRel(expr, (inner) => walk(inner, NO_FACTS));
  };
  walk(rel, NO_FACTS);
  if (steps > MAX_STEPS) return new Map();
  return new Map(
    [...reads].filter(([, { size }]) => size <= MAX_READS)
      .map(([table, own]) => [table, [...own.values()]]),
  );
}

function keyOf({ from, to, texts }: TableRead): string {
  return JSON.stringify([from.map(String), to.map(String), texts]);
}

function readOf(
  { fields }: Extract<Rel, { kind: "scan" }>,
  { times, texts }: Facts,
  timeColumn: string,
): TableRead {
  const time = fields.find(({ name }) => name === timeColumn);
  const columns = new Map(
    fields.flatMap(({ id, name, type }) => type === "string" ? [[id, name]] : []),
  );
  const ticks = (wanted: "from" | "to") => [
    ...new Set(
      times.flatMap(({ field, side, ticks: at }) =>
        field === time?.id && side === wanted ? [at] : []
      ),
    ),
  ];
  return {
    from: ticks("from"),
    to: ticks("to"),
    texts: texts.filter((list) => list.every(({ field }) => columns.has(field))).map((list) =>
      list.map(({ field, kind, text }) => ({ column: columns.get(field)!, kind, text }))
    ),
  };
}

function inputsOf(rel: Rel, facts: Facts): readonly (readonly [Rel, Facts])[] {
  switch (rel.kind) {
    case "scan":
    case "values":
    case "range":
      return [];
    case "filter":
      return [[rel.input, narrowed(facts, rel.condition)]];
    case "project":
    case "extend":
      return [[rel.input, carried(facts, rel.columns)]];
    case "sort":
      return [[rel.input, rel.limit === undefined ? facts : NO_FACTS]];
    case "expand":
      return [[rel.input, carried(facts, rel.lists)]];
    case "union":
      return rel.inputs.map(({ rel: input, columns }) => [
        input,
        carried(facts, columns.map((expr, i) => ({ field: rel.fields[i]!, expr }))),
      ]);
    case "join":
      return [[rel.left, LEFT.has(rel.join) ? facts : NO_FACTS], [
        rel.right,
        RIGHT.has(rel.join) ? facts : NO_FACTS,
      ]];
    case "aggregate":
      // The rows of a group are alike in its keys: they go all or stay all.
      return [[
        rel.input,
        carried(onlyOf(facts, rel.keys.map(({ field }) => field)), rel.keys),
      ]];
    case "first":
      return [[rel.input, onlyOf(facts, rel.on)]];
    case "whole":
      return [[rel.shared.rel, facts]];
    case "reference":
      return [[rel.shared.rel, referred(rel, facts)]];
    case "fold":
    case "limit":
    case "sample":
      return [[rel.input, NO_FACTS]];
  }
}

/** Joins that give no row for what a side does not have. */
const LEFT: ReadonlySet<string> = new Set(["inner", "left", "semi", "anti", "cross"]);
const RIGHT: ReadonlySet<string> = new Set(["inner", "right", "cross"]);

function referred({ from, fields }: Extract<Rel, { kind: "reference" }>, facts: Facts): Facts {
  const columns = fields.map((field, i) => {
    const one = from[i]!;
    return { field, expr: { kind: "field" as const, type: one.type, field: one } };
  });
  return carried(facts, columns);
}
