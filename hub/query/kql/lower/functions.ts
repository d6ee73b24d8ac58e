/**
 * Functions that a query defines with `let`: their parameters and bodies.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import type { Syntax } from "../syntax.ts";
import { shareTable } from "./let_scope.ts";
import { type Argument, type Binding, failAt, type Lowering, type Scope } from "./scope.ts";

type FunctionBinding = Extract<Binding, { kind: "function" }>;

interface CallPlace {
  readonly lowering: Lowering;
  readonly syntax: Syntax;
}

/** The scope of a function's body, with its parameters in it. */
export function bindArguments(
  { declaration, scope }: FunctionBinding,
  given: readonly Argument[],
  { lowering, syntax }: CallPlace,
): Scope {
  const inner = new Map(scope);
  const named = new Map<string, Argument>();
  const positional: Argument[] = [];
  for (const argument of given) {
    if (argument.kind === "syntax" && argument.syntax.kind === "SimpleNamedExpression") {
      const value = argument.syntax.need("Expression");
      named.set(argument.syntax.need("Name").name, { ...argument, syntax: value });
    } else positional.push(argument);
  }
  for (const parameter of declaration.need("Parameters").list("Parameters")) {
    const { name } = parameter.need("NameAndType").need("Name");
    const argument = named.get(name) ?? positional.shift();
    const binding = argument === undefined
      ? defaultOf(parameter, { lowering, scope })
      : bindingOf(argument, parameter, lowering);
    if (binding === undefined) {
      throw failAt(lowering, syntax, { code: "semantic", message: `no value for "${name}"` });
    }
    inner.set(name, binding);
  }
  return inner;
}

function defaultOf(
  parameter: Syntax,
  { lowering, scope }: { readonly lowering: Lowering; readonly scope: Scope },
): Binding | undefined {
  const value = parameter.child("DefaultValue")?.child("Value");
  if (value === undefined) return undefined;
  const expr = lowering.expr(value, { scope });
  const type = parameter.need("NameAndType").need("Name").type;
  return { kind: "scalar", expr: type === undefined ? expr : convert(expr, type) };
}

function bindingOf(argument: Argument, parameter: Syntax, lowering: Lowering): Binding {
  if (argument.kind === "table") {
    return shareTable(argument.table, lowering, false);
  }
  const { syntax, place } = argument;
  const declared = parameter.need("NameAndType");
  if (declared.need("Type").kind === "SchemaTypeExpression") {
    return { kind: "table", open: () => lowering.table(syntax, place.scope) };
  }
  const expr = lowering.expr(syntax, place);
  const type = declared.need("Name").type;
  return { kind: "scalar", expr: type === undefined ? expr : convert(expr, type) };
}

/** The scope at the end of the body, and its last expression. */
export function bodyOf(
  { declaration }: FunctionBinding,
  scope: Scope,
  lowering: Lowering,
): { readonly statements: Scope; readonly value: Syntax | undefined } {
  const body = declaration.need("Body");
  const statements = body.list("Statements")
    .filter(({ kind }) => kind === "LetStatement")
    .reduce((inner, statement) => lowering.let(statement, inner), scope);
  return { statements, value: body.child("Expression") };
}
