/**
 * What a Parquet file is made of here: leaf columns in parts, one part a frame.
 *
 * Parts have the layout of `ColumnBatch` columns, so that nothing is copied before it is encoded.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";

/** Rows of which none has a value. */
export interface NonePart {
  readonly form: "none";
  readonly rows: number;
}

/** The same value in each row. */
export interface SamePart<Value> {
  readonly form: "same";
  readonly rows: number;
  readonly value: Value;
}

/** Row r has entry `indexes[r] - 1`; 0 is absent. */
export interface DictPart {
  readonly form: "dict";
  readonly rows: number;
  readonly indexes: Uint32Array;
  readonly entries: Strings;
}

/** One entry a row. `absent` 1 is absent. */
export interface TextPart {
  readonly form: "text";
  readonly rows: number;
  readonly strings: Strings;
  readonly absent: Uint8Array | undefined;
}

/** NaN is absent. */
export interface NumberPart {
  readonly form: "number";
  readonly rows: number;
  readonly values: Float64Array;
}

export interface WidePart {
  readonly form: "wide";
  readonly rows: number;
  readonly values: BigInt64Array;
  readonly absent: Uint8Array | undefined;
}

/** Written as 100 ns ticks since the Unix epoch. NaN is absent. */
export interface TimePart {
  readonly form: "time";
  readonly rows: number;
  readonly ms: Float64Array;
  readonly ticks: Uint16Array | undefined;
}

/** 0 false, 1 true, 2 absent. */
export interface BoolPart {
  readonly form: "bool";
  readonly rows: number;
  readonly values: Uint8Array;
}

/** 0, 1, 2, …: the row's number in its frame. */
export interface CountPart {
  readonly form: "count";
  readonly rows: number;
}

export type StringsPart = NonePart | SamePart<Uint8Array> | DictPart | TextPart;
export type IntegerPart = NonePart | SamePart<bigint> | NumberPart | WidePart | TimePart;

/** One column of the file. `optional` leaves may have absent rows. */
export type Leaf =
  | LeafOf<"text" | "json", StringsPart>
  | LeafOf<"int64", IntegerPart>
  | LeafOf<"int32" | "double", NonePart | NumberPart>
  | LeafOf<"boolean", NonePart | BoolPart>
  | LeafOf<"count", CountPart>;

/** `text` and `json` are UTF-8; `count` is an INT32 of {@link CountPart}s. */
export interface LeafOf<Type, Part> {
  readonly name: string;
  readonly type: Type;
  readonly optional: boolean;
  readonly parts: readonly Part[];
}
