/**
 * `join` and `lookup`.
 *
 * @module
 */
import { commonType, convert } from "../functions/convert.ts";
import { allOf, callOf, type Expr, type Field, type Rel } from "../plan.ts";
import type { Syntax } from "../syntax.ts";
import { nameTaker } from "./names.ts";
import { parameterText } from "./parameters.ts";
import { failAt, type OperatorPlace, type Place, type Table, unsupported } from "./scope.ts";
import { plainTable } from "./sources.ts";

interface Key {
  readonly left: Expr;
  readonly right: Expr;
}

interface Sides {
  readonly left: Table;
  readonly right: Table;
  readonly keys: readonly Key[];
}

export function lowerJoin(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const kind = (parameterText(operator, "kind") ?? "innerunique").toLowerCase();
  const right = place.lowering.table(operator.need("Expression"), place.scope);
  const sides = sidesOf(operator.child("ConditionClause"), { left: input, right }, place);
  switch (kind) {
    case "innerunique":
      return joined("inner", { ...sides, left: uniqueOf(sides) }, place);
    case "inner":
      return joined("inner", sides, place);
    case "leftouter":
      return joined("left", sides, place);
    case "rightouter":
      return joined("right", sides, place);
    case "fullouter":
      return joined("full", sides, place);
    case "leftsemi":
      return filtered("semi", sides);
    case "anti":
    case "leftanti":
    case "leftantisemi":
      return filtered("anti", sides);
    case "rightsemi":
      return filtered("semi", swapped(sides));
    case "rightanti":
    case "rightantisemi":
      return filtered("anti", swapped(sides));
    default:
      throw unsupported(place.lowering, operator, `join kind "${kind}"`);
  }
}

function swapped({ left, right, keys }: Sides): Sides {
  return {
    left: right,
    right: left,
    keys: keys.map((key) => ({ left: key.right, right: key.left })),
  };
}

/** Rows of the left side of which one (or none) of the right is like them. */
function filtered(join: "semi" | "anti", { left, right, keys }: Sides): Table {
  return {
    ...left,
    source: undefined,
    rel: { kind: "join", join, left: left.rel, right: right.rel, on: sameKeys(keys) },
  };
}

/** The left side with one row for each value of the keys. */
function uniqueOf({ left, keys }: Sides): Table {
  const on = keys.flatMap((key) => key.left.kind === "field" ? [key.left.field] : []);
  if (on.length === 0) return left;
  const all = [...on, ...left.partition];
  return { ...left, rel: { kind: "first", input: left.rel, on: all, order: left.order } };
}

function joined(
  join: "inner" | "left" | "right" | "full",
  { left, right, keys }: Sides,
  place: OperatorPlace,
): Table {
  const rel: Rel = { kind: "join", join, left: left.rel, right: right.rel, on: sameKeys(keys) };
  const fields = [
    ...left.fields.map((field) => join === "right" || join === "full" ? absentable(field) : field),
    ...right.fields.map((field) => join === "left" || join === "full" ? absentable(field) : field),
  ];
  return named(rel, fields, { place, partition: left.partition });
}

/** A string that no row of the other side gave is the empty one. */
function absentable(field: Field): Field {
  return field.type === "string" ? { ...field, isStored: true } : field;
}

interface NamePlace {
  readonly place: OperatorPlace;
  readonly partition: readonly Field[];
}

/** Names of the right side that the left one has get a number. */
function named(rel: Rel, fields: readonly Field[], { place, partition }: NamePlace): Table {
  const bound = place.whole.isOpen ? [] : place.whole.columns ?? [];
  const taker = nameTaker([]);
  const names = bound.length === fields.length
    ? bound.map(({ name }) => name)
    : fields.map(({ name }) => taker.take(name));
  const shown = fields.map((field, i): Field => ({ ...field, name: names[i]! }));
  return { ...plainTable(rel, shown), partition };
}

function sameKeys(keys: readonly Key[]): Expr {
  return allOf(keys.map(({ left, right }) => {
    const isText = left.type === "string" && right.type === "string";
    return callOf("bool", isText ? "==" : "same", left, right);
  }));
}

/** The keys that `on` names, each with its expression on either side. */
function sidesOf(
  clause: Syntax | undefined,
  { left, right }: Pick<Sides, "left" | "right">,
  { lowering, scope }: OperatorPlace,
): Sides {
  if (clause?.kind !== "JoinOnClause") {
    if (clause === undefined) return { left, right, keys: [] };
    throw unsupported(lowering, clause, "join where");
  }
  const special = new Map([["$left", left], ["$right", right]]);
  const place: Place = { scope, special };
  const keys = clause.list("Expressions").flatMap(conjuncts).map((one): Key => {
    if (one.kind === "NameReference") {
      return alike({
        left: lowering.expr(one, { scope, row: left }),
        right: lowering.expr(one, { scope, row: right }),
      });
    }
    if (one.kind !== "EqualExpression") {
      throw failAt(lowering, one, {
        code: "semantic",
        message: "rows can be joined by equality only",
        expected: "a column name or $left.a == $right.b",
      });
    }
    const [a, b] = [one.need("Left"), one.need("Right")];
    const isSwapped = a.text.startsWith("$right") || b.text.startsWith("$left");
    const [l, r] = isSwapped ? [b, a] : [a, b];
    return alike({ left: lowering.expr(l, place), right: lowering.expr(r, place) });
  });
  return { left, right, keys };
}

function conjuncts(syntax: Syntax): readonly Syntax[] {
  if (syntax.kind === "ParenthesizedExpression") return conjuncts(syntax.need("Expression"));
  return syntax.kind === "AndExpression"
    ? [...conjuncts(syntax.need("Left")), ...conjuncts(syntax.need("Right"))]
    : [syntax];
}

function alike({ left, right }: Key): Key {
  if (left.type === right.type) return { left, right };
  const type = left.type === "dynamic"
    ? right.type
    : right.type === "dynamic"
    ? left.type
    : commonType([left, right]);
  return { left: convert(left, type), right: convert(right, type) };
}

export function lowerLookup(operator: Syntax, input: Table, place: OperatorPlace): Table {
  const kind = (parameterText(operator, "kind") ?? "leftouter").toLowerCase();
  const right = place.lowering.table(operator.need("Expression"), place.scope);
  const { keys } = sidesOf(operator.need("LookupClause"), { left: input, right }, place);
  const rel: Rel = {
    kind: "join",
    join: kind === "inner" ? "inner" : "left",
    left: input.rel,
    right: right.rel,
    on: sameKeys(keys),
  };
  const isKey = (field: Field): boolean =>
    keys.some((key) => key.right.kind === "field" && key.right.field.id === field.id);
  const added = right.fields.filter((field) => !isKey(field))
    .map((field) => kind === "inner" ? field : absentable(field));
  return named(rel, [...input.fields, ...added], { place, partition: input.partition });
}
