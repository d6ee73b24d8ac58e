/**
 * One event as JSON, scrubbed as the pipeline does it, and what was replaced in which column.
 *
 * @module
 */
import { cellOf, rowOf } from "../../sdk/columns/cell.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import type { Watched } from "../../sdk/scrub/finds.ts";
import type { Policy } from "../../sdk/scrub/policy.ts";
import { openScrubber } from "../../sdk/scrub/scrubber.ts";
import type { TokenKey } from "../../sdk/scrub/token.ts";
import type { ColumnSpec, Json, Schema } from "../../sdk/table.ts";
import { MsgpackError } from "../../sdk/wire/msgpack.ts";
import { stamp } from "../stamp.ts";
import type { SourceTable } from "./scrub_tables.ts";

/** What is no event of a table. */
export class EventError extends Error {
  override readonly name = "EventError";
  readonly code: "json" | "table" | "value";

  constructor(code: EventError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What was replaced. Without places where it stood in a value that is no text. */
export interface Find {
  readonly column?: string;
  /** The join domain of the token. */
  readonly kind: string;
  /** Bytes of the UTF-8 of the text as it was. */
  readonly start?: number;
  readonly end?: number;
  readonly token: string;
  /** As it was; not printed unless it is asked for. */
  readonly plain?: string;
}

export interface ScrubbedEvent {
  readonly source: string;
  readonly table: string;
  readonly row: Readonly<Record<string, Json>>;
  readonly found: readonly Find[];
  readonly dropped: readonly { readonly column: string; readonly why: string }[];
}

interface EventOptions {
  readonly policy: Policy;
  readonly key: TokenKey;
  readonly host: string;
}

const TOKENS = /(?<![a-z0-9_-])[a-z0-9_-]{1,32}:\d{1,10}:[a-z2-7]{26}(?!\w)/g;

/** @throws {EventError} @throws {FreeTextError} */
export function scrubEvent(
  { policy, key, host }: EventOptions,
  tables: readonly SourceTable[],
  line: string,
): ScrubbedEvent {
  const { source, schema, values } = eventIn(tables, line);
  const undeclared = Object.keys(values).filter((name) => !Object.hasOwn(schema.columns, name));
  const batch = stamp(batchOf(schema, values), schema, { host, now: Date.now });
  const watched: Watched[] = [];
  const scrubber = openScrubber({ policy, key, watch: (seen) => watched.push(seen) });
  const [scrubbed] = scrubber.scrub(batch, schema);
  const whyGone = (name: string): string =>
    policy.columns[`${schema.name}.${name}`] === "drop"
      ? "policy"
      : `class ${schema.columns[name]!.class}`;
  const kept = new Set(scrubbed.columns.map(({ name }) => name));
  const gone = batch.columns.map(({ name }) => name).filter((name) => !kept.has(name));
  return {
    source,
    table: schema.name,
    row: rowOf(scrubbed, 0),
    found: foundIn(batch, scrubbed, watched),
    dropped: [
      ...gone.map((column) => ({ column, why: whyGone(column) })),
      ...undeclared.map((column) => ({ column, why: "its table does not declare it" })),
    ],
  };
}

/** The finds in one text. */
export function findsOf({ text, finds }: Watched): readonly Find[] {
  return finds.map(({ start, end, token }) => ({
    kind: kindOf(token),
    start,
    end,
    token,
    plain: Buffer.from(text.subarray(start, end)).toString(),
  }));
}

interface GivenEvent extends SourceTable {
  readonly values: Readonly<Record<string, unknown>>;
}

/** An event, or what `custos read` prints: `{"table": …, "row": …}`. */
function eventIn(tables: readonly SourceTable[], line: string): GivenEvent {
  const given = objectIn(line);
  const { table, row } = given;
  const isNamed = Object.keys(given).length === 2 && typeof table === "string" && isObject(row);
  const known = isNamed ? tables.filter(({ schema }) => schema.name === table) : tables;
  const [first, ...others] = known;
  const names = [...new Set(tables.map(({ schema }) => schema.name))];
  if (first === undefined || (!isNamed && names.length > 1)) {
    const must = `must be of ${names.join(" or ")}`;
    const fix = isNamed ? must : `${must}: name it by --table or as {"table": …, "row": …}`;
    throw new EventError("table", `Cannot scrub event: its table is not known, ${fix}`);
  }
  const { source } = first;
  if (others.some((other) => other.source !== source)) {
    const sources = known.map((other) => other.source).join(" or ");
    throw new EventError(
      "table",
      `Cannot scrub event: ${first.schema.name} has several sources, name one by --source ${sources}`,
    );
  }
  return { source, schema: first.schema, values: isNamed ? row : given };
}

function objectIn(line: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // What the parser says has a part of the text in it.
  }
  if (isObject(value)) return value;
  throw new EventError("json", "Cannot read event: it must be a JSON object on one line");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function batchOf(schema: Schema, values: Readonly<Record<string, unknown>>): ColumnBatch {
  const writer = new TableWriter(schema);
  const row: Record<string, ReturnType<typeof typed>> = {};
  for (const [name, value] of Object.entries(values)) {
    const spec = Object.hasOwn(schema.columns, name) ? schema.columns[name] : undefined;
    if (spec !== undefined && value !== null) row[name] = typed(spec, value);
  }
  try {
    writer.add(row);
  } catch (cause) {
    if (!(cause instanceof TypeError) && !(cause instanceof MsgpackError)) throw cause;
    throw new EventError("value", cause.message, { cause });
  }
  return writer.view();
}

/** A value of JSON as its column takes it: times from ISO 8601, large numbers from digits. */
function typed({ type }: ColumnSpec, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (type === "datetime") return Date.parse(value);
  return type === "long" && /^-?\d{1,19}$/.test(value) ? BigInt(value) : value;
}

function foundIn(
  batch: ColumnBatch,
  scrubbed: ColumnBatch,
  watched: readonly Watched[],
): readonly Find[] {
  return scrubbed.columns.flatMap((column): readonly Find[] => {
    const before = batch.columns.find(({ name }) => name === column.name);
    const was = before === undefined ? undefined : cellOf(before, 0);
    const is = cellOf(column, 0);
    if (was === undefined || is === undefined || is === was) return [];
    if (typeof was !== "string") {
      return tokensNew(was, is).map((f) => ({ ...f, column: column.name }));
    }
    if (column.form === "token" || column.form === "address") {
      const token = typeof is === "string" ? is : "";
      const end = Buffer.byteLength(was);
      return [{ column: column.name, kind: kindOf(token), start: 0, end, token, plain: was }];
    }
    const seen = watched.find(({ text, result }) =>
      Buffer.from(text).toString() === was && Buffer.from(result).toString() === is
    );
    return seen === undefined
      ? []
      : findsOf(seen).map((find) => ({ ...find, column: column.name }));
  });
}

/** Tokens that a value that is no text has now and had not. */
function tokensNew(was: Json, is: Json): readonly Find[] {
  const before = JSON.stringify(was);
  const tokens = JSON.stringify(is).match(TOKENS) ?? [];
  return tokens.filter((token) => !before.includes(token))
    .map((token) => ({ kind: kindOf(token), token }));
}

function kindOf(token: string): string {
  return token.split(":")[0] ?? "";
}
