/**
 * Definition levels of a column in parts: which rows have a value.
 *
 * @module
 */
import type { ByteWriter } from "../../../sdk/wire/bytes.ts";
import type { Leaf } from "./leaf.ts";
import { writeLevels, writeRun } from "./levels.ts";

type Part = Leaf["parts"][number];

/** Writes the levels of `parts`; gives the number of rows without a value. */
export function writeLevelsOf(out: ByteWriter, parts: readonly Part[]): number {
  let nulls = 0;
  for (const part of parts) {
    const flags = part.form === "none" ? undefined : flagsOf(part);
    if (part.form === "none") {
      nulls += part.rows;
      writeRun(out, part.rows, 0, 1);
    } else if (flags === undefined) writeRun(out, part.rows, 1, 1);
    else {
      for (let row = 0; row < flags.length; row++) nulls += flags[row]!;
      writeLevels(out, flags);
    }
  }
  return nulls;
}

/** One byte a row, 1 is absent; undefined where every row has a value. */
function flagsOf(part: Part): Uint8Array | undefined {
  switch (part.form) {
    case "none":
    case "same":
    case "count":
      return undefined;
    case "text":
    case "wide":
      return part.absent;
    case "dict":
      return part.indexes.includes(0) ? flag(part.rows, part.indexes, 0) : undefined;
    case "bool":
      return part.values.includes(2) ? flag(part.rows, part.values, 2) : undefined;
    case "number":
      return nanFlags(part.values);
    case "time":
      return nanFlags(part.ms);
  }
}

function flag(rows: number, values: Uint8Array | Uint32Array, absent: number): Uint8Array {
  const flags = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) if (values[row] === absent) flags[row] = 1;
  return flags;
}

function nanFlags(values: Float64Array): Uint8Array | undefined {
  let flags: Uint8Array | undefined;
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (value === value) continue;
    flags ??= new Uint8Array(values.length);
    flags[row] = 1;
  }
  return flags;
}
