/**
 * Operators that work row by row: `where`, `project` and its kin, `extend`, `serialize`.
 *
 * @module
 */
import { condition } from "../functions/convert.ts";
import { type Computed, type Field, fieldOf } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { nameTaker } from "./names.ts";
import { namedValues } from "./named_values.ts";
import { extend, lowerRows, project } from "./rows.ts";
import { failAt, type OperatorPlace, type Table } from "./scope.ts";

export function lowerWhere(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { table, exprs } = lowerRows([operator.need("Condition")], input, place);
  return {
    ...table,
    rel: { kind: "filter", input: table.rel, condition: condition(exprs[0]!) },
    source: input.source,
  };
}

export function lowerProject(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const { table, values } = namedValues(operator.list("Expressions"), input, place);
  const taker = nameTaker(values.flatMap(({ given }) => given ?? []));
  const columns = values.map(({ given, wanted, expr }, i): Computed => {
    const name = given ?? taker.take(wanted ?? `Column${i + 1}`);
    const field = place.lowering.newField(name, expr.type);
    const isStored = expr.kind === "field" && expr.field.isStored === true;
    return { field: isStored ? { ...field, isStored } : field, expr };
  });
  return project(table, columns);
}

export function lowerExtend(operator: Syntax, input: Table, place: OperatorPlace): Table {
  return extendWith(operator.list("Expressions"), input, place);
}

/** `input` with a column for each of `list`; one of a name that is there takes its place. */
export function extendWith(
  list: readonly Syntax[],
  input: Table,
  place: OperatorPlace,
): Table {
  const { table, values } = namedValues(list, input, place);
  const taker = nameTaker(input.fields.map(({ name }) => name));
  let unnamed = 0;
  const columns = values.map(({ given, wanted, expr }): Computed => {
    const name = given ?? wanted ?? taker.take(`Column${++unnamed}`);
    return { field: place.lowering.newField(name, expr.type), expr };
  });
  return extend(table, columns, withColumns(input.fields, columns));
}

/** `fields` with those of `columns` in the place of the ones of their names, else after them. */
export function withColumns(
  fields: readonly Field[],
  columns: readonly Computed[],
): readonly Field[] {
  const result = [...fields];
  for (const { field } of columns) {
    const at = result.findIndex(({ name }) => name === field.name);
    if (at < 0) result.push(field);
    else result[at] = field;
  }
  return result;
}

/** `input` with these of its columns, in this order. */
export function keep(input: Table, fields: readonly Field[]): Table {
  return project(input, fields.map((field): Computed => ({ field, expr: fieldOf(field) })));
}

export function lowerProjectAway(operator: Syntax, input: Table): Table {
  const away = new Set(operator.list("Expressions").flatMap((one) => matching(one, input)));
  return keep(input, input.fields.filter((field) => !away.has(field)));
}

export function lowerProjectKeep(operator: Syntax, input: Table): Table {
  const kept = new Set(operator.list("Expressions").flatMap((one) => matching(one, input)));
  return keep(input, input.fields.filter((field) => kept.has(field)));
}

/** Fields that a name, or one with `*` in it, stands for. */
export function matching(syntax: Syntax, { fields }: Table): readonly Field[] {
  const text = syntax.kind === "NameReference" && syntax.name !== "" ? syntax.name : syntax.text;
  if (!text.includes("*")) return fields.filter(({ name }) => name === text);
  const parts = text.split("*").map((part) => RegExp.escape(part));
  const pattern = new RegExp(`^${parts.join("[^]*")}$`);
  return fields.filter(({ name }) => pattern.test(name));
}

export function lowerProjectRename(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const renamed = new Map<string, string>();
  for (const one of operator.list("Expressions")) {
    renamed.set(one.need("Expression").name, one.need("Name").name);
  }
  for (const [old] of renamed) {
    if (!input.fields.some(({ name }) => name === old)) {
      throw failAt(place.lowering, operator, { code: "semantic", message: `no column "${old}"` });
    }
  }
  const columns = input.fields.map((field): Computed => ({
    field: place.lowering.newField(renamed.get(field.name) ?? field.name, field.type),
    expr: fieldOf(field),
  }));
  return project(input, columns);
}

export function lowerProjectReorder(operator: Syntax, input: Table): Table {
  const first: Field[] = [];
  for (const one of operator.list("Expressions")) {
    const isOrdered = one.kind === "OrderedExpression";
    const found = matching(isOrdered ? one.need("Expression") : one, input)
      .filter((field) => !first.includes(field));
    first.push(...isOrdered ? inOrder(found, one.text) : found);
  }
  return keep(input, [...first, ...input.fields.filter((field) => !first.includes(field))]);
}

function inOrder(fields: readonly Field[], text: string): readonly Field[] {
  const numeric = /granny-/i.test(text);
  const sign = /desc\s*$/i.test(text) ? -1 : 1;
  return fields.toSorted((a, b) =>
    sign * a.name.localeCompare(b.name, "en", { numeric, sensitivity: "base" })
  );
}

export function lowerSerialize(operator: Syntax, input: Table, place: OperatorPlace): Table {
  return extendWith(operator.list("Expressions"), { ...input, isSerialized: true }, place);
}
