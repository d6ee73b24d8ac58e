/**
 * A KQL text as the language service has read it: nodes with what the binder knows of them.
 *
 * @module
 */
import type { ScalarType } from "./types.ts";

/** A column as the binder names it. */
export interface BoundColumn {
  readonly name: string;
  readonly type: ScalarType;
}

/** One node or token. Members are read on demand. */
export interface Syntax {
  /** Name of the language service for it, such as `FilterOperator`. */
  readonly kind: string;
  /** Its text without the blanks and comments before it. */
  readonly text: string;
  /** Offset of its first character. */
  readonly start: number;
  /** Of a name, what it names; empty elsewhere. */
  readonly name: string;
  /** Of a string literal or token, its text without quotes and escapes. */
  readonly value: string;
  /** What the binder takes its value for; absent where it does not know. */
  readonly type: ScalarType | undefined;
  /** Columns of a tabular expression, as far as the binder knows them. */
  readonly columns: readonly BoundColumn[] | undefined;
  /** Whether it may have columns besides {@link columns}. */
  readonly isOpen: boolean;
  /** Name that its value gets in a projection, where it has one of its own. */
  readonly resultName: string | undefined;
  /** Kind (`Column`, `Function`, `Variable`, …) of what a name refers to. */
  readonly refersTo: string | undefined;
  /** The node under a property of this name. */
  child(property: string): Syntax | undefined;
  /** The node under a property that this kind of node always has. */
  need(property: string): Syntax;
  /** The nodes of a list, without separators; empty where it is absent. */
  list(property: string): readonly Syntax[];
}

/** What is wrong with a text. */
export interface Diagnostic {
  readonly code: string;
  readonly message: string;
  readonly start: number;
  /** What the binder takes the expression that begins there for. */
  readonly type: ScalarType | undefined;
}

export interface Analysis {
  readonly root: Syntax;
  /** Errors only, in the order of the text. */
  readonly errors: readonly Diagnostic[];
}

/** A table that a query may name. */
export interface SchemaTable {
  readonly name: string;
  readonly columns: readonly BoundColumn[];
}

/** A stored function: `parameters` such as `(x: long)`, `body` such as `{ T | take x }`. */
export interface SchemaFunction {
  readonly name: string;
  readonly parameters: string;
  readonly body: string;
}

/** What a query may name. */
export interface Schema {
  readonly tables: readonly SchemaTable[];
  /** Name of the database; default `custos`. */
  readonly database?: string | undefined;
}
