/**
 * `union`.
 *
 * @module
 */
import { absent, type Expr, type Field, fieldOf, literal } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import type { ScalarType } from "../types.ts";
import { KqlError } from "../kql_error.ts";
import { nameTaker } from "./names.ts";
import { parameterText } from "./parameters.ts";
import type { Lowering, OperatorPlace, Scope, Table } from "./scope.ts";
import { plainTable, scanTable } from "./sources.ts";

/** One input, with the name that `withsource` gives its rows. */
export interface Named {
  readonly table: Table;
  readonly source: string;
}

export function lowerUnion(
  operator: Syntax,
  input: Table | undefined,
  place: OperatorPlace,
): Table {
  const isFuzzy = parameterText(operator, "isfuzzy")?.toLowerCase() === "true";
  const inputs: Named[] = input === undefined
    ? []
    : [{ table: input, source: input.source ?? "union_arg0" }];
  for (const one of operator.list("Expressions")) {
    inputs.push(...namedTables(one, inputs.length, { ...place, isFuzzy }));
  }
  return unionOf(inputs, {
    lowering: place.lowering,
    source: parameterText(operator, "withsource") ?? parameterText(operator, "with_source"),
    isInner: parameterText(operator, "kind")?.toLowerCase() === "inner",
  });
}

interface NamedPlace {
  readonly lowering: Lowering;
  readonly scope: Scope;
  /** What is not there is left out. */
  readonly isFuzzy: boolean;
}

/** The tables that an expression of a list of tables means: several, where it has a `*`. */
export function namedTables(
  syntax: Syntax,
  position: number,
  { lowering, scope, isFuzzy }: NamedPlace,
): readonly Named[] {
  if (syntax.kind === "NameReference" && syntax.name.includes("*")) {
    return matchingTables(syntax.name, lowering, scope);
  }
  try {
    const table = lowering.table(syntax, scope);
    const isStored = syntax.kind === "NameReference" && !scope.has(syntax.name);
    return [{ table, source: isStored ? syntax.name : table.source ?? `union_arg${position}` }];
  } catch (error) {
    if (isFuzzy && error instanceof KqlError && error.code === "semantic") return [];
    throw error;
  }
}

/** Stored tables, and those of the query, whose names match. */
export function matchingTables(
  name: string,
  lowering: Lowering,
  scope: Scope,
): readonly Named[] {
  const pattern = new RegExp(`^${name.split("*").map((part) => RegExp.escape(part)).join(".*")}$`);
  const own = [...scope].flatMap(([key, binding]): readonly Named[] =>
    binding.kind === "table" && pattern.test(key) && name !== "*"
      ? [{ table: binding.open(), source: key }]
      : []
  );
  const stored = lowering.schema.tables.filter((table) => pattern.test(table.name))
    .map((table): Named => ({ table: scanTable(table, lowering), source: table.name }));
  return [...stored, ...own];
}

interface UnionOptions {
  readonly lowering: Lowering;
  /** Name of a column for the source of each row. */
  readonly source?: string | undefined;
  /** Only columns that all have. */
  readonly isInner?: boolean | undefined;
}

export function unionOf(
  inputs: readonly Named[],
  { lowering, source, isInner = false }: UnionOptions,
): Table {
  const columns = columnsOf(inputs.map(({ table }) => table), isInner);
  const fields = [
    ...source === undefined ? [] : [lowering.newField(source, "string")],
    ...columns.map(({ shown, type }) => lowering.newField(shown, type)),
  ];
  const first = inputs[0];
  if (first === undefined) return plainTable({ kind: "values", fields, rows: [] }, fields);
  const partition = first.table.partition;
  const rel = {
    kind: "union" as const,
    fields: [...fields, ...partition],
    inputs: inputs.map(({ table, source: name }) => ({
      rel: table.rel,
      columns: [
        ...source === undefined ? [] : [literal("string", name)],
        ...columns.map((column) => valueIn(table, column)),
        ...partition.map((field, i) => fieldOf(table.partition[i] ?? field)),
      ],
    })),
  };
  return { ...plainTable(rel, fields), partition };
}

interface UnionColumn {
  readonly name: string;
  readonly type: ScalarType;
  /** With its type after it where there are two of that name. */
  readonly shown: string;
}

function columnsOf(tables: readonly Table[], isInner: boolean): readonly UnionColumn[] {
  const types = new Map<string, ScalarType[]>();
  for (const { name, type } of tables.flatMap(({ fields }) => fields)) {
    const known = types.get(name) ?? [];
    if (!known.includes(type)) types.set(name, [...known, type]);
  }
  const taker = nameTaker([]);
  const columns = [...types].flatMap(([name, list]) =>
    list.map((type): UnionColumn => ({
      name,
      type,
      shown: taker.take(list.length === 1 ? name : `${name}_${type}`),
    }))
  );
  return isInner
    ? columns.filter((column) => tables.every((table) => fieldIn(table, column) !== undefined))
    : columns;
}

function fieldIn({ fields }: Table, { name, type }: UnionColumn): Field | undefined {
  return fields.find((field) => field.name === name && field.type === type);
}

function valueIn(table: Table, column: UnionColumn): Expr {
  const field = fieldIn(table, column);
  return field === undefined ? absent(column.type) : fieldOf(field);
}
