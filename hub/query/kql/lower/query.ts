/**
 * A whole query: its statements, one after the other.
 *
 * @module
 */
import { convert } from "../functions/convert.ts";
import { KqlError } from "../kql_error.ts";
import type { Field, Shared } from "../plan.ts";
import type { BoundColumn, Schema, Syntax } from "../syntax.ts";
import { lowerExpr } from "./expr.ts";
import { lowerFork } from "./fork.ts";
import { givenValue } from "./given_value.ts";
import { isTabular } from "./is_tabular.ts";
import { lowerLet } from "./let_scope.ts";
import {
  type Binding,
  failAt,
  type Lowering,
  type Render,
  type Scope,
  type Table,
} from "./scope.ts";
import { plainTable } from "./sources.ts";
import { callForTable, lowerPipeline, lowerTabular } from "./tabular.ts";

/** Deepest nesting of expressions: bounds the stack of what walks through them. */
const MAX_DEPTH = 400;

export interface LowerOptions {
  readonly text: string;
  readonly schema: Schema;
  /** Ticks. */
  readonly now: bigint;
  /** Values of query parameters, as they would be written in the query. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Columns that plugins give which depend on their rows, by the plugin's place in the text. */
  readonly columns: ReadonlyMap<number, readonly BoundColumn[]>;
}

export interface LoweredQuery {
  /** One for each tabular statement. */
  readonly tables: readonly Table[];
  readonly shared: readonly Shared[];
  readonly warnings: readonly string[];
  readonly render: Render | undefined;
  /** Values of `set` statements by their names in lower case. */
  readonly options: ReadonlyMap<string, string>;
}

export function lowerQuery(root: Syntax, options: LowerOptions): LoweredQuery {
  const lowering = newLowering(options);
  let scope: Scope = new Map();
  const tables: Table[] = [];
  const set = new Map<string, string>();
  for (const statement of root.list("Statements")) {
    switch (statement.kind) {
      case "LetStatement":
        scope = lowering.let(statement, scope);
        break;
      case "QueryParametersStatement":
        scope = withParameters(statement, scope, lowering);
        break;
      case "SetOptionStatement":
        setOption(statement, set, lowering);
        break;
      case "ExpressionStatement":
        tables.push(...tablesOf(statement.need("Expression"), scope, lowering));
        break;
      default:
        throw failAt(lowering, statement, {
          code: "unsupported",
          message: `${statement.kind} is not supported`,
        });
    }
  }
  if (tables.length === 0) {
    throw new KqlError({ code: "semantic", message: "the text holds no query" });
  }
  const { shared, warnings, render } = lowering;
  return { tables, shared, warnings, render, options: set };
}

function setOption(statement: Syntax, set: Map<string, string>, lowering: Lowering): void {
  const name = statement.need("Name").name.toLowerCase();
  const value = statement.child("ValueClause")?.child("Expression");
  set.set(name, value?.text ?? "true");
  if (value !== undefined) lowering.settings.set(name, value);
}

function newLowering(options: LowerOptions): Lowering {
  let lastId = 0;
  let depth = 0;
  const deeper = <T>(syntax: Syntax, lower: () => T): T => {
    if (depth >= MAX_DEPTH) {
      throw failAt(lowering, syntax, { code: "limit", message: "the query is nested too deeply" });
    }
    depth++;
    try {
      return lower();
    } finally {
      depth--;
    }
  };
  const lowering: Lowering = {
    ...options,
    shared: [],
    warnings: [],
    settings: new Map(),
    aliases: new Map(),
    callTable: (called, syntax, args = []) => callForTable(called, { syntax, args }, lowering),
    newField: (name, type): Field => ({ id: ++lastId, name, type }),
    expr: (syntax, place) => deeper(syntax, () => lowerExpr(syntax, lowering, place)),
    table: (syntax, scope) => deeper(syntax, () => lowerTabular(syntax, lowering, scope)),
    let: (statement, scope) => lowerLet(statement, lowering, scope),
    pipeline: (syntax, input, scope) =>
      deeper(syntax, () => lowerPipeline(syntax, input, { lowering, scope })),
  };
  return lowering;
}

function withParameters(statement: Syntax, scope: Scope, lowering: Lowering): Scope {
  const inner = new Map<string, Binding>(scope);
  for (const parameter of statement.list("Parameters")) {
    const declared = parameter.need("NameAndType").need("Name");
    const given = lowering.parameters.get(declared.name);
    const otherwise = parameter.child("DefaultValue")?.child("Value");
    if (given === undefined && otherwise === undefined) {
      throw failAt(lowering, parameter, {
        code: "semantic",
        message: `query parameter "${declared.name}" has no value`,
      });
    }
    const type = declared.type ?? "string";
    const expr = given === undefined
      ? convert(lowering.expr(otherwise!, { scope }), type)
      : givenValue(given, type, lowering);
    inner.set(declared.name, { kind: "scalar", expr });
  }
  return inner;
}

function tablesOf(syntax: Syntax, scope: Scope, lowering: Lowering): readonly Table[] {
  const several = lowerFork(syntax, lowering, scope);
  if (several !== undefined) return several;
  if (isTabular(syntax)) return [lowering.table(syntax, scope)];
  const expr = lowering.expr(syntax, { scope });
  const field = lowering.newField("print_0", expr.type);
  const input = { kind: "values" as const, fields: [], rows: [[]] };
  return [plainTable({ kind: "project", input, columns: [{ field, expr }] }, [field])];
}
