/**
 * The rows of frames as the columns that a cold file of them has.
 *
 * @module
 */
import { gather, runsOf } from "../cold/gather.ts";
import type { InputFiles } from "../cold/input_files.ts";
import { type WholeColumn, wholeColumn } from "../cold/whole_column.ts";
import type { Layout } from "../layout.ts";
import type { DictPart, Leaf, TimePart, WidePart } from "../parquet/leaf.ts";
import type { FileColumn } from "../../../sdk/parquet/read_footer.ts";

type Part = Leaf["parts"][number];

const LOW = 65_536;

/** `rows` of the frames that are laid out, in that order; all of them by default. */
export function frameColumns({ leaves, rows }: Layout, chosen?: Uint32Array): InputFiles {
  const runs = chosen && runsOf(chosen);
  const byName = new Map(leaves.map((leaf) => [leaf.name, leaf]));
  return {
    rows: chosen?.length ?? rows,
    rawBytes: leaves.reduce((sum, { parts }) => sum + parts.reduce((a, p) => a + bytesOf(p), 0), 0),
    columns: leaves.map(columnOf),
    read({ name, type }) {
      const whole = wholeColumn(type, byName.get(name)!.parts.map(plainPart));
      return runs === undefined ? whole : gather(whole, chosen!.length, runs);
    },
    [Symbol.dispose]: () => undefined,
  };
}

/** All rows of a column without values. */
export function noValues(type: FileColumn["type"], rows: number): WholeColumn {
  return wholeColumn(type, [{ form: "none", rows }]);
}

function columnOf({ name, type, optional }: Leaf): FileColumn {
  return { name, type: type === "count" ? "int32" : type, optional };
}

/** About what the values take before compression. */
function bytesOf(part: Part): number {
  switch (part.form) {
    case "none":
      return 0;
    case "dict":
      return part.rows * 4 + part.entries.bytes.length;
    case "text":
      return part.rows * 4 + part.strings.bytes.length;
    case "bool":
      return part.rows;
    default:
      return part.rows * 8;
  }
}

/** As a part that is read from a file. */
function plainPart(part: Part): Part {
  if (part.form === "time") return timesOf(part);
  if (part.form === "count") {
    return {
      form: "number",
      rows: part.rows,
      values: Float64Array.from({ length: part.rows }, (_, i) => i),
    };
  }
  if (part.form !== "same") return part;
  return typeof part.value === "bigint"
    ? sameNumber(part.value, part.rows)
    : sameText(part.value, part.rows);
}

function sameNumber(value: bigint, rows: number): WidePart {
  return { form: "wide", rows, values: new BigInt64Array(rows).fill(value), absent: undefined };
}

function sameText(value: Uint8Array, rows: number): DictPart {
  const entries = { bytes: value, ends: Uint32Array.of(value.length) };
  return { form: "dict", rows, indexes: new Uint32Array(rows).fill(1), entries };
}

/** Ticks are beyond 2^53: they are made of two halves of the milliseconds. */
function timesOf({ ms, ticks, rows }: TimePart): WidePart {
  const words = new Int32Array(rows * 2);
  let absent: Uint8Array | undefined;
  for (let row = 0; row < rows; row++) {
    const value = ms[row]!;
    if (Number.isNaN(value)) {
      absent ??= new Uint8Array(rows);
      absent[row] = 1;
      continue;
    }
    const upper = Math.floor(value / LOW);
    const low = (value - upper * LOW) * 10_000 + (ticks?.[row] ?? 0);
    const middle = upper * 10_000 + Math.floor(low / LOW);
    const high = Math.floor(middle / LOW);
    words[row * 2] = (middle - high * LOW) * LOW + (low % LOW);
    words[row * 2 + 1] = high;
  }
  return { form: "wide", rows, values: new BigInt64Array(words.buffer), absent };
}
