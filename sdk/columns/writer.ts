/**
 * The typed column writer of one table: rows go in column by column, a batch comes out.
 *
 * Hot plugins call `columns.NAME.range(bytes, start, end)` and the like, then `endRow()`; `emit`
 * sets whole objects through the same builders, so both ways give the same frame.
 *
 * @module
 */
import type {
  Columns,
  ColumnSpec,
  DataClass,
  Json,
  RowOf,
  Schema,
  SYSTEM_COLUMNS,
  TimeValue,
} from "../table.ts";
import type { Column, ColumnBatch } from "./column.ts";
import { BoolBuilder, NumberBuilder, TimeBuilder } from "./numbers.ts";
import type { Rows } from "./rows.ts";
import { DictBuilder, TextBuilder } from "./strings.ts";
import { pack } from "../wire/msgpack.ts";

/** Takes one column's values by the calls its type has. */
export type ColumnBuilder = DictBuilder | TextBuilder | NumberBuilder | TimeBuilder | BoolBuilder;

// Tuples keep a union of values, such as that of a time, in one piece.
type BuilderOf<S> = S extends ColumnSpec<infer V, boolean, infer Class>
  ? [V] extends [string] ? StringBuilder<Class>
  : [V] extends [boolean] ? BoolBuilder
  : [V] extends [number | bigint] ? NumberBuilder
  : [V] extends [TimeValue] ? TimeBuilder
  : [V] extends [Json] ? TextBuilder
  : ColumnBuilder
  : never;

type StringBuilder<Class extends DataClass> = [Class] extends ["content"] ? TextBuilder
  : "content" extends Class ? DictBuilder | TextBuilder
  : DictBuilder;

/** The builders of a table's columns and of the system columns, by name. */
export type Builders<C extends Columns> =
  & { readonly [K in keyof C]: BuilderOf<C[K]> }
  & { readonly [K in keyof typeof SYSTEM_COLUMNS]: BuilderOf<(typeof SYSTEM_COLUMNS)[K]> };

/** When a writer is full: it then calls `onFull`, which takes what it holds. */
export interface WriterLimits {
  readonly rows: number;
  readonly bytes: number;
  onFull(): void;
}

/** Rows between two looks at a writer's size in bytes. */
const SIZE_CHECK_ROWS = 256;

/** Writes rows of one table. Rows that `endRow` has not closed are not there. */
export class TableWriter<C extends Columns = Columns> {
  readonly schema: Schema;
  readonly #limits: WriterLimits | undefined;
  /** By column name; a column not written in a row is absent there. */
  readonly columns: Builders<C>;
  readonly #rows: Rows = { count: 0 };
  readonly #builders: readonly (readonly [string, ColumnBuilder])[];

  constructor(schema: Schema, limits?: WriterLimits) {
    this.schema = schema;
    this.#limits = limits;
    const rows = this.#rows;
    this.#builders = Object.entries(schema.columns).map(([name, spec]) =>
      [name, builderFor(spec, rows)] as const
    );
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- builderFor() and BuilderOf agree, by a test
    this.columns = Object.fromEntries(this.#builders) as unknown as Builders<C>;
  }

  /** Rows closed since the last {@link reset}. */
  get rows(): number {
    return this.#rows.count;
  }

