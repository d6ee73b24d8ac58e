/**
 * What lowering asks before it can go on: the columns that a plugin gives depend on its rows.
 *
 * @module
 */
import { KqlError } from "./kql_error.ts";
import type { Table } from "./lower/scope.ts";
import type { Shared } from "./plan.ts";
import type { BoundColumn } from "./syntax.ts";

export interface NeededColumns {
  readonly plugin: string;
  /** Offset of the plugin in the text. */
  readonly place: number;
  /** One column of texts, which tells the columns. */
  readonly probe: Table;
  readonly shared: readonly Shared[];
  /** The columns that the texts of `probe` tell. */
  readonly read: (texts: readonly string[]) => readonly BoundColumn[];
}

/** For who does not ask the probe, an error of the query. */
export class ColumnsNeeded extends KqlError {
  readonly needed: NeededColumns;

  constructor(needed: NeededColumns) {
    super({
      code: "unsupported",
      message: `the columns of ${needed.plugin}() are not known before it runs`,
      expected: "a schema after it, such as : (*, Name: string)",
    });
    this.needed = needed;
  }
}
