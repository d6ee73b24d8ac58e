/**
 * What the hub and a process that compiles KQL say to each other: `{"kind": "ready"}` once it has
 * loaded the parser, then a request and one reply, each time.
 *
 * @module
 */
import type { Render } from "../kql/lower/scope.ts";
import type { KqlErrorCode } from "../kql/kql_error.ts";
import type { Definition } from "../kql/stored_functions.ts";
import type { BoundColumn, Schema, SchemaFunction } from "../kql/syntax.ts";
import type { ReadText, TableRead } from "../kql/reads/table_reads.ts";

/** A text to compile, or a function to check. */
export interface CompileRequest {
  /** The function; then there is no text. */
  readonly define?: Definition | undefined;
  /** What may be called, each behind what it calls. */
  readonly functions: readonly SchemaFunction[];
  readonly text: string;
  /** Absent where it is that of the last request. */
  readonly schema?: Schema | undefined;
  /** Ticks, as digits. */
  readonly now: string;
  /** Names and literals of query parameters. */
  readonly parameters: readonly (readonly [string, string])[];
  /** What questions about this text have been answered, by their places. */
  readonly answers: readonly (readonly [number, readonly string[]])[];
}

/** A stored table that a statement reads. */
export interface CompiledTable {
  readonly name: string;
  /** Stands in the statement in the place of its SELECT, see {@link placeOf}. */
  readonly relation: string;
  /** A row that fits none of them changes nothing. */
  readonly reads: readonly CompiledRead[];
}

/** As {@link TableRead}, ticks as digits. */
export interface CompiledRead {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly texts: readonly (readonly ReadText[])[];
}

/** One tabular result. */
export interface CompiledTabular {
  readonly columns: readonly BoundColumn[];
  readonly tables: readonly CompiledTable[];
  readonly natives: readonly string[];
  readonly sql: string;
  /** For when whole numbers pass their range: slower. */
  readonly wrappingSql: string;
}

export type CompileReply =
  | { readonly kind: "defined"; readonly made: SchemaFunction }
  /** The columns of a plugin depend on its rows: ask `probe` and compile again with its texts. */
  | { readonly kind: "question"; readonly place: number; readonly probe: CompiledTabular }
  | {
    readonly kind: "compiled";
    readonly results: readonly CompiledTabular[];
    readonly render?: Render;
    /** Names in lower case and values of `set` statements. */
    readonly options: readonly (readonly [string, string])[];
  }
  | {
    readonly kind: "refused";
    readonly code: KqlErrorCode | "internal";
    readonly message: string;
    readonly line?: number;
    readonly column?: number;
    readonly expected?: string;
  };

/** The text in a statement where the SELECT of `relation` belongs. */
export function placeOf(relation: string): string {
  return `\u0001${relation}\u0001`;
}

/** A read as it travels. */
export function readText({ from, to, texts }: TableRead): CompiledRead {
  return { from: from.map(String), to: to.map(String), texts };
}
