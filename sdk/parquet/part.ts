/**
 * The values of one column in one row group, as they are read: by row, in the layout of
 * `ColumnBatch` columns.
 *
 * @module
 */
import type { Strings } from "../columns/column.ts";

export type ReadPart =
  /** Row r has entry `indexes[r] - 1`; 0 is absent. */
  | {
    readonly form: "dict";
    readonly rows: number;
    readonly indexes: Uint32Array;
    readonly entries: Strings;
  }
  /** One entry a row. `absent` 1 is absent. */
  | {
    readonly form: "text";
    readonly rows: number;
    readonly strings: Strings;
    readonly absent: Uint8Array | undefined;
  }
  /** NaN is absent. */
  | { readonly form: "number"; readonly rows: number; readonly values: Float64Array }
  | {
    readonly form: "wide";
    readonly rows: number;
    readonly values: BigInt64Array;
    readonly absent: Uint8Array | undefined;
  }
  /** 0 false, 1 true, 2 absent. */
  | { readonly form: "bool"; readonly rows: number; readonly values: Uint8Array };
