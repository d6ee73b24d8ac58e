/**
 * Rows of a query in KQL as Arrow's columns.
 *
 * Times are nanoseconds in UTC, which reach from 1677 to 2262; time spans are nanoseconds. A decimal
 * and a GUID are text; a dynamic value is JSON text of the extension type `arrow.json`.
 *
 * @module
 */
import type { KustoRow } from "../kusto/answer.ts";
import { KustoFailure } from "../kusto/failure.ts";
import { cellText, type KustoColumn, type KustoType, type KustoValue } from "../kusto/value.ts";
import {
  type ArrowColumn,
  type ArrowField,
  type ArrowType,
  batchMessage,
  schemaMessage,
} from "./messages.ts";

const TYPES: Readonly<Record<KustoType, ArrowType>> = {
  bool: "bool",
  int: "int32",
  long: "int64",
  real: "double",
  decimal: "utf8",
  string: "utf8",
  datetime: "timestamp",
  timespan: "duration",
  guid: "utf8",
  dynamic: "utf8",
};
const NS_PER_TICK = 100n;
const encoder = new TextEncoder();

/** The message that names the columns. */
export function arrowSchema(columns: readonly KustoColumn[]): Uint8Array<ArrayBuffer> {
  return schemaMessage(columns.map(({ name, type }): ArrowField => ({
    name,
    type: TYPES[type],
    metadata: type === "dynamic" ? { "ARROW:extension:name": "arrow.json" } : {},
  })));
}

/** @throws {KustoFailure} If a time is none that nanoseconds can tell. */
export function arrowBatch(
  rows: readonly KustoRow[],
  columns: readonly KustoColumn[],
): Uint8Array<ArrayBuffer> {
  const parts = columns.map(({ type }, i) => columnOf(rows.map((row) => row[i] ?? null), type));
  return batchMessage(rows.length, parts);
}

function columnOf(values: readonly KustoValue[], type: KustoType): ArrowColumn {
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  let nulls = 0;
  for (const [i, value] of values.entries()) {
    // An absent string is an empty one.
    if (value === null && type !== "string") nulls++;
    else bits[i >> 3]! |= 1 << (i & 7);
  }
  const validity = nulls === 0 ? new Uint8Array() : bits;
  return { nulls, buffers: [validity, ...buffersOf(values, type)] };
}

function buffersOf(values: readonly KustoValue[], type: KustoType): readonly Uint8Array[] {
  switch (TYPES[type]) {
    case "bool": {
      const bits = new Uint8Array(Math.ceil(values.length / 8));
      for (const [i, value] of values.entries()) if (value === true) bits[i >> 3]! |= 1 << (i & 7);
      return [bits];
    }
    case "int32":
      return [bytesOf(Int32Array.from(values, Number))];
    case "double":
      return [bytesOf(Float64Array.from(values, (value) => value === null ? 0 : Number(value)))];
    case "int64":
      return [bytesOf(BigInt64Array.from(values, wholeOf))];
    case "timestamp":
    case "duration":
      return [bytesOf(BigInt64Array.from(values, nanosecondsOf))];
    case "utf8":
      return texts(values.map((value) => textOf(value, type)));
  }
}

function bytesOf({ buffer }: Int32Array | Float64Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer);
}

function wholeOf(value: KustoValue): bigint {
  return typeof value === "bigint" ? value : 0n;
}

function nanosecondsOf(value: KustoValue): bigint {
  const ns = wholeOf(value) * NS_PER_TICK;
  if (BigInt.asIntN(64, ns) === ns) return ns;
  throw new KustoFailure("value", "Cannot write Arrow: a time is before 1677 or after 2262");
}

function textOf(value: KustoValue, type: KustoType): string {
  if (value === null) return "";
  return typeof value === "string" && type !== "dynamic" ? value : cellText(value, type);
}

/** Offsets, then all texts one after the other. */
function texts(values: readonly string[]): readonly Uint8Array[] {
  const encoded = values.map((text) => encoder.encode(text));
  const offsets = new Int32Array(values.length + 1);
  let at = 0;
  for (const [i, { length }] of encoded.entries()) offsets[i + 1] = at += length;
  return [bytesOf(offsets), Buffer.concat(encoded)];
}
