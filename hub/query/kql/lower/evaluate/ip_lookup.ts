/**
 * `evaluate ipv4_lookup(…)`, `evaluate ipv6_lookup(…)`: rows with those of a table of networks that
 * their addresses are in.
 *
 * @module
 */
import { nativeCall } from "../../functions/native_call.ts";
import {
  allOf,
  callOf,
  type Computed,
  type Expr,
  type Field,
  fieldOf,
  literal,
} from "../../plan.ts";
import type { Syntax } from "../../syntax.ts";
import { nameTaker } from "../names.ts";
import { extend } from "../rows.ts";
import { failAt, type OperatorPlace, type Table } from "../scope.ts";
import { plainTable } from "../sources.ts";
import type { PluginCall } from "./plugin.ts";

export function lowerIpLookup(call: PluginCall, input: Table, place: OperatorPlace): Table {
  const { lowering, scope } = place;
  const flag = call.args.findLast(isFlag);
  const [lookup, sourceKey, lookupKey, ...extra] = call.args.filter((arg) => arg !== flag);
  if (lookup === undefined || sourceKey === undefined || lookupKey === undefined) {
    throw failAt(lowering, call.syntax, {
      code: "semantic",
      message: `${call.name}() has ${call.args.length} arguments`,
      expected: "a table, a column of addresses and a column of networks",
    });
  }
  const table = lowering.table(lookup, scope);
  const bounds = boundsOf(call.name);
  const address = computed(bounds.first, lowering.expr(sourceKey, { scope, row: input }), place);
  const network = lowering.expr(lookupKey, { scope, row: table });
  const [first, last] = [bounds.first, bounds.last].map((name) => computed(name, network, place));
  const keys = extra.map((key) => key.name);
  const on = allOf([
    callOf("bool", ">=", fieldOf(address.field), fieldOf(first!.field)),
    callOf("bool", "<=", fieldOf(address.field), fieldOf(last!.field)),
    // What is no IPv6 address is the empty text, on both sides.
    ...address.field.type === "string"
      ? [callOf("bool", "!=", fieldOf(address.field), literal("string", ""))]
      : [],
    ...extra.map((key) =>
      callOf(
        "bool",
        "same",
        lowering.expr(key, { scope, row: input }),
        lowering.expr(key, { scope, row: table }),
      )
    ),
  ]);
  const isOuter = (call.named.get("return_unmatched") ?? flag)?.text === "true";
  const shown = table.fields.filter(({ name }) => !keys.includes(name));
  const others = givenOf({ ...table, fields: shown }, input, isOuter);
  const left = extend(input, [address], input.fields);
  const right = extend(table, [first!, last!], table.fields);
  return {
    ...plainTable(
      { kind: "join", join: isOuter ? "left" : "inner", left: left.rel, right: right.rel, on },
      call.name === "ipv4_lookup" ? [...input.fields, ...others] : [...others, ...input.fields],
    ),
    partition: input.partition,
  };
}

function isFlag(syntax: Syntax): boolean {
  return syntax.kind === "BooleanLiteralExpression";
}

/** Natives that give what puts addresses in order: the first and the last of a network. */
function boundsOf(name: string): { readonly first: string; readonly last: string } {
  return name === "ipv4_lookup"
    ? { first: "n_parse_ipv4", last: "n_ipv4_last" }
    : { first: "n_parse_ipv6", last: "n_ipv6_last" };
}

function computed(native: string, arg: Expr, { lowering }: OperatorPlace): Computed {
  const expr = nativeCall(native, [arg]);
  return { field: lowering.newField("", expr.type), expr };
}

/** The columns of the table; a string that it did not give is the empty one. */
function givenOf(table: Table, input: Table, isOuter: boolean): readonly Field[] {
  const taker = nameTaker(input.fields.map(({ name }) => name));
  return table.fields.map((field): Field => ({
    ...field,
    name: taker.take(field.name),
    isStored: field.isStored === true || isOuter && field.type === "string",
  }));
}
