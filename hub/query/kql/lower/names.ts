/**
 * Names of columns that a query computes.
 *
 * @module
 */
import type { Syntax } from "../syntax.ts";

/** Gives names that no other column has. */
export interface NameTaker {
  /** `wanted`, with a number after it where it is taken. */
  take(wanted: string): string;
}

export function nameTaker(taken: Iterable<string>): NameTaker {
  const used = new Set(taken);
  return {
    take(wanted) {
      let name = wanted;
      for (let i = 1; used.has(name); i++) name = `${wanted}${i}`;
      used.add(name);
      return name;
    },
  };
}

/** An expression with the names that its query gives it. */
export interface NamedSyntax {
  readonly value: Syntax;
  /** Those before `=`; empty where there is none. */
  readonly given: readonly string[];
}

export function namedSyntax(syntax: Syntax): NamedSyntax {
  if (syntax.kind === "SimpleNamedExpression") {
    return { value: syntax.need("Expression"), given: [syntax.need("Name").name] };
  }
  if (syntax.kind === "CompoundNamedExpression") {
    const given = syntax.need("Names").list("Names").map(({ name }) => name);
    return { value: syntax.need("Expression"), given };
  }
  return { value: syntax, given: [] };
}
