/**
 * Tables: typed columns, each with a mandatory data class.
 *
 * A table is declared once by a plugin; scrubbing, the query schema and the plugin's README read
 * the declaration. Column names and types follow Azure Monitor's tables where one exists.
 *
 * @module
 */
import { sha256 } from "./runtime/hash.ts";

/** What a column's value *is*; policy says what is done with it, above a floor no config lowers. */
export type DataClass =
  | "public"
  | "system"
  | "network"
  | "customer"
  | "personal"
  | "content"
  | "secret";

/** Kusto's scalar types that a column may have. `datetime` has 100 ns resolution. */
export type ColumnType = "string" | "int" | "long" | "real" | "bool" | "datetime" | "dynamic";

/** JSON as `dynamic` columns and cursors hold it. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** What a member of a dynamic value is. */
export interface Leaf {
  readonly class: DataClass;
  /** As of a column. */
  readonly kind?: string;
}

/** Members of dynamic values that are of another class than their column, by name, at any depth. */
export type Leaves = Readonly<Record<string, Leaf>>;

/** The declaration of one column. `Value` is what `emit` takes for it. */
export interface ColumnSpec<
  Value = unknown,
  Optional extends boolean = boolean,
  Class extends DataClass = DataClass,
> {
  readonly type: ColumnType;
  readonly class: Class;
  /**
   * What kind of value a token stands for, such as `user`, `sip` or `ip`: the same value of the
   * same kind has the same token in every table.
   */
  readonly kind: string;
  readonly optional: Optional;
  readonly unit?: string;
  readonly doc?: string;
  /** Of a dynamic column: see {@link Leaves}. */
  readonly leaves?: Leaves;
  /** Type only: never set at run time. */
  readonly value?: Value;
}

interface ColumnOptions {
  /** Mandatory: see {@link DataClass}. */
  readonly class: DataClass;
  /** The join domain of tokens; default by class: `user`, `customer`, `ip`. */
  readonly kind?: string;
  readonly unit?: string;
  readonly doc?: string;
  /** Of a dynamic column alone. */
  readonly leaves?: Leaves;
  /** A row may lack it. Absent is never 0 or "". */
  readonly optional?: true;
}

type IsOptional<O> = O extends { readonly optional: true } ? true : false;

const KIND_OF_CLASS: Readonly<Partial<Record<DataClass, string>>> = {
  personal: "user",
  customer: "customer",
  network: "ip",
};

/** The join domain of tokens, where none is declared. */
export function kindOf(declared: Leaf): string {
  return declared.kind ?? KIND_OF_CLASS[declared.class] ?? "";
}

function columnOf<Value>(type: ColumnType) {
  return <const O extends ColumnOptions>(
    options: O,
  ): ColumnSpec<Value, IsOptional<O>, O["class"]> => ({
    type,
    class: options.class,
    kind: kindOf(options),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the literal type of `optional`
    optional: (options.optional === true) as IsOptional<O>,
    ...(options.unit !== undefined && { unit: options.unit }),
    ...(options.doc !== undefined && { doc: options.doc }),
    ...(options.leaves !== undefined && { leaves: options.leaves }),
  });
}

/** A time: milliseconds since the Unix epoch, a `Date`, or 100 ns ticks since it as a `bigint`. */
export type TimeValue = number | Date | bigint;

/** Declares one column, by type. */
export const column = {
  string: columnOf<string>("string"),
  /** A whole number of 32 bits. */
  int: columnOf<number>("int"),
  /** A whole number of 64 bits: a `number` up to 2^53 - 1, a `bigint` beyond. */
  long: columnOf<number | bigint>("long"),
  real: columnOf<number>("real"),
  bool: columnOf<boolean>("bool"),
  time: columnOf<TimeValue>("datetime"),
  dynamic: columnOf<Json>("dynamic"),
};

export type Columns = Readonly<Record<string, ColumnSpec>>;

type OptionalNames<C extends Columns> = {
  [K in keyof C]: C[K] extends ColumnSpec<unknown, true> ? K : never;
}[keyof C];
type ValueOf<S> = S extends ColumnSpec<infer V> ? V : never;

type TimeNames<C extends Columns> = {
  [K in keyof C]: unknown extends ValueOf<C[K]> ? K : Date extends ValueOf<C[K]> ? K : never;
}[keyof C];

/** A row as `emit` takes it, with the {@link SYSTEM_COLUMNS}: `undefined` is "absent". */
export type RowOf<C extends Columns> =
  & { readonly [K in Exclude<keyof C, OptionalNames<C>>]: ValueOf<C[K]> }
  & { readonly [K in OptionalNames<C>]?: ValueOf<C[K]> | undefined }
  & { readonly [K in keyof typeof SYSTEM_COLUMNS]?: string | undefined };

/** `bulk` is shed first when the disk is full, `audit` last. */
export type Priority = "audit" | "normal" | "bulk";

/** A typed schema of events. */
export interface Table<C extends Columns = Columns> {
  readonly doc: string;
  /** The column that holds when the event happened. */
  readonly time: string;
  readonly priority: Priority;
  readonly columns: C;
}

