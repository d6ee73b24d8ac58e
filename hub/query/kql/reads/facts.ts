/**
 * What a condition says of the fields of a row for which it holds: times, and texts that it must
 * have. It may say less than the condition does, never more.
 *
 * @module
 */
import type { Computed, Expr, Field } from "../plan.ts";
import { hasWindow } from "./plan_parts.ts";
import { impliedTerms } from "./implied_terms.ts";

/** A bound of a time, in ticks. */
export interface TimeFact {
  readonly field: number;
  /** `from` is inclusive, `to` is not. */
  readonly side: "from" | "to";
  readonly ticks: bigint;
}

/** A text that a field is, or that has all its terms in it. */
export interface TextFact {
  readonly field: number;
  readonly kind: "value" | "terms";
  readonly text: string;
}

export interface Facts {
  /** All hold. */
  readonly times: readonly TimeFact[];
  /** Of each of the lists, one holds: where one is empty, there is no such row. */
  readonly texts: readonly (readonly TextFact[])[];
}

export const NO_FACTS: Facts = { times: [], texts: [] };

/** Beyond them a list rules out little, and is dear to ask. */
const MAX_CHOICES = 1_024;
const MAX_LISTS = 32;

/** `facts`, and what `condition` says. */
export function narrowed(facts: Facts, condition: Expr): Facts {
  if (hasWindow(condition)) return NO_FACTS;
  const own = factsOf(condition);
  return {
    times: [...facts.times, ...own.times],
    texts: [...facts.texts, ...own.texts].slice(0, MAX_LISTS),
  };
}

/** What `facts` say of the fields that `columns` are made from. */
export function carried(facts: Facts, columns: readonly Computed[]): Facts {
  // A window looks at other rows: to drop some of them would change what it sees.
  if (columns.some(({ expr }) => hasWindow(expr))) return NO_FACTS;
  const made = new Map(columns.map(({ field, expr }) => [field.id, expr]));
  return {
    times: facts.times.flatMap((fact) => {
      const expr = made.get(fact.field);
      if (expr === undefined) return [fact];
      return expr.kind === "field" ? [{ ...fact, field: expr.field.id }] : [];
    }),
    texts: facts.texts.flatMap((list) => {
      const below = list.map((fact) => textBelow(fact, made.get(fact.field)));
      // Of one of them nobody knows, so it may be the one that holds.
      if (below.includes("unknown")) return [];
      return [below.filter((fact) => typeof fact === "object")];
    }),
  };
}

/** What says of `fields` alone. */
export function onlyOf(facts: Facts, fields: readonly Field[]): Facts {
  const ids = new Set(fields.map(({ id }) => id));
  return {
    times: facts.times.filter(({ field }) => ids.has(field)),
    texts: facts.texts.filter((list) => list.every(({ field }) => ids.has(field))),
  };
}

/** `never`: it cannot hold. */
function textBelow(fact: TextFact, expr: Expr | undefined): TextFact | "unknown" | "never" {
  if (expr === undefined) return fact;
  if (expr.kind === "field") return { ...fact, field: expr.field.id };
  const isOther = expr.kind === "literal" && expr.type === "string" && fact.kind === "value" &&
    expr.value !== fact.text;
  return isOther ? "never" : "unknown";
}

function factsOf(condition: Expr): Facts {
  if (condition.kind === "literal" && condition.value === false) return { times: [], texts: [[]] };
  if (condition.kind !== "call") return NO_FACTS;
  const [left, right] = condition.args;
  if (left === undefined || right === undefined) return NO_FACTS;
  switch (condition.name) {
    case "and": {
      const [a, b] = [factsOf(left), factsOf(right)];
      return { times: [...a.times, ...b.times], texts: [...a.texts, ...b.texts] };
    }
    case "or":
      return { times: [], texts: eitherOf(factsOf(left).texts, factsOf(right).texts) };
    case "in":
    case "in~":
      return { times: [], texts: amongOf(condition.name, left, condition.args.slice(1)) };
    default:
      return left.kind === "field"
        ? comparison(left.field, condition.name, right)
        : right.kind === "field"
        ? comparison(right.field, MIRRORED[condition.name] ?? "", left)
        : NO_FACTS;
  }
}

/** Each list of the one or each of the other has one that holds. */
function eitherOf(a: Facts["texts"], b: Facts["texts"]): Facts["texts"] {
  const lists = a.flatMap((one) => b.map((other) => [...one, ...other]));
  return lists.filter(({ length }) => length <= MAX_CHOICES).slice(0, MAX_LISTS);
}

function amongOf(name: string, arg: Expr, items: readonly Expr[]): Facts["texts"] {
  if (arg.kind !== "field" || items.length > MAX_CHOICES) return [];
  const operator = name === "in" ? "==" : "=~";
  const facts = items.map((item) => comparison(arg.field, operator, item).texts[0]);
  return facts.includes(undefined) ? [] : [facts.flatMap((list) => list ?? [])];
}

const MIRRORED: Readonly<Record<string, string>> = {
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "==": "==",
  "=~": "=~",
};

function comparison(field: Field, operator: string, other: Expr): Facts {
  if (other.kind !== "literal" || other.type !== field.type) return NO_FACTS;
  if (field.type === "datetime" && typeof other.value === "bigint") {
    return { times: timesOf(field.id, operator, other.value), texts: [] };
  }
  if (field.type === "string" && typeof other.value === "string") {
    const fact = textOf(field.id, operator, other.value);
    return { times: [], texts: fact === undefined ? [] : [[fact]] };
  }
  return NO_FACTS;
}

function timesOf(field: number, operator: string, ticks: bigint): readonly TimeFact[] {
  switch (operator) {
    case ">":
    case ">=":
      return [{ field, side: "from", ticks }];
    case "<":
      return [{ field, side: "to", ticks }];
    case "<=":
      return [{ field, side: "to", ticks: ticks + 1n }];
    case "==":
      return [{ field, side: "from", ticks }, { field, side: "to", ticks: ticks + 1n }];
    default:
      return [];
  }
}

function textOf(field: number, operator: string, text: string): TextFact | undefined {
  // What is absent is the empty text, which no index knows of.
  if (operator === "==") return text === "" ? undefined : { field, kind: "value", text };
  const terms = impliedTerms(operator, text);
  return terms === "" ? undefined : { field, kind: "terms", text: terms };
}
