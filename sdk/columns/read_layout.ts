/**
 * Reads a column batch that `layout.ts` laid out, from a process that may lie.
 *
 * @module
 */
import * as v from "valibot";
import type { ColumnBatch } from "./column.ts";
import { aligned, type AnyArray, type ArrayPlace, ARRAYS } from "./layout.ts";

/** Bytes are no batch in this layout. */
export class LayoutError extends Error {
  override readonly name = "LayoutError";
  readonly code = "layout";
}

const decoder = new TextDecoder("utf-8", { fatal: true });
/** Longest head, in bytes: it names columns and places, never values. */
const MOST_HEAD_BYTES = 1024 * 1024;

/**
 * Reads what {@link packBatch} wrote; arrays are views into `bytes`, which must start at a multiple
 * of 8 in its buffer.
 *
 * @throws {LayoutError} If it is none: whoever wrote it may be a plugin that lies.
 */
export function unpackBatch(bytes: Uint8Array): ColumnBatch {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headBytes = bytes.length < 4 ? Infinity : view.getUint32(0, true);
  if (4 + headBytes > bytes.length || headBytes > MOST_HEAD_BYTES) {
    throw new LayoutError("Cannot read batch: its head is cut");
  }
  const start = aligned(4 + headBytes);
  let head: unknown;
  try {
    head = JSON.parse(
      decoder.decode(bytes.subarray(4, 4 + headBytes)),
      (_, value: unknown) => isPlace(value) ? arrayAt(bytes, start, value) : value,
    );
  } catch (cause) {
    if (cause instanceof LayoutError) throw cause;
    throw new LayoutError("Cannot read batch: its head is no JSON", { cause });
  }
  const result = v.safeParse(batchSchema, head);
  if (!result.success) {
    throw new LayoutError(`Cannot read batch: ${v.summarize(result.issues)}`);
  }
  checkColumns(result.output);
  return result.output;
}

const u8 = v.instance(Uint8Array);
const u32 = v.instance(Uint32Array);
const strings = v.pipe(
  v.strictObject({ bytes: u8, ends: u32 }),
  v.check(({ bytes, ends }) => isRising(ends, bytes.length), "the ends of its strings do not rise"),
);
const absent = v.optional(u8);
const name = v.string();
const column = v.variant("form", [
  v.strictObject({ form: v.literal("dict"), name, indexes: u32, entries: strings }),
  v.strictObject({
    form: v.literal("text"),
    name,
    type: v.picklist(["string", "dynamic"]),
    rows: strings,
    absent,
  }),
  v.strictObject({
    form: v.literal("number"),
    name,
    type: v.picklist(["int", "long", "real"]),
    values: v.instance(Float64Array),
  }),
  v.strictObject({ form: v.literal("wide"), name, values: v.instance(BigInt64Array), absent }),
  v.strictObject({
    form: v.literal("time"),
    name,
    ms: v.instance(Float64Array),
    ticks: v.optional(v.instance(Uint16Array)),
  }),
  v.strictObject({ form: v.literal("bool"), name, values: u8 }),
]);
const batchSchema = v.pipe(
  v.strictObject({
    table: v.string(),
    rows: v.pipe(v.number(), v.integer(), v.minValue(0)),
    columns: v.array(column),
  }),
  // `undefined` and absent are one in JSON; the type of a batch wants the key.
  v.transform((batch): ColumnBatch => ({
    ...batch,
    columns: batch.columns.map((c) => {
      if (c.form === "text" || c.form === "wide") return { ...c, absent: c.absent };
      return c.form === "time" ? { ...c, ticks: c.ticks } : c;
    }),
  })),
);

/** Every column has the batch's rows, and every index an entry. */
function checkColumns({ rows, columns }: ColumnBatch): void {
  for (const c of columns) {
    const lengths = c.form === "dict"
      ? [c.indexes.length]
      : c.form === "text"
      ? [c.rows.ends.length, c.absent?.length ?? rows]
      : c.form === "time"
      ? [c.ms.length, c.ticks?.length ?? rows]
      : c.form === "wide"
      ? [c.values.length, c.absent?.length ?? rows]
      : c.form === "number" || c.form === "bool"
      ? [c.values.length]
      : [-1];
    if (lengths.some((length) => length !== rows)) {
      throw new LayoutError(`Cannot read batch: column "${c.name}" has not ${rows} rows`);
    }
    if (c.form === "dict" && c.indexes.some((index) => index > c.entries.ends.length)) {
      throw new LayoutError(`Cannot read batch: column "${c.name}" has an index without entry`);
    }
  }
}

function isPlace(value: unknown): value is ArrayPlace {
  return typeof value === "object" && value !== null && "a" in value && "o" in value &&
    "n" in value;
}

function arrayAt(bytes: Uint8Array, start: number, { a, o, n }: ArrayPlace): AnyArray {
  const type = Object.hasOwn(ARRAYS, a) ? ARRAYS[a] : undefined;
  const isPlaced = Number.isSafeInteger(o) && Number.isSafeInteger(n) && o >= 0 && n >= 0 &&
    o % 8 === 0;
  if (type === undefined || !isPlaced || start + o + n * type.BYTES_PER_ELEMENT > bytes.length) {
    throw new LayoutError("Cannot read batch: an array lies outside of it");
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- batches are never in shared memory
  return new type(bytes.buffer as ArrayBuffer, bytes.byteOffset + start + o, n);
}

function isRising(ends: Uint32Array, most: number): boolean {
  let before = 0;
  for (const end of ends) {
    if (end < before || end > most) return false;
    before = end;
  }
  return true;
}