/** Declares a table. `time` names its column of type `datetime`. */
export function table<const C extends Columns>(
  declared: {
    readonly doc: string;
    readonly time: TimeNames<C> & string;
    readonly priority?: Priority;
    readonly columns: C;
  },
): Table<C> {
  const time = declared.columns[declared.time];
  if (time?.type !== "datetime") {
    throw new TypeError(`Cannot declare table: its time column "${declared.time}" is no datetime`);
  }
  for (const name of Object.keys(declared.columns)) {
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) {
      throw new TypeError(
        `Cannot declare table: column "${name}" is no word of letters and digits`,
      );
    }
  }
  return { priority: "normal", ...declared };
}

/**
 * Columns that every table has besides its own: what could not be parsed is kept in `_Raw`, with
 * the reason in `_ParseError`, so that no line is ever lost.
 */
export const SYSTEM_COLUMNS = {
  _Raw: column.string({ class: "content", optional: true, doc: "The input that was not parsed" }),
  _ParseError: column.string({ class: "public", optional: true, doc: "Why it was not parsed" }),
} satisfies Columns;

/** A table under its name, with the system columns: what a frame's schema hash commits to. */
export interface Schema {
  readonly name: string;
  readonly time: string;
  readonly priority: Priority;
  readonly doc: string;
  readonly columns: Columns;
}

/** Gives the schema of a declared table. */
export function schemaOf(name: string, declared: Table): Schema {
  const { doc, time, priority } = declared;
  return { name, time, priority, doc, columns: { ...declared.columns, ...SYSTEM_COLUMNS } };
}

/**
 * SHA-256 of "custos/schema/v1" and the schema's canonical JSON: name, time column and, in order,
 * each column's name, type, class, kind, unit, whether it is optional and, where there are any, its
 * leaves' names, classes and kinds. 32 bytes.
 */
export function schemaHash(schema: Schema): Uint8Array {
  return sha256("custos/schema/v1", new TextEncoder().encode(schemaJson(schema)));
}

/** The canonical JSON that {@link schemaHash} covers. */
export function schemaJson(schema: Schema): string {
  const columns = Object.entries(schema.columns).map(([name, c]) => [
    name,
    c.type,
    c.class,
    c.kind,
    c.unit ?? "",
    c.optional,
    ...(c.leaves === undefined ? [] : [leavesJson(c.leaves)]),
  ]);
  return JSON.stringify([schema.name, schema.time, schema.priority, columns]);
}

/**
 * Reads what {@link schemaJson} wrote.
 *
 * @throws {TypeError} If it is not such JSON.
 */
export function parseSchemaJson(json: string): Schema {
  const fail = (): never => {
    throw new TypeError("Cannot read schema: it is not [name, time, priority, columns]");
  };
  const parsed: unknown = JSON.parse(json);
  if (!Array.isArray(parsed) || parsed.length !== 4) return fail();
  const [name, time, priority, list]: unknown[] = parsed;
  if (typeof name !== "string" || typeof time !== "string" || !Array.isArray(list)) return fail();
  if (priority !== "audit" && priority !== "normal" && priority !== "bulk") return fail();
  const columns: Record<string, ColumnSpec> = {};
  for (const entry of list as unknown[]) {
    if (!Array.isArray(entry) || (entry.length !== 6 && entry.length !== 7)) return fail();
    const [columnName, type, dataClass, kind, unit, optional, list = []]: unknown[] = entry;
    const leaves = leavesIn(list);
    if (leaves === undefined) return fail();
    if (typeof columnName !== "string" || typeof kind !== "string") return fail();
    if (!isColumnType(type) || !isDataClass(dataClass)) return fail();
    if (typeof unit !== "string" || typeof optional !== "boolean") return fail();
    columns[columnName] = {
      type,
      class: dataClass,
      kind,
      optional,
      ...(unit && { unit }),
      ...(entry.length === 7 && { leaves }),
    };
  }
  return { name, time, priority, doc: "", columns };
}

function leavesJson(leaves: Leaves): readonly (readonly string[])[] {
  return Object.entries(leaves).map(([name, leaf]) => [name, leaf.class, kindOf(leaf)]);
}

function leavesIn(list: unknown): Leaves | undefined {
  if (!Array.isArray(list)) return undefined;
  const leaves: [string, Leaf][] = [];
  for (const entry of list as unknown[]) {
    if (!Array.isArray(entry)) return undefined;
    const [name, dataClass, kind]: unknown[] = entry;
    if (typeof name !== "string" || !isDataClass(dataClass) || typeof kind !== "string") {
      return undefined;
    }
    leaves.push([name, { class: dataClass, kind }]);
  }
  return Object.fromEntries(leaves);
}

function isColumnType(x: unknown): x is ColumnType {
  return typeof x === "string" &&
    ["string", "int", "long", "real", "bool", "datetime", "dynamic"].includes(x);
}

function isDataClass(x: unknown): x is DataClass {
  return typeof x === "string" &&
    ["public", "system", "network", "customer", "personal", "content", "secret"].includes(x);
}
