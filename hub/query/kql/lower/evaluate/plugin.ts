/**
 * A call of a plugin, as `evaluate` has it.
 *
 * @module
 */
import { fieldOf } from "../../plan.ts";
import type { Field } from "../../plan.ts";
import type { BoundColumn, Syntax } from "../../syntax.ts";
import { failAt, type OperatorPlace, type Table } from "../scope.ts";

export interface PluginCall {
  readonly syntax: Syntax;
  readonly name: string;
  /** Without names. */
  readonly args: readonly Syntax[];
  /** By name in lower case. */
  readonly named: ReadonlyMap<string, Syntax>;
  /** What the query says that it gives. */
  readonly schema: PluginSchema | undefined;
}

export interface PluginSchema {
  /** The input's columns come first. */
  readonly hasInput: boolean;
  readonly columns: readonly BoundColumn[];
}

export type LowerPlugin = (call: PluginCall, input: Table, place: OperatorPlace) => Table;

export function pluginCall(operator: Syntax): PluginCall {
  const syntax = operator.need("FunctionCall");
  const args: Syntax[] = [];
  const named = new Map<string, Syntax>();
  for (const arg of syntax.need("ArgumentList").list("Expressions")) {
    if (arg.kind === "SimpleNamedExpression") {
      named.set(arg.need("Name").name.toLowerCase(), arg.need("Expression"));
    } else args.push(arg);
  }
  return { syntax, name: syntax.need("Name").name, args, named, schema: schemaOf(operator) };
}

function schemaOf(operator: Syntax): PluginSchema | undefined {
  const schema = operator.child("Schema")?.child("Schema");
  if (schema === undefined) return undefined;
  return {
    hasInput: schema.text.replaceAll(/[\s(,]/g, "").startsWith("*"),
    columns: schema.list("Columns").map((column) => {
      const { name, type } = column.need("Name");
      return { name, type: type ?? "dynamic" };
    }),
  };
}

/** The column that an argument names. */
export function columnAt(
  { syntax, name, args }: PluginCall,
  index: number,
  { input, place: { lowering, scope } }: { readonly input: Table; readonly place: OperatorPlace },
): Field {
  const arg = args[index];
  const expr = arg === undefined ? undefined : lowering.expr(arg, { scope, row: input });
  const field = input.fields.find((one) => expr !== undefined && isSame(fieldOf(one), expr));
  if (field !== undefined) return field;
  throw failAt(lowering, arg ?? syntax, {
    code: "semantic",
    message: `argument ${index + 1} of ${name}() is no column`,
    expected: "the name of a column",
  });
}

function isSame(one: ReturnType<typeof fieldOf>, other: ReturnType<typeof fieldOf>): boolean {
  return one.kind === "field" && other.kind === "field" && one.field.id === other.field.id;
}