  /** Bytes of column data held, about. */
  get byteLength(): number {
    let sum = 0;
    for (const [, builder] of this.#builders) sum += builder.byteLength;
    return sum;
  }

  /** Closes the row; columns it did not set are absent in it. */
  endRow(): void {
    if ((++this.#rows.count & (SIZE_CHECK_ROWS - 1)) === 0) this.#checkSize();
  }

  /** Forgets what the open row has set. */
  dropRow(): void {
    for (const [, builder] of this.#builders) builder.cut(this.#rows.count);
  }

  /**
   * Adds one row.
   *
   * @throws {TypeError} If a value is not of its column's type, or a column is not declared; the
   *   row is then not added.
   */
  add(row: RowOf<C>): void {
    try {
      for (const [name, value] of Object.entries(row)) {
        if (value !== undefined) this.#set(name, value);
      }
    } catch (error) {
      this.dropRow();
      throw error;
    }
    this.endRow();
  }

  /** The closed rows, as views into the builders: valid until the next write or {@link reset}. */
  view(): ColumnBatch {
    this.dropRow();
    const columns: Column[] = [];
    for (const [name, builder] of this.#builders) {
      // No row has a value: nothing to be filled row by row.
      if (builder.length === 0 && this.#rows.count > 0) continue;
      const column = builder.view(name);
      if (column !== undefined) columns.push(column);
    }
    return { table: this.schema.name, rows: this.#rows.count, columns };
  }

  /** Empties the writer; earlier views become invalid. */
  reset(): void {
    this.#rows.count = 0;
    for (const [, builder] of this.#builders) builder.reset();
  }

  #checkSize(): void {
    const limits = this.#limits;
    if (limits === undefined) return;
    if (this.rows >= limits.rows || this.byteLength >= limits.bytes) limits.onFull();
  }

  #set(name: string, value: unknown): void {
    const spec = this.schema.columns[name];
    const builder: ColumnBuilder | undefined = (this.columns as Readonly<
      Record<string, ColumnBuilder>
    >)[name];
    if (spec === undefined || builder === undefined) {
      throw new TypeError(`Cannot emit ${this.schema.name}: it has no column "${name}"`);
    }
    if (!setValue(spec, builder, value)) {
      throw new TypeError(
        `Cannot emit ${this.schema.name}: "${name}" must be a ${spec.type}, is a ${typeof value}`,
      );
    }
  }
}

/** Content and dynamic columns are laid end to end; other strings get a dictionary. */
function builderFor(spec: ColumnSpec, rows: Rows): ColumnBuilder {
  switch (spec.type) {
    case "string":
      return spec.class === "content" ? new TextBuilder(rows) : new DictBuilder(rows);
    case "dynamic":
      return new TextBuilder(rows, "dynamic");
    case "int":
    case "long":
    case "real":
      return new NumberBuilder(rows, spec.type);
    case "bool":
      return new BoolBuilder(rows);
    case "datetime":
      return new TimeBuilder(rows);
  }
}

/** False if `value` is not of the column's type. */
function setValue(spec: ColumnSpec, builder: ColumnBuilder, value: unknown): boolean {
  if (builder instanceof TextBuilder && spec.type === "dynamic") return setDynamic(builder, value);
  if (builder instanceof DictBuilder || builder instanceof TextBuilder) {
    if (typeof value !== "string") return false;
    builder.set(value);
    return true;
  }
  if (builder instanceof BoolBuilder) {
    if (typeof value !== "boolean") return false;
    builder.set(value);
    return true;
  }
  if (builder instanceof TimeBuilder) return setTime(builder, value);
  return setNumber(spec, builder, value);
}

function setDynamic(builder: TextBuilder, value: unknown): boolean {
  const bytes = pack(value);
  builder.range(bytes, 0, bytes.length);
  return true;
}

function setTime(builder: TimeBuilder, value: unknown): boolean {
  const time = value instanceof Date ? value.getTime() : value;
  if (typeof time === "bigint") {
    builder.setTicks(time);
    return true;
  }
  if (typeof time !== "number" || !Number.isFinite(time)) return false;
  const ms = Math.floor(time);
  builder.set(ms, Math.round((time - ms) * 10_000) % 10_000);
  return true;
}

function setNumber(spec: ColumnSpec, builder: NumberBuilder, value: unknown): boolean {
  if (typeof value === "bigint" && spec.type === "long") {
    if (BigInt.asIntN(64, value) !== value) return false;
    builder.setBig(value);
    return true;
  }
  if (typeof value !== "number") return false;
  if (spec.type !== "real" && !Number.isSafeInteger(value)) return false;
  if (spec.type === "int" && (value | 0) !== value) return false;
  if (Number.isNaN(value)) builder.absent();
  else builder.set(value);
  return true;
}
