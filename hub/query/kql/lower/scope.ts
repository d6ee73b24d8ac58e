/**
 * What a name can mean while a query is lowered, and what the pieces of lowering share.
 *
 * @module
 */
import { KqlError, type KqlErrorCode, positionIn } from "../kql_error.ts";
import type { AggregateCall, Expr, Field, Rel, Shared, SortKey } from "../plan.ts";
import type { BoundColumn, Schema, Syntax } from "../syntax.ts";
import type { ScalarType } from "../types.ts";

/** A tabular value. */
export interface Table {
  /** Gives `fields`, and what `order` and `partition` need. */
  readonly rel: Rel;
  readonly fields: readonly Field[];
  /** The order of the rows, where it means something. */
  readonly order: readonly SortKey[];
  /** Operators work within rows that are alike in these, as if each were a table of its own. */
  readonly partition: readonly Field[];
  readonly isSerialized: boolean;
  /** Of a stored table, its name. */
  readonly source?: string | undefined;
}

/** What a name of the query means. */
export type Binding =
  | { readonly kind: "scalar"; readonly expr: Expr }
  /** Gives the table under new column numbers. */
  | { readonly kind: "table"; readonly open: () => Table }
  | { readonly kind: "function"; readonly declaration: Syntax; readonly scope: Scope };

export type Scope = ReadonlyMap<string, Binding>;

/** What is given for a parameter of a function. */
export type Argument =
  | { readonly kind: "syntax"; readonly syntax: Syntax; readonly place: Place }
  | { readonly kind: "table"; readonly table: Table };

/** Where aggregates may stand: takes one, gives the column of its value. */
export type TakeAggregate = (call: AggregateCall) => Expr;

/** Where an expression stands. */
export interface Place {
  readonly scope: Scope;
  readonly row?: Table | undefined;
  readonly takeAggregate?: TakeAggregate | undefined;
  /** Names of columns that `*` leaves out. */
  readonly starWithout?: ReadonlySet<string> | undefined;
  /** Meaning of names that are neither columns nor of the scope, such as `$left`. */
  readonly special?: ReadonlyMap<string, Table> | undefined;
}

/** One query while it is lowered. */
export interface Lowering {
  readonly text: string;
  readonly schema: Schema;
  /** Ticks. */
  readonly now: bigint;
  readonly parameters: ReadonlyMap<string, string>;
  /** What is known of columns that depend on the rows, by the place of the plugin that gives them. */
  readonly columns: ReadonlyMap<number, readonly BoundColumn[]>;
  /** Relations that are read in several places, each after those that it reads. */
  readonly shared: Shared[];
  readonly warnings: string[];
  /** Values of `set` statements so far, by their names in lower case. */
  readonly settings: Map<string, Syntax>;
  /** Tables that `as` has named. */
  readonly aliases: Map<string, Binding>;
  /** What `render` said, if it stood there. */
  render?: Render | undefined;
  newField(name: string, type: ScalarType): Field;
  expr(syntax: Syntax, place: Place): Expr;
  table(syntax: Syntax, scope: Scope): Table;
  /** Calls a function that the query defines, for a table. */
  callTable(called: Binding, syntax: Syntax, args?: readonly Argument[]): Table;
  /** The scope after a `let`. */
  let(statement: Syntax, scope: Scope): Scope;
  /** A pipeline whose first operator has `input` as its input. */
  pipeline(syntax: Syntax, input: Table, scope: Scope): Table;
}

/** How a client may draw the result. */
export interface Render {
  readonly visualization: string;
  readonly properties: Readonly<Record<string, string>>;
}

/** An operator while it is lowered. */
export interface OperatorPlace {
  readonly lowering: Lowering;
  readonly scope: Scope;
  /** The whole expression, whose columns the binder names. */
  readonly whole: Syntax;
}

export function failAt(
  lowering: Lowering,
  syntax: Syntax,
  { code, message, expected }: {
    readonly code: KqlErrorCode;
    readonly message: string;
    readonly expected?: string;
  },
): KqlError {
  return new KqlError({
    code,
    message,
    expected,
    position: positionIn(lowering.text, syntax.start),
  });
}

export function unsupported(lowering: Lowering, syntax: Syntax, what: string): KqlError {
  return failAt(lowering, syntax, {
    code: "unsupported",
    message: `${what} is not supported`,
  });
}
